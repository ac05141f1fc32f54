"""When an order can be ready and how many units it may have: lead time and capacity counted in days worked.

A lead time of L days is L days on which the factory works. Closed days in between put the order off; they neither
count for the lead time nor for the capacity, which is that of the whole weeks (sevens of days worked) of the lead time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

DAYS_OF_WEEK = 7
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days, first and last included, on which a factory makes ``weekly_units`` a week; 0: it is closed."""

    first: dt.date
    last: dt.date
    weekly_units: int


@dataclass(frozen=True)
class Schedule:
    """Of one order, in days from the day it is placed: ``lead_days`` to be worked, ``ready_days`` until they are,
    ``arrival_days`` until the goods arrive and start to sell. It has ``most_units`` at most."""

    lead_days: int
    ready_days: int
    arrival_days: int
    most_units: int

    @property
    def moved_by(self) -> Literal["earliest_arrival", "factory_calendar"] | None:
        """What makes the goods arrive later than the lead time after the order; None: nothing does."""
        if self.arrival_days > self.ready_days:
            return "earliest_arrival"
        return "factory_calendar" if self.ready_days > self.lead_days else None


def schedule(
    start: dt.date,
    *,
    lead_days: int,
    weekly_units: int,
    periods: Sequence[Period] = (),
    earliest: dt.date | None = None,
) -> Schedule:
    """Schedule of an order placed on ``start``, whose goods are not to arrive before ``earliest``.

    ``weekly_units`` holds on days in no period; on days in several the last of them holds. Goods leave on a day
    worked. Without periods it is ready after ``lead_days`` and has ``weekly_units`` times the whole weeks of these.

    >>> closed = Period(dt.date(2026, 2, 10), dt.date(2026, 2, 25), 0)
    >>> schedule(dt.date(2026, 2, 1), lead_days=21, weekly_units=100, periods=[closed])
    Schedule(lead_days=21, ready_days=37, arrival_days=37, most_units=300)
    """
    made: list[int] = []
    day = start
    while len(made) < lead_days or _units(day, weekly_units, periods) is None:
        units = _units(day, weekly_units, periods)
        if units is not None:
            made.append(units)
        day += DAY
    ready = (day - start).days
    whole = len(made) // DAYS_OF_WEEK * DAYS_OF_WEEK
    arrival = ready if earliest is None else max(ready, (earliest - start).days)
    return Schedule(lead_days, ready, arrival, sum(made[:whole]) // DAYS_OF_WEEK)


def _units(day: dt.date, weekly_units: int, periods: Sequence[Period]) -> int | None:
    """Units a week at the pace of ``day``; None where it is closed."""
    holding = [period.weekly_units for period in periods if period.first <= day <= period.last]
    if not holding:
        return weekly_units
    return holding[-1] or None
