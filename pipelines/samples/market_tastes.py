"""What shoppers want: shares of wanted values by segment and day, importance, mismatch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_catalogue import AttributeText, CategoryText
from pipelines.samples.market_model import SEGMENTS, MarketSpec

DRIFT_KNOT_DAYS = 30
APPEAL_PER_COST, APPEAL_SD = 6.5, 0.12


@dataclass(frozen=True, eq=False)
class Tastes:
    """Tastes of one category; arrays as in ``market_model.Category``."""

    wanted_share: tuple[np.ndarray, ...]
    importance: np.ndarray
    mismatch: tuple[np.ndarray, ...]
    appeal: tuple[np.ndarray, ...]
    rising: tuple[int, int]


def draw_tastes(text: CategoryText, *, spec: MarketSpec, n_days: int, rng: np.random.Generator) -> Tastes:
    """Draw the tastes of a category for ``n_days`` days."""
    candidates = [
        (a, v)
        for a, attribute in enumerate(text.attributes)
        for v, value in enumerate(attribute.values)
        if value.may_rise
    ]
    rising = candidates[int(rng.integers(len(candidates)))]
    shares = []
    for a, attribute in enumerate(text.attributes):
        share = _drifting_share(len(attribute.values), n_days, spec.drift_strength, rng)
        if a == rising[0]:
            share = _with_rising_value(share, rising[1], spec.n_days, rng)
        shares.append(share)
    base = np.array([attribute.importance for attribute in text.attributes])
    importance = base * rng.uniform(1.4, 2.3, (SEGMENTS, len(base)))
    importance[:, rising[0]] *= 1.4
    return Tastes(
        tuple(shares),
        importance,
        tuple(_mismatch(a) for a in text.attributes),
        tuple(_appeal(a, rng) for a in text.attributes),
        rising,
    )


def _drifting_share(n_values: int, n_days: int, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Softmax of a smooth random walk, ``(segments, days, values)``."""
    knots = np.arange(0, n_days + DRIFT_KNOT_DAYS, DRIFT_KNOT_DAYS)
    common = rng.normal(0.0, 0.5, n_values)
    start = common + rng.normal(0.0, 1.3, (SEGMENTS, n_values))
    steps = rng.normal(0.0, 0.06 * strength, (SEGMENTS, len(knots), n_values))
    walk = start[:, None, :] + np.cumsum(steps, axis=1)
    days = np.arange(n_days)
    logits = np.array([[np.interp(days, knots, walk[s, :, v]) for v in range(n_values)] for s in range(SEGMENTS)])
    weights = np.exp(logits.transpose(0, 2, 1))
    return weights / weights.sum(axis=2, keepdims=True)


def _with_rising_value(share: np.ndarray, value: int, history_days: int, rng: np.random.Generator) -> np.ndarray:
    """Replace one value's share by a logistic rise and scale the others to what is left."""
    top = rng.uniform(0.18, 0.25)
    middle = history_days * rng.uniform(0.50, 0.70)
    width = history_days * rng.uniform(0.07, 0.11)
    days = np.arange(share.shape[1])
    by_segment = rng.uniform(0.6, 1.4, SEGMENTS)
    by_segment /= by_segment.mean()
    rise = 0.008 + (top - 0.008) / (1.0 + np.exp(-(days - middle) / width))
    wanted = rise[None, :] * by_segment[:, None]
    others = np.delete(share, value, axis=2)
    others = others / others.sum(axis=2, keepdims=True) * (1.0 - wanted[:, :, None])
    return np.insert(others, value, wanted, axis=2)


def _mismatch(attribute: AttributeText) -> np.ndarray:
    """Loss, in units of importance, of getting the column's value when wanting the row's."""
    n = len(attribute.values)
    rank = np.arange(n)
    apart = np.abs(rank[:, None] - rank[None, :])
    loss = np.minimum(apart * 0.5, 1.2) if attribute.is_ordered else 1.0 - np.eye(n)
    return np.column_stack([loss, np.ones(n)])


def _appeal(attribute: AttributeText, rng: np.random.Generator) -> np.ndarray:
    """Utility everybody gets from a value, about what its cost takes away; 0 if not stated."""
    usual = usual_appeal(attribute)
    return usual + np.append(rng.normal(0.0, APPEAL_SD, len(usual) - 1), 0.0)


def usual_appeal(attribute: AttributeText) -> np.ndarray:
    """About what the cost of each value takes away; last, 0 for a value that is not stated."""
    return np.append(APPEAL_PER_COST * np.array([value.cost_share for value in attribute.values]), 0.0)
