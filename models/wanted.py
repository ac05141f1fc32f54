"""Wanted shares of one attribute in a window, their intervals and trend.

How wants are said is learnt from the last year (stating.readings); the shares of a window are then
fitted for each reading of those habits. Readings may lie far apart ("nobody wants it" against
"nobody says it"), so shares are a mixture of normals and intervals are quantiles of the mixture,
not mean and standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from models import stating
from models.history import UNSTATED, CategoryHistory
from models.stating import Counts

Array = NDArray[np.float64]
HABIT_DAYS = 365
BISECTIONS = 60


@dataclass(frozen=True)
class Period:
    """The days ``first_day`` … ``end_day`` - 1."""

    first_day: int
    end_day: int


@dataclass(frozen=True)
class Habits:
    """How one attribute's wants are said, over the last year: counts and their readings, none where nobody says any."""

    counts: Counts
    readings: list[tuple[float, stating.Wants]]

    @property
    def share(self) -> Array:
        """What all want, said or not; zeros where nobody says any."""
        mean = np.zeros(len(self.counts.stated))
        return np.asarray(mean + np.sum([weight * w.share for weight, w in self.readings], axis=0))

    @property
    def said(self) -> Array:
        """Chance that who wants a value says so; zeros where nobody says any."""
        both = np.zeros(len(self.counts.stated))
        both = both + np.sum([weight * w.share * expit(w.odds) for weight, w in self.readings], axis=0)
        return np.divide(both, self.share, out=np.zeros_like(both), where=self.share > 0)

    @property
    def silent_share(self) -> Array:
        """What those want who say nothing; zeros where nothing is known."""
        if not self.readings:
            bought = self.counts.silent_bought
            return np.asarray(bought / bought.sum()) if bought.sum() > 0 else bought
        silent = np.sum([weight * w.share / (1 + np.exp(w.odds)) for weight, w in self.readings], axis=0)
        return np.asarray(silent / silent.sum())


@dataclass(frozen=True)
class Mixture:
    """K quantities, each a mixture of normals: ``weight`` per reading, ``means`` and ``sds`` readings × K."""

    weight: Array
    means: Array
    sds: Array

    @property
    def mean(self) -> Array:
        return np.asarray(self.weight @ self.means)

    def scaled(self, factor: float, plus: Array, variance: Array) -> Mixture:
        """``factor`` times this ``plus`` something, with further independent ``variance`` (both K)."""
        return Mixture(self.weight, factor * self.means + plus, np.sqrt((factor * self.sds) ** 2 + variance))

    def point(self, chance: float) -> Array:
        """The ``chance`` quantile; one below a half is never above the mean, nor one above a half below it."""
        low, high = (self.means - 8 * self.sds).min(axis=0), (self.means + 8 * self.sds).max(axis=0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            below = self.weight @ ndtr((middle - self.means) / np.maximum(self.sds, 1e-300)) < chance
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(np.minimum(high, self.mean) if chance < 0.5 else np.maximum(low, self.mean))


def habits_of(history: CategoryHistory, a: int, end_day: int) -> Habits:
    """Habits of attribute ``a`` before ``end_day``."""
    long = counts(history, a, Period(max(0, end_day - HABIT_DAYS), end_day))
    return Habits(long, stating.readings(long) if long.stated.sum() > 0 else [])


def periods(history: CategoryHistory, a: int, window: Period) -> list[Counts]:
    """Counts of the window, last, and of as many of its length before it as habits go back, in order of time."""
    days = window.end_day - window.first_day
    edges = range(window.end_day, max(0, window.end_day - HABIT_DAYS) + days - 1, -days)
    return [counts(history, a, Period(end - days, end)) for end in reversed(edges)] or [counts(history, a, window)]


def shares(habits: Habits, past: list[Counts], bought: Array, squares: Array | None = None) -> Mixture:
    """Wanted shares of the last of the ``past`` periods; where nobody says anything, those of what was ``bought``.

    ``squares`` are the squared units of the order lines behind ``bought``, added up: a line of fifty pieces is one
    decision. None: lines of one piece.
    """
    if not habits.readings:
        total = float(bought.sum())
        share = bought / total if total > 0 else np.zeros(len(bought))
        sd = _bought_share_sd(share, bought if squares is None else squares, max(total, 1.0))
        return Mixture(np.ones(1), share[None, :], sd[None, :])
    recent, table = stating.combine(past), stating.purchase_table(habits.counts)
    found = [stating.fit(recent, table=table, habits=wants) for _, wants in habits.readings]
    return Mixture(
        np.array([weight for weight, _ in habits.readings]),
        np.array([wants.share for wants in found]),
        np.sqrt(np.maximum([np.diag(wants.covariance) for wants in found], 0.0)),
    )


def _bought_share_sd(share: Array, squares: Array, total: float) -> Array:
    """Standard error of shares of units when order lines are drawn, not units: the linearised ratio of sums
    (Cochran 1977, Sampling Techniques, 3rd ed., 6.3). With one piece a line it is the binomial's. One more line of the
    usual size, half with the value, is added (Jeffreys): what no line had, or all, is not known for certain."""
    size = float(squares.sum()) / total
    own, others = squares + size**2 / 2, squares.sum() - squares + size**2 / 2
    share = (share * total + size / 2) / (total + size)
    return np.asarray(np.sqrt((1 - share) ** 2 * own + share**2 * others) / (total + size))


def trend(habits: Habits, past: list[Counts]) -> tuple[Array, Array]:
    """Change of the wanted shares since the period before, with standard error; zeros where it cannot be told."""
    if not habits.readings or len(past) < 2:
        none = np.zeros(len(past[-1].stated))
        return none, none
    now, now_variance = _spoken(past[-1], habits.readings[0][1])
    before, before_variance = _spoken(past[-2], habits.readings[0][1])
    return now - before, np.sqrt(now_variance + before_variance)


def _spoken(part: Counts, habits: stating.Wants) -> tuple[Array, Array]:
    """Shares of one period from what was said alone, at the habits' odds, with the variance of counting."""
    stated = part.stated + stating.SHARE_PRIOR
    weight = 1 + np.exp(-habits.odds)  # 1 / r
    share = stated * weight / (stated @ weight)
    others = stated.sum() - stated
    return share, (share * (1 - share)) ** 2 * (1 / stated + 1 / np.maximum(others, stating.SHARE_PRIOR))


def counts(history: CategoryHistory, a: int, when: Period) -> Counts:
    """Stated and silent shopper-days of attribute ``a`` in a period, and what they bought."""
    sessions, intents, size = history.sessions, history.intents, len(history.values[a])
    inside = sessions.searched & (sessions.day >= when.first_day) & (sessions.day < when.end_day)
    bought = np.where(sessions.sku >= 0, history.products.features[sessions.sku, a], UNSTATED)
    mine = (intents.attribute == a) & inside[intents.session]
    rows, values, weight = intents.session[mine], intents.value[mine], intents.weight[mine]
    speaks = np.zeros(len(sessions), bool)
    speaks[rows] = True
    with_purchase = bought[rows] != UNSTATED
    cell = values[with_purchase] * size + bought[rows][with_purchase]
    table = np.bincount(cell, weights=weight[with_purchase], minlength=size * size)
    silent = inside & ~speaks
    return Counts(
        stated=np.bincount(values, weights=weight, minlength=size).astype(float),
        silent=float(silent.sum()),
        bought=table.reshape(size, size).astype(float),
        silent_bought=np.bincount(bought[silent & (bought != UNSTATED)], minlength=size).astype(float),
    )
