"""The shape of the simulated market's truth: who wants what, what is sold, who can make what.

A world is drawn once from a seed and never changes. Logs are a noisy view of it
(``market_logs``), and a plan is judged by selling it to the same world's later days.
Arrays are indexed by *day* since ``MarketSpec.start_date`` and cover the history plus
``FUTURE_DAYS``; money is CNY per unit; ``(J, A)`` means products × attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pipelines.samples.market_catalogue import CATEGORIES, MAX_ATTRIBUTES, PLATFORMS, REGIONS, CategoryText

FUTURE_DAYS = 150
SEGMENTS = 3
BUYER_CONVERSION = 0.45
ROWS_PER_ORDER = 4.05


@dataclass(frozen=True)
class MarketSpec:
    """The knobs of a market. Rates are shares between 0 and 1, volumes are over the history.

    ``n_attributes`` cuts or fills up the attributes of every category (None: as in the catalogue),
    ``price_weight`` multiplies how much shoppers mind prices, ``is_english`` has all queries and titles in
    English, and only the first ``platforms_with_searches`` platforms deliver their search log.
    """

    seed: int
    n_days: int = 540
    n_categories: int = 3
    searches: int = 260_000
    order_rows: int = 110_000
    start_date: date = date(2025, 1, 1)
    n_regions: int = 6
    trend_strength: float = 1.0
    drift_strength: float = 1.0
    stock_out_rate: float = 0.07
    cancel_rate: float = 0.03
    live_return_rate: float = 0.50
    shelf_return_rate: float = 0.08
    crawler_share: float = 0.06
    brushing_share: float = 0.04
    duplicate_share: float = 0.004
    browse_share: float = 0.20
    known_user_share: float = 0.50
    second_search_share: float = 0.35
    day_noise: float = 0.08
    n_attributes: int | None = None
    price_weight: float = 1.0
    is_english: bool = False
    platforms_with_searches: int = len(PLATFORMS)

    def __post_init__(self) -> None:
        if not 1 <= self.n_categories <= len(CATEGORIES):
            raise ValueError(f"n_categories must be 1 to {len(CATEGORIES)}: {self.n_categories}")
        if not 2 <= self.n_regions <= len(REGIONS):
            raise ValueError(f"n_regions must be 2 to {len(REGIONS)}: {self.n_regions}")
        if self.n_attributes is not None and not 2 <= self.n_attributes <= MAX_ATTRIBUTES:
            raise ValueError(f"n_attributes must be 2 to {MAX_ATTRIBUTES}: {self.n_attributes}")
        if not 0 <= self.platforms_with_searches <= len(PLATFORMS):
            raise ValueError(f"platforms_with_searches must be 0 to {len(PLATFORMS)}: {self.platforms_with_searches}")
        if self.n_days < 60:
            raise ValueError(f"n_days must be at least 60 for a history: {self.n_days}")

    @property
    def as_of(self) -> date:
        """The first date that is not in the history."""
        return self.start_date + timedelta(days=self.n_days)


@dataclass(frozen=True, eq=False)
class Products:
    """What the category sells. Arrays over J products; ``price_cny`` is ``(J, days)``."""

    sku_ids: tuple[str, ...]
    features: np.ndarray
    brand: np.ndarray
    list_price_cny: np.ndarray
    unit_cost_cny: np.ndarray
    quality: np.ndarray
    launch_day: np.ndarray
    price_cny: np.ndarray
    disruption_rate: np.ndarray


@dataclass(frozen=True, eq=False)
class Maker:
    """One manufacturer's terms for one category, as in the manufacturers dataset."""

    manufacturer_id: str
    name: str
    lead_time_days: int
    weekly_capacity_units: int
    min_order_units: int
    min_spec_units: int
    pack_size: int
    base_unit_cost_cny: float
    price_tiers: tuple[tuple[int, float], ...]
    setup_cost_cny: float
    supported: tuple[np.ndarray, ...]
    lists_attribute: tuple[bool, ...]
    feature_cost_cny: tuple[np.ndarray, ...]

    @property
    def capacity_units(self) -> int:
        """Most units one order may have."""
        return self.weekly_capacity_units * (self.lead_time_days // 7)

    def tier_factor(self, order_units: float) -> float:
        """Factor on unit cost for an order of ``order_units`` in total."""
        return [factor for start, factor in self.price_tiers if order_units >= start][-1]

    def supports(self, features: np.ndarray) -> np.ndarray:
        """Which rows of ``(n, A)`` value indices it can make; a missing value (-1) is no demand."""
        checks = [(features[:, a] < 0) | can[features[:, a]] for a, can in enumerate(self.supported)]
        return np.logical_and.reduce(checks)

    def unit_cost(self, features: np.ndarray) -> np.ndarray:
        """Unit cost before tiers of ``(n, A)`` value indices, shape ``(n,)``."""
        addons = [
            np.where(features[:, a] < 0, 0.0, cost[features[:, a]]) for a, cost in enumerate(self.feature_cost_cny)
        ]
        return self.base_unit_cost_cny + np.sum(addons, axis=0)


@dataclass(frozen=True, eq=False)
class Category:
    """One category: tastes by day, traffic, products, manufacturers.

    ``wanted_share[a]`` is ``(segments, days, values)`` and sums to one over values.
    ``mismatch[a]`` is ``(values wanted, values sold + 1)``; the last column is "not stated".
    """

    index: int
    text: CategoryText
    wanted_share: tuple[np.ndarray, ...]
    segment_share: np.ndarray
    importance: np.ndarray
    mismatch: tuple[np.ndarray, ...]
    appeal: tuple[np.ndarray, ...]
    price_sensitivity: np.ndarray
    budget: np.ndarray
    outside_utility: float
    shoppers_per_day: np.ndarray
    buyer_share: float
    products: Products
    makers: tuple[Maker, ...]
    rising: tuple[int, int]
    undersupplied: tuple[tuple[int, int], ...]

    @property
    def reference_price_cny(self) -> float:
        return self.text.reference_price_cny


@dataclass(frozen=True, eq=False)
class World:
    """A whole market. ``return_rate`` is by channel, ``segment_share`` inside by region."""

    spec: MarketSpec
    regions: tuple[str, ...]
    region_share: np.ndarray
    channel_share: np.ndarray
    return_rate: np.ndarray
    categories: tuple[Category, ...]
    unknown_phrase_category: int

    @property
    def horizon_days(self) -> int:
        return self.spec.n_days + FUTURE_DAYS


def stream(spec: MarketSpec, *keys: int) -> np.random.Generator:
    """An independent random stream of the market, named by integers."""
    return np.random.default_rng([spec.seed, *keys])
