"""Second opinions on few, important series: level and growth with autoregressive error, fitted by statsmodels.

Two models with unobserved components (Harvey 1989) of log(1 + y), each with a stationary first-order error, by exact
likelihood: in one the level walks, in the other it also grows at a constant rate, which most of the combination's
candidates halve or damp. Known days are taken out before (effects). Their forecasts from the back-test's origins are
compared with those of the combination, and all are mixed with the weights of least squared error (Bates & Granger 1969;
Granger & Ramanathan 1984), those of each series drawn to those of all and these to none. With its back-test a series
takes a quarter to half a second, so only totals get them.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from statsmodels.tsa.statespace.structural import UnobservedComponents

from models.forecasting import effects, engine

Array = NDArray[np.float64]
LEVELS = ("local level", "local linear deterministic trend")  # as statsmodels names them
MOST_SERIES = 60  # half a minute at most; where there are more totals, the largest get them
MIN_POINTS = 16
ITERATIONS, REFIT_ITERATIONS = 50, 15
SHRINKAGE = 48.0  # origins that all series together count for in the weights of one; what follows origins overlaps
PRIOR_ORIGINS = 16.0  # that no second opinion counts for
LARGEST = 0.7  # of the logarithm of what a second opinion may change: at most a doubling or a halving


def second_opinion(
    values: Array, combined: engine.Forecasts, *, horizon: int, regressors: Array | None = None
) -> tuple[Array, Array]:
    """Factors (horizon × n) on ``combined``, the engine's forecast of ``values``, and the weight of the opinions (n).

    ``values`` (time × n) are not negative; ``combined`` may come from a call with more series, of the same steps and
    regressors. Factors are 1 where a series is constant, has fewer than MIN_POINTS values, or is not one of the
    MOST_SERIES largest.
    """
    steps, series = values.shape
    factor, weight = np.ones((horizon, series)), np.zeros(series)
    origins = engine.origins_of(steps, horizon)
    if not series or steps < MIN_POINTS or len(combined.errors) != len(origins):
        return factor, weight
    known = np.ones((steps + horizon, series))
    if regressors is not None:
        known = effects.estimate(values, regressors[: steps + horizon]).factor
    largest = np.sort(np.argsort(-np.nansum(values, axis=0), kind="stable")[:MOST_SERIES])
    now, errors = _opinions((values / known[:steps])[:, largest], origins, horizon)
    factor[:, largest], weight[largest] = _mixed(combined.of(largest), now * known[steps:, largest], errors)
    return factor, weight


def _mixed(combined: engine.Forecasts, now: Array, errors: Array) -> tuple[Array, Array]:
    """Factors and the weight of the opinions together, from their forecasts and errors."""
    weights = np.where(np.isfinite(now).all(axis=(0, 1)), _weights(combined.errors, errors), 0.0)
    mixed = combined.mean + (weights[:, None] * (np.nan_to_num(now) - combined.mean)).sum(axis=0)
    ratio = np.divide(mixed, combined.mean, out=np.ones_like(mixed), where=combined.mean > 0)
    return np.exp(np.clip(np.log(np.maximum(ratio, 1e-9)), -LARGEST, LARGEST)), weights.sum(axis=0)


def _opinions(values: Array, origins: list[int], horizon: int) -> tuple[Array, Array]:
    """Forecasts from the end, models × horizon × n, and errors from the origins, models × origins × horizon × n."""
    series = values.shape[1]
    now = np.full((len(LEVELS), horizon, series), np.nan)
    errors = np.full((len(LEVELS), len(origins), horizon, series), np.nan)
    padded = np.vstack([values, np.full((horizon, series), np.nan)])
    for i in range(series):
        fitted = None  # both models have the same parameters, so the second starts from those of the first
        for m, level in enumerate(LEVELS):
            fitted = _fit(level, values[:, i], fitted, ITERATIONS)
            if fitted is None:
                break
            now[m, :, i] = _ahead(level, values[:, i], fitted, horizon)
            for o, origin in enumerate(origins):
                then = _fit(level, values[:origin, i], fitted, REFIT_ITERATIONS)
                if then is not None:
                    ahead = _ahead(level, values[:origin, i], then, horizon)
                    errors[m, o, :, i] = padded[origin : origin + horizon, i] - ahead
    return now, errors


def _weights(combined: Array, others: Array) -> Array:
    """Weights of the other forecasts, models × n, from errors: origins × horizon × n, and models × that."""
    known = np.isfinite(combined) & np.isfinite(others).all(axis=0)
    one, gap = np.where(known, combined, 0.0), np.where(known, combined - others, 0.0)
    count = np.maximum(known.sum(axis=(0, 1)), 1)
    unit = np.maximum((one**2).sum(axis=(0, 1)) / count, 1e-12)  # each series in units of its own error
    own = np.einsum("ohn,aohn->an", one, gap) / count / unit
    size = np.einsum("aohn,bohn->abn", gap, gap) / count / unit
    origins = known.any(axis=1).sum(axis=0).astype(float)
    together = max(float(origins.sum()), 1e-12)
    all_own, all_size = (own * origins).sum(axis=-1) / together, (size * origins).sum(axis=-1) / together
    usual = _least(all_size + np.diag(np.diag(all_size)) * PRIOR_ORIGINS / together, all_own)
    found = np.zeros(own.shape)
    for i in np.nonzero(origins)[0]:
        drawn_own, drawn_size = all_size @ usual * SHRINKAGE, all_size * SHRINKAGE
        found[:, i] = _least(size[:, :, i] * origins[i] + drawn_size, own[:, i] * origins[i] + drawn_own)
    return found


def _least(size: Array, own: Array) -> Array:
    """Weights w of least w'Sw / 2 - w'o, none negative, brought to a sum of 1 where it is above."""
    ridge = 1e-9 * (1.0 + np.trace(size))  # two opinions may be one
    factor = np.linalg.cholesky(size + ridge * np.eye(len(size)))
    found, _ = nnls(factor.T, np.linalg.solve(factor, own))
    return np.asarray(found / max(float(found.sum()), 1.0))


def _model(level: str, values: Array) -> UnobservedComponents:
    return UnobservedComponents(np.log1p(np.maximum(values, 0.0)), level=level, autoregressive=1)


def _fit(level: str, values: Array, start: Array | None, rounds: int) -> Array | None:
    """Parameters by likelihood, from ``start`` where given; None where there is too little to fit, or it fails."""
    known = values[np.isfinite(values)]
    if len(known) < MIN_POINTS // 2 or np.ptp(known) == 0:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: the back-test judges what came out
        try:
            found = _model(level, values).fit(
                start_params=start, disp=False, maxiter=rounds, method="lbfgs", cov_type="none"
            )
        except (ValueError, np.linalg.LinAlgError):
            return None
    parameters = np.asarray(found.params, float)
    return parameters if np.isfinite(parameters).all() else None


def _ahead(level: str, values: Array, parameters: Array, horizon: int) -> Array:
    path = np.asarray(_model(level, values).filter(parameters, cov_type="none").forecast(horizon), float)
    highest = float(np.log1p(np.nanmax(np.maximum(values, 0.0)))) + LARGEST
    return np.expm1(np.clip(path, 0.0, highest))
