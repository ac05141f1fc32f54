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
    whole = _Products.of(errors)
    folds = np.arange(errors.shape[1]) * FOLDS // max(errors.shape[1], 1)  # halves: neighbours overlap
    used = np.unique(folds)
    others = [_Products.of(errors[:, folds != fold]) for fold in used]
    best: tuple[float, float] | None = None
    least, held_out = np.inf, np.empty((errors.shape[1], *available.shape))
    known = np.where(np.isfinite(errors), errors, 0.0)
    settings = [(shrink, even) for shrink in SHRINKAGE for even in EVENNESS]
    for setting in settings if (whole.origins >= FOLDS).sum() >= MIN_SERIES else settings[:1]:
        found = np.empty_like(held_out)
        for fold, products in zip(used, others, strict=True):
            found[folds == fold] = products.weights(available, group, setting)
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
    """Mean error products of candidate pairs (n × k × k), how many values each rests on, and origins of each series."""

    mean: Array
    counts: Array
    origins: Array

    @classmethod
    def of(cls, errors: Array) -> _Products:
        known = np.isfinite(errors)
        k, _, _, n = errors.shape
        flat = np.ascontiguousarray(np.where(known, errors, 0.0).reshape(k, -1, n).transpose(2, 0, 1))
        counts = known.any(axis=0).reshape(-1, n).sum(axis=0).astype(float)  # neutral: all candidates or none
        wide = np.broadcast_to(counts[:, None, None], (n, k, k))
        products = (flat @ flat.transpose(0, 2, 1)) / np.maximum(wide, 1)
        return cls(products, wide, known.any(axis=(0, 2)).sum(axis=0).astype(float))

    def weights(self, available: NDArray[np.bool_], group: NDArray[np.int64], setting: tuple[float, float]) -> Array:
        """Candidates × n: the products of a series drawn to its group's, by (shrinkage, evenness)."""
        shrink, even = setting
        found = np.empty(available.shape)
        for g in np.unique(group):
            here = group == g
            whole = self.counts[here].sum(axis=0)
            usual = (self.mean[here] * self.counts[here]).sum(axis=0) / np.maximum(whole, 1)
            if np.isinf(shrink):  # one problem for all that have the same candidates
                candidates, row = np.unique(available[:, here], axis=1, return_inverse=True)
                mixed = np.repeat(usual[None], candidates.shape[1], axis=0)
                found[:, here] = _simplex(_evened(mixed, even), candidates.T).T[:, row]
                continue
            trust = (self.origins[here] / (self.origins[here] + shrink))[:, None, None]
            mixed = trust * self.mean[here] + (1 - trust) * usual
            found[:, here] = _simplex(_evened(mixed, even), available[:, here].T).T
        return found


def _evened(matrix: Array, even: float) -> Array:
    """The matrices (n × k × k) with ``even`` of their mean diagonal added to it."""
    mean = np.einsum("nkk->n", matrix) / matrix.shape[1]
    return np.asarray(matrix + (even * np.maximum(mean, 1e-12))[:, None, None] * np.eye(matrix.shape[1]))


def _simplex(matrix: Array, available: NDArray[np.bool_]) -> Array:
    """Weights w of least w'Mw on the simplex, n × k: exponentiated gradient steps from even weights."""
    weights = available / np.maximum(available.sum(axis=1, keepdims=True), 1)
    scale = np.maximum(np.einsum("nkk->n", matrix) / matrix.shape[1], 1e-300)[:, None]
    for _ in range(ITERATIONS):
        slope = (matrix @ weights[:, :, None])[:, :, 0] / scale
        slope -= (weights * slope).sum(axis=1, keepdims=True)
        weights = weights * np.exp(-np.clip(slope, -4, 4))
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(weights)
