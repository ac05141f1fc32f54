"""One category's inputs of a plan: shoppers of the window, products on sale, specs that could be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models import choice_fit, composition, demand, latent, window_wants
from models.choice import ChoiceModel
from models.history import CategoryHistory
from models.line_search import best_prices
from models.product_line import Candidates, Economics, Existing, Replay, Segments, segments, selling
from models.want_classes import WantClasses
from models.wanted import Habits
from pipelines.line_candidates import (
    at_best_makers,
    candidates_of,
    codes_of,
    makers_of,
    neighbours,
    on_sale,
    without_evidence,
)
from pipelines.line_prices import (
    DEFAULT_MARGIN_RATE,
    PRICE_STEPS,
    UsualPrices,
    highest_price,
    price_factors,
    relative_by_day,
    usual_prices,
)
from pipelines.manufacturers import Manufacturer
from pipelines.outlook import Outlook
from pipelines.settings import Planning, Settings
from pipelines.specs import features_text, parse_features

SEARCH_DRAWS = 6
SEARCH_SHOPPERS = 3000
RISK_DRAWS = 32
RISK_SHOPPERS = 6000
LEVEL_LOG_SD = 0.10  # of what all new specs of a category sell, beyond the forecast's and the estimates' errors
NOVELTY_LOG_SD = 0.20  # published errors of new-product shares, 16-29 % (Fisher & Vaidyanathan 2014), upper end
BLIND_LOG_SD = 0.30  # the same where nobody searches, so what is wanted and not sold is not known
WHOLE_PRICES_FROM = 50  # cheaper goods keep their cents


@dataclass(frozen=True)
class OnOrder:
    """A spec that was ordered before and will be on sale: its features, selling price and unit cost."""

    features: dict[str, str]
    price: float
    unit_cost: float


@dataclass(frozen=True)
class Clearance:
    """After the selling window what is left is sold at ``discount`` off for ``days``; in these ``volume`` times as many
    come as in the window."""

    discount: float
    days: int
    volume: float


@dataclass(frozen=True)
class LineDesign:
    """Everything the search for specs of one category needs. ``features[i]`` belongs to candidate i.

    ``units_on_sale`` is what products on sale will sell in the window where nobody searches, else None; ``taken`` are
    features on sale already, or on order.
    """

    history: CategoryHistory
    makers: list[Manufacturer]
    economics: Economics
    shoppers: Segments
    existing: Existing
    model: ChoiceModel
    replay: Replay
    features: list[dict[str, str]]
    volume_log_sd: float
    factors: NDArray[np.float64]
    dearest: float
    units_on_sale: float | None
    novelty_log_sd: float
    usual: UsualPrices
    taken: frozenset[str]
    clearance: Clearance | None = None

    @property
    def currency(self) -> str:
        return self.history.products.currency

    @property
    def candidates(self) -> Candidates:
        return self.replay.candidates

    def repriced(self, chosen: Sequence[int], *, steps: int = PRICE_STEPS) -> LineDesign:
        """The same with each of ``chosen`` as further candidates, one after the other, at ``steps`` prices
        over all that a plan may ask."""
        if not chosen:  # nothing earns anything: there is nothing to price
            return self
        now = self.candidates
        rows, factors = list(chosen), np.linspace(self.factors[0], self.factors[-1], steps)
        usual = now.usual_price[rows] / now.price[rows]
        further = now.at_prices_of(rows, np.ones(steps))
        price = np.repeat(now.price[rows] * usual, steps) * np.tile(factors, len(rows))
        price = _asked(np.maximum(price, 1.05 * further.unit_cost), self.dearest)
        features = [*self.features, *(self.features[i] for i in rows for _ in factors)]
        return replace(self, replay=self.replay.with_further(replace(further, price=price)), features=features)

    def widened(self, chosen: Sequence[int]) -> LineDesign:
        """The same with all that differs from one of ``chosen`` in one value as further candidates (itself if there is
        nothing new): there may be far more combinations than can be listed, and the best is near good ones."""
        names = {features_text(known) for known in self.features}
        found = neighbours(self.history, [self.features[i] for i in chosen], self.makers, names | self.taken)
        if not found:
            return self
        further = candidates_of(self.history, found, self.makers, self.usual)
        alone = self.replay.with_candidates(further)
        alone = at_best_makers(alone, found, self.makers, self.economics)
        alone = alone.at_prices(_asked(best_prices(alone, self.factors), self.dearest))
        return replace(self, replay=self.replay.with_further(alone.candidates), features=[*self.features, *found])

    def risk_replay(self, rng: np.random.Generator) -> Replay:
        """The same shoppers under many posterior draws, for the spread of outcomes."""
        shoppers = self.shoppers.thinned(RISK_SHOPPERS)
        draws = self.model.draw(rng, size=RISK_DRAWS)
        if self.units_on_sale is not None:
            draws = selling(draws, shoppers, self.existing, self.economics, units=self.units_on_sale)
        return Replay(shoppers, self.existing, self.replay.candidates, draws, self.economics)

    def marked_down(self, replay: Replay, discount: float) -> Replay:
        """``replay`` with all candidates at ``discount`` off. Shoppers respond to the price only as far down as prices
        were seen lately: below, the model is a guess."""
        now = replay.candidates
        seen = np.minimum(now.price, self.factors.min() * now.usual_price)
        return replay.at_prices(np.maximum((1 - discount) * now.price, seen))


@dataclass(frozen=True)
class Shop:
    """What a category's logs tell of its shoppers: usual prices, how wants are said, who wants what together, and how
    they choose. ``relative`` is days × products, prices as multiples of the usual ones."""

    usual: UsualPrices
    relative: NDArray[np.float64]
    habits: list[Habits]
    classes: WantClasses
    model: ChoiceModel


def shop_of(history: CategoryHistory, makers: list[Manufacturer]) -> Shop:
    """Estimated from the last year."""
    usual = usual_prices(history, makers)
    relative = relative_by_day(history, usual)
    habits = window_wants.habits_of(history)
    classes = window_wants.classes_of(history, habits)
    model = choice_fit.fit(
        history.sessions,
        history.products,
        relative_price=relative,
        classes=classes,
        is_ordered=list(history.is_ordered),
        dear=usual.dear(history.products.features),
    )
    return Shop(usual, relative, habits, classes, model)


def design(
    history: CategoryHistory,
    ahead: Outlook,
    shop: Shop,
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
    usual, model = shop.usual, shop.model
    lead = max(maker.arrival_days for maker in makers)
    shoppers = _segments(history, ahead, shop, rates, lead, settings)
    existing = _with_orders(_existing(history, economics, usual), history, usual, economics, on_order)
    coming = {features_text(spec.features) for spec in on_order}
    blind = without_evidence(history)
    wanted = [parse_features(str(row["features"])) for row in configurations if not row["products"]]
    wanted = [one for one in wanted if not blind & one.items()]
    features = [one for one in wanted if features_text(one) not in coming and makers_of(one, makers)]
    if not features:
        return None
    draws = [model, *model.draw(rng, size=SEARCH_DRAWS - 1)]
    few, units, novelty = shoppers.thinned(SEARCH_SHOPPERS), None, NOVELTY_LOG_SD
    if not history.sessions.searched.any():
        novelty = BLIND_LOG_SD
        units = ahead.units(start=lead, days=settings.planning.sell_days) / max(economics.kept_share, 0.01)
        draws = selling(draws, few, existing, economics, units=units)
    unpriced = Replay(few, existing, candidates_of(history, features, makers, usual), draws, economics)
    unpriced = at_best_makers(unpriced, features, makers, economics)
    factors = price_factors(history, shop.relative)
    dearest = highest_price(history)
    return LineDesign(
        history=history,
        makers=makers,
        economics=economics,
        shoppers=shoppers,
        existing=existing,
        model=model,
        replay=unpriced.at_prices(_asked(best_prices(unpriced, factors), dearest)),
        features=features,
        volume_log_sd=float(np.hypot(ahead.window_log_sd, LEVEL_LOG_SD)),
        factors=factors,
        dearest=dearest,
        units_on_sale=units,
        novelty_log_sd=novelty,
        usual=usual,
        taken=frozenset(coming | on_sale(history, list(features[0]))),
        clearance=_clearance(ahead, lead, settings.planning),
    )


def _clearance(ahead: Outlook, lead: int, planning: Planning) -> Clearance | None:
    """The days of markdown after the window that begins ``lead`` days from now."""
    if planning.markdown is None:
        return None
    days = planning.markdown.days
    window = ahead.units(start=lead, days=planning.sell_days)
    after = ahead.units(start=lead + planning.sell_days, days=days)
    return Clearance(planning.markdown.discount, days, after / window if window > 0 else 0.0)


def _asked(price: NDArray[np.float64], dearest: float) -> NDArray[np.float64]:
    """Prices as people write them, none above ``dearest``."""
    price = np.minimum(price, dearest)
    return np.round(price, 0 if price.min() >= WHOLE_PRICES_FROM else 2)


def _segments(
    history: CategoryHistory,
    ahead: Outlook,
    shop: Shop,
    rates: latent.Conversion,
    lead: int,
    settings: Settings,
) -> Segments:
    """Recent sessions reweighted to the wants of the selling window."""
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
    targets = [
        composition.lifted(window_wants.moved(share, ahead.growth(a, **window)), ahead.factor[a])
        for a, share in enumerate(window_wants.wanted_now(history, shop.habits))
    ]
    return segments(sessions.wants[recent], shop.classes, tuple(targets), sessions=float(count))


def _existing(history: CategoryHistory, economics: Economics, usual: UsualPrices) -> Existing:
    products = history.products
    cost = products.unit_cost
    known = np.isfinite(cost) & (products.price > 0)
    rate = float(np.median(1 - cost[known] / products.price[known])) if known.any() else DEFAULT_MARGIN_RATE
    margin = np.where(known, products.price - cost, rate * products.price)
    kept = economics.kept_share
    return Existing(
        features=products.features,
        relative_price=usual.relative(products.features, products.price),
        margin=kept * margin - (1 - kept) * economics.return_cost,
        availability=products.is_available[-demand.RECENT_DAYS :].mean(axis=0) * products.is_available.any(axis=0),
    )


def _with_orders(
    existing: Existing,
    history: CategoryHistory,
    usual: UsualPrices,
    economics: Economics,
    on_order: Sequence[OnOrder],
) -> Existing:
    """What is on sale and what is coming."""
    if not on_order:
        return existing
    codes = np.array([codes_of(history, spec.features) for spec in on_order], np.int16)
    price = np.array([spec.price for spec in on_order])
    kept = economics.kept_share
    margin = kept * (price - np.array([spec.unit_cost for spec in on_order])) - (1 - kept) * economics.return_cost
    return Existing(
        features=np.vstack([existing.features, codes]),
        relative_price=np.concatenate([existing.relative_price, usual.relative(codes, price)]),
        margin=np.concatenate([existing.margin, margin]),
        availability=np.concatenate([existing.availability, np.ones(len(on_order))]),
    )
