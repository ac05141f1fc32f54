"""Seasonal indices of many series, drawn to none where the history does not show them.

Classical decomposition (centred moving average; Hyndman & Athanasopoulos 2021, sec. 3.4), in
logarithms where all values are positive. An index is then shrunk by its own reliability: the
variance between positions over that plus the variance of their means (empirical Bayes, Miller & Williams
2003 found the same for seasonal factors). Cycles of more than LONG steps are smoothed
over neighbouring positions, because two years give only two values a week.
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
    scaled = np.where(is_factor, np.log(np.where(values > 0, values, 1.0)), np.where(known, values, np.nan))
    scaled = np.where(known, scaled, np.nan)
    deviation = scaled - _moving_average(scaled, season)
    positions = np.arange(steps) % season
    mean, error = np.zeros((season, series)), np.zeros((season, series))
    for k in range(season):
        here = deviation[positions == k]
        seen = np.isfinite(here)
        count = seen.sum(axis=0)
        mean[k] = np.where(seen, here, 0.0).sum(axis=0) / np.maximum(count, 1)
        error[k] = (seen * (np.nan_to_num(here) - mean[k]) ** 2).sum(axis=0) / np.maximum(count - 1, 1)
        error[k] = error[k] / np.maximum(count, 1)
    if season > LONG:
        wrapped = np.vstack([mean[-2:], mean, mean[:2]])
        mean = sum(weight * wrapped[i : i + season] for i, weight in enumerate(_SMOOTH))
        error = error * float((_SMOOTH**2).sum())
    mean = mean - mean.mean(axis=0)
    noise = error.mean(axis=0)
    between = np.maximum(mean.var(axis=0) - noise, 0.0)
    trust = np.where(known.sum(axis=0) >= 2 * season, between / np.maximum(between + noise, 1e-300), 0.0)
    shrunk = mean * trust
    return Seasonality(np.where(is_factor, np.exp(np.clip(shrunk, -5, 5)), shrunk), is_factor, steps)


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
