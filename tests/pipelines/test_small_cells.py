"""A figure that rests on a few people is not told: in configurations, and where a plan is explained."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipelines import configure, explain
from pipelines.engine import engine, query, register
from pipelines.lake import schema_of

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
