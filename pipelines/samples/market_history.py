"""The market's past: every shopper of the history and what they chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_model import Category, World, stream
from pipelines.samples.market_shoppers import Shoppers, draw_shoppers, product_utility
from pipelines.samples.market_stock import (
    Offer,
    ShopRun,
    ShopState,
    draw_disruptions,
    fates,
    opening_state,
    run_shop,
)

FOREVER = 10**6


@dataclass(frozen=True, eq=False)
class CategoryHistory:
    """One category's past. ``utility`` is ``(n, J)`` with noise, ``choice`` -1 for none."""

    category: Category
    shoppers: Shoppers
    utility: np.ndarray
    choice: np.ndarray
    fate: np.ndarray
    closing_stock: np.ndarray
    state: ShopState


@dataclass(frozen=True, eq=False)
class Market:
    """A world and its history."""

    world: World
    histories: tuple[CategoryHistory, ...]


def existing_offer(category: Category, *, first_day: int, end_day: int, disrupted: np.ndarray) -> Offer:
    """The known products on sale in ``[first_day, end_day)``."""
    count = len(category.products.sku_ids)
    return Offer(
        first_day,
        end_day,
        category.products.launch_day,
        np.full(count, FOREVER),
        np.ones(count, bool),
        disrupted,
    )


def existing_utility(category: Category, shoppers: Shoppers) -> np.ndarray:
    """Utility ``(n, J)``, noise included, of known products at the prices of each day."""
    products = category.products
    deterministic = product_utility(
        category,
        shoppers,
        features=products.features,
        price_cny=products.price_cny[:, shoppers.day].T,
        quality=products.quality,
    )
    return deterministic + shoppers.noise


def run_history(world: World) -> Market:
    """Run the shop over the history; the same world gives the same history."""
    return Market(world, tuple(_run_category(world, category) for category in world.categories))


def _run_category(world: World, category: Category) -> CategoryHistory:
    rng = stream(world.spec, 3, category.index)
    n_days = world.spec.n_days
    shoppers = draw_shoppers(world, category, first_day=0, end_day=n_days, buyers_only=False, rng=rng)
    disrupted = draw_disruptions(category, n_days=n_days, rng=rng)
    utility = existing_utility(category, shoppers)
    fate = fates(world, shoppers)
    buyers = np.flatnonzero(shoppers.is_buyer)
    run: ShopRun = run_shop(
        shoppers.take(buyers),
        utility[buyers],
        fate=fate[buyers],
        offer=existing_offer(category, first_day=0, end_day=n_days, disrupted=disrupted),
        state=opening_state(category),
    )
    choice = np.full(len(shoppers), -1)
    choice[buyers] = run.choice
    return CategoryHistory(category, shoppers, utility, choice, fate, run.closing_stock, run.state)
