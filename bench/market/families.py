"""Families of markets: the same generator with one thing made extreme."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pipelines.samples.market_model import MarketSpec


@dataclass(frozen=True)
class Family:
    """What is different: ``traffic`` multiplies searches and orders, ``changes`` are knobs of MarketSpec."""

    about: str
    traffic: float = 1.0
    changes: dict[str, object] = field(default_factory=dict)

    def of(self, spec: MarketSpec) -> MarketSpec:
        """``spec`` as a market of this family."""
        changes: dict = dict(self.changes)
        return replace(
            spec,
            searches=round(spec.searches * self.traffic),
            order_rows=round(spec.order_rows * self.traffic),
            **changes,
        )


FAMILIES: dict[str, Family] = {
    "base": Family("four to five attributes, 480 searches a day"),
    "few_attributes": Family("two attributes per category", changes={"n_attributes": 2}),
    "many_attributes": Family("seven attributes per category", changes={"n_attributes": 7}),
    "thin_traffic": Family("a sixth of the searches and orders", traffic=1 / 6),
    "thick_traffic": Family("three times the searches and orders", traffic=3.0),
    "stock_outs": Family("a quarter of the product-days out of stock", changes={"stock_out_rate": 0.25}),
    "high_returns": Family(
        "65 % of live, 25 % of shelf sales come back", changes={"live_return_rate": 0.65, "shelf_return_rate": 0.25}
    ),
    "strong_trend": Family(
        "traffic and tastes move three times as fast", changes={"trend_strength": 3.0, "drift_strength": 3.0}
    ),
    "price_driven": Family("shoppers mind prices 1.8 times as much", changes={"price_weight": 1.8}),
    "english": Family("queries and titles in English only", changes={"is_english": True}),
    "two_platforms": Family(
        "two platforms sell, one of them delivers no search log", changes={"platforms_with_searches": 1}
    ),
    "orders_only": Family("no search log at all", changes={"platforms_with_searches": 0}),
}
