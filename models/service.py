"""How a stated want was served, and what stood in the way where it was not.

Each intent (a shopper-day that states a value) falls in one class, in this order: the shop's
search showed nothing although a fitting product was in stock (wording); no product has the value
(no product); those that have it, alone or with the other wants, were out of stock (stock-out);
another stated value is what is missing (other feature); the value is there, but not with the other
wants (combination); everything was there and shown (served).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.history import UNSTATED, CategoryHistory

SERVED, WORDING, NO_PRODUCT, STOCK_OUT, OTHER_FEATURE, COMBINATION = range(6)
CLASSES = 6
BLOCK = 65_536


@dataclass(frozen=True)
class Shelf:
    """Per session: whether a product with all stated values was in stock, and whether one was on sale at all."""

    is_in_stock: NDArray[np.bool_]
    is_on_sale: NDArray[np.bool_]


def shelf(history: CategoryHistory, wants: NDArray[np.int16], day: NDArray[np.int32]) -> Shelf:
    """What the shelf held for sessions with ``wants`` (n × attributes) on ``day`` (n)."""
    patterns, inverse = np.unique(wants, axis=0, return_inverse=True)
    stated = patterns[:, None, :] != UNSTATED
    fits = ~(stated & (patterns[:, None, :] != history.products.features[None, :, :])).any(axis=2)
    launched = history.products.launched
    in_stock, on_sale = np.zeros(len(wants), bool), np.zeros(len(wants), bool)
    inverse = inverse.reshape(-1)
    for start in range(0, len(wants), BLOCK):  # bounded memory
        block = slice(start, start + BLOCK)
        fitting = fits[inverse[block]]
        in_stock[block] = (fitting & history.products.is_available[day[block]]).any(axis=1)
        on_sale[block] = (fitting & launched[day[block]]).any(axis=1)
    return Shelf(in_stock, on_sale)


@dataclass(frozen=True)
class ValueDays:
    """Days × values of one attribute: whether a product with the value was in stock, and on sale at all."""

    is_in_stock: NDArray[np.bool_]
    is_on_sale: NDArray[np.bool_]


def value_days(history: CategoryHistory, a: int) -> ValueDays:
    has = history.products.features[:, a, None] == np.arange(len(history.values[a]))[None, :]
    weight = has.astype(np.float32)  # counts of products are exact in it, and numpy multiplies whole numbers slowly
    return ValueDays(
        (history.products.is_available.astype(np.float32) @ weight) > 0,
        (history.products.launched.astype(np.float32) @ weight) > 0,
    )


def classes(history: CategoryHistory, rows: NDArray[np.int64], a: int, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class of each intent: session ``rows``, attribute ``a``, ``values`` stated."""
    if not len(rows):
        return np.zeros(0, np.int64)
    sessions = history.sessions
    wants, day = sessions.wants[rows], sessions.day[rows]
    whole = shelf(history, wants, day)
    own = value_days(history, a)
    other_missing = np.zeros(len(rows), bool)
    for b in range(len(history.attributes)):
        if b != a:
            stated = wants[:, b] != UNSTATED
            other_missing |= stated & ~value_days(history, b).is_in_stock[day, np.maximum(wants[:, b], 0)]
    own_stock, own_sale = own.is_in_stock[day, values], own.is_on_sale[day, values]
    found = np.full(len(rows), COMBINATION)
    found[other_missing] = OTHER_FEATURE
    found[whole.is_on_sale] = STOCK_OUT
    found[~own_stock] = STOCK_OUT
    found[~own_sale] = NO_PRODUCT
    served = whole.is_in_stock & own_stock
    found[served] = np.where(sessions.is_shown[rows[served]], SERVED, WORDING)
    return found
