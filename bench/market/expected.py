"""Expected sales of specs under the market's own choice model, without the luck of one draw.

With Gumbel noise the chance that shopper *i* takes *j* is ``e_ij / (e_i0 + Σ_k e_ik)`` with
``e = exp(utility without noise)`` (multinomial logit, McFadden 1974), so expectations over
the noise are exact and only wants, budgets and stock-outs are sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from bench.market.selling import RETURN_HANDLING_CNY, Future, Terms
from pipelines.samples.market_model import Category, World
from pipelines.samples.market_shoppers import OVER_BUDGET_PENALTY, Shoppers, product_utility

LATE_RETURN_SHARE = 0.3
EXTRA_DEMAND_CV = 0.10
SHORT_OF_STOCK_MARGIN = 0.6


@dataclass(frozen=True, eq=False)
class Crowd:
    """Future buyers and what they have without a plan; arrays over n buyers.

    ``weight`` is units per buyer over the number of draws, ``base`` the sum of exponentials
    of leaving and of all products in stock, ``base_margin`` the expected margin in CNY,
    ``kept`` and ``returned`` the chances of each fate.
    """

    category: Category
    shoppers: Shoppers
    weight: np.ndarray
    base: np.ndarray
    base_margin: np.ndarray
    kept: np.ndarray
    returned: np.ndarray
    first_day: int

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, rows: np.ndarray) -> Crowd:
        """A part of the crowd whose weights still stand for the whole."""
        scale = len(self) / max(1, np.arange(len(self))[rows].size)
        return Crowd(
            self.category,
            self.shoppers.take(rows),
            self.weight[rows] * scale,
            self.base[rows],
            self.base_margin[rows],
            self.kept[rows],
            self.returned[rows],
            self.first_day,
        )


@dataclass(frozen=True)
class Option:
    """A spec before its quantity: value indices, maker, price in CNY."""

    features: tuple[int, ...]
    maker: int
    price_cny: float


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a set of options would do: expected CNY, and the units to order of each."""

    profit_cny: float
    units: np.ndarray
    region_share: np.ndarray


def crowd_of(world: World, futures: Sequence[Future]) -> Crowd:
    """The buyers of several planning draws with each draw's own stock-outs."""
    parts = [_crowd_of_one(world, future, len(futures)) for future in futures]
    first = parts[0]
    names = ("weight", "base", "base_margin", "kept", "returned")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    shoppers = Shoppers(
        **{
            name: np.concatenate([getattr(part.shoppers, name) for part in parts])
            for name in first.shoppers.__dataclass_fields__
        }
    )
    return Crowd(category=first.category, shoppers=shoppers, first_day=first.first_day, **joined)


def _crowd_of_one(world: World, future: Future, draws: int) -> Crowd:
    category, shoppers = future.category, future.shoppers
    products = category.products
    in_stock = future.baseline.closing_stock > 0
    power = np.exp(future.utility - shoppers.noise)
    power *= in_stock[shoppers.day - future.first_day]
    base = np.exp(shoppers.outside) + power.sum(axis=1)
    cancel = world.spec.cancel_rate
    returned = (1.0 - cancel) * world.return_rate[shoppers.channel]
    kept = 1.0 - cancel - returned
    margin = products.price_cny[:, shoppers.day].T - products.unit_cost_cny
    gained = kept[:, None] * margin - returned[:, None] * RETURN_HANDLING_CNY
    return Crowd(
        category,
        shoppers,
        shoppers.quantity / draws,
        base,
        (power * gained).sum(axis=1) / base,
        kept,
        returned,
        future.first_day,
    )


def value_utility(crowd: Crowd, features: np.ndarray) -> np.ndarray:
    """Utility of configurations before price and noise, ``(n, C)``."""
    free = np.zeros(len(features))
    return product_utility(crowd.category, crowd.shoppers, features=features, price_cny=free, quality=free)


def price_utility(crowd: Crowd, price_cny: np.ndarray) -> np.ndarray:
    """What prices ``(C,)`` take away from utility, ``(n, C)``."""
    shoppers = crowd.shoppers
    loss = shoppers.sensitivity[:, None] * price_cny / crowd.category.reference_price_cny
    over = price_cny / shoppers.budget_cny[:, None] - 1.0
    return loss + OVER_BUDGET_PENALTY * np.maximum(over, 0.0)


def powers(crowd: Crowd, options: Sequence[Option], terms: Terms) -> np.ndarray:
    """Exponentials of the options' utilities on the days they are on sale, ``(n, M)``."""
    features = np.array([option.features for option in options])
    price = np.array([option.price_cny for option in options])
    power = np.exp(value_utility(crowd, features) - price_utility(crowd, price))
    lead = np.array([crowd.category.makers[option.maker].lead_time_days for option in options])
    since = crowd.shoppers.day[:, None] - crowd.first_day - lead
    return power * ((since >= 0) & (since < terms.sell_days))


def wished_units(
    crowd: Crowd, power: np.ndarray, critical_ratio: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected kept units, units to wish for (newsvendor), and spread, each ``(M,)``."""
    chance = power / (crowd.base + power.sum(axis=1))[:, None]
    kept = (crowd.weight * crowd.kept) @ chance
    gone = (crowd.weight * (1.0 - crowd.kept)) @ chance
    need = kept + LATE_RETURN_SHARE * gone
    spread = np.sqrt(1.1 * need + (EXTRA_DEMAND_CV * need) ** 2)
    return need, need + norm.ppf(critical_ratio) * spread, spread


def expected_gain(crowd: Crowd, power: np.ndarray, margin_cny: np.ndarray, sold_share: np.ndarray) -> float:
    """Expected margin with the options less without, in CNY; short specs earn ``sold_share``."""
    total = crowd.base + power.sum(axis=1)
    earns = crowd.kept[:, None] * margin_cny - crowd.returned[:, None] * RETURN_HANDLING_CNY
    new = (power * earns * sold_share).sum(axis=1) / total
    # Shoppers turned away by an empty shelf return to what they would have had.
    lost = crowd.base_margin * ((power * sold_share).sum(axis=1) / total)
    return float(crowd.weight @ (new - lost))


def short_share(need: np.ndarray, spread: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Expected share of ``need`` that ``units`` can serve, normal demand."""
    z = (units - need) / spread
    short = spread * (norm.pdf(z) - z * norm.sf(z))
    return np.clip(1.0 - short / np.maximum(need, 1e-9), 0.0, 1.0)
