"""Read a plan's file and find where it breaks a manufacturer's terms."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from bench.second_market.panel import Line
from bench.second_market.world import Shop

COST_TOLERANCE = 0.005
TOTALS = ("expected_units_p10", "expected_units_p50", "expected_units_p90", "expected_incremental_profit")


@dataclass(frozen=True)
class Planned:
    """A spec at a manufacturer, its destinations added up, with what the plan says of it."""

    line: Line
    spec_id: str
    decision: str
    unit_cost: float
    p10: float
    p50: float
    p90: float
    said_profit: float
    reason: str


def read_plan(path: Path, shop: Shop) -> tuple[list[Planned], list[str]]:
    """The category's lines that name a quantity, and complaints about lines that cannot be read."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["category_id"] == shop.category.category_id:
                groups[row["spec_id"], row["manufacturer_id"], row["decision"]].append(row)
    planned, faults = [], []
    for (spec, maker, decision), rows in groups.items():
        quantity = sum(int(float(r["quantity"] or 0)) for r in rows)
        try:
            values = parse_features(rows[0]["features"], shop)
            names = [m.manufacturer_id for m in shop.makers]
            line = Line(values, float(rows[0]["target_price"] or 0), names.index(maker) if maker else 0, quantity)
        except ValueError as error:
            if quantity and decision in ("build", "open_preorder"):
                faults.append(f"{spec}: {error}")
            continue
        total = [sum(float(r[c] or 0) for r in rows) for c in TOTALS]
        planned.append(Planned(line, spec, decision, float(rows[0]["unit_cost"] or 0), *total, rows[0]["reason"]))
    return planned, faults


def parse_features(text: str, shop: Shop) -> tuple[int, ...]:
    """`attribute=value;…` as value numbers; ValueError where an attribute is missing or a value unknown."""
    said = dict(part.split("=", 1) for part in text.split(";") if part)
    said = {unquote(k): unquote(v) for k, v in said.items()}
    values = []
    for attribute in shop.category.attributes:
        names = [v.name for v in attribute.values]
        if said.get(attribute.name) not in names:
            raise ValueError(f"{attribute.name} is {said.get(attribute.name)!r}, which the market does not know")
        values.append(names.index(said[attribute.name]))
    return tuple(values)


def violations(shop: Shop, planned: list[Planned]) -> list[str]:
    """Every breach of minimum order, minimum per spec, pack, capacity, features and stated unit cost."""
    found = []
    for m, maker in enumerate(shop.makers):
        mine = [p for p in planned if p.line.maker == m and p.line.quantity]
        units = sum(p.line.quantity or 0 for p in mine)
        if mine and units < maker.min_order_units:
            found.append(f"{maker.manufacturer_id}: order of {units} under the minimum {maker.min_order_units}")
        if units > maker.capacity:
            found.append(f"{maker.manufacturer_id}: order of {units} over the capacity {maker.capacity}")
        for p in mine:
            quantity, values = p.line.quantity or 0, np.array(p.line.values)
            if quantity < maker.min_spec_units:
                found.append(f"{p.spec_id}: {quantity} under the minimum per spec {maker.min_spec_units}")
            if quantity % maker.pack_size:
                found.append(f"{p.spec_id}: {quantity} is no multiple of the pack of {maker.pack_size}")
            if not maker.makes(values):
                found.append(f"{p.spec_id}: {maker.manufacturer_id} does not make all its features")
            cost = maker.cost(values, units)
            if abs(p.unit_cost - cost) > COST_TOLERANCE * cost:
                found.append(f"{p.spec_id}: unit cost {p.unit_cost:.2f}, by the terms {cost:.2f}")
    return found
