"""The choice model of the market: who comes, what they want, what they take.

A shopper *i* in the market for category *c* gets from product *j* the utility

    u_ij = quality_j + Σ_a appeal_a[v_ja] − Σ_a importance_ia · mismatch_a[want_ia, v_ja]
           − sensitivity_i · price_j / reference price − 6 · max(0, price_j / budget_i − 1) + ε_ij

with ε standard Gumbel, and leaves with nothing when no product on offer beats the outside
utility ``u_i0 + ε_i0``. Most searchers only look (``is_buyer`` false). Wants follow the
segment's drifting shares, and a segment is likelier in some regions than in others.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipelines.samples.market_model import Category, World

OVER_BUDGET_PENALTY = 6.0
DAY_SECONDS = 86_400


@dataclass(frozen=True, eq=False)
class Shoppers:
    """One category's shoppers in order of arrival; every array has length n (wants ``(n, A)``).

    ``fate`` and ``quantity`` are what would happen to a purchase: uniform number deciding
    kept, cancelled or returned, and units taken. ``noise`` is ``(n, J)`` for known products,
    ``outside`` the utility of leaving without its noise.
    """

    day: np.ndarray
    second: np.ndarray
    region: np.ndarray
    channel: np.ndarray
    wants: np.ndarray
    importance: np.ndarray
    sensitivity: np.ndarray
    budget_cny: np.ndarray
    outside: np.ndarray
    outside_noise: np.ndarray
    is_buyer: np.ndarray
    quantity: np.ndarray
    fate: np.ndarray
    noise: np.ndarray

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: np.ndarray) -> Shoppers:
        """The shoppers at ``rows`` (mask or indices)."""
        return Shoppers(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def draw_shoppers(
    world: World,
    category: Category,
    *,
    first_day: int,
    end_day: int,
    buyers_only: bool,
    rng: np.random.Generator,
) -> Shoppers:
    """Draw everyone who comes in ``[first_day, end_day)``, or only those willing to buy."""
    spec = world.spec
    come = category.buyer_share if buyers_only else 1.0
    expected = category.shoppers_per_day[first_day:end_day] * come
    busy = rng.lognormal(-0.5 * spec.day_noise**2, spec.day_noise, len(expected))
    per_day = rng.poisson(expected * busy)
    n = int(per_day.sum())
    day = np.repeat(np.arange(first_day, end_day), per_day)
    second = _seconds_of_day(n, rng)
    region = rng.choice(len(world.regions), n, p=world.region_share)
    segment = _pick(category.segment_share[region].cumsum(axis=1), rng)
    wants = np.column_stack([_pick(share[segment, day].cumsum(axis=1), rng) for share in category.wanted_share])
    spread = rng.lognormal(-0.405, 0.9, wants.shape)
    return Shoppers(
        day=day,
        second=second[np.lexsort((second, day))],
        region=region,
        channel=rng.choice(len(world.channel_share), n, p=world.channel_share),
        wants=wants,
        importance=category.importance[segment] * spread,
        sensitivity=category.price_sensitivity[segment] * rng.lognormal(0.0, 0.3, n),
        budget_cny=category.budget[segment] * rng.lognormal(0.0, 0.3, n),
        outside=category.outside_utility + rng.normal(0.0, 0.8, n),
        outside_noise=rng.gumbel(size=n),
        is_buyer=np.ones(n, bool) if buyers_only else rng.random(n) < category.buyer_share,
        quantity=np.where(rng.random(n) < 0.04, 2, 1),
        fate=rng.random(n),
        noise=rng.gumbel(size=(n, len(category.products.sku_ids))),
    )


def product_utility(
    category: Category,
    shoppers: Shoppers,
    *,
    features: np.ndarray,
    price_cny: np.ndarray,
    quality: np.ndarray,
) -> np.ndarray:
    """Utility without noise, ``(n, J)``; price is ``(J,)`` or ``(n, J)``, -1 is a missing value."""
    utility = np.broadcast_to(quality, (len(shoppers), len(features))).astype(float)
    for a, loss in enumerate(category.mismatch):
        value = features[:, a]
        utility += category.appeal[a][value]
        utility -= shoppers.importance[:, a, None] * loss[:, value][shoppers.wants[:, a]]
    price = np.broadcast_to(price_cny, utility.shape)
    utility -= shoppers.sensitivity[:, None] * price / category.reference_price_cny
    over = price / shoppers.budget_cny[:, None] - 1.0
    return utility - OVER_BUDGET_PENALTY * np.maximum(over, 0.0)


def choose(utility: np.ndarray, outside: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Index of the best available product of each shopper, -1 for none.

    ``utility`` is ``(n, J)`` and ``outside`` ``(n,)``, both with noise; ``available`` is
    ``(J,)`` or ``(n, J)``.
    """
    if utility.shape[1] == 0:
        return np.full(len(utility), -1)
    offered = np.where(available, utility, -np.inf)
    best = offered.argmax(axis=1)
    wins = offered[np.arange(len(best)), best] > outside
    return np.where(wins, best, -1)


def _seconds_of_day(n: int, rng: np.random.Generator) -> np.ndarray:
    """Arrival times: few at night, a noon hump, most in the evening."""
    hump = rng.choice(3, n, p=[0.2, 0.3, 0.5])
    hours = rng.normal(np.array([10.0, 13.5, 20.5])[hump], np.array([2.5, 2.0, 1.8])[hump])
    return (np.mod(hours, 24.0) * 3600).astype(np.int64) % DAY_SECONDS


def _pick(cumulative: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one column per row from row-wise cumulative shares."""
    uniform = rng.random(len(cumulative))[:, None]
    return np.minimum((uniform > cumulative).sum(axis=1), cumulative.shape[1] - 1)
