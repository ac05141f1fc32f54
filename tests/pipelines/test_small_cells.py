"""A figure that rests on a few people is not told: in configurations, the past of a forecast, and explanations."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models.demand import WeeklyDemand
from models.history import CategoryHistory, Crowd, Sessions
from pipelines import configure, explain, forecast_scores
from pipelines.engine import engine, query, register
from pipelines.forecast import Labels
from pipelines.lake import schema_of
from pipelines.past_rows import Shown, history_rows

DAY = dt.date(2026, 3, 1)


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = schema_of(name)
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def test_units_sold_to_a_few_are_hidden_together_with_the_next_smallest() -> None:
    sold = np.array([0.5, 0.3, 0.01, 0.0])
    people = np.array([200, 60, 3, 0])
    assert configure._hidden(sold, people, 10).tolist() == [False, True, True, False]
    assert not configure._hidden(sold, people, 3).any()
    assert configure._hidden(np.array([1.0]), np.array([0]), 10).tolist() == [True]  # sold, to nobody known


def test_buyers_of_a_unit_are_people_and_not_lines() -> None:
    lines = pa.table(
        {
            "sku_id": ["k1"] * 4 + ["k2"] * 3,
            "order_id": ["1", "2", "3", "4", "5", "6", "7"],
            "actor": ["a", "a", "a", "b", None, None, "c"],
            "placed_date": pa.array([DAY] * 6 + [DAY - dt.timedelta(days=9)], pa.date32()),
            "verdict": ["human", "human", "human", "brushed", "grey", "human", "human"],
        }
    )
    with engine() as connection:
        register(connection, "stg_order_lines", lines)
        found = query(connection, "int/int_sku_buyers", since=DAY, excluded=["crawler", "brushed"])
    assert found.to_pylist() == [{"sku_id": "k1", "people": 1}, {"sku_id": "k2", "people": 2}]


def session(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "actor": f"a{number}", "category_id": "kettle", "verdict": "human", "order_verdict": "human", "searches": 1,
        "wants": [{"attribute": "colour", "value": "red"}], "business_date": DAY,
    } | changes  # fmt: skip


def explained(statement: str, sessions: list[dict[str, Any]], **parameters: Any) -> list[dict[str, Any]]:
    product = {"category_id": "kettle", "title": "red kettle"}
    feature = {"category_id": "kettle", "attribute": "colour", "value": "red"}
    skus = ("k1", "k2", "k3")
    with engine() as connection:
        register(connection, "int_sessions", table("int_sessions", sessions))
        register(connection, "raw_products", table("raw_products", [product | {"sku_id": sku} for sku in skus]))
        features = table("int_product_features", [feature | {"sku_id": sku} for sku in skus])
        register(connection, "int_product_features", features)
        common = {"category_id": "kettle", "features": ["colour=red"], "min_people": 10}
        return list(query(connection, f"mart/{statement}", **common, **parameters).to_pylist())


def test_what_a_few_people_ordered_is_not_explained() -> None:
    twelve = [session(n, bought_sku_id="k1", bought_units=2) for n in range(12)]
    three = [session(20 + n, bought_sku_id="k2", bought_units=50) for n in range(3)]
    found = explained("explain_products", twelve + three, products=5)
    assert {row["sku_id"]: row["ordered_units"] for row in found} == {"k1": 24, "k2": None, "k3": 0}


@pytest.mark.parametrize(("buyers", "told"), [(0, 0), (1, None), (9, None), (10, 10)])
def test_few_buyers_among_many_who_asked_are_not_counted(buyers: int, told: int | None) -> None:
    sessions = [session(n, bought_sku_id="k1" if n < buyers else None, bought_units=1) for n in range(12)]
    found = explained("explain_features", sessions)
    assert {row["feature"]: row["shopper_days_with_order"] for row in found} == dict.fromkeys(
        ["*", "all", "colour=red"], told
    )
    assert explain._told(told) == (explain.TOO_FEW if told is None else str(told))


def thin_category(people_by_week: list[list[int]], **changes: Any) -> CategoryHistory:
    """A history in which the people of each week come once; only what decides on small cells is filled in."""
    person = np.array([one for week in people_by_week for one in week], np.int64)
    day = np.array([7 * w + 3 for w, week in enumerate(people_by_week) for _ in week], np.int32)
    nothing = np.zeros(len(day), np.int16)
    sessions = Sessions(day, nothing[:, None], nothing, nothing.astype(np.int32), np.ones(len(day), bool), None, person)
    known: dict[str, Any] = dict.fromkeys(("products", "lines")) | {
        "category_id": "kettle", "days": 7 * len(people_by_week), "attributes": ("colour",), "regions": (),
        "values": (("red", "blue"),), "is_ordered": (False,), "zero_result_pct": {}, "people": {},
    } | changes  # fmt: skip
    return CategoryHistory(sessions=sessions, **known)


def shown_weeks(people_by_week: list[list[int]], window: int = 28) -> list[bool]:
    return [bool(week) for week in Shown.of(thin_category(people_by_week), window=window, min_people=10).weeks]


def test_weeks_of_a_few_people_are_not_told_nor_found_by_subtraction() -> None:
    many, few, nobody = list(range(20)), [1, 2, 3], list[int]()
    assert shown_weeks([few, many, nobody, many]) == [False, False, True, True]  # and the next one of the sum
    assert shown_weeks([few, list(range(40, 52)), many, many, many, many]) == [False, True, True, True, True, True]
    assert shown_weeks([few, few, few, few]) == [False] * 4
    apart = [[10 * w + n for n in range(6)] for w in range(2)]  # together twelve
    assert shown_weeks([*apart, many, many]) == [False, False, True, True]
    assert shown_weeks([many, many, few], window=7) == [True, True, False]


def test_one_person_who_comes_often_is_one() -> None:
    assert shown_weeks([[5] * 30, list(range(10))], window=1) == [False, True]


def test_what_was_measured_of_a_few_is_in_no_row_of_the_forecast_or_its_score(monkeypatch: pytest.MonkeyPatch) -> None:
    crowds = {("colour", "red"): Crowd(15, 18, 3), ("colour", "blue"): Crowd(3, 18, 3), ("size", "L"): Crowd(40, 40, 0)}
    many, few = list(range(20)), [1, 2, 3]
    history = thin_category(
        [many, many, few, many, many, many, many],
        attributes=("colour", "size"), values=(("red", "blue"), ("L",)), crowds=crowds,
        people={("colour", "red"): 15, ("colour", "blue"): 3, ("size", "L"): 40},
    )  # fmt: skip
    shown = Shown.of(history, window=28, min_people=10)
    assert shown.features == {("size", "L")}  # red and blue add up to the whole
    units = np.arange(1.0, 8)
    measured = WeeklyDemand(units, (np.outer(units, [0.8, 0.2]), units[:, None]), np.zeros((7, 0)), (), (), 0, units)
    rows = history_rows("kettle", shown, measured, as_of=DAY)
    assert [(row["step"], row["mean"]) for row in rows] == [(1, 7), (2, 6), (3, 5), (4, 4), (6, 2), (7, 1)]

    past = [
        {"category_id": "kettle", "attribute": a, "value": v, "region": "*", "period": "week", "step": step}
        | dict.fromkeys(("mean", "model_mean", "p10", "p90"), 5.0)
        for a, v in (("*", "*"), ("colour", "red"), ("colour", "blue"), ("size", "L")) for step in range(1, 9)
    ]  # fmt: skip
    monkeypatch.setattr(forecast_scores, "read_mart", lambda lake, table, day: past)
    monkeypatch.setattr(forecast_scores, "WEEKS_AGO", (6,))

    class Lake:
        def partitions(self, table: str) -> list[str]:
            return [(DAY - dt.timedelta(weeks=6)).isoformat()]

    label = Labels("kettle", history.attributes, history.values, (), 7, shown)
    scored = forecast_scores.rows(Lake(), [label], [measured], as_of=DAY)  # type: ignore[arg-type]
    assert {(row["attribute"], row["value"]): (row["weeks"], row["measured_units"]) for row in scored} == dict.fromkeys(
        [("*", "*"), ("size", "L")], (5, 2 + 4 + 5 + 6 + 7)
    )
