"""Totals of a brief: what is made, and what that earns."""

from __future__ import annotations

from types import SimpleNamespace

from pipelines.brief.facts import _totals


def spec(name: str, maker: str, decision: str, quantity: int, profit: float) -> dict:
    return {
        "spec_id": name,
        "manufacturer_id": maker,
        "decision": decision,
        "quantity": quantity,
        "unit_cost": 10.0,
        "expected_profit": profit,
    }


def test_what_waits_for_pledges_at_no_units_is_neither_made_nor_earns():
    gaps = [{"attribute": "a", "wanted_units": 5.0, "bought_units": 2.0}]
    night = SimpleNamespace(gaps={"c": gaps}, forecasts={"c": []})
    specs = [
        spec("s1", "m1", "build", 30, 100.0),
        spec("s1", "m2", "build", 20, 50.0),  # one spec at two manufacturers
        spec("s2", "m1", "open_preorder", 0, 999.0),  # failed the risk limit
        spec("s3", "m1", "wait", 0, 999.0),
    ]
    found = _totals(night, "c", specs)
    assert (found["build_specs"], found["build_units"], found["expected_profit"]) == (1, 50, 150.0)
    assert found["investment"] == 500.0
    held = [spec("s4", "m1", "open_preorder", 40, 80.0)]  # commitment is switched off: the plan is all the same
    assert _totals(night, "c", held)["build_units"] == 40
