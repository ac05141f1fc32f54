"""Every candidate's forecast from one origin, for many series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forecasting import pooled, recursion, seasonality, smoothing, sparse, theta

Array = NDArray[np.float64]
LONGEST_SEASON = 24  # seasonal states of a longer cycle would outnumber what two cycles can tell
MIN_POINTS = 5
NAMES = ("naive", "seasonal_naive", "mean", "ses", "damped", "theta", "ets_seasonal", "pooled", "sba", "tsb", "adida")
MEAN_STEPS = 13
FIRST_FIT_STEPS, REFIT_STEPS, LAST_FIT_STEPS = 6, 2, 8  # at the first origin, at the others, from the end


@dataclass(frozen=True)
class Fits:
    """Models of one origin; those of the whole series are where earlier origins start from.

    ``damped``, ``theta`` and ``ets_seasonal`` are of the regular series only.
    """

    ses: smoothing.Smoothing
    damped: smoothing.Smoothing | None
    theta: theta.Theta | None
    ets_seasonal: smoothing.Smoothing | None


def seasonal_form(season: int, points: int) -> recursion.Form | None:
    """The seasonal model where two cycles and a bit are there to learn its states from."""
    if 1 < season <= LONGEST_SEASON and points >= 2 * season + 4:
        return recursion.Form(has_trend=True, season=season)
    return None


def forecasts(
    values: Array,
    is_sparse: NDArray[np.bool_],
    *,
    horizon: int,
    season: int,
    learnt: pooled.PooledRegression | None,
    warm: Fits | None = None,
    most_steps: int = smoothing.MAX_STEPS,
) -> tuple[dict[str, Array], Fits]:
    """Candidate → horizon × n means of the steps after ``values`` (time × n; nan where missing).

    ``is_sparse`` decides which candidates a series has (n); where one does not apply it is nan. Every column
    needs MIN_POINTS values, of which one differs; see engine.
    """
    found_season = seasonality.estimate(values, season)
    plain = found_season.remove(values)
    regular = ~is_sparse
    steps = REFIT_STEPS if warm else most_steps
    fits = Fits(
        ses=smoothing.fit(plain, recursion.Form(), warm=warm.ses if warm else None, steps=steps),
        damped=_fit(plain[:, regular], recursion.Form(has_trend=True), warm.damped if warm else None, steps),
        theta=theta.fit(plain[:, regular], warm=warm.theta if warm else None, steps=steps) if regular.any() else None,
        ets_seasonal=_fit(
            values[:, regular],
            seasonal_form(season, len(values)),
            warm.ets_seasonal if warm else None,
            steps if warm and warm.ets_seasonal else most_steps,
        ),
    )
    found = {
        "mean": found_season.add(_flat(_recent_mean(plain), horizon)),
        "ses": found_season.add(fits.ses.forecast(horizon)),
    }
    if learnt is not None:
        found["pooled"] = learnt.forecast(len(values), horizon)  # learnt with the season in
    add = found_season.of(regular).add
    some = {
        "naive": lambda: add(_flat(_last(plain[:, regular]), horizon)),
        "seasonal_naive": lambda: seasonal_naive(values[:, regular], horizon, season),
        "damped": lambda: add(fits.damped.forecast(horizon)) if fits.damped else None,
        "theta": lambda: add(fits.theta.forecast(horizon)) if fits.theta else None,
        "ets_seasonal": lambda: fits.ets_seasonal.forecast(horizon) if fits.ets_seasonal else None,
    }
    for name, ahead in some.items():
        found[name] = _spread(ahead() if regular.any() else None, regular, horizon)
    for name, model in (("sba", sparse.sba), ("tsb", sparse.tsb), ("adida", sparse.adida)):
        found[name] = _spread(
            _flat(model(values[:, is_sparse]), horizon) if is_sparse.any() else None, is_sparse, horizon
        )
    return found, fits


def _fit(
    values: Array,
    form: recursion.Form | None,
    warm: smoothing.Smoothing | None,
    steps: int,
) -> smoothing.Smoothing | None:
    """None where there is no series or no form."""
    if form is None or not values.shape[1]:
        return None
    return smoothing.fit(values, form, warm=warm, steps=steps)


def _spread(part: Array | None, here: NDArray[np.bool_], horizon: int) -> Array:
    """Forecasts of some series in the place of all; nan for the others."""
    whole = np.full((horizon, len(here)), np.nan)
    if part is not None:
        whole[:, here] = part
    return whole


def _flat(level: Array, horizon: int) -> Array:
    return np.repeat(level[None, :], horizon, axis=0)


def _last(values: Array) -> Array:
    known = np.isfinite(values)
    row = len(values) - 1 - known[::-1].argmax(axis=0)
    return np.asarray(np.take_along_axis(values, row[None, :], axis=0)[0])


def _recent_mean(values: Array) -> Array:
    """Mean of the last MEAN_STEPS values that are known, or of all where those are missing."""
    known = np.isfinite(values)
    late = known[-MEAN_STEPS:].any(axis=0)
    chosen = known & ((np.arange(len(values))[:, None] >= len(values) - MEAN_STEPS) | ~late)
    return np.asarray(np.where(chosen, values, 0.0).sum(axis=0) / np.maximum(chosen.sum(axis=0), 1))


def seasonal_naive(values: Array, horizon: int, season: int) -> Array:
    """The value one cycle before; nan where there is no whole cycle. Without a season, the last value."""
    if season < 2:
        return _flat(_last(values), horizon)
    if len(values) < season:
        return np.full((horizon, values.shape[1]), np.nan)
    return np.asarray(values[len(values) - season + np.arange(horizon) % season])
