"""Fake searches and orders of several kinds, written into the files of a market that has none.

Nothing here is shared with the sample market's own crawlers and rings, and the rules never see the labels,
which are the ids of the rows. The weights of the rules were set with these kinds in view: a kind that is
added later says more about them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Row = dict[str, Any]
DAY = 86_400


@dataclass(frozen=True)
class Shop:
    """What a cheat can see: the words people use, the products, the days to work in."""

    texts: tuple[tuple[str, str], ...]  # text, category
    sku_ids: tuple[str, ...]
    prices: dict[str, float]
    first_day: dt.date
    days: int
    platform: str
    zone: str = "+08:00"

    def time(self, day: int, second: float) -> str:
        moment = dt.datetime.combine(self.first_day, dt.time()) + dt.timedelta(days=day, seconds=int(second))
        return f"{moment.isoformat()}{self.zone}"


@dataclass(frozen=True)
class Fakes:
    """Rows to add; every row of them is fake."""

    searches: list[Row]
    orders: list[Row]


def _name(rng: np.random.Generator, prefix: str) -> str:
    return f"{prefix}{int(rng.integers(1 << 60)):015x}"


def _names(rng: np.random.Generator, prefix: str, n: int) -> list[str]:
    return [_name(rng, prefix) for _ in range(n)]


def _search(shop: Shop, rng: np.random.Generator, day: int, second: float, **other: Any) -> Row:
    text, category = other.pop("text")
    return {
        "event_id": _name(rng, "e"),
        "event_time": shop.time(day, min(second, DAY - 1)),
        "user_id": None,
        "session_id": _name(rng, "s"),
        "platform": shop.platform,
        "query": text,
        "category_id": category,
        "filters": None,
        "result_count": int(rng.integers(1, 9)),
        "clicked_sku_ids": [],
        "region": "CN-GD",
    } | other


def _order(shop: Shop, rng: np.random.Generator, day: int, second: float, **other: Any) -> Row:
    sku_id = other["sku_id"]
    return {
        "order_id": _name(rng, "o"),
        "line_id": 1,
        "status": "placed",
        "event_time": shop.time(day, min(second, DAY - 1)),
        "user_id": None,
        "session_id": None,
        "platform": shop.platform,
        "channel": "shelf",
        "sku_id": sku_id,
        "quantity": 1,
        "unit_price": shop.prices[sku_id],
        "currency": "CNY",
        "region": "CN-GD",
    } | other


def _pick(rng: np.random.Generator, items: Sequence[Any]) -> Any:
    return items[int(rng.integers(len(items)))]


# ---- crawlers


def fast_account(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Few accounts, hundreds of searches seconds apart."""
    rows: list[Row] = []
    accounts = _names(rng, "u", 3)
    while len(rows) < n:
        day, second, session, who = int(rng.integers(shop.days)), rng.uniform(0, 0.9 * DAY), _name(rng, "s"), 0
        who = _pick(rng, accounts)
        for i in range(min(int(rng.integers(150, 400)), n - len(rows))):
            second += rng.uniform(1, 6)
            text = shop.texts[i % len(shop.texts)]
            rows.append(_search(shop, rng, day, second, user_id=who, session_id=session, text=text))
    return Fakes(rows, [])


def slow_all_day(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """A search every 8 to 25 minutes, day and night, for as many days as it takes."""
    rows: list[Row] = []
    while len(rows) < n:
        account, start = _name(rng, "u"), int(rng.integers(max(1, shop.days - 10)))
        for day in range(start, min(start + 10, shop.days)):
            second = 0.0
            while (second := second + rng.uniform(480, 1500)) < DAY and len(rows) < n:
                rows.append(_search(shop, rng, day, second, user_id=account, text=_pick(rng, shop.texts)))
    return Fakes(rows, [])


def pool(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Thirty accounts take turns on one list of texts; each search opens a session of its own."""
    accounts = _names(rng, "u", 30)
    texts = [shop.texts[i] for i in rng.permutation(len(shop.texts))[:40]]
    rows: list[Row] = []
    while len(rows) < n:
        who, day = _pick(rng, accounts), int(rng.integers(shop.days))
        second = rng.uniform(8 * 3600, 14 * 3600)
        for i in rng.permutation(len(texts))[: min(int(rng.integers(6, 26)), n - len(rows))]:
            second += rng.exponential(900)
            rows.append(_search(shop, rng, day, second, user_id=who, text=texts[i]))
    return Fakes(rows, [])


def no_account(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """No account, a new session for every search, at any moment, over a list of thirty texts."""
    texts = [shop.texts[i] for i in rng.permutation(len(shop.texts))[:30]]
    rows = [
        _search(shop, rng, int(rng.integers(shop.days)), rng.uniform(0, DAY), text=_pick(rng, texts)) for _ in range(n)
    ]
    return Fakes(rows, [])


def no_account_spike(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """The same, but one text within two days: somebody pushes one feature."""
    text, first = _pick(rng, shop.texts), int(rng.integers(shop.days - 2))
    rows = [_search(shop, rng, first + int(rng.integers(2)), rng.uniform(8 * 3600, DAY), text=text) for _ in range(n)]
    return Fakes(rows, [])


def sweeper(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Whole catalogue, minutes apart at random, clicks now and then and orders once in 300 searches."""
    rows: list[Row] = []
    orders: list[Row] = []
    accounts = _names(rng, "u", 4)
    while len(rows) < n:
        day, who, session = int(rng.integers(shop.days)), _pick(rng, accounts), _name(rng, "s")
        second = rng.uniform(0, 8 * 3600)
        for i in rng.permutation(len(shop.texts))[: min(120, n - len(rows))]:
            second += rng.exponential(150)
            clicked = [_pick(rng, shop.sku_ids)] if rng.random() < 0.05 else []
            rows.append(
                _search(
                    shop, rng, day, second, user_id=who, session_id=session, text=shop.texts[i], clicked_sku_ids=clicked
                )
            )
            if rng.random() < 1 / 300:
                orders.append(_order(shop, rng, day, second + 60, user_id=who, sku_id=_pick(rng, shop.sku_ids)))
    return Fakes(rows, orders)


# ---- brushed orders


def hour_burst(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Twenty to sixty accounts, each once, one unit within one hour, no search."""
    orders: list[Row] = []
    while len(orders) < n:
        day, start, sku_id = int(rng.integers(shop.days)), rng.uniform(0, 0.95 * DAY), _pick(rng, shop.sku_ids)
        for _ in range(min(int(rng.integers(20, 60)), n - len(orders))):
            second = start + rng.uniform(0, 3600)
            orders.append(_order(shop, rng, day, second, user_id=_name(rng, "u"), sku_id=sku_id))
    return Fakes([], orders)


def daily_drip(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """One account orders its unit once to three times a day for three weeks."""
    orders: list[Row] = []
    while len(orders) < n:
        who, sku_id, start = _name(rng, "u"), _pick(rng, shop.sku_ids), int(rng.integers(max(1, shop.days - 21)))
        for day in range(start, min(start + 21, shop.days)):
            for _ in range(min(int(rng.integers(1, 4)), n - len(orders))):
                second = rng.uniform(8 * 3600, 23 * 3600)
                orders.append(_order(shop, rng, day, second, user_id=who, sku_id=sku_id))
    return Fakes([], orders)


def ring(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Fifteen accounts order the same five units, each once, within ten days; then the next ring."""
    orders: list[Row] = []
    while len(orders) < n:
        start = int(rng.integers(max(1, shop.days - 10)))
        units = rng.choice(np.array(shop.sku_ids), 5, replace=False).tolist()
        for who in _names(rng, "u", 15):
            for sku_id in units:
                if len(orders) < n:
                    day = min(start + int(rng.integers(10)), shop.days - 1)
                    second = rng.uniform(8 * 3600, 23 * 3600)
                    orders.append(_order(shop, rng, day, second, user_id=who, sku_id=sku_id))
    return Fakes([], orders)


def search_then_buy(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Thirty accounts per campaign search the same text, click the unit and order minutes later, all in a day."""
    searches: list[Row] = []
    orders: list[Row] = []
    while len(orders) < n:
        day, sku_id, text = int(rng.integers(shop.days)), _pick(rng, shop.sku_ids), _pick(rng, shop.texts)
        for who in _names(rng, "u", min(30, n - len(orders))):
            second, session = rng.uniform(9 * 3600, 22 * 3600), _name(rng, "s")
            searches.append(
                _search(shop, rng, day, second, user_id=who, session_id=session, text=text, clicked_sku_ids=[sku_id])
            )
            later = second + rng.uniform(60, 300)
            orders.append(_order(shop, rng, day, later, user_id=who, session_id=session, sku_id=sku_id))
    return Fakes(searches, orders)


def same_quantity(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Orders of five pieces each, without account or search, through one day per unit."""
    orders: list[Row] = []
    while len(orders) < n:
        day, sku_id = int(rng.integers(shop.days)), _pick(rng, shop.sku_ids)
        for _ in range(min(int(rng.integers(12, 30)), n - len(orders))):
            orders.append(_order(shop, rng, day, rng.uniform(8 * 3600, 23 * 3600), sku_id=sku_id, quantity=5))
    return Fakes([], orders)


def lone_orders(shop: Shop, n: int, rng: np.random.Generator) -> Fakes:
    """Each order from an account of its own at any time, five units favoured, no search: the careful cheat."""
    units = rng.choice(np.array(shop.sku_ids), 5, replace=False).tolist()
    orders = [
        _order(
            shop,
            rng,
            int(rng.integers(shop.days)),
            rng.uniform(8 * 3600, 23 * 3600),
            user_id=_name(rng, "u"),
            sku_id=_pick(rng, units),
        )
        for _ in range(n)
    ]
    return Fakes([], orders)


Kind = Callable[[Shop, int, np.random.Generator], Fakes]
CRAWLERS: dict[str, Kind] = {
    kind.__name__: kind for kind in (fast_account, slow_all_day, pool, no_account, no_account_spike, sweeper)
}
BRUSHERS: dict[str, Kind] = {
    kind.__name__: kind for kind in (hour_burst, daily_drip, ring, search_then_buy, same_quantity, lone_orders)
}
