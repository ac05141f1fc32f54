"""What shoppers of a window to come want, stated or not: measured now, moved as the forecast moves.

Wants now are those of latent.measure. The forecast of shares says how much each value grows from its
first week to the window; that growth is applied to the measured share, so an error in the level of
the forecast (orders follow supply) does not enter, only its change.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models import latent, wanted
from models.history import CategoryHistory
from models.latent import Conversion

Array = NDArray[np.float64]
MAX_GROWTH = 4.0


def silent_shares(history: CategoryHistory) -> list[Array]:
    """Per attribute, what those want who do not state it; zeros where nothing is known."""
    attributes = range(len(history.attributes))
    return [wanted.habits_of(history, a, history.days).silent_share for a in attributes]


def wanted_now(history: CategoryHistory, rates: Conversion) -> list[Array]:
    """Per attribute, wanted shares of the last weeks."""
    first = max(0, history.days - latent.WINDOW_DAYS)
    measured = latent.measure(history, rates, first_day=first, end_day=history.days)
    return [attribute.wanted_share for attribute in measured.attributes]


def moved(share: Array, now: Array, ahead: Array) -> Array:
    """``share`` moved as a forecast moves from ``now`` to ``ahead``; sums to 1 unless nothing is wanted."""
    growth = np.divide(ahead, now, out=np.ones_like(ahead), where=now > 0)
    found = share * np.clip(growth, 1 / MAX_GROWTH, MAX_GROWTH)
    return np.asarray(found / found.sum()) if found.sum() > 0 else found
