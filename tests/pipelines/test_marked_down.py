"""The markdown in a category's plan: its demand is the choice model's, its money counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_many_combinations import MAKER, history_of, line_of

from models.newsvendor import Markdown
from models.pooling import Batch
from models.product_line import Economics
from pipelines import outcomes, plan_reasons
from pipelines.category_plan import plan_category
from pipelines.line_design import Clearance, LineDesign
from pipelines.outcomes import SpecOutcome, outcomes_of, with_batches
from pipelines.settings import FileSource, Settings

SETTINGS = Settings(sources={"order_lines": FileSource(path="x")})
DRAWS = 40


@pytest.fixture(scope="module")
def line() -> LineDesign:
    """Ten specs at 100 before 3000 shoppers; a unit costs 60."""
    history = history_of(3, 4)
    names = history.attributes
    listed = [dict(zip(names, (f"v{i % 4}", f"v{i // 4}", f"v{(i + 1) % 4}"), strict=True)) for i in range(10)]
    found = line_of(history, listed, MAKER)
    return replace(found, factors=np.linspace(0.5, 1.0, 7))


def risk_of(line: LineDesign, monkeypatch: pytest.MonkeyPatch):
    """The same model on every draw: what it sells is known."""
    monkeypatch.setattr(type(line.model), "draw", lambda self, rng, size: [self] * DRAWS)
    return line.risk_replay(np.random.default_rng(0))


CURRENT = [0, 5]


@pytest.mark.parametrize("volume", [0.4, 0.0])
def test_leftovers_meet_the_demand_of_the_choice_model_at_the_reduced_price(line, monkeypatch, volume):
    risk = risk_of(line, monkeypatch)
    rngs = np.random.default_rng(1), np.random.default_rng(1)
    plain = outcomes_of(line, risk, CURRENT, rngs[0])
    cleared = replace(line, clearance=Clearance(0.2, 21, volume))
    found = outcomes_of(cleared, risk, CURRENT, rngs[1])
    assert rngs[0].random() == rngs[1].random()  # nor does what comes next differ
    price = risk.candidates.price
    expected = volume * risk.at_prices(0.8 * price).sell(CURRENT)[0][0]
    for k, (before, after) in enumerate(zip(plain, found, strict=True)):
        assert (after.demand == before.demand).all()  # the window itself is as without
        assert before.markdown is None
        assert after.markdown.demand.mean() == pytest.approx(expected[k], rel=0.06)
        if volume:  # cheaper: more a day than at the full price, by the same luck
            assert after.markdown.demand.mean() > 1.3 * volume * before.demand.mean()
            assert np.corrcoef(after.markdown.demand, after.demand)[0, 1] > 0.5


def test_no_demand_is_taken_from_prices_that_nobody_saw(line, monkeypatch):
    risk = risk_of(line, monkeypatch)
    narrow = replace(line, factors=np.linspace(0.9, 1.0, 7), clearance=Clearance(0.4, 21, 1.0))
    found = outcomes_of(narrow, risk, CURRENT, np.random.default_rng(1))
    floor = risk.at_prices(0.9 * risk.candidates.usual_price).sell(CURRENT)[0][0]
    assert [one.markdown.demand.mean() for one in found] == pytest.approx(floor, rel=0.06)
    cheap = line.marked_down(risk.at_prices(0.7 * risk.candidates.price), 0.4)
    narrow_cheap = narrow.marked_down(risk.at_prices(0.7 * risk.candidates.price), 0.4)
    assert cheap.candidates.price == pytest.approx(0.5 * risk.candidates.price)
    assert narrow_cheap.candidates.price == pytest.approx(0.7 * risk.candidates.price)  # never above its own price


def test_a_unit_marked_down_is_worth_its_price_less_what_it_takes_from_products_on_sale(line, monkeypatch):
    risk = risk_of(line, monkeypatch)
    cleared = replace(line, clearance=Clearance(0.2, 21, 0.4))
    found = outcomes_of(cleared, risk, CURRENT, np.random.default_rng(1))
    reduced = risk.at_prices(0.8 * risk.candidates.price)
    own, old = reduced.sell(CURRENT)
    together = float((reduced.existing_margin(reduced.sell([])[1]) - reduced.existing_margin(old))[0])
    assert together > 0
    paid = sum(units * (80 - one.markdown.net_price) for units, one in zip(own[0], found, strict=True))
    assert paid == pytest.approx(together, rel=1e-6)
    for one in found:
        assert one.markdown.net_price <= outcomes.net_price(line, one, one.lost_per_unit)


def test_profit_by_hand(line):
    """80 made at 60 with set-up 100; 50 sell at 100; of the 30 left 20 go at 45, 10 are salvaged at 0.3 x 60."""
    assert line.economics == Economics(1.0, 1.0, 0.0, 0.3)
    demand = np.array([50.0, 90.0])
    outcome = SpecOutcome(0, demand, 7.0, 5.0, (), np.zeros(2), Markdown(45.0, np.array([20.0, 20.0])))
    batches = (Batch("0", "m", 80, 60.0),)
    found = with_batches(line, outcome, batches)
    assert found.profit == pytest.approx([50 * 95 + 20 * 45 + 10 * 18 - 80 * 60 - 100, 80 * 95 - 80 * 60 - 100])
    assert found.marked_down_units == 10  # 20 in one of two cases
    salvaged = with_batches(
        line, replace(outcome, markdown=Markdown(17.0, demand)), batches
    )  # less than salvage: not done
    assert salvaged.profit == pytest.approx(with_batches(line, replace(outcome, markdown=None), batches).profit)
    assert salvaged.marked_down_units == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reason_tells_what_is_marked_down(line, language):
    outcome = SpecOutcome(0, np.ones(2), 0.0, 0.0, (), np.zeros(2), marked_down_units=12.4)
    cleared = replace(line, clearance=Clearance(0.25, 21, 0.4))
    (note,) = plan_reasons.markdown_note(cleared, outcome)
    said = plan_reasons.NOTES[language]["markdown"].format(**note.numbers)
    assert all(number in said for number in ("12", "25%", "21"))
    assert plan_reasons.markdown_note(cleared, replace(outcome, marked_down_units=0.4)) == ()
    assert plan_reasons.markdown_note(line, outcome) == ()


def test_a_plan_with_a_markdown_orders_and_earns_more(line, monkeypatch):
    risk_of(line, monkeypatch)
    without = plan_category(line, SETTINGS, np.random.default_rng(3))
    cleared = replace(line, clearance=Clearance(0.2, 30, 0.5))
    found = plan_category(cleared, SETTINGS, np.random.default_rng(3))

    def units(plan) -> int:
        return sum(batch.quantity for outcome in plan.chosen for batch in outcome.batches)

    def profit(plan) -> float:
        return sum(outcome.profit.mean() for outcome in plan.chosen)

    assert units(without) > 0
    assert units(found) > units(without)
    assert profit(found) > profit(without)
    assert any(outcome.marked_down_units > 1 for outcome in found.chosen)
