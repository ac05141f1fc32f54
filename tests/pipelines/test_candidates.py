"""Candidates end to end: a planted phrase comes up, junk does not, and a decision lasts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from conftest import KETTLE, Row, Workspace, at, day_after, order, product, search
from hypothesis import given
from hypothesis import strategies as st

from pipelines import json_text

DAYS = 56
AS_OF = day_after(DAYS)
MUG = {
    "category_id": "mug",
    "names": {"zh": "马克杯", "en": "mug"},
    "attributes": [{"attribute": "colour", "unit": None, "values": [{"value": "green", "synonyms": ["绿色"]}]}],
}
BRANDS = ("Acme", "Borel", "Cosmo", "Dunno")


def logs(
    planted: dict[str, int], *, rising: tuple[str, ...] = (), clicks: dict[str, list[str]] | None = None
) -> dict[str, list[Row]]:
    """Searches for kettles and mugs; ``planted`` phrases are typed by so many people, with a kettle query."""
    rng = np.random.default_rng(5)
    plain = ["红色 水壶", "蓝色 水壶", "翻盖水壶", "旋盖 水壶", "red kettle", "blue flip kettle", "水壶"]
    mugs = ["绿色 马克杯", "马克杯", "green mug", "绿色马克杯"]
    skus = [
        product(f"k{i}", ("red", "blue")[i % 2], ("flip", "screw")[i // 2 % 2], brand=BRANDS[i % 4]) for i in range(8)
    ]
    rows = []
    for number in range(1600):
        texts, category = (plain, "kettle") if number % 2 else (mugs, "mug")
        clicked = [skus[int(rng.integers(8))]["sku_id"]] if category == "kettle" else None
        rows.append(
            search(number, day=int(rng.integers(DAYS)), query=texts[int(rng.integers(len(texts)))],
                   category_id=category, filters=None, clicked_sku_ids=clicked)
        )  # fmt: skip
    number = len(rows)
    for phrase, people in planted.items():
        for i in range(people):
            number += 1
            day = int(DAYS * (i / people) ** 0.3) if phrase in rising else int(rng.integers(DAYS))
            base = plain[int(rng.integers(len(plain)))]
            target = (clicks or {}).get(phrase)
            rows.append(
                search(number, day=min(day, DAYS - 1), query=f"{phrase} {base}" if i % 2 else f"{base} {phrase}",
                       filters=None, clicked_sku_ids=[target[i % len(target)]] if target else None)
            )  # fmt: skip
    return {
        "search_events": rows,
        "order_lines": [order(1)],
        "products": [*skus, product("m1", "green", "flip", category_id="mug", title="mug green")],
        "taxonomy": [KETTLE, MUG],
    }


def found(workspace: Workspace, category: str = "kettle") -> dict[str, dict[str, Any]]:
    """Candidates of the latest planning day by phrase."""
    rows = workspace.lake.read("mart_candidates", only=[AS_OF]).to_pylist()
    return {row["phrase"]: row for row in rows if row["category_id"] == category}


def night(workspace: Workspace) -> None:
    said = workspace.run(AS_OF, until="candidates")
    assert said.code == 0, said.err


def test_a_planted_phrase_comes_up_with_its_evidence(workspace: Workspace) -> None:
    workspace.deliver(logs({"奶油风": 60, "cream style": 40, "奶油风款": 12}, rising=("奶油风",)))
    night(workspace)
    rows = found(workspace)
    first = rows["奶油风"]
    assert first["rank"] == 1
    assert first["people"] == 72  # with its variant
    assert first["variants"] == ["奶油风款"]
    assert first["is_rising"]
    assert first["growth_pct_p10"] > 0
    assert first["search_share_pct"] == pytest.approx(100 * 72 / (800 + 112))
    assert rows["cream style"]["people"] == 40
    assert not rows["cream style"]["is_rising"]
    assert not {"奶油", "油风", "cream", "style"} & set(rows)
    assert found(workspace, "mug") == {}


def test_junk_stays_out(workspace: Workspace) -> None:
    junk = {
        "acme": 40,  # a brand of the products
        "凌羽": 40,  # a brand nobody listed: its clicks end at one brand
        "kx350a": 40,  # a model
        "杭州": 40,
        "推荐": 40,
        "水胡": 40,  # two characters: not told from a word, but it is no more than the name's slip
        "2026款": 40,
        "300以下": 40,
        "不要塑料": 40,
        "kettel": 40,
    }
    data = logs({**junk, "奶油风": 40}, clicks={"凌羽": ["k0", "k4"], "kx350a": ["k1"]})
    workspace.deliver(data)
    night(workspace)
    assert set(found(workspace)) - {"水胡"} == {"奶油风"}


def test_the_last_word_of_a_name_names_the_category_too(workspace: Workspace) -> None:
    """Nobody types electric kettle: neither kettle nor a known value before it is news, what else stands there is."""
    data = logs({"ceramic": 40})
    data["taxonomy"] = [KETTLE | {"names": {"zh": "水壶", "en": "Electric kettle"}}, MUG]
    workspace.deliver(data)
    night(workspace)
    assert set(found(workspace)) == {"ceramic"}


def test_what_is_said_everywhere_is_no_candidate(workspace: Workspace) -> None:
    data = logs({"良心": 60, "奶油风": 40})
    data["search_events"] += [
        search(9000 + i, day=i % DAYS, query="良心 马克杯", category_id="mug", filters=None, clicked_sku_ids=None)
        for i in range(60)
    ]
    workspace.deliver(data)
    night(workspace)
    assert set(found(workspace)) == {"奶油风"}


def test_few_people_are_never_shown(workspace: Workspace) -> None:
    data = logs({"奶油风": 9, "磁悬底": 12})
    one = [search(9000 + i, day=i % DAYS, user_id="busy", query="星空盖 水壶", clicked_sku_ids=None) for i in range(50)]
    data["search_events"] += one  # one person, fifty searches
    workspace.deliver(data)
    night(workspace)
    rows = found(workspace)
    assert set(rows) == {"磁悬底"}
    assert rows["磁悬底"]["examples"] == []  # no text was typed by ten people word for word


def test_what_only_crawlers_type_is_no_candidate(workspace: Workspace) -> None:
    data = logs({"奶油风": 20})
    plain = data["search_events"][:200]
    for crawler in range(15):  # a search every four seconds, no click, no order
        data["search_events"] += [
            search(
                9000 + 1000 * crawler + i, day=3 * crawler, user_id=f"robot-{crawler}", clicked_sku_ids=None,
                event_time=at(3 * crawler, f"{10 + i // 900:02d}:{i // 15 % 60:02d}:{i % 15 * 4:02d}"),
                query=f"磁悬底 {plain[i % 200]['query']}", filters=None,
            )
            for i in range(600)
        ]  # fmt: skip
    workspace.deliver(data)
    night(workspace)
    assert set(found(workspace)) == {"奶油风"}


def test_examples_are_texts_that_enough_people_typed(workspace: Workspace) -> None:
    data = logs({"奶油风": 12})
    data["search_events"] += [
        search(9000 + i, day=i % DAYS, query="奶油风 水壶 双层", clicked_sku_ids=None) for i in range(15)
    ]
    workspace.deliver(data)
    night(workspace)
    assert found(workspace)["奶油风"]["examples"] == ["奶油风 水壶 双层"]


def test_without_other_categories_there_is_still_a_list(workspace: Workspace) -> None:
    data = logs({"奶油风": 40})
    data["search_events"] = [row for row in data["search_events"] if row["category_id"] == "kettle"]
    workspace.deliver(data)
    night(workspace)
    row = found(workspace)["奶油风"]
    assert row["lift"] is None


def test_without_searches_the_stage_publishes_nothing(workspace: Workspace) -> None:
    data = logs({})
    del data["search_events"]
    workspace.deliver(data)
    night(workspace)
    assert found(workspace) == {}


def test_a_second_run_makes_no_new_version(workspace: Workspace) -> None:
    workspace.deliver(logs({"奶油风": 40}))
    night(workspace)
    before = workspace.tables()
    night(workspace)
    assert workspace.tables() == before


# ---- decisions


def taxonomy_command(workspace: Workspace, *arguments: str) -> Any:
    return workspace.c2b("taxonomy", *arguments, "--config", str(workspace.config))


def test_an_accepted_phrase_is_read_the_next_night_and_does_not_come_back(workspace: Workspace) -> None:
    workspace.deliver(logs({"奶油风": 40, "奶油风款": 12, "磁悬底": 30}))
    night(workspace)
    said = taxonomy_command(
        workspace, "accept", "奶油风", "--category", "kettle", "--attribute", "Colour", "--value", "cream"
    )
    assert said.code == 0, said.err
    night(workspace)
    assert set(found(workspace)) == {"磁悬底"}
    searches = workspace.lake.read("int_searches").to_pylist()
    assert sum({"attribute": "colour", "value": "cream"} in row["features"] for row in searches) == 52
    written = json.loads((workspace.folder / "taxonomy.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert written["attributes"][0]["values"][-1] == {"value": "cream", "synonyms": ["奶油风", "奶油风款"]}


def test_a_rejected_phrase_does_not_come_back_in_another_spelling(workspace: Workspace) -> None:
    workspace.deliver(logs({"奶油风": 40, "磁悬底": 30}))
    night(workspace)
    assert taxonomy_command(workspace, "accept", "奶油风", "--category", "kettle", "--reject").code == 0
    night(workspace)
    assert set(found(workspace)) == {"磁悬底"}
    assert taxonomy_command(workspace, "accept", "奶油风", "--category", "kettle", "--reject").code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("红色", "--category", "kettle", "--attribute", "colour"), 3, "known already, as colour=red"),
        (
            ("红色", "--category", "kettle", "--attribute", "colour", "--as", "synonym-of", "blue"),
            3,
            "known as colour=red",
        ),
        (
            ("奶油风", "--category", "kettle", "--attribute", "colour", "--as", "synonym-of", "pink"),
            3,
            "no value 'pink'",
        ),
        (("奶油风", "--category", "kettle", "--attribute", "style"), 3, "no attribute 'style'; known: colour, lid"),
        (("奶油风", "--category", "cattle", "--attribute", "colour"), 3, "'cattle' is not in the taxonomy"),
        (("奶油风", "--category", "kettle"), 2, "--attribute: missing"),
        (("mug", "--category", "kettle", "--attribute", "colour"), 3, "the name of category 'mug'"),
        (("新款", "--category", "kettle", "--attribute", "colour"), 3, "says nothing"),
        (("奶油风", "--category", "kettle", "--attribute", "colour", "--as", "same-as", "red"), 2, "cannot be used"),
        (("奶油风", "--category", "kettle", "--attribute", "colour", "--reject"), 2, "takes no attribute"),
    ],
)
def test_what_cannot_be_accepted_is_said_in_one_line_and_nothing_is_written(
    workspace: Workspace, arguments: tuple[str, ...], code: int, message: str
) -> None:
    workspace.deliver(logs({}))
    before = (workspace.folder / "taxonomy.jsonl").read_bytes()
    said = taxonomy_command(workspace, "accept", *arguments)
    assert said.code == code
    assert message in said.message
    assert (workspace.folder / "taxonomy.jsonl").read_bytes() == before
    assert workspace.parts() == []


HAND_WRITTEN = """\
[
    {"category_id": "kettle",   "names": {"en": "kettle"},
     "note": "mine, leave it",
     "attributes": [
        {"attribute": "colour", "values": [{"value": "red",  "synonyms": ["红色"]}, {"value": "blue"}]},
        {"attribute": "lid", "values": []}
     ]
    }
]
"""


def test_the_form_of_the_file_is_kept(workspace: Workspace) -> None:
    workspace.deliver(logs({}))
    path = workspace.folder / "mine.json"
    path.write_text(HAND_WRITTEN, encoding="utf-8")
    workspace.configure({"order_lines": "order_lines.jsonl", "taxonomy": "mine.json"})

    def accept(phrase: str, *more: str) -> None:
        said = taxonomy_command(workspace, "accept", phrase, "--category", "kettle", "--attribute", *more)
        assert said.code == 0, said.err

    accept("大红", "colour", "--as", "synonym-of", "red")
    accept("navy", "colour", "--as", "synonym-of", "blue")
    accept("奶油风", "colour")
    accept("flip", "lid")
    accept("steel", "material", "--new-attribute")
    written = path.read_text(encoding="utf-8")
    expected = (
        HAND_WRITTEN.replace('["红色"]', '["红色", "大红"]')
        .replace('{"value": "blue"}]', '{"value": "blue", "synonyms": ["navy"]}, {"value": "奶油风", "synonyms": []}]')
        .replace('"values": []', '"values": [{"value": "flip", "synonyms": []}]')
    )
    assert written.splitlines()[:5] == expected.splitlines()[:5]
    assert json.loads(written)[0]["attributes"][2]["values"] == [{"value": "steel", "synonyms": []}]
    assert '"note": "mine, leave it"' in written


def test_lint_prints_one_line_per_finding(workspace: Workspace) -> None:
    data = logs({})
    workspace.deliver(data)
    assert taxonomy_command(workspace, "lint").code == 0
    broken = json.loads(json.dumps(KETTLE))
    broken["attributes"][0]["values"][1]["synonyms"].append("红色")
    workspace.deliver({**data, "taxonomy": [broken, MUG]})
    said = taxonomy_command(workspace, "lint")
    assert said.code == 4
    assert said.out.splitlines() == [
        "taxonomy.jsonl: kettle / colour / blue: '红色' stands under value 'red' too. "
        "Remedy: keep it under one of them."
    ]
    assert "1 finding" in said.message


# ---- JSON text

JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=4), JSON_VALUE, max_size=3), st.lists(JSON_VALUE, max_size=3), JSON_VALUE,
    st.sampled_from([None, 1, 4]), st.booleans(),
)  # fmt: skip
def test_append_adds_one_element_and_changes_nothing_else(around, elements, value, indent, escape) -> None:
    document = [{**around, "list": elements}]
    text = json.dumps(document, indent=indent, ensure_ascii=escape)
    after = json_text.append(text, (0, "list"), value)
    assert json.loads(after) == [{**around, "list": [*elements, value]}]
    start = next(i for i, (a, b) in enumerate(zip(text + "\0", after, strict=False)) if a != b)
    tail = len(text) - start
    assert after.endswith(text[start:]) or after[-tail:] == text[-tail:] or not elements


def test_append_makes_what_is_missing_and_refuses_what_is_no_list() -> None:
    assert json_text.append('{"a": 1}', ("b",), "x") == '{"a": 1, "b": ["x"]}'
    assert json_text.append("{}", ("b",), "x") == '{"b": ["x"]}'
    assert json_text.append('{"b": null}', ("b",), "x") == '{"b": ["x"]}'
    with pytest.raises(ValueError, match="a"):
        json_text.append('{"a": 1}', ("a",), "x")
    with pytest.raises(KeyError):
        json_text.append('{"a": []}', ("b", 0, "c"), "x")
