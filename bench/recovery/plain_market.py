"""A second, small market with another kind of shopper, as arrays: no utilities, only musts and luck.

A shopper comes to buy with chance ``buys`` and else looks. Each want is a must with a chance; the
shopper takes any product in stock that has every must, liking those with more wants, and leaves
where none has (or takes anything, with chance ``gives_in``). Wants are said with one chance per attribute,
the plain value's much lower. Truth is counted, not modelled: who came to buy, and what they wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.history import UNSTATED, CategoryHistory, OrderLines, Products, Sessions

DAYS = 168


@dataclass(frozen=True)
class PlainMarket:
    """What the models see, and the truth of the last 28 days: shares and units wanted by attribute and value."""

    history: CategoryHistory
    wanted_share: tuple[NDArray[np.float64], ...]
    wanted_units: tuple[NDArray[np.float64], ...]
    has_plain: tuple[bool, ...]


def plain_market(seed: int) -> PlainMarket:
    """Draw one market."""
    rng = np.random.default_rng([seed, 5])
    sizes = rng.integers(3, 6, 3)
    features = np.column_stack([rng.choice(size, 14, p=rng.dirichlet(np.full(size, 1.5))) for size in sizes])
    missing = int(rng.integers(len(sizes)))  # this attribute's value 0 is in no product
    features[features[:, missing] == 0, missing] = 1
    count = int(rng.integers(20_000, 60_000))
    day = np.sort(rng.integers(0, DAYS, count))
    shares = [rng.dirichlet(np.full(size, 3.0)) for size in sizes]
    wants = np.column_stack([rng.choice(len(share), count, p=share) for share in shares])
    is_must = rng.random((count, 3)) < rng.uniform(0.3, 0.9, 3)
    is_must[:, missing] |= rng.random(count) < 0.5
    available = rng.random((DAYS, 14)) < rng.uniform(0.8, 1.0)
    comes = rng.random(count) < rng.uniform(0.1, 0.4)
    choice = _choices(wants, is_must, features, available[day], comes, rng.uniform(0, 0.2), rng)
    chance, has_plain = _saying(wants, sizes, rng)
    said = rng.random((count, 3)) < chance
    bought = choice >= 0
    history = CategoryHistory(
        category_id="plain",
        days=DAYS,
        attributes=("a", "b", "c"),
        values=tuple(tuple(f"{name}{v}" for v in range(size)) for name, size in zip("abc", sizes, strict=True)),
        is_ordered=(False, False, False),
        regions=("CN-GD",),
        sessions=Sessions(
            day.astype(np.int32),
            np.where(said, wants, UNSTATED).astype(np.int16),
            np.zeros(count, np.int16),
            choice.astype(np.int32),
            np.ones(count, bool),
        ),
        products=Products(
            tuple(f"p{j:02d}" for j in range(14)),
            features.astype(np.int16),
            np.full(14, 100.0),
            np.full(14, 50.0),
            available,
            "CNY",
            np.ones((DAYS, 14), bool),
        ),
        lines=_lines(day[bought], choice[bought]),
        zero_result_pct={},
        people={},
    )
    last = comes & (day >= DAYS - 28)
    return PlainMarket(
        history,
        tuple(shares),
        tuple(np.bincount(wants[last, a], minlength=size).astype(float) for a, size in enumerate(sizes)),
        has_plain,
    )


def _choices(
    wants: NDArray[np.int64],
    is_must: NDArray[np.bool_],
    features: NDArray[np.int64],
    available: NDArray[np.bool_],
    comes: NDArray[np.bool_],
    gives_in: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    fits = wants[:, None, :] == features[None, :, :]
    acceptable = (fits | ~is_must[:, None, :]).all(axis=2)
    acceptable |= (rng.random(len(wants)) < gives_in)[:, None]
    acceptable &= available
    liking = fits.sum(axis=2) + 1.5 * rng.random((len(wants), len(features)))
    best = np.where(acceptable, liking, -1.0).argmax(axis=1)
    return np.where(comes & acceptable.any(axis=1), best, -1)


def _saying(
    wants: NDArray[np.int64], sizes: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], tuple[bool, ...]]:
    """Chance that each want is said, and which attributes have a plain value (the last one, never the missing one)."""
    chance = np.empty(wants.shape)
    plain = []
    for a, size in enumerate(sizes):
        by_value = np.full(size, rng.uniform(0.2, 0.6))
        plain.append(bool(rng.random() < 0.5))
        if plain[-1]:
            by_value[size - 1] /= 6
        chance[:, a] = by_value[wants[:, a]]
    return chance, tuple(plain)


def _lines(day: NDArray[np.int64], sku: NDArray[np.int64]) -> OrderLines:
    count = len(day)
    one = np.ones(count, np.int64)
    return OrderLines(
        day.astype(np.int32),
        sku.astype(np.int32),
        np.zeros(count, np.int16),
        one,
        np.zeros(count, np.int64),
        one,
        np.full(count, 100.0),
        np.ones(count, bool),
    )
