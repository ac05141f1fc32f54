"""What a product cost on each day, from what was paid.

The median unit price of a day's lines; on days without a sale, that of the nearest day with one, up
to a few days off; else the product's usual price. Prices that change over time tell how buyers
respond to price better than differences between products, which differ in much else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.history import CategoryHistory

Array = NDArray[np.float64]
NEAREST_DAYS = 3


def by_day(history: CategoryHistory) -> Array:
    """Days × products, in the products' currency."""
    lines, size = history.lines, len(history.products)
    paid = np.full(history.days * size, np.nan)
    known = (lines.sku >= 0) & (lines.unit_price > 0)
    cell = lines.day[known].astype(np.int64) * size + lines.sku[known]
    order = np.lexsort((lines.unit_price[known], cell))
    cells, start, count = np.unique(cell[order], return_index=True, return_counts=True)
    paid[cells] = lines.unit_price[known][order][start + (count - 1) // 2]
    seen = paid.reshape(history.days, size)
    price = seen.copy()
    for off in range(1, NEAREST_DAYS + 1):
        for shift in (off, -off):
            near = np.full_like(seen, np.nan)
            if shift > 0:
                near[shift:] = seen[:-shift]
            else:
                near[:shift] = seen[-shift:]
            price = np.where(np.isnan(price), near, price)
    return np.where(np.isnan(price), history.products.price[None, :], price)
