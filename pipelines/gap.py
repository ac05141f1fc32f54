"""Gap: per feature, wanted against bought, with interval and cause; what it is worth; what goes with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import hedonic, latent
from models.history import CategoryHistory
from models.lift import lift
from pipelines import development, gap_rows, histories
from pipelines.engine import attach, engine, query, register
from pipelines.gap_rows import CONVERSION_DAYS, Row
from pipelines.lake import Lake
from pipelines.levels import EXCLUDED
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult
from pipelines.ties import untied

__all__ = ["CONVERSION_DAYS", "feature_prices", "run"]
LEVELS = ("off", "strict")  # beside level on, which is what is measured
PAIR_DAYS = 180
FEW_PRODUCTS = 3  # with fewer of them nothing is said of what a feature is worth


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_gaps, mart_net_units, mart_feature_prices and mart_feature_pairs of the planning day."""
    gaps: list[Row] = []
    prices: list[Row] = []
    findings = [*_late_data(lake, as_of), *_untied(lake, as_of), *_other_currencies(lake, as_of)]
    others = {level: _level_gaps(lake, as_of, settings, level) for level in LEVELS}
    limit = settings.privacy.min_people
    for history in histories.load(lake, as_of, settings):
        if not len(history.sessions) and not len(history.lines.day):
            findings.append(f"category {history.category_id}: no search and no order in the history, left out.")
            continue
        worth = feature_prices(history)
        rows = gap_rows.rows_of(history, worth, gap_rows.measured(history, settings))
        rows = [row | _other_levels(row, history, others, min_people=limit) for row in rows]
        shown = gap_rows.publishable(rows, history, min_people=limit)
        gaps += shown
        visible = {(row["attribute"], row["value"]) for row in shown}
        prices += [row for row in price_rows(history, worth) if (row["attribute"], row["value"]) in visible]
    pairs = pair_rows(lake, as_of, settings)
    return StepResult(
        stage="gap",
        rows_by_table={
            "mart_gaps": publish_mart(lake, "mart_gaps", gaps, as_of),
            "mart_net_units": development.publish(lake, as_of, settings),
            "mart_feature_prices": publish_mart(lake, "mart_feature_prices", prices, as_of),
            "mart_feature_pairs": publish_mart(lake, "mart_feature_pairs", pairs, as_of),
        },
        findings=tuple(findings),
    )


def _late_data(lake: Lake, as_of: dt.date) -> list[str]:
    """A warning per log whose newest day is not the one before the planning day: a plan on old data looks normal."""
    found = []
    for table in ("stg_order_events", "stg_searches"):
        days = [day for day in lake.partitions(table) if day < as_of.isoformat()]
        if days and (late := (as_of - dt.date.fromisoformat(max(days))).days - 1) > 0:
            name = "order_lines" if table == "stg_order_events" else "search_events"
            found.append(f"{name}: the newest day is {max(days)}, {late} days before it should be; are the logs late?")
    return found


def _untied(lake: Lake, as_of: dt.date) -> list[str]:
    """A warning where no searcher is known to have bought: gaps are then about nothing, whatever was searched for."""
    found = untied(lake, as_of)
    if not found:
        return []
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return [
        f"category {found[0]}{more}: no order has the user_id or session_id of a search of its day, so what searchers "
        "did not find is not measured and gaps are about 0; deliver one of the two with both logs."
    ]


def _other_currencies(lake: Lake, as_of: dt.date) -> list[str]:
    """A warning per category with prices in several currencies."""
    with engine() as connection:
        since = as_of - dt.timedelta(days=CONVERSION_DAYS)
        attach(connection, lake, "stg_order_events", before=as_of.isoformat(), since=since.isoformat())
        attach(connection, lake, "raw_products")
        found = query(connection, "int/int_other_currencies").to_pylist()
    return [
        f"category {row['category_id']}: prices of {row['other_products']} of {row['products']} products and of "
        f"{row['other_lines']} order lines of {CONVERSION_DAYS} days are not in {row['currency']}; their units count, "
        "their prices do not. Deliver one currency per category."
        for row in found
    ]


@dataclass(frozen=True)
class _Level:
    """One category at another filter level: its rows by feature, and the distinct people behind each attribute."""

    rows: dict[tuple[str, str], Row]
    people: dict[str, int]


def _level_gaps(lake: Lake, as_of: dt.date, settings: Settings, level: str) -> dict[str, _Level]:
    """Each category measured with another filter level."""
    found = {}
    for history in histories.load(lake, as_of, settings, level=level):
        if len(history.sessions) or len(history.lines.day):
            rows = gap_rows.rows_of(history, feature_prices(history), gap_rows.measured(history, settings))
            by_feature = {(row["attribute"], row["value"]): row for row in rows}
            found[history.category_id] = _Level(by_feature, gap_rows.attribute_people(history))
    return found


def _other_levels(row: Row, history: CategoryHistory, others: dict[str, dict[str, _Level]], *, min_people: int) -> Row:
    """Gap and rank of a feature at the other levels; those of level on where too few accounts make the difference."""
    found: Row = {}
    for level, categories in others.items():
        category = categories.get(history.category_id)
        other = row
        if category and gap_rows.people_apart(gap_rows.attribute_people(history), category.people) >= min_people:
            other = category.rows.get((row["attribute"], row["value"]), row)
        found |= {f"gap_units_{level}": other["gap_units"], f"rank_{level}": other["rank"]}
    return found


def feature_prices(history: CategoryHistory) -> hedonic.HedonicPrices:
    """Hedonic prices of one category, weighted by units sold."""
    products = history.products
    sold = np.bincount(
        history.lines.sku[history.lines.sku >= 0],
        weights=history.lines.ordered_units[history.lines.sku >= 0],
        minlength=len(products),
    )
    priced = products.price if (products.price > 0).any() else np.ones(len(products))
    return hedonic.fit(products.features, priced, np.sqrt(sold + 1.0), value_counts=[len(v) for v in history.values])


def price_rows(history: CategoryHistory, worth: hedonic.HedonicPrices) -> list[dict[str, Any]]:
    """What each feature adds to the price; of a feature in too few products nothing is said."""
    rows = []
    for a, v, attribute, value in history.features:
        premium, error, products = worth.premium[a][v], worth.premium_se[a][v], int(worth.products[a][v])
        is_thin = products < FEW_PRODUCTS  # its number would be the prior's, or one product's price
        ends = {"": 0.0, "_p10": -latent.Z_80, "_p90": latent.Z_80}
        rows.append(
            {
                "category_id": history.category_id,
                "attribute": attribute,
                "value": value,
                **{
                    f"premium_pct{end}": None if is_thin else 100 * float(np.expm1(premium + z * error))
                    for end, z in ends.items()
                },
                "products": products,
                "is_thin": is_thin,
            }
        )
    return rows


def pair_rows(lake: Lake, as_of: dt.date, settings: Settings) -> list[Row]:
    """Features that are asked for together, with lift and interval; pairs of few people are left out."""
    since = as_of - dt.timedelta(days=PAIR_DAYS)
    with engine() as connection:
        attach(connection, lake, "int_sessions", before=as_of.isoformat(), since=since.isoformat())
        sessions = query(connection, "int/int_history_sessions", excluded=EXCLUDED["on"])
        register(connection, "history_sessions", sessions)
        register(connection, "history_wants", query(connection, "int/int_history_wants"))
        pairs = query(connection, "mart/mart_feature_pairs", since=since, min_people=settings.privacy.min_people)
    rows = pairs.to_pylist()
    mean, low, high = lift(
        np.array([row["shopper_days"] for row in rows], float), np.array([row["expected_days"] for row in rows], float)
    )
    return [
        row | {"lift": float(m), "lift_p10": float(p10), "lift_p90": float(p90)}
        for row, m, p10, p90 in zip(rows, mean, low, high, strict=True)
    ]
