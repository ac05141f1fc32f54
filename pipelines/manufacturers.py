"""Manufacturers' terms, and what one unit of a combination costs at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.factory_calendar import Schedule
from models.text.matcher import Matcher
from pipelines.lake import Lake


@dataclass(frozen=True)
class Manufacturer:
    """Terms of one manufacturer for one category; features in the taxonomy's words, money in ``currency``.

    ``schedule`` is that of an order placed on the planning day; None: nothing but the lead time is known.
    """

    manufacturer_id: str
    category_id: str
    lead_time_days: int
    weekly_capacity_units: int
    min_order_units: int
    min_spec_units: int
    pack_size: int
    base_unit_cost: float
    tiers: tuple[tuple[int, float], ...]
    setup_cost: float
    supported: dict[str, frozenset[str]]
    feature_costs: dict[str, dict[str, float]]
    currency: str
    schedule: Schedule | None = None

    @property
    def order_capacity(self) -> int:
        """Units one order may not exceed: weekly capacity times the whole weeks of the lead time."""
        return self.schedule.most_units if self.schedule else self.weekly_capacity_units * (self.lead_time_days // 7)

    @property
    def arrival_days(self) -> int:
        """Days until goods ordered on the planning day arrive."""
        return self.schedule.arrival_days if self.schedule else self.lead_time_days

    def can_make(self, features: Mapping[str, str]) -> bool:
        """An attribute the manufacturer does not list may have any value."""
        return all(value in self.supported[name] for name, value in features.items() if name in self.supported)

    def unit_cost(self, features: Mapping[str, str]) -> float:
        """Base cost plus add-ons, before the tier's factor."""
        return self.base_unit_cost + sum(
            self.feature_costs.get(name, {}).get(value, 0.0) for name, value in features.items()
        )


def load(lake: Lake, matcher: Matcher) -> dict[str, list[Manufacturer]]:
    """Category → its manufacturers, by id."""
    found: dict[str, list[Manufacturer]] = {}
    for row in lake.read("raw_manufacturers").to_pylist():
        found.setdefault(row["category_id"], []).append(_manufacturer(row, matcher))
    return {key: sorted(value, key=lambda m: m.manufacturer_id) for key, value in sorted(found.items())}


def tiers_of(row: Mapping[str, object]) -> tuple[tuple[int, float], ...]:
    """(from units, factor) of a row of terms, ascending; the full price below the first tier."""
    tiers = sorted((int(t["from_units"]), float(t["factor"])) for t in row["price_tiers"] or [])  # type: ignore[attr-defined]
    if not tiers or tiers[0][0] > 1:
        tiers.insert(0, (0, 1.0))
    return tuple(tiers)


def _manufacturer(row: Mapping[str, object], matcher: Matcher) -> Manufacturer:
    category = str(row["category_id"])
    supported: dict[str, frozenset[str]] = {}
    for attribute, values in dict(row["supported_features"] or {}).items():  # type: ignore[call-overload]
        pairs = [matcher.value_of(category, attribute, value) for value in values or []]
        name = pairs[0][0] if pairs else attribute
        supported[name] = frozenset(value for _, value in pairs)
    costs: dict[str, dict[str, float]] = {}
    for attribute, add_ons in dict(row["feature_costs"] or {}).items():  # type: ignore[call-overload]
        for value, cost in dict(add_ons or {}).items():
            name, canonical = matcher.value_of(category, attribute, value)
            if cost is not None:  # columnar writers give every record the keys of all
                costs.setdefault(name, {})[canonical] = float(cost)
    return Manufacturer(
        manufacturer_id=str(row["manufacturer_id"]),
        category_id=category,
        lead_time_days=int(row["lead_time_days"]),  # type: ignore[call-overload]
        weekly_capacity_units=int(row["weekly_capacity_units"]),  # type: ignore[call-overload]
        min_order_units=int(row["min_order_units"]),  # type: ignore[call-overload]
        min_spec_units=int(row["min_spec_units"]),  # type: ignore[call-overload]
        pack_size=int(row["pack_size"]),  # type: ignore[call-overload]
        base_unit_cost=float(row["base_unit_cost"]),  # type: ignore[arg-type]
        tiers=tiers_of(row),
        setup_cost=float(row["setup_cost"]),  # type: ignore[arg-type]
        supported=supported,
        feature_costs=costs,
        currency=str(row["currency"]),
    )
