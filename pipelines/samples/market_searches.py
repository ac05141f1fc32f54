"""Search events of real shoppers and of crawlers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_catalogue import PLATFORMS
from pipelines.samples.market_history import CategoryHistory
from pipelines.samples.market_model import Category, World
from pipelines.samples.market_queries import QueryNeeds, compose_queries, draw_languages
from pipelines.samples.market_shoppers import DAY_SECONDS

MISREAD_SHARE = 0.08
RELAXED_SHARE = 0.30
FILTER_SHARE = 0.15
CATEGORY_KNOWN_SHARE = 0.70


@dataclass(frozen=True, eq=False)
class Sessions:
    """Who each shopper of a category is in the logs: ids (None when unknown), arrival second."""

    account: list[str]
    user_id: list[str | None]
    session_id: list[str]
    has_search: np.ndarray
    arrival: np.ndarray
    platform: np.ndarray


def search_rows(world: World, history: CategoryHistory, sessions: Sessions, *, rng: np.random.Generator) -> list[dict]:
    """Search events as dictionaries with ``_at`` (seconds since the start) and no event_id."""
    shoppers, category = history.shoppers, history.category
    rows = np.flatnonzero(sessions.has_search)
    stated = _stated(category, shoppers.wants[rows], shoppers.importance[rows], rng)
    language = draw_languages(len(rows), rng, is_english=world.spec.is_english)
    first = _shown(category, history, rows, stated, rng)
    bought = history.choice[rows]
    again, stated_again = _second_search(world, history, rows, stated, first, rng)
    second = _shown(category, history, rows[again], stated_again, rng)
    is_last = np.ones(len(rows), bool)
    is_last[again] = False
    at = sessions.arrival[rows]
    out = _events(
        world,
        history,
        sessions,
        rows,
        stated,
        first,
        np.where(is_last, bought, -1),
        at,
        language,
        rng,
    )
    return out + _events(
        world,
        history,
        sessions,
        rows[again],
        stated_again,
        second,
        bought[again],
        at[again] + rng.integers(20, 240, len(again)),
        language[again],
        rng,
    )


def _stated(category: Category, wants: np.ndarray, importance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which wants make it into the query, ``(n, A)``: the important ones more often."""
    spoken = np.column_stack(
        [
            np.array([value.spoken for value in attribute.values])[wants[:, a]]
            for a, attribute in enumerate(category.text.attributes)
        ]
    )
    return rng.random(wants.shape) < np.clip(0.10 + 0.08 * importance, 0.0, 0.7) * spoken


def _shown(
    category: Category,
    history: CategoryHistory,
    rows: np.ndarray,
    stated: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Products the shop's search shows, ``(n, J)``: exact matches, minus misread words."""
    products, shoppers = category.products, history.shoppers
    matches = products.launch_day[None, :] <= shoppers.day[rows, None]
    misread = rng.random(stated.shape) < MISREAD_SHARE
    live = matches.copy()
    for a in range(stated.shape[1]):
        has = shoppers.wants[rows, a, None] == products.features[None, :, a]
        matches &= ~stated[:, a, None] | (has & ~misread[:, a, None])
    relaxed = ~matches.any(axis=1) & (rng.random(len(rows)) < RELAXED_SHARE)
    matches[relaxed] = live[relaxed]
    return matches


def _second_search(
    world: World,
    history: CategoryHistory,
    rows: np.ndarray,
    stated: np.ndarray,
    shown: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Who searches again (positions in ``rows``) and what they still state."""
    nothing = ~shown.any(axis=1)
    bought = history.choice[rows]
    missed = (bought >= 0) & ~shown[np.arange(len(rows)), bought]
    base = world.spec.second_search_share
    odds = np.where(missed, 0.85, np.where(nothing, min(1.0, 1.5 * base), 0.8 * base))
    again = np.flatnonzero(rng.random(len(rows)) < odds)
    keeps = rng.random((len(again), stated.shape[1])) < 0.6
    chosen = bought[again]
    fits = history.shoppers.wants[rows[again]] == history.category.products.features[chosen]
    keeps = np.where(missed[again, None], fits, keeps)
    return again, stated[again] & keeps


def _events(
    world: World,
    history: CategoryHistory,
    sessions: Sessions,
    rows: np.ndarray,
    stated: np.ndarray,
    shown: np.ndarray,
    bought: np.ndarray,
    at: np.ndarray,
    language: np.ndarray,
    rng: np.random.Generator,
) -> list[dict]:
    """The dictionaries of one search per row."""
    category, shoppers = history.category, history.shoppers
    filtered = stated & (rng.random(stated.shape) < 0.5)
    filtered &= (rng.random(len(rows)) < FILTER_SHARE)[:, None]
    queries = compose_queries(
        category.text,
        QueryNeeds(
            stated & ~filtered,
            shoppers.wants[rows],
            shoppers.budget_cny[rows],
            phrase_share(world, category, shoppers.day[rows]),
            language,
        ),
        rng=rng,
    )
    clicked = _clicks(history, rows, shown, bought, rng)
    count = shown.sum(axis=1).tolist()
    known = (rng.random(len(rows)) < CATEGORY_KNOWN_SHARE).tolist()
    region_known = rng.random(len(rows)) < 0.97
    regions = [*world.regions, None]
    region = np.where(region_known, shoppers.region[rows], len(regions) - 1).tolist()
    filters = _filter_maps(category, shoppers.wants[rows], filtered)
    sku = category.products.sku_ids
    return [
        {
            "_at": when,
            "user_id": sessions.user_id[row],
            "session_id": sessions.session_id[row],
            "platform": PLATFORMS[sessions.platform[row]],
            "query": queries[i],
            "category_id": category.text.category_id if known[i] else None,
            "filters": filters.get(i),
            "result_count": count[i],
            "clicked_sku_ids": [sku[j] for j in clicked[i]],
            "region": regions[region[i]],
        }
        for i, (row, when) in enumerate(zip(rows.tolist(), at.tolist(), strict=True))
    ]


def phrase_share(world: World, category: Category, day: np.ndarray) -> np.ndarray:
    """Chance that a query of the day names the phrase that the taxonomy does not know."""
    if category.index != world.unknown_phrase_category:
        return np.zeros(len(day))
    n_days = world.spec.n_days
    return 0.001 + 0.05 / (1.0 + np.exp(-(day - 0.7 * n_days) / (0.08 * n_days)))


def _clicks(
    history: CategoryHistory,
    rows: np.ndarray,
    shown: np.ndarray,
    bought: np.ndarray,
    rng: np.random.Generator,
) -> list[list[int]]:
    """Clicked products: some of the best shown, and nearly always the one bought."""
    appeal = np.where(shown, history.utility[rows], -np.inf)
    best = np.argsort(-appeal, axis=1)[:, :3]
    wanted = rng.poisson(np.where(history.shoppers.is_buyer[rows], 1.5, 0.8))
    count = np.minimum(np.minimum(wanted, 3), shown.sum(axis=1)).tolist()
    sure = (rng.random(len(rows)) < 0.92).tolist()
    clicked = []
    for i, (top, take) in enumerate(zip(best.tolist(), bought.tolist(), strict=True)):
        picks = top[: count[i]]
        if take >= 0 and sure[i] and shown[i, take] and take not in picks:
            picks = [*picks, take]
        clicked.append(picks)
    return clicked


def _filter_maps(category: Category, wants: np.ndarray, filtered: np.ndarray) -> dict[int, dict[str, list[str]]]:
    maps: dict[int, dict[str, list[str]]] = {}
    attributes = category.text.attributes
    for i, a in zip(*(index.tolist() for index in np.nonzero(filtered)), strict=True):
        value = attributes[a].values[wants[i, a]].value
        maps.setdefault(i, {})[attributes[a].attribute] = [value]
    return maps


def crawler_rows(world: World, accounts: list[str], sessions: list[str], *, rng: np.random.Generator) -> list[dict]:
    """Crawler searches: hundreds a day per account at even intervals, no clicks.

    Each crawler-day takes one of ``sessions``; there are as many days as sessions.
    """
    total = int(world.spec.searches * world.spec.crawler_share)
    per_day = max(1, total // len(sessions))
    rows = []
    for number, session in enumerate(sessions):
        day = int(rng.integers(world.spec.n_days))
        gap = int(rng.integers(4, 25))
        start = int(rng.integers(0, max(1, DAY_SECONDS - gap * per_day)))
        category = world.categories[int(rng.integers(len(world.categories)))]
        text = category.text
        words = [
            (a, v, word)
            for a, attribute in enumerate(text.attributes)
            for v, value in enumerate(attribute.values)
            for word in (value.en if world.spec.is_english else value.zh)
        ]
        live = category.products.launch_day <= day
        region = world.regions[int(rng.integers(len(world.regions)))]
        for step in range(per_day):
            a, v, word = words[step % len(words)]
            rows.append(
                {
                    "_at": min(day * DAY_SECONDS + start + gap * step, (day + 1) * DAY_SECONDS - 1),
                    "user_id": accounts[number % len(accounts)],
                    "session_id": session,
                    "platform": PLATFORMS[number % len(PLATFORMS)],
                    "query": f"{word} {text.en if world.spec.is_english else text.zh}",
                    "category_id": text.category_id,
                    "filters": None,
                    "result_count": int((live & (category.products.features[:, a] == v)).sum()),
                    "clicked_sku_ids": [],
                    "region": region,
                }
            )
    return rows
