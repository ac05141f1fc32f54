"""Prices for quantities: what each spec of a plan should cost when so many of it are made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models import line_search
from pipelines.line_design import LineDesign
from pipelines.outcomes import SpecOutcome

FINE_PRICE_STEPS = (
    25  # about 2 % apart: where a price 8 % lower doubles demand, the few of the search are too far apart
)


def finely_priced(line: LineDesign, chosen: Sequence[SpecOutcome], *, noise_sd: float) -> tuple[LineDesign, list[int]]:
    """``line`` with the specs of ``chosen`` at finer prices as further candidates, and of these the ones that earn most
    with the quantities of ``chosen``.

    The search asks of each spec what it would earn alone, with as many as it sells; a capacity that others share makes
    a higher price better, a minimum or whole packs a lower one.
    """
    now = [outcome.candidate for outcome in chosen]
    finer = line.repriced(now, steps=FINE_PRICE_STEPS)
    price = finer.candidates.price
    first = len(line.candidates) + FINE_PRICE_STEPS * np.arange(len(now))
    ladders = [range(start, start + FINE_PRICE_STEPS) for start in first]
    nearest = [int(np.argmin(np.abs(price[ladder] - price[i]))) for i, ladder in zip(now, ladders, strict=True)]
    quantity = np.array([sum(batch.quantity for batch in outcome.batches) for outcome in chosen], float)
    tried = line_search.prices_at(finer.replay, ladders, quantity, line.economics, noise_sd=noise_sd, start=nearest)
    return finer, tried
