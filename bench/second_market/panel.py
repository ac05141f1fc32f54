"""A panel of shoppers and what a product line earns from it: one arithmetic for oracle and rough planner."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from bench.second_market.shoppers import draw_shoppers, mismatch, shelf_utility
from bench.second_market.world import Floats, Ints, Maker, Shop

PANEL_SHOPPERS = 1200
TRUE_LEVEL_CV = 0.04


@dataclass(frozen=True)
class Panel:
    """n shoppers who stand for a window's demand; all money per unit, utilities in logit units."""

    lost: list[Floats]
    """Per attribute, utility lost with each value: (n, values)."""
    base: Floats
    slope: Floats
    usual_price: float
    shelf_odds: Floats
    """Sum of exp utility of the products on sale: (n)."""
    shelf_margin: Floats
    """The same sum, each times its margin: (n)."""
    units: float
    """Kept units in the window per shopper of the panel, if each bought once."""
    level_cv: float
    """How unsure the level of demand is, coefficient of variation."""
    handling: float
    """Return cost per kept unit, share of price."""

    def odds(self, values: Ints, price: Floats) -> Floats:
        """exp utility of configurations (k, attributes) at prices (k): (n, k)."""
        total = self.base[:, None] - self.slope[:, None] * (price[None] - self.usual_price)
        for a, table in enumerate(self.lost):
            total = total - table[:, values[:, a]]
        return np.exp(total)


@dataclass(frozen=True)
class Line:
    """One spec of a plan at one manufacturer. `quantity` None: to be chosen."""

    values: tuple[int, ...]
    price: float
    maker: int
    quantity: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What a line of specs earns on a panel: profit, and per spec quantity, wanted and sold units."""

    profit: float
    quantity: Ints
    wanted: Floats
    sold: Floats
    lost_margin: float


def true_panel(shop: Shop, out_share: Floats, start: int, seed: int = 0) -> Panel:
    """The window's shoppers as the market makes them: days drawn after their traffic, lookers left out."""
    s = shop.scenario
    rng = np.random.default_rng([s.seed, 41, seed])
    days = np.arange(start, start + s.sell_days)
    per_day = rng.multinomial(PANEL_SHOPPERS, shop.traffic[days] / shop.traffic[days].sum())
    lost: list[list[Floats]] = [[] for _ in shop.category.attributes]
    base, slope, odds, margin = [], [], [], []
    for day, n in zip(days, per_day, strict=True):
        people = draw_shoppers(shop, int(day), int(n), rng)
        price = shop.price(int(day))
        shelf = np.exp(shelf_utility(shop, people, price) + shop.lift[day]) * (1 - out_share)[None]
        for a, table in enumerate(mismatch(shop, people)):
            lost[a].append(table)
        base.append(np.full(n, shop.base + shop.lift[day]))
        slope.append(people.slope)
        odds.append(shelf.sum(axis=1))
        margin.append(shelf @ (price * (1 - _handling(shop)) - shop.unit_cost))
    units = shop.traffic[days].sum() / PANEL_SHOPPERS * (1 - s.lookers) * 1.03 * s.kept
    return Panel([np.concatenate(t) for t in lost], np.concatenate(base), np.concatenate(slope), shop.category.price,
                 np.concatenate(odds), np.concatenate(margin), units, TRUE_LEVEL_CV, _handling(shop))  # fmt: skip


def _handling(shop: Shop) -> float:
    """Return cost per kept unit, share of price."""
    s = shop.scenario
    return s.handling * (1 - s.cancel_rate - s.kept) / s.kept


def wanted_units(panel: Panel, lines: list[Line]) -> Floats:
    """Kept units that each spec would sell with enough stock."""
    odds = panel.odds(np.array([x.values for x in lines]), np.array([x.price for x in lines]))
    return panel.units * (odds / (1 + panel.shelf_odds + odds.sum(axis=1))[:, None]).sum(axis=0)


def evaluate(panel: Panel, lines: list[Line], makers: tuple[Maker, ...], salvage_rate: float) -> Outcome:
    """Expected profit over doing nothing; quantities that are not given are chosen (newsvendor) within the terms."""
    if not lines:
        none = np.zeros(0)
        return Outcome(0.0, none.astype(int), none, none, 0.0)
    price = np.array([x.price for x in lines])
    odds = panel.odds(np.array([x.values for x in lines]), price)
    total = 1 + panel.shelf_odds
    wanted = panel.units * (odds / (total + odds.sum(axis=1))[:, None]).sum(axis=0)
    sd = np.sqrt(wanted + (panel.level_cv * wanted) ** 2)
    quantity = np.zeros(len(lines), dtype=int)
    for m, maker in enumerate(makers):
        mine = [k for k, x in enumerate(lines) if x.maker == m]
        if mine:
            quantity[mine] = _quantities([lines[k] for k in mine], wanted[mine], sd[mine], maker, panel, salvage_rate)
    sold = _expected_sales(quantity, wanted, sd)
    filled = np.divide(sold, wanted, out=np.zeros_like(sold), where=wanted > 0)
    taken = total + odds @ filled
    lost = panel.units * float((panel.shelf_margin * (1 / total - 1 / taken)).sum())
    profit = float(sold @ (price * (1 - panel.handling))) - lost
    for m, maker in enumerate(makers):
        mine = [k for k, x in enumerate(lines) if x.maker == m and quantity[k] > 0]
        units = int(quantity[mine].sum())
        for k in mine:
            cost = maker.cost(np.array(lines[k].values), units)
            profit -= maker.setup_cost + cost * quantity[k] - salvage_rate * cost * (quantity[k] - sold[k])
    return Outcome(profit, quantity, wanted, sold, lost)


def _expected_sales(quantity: Ints, mean: Floats, sd: Floats) -> Floats:
    """E[min(demand, quantity)] of a normal demand."""
    z = (quantity - mean) / np.maximum(sd, 1e-9)
    return np.clip(quantity - (sd * norm.pdf(z) + (quantity - mean) * norm.cdf(z)), 0.0, None)


def _quantities(lines: list[Line], mean: Floats, sd: Floats, maker: Maker, panel: Panel, salvage: float) -> Ints:
    """Newsvendor quantities in whole packs, brought up to the minima and down to the capacity."""
    if all(x.quantity is not None for x in lines):
        return np.array([x.quantity for x in lines], dtype=int)
    cost = np.array([maker.cost(np.array(x.values), float(mean.sum())) for x in lines])
    under = np.array([x.price for x in lines]) * (1 - panel.handling) - cost
    over = (1 - salvage) * cost
    ratio = np.clip(under / (under + over), 0.02, 0.98)
    pack = maker.pack_size
    lowest = -(-maker.min_spec_units // pack) * pack
    want = np.maximum(norm.ppf(ratio) * sd + mean, 1.0)
    quantity = np.maximum(np.round(want / pack).astype(int) * pack, lowest)
    while quantity.sum() < maker.min_order_units:
        quantity[int(np.argmax(want / quantity))] += pack
    while quantity.sum() > maker.capacity and quantity.max() > lowest:
        quantity[int(np.argmax(np.where(quantity > lowest, quantity / want, -1)))] -= pack
    return quantity


def combine(panels: list[Panel]) -> Panel:
    """The mean panel of several windows (manufacturers with different lead times)."""
    join = np.concatenate
    first = panels[0]
    scale = sum(p.units for p in panels) / len(panels) / len(panels)
    return replace(
        first,
        lost=[join([p.lost[a] for p in panels]) for a in range(len(first.lost))],
        base=join([p.base for p in panels]),
        slope=join([p.slope for p in panels]),
        shelf_odds=join([p.shelf_odds for p in panels]),
        shelf_margin=join([p.shelf_margin for p in panels]),
        units=scale,
    )
