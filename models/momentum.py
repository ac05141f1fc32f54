"""How far shares of what people say go on moving as they moved lately.

A value's share of the last four weeks goes on from there by a part of its last move:

    ln(share ahead / share now) = reach · trust · ln(share now / share before)
    trust = sd² / (sd² + sampling variance)

``reach`` is in stretches of four weeks: 0 stays where the last weeks were, 1/2 is where the newest day is, 1 two weeks
beyond; ``sd`` is how far shares usually move. Which holds, the shop's own past tells: every pair is back-tested on all
attributes of all its categories together, by the log score of what was said afterwards, and pairs are averaged by it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STRETCH = 4  # weeks
PAIRS = ((0.0, 1.0), *itertools.product((0.25, 0.5, 0.75, 1.0), (0.2, 0.4)))  # reach, sd
FIRST_ORIGIN, ORIGIN_STEP = 8, 2  # weeks
LEAST_SAID = 20  # in a stretch, and in what follows, for an origin to count
EVIDENCE = 10.0  # mentions that an origin counts for: neighbours share their errors, and tastes move beyond counting
PRIOR_COUNT = 0.5
MOST = 4.0  # factor


@dataclass(frozen=True)
class Momentum:
    """``weight`` of each of PAIRS."""

    weight: Array

    def growth(self, said: Array) -> Array:
        """Factor on each value's share from the last four weeks to the weeks ahead; ``said`` is weeks × values."""
        found = np.sum([w * _moved(said, *pair) for w, pair in zip(self.weight, PAIRS, strict=True)], axis=0)
        return np.asarray(np.exp(np.clip(found, -np.log(MOST), np.log(MOST))))


def fit(said: Sequence[Array], *, horizon: int) -> Momentum:
    """Learnt from weekly counts (weeks × values) of every attribute, for what is said in the ``horizon`` weeks ahead
    (fewer in the back-test where the history is short). Without a past all pairs count alike.
    """
    score = np.zeros(len(PAIRS))
    for counts in said:
        weeks = len(counts)
        ahead = min(horizon, max(weeks // 4, 2))
        for origin in range(FIRST_ORIGIN, weeks - ahead + 1, ORIGIN_STEP):
            past, after = counts[:origin], counts[origin : origin + ahead].sum(axis=0)
            if min(past[-STRETCH:].sum(), after.sum()) >= LEAST_SAID:
                score += [after / after.sum() @ _log_share(past, *pair) for pair in PAIRS]
    weight = np.exp(EVIDENCE * (score - score.max()))
    return Momentum(weight / weight.sum())


def _log_share(said: Array, reach: float, sd: float) -> Array:
    ahead = np.log(said[-STRETCH:].sum(axis=0) + PRIOR_COUNT) + _moved(said, reach, sd)
    return np.asarray(ahead - np.log(np.exp(ahead).sum()))


def _moved(said: Array, reach: float, sd: float) -> Array:
    """ln of the factor on each share; nothing moves where there are less than two stretches."""
    if len(said) < 2 * STRETCH:
        return np.zeros(said.shape[1])
    now = said[-STRETCH:].sum(axis=0) + PRIOR_COUNT
    before = said[-2 * STRETCH : -STRETCH].sum(axis=0) + PRIOR_COUNT
    move = np.log(now / now.sum()) - np.log(before / before.sum())
    return np.asarray(reach * sd**2 / (sd**2 + 1 / now + 1 / before) * move)
