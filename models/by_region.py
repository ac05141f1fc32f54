"""A value's forecast by region: between the forecasts of values and those of regions, adding up to both.

Who asked for or bought a value says where it is wanted; where few did, the category's regions do (Dirichlet, PRIOR
people strong). Every sample path draws such a split and is raked to its own values and regions (iterative
proportional fitting, Deming & Stephan 1940), so the cells carry the doubt of both and of the split, and samples add
up.

Regions and values are pooled until no cell rests on fewer than k people: the pooled table is whole, so nothing
hidden can be had by subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.demand import RECENT_DAYS
from models.history import UNSTATED, CategoryHistory

Array = NDArray[np.float64]
Index = NDArray[np.int64]
PRIOR = 20.0  # people that the category's regions count for in the split of a value
ROUNDS, TOLERANCE = 200, 1e-9


@dataclass(frozen=True)
class Mentions:
    """Who lately asked for or bought which value where: one row per person, value and region; ``times`` they did."""

    person: Index
    value: Index
    region: Index
    times: Index

    @classmethod
    def of(cls, history: CategoryHistory, a: int) -> Mentions:
        """Those of attribute ``a``; none where the history does not know persons."""
        sessions, intents = history.sessions, history.intents
        if sessions.person is None:
            return cls(*(np.zeros(0, np.int64) for _ in range(4)))
        recent = sessions.day >= history.days - RECENT_DAYS
        asked = (intents.attribute == a) & recent[intents.session] & sessions.searched[intents.session]
        buys = np.nonzero(recent & (sessions.sku >= 0))[0]
        bought = history.products.features[sessions.sku[buys], a].astype(np.int64)
        buys, bought = buys[bought != UNSTATED], bought[bought != UNSTATED]
        session = np.concatenate([intents.session[asked], buys])
        value = np.concatenate([intents.value[asked], bought])
        rows = np.column_stack([sessions.person[session], value, sessions.region[session]]).astype(np.int64)
        rows, times = np.unique(rows, axis=0, return_counts=True)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2], times.astype(np.int64))

    def counts(self, values: int, regions: int) -> Array:
        """Mentions, values × regions."""
        cell = self.value * regions + self.region
        counts = np.bincount(cell, weights=self.times.astype(float), minlength=values * regions)
        return np.asarray(counts.reshape(values, regions), float)

    def people(self, value_pool: Index, region_pool: Index) -> Index:
        """Distinct persons of each pooled cell; the arguments give the pool of every value and region."""
        shape = int(value_pool.max(initial=0)) + 1, int(region_pool.max(initial=0)) + 1
        cell, cells = value_pool[self.value] * shape[1] + region_pool[self.region], shape[0] * shape[1]
        return np.bincount(np.unique(self.person * cells + cell) % cells, minlength=cells).reshape(shape)


def pools(mentions: Mentions, values: int, regions: int, *, min_people: int) -> tuple[Index, Index] | None:
    """The pool of every value and of every region, 0 the pooled ones: no cell has fewer than ``min_people``, but 0.

    None where that leaves a single region or no value alone. The smallest are pooled first, two or more.
    """
    each_value, each_region = np.arange(values), np.arange(regions)
    by_value = mentions.people(each_value, np.zeros(regions, np.int64))[:, 0] if values else np.zeros(0, np.int64)
    by_region = mentions.people(np.zeros(values, np.int64), each_region)[0] if regions else np.zeros(0, np.int64)
    small_values, small_regions = np.argsort(by_value, kind="stable"), np.argsort(by_region, kind="stable")
    for pooled_regions in _tried(regions):
        region_pool = _pool(small_regions, pooled_regions)
        for pooled_values in _tried(values):
            value_pool = _pool(small_values, pooled_values)
            people = mentions.people(value_pool, region_pool)
            if not ((people > 0) & (people < min_people)).any():
                return (value_pool, region_pool) if people.any() else None
            if pooled_values and by_value[small_values[pooled_values - 1]] >= 2 * min_people * regions:
                break  # values are large enough; it is the regions that are small
    return None


def _tried(number: int) -> list[int]:
    """How many of ``number`` to pool: none, two, three and on in steps of a half, so that many are soon tried."""
    found, size = [0], 2
    while size < number:
        found.append(size)
        size += max(size // 2, 1)
    return found


def _pool(order: Index, pooled: int) -> Index:
    pool = np.zeros(len(order), np.int64)
    alone = np.sort(order[pooled:])
    pool[alone] = np.arange(len(alone)) + 1
    return pool


def split(values: Array, regions: Array, counts: Array, rng: np.random.Generator | None) -> Array:
    """Cells (paths × values × regions) of paths × values and paths × regions, whose sums agree path by path.

    ``counts`` is values × regions. Without ``rng`` the split is the expected one. Sums of cells are those
    given within TOLERANCE.
    """
    total = regions.sum(axis=0)
    usual = total / total.sum() if total.sum() > 0 else np.full(len(total), 1 / max(len(total), 1))
    strength = counts + PRIOR * usual + 1e-9
    cells = np.broadcast_to(strength, (len(values), *strength.shape))
    if rng is not None:
        cells = rng.standard_gamma(cells)
    cells = cells / np.maximum(cells.sum(axis=2, keepdims=True), 1e-300)
    for _ in range(ROUNDS):
        cells = _scaled(cells, values[:, :, None], axis=2)
        away = np.abs(cells.sum(axis=1) - regions).max(initial=0.0)
        if away <= TOLERANCE * max(float(regions.max(initial=0.0)), 1e-300):
            break
        cells = _scaled(cells, regions[:, None, :], axis=1)
    return np.asarray(cells)


def _scaled(cells: Array, target: Array, *, axis: int) -> Array:
    now = cells.sum(axis=axis, keepdims=True)
    return cells * np.divide(target, now, out=np.zeros_like(now), where=now > 0)
