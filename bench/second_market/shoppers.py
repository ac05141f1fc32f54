"""Shoppers of one day and what they choose: a logit with an ideal value, importance and price sense of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.second_market.world import Floats, Ints, Shop

INDIFFERENT = 0.12  # what is left of the penalty of those who do not care


@dataclass(frozen=True)
class Shoppers:
    """n shoppers: ideals and weights (n, attributes), price slope per money unit (n), whether they only look."""

    ideal: Ints
    weight: Floats
    cares: Ints
    slope: Floats
    looker: Ints
    segment: Ints


def draw_shoppers(shop: Shop, day: int, n: int, rng: np.random.Generator) -> Shoppers:
    """n shoppers with the tastes of a day."""
    s = shop.scenario
    logits = shop.logits(day)
    segment = rng.integers(0, logits.shape[0], n)
    noise = rng.gumbel(size=(n, *logits.shape[1:]))
    ideal = np.argmax(logits[segment] + noise, axis=2)
    cares = rng.random(ideal.shape) < s.care
    weight = s.penalty * rng.lognormal(0, 0.5, ideal.shape) * np.where(cares, 1.0, INDIFFERENT)
    slope = s.price_sensitivity / shop.category.price * rng.lognormal(0, 0.3, n)
    looker = rng.random(n) < s.lookers
    return Shoppers(ideal, weight, cares.astype(int), slope, looker.astype(int), segment)


def mismatch(shop: Shop, people: Shoppers) -> list[Floats]:
    """Per attribute, the utility lost by each shopper with each value: (n, values)."""
    return [people.weight[:, [a]] * table[people.ideal[:, a]] for a, table in enumerate(shop.distances)]


def utility(shop: Shop, people: Shoppers, values: Ints, price: Floats) -> Floats:
    """Utility of configurations (k, attributes) at prices (k), without base, quality and chance: (n, k)."""
    total = -people.slope[:, None] * (price[None] - shop.category.price)
    for a, lost in enumerate(mismatch(shop, people)):
        total = total - lost[:, values[:, a]]
    return total


def shelf_utility(shop: Shop, people: Shoppers, price: Floats) -> Floats:
    """Utility of the products on sale at given prices, with base and quality: (n, products)."""
    return utility(shop, people, shop.values, price) + shop.base + shop.quality[None]


def choose(total: Floats, outside: Floats, stock: Ints, looker: Ints, quantity: Ints) -> Ints:
    """Each shopper in turn takes the best of what is left, or leaves (-1); `total` and `outside` hold the chance."""
    n, k = total.shape
    open_ = np.ones((n, k), dtype=bool) & (stock > 0)[None]
    while True:
        best = np.where(open_, total, -np.inf)
        pick = np.argmax(best, axis=1)
        buys = (best[np.arange(n), pick] > outside) & (looker == 0)
        choice = np.where(buys, pick, -1)
        over = False
        for j in np.unique(choice[choice >= 0]):
            takers = np.flatnonzero(choice == j)
            late = takers[np.cumsum(quantity[takers]) > stock[j]]
            if len(late):
                open_[late[0] :, j] = False
                over = True
        if not over:
            return choice
