"""Forecast: wanted units per category and feature over lead time and selling window."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np

from models import demand, latent
from models.demand import DemandForecast
from models.history import CategoryHistory
from pipelines import histories
from pipelines.gap import CONVERSION_DAYS
from pipelines.lake import Lake
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult

HISTORY_WEEKS = 104


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_forecasts of the planning day."""
    leads = lead_days(lake, settings)
    rows: list[dict[str, Any]] = []
    for history in histories.load(lake, as_of, settings):
        if not len(history.sessions) and not len(history.lines.day):
            continue
        lead = leads.get(history.category_id, settings.planning.default_lead_days)
        weeks = math.ceil((lead + settings.planning.sell_days) / 7)
        rates = latent.conversion(history, last_days=CONVERSION_DAYS)
        ahead = demand.forecast(history, rates, as_of=as_of, weeks=weeks)
        rows += forecast_rows(history, ahead, as_of=as_of, lead=lead, sell_days=settings.planning.sell_days)
        rows += history_rows(history, rates, as_of=as_of)
    return StepResult(
        stage="forecast", rows_by_table={"mart_forecasts": publish_mart(lake, "mart_forecasts", rows, as_of)}
    )


def lead_days(lake: Lake, settings: Settings) -> dict[str, int]:
    """Category → longest lead time of its manufacturers."""
    leads: dict[str, int] = {}
    for row in lake.read("raw_manufacturers").to_pylist():
        leads[row["category_id"]] = max(leads.get(row["category_id"], 0), int(row["lead_time_days"]))
    return leads


def week_weights(weeks: int, *, start: int, days: int) -> np.ndarray:
    """Part of each week ahead that lies in the ``days`` days from day ``start`` on."""
    edges = 7.0 * np.arange(weeks)
    overlap = np.minimum(edges + 7, start + days) - np.maximum(edges, start)
    return np.asarray(np.clip(overlap, 0, 7) / 7)


def forecast_rows(
    history: CategoryHistory, ahead: DemandForecast, *, as_of: dt.date, lead: int, sell_days: int
) -> list[dict[str, Any]]:
    """Weekly rows and the two totals, for the category and each feature."""
    weeks = len(ahead.total.mean)
    series: list[tuple[str, str, np.ndarray, np.ndarray]] = [("*", "*", ahead.total.mean, np.zeros(weeks))]
    for a, v, attribute, value in history.features:
        series.append((attribute, value, ahead.total.mean * ahead.share[a][:, v], ahead.share_log_sd[a][:, v]))
    spans = [("week", step, 7 * (step - 1), 7) for step in range(1, weeks + 1)]
    spans += [("selling_window", 0, lead, sell_days), ("lead_and_window", 0, 0, lead + sell_days)]
    model_by_attribute = {"*": ahead.total.model, **dict(zip(history.attributes, ahead.share_models, strict=True))}
    rows = []
    for attribute, value, mean, share_sd in series:
        for period, step, start, days in spans:
            weight = week_weights(weeks, start=start, days=days)
            volume_sd = ahead.total.log_sd[step - 1] if period == "week" else ahead.total.total_log_sd
            spread = float(np.hypot(volume_sd, np.average(share_sd, weights=weight) if weight.sum() else 0.0))
            units = float(mean @ weight)
            rows.append(
                {
                    "category_id": history.category_id,
                    "attribute": attribute,
                    "value": value,
                    "period": period,
                    "step": step,
                    "start_date": as_of + dt.timedelta(days=start),
                    "end_date": as_of + dt.timedelta(days=start + days - 1),
                    "mean": units,
                    **{
                        name: units * float(np.exp(z * spread))
                        for name, z in (("p10", -latent.Z_80), ("p50", 0.0), ("p90", latent.Z_80))
                    },
                    "model": model_by_attribute[attribute],
                    "backtest_mase": _number(ahead.total.mase) if attribute == "*" else None,
                    "backtest_coverage_pct": _number(ahead.total.coverage_pct) if attribute == "*" else None,
                }
            )
    return rows


def history_rows(history: CategoryHistory, rates: latent.Conversion, *, as_of: dt.date) -> list[dict[str, Any]]:
    """Wanted units of the last weeks, measured the way they are forecast."""
    rows = []
    for ago, units in enumerate(demand.wanted_weekly(history, rates)[::-1][:HISTORY_WEEKS], start=1):
        rows.append(
            {
                "category_id": history.category_id,
                "attribute": "*",
                "value": "*",
                "period": "history",
                "step": ago,
                "start_date": as_of - dt.timedelta(days=7 * ago),
                "end_date": as_of - dt.timedelta(days=7 * ago - 6),
                **dict.fromkeys(("mean", "p10", "p50", "p90"), float(units)),
                "model": "measured",
                "backtest_mase": None,
                "backtest_coverage_pct": None,
            }
        )
    return rows


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
