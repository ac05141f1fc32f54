"""Single values far from their neighbours, and steps in the level: what a fit should not follow, a reader should know.

A value is an outlier where it lies more than LIMIT robust standard deviations (1.4826 times the median absolute
deviation, Leys et al. 2013) from the median of the steps around it. Series that are mostly zero have none: their
demands are all far from zero. The last steps are never outliers, because they may be a new level; but a lone one is
brought in to the limit, because it may be a single large order, and the step after will tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LIMIT = 10.0  # festivals that no regressor names lie within; only wild values do not
REACH = 4  # steps on either side
NEWEST = 3
SHORTEST, EDGE, CRITICAL = 26, 0.15, 12.35  # steps; share left at either end; 1 % point of sup F


def tamed(values: Array, is_sparse: NDArray[np.bool_]) -> tuple[Array, NDArray[np.bool_]]:
    """``values`` (time × n, nan where missing) as fits should see them, and which of them are outliers.

    Outliers are missing. A lone one among the newest values is none, but brought in to the limit.
    """
    steps, series = values.shape
    if steps < 4 * REACH:
        return values, np.zeros((steps, series), bool)
    padded = np.pad(values, ((REACH, REACH), (0, 0)), constant_values=np.nan)
    around = np.stack([padded[i : i + steps] for i in range(2 * REACH + 1) if i != REACH])
    known = np.isfinite(around).sum(axis=0) >= REACH
    middle = _median(np.where(known[None], around, 0.0))
    away = np.where(known & np.isfinite(values), np.abs(values - middle), np.nan)
    usual = 1.4826 * _median(np.where(np.isfinite(away).any(axis=0), away, 0.0))
    limit = LIMIT * np.maximum(usual, 1e-9)
    found = (away > limit) & (usual > 0) & ~is_sparse
    lone = found.copy()
    lone[:-NEWEST] = False
    lone &= lone.sum(axis=0) == 1
    found[-NEWEST:] = False
    inner = np.where(lone, np.clip(values, middle - limit, middle + limit), values)
    return np.where(found, np.nan, inner), found


def _median(values: Array) -> Array:
    """Over the first axis, of what is known, which must be something; numpy's own takes several times as long."""
    ordered = np.sort(values, axis=0)  # missing values last
    count = np.isfinite(values).sum(axis=0)[None]
    lower = np.take_along_axis(ordered, (count - 1) // 2, axis=0)
    upper = np.take_along_axis(ordered, count // 2, axis=0)
    return np.asarray((lower + upper)[0] / 2)


@dataclass(frozen=True)
class LevelStep:
    """From ``step`` on the series lies ``ratio`` times as high as before."""

    step: int
    ratio: float


def level_step(values: Array) -> LevelStep | None:
    """The clearest break in the level of one non-negative series, None where there is none.

    The largest F statistic over all break points of the middle 70 %, of the logarithms, against its 1 % point for an
    unknown date (Andrews 1993). Neighbouring values hang together, so the statistic is divided by (1 + ρ) / (1 - ρ),
    with ρ the first autocorrelation within the two parts.
    """
    known = np.nonzero(np.isfinite(values))[0]
    y = np.log1p(np.maximum(values[known], 0.0))
    n = len(y)
    if n < SHORTEST or np.ptp(y) == 0:
        return None
    best, at = 0.0, 0
    for cut in range(int(np.ceil(EDGE * n)), int(np.floor((1 - EDGE) * n)) + 1):
        first, second = y[:cut], y[cut:]
        rest = np.r_[first - first.mean(), second - second.mean()]
        within = max(float(rest @ rest), 1e-12)
        between = cut * (n - cut) / n * float(first.mean() - second.mean()) ** 2
        rho = float(np.clip(rest[1:] @ rest[:-1] / within, 0.0, 0.95))
        statistic = between / (within / (n - 2)) * (1 - rho) / (1 + rho)
        if statistic > best:
            best, at = statistic, cut
    if best < CRITICAL:
        return None
    return LevelStep(int(known[at]), float(np.exp(y[at:].mean() - y[:at].mean())))
