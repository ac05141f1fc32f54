"""Explain: trace a line of a plan to the forecast, the shoppers, the queries and the orders it rests on.

Counts and table versions only, no persons: what fewer than privacy.min_people people did is left out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipelines.engine import attach, engine, query
from pipelines.errors import ConfigurationError, StateError
from pipelines.lake import Lake
from pipelines.publish import read_mart
from pipelines.settings import Settings
from pipelines.specs import parse_features

SINCE_DAYS = 84
TEXTS, PRODUCTS = 8, 5
TOO_FEW = "(too few people to tell)"
DATED = ("int_sessions", "int_searches", "stg_searches")
WHOLE = ("int_product_features", "raw_products")
MARTS = ("mart_batch_specs", "mart_forecasts", "mart_configurations", "mart_gaps")
Row = dict[str, Any]


def spec(lake: Lake, as_of: dt.date, settings: Settings, spec_id: str) -> Row:
    """Everything behind one spec of the planning day, as nested plain values.

    Raises StateError where there is no plan, ConfigurationError where it has no such spec.
    """
    plan = read_mart(lake, "mart_batch_specs", as_of)
    if not plan:
        raise StateError(f"there is no plan of {as_of}.", remedy=f"run `c2b run --as-of {as_of}` first.")
    lines = [row for row in plan if row["spec_id"] == spec_id]
    if not lines:
        raise ConfigurationError(
            f"the plan of {as_of} has no spec {spec_id}.", remedy="take a spec_id of batch_specs.csv or of the brief."
        )
    category, features = str(lines[0]["category_id"]), str(lines[0]["features"])
    wanted = parse_features(features)
    return {
        "spec_id": spec_id,
        "as_of": as_of.isoformat(),
        "category_id": category,
        "features": wanted,
        "lines": [_line(row) for row in lines],
        "forecast": _forecast(lake, as_of, category, wanted),
        "gaps": _gaps(lake, as_of, category, wanted),
        "combination": _combination(lake, as_of, category, features),
        **_evidence(lake, as_of, settings, category, wanted),
        "tables": {table: lake.version(table) for table in (*MARTS, *DATED, *WHOLE)},
    }


def _line(row: Row) -> Row:
    names = ("manufacturer_id", "region", "quantity", "target_price", "unit_cost", "decision", "reason")
    return {name: row[name] for name in names}


def _forecast(lake: Lake, as_of: dt.date, category: str, wanted: dict[str, str]) -> list[Row]:
    """Selling window of the category and of each feature."""
    names = ("attribute", "value", "mean", "p10", "p50", "p90", "model", "override_factor", "override_reason")
    pairs = {("*", "*"), *wanted.items()}
    return [
        {name: row[name] for name in names}
        for row in read_mart(lake, "mart_forecasts", as_of)
        if row["category_id"] == category
        and row["period"] == "selling_window"
        and row["region"] == "*"
        and (row["attribute"], row["value"]) in pairs
    ]


def _gaps(lake: Lake, as_of: dt.date, category: str, wanted: dict[str, str]) -> list[Row]:
    names = ("attribute", "value", "people", "wanted_share", "wanted_units", "bought_units", "gap_units", "cause")
    return [
        {name: row[name] for name in names}
        for row in read_mart(lake, "mart_gaps", as_of)
        if row["category_id"] == category and (row["attribute"], row["value"]) in set(wanted.items())
    ]


def _combination(lake: Lake, as_of: dt.date, category: str, features: str) -> Row | None:
    names = ("wanted_units", "sold_units", "products", "suppressed", "rank")
    for row in read_mart(lake, "mart_configurations", as_of):
        if row["category_id"] == category and row["features"] == features:
            return {name: row[name] for name in names}
    return None


def _evidence(lake: Lake, as_of: dt.date, settings: Settings, category: str, wanted: dict[str, str]) -> Row:
    since = as_of - dt.timedelta(days=SINCE_DAYS)
    features = [f"{attribute}={value}" for attribute, value in wanted.items()]
    common = {"category_id": category, "features": features}
    limit = settings.privacy.min_people
    with engine() as connection:
        for table in DATED:
            attach(connection, lake, table, since=since.isoformat(), before=as_of.isoformat())
        for table in WHOLE:
            attach(connection, lake, table)
        return {
            "since": since.isoformat(),
            "shoppers": query(connection, "mart/explain_features", **common, min_people=limit).to_pylist(),
            "queries": query(connection, "mart/explain_queries", **common, min_people=limit, texts=TEXTS).to_pylist(),
            "products": query(
                connection, "mart/explain_products", **common, min_people=limit, products=PRODUCTS
            ).to_pylist(),
        }


def as_text(found: Row) -> str:
    """The same for people."""
    features = ", ".join(f"{name} {value}" for name, value in found["features"].items())
    lines = [f"{found['spec_id']}: {found['category_id']}, {features} (plan of {found['as_of']})", "", "Planned"]
    lines += [
        f"  {row['manufacturer_id']} {row['region']}: {row['quantity']} at {row['target_price']:g}, {row['decision']}"
        for row in found["lines"]
    ]
    lines += [f"  {found['lines'][0]['reason']}", "", "Forecast of the selling window (p10, p50, p90 units)"]
    for row in found["forecast"]:
        name = "the category" if row["attribute"] == "*" else f"{row['attribute']} {row['value']}"
        changed = f"; times {row['override_factor']:g}, {row['override_reason']}" if row["override_factor"] else ""
        lines.append(f"  {name}: {row['p10']:.0f}, {row['p50']:.0f}, {row['p90']:.0f} ({row['model']}{changed})")
    if (combination := found["combination"]) is not None:
        served = TOO_FEW if combination["suppressed"] else f"{combination['sold_units']:.0f}"
        lines.append(
            f"  all together: {combination['wanted_units']:.0f} wanted, {served} served by "
            f"{combination['products']} products (rank {combination['rank']})"
        )
    lines += ["", "Wanted and bought in the gap window"]
    lines += [
        f"  {row['attribute']} {row['value']}: {row['people']} people, wanted {row['wanted_units']:.0f}, "
        f"bought {row['bought_units']:.0f}, gap {row['gap_units']:.0f} ({row['cause']})"
        for row in found["gaps"]
    ]
    lines += ["", f"Shopper-days of searches since {found['since']}"]
    lines += [
        f"  {row['feature']}: {row['shopper_days']}, {row['people']} people,"
        f" {_told(row['shopper_days_with_order'])} ordered"
        for row in found["shoppers"]
    ]
    lines += ["", "Typed most"]
    lines += [f"  {row['query']}: {row['people']} people ({', '.join(row['features'])})" for row in found["queries"]]
    lines += ["", "Nearest products on sale"]
    lines += [
        f"  {row['sku_id']} {row['title']}: shares {len(row['shared'])}, {_told(row['ordered_units'])} units ordered"
        for row in found["products"]
    ]
    versions = ", ".join(f"{name} {version}" for name, version in found["tables"].items())
    return "\n".join([*lines, "", f"Table versions: {versions}"])


def _told(count: int | None) -> str:
    return TOO_FEW if count is None else str(count)
