"""What one spec earns at one manufacturer: a newsvendor with packs and, where there is one, a markdown.

What is left over may be sold at a markdown before it is salvaged, as in Khouja (1995), "The newsboy problem under
progressive multiple discounts": expected profit stays concave in the quantity as long as each outlet pays less than the
one before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BREAKPOINTS = 24


@dataclass(frozen=True)
class Markdown:
    """What is left over after the selling window sells at ``net_price`` a unit, up to ``demand`` on each path."""

    net_price: float
    demand: Array


@dataclass(frozen=True)
class Spec:
    """One candidate. ``net_price`` is what one unit sold adds, per unit, before its cost:
    price times the kept share, less the margin lost on existing products.
    ``demand`` are sample paths of units over the selling window. A markdown must not be worth more a unit."""

    spec_id: str
    net_price: float
    demand: Array
    markdown: Markdown | None = None

    def __post_init__(self) -> None:
        if self.markdown is not None and self.markdown.net_price > self.net_price:
            raise ValueError(f"spec {self.spec_id}: a unit must not be worth more at the markdown than before it")

    @property
    def demand_in_all(self) -> Array:
        """Units sold on each path, at the markdown included, if there were enough."""
        return self.demand if self.markdown is None else self.demand + self.markdown.demand


@dataclass(frozen=True)
class Terms:
    """One manufacturer's terms. ``tiers`` are (from units, factor), ascending, first from 0.
    ``capacity`` is for the whole order. ``unit_cost`` and key: spec id → cost at factor 1; absent: cannot make it."""

    manufacturer_id: str
    unit_cost: dict[str, float]
    setup_cost: float
    pack_size: int
    min_spec_units: int
    min_order_units: int
    capacity: int
    tiers: tuple[tuple[int, float], ...] = ((0, 1.0),)


def expected_sales(demand: Array, quantity: float) -> float:
    """E[min(D, q)] over the sample paths."""
    return float(np.minimum(demand, quantity).mean())


def most_earned(spec: Spec, term: Terms, salvage_rate: float) -> float:
    """The most a spec can earn at a manufacturer: a newsvendor at its best tier, without minimums or capacity.

    With a markdown the profit bends where some path's demand, with or without it, is met: one of these is the best.
    """
    if spec.spec_id not in term.unit_cost:
        return 0.0
    cost = term.unit_cost[spec.spec_id] * min(factor for _, factor in term.tiers)
    overage = (1 - salvage_rate) * cost
    if spec.markdown is not None:
        marked_down = max(spec.markdown.net_price, salvage_rate * cost)
        levels = np.concatenate([spec.demand, spec.demand_in_all])
        profits = (
            (spec.net_price - marked_down) * np.minimum.outer(levels, spec.demand).mean(axis=1)
            + (marked_down - salvage_rate * cost) * np.minimum.outer(levels, spec.demand_in_all).mean(axis=1)
            - overage * levels
        )
        return max(float(profits.max()) - term.setup_cost, 0.0)
    ratio = np.clip((spec.net_price - cost) / max(spec.net_price - cost + overage, 1e-9), 0.0, 1.0)
    quantity = float(np.quantile(spec.demand, ratio, method="inverted_cdf"))  # the best of all, not of breakpoints
    profit = (spec.net_price - salvage_rate * cost) * expected_sales(spec.demand, quantity) - overage * quantity
    return max(profit - term.setup_cost, 0.0)


def in_packs(units: int, term: Terms) -> int:
    """``units`` rounded up to whole packs."""
    return -(-units // term.pack_size) * term.pack_size


def most_packs(spec: Spec, term: Terms, start: int) -> int:
    """Packs of one spec beyond which nothing is gained in the tier from ``start``: no path sells more, and neither a
    minimum nor the tier asks for it.

    Nor would the whole capacity do, often far more: a yes-or-no within the solver's tolerance of "no", times millions,
    is an order under its minimum.
    """
    useful = max(float(spec.demand_in_all.max()), term.min_spec_units, term.min_order_units, start)
    return min(in_packs(int(np.ceil(useful)), term), term.capacity) // term.pack_size


def breakpoints(demand: Array) -> list[float]:
    """Levels at which the sales curve is touched: demand quantiles, 0 and the top."""
    levels = np.quantile(demand, np.linspace(0, 1, BREAKPOINTS - 1))
    return [0.0, *sorted({float(level) for level in levels})]
