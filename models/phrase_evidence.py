"""Evidence that a phrase names something people want in one category.

Every test is over a table of people, so one person who searches a lot counts once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Z_80 = 1.2815515655446004
Z_95 = 1.959963984540054
_STEPS = 25
_MAX_SLOPE = 2.0


def log_likelihood_ratio(
    inside: np.ndarray, inside_total: np.ndarray, outside: np.ndarray, outside_total: np.ndarray
) -> np.ndarray:
    """How surely something is more frequent inside than outside, as a signed G².

    Under no difference it follows chi-squared with one degree of freedom; negative where it is
    rarer inside. Source: Dunning (1993), Computational Linguistics 19(1), 61-74.

    >>> round(float(log_likelihood_ratio(*map(np.array, ([110.], [2552.], [111.], [29225.])))[0]), 2)
    270.72
    """
    k = np.stack([inside, inside_total - inside, outside, outside_total - outside]).astype(float)
    total = k.sum(axis=0)
    rows = np.stack([k[0] + k[1], k[0] + k[1], k[2] + k[3], k[2] + k[3]])
    columns = np.stack([k[0] + k[2], k[1] + k[3], k[0] + k[2], k[1] + k[3]])
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(k > 0, k * np.log(k * total / (rows * columns)), 0.0)
        more = inside / inside_total >= outside / outside_total
    return np.where(more, 1.0, -1.0) * 2.0 * np.maximum(parts.sum(axis=0), 0.0)


@dataclass(frozen=True)
class Trend:
    """Change of a share per week: growth in per cent, its 80 % interval, and z. Shape ``(n,)`` each."""

    growth_pct: np.ndarray
    growth_pct_p10: np.ndarray
    growth_pct_p90: np.ndarray
    z: np.ndarray


def trend(counts: np.ndarray, exposure: np.ndarray) -> Trend:
    """Weekly growth of a share by Poisson regression with over-dispersion.

    ``counts`` is ``(n, weeks)``, people who asked; ``exposure`` is ``(n, weeks)``, people who
    searched in the category. E[count] = exposure · exp(a + b·week); the variance is φ times the
    mean, φ by Pearson, at least 1. With fewer than three weeks of exposure growth is 0 and the
    interval is as wide as it gets. Source: McCullagh & Nelder (1989), chapter 6.
    """
    n, weeks = counts.shape
    week = np.arange(weeks, dtype=float)[None, :]
    used = exposure > 0
    share = (counts.sum(axis=1) + 0.5) / np.maximum(exposure.sum(axis=1), 1.0)
    level, slope = np.log(share), np.zeros(n)
    middle = np.where(used, week, 0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    away = week - middle[:, None]
    information = np.ones(n)
    for _ in range(_STEPS):
        mean = exposure * np.exp(np.clip(level[:, None] + slope[:, None] * away, -30, 5))
        rest = np.where(used, counts - mean, 0.0)
        m0, m1, m2 = mean.sum(axis=1), (mean * away).sum(axis=1), (mean * away * away).sum(axis=1)
        m0, m2 = m0 + 1e-9, m2 + 1e-9
        determinant = np.maximum(m0 * m2 - m1 * m1, 1e-12)
        g0, g1 = rest.sum(axis=1), (rest * away).sum(axis=1)
        level = level + np.clip((m2 * g0 - m1 * g1) / determinant, -1, 1)
        slope = np.clip(slope + np.clip((m0 * g1 - m1 * g0) / determinant, -0.5, 0.5), -_MAX_SLOPE, _MAX_SLOPE)
        information = determinant / m0
    mean = exposure * np.exp(np.clip(level[:, None] + slope[:, None] * away, -30, 5))
    pearson = np.where(used, (counts - mean) ** 2 / np.maximum(mean, 1e-9), 0.0).sum(axis=1)
    dispersion = np.maximum(pearson / np.maximum(used.sum(axis=1) - 2, 1), 1.0)
    error = np.sqrt(dispersion / np.maximum(information, 1e-9))
    is_short = used.sum(axis=1) < 3
    slope, error = np.where(is_short, 0.0, slope), np.where(is_short, _MAX_SLOPE, np.minimum(error, _MAX_SLOPE))
    low, high = slope - Z_80 * error, slope + Z_80 * error
    return Trend(
        100 * np.expm1(slope), 100 * np.expm1(low), 100 * np.expm1(np.minimum(high, 2 * _MAX_SLOPE)), slope / error
    )


def excess_z(hits: np.ndarray, tries: np.ndarray, base_rate: np.ndarray) -> np.ndarray:
    """z of a share against a base rate (score test of a binomial); 0 without tries."""
    rate = np.clip(base_rate, 1e-3, 1 - 1e-3)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (hits - tries * rate) / np.sqrt(tries * rate * (1 - rate))
    return np.where(tries > 0, z, 0.0)


def share_at_least(hits: np.ndarray, tries: np.ndarray) -> np.ndarray:
    """Lower end of the 95 % interval of a share (Wilson 1927); 0 without tries."""
    n = np.maximum(tries, 1e-9)
    p = hits / n
    centre = p + Z_95**2 / (2 * n)
    half = Z_95 * np.sqrt(p * (1 - p) / n + Z_95**2 / (4 * n * n))
    return np.where(tries > 0, (centre - half) / (1 + Z_95**2 / n), 0.0)
