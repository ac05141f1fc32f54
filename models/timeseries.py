"""Forecast one positive series with quantiles: a pool of models, a rolling back-test that picks.

Pool: naive, seasonal naive (the baselines), ETS with damped trend (statsmodels ETSModel), Theta
(Assimakopoulos & Nikolopoulos 2000, statsmodels ThetaModel), and the mean of ETS and
Theta. Festival effects are regressed out of the logarithms first (ridge) and put back.
Intervals come from the relative errors of the back-test, per step, widened with the
square root of the step where few origins were left.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

Array = NDArray[np.float64]
Model = Callable[[Array, int, int], Array]

MAX_ORIGINS = 6
FESTIVAL_RIDGE = 0.5
QUANTILES = (0.1, 0.5, 0.9)
_Z = tuple(float(norm.ppf(q)) for q in QUANTILES)


@dataclass(frozen=True)
class Forecast:
    """``quantiles`` is steps × (p10, p50, p90); ``log_sd`` the standard deviation of ln(actual / mean) per step.

    ``total_log_sd`` is the same for the sum over all steps. ``mase`` and ``coverage_pct`` are the picked
    model's in the back-test (nan where the series is too short for one).
    """

    mean: Array
    quantiles: Array
    log_sd: Array
    total_log_sd: float
    model: str
    mase: float
    coverage_pct: float
    seasonal_naive_mase: float
    origins: int


def forecast(
    series: Array,
    *,
    horizon: int,
    season: int,
    regressors: Array | None = None,
    future_regressors: Array | None = None,
    models: tuple[str, ...] | None = None,
) -> Forecast:
    """Forecast ``horizon`` steps of a non-negative series, last value first in time order.

    ``season`` is the number of steps in a cycle (1: none). ``regressors`` are steps × k, for festivals.
    Works on any length from 0, on constants, zeros and gaps (nan counts as missing).
    Raises ValueError where the horizon is below 1.
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1, found {horizon}")
    values = np.maximum(_fill_gaps(np.asarray(series, float)), 0.0)
    effect, future_effect = _festival_effect(values, regressors, future_regressors, horizon)
    plain = values / effect
    names = models or _candidates(len(values), season)
    test = _BackTest.run(plain, values, effect, horizon=horizon, season=season, names=names)
    best = test.best()
    mean = np.maximum(_MODELS[best](plain, horizon, season), 0.0) * future_effect
    log_sd, total_log_sd = test.spread(best, values, horizon)
    quantiles = mean[:, None] * np.exp(log_sd[:, None] * np.array(_Z)[None, :])
    return Forecast(
        mean=mean,
        quantiles=quantiles,
        log_sd=log_sd,
        total_log_sd=total_log_sd,
        model=best,
        mase=test.mase.get(best, np.nan),
        coverage_pct=test.coverage_pct(best, log_sd),
        seasonal_naive_mase=test.mase.get("seasonal_naive", np.nan),
        origins=len(test.origins),
    )


def naive(values: Array, horizon: int, season: int) -> Array:
    """The mean of the last four values, flat."""
    return np.full(horizon, float(values[-4:].mean()) if len(values) else 0.0)


def seasonal_naive(values: Array, horizon: int, season: int) -> Array:
    """The value one cycle earlier; the naive one where there is no whole cycle."""
    if season < 2 or len(values) < season:
        return naive(values, horizon, season)
    last = values[-season:]
    return np.asarray(last[np.arange(horizon) % season])


def ets(values: Array, horizon: int, season: int) -> Array:
    """ETS(A, Ad, N or A) on ln(1 + y), parameters and initial states by maximum likelihood."""
    if len(values) < 8 or np.ptp(values) == 0:
        return naive(values, horizon, season)
    seasonal = "add" if season > 1 and len(values) >= 2 * season + 4 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = ETSModel(
            np.log1p(values),
            error="add",
            trend="add",
            damped_trend=True,
            seasonal=seasonal,
            seasonal_periods=season if seasonal else None,
        ).fit(disp=False, maxiter=200)
        path = np.asarray(fitted.forecast(horizon))
    return _back_from_log(path, values)


def theta(values: Array, horizon: int, season: int) -> Array:
    """Theta method on ln(1 + y), deseasonalised where two cycles are there."""
    if len(values) < 8 or np.ptp(values) == 0:
        return naive(values, horizon, season)
    has_season = season > 1 and len(values) >= 2 * season + 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ThetaModel(
            np.log1p(values),
            period=season if has_season else 1,
            deseasonalize=has_season,
            use_test=False,
            method="additive",
        )
        path = np.asarray(model.fit().forecast(horizon))
    return _back_from_log(path, values)


def ets_theta(values: Array, horizon: int, season: int) -> Array:
    """Mean of ETS and Theta, the simple combination that is hard to beat."""
    return 0.5 * (ets(values, horizon, season) + theta(values, horizon, season))


_MODELS: dict[str, Model] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "ets": ets,
    "theta": theta,
    "ets_theta": ets_theta,
}


def _candidates(length: int, season: int) -> tuple[str, ...]:
    if length < 8:
        return ("naive",)
    return ("naive", "ets", "theta", "ets_theta") + (("seasonal_naive",) if 1 < season <= length else ())


def _back_from_log(path: Array, values: Array) -> Array:
    """Back from ln(1 + y), held within three times the range seen: a trend on logs can explode."""
    high = 3.0 * float(values.max())
    return np.clip(np.nan_to_num(np.expm1(np.minimum(path, 50.0)), nan=float(values.mean())), 0.0, high)


def _fill_gaps(values: Array) -> Array:
    missing = ~np.isfinite(values)
    if not missing.any():
        return values
    if missing.all():
        return np.zeros(len(values))
    index = np.arange(len(values))
    return np.interp(index, index[~missing], values[~missing])


def _festival_effect(
    values: Array, regressors: Array | None, future: Array | None, horizon: int
) -> tuple[Array, Array]:
    """Multiplicative effect per step, past and future: ridge of detrended logarithms on the regressors."""
    nothing = np.ones(len(values)), np.ones(horizon)
    if regressors is None or future is None or len(values) < 16 or not regressors.any():
        return nothing
    logarithm = np.log1p(values)
    width = 9
    padded = np.pad(logarithm, width // 2, mode="edge")
    level = np.array([np.median(padded[i : i + width]) for i in range(len(values))])
    inverse = np.linalg.inv(regressors.T @ regressors + FESTIVAL_RIDGE * np.eye(regressors.shape[1]))
    slope = inverse @ regressors.T @ (logarithm - level)
    return np.exp(np.clip(regressors @ slope, -3, 3)), np.exp(np.clip(future[:horizon] @ slope, -3, 3))


@dataclass(frozen=True)
class _BackTest:
    """Errors of every model from rolling origins; ``log_errors[model]`` is origins × steps of ln(actual / forecast)."""

    origins: tuple[int, ...]
    log_errors: dict[str, Array]
    total_errors: dict[str, Array]
    mase: dict[str, float]

    @classmethod
    def run(
        cls, plain: Array, values: Array, effect: Array, *, horizon: int, season: int, names: tuple[str, ...]
    ) -> _BackTest:
        first = max(12, len(values) // 3)
        last = len(values) - horizon
        if last < first:
            return cls((), {name: np.zeros((0, horizon)) for name in names}, {n: np.zeros(0) for n in names}, {})
        origins = tuple(sorted({int(o) for o in np.linspace(first, last, MAX_ORIGINS)}))
        log_errors: dict[str, Array] = {}
        totals: dict[str, Array] = {}
        mase: dict[str, float] = {}
        scale = max(float(np.mean(np.abs(np.diff(values)))), 1e-9)
        for name in names:
            rows, absolute, total = [], [], []
            for origin in origins:
                path = np.maximum(_MODELS[name](plain[:origin], horizon, season), 0.0)
                path = path * effect[origin : origin + horizon]
                actual = values[origin : origin + horizon]
                rows.append(np.log((actual + 1.0) / (path + 1.0)))
                total.append(np.log((actual.sum() + 1.0) / (path.sum() + 1.0)))
                absolute.append(np.mean(np.abs(actual - path)))
            log_errors[name], totals[name] = np.array(rows), np.array(total)
            mase[name] = float(np.mean(absolute)) / scale
        return cls(origins, log_errors, totals, mase)

    def best(self) -> str:
        """Lowest scaled error; the simple combination where nothing could be tested."""
        if self.mase:
            return min(self.mase, key=lambda name: (self.mase[name], name))
        return "ets_theta" if "ets_theta" in self.log_errors else next(iter(self.log_errors))

    def spread(self, name: str, values: Array, horizon: int) -> tuple[Array, float]:
        """Standard deviation of log errors per step (never falling with the step) and of the total."""
        errors = self.log_errors[name]
        steps = np.sqrt(np.arange(1, horizon + 1))
        is_count = bool(np.all(values == np.round(values)))  # only counts have the noise of counting
        counts = 1.0 / np.sqrt(max(float(values[-8:].mean()), 1.0)) if is_count and len(values) else 0.0
        if len(errors) == 0:
            steady = np.diff(np.log1p(values)).std() if len(values) > 2 else 0.5
            per_step = np.maximum(np.clip(steady, 0.1, 1.0) * np.sqrt(steps), counts)
            return per_step, float(max(per_step[-1] * 0.8, 0.15))
        pooled = np.sqrt(np.mean(errors**2, axis=0))
        smooth = np.maximum.accumulate(np.convolve(np.pad(pooled, 1, mode="edge"), np.ones(3) / 3, mode="valid"))
        widen = np.sqrt(1 + 2 / len(errors))  # few origins: the estimate itself is uncertain
        total = float(np.sqrt(np.mean(self.total_errors[name] ** 2))) * widen
        return np.maximum(smooth * widen, counts), max(total, counts / np.sqrt(horizon), 0.03)

    def coverage_pct(self, name: str, log_sd: Array) -> float:
        errors = self.log_errors[name]
        if len(errors) == 0:
            return float("nan")
        return float(100.0 * np.mean(np.abs(errors) <= _Z[2] * log_sd[None, :]))
