"""What is sold and who can make it: products, manufacturers, and one category put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.samples import market_calendar
from pipelines.samples.market_catalogue import BRANDS, CategoryText
from pipelines.samples.market_model import (
    BUYER_CONVERSION,
    ROWS_PER_ORDER,
    SEGMENTS,
    Category,
    Maker,
    MarketSpec,
    Products,
    World,
)
from pipelines.samples.market_shoppers import draw_shoppers, product_utility
from pipelines.samples.market_tastes import Tastes, draw_tastes

BASE_COST_SHARE = 0.50
CALIBRATION_SHOPPERS = 4_000
CALIBRATION_DAYS = 14


def draw_category(
    world: World,
    index: int,
    *,
    text: CategoryText,
    shoppers_per_day: np.ndarray,
    rng: np.random.Generator,
) -> Category:
    """Draw one category whose buyers convert at ``BUYER_CONVERSION`` in mid-history."""
    spec = world.spec
    tastes = draw_tastes(text, spec=spec, n_days=world.horizon_days, rng=rng)
    under = _pick_undersupplied(text, tastes, rng)
    products = _draw_products(text, tastes, under, spec, world.horizon_days, rng)
    real_orders = spec.order_rows * (1.0 - spec.brushing_share) / ROWS_PER_ORDER
    shoppers = spec.searches * (1 - spec.crawler_share) / ((1 - spec.browse_share) * (1 + spec.second_search_share))
    buyer_share = min(1.0, real_orders / shoppers / BUYER_CONVERSION)
    daily_units = shoppers_per_day[spec.n_days - 60 : spec.n_days].mean() * (buyer_share * BUYER_CONVERSION)
    category = Category(
        index=index,
        text=text,
        wanted_share=tastes.wanted_share,
        segment_share=rng.dirichlet(np.full(SEGMENTS, 4.0), len(world.regions)),
        importance=tastes.importance,
        mismatch=tastes.mismatch,
        appeal=tastes.appeal,
        price_sensitivity=spec.price_weight * rng.uniform(4.0, 6.0, SEGMENTS),
        budget=text.reference_price_cny * rng.uniform(1.3, 1.8, SEGMENTS),
        outside_utility=0.0,
        shoppers_per_day=shoppers_per_day,
        buyer_share=buyer_share,
        products=products,
        makers=_draw_makers(text, index, tastes.rising, daily_units, rng),
        rising=tastes.rising,
        undersupplied=under,
    )
    outside = _calibrated_outside(world, category, rng)
    return replace(category, outside_utility=outside)


def _pick_undersupplied(text: CategoryText, tastes: Tastes, rng: np.random.Generator) -> tuple[tuple[int, int], ...]:
    """Two well-wanted values of different attributes that only one product will have."""
    picked = []
    for a in rng.permutation(len(text.attributes)):
        wanted = tastes.wanted_share[a].mean(axis=(0, 1)).copy()
        if a == tastes.rising[0] or len(wanted) < 3:
            continue
        wanted[wanted > 0.4] = 0.0
        picked.append((int(a), int(wanted.argmax())))
    return tuple(picked[:2])


def _draw_products(
    text: CategoryText,
    tastes: Tastes,
    under: tuple[tuple[int, int], ...],
    spec: MarketSpec,
    horizon_days: int,
    rng: np.random.Generator,
) -> Products:
    """10 to 25 products that follow early tastes, but not the rising or undersupplied values."""
    n = int(rng.integers(12, 23))
    features = _draw_features(tastes, under, n, rng)
    reference = text.reference_price_cny
    addon = np.zeros(n)
    for a, attribute in enumerate(text.attributes):
        addon += np.array([value.cost_share for value in attribute.values])[features[:, a]]
    unit_cost = np.round(reference * (BASE_COST_SHARE + addon) * rng.uniform(0.97, 1.05, n), 2)
    list_price = np.round(unit_cost * rng.uniform(1.38, 1.65, n))
    launch = np.where(
        rng.random(n) < 0.7,
        -rng.integers(30, 700, n),
        rng.integers(0, max(1, int(spec.n_days * 0.7)), n),
    )
    launch[: n // 2] = -rng.integers(30, 700, n // 2)
    rate = np.full(n, spec.stock_out_rate)
    for a, v in under:
        rate[features[:, a] == v] *= 2.5
    return Products(
        sku_ids=tuple(f"{text.category_id}-{number:04d}" for number in rng.permutation(n) + 1001),
        features=features,
        brand=rng.integers(0, len(BRANDS), n),
        list_price_cny=list_price,
        unit_cost_cny=unit_cost,
        quality=rng.normal(0.0, 0.45, n),
        launch_day=launch,
        price_cny=_daily_prices(list_price, spec, horizon_days, rng),
        disruption_rate=rate,
    )


def _draw_features(tastes: Tastes, under: tuple[tuple[int, int], ...], n: int, rng: np.random.Generator) -> np.ndarray:
    """Value indices ``(n, A)``: spread over the wanted values, without duplicates."""
    weights = []
    for a, share in enumerate(tastes.wanted_share):
        weight = share[:, 0].mean(axis=0) ** 0.8
        for attribute, v in (tastes.rising, *under):
            if attribute == a:
                weight[v] = 0.0
        weights.append(weight / weight.sum())
    drawn = np.column_stack([rng.choice(len(w), 12 * n, p=w) for w in weights])
    _, first = np.unique(drawn, axis=0, return_index=True)
    features = drawn[np.sort(first)][:n]
    while len(features) < n:
        features = np.vstack([features, features[: n - len(features)]])
    for row, (a, v) in enumerate(under):
        features[row, a] = v
    return features


def _daily_prices(list_price: np.ndarray, spec: MarketSpec, horizon_days: int, rng: np.random.Generator) -> np.ndarray:
    """List price less festival discounts and each product's own short promotions, ``(J, days)``."""
    n = len(list_price)
    discount = np.zeros((n, horizon_days))
    for j in range(n):
        for start in rng.integers(0, horizon_days, max(1, horizon_days // 60)):
            discount[j, start : start + rng.integers(4, 12)] = rng.uniform(0.05, 0.18)
    festival = market_calendar.promotion_days(spec.start_date, horizon_days)
    depth = rng.uniform(0.05, 0.12, n)
    discount[:, festival] = np.maximum(discount[:, festival], depth[:, None])
    return np.round(list_price[:, None] * (1.0 - discount), 2)


def _draw_makers(
    text: CategoryText,
    index: int,
    rising: tuple[int, int],
    daily_units: float,
    rng: np.random.Generator,
) -> tuple[Maker, ...]:
    """Two or three manufacturers; minimums scale with the category's daily sales."""
    count = int(rng.integers(2, 4))
    able = int(rng.integers(count))
    return tuple(
        _draw_maker(text, f"m{index + 1}{number + 1}", rising, number == able, daily_units, rng)
        for number in range(count)
    )


def _draw_maker(
    text: CategoryText,
    maker_id: str,
    rising: tuple[int, int],
    makes_rising: bool,
    daily_units: float,
    rng: np.random.Generator,
) -> Maker:
    reference = text.reference_price_cny
    supported, listed, costs = [], [], []
    for a, attribute in enumerate(text.attributes):
        n = len(attribute.values)
        can = np.ones(n, bool)
        lists_it = bool(rng.random() < 0.8) or (a == rising[0] and not makes_rising)
        if lists_it and n > 2 and rng.random() < 0.7:
            can[rng.integers(n)] = False
        if a == rising[0]:
            can[rising[1]] = makes_rising
        share = np.array([value.cost_share for value in attribute.values])
        costs.append(np.round(reference * share * rng.uniform(0.9, 1.1, n), 2))
        supported.append(can)
        listed.append(lists_it)
    tier_days = (rng.uniform(10, 16), rng.uniform(24, 36))
    tiers = [(1, 1.0)] + [
        (int(round(days * daily_units, -1)), factor) for days, factor in zip(tier_days, (0.965, 0.93), strict=True)
    ]
    unit_margin = 0.3 * reference
    return Maker(
        manufacturer_id=maker_id,
        name=f"{text.zh}制造{maker_id[-1]}厂",
        lead_time_days=int(rng.integers(21, 46)),
        weekly_capacity_units=max(10, int(daily_units * rng.uniform(7, 14))),
        min_order_units=max(6, int(daily_units * rng.uniform(2.5, 5.0))),
        min_spec_units=max(4, int(daily_units * rng.uniform(0.8, 2.0))),
        pack_size=int(rng.choice([2, 4, 5, 6, 8, 10])),
        base_unit_cost_cny=round(reference * BASE_COST_SHARE * rng.uniform(0.97, 1.07), 2),
        price_tiers=tuple(tiers),
        setup_cost_cny=float(round(daily_units * unit_margin * rng.uniform(0.3, 0.8), -1)),
        supported=tuple(supported),
        lists_attribute=tuple(listed),
        feature_cost_cny=tuple(costs),
    )


def _calibrated_outside(world: World, category: Category, rng: np.random.Generator) -> float:
    """Outside utility at which buyers of mid-history convert as intended.

    A buyer buys when the best product's utility less the noise of leaving exceeds it, so it
    is a quantile of that difference.
    """
    middle = world.spec.n_days // 2
    enough = np.full(world.horizon_days, CALIBRATION_SHOPPERS / CALIBRATION_DAYS)
    crowded = replace(category, shoppers_per_day=enough)
    shoppers = draw_shoppers(
        world,
        crowded,
        first_day=middle,
        end_day=middle + CALIBRATION_DAYS,
        buyers_only=False,
        rng=rng,
    )
    live = category.products.launch_day <= middle
    products = category.products
    utility = product_utility(
        category,
        shoppers,
        features=products.features[live],
        price_cny=products.list_price_cny[live],
        quality=products.quality[live],
    )
    best = (utility + shoppers.noise[:, live]).max(axis=1)
    lead = best - shoppers.outside - shoppers.outside_noise
    return float(np.quantile(lead, 1.0 - BUYER_CONVERSION))
