"""One category's inputs of a plan: shoppers of the window, products on sale, specs that could be made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import choice_fit, demand, latent
from models.choice import ChoiceModel
from models.hedonic import HedonicPrices
from models.history import UNSTATED, CategoryHistory
from models.product_line import Candidates, Economics, Existing, Replay, Segments, best_prices, segments
from pipelines.gap import feature_prices
from pipelines.manufacturers import Manufacturer
from pipelines.outlook import Outlook
from pipelines.settings import Settings
from pipelines.specs import features_text, parse_features

SEARCH_DRAWS = 8
RISK_DRAWS = 48
WHOLE_PRICES_FROM = 50  # cheaper goods keep their cents
DEFAULT_MARGIN_RATE = 0.3  # of the price, where no product of the category states a cost


@dataclass(frozen=True)
class OnOrder:
    """A spec that was ordered before and will be on sale: its features, selling price and unit cost."""

    features: dict[str, str]
    price: float
    unit_cost: float


@dataclass(frozen=True)
class LineDesign:
    """Everything the search for specs of one category needs. ``features[i]`` belongs to candidate i."""

    history: CategoryHistory
    makers: list[Manufacturer]
    economics: Economics
    shoppers: Segments
    existing: Existing
    model: ChoiceModel
    replay: Replay
    features: list[dict[str, str]]
    volume_log_sd: float

    @property
    def currency(self) -> str:
        return self.history.products.currency

    @property
    def candidates(self) -> Candidates:
        return self.replay.candidates

    def risk_replay(self, rng: np.random.Generator) -> Replay:
        """The same shoppers under many posterior draws, for the spread of outcomes."""
        draws = self.model.draw(rng, size=RISK_DRAWS)
        return Replay(self.shoppers, self.existing, self.replay.candidates, draws, self.economics)


def design(
    history: CategoryHistory,
    ahead: Outlook,
    configurations: list[dict[str, object]],
    makers: list[Manufacturer],
    settings: Settings,
    rng: np.random.Generator,
    *,
    on_order: Sequence[OnOrder] = (),
) -> LineDesign | None:
    """None where no manufacturer can make any configuration that is not on sale already."""
    rates = latent.conversion(history, last_days=demand.RECENT_DAYS)
    economics = Economics(
        kept_share=latent.kept_share(history),
        units_per_buyer=rates.units_per_buyer,
        return_cost=settings.planning.return_handling_cost,
        salvage_rate=settings.planning.salvage_rate,
    )
    worth = feature_prices(history)
    model = choice_fit.fit(
        history.sessions,
        history.products,
        relative_price=_relative_price(history, worth),
        value_counts=[len(v) for v in history.values],
        is_ordered=list(history.is_ordered),
    )
    lead = max(maker.lead_time_days for maker in makers)
    shoppers = _segments(history, ahead, rates, lead, settings)
    existing = _with_orders(_existing(history, economics, worth), history, worth, economics, on_order)
    coming = {features_text(spec.features) for spec in on_order}
    makeable = [
        row
        for row in configurations
        if not row["products"] and row["features"] not in coming and _makers_of(row, makers)
    ]
    if not makeable:
        return None
    features = [parse_features(str(row["features"])) for row in makeable]
    draws = [model, *model.draw(rng, size=SEARCH_DRAWS - 1)]
    unpriced = Replay(shoppers, existing, _candidates(history, features, makers, worth), draws, economics)
    prices = _prices(unpriced, worth)
    return LineDesign(
        history=history,
        makers=makers,
        economics=economics,
        shoppers=shoppers,
        existing=existing,
        model=model,
        replay=unpriced.at_prices(prices),
        features=features,
        volume_log_sd=ahead.window_log_sd,
    )


def _makers_of(row: dict[str, object], makers: list[Manufacturer]) -> list[Manufacturer]:
    features = parse_features(str(row["features"]))
    return [maker for maker in makers if maker.can_make(features)]


def _segments(
    history: CategoryHistory, ahead: Outlook, rates: latent.Conversion, lead: int, settings: Settings
) -> Segments:
    """Recent sessions reweighted to the forecast of the selling window."""
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= history.days - demand.RECENT_DAYS)
    window = {"start": lead, "days": settings.planning.sell_days}
    weeks = ahead.past_units[-(demand.RECENT_DAYS // 7) :]
    per_day = float(weeks.mean()) / 7 if len(weeks) else 0.0
    growth = ahead.units(**window) / (per_day * settings.planning.sell_days) if per_day > 0 else 1.0
    lines = history.lines
    new = lines.day >= history.days - demand.RECENT_DAYS
    searched_units = float(lines.ordered_units[new & lines.searched].sum())
    direct_units = float(lines.ordered_units[new & ~lines.searched].sum())
    if recent.any() and searched_units > 0:
        per_day_sessions = recent.sum() / min(demand.RECENT_DAYS, history.days)
        # those who bought without a search are taken to be shoppers like the others
        count = per_day_sessions * settings.planning.sell_days * growth * (1 + direct_units / searched_units)
    else:
        count = ahead.units(**window) / max(latent.kept_share(history), 0.01) / rates.units_per_buyer
    stating, targets = [], []
    for a in range(len(history.attributes)):
        share = demand.stating_share(history, a)
        bought = demand.order_share(history, a)
        wanted = ahead.window_share(a, **window)
        stated = np.clip(wanted - (1 - share) * bought, 0, None)
        targets.append(stated / stated.sum() if stated.sum() > 0 else wanted)
        stating.append(share)
    return segments(sessions.wants[recent], tuple(targets), np.array(stating), sessions=float(count))


def _relative_price(history: CategoryHistory, worth: HedonicPrices) -> NDArray[np.float64]:
    """Each product's price as a multiple of what its features usually cost; 1 where it has none."""
    price = history.products.price
    return np.where(price > 0, price / worth.price(history.products.features), 1.0)


def _existing(history: CategoryHistory, economics: Economics, worth: HedonicPrices) -> Existing:
    products = history.products
    cost = products.unit_cost
    known = np.isfinite(cost) & (products.price > 0)
    rate = float(np.median(1 - cost[known] / products.price[known])) if known.any() else DEFAULT_MARGIN_RATE
    margin = np.where(known, products.price - cost, rate * products.price)
    kept = economics.kept_share
    return Existing(
        features=products.features,
        relative_price=_relative_price(history, worth),
        margin=kept * margin - (1 - kept) * economics.return_cost,
        availability=products.is_available[-demand.RECENT_DAYS :].mean(axis=0) * products.is_available.any(axis=0),
    )


def _candidates(
    history: CategoryHistory, features: list[dict[str, str]], makers: list[Manufacturer], worth: HedonicPrices
) -> Candidates:
    """Each configuration at its cheapest manufacturer and its usual price."""
    codes = np.full((len(features), len(history.attributes)), UNSTATED, np.int16)
    cost, setup, least = [], [], []
    for i, wanted in enumerate(features):
        codes[i] = _codes(history, wanted)
        able = [maker for maker in makers if maker.can_make(wanted)]
        best = min(able, key=lambda maker: (maker.unit_cost(wanted), maker.manufacturer_id))
        cost.append(best.unit_cost(wanted))
        setup.append(best.setup_cost)
        least.append(best.pack_size * math.ceil(max(best.min_spec_units, 1) / best.pack_size))
    usual = np.minimum(worth.price(codes) + _unsold_premium(history, features, makers), _highest_price(history))
    usual = np.maximum(usual, 1.05 * np.array(cost))
    return Candidates(codes, usual, usual, np.array(cost), np.array(setup), np.array(least, float))


def _with_orders(
    existing: Existing,
    history: CategoryHistory,
    worth: HedonicPrices,
    economics: Economics,
    on_order: Sequence[OnOrder],
) -> Existing:
    """What is on sale and what is coming."""
    if not on_order:
        return existing
    codes = np.array([_codes(history, spec.features) for spec in on_order], np.int16)
    price = np.array([spec.price for spec in on_order])
    kept = economics.kept_share
    margin = kept * (price - np.array([spec.unit_cost for spec in on_order])) - (1 - kept) * economics.return_cost
    return Existing(
        features=np.vstack([existing.features, codes]),
        relative_price=np.concatenate([existing.relative_price, price / worth.price(codes)]),
        margin=np.concatenate([existing.margin, margin]),
        availability=np.concatenate([existing.availability, np.ones(len(on_order))]),
    )


def _codes(history: CategoryHistory, features: dict[str, str]) -> list[int]:
    """Value index per attribute, UNSTATED where the features do not say or the value is not known any more."""
    return [
        values.index(features[name]) if features.get(name) in values else UNSTATED
        for name, values in zip(history.attributes, history.values, strict=True)
    ]


def _highest_price(history: CategoryHistory) -> float:
    """Price that 95 of 100 recent units did not exceed: beyond it nobody is known to buy, so no plan goes there."""
    lines = history.lines
    recent = (lines.day >= history.days - demand.RECENT_DAYS) & (lines.sku >= 0) & (lines.net_units > 0)
    if not recent.any():
        return math.inf
    price, units = history.products.price[lines.sku[recent]], lines.net_units[recent]
    order = np.argsort(price, kind="stable")
    bought = np.cumsum(units[order]) / units.sum()
    return float(price[order][np.searchsorted(bought, 0.95)])


def _unsold_premium(
    history: CategoryHistory, features: list[dict[str, str]], makers: list[Manufacturer]
) -> NDArray[np.float64]:
    """Price premium of values no product has, so that no price was ever seen: extra cost at the usual mark-up.

    The extra cost is against the attribute's most bought value at the same manufacturer.
    """
    products = history.products
    known = np.isfinite(products.unit_cost) & (products.unit_cost > 0) & (products.price > 0)
    usual = products.price[known] / products.unit_cost[known]
    markup = float(np.median(usual)) if known.any() else 1 / (1 - DEFAULT_MARGIN_RATE)
    sold = {
        name: {history.values[a][v] for v in products.features[:, a] if v != UNSTATED}
        for a, name in enumerate(history.attributes)
    }
    most_bought = {
        name: history.values[a][int(np.argmax(demand.order_share(history, a)))]
        for a, name in enumerate(history.attributes)
    }
    premium = np.zeros(len(features))
    for i, wanted in enumerate(features):
        plain = {name: value if value in sold[name] else most_bought[name] for name, value in wanted.items()}
        if plain != wanted:
            maker = min(
                (m for m in makers if m.can_make(wanted)), key=lambda m: (m.unit_cost(wanted), m.manufacturer_id)
            )
            premium[i] = markup * (maker.unit_cost(wanted) - maker.unit_cost(plain))
    return premium


def _prices(replay: Replay, worth: HedonicPrices) -> NDArray[np.float64]:
    """Target prices: the most profitable one between the usual price and one sigma below it."""
    features = replay.candidates.features
    variance = np.zeros(len(features))
    for a, error in enumerate(worth.premium_se):
        value = features[:, a]
        variance += np.where(value == UNSTATED, 0.0, error[np.maximum(value, 0)] ** 2)
    price = best_prices(replay, spread=np.clip(np.sqrt(variance), 0.03, 0.20))
    return np.round(price, 0 if price.min() >= WHOLE_PRICES_FROM else 2)
