"""The best product line that a planner finds who knows the choice model: greedy, then swaps, on a panel."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from bench.second_market.panel import Line, Outcome, Panel, evaluate
from bench.second_market.world import Floats, Ints, Maker

PRICE_FACTORS = np.array([0.75, 0.85, 0.95, 1.05, 1.15, 1.25, 1.35])
"""Price grid, of the usual price."""
SCARCE = (0.0, 0.1, 0.25)
"""Worth of a unit of capacity that the greedy starts assume, of the usual price."""
PRICE_MOVES = (0.91, 0.97, 1.03, 1.1)
ROUNDS = 14
SHORTLIST = 12
MAX_SPECS = 8
SHORTLIST_SHOPPERS = 500


@dataclass(frozen=True)
class Design:
    """A product line and what it earns on the panel it was designed on."""

    lines: list[Line]
    outcome: Outcome


@dataclass(frozen=True)
class Problem:
    """What there is to choose from: all configurations, who makes each, at what cost, at which prices."""

    panel: Panel
    makers: tuple[Maker, ...]
    salvage_rate: float
    prices: Floats
    configurations: Ints
    maker_of: Ints
    unit_cost: Floats
    step: int
    """The shortlist looks at every so manieth shopper."""
    odds: Floats
    """exp utility at the usual price: (shoppers looked at, configurations)."""

    def value(self, lines: list[Line]) -> float:
        """Expected profit of a line."""
        return evaluate(self.panel, lines, self.makers, self.salvage_rate).profit


def make_problem(panel: Panel, sizes: list[int], makers: tuple[Maker, ...], salvage_rate: float) -> Problem:
    """Every configuration at every manufacturer that can make it."""
    everything = np.array(list(itertools.product(*[range(n) for n in sizes])))
    rows, owner, cost = [], [], []
    for m, maker in enumerate(makers):
        for values in everything:
            if maker.makes(values):
                rows.append(values)
                owner.append(m)
                cost.append(maker.cost(values, maker.min_order_units))
    step = max(1, len(panel.base) // SHORTLIST_SHOPPERS)
    thin = replace(panel, lost=[t[::step] for t in panel.lost], base=panel.base[::step], slope=panel.slope[::step])
    odds = thin.odds(np.array(rows), np.full(len(rows), panel.usual_price))
    return Problem(panel, makers, salvage_rate, np.round(panel.usual_price * PRICE_FACTORS, 2), np.array(rows),
                   np.array(owner), np.array(cost), step, odds)  # fmt: skip


def shortlist(problem: Problem, lines: list[Line], only: int | None = None, scarce: float = 0.0) -> list[Line]:
    """Configurations and prices that add most to a line, before leftovers and minimum orders."""
    panel, step = problem.panel, problem.step
    total, stake = 1 + panel.shelf_odds[::step], panel.shelf_margin[::step]
    if lines:
        price = np.array([x.price for x in lines])
        cost = np.array([problem.makers[x.maker].cost(np.array(x.values), 1.0) for x in lines])
        odds = panel.odds(np.array([x.values for x in lines]), price)[::step]
        total, stake = total + odds.sum(axis=1), stake + odds @ (price - cost)
    setup = np.array([m.setup_cost for m in problem.makers])[problem.maker_of]
    least = np.array([m.min_spec_units for m in problem.makers])[problem.maker_of]
    found: list[tuple[float, Line]] = []
    for price in problem.prices:
        odds = problem.odds * np.exp(-panel.slope[::step] * (price - panel.usual_price))[:, None]
        units = panel.units * step
        share = odds / (total[:, None] + odds)
        demand = units * share.sum(axis=0)
        lost = units * ((stake / total) @ share)
        short = np.maximum(least - demand, 0) * problem.unit_cost * (1 - problem.salvage_rate)
        gain = demand * (price * (1 - panel.handling) - problem.unit_cost - scarce) - lost - setup - short
        if only is not None:
            gain = np.where(problem.maker_of == only, gain, -np.inf)
        for k in np.argsort(-gain)[:SHORTLIST]:
            found.append(
                (
                    float(gain[k]),
                    Line(tuple(problem.configurations[k].tolist()), float(price), int(problem.maker_of[k])),
                )
            )
    found.sort(key=lambda pair: -pair[0])
    return [line for _, line in found[:SHORTLIST]]


def design(problem: Problem, *starts: list[Line]) -> Design:
    """Greedy lines of all manufacturers and of each alone, and the given lines; the best three are then improved.

    Improvement means moves of price, exchanges, other manufacturers and removals until none pays.
    """
    owners = [None, *range(len(problem.makers))]
    begun = [_greedy(problem, only, share * problem.panel.usual_price) for only in owners for share in SCARCE]
    begun = begun + [list(lines) for lines in starts]
    begun.sort(key=problem.value, reverse=True)
    best: list[Line] = []
    value = 0.0
    for lines in begun[:3]:
        at = problem.value(lines)
        for _ in range(ROUNDS):
            improved = _improve(problem, lines, at)
            if improved is None:
                break
            lines, at = improved
        if at > value:
            best, value = lines, at
    outcome = evaluate(problem.panel, best, problem.makers, problem.salvage_rate)
    return Design([replace(x, quantity=int(q)) for x, q in zip(best, outcome.quantity, strict=True)], outcome)


def _greedy(problem: Problem, only: int | None, scarce: float) -> list[Line]:
    """Add the line that earns most, at one manufacturer or any; two additions may lose before the search ends.

    ``scarce`` is what a unit of capacity is thought to be worth.
    """

    def value_of(trial: list[Line]) -> float:
        outcome = evaluate(problem.panel, trial, problem.makers, problem.salvage_rate)
        return outcome.profit - scarce * float(outcome.quantity.sum())

    lines: list[Line] = []
    best, value = lines, 0.0
    while len(lines) < MAX_SPECS:
        fresh = [new for new in shortlist(problem, lines, only, scarce) if new.values not in _specs(lines)]
        ranked = [(value_of([*lines, new]), new) for new in fresh]
        if not ranked:
            break
        gain, new = max(ranked, key=lambda pair: pair[0])
        lines = [*lines, new]
        if gain <= value and len(lines) > len(best) + 2:
            break
        if gain > value:
            best, value = lines, gain
    return best


def _specs(lines: list[Line]) -> set[tuple[int, ...]]:
    return {x.values for x in lines}


def _raised(lines: list[Line], factor: float) -> list[Line]:
    return [replace(x, price=float(np.round(x.price * factor, 2))) for x in lines]


def _improve(problem: Problem, lines: list[Line], value: float) -> tuple[list[Line], float] | None:
    """The line after one round of moves, or None where no move paid."""
    start = value
    together = [_raised(lines, f) for f in PRICE_MOVES]
    if lines and len(lines) < MAX_SPECS:  # where capacity binds, one more spec pays only if all become dearer
        for new in shortlist(problem, lines):
            if new.values not in _specs(lines):
                together += [_raised([*lines, new], f) for f in (1.0, *PRICE_MOVES[2:])]
    if together:
        gain, trial = max(((problem.value(x), x) for x in together), key=lambda pair: pair[0])
        if gain > value + 1e-6:
            lines, value = trial, gain
    for k in range(len(lines)):
        if k >= len(lines):
            break
        rest = lines[:k] + lines[k + 1 :]
        moves = [replace(lines[k], price=float(np.round(lines[k].price * f, 2))) for f in PRICE_MOVES]
        moves += [new for new in shortlist(problem, rest) if new.values not in _specs(rest)]
        moves += [
            replace(lines[k], maker=m)
            for m, maker in enumerate(problem.makers)
            if maker.makes(np.array(lines[k].values))
        ]
        trials = [(problem.value(rest), rest)]
        for move in moves:
            trial = [*lines[:k], move, *lines[k + 1 :]]
            trials.append((problem.value(trial), trial))
        gain, trial = max(trials, key=lambda pair: pair[0])
        if gain > value + 1e-6:
            lines, value = trial, gain
    return (lines, value) if value > start + 1e-6 else None
