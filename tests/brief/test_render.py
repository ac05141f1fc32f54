"""The brief as pages: honest in every situation, inert to hostile data, the same in both languages."""

from __future__ import annotations

import copy
import datetime as dt
import math
import re
import string
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipelines.brief import charts, drawing, messages
from pipelines.brief.formats import Formats, plain
from pipelines.brief.render import CONTENT_POLICY, render_html, render_index, render_markdown
from pipelines.errors import ConfigurationError

BOTH = ("zh", "en")
TEMPLATES = Path(messages.__file__).parent / "templates"
VOID = {"meta", "link", "br", "hr", "img", "input"}
CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def gap(attribute, value, wanted, bought, *, spread=4.0, cause="not_made", products=0):
    return {
        "attribute": attribute,
        "value": value,
        "intents": 396,
        "people": 380,
        "wanted_share": 0.0741234567,
        "bought_share": 0.0,
        "wanted_units": wanted,
        "bought_units": bought,
        "gap_units": wanted - bought,
        "gap_units_p10": wanted - bought - spread,
        "gap_units_p90": wanted - bought + spread,
        "share_trend_pct_points": 2.1234567,
        "products": products,
        "in_stock_pct": 61.2345678,
        "zero_result_pct": 12.3456789,
        "cause": cause,
    }


def spec(number, decision, features, *, quantity, profit, p50=130.0):
    return {
        "spec_id": f"S{number:010d}",
        "features": features,
        "manufacturer_id": f"M{number:03d}",
        "quantity": quantity,
        "pack_size": 10,
        "unit_cost": 198.456789,
        "target_price": 429.0,
        "decision": decision,
        "p10": 0.7 * p50,
        "p50": p50,
        "p90": 1.4 * p50,
        "expected_profit": profit,
        "probability_minimum_met": 0.91234567,
        "reason": f"Earns most within the terms: demand {p50:,.0f} units.",
        "required_ship_date": "2026-07-25",
        "regions": [["CN-GD", quantity // 2], ["CN-ZJ", quantity - quantity // 2]] if quantity else [],
    }


def weeks(first, units):
    return [((first + dt.timedelta(days=7 * i)).isoformat(), u) for i, u in enumerate(units)]


def sample_facts():
    """An air fryer category with gaps of every cause, specs of every decision, and every risk."""
    gaps = [
        gap("function", "dehydrate", 53.123456, 0.0),
        gap("capacity", "12", 61.2, 20.4, spread=9, cause="stock_out", products=2),
        gap("function", "steam", 88.9, 51.3, spread=12, cause="not_made", products=4),
        gap("window", "viewing_window", 140.5, 112.2, spread=15, cause="wording", products=6),
        gap("control", "app", 70.3, 52.8, spread=14, cause="price", products=3),
        gap("capacity", "8", 120.0, 118.0, spread=16, cause="none", products=5),
        gap("control", "knob", 201.0, 262.0, spread=20, cause="none", products=9),
    ]
    sold = [180 + 60 * math.sin(i / 8.3) + (160 if i % 52 in (23, 44) else 0) + 7 * (i % 5) for i in range(52)]
    ahead = [205 + 12 * math.sin(i) + (90 if i == 11 else 0) for i in range(13)]
    last = dt.date(2026, 6, 25)
    return {
        "category_id": "air_fryer",
        "names": {"zh": "空气炸锅", "en": "air fryer"},
        "as_of": "2026-06-25",
        "currency": "CNY",
        "window": {"start": "2026-07-25", "end": "2026-09-22", "days": 60, "lead_days": 30},
        "gap_window_days": 28,
        "has_searches": True,
        "has_manufacturers": True,
        "headline": {"kind": "unmet", "attribute": "function", "value": "dehydrate"},
        "totals": {
            "wanted_units": 1720.87654321,
            "bought_units": 757.0,
            "build_specs": 2,
            "build_units": 1100,
            "expected_profit": 81234.56789,
            "investment": 250000.0,
            "forecast_units": 1800.212345,
            "forecast_units_p10": 1420.98765,
            "forecast_units_p90": 2260.13579,
        },
        "gaps": gaps,
        "suppressed_features": 3,
        "min_people": 10,
        "history": [{"start": s, "units": u} for s, u in weeks(last - dt.timedelta(days=364), sold)],
        "forecast": [
            {"start": s, "p10": u * (0.85 - i / 90), "p50": u, "p90": u * (1.2 + i / 60), "mean": u * 1.02}
            for i, (s, u) in enumerate(weeks(last, ahead))
        ],
        "forecast_model": "ets_theta",
        "backtest": {"mase": 0.9123456, "coverage_pct": 82.0},
        "search_lead": {"is_admitted": True, "gain_pct": 4.31234567, "tested_forecasts": 62},
        "feature_forecasts": [
            {"attribute": "function", "value": value, "p10": p50 * 0.7, "p50": p50, "p90": p50 * 1.5}
            for value, p50 in (("dehydrate", 113.87654321), ("steam", 190.5), ("basic", 720.25))
        ],
        "premiums": [
            {
                "attribute": attribute,
                "value": value,
                "premium_pct": premium,
                "premium_pct_p10": premium - 3.3,
                "premium_pct_p90": premium + 3.3,
                "products": products,
                "is_thin": products < 3,
            }
            for attribute, value, premium, products in (
                ("capacity", "12", 21.987654, 3),
                ("capacity", "3.5", -8.25, 7),
                ("function", "steam", 9.1, 4),
                ("function", "dehydrate", 6.2, 0),
                ("control", "app", 5.5, 3),
                ("control", "knob", -4.4, 9),
                ("window", "viewing_window", 3.0, 6),
                ("window", "standard", -2.1, 12),
                ("capacity", "5", -1.2, 11),
                ("capacity", "8", 0.02, 5),
            )
        ],
        "specs": [
            spec(3, "wait", [["capacity", "8"], ["control", "app"]], quantity=0, profit=1200.0, p50=60.0),
            spec(
                1,
                "build",
                [["capacity", "12"], ["function", "dehydrate"], ["window", "viewing_window"]],
                quantity=600,
                profit=50123.4,
                p50=700.0,
            ),
            spec(2, "build", [["capacity", "8"], ["function", "steam"]], quantity=500, profit=31111.1, p50=560.0),
            spec(4, "open_preorder", [["capacity", "12"], ["control", "app"]], quantity=0, profit=4000.0, p50=90.0),
            spec(
                5,
                "do_not_build",
                [["capacity", "3.5"], ["function", "rotisserie"]],
                quantity=0,
                profit=-2345.6,
                p50=12.0,
            ),
        ],
        "risks": [
            {"key": "wide_interval", "attribute": "capacity", "value": "12", "low": -3.21, "high": 58.7},
            {"key": "max_loss", "spec_id": "S0000000001", "loss": 12345.678},
            {"key": "depends_on_filter"},
            {"key": "thin_prices", "count": 1},
            {"key": "quarantine", "rows": 1234},
            {"key": "short_history", "weeks": 12},
            {"key": "no_searches"},
            {"key": "no_ties"},
            {"key": "no_stock"},
            {"key": "no_manufacturers"},
            {"key": "low_backtest", "mase": 1.2345},
            {"key": "suppressed", "count": 3, "min_people": 10},
        ],
        "sources": [
            {"table": "mart_gaps", "digest": "a1b2c3d4", "rows": 47},
            {"table": "mart_demand_signals", "digest": None, "rows": 123456},
        ],
        "quality": {
            "quarantined_rows": 1234,
            "crawler_days": 65,
            "brushed_lines": 423,
            "first_date": "2025-01-01",
            "last_date": "2026-06-24",
        },
    }


def empty_facts():
    """A category of which nothing is known: every list empty, every number None."""
    facts = sample_facts()
    for name in ("gaps", "history", "forecast", "feature_forecasts", "premiums", "specs", "risks", "sources"):
        facts[name] = []
    facts |= {"headline": {"kind": "none", "attribute": None, "value": None}, "forecast_model": None, "names": {}}
    facts |= {"suppressed_features": None, "min_people": None, "has_manufacturers": False, "currency": None}
    for name in ("totals", "backtest", "quality"):
        facts[name] = dict.fromkeys(facts[name])
    return facts


def orders_only_facts():
    facts = sample_facts()
    units = (
        ("material", "steel", 120.0),
        ("function", "bake", 340.0),
        ("material", "glass", 0.0),
        ("size", "5 L", 0.0),
    )
    rows = [gap(attribute, value, sold, sold, spread=0.0, cause="none") for attribute, value, sold in units]
    for row, products in zip(rows, (4, 9, 2, 0), strict=True):  # nothing on sale has the last
        row |= {"intents": 0, "products": products, "bought_share": row["bought_units"] / 460}
        row |= {"wanted_share_p10": row["bought_share"] - 0.02, "wanted_share_p90": row["bought_share"] + 0.02}
    facts |= {"gaps": rows, "has_searches": False}
    facts["headline"] = {"kind": "orders_only", "attribute": None, "value": None}
    facts["totals"] |= {"wanted_units": 0.0}
    facts["risks"] = [{"key": "no_searches"}]
    return facts


def no_maker_facts():
    facts = sample_facts()
    facts |= {"specs": [], "has_manufacturers": False, "risks": [{"key": "no_manufacturers"}]}
    facts["totals"] |= {"build_specs": 0, "build_units": 0, "expected_profit": 0, "investment": 0}
    return facts


def crowded_facts():
    """Sixty features with long Chinese names, values up to sixty characters, some without a break."""
    facts = sample_facts()
    value = lambda i: (f"超大容量可拆洗不粘涂层智能控温{i}" * 4)[:60] if i % 2 else "Unbreakable" * 5 + f"{i:05d}"  # noqa: E731
    names = [(f"适用场景与人群属性{i % 7}", value(i)) for i in range(60)]
    facts["gaps"] = [
        gap(a, v, 4000.4 - 60 * i, 30.0 * i, spread=300, cause="wording", products=3) for i, (a, v) in enumerate(names)
    ]
    facts["headline"] = {"kind": "unmet", "attribute": names[0][0], "value": names[0][1]}
    facts["premiums"] = [sample_facts()["premiums"][0] | {"attribute": a, "value": v} for a, v in names]
    facts["specs"] = [
        spec(i, "build", [list(n) for n in names[i : i + 5]], quantity=12340, profit=9876543.2, p50=15000.0)
        for i in range(8)
    ]
    facts["totals"] |= {
        "build_specs": 8,
        "build_units": 98720,
        "expected_profit": 79012345.6,
        "investment": 123456789.0,
    }
    return facts


SITUATIONS = {
    "sample": sample_facts,
    "empty": empty_facts,
    "orders only": orders_only_facts,
    "no manufacturers": no_maker_facts,
    "crowded": crowded_facts,
}


class Page(HTMLParser):
    """Tags in order, visible text, and whether every tag is closed where it should be."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text, self.wrong = [], [], [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data.replace("\xa0", " ") + "\n"


@pytest.fixture(scope="module")
def pages():
    return {(name, lang): render_html(make(), language=lang) for name, make in SITUATIONS.items() for lang in BOTH}


# ---- catalogues and templates


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_catalogues_have_the_same_keys_and_placeholders():
    assert messages.languages() == ("en", "zh")
    english, chinese = messages.load("en").texts, messages.load("zh").texts
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert placeholders(text) == placeholders(chinese[key]), key
        assert key == "format.between" or (text.strip() and chinese[key].strip()), key


def test_every_risk_the_facts_may_hold_has_a_message():
    for risk in sample_facts()["risks"]:
        assert messages.load("en").has(f"risk.{risk['key']}") or messages.load("en").has(f"risk.{risk['key']}.other")


def test_catalogues_are_written_in_their_own_language():
    neutral = {"language.name", "language.code", "approve.help", "approve.command", "candidates.command"}
    for key, text in messages.load("en").texts.items():
        assert key in neutral or not CJK.search(text.replace("—", "")), key
    for key, text in messages.load("zh").texts.items():
        words = re.findall(r"[A-Za-z]{3,}", re.sub(r"{\w+}", "", text))
        assert key in neutral or not words, (key, words)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_templates_hold_no_sentence(path):
    source = path.read_text(encoding="utf-8")
    assert not CJK.search(source)
    if path.name == "style.css.j2":
        assert 'content: ""' in source and not re.search(r'content: "[^"]', source)
        return
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", " ", source, flags=re.DOTALL)
    assert not re.findall(r"[A-Za-z]{2,}", text)
    for name in ("alt", "title", "aria-label", "placeholder"):
        assert not re.search(rf'{name}="[^"{{]', source), name


def test_an_unknown_language_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match=r"'fr'.*en, zh"):
        render_html(sample_facts(), language="fr")


# ---- the page in every situation


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", SITUATIONS)
def test_page_is_well_formed_and_self_contained(pages, name, language):
    html = pages[name, language]
    page = Page(html)
    assert not page.wrong and not page.open
    assert f'content="{CONTENT_POLICY}"' in html
    assert not {"script", "link", "iframe", "object", "embed", "img", "image", "use"} & set(page.tags)
    assert not re.search(r"https?://|url\(|@import", html)
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] in ("src", "xlink:href")]
    ids = [value for _, key, value in page.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    links = {value for tag, key, value in page.attributes if tag == "a" and key == "href"}
    assert links == {"index.html"} | {f"#{part}" for part in ids}
    for word in ("None", "nan", "{", "Undefined", "undefined", "null", "NaN", "Infinity"):
        assert word not in page.text, word


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", SITUATIONS)
def test_numbers_are_never_printed_in_full_precision(pages, name, language):
    markdown = render_markdown(SITUATIONS[name](), language=language)
    for text in (Page(pages[name, language]).text, markdown):
        assert not re.search(r"\d\.\d{3,}", text)
        assert not re.search(r"(?<![\w.,-])\d{5,}(?![\w-])", text), "thousands separators"


def test_headline_says_the_numbers(pages):
    english, chinese = Page(pages["sample", "en"]).text, Page(pages["sample", "zh"]).text
    assert (
        "“function: dehydrate”: in 28 days shoppers wanted 53 units and bought 0, 53 short (80% interval 49–57)."
        in english
    )
    assert "No product on sale has it." in english
    assert "rose by 2.1 points" in english
    assert "make 2 specs, 1,100 units, for CNY 250,000; expected profit CNY 81,235" in english
    assert "“function：dehydrate”：近 28 天顾客想买 53 件，实际买到 0 件，缺口 53 件（80% 区间 49–57）。" in chinese
    assert "生产 2 款共 1,100 件，投入 ¥250,000，预期利润 ¥81,235" in chinese


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("empty", "no feature was asked for by enough people to measure a gap"),
        ("orders only", "There are orders but no searches"),
        ("orders only", "Nobody searches here, so what was wanted and not found is not known."),
        ("orders only", "1 feature on sale was not bought in these days."),
        ("no manufacturers", "No manufacturer is known for this category"),
    ],
)
def test_other_situations_have_an_honest_headline(pages, name, phrase):
    text = Page(pages[name, "en"]).text
    assert phrase in text
    assert ("53 short" in text) == (name == "no manufacturers")


@pytest.mark.parametrize(
    ("lead", "english", "chinese"),
    [
        ({"is_admitted": True, "gain_pct": 4.31}, "lower its error by 4.3%", "误差降低 4.3%"),
        ({"is_admitted": False, "gain_pct": -8.0}, "do not surely lower its error", "不能可靠地降低误差"),
        ({"is_admitted": False, "gain_pct": None}, "too short to tell whether searches", "历史太短"),
    ],
)
def test_one_sentence_says_whether_searches_tell_of_the_weeks_ahead(lead, english, chinese):
    facts = sample_facts() | {"search_lead": lead}
    assert english in Page(render_html(facts, language="en")).text
    assert chinese in Page(render_html(facts, language="zh")).text
    assert english not in Page(render_html(facts | {"has_searches": False}, language="en")).text


def test_without_searches_the_page_shows_what_sells_and_claims_no_gap(pages):
    text = Page(pages["orders only", "en"]).text
    assert "What sells" in text
    assert "Wanted and not bought" not in text
    assert "no clear gap" not in text
    assert "wanted, measured" not in text  # of the weeks' chart
    assert re.search(r"function: bake\s+380\s+340\s+74%\s+72%–76%\s+9\s+material: steel\s+380\s+120\s+26%", text)
    assert drawing.COLOURS["wanted"] not in pages["orders only", "en"].split('id="forecast"')[0].split('id="sales"')[1]
    assert (
        "Without searches no gap can be measured."
        in Page(render_html(orders_only_facts() | {"gaps": []}, language="en")).text
    )


def test_a_headline_without_its_gap_row_is_not_claimed():
    facts = sample_facts()
    facts["gaps"] = facts["gaps"][5:]
    text = Page(render_html(facts, language="en")).text
    assert "no feature was clearly wanted" in text
    assert "its 80% interval, −14 to 18, includes zero" in text  # 120 - 118 ± 16


def test_key_figures_leave_out_what_is_not_known(pages):
    assert "units shoppers set out to buy" not in Page(pages["orders only", "en"]).text
    no_maker = Page(pages["no manufacturers", "en"]).text
    assert "Investment" not in no_maker and "Forecast" in no_maker
    assert '<dl class="tiles' not in pages["empty", "en"]


def test_specs_come_in_order_of_decision_and_profit(pages):
    html = pages["sample", "en"]
    order = re.findall(r'class="verdict (\w+)"', html)
    assert order == ["build", "build", "open_preorder", "wait", "do_not_build"]
    folded = html[: html.index('verdict wait"')].rindex("<details>")
    assert folded > html.index('verdict open_preorder"')
    assert html.index("S0000000001") < html.index("S0000000002")
    assert "CN-GD" in html and "Split over 2 regions" in html and "Make" in html


def test_commands_name_each_proposed_spec_and_are_shell_safe():
    facts = sample_facts()
    facts["specs"][1]["spec_id"] = "S1; rm -rf ~"
    text = Page(render_html(facts, language="en")).text
    assert "c2b approve --as-of 2026-06-25 --spec 'S1; rm -rf ~' --by NAME --reason \"…\"" in text
    assert "--spec S0000000004 " in text and "--spec S0000000003 " not in text


def test_every_feature_of_a_crowded_category_is_in_the_table(pages):
    facts = crowded_facts()
    text = Page(pages["crowded", "zh"]).text
    for row in facts["gaps"]:
        assert f"{row['attribute']}：{row['value']}" in text
    assert "60 个特征的数据" in text and "¥79,012,346" in text


def test_unknown_risk_and_cause_are_shown_not_hidden():
    facts = sample_facts()
    facts["risks"], facts["gaps"][0]["cause"] = [{"key": "new_risk"}], "strange"
    assert "Further risk noted in the data: new_risk" in Page(render_html(facts, language="en")).text


def test_reason_may_be_given_in_both_languages():
    facts = sample_facts()
    facts["specs"][1]["reason"] = {"zh": "在条件内收益最高。", "en": "Earns most."}
    assert "在条件内收益最高。" in render_html(facts, language="zh")
    assert "Earns most." not in render_html(facts, language="zh")


# ---- hostile data

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>|`{0}{{7*7}}"


@pytest.mark.parametrize("language", BOTH)
def test_hostile_values_are_inert(language):
    facts = sample_facts()
    facts["gaps"][0] |= {"attribute": HOSTILE, "value": HOSTILE}
    facts["headline"] |= {"attribute": HOSTILE, "value": HOSTILE}
    facts |= {"names": {"zh": HOSTILE, "en": HOSTILE}, "forecast_model": HOSTILE, "currency": HOSTILE}
    facts["specs"][1] |= {"reason": HOSTILE, "manufacturer_id": HOSTILE, "features": [[HOSTILE, HOSTILE]]}
    facts["specs"][1] |= {"regions": [[HOSTILE, 3]], "spec_id": HOSTILE}
    facts["risks"][0] |= {"attribute": HOSTILE, "value": HOSTILE}
    facts["risks"].append({"key": HOSTILE})
    facts["premiums"][0] |= {"attribute": HOSTILE}
    facts["sources"][0]["table"] = HOSTILE
    page = Page(render_html(facts, language=language))
    assert not {"script", "img"} & set(page.tags) and not page.wrong
    assert HOSTILE in page.text and "49" in page.text
    index = render_index([facts | {"category_id": '../x y"><b>'}], languages=[language], as_of="2026-06-25")
    assert re.search(rf'href="\.\._x_y___b_-[0-9a-f]{{8}}\.{language}\.html"', index) and "<script" not in index
    markdown = render_markdown(facts, language=language)
    unquoted = "\n".join(line for line in markdown.splitlines() if not line.startswith("    "))
    assert "<script" not in unquoted and "<img" not in unquoted


def test_control_and_direction_characters_are_dropped():
    assert plain("a\u202eb\x00c\n d\u200b") == "abc d"


# ---- numbers as text


@pytest.mark.parametrize(
    ("method", "value", "text"),
    [
        ("units", 1234.56, "1,235"),
        ("units", 3.14159, "3.1"),
        ("units", 3.0, "3"),
        ("units", -0.01, "0"),
        ("units", -14.4, "−14"),
        ("units", None, "—"),
        ("units", float("nan"), "—"),
        ("money", 81234.5678, "CNY 81,235"),
        ("money", -2345.6, "−CNY 2,346"),
        ("price", 198.456, "CNY 198.46"),
        ("price", 429.0, "CNY 429"),
        ("price", 1999.5, "CNY 2,000"),
        ("pct", 12.34, "12%"),
        ("pct", 1.26, "1.3%"),
        ("pct", 0, "0%"),
        ("signed_pct", 21.98, "+22%"),
        ("points", -0.44, "−0.4 points"),
        ("chance", 0.9975, ">99%"),
        ("chance", 0.004, "<1%"),
        ("chance", 1, "100%"),
        ("chance", 0.5, "50%"),
    ],
)
def test_numbers_read_well(method, value, text):
    assert getattr(Formats(messages.load("en"), "CNY"), method)(value).replace("\xa0", " ") == text


def test_money_of_other_currencies_names_the_currency():
    assert Formats(messages.load("zh"), "USD").money(1234.5) == "USD\xa01,234"
    assert Formats(messages.load("zh"), "CNY").money(-1234.6) == "−¥1,235"


# ---- charts


def test_charts_are_drawn_in_both_widths_with_words_for_screen_readers(pages):
    html = pages["sample", "en"]
    assert html.count("<svg") == 4 and html.count('role="img"') == 4
    assert html.count("function: dehydrate: wanted 53, bought 0, gap 53 (49–57).") == 2
    assert len(re.findall(r"<title>Wanted units a week", html)) == 2
    assert {"720", "343"} == set(re.findall(r'viewBox="0 0 (\d+) ', html))


def test_charts_use_only_colours_the_style_sheet_can_darken(pages):
    for html in pages.values():
        for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
            used = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
            assert used <= {*drawing.COLOURS.values(), "none", "transparent"}, used


def test_chart_shows_twelve_gaps_at_most(pages):
    svg = re.search(r"<svg.*?</svg>", pages["crowded", "zh"], re.DOTALL)[0]
    assert svg.count("搜不到") == charts.TOP_GAPS and "…" in svg


def test_chart_text_is_never_smaller_than_thirteen_pixels(pages):
    for svg in re.findall(r"<svg.*?</svg>", pages["sample", "zh"], re.DOTALL):
        assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)) >= 13


def test_shorten_counts_wide_characters_double():
    assert drawing.shorten("可视窗", 3) == "可视窗"
    assert drawing.shorten("可视窗口", 3.5) == "可视…"


@pytest.mark.parametrize(("history", "forecast"), [(0, 13), (1, 0), (52, 0), (0, 1), (1, 1)])
def test_week_chart_with_little_data(history, forecast):
    facts = sample_facts()
    facts["history"], facts["forecast"] = facts["history"][:history], facts["forecast"][:forecast]
    assert render_html(facts, language="zh").count("<svg") == 4


def test_pages_are_the_same_bytes_in_any_time_zone(pages):
    program = (
        "import hashlib, tests.brief.test_render as t;"
        "print(hashlib.sha256(t.render_html(t.sample_facts(), language='zh').encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], env={"TZ": zone}, cwd=root, capture_output=True, text=True, check=True
        ).stdout
        for zone in ("America/Los_Angeles", "Asia/Shanghai")
    }
    assert len(seen) == 1


# ---- Markdown and index


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", SITUATIONS)
def test_markdown_tables_have_equal_rows_and_no_html(name, language):
    text = render_markdown(SITUATIONS[name](), language=language)
    assert text.startswith("# ") and "\n\n\n\n" not in text
    assert not re.search(r"<\w", text) and "None" not in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()]
        assert len(set(cells)) == 1 and len(cells) >= 3


def test_index_ranks_by_profit_then_gap_and_links_every_language():
    rich, poor, unplanned, gapless = (copy.deepcopy(sample_facts()) for _ in range(4))
    rich |= {"category_id": "rich"}
    poor |= {"category_id": "poor"}
    poor["totals"]["expected_profit"] = 10.0
    unplanned |= {"category_id": "unplanned"}
    gapless |= {"category_id": "gapless", "gaps": []}
    unplanned["totals"]["expected_profit"] = gapless["totals"]["expected_profit"] = None
    html = render_index([gapless, poor, unplanned, rich], languages=BOTH, as_of="2026-06-25")
    links = re.findall(r'href="([^"]+)"', html)
    assert links == [f"{name}.{lang}.html" for name in ("rich", "poor", "unplanned", "gapless") for lang in BOTH]
    page = Page(html)
    assert not page.wrong and not page.open
    assert "4 个品类，拟生产 4,400 件，预期利润 ¥81,245" in page.text  # 81,234.57 + 10
    assert "air fryer" in page.text and "空气炸锅" in page.text
    assert 'lang="zh-Hans"' in html and 'lang="en"' in render_index([rich], languages=["en"], as_of="2026-06-25")


def test_index_does_not_add_up_different_currencies():
    other = sample_facts() | {"currency": "USD", "category_id": "b"}
    html = render_index([sample_facts(), other], languages=["en"], as_of="2026-06-25")
    assert "2 categories" not in html and "USD\xa081,235" in html


def test_empty_index_says_so():
    assert "No category has a brief" in render_index([], languages=["en"], as_of="2026-06-25")
    with pytest.raises(ConfigurationError):
        render_index([], languages=[], as_of="2026-06-25")
