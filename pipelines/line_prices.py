"""What configurations usually cost in the shop, and which prices a plan may ask."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import daily_price, demand
from models.choice import of_values
from models.history import UNSTATED, CategoryHistory
from pipelines.manufacturers import Manufacturer

Array = NDArray[np.float64]
DEFAULT_MARGIN_RATE = 0.3  # of the price, where no product of the category tells
PRICE_STEPS = 7


@dataclass(frozen=True)
class UsualPrices:
    """Cost of a configuration at the manufacturers of the category, times the usual mark-up.

    ``base`` is the mean base cost, ``add_on[a]`` the mean add-on per value of attribute a. A dozen products say little
    of what one feature adds to a price; what it costs to make says more.
    """

    base: float
    add_on: tuple[Array, ...]
    markup: float

    def of(self, features: NDArray[np.int16]) -> Array:
        """Usual price of configurations (rows of value indexes); an unknown value adds nothing."""
        return np.asarray((self.base + of_values(features, self.add_on)) * self.markup)

    def dear(self, features: NDArray[np.int16]) -> tuple[Array, ...]:
        """Per attribute, what each value adds to the usual price over what the values of ``features`` (products) add on
        average, as a multiple of their mean usual price."""
        mean = float(np.mean(self.of(features))) if len(features) else 0.0
        found = []
        for a, add_on in enumerate(self.add_on):
            known = features[:, a][features[:, a] != UNSTATED]
            centre = float(np.mean(add_on[known])) if len(known) else float(np.mean(add_on)) if len(add_on) else 0.0
            found.append((add_on - centre) * self.markup / mean if mean > 0 else np.zeros(len(add_on)))
        return tuple(found)

    def relative(self, features: NDArray[np.int16], price: Array) -> Array:
        """Prices as multiples of the usual ones of ``features``; 1 where there is no price."""
        return np.where(price > 0, price / np.maximum(self.of(features), 1e-9), 1.0)


def usual_prices(history: CategoryHistory, makers: list[Manufacturer]) -> UsualPrices:
    """Mark-up is the median over products of price by cost of their features."""
    add_on = []
    for name, values in zip(history.attributes, history.values, strict=True):
        add_on.append(np.array([_add_on(makers, name, value) for value in values]))
    at_cost = UsualPrices(float(np.mean([maker.base_unit_cost for maker in makers])), tuple(add_on), 1.0)
    products = history.products
    cost = at_cost.of(products.features)
    known = (products.price > 0) & (cost > 0)
    markup = np.median(products.price[known] / cost[known]) if known.any() else 1 / (1 - DEFAULT_MARGIN_RATE)
    return UsualPrices(at_cost.base, at_cost.add_on, float(markup))


def _add_on(makers: list[Manufacturer], name: str, value: str) -> float:
    """Mean add-on cost of a value at those who make it, or at all where nobody does."""
    able = [maker for maker in makers if maker.can_make({name: value})] or makers
    return float(np.mean([maker.feature_costs.get(name, {}).get(value, 0.0) for maker in able]))


def relative_by_day(history: CategoryHistory, usual: UsualPrices) -> Array:
    """Days × products: price as a multiple of what the product's features usually cost; 1 where it has none."""
    return usual.relative(history.products.features, daily_price.by_day(history))


def price_factors(history: CategoryHistory, relative: Array) -> Array:
    """Multiples of the usual price a plan may ask: those seen lately on products in stock."""
    on_sale = history.products.is_available[-demand.RECENT_DAYS :]
    seen = relative[-demand.RECENT_DAYS :][on_sale]
    if not len(seen):
        return np.ones(1)
    low, high = np.quantile(seen, [0.05, 0.95])
    return np.linspace(min(low, 1.0), max(high, 1.0), PRICE_STEPS)


def highest_price(history: CategoryHistory) -> float:
    """Above the dearest product bought lately nobody is known to buy, so no plan goes there."""
    lines = history.lines
    recent = (lines.day >= history.days - demand.RECENT_DAYS) & (lines.sku >= 0) & (lines.net_units > 0)
    return float(history.products.price[lines.sku[recent]].max()) if recent.any() else math.inf
