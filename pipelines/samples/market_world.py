"""Construction of a simulated market from a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.samples import market_calendar
from pipelines.samples.market_catalogue import CATEGORIES, REGIONS, CategoryText, in_english, with_attributes
from pipelines.samples.market_model import FUTURE_DAYS, MarketSpec, World, stream
from pipelines.samples.market_supply import draw_category

__all__ = ["MarketSpec", "World", "build_world", "stream"]


def build_world(spec: MarketSpec) -> World:
    """Draw the market of ``spec``; the same spec gives the same world."""
    rng = stream(spec, 1)
    regions = REGIONS[: spec.n_regions]
    region_share = rng.dirichlet(np.full(len(regions), 8.0))
    channel_share = np.array([0.56, 0.20, 0.12, 0.08, 0.04])
    live, shelf = spec.live_return_rate, spec.shelf_return_rate
    return_rate = np.array([shelf, live, 0.5 * live, 1.5 * shelf, 0.4 * live])
    traffic = _traffic(spec, rng)
    world = World(
        spec,
        regions,
        region_share,
        channel_share,
        return_rate,
        (),
        int(rng.integers(spec.n_categories)),
    )
    categories = tuple(
        draw_category(
            world,
            index,
            text=_text(spec, index),
            shoppers_per_day=traffic[index],
            rng=stream(spec, 2, index),
        )
        for index in range(spec.n_categories)
    )
    return replace(world, categories=categories)


def _text(spec: MarketSpec, index: int) -> CategoryText:
    text = with_attributes(CATEGORIES[index], spec.n_attributes)
    return in_english(text) if spec.is_english else text


def _traffic(spec: MarketSpec, rng: np.random.Generator) -> np.ndarray:
    """Expected shoppers per day, ``(categories, days)``, so that the searches add up."""
    share = rng.dirichlet(np.full(spec.n_categories, 12.0))
    growth = spec.trend_strength * rng.uniform(-0.25, 0.35, spec.n_categories)
    days = spec.n_days + FUTURE_DAYS
    shape = np.array([market_calendar.traffic_shape(spec.start_date, days, yearly_growth=rate) for rate in growth])
    history = shape[:, : spec.n_days].sum(axis=1, keepdims=True)
    searches_per_shopper = (1.0 - spec.browse_share) * (1.0 + spec.second_search_share)
    shoppers = spec.searches * (1.0 - spec.crawler_share) / searches_per_shopper
    return shape / history * shoppers * share[:, None]
