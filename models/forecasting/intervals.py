"""Quantiles from the back-test: what share of past errors of this kind of series lay within so many of its scales.

Split-conformal in spirit (Vovk, Gammerman & Shafer 2005; Stankevičiūtė, Alaa & van der Schaar 2021 for
horizons): an error is divided by the series' scale, its usual growth with the horizon and the series' own spread, where
that spread comes from origins a horizon or more apart, so the quotient is honest. Quantiles of the
quotient are taken over all series of the class. Few quotients (one short series): drawn to the normal curve.

Errors are not exchangeable over time: markets turn, and forecasts that were too low of late are more often so again.
So an error counts half as much as one that is a horizon newer, or an origin, if those are further apart
(Barber, Candès, Ramdas & Tibshirani 2023: weights that fall with age bound what coverage loses to a drift).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from models.forecasting import sparse

Array = NDArray[np.float64]
SPREAD_SHRINKAGE = (1e6, 60.0, 20.0, 8.0, 3.0, 1.0)  # origins that the class counts for; the first where none tells
PRIOR_COUNT = 30.0  # independent errors that the normal curve counts for


@dataclass(frozen=True)
class Spread:
    """``scale`` is horizon × n: the spread of errors a step ahead; ``multiple`` quantiles × horizon × n of it."""

    scale: Array
    multiple: Array


def calibrate(
    errors: Array,
    scales: Array,
    scale_now: Array,
    group: NDArray[np.int64],
    levels: Array,
    *,
    origins: tuple[int, ...],
) -> Spread:
    """Spread of each series' errors.

    ``errors`` is origins × horizon × n (actual less forecast, nan where not known), ``scales`` origins × n and
    ``scale_now`` n are what a usual one-step change was by then; ``levels`` are the
    quantiles asked for. ``origins`` are the steps that the forecasts were made from: where they are less than a horizon
    apart, they share what happened.
    """
    _, horizon, series = errors.shape
    distances = np.abs(np.subtract.outer(origins, origins))
    relative = errors / scales[:, None, :]
    growth = np.ones((horizon, series))
    multiple = np.zeros((len(levels), horizon, series))
    own = np.ones(series)
    for g in np.unique(group):
        here = group == g
        growth[:, here] = _growth(relative[:, :, here])[:, None]
        # what sells now and then may stop for good: there neighbours tell more than they give away
        apart = distances >= (1 if g >= sparse.FIRST_SPARSE else horizon)
        own[here], multiple[:, :, here] = _own_and_multiples(
            relative[:, :, here] / growth[None, :, here], levels, apart, distances
        )
    return Spread(scale=growth * (own * scale_now)[None, :], multiple=multiple)


def _growth(relative: Array) -> Array:
    """Root mean square error by step, never falling; where steps were not tested, with the square root of the step."""
    horizon = relative.shape[1]
    clipped = np.clip(relative, -20, 20)
    known = np.isfinite(clipped)
    count = known.sum(axis=(0, 2))
    steps = np.arange(1, horizon + 1)
    usual = np.sqrt(1 + 0.15 * (steps - 1))
    square = np.where(known, clipped, 0.0) ** 2
    total = square.sum(axis=(0, 2))
    base = total.sum() / max(float((count * usual**2).sum()), 1.0) if count.any() else 1.0
    mean = (total + PRIOR_COUNT * base * usual**2) / (count + PRIOR_COUNT)
    smooth = np.convolve(np.pad(mean, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    return np.maximum.accumulate(np.sqrt(np.maximum(smooth, 1e-12)))


def _overlap(distances: NDArray[np.int64], horizon: int) -> float:
    """How many horizons one stretch of time is part of, for origins so many steps apart."""
    if len(distances) < 2:
        return 1.0
    return max(horizon * (len(distances) - 1) / float(distances.max()), 1.0)


def _nearness(distances: NDArray[np.int64], horizon: int) -> Array:
    """Weights by steps between origins: a half where it is the horizon, or the usual gap if that is longer."""
    gap = distances.max(initial=0) / max(len(distances) - 1, 1)
    return np.asarray(np.exp2(-distances / max(horizon, gap)))


def _own_and_multiples(
    relative: Array, levels: Array, apart: NDArray[np.bool_], distances: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Each series' own spread (n) and quantiles × horizon × n of errors in units of it."""
    _, horizon, series = relative.shape
    nearness = _nearness(distances, horizon)
    newness = nearness[-1:].reshape(-1)
    known = np.isfinite(relative)
    square = np.minimum(np.where(known, relative, 0.0) ** 2, 100.0)
    count = known.sum(axis=1)  # origins × n
    tested = count > 0
    by_origin = np.where(tested, square.sum(axis=1) / np.maximum(count, 1), 0.0)
    total, number = newness @ by_origin, newness @ tested
    total_apart, number_apart = (apart * nearness) @ by_origin, (apart * nearness) @ tested
    best, least = SPREAD_SHRINKAGE[0], np.inf
    for shrink in SPREAD_SHRINKAGE:
        others = np.sqrt((total_apart + shrink) / (number_apart + shrink))
        loss = _pinball(relative / others[:, None, :])
        if loss < least:
            best, least = shrink, loss
    others = np.sqrt((total_apart + best) / (number_apart + best))
    quotient = relative / others[:, None, :]
    own = np.sqrt((total + best) / (number + best))
    multiples = np.empty((len(levels), horizon))
    overlap = _overlap(distances, horizon)
    for h in range(horizon):  # neighbouring steps lend their errors
        near = quotient[:, max(h - 1, 0) : h + 2]
        shock = _CommonShock.of(near)
        found = _quantiles(near, newness, shock.independent(overlap) * _evenness(newness), levels)
        multiples[:, h] = found * _wider(levels, shock.freedom(distances, h + 1))
    return own, np.repeat(multiples[:, :, None], series, axis=2)


def _pinball(quotient: Array) -> float:
    """Loss of normal 10 % and 90 % quantiles: least where the spread fits."""
    values = quotient[np.isfinite(quotient)]
    if not len(values):
        return np.inf
    high = 1.2816
    upper, lower = values - high, -values - high
    return float(np.mean(np.maximum(0.9 * upper, -0.1 * upper) + np.maximum(0.9 * lower, -0.1 * lower) + 0.0))


@dataclass(frozen=True)
class _CommonShock:
    """``share`` is what part of the variance errors of one origin have in common; ``total`` errors of ``origins``."""

    share: float
    total: float
    origins: int

    @classmethod
    def of(cls, quotient: Array) -> _CommonShock:
        """One-way analysis of variance (origins × steps × n, nan where not known)."""
        by_origin = quotient.reshape(len(quotient), -1)
        known = np.isfinite(by_origin)
        count = known.sum(axis=1)
        total, origins = float(count.sum()), int((count > 1).sum())
        if origins < 2:
            return cls(1.0, total, origins)
        filled = np.where(known, np.clip(by_origin, -5, 5), 0.0)
        means = filled.sum(axis=1) / np.maximum(count, 1)
        within = float((np.where(known, (filled - means[:, None]) ** 2, 0.0)).sum() / max(total - origins, 1.0))
        size = total / origins
        centre = float((count * means).sum() / total) if total else 0.0
        between = float((count * (means - centre) ** 2).sum() / size / (origins - 1)) - within / size
        return cls(min(max(between, 0.0) / max(between + within, 1e-12), 1.0), total, origins)

    def independent(self, overlap: float) -> float:
        """How many independent errors there are: what errs together at an origin counts less (Kish's design effect)."""
        if self.origins < 2:
            return min(self.total, float(max(self.origins, 1)))
        return self.total / (1 + (self.total / self.origins * overlap - 1) * self.share)

    def freedom(self, distances: NDArray[np.int64], step: int) -> float:
        """Degrees of freedom of the errors' variance, 1 or more (Satterthwaite 1946).

        The common part is known from the origins only. Errors ``step`` steps ahead from origins
        nearer than that share a part of what happened.
        """
        shared = float((np.maximum(1 - distances / step, 0.0) ** 2).sum(axis=1).mean())
        alone = max(self.total - self.origins, 1.0)
        return max(1 / (self.share**2 / max(self.origins, 1) + (1 - self.share) ** 2 / alone) / shared, 1.0)


def _wider(levels: Array, freedom: float) -> Array:
    """Quantiles of the t distribution over those of the normal: a spread known from few errors is itself not sure."""
    normal = ndtri(levels)
    return np.divide(stdtrit(freedom, levels), normal, out=np.ones_like(normal), where=normal != 0)


def _evenness(weights: Array) -> float:
    """Kish's effective number of weighted errors over their number: 1 where weights are even."""
    return float(weights.sum() ** 2 / (len(weights) * (weights**2).sum())) if len(weights) else 1.0


def _quantiles(values: Array, weights: Array, independent: float, levels: Array) -> Array:
    """Quantiles of ``values`` (origins × steps × n, nan where not known), drawn to normal ones; a weight per origin."""
    prior = ndtri(levels)
    known = np.isfinite(values)
    if not known.any():
        return np.asarray(prior)
    flat = values[known]
    order = np.argsort(flat)
    weight = np.repeat(weights, known.reshape(len(values), -1).sum(axis=1))[order]
    below = np.cumsum(weight)
    place = (below - weight / 2) / below[-1]
    trust = independent / (independent + PRIOR_COUNT)
    return np.asarray(trust * np.interp(levels, place, flat[order]) + (1 - trust) * prior)
