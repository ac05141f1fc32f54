"""Planners without a choice model: copy what sold best, combine what is searched, or fill gaps by IPF.

All three know the logs, the catalogue and the manufacturers' terms, as the planner under test does,
and order whole packs within minimums, capacity and the number of specs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.market.observed import RECENT_DAYS, Observed
from bench.market.oracle import configurations
from bench.market.plan import NOT_STATED, Spec, split_units
from bench.market.selling import Terms
from bench.market.terms import acceptable_units
from models import ipf
from pipelines.samples.market_model import Category, World

COPIES_PER_CATEGORY = 3

Baseline = Callable[[World, Observed, Terms], list[Spec]]


@dataclass(frozen=True, eq=False)
class _Wish:
    name: str
    features: np.ndarray
    maker: int
    units: float
    price_cny: float


def best_seller_copies(world: World, seen: Observed, terms: Terms) -> list[Spec]:
    """The top sellers again, as many as sold lately, at the list price."""
    category, products = seen.history.category, seen.history.category.products
    wishes: list[_Wish] = []
    for j in np.argsort(-seen.sold, kind="stable"):
        able = [number for number, maker in enumerate(category.makers) if maker.supports(products.features[j][None])[0]]
        if able and len(wishes) < COPIES_PER_CATEGORY:
            units = seen.sold[j] * terms.sell_days / RECENT_DAYS
            price = float(products.list_price_cny[j])
            wishes.append(_Wish(f"copy-{products.sku_ids[j]}", products.features[j], able[0], units, price))
    return _ordered(world, category, wishes)


def top_search_features(world: World, seen: Observed, terms: Terms) -> list[Spec]:
    """The most searched value of each attribute combined, then the next combinations by searches.

    A combination's share of searches is the product of its values' shares; units are that share of all
    units sold lately.
    """
    if not (seen.stated != NOT_STATED).any():
        return []  # nothing was searched for
    share = [own if own.any() else np.full(len(own), 1 / len(own)) for own in seen.search_share()]
    configs = configurations(seen.history.category)
    each = np.prod([own[configs[:, a]] for a, own in enumerate(share)], axis=0)
    units = each * seen.sold.sum() * terms.sell_days / RECENT_DAYS
    return _best_of(world, seen, configs, units, "searched", terms)


def ipf_gaps(world: World, seen: Observed, terms: Terms) -> list[Spec]:
    """Combinations most wanted beyond what was bought of them.

    Wanted share of a value: that of the searches among those who state one, that of the orders among the
    rest; combinations by iterative proportional fitting from what is searched for together.
    """
    category = seen.history.category
    values = zip(seen.stating_share(), seen.search_share(), seen.order_share(), strict=True)
    marginals = tuple(said * searched + (1 - said) * ordered for said, searched, ordered in values)
    if not all(marginal.sum() > 0 for marginal in marginals):
        return []
    marginals = tuple(marginal / marginal.sum() for marginal in marginals)
    sizes = [len(marginal) for marginal in marginals]
    seed = ipf.seed_from_mentions(sizes, seen.stated.astype(np.int16), np.ones(len(seen.stated)), strength=20.0)
    joint = ipf.fit(marginals, seed).share.reshape(sizes)
    bought = np.zeros(sizes)
    np.add.at(bought, tuple(category.products.features.T), seen.sold)
    gap = (joint * seen.sold.sum() - bought) * terms.sell_days / RECENT_DAYS
    configs = configurations(category)
    return _best_of(world, seen, configs, gap[tuple(configs.T)], "gap", terms)


BASELINES: dict[str, Baseline] = {
    "best sellers": best_seller_copies,
    "top searches": top_search_features,
    "IPF only": ipf_gaps,
}


def _best_of(
    world: World, seen: Observed, configs: np.ndarray, units: np.ndarray, name: str, terms: Terms
) -> list[Spec]:
    """The combinations with most units, each at its cheapest manufacturer and the catalogue's usual markup.

    Nobody orders what does not reach a minimum by its own reckoning, so such combinations and orders are left out.
    """
    category = seen.history.category
    able = np.array([maker.supports(configs) for maker in category.makers])
    costs = np.where(able, [maker.unit_cost(configs) for maker in category.makers], np.inf)
    cheapest = costs.argmin(axis=0)
    least = np.array([maker.min_spec_units for maker in category.makers])[cheapest]
    markup = float(np.median(category.products.list_price_cny / category.products.unit_cost_cny))
    chosen = [int(c) for c in np.argsort(-units, kind="stable") if units[c] >= least[c]][: terms.max_specs]
    wishes = [
        _Wish(
            f"{name}-{category.text.category_id}-{rank + 1}",
            configs[c],
            int(cheapest[c]),
            float(units[c]),
            round(markup * float(costs[cheapest[c], c]), 2),
        )
        for rank, c in enumerate(chosen)
    ]
    order = {number: sum(w.units for w in wishes if w.maker == number) for number in range(len(category.makers))}
    return _ordered(world, category, [w for w in wishes if order[w.maker] >= category.makers[w.maker].min_order_units])


def _ordered(world: World, category: Category, wishes: list[_Wish]) -> list[Spec]:
    """The wishes in whole packs within the terms; the last ones are dropped while capacity does not hold them all."""
    units = None
    while wishes:
        units = acceptable_units([wish.units for wish in wishes], [wish.maker for wish in wishes], category.makers)
        if units is not None:
            break
        wishes = wishes[:-1]
    if units is None:
        return []
    everywhere = np.ones(len(world.regions), bool)
    return [
        Spec(
            wish.name,
            category.index,
            wish.maker,
            wish.features,
            split_units(int(count), world.region_share),
            everywhere,
            wish.price_cny,
        )
        for wish, count in zip(wishes, units.tolist(), strict=True)
    ]
