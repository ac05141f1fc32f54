"""Running the shop day by day: stock, replenishment, stock-outs, who gets the last unit.

Each product is reviewed weekly and ordered up to ``COVER_DAYS`` of its recent in-stock
sales; supplies arrive after 7 to 9 days, or when the product's supply disruption ends.
Cancelled units come back the next day, returned ones after ``RETURN_DAYS``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_model import Category, World
from pipelines.samples.market_shoppers import Shoppers, choose

COVER_DAYS = 16
SAFETY_UNITS = 6
SUPPLY_DAYS = 8
RETURN_DAYS = 12
DUE_DAYS = 64
RATE_WEIGHT = 0.06
DISRUPTION_DAYS = (16, 46)

KEPT, CANCELLED, RETURNED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class ShopState:
    """Stock of J products at the start of a day; ``*_due`` are ``(J, DUE_DAYS)`` units."""

    on_hand: np.ndarray
    supply_due: np.ndarray
    return_due: np.ndarray
    daily_rate: np.ndarray

    def with_new(self, units: np.ndarray, arrives_in_days: np.ndarray) -> ShopState:
        """The state with further products whose whole quantity arrives once."""
        count = len(units)
        due = np.zeros((count, DUE_DAYS), np.int64)
        due[np.arange(count), arrives_in_days] = units
        empty = np.zeros(count, np.int64)
        return ShopState(
            np.concatenate([self.on_hand, empty]),
            np.vstack([self.supply_due, due]),
            np.vstack([self.return_due, np.zeros_like(due)]),
            np.concatenate([self.daily_rate, empty]),
        )


@dataclass(frozen=True, eq=False)
class ShopRun:
    """What happened: choice per shopper (-1 none), stock at day ends ``(days, J)``, last state."""

    choice: np.ndarray
    closing_stock: np.ndarray
    state: ShopState


@dataclass(frozen=True, eq=False)
class Offer:
    """When each of J products is on sale, and how it is supplied; disrupted is ``(J, days)``."""

    first_day: int
    end_day: int
    on_sale_from: np.ndarray
    on_sale_until: np.ndarray
    is_replenished: np.ndarray
    disrupted: np.ndarray


def fates(world: World, shoppers: Shoppers) -> np.ndarray:
    """Whether a purchase by each shopper would be kept, cancelled or returned."""
    cancel = world.spec.cancel_rate
    returned = cancel + (1.0 - cancel) * world.return_rate[shoppers.channel]
    return np.where(shoppers.fate < cancel, CANCELLED, np.where(shoppers.fate < returned, RETURNED, KEPT))


def draw_disruptions(category: Category, *, n_days: int, rng: np.random.Generator) -> np.ndarray:
    """Days on which a product's supplier cannot deliver, ``(J, n_days)`` of bool."""
    rates = category.products.disruption_rate
    disrupted = np.zeros((len(rates), n_days), bool)
    low, high = DISRUPTION_DAYS
    # Stock on hand bridges the first part of a disruption; only the rest empties the shelf.
    emptied_days = 0.5 * (low + high) - (COVER_DAYS + 0.75 * SUPPLY_DAYS)
    starts = rng.random(disrupted.shape) < rates[:, None] / emptied_days
    lengths = rng.integers(low, high, disrupted.shape)
    for j, start in zip(*np.nonzero(starts), strict=True):
        disrupted[j, start : start + lengths[j, start]] = True
    return disrupted


def opening_state(category: Category) -> ShopState:
    """A shelf with normal cover on the first day of history."""
    count = len(category.products.sku_ids)
    daily = category.shoppers_per_day[:30].mean() * category.buyer_share * 0.4 / count
    due = np.zeros((count, DUE_DAYS), np.int64)
    stock = np.full(count, int(COVER_DAYS * daily) + SAFETY_UNITS)
    return ShopState(stock, due, due.copy(), np.full(count, daily))


def run_shop(shoppers: Shoppers, utility: np.ndarray, *, fate: np.ndarray, offer: Offer, state: ShopState) -> ShopRun:
    """Serve ``shoppers`` (in order of arrival) whose ``utility`` ``(n, J)`` includes noise."""
    choice = np.full(len(shoppers), -1)
    days = np.arange(offer.first_day, offer.end_day)
    bounds = np.searchsorted(shoppers.day, np.append(days, offer.end_day))
    on_hand, rate = state.on_hand.copy(), state.daily_rate.copy()
    supply, returns = state.supply_due.copy(), state.return_due.copy()
    closing = np.zeros((len(days), len(on_hand)), np.int64)
    outside = shoppers.outside + shoppers.outside_noise
    back_after = np.array([0, 1, RETURN_DAYS])
    for step, day in enumerate(days):
        supply, returns = _receive(on_hand, supply, returns, held=offer.disrupted[:, step])
        on_sale = (offer.on_sale_from <= day) & (day < offer.on_sale_until)
        rows = slice(bounds[step], bounds[step + 1])
        opened = on_hand > 0
        chosen = _serve_day(
            utility[rows],
            outside[rows],
            shoppers.quantity[rows],
            np.where(on_sale, on_hand, 0),
        )
        choice[rows] = chosen
        sold_rows = np.flatnonzero(chosen >= 0)
        units = shoppers.quantity[rows][sold_rows]
        sold = np.bincount(chosen[sold_rows], weights=units, minlength=len(on_hand))
        on_hand -= sold.astype(np.int64)
        kind = fate[rows][sold_rows]
        back = kind != KEPT
        np.add.at(returns, (chosen[sold_rows][back], back_after[kind[back]] - 1), units[back])
        rate = np.where(opened & on_sale, (1 - RATE_WEIGHT) * rate + RATE_WEIGHT * sold, rate)
        _reorder(int(day), on_hand, supply, rate, offer.is_replenished & on_sale)
        closing[step] = on_hand
    return ShopRun(choice, closing, ShopState(on_hand, supply, returns, rate))


def _receive(
    on_hand: np.ndarray, supply: np.ndarray, returns: np.ndarray, *, held: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Book today's arrivals into ``on_hand``; what is held moves to tomorrow."""
    arrived = np.where(held, 0, supply[:, 0])
    on_hand += arrived + returns[:, 0]
    waiting = supply[:, 0] - arrived
    nothing = np.zeros((len(on_hand), 1), np.int64)
    supply = np.hstack([supply[:, 1:], nothing])
    supply[:, 0] += waiting
    return supply, np.hstack([returns[:, 1:], nothing])


def _serve_day(utility: np.ndarray, outside: np.ndarray, quantity: np.ndarray, stock: np.ndarray) -> np.ndarray:
    """First come, first served: whoever finds a product gone takes the next best.

    Availability is only ever taken away, earliest shoppers first, so this ends where serving
    one by one would.
    """
    available = np.broadcast_to(stock > 0, utility.shape)
    while True:
        chosen = choose(utility, outside, available)
        too_late = np.zeros(len(chosen), bool)
        wanted = np.bincount(chosen[chosen >= 0], quantity[chosen >= 0], minlength=len(stock))
        for j in np.flatnonzero(wanted > stock):
            rows = np.flatnonzero(chosen == j)
            too_late[rows[np.cumsum(quantity[rows]) > stock[j]]] = True
        if not too_late.any():
            return chosen
        available = available.copy()
        late = np.flatnonzero(too_late)
        available[late, chosen[late]] = False


def _reorder(day: int, on_hand: np.ndarray, supply: np.ndarray, rate: np.ndarray, is_open: np.ndarray) -> None:
    """Weekly review, a seventh of the products each day."""
    due = is_open & (np.arange(len(on_hand)) % 7 == day % 7)
    if not due.any():
        return
    target = np.ceil(rate * (COVER_DAYS + SUPPLY_DAYS)).astype(np.int64) + SAFETY_UNITS
    missing = np.maximum(0, target - on_hand - supply.sum(axis=1))
    supply[due, SUPPLY_DAYS - 1] += missing[due]
