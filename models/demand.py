"""Wanted units a week as they were: the series that are forecast, per category, feature and region.

Of those who searched: shopper-days × would-be units per shopper-day of the gap window (latent), spread over values
by the wanted share measured there, moved from week to week as what people say moves. Of those who did not: what they
bought, net of cancellations and of returns to come. Weeks in which much was out of stock say too
little and are left out of the orders (nan), never read as no demand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import latent
from models.history import UNSTATED, CategoryHistory, weekly, weeks_of

Array = NDArray[np.float64]
RECENT_DAYS = 84
NOW_WEEKS = 4  # the gap window of the usual settings
MAX_CENSORED = 0.3  # of usual sales out of stock, above which a week's orders say too little
MAX_LEFT_OUT = 0.4  # of weeks; where more would go, none does, and the forecast is of what could be sold
SAID_PRIOR = 2.0  # sessions a week that the share of the gap window counts for


@dataclass(frozen=True)
class WeeklyDemand:
    """Weeks up to the planning day, the last one whole; units, nan where a week is left out.

    ``values[a]`` is weeks × values and adds up to ``total``; ``regions`` is weeks × regions and does too.
    ``share[a]`` is the wanted share now; ``said[a]`` counts, weeks × values, what the shares rest on.
    ``censored_weeks`` were left out. ``searches`` counts the searching shopper-days of each week.
    """

    total: Array
    values: tuple[Array, ...]
    regions: Array
    share: tuple[Array, ...]
    said: tuple[Array, ...]
    censored_weeks: int
    searches: Array


def measured(history: CategoryHistory, now: latent.LatentDemand, *, window: int) -> WeeklyDemand:
    """Weekly wanted units of a history; ``now`` was measured on its last ``window`` days."""
    sessions, lines = history.sessions, history.lines
    in_window = sessions.searched & (sessions.day >= history.days - window)
    per_shopper_day = now.searching_units / max(int(in_window.sum()), 1)
    searching = weekly(sessions.day, np.where(sessions.searched, per_shopper_day, 0.0), days=history.days)
    net = np.where(lines.searched, 0.0, lines.expected_net_units)
    direct = weekly(lines.day, net, days=history.days)
    censored = _censored(history) if direct.sum() > 0 else np.zeros(len(direct), bool)
    parts = [_values(history, now, a, searching, net) for a in range(len(history.attributes))]
    return WeeklyDemand(
        total=np.where(censored, np.nan, searching + direct),
        values=tuple(np.where(censored[:, None], np.nan, p[0]) for p in parts),
        regions=np.where(censored[:, None], np.nan, _regions(history, per_shopper_day, net)),
        share=tuple(p[1] for p in parts),
        said=tuple(p[2] for p in parts),
        censored_weeks=int(censored.sum()),
        searches=weekly(sessions.day, sessions.searched.astype(float), days=history.days),
    )


def order_share(history: CategoryHistory, a: int) -> Array:
    """Share of units of the last weeks by value of attribute ``a`` (zeros where nothing was sold)."""
    lines = history.lines
    recent = (lines.day >= history.days - RECENT_DAYS) & (lines.sku >= 0)
    counts = _by_value(history, a, lines.day[recent], lines.sku[recent], lines.expected_net_units[recent]).sum(axis=0)
    return np.asarray(counts / counts.sum()) if counts.sum() > 0 else counts


def stating_share(history: CategoryHistory, a: int) -> float:
    """Share of recent searching sessions that state a value of attribute ``a``."""
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= history.days - RECENT_DAYS)
    return float((sessions.wants[recent, a] != UNSTATED).mean()) if recent.any() else 0.0


def _values(
    history: CategoryHistory,
    now: latent.LatentDemand,
    a: int,
    searching: Array,
    net: Array,
) -> tuple[Array, Array, Array]:
    """Units by value (weeks × values), wanted share now, and the counts behind."""
    found = now.attributes[a]
    lines = history.lines
    known = lines.sku >= 0
    bought = _by_value(history, a, lines.day[known], lines.sku[known], net[known])
    direct = weekly(lines.day, net, days=history.days)
    said = _said(history, a)
    wanted = found.wanted_share
    if said.sum() <= 0 or wanted.sum() <= 0:  # nobody says a value: what is bought is all there is
        share = _normalised(bought + 1e-9 * bought.sum(axis=0))
        return (searching + direct)[:, None] * share, order_share(history, a), bought
    recent = said[-NOW_WEEKS:].sum(axis=0) + SAID_PRIOR * wanted
    lift = wanted / np.maximum(recent / recent.sum(), 1e-9)  # wants per mention: the plain version is hardly ever said
    level = (said + SAID_PRIOR * recent / recent.sum()) * lift
    spoken = _normalised(level)
    unknown = (direct - bought.sum(axis=1))[:, None] * order_share(history, a)
    units = searching[:, None] * spoken + bought + unknown
    now_units = searching[-NOW_WEEKS:].sum() * wanted + (bought + unknown)[-NOW_WEEKS:].sum(axis=0)
    if now_units.sum() <= 0:  # nobody came lately
        now_units = units[-(RECENT_DAYS // 7) :].sum(axis=0)
    return units, _normalised(now_units[None])[0], said + bought


def _said(history: CategoryHistory, a: int) -> Array:
    """Weeks × values: shopper-days that stated each value, several of one day as parts of one."""
    intents, sessions = history.intents, history.sessions
    mine = (intents.attribute == a) & sessions.searched[intents.session]
    day, value, weight = sessions.day[intents.session[mine]], intents.value[mine], intents.weight[mine]
    size = len(history.values[a])
    return np.column_stack([weekly(day, weight * (value == v), days=history.days) for v in range(size)])


def _by_value(history: CategoryHistory, a: int, day: NDArray[np.int32], sku: NDArray[np.int32], units: Array) -> Array:
    """Weeks × values: units of lines by value of the product."""
    value = history.products.features[sku, a]
    size = len(history.values[a])
    return np.column_stack([weekly(day, units * (value == v), days=history.days) for v in range(size)])


def _regions(history: CategoryHistory, per_shopper_day: float, net: Array) -> Array:
    sessions, lines = history.sessions, history.lines
    columns = [
        weekly(sessions.day, per_shopper_day * (sessions.searched & (sessions.region == r)), days=history.days)
        + weekly(lines.day, net * (lines.region == r), days=history.days)
        for r in range(len(history.regions))
    ]
    return np.column_stack(columns) if columns else np.zeros((weeks_of(history.days), 0))


def _censored(history: CategoryHistory) -> NDArray[np.bool_]:
    """Weeks in which products that usually sell much were out of stock; none where it would be too many."""
    products, lines = history.products, history.lines
    missing = products.launched & ~products.is_available
    known = lines.sku >= 0
    usual = np.bincount(lines.sku[known], weights=lines.expected_net_units[known], minlength=len(products))
    usual = usual / np.maximum(products.is_available.sum(axis=0), 1)
    lost = (missing * usual).sum(axis=1) / np.maximum((products.launched * usual).sum(axis=1), 1e-9)
    weeks = weeks_of(history.days)
    by_week = lost[-7 * weeks :].reshape(weeks, -1).mean(axis=1)
    censored = by_week > MAX_CENSORED
    return censored if censored.mean() <= MAX_LEFT_OUT else np.zeros(weeks, bool)


def _normalised(rows: Array) -> Array:
    total = rows.sum(axis=1, keepdims=True)
    return np.divide(rows, total, out=np.zeros_like(rows), where=total > 0)
