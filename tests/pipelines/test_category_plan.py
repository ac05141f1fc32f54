"""What a planned spec tells of its risk."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from models.pooling import Batch
from pipelines import category_plan, plan_reasons
from pipelines.outcomes import value_of_waiting, worst_tenth
from pipelines.plan_rows import profit_of


def test_worst_tenth_and_value_of_waiting_of_a_normal_profit():
    """Closed forms of the normal: expected shortfall, and the unit loss integral of the newsvendor."""
    mean, sd = 100.0, 250.0
    profit = np.random.default_rng(2).normal(mean, sd, 200_000)
    assert worst_tenth(profit) == pytest.approx(mean - sd * norm.pdf(norm.ppf(0.1)) / 0.1, rel=0.01)
    loss = sd * (norm.pdf(mean / sd) - mean / sd * norm.sf(mean / sd))  # what is lost where it does not pay
    assert value_of_waiting(profit) == pytest.approx(loss, rel=0.01)
    assert value_of_waiting(profit - 2 * mean) == pytest.approx(loss, rel=0.02)  # or missed, where it pays after all


def test_waiting_is_worth_nothing_where_the_outcome_is_sure():
    assert value_of_waiting(np.full(50, 7.0)) == 0
    assert value_of_waiting(np.full(50, -7.0)) == 0
    assert worst_tenth(np.array([-5.0])) == -5


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("decision", "chance", "least", "profit", "lead"),
    [
        ("build", 0.9, 10, 100.0, "best"),
        ("open_preorder", 0.2, 10, 100.0, "risky"),
        ("open_preorder", 0.9, 10, 100.0, "held"),
        ("wait", 0.9, 8000, 100.0, "minimum"),
        ("wait", 0.9, 10, 100.0, "beaten"),
        ("do_not_build", 0.0, 10, -100.0, "loses"),
    ],
)
def test_reasons_tell_the_numbers_in_both_languages(language, decision, chance, least, profit, lead):
    outcomes = np.where(np.arange(100) < 100 * chance, abs(profit), -abs(profit))
    outcome = SimpleNamespace(
        demand=np.full(100, 5000.0), profit=outcomes, batches=(Batch("s", "m", 6000, 9.0),), taken_per_unit=1.25
    )
    plan = SimpleNamespace(line=SimpleNamespace(currency="CNY"))
    settings = SimpleNamespace(planning=SimpleNamespace(min_probability_of_profit=0.6))
    why = plan_reasons.evidence(plan, outcome, settings, decision=decision, least=least)
    text = plan_reasons.sentence(why, language)
    assert text.startswith(plan_reasons.LEADS[language][lead].format(least=least, limit=0.6))
    money = "元" if language == "zh" else "CNY"
    for number in ("5000", "6000", f"{outcomes.mean():.0f} {money}", f"{chance:.0%}"):
        assert number in text
    assert (plan_reasons.WAITING[language][:4] in text) == (decision in ("wait", "open_preorder"))


def planned(*profits: np.ndarray) -> SimpleNamespace:
    line = SimpleNamespace(history=SimpleNamespace(category_id="c"), currency="CNY")
    chosen = [SimpleNamespace(profit=profit, batches=(Batch("s", "m", 10, 60.0),)) for profit in profits]
    return SimpleNamespace(line=line, chosen=tuple(chosen))


def test_profit_of_a_category_adds_up_path_by_path():
    """Two specs that hedge each other are sure together; two that move alike are as unsure as both."""
    luck = np.random.default_rng(4).normal(0, 100, 100_000)
    hedged = profit_of(planned(50 + luck, 50 - luck))
    assert hedged["expected_profit"] == pytest.approx(100)
    assert hedged["profit_p10"] == pytest.approx(100)
    assert hedged["probability_of_profit"] == 1
    alike = profit_of(planned(50 + luck, 50 + luck))
    assert alike["profit_p10"] == pytest.approx(100 + 200 * norm.ppf(0.1), rel=0.02)
    assert alike["profit_p90"] == pytest.approx(100 + 200 * norm.ppf(0.9), rel=0.02)
    assert alike["probability_of_profit"] == pytest.approx(norm.cdf(0.5), abs=0.01)
    assert alike["worst_tenth_profit"] < alike["profit_p10"]
    assert (alike["specs"], alike["units"], alike["investment"]) == (2, 20, 1200)
    nothing = profit_of(planned())
    assert (nothing["specs"], nothing["expected_profit"], nothing["probability_of_profit"]) == (0, 0, None)


def test_a_spec_too_risky_at_one_price_is_told_once_and_not_beside_its_order():
    """Prices of a spec are candidates of their own; a spec id stands for its features."""
    features = [{"lid": "flip"}, {"lid": "flip"}, {"lid": "screw"}, {"lid": "screw"}, {"lid": "none"}]
    line = SimpleNamespace(features=features, history=SimpleNamespace(category_id="kettle"))

    def outcome(candidate: int, profit: float) -> SimpleNamespace:
        return SimpleNamespace(candidate=candidate, profit=np.array([profit]))

    risky = {i: outcome(i, profit) for i, profit in ((1, 9.0), (2, 3.0), (3, 5.0), (4, 1.0))}
    left = category_plan._left_out(line, [outcome(0, 7.0)], risky)
    assert [one.candidate for one in left] == [3, 4]
