"""Additive evidence: what a finding adds to the log-odds that behaviour is not a shopper's.

Every signal is worth points: the natural logarithm of how many times likelier the finding is
from a machine or a paid account than from a shopper, kept small where findings hang together
and capped so that no single one decides alone. The points of one subject add up to its score
(Good, I. J. 1950, Probability and the Weighing of Evidence; naive Bayes with capped weights).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

HUMAN_SHAPE = 2.0
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Signal:
    """One kind of finding on n subjects: ``points`` (n), and its numbers in words for row i."""

    name: str
    points: Array
    words: Callable[[int], str]


def score(signals: Sequence[Signal]) -> Array:
    """Sum of points by subject, shape (n,)."""
    return np.sum([signal.points for signal in signals], axis=0)


def reason(signals: Sequence[Signal], i: int) -> str:
    """The signals that moved subject ``i`` by a tenth of a point or more, strongest first."""
    moved = sorted((s for s in signals if abs(s.points[i]) >= 0.1), key=lambda s: (-s.points[i], s.name))
    return "; ".join(f"{s.words(i)} ({s.points[i]:+.1f})" for s in moved)


def pace(gaps: Array, mean_gap: Array, mean_log_gap: Array) -> Array:
    """How much likelier the gaps are from clockwork than from a person, in nats, shape (n,).

    Gaps are taken as gamma distributed. A Poisson process has shape 1; people at one sitting are
    taken at shape 2; the likelihood at the best shape above that is compared with the one at 2.
    With s = ln(mean gap) - mean(ln gap), the likelihood per gap at shape k is
    f(k) = k ln k - lnΓ(k) - (k - 1) s - k + const, and the best k is close to
    (3 - s + sqrt((s - 3)² + 24 s)) / 12 s (Minka 2002, Estimating a Gamma distribution).
    """
    mean = np.maximum(np.nan_to_num(mean_gap, nan=1.0), 1e-9)
    spread = np.maximum(np.log(mean) - np.nan_to_num(mean_log_gap), 1e-3)
    best = (3 - spread + np.sqrt((spread - 3) ** 2 + 24 * spread)) / (12 * spread)
    best = np.maximum(best, HUMAN_SHAPE)
    return np.nan_to_num(gaps) * (_gamma_fit(best, spread) - _gamma_fit(np.full_like(best, HUMAN_SHAPE), spread))


def _gamma_fit(shape: Array, spread: Array) -> Array:
    return np.asarray(shape * np.log(shape) - gammaln(shape) - (shape - 1) * spread - shape)


def share_surprise(hits: Array, trials: Array, usual_share: Array) -> Array:
    """Log-likelihood ratio of ``hits`` in ``trials`` at their own share against the usual one, in nats, ≥ 0."""
    n = np.maximum(trials, 1e-9)
    p, q = np.clip(hits / n, 0, 1), np.clip(usual_share, 1e-6, 1 - 1e-6)
    one = np.where(p > 0, p * np.log(np.maximum(p, 1e-12) / q), 0.0)
    other = np.where(p < 1, (1 - p) * np.log(np.maximum(1 - p, 1e-12) / (1 - q)), 0.0)
    return np.asarray(np.where(trials > 0, n * (one + other), 0.0))


def excess(observed: Array, expected: Array, *, least: float) -> Array:
    """ln((observed - expected) / expected): odds that one of the observed is not of the usual kind; 0 where
    fewer than ``least`` were observed or chance may explain them (4 standard deviations of a Poisson count)."""
    beyond = (observed >= least) & (observed - expected >= 4 * np.sqrt(expected + 0.5))
    ratio = np.maximum(observed - expected, 1e-9) / np.maximum(expected, 1e-9)
    return np.asarray(np.where(beyond, np.maximum(np.log(ratio), 0.0), 0.0))
