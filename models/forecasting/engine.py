"""Forecast many series with quantiles: candidates, rolling back-test, combination, calibrated spread.

Everything is an array of time × series; a night's features are one call. See docs/forecasting.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from models.forecasting import candidates, effects, outliers, pooled, predictive, sparse, weights
from models.forecasting.candidates import MIN_POINTS

Array = NDArray[np.float64]
QUANTILES = (0.1, 0.5, 0.9)
ORIGINS = 8
# of weeks ahead about the mean of one week, of items that sell 10 a week and more: 0.3 in a wholesaler's products, 0.5
# in a supermarket's categories, 0.7 in an online shop of gifts; three quarters of that about the mean of five weeks
SHORT_LOG_SD = 0.6
MOST_LOG_SD = 1.0  # beyond, a log-normal of the same mean has a lower nine tenths again


@dataclass(frozen=True)
class Forecasts:
    """Means (horizon × n), quantiles (levels × horizon × n) and how they came about.

    ``outliers`` (time × n) are values that the fits left out. ``mase``, ``naive_mase`` (seasonal naive, or naive) and
    ``coverage_pct`` are of the back-test, nan where it had no origin. ``errors`` is origins × horizon × n: actual less
    combined forecast.
    """

    mean: Array
    quantiles: Array
    model: tuple[str, ...]
    mase: Array
    naive_mase: Array
    coverage_pct: Array
    errors: Array
    outliers: NDArray[np.bool_]

    def of(self, columns: slice | NDArray[np.int64]) -> Forecasts:
        """Those of some of the series."""
        return Forecasts(
            mean=self.mean[:, columns],
            quantiles=self.quantiles[:, :, columns],
            model=tuple(np.array(self.model, object)[columns]),
            mase=self.mase[columns],
            naive_mase=self.naive_mase[columns],
            coverage_pct=self.coverage_pct[columns],
            errors=self.errors[:, :, columns],
            outliers=self.outliers[:, columns],
        )


def forecast(
    values: Array,
    *,
    horizon: int,
    season: int = 1,
    levels: tuple[float, ...] = QUANTILES,
    regressors: Array | None = None,
    origins: list[int] | None = None,
) -> Forecasts:
    """Forecast ``horizon`` steps of every column of ``values`` (time × n; nan where missing or censored).

    The last row is the newest step of all series; series that began later have nan before. A
    series without negative values gets no negative forecast. Any length from 0 works, and so do constants
    and zeros. ``regressors`` (see effects.estimate) cover the values and the steps ahead. ``origins`` are the lengths
    of history that the back-test forecasts from, ascending; origins_of gives the usual ones. Raises ValueError where
    horizon or season is below 1 or the regressors end too early.
    """
    if horizon < 1 or season < 1:
        raise ValueError(f"horizon and season must be at least 1, found {horizon} and {season}")
    values = np.asarray(values, float)
    if regressors is not None:
        return _with_effects(values, regressors, horizon=horizon, season=season, levels=levels, origins=origins)
    known = np.isfinite(values).sum(axis=0)
    varies = np.zeros(values.shape[1], bool)
    if len(values):
        some = known > 0
        varies[some] = np.nanmax(values[:, some], axis=0) > np.nanmin(values[:, some], axis=0)
    if origins is None:
        origins = origins_of(len(values), horizon)
    rich = (known >= MIN_POINTS) & varies & bool(origins)  # without a back-test nothing is known of errors
    plain = _plain(values[:, ~rich], horizon, levels)
    if not rich.any():
        return plain
    unit = np.nanmean(np.abs(values[:, rich]), axis=0)  # fits stop by absolute tolerances
    found = _fitted(values[:, rich] / unit, origins, horizon, season, levels)
    scaled = replace(found, mean=found.mean * unit, quantiles=found.quantiles * unit, errors=found.errors * unit)
    return _scatter(scaled, plain, rich)


def _with_effects(
    values: Array,
    regressors: Array,
    *,
    horizon: int,
    season: int,
    levels: tuple[float, ...],
    origins: list[int] | None,
) -> Forecasts:
    """Take what the regressors explain out, forecast the rest, put it back with what is not known of it."""
    if len(regressors) < len(values) + horizon:
        raise ValueError(f"regressors have {len(regressors)} rows, needed are {len(values) + horizon}")
    effect = effects.estimate(values, regressors[: len(values) + horizon])
    found = forecast(
        values / effect.factor[: len(values)], horizon=horizon, season=season, levels=levels, origins=origins
    )
    factor, log_sd = effect.factor[len(values) :], effect.log_sd[len(values) :]
    normal = ndtri(np.array(levels))[:, None, None]
    away = found.quantiles - found.mean
    more = np.hypot(away, found.mean * np.expm1(normal * log_sd)) - np.abs(away)
    wider = found.quantiles + np.sign(normal) * more
    quantiles = np.where(log_sd > 0, np.maximum(wider, 0.0), found.quantiles)
    return replace(found, mean=found.mean * factor, quantiles=quantiles * factor)


def origins_of(steps: int, horizon: int) -> list[int]:
    """Lengths of history that the back-test forecasts from: at most ORIGINS, the oldest first."""
    last = steps - horizon
    first = max(MIN_POINTS + 3, steps // 2)
    if last < first + ORIGINS // 2:  # short history: also forecast less than the whole horizon
        first, last = max(MIN_POINTS + 1, min(first, steps // 2)), steps - max(1, min(horizon, steps // 6))
    if last < first:
        return []
    return sorted({int(origin) for origin in np.linspace(first, last, ORIGINS)})


def _fitted(values: Array, origins: list[int], horizon: int, season: int, levels: tuple[float, ...]) -> Forecasts:
    steps, series = values.shape
    group = sparse.demand_class(values)
    is_sparse = group >= sparse.FIRST_SPARSE
    tamed, wild = outliers.tamed(values, is_sparse)
    stacked, tested = _candidates(tamed, is_sparse, origins, horizon, season)
    padded = np.vstack([values, np.full((horizon, series), np.nan)])
    actual = np.array([padded[o : o + horizon] for o in origins]).reshape(-1, horizon, series)
    scale = predictive.usual_change(values, steps)
    combined = weights.combine((actual[None] - tested) / scale, np.asarray(np.isfinite(stacked).all(axis=1)), group)
    share = combined.weights
    mean = _mix(stacked, share)
    errors = actual.copy()
    for o in range(len(origins)):
        errors[o] -= _mix(tested[:, o], combined.held_out[o])
    floor = np.where(np.nanmin(values, axis=0) >= 0, 0.0, -np.inf)
    mean = np.maximum(mean, floor)
    past = predictive.Past(values, tuple(origins), actual, np.maximum(actual - errors, floor))
    found = predictive.predict(past, mean, group, levels)
    cycle = season if 1 < season < steps else 1
    usual = np.maximum(_nanmean(np.abs(values[cycle:] - values[:-cycle])), 1e-9)
    naive = [candidates.seasonal_naive(values[:origin], horizon, cycle) for origin in origins]
    return Forecasts(
        mean=mean,
        quantiles=np.maximum(found.quantiles, floor),
        model=tuple(_name(share[:, i]) for i in range(series)),
        mase=_mean_or_nan(np.abs(errors)) / usual,
        naive_mase=_mean_or_nan(np.abs(actual - np.array(naive).reshape(actual.shape))) / usual,
        coverage_pct=100 * _mean_or_nan(found.covered),
        errors=errors,
        outliers=wild,
    )


def _candidates(
    values: Array, is_sparse: NDArray[np.bool_], origins: list[int], horizon: int, season: int
) -> tuple[Array, Array]:
    """Every candidate from the end (candidates × horizon × n) and from each origin (candidates × origins × …)."""
    series = values.shape[1]
    learnt = None
    if series >= pooled.MIN_SERIES:
        learnt = pooled.PooledRegression.of(values, horizon=horizon)
    tested = np.full((len(candidates.NAMES), len(origins), horizon, series), np.nan)
    fits = None  # each origin starts from the fits of the one before, so that none knows what is to come
    for o, origin in enumerate(origins):
        history = np.isfinite(values[:origin]).sum(axis=0) >= MIN_POINTS
        ahead, fits = candidates.forecasts(
            values[:origin],
            is_sparse,
            horizon=horizon,
            season=season,
            learnt=learnt,
            warm=fits,
            most_steps=candidates.FIRST_FIT_STEPS,
        )
        tested[:, o] = np.where(history, _stack(ahead, horizon, series), np.nan)
    now, _ = candidates.forecasts(
        values, is_sparse, horizon=horizon, season=season, learnt=learnt, most_steps=candidates.LAST_FIT_STEPS
    )
    return _stack(now, horizon, series), tested


def _stack(found: dict[str, Array], horizon: int, series: int) -> Array:
    missing = np.full((horizon, series), np.nan)
    return np.stack([found.get(name, missing) for name in candidates.NAMES])


def _mix(paths: Array, share: Array) -> Array:
    """Weighted mean over candidates (first axis); those not known there leave their weight to the others."""
    known = np.isfinite(paths)
    wide = share.reshape(share.shape[0], *([1] * (paths.ndim - 2)), share.shape[1]) * known
    total = wide.sum(axis=0)
    mixed = (wide * np.where(known, paths, 0.0)).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, mixed, np.nan))


def _nanmean(values: Array) -> Array:
    known = np.isfinite(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _mean_or_nan(values: Array) -> Array:
    """Mean over origins and steps of what is known (origins × horizon × n), nan where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=(0, 1))
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=(0, 1)) / np.maximum(count, 1), np.nan)


def _name(share: Array) -> str:
    """The candidates that matter, the heaviest first."""
    order = [k for k in np.argsort(-share, kind="stable") if share[k] >= 0.2] or [int(np.argmax(share))]
    return "+".join(candidates.NAMES[k] for k in order)


def _plain(values: Array, horizon: int, levels: tuple[float, ...]) -> Forecasts:
    """Constants, and series of too few values to test a forecast on: their mean, with a width that says how little is
    known. Without negative values it is log-normal about that mean, so that sums of many are not skewed upwards."""
    series = values.shape[1]
    mean = np.repeat(_nanmean(values)[None, :], horizon, axis=0)
    known = np.isfinite(values).sum(axis=0)
    varies = 1.25 * _nanmean(np.abs(values - mean[0])) if len(values) else np.zeros(series)  # of the normal's deviation
    few = SHORT_LOG_SD * np.sqrt((1 + 1 / np.maximum(known, 1)) / 2)
    relative = np.maximum(few, np.divide(varies, np.abs(mean[0]), out=np.zeros(series), where=mean[0] != 0))
    is_constant = (known >= MIN_POINTS) & (varies == 0)
    log_sd = np.where(is_constant, 0.0, relative) * np.sqrt(1 + 0.1 * np.arange(horizon))[:, None]
    log_sd = np.minimum(log_sd, MOST_LOG_SD)
    normal = ndtri(np.array(levels))[:, None, None]
    lognormal = mean[None] * np.exp(normal * log_sd[None] - log_sd[None] ** 2 / 2)
    symmetric = mean[None] + normal * (log_sd * np.abs(mean[0]))[None]
    is_positive = (np.nan_to_num(values) >= 0).all(axis=0) if len(values) else np.ones(series, bool)
    quantiles = np.where(is_positive, lognormal, symmetric)
    empty = np.full(series, np.nan)
    return Forecasts(
        mean=mean,
        quantiles=quantiles,
        model=("mean",) * series,
        mase=empty,
        naive_mase=empty,
        coverage_pct=empty,
        errors=np.full((0, horizon, series), np.nan),
        outliers=np.zeros(values.shape, bool),
    )


def _scatter(fitted: Forecasts, plain: Forecasts, rich: NDArray[np.bool_]) -> Forecasts:
    """One result in the order of the columns."""
    position = np.empty(len(rich), int)
    position[rich], position[~rich] = np.arange(rich.sum()), rich.sum() + np.arange((~rich).sum())

    def joined(one: Array, other: Array) -> Array:
        return np.concatenate([one, other], axis=-1)[..., position]

    missing = np.full((*fitted.errors.shape[:2], plain.mean.shape[1]), np.nan)
    names = fitted.model + plain.model
    return Forecasts(
        mean=joined(fitted.mean, plain.mean),
        quantiles=joined(fitted.quantiles, plain.quantiles),
        model=tuple(names[i] for i in position),
        mase=joined(fitted.mase, plain.mase),
        naive_mase=joined(fitted.naive_mase, plain.naive_mase),
        coverage_pct=joined(fitted.coverage_pct, plain.coverage_pct),
        errors=joined(fitted.errors, missing),
        outliers=np.concatenate([fitted.outliers, plain.outliers], axis=1)[:, position],
    )
