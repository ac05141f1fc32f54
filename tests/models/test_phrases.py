"""New phrases: cut what is known, find what holds together, join spellings, measure the evidence."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models import phrase_evidence as evidence
from models.text.phrase_rules import CategoryWords, looks_like_a_model, why_not
from models.text.phrases import Phrase, find
from models.text.runs import MARK, SHOP_TALK, Known, Run, bare, cut, text_of, units_of
from models.text.variants import Spellings, group, is_slip

KNOWN = Known.of([*SHOP_TALK, ("空气炸锅", "name"), ("air fryer", "name"), ("北辰", "brand")])


def left(text: str, spans: tuple[tuple[int, int], ...] = ()) -> list[str]:
    """What cutting leaves of a text, marks as <…>."""
    return [
        "".join(f"<{bare(unit)}>" if unit.startswith(MARK) else f"{unit} " for unit in run.units).strip()
        for run in cut(text, spans, KNOWN).runs
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("北辰空气炸锅 奶油风", ["奶 油 风"]),  # a brand alone is nothing new
        ("奶油风空气炸锅12升新款", ["奶 油 风"]),  # quantity and shop talk away
        ("cream style Air Fryers 16L", ["cream style"]),  # plural of the name
        ("不要异味 静音空气炸锅", ["静 音"]),  # what is negated is not wanted
        ("without smell cream style", ["cream style"]),
        ("无线空气炸锅", ["无 线"]),  # 无 alone is no negation
        ("see-through 2026", ["see through"]),
        ("空气炸锅 300以下", []),
        ("", []),
    ],
)
def test_cut_leaves_what_no_taxonomy_explains(text, expected):
    assert left(text) == expected


def test_a_known_feature_stays_as_one_unit_because_a_new_phrase_may_hold_it():
    assert left("ice silk lining", ((0, 3),)) == ["<ice>silk lining"]
    assert left("北辰奶油风") == ["<北辰>奶 油 风"]  # and a brand's name may be a plain word


@given(st.text(alphabet="奶油风 空气炸锅abc12-L升,", max_size=30))
def test_runs_hold_nothing_but_units_of_the_text_and_survive_encoding(text):
    one = cut(text, (), KNOWN)
    for run in one.runs:
        assert Run.decode(run.encode()) == run
        assert {unit for unit in run.units if unit != MARK} <= set(units_of(text))


def weights(*texts: tuple[str, int]) -> dict[Run, int]:
    found: dict[Run, int] = {}
    for text, weight in texts:
        for run in cut(text, (), KNOWN).runs:
            found[run] = found.get(run, 0) + weight
    return found


def phrases(*texts: tuple[str, int], least: int = 10) -> dict[str, int]:
    return {text_of(p.units): p.weight for p in find(weights(*texts), min_weight=least)}


def test_a_new_chinese_word_is_found_whole_without_a_dictionary():
    found = phrases(("奶油风空气炸锅", 40), ("空气炸锅奶油风家庭", 30), ("家庭空气炸锅", 300), ("厨房空气炸锅", 200))
    assert found["奶油风"] == 70
    assert not {"奶油", "油风", "风家", "奶油风家", "奶油风家庭"} & set(found)  # pieces and chance neighbours


def test_an_english_phrase_is_found_whole():
    found = phrases(
        ("cream style air fryer", 40), ("quiet cream style", 20), ("quiet air fryer", 90), ("big air fryer", 80)
    )
    assert found["cream style"] == 60
    assert not {"cream", "style", "quiet cream style"} & set(found)


def test_a_known_feature_beside_a_common_word_is_no_new_phrase():
    runs = {
        Run((MARK + "oled", "美", "貌"), (False,) * 3): 14,
        Run((MARK + "oled",), (False,)): 200,
        Run(("美", "貌"), (False,) * 2): 300,
        Run(("屏", "幕"), (False,) * 2): 900,
        Run((MARK + "oled", "软", "边"), (False,) * 3): 40,
    }
    found = {text_of(p.units) for p in find(runs, min_weight=10)}
    assert "oled软边" in found  # 软边 is said with it alone
    assert "oled美貌" not in found


def test_too_few_people_make_no_phrase():
    assert phrases(("奶油风空气炸锅", 9)) == {}


def test_a_word_mostly_typed_in_two_pieces_is_none():
    assert "油风" not in phrases(("奶油 风格", 50), ("猪油 风扇", 50))


@given(st.dictionaries(st.text(alphabet="甲乙丙丁 ab", min_size=1, max_size=8), st.integers(1, 40), max_size=12))
def test_no_phrase_weighs_more_than_the_texts_that_hold_it(texts):
    runs = weights(*texts.items())
    for phrase in find(runs, min_weight=5):
        most = sum(weight * len(run.units) for run, weight in runs.items())
        holding = sum(w for run, w in runs.items() if set(phrase.units) <= set(run.units))
        assert 5 <= phrase.weight <= most
        assert holding >= 1
        assert -1 <= phrase.cohesion <= 1


# ---- spellings


def grouped(*words: tuple[str, int]) -> list[set[str]]:
    found = group([Phrase(tuple(units_of(word)), weight, 1.0) for word, weight in words])
    return [{text_of(g.head.units), *(text_of(v.units) for v in g.variants)} for g in found]


def test_spellings_of_one_thing_are_one_group():
    one = grouped(
        ("cream style", 90), ("cream styles", 20), ("creamstyle", 12), ("style cream", 11), ("craem style", 10)
    )
    assert one == [{"cream style", "cream styles", "creamstyle", "style cream", "craem style"}]
    assert grouped(("奶油风", 90), ("奶油疯", 12), ("奶油风的", 11)) == [{"奶油风", "奶油疯", "奶油风的"}]


def test_different_things_stay_apart():
    assert len(grouped(("奶油风", 90), ("奶茶风", 12))) == 2  # one character apart and another thing
    assert len(grouped(("cream style", 90), ("dream style", 80))) == 2  # as heavy as the other: no slip
    assert len(grouped(("wifi5", 90), ("wifi6", 12))) == 2


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("window", "widnow", True),
        ("window", "windw", True),
        ("window", "windows", True),
        ("window", "wimdiw", False),
        ("lamp", "lump", False),  # too short to tell
        ("空气炸锅", "空汽炸锅", True),
        ("空气炸锅", "空气炸板", False),
    ],
)
def test_slips(one, other, expected):
    assert is_slip(one, other) is expected
    assert is_slip(other, one) is expected


# ---- what the form tells

WORDS = CategoryWords(
    frozenset({"steam", "不要的"}), Spellings([("dehydrator",), tuple("空气炸锅")]), frozenset({"steam", "2t", "oled"})
)


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("steams", "known"),
        ("不要的", "known"),
        ("杭州", "place"),
        ("texas", "place"),
        ("广东深圳", "place"),
        ("2toled", "known words in a row"),
        ("dehydratro", "misspelling"),
        ("空气炸过", "misspelling"),
        ("奶油风", None),
        ("cream style", None),
    ],
)
def test_what_the_form_of_a_phrase_tells(phrase, reason):
    assert why_not(tuple(units_of(phrase)), WORDS) == reason


def test_models_have_letters_and_digits():
    assert looks_like_a_model(("kx350a",))
    assert not looks_like_a_model(("wifi6",))
    assert not looks_like_a_model(("cream", "style"))


# ---- evidence


def test_log_likelihood_ratio_is_scipys_g_test():
    rng = np.random.default_rng(7)
    a, b = rng.integers(1, 50, 40).astype(float), rng.integers(1, 50, 40).astype(float)
    n, m = a + rng.integers(1, 500, 40), b + rng.integers(1, 900, 40)
    expected = [
        stats.chi2_contingency([[a[i], n[i] - a[i]], [b[i], m[i] - b[i]]], correction=False, lambda_="log-likelihood")[
            0
        ]
        for i in range(40)
    ]
    found = evidence.log_likelihood_ratio(a, n, b, m)
    np.testing.assert_allclose(np.abs(found), expected, rtol=1e-9, atol=1e-9)
    assert (np.sign(found) == np.where(a / n >= b / m, 1, -1)).all()


def test_trend_is_statsmodels_poisson_regression():
    rng = np.random.default_rng(3)
    exposure = rng.integers(300, 900, (6, 12)).astype(float)
    counts = rng.poisson(exposure * 0.02 * np.exp(0.1 * np.arange(12) * rng.uniform(-1, 1, (6, 1)))).astype(float)
    found = evidence.trend(counts, exposure)
    for i in range(6):
        design = sm.add_constant(np.arange(12.0))
        fit = sm.GLM(counts[i], design, family=sm.families.Poisson(), exposure=exposure[i]).fit(scale="X2")
        se = fit.bse[1] if fit.scale >= 1 else fit.bse[1] / math.sqrt(fit.scale)
        assert found.growth_pct[i] == pytest.approx(100 * math.expm1(fit.params[1]), rel=1e-4, abs=1e-4)
        assert found.z[i] == pytest.approx(fit.params[1] / se, rel=1e-3)


def test_trend_interval_covers_the_truth_eight_times_in_ten():
    rng = np.random.default_rng(11)
    exposure = np.full((2000, 12), 1000.0)
    counts = rng.poisson(exposure * 0.01 * np.exp(0.05 * (np.arange(12) - 6))).astype(float)
    found = evidence.trend(counts, exposure)
    truth = 100 * math.expm1(0.05)
    covered = np.mean((found.growth_pct_p10 <= truth) & (truth <= found.growth_pct_p90))
    assert 0.77 <= covered <= 0.87  # the dispersion is never taken below 1, so a little wide


def test_trend_of_a_short_or_empty_series_claims_nothing():
    for counts, exposure in (([[5.0, 9.0]], [[100.0, 100.0]]), ([[0.0] * 12], [[100.0] * 12]), ([[3.0]], [[0.0]])):
        found = evidence.trend(np.array(counts), np.array(exposure))
        assert np.isfinite([found.growth_pct, found.growth_pct_p10, found.growth_pct_p90, found.z]).all()
        assert found.growth_pct_p10[0] <= 0 <= found.growth_pct_p90[0]


def test_share_at_least_is_wilsons():
    low = stats.binomtest(18, 20).proportion_ci(0.95, method="wilson").low
    assert evidence.share_at_least(np.array(18.0), np.array(20.0)) == pytest.approx(low)
    assert evidence.share_at_least(np.array(0.0), np.array(0.0)) == 0
