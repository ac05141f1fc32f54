"""A second opinion on few, important series: local level with autoregressive error, fitted one by one by statsmodels.

Unobserved components (Harvey 1989) of log(1 + y): a level that walks, and a stationary first-order error around it,
both by exact likelihood. Known days are taken out before (effects). Its forecasts from the back-test's origins are
compared with those of the combination, and the two are mixed with the weight of least squared error (Bates & Granger
1969), that of each series drawn to that of all. With its back-test it takes a fifth of a second a series, so only
totals get one.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.statespace.structural import UnobservedComponents

from models.forecasting import effects, engine

Array = NDArray[np.float64]
MOST_SERIES = 60  # about ten seconds; where there are more totals, none gets one
MIN_POINTS = 26
ITERATIONS, REFIT_ITERATIONS = 50, 15
SHRINKAGE = 16.0  # origins that all series together count for in the weight of one
PRIOR_ORIGINS = 8.0  # that no second opinion counts for
LARGEST = 0.7  # of the logarithm of what a second opinion may change: at most a doubling or a halving


def second_opinion(
    values: Array, *, horizon: int, season: int = 1, regressors: Array | None = None
) -> tuple[Array, Array]:
    """Factors (horizon × n) on engine.forecast of ``values`` (time × n, not negative), and their weights (n).

    Factors are 1 where a series is constant, has fewer than MIN_POINTS values, or there are more than MOST_SERIES.
    """
    steps, series = values.shape
    nothing = np.ones((horizon, series)), np.zeros(series)
    if not 0 < series <= MOST_SERIES or steps < MIN_POINTS:
        return nothing
    if regressors is not None:
        values = values / effects.estimate(values, regressors).factor[:steps]
    origins = engine.origins_of(steps, horizon)
    combined = engine.forecast(values, horizon=horizon, season=season)
    if len(combined.errors) != len(origins) or not origins:
        return nothing
    now, errors = np.full((horizon, series), np.nan), np.full(combined.errors.shape, np.nan)
    padded = np.vstack([values, np.full((horizon, series), np.nan)])
    for i in range(series):
        fitted = _fit(values[:, i], None)
        if fitted is None:
            continue
        now[:, i] = _ahead(values[:, i], fitted, horizon)
        for o, origin in enumerate(origins):
            then = _fit(values[:origin, i], fitted)
            if then is not None:
                errors[o, :, i] = padded[origin : origin + horizon, i] - _ahead(values[:origin, i], then, horizon)
    weight = np.where(np.isfinite(now).all(axis=0), _weights(combined.errors, errors), 0.0)
    mixed = combined.mean + weight * (np.where(weight > 0, now, 0.0) - combined.mean) * (weight > 0)
    ratio = np.divide(mixed, combined.mean, out=np.ones_like(mixed), where=combined.mean > 0)
    return np.exp(np.clip(np.log(np.maximum(ratio, 1e-9)), -LARGEST, LARGEST)), weight


def _weights(combined: Array, other: Array) -> Array:
    """Weight of the other forecast, n, from errors (origins × horizon × n) in units of each series' own."""
    known = np.isfinite(combined) & np.isfinite(other)
    one, two = np.where(known, combined, 0.0), np.where(known, other, 0.0)
    count = np.maximum(known.sum(axis=(0, 1)), 1)
    unit = np.maximum((one**2).sum(axis=(0, 1)) / count, 1e-12)
    gap = one - two
    own, size = (one * gap).sum(axis=(0, 1)) / count / unit, (gap**2).sum(axis=(0, 1)) / count / unit
    origins = known.any(axis=1).sum(axis=0).astype(float)
    together = max(float(origins.sum()), 1e-12)
    all_own, all_size = float((own * origins).sum()) / together, float((size * origins).sum()) / together
    usual = all_own * together / (all_size * (together + PRIOR_ORIGINS)) if all_size > 0 else 0.0
    weight = (own * origins + usual * all_size * SHRINKAGE) / np.maximum(size * origins + all_size * SHRINKAGE, 1e-12)
    return np.where(origins > 0, np.clip(weight, 0.0, 1.0), 0.0)


def _model(values: Array) -> UnobservedComponents:
    return UnobservedComponents(np.log1p(np.maximum(values, 0.0)), level="local level", autoregressive=1)


def _fit(values: Array, start: Array | None) -> Array | None:
    """Parameters by likelihood, from ``start`` where given; None where there is too little to fit, or it fails."""
    known = values[np.isfinite(values)]
    if len(known) < MIN_POINTS // 2 or np.ptp(known) == 0:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: the back-test judges what came out
        try:
            rounds = ITERATIONS if start is None else REFIT_ITERATIONS
            found = _model(values).fit(start_params=start, disp=False, maxiter=rounds, method="lbfgs", cov_type="none")
        except (ValueError, np.linalg.LinAlgError):
            return None
    parameters = np.asarray(found.params, float)
    return parameters if np.isfinite(parameters).all() else None


def _ahead(values: Array, parameters: Array, horizon: int) -> Array:
    path = np.asarray(_model(values).filter(parameters, cov_type="none").forecast(horizon), float)
    highest = float(np.log1p(np.nanmax(np.maximum(values, 0.0)))) + LARGEST
    return np.expm1(np.clip(path, 0.0, highest))
