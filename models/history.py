"""What is known of one category before the planning day, as arrays: the input of every model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

UNSTATED = -1


@dataclass(frozen=True)
class Sessions:
    """Shopper-days in a category, n rows. ``sku`` is the product bought, -1 for none.

    ``wants`` is n × attributes: index of the stated value, UNSTATED where none or several were stated
    (see Intents). ``searched`` is False for an order that no search preceded. ``shown`` is False
    where every search of the day showed nothing; None: not known, counts as shown. ``person`` tells shoppers
    apart by a number that holds within this history only; None: not known.
    """

    day: NDArray[np.int32]
    wants: NDArray[np.int16]
    region: NDArray[np.int16]
    sku: NDArray[np.int32]
    searched: NDArray[np.bool_]
    shown: NDArray[np.bool_] | None = None
    person: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.day)

    @property
    def is_shown(self) -> NDArray[np.bool_]:
        return np.ones(len(self), bool) if self.shown is None else self.shown

    def select(self, mask: NDArray[np.bool_]) -> Sessions:
        return Sessions(
            self.day[mask],
            self.wants[mask],
            self.region[mask],
            self.sku[mask],
            self.searched[mask],
            None if self.shown is None else self.shown[mask],
            None if self.person is None else self.person[mask],
        )


@dataclass(frozen=True)
class Intents:
    """Stated values, one row per session, attribute and value; ``weight`` of a session and attribute sums to 1.

    ``session`` is a row of Sessions. "6-8 L" is half an intent for 6 and half for 8.
    """

    session: NDArray[np.int64]
    attribute: NDArray[np.int64]
    value: NDArray[np.int64]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, wants: NDArray[np.int16]) -> Intents:
        """One value per session and attribute."""
        session, attribute = np.nonzero(wants != UNSTATED)
        value = wants[session, attribute].astype(np.int64)
        return cls(session, attribute, value, np.ones(len(session)))


@dataclass(frozen=True)
class Products:
    """Stock-keeping units, p rows. ``features`` is p × attributes, UNSTATED where unknown.

    Prices and costs in ``currency``; ``unit_cost`` is nan where not given.
    ``is_available`` is days × p: launched, and not known to be out of stock.
    """

    sku_ids: tuple[str, ...]
    features: NDArray[np.int16]
    price: NDArray[np.float64]
    unit_cost: NDArray[np.float64]
    is_available: NDArray[np.bool_]
    currency: str
    is_launched: NDArray[np.bool_] | None = None

    @property
    def launched(self) -> NDArray[np.bool_]:
        """Days × p: on sale, whether in stock or not; where not given, from the first day it was available."""
        if self.is_launched is not None:
            return self.is_launched
        return np.asarray(np.logical_or.accumulate(self.is_available, axis=0))

    def __len__(self) -> int:
        return len(self.sku_ids)


@dataclass(frozen=True)
class OrderLines:
    """Order lines, n rows, dated by the day they were placed; units of one line in all columns.

    ``net_units`` is what was neither cancelled nor returned before the planning day, ``expected_net_units``
    what of it is expected to stay so (models.returns); without it, net_units.
    """

    day: NDArray[np.int32]
    sku: NDArray[np.int32]
    region: NDArray[np.int16]
    ordered_units: NDArray[np.int64]
    cancelled_units: NDArray[np.int64]
    net_units: NDArray[np.int64]
    unit_price: NDArray[np.float64]
    searched: NDArray[np.bool_]
    expected_net_units: NDArray[np.float64] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.expected_net_units is None:
            object.__setattr__(self, "expected_net_units", self.net_units.astype(float))


@dataclass(frozen=True)
class Crowd:
    """Distinct people of one feature in the gap window: who asked, and for deciding what may be shown.

    ``attribute`` is everybody behind the attribute, ``pool`` those behind its small values together.
    """

    searchers: int
    attribute: int
    pool: int


@dataclass(frozen=True)
class CategoryHistory:
    """One category: days 0 … ``days`` - 1, the last one is the day before the planning day.

    ``values[a]`` ascend where ``is_ordered[a]``: they are numbers. ``people`` asked for a feature or
    bought it in the gap window; ``crowds`` say it in detail.
    """

    category_id: str
    days: int
    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    is_ordered: tuple[bool, ...]
    regions: tuple[str, ...]
    sessions: Sessions
    products: Products
    lines: OrderLines
    zero_result_pct: dict[tuple[str, str], float]
    people: dict[tuple[str, str], int]
    stated: Intents | None = None
    crowds: dict[tuple[str, str], Crowd] = field(default_factory=dict)

    @cached_property
    def intents(self) -> Intents:
        """What was stated, several values of one attribute as parts of one intent."""
        return Intents.of(self.sessions.wants) if self.stated is None else self.stated

    @property
    def features(self) -> list[tuple[int, int, str, str]]:
        """Every (attribute index, value index, attribute, value)."""
        return [
            (a, v, attribute, value)
            for a, attribute in enumerate(self.attributes)
            for v, value in enumerate(self.values[a])
        ]


def weeks_of(days: int) -> int:
    """Whole weeks of a history; fewer days than a week count as one."""
    return max(days // 7, 1)


def weekly(day: NDArray[np.int32], weights: NDArray[np.float64], *, days: int) -> NDArray[np.float64]:
    """Sums per week, weeks counted back from the last day so that the last is whole; of fewer days, a week's worth."""
    weeks = weeks_of(days)
    index = (day - (days - 7 * weeks)) // 7
    inside = index >= 0
    sums = np.bincount(index[inside], weights=weights[inside], minlength=weeks)[:weeks]
    return np.asarray(sums * 7 / days if 0 < days < 7 else sums, float)


def weekly_people(sessions: Sessions, group: NDArray[np.int64], *, days: int) -> NDArray[np.int64]:
    """Distinct people by group of weeks, weeks counted as by ``weekly``; ``group`` of each week, -1: in none, at most
    the number of weeks."""
    weeks = len(group)  # weeks_of(days)
    week = (sessions.day - (days - 7 * weeks)) // 7
    person = np.arange(len(sessions)) if sessions.person is None else sessions.person
    of = np.where(week >= 0, group[np.maximum(week, 0)], -1) if weeks else np.full(len(sessions), -1)
    pairs = np.unique(np.column_stack([of[of >= 0], person[of >= 0]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=weeks + 1)
