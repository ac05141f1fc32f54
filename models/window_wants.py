"""What shoppers of a window to come want, stated or not: measured now, moved as the forecast moves.

Wants now are those of the gap (latent.measure). The forecast says how much the share of each value grows until the
window; that growth is applied to the measured share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models import demand, latent, want_classes, wanted
from models.history import CategoryHistory
from models.want_classes import WantClasses
from models.wanted import Habits, Period

Array = NDArray[np.float64]
MAX_GROWTH = 4.0


def habits_of(history: CategoryHistory) -> list[Habits]:
    """Per attribute, how wants were said over the last year."""
    return [wanted.habits_of(history, a, history.days) for a in range(len(history.attributes))]


def classes_of(history: CategoryHistory, habits: list[Habits]) -> WantClasses:
    """Kinds of shoppers of the last year by what they want together, and what those want who do not say it."""
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= history.days - wanted.HABIT_DAYS)
    return want_classes.fit(sessions.wants[recent], habits)


def wanted_now(history: CategoryHistory, habits: list[Habits]) -> list[Array]:
    """Per attribute, wanted shares of the last weeks; of what is bought where nobody says anything."""
    window = Period(max(0, history.days - latent.WINDOW_DAYS), history.days)
    return [
        wanted.shares(habit, wanted.periods(history, a, window), demand.order_share(history, a)).mean
        for a, habit in enumerate(habits)
    ]


def moved(share: Array, growth: Array) -> Array:
    """``share`` times ``growth``, a factor of each value; sums to 1 unless nothing is wanted."""
    found = share * np.clip(growth, 1 / MAX_GROWTH, MAX_GROWTH)
    return np.asarray(found / found.sum()) if found.sum() > 0 else found
