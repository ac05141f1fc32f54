"""Sessions as counts for the choice model: who wanted what, what was on offer that period, what was bought.

Where nobody searches, orders are all there is: each is a shopper whose coming is known because of the purchase.

What was on offer and at what price is taken by fortnight: the share of its days in stock, and the mean
price on them. Rare patterns of wants, and products beyond the most bought ones, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.choice import Shoppers, complete, differs, far_apart
from models.history import Products, Sessions
from models.want_classes import WantClasses

Array = NDArray[np.float64]
BLOCK_DAYS = 14
MAX_PATTERNS = 2000
MAX_PRODUCTS = 80  # of a category, by sessions that bought them


@dataclass(frozen=True)
class Observed:
    """``left[p, t]`` sessions of pattern p in period t bought nothing, ``count[i]`` bought product ``sku[i]`` with
    pattern ``pattern[i]`` in period ``period[i]``.

    ``unseen[p, t]`` of the latter would not have been seen had they left: they ordered without a search.
    ``mismatch[a]`` and ``far[a]`` are completed shoppers × products, times how much each minds. ``pair`` lists every
    (purchase group, completed shopper) in group order, ``group_start`` where each group begins; ``first`` is the first
    completion of each pattern.
    """

    shoppers: Shoppers
    mismatch: list[Array]
    far: list[Array | None]
    features: NDArray[np.int16]
    sizes: list[int]
    kept: NDArray[np.int64]  # products of the category that take part
    shelf: Array  # periods × products, share of days in stock
    price: Array  # periods × products, over the usual price, less 1
    left: Array
    unseen: Array
    pattern: NDArray[np.int64]
    period: NDArray[np.int64]
    sku: NDArray[np.int64]
    count: Array
    first: NDArray[np.int64]
    pair: tuple[NDArray[np.int64], NDArray[np.int64]]
    group_start: NDArray[np.int64]

    @property
    def sessions(self) -> float:
        """Those that are seen whether they buy or not."""
        return float(self.left.sum()) + self.bought

    @property
    def bought(self) -> float:
        """Of ``sessions``, those that bought."""
        return float(self.count.sum() - self.unseen.sum())

    def blocks(self, rows: int) -> Iterator[Observed]:
        """The same in parts of whole patterns with about ``rows`` completed shoppers each."""
        starts = np.searchsorted(self.first, np.arange(0, len(self.shoppers), rows))
        for start, end in pairwise(np.unique([*starts, len(self.first)]).tolist()):
            yield self._of_patterns(slice(start, end))

    def _of_patterns(self, chosen: slice) -> Observed:
        row, group = (self._within(starts, chosen) for starts in (self.shoppers.pattern, self.pattern))
        pair = self._within(self.pair[0], group)
        here = self.shoppers.at(np.arange(row.start, row.stop))
        return replace(
            self,
            shoppers=replace(here, pattern=here.pattern - chosen.start),
            mismatch=[one[row] for one in self.mismatch],
            far=[None if one is None else one[row] for one in self.far],
            left=self.left[chosen],
            unseen=self.unseen[chosen],
            pattern=self.pattern[group] - chosen.start,
            period=self.period[group],
            sku=self.sku[group],
            count=self.count[group],
            first=self.first[chosen] - row.start,
            pair=(self.pair[0][pair] - group.start, self.pair[1][pair] - row.start),
            group_start=self.group_start[group] - pair.start,
        )

    @staticmethod
    def _within(ascending: NDArray[np.int64], span: slice) -> slice:
        """Where the numbers of ``span`` stand in ``ascending``."""
        return slice(*(int(at) for at in np.searchsorted(ascending, [span.start, span.stop])))

    @classmethod
    def of(
        cls,
        sessions: Sessions,
        products: Products,
        relative_price: Array,
        classes: WantClasses,
        is_ordered: list[bool],
        *,
        last_days: int,
    ) -> Observed:
        days = len(products.is_available)
        of_use = sessions.searched if sessions.searched.any() else sessions.sku >= 0
        used = sessions.select(of_use & (sessions.day >= days - last_days))
        used, kept = _most_bought(used, len(products))
        patterns, pattern = _frequent_rows(used.wants)
        used, pattern = used.select(pattern >= 0), pattern[pattern >= 0]
        shelf, price, period = _periods(used, products.is_available[:, kept], relative_price[:, kept], last_days)
        shoppers = complete(patterns, np.bincount(pattern, minlength=len(patterns)).astype(float), classes)
        first = np.searchsorted(shoppers.pattern, np.arange(len(patterns)))
        bought = used.sku >= 0
        left = np.zeros((len(patterns), len(shelf)))
        np.add.at(left, (pattern[~bought], period[~bought]), 1.0)
        unseen = np.zeros_like(left)
        np.add.at(unseen, (pattern[~used.searched], period[~used.searched]), 1.0)
        groups, count = np.unique(
            np.column_stack([pattern, period, used.sku])[bought].astype(np.int64), axis=0, return_counts=True
        )
        repeats = np.diff(np.append(first, len(shoppers)))[groups[:, 0]]
        start = np.concatenate([[0], np.cumsum(repeats)])[:-1].astype(np.int64)
        group = np.repeat(np.arange(len(groups)), repeats)
        row = np.arange(len(group)) - start[group] + first[groups[group, 0]]
        features = products.features[kept]
        attributes = range(len(is_ordered))
        return cls(
            shoppers=shoppers,
            mismatch=[shoppers.importance[:, a, None] * differs(shoppers.wants, features, a) for a in attributes],
            far=[
                shoppers.importance[:, a, None] * far_apart(shoppers.wants, features, a) if is_ordered[a] else None
                for a in attributes
            ],
            features=features,
            sizes=classes.sizes,
            kept=kept,
            shelf=shelf,
            price=price,
            left=left,
            unseen=unseen,
            pattern=groups[:, 0],
            period=groups[:, 1],
            sku=groups[:, 2],
            count=count.astype(float),
            first=first,
            pair=(group, row),
            group_start=start,
        )


def _most_bought(used: Sessions, products: int) -> tuple[Sessions, NDArray[np.int64]]:
    """Sessions that bought one of the most bought products or nothing, ``sku`` renumbered; those products."""
    sold = np.bincount(used.sku[used.sku >= 0], minlength=products)
    kept = np.sort(np.argsort(-sold, kind="stable")[:MAX_PRODUCTS])
    number = np.full(products + 1, -2)  # last: index -1, nothing bought
    number[kept], number[-1] = np.arange(len(kept)), -1
    used = replace(used, sku=number[used.sku].astype(np.int32))
    return used.select(used.sku >= -1), kept


def _frequent_rows(wants: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """The most frequent distinct rows, and the number of each row among them, -1 where it is rare."""
    if not len(wants):
        return wants, np.zeros(0, np.int64)
    patterns, pattern = np.unique(wants, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    frequent = np.sort(np.argsort(-np.bincount(pattern), kind="stable")[:MAX_PATTERNS])
    position = np.full(len(patterns), -1)
    position[frequent] = np.arange(len(frequent))
    return patterns[frequent], position[pattern]


def _periods(
    used: Sessions, is_available: NDArray[np.bool_], relative_price: Array, last_days: int
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Per period: share of days in stock, mean relative price on them less 1; and the period of each session."""
    days = len(is_available)
    first = max(days - last_days, 0)
    on_offer = is_available[first:].astype(float)
    bought = used.sku >= 0
    on_offer[used.day[bought] - first, used.sku[bought]] = 1.0  # what was bought was there
    period_of = (days - 1 - np.arange(first, days)) // BLOCK_DAYS  # 0 is the last period
    periods = int(period_of.max(initial=0)) + 1
    total = np.zeros((periods, on_offer.shape[1]))
    weighted = np.zeros_like(total)
    np.add.at(total, period_of, on_offer)
    np.add.at(weighted, period_of, on_offer * (relative_price[first:] - 1))
    length = np.bincount(period_of, minlength=periods)[:, None]
    price = np.divide(weighted, total, out=np.zeros_like(total), where=total > 0)
    return total / length, price, (days - 1 - used.day.astype(np.int64)) // BLOCK_DAYS
