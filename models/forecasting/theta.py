"""The Theta method for many series: the mean of a straight line and of a smoothed line of doubled curvature.

Assimakopoulos & Nikolopoulos (2000); with θ = 2 it is simple exponential smoothing with half
the line's slope as drift (Hyndman & Billah 2003).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forecasting import recursion, smoothing

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Theta:
    """``line_end`` is the straight line at the last step and ``slope`` its rise a step, n each."""

    smoothed: smoothing.Smoothing
    line_end: Array
    slope: Array

    def forecast(self, horizon: int) -> Array:
        """Means of the next ``horizon`` steps, horizon × n."""
        ahead = np.arange(1, horizon + 1)[:, None]
        return np.asarray(0.5 * (self.line_end + self.slope * ahead) + 0.5 * self.smoothed.forecast(horizon))


def fit(values: Array, *, warm: Theta | None = None, steps: int = smoothing.MAX_STEPS) -> Theta:
    """Fit every column of ``values`` (time × n, nan where missing), seasonality taken out before."""
    time = np.arange(len(values), dtype=float)[:, None]
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    middle = (time * known).sum(axis=0) / count
    mean = filled.sum(axis=0) / count
    spread = (known * (time - middle) ** 2).sum(axis=0)
    slope = ((time - middle) * filled).sum(axis=0) / np.maximum(spread, 1e-12)
    slope = np.where(count > 2, slope, 0.0)
    line = mean + slope * (time - middle)
    smoothed = smoothing.fit(
        2 * values - line, recursion.Form(), warm=None if warm is None else warm.smoothed, steps=steps
    )
    return Theta(smoothed, line[-1] if len(line) else mean, slope)
