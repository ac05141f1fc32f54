"""The naive planner: copy what sold best."""

from __future__ import annotations

import numpy as np

from bench.market.plan import Spec, split_units
from bench.market.selling import Terms
from bench.market.terms import acceptable_units
from pipelines.samples.market_history import CategoryHistory, Market

COPIES_PER_CATEGORY = 3
RECENT_DAYS = 60


def best_seller_copies(market: Market, *, terms: Terms) -> tuple[Spec, ...]:
    """The top sellers of each category again, as many as sold lately, at the list price."""
    return tuple(spec for history in market.histories for spec in _copies(market, history, terms))


def _copies(market: Market, history: CategoryHistory, terms: Terms) -> list[Spec]:
    world, category = market.world, history.category
    recent = (history.shoppers.day >= world.spec.n_days - RECENT_DAYS) & (history.choice >= 0)
    sold = np.bincount(
        history.choice[recent],
        history.shoppers.quantity[recent],
        minlength=len(category.products.sku_ids),
    )
    picked: list[tuple[int, int]] = []
    for j in np.argsort(-sold, kind="stable"):
        able = [
            number
            for number, maker in enumerate(category.makers)
            if maker.supports(category.products.features[j][None, :])[0]
        ]
        if able and len(picked) < COPIES_PER_CATEGORY:
            picked.append((int(j), able[0]))
    wished = [sold[j] * terms.sell_days / RECENT_DAYS for j, _ in picked]
    units = acceptable_units(wished, [maker for _, maker in picked], category.makers)
    if units is None:
        return []
    everywhere = np.ones(len(world.regions), bool)
    return [
        Spec(
            f"copy-{category.products.sku_ids[j]}",
            category.index,
            maker,
            category.products.features[j],
            split_units(int(count), world.region_share),
            everywhere,
            float(category.products.list_price_cny[j]),
        )
        for (j, maker), count in zip(picked, units.tolist(), strict=True)
    ]
