"""What a new spec would sell, what it would take from existing products, and which to try.

Recent searching sessions, reweighted so that their stated wants match the forecast of the
selling window, are replayed through the choice model. A greedy search with one candidate
added at a time (Green & Krieger 1985) gives a shortlist; quantities are pooled later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.choice import ChoiceModel, Shoppers, complete
from models.history import UNSTATED

Array = NDArray[np.float64]
MAX_PATTERNS = 500
COMPLETIONS = 6


@dataclass(frozen=True)
class Segments:
    """Completed shoppers and the sessions each one stands for in the window."""

    shoppers: Shoppers
    sessions: Array


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


@dataclass(frozen=True)
class Economics:
    """Units kept per unit sold, units per buyer, cost of handling a return per unit, salvage per unit cost."""

    kept_share: float
    units_per_buyer: float
    return_cost: float
    salvage_rate: float


def segments(
    wants: NDArray[np.int16], targets: tuple[Array, ...], stating: Array, *, sessions: float, iterations: int = 60
) -> Segments:
    """Patterns of past sessions, raked so that the stated values of each attribute follow ``targets``.

    ``stating[a]`` is the share of sessions that state a value of attribute a; it is kept.
    Values nobody stated cannot be raised from nothing. Unstated wants are completed from
    ``targets`` too. Total is ``sessions``.
    """
    if not len(wants):
        wants = np.full((1, len(targets)), UNSTATED, np.int16)
    patterns, counts = np.unique(wants, axis=0, return_counts=True)
    keep = np.argsort(-counts, kind="stable")[:MAX_PATTERNS]
    patterns, weight = patterns[keep], counts[keep].astype(float)
    weight /= weight.sum()
    for _ in range(iterations):
        for a, target in enumerate(targets):
            goal = np.append(stating[a] * target, 1 - stating[a])  # last: unstated, reached by index -1
            current = np.bincount(patterns[:, a] % (len(target) + 1), weights=weight, minlength=len(goal))
            factor = np.divide(goal, current, out=np.ones_like(goal), where=current > 0)
            weight = weight * factor[patterns[:, a] % (len(target) + 1)]
        weight /= max(weight.sum(), 1e-12)
    shoppers = complete(patterns.astype(np.int16), list(targets), size=COMPLETIONS)
    return Segments(shoppers, np.repeat(weight * sessions / COMPLETIONS, COMPLETIONS))


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
        self._base = [
            _attraction(draw, shoppers, existing.features, existing.relative_price)
            * np.exp(np.pad(draw.quality, (0, len(existing.margin) - len(draw.quality))))  # coming ones: average
            * existing.availability
            for draw in draws
        ]
        self._everything: list[Array] | None = None

    def at_prices(self, price: Array) -> Replay:
        """The same replay with other candidate prices; what was computed is kept."""
        twin = object.__new__(Replay)
        twin.__dict__.update(self.__dict__)
        twin.candidates = replace(self.candidates, price=price)
        return twin

    def sell(self, line: list[int]) -> tuple[Array, Array]:
        """Units bought with all of ``line`` on offer: draws × new specs, draws × existing products."""
        own, old = [], []
        for draw, base in zip(self._draws, self._base, strict=True):
            new = self._attraction_of(draw, line)
            per_weight = self._buyers(draw) / (1 + base.sum(axis=1) + new.sum(axis=1))
            own.append(per_weight @ new)
            old.append(per_weight @ base)
        return np.array(own), np.array(old)

    def sell_each(self, line: list[int]) -> tuple[Array, Array]:
        """Each candidate added to ``line`` alone: draws × candidates units, and margin lost elsewhere."""
        if self._everything is None:
            at_usual_price = np.ones(len(self.candidates.price))
            self._everything = [
                _attraction(draw, self._shoppers, self.candidates.features, at_usual_price) for draw in self._draws
            ]
        own, lost = [], []
        for draw, base, plain in zip(self._draws, self._base, self._everything, strict=True):
            new = plain * (self.candidates.price / self.candidates.usual_price)[None, :] ** draw.price
            chosen = new[:, line]
            total = 1 + base.sum(axis=1) + chosen.sum(axis=1)
            margin = base @ self._existing.margin + chosen @ self.unit_margin()[line]
            share = new / (total[:, None] + new)
            own.append(self._buyers(draw) @ share)
            lost.append((self._buyers(draw) * margin / total) @ share)
        return np.array(own), np.array(lost)

    def unit_margin(self) -> Array:
        """Money per unit sold of each candidate before set-up and leftovers: a returned unit can be sold again."""
        kept = self._economics.kept_share
        margin = self.candidates.price - self.candidates.unit_cost
        return np.asarray(kept * margin - (1 - kept) * self._economics.return_cost)

    def existing_margin(self, units: Array) -> Array:
        """Margin on existing products for draws × products units."""
        return np.asarray(units @ self._existing.margin)

    def _attraction_of(self, draw: ChoiceModel, line: list[int]) -> Array:
        relative_price = self.candidates.price[line] / self.candidates.usual_price[line]
        return _attraction(draw, self._shoppers, self.candidates.features[line], relative_price)

    def _buyers(self, draw: ChoiceModel) -> Array:
        """Units that the segments' buying sessions would take if nobody left."""
        return self._shoppers.sessions * draw.buyer_share * self._economics.units_per_buyer


def _attraction(draw: ChoiceModel, shoppers: Segments, features: NDArray[np.int16], relative_price: Array) -> Array:
    return np.exp(np.clip(draw.utility(shoppers.shoppers, features, relative_price), -30, 30))


def best_prices(replay: Replay, *, spread: Array, steps: int = 5) -> Array:
    """Price of each candidate with the highest expected margin on its own, from usual · exp(- spread) to usual.

    Not above the usual price: past what the market pays for such features the price response is extrapolated.
    """
    usual = replay.candidates.usual_price
    best, price = np.full(len(usual), -np.inf), usual.copy()
    for step in np.linspace(-1, 0, steps):
        trial = replay.at_prices(np.maximum(usual * np.exp(step * spread), 1.05 * replay.candidates.unit_cost))
        own, lost = trial.sell_each([])
        margin = (own * trial.unit_margin() - lost).mean(axis=0)
        price = np.where(margin > best, trial.candidates.price, price)
        best = np.maximum(margin, best)
    return price


def shortlist(replay: Replay, economics: Economics, *, size: int, noise_sd: float) -> list[int]:
    """Indexes of candidates added one by one while the next one earns something; at most ``size``."""
    chosen: list[int] = []
    while len(chosen) < size:
        value = added_value(replay, chosen, economics, noise_sd=noise_sd)
        value[chosen] = -np.inf
        best = int(np.argmax(value))
        if not value[best] > 0:
            break
        chosen.append(best)
    return chosen


def added_value(replay: Replay, line: list[int], economics: Economics, *, noise_sd: float) -> Array:
    """Expected profit of adding each candidate to ``line``: a newsvendor with its minimum and set-up cost."""
    candidates = replay.candidates
    own, lost = replay.sell_each(line)
    if not own.sum() > 0:  # nobody comes
        return np.full(own.shape[1], -np.inf)
    spread = np.exp(noise_sd * np.array([-1.3, -0.4, 0.4, 1.3]))  # four points of a lognormal,
    spread /= spread.mean()  # with mean one
    demand = economics.kept_share * (own[:, None, :] * spread[None, :, None]).reshape(-1, own.shape[1])
    lost_per_unit = lost.mean(axis=0) / np.maximum(own.mean(axis=0), 1e-9)
    net = (replay.unit_margin() - lost_per_unit) / economics.kept_share + candidates.unit_cost
    loss = candidates.unit_cost * (1 - economics.salvage_rate)
    gain = net - candidates.unit_cost
    ratio = np.clip(gain / np.maximum(gain + loss, 1e-9), 0, 1)
    ordered = np.sort(demand, axis=0)
    position = np.minimum((ratio * len(ordered)).astype(int), len(ordered) - 1)
    quantity = np.maximum(ordered[position, np.arange(len(ratio))], candidates.min_units)
    sales = np.minimum(demand, quantity[None, :]).mean(axis=0)
    return np.asarray(
        sales * (net - economics.salvage_rate * candidates.unit_cost) - quantity * loss - candidates.setup_cost
    )
