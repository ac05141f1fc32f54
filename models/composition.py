"""Shares of an attribute's values ahead of time: positive, summing to one.

Log-ratio composition (Aitchison 1986): smoothed shares as centred log-ratios, each one held
flat or carried on by a damped linear trend; a rolling back-test on the multinomial score
picks which. Damping keeps a rising feature from eating the category.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DAMPING = 0.94
LEVEL_WEEKS = 8.0
TREND_WEEKS = 26
PRIOR_COUNT = 0.5


@dataclass(frozen=True)
class ShareForecast:
    """``share`` is steps × values, ``now`` the level it starts from; ``log_sd`` per step and value, of
    ln(actual / share); ``model`` flat or trend."""

    share: Array
    now: Array
    log_sd: Array
    model: str


def forecast(counts: Array, *, horizon: int) -> ShareForecast:
    """Forecast the shares of weekly ``counts`` (weeks × values) for ``horizon`` weeks.

    A window without any count gives equal shares and a wide spread. Raises ValueError
    where there are no values or the horizon is below 1.
    """
    weeks, size = counts.shape
    if size == 0 or horizon < 1:
        raise ValueError("need at least one value and one step")
    if size == 1:
        return ShareForecast(np.ones((horizon, 1)), np.ones(1), np.full((horizon, 1), 0.01), "flat")
    scores = dict.fromkeys(("flat", "trend"), 0.0)
    errors: dict[str, list[Array]] = {name: [] for name in scores}
    gap = min(horizon, max(weeks // 4, 1))
    origins = [o for o in range(weeks - gap - 12, weeks - gap + 1, 3) if o >= 16] if weeks >= 20 else []
    for origin in origins:
        actual = counts[origin : origin + gap].sum(axis=0)
        for name in scores:
            share = _path(counts[:origin], gap, name).mean(axis=0)
            scores[name] += float(actual @ np.log(share))
            truth = (actual + PRIOR_COUNT) / (actual + PRIOR_COUNT).sum()
            errors[name].append(np.log(truth / share))
    model = "trend" if scores["trend"] > scores["flat"] else "flat"
    share = _path(counts, horizon, model)
    recent = counts[-int(LEVEL_WEEKS) :].sum() * share
    sampling = np.sqrt((1 - share) / np.maximum(recent, 1.0))
    drift = np.sqrt(np.mean(np.square(errors[model]), axis=0)) if errors[model] else np.full(size, 0.3)
    growth = np.sqrt(np.arange(1, horizon + 1) / gap)[:, None]
    now = _path(counts, 1, "flat")[0]
    return ShareForecast(share, now, np.sqrt(sampling**2 + (drift[None, :] * growth) ** 2), model)


def _path(counts: Array, horizon: int, model: str) -> Array:
    """Shares of the next steps by one model."""
    weeks, size = counts.shape
    age = np.arange(weeks)[::-1]
    level_weight = np.exp(-age / LEVEL_WEEKS)
    total = (counts * level_weight[:, None]).sum(axis=0) + PRIOR_COUNT / size
    level = np.log(total / total.sum())
    if model == "flat" or weeks < 8:
        return np.tile(np.exp(level) / np.exp(level).sum(), (horizon, 1))
    recent = counts[-TREND_WEEKS:]
    block = 2  # two weeks at a time: single weeks of rare values are mostly zeros
    blocks = recent[len(recent) % block :].reshape(-1, block, size).sum(axis=1) + PRIOR_COUNT
    ratio = np.log(blocks / blocks.sum(axis=1, keepdims=True))
    ratio -= ratio.mean(axis=1, keepdims=True)
    weight = np.sqrt(blocks.sum(axis=1))[:, None] * np.sqrt(blocks / blocks.sum(axis=1, keepdims=True))
    weight = weight**2  # precision of a log share is about its count
    time = (block * (np.arange(len(blocks)) + 0.5))[:, None]
    mean_time = (weight * time).sum(axis=0) / weight.sum(axis=0)
    mean_ratio = (weight * ratio).sum(axis=0) / weight.sum(axis=0)
    covariance = (weight * (time - mean_time) * (ratio - mean_ratio)).sum(axis=0)
    variance = (weight * (time - mean_time) ** 2).sum(axis=0)
    noise = 1.0  # a count's log has variance 1 / count, so weighted residuals have variance one
    prior = 0.03**-2  # a trend of three percent a week is large
    slope = covariance / (variance + noise * prior)
    age_of_level = float((level_weight * age).sum() / level_weight.sum())
    steps = np.arange(1, horizon + 1)
    ahead = age_of_level + DAMPING * (1 - DAMPING**steps) / (1 - DAMPING)
    path = level[None, :] + ahead[:, None] * slope[None, :]
    path -= path.max(axis=1, keepdims=True)
    shares = np.exp(path)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def lifted(units: Array, factor: Array) -> Array:
    """Values (last axis) times ``factor``, at most the whole; those with a factor of 1 make room in proportion, and the
    total stays."""
    total = units.sum(axis=-1, keepdims=True)
    moved = factor != 1
    raised = np.where(moved, units * factor, 0.0)
    rest = np.where(moved, 0.0, units)
    sums, others = raised.sum(axis=-1, keepdims=True), rest.sum(axis=-1, keepdims=True)
    whole = (sums > total) | (others <= 0)
    raised *= np.where(whole, np.divide(total, sums, out=np.zeros_like(sums), where=sums > 0), 1.0)
    left = np.where(whole, 0.0, total - sums)
    return np.asarray(raised + np.divide(rest * left, others, out=np.zeros_like(rest), where=others > 0))
