"""Selling a plan to the market's future shoppers, and what it earns beyond no plan.

With and without the plan the same shoppers come, with the same luck, to the same shelves
supplied under the same disruptions; only the new specs differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from bench.market.plan import Spec
from pipelines.samples.market_history import Market, existing_offer, existing_utility
from pipelines.samples.market_model import FUTURE_DAYS, Category, stream
from pipelines.samples.market_shoppers import Shoppers, draw_shoppers, product_utility
from pipelines.samples.market_stock import (
    KEPT,
    RETURNED,
    Offer,
    ShopRun,
    ShopState,
    draw_disruptions,
    fates,
    run_shop,
)

SCORING, PLANNING = 7001, 9001
RETURN_HANDLING_CNY = 12.0
CROSS_REGION_CNY = 8.0


@dataclass(frozen=True)
class Terms:
    """How a plan is sold: days on sale after arrival, worth of leftovers as share of cost.

    ``max_specs`` per category bounds the oracle and is told to the planner under test.
    """

    sell_days: int = 60
    salvage_rate: float = 0.35
    max_specs: int = 8


@dataclass(frozen=True)
class Earnings:
    """What a plan earned, in CNY and units. ``profit_cny`` is incremental and sums the others.

    ``demanded_units`` is what all willing to buy came for, ``unmet_units`` what of it left with nothing.
    """

    new_margin_cny: float = 0.0
    existing_change_cny: float = 0.0
    setup_cny: float = 0.0
    leftover_loss_cny: float = 0.0
    cross_region_cny: float = 0.0
    ordered_units: float = 0.0
    leftover_units: float = 0.0
    demanded_units: float = 0.0
    unmet_units: float = 0.0

    @property
    def profit_cny(self) -> float:
        costs = self.setup_cny + self.leftover_loss_cny + self.cross_region_cny
        return self.new_margin_cny + self.existing_change_cny - costs

    def plus(self, other: Earnings, *, weight: float = 1.0) -> Earnings:
        return Earnings(**{f.name: getattr(self, f.name) + weight * getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, eq=False)
class Future:
    """One draw of a category's days after ``as_of``, and how it goes without a plan."""

    category: Category
    first_day: int
    end_day: int
    shoppers: Shoppers
    utility: np.ndarray
    fate: np.ndarray
    offer: Offer
    opening: ShopState
    baseline: ShopRun
    baseline_margin_cny: float
    noise_key: tuple[int, ...]
    seed: int


def draw_future(market: Market, index: int, *, terms: Terms, purpose: int, draw: int) -> Future:
    """Draw the future of category ``index``; ``purpose`` keeps planning and scoring apart."""
    world, history = market.world, market.histories[index]
    category, spec = history.category, world.spec
    longest = max(maker.lead_time_days for maker in category.makers)
    if longest + terms.sell_days > FUTURE_DAYS:
        raise ValueError(f"sell_days must be at most {FUTURE_DAYS - longest}: {terms.sell_days}")
    first, end = spec.n_days, spec.n_days + longest + terms.sell_days
    rng = stream(spec, purpose, draw, index)
    shoppers = draw_shoppers(world, category, first_day=first, end_day=end, buyers_only=True, rng=rng)
    disrupted = draw_disruptions(category, n_days=end - first, rng=rng)
    offer = existing_offer(category, first_day=first, end_day=end, disrupted=disrupted)
    utility, fate = existing_utility(category, shoppers), fates(world, shoppers)
    run = run_shop(shoppers, utility, fate=fate, offer=offer, state=history.state)
    return Future(
        category,
        first,
        end,
        shoppers,
        utility,
        fate,
        offer,
        history.state,
        run,
        _existing_margin(category, shoppers, run.choice, fate),
        (purpose, draw, index, 1),
        spec.seed,
    )


def sell(future: Future, specs: Sequence[Spec], *, terms: Terms) -> Earnings:
    """Incremental earnings of building ``specs`` (all of the future's category)."""
    if not specs:
        return _unmet(future, future.baseline.choice)
    category, shoppers = future.category, future.shoppers
    known = len(category.products.sku_ids)
    units = np.array([spec.units for spec in specs])
    lead = np.array([category.makers[spec.maker].lead_time_days for spec in specs])
    run = run_shop(
        shoppers,
        np.hstack([future.utility, _new_utility(future, specs)]),
        fate=future.fate,
        offer=_offer_with(future, lead, terms),
        state=future.opening.with_new(units, lead),
    )
    margin = _existing_margin(category, shoppers, np.where(run.choice < known, run.choice, -1), future.fate)
    new = _new_earnings(future, specs, np.where(run.choice >= known, run.choice - known, -1), terms)
    change = Earnings(existing_change_cny=margin - future.baseline_margin_cny)
    return new.plus(change).plus(_unmet(future, run.choice))


def _unmet(future: Future, choice: np.ndarray) -> Earnings:
    quantity = future.shoppers.quantity
    return Earnings(demanded_units=float(quantity.sum()), unmet_units=float(quantity[choice < 0].sum()))


def unit_costs(category: Category, specs: Sequence[Spec]) -> np.ndarray:
    """Cost per unit of each spec after the tier factor of its manufacturer's order total."""
    totals: dict[int, int] = {}
    for spec in specs:
        totals[spec.maker] = totals.get(spec.maker, 0) + spec.units
    return np.array(
        [
            category.makers[spec.maker].unit_cost(spec.features[None, :])[0]
            * category.makers[spec.maker].tier_factor(totals[spec.maker])
            for spec in specs
        ]
    )


def _new_utility(future: Future, specs: Sequence[Spec]) -> np.ndarray:
    """Utility ``(n, M)`` of the new specs, noise included; out of reach where not served."""
    shoppers = future.shoppers
    deterministic = product_utility(
        future.category,
        shoppers,
        features=np.array([spec.features for spec in specs]),
        price_cny=np.array([spec.price_cny for spec in specs]),
        quality=np.zeros(len(specs)),
    )
    rng = np.random.default_rng([future.seed, *future.noise_key])
    noise = rng.gumbel(size=(len(specs), len(shoppers))).T
    served = np.array([spec.serves for spec in specs])[:, shoppers.region].T
    return np.where(served, deterministic + noise, -np.inf)


def _offer_with(future: Future, lead_days: np.ndarray, terms: Terms) -> Offer:
    offer, count = future.offer, len(lead_days)
    arrival = future.first_day + lead_days
    return Offer(
        offer.first_day,
        offer.end_day,
        np.concatenate([offer.on_sale_from, arrival]),
        np.concatenate([offer.on_sale_until, arrival + terms.sell_days]),
        np.concatenate([offer.is_replenished, np.zeros(count, bool)]),
        np.vstack([offer.disrupted, np.zeros((count, offer.disrupted.shape[1]), bool)]),
    )


def _existing_margin(category: Category, shoppers: Shoppers, choice: np.ndarray, fate: np.ndarray) -> float:
    """Margin of kept units of known products less the handling of returned ones."""
    rows = np.flatnonzero(choice >= 0)
    products, chosen = category.products, choice[rows]
    margin = products.price_cny[chosen, shoppers.day[rows]] - products.unit_cost_cny[chosen]
    gained = np.where(fate[rows] == KEPT, margin, 0.0)
    gained = gained - np.where(fate[rows] == RETURNED, RETURN_HANDLING_CNY, 0.0)
    return float((gained * shoppers.quantity[rows]).sum())


def _new_earnings(future: Future, specs: Sequence[Spec], choice: np.ndarray, terms: Terms) -> Earnings:
    """Margin, set-up, leftovers and transfers of the new specs (existing products apart)."""
    cost = unit_costs(future.category, specs)
    shoppers = future.shoppers
    rows = np.flatnonzero(choice >= 0)
    quantity, chosen, fate = shoppers.quantity[rows], choice[rows], future.fate[rows]
    price = np.array([spec.price_cny for spec in specs])
    kept = np.bincount(chosen, quantity * (fate == KEPT), minlength=len(specs))
    returned = float((quantity * (fate == RETURNED)).sum())
    units = np.array([spec.units for spec in specs])
    leftover = units - kept
    setups = [future.category.makers[spec.maker].setup_cost_cny for spec in specs]
    return Earnings(
        new_margin_cny=float((kept * (price - cost)).sum()) - RETURN_HANDLING_CNY * returned,
        setup_cny=float(np.sum(setups)),
        leftover_loss_cny=float((leftover * cost).sum() * (1.0 - terms.salvage_rate)),
        cross_region_cny=CROSS_REGION_CNY * _moved_units(future, specs, rows, chosen),
        ordered_units=float(units.sum()),
        leftover_units=float(leftover.sum()),
    )


def _moved_units(future: Future, specs: Sequence[Spec], rows: np.ndarray, chosen: np.ndarray) -> float:
    """Kept units that a region took beyond what was sent there."""
    shoppers = future.shoppers
    kept = rows[future.fate[rows] == KEPT]
    taken = np.zeros((len(specs), len(specs[0].serves)))
    of_spec = chosen[future.fate[rows] == KEPT]
    np.add.at(taken, (of_spec, shoppers.region[kept]), shoppers.quantity[kept])
    sent = np.array([spec.units_by_region for spec in specs])
    return float(np.maximum(taken - sent, 0.0).sum())


def score_plan(specs: Sequence[Spec], *, terms: Terms, futures: Sequence[Sequence[Future]]) -> tuple[Earnings, ...]:
    """Mean earnings per category over the draws in ``futures[category]``."""
    return tuple(mean_of(draws) for draws in sell_plan(specs, terms=terms, futures=futures))


def sell_plan(
    specs: Sequence[Spec], *, terms: Terms, futures: Sequence[Sequence[Future]]
) -> tuple[tuple[Earnings, ...], ...]:
    """Earnings per category and draw."""
    return tuple(
        tuple(sell(future, [spec for spec in specs if spec.category == index], terms=terms) for future in draws)
        for index, draws in enumerate(futures)
    )


def mean_of(draws: Sequence[Earnings]) -> Earnings:
    """Mean over draws of the future."""
    total = Earnings()
    for earnings in draws:
        total = total.plus(earnings, weight=1.0 / len(draws))
    return total
