"""The past of one category: who came, what they asked, what they bought, what was in stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.second_market.scenario import CHANNELS
from bench.second_market.shoppers import choose, draw_shoppers, shelf_utility
from bench.second_market.world import Floats, Ints, Shop

SUPPLY_DAYS = (3, 8)


@dataclass(frozen=True)
class Visit:
    """One shopper's visit. `stated` maps attribute to the value asked for; `bought` is -1 without a purchase."""

    day: int
    second: int
    searched: bool
    stated: dict[int, int]
    liked: tuple[int, ...]
    """Products in stock, best first."""
    matches: int
    """Products in stock that have all that was asked for."""
    bought: int
    quantity: int
    price: float
    channel: str
    cancelled: bool
    returned: bool


@dataclass(frozen=True)
class History:
    """Visits, and the stock at the opening of each day: (days, products)."""

    shop: Shop
    visits: list[Visit]
    stock: Ints

    @property
    def out_share(self) -> Floats:
        """Share of days on which a product was out of stock."""
        return (self.stock == 0).mean(axis=0)


def usual_sales(shop: Shop, rng: np.random.Generator) -> Floats:
    """Units a day that each product sells on an average day with everything in stock."""
    people = draw_shoppers(shop, shop.scenario.history_days // 2, 2000, rng)
    odds = np.exp(shelf_utility(shop, people, shop.list_price))
    odds /= 1 + odds.sum(axis=1, keepdims=True)
    return odds[people.looker == 0].sum(axis=0) / len(odds) * float(shop.traffic.mean())


def simulate(shop: Shop) -> History:
    """Live through the history day by day: people choose from what is in stock; stock is refilled, sometimes late."""
    s = shop.scenario
    rng = np.random.default_rng([s.seed, 23, len(shop.category.category_id)])
    usual = usual_sales(shop, rng)
    fill = np.maximum(3, np.ceil(usual * s.cover_days)).astype(int)
    order_at = np.ceil(usual * 6)
    on_hand, coming = fill.copy(), np.full(len(fill), -1)
    visits: list[Visit] = []
    stock = np.zeros((s.history_days, len(fill)), dtype=int)
    for day in range(s.history_days):
        arrived = coming == day
        on_hand[arrived] += fill[arrived]
        coming[arrived] = -1
        stock[day] = on_hand
        today = _day(shop, day, on_hand, rng)
        for visit in today:
            if visit.bought >= 0:
                on_hand[visit.bought] -= visit.quantity
        visits += today
        due = (on_hand <= order_at) & (coming < 0)
        wait = rng.integers(*SUPPLY_DAYS, len(fill)) + np.where(rng.random(len(fill)) < s.late_supply, 14, 0)
        coming = np.where(due, day + wait, coming)
    return History(shop, visits, stock)


def _day(shop: Shop, day: int, on_hand: Ints, rng: np.random.Generator) -> list[Visit]:
    """Visits of one day, in the order of arrival."""
    s = shop.scenario
    n = int(rng.poisson(shop.traffic[day]))
    people = draw_shoppers(shop, day, n, rng)
    price = shop.price(day)
    total = shelf_utility(shop, people, price) + shop.lift[day] + rng.gumbel(size=(n, len(price)))
    quantity = np.where(rng.random(n) < 0.03, 2, 1)
    choice = choose(total, rng.gumbel(size=n), on_hand, people.looker, quantity)
    channel = rng.choice(len(CHANNELS), n, p=s.channel_share)
    seconds = np.sort(np.clip(rng.normal(15.5, 4.0, n), 0.1, 23.5) * 3600).astype(int)
    names = (rng.random(people.ideal.shape) < s.stated) & (people.cares == 1)
    searched = rng.random(n) >= s.direct
    in_stock = on_hand > 0
    order = np.argsort(-np.where(in_stock[None], total, -np.inf), axis=1)[:, :4]
    cancelled = rng.random(n) < s.cancel_rate
    returned = rng.random(n) < np.asarray(s.return_rate)[channel]
    visits = []
    for i in range(n):
        stated = {int(a): int(people.ideal[i, a]) for a in np.flatnonzero(names[i])} if searched[i] else {}
        fits = in_stock.copy()
        for a, v in stated.items():
            fits &= shop.values[:, a] == v
        j = int(choice[i])
        visits.append(Visit(
            day, int(seconds[i]), bool(searched[i]), stated, tuple(int(k) for k in order[i] if in_stock[k]),
            int(fits.sum()), j, int(quantity[i]), float(price[j]) if j >= 0 else 0.0, CHANNELS[channel[i]],
            bool(cancelled[i]), bool(returned[i]) and not cancelled[i],
        ))  # fmt: skip
    return visits
