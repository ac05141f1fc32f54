"""Make forecasts add up: category, values of every attribute, regions, with none below zero.

Minimum-trace reconciliation (Wickramasuriya, Athanasopoulos & Hyndman 2019) in its zero-constrained form (Di Fonzo &
Girolimetto 2023), because features are several partitions of one total and not a tree: with C the matrix of sums
that must be zero and W the covariance of the base errors,

    y = ŷ - W Cᵀ (C W Cᵀ)⁻¹ C ŷ.

W is the sample covariance shrunk to its diagonal (Schäfer & Strimmer 2005). Samples are reconciled like means, which
gives coherent distributions (Panagiotelis et al. 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MAX_ROUNDS = 100


@dataclass(frozen=True)
class Sums:
    """Which series is the sum of which: ``matrix`` is constraints × series, +1 for the sum and -1 for its parts."""

    matrix: Array

    @classmethod
    def of(cls, series: int, sums: list[tuple[int, list[int]]]) -> Sums:
        """``sums`` holds (index of the sum, indices of its parts)."""
        matrix = np.zeros((len(sums), series))
        for row, (whole, parts) in enumerate(sums):
            matrix[row, whole] += 1
            matrix[row, parts] -= 1
        return cls(matrix)


def shrunk_covariance(errors: Array) -> Array:
    """Covariance of one-step errors (time × n, nan where not known), correlations drawn to 0.

    The shrinkage is the ratio of the summed variances of the sample correlations to the sum of their squares.
    """
    known = np.isfinite(errors)
    filled = np.where(known, errors, 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    deviation = np.sqrt(np.maximum((filled**2).sum(axis=0) / count, 1e-12))
    standard = filled / deviation
    together = np.maximum(known.T.astype(float) @ known, 1.0)
    correlation = (standard.T @ standard) / together
    squares = (standard**2).T @ (standard**2)
    variance = (squares / together - correlation**2) / np.maximum(together - 1, 1)
    off = ~np.eye(len(correlation), dtype=bool)
    below = float((correlation[off] ** 2).sum())
    shrink = float(np.clip(variance[off].sum() / below, 0.0, 1.0)) if below > 0 else 1.0
    shrunk = (1 - shrink) * correlation
    np.fill_diagonal(shrunk, 1.0)
    return np.asarray(shrunk * np.outer(deviation, deviation))


def projection(sums: Sums, covariance: Array) -> Array:
    """n × n matrix that turns base forecasts into coherent ones; ``covariance`` is that of the base errors."""
    c = sums.matrix
    pull = covariance @ c.T
    return np.asarray(
        np.eye(c.shape[1]) - pull @ np.linalg.solve(c @ pull + 1e-12 * np.trace(c @ pull) * np.eye(len(c)), c)
    )


def reconcile(base: Array, sums: Sums, covariance: Array, *, is_non_negative: bool = True) -> Array:
    """Coherent forecasts nearest to ``base`` (n × columns) in the metric of ``covariance``.

    With ``is_non_negative`` the least-squares problem is solved under y ≥ 0: a primal-dual active set (Hintermüller,
    Ito & Kunisch 2002), column by column where it has a negative entry.
    """
    coherent = projection(sums, covariance) @ base
    if not is_non_negative:
        return np.asarray(coherent)
    tolerance = 1e-9 * max(float(np.abs(base).max(initial=0.0)), 1e-300)
    for column in np.nonzero((coherent < -tolerance).any(axis=0))[0]:
        coherent[:, column] = _non_negative(base[:, column], coherent[:, column], sums, covariance)
    return np.maximum(coherent, 0.0)


def _non_negative(base: Array, coherent: Array, sums: Sums, covariance: Array) -> Array:
    held = coherent < 0
    for round_number in range(MAX_ROUNDS):
        c = np.vstack([sums.matrix, np.eye(len(base))[held]])
        pull = covariance @ c.T
        multiplier = np.linalg.lstsq(c @ pull, c @ base, rcond=None)[0]
        coherent = base - pull @ multiplier
        force = np.zeros(len(base))
        force[held] = -multiplier[len(sums.matrix) :]  # what keeps a held series at zero
        negative = ~held & (coherent < -1e-12 * max(float(np.abs(base).max()), 1.0))
        released = held & (force < 0) if round_number < MAX_ROUNDS // 2 else np.zeros(len(base), bool)
        if not negative.any() and not released.any():
            break
        held = (held & ~released) | negative
    return np.where(held, 0.0, coherent)
