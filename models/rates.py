"""Rates of many small groups: beta-binomial empirical Bayes, strength of shrinkage estimated.

Successes k of n in group i are Binomial(n, p) with p ~ Beta(m·κ, (1-m)·κ); m and κ maximise the
marginal likelihood (Efron & Morris 1975; Casella 1985). κ is what one group tells of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, logit

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

    k_seen, n_seen, weight = k[seen], n[seen], times[seen]

    def loss(parameters: Array) -> tuple[float, Array]:
        mean, strength = expit(parameters[0]), np.exp(parameters[1])
        alpha, beta = mean * strength, (1 - mean) * strength
        likelihood = weight @ (betaln(alpha + k_seen, beta + n_seen - k_seen) - betaln(alpha, beta))
        both = digamma(strength) - digamma(strength + n_seen)
        by_alpha = weight @ (both + digamma(alpha + k_seen) - digamma(alpha))
        by_beta = weight @ (both + digamma(beta + n_seen - k_seen) - digamma(beta))
        apart = (parameters[1] - np.log(50.0)) / 2.0  # groups differ a little
        by_mean, by_strength = alpha * (1 - mean) * (by_alpha - by_beta), alpha * by_alpha + beta * by_beta
        return 0.5 * float(apart**2) - float(likelihood), np.array([-by_mean, apart / 2.0 - by_strength])

    bounds = [(-12.0, 12.0), tuple(np.log(STRENGTHS))]
    start = np.array([logit(np.clip(overall, 1e-4, 0.99)), np.log(50.0)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
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
