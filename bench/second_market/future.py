"""Sell a product line to the market's future shoppers, beside the same shoppers without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.second_market.panel import Line
from bench.second_market.shoppers import choose, draw_shoppers, shelf_utility, utility
from bench.second_market.world import Floats, Ints, Shop

BACK_ON_SHELF_DAYS = 10
PLENTY = 10**9


@dataclass(frozen=True)
class Sale:
    """What one future gave. Money is over doing nothing; units per spec are net of cancellations and returns."""

    profit: float
    kept: Ints
    leftover: Ints
    unmet: Ints
    """Units whose shopper would have taken the spec with enough stock."""
    new_margin: float
    lost_margin: float
    leftover_loss: float
    setup: float


def arrival(shop: Shop, line: Line) -> int:
    """Day (of the market's count) on which a line's goods arrive."""
    return shop.scenario.history_days + shop.makers[line.maker].lead_time_days


def sell(shop: Shop, lines: list[Line], out_share: Floats, draw: int) -> Sale:
    """One future: every day's shoppers choose among shelf and arrived specs; the same chances without the specs."""
    s = shop.scenario
    rng = np.random.default_rng([s.seed, 53, draw, len(shop.category.category_id)])
    n_shelf, n_new = len(shop.values), len(lines)
    values = np.array([x.values for x in lines]).reshape(n_new, shop.values.shape[1])
    price_new = np.array([x.price for x in lines])
    start = np.array([arrival(shop, x) for x in lines])
    left = np.array([x.quantity or 0 for x in lines])
    back: dict[int, Ints] = {}
    kept, unmet = np.zeros(n_new, dtype=int), np.zeros(n_new, dtype=int)
    revenue, shelf_gain = 0.0, 0.0
    level = rng.lognormal(0, 0.04)
    out = rng.random((40, n_shelf)) < out_share
    for day in range(start.min(), start.max() + s.sell_days):
        left = left + back.pop(day, 0)
        n = int(rng.poisson(shop.traffic[day] * level))
        people = draw_shoppers(shop, day, n, rng)
        price = shop.price(day)
        chance, outside = rng.gumbel(size=(n, n_shelf + n_new)), rng.gumbel(size=n)
        total = chance + shop.lift[day]
        total[:, :n_shelf] += shelf_utility(shop, people, price)
        total[:, n_shelf:] += utility(shop, people, values, price_new) + shop.base
        quantity = np.where(rng.random(n) < 0.03, 2, 1)
        channel = rng.choice(len(s.channel_share), n, p=s.channel_share)
        cancelled = rng.random(n) < s.cancel_rate
        returned = ~cancelled & (rng.random(n) < np.asarray(s.return_rate)[channel])
        net = np.where(cancelled | returned, 0, quantity)
        on_sale = (day >= start) & (day < start + s.sell_days)
        shelf_stock = np.where(out[(day // 5) % 40], 0, PLENTY)
        stock = np.concatenate([shelf_stock, np.where(on_sale, left, 0)])
        plenty = np.concatenate([shelf_stock, np.where(on_sale, PLENTY, 0)])
        chosen = choose(total, outside, stock, people.looker, quantity)
        wished = choose(total, outside, plenty, people.looker, quantity)
        without = choose(total[:, :n_shelf], outside, shelf_stock, people.looker, quantity)
        margin = price - shop.unit_cost
        for pick, sign in ((chosen, 1), (without, -1)):
            of_shelf = (pick >= 0) & (pick < n_shelf)
            j = pick[of_shelf]
            shelf_gain += sign * float(net[of_shelf] @ margin[j])
            shelf_gain -= sign * s.handling * float((quantity * returned)[of_shelf] @ price[j])
        for k in range(n_new):
            mine = chosen == n_shelf + k
            unmet[k] += int(net[wished == n_shelf + k].sum() - net[mine].sum())
            kept[k] += int(net[mine].sum())
            left[k] -= int(quantity[mine].sum())
            revenue += price_new[k] * float(net[mine].sum() - s.handling * (quantity * returned)[mine].sum())
            for wait, flag in ((1, cancelled), (BACK_ON_SHELF_DAYS, returned)):
                units = back.setdefault(day + wait, np.zeros(n_new, dtype=int))
                units[k] += int(quantity[mine & flag].sum())
    left = left + sum(back.values())
    return _account(shop, lines, kept, np.asarray(left), np.maximum(unmet, 0), revenue, -shelf_gain)


def _account(shop: Shop, lines: list[Line], kept: Ints, left: Ints, unmet: Ints, revenue: float, lost: float) -> Sale:
    """Money of one future: goods at the tier that each manufacturer's order reached, set-up, salvage."""
    goods = setup = leftover_loss = 0.0
    for m, maker in enumerate(shop.makers):
        mine = [k for k, x in enumerate(lines) if x.maker == m and x.quantity]
        units = sum(lines[k].quantity or 0 for k in mine)
        for k in mine:
            cost = maker.cost(np.array(lines[k].values), units)
            goods += cost * kept[k]
            leftover_loss += cost * (1 - shop.scenario.salvage_rate) * left[k]
            setup += maker.setup_cost
    new_margin = revenue - goods
    return Sale(new_margin - lost - leftover_loss - setup, kept, left, unmet, new_margin, lost, leftover_loss, setup)


def mean_profit(shop: Shop, lines: list[Line], out_share: Floats, futures: int) -> tuple[float, list[Sale]]:
    """Mean incremental profit over several futures, and each of them."""
    made = [x for x in lines if x.quantity]
    if not made:
        return 0.0, []
    sales = [sell(shop, made, out_share, draw) for draw in range(futures)]
    return float(np.mean([x.profit for x in sales])), sales
