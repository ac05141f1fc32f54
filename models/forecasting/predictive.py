"""From calibrated errors to quantiles: on which scale do errors of this kind of series look alike?

Sales that double have errors that double, counts have errors that grow with the root, temperatures neither. So errors
are calibrated (intervals) as they are, of square roots and of logarithms, and each class of series takes the scale
whose quantiles would have cost least in its back-test (pinball loss). One choice of three for hundreds of errors is
hardly fitted to them. On a bent scale the lower end stays above zero where the series does, and the upper one is
further away: lopsided errors keep their side. Series that are mostly zero, and those with negative values, keep the
plain scale; where such a series is zero more than twice as often as a quantile's level says, that quantile is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.forecasting import intervals, sparse

Array = NDArray[np.float64]
OFFSET = 0.1  # added before a root or logarithm; series come with mean size 1
LARGEST_LOSS = 20.0  # usual changes; one wild error does not choose for all
SCALE_STEPS = 52
PRIOR_CHANGES = 13.0  # of a mostly zero series, that its class counts for in the usual change
ZERO_MARGIN = 2.0  # rates move: a median stays what errors make it


@dataclass(frozen=True)
class Form:
    """A scale: ``there``, and ``back`` again."""

    there: Callable[[Array], Array]
    back: Callable[[Array], Array]


PLAIN = Form(lambda y: y, lambda z: z)
BENT = (
    Form(lambda y: np.sqrt(np.maximum(y, 0.0) + OFFSET), lambda z: np.maximum(z, 0.0) ** 2 - OFFSET),
    Form(lambda y: np.log(np.maximum(y, 0.0) + OFFSET), lambda z: np.exp(np.minimum(z, 50.0)) - OFFSET),
)


@dataclass(frozen=True)
class Past:
    """The back-test from ``origins`` of ``values`` (time × n, of mean size 1, nan where missing).

    ``actual`` and ``forecast`` are origins × horizon × n, nan where not known.
    """

    values: Array
    origins: tuple[int, ...]
    actual: Array
    forecast: Array

    def of(self, here: NDArray[np.bool_]) -> Past:
        """That of some series."""
        actual, forecast = self.actual[:, :, here], self.forecast[:, :, here]
        return Past(self.values[:, here], self.origins, actual, forecast)


@dataclass(frozen=True)
class Prediction:
    """``quantiles`` is levels × horizon × n.

    ``covered`` (origins × horizon × n) is 1 where the actual value lay between the outer ones, 0 where not, nan where
    not known; ``loss`` likewise the pinball loss, in usual changes of the series.
    """

    quantiles: Array
    covered: Array
    loss: Array


def predict(past: Past, mean: Array, group: NDArray[np.int64], levels: tuple[float, ...]) -> Prediction:
    """Quantiles around ``mean`` (horizon × n); ``group`` is the demand class (n), ``levels`` ascend."""
    zeros = _share_of_zeros(past.values) * (group >= sparse.FIRST_SPARSE)
    is_zero = ZERO_MARGIN * np.array(levels)[:, None] < zeros
    found = _on(PLAIN, past, mean, group, levels, is_zero)
    may_bend = (group < sparse.FIRST_SPARSE) & np.asarray((np.nan_to_num(past.values) >= 0).all(axis=0))
    if not may_bend.any() or not len(past.origins):
        return found
    column = np.nonzero(may_bend)[0]
    part, classes = past.of(may_bend), group[may_bend]
    least = {g: _mean(found.loss[:, :, column[classes == g]]) for g in np.unique(classes)}
    for form in BENT:
        bent = _on(form, part, mean[:, may_bend], classes, levels, is_zero[:, may_bend])
        for g in least:
            here = classes == g
            loss = _mean(bent.loss[:, :, here])
            if loss < least[g]:
                least[g] = loss
                for name in ("quantiles", "covered", "loss"):
                    getattr(found, name)[:, :, column[here]] = getattr(bent, name)[:, :, here]
    return found


def _on(
    form: Form,
    past: Past,
    mean: Array,
    group: NDArray[np.int64],
    levels: tuple[float, ...],
    is_zero: NDArray[np.bool_],
) -> Prediction:
    """Prediction on one scale; quantiles that ``is_zero`` (levels × n) are none above zero, then as now."""
    values, forecast = form.there(past.values), form.there(past.forecast)
    errors = form.there(past.actual) - forecast
    now = usual_change(values, len(values), group)
    then = np.array([usual_change(values, origin, group) for origin in past.origins]).reshape(-1, values.shape[1])
    spread = intervals.calibrate(errors, then, now, group, np.array(levels), origins=past.origins)
    unit = usual_change(past.values, len(past.values))
    width = spread.multiple * spread.scale
    most = np.where(is_zero, 0.0, np.inf)
    known, loss = np.isfinite(errors), np.zeros(errors.shape)
    within = known.copy()
    for k, level in enumerate(levels):
        over = past.actual - np.minimum(form.back(forecast + width[k] * (then / now)[:, None, :]), most[k])
        loss += np.maximum(level * over, (level - 1) * over)
        if k == 0:
            within &= over >= 0
        if k == len(levels) - 1:
            within &= over <= 0
    return Prediction(
        quantiles=np.minimum(form.back(form.there(mean) + width), most[:, None]),
        covered=np.where(known, within, np.nan),
        loss=np.where(known, np.minimum(loss / unit, LARGEST_LOSS), np.nan),
    )


def _share_of_zeros(values: Array) -> Array:
    """Of the last year or so (n)."""
    recent = values[-SCALE_STEPS:]
    return np.asarray((recent == 0).sum(axis=0) / np.maximum(np.isfinite(recent).sum(axis=0), 1))


def usual_change(values: Array, steps: int, group: NDArray[np.int64] | None = None) -> Array:
    """Mean absolute change a step over the last year or so before ``steps``, never near 0 of what it usually is (n).

    With ``group``, that of mostly zero series is drawn to their class's (``values`` are of mean size 1).
    """
    change = np.abs(np.diff(values, axis=0))
    whole = _over_time(change)
    window = change[max(steps - 1 - SCALE_STEPS, 0) : max(steps - 1, 1)]
    recent = _over_time(window)
    if group is not None:
        recent = _drawn(recent, np.isfinite(window).sum(axis=0), group)
    return np.maximum(np.maximum(recent, 0.25 * whole), 0.02 * _over_time(np.abs(values)) + 1e-9)


def _drawn(change: Array, number: NDArray[np.int64], group: NDArray[np.int64]) -> Array:
    """The mean changes of mostly zero series drawn to their class's, as far as their ``number`` is small.

    The few sales of a short history say little of what is usual: the back-test's early origins would have errors of
    many scales that later ones have not, and intervals would be too wide.
    """
    found = change.copy()
    for g in np.unique(group[group >= sparse.FIRST_SPARSE]):
        here = group == g
        usual = (number[here] * change[here]).sum() / max(number[here].sum(), 1)
        found[here] = (number[here] * change[here] + PRIOR_CHANGES * usual) / (number[here] + PRIOR_CHANGES)
    return found


def _over_time(values: Array) -> Array:
    known = np.isfinite(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _mean(loss: Array) -> float:
    known = np.isfinite(loss)
    return float(loss[known].mean()) if known.any() else np.inf
