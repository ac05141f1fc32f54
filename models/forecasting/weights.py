"""Weights of the combination: what the rolling back-test says of each series, drawn to what it says of all.

The weights of a series are those, not negative and adding to one, of least squared back-test error (Granger
& Ramanathan 1984, constrained). Eight origins of one series say little of eleven candidates, so its
matrix of error products is shrunk to that of its demand class, and how far is chosen by what
predicts one half of the origins best from the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SHRINKAGE = (16.0, 64.0, np.inf)  # origins that the class counts for; the first where there is too little to choose by
EVENNESS = (0.3, 0.03)  # of the mean squared error, added for uneven weights
ITERATIONS = 60
MIN_SERIES = 5
FOLDS = 2
LARGEST = 6.0  # scales; one wild error does not choose for all


@dataclass(frozen=True)
class Combination:
    """``weights`` is candidates × n, columns add to 1.

    ``held_out`` is origins × candidates × n: weights that errors of that origin had no part in, for honest intervals.
    """

    weights: Array
    held_out: Array


def combine(errors: Array, available: NDArray[np.bool_], group: NDArray[np.int64]) -> Combination:
    """Weights of every series.

    ``errors`` is candidates × origins × horizon × n, in units of each series' own scale, nan where not known;
    ``available`` is candidates × n: the candidate has a forecast now; ``group`` is the demand class.
    """
    errors = _neutral(errors)
    folds = np.arange(errors.shape[1]) * FOLDS // max(errors.shape[1], 1)  # halves: neighbours overlap
    used = np.unique(folds)
    parts = [_Products.of(errors[:, folds == fold]) for fold in used]
    whole = _Products.of(errors[:, :0]).joined(*parts)
    best: tuple[float, float] | None = None
    least, held_out = np.inf, np.empty((errors.shape[1], *available.shape))
    known = np.where(np.isfinite(errors), errors, 0.0)
    settings = [(shrink, even) for shrink in SHRINKAGE for even in EVENNESS]
    for setting in settings if (whole.origins >= FOLDS).sum() >= MIN_SERIES else settings[:1]:
        found = np.empty_like(held_out)
        for i, fold in enumerate(used):
            others = _Products.of(errors[:, :0]).joined(*parts[:i], *parts[i + 1 :])
            found[folds == fold] = others.weights(available, group, setting)
        combined = np.einsum("kohn,okn->ohn", known, found)
        loss = float(np.mean(np.minimum(combined**2, LARGEST**2))) if len(used) else 0.0
        if loss < least:
            best, least, held_out = setting, loss, found
    return Combination(whole.weights(available, group, best or settings[0]), held_out)


def _neutral(errors: Array) -> Array:
    """A candidate that could not be had at an origin counts as the mean of the others there.

    Left out, it would be judged on other origins than they are. (Candidates a series never has get no weight anyway.)
    """
    known = np.isfinite(errors)
    mean = np.where(known, errors, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    mean = np.where(known.any(axis=0), mean, np.nan)
    return np.where(known, errors, mean[None])


@dataclass(frozen=True)
class _Products:
    """Sums of error products of candidate pairs (k × k × n), how many values each rests on, and origins (n each)."""

    sums: Array
    counts: Array
    origins: Array

    @classmethod
    def of(cls, errors: Array) -> _Products:
        known = np.isfinite(errors)
        k, origins, horizon, n = errors.shape
        flat = np.where(known, errors, 0.0).reshape(k, origins * horizon, n)
        sums = np.empty((k, k, n))
        for i in range(k):
            for j in range(i + 1):
                sums[i, j] = sums[j, i] = np.einsum("tn,tn->n", flat[i], flat[j])
        counts = known.any(axis=0).sum(axis=(0, 1)).astype(float)  # neutral: all candidates or none
        return cls(sums, counts, known.any(axis=(0, 2)).sum(axis=0).astype(float))

    def joined(self, *others: _Products) -> _Products:
        """Those of several sets of origins."""
        sets = (self, *others)
        return _Products(
            sum((one.sums for one in others), self.sums),
            np.sum([one.counts for one in sets], axis=0),
            np.sum([one.origins for one in sets], axis=0),
        )

    def weights(self, available: NDArray[np.bool_], group: NDArray[np.int64], setting: tuple[float, float]) -> Array:
        """Candidates × n: the products of a series drawn to its group's, by (shrinkage, evenness)."""
        shrink, even = setting
        found = np.empty(available.shape)
        for g in np.unique(group):
            here = group == g
            usual = self.sums[:, :, here].sum(axis=2, keepdims=True) / max(self.counts[here].sum(), 1)
            if np.isinf(shrink):  # one problem for all that have the same candidates
                candidates, row = np.unique(available[:, here], axis=1, return_inverse=True)
                mixed = np.repeat(usual, candidates.shape[1], axis=2)
                found[:, here] = _simplex(_evened(mixed, even), candidates)[:, row]
                continue
            own = self.sums[:, :, here] / np.maximum(self.counts[here], 1)
            trust = self.origins[here] / (self.origins[here] + shrink)
            mixed = trust * own + (1 - trust) * usual
            found[:, here] = _simplex(_evened(mixed, even), available[:, here])
        return found


def _evened(matrix: Array, even: float) -> Array:
    """The matrices (k × k × n) with ``even`` of their mean diagonal added to it, in units of that mean."""
    mean = np.maximum(np.einsum("kkn->n", matrix) / len(matrix), 1e-12)
    return np.asarray(matrix / mean + even * np.eye(len(matrix))[:, :, None])


def _simplex(matrix: Array, available: NDArray[np.bool_]) -> Array:
    """Weights w of least w'Mw on the simplex, k × n: exponentiated gradient steps from even weights."""
    some = available.any(axis=1)
    found = np.zeros(available.shape)
    matrix, available = np.ascontiguousarray(matrix[some][:, some]), available[some]
    weights = available / np.maximum(available.sum(axis=0), 1)
    for _ in range(ITERATIONS):
        slope = np.einsum("kln,ln->kn", matrix, weights)
        slope -= np.einsum("kn,kn->n", weights, slope)
        weights = weights * np.exp(-np.clip(slope, -4, 4))
        weights /= np.maximum(weights.sum(axis=0), 1e-300)
    found[some] = weights
    return found
