"""Forecast: wanted units per category and feature over lead time and selling window."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import demand, feature_forecast
from models.by_region import Mentions
from models.calendar import festival_weeks
from models.demand import WeeklyDemand
from models.feature_forecast import DemandForecast
from models.forecasting import outliers
from pipelines import (
    arrival,
    forecast_scores,
    gap_rows,
    histories,
    launches,
    overrides,
    past_rows,
    promotions,
    region_rows,
)
from pipelines.lake import Lake
from pipelines.ledger import Override
from pipelines.past_rows import Shown
from pipelines.publish import publish_mart
from pipelines.settings import Planning, Settings
from pipelines.steps import StepResult

ALL_REGIONS = "*"
NOT_SPLIT = (
    "momentum",
    "override_factor",
    "override_reason",
    "backtest_mase",
    "backtest_naive_mase",
    "backtest_coverage_pct",
)


@dataclass(frozen=True)
class Labels:
    """What the columns of one category's forecast mean; ``lead`` is the days until all goods ordered now have arrived.

    ``shown`` says what of the past is published. ``mentions`` of each attribute say who wants which value where;
    without them values are not split by region.
    """

    category_id: str
    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    regions: tuple[str, ...]
    lead: int
    shown: Shown
    mentions: tuple[Mentions, ...] = ()


@dataclass(frozen=True)
class Ahead:
    """What is forecast of every category, in the same order, and the rows of mart_forecasts."""

    labels: list[Labels]
    demands: list[WeeklyDemand]
    forecasts: list[DemandForecast]
    rows: list[dict[str, Any]]


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_forecasts of the planning day."""
    ahead = forecasts_of(lake, as_of, settings, arrival.days_of(arrival.known(lake, as_of, settings.planning)))
    scores = forecast_scores.rows(lake, ahead.labels, ahead.demands, as_of=as_of)
    leads = lead_rows(ahead.labels, ahead.forecasts)
    return StepResult(
        stage="forecast",
        rows_by_table={
            "mart_forecasts": publish_mart(lake, "mart_forecasts", ahead.rows, as_of),
            "mart_forecast_scores": publish_mart(lake, "mart_forecast_scores", scores, as_of),
            "mart_search_leads": publish_mart(lake, "mart_search_leads", leads, as_of),
        },
        findings=tuple(_findings(ahead.labels, ahead.demands, ahead.forecasts, as_of)),
    )


def forecasts_of(lake: Lake, as_of: dt.date, settings: Settings, leads: dict[str, int]) -> Ahead:
    """To the end of each category's selling window and markdown, its goods arriving ``leads`` days from now; nothing is
    published."""
    planning = settings.planning
    unmade = arrival.without_manufacturers(as_of, planning).arrival_days
    labels: list[Labels] = []
    demands: list[WeeklyDemand] = []
    shelves: list[launches.Shelf] = []
    for history in histories.load(lake, as_of, settings):
        if not len(history.sessions) and not len(history.lines.day):
            continue
        found = gap_rows.measured(history, settings)
        lead = leads.get(history.category_id, unmade)
        mentions = tuple(Mentions.of(history, a) for a in range(len(history.attributes)))
        shown = Shown.of(history, window=found.window, min_people=settings.privacy.min_people)
        names = (history.category_id, history.attributes, history.values, history.regions)
        labels.append(Labels(*names, lead, shown, mentions))
        shelves.append(launches.Shelf.of(history))
        demands.append(demand.measured(history, found.demand, window=found.window))
    weeks = math.ceil((max((label.lead for label in labels), default=0) + planning.on_sale_days) / 7)
    known = _regressors(labels, demands, settings, as_of=as_of, weeks=weeks)
    rng = np.random.default_rng(as_of.toordinal())
    new = launches.expected(shelves, demands)
    ahead = (
        feature_forecast.forecast(demands, weeks=weeks, season=52, regressors=known, new=new, rng=rng)
        if demands
        else []
    )
    changed = overrides.active(settings, as_of)
    rows: list[dict[str, Any]] = []
    for label, one, modelled in zip(labels, demands, ahead, strict=True):
        rows += forecast_rows(
            label, modelled, changed, rng, as_of=as_of, planning=planning, min_people=settings.privacy.min_people
        )
        rows += past_rows.history_rows(label.category_id, label.shown, one, as_of=as_of)
    return Ahead(labels, demands, ahead, rows)


def _regressors(
    labels: list[Labels], demands: list[WeeklyDemand], settings: Settings, *, as_of: dt.date, weeks: int
) -> list[np.ndarray]:
    """Festivals and the shop's promotions by week, per category, from the first week of the longest history on."""
    longest = max((len(one.total) for one in demands), default=0)
    first_day = as_of - dt.timedelta(days=7 * longest)
    festivals = festival_weeks(first_day, longest + weeks)
    file = settings.promotions_file
    own = promotions.read(file) if file is not None else []
    return [
        np.hstack([festivals, promotions.weeks_of(own, label.category_id, first_day, longest + weeks)])
        for label in labels
    ]


def _findings(
    labels: list[Labels], demands: list[WeeklyDemand], ahead: list[DemandForecast], as_of: dt.date
) -> list[str]:
    """Weeks that were left out, and breaks in the level that a reader should know of."""
    found = []
    for label, one, forecast in zip(labels, demands, ahead, strict=True):
        name = f"category {label.category_id}"
        if one.censored_weeks:
            found.append(f"{name}: {one.censored_weeks} weeks of stock-outs are left out of its history.")
        for week in np.nonzero(forecast.outliers)[0]:
            day = as_of - dt.timedelta(weeks=len(forecast.outliers) - int(week))
            found.append(f"{name}: the week of {day} is far from its neighbours and left out of the fits.")
        step = outliers.level_step(one.total)
        if step is not None:
            day = as_of - dt.timedelta(weeks=len(one.total) - step.step)
            found.append(f"{name}: since the week of {day} demand lies {100 * (step.ratio - 1):+.0f} % from before.")
    return found


def week_weights(weeks: int, *, start: int, days: int) -> np.ndarray:
    """Part of each week ahead that lies in the ``days`` days from day ``start`` on."""
    edges = 7.0 * np.arange(weeks)
    overlap = np.minimum(edges + 7, start + days) - np.maximum(edges, start)
    return np.asarray(np.clip(overlap, 0, 7) / 7)


def forecast_rows(
    label: Labels,
    modelled: DemandForecast,
    changed: dict[tuple[str, str, str], Override],
    rng: np.random.Generator,
    *,
    as_of: dt.date,
    planning: Planning,
    min_people: int,
) -> list[dict[str, Any]]:
    """Weekly rows and the two totals, for the category, each feature and each region; ``changed`` by a person.

    Values by region: the two totals, where ``min_people`` are behind every cell.
    """
    sell_days = planning.sell_days
    weeks = math.ceil((label.lead + planning.on_sale_days) / 7)
    spans = [("week", step, 7 * (step - 1), 7) for step in range(1, weeks + 1)]
    spans += [("selling_window", 0, label.lead, sell_days), ("lead_and_window", 0, 0, label.lead + sell_days)]
    series = _series(label, modelled)
    held = {
        column: changed.get((label.category_id, attribute, value))
        for attribute, value, region, column in series
        if region == ALL_REGIONS
    }
    momentum = _momentum(modelled)
    ahead = overrides.applied(modelled, {column: one.factor for column, one in held.items() if one is not None})
    rows = []
    for attribute, value, region, column in series:
        override = held.get(column)
        for period, step, start, days in spans:
            weight = week_weights(len(ahead.mean), start=start, days=days)
            mean, p10, p50, p90 = ahead.window(column, weight)
            rows.append(
                {
                    "category_id": label.category_id,
                    "attribute": attribute,
                    "value": value,
                    "region": region,
                    "period": period,
                    "step": step,
                    "start_date": as_of + dt.timedelta(days=start),
                    "end_date": as_of + dt.timedelta(days=start + days - 1),
                    "mean": mean,
                    "p10": p10,
                    "p50": p50,
                    "p90": p90,
                    "model_mean": float(modelled.mean[:, column] @ weight),
                    "momentum": momentum.get(column),
                    "override_factor": override.factor if override else None,
                    "override_reason": f"{override.person}: {override.reason}" if override else None,
                    "model": ahead.model[column],
                    "backtest_mase": _number(ahead.mase[column]),
                    "backtest_naive_mase": _number(ahead.naive_mase[column]),
                    "backtest_coverage_pct": _number(ahead.coverage_pct[column]),
                }
            )
    base = {row["period"]: row for row in rows if row["attribute"] == "*" and row["region"] == ALL_REGIONS}
    totals = {
        period: (base[period], week_weights(len(ahead.mean), start=start, days=days))
        for period, _, start, days in spans[-2:]
    }
    return rows + _rows_by_region(label, modelled, ahead, totals, rng, min_people=min_people)


def _momentum(modelled: DemandForecast) -> dict[int, float]:
    """Column of each value → factor by which its share goes on moving."""
    return {
        modelled.column(a, v): float(factor)
        for a, factors in enumerate(modelled.growth)
        for v, factor in enumerate(factors)
    }


def _rows_by_region(
    label: Labels,
    modelled: DemandForecast,
    ahead: DemandForecast,
    totals: dict[str, tuple[dict[str, Any], np.ndarray]],
    rng: np.random.Generator,
    *,
    min_people: int,
) -> list[dict[str, Any]]:
    """Values by region; ``totals`` are the category's row and the weights of the weeks of each period."""
    weights = {period: weight for period, (_, weight) in totals.items()}
    rows = []
    for a, mentions in enumerate(label.mentions):
        found = region_rows.cells(modelled, ahead, a, mentions, label.regions, weights, rng, min_people=min_people)
        for v, region, period, numbers in found:
            name = {"attribute": label.attributes[a], "value": label.values[a][v], "region": region, "model": "split"}
            rows.append(totals[period][0] | dict.fromkeys(NOT_SPLIT) | name | numbers)
    return rows


def lead_rows(labels: list[Labels], ahead: list[DemandForecast]) -> list[dict[str, Any]]:
    """Whether searches of the weeks before enter the forecast of each category, and what they gained."""
    return [
        {
            "category_id": label.category_id,
            "is_admitted": one.lead.is_admitted,
            "gain_pct": _number(one.lead.gain_pct),
            "tested_forecasts": one.lead.tested,
        }
        for label, one in zip(labels, ahead, strict=True)
    ]


def _series(label: Labels, ahead: DemandForecast) -> list[tuple[str, str, str, int]]:
    """(attribute, value, region, column) of the category, each feature and each region."""
    features = [
        (attribute, value, ALL_REGIONS, ahead.column(a, v))
        for a, attribute in enumerate(label.attributes)
        for v, value in enumerate(label.values[a])
    ]
    regions = [("*", "*", region, ahead.region_column(r)) for r, region in enumerate(label.regions)]
    return [("*", "*", ALL_REGIONS, 0), *features, *regions]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
