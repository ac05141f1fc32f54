"""The logs of a market's history: search events and order lines, as delivered night by night.

Besides the shoppers there are crawlers, rings of brushing accounts, rows delivered twice and
rows delivered late. Nothing in a row tells them apart by name; ids are random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_catalogue import PLATFORMS
from pipelines.samples.market_history import CategoryHistory, Market
from pipelines.samples.market_model import stream
from pipelines.samples.market_orders import brushed_rows, order_rows
from pipelines.samples.market_searches import Sessions, crawler_rows, search_rows
from pipelines.samples.market_shoppers import DAY_SECONDS

CRAWLER_SEARCHES_A_DAY = 240
CRAWLER_ACCOUNTS = 12
RINGS = 8
LATE_SHARE = 0.003


@dataclass(frozen=True, eq=False)
class MarketLogs:
    """Rows in order of delivery with their delivery day, and the accounts that are not shoppers."""

    searches: list[tuple[int, dict]]
    order_lines: list[tuple[int, dict]]
    crawler_user_ids: tuple[str, ...]
    brushing_user_ids: tuple[str, ...]
    brushed_order_ids: tuple[str, ...]


def build_logs(market: Market) -> MarketLogs:
    """All rows known at the end of the history; the same market gives the same rows."""
    world = market.world
    rng = stream(world.spec, 4)
    crawlers = random_ids(CRAWLER_ACCOUNTS, "u", rng)
    rings = [random_ids(int(rng.integers(12, 31)), "u", rng) for _ in range(RINGS)]
    shoppers = sum(len(history.shoppers) for history in market.histories)
    accounts = random_ids(max(1, int(0.6 * shoppers)), "u", rng)
    searches: list[dict] = []
    orders: list[dict] = []
    for history in market.histories:
        sessions = _sessions(market, len(history.shoppers), history, accounts, rng)
        searches += search_rows(world, history, sessions, rng=rng)
        orders += order_rows(world, history, sessions, rng=rng)
    visits = max(1, int(world.spec.searches * world.spec.crawler_share / CRAWLER_SEARCHES_A_DAY))
    searches += crawler_rows(world, crawlers, random_ids(visits, "s", rng), rng=rng)
    orders += brushed_rows(world, rings, rng=rng)
    delivered_searches = _finish(market, _with_event_ids(searches, rng), rng)
    logged = PLATFORMS[: world.spec.platforms_with_searches]
    delivered_searches = [(day, row) for day, row in delivered_searches if row["platform"] in logged]
    brushed = _name_orders(orders, rng)
    return MarketLogs(
        delivered_searches,
        _finish(market, orders, rng),
        tuple(crawlers),
        tuple(account for ring in rings for account in ring),
        brushed,
    )


def random_ids(n: int, prefix: str, rng: np.random.Generator) -> list[str]:
    """``n`` random identifiers, a prefix and 14 hexadecimal digits."""
    return [f"{prefix}{number:014x}" for number in rng.integers(0, 1 << 56, n).tolist()]


def _sessions(
    market: Market, n: int, history: CategoryHistory, accounts: list[str], rng: np.random.Generator
) -> Sessions:
    spec = market.world.spec
    known = (rng.random(n) < spec.known_user_share).tolist()
    account = [accounts[i] for i in rng.integers(len(accounts), size=n).tolist()]
    return Sessions(
        account=account,
        user_id=[who if is_known else None for who, is_known in zip(account, known, strict=True)],
        session_id=random_ids(n, "s", rng),
        has_search=rng.random(n) >= spec.browse_share,
        arrival=history.shoppers.day * DAY_SECONDS + history.shoppers.second,
        platform=rng.choice(len(PLATFORMS), n, p=[0.65, 0.35]),
    )


def _with_event_ids(rows: list[dict], rng: np.random.Generator) -> list[dict]:
    for row, event_id in zip(rows, random_ids(len(rows), "e", rng), strict=True):
        row["event_id"] = event_id
    return rows


def _name_orders(rows: list[dict], rng: np.random.Generator) -> tuple[str, ...]:
    """Replace ``_order`` by a random order_id; returns the ids of the brushed orders."""
    keys = list(dict.fromkeys(row["_order"] for row in rows))
    names = dict(zip(keys, random_ids(len(keys), "o", rng), strict=True))
    for row in rows:
        row["order_id"] = names[row.pop("_order")]
        row["line_id"] = 1
    return tuple(name for key, name in names.items() if key[0] < 0)


def _finish(market: Market, rows: list[dict], rng: np.random.Generator) -> list[tuple[int, dict]]:
    """Add time stamps, duplicates and lateness; drop what is not delivered by the end."""
    spec = market.world.spec
    at = np.array([row.pop("_at") for row in rows])
    start = np.datetime64(spec.start_date, "s")
    stamps = np.datetime_as_string(start + at.astype("timedelta64[s]")).tolist()
    for row, stamp in zip(rows, stamps, strict=True):
        row["event_time"] = f"{stamp}+08:00"
    late = np.where(rng.random(len(at)) < LATE_SHARE, rng.integers(1, 4, len(at)), 0)
    again = np.flatnonzero(rng.random(len(at)) < spec.duplicate_share)
    index = np.concatenate([np.arange(len(at)), again])
    day = at // DAY_SECONDS
    second_delivery = day[again] + late[again] + rng.integers(0, 3, len(again))
    delivered = np.concatenate([day + late, second_delivery])
    order = np.lexsort((at[index], delivered))
    order = order[delivered[order] < spec.n_days]
    return [(d, rows[i]) for d, i in zip(delivered[order].tolist(), index[order].tolist(), strict=True)]
