"""Values that are on sale but were neither sold nor asked for: what their siblings and earlier launches let expect."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import launch
from models.demand import WeeklyDemand
from models.history import CategoryHistory

Array = NDArray[np.float64]
WEEKS = 8  # that siblings are compared over, and a launch is followed
FIRST_WEEK = 16  # of the history, before which a value may have been there all along
NEVER = 0.5  # units in the whole history, below which nobody wanted a value yet


@dataclass(frozen=True)
class Shelf:
    """What is on sale on the planning day.

    ``first_week[a][v]`` is the week of the history in which the first product with that value came; nan: there is none.
    """

    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    first_week: tuple[Array, ...]

    @classmethod
    def of(cls, history: CategoryHistory) -> Shelf:
        launched, features = history.products.launched, history.products.features
        on_sale = launched[-1] if len(launched) else np.zeros(len(history.products), bool)
        day = launched.argmax(axis=0) if len(launched) else np.zeros(len(history.products))
        week = np.where(on_sale, np.maximum((day - history.days % 7) // 7, 0), np.inf)  # weeks end with the last day
        first = [
            np.array([np.min(week[features[:, a] == v], initial=np.inf) for v in range(len(values))])
            for a, values in enumerate(history.values)
        ]
        return cls(history.attributes, history.values, tuple(np.where(np.isfinite(one), one, np.nan) for one in first))


def expected(shelves: list[Shelf], demands: list[WeeklyDemand]) -> list[dict[tuple[int, int], Array]]:
    """Per category: (attribute, value) of a new value → its p10, p50, p90 units a week."""
    found: list[dict[tuple[int, int], Array]] = [{} for _ in shelves]
    for name in sorted({name for shelf in shelves for name in shelf.attributes}):
        rows = [(i, shelf.attributes.index(name)) for i, shelf in enumerate(shelves) if name in shelf.attributes]
        new = [(i, a, v) for i, a in rows for v in _new(shelves[i], demands[i], a)]
        if not new:
            continue
        values = sorted({value for i, a in rows for value in shelves[i].values[a]})
        column = {value: c for c, value in enumerate(values)}
        row = {i: r for r, (i, _) in enumerate(rows)}
        past = _launches(shelves, demands, rows, column)
        model = launch.learn(_table(shelves, demands, rows, column, ago=0), earlier=past)
        for i, a, v in new:
            units = model.quantiles(row[i], column[shelves[i].values[a][v]])
            if np.isfinite(units).all():
                found[i][a, v] = units / WEEKS
    return found


def _new(shelf: Shelf, demand: WeeklyDemand, a: int) -> list[int]:
    total = np.nansum(demand.values[a], axis=0)
    return [v for v, week in enumerate(shelf.first_week[a]) if np.isfinite(week) and total[v] < NEVER]


def _table(
    shelves: list[Shelf], demands: list[WeeklyDemand], rows: list[tuple[int, int]], column: dict[str, int], *, ago: int
) -> Array:
    """Categories × values: units of the WEEKS weeks that ended ``ago`` weeks before the planning day.

    nan where a value was not on sale all that time, or never wanted.
    """
    table = np.full((len(rows), len(column)), np.nan)
    for r, (i, a) in enumerate(rows):
        weeks = len(demands[i].total)
        first, end = weeks - ago - WEEKS, weeks - ago
        if first < 0:
            continue
        units = np.nansum(demands[i].values[a][first:end], axis=0)
        was_there = (shelves[i].first_week[a] <= first) & (np.nansum(demands[i].values[a], axis=0) >= NEVER)
        for v in np.nonzero(was_there)[0]:
            table[r, column[shelves[i].values[a][v]]] = units[v]
    return table


def _launches(
    shelves: list[Shelf], demands: list[WeeklyDemand], rows: list[tuple[int, int]], column: dict[str, int]
) -> launch.Earlier:
    """What earlier launches sold in their first WEEKS weeks, and what was expected of them then."""
    by_ago: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for r, (i, a) in enumerate(rows):
        weeks = len(demands[i].total)
        for v, week in enumerate(shelves[i].first_week[a]):
            if FIRST_WEEK <= week <= weeks - WEEKS:
                units = float(np.nansum(demands[i].values[a][int(week) : int(week) + WEEKS, v]))
                by_ago[weeks - int(week)].append((r, column[shelves[i].values[a][v]], units))
    found = []
    for ago, ones in by_ago.items():
        then = launch.expect(_table(shelves, demands, rows, column, ago=ago))
        found += [(then.log_mean[r, c], np.log(units + launch.HALF)) for r, c, units in ones]
    known = np.array([pair for pair in found if np.isfinite(pair).all()]).reshape(-1, 2)
    return launch.Earlier(expected=known[:, 0], sold=known[:, 1])
