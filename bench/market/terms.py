"""Turning wished quantities into quantities that manufacturers accept."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pipelines.samples.market_model import Maker


def acceptable_units(wished: Sequence[float], maker_of: Sequence[int], makers: Sequence[Maker]) -> np.ndarray | None:
    """Whole packs near ``wished`` that meet minimums and capacity; None where impossible."""
    units = np.zeros(len(wished), np.int64)
    for number in sorted(set(maker_of)):
        rows = [i for i, of in enumerate(maker_of) if of == number]
        accepted = _one_order([wished[i] for i in rows], makers[number])
        if accepted is None:
            return None
        units[rows] = accepted
    return units


def _one_order(wished: list[float], maker: Maker) -> list[int] | None:
    pack = maker.pack_size
    least = math.ceil(maker.min_spec_units / pack) * pack
    units = [max(least, round(wish / pack) * pack) for wish in wished]
    while sum(units) < maker.min_order_units:
        behind = max(range(len(units)), key=lambda i: wished[i] / units[i])
        units[behind] += pack
    while sum(units) > maker.capacity_units:
        above = [i for i in range(len(units)) if units[i] > least]
        if not above:
            return None
        ahead = max(above, key=lambda i: units[i] / max(wished[i], 1.0))
        units[ahead] -= pack
    return units
