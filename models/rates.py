"""Rates of many small groups: beta-binomial empirical Bayes, strength of shrinkage estimated.

Successes k of n in group i are Binomial(n, p) with p ~ Beta(m·κ, (1-m)·κ); m and κ maximise the
marginal likelihood (Efron & Morris 1975; Casella 1985). κ is what one group tells of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

Array = NDArray[np.float64]
STRENGTHS = (2.0, 1e4)  # of κ: groups that share nothing, groups that are the same


@dataclass(frozen=True)
class Rates:
    """``mean`` m with standard error ``mean_se``, ``strength`` κ; ``rate`` and ``rate_se`` per group, shrunk."""

    mean: float
    mean_se: float
    strength: float
    rate: Array
    rate_se: Array

    @property
    def between_sd(self) -> float:
        """How far the true rates of two groups lie apart (standard deviation)."""
        return float(np.sqrt(self.mean * (1 - self.mean) / (self.strength + 1)))


def fit(successes: Array, trials: Array, *, groups: Array | None = None) -> Rates:
    """Rates of groups; a group without trials gets the mean. Raises ValueError where successes exceed trials.

    ``groups`` is how many groups have these counts; one where it is not given.
    """
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    times = np.ones(len(n)) if groups is None else np.asarray(groups, float)
    if (k > n + 1e-9).any() or (k < 0).any():
        raise ValueError("successes must lie between 0 and the trials of their group")
    seen = n > 0
    overall = (times @ k + 0.5) / (times @ n + 10.0)

    def loss(parameters: Array) -> float:
        mean, strength = expit(parameters[0]), np.exp(parameters[1])
        alpha, beta = mean * strength, (1 - mean) * strength
        likelihood = times[seen] @ (betaln(alpha + k[seen], beta + (n - k)[seen]) - betaln(alpha, beta))
        return -float(likelihood) + 0.5 * ((parameters[1] - np.log(50.0)) / 2.0) ** 2  # groups differ a little

    bounds = [(-12.0, 12.0), tuple(np.log(STRENGTHS))]
    start = np.array([logit(np.clip(overall, 1e-4, 0.99)), np.log(50.0)])
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    mean, strength = float(expit(found[0])), float(np.exp(found[1]))
    shared = 1 / (strength + 1)
    spread = mean * (1 - mean)
    precision = (times[seen] / (spread * (shared + (1 - shared) / n[seen]))).sum() if seen.any() else 0.0
    alpha, beta = mean * strength + k, (1 - mean) * strength + n - k
    rate = alpha / (alpha + beta)
    return Rates(
        mean=mean,
        mean_se=float(1 / np.sqrt(precision)) if precision > 0 else float(np.sqrt(spread)),
        strength=strength,
        rate=rate,
        rate_se=np.sqrt(rate * (1 - rate) / (alpha + beta + 1)),
    )
