"""Order status events of real purchases and of brushed (fake) ones."""

from __future__ import annotations

import numpy as np

from pipelines.samples.market_catalogue import CHANNELS, PLATFORMS
from pipelines.samples.market_history import CategoryHistory
from pipelines.samples.market_model import World
from pipelines.samples.market_searches import Sessions
from pipelines.samples.market_shoppers import DAY_SECONDS
from pipelines.samples.market_stock import CANCELLED, RETURNED

STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled", "returned")
HOUR = 3600


def order_rows(world: World, history: CategoryHistory, sessions: Sessions, *, rng: np.random.Generator) -> list[dict]:
    """Status events of one category as dictionaries with ``_at``; ``_order`` numbers the order."""
    shoppers, category = history.shoppers, history.category
    rows = np.flatnonzero(history.choice >= 0)
    n, chosen, fate = len(rows), history.choice[rows], history.fate[rows]
    placed = sessions.arrival[rows] + rng.integers(240, 2400, n)
    paid = placed + rng.integers(10, 900, n)
    shipped = paid + rng.integers(5 * HOUR, 44 * HOUR, n)
    delivered = shipped + rng.integers(20 * HOUR, 110 * HOUR, n)
    cancelled = paid + rng.integers(600, 5 * HOUR, n)
    returned = delivered + rng.integers(20 * HOUR, 10 * 24 * HOUR, n)
    is_cancelled, is_returned = fate == CANCELLED, fate == RETURNED
    was_paid = ~is_cancelled | (rng.random(n) < 0.6)
    happened = np.column_stack(
        [np.ones(n, bool), was_paid, ~is_cancelled, ~is_cancelled, is_cancelled, is_returned]
    ).tolist()
    when = np.column_stack([placed, paid, shipped, delivered, cancelled, returned]).tolist()
    price = category.products.price_cny[chosen, shoppers.day[rows]].tolist()
    has_account = rng.random(n) < 0.9
    out = []
    for i, row in enumerate(rows.tolist()):
        common = {
            "_order": (category.index, row),
            "user_id": sessions.account[row] if has_account[i] else None,
            "session_id": sessions.session_id[row] if sessions.has_search[row] else None,
            "platform": PLATFORMS[sessions.platform[row]],
            "channel": CHANNELS[shoppers.channel[row]],
            "sku_id": category.products.sku_ids[chosen[i]],
            "quantity": int(shoppers.quantity[row]),
            "unit_price": price[i],
            "currency": "CNY",
            "region": world.regions[shoppers.region[row]],
        }
        out += _status_rows(common, happened[i], when[i])
    return out


def _status_rows(common: dict, happened: list[bool], when: list[int]) -> list[dict]:
    return [
        {**common, "status": status, "_at": at}
        for status, is_so, at in zip(STATUSES, happened, when, strict=True)
        if is_so
    ]


def brushed_rows(world: World, rings: list[list[str]], *, rng: np.random.Generator) -> list[dict]:
    """Fake orders: each ring of accounts buys one SKU again and again within a day or two."""
    total = int(world.spec.order_rows * world.spec.brushing_share / 4)
    out: list[dict] = []
    placed_orders = 0
    burst = 0
    while placed_orders < total:
        ring = rings[burst % len(rings)]
        size = min(int(rng.integers(25, 70)), total - placed_orders)
        out += _burst_rows(world, ring, size, burst, rng)
        placed_orders += size
        burst += 1
    return out


def _burst_rows(world: World, ring: list[str], size: int, burst: int, rng: np.random.Generator) -> list[dict]:
    category = world.categories[int(rng.integers(len(world.categories)))]
    products = category.products
    day = int(rng.integers(2, world.spec.n_days - 1))
    sku = int(rng.choice(np.flatnonzero(products.launch_day <= day)))
    start = day * DAY_SECONDS + int(rng.integers(1, 20)) * HOUR
    placed = start + np.sort(rng.integers(0, 6 * HOUR, size))
    region = rng.choice(len(world.regions), size, p=world.region_share)
    quantity = int(rng.integers(1, 4))
    out = []
    for i, at in enumerate(placed.tolist()):
        common = {
            "_order": (-1 - burst, i),
            "user_id": ring[i % len(ring)],
            "session_id": None,
            "platform": PLATFORMS[burst % len(PLATFORMS)],
            "channel": "shelf",
            "sku_id": products.sku_ids[sku],
            "quantity": quantity,
            "unit_price": float(products.price_cny[sku, day]),
            "currency": "CNY",
            "region": world.regions[region[i]],
        }
        times = [at, at + 60, at + 8 * HOUR, at + 40 * HOUR, 0, 0]
        out += _status_rows(common, [True, True, True, True, False, False], times)
    return out
