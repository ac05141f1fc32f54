"""What one market is like: every parameter that differs by seed and family."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np

FAMILIES = ("base", "thin", "orders_only", "english", "stock_outs", "returns", "price_driven", "trend")
CHANNELS = ("shelf", "live", "short_video", "group_buy")


@dataclass(frozen=True)
class Scenario:
    """Parameters of one market. Shares lie in 0..1; utilities are in logit units."""

    seed: int
    family: str
    as_of: dt.date
    history_days: int
    shoppers_per_day: float
    """All categories together, on an average day."""
    n_categories: int
    products: tuple[int, int]
    """Fewest and most products of a category."""
    lookers: float
    """Share of shoppers who never buy."""
    conversion: float
    """Share of the others who buy from the shelf of an average day."""
    price_sensitivity: float
    """Utility lost when the price rises by the category's usual price."""
    penalty: float
    """Median utility lost per attribute that a caring shopper does not get."""
    care: float
    """Share of shoppers who care about an attribute."""
    stated: float
    """Chance that a searcher names what they care about."""
    direct: float
    """Share of shoppers who buy or leave without a search."""
    quality_sd: float
    margin: float
    """Usual margin on list price of what is on sale."""
    drift: float
    late_supply: float
    """Chance that a replenishment comes two weeks late."""
    cover_days: float
    """Stock after a replenishment, in days of usual sales."""
    channel_share: tuple[float, ...]
    return_rate: tuple[float, ...]
    cancel_rate: float
    growth_per_day: float
    english: float
    """Share of queries in English."""
    fake: float
    """Crawler searches and brushed orders, share of genuine ones."""
    sell_days: int
    salvage_rate: float
    handling: float
    """Cost of a returned unit, share of its price."""

    @property
    def has_searches(self) -> bool:
        """False in the family where only orders are known."""
        return self.family != "orders_only"

    @property
    def kept(self) -> float:
        """Share of ordered units that are neither cancelled nor returned."""
        returned = float(np.dot(self.channel_share, self.return_rate))
        return (1 - self.cancel_rate) * (1 - returned)


def make_scenario(seed: int, family: str = "base") -> Scenario:
    """Draw a market's parameters over wide ranges, then bend them to the family."""
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}; choose one of {', '.join(FAMILIES)}")
    rng = np.random.default_rng([seed, 71])
    first = dt.date(2025, 7, 1) if rng.random() < 0.5 else dt.date(2025, 11, 20)  # 618 or Double 11 lies behind
    fewest = int(rng.integers(10, 26))
    shelf, live = rng.uniform(0.45, 0.75), rng.uniform(0.1, 0.2)
    made = Scenario(
        seed=seed,
        family=family,
        as_of=first + dt.timedelta(days=int(rng.integers(0, 50))),
        history_days=int(rng.integers(120, 201)),
        shoppers_per_day=float(rng.uniform(260, 480)),
        n_categories=int(rng.integers(2, 4)),
        products=(fewest, fewest + int(rng.integers(2, 15))),
        lookers=float(rng.uniform(0.2, 0.7)),
        conversion=float(rng.uniform(0.12, 0.4)),
        price_sensitivity=float(rng.uniform(1.5, 6.0)),
        penalty=float(rng.uniform(0.8, 3.0)),
        care=float(rng.uniform(0.4, 0.85)),
        stated=float(rng.uniform(0.25, 0.9)),
        direct=float(rng.uniform(0.1, 0.35)),
        quality_sd=float(rng.choice([0.0, 0.3, 0.6, 1.0])),
        margin=float(rng.uniform(0.22, 0.55)),
        drift=float(rng.uniform(0.1, 0.5)),
        late_supply=0.05,
        cover_days=float(rng.uniform(18, 35)),
        channel_share=(shelf, live, (1 - shelf - live) * 0.5, (1 - shelf - live) * 0.5),
        return_rate=(float(rng.uniform(0.03, 0.1)), float(rng.uniform(0.2, 0.45)), float(rng.uniform(0.1, 0.3)), 0.12),
        cancel_rate=float(rng.uniform(0.02, 0.07)),
        growth_per_day=float(rng.uniform(-0.001, 0.002)),
        english=float(rng.uniform(0.0, 0.25)),
        fake=float(rng.uniform(0.02, 0.12)),
        sell_days=60,
        salvage_rate=0.35,
        handling=0.02,
    )
    bent: dict[str, dict[str, object]] = {
        "thin": {"shoppers_per_day": 90.0},
        "english": {"english": 1.0},
        "stock_outs": {"late_supply": 0.5, "cover_days": 9.0},
        "returns": {"channel_share": (0.3, 0.5, 0.1, 0.1), "return_rate": (0.12, 0.6, 0.4, 0.2)},
        "price_driven": {"price_sensitivity": 11.0, "penalty": 0.6},
        "trend": {"growth_per_day": 0.005 if seed % 2 else -0.005},
    }
    return replace(made, **bent.get(family, {}))  # type: ignore[arg-type]
