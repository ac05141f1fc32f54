"""The hidden world of one market: tastes, shelf, manufacturers. Nothing of it reaches the pipeline but by its logs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.second_market.catalogue import CATEGORIES, Category
from bench.second_market.scenario import Scenario
from bench.second_market.shoppers import draw_shoppers, shelf_utility

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SEGMENTS = 2
CALIBRATION_SHOPPERS = 3000
SALES = {(6, day): 2.2 for day in range(15, 19)} | {(11, day): 2.4 for day in range(8, 12)} | {(12, 12): 1.5}
LUNAR_NEW_YEAR = dt.date(2026, 2, 17)


@dataclass(frozen=True)
class Maker:
    """A manufacturer's terms for one category; names as in the data contract."""

    manufacturer_id: str
    lead_time_days: int
    weekly_capacity_units: int
    min_order_units: int
    min_spec_units: int
    pack_size: int
    base_unit_cost: float
    price_tiers: tuple[tuple[int, float], ...]
    setup_cost: float
    supported: tuple[tuple[int, ...], ...]
    """Per attribute, the values it can make."""
    feature_costs: tuple[tuple[float, ...], ...]

    @property
    def capacity(self) -> int:
        """Units one order may have."""
        return self.weekly_capacity_units * (self.lead_time_days // 7)

    def factor(self, units: float) -> float:
        """Tier factor on every unit of an order of `units`."""
        return [f for start, f in self.price_tiers if units >= start][-1] if units >= self.price_tiers[0][0] else 1.0

    def makes(self, values: Ints) -> bool:
        """Whether every value of a configuration is supported."""
        return all(int(v) in allowed for v, allowed in zip(values, self.supported, strict=True))

    def cost(self, values: Ints, units: float) -> float:
        """Cost of one unit in an order of `units`."""
        add = sum(costs[int(v)] for v, costs in zip(values, self.feature_costs, strict=True))
        return (self.base_unit_cost + add) * self.factor(units)


@dataclass
class Shop:
    """One category's world. Days count from the first day of the history."""

    scenario: Scenario
    category: Category
    share: float
    first_day: dt.date
    taste: Floats
    """Logit of each value: (segments, attributes, most values); -inf where there is none."""
    wave: Floats
    """Amplitude, period and phase of the drift: (3, attributes, most values)."""
    rising: tuple[int, int]
    """Attribute and value that rises and that nobody sells."""
    rise: tuple[float, float, float]
    """Start logit, end logit, middle day of the rise."""
    values: Ints
    """Products' values: (products, attributes)."""
    list_price: Floats
    unit_cost: Floats
    quality: Floats
    discount: Floats
    """Share off the list price: (days, products)."""
    traffic: Floats
    """Expected shoppers by day."""
    lift: Floats
    """Utility of buying today, by day (festivals)."""
    base: float = 0.0
    makers: tuple[Maker, ...] = ()

    @property
    def distances(self) -> list[Floats]:
        """Per attribute, share of the penalty when a shopper with ideal (row) gets a value (column)."""
        tables = []
        for attribute in self.category.attributes:
            n = len(attribute.values)
            gap = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
            tables.append(np.minimum(0.55 * gap, 1.4) if attribute.ordered else (gap > 0).astype(float))
        return tables

    def logits(self, day: int) -> Floats:
        """Tastes of one day, with drift and the rising value."""
        amplitude, period, phase = self.wave
        moved = self.taste + (amplitude * np.sin(2 * np.pi * day / period + phase))[None]
        start, end, middle = self.rise
        a, v = self.rising
        moved[:, a, v] = start + (end - start) / (1 + np.exp(-(day - middle) / 18.0))
        return moved

    def price(self, day: int) -> Floats:
        """Prices of the shelf on one day."""
        return np.round(self.list_price * (1 - self.discount[day]), 2)


def calendar(scenario: Scenario, first_day: dt.date, days: int) -> tuple[Floats, Floats]:
    """Relative traffic (week, growth, festivals, noise) and festival lift of utility, by day."""
    rng = np.random.default_rng([scenario.seed, 5])
    week = rng.uniform(0.85, 1.2, 7)
    traffic, lift = np.ones(days), np.zeros(days)
    for day in range(days):
        date = first_day + dt.timedelta(days=day)
        festival = SALES.get((date.month, date.day), 1.0)
        traffic[day] = week[date.weekday()] * festival * np.exp(scenario.growth_per_day * (day - 100))
        traffic[day] *= 0.55 if abs((date - LUNAR_NEW_YEAR).days) <= 3 else 1.0
        lift[day] = 0.35 if festival > 1 else 0.0
    return traffic * rng.lognormal(0, 0.06, days), lift


def make_shop(scenario: Scenario, category: Category, share: float, days: int) -> Shop:
    """Draw one category: tastes, a shelf that follows the taste badly, prices, promotions."""
    rng = np.random.default_rng([scenario.seed, 11, CATEGORIES.index(category)])
    sizes = [len(a.values) for a in category.attributes]
    n_attributes, most = len(sizes), max(sizes)
    taste = np.full((SEGMENTS, n_attributes, most), -np.inf)
    common = rng.normal(0, 0.8, (n_attributes, most))
    for a, n in enumerate(sizes):
        taste[:, a, :n] = common[a, :n] + rng.normal(0, 0.6, (SEGMENTS, n))
    wave = np.stack([
        rng.uniform(0, scenario.drift, (n_attributes, most)),
        rng.uniform(120, 400, (n_attributes, most)),
        rng.uniform(0, 2 * np.pi, (n_attributes, most)),
    ])  # fmt: skip
    a = int(rng.integers(n_attributes))
    rising = (a, int(rng.integers(sizes[a])))
    rise = (-2.5, float(rng.uniform(0.3, 1.4)), scenario.history_days * float(rng.uniform(0.55, 0.9)))
    n_products = int(rng.integers(scenario.products[0], scenario.products[1] + 1))
    if scenario.family == "thin":
        n_products = max(6, n_products // 2)
    values = _shelf(rng, sizes, rising, common, n_products)
    add = [rng.uniform(0, 0.12, n) * category.price * (1 - scenario.margin) for n in sizes]
    cost = category.price * (1 - scenario.margin) * 0.8 + sum(add[k][values[:, k]] for k in range(n_attributes))
    cost *= rng.normal(1, 0.04, n_products)
    quality = rng.normal(0, scenario.quality_sd, n_products)
    price = np.round(cost / (1 - scenario.margin) * np.exp(rng.normal(0, 0.1, n_products)) * (1 + 0.06 * quality))
    first_day = scenario.as_of - dt.timedelta(days=scenario.history_days)
    traffic, lift = calendar(scenario, first_day, days)
    discount = _promotions(rng, days, n_products)
    traffic = traffic * scenario.shoppers_per_day * share
    shop = Shop(scenario, category, share, first_day, taste, wave, rising, rise, values, price, np.round(cost, 2),
                quality, discount, traffic, lift)  # fmt: skip
    _calibrate(shop)
    shop.makers = _makers(shop, rng, add)
    return shop


def _shelf(rng: np.random.Generator, sizes: list[int], rising: tuple[int, int], common: Floats, n: int) -> Ints:
    """Products' values: half after the taste, half after the makers' habits; never the rising value."""
    values = np.zeros((n, len(sizes)), dtype=np.int64)
    for a, size in enumerate(sizes):
        weight = np.exp(0.3 * common[a, :size] + rng.normal(0, 1.0, size))
        if a == rising[0]:
            weight[rising[1]] = 0.0
        values[:, a] = rng.choice(size, n, p=weight / weight.sum())
    return values


def _promotions(rng: np.random.Generator, days: int, n: int) -> Floats:
    """Weeks in which a product is 5 to 20 % cheaper."""
    weeks = days // 7 + 1
    on = rng.random((weeks, n)) < 0.15
    off = np.where(on, rng.uniform(0.05, 0.2, (weeks, n)), 0.0)
    return np.repeat(np.round(off, 2), 7, axis=0)[:days]


def _calibrate(shop: Shop) -> None:
    """Set the base utility so that an average day's shelf sells to the wanted share of those who may buy."""
    people = draw_shoppers(shop, shop.scenario.history_days // 2, CALIBRATION_SHOPPERS, np.random.default_rng(3))
    value = np.exp(shelf_utility(shop, people, shop.list_price)).sum(axis=1)
    low, high = -15.0, 15.0
    for _ in range(50):
        shop.base = (low + high) / 2
        odds = value * np.exp(shop.base)
        low, high = (shop.base, high) if np.mean(odds / (1 + odds)) < shop.scenario.conversion else (low, shop.base)


def _makers(shop: Shop, rng: np.random.Generator, add: list[Floats]) -> tuple[Maker, ...]:
    """Two or three manufacturers whose terms are in proportion to what the category sells in a window."""
    s = shop.scenario
    sold = shop.traffic.mean() * (1 - s.lookers) * s.conversion * s.kept * s.sell_days
    made = []
    n_makers = int(rng.integers(2, 4)) if s.n_categories == 2 else 2
    for k in range(n_makers):
        supported = []
        for a, attribute in enumerate(shop.category.attributes):
            n = len(attribute.values)
            allowed = set(np.flatnonzero(rng.random(n) < 0.75).tolist()) | {int(rng.integers(n))}
            if k == 0 and a == shop.rising[0]:
                allowed.add(shop.rising[1])
            supported.append(tuple(range(n)) if rng.random() < 0.5 else tuple(sorted(allowed)))
        pack = int(rng.choice([1, 5, 10, 12, 20]))
        minimum = max(pack, round(sold * rng.uniform(0.03, 0.15)))
        made.append(Maker(
            manufacturer_id=f"M-{shop.category.category_id}-{k + 1}",
            lead_time_days=int(rng.integers(14, 43)),
            weekly_capacity_units=max(60, round(sold * rng.uniform(0.06, 0.4))),
            min_order_units=minimum,
            min_spec_units=max(pack, round(sold * rng.uniform(0.005, 0.03))),
            pack_size=pack,
            base_unit_cost=round(shop.category.price * (1 - s.margin) * 0.8 * rng.uniform(0.92, 1.1), 2),
            price_tiers=((1, 1.0), (2 * minimum, 0.97), (5 * minimum, 0.93)),
            setup_cost=round(shop.category.price * s.margin * sold * rng.uniform(0.002, 0.02), 0),
            supported=tuple(supported),
            feature_costs=tuple(tuple(np.round(costs * rng.uniform(0.85, 1.1), 2).tolist()) for costs in add),
        ))  # fmt: skip
    return tuple(made)


def make_market(scenario: Scenario) -> list[Shop]:
    """All categories of a market, over history, lead time and selling window."""
    rng = np.random.default_rng([scenario.seed, 2])
    chosen = rng.permutation(len(CATEGORIES))[: scenario.n_categories]
    shares = rng.dirichlet(np.full(scenario.n_categories, 8.0))
    days = scenario.history_days + 45 + scenario.sell_days
    return [make_shop(scenario, CATEGORIES[c], float(w), days) for c, w in zip(chosen, shares, strict=True)]
