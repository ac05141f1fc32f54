"""What is true of a simulated market in a window, by the definitions of models/latent.py.

Wanted share: of all shoppers of the window, from the tastes they are drawn from. Would-be units:
those who searched, times the chance of buying (from the simulator's own utilities, stock
included) of a searcher of the last half year whose stated wants were in stock, plus orders
without a search. So the truth knows all wants, unstated ones too, and has no sampling error of
a month's intents.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_history import CategoryHistory, Market
from pipelines.samples.market_model import Category, World


@dataclass(frozen=True)
class Feature:
    """One value of one attribute, by name."""

    category_id: str
    attribute: str
    value: str


def wanted_shares(world: World, category: Category, first_day: int, end_day: int) -> dict[Feature, float]:
    """Share of the shoppers of the window that wants each value."""
    segment = world.region_share @ category.segment_share
    weight = category.shoppers_per_day[first_day:end_day]
    found = {}
    for attribute, share in zip(category.text.attributes, category.wanted_share, strict=True):
        daily = np.tensordot(segment, share[:, first_day:end_day], axes=1)
        for v, value in enumerate(attribute.values):
            name = Feature(category.text.category_id, attribute.attribute, value.value)
            found[name] = float(np.average(daily[:, v], weights=weight))
    return found


def rising(category: Category) -> Feature:
    a, v = category.rising
    attribute = category.text.attributes[a]
    return Feature(category.text.category_id, attribute.attribute, attribute.values[v].value)


def day_above(world: World, category: Category, share: float) -> int:
    """First day on which the rising value's share of all shoppers is above ``share``; the horizon where none is."""
    a, v = category.rising
    segment = world.region_share @ category.segment_share
    daily = np.tensordot(segment, category.wanted_share[a], axes=1)[:, v]
    above = np.nonzero(daily > share)[0]
    return int(above[0]) if len(above) else world.horizon_days


def history_of(market: Market, category_id: str) -> CategoryHistory:
    return next(h for h in market.histories if h.category.text.category_id == category_id)
