"""Gap: per feature, wanted against bought, with interval and cause; and what a feature is worth."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from models import causes, hedonic, latent
from models.history import CategoryHistory
from pipelines import development, histories
from pipelines.lake import Lake
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult

CONVERSION_DAYS = 84


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_gaps, mart_feature_prices and mart_net_units of the planning day."""
    gaps: list[dict[str, Any]] = []
    prices: list[dict[str, Any]] = []
    findings = _late_data(lake, as_of)
    for history in histories.load(lake, as_of, settings):
        if not len(history.sessions) and not len(history.lines.day):
            findings.append(f"category {history.category_id}: no search and no order in the history, left out.")
            continue
        worth = feature_prices(history)
        prices += price_rows(history, worth)
        gaps += gap_rows(history, worth, settings)
    return StepResult(
        stage="gap",
        rows_by_table={
            "mart_gaps": publish_mart(lake, "mart_gaps", gaps, as_of),
            "mart_net_units": development.publish(lake, as_of, settings),
            "mart_feature_prices": publish_mart(lake, "mart_feature_prices", prices, as_of),
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
    rows = []
    for a, v, attribute, value in history.features:
        premium, error = float(worth.premium[a][v]), float(worth.premium_se[a][v])
        rows.append(
            {
                "category_id": history.category_id,
                "attribute": attribute,
                "value": value,
                "premium_pct": 100 * float(np.expm1(premium)),
                "premium_pct_p10": 100 * float(np.expm1(premium - latent.Z_80 * error)),
                "premium_pct_p90": 100 * float(np.expm1(premium + latent.Z_80 * error)),
                "products": int(worth.products[a][v]),
                "is_thin": bool(worth.products[a][v] < 3),
            }
        )
    return rows


def gap_rows(history: CategoryHistory, worth: hedonic.HedonicPrices, settings: Settings) -> list[dict[str, Any]]:
    window = min(settings.planning.gap_window_days, history.days)
    rates = latent.conversion(history, last_days=CONVERSION_DAYS)
    now = latent.measure(history, rates, first_day=history.days - window, end_day=history.days)
    before = latent.measure(history, rates, first_day=history.days - 2 * window, end_day=history.days - window)
    rows = []
    for a, v, attribute, value in history.features:
        mean, low, high = now.gap(a, v)
        has_it = (history.products.features[:, a] == v) & history.products.is_available.any(axis=0)
        in_stock = 100.0 * float(history.products.is_available[-window:, has_it].mean()) if has_it.any() else 0.0
        zero_result = history.zero_result_pct.get((attribute, value), 0.0)
        people = history.people.get((attribute, value), 0)
        evidence = causes.Evidence(
            low, int(has_it.sum()), in_stock, zero_result, 100 * float(np.expm1(worth.premium[a][v]))
        )
        rows.append(
            {
                "category_id": history.category_id,
                "attribute": attribute,
                "value": value,
                "window_days": window,
                "intents": int(now.intents[a][v]),
                "people": people,
                "wanted_share": float(np.clip(now.wanted_share[a][v], 0, 1)),
                "bought_share": float(np.clip(now.bought_share[a][v], 0, 1)),
                "wanted_units": now.would_be_units * float(now.wanted_share[a][v]),
                "bought_units": now.bought_units * float(now.bought_share[a][v]),
                "gap_units": mean,
                "gap_units_p10": low,
                "gap_units_p90": high,
                "share_trend_pct_points": 100.0 * float(now.wanted_share[a][v] - before.wanted_share[a][v]),
                "products": int(has_it.sum()),
                "in_stock_pct": in_stock,
                "zero_result_pct": zero_result,
                "cause": causes.cause(evidence),
                "suppressed": people < settings.privacy.min_people,
            }
        )
    return rows
