"""One linear autoregression for all series together, one equation per step ahead.

Many short series say more of how level, momentum and mean carry over than each alone
(Montero-Manso & Hyndman 2021). Every series is divided by its own recent scale, so that large ones do not
rule. Coefficients for a forecast origin use targets before that origin only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MIN_SERIES = 20
LAGS = 6
MEANS = (4, 8, 13, 26, 52)
RIDGE = 1e-3
LARGEST_TARGET = 8.0  # times the scale; more is an outlier that would steer all series
SCALE_STEPS = 26


@dataclass(frozen=True)
class PooledRegression:
    """What the windows say: ``squares[t]`` and ``products[t][h]`` are the normal equations of those that end at t."""

    features: tuple[Array, ...]  # per step: n × f, scaled
    scales: Array  # per step × n
    squares: Array  # step × f × f
    products: Array  # step × horizon × f

    @classmethod
    def of(cls, values: Array, *, horizon: int) -> PooledRegression:
        """Prepare all origins; ``values`` is time × n, nan where missing: the value before stands for it."""
        steps, series = values.shape
        filled, known = _carried(values)
        sums = np.vstack([np.zeros((1, series)), np.cumsum(filled, axis=0)])
        seen = np.vstack([np.zeros((1, series)), np.cumsum(known, axis=0)])
        sizes = np.vstack([np.zeros((1, series)), np.cumsum(np.abs(filled), axis=0)])
        features, scales = [], np.ones((steps + 1, series))
        for t in range(steps + 1):
            whole = sizes[t] / np.maximum(seen[t], 1)
            scales[t] = np.maximum(_mean(sizes, seen, t, SCALE_STEPS), 0.1 * whole)
            scales[t] = np.where(scales[t] > 0, scales[t], 1.0)
            features.append(_features(filled, sums, seen, t) / scales[t][:, None])
        width = features[0].shape[1] + 1
        squares, products = np.zeros((steps + 1, width, width)), np.zeros((steps + 1, horizon, width))
        usable = seen >= LAGS
        for t in range(LAGS, steps):
            rows = usable[t]
            x = _with_constant(features[t][rows])
            targets = filled[t : t + horizon, rows] / scales[t][rows]
            squares[t] = x.T @ x
            products[t, : len(targets)] = np.clip(targets, -LARGEST_TARGET, LARGEST_TARGET) @ x
        return cls(tuple(features), scales, squares, products)

    def forecast(self, origin: int, horizon: int) -> Array:
        """Means of the steps after the first ``origin`` values, horizon × n; nan where there was nothing to learn."""
        x = _with_constant(self.features[origin])
        path = np.full((horizon, len(x)), np.nan)
        for h in range(horizon):
            last = origin - h  # windows that end at t have their target at t + h
            square = self.squares[:last].sum(axis=0) if last > 0 else np.zeros_like(self.squares[0])
            product = self.products[:last, h].sum(axis=0) if last > 0 else None
            if product is None or square[-1, -1] < 4 * len(square):
                path[h] = path[h - 1] if h else np.nan
                continue
            ridge = RIDGE * square[-1, -1] * np.eye(len(square))
            # drawn to the mean of the last thirteen steps: what is known without learning
            prior = np.zeros(len(square))
            prior[LAGS + MEANS.index(13)] = 1.0
            weights = prior + np.linalg.solve(square + ridge, product - square @ prior)
            path[h] = (x @ weights) * self.scales[origin]
        return path


def _with_constant(features: Array) -> Array:
    return np.column_stack([features, np.ones(len(features))])


def _carried(values: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Missing values replaced by the one before, zero before the first."""
    known = np.isfinite(values)
    row = np.maximum.accumulate(np.where(known, np.arange(len(values))[:, None], -1), axis=0)
    filled = np.take_along_axis(np.where(known, values, 0.0), np.maximum(row, 0), axis=0)
    return np.where(row >= 0, filled, 0.0), row >= 0


def _mean(sums: Array, seen: Array, t: int, width: int) -> Array:
    since = max(t - width, 0)
    return np.asarray((sums[t] - sums[since]) / np.maximum(seen[t] - seen[since], 1))


def _features(filled: Array, sums: Array, seen: Array, t: int) -> Array:
    """n × (lags, means, whole mean) from the first ``t`` values."""
    columns = [filled[max(t - lag, 0)] * (t > 0) for lag in range(1, LAGS + 1)]
    columns += [_mean(sums, seen, t, width) for width in MEANS]
    columns.append(sums[t] / np.maximum(seen[t], 1))
    return np.column_stack(columns)
