"""Arrival: when goods ordered on the planning day arrive, and how many units an order may have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from models.factory_calendar import Period, Schedule, schedule
from pipelines.errors import ConfigurationError
from pipelines.lake import Lake
from pipelines.settings import Planning

MAX_WAIT_DAYS = 365  # beyond that no forecast of weekly sales says much


def schedule_of(terms: Mapping[str, Any], as_of: dt.date, planning: Planning) -> Schedule:
    """Schedule of an order placed on ``as_of`` under a manufacturer's ``terms``, named as in its dataset.

    Raises ConfigurationError where planning.earliest_arrival is too far ahead to forecast.
    """
    maker, category = terms["manufacturer_id"], terms["category_id"]
    periods = [
        Period(days.first, days.last, days.weekly_capacity_units)
        for days in planning.factory_calendar
        if days.manufacturer in (None, maker) and days.category in (None, category)
    ]
    return schedule(
        as_of,
        lead_days=int(terms["lead_time_days"]),
        weekly_units=int(terms["weekly_capacity_units"]),
        periods=periods,
        earliest=_earliest(as_of, planning),
    )


def _earliest(as_of: dt.date, planning: Planning) -> dt.date | None:
    earliest = planning.earliest_arrival
    if earliest is not None and (earliest - as_of).days > MAX_WAIT_DAYS:
        raise ConfigurationError(
            f"planning.earliest_arrival ({earliest}) is more than {MAX_WAIT_DAYS} days after the planning day {as_of}.",
            remedy="plan for it later, or give an earlier date.",
        )
    return earliest


def by_category(terms: Iterable[Mapping[str, Any]], as_of: dt.date, planning: Planning) -> dict[str, Schedule]:
    """Category → schedule of the manufacturer whose goods arrive last."""
    found: dict[str, Schedule] = {}
    for row in terms:
        mine = schedule_of(row, as_of, planning)
        known = found.get(row["category_id"])
        if known is None or (mine.arrival_days, mine.ready_days) > (known.arrival_days, known.ready_days):
            found[row["category_id"]] = mine
    return found


def known(lake: Lake, as_of: dt.date, planning: Planning) -> dict[str, Schedule]:
    """The same for all manufacturers in the lake."""
    return by_category(lake.read("raw_manufacturers").to_pylist(), as_of, planning)


def days_of(schedules: Mapping[str, Schedule]) -> dict[str, int]:
    """Category → days until all goods ordered now have arrived."""
    return {category: one.arrival_days for category, one in schedules.items()}


def without_manufacturers(as_of: dt.date, planning: Planning) -> Schedule:
    """What is taken of a category that has none."""
    return schedule(as_of, lead_days=planning.default_lead_days, weekly_units=0, earliest=_earliest(as_of, planning))
