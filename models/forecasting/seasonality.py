"""Seasonal indices of many series, drawn to none where the history does not show them.

Classical decomposition (centred moving average; Hyndman & Athanasopoulos 2021, sec. 3.4), in
logarithms where all values are positive. An index is then shrunk by its own reliability: the
variance between positions over that plus the variance of their means (empirical Bayes, Miller & Williams
2003 found the same for seasonal factors). The variance is that of the same position in different cycles; as the moving
average takes half a cycle at either end, two cycles show each position once, which says nothing, and give no
season. Cycles of more than LONG steps are smoothed over neighbouring steps, because few years give few values a week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LONG = 24
_SMOOTH = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0


@dataclass(frozen=True)
class Seasonality:
    """``index`` is season × n: factors where ``is_factor``, otherwise amounts; ``offset`` the steps before the end."""

    index: Array
    is_factor: NDArray[np.bool_]
    steps: int

    def remove(self, values: Array) -> Array:
        index = self._at(np.arange(len(values)))
        return np.asarray(np.where(self.is_factor, values / np.where(self.is_factor, index, 1.0), values - index))

    def add(self, path: Array) -> Array:
        """Put the season back on forecasts of the next steps (horizon × n)."""
        index = self._at(self.steps + np.arange(len(path)))
        return np.asarray(np.where(self.is_factor, path * index, path + index))

    def of(self, here: NDArray[np.bool_]) -> Seasonality:
        """Those of some series."""
        return Seasonality(self.index[:, here], self.is_factor[here], self.steps)

    def _at(self, steps: NDArray[np.int64]) -> Array:
        return self.index[steps % len(self.index)]


def estimate(values: Array, season: int) -> Seasonality:
    """Indices of every column (time × n); no season where fewer than two cycles are known."""
    steps, series = values.shape
    known = np.isfinite(values)
    is_factor = np.asarray(np.where(known, values > 0, True).all(axis=0))
    if season < 2 or steps < 2 * season:
        return Seasonality(np.ones((1, series)), np.ones(series, bool), steps)
    scaled = np.where(is_factor, np.log(np.where(values > 0, values, 1.0)), values)
    deviation = scaled - _moving_average(scaled, season)
    if season > LONG:
        deviation = _smoothed(deviation)
    mean, noise = _by_position(deviation, season)
    mean = mean - mean.mean(axis=0)
    between = np.maximum(mean.var(axis=0) - noise, 0.0)
    seen_twice = np.isfinite(noise) & (known.sum(axis=0) >= 2 * season)
    trust = np.where(seen_twice, between / np.maximum(between + noise, 1e-300), 0.0)
    shrunk = mean * trust
    return Seasonality(np.where(is_factor, np.exp(np.clip(shrunk, -5, 5)), shrunk), is_factor, steps)


def _by_position(deviation: Array, season: int) -> tuple[Array, Array]:
    """Mean deviation at each position of the cycle (season × n) and the usual variance of such a mean (n).

    The variance is infinite where no position was seen in two cycles: one cycle's ups and downs are no season yet.
    """
    steps, series = deviation.shape
    cycles = np.full((-(-steps // season), season, series), np.nan)
    cycles.reshape(-1, series)[:steps] = deviation
    known = np.isfinite(cycles)
    count = known.sum(axis=0)
    mean = np.where(known, cycles, 0.0).sum(axis=0) / np.maximum(count, 1)
    square = (np.where(known, cycles - mean, 0.0) ** 2).sum(axis=(0, 1))
    freedom = np.maximum(count - 1, 0).sum(axis=0)
    usual = (1 / np.maximum(count, 1)).mean(axis=0)
    return mean, np.where(freedom > 0, square / np.maximum(freedom, 1) * usual, np.inf)


def _smoothed(values: Array) -> Array:
    """Weighted mean of each known value and its known neighbours."""
    known = np.isfinite(values)
    reach = len(_SMOOTH) // 2
    padded = np.pad(np.where(known, values, 0.0), ((reach, reach), (0, 0)))
    there = np.pad(known, ((reach, reach), (0, 0)))
    total, weight = np.zeros_like(values), np.zeros_like(values)
    for i, share in enumerate(_SMOOTH):
        total += share * padded[i : i + len(values)]
        weight += share * there[i : i + len(values)]
    return np.where(known, total / np.where(known, weight, 1.0), np.nan)


def _moving_average(values: Array, season: int) -> Array:
    """Centred mean over one cycle; nan where the cycle does not fit or a value in it is missing."""
    half = season // 2
    weights = np.ones(season) / season if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5] / season
    total = np.zeros((len(values) - len(weights) + 1, values.shape[1]))
    for i, weight in enumerate(weights):
        total += weight * values[i : i + len(total)]
    average = np.full_like(values, np.nan)
    average[half : half + len(total)] = total
    return average
