"""What a new spec would sell, and what it would take from existing products.

Recent searching sessions, reweighted so that their wants match those of the selling window, are
replayed through the choice model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.choice import ChoiceModel, Shoppers, complete
from models.history import UNSTATED
from models.want_classes import WantClasses

Array = NDArray[np.float64]
ROWS = 100_000  # completed shoppers, before some of them are drawn to try a line on
MAX_PATTERNS = 2000
RAKING_ROUNDS = 30


@dataclass(frozen=True)
class Segments:
    """Completed shoppers and the sessions each one stands for in the window."""

    shoppers: Shoppers
    sessions: Array

    def thinned(self, size: int) -> Segments:
        """At most ``size`` of them, evenly spaced over the sessions (systematic sampling), for a quick search."""
        if len(self.sessions) <= size or not self.sessions.sum() > 0:
            return self
        share = np.cumsum(self.sessions) / self.sessions.sum()
        taken = np.searchsorted(share, (np.arange(size) + 0.5) / size)
        rows, count = np.unique(np.minimum(taken, len(share) - 1), return_counts=True)
        return Segments(self.shoppers.at(rows), count * self.sessions.sum() / size)


@dataclass(frozen=True)
class Existing:
    """Products on sale: features, price over the usual one, margin per unit kept, share of days in stock."""

    features: NDArray[np.int16]
    relative_price: Array
    margin: Array
    availability: Array


@dataclass(frozen=True)
class Candidates:
    """Specs that could be made: features (c × attributes), price and the usual price of such features, unit cost,
    set-up cost, least units worth ordering."""

    features: NDArray[np.int16]
    price: Array
    usual_price: Array
    unit_cost: Array
    setup_cost: Array
    min_units: Array

    def __len__(self) -> int:
        return len(self.price)

    def at_prices_of(self, rows: list[int], factors: Array) -> Candidates:
        """``rows`` at each of ``factors`` of their price, row by row."""
        index = np.repeat(rows, len(factors))
        taken = Candidates(*(getattr(self, name)[index] for name in self.__dataclass_fields__))
        return replace(taken, price=taken.price * np.tile(factors, len(rows)))

    def joined(self, other: Candidates) -> Candidates:
        return Candidates(
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__dataclass_fields__)
        )


@dataclass(frozen=True)
class Economics:
    """Units kept per unit sold, units per buyer, cost of handling a return per unit, salvage per unit cost."""

    kept_share: float
    units_per_buyer: float
    return_cost: float
    salvage_rate: float


def segments(
    wants: NDArray[np.int16], classes: WantClasses, targets: tuple[Array, ...], *, sessions: float
) -> Segments:
    """Patterns of past sessions with their completions, raked so that wants of each attribute follow ``targets``.

    ``classes`` tell what those want who do not state it. What nobody wants cannot be raised from nothing.
    Total is ``sessions``.
    """
    if not len(wants):
        wants = np.full((1, len(targets)), UNSTATED, np.int16)
    patterns, counts = np.unique(wants, axis=0, return_counts=True)
    keep = np.sort(np.argsort(-counts, kind="stable")[:MAX_PATTERNS])
    shoppers = complete(patterns[keep].astype(np.int16), counts[keep].astype(float), classes, rows=ROWS)
    weight = shoppers.weight * counts[keep][shoppers.pattern]
    weight /= weight.sum()
    for _ in range(RAKING_ROUNDS):
        for a, target in enumerate(targets):
            value = shoppers.wants[:, a]
            goal = np.append(target, 0.0)  # last: no want known, reached by index -1
            current = np.bincount(value % len(goal), weights=weight, minlength=len(goal))
            goal[:-1] *= current[:-1].sum()
            factor = np.divide(goal, current, out=np.ones_like(goal), where=(current > 0) & (goal > 0))
            weight = weight * factor[value % len(goal)]
        weight /= max(weight.sum(), 1e-12)
    eager = replace(shoppers, weight=weight).eager()
    return Segments(eager, eager.weight * sessions)


class Replay:
    """Sells any line made of ``candidates`` to the segments under given posterior draws of the choice model.

    A line is a list of candidate indexes; prices are the candidates' unless given.
    """

    def __init__(
        self,
        shoppers: Segments,
        existing: Existing,
        candidates: Candidates,
        draws: list[ChoiceModel],
        economics: Economics,
    ) -> None:
        self.candidates = candidates
        self._shoppers, self._existing, self._draws, self._economics = shoppers, existing, draws, economics
        self._base = [_on_sale(draw, shoppers, existing) for draw in draws]
        self._left = [1 + base.sum(axis=1) for base in self._base]
        self._margin = [base @ existing.margin for base in self._base]
        self._everything: list[NDArray[np.float32]] | None = None
        self._each: list[NDArray[np.float32]] | None = None
        self._new: dict[int, list[Array]] = {}

    def with_candidates(self, candidates: Candidates) -> Replay:
        """The same shoppers and products in front of other candidates."""
        twin = self._before(candidates)
        twin._everything = None
        return twin

    def with_further(self, further: Candidates) -> Replay:
        """The same with more candidates, after those that are there."""
        twin = self.with_candidates(self.candidates.joined(further))
        if self._everything is not None:
            more = self.with_candidates(further)._at_usual_price()
            twin._everything = [np.hstack(pair) for pair in zip(self._everything, more, strict=True)]
        return twin

    def at_prices(self, price: Array) -> Replay:
        """The same replay with other candidate prices."""
        return self._before(replace(self.candidates, price=price))

    def at_costs(self, unit_cost: Array, setup_cost: Array, min_units: Array) -> Replay:
        """The same replay with other terms of making the candidates."""
        return self._before(replace(self.candidates, unit_cost=unit_cost, setup_cost=setup_cost, min_units=min_units))

    def _before(self, candidates: Candidates) -> Replay:
        """What was computed is kept, as far as it holds whatever their prices."""
        twin = object.__new__(Replay)
        twin.__dict__.update(self.__dict__)
        twin.candidates, twin._each, twin._new = candidates, None, {}
        return twin

    def sell(self, line: list[int]) -> tuple[Array, Array]:
        """Units bought with all of ``line`` on offer: draws × new specs, draws × existing products."""
        own, old = [], []
        for k, (draw, base, left) in enumerate(zip(self._draws, self._base, self._left, strict=True)):
            new = np.column_stack([np.zeros((len(left), 0)), *(self._attraction_of(i)[k] for i in line)])
            per_weight = self._buyers(draw) / (left + new.sum(axis=1))
            own.append(per_weight @ new)
            old.append(per_weight @ base)
        return np.array(own), np.array(old)

    def sell_without_each(self, line: list[int]) -> tuple[Array, Array]:
        """As ``sell``, for ``line`` without its k-th spec: draws × k × specs of the line (the k-th sells nothing), and
        draws × k × existing products."""
        own, old = [], []
        for k, (draw, base, left) in enumerate(zip(self._draws, self._base, self._left, strict=True)):
            new = np.column_stack([self._attraction_of(i)[k] for i in line])
            per_weight = self._buyers(draw)[:, None] / ((left + new.sum(axis=1))[:, None] - new)
            units = per_weight.T @ new
            np.fill_diagonal(units, 0.0)
            own.append(units)
            old.append(per_weight.T @ base)
        return np.array(own), np.array(old)

    def sell_each(self, line: list[int]) -> tuple[Array, Array]:
        """Each candidate added to ``line`` alone: draws × candidates units, and margin lost elsewhere.

        In single precision: it is asked often, over many shoppers and candidates, and memory is what it waits for.
        """
        own, lost = [], []
        for draw, new, left, earned in zip(self._draws, self._each_attraction(), self._left, self._margin, strict=True):
            chosen = new[:, line].astype(float)
            total = left + chosen.sum(axis=1)
            margin = earned + chosen @ self.unit_margin()[line]
            share = new + total.astype(np.float32)[:, None]
            np.divide(new, share, out=share)
            buyers = self._buyers(draw)
            sold = np.stack([buyers, buyers * margin / total]).astype(np.float32) @ share
            own.append(sold[0])
            lost.append(sold[1])
        return np.array(own, float), np.array(lost, float)

    def _each_attraction(self) -> list[NDArray[np.float32]]:
        """Per draw, what draws each shopper to each candidate: shoppers × candidates."""
        if self._each is None:
            dearer = self.candidates.price / self.candidates.usual_price - 1
            self._each = [
                new * np.exp(draw.price * dearer).astype(np.float32)
                for draw, new in zip(self._draws, self._at_usual_price(), strict=True)
            ]
        return self._each

    def _at_usual_price(self) -> list[NDArray[np.float32]]:
        """The same at usual prices."""
        if self._everything is None:
            features, price = self.candidates.features, np.ones(len(self.candidates))
            self._everything = [
                _attraction(draw, self._shoppers, features, price).astype(np.float32) for draw in self._draws
            ]
        return self._everything

    def unit_margin(self) -> Array:
        """Money per unit sold of each candidate before set-up and leftovers: a returned unit can be sold again."""
        kept = self._economics.kept_share
        margin = self.candidates.price - self.candidates.unit_cost
        return np.asarray(kept * margin - (1 - kept) * self._economics.return_cost)

    def existing_margin(self, units: Array) -> Array:
        """Margin on existing products for draws × products units."""
        return np.asarray(units @ self._existing.margin)

    def _attraction_of(self, candidate: int) -> list[Array]:
        """Per draw, what draws each shopper to a candidate."""
        if candidate not in self._new:
            row, candidates = [candidate], self.candidates
            relative_price = candidates.price[row] / candidates.usual_price[row]
            self._new[candidate] = [
                _attraction(draw, self._shoppers, candidates.features[row], relative_price)[:, 0]
                for draw in self._draws
            ]
        return self._new[candidate]

    def _buyers(self, draw: ChoiceModel) -> Array:
        """Units that the segments' buying sessions would take if nobody left."""
        return self._shoppers.sessions * draw.buyer_share * self._economics.units_per_buyer


def _on_sale(draw: ChoiceModel, shoppers: Segments, existing: Existing) -> Array:
    """shoppers × existing products: what draws each shopper, with the product's quality and its days in stock."""
    coming = len(existing.margin) - len(draw.quality)  # of average quality
    quality = np.exp(np.pad(draw.quality, (0, coming)))
    drawn = _attraction(draw, shoppers, existing.features, existing.relative_price)
    return np.asarray(drawn * quality * existing.availability)


def _attraction(draw: ChoiceModel, shoppers: Segments, features: NDArray[np.int16], relative_price: Array) -> Array:
    return np.exp(np.clip(draw.utility(shoppers.shoppers, features, relative_price), -30, 30))


def selling(
    draws: Sequence[ChoiceModel], shoppers: Segments, existing: Existing, economics: Economics, *, units: float
) -> list[ChoiceModel]:
    """``draws`` with the share of buyers at which products on sale sell ``units``; as they are where none can.

    Where only orders are known, they say how many buy; nothing says how many came.
    """
    found = []
    for draw in draws:
        bought = _on_sale(draw, shoppers, existing).sum(axis=1)
        sold = float(shoppers.sessions @ (bought / (1 + bought))) * economics.units_per_buyer
        found.append(replace(draw, buyer_share=units / sold) if sold > 0 else draw)
    return found
