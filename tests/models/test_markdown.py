"""Leftovers sold at a markdown: by hand, against every order there is, and what must hold of any."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from models import newsvendor, pooling
from models.newsvendor import Markdown, Spec, Terms

SALVAGE = 0.3
FREE = {"setup_cost": 0.0, "pack_size": 1, "min_spec_units": 0, "min_order_units": 0, "capacity": 10**6}


def earned(spec: Spec, term: Terms, cost: float, quantity: int) -> float:
    """Path by path: first at the full price, then marked down where that pays, the rest is salvaged."""
    if not quantity:
        return 0.0
    total = 0.0
    for k, demand in enumerate(spec.demand):
        sold = min(demand, quantity)
        rest = quantity - sold
        salvage = SALVAGE * cost
        total += spec.net_price * sold
        if spec.markdown is not None and spec.markdown.net_price > salvage:
            more = min(spec.markdown.demand[k], rest)
            total += spec.markdown.net_price * more
            rest -= more
        total += salvage * rest
    return total / len(spec.demand) - cost * quantity - term.setup_cost


def best_of_all(specs: list[Spec], terms: list[Terms], top: int, budget: float = np.inf) -> float:
    """The most any order of whole packs earns, each spec at one manufacturer or none."""
    choices = [(m, q) for m, term in enumerate(terms) for q in range(term.pack_size, top + 1, term.pack_size)]
    best = 0.0
    for order in itertools.product([(0, 0), *choices], repeat=len(specs)):
        value, spent, is_allowed = 0.0, 0.0, True
        for m, term in enumerate(terms):
            mine = [(spec, q) for spec, (where, q) in zip(specs, order, strict=True) if where == m and q]
            units = sum(q for _, q in mine)
            is_allowed &= not units or term.min_order_units <= units <= term.capacity
            is_allowed &= all(q >= term.min_spec_units for _, q in mine)
            factor = [f for start, f in term.tiers if start <= units][-1]
            for spec, q in mine:
                cost = term.unit_cost[spec.spec_id] * factor
                value += earned(spec, term, cost, q)
                spent += cost * q + term.setup_cost
        if is_allowed and spent <= budget:
            best = max(best, value)
    return best


def drawn(seed: int, *, specs: int = 2, paths: int = 20) -> list[Spec]:
    """Specs with random demand; on 20 paths every bend of the profit is a breakpoint of the programme."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(specs):
        price = float(rng.uniform(70, 130))
        demand = rng.poisson(rng.uniform(5, 25), paths).astype(float)
        markdown = Markdown(float(rng.uniform(0.1, 1.0) * price), rng.poisson(rng.uniform(0, 20), paths).astype(float))
        found.append(Spec(f"s{i}", price, demand, markdown))
    return found


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "REL_GAP", 1e-7)
    monkeypatch.setattr(newsvendor, "BREAKPOINTS", 200)


@pytest.mark.parametrize(
    ("price", "more", "quantity", "profit"),
    [
        (60.0, 30.0, 130, 100 * 50 + 30 * 10),  # each of the 30 earns 60 - 50
        (49.0, 30.0, 100, 100 * 50),  # nothing is made to be marked down at a loss
        (10.0, 30.0, 100, 100 * 50),
        (60.0, 0.0, 100, 100 * 50),
    ],
)
def test_sure_demand(price, more, quantity, profit):
    """100 units sell at 100 for sure, ``more`` at the markdown; a unit costs 50."""
    spec = Spec("s", 100.0, np.full(10, 100.0), Markdown(price, np.full(10, more)))
    plan = pooling.solve([spec], [Terms("m", {"s": 50.0}, **FREE)], salvage_rate=SALVAGE, max_specs=1)
    assert plan.quantity("s") == quantity
    assert plan.objective == pytest.approx(profit)


def test_normal_demand_has_the_quantity_of_the_optimality_condition():
    """(p - d) P(D > q) + (d - v) P(D + 200 > q) = c - v: p 100, d 50, v 18, c 60, D normal(1000, 250)."""
    demand = norm.ppf((np.arange(4000) + 0.5) / 4000, 1000, 250)
    spec = Spec("s", 100.0, demand, Markdown(50.0, np.full(4000, 200.0)))
    plan = pooling.solve([spec], [Terms("m", {"s": 60.0}, **FREE)], salvage_rate=SALVAGE, max_specs=1)
    tail = lambda q: norm.sf(q, 1000, 250)  # noqa: E731
    exact = brentq(lambda q: 50 * tail(q) + 32 * tail(q - 200) - 42, 0, 3000)
    assert plan.quantity("s") == pytest.approx(exact, rel=0.005)
    assert plan.quantity("s") > 1000 + 250 * norm.ppf(40 / 82) + 60  # far from the newsvendor without


@pytest.mark.parametrize("seed", range(8))
def test_the_order_is_the_best_of_all_orders(seed):
    rng = np.random.default_rng(100 + seed)
    specs = drawn(seed)
    terms = [
        Terms(
            name, {s.spec_id: float(rng.uniform(30, 70)) for s in specs}, float(rng.uniform(0, 150)), 6,
            int(rng.integers(0, 15)), int(rng.integers(0, 40)), int(rng.integers(40, 90)), ((0, 1.0), (36, 0.92)),
        )
        for name in ("m", "n")
    ]  # fmt: skip
    budget = 2500.0 if seed % 2 else None
    plan = pooling.solve(specs, terms, salvage_rate=SALVAGE, max_specs=2, budget=budget)
    by_id = {spec.spec_id: spec for spec in specs}
    by_name = {term.manufacturer_id: term for term in terms}
    if len({batch.spec_id for batch in plan.batches}) == len(plan.batches):  # else a spec is made at two
        value = sum(earned(by_id[b.spec_id], by_name[b.manufacturer_id], b.unit_cost, b.quantity) for b in plan.batches)
        assert value == pytest.approx(plan.objective, abs=1e-3)  # what the programme tells is what the paths earn
    best = best_of_all(specs, terms, 54, np.inf if budget is None else budget)
    assert plan.objective >= best - 1e-3


TERM = Terms("m", {f"s{i}": 55.0 + 3 * i for i in range(3)}, 60.0, 2, 6, 12, 90, ((0, 1.0), (50, 0.95)))


def solved(specs: list[Spec], term: Terms = TERM) -> pooling.Pooling:
    return pooling.solve(specs, [term], salvage_rate=SALVAGE, max_specs=3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_markdown_never_lowers_the_profit_and_one_nobody_wants_changes_nothing(seed):
    specs = drawn(seed, specs=3)
    without = solved([replace(spec, markdown=None) for spec in specs])
    assert solved(specs).objective >= without.objective - 1e-3
    nobody = [replace(spec, markdown=Markdown(spec.net_price, np.zeros(20))) for spec in specs]
    assert solved(nobody).objective == pytest.approx(without.objective, abs=1e-3)
    worthless = [replace(spec, markdown=Markdown(1.0, np.full(20, 50.0))) for spec in specs]  # salvage pays more
    assert solved(worthless).objective == pytest.approx(without.objective, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_markdown_never_lowers_the_quantity_of_a_spec(seed):
    (spec,) = drawn(seed, specs=1)
    free = Terms("m", {"s0": 55.0}, **FREE)
    assert solved([spec], free).quantity("s0") >= solved([replace(spec, markdown=None)], free).quantity("s0")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.0, 1.6))
def test_more_demand_or_a_better_price_at_the_markdown_never_hurts(seed, times):
    specs = drawn(seed, specs=3)
    profit = solved(specs).objective
    more = [replace(s, markdown=replace(s.markdown, demand=np.ceil(times * s.markdown.demand))) for s in specs]
    dearer = [
        replace(s, markdown=replace(s.markdown, net_price=min(times * s.markdown.net_price, s.net_price)))
        for s in specs
    ]
    assert solved(more).objective >= profit - 1e-3
    assert solved(dearer).objective >= profit - 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_the_most_a_spec_can_earn_is_that_of_the_best_quantity(seed):
    (some,) = drawn(seed, specs=1)
    term = Terms("m", {"s0": 50.0}, **(FREE | {"setup_cost": 35.0}))
    for spec in (some, replace(some, markdown=replace(some.markdown, net_price=3.0))):  # 3 is less than salvage
        best = max(earned(spec, term, 50.0, q) for q in range(1, 120))
        assert newsvendor.most_earned(spec, term, SALVAGE) == pytest.approx(max(best, 0.0))


@pytest.mark.parametrize("seed", range(3))
def test_the_gap_told_of_many_manufacturers_holds_with_a_markdown(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    specs = drawn(seed, specs=3)
    terms = [
        Terms(f"m{k}", {s.spec_id: float(rng.uniform(35, 70)) for s in specs}, 40.0, 2, 4, 10, 60) for k in range(7)
    ]
    found = pooling.solve(specs, terms, salvage_rate=SALVAGE, max_specs=2)
    monkeypatch.setattr(pooling, "MAX_MANUFACTURERS", 7)
    best = pooling.solve(specs, terms, salvage_rate=SALVAGE, max_specs=2).objective
    assert found.objective * (1 + found.relative_gap) >= best - 1e-3


def test_a_markdown_worth_more_than_the_price_is_refused():
    with pytest.raises(ValueError, match="spec s: a unit must not be worth more at the markdown"):
        Spec("s", 50.0, np.ones(3), Markdown(51.0, np.ones(3)))
