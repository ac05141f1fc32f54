"""How festivals, promotions and other known days move many series, learnt together.

The logarithm of a series less its own slow level, which is that of quiet steps, is regressed on the regressors.
Coefficients of one series are drawn to the group's (empirical Bayes, normal: Efron & Morris 1975), so that a feature
too young to have seen a festival gets what its category does then. Factors, so a doubling is a doubling of small and
large series alike. Series with negative values get none. What a festival did a few times it will not do exactly again:
the coefficients come with what is not known of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEVEL_WIDTH = 9  # steps of the median that stands for the slow level
GROUP_SD = 0.7  # of a group coefficient around none: a festival may double or halve
ROUNDS = 5
QUIET = 0.15  # of a step in a festival, below which the step says what is usual
LARGEST = 3.0  # of the logarithm of a factor
MIN_STEPS = 16


@dataclass(frozen=True)
class Effects:
    """``factor`` moves each series, ``log_sd`` is the standard deviation of its logarithm; (time + ahead) × n both."""

    factor: Array
    log_sd: Array


def estimate(values: Array, regressors: Array) -> Effects:
    """By which factors ``regressors`` move each series.

    ``values`` is time × n, nan where missing; ``regressors`` is (time + ahead) × k, or that × n where every series has
    its own. With fewer than MIN_STEPS values, or regressors that never moved, all factors are 1.
    """
    steps, series = values.shape
    with_own = regressors.ndim == 3
    if steps < MIN_STEPS or not len(regressors) or not np.any(regressors[:steps]):
        return Effects(np.ones((len(regressors), series)), np.zeros((len(regressors), series)))
    usable = np.asarray(np.where(np.isfinite(values), values >= 0, True).all(axis=0))
    logarithm = np.where(np.isfinite(values) & usable, np.log1p(np.maximum(values, 0.0)), np.nan)
    moved = np.abs(regressors[:steps]) > QUIET
    busy = np.asarray(moved.any(axis=1))
    quiet = ~(busy if with_own else np.repeat(busy[:, None], series, axis=1))
    deviation = logarithm - _slow_level(np.where(quiet, logarithm, np.nan))
    slopes, covariance = _coefficients(deviation, regressors[:steps] if with_own else regressors[:steps, :, None])
    wide = regressors if with_own else np.repeat(regressors[:, :, None], series, 2)
    effect = np.clip(np.einsum("tkn,kn->tn", wide, slopes), -LARGEST, LARGEST)
    x = wide.transpose(2, 0, 1)
    variance = ((x @ covariance) * x).sum(axis=2).T
    return Effects(np.where(usable, np.exp(effect), 1.0), np.where(usable, np.sqrt(np.maximum(variance, 0.0)), 0.0))


def _coefficients(deviation: Array, regressors: Array) -> tuple[Array, Array]:
    """Coefficients (k × n), each series' own drawn to the group's, and their covariance (n × k × k)."""
    known = np.isfinite(deviation)
    filled = np.where(known, deviation, 0.0)
    series = deviation.shape[1]
    wide = np.broadcast_to(regressors, (*regressors.shape[:2], series)) * known[:, None, :]
    x = np.ascontiguousarray(wide.transpose(2, 0, 1))  # n × time × k
    square = x.transpose(0, 2, 1) @ x
    product = (x.transpose(0, 2, 1) @ filled.T[:, :, None])[:, :, 0]
    noise = np.maximum((filled**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1), 1e-4)
    square, product = square / noise[:, None, None], product / noise[:, None]
    size = square.shape[1]
    between = np.full(size, 0.1)
    group = np.zeros(size)
    for _ in range(ROUNDS):
        inverse = np.linalg.inv(square + np.diag(1 / between))
        own = (inverse @ (product + group / between)[:, :, None])[:, :, 0]
        weight = np.clip(1 - np.einsum("nkk->nk", inverse) / between, 0.0, 1.0)  # what each series itself says
        evidence = weight.sum(axis=0) / between
        group = (weight * own).sum(axis=0) / between / (evidence + GROUP_SD**-2)
        spread = ((own - group) ** 2 + np.einsum("nkk->nk", inverse)).mean(axis=0)
        between = np.clip(spread, 1e-4, 1.0)
    # where a series says little its coefficient is the group's, as unsure as that
    unsure = (1 - weight) ** 2 / (evidence + GROUP_SD**-2)
    return own.T, inverse + unsure[:, :, None] * np.eye(size)


def _slow_level(values: Array) -> Array:
    """Running median over LEVEL_WIDTH steps; where none of them is known, a straight line between those that are."""
    half = LEVEL_WIDTH // 2
    padded = np.pad(values, ((half, half), (0, 0)), constant_values=np.nan)
    windows = np.stack([padded[i : i + len(values)] for i in range(LEVEL_WIDTH)])
    empty = np.asarray(~np.isfinite(windows).any(axis=0))
    windows[0][empty] = 0.0
    level = np.where(empty, np.nan, np.nanmedian(windows, axis=0))
    steps = np.arange(len(values))
    for i in np.nonzero(empty.any(axis=0) & ~empty.all(axis=0))[0]:
        level[empty[:, i], i] = np.interp(steps[empty[:, i]], steps[~empty[:, i]], level[~empty[:, i], i])
    return np.asarray(level)
