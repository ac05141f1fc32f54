"""Whether what people search for now tells what they want weeks later, and how much to make of it.

The combined forecast of a total is corrected by a distributed lag: the logarithm of its error h steps ahead is
regressed on how far searches of the last weeks lie from their usual level, and the total itself from its own (ridge;
one regression a step, windows that ended before the origin only). Forecasts from every week of the newer half are made
with and without searches. Searches are admitted where they lower the mean absolute error by MARGIN, and by
more than chance would: one-sided test of equal accuracy at 10 % (Diebold & Mariano 1995) with the critical values of
Kiefer & Vogelsang (2005), as forecasts over a long horizon overlap and usual values reject too often. Searches that are
noise cost accuracy, so far fewer than one in ten of them pass. Searches must beat both the combination alone and
its correction by the total's own past, so that they are not credited with momentum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forecasting import effects, engine

Array = NDArray[np.float64]
LAGS = ((0, 1), (1, 2), (2, 4), (4, 8))  # steps before the origin whose mean is one regressor
USUAL_STEPS = 26
FIRST_ORIGIN = 26
MIN_WINDOWS = 16  # to learn a correction from
MIN_TESTED = 16
MOST_ORIGINS = 104
ELASTICITY_SD = 0.5  # of a coefficient around none
MARGIN = 0.02
LARGEST = 0.7  # of the logarithm of a correction: at most a doubling or a halving
CRITICAL = (
    1.2816,
    1.3040,
    0.5135,
    -0.3386,
)  # Kiefer & Vogelsang, Bartlett kernel, 90 %: a cubic in bandwidth / origins


@dataclass(frozen=True)
class Lead:
    """What is said of one series; see Leads."""

    is_admitted: bool = False
    gain_pct: float = np.nan
    tested: int = 0


@dataclass(frozen=True)
class Leads:
    """Verdict per series, n each. ``factor`` (horizon × n) corrects the forecast, 1 where searches are not admitted.

    ``gain_pct`` is by how much searches lowered the error of ``tested`` earlier forecasts, negative where they raised
    it, nan where the history is too short to tell. ``unchecked`` is the factor whatever the verdict.
    """

    is_admitted: NDArray[np.bool_]
    gain_pct: Array
    tested: NDArray[np.int64]
    factor: Array
    unchecked: Array

    def of(self, i: int) -> Lead:
        """The verdict on series ``i``."""
        return Lead(bool(self.is_admitted[i]), float(self.gain_pct[i]), int(self.tested[i]))


def leads(values: Array, searches: Array, *, horizon: int, season: int = 1, regressors: Array | None = None) -> Leads:
    """Judge ``searches`` as leading indicator of ``values`` (both time × n, not negative, nan where missing).

    ``regressors`` are known days as in engine.forecast, taken out of both. Raises ValueError where shapes differ or
    the horizon is below 1.
    """
    if values.shape != searches.shape or horizon < 1:
        raise ValueError(
            f"values {values.shape} and searches {searches.shape} must match, horizon {horizon} be 1 or more"
        )
    steps, series = values.shape
    if regressors is not None:
        values = values / effects.estimate(values, regressors).factor[:steps]
        searches = searches / effects.estimate(searches, regressors).factor[:steps]
    origins = list(range(max(FIRST_ORIGIN, steps - MOST_ORIGINS), steps))
    if len(origins) < MIN_WINDOWS + MIN_TESTED:
        return _untested(horizon, series)
    errors = engine.forecast(values, horizon=horizon, season=season, origins=origins).errors
    if not len(errors):
        return _untested(horizon, series)
    began = np.logical_or.accumulate(np.nan_to_num(searches) > 0, axis=0)
    searches = np.where(began, searches, np.nan)  # before the first search none was recorded
    padded = np.vstack([values, np.full((horizon, series), np.nan)])
    actual = np.array([padded[o : o + horizon] for o in origins])
    ahead = np.maximum(actual - errors, 0.0)
    missed = np.log1p(actual) - np.log1p(ahead)
    own, searched = _momentum(values, [*origins, steps]), _momentum(searches, [*origins, steps])
    by_own = _corrections(missed, own)
    by_both = _corrections(missed, np.concatenate([own, searched], axis=2))
    actual = np.where(began.any(axis=0), actual, np.nan)  # nobody searches: nothing to judge
    return _judged(actual, ahead, by_own, by_both)


def _momentum(values: Array, origins: list[int]) -> Array:
    """Origins × n × lags: logarithm of the mean of each lag's steps less that of the usual level; 0 where not known."""
    found = np.zeros((len(origins), values.shape[1], len(LAGS)))
    for row, origin in enumerate(origins):
        usual = _log_mean(values[max(origin - USUAL_STEPS, 0) : origin])
        for k, (newest, oldest) in enumerate(LAGS):
            found[row, :, k] = _log_mean(values[max(origin - oldest, 0) : origin - newest]) - usual
    return np.where(np.isfinite(found), found, 0.0)


def _log_mean(values: Array) -> Array:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count > 0, np.log1p(np.maximum(mean, 0.0)), np.nan)


def _corrections(missed: Array, momentum: Array) -> Array:
    """(Origins + 1) × horizon × n corrections of the logarithm; nan where too few windows had ended by then.

    ``missed`` is origins × horizon × n; ``momentum`` has one more origin, the end of the history.
    """
    origins, horizon, series = missed.shape
    width = momentum.shape[2]
    found = np.full((origins + 1, horizon, series), np.nan)
    for h in range(horizon):
        known = np.isfinite(missed[:, h])
        x = momentum[:-1] * known[:, :, None]
        y = np.where(known, missed[:, h], 0.0)
        square = np.cumsum(np.einsum("onk,onl->onkl", x, x), axis=0)
        product = np.cumsum(x * y[:, :, None], axis=0)
        count, noise = np.cumsum(known, axis=0), np.cumsum(y**2, axis=0)
        ended = np.arange(origins + 1) - h - 1  # the newest window whose target lies before the origin
        usable = ended >= 0
        at = ended[usable]
        # errors h steps ahead share h - 1 of their steps with the next window: so many fewer speak for themselves
        ridge = (h + 1) * noise[at] / np.maximum(count[at], 1) / ELASTICITY_SD**2 + 1e-9
        slopes = np.linalg.solve(square[at] + ridge[:, :, None, None] * np.eye(width), product[at][..., None])[..., 0]
        path = np.clip(np.einsum("onk,onk->on", slopes, momentum[usable]), -LARGEST, LARGEST)
        found[usable, h] = np.where(count[at] >= MIN_WINDOWS, path, np.nan)
    return found


def _judged(actual: Array, ahead: Array, by_own: Array, by_both: Array) -> Leads:
    """Compare three forecasts of the same origins and steps: as they are, by own momentum, by searches too."""
    _, horizon, series = actual.shape
    known = np.isfinite(actual) & np.isfinite(ahead) & np.isfinite(by_both[:-1])
    count = known.sum(axis=1)

    def loss(correction: Array | float) -> Array:
        error = np.where(known, np.abs(actual - ahead * np.exp(correction)), 0.0)
        return np.asarray(error.sum(axis=1) / np.maximum(count, 1))

    plain, own, both = loss(0.0), loss(np.where(known, by_own[:-1], 0.0)), loss(np.where(known, by_both[:-1], 0.0))
    tested = count > 0
    number = tested.sum(axis=0)
    reference = np.where(own.sum(axis=0) < plain.sum(axis=0), own, plain)
    usual = reference.sum(axis=0)
    enough = (number >= MIN_TESTED) & (usual > 0)
    gain = np.where(enough, 1 - both.sum(axis=0) / np.where(usual > 0, usual, 1.0), np.nan)
    surely = np.zeros(series, bool)
    for i in np.nonzero(enough & (gain >= MARGIN))[0]:
        surely[i] = _is_beyond_chance((reference - both)[tested[:, i], i], overlap=horizon)
    last = by_both[-1]
    last = np.where(np.isfinite(last), last, 0.0)
    return Leads(
        is_admitted=surely,
        gain_pct=100 * gain,
        tested=np.where(enough, number, 0),
        factor=np.where(surely, np.exp(last), 1.0),
        unchecked=np.exp(last),
    )


def _is_beyond_chance(gains: Array, *, overlap: int) -> bool:
    """Whether the mean of ``gains`` (one per origin; ``overlap`` neighbours share what happened) is above 0 at 10 %."""
    n = len(gains)
    bandwidth = min(overlap, n // 2)
    rest = gains - gains.mean()
    variance = float(rest @ rest) / n
    for lag in range(1, bandwidth):
        variance += 2 * (1 - lag / bandwidth) * float(rest[lag:] @ rest[:-lag]) / n
    if variance <= 0:
        return bool(gains.mean() > 0)
    share = bandwidth / n
    critical = sum(a * share**power for power, a in enumerate(CRITICAL))
    return bool(gains.mean() / np.sqrt(variance / n) > critical)


def _untested(horizon: int, series: int) -> Leads:
    ones = np.ones((horizon, series))
    return Leads(np.zeros(series, bool), np.full(series, np.nan), np.zeros(series, np.int64), ones, ones)
