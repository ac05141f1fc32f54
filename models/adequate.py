"""How many came to buy: conversion with everything in stock that anybody wants, stated or not.

A searching shopper comes to buy with chance c, else only looks. Each want is a must with a chance:
μ for a stated one, δ·μ for an unstated one (the same shopper may or may not say it). Who came buys when some product in
stock has all musts, or gives in with chance g. Unstated wants are integrated out over what the
silent want. So

    P(buys | stated wants, shelf) = c · (g + (1 - g) · P(some product in stock has all musts))

c is told by how conversion rises with what is in stock; a class of lookers keeps those who would
not buy anything apart (Kamakura & Russell 1989). Maximum a posteriori on buyers per pattern of
wants and stretch of days. Buyers are counted; only those who came and left are in doubt: by the
parameters (delta method), the form of the model, and luck.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.history import UNSTATED, CategoryHistory

Array = NDArray[np.float64]
BLOCK_DAYS = 14
MAX_ATTRIBUTES = 5  # most stated ones; subsets of them are enumerated
MAX_PATTERNS = 300
COMPLETIONS = 64
PRIOR_MUST = (0.5, 1.0)  # ln odds: mean, standard deviation
PRIOR_UNSTATED = (2.0, 1.5)  # of δ
PRIOR_GIVES_IN = (-3.0, 0.7)
FORM_SD = 0.09  # of ln of who came, beyond parameters and luck; from plain markets (bench/recovery), seeds 2000 to 2059
_STEPS = np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0])


@dataclass(frozen=True)
class Comers:
    """Shopper-days of the window: ``buyers``, and ``left``, who came to buy and did not, with standard error."""

    buyers: float
    left: float
    left_se: float

    def came(self) -> tuple[float, float]:
        """Shopper-days that came to buy, with standard error."""
        return self.buyers + self.left, self.left_se


def fit(
    history: CategoryHistory, silent_shares: list[Array], *, first_day: int, end_day: int, last_days: int
) -> Comers:
    """Comers of the days ``first_day`` … ``end_day`` - 1, fitted on the ``last_days`` days before ``end_day``.

    ``silent_shares`` is, per attribute, what those want who say nothing of it (sums to 1, or zeros).
    """
    groups = _Groups.of(history, silent_shares, first_day, end_day, last_days)
    start = np.concatenate([[logit(groups.overall)], np.full(groups.attributes, PRIOR_MUST[0])])
    start = np.concatenate([start, [PRIOR_UNSTATED[0], PRIOR_GIVES_IN[0]]])
    found = minimize(groups.loss, start, method="L-BFGS-B", options={"maxiter": 200})
    covariance = np.linalg.inv(_curvature(groups.loss, found.x))
    left = groups.left(found.x)
    others = (groups.trials - groups.successes)[groups.is_now]
    luck = float((left * (1 - left / np.maximum(others, 1.0))).sum())
    slope = groups.left_slope(found.x)
    buyers, lost = float(groups.successes[groups.is_now].sum()), float(left.sum())
    variance = float(slope @ covariance @ slope) + (FORM_SD * (buyers + lost)) ** 2 + luck
    return Comers(buyers, lost, float(np.sqrt(variance)))


@dataclass(frozen=True)
class _Groups:
    """Shopper-days by pattern of wants and stretch of days; ``served`` is groups × subsets of musts."""

    trials: Array
    successes: Array
    is_now: NDArray[np.bool_]
    is_stated: NDArray[np.bool_]
    subsets: NDArray[np.bool_]
    served: Array
    overall: float

    @property
    def attributes(self) -> int:
        return self.subsets.shape[1]

    @classmethod
    def of(
        cls, history: CategoryHistory, silent_shares: list[Array], first_day: int, end_day: int, last_days: int
    ) -> _Groups:
        sessions = history.sessions
        since = min(first_day, end_day - last_days)
        used = sessions.select(sessions.searched & (sessions.day >= since) & (sessions.day < end_day))
        stated = (used.wants != UNSTATED).sum(axis=0) if len(used) else np.zeros(len(history.attributes))
        chosen = np.sort(np.argsort(-stated, kind="stable")[:MAX_ATTRIBUTES])
        wants = used.wants[:, chosen]
        patterns, pattern = np.unique(wants, axis=0, return_inverse=True)
        pattern = pattern.reshape(-1)
        common = np.bincount(pattern, minlength=len(patterns))
        rare = np.argsort(-common, kind="stable")[MAX_PATTERNS:]
        keep = ~np.isin(pattern, rare)
        block = (end_day - 1 - used.day) // BLOCK_DAYS
        key = (pattern * (block.max(initial=0) + 1) + block)[keep]
        cells, cell = np.unique(key, return_inverse=True)
        blocks = block.max(initial=0) + 1
        bought = (used.sku != UNSTATED)[keep]
        now = (used.day >= first_day)[keep]
        trials = np.bincount(cell, minlength=len(cells)).astype(float)
        subsets = np.array(list(itertools.product([False, True], repeat=len(chosen))), bool)
        served = _served(history, patterns, [silent_shares[a] for a in chosen], chosen, subsets, end_day, int(blocks))
        return cls(
            trials=trials,
            successes=np.bincount(cell, weights=bought, minlength=len(cells)).astype(float),
            is_now=np.bincount(cell, weights=now, minlength=len(cells)) > 0.5 * trials,
            is_stated=(patterns != UNSTATED)[cells // blocks],
            subsets=subsets,
            served=served[cells % blocks, cells // blocks],
            overall=float((bought.sum() + 1.0) / (len(bought) + 20.0)),
        )

    @cached_property
    def _stated(self) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """The few distinct rows of ``is_stated``, and which of them each group has."""
        rows, number = np.unique(self.is_stated, axis=0, return_inverse=True)
        return rows, np.asarray(number.reshape(-1), np.int64)

    def chance(self, parameters: Array) -> Array:
        """Per group, the chance that who came found all musts or gave in."""
        must, unstated = expit(parameters[1 : 1 + self.attributes]), expit(parameters[-2])
        stated, pattern = self._stated
        chance = np.where(stated, must, must * unstated)[:, None, :]  # what is stated × 1 × attribute
        weight = np.where(self.subsets[None, :, :], chance, 1 - chance).prod(axis=2)[pattern]
        gives_in = expit(parameters[-1])
        return np.asarray(gives_in + (1 - gives_in) * (weight * self.served).sum(axis=1))

    def left(self, parameters: Array) -> Array:
        """Per group of the window, how many of those who did not buy came to."""
        share, chance = expit(parameters[0]), self.chance(parameters)[self.is_now]
        others = (self.trials - self.successes)[self.is_now]
        return np.asarray(others * share * (1 - chance) / (1 - share * chance))

    def left_slope(self, parameters: Array) -> Array:
        """Gradient of the sum of ``left``, by central differences."""
        steps = 1e-4 * np.eye(len(parameters))
        return np.array([(self.left(parameters + s).sum() - self.left(parameters - s).sum()) / 2e-4 for s in steps])

    def loss(self, parameters: Array) -> float:
        buys = np.clip(expit(parameters[0]) * self.chance(parameters), 1e-9, 1 - 1e-9)
        value = self.successes @ np.log(buys) + (self.trials - self.successes) @ np.log1p(-buys)
        must = (parameters[1:-2] - PRIOR_MUST[0]) / PRIOR_MUST[1]
        unstated = (parameters[-2] - PRIOR_UNSTATED[0]) / PRIOR_UNSTATED[1]
        gives_in = (parameters[-1] - PRIOR_GIVES_IN[0]) / PRIOR_GIVES_IN[1]
        return 0.5 * float(must @ must + unstated**2 + gives_in**2) - float(value)


def _served(
    history: CategoryHistory,
    patterns: NDArray[np.int16],
    silent_shares: list[Array],
    chosen: NDArray[np.int64],
    subsets: NDArray[np.bool_],
    end_day: int,
    blocks: int,
) -> Array:
    """Blocks × patterns × subsets: chance that a product in stock has every want of the subset."""
    size = len(patterns)
    wants = np.repeat(patterns, COMPLETIONS, axis=0).astype(np.int64)
    point = np.arange(len(wants))[:, None] * _STEPS[None, : len(chosen)] % 1.0
    for a, share in enumerate(silent_shares):
        if share.sum() > 0:
            drawn = np.minimum(np.searchsorted(np.cumsum(share) / share.sum(), point[:, a]), len(share) - 1)
            wants[:, a] = np.where(wants[:, a] == UNSTATED, drawn, wants[:, a])
    wants, number = np.unique(wants, axis=0, return_inverse=True)  # many shoppers want the same
    has = wants[:, None, :] == history.products.features[None, :, chosen]  # want × product × attribute
    has |= (wants == UNSTATED)[:, None, :]
    fits = np.stack([has[:, :, subset].all(axis=2) for subset in subsets])  # subset × want × product
    found = np.empty((blocks, size, len(subsets)))
    available = history.products.is_available
    for block in range(blocks):
        end = end_day - block * BLOCK_DAYS
        shelf = available[max(0, end - BLOCK_DAYS) : end].mean(axis=0)
        missing = np.where(fits, 1 - shelf[None, None, :], 1.0).prod(axis=2)  # subset × want
        of_each = missing[:, number.reshape(-1)].reshape(len(subsets), size, COMPLETIONS)
        found[block] = (1 - of_each).mean(axis=2).T
    return found


def _curvature(loss: object, at: Array) -> Array:
    """Hessian by central differences, made positive definite."""
    size, step = len(at), 1e-3
    rows = np.empty((size, size))
    eye = np.eye(size) * step
    for i in range(size):
        for j in range(i, size):
            corners = [loss(at + s * eye[i] + t * eye[j]) for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]  # type: ignore[operator]
            rows[i, j] = rows[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    values, vectors = np.linalg.eigh(rows)
    return np.asarray((vectors * np.maximum(values, 0.1)) @ vectors.T)
