"""Daily signals: what is counted where, and what small cells do to each published table."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from pipelines import development, safe_signals
from pipelines.engine import derive, engine, query, register
from pipelines.lake import schema_of

DAY = dt.date(2026, 3, 1)
Row = dict[str, Any]


def table(name: str, rows: list[Row]) -> pa.Table:
    """Rows of a lake table; columns that are not named are null."""
    schema = schema_of(name)
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def search(number: int, **changes: Any) -> Row:
    red = {"attribute": "colour", "value": "red"}
    return {
        "event_id": f"s{number}", "business_date": DAY, "category_id": "kettle", "features": [red], "region": "CN-GD",
        "platform": "mall", "actor": f"a{number}", "verdict": "human", "result_count": 5, "clicked_sku_ids": ["k1"],
    } | changes  # fmt: skip


def order(number: int, **changes: Any) -> Row:
    return {
        "order_id": f"o{number}", "line_id": 1, "status": "placed", "business_date": DAY, "region": "CN-GD",
        "channel": "shelf", "platform": "mall", "actor": f"b{number}", "verdict": "human", "sku_id": "k1",
        "quantity": 1, "unit_price": 120.0, "currency": "CNY",
        "is_placement": changes.get("status", "placed") == "placed",
    } | changes  # fmt: skip


def built(searches: list[Row], orders: list[Row], *, name: str) -> pa.Table:
    products = [
        {"sku_id": sku, "category_id": "kettle", "list_price": Decimal(price), "currency": "CNY"}
        for sku, price in (("k1", "120"), ("k2", "260"))
    ]
    features = [
        {"sku_id": sku, "category_id": "kettle", "attribute": "colour", "value": value}
        for sku, value in (("k1", "red"), ("k2", "blue"))
    ]
    with engine() as connection:
        register(connection, "int_searches", table("int_searches", searches))
        register(connection, "stg_order_events", table("stg_order_events", orders))
        register(connection, "raw_products", table("raw_products", products))
        register(connection, "int_product_features", table("int_product_features", features))
        derive(connection, "signal_events", "int/signal_events")
        return query(connection, f"int/{name}")


def shown(table_name: str, searches: list[Row], orders: list[Row], *, min_people: int = 3) -> pd.DataFrame:
    source = built(searches, orders, name=safe_signals.SOURCES[table_name])
    return safe_signals.publishable(table_name, source, min_people=min_people).to_pandas()


@pytest.mark.parametrize(
    ("price", "band"),
    [
        (99.99, "70-100"), (100.0, "100-150"), (149.9999, "100-150"), (150.0, "150-200"), (2999.0, "2000-3000"),
        (1.0, "1-1.5"), (0.15, "0.15-0.2"), (1_000_000.0, "1000000-1500000"), (0.0, None),
    ],
)  # fmt: skip
def test_a_price_lies_in_the_band_from_the_step_below_to_the_step_above(price: float, band: str | None) -> None:
    with engine() as connection:
        assert connection.execute("select price_band(?::double)", [price]).fetchone() == (band,)


def test_every_search_and_unit_is_counted_once_in_each_cut() -> None:
    searches = [search(n) for n in range(4)] + [
        search(4, clicked_sku_ids=["k1", "k2"], platform="corner"),  # median of 120 and 260
        search(5, clicked_sku_ids=[]),
        search(6, clicked_sku_ids=["gone"]),
    ]
    orders = [order(n) for n in range(3)] + [
        order(3, sku_id="k2", unit_price=210.0, quantity=2, platform="corner"),  # cheaper than listed
        order(4, status="returned", quantity=1),
        order(5, status="shipped"),
        order(6, verdict="brushed", quantity=50),
    ]
    cuts = built(searches, orders, name="int_signal_cuts").to_pandas()
    whole = cuts[cuts["attribute"] == "*"]
    for cut, expected in (
        ("platform", {("search", "mall"): 6, ("search", "corner"): 1}),
        ("price_band", {("search", "100-150"): 4, ("search", "150-200"): 1, ("search", "none"): 2}),
    ):
        mine = whole[(whole["cut"] == cut) & (whole["side"] == "search")]
        assert {(r.side, r.part): r.searches for r in mine.itertuples()} == expected
    bands = whole[(whole["cut"] == "price_band") & (whole["side"] == "order")].set_index("part")
    assert bands["ordered_units"].to_dict() == {"100-150": 3, "200-300": 2}
    assert bands["returned_units"].to_dict() == {"100-150": 1, "200-300": 0}
    blue = cuts[(cuts["value"] == "blue") & (cuts["cut"] == "price_band")]
    assert blue[["part", "ordered_units"]].to_numpy().tolist() == [["200-300", 2]]


@pytest.mark.parametrize("name", ["mart_demand_by_platform", "mart_demand_by_price_band"])
def test_small_parts_are_pooled_and_no_unit_is_lost(name: str) -> None:
    orders = [order(n) for n in range(5)] + [order(5 + n, platform=f"p{n}", unit_price=300.0) for n in range(2)]
    found = shown(name, [], orders)
    cut = name.removeprefix("mart_demand_by_")
    red = found[found["value"] == "red"]
    # two people are too few, and five less the total would show them: all are pooled
    assert red[[cut, "ordered_units"]].to_numpy().tolist() == [["*", 7]]
    more = [*orders, order(7, platform="p0", unit_price=300.0)]
    assert set(shown(name, [], more)[cut]) == {"*", "mall"} if cut == "platform" else {"300-500", "100-150"}
    assert shown(name, [], orders[:2]).empty  # a day of two people


def test_values_of_few_people_are_pooled_alike_in_every_table() -> None:
    orders = [order(n) for n in range(5)] + [order(5 + n, sku_id="k2") for n in range(2)]
    for name in safe_signals.SOURCES:
        found = shown(name, [], orders)
        assert set(found[found["attribute"] == "colour"]["value"]) == {"(other)"}
        assert found["ordered_units"].sum() == 2 * 7


def test_filter_levels_stand_only_where_they_tell_enough_accounts_apart() -> None:
    def levels(grey: int, crawlers: int) -> Row:
        searches = [search(n) for n in range(6)]
        searches += [search(10 + n, verdict="grey") for n in range(grey)]
        searches += [search(30 + n, verdict="crawler") for n in range(crawlers)]
        found = shown("mart_demand_signals", searches, [])
        (row,) = found[found["attribute"] == "*"].to_dict("records")
        assert row["searches"] == 6 + grey
        return row

    assert pd.isna(levels(2, 0)["searches_strict"])  # two grey accounts could be told
    assert levels(3, 0)["searches_strict"] == 6
    assert levels(0, 0)["searches_strict"] == 6
    assert pd.isna(levels(0, 1)["searches_off"])
    assert levels(0, 4)["searches_off"] == 10


def test_one_row_with_few_excluded_accounts_empties_the_levels_of_its_attribute() -> None:
    blue = [{"attribute": "colour", "value": "blue"}]
    searches = [search(n) for n in range(6)] + [search(10 + n, features=blue) for n in range(6)]
    searches += [search(20 + n, verdict="grey") for n in range(4)]
    searches += [search(30, verdict="grey", features=blue)]
    found = shown("mart_demand_signals", searches, [])
    colour = found[found["attribute"] == "colour"]
    assert len(colour) == 2
    assert colour["searches_strict"].isna().all()  # else the total less red would show blue's one
    assert colour["searches_off"].tolist() == colour["searches"].tolist()
    (whole,) = found[found["attribute"] == "*"]["searches_strict"]
    assert whole == 12


def test_net_units_rest_on_enough_buyers_and_keep_the_units_of_the_day() -> None:
    def line(channel: str, person: str, units: int) -> Row:
        return {
            "placed_date": pd.Timestamp(DAY), "category_id": "kettle", "channel": channel, "person": person,
            "ordered_units": units, "cancelled_units": 0, "returned_units": 1, "net_units": units - 1,
            "expected_net_units": units - 1.5,
        }  # fmt: skip

    def shown_of(rows: list[Row]) -> list[tuple[str, int, float]]:
        lines = pd.DataFrame(rows)
        people = (
            lines.groupby(development.KEYS, as_index=False)["person"].nunique().rename(columns={"person": "people"})
        )
        first = lines.drop_duplicates([*development.KEYS[:2], "person"])
        counted = first.groupby(development.KEYS, as_index=False).size().rename(columns={"size": "people_first"})
        buyers = people.merge(counted, how="left").fillna({"people_first": 0}).astype({"people_first": int})
        found = development.daily_rows(lines, buyers, min_people=3)
        return [(row["channel"], row["ordered_units"], row["expected_net_units"]) for row in found]

    many = [line("shelf", f"a{n}", 2) for n in range(4)]
    assert shown_of(many) == [("shelf", 8, 2.0)]
    assert shown_of(many[:2]) == []
    # two live buyers are too few, and the day's total would show them: shelf is pooled with them
    assert shown_of([*many, line("live", "b", 5), line("live", "c", 5)]) == [("*", 18, 9.0)]
    live = [line("live", name, 5) for name in "bcd"]
    assert shown_of([*many, *live]) == [("live", 15, 10.5), ("shelf", 8, 2.0)]
    # the same two people in two small channels are still two people
    both = [line(channel, name, 1) for channel in ("live", "offline") for name in "bc"]
    assert shown_of([*many, *both]) == [("*", 12, 0.0)]
