"""Latent demand of a feature: what would-be buyers want, against what was bought.

Would-be units of those who searched: buyers, and of the others as many as came to buy and did not
find it (adequate). They spread over values by wanted share (stating). An order without a search says
nothing of what was missing, so there bought counts as wanted, plus what stock-outs swallowed
(stockouts). Gap = wanted - bought. Units are net of cancellations and expected returns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import adequate, service, stockouts, wanted
from models import rates as rate_models
from models.history import UNSTATED, CategoryHistory
from models.wanted import Habits, Period

Array = NDArray[np.float64]
Z_80 = 1.2815515655446004
WINDOW_DAYS = 28
CONVERSION_DAYS = 84
FULL_SHELF_SHARE = 0.7  # of buyers in the market, those whom a full shelf serves; sales cannot tell it


@dataclass(frozen=True)
class Conversion:
    """Probability that a searching shopper-day buys where supply is adequate, with standard error.

    ``between_sd`` is how far patterns of wants lie apart; ``units_per_buyer`` before returns.
    """

    adequate: float
    adequate_se: float
    overall: float
    units_per_buyer: float
    between_sd: float = 0.0


@dataclass(frozen=True)
class AttributeDemand:
    """One attribute with K values in the window; arrays have length K. Units in the window.

    ``wanted_share`` sums to 1 where anything is known; ``_p10`` and ``_p90`` are the ends of 80 % intervals.
    ``trend_points`` is the change of the wanted share from the window before, in percentage points, with
    standard error.
    """

    intents: Array
    stating_share: float
    intent_share: Array
    wanted_share: Array
    wanted_share_p10: Array
    wanted_share_p90: Array
    bought_share: Array
    bought_units: Array
    wanted_units: Array
    gap_p10: Array
    gap_p90: Array
    trend_points: Array
    trend_points_se: Array
    stock_out_units: Array

    def gap(self, v: int) -> tuple[float, float, float]:
        """Wanted less bought units: mean, 10 % and 90 % points."""
        return float(self.wanted_units[v] - self.bought_units[v]), float(self.gap_p10[v]), float(self.gap_p90[v])


@dataclass(frozen=True)
class LatentDemand:
    """Wanted and bought of one category in a window, and of each attribute.

    ``searching_units`` is the part of the would-be units that belongs to shoppers who searched.
    """

    would_be_units: float
    would_be_units_se: float
    bought_units: float
    attributes: tuple[AttributeDemand, ...]
    searching_units: float


def conversion(history: CategoryHistory, *, last_days: int) -> Conversion:
    """Conversion of searching shopper-days that something in stock and shown served fully."""
    recent = history.sessions.select(history.sessions.searched & (history.sessions.day >= history.days - last_days))
    bought = recent.sku != UNSTATED
    overall = float((bought.sum() + 1.0) / (len(recent) + 20.0))
    served = is_fully_served(history, recent.wants, recent.day) & recent.is_shown
    _, pattern = np.unique(recent.wants[served], axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    successes = np.bincount(pattern, weights=bought[served]).astype(float)
    groups = rate_models.fit(successes, np.bincount(pattern).astype(float))
    lines = history.lines
    in_window = (lines.day >= history.days - last_days) & lines.searched
    units = float((lines.ordered_units - lines.cancelled_units)[in_window].sum())
    return Conversion(
        adequate=max(groups.mean, overall),
        adequate_se=groups.mean_se,
        overall=overall,
        units_per_buyer=float(np.clip(units / max(int(bought.sum()), 1), 0.5, 20.0)) if units else 1.0,
        between_sd=groups.between_sd,
    )


def is_fully_served(history: CategoryHistory, wants: NDArray[np.int16], day: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether some product in stock that day had every stated value."""
    return service.shelf(history, wants, day).is_in_stock


def kept_share(history: CategoryHistory) -> float:
    """Share of ordered units, not cancelled so far, that are expected to stay sold; 1.0 where nothing was ordered."""
    lines = history.lines
    ordered = float((lines.ordered_units - lines.cancelled_units).sum())
    return float(lines.expected_net_units.sum() / ordered) if ordered > 0 else 1.0


def measure(history: CategoryHistory, rates: Conversion, *, first_day: int, end_day: int) -> LatentDemand:
    """Latent demand of the days ``first_day`` … ``end_day`` - 1."""
    lines = history.lines
    inside = (lines.day >= first_day) & (lines.day < end_day)
    net = np.where(inside, lines.expected_net_units, 0.0)
    habits = tuple(wanted.habits_of(history, a, end_day) for a in range(len(history.attributes)))
    searching, spread = _searching_units(history, rates, habits, first_day=first_day, end_day=end_day)
    direct = np.where(lines.searched, 0.0, net)
    lost = _stock_out_units(history, direct, first_day, end_day)
    found = _Window(history, rates, habits, first_day, end_day, net, searching, spread, lost)
    return LatentDemand(
        would_be_units=searching + float(direct.sum() + lost.sum()),
        would_be_units_se=float(np.hypot(spread, np.sqrt(max(float(lost.sum()), 0.0)))),
        bought_units=float(net.sum()),
        attributes=tuple(_attribute(found, a) for a in range(len(history.attributes))),
        searching_units=searching,
    )


def _searching_units(
    history: CategoryHistory,
    rates: Conversion,
    habits: tuple[Habits, ...],
    *,
    first_day: int,
    end_day: int,
) -> tuple[float, float]:
    """Would-be units of those who searched, with standard error."""
    days = history.sessions.day
    if not (history.sessions.searched & (days >= first_day) & (days < end_day)).any():
        return 0.0, 0.0
    silent = [habit.silent_share for habit in habits]
    comers = adequate.fit(history, silent, first_day=first_day, end_day=end_day, last_days=CONVERSION_DAYS)
    came, error = comers.came()
    units = rates.units_per_buyer * kept_share(history)
    return came * units, error * units


def _stock_out_units(history: CategoryHistory, units: Array, first_day: int, end_day: int) -> Array:
    """Per product: first choices less sales of ``units`` (per line) in the window; substitutes count below zero."""
    lines, products = history.lines, len(history.products)
    days = end_day - first_day
    chosen = (lines.sku >= 0) & (lines.day >= first_day) & (lines.day < end_day)
    cell = (lines.day[chosen] - first_day) * products + lines.sku[chosen]
    sales: Array = np.bincount(cell, weights=units[chosen], minlength=days * products).astype(float)
    sales = sales.reshape(days, products)
    # what is not launched yet is no stock-out
    there = history.products.is_available[first_day:end_day] | ~history.products.launched[first_day:end_day]
    choice = stockouts.first_choice(sales, there, full_shelf_share=FULL_SHELF_SHARE)
    return np.asarray(choice.demand.sum(axis=0) - sales.sum(axis=0))


@dataclass(frozen=True)
class _Window:
    """What all attributes of a window share. ``net`` per line; ``lost`` per product."""

    history: CategoryHistory
    rates: Conversion
    habits: tuple[Habits, ...]
    first_day: int
    end_day: int
    net: Array
    searching: float
    searching_se: float
    lost: Array


def _attribute(window: _Window, a: int) -> AttributeDemand:
    history, size = window.history, len(window.history.values[a])
    bought = _by_value(history, a, window.net)
    direct = _by_value(history, a, np.where(history.lines.searched, 0.0, window.net))
    lost = _by_product(history, a, window.lost)
    bought_share = bought / bought.sum() if bought.sum() > 0 else np.zeros(size)
    periods = wanted.periods(history, a, Period(window.first_day, window.end_day))
    said = periods[-1]
    found = wanted.shares(window.habits[a], periods, bought, _by_value(history, a, window.net**2))
    share = found.mean
    fixed = direct + np.maximum(lost, -direct)
    wanted_units = window.searching * share + fixed
    missed = np.maximum(wanted_units - bought, 0.0)
    others = (share * window.searching_se) ** 2 + missed * (1 - window.rates.adequate) * window.rates.units_per_buyer
    gaps = found.scaled(window.searching, fixed - bought, others)
    trend, trend_se = wanted.trend(window.habits[a], periods)
    stated = float(said.stated.sum())
    return AttributeDemand(
        intents=said.stated,
        stating_share=stated / said.sessions if said.sessions else 0.0,
        intent_share=said.stated / stated if stated else np.zeros(size),
        wanted_share=share,
        wanted_share_p10=np.maximum(found.point(0.1), 0.0),
        wanted_share_p90=np.minimum(found.point(0.9), 1.0),
        bought_share=bought_share,
        bought_units=bought,
        wanted_units=wanted_units,
        gap_p10=gaps.point(0.1),
        gap_p90=gaps.point(0.9),
        trend_points=100 * trend,
        trend_points_se=100 * trend_se,
        stock_out_units=lost,
    )


def _by_value(history: CategoryHistory, a: int, units: Array) -> Array:
    """Units of lines by value of attribute ``a`` of the product."""
    value = np.where(history.lines.sku >= 0, history.products.features[history.lines.sku, a], UNSTATED)
    known = value != UNSTATED
    return np.bincount(value[known], weights=units[known], minlength=len(history.values[a])).astype(float)


def _by_product(history: CategoryHistory, a: int, units: Array) -> Array:
    value = history.products.features[:, a]
    known = value != UNSTATED
    return np.bincount(value[known], weights=units[known], minlength=len(history.values[a])).astype(float)
