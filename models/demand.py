"""Wanted units ahead, per category and feature: volume forecast times share forecast.

Volume: searching sessions by week, times adequate conversion, plus units bought without a
search. Shares: stated intents and, for those who state nothing, orders (see latent).
Every attribute's values sum to the category, because shares sum to one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import composition, timeseries
from models.calendar import festival_weeks
from models.history import UNSTATED, CategoryHistory, weekly
from models.latent import Conversion, kept_share

Array = NDArray[np.float64]
RECENT_DAYS = 84


@dataclass(frozen=True)
class DemandForecast:
    """``total`` is the weekly forecast of wanted units; ``share[a]`` is weeks × values, ``share_log_sd`` alike.

    ``intent_share[a]`` is the part of it that sessions will state, ``stating`` the share that states anything.
    """

    total: timeseries.Forecast
    share: tuple[Array, ...]
    share_log_sd: tuple[Array, ...]
    share_models: tuple[str, ...]


def wanted_weekly(history: CategoryHistory, rates: Conversion) -> Array:
    """Wanted units per week of the history, the last week ends the day before the planning day.

    Orders count as placed and not cancelled, times the share that is kept in the long run:
    recent orders have not had time to come back.
    """
    sessions = history.sessions
    searched = weekly(sessions.day, sessions.searched.astype(float), days=history.days)
    lines = history.lines
    direct = np.where(lines.searched, 0, lines.ordered_units - lines.cancelled_units).astype(float)
    units = searched * rates.adequate * rates.units_per_buyer + weekly(lines.day, direct, days=history.days)
    return np.asarray(units * kept_share(history))


def forecast(history: CategoryHistory, rates: Conversion, *, as_of: dt.date, weeks: int) -> DemandForecast:
    """Forecast ``weeks`` weeks from ``as_of``."""
    series = wanted_weekly(history, rates)
    first_day = as_of - dt.timedelta(days=7 * len(series))
    festivals = festival_weeks(first_day, len(series) + weeks)
    total = timeseries.forecast(
        series,
        horizon=weeks,
        season=52,
        regressors=festivals[: len(series)],
        future_regressors=festivals[len(series) :],
    )
    parts = [_shares(history, a, weeks) for a in range(len(history.attributes))]
    return DemandForecast(
        total=total,
        share=tuple(p[0] for p in parts),
        share_log_sd=tuple(p[1] for p in parts),
        share_models=tuple(p[2] for p in parts),
    )


def order_share(history: CategoryHistory, a: int) -> Array:
    """Share of units of the last weeks by value of attribute ``a`` (zeros where nothing was sold)."""
    counts = _order_counts(history, a)[-(RECENT_DAYS // 7) :].sum(axis=0)
    return np.asarray(counts / counts.sum()) if counts.sum() > 0 else counts


def stating_share(history: CategoryHistory, a: int) -> float:
    """Share of recent searching sessions that state a value of attribute ``a``."""
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= history.days - RECENT_DAYS)
    return float((sessions.wants[recent, a] != UNSTATED).mean()) if recent.any() else 0.0


def _shares(history: CategoryHistory, a: int, weeks: int) -> tuple[Array, Array, str]:
    stating = stating_share(history, a)
    intents = _intent_counts(history, a)
    orders = _order_counts(history, a)
    if intents.sum() == 0:
        ahead = composition.forecast(orders, horizon=weeks)
        return ahead.share, ahead.log_sd, f"orders_{ahead.model}"
    ahead = composition.forecast(intents, horizon=weeks)
    bought = order_share(history, a)
    if bought.sum() == 0:
        return ahead.share, ahead.log_sd, ahead.model
    mixed = stating * ahead.share + (1 - stating) * bought[None, :]
    log_sd = np.maximum(stating * ahead.share * ahead.log_sd / np.maximum(mixed, 1e-12), 0.02)
    return mixed, log_sd, ahead.model


def _intent_counts(history: CategoryHistory, a: int) -> Array:
    """Weeks × values: sessions that stated each value."""
    sessions = history.sessions
    columns = [
        weekly(
            sessions.day,
            (sessions.searched & (sessions.wants[:, a] == v)).astype(float),
            days=history.days,
        )
        for v in range(len(history.values[a]))
    ]
    return np.column_stack(columns)


def _order_counts(history: CategoryHistory, a: int) -> Array:
    """Weeks × values: net units by value of the product bought."""
    lines = history.lines
    value = np.where(lines.sku >= 0, history.products.features[lines.sku, a], UNSTATED)
    columns = [
        weekly(lines.day, np.where(value == v, lines.expected_net_units, 0.0), days=history.days)
        for v in range(len(history.values[a]))
    ]
    return np.column_stack(columns)
