"""Forecasts of series that are mostly zero: SBA, TSB and ADIDA, for many series at once.

SBA (Syntetos & Boylan 2005) smooths sizes and gaps of demands apart and takes out the bias of their ratio. TSB
(Teunter, Syntetos & Babai 2011) smooths the chance of a demand every step, so that it falls while
nothing is sold. ADIDA (Nikolopoulos et al. 2011) smooths sums over blocks of the usual gap.

Arrays are time × series, nan where missing; all forecasts are flat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Syntetos, Boylan & Croston (2005): the border between smooth, erratic, intermittent and lumpy demand
ADI_BORDER, CV2_BORDER = 1.32, 0.49
CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
FIRST_SPARSE = 2  # index of the first class that is mostly zeros
ALPHAS = (0.05, 0.1, 0.2, 0.3)


def demand_class(values: Array) -> NDArray[np.int64]:
    """Index into CLASSES of every column, by mean gap between demands and squared variation of their sizes."""
    known = np.isfinite(values)
    demand = known & (np.nan_to_num(values) != 0)
    count = demand.sum(axis=0)
    gap = known.sum(axis=0) / np.maximum(count, 1)
    size = np.where(demand, values, 0.0)
    mean = size.sum(axis=0) / np.maximum(count, 1)
    variance = (demand * (size - mean) ** 2).sum(axis=0) / np.maximum(count - 1, 1)
    cv2 = variance / np.maximum(mean**2, 1e-12)
    return np.asarray(np.where(gap > ADI_BORDER, 2, 0) + (cv2 > CV2_BORDER))


def sba(values: Array) -> Array:
    """Demand a step after the last value, n; 0 where nothing was ever sold."""
    return _best(values, _sba_paths)


def tsb(values: Array) -> Array:
    """Demand a step after the last value, n."""
    return _best(values, _tsb_paths)


def adida(values: Array) -> Array:
    """Demand a step after the last value, n: smoothed block sums over block length."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    demands = (filled != 0).sum(axis=0)
    block = np.clip(np.round(known.sum(axis=0) / np.maximum(demands, 1)), 1, max(len(values) // 3, 1)).astype(int)
    ahead = np.zeros(values.shape[1])
    for length in np.unique(block):
        here = block == length
        whole = len(values) // length * length
        cut = filled[len(values) - whole :, here].reshape(-1, length, int(here.sum()))
        seen = known[len(values) - whole :, here].reshape(-1, length, int(here.sum())).all(axis=1)
        sums = np.where(seen, cut.sum(axis=1), np.nan)
        ahead[here] = _best(sums, _ses_paths) / length
    return ahead


def _best(values: Array, paths: object) -> Array:
    """The forecast with the smoothing constant of least squared one-step error, per series."""
    least = np.full(values.shape[1], np.inf)
    chosen = np.zeros(values.shape[1])
    for alpha in ALPHAS:
        error, ahead = paths(values, alpha)  # type: ignore[operator]
        better = error < least
        least, chosen = np.where(better, error, least), np.where(better, ahead, chosen)
    return chosen


def _sba_paths(values: Array, alpha: float) -> tuple[Array, Array]:
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    demands = np.maximum((filled != 0).sum(axis=0), 1)
    size = np.where(filled != 0, filled, 0.0).sum(axis=0) / demands
    interval = np.maximum(known.sum(axis=0) / demands, 1.0)
    since = np.ones(values.shape[1])
    error = np.zeros(values.shape[1])
    correction = 1 - alpha / 2
    for seen, value in zip(known, filled, strict=True):
        ahead = correction * size / interval
        error += np.where(seen, (value - ahead) ** 2, 0.0)
        sold = seen & (value != 0)
        size = np.where(sold, size + alpha * (value - size), size)
        interval = np.where(sold, interval + alpha * (since - interval), interval)
        since = np.where(sold, 1.0, since + seen)
    return error, correction * size / interval


def _tsb_paths(values: Array, alpha: float) -> tuple[Array, Array]:
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    demands = (filled != 0).sum(axis=0)
    size = filled.sum(axis=0) / np.maximum(demands, 1)
    chance = demands / np.maximum(known.sum(axis=0), 1)
    error = np.zeros(values.shape[1])
    for seen, value in zip(known, filled, strict=True):
        error += np.where(seen, (value - chance * size) ** 2, 0.0)
        sold = seen & (value != 0)
        size = np.where(sold, size + alpha * (value - size), size)
        chance = np.where(seen, chance + alpha * (sold - chance), chance)
    return error, chance * size


def _ses_paths(values: Array, alpha: float) -> tuple[Array, Array]:
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    level = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    error = np.zeros(values.shape[1])
    for seen, value in zip(known, filled, strict=True):
        error += np.where(seen, (value - level) ** 2, 0.0)
        level = np.where(seen, level + alpha * (value - level), level)
    return error, level
