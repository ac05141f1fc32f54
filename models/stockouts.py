"""Sales that stock-outs swallowed: first-choice demand from sales and what was on the shelf.

Expectation-maximisation of Vulcano, van Ryzin & Ratliff (2012): in each period shoppers choose
among the products on offer and nothing with weights v_j and 1. Sales of a period with an
incomplete shelf are split into first choices and substitutes for what was missing. The share of
shoppers who would buy from a full shelf cannot be read from sales, so it is given. Weights are
drawn towards those of the others by PRIOR_PERIODS: one good day of a product that was hardly ever
there says little of all the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ROUNDS = 500
PRIOR_PERIODS = 2.0  # that a product was on the shelf, selling as others do, before anything is known of it
TOLERANCE = 1e-7


@dataclass(frozen=True)
class FirstChoice:
    """``demand`` is periods × products in units of sales; ``weight`` (products) sums to share / (1 - share)."""

    demand: Array
    weight: Array


def first_choice(sales: Array, is_on_shelf: NDArray[np.bool_], *, full_shelf_share: float) -> FirstChoice:
    """First-choice demand of each period and product; ``sales`` and ``is_on_shelf`` are periods × products.

    Sales of a product that is marked missing count as on the shelf. Raises ValueError where
    ``full_shelf_share`` is not inside (0, 1).
    """
    if not 0 < full_shelf_share < 1:
        raise ValueError("full_shelf_share must lie between 0 and 1")
    shelf = is_on_shelf | (sales > 0)
    attraction = full_shelf_share / (1 - full_shelf_share)
    demand = sales.astype(float)
    weight = np.zeros(sales.shape[1])
    if sales.sum() <= 0:
        return FirstChoice(demand, weight)
    sold = sales.sum(axis=0) + 1e-3 * sales.sum() / sales.shape[1]
    weight = attraction * sold / sold.sum()
    is_full = shelf.all(axis=1)
    seen = shelf.any(axis=0)  # what was never there stays unknown
    usual = np.where(seen, PRIOR_PERIODS / len(sales) / seen.sum(), 0.0)
    for _ in range(ROUNDS):
        there = shelf @ weight
        everything = weight.sum()
        # of a sale, the chance that it was the first choice; a full shelf leaves no rounding to be ranked by
        kept = np.where(is_full, 1.0, (there + 1) / (everything + 1))
        missing = np.where(shelf, 0.0, weight[None, :] / (everything + 1))
        visitors = sales.sum(axis=1) * np.divide(there + 1, there, out=np.zeros_like(there), where=there > 0)
        demand = np.where(shelf, sales * kept[:, None], missing * visitors[:, None])
        new = demand.sum(axis=0) + usual * float(demand.sum())
        new *= attraction / float(new.sum())
        moved = float(np.abs(new - weight).max())
        weight = new
        if moved < TOLERANCE * attraction:
            break
    return FirstChoice(demand, weight)
