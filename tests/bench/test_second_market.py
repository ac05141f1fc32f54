"""The second market judges fairly: its oracle is not beaten, broken terms are seen, units are neither made nor lost."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.second_market import oracle
from bench.second_market.future import sell
from bench.second_market.history import History, simulate
from bench.second_market.panel import Line, evaluate, wanted_units
from bench.second_market.rough import fit
from bench.second_market.scenario import make_scenario
from bench.second_market.score import true_problem
from bench.second_market.shoppers import choose, draw_shoppers
from bench.second_market.terms import read_plan, violations
from bench.second_market.wants import true_shares
from bench.second_market.world import make_market


@pytest.fixture(scope="module")
def history() -> History:
    """Forty days of one category of a thin market."""
    scenario = replace(make_scenario(7, "thin"), history_days=40, n_categories=1, shoppers_per_day=250.0)
    return simulate(make_market(scenario)[0])


def a_line(history: History, *, quantity: int | None) -> Line:
    maker = history.shop.makers[0]
    values = tuple(allowed[0] for allowed in maker.supported)
    return Line(values, history.shop.category.price, 0, quantity)


def test_no_random_plan_earns_more_than_the_oracle(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "MAX_SPECS", 3)  # a small search, so that the test is quick
    monkeypatch.setattr(oracle, "SCARCE", (0.0,))
    problem = true_problem(history)
    best = oracle.design(problem).outcome.profit
    rng = np.random.default_rng(0)
    for _ in range(40):
        rows = rng.choice(len(problem.configurations), int(rng.integers(1, 4)), replace=False)
        priced = [(k, float(rng.choice(problem.prices))) for k in rows]
        lines = [Line(tuple(problem.configurations[k].tolist()), p, int(problem.maker_of[k])) for k, p in priced]
        assert problem.value(lines) <= best


def test_the_panel_expects_what_the_futures_sell(history: History) -> None:
    line = a_line(history, quantity=10**6)
    expected = wanted_units(true_problem(history).panel, [line])[0]
    kept = np.mean([sell(history.shop, [line], history.out_share, draw).kept[0] for draw in range(8)])
    assert kept == pytest.approx(expected, rel=0.15)


def test_true_shares_are_those_of_the_shoppers_who_come(history: History) -> None:
    category, days = history.shop.category, (10, 13)
    rng = np.random.default_rng(0)
    ideal = np.concatenate([draw_shoppers(history.shop, day, 20_000, rng).ideal for day in range(*days)])
    shares = true_shares(history.shop, *days)
    for a, attribute in enumerate(category.attributes):
        assert sum(shares[attribute.name, value.name] for value in attribute.values) == pytest.approx(1)
        for v, value in enumerate(attribute.values):
            assert (ideal[:, a] == v).mean() == pytest.approx(shares[attribute.name, value.name], abs=0.01)


def test_units_are_neither_made_nor_lost(history: History) -> None:
    line = a_line(history, quantity=7)
    for draw in range(3):
        sale = sell(history.shop, [line], history.out_share, draw)
        assert sale.kept[0] + sale.leftover[0] == 7
        assert sale.unmet[0] >= 0


def test_stock_of_the_history_covers_what_was_sold(history: History) -> None:
    sold = np.zeros_like(history.stock)
    for visit in history.visits:
        if visit.bought >= 0:
            sold[visit.day, visit.bought] += visit.quantity
    assert (sold <= history.stock).all()
    assert sold.sum() > 100
    assert not (history.shop.values[:, history.shop.rising[0]] == history.shop.rising[1]).any()


def test_late_shoppers_find_the_shelf_empty_and_take_the_next_best() -> None:
    total = np.array([[3.0, 1.0], [3.0, 1.0], [3.0, -1.0]])
    got = choose(total, np.zeros(3), np.array([1, 9]), np.zeros(3, dtype=int), np.ones(3, dtype=int))
    assert got.tolist() == [0, 1, -1]


def test_broken_terms_are_found(history: History, tmp_path: Path) -> None:
    shop = history.shop
    maker = replace(
        shop.makers[0], min_order_units=100, min_spec_units=20, pack_size=8, price_tiers=((1, 1.0), (150, 0.9))
    )
    shop = replace(shop, makers=(maker, *shop.makers[1:]))
    line = a_line(history, quantity=None)
    named = zip(shop.category.attributes, line.values, strict=True)
    features = ";".join(sorted(f"{a.name}={a.values[v].name}" for a, v in named))

    def found(quantity: int, unit_cost: float) -> str:
        path = tmp_path / "batch_specs.csv"
        row = {"spec_id": "S1", "category_id": shop.category.category_id, "manufacturer_id": maker.manufacturer_id,
               "features": features, "quantity": quantity, "unit_cost": unit_cost, "target_price": line.price,
               "decision": "build", "expected_units_p10": 1, "expected_units_p50": 2, "expected_units_p90": 3,
               "expected_incremental_profit": 4, "reason": ""}  # fmt: skip
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, list(row))
            out.writeheader()
            out.writerow(row)
        planned, faults = read_plan(path, shop)
        assert not faults
        return " ".join(violations(shop, planned))

    full = maker.cost(np.array(line.values), 104)
    assert found(104, full) == ""
    assert found(160, full * 0.9) == ""
    assert "by the terms" in found(160, full)
    assert "minimum 100" in found(96, full)
    assert "minimum per spec 20" in found(16, full)
    assert "pack of 8" in found(108, full)
    assert "capacity" in found(maker.pack_size * (maker.capacity + 1), full * 0.9)


def test_more_than_enough_of_a_spec_earns_less_than_the_chosen_quantity(history: History) -> None:
    problem = true_problem(history)
    chosen = evaluate(problem.panel, [a_line(history, quantity=None)], problem.makers, 0.35)
    heap = evaluate(problem.panel, [a_line(history, quantity=int(chosen.quantity[0]) * 4)], problem.makers, 0.35)
    assert heap.profit < chosen.profit


def test_the_rough_planner_recovers_a_planted_logit() -> None:
    rng = np.random.default_rng(1)
    truth = np.array([-1.0, 1.5, 0.8])
    x = np.concatenate([np.ones((20000, 4, 1)), rng.normal(size=(20000, 4, 2))], axis=2)
    utility = np.concatenate([x @ truth, np.zeros((20000, 1))], axis=1) + rng.gumbel(size=(20000, 5))
    chosen = np.eye(5)[np.argmax(utility, axis=1)][:, :4]
    assert fit(x, np.ones((20000, 4)), chosen) == pytest.approx(truth, abs=0.06)
