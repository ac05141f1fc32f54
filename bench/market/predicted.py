"""What a plan itself expects to earn, read from its rows.

``batch_specs.csv`` has the expected profit of every line, and the p10, p50 and p90 of its demand, but no spread
of the profit. So the spread is worked out here from what the rows say: profit is linear in units sold,

    profit = worth · min(demand, quantity) - sunk,    sunk = set-up + (1 - salvage rate) · cost · quantity

``worth`` is what makes the profit at expected sales (weights .3, .4, .3 on p10, p50, p90: Swanson's rule) the one
expected, and low and high put every spec of the category at its p10 or p90 at once. Specs do not all err together, so
the band is wider than the plan's own paths would make it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench.market.selling import Terms
from pipelines.samples.market_model import World

SWANSON = (0.3, 0.4, 0.3)
QUANTILES = ("expected_units_p10", "expected_units_p50", "expected_units_p90")


@dataclass(frozen=True)
class Prediction:
    """Expected profit of a category's plan and its low and high case, in CNY."""

    profit_cny: float = 0.0
    low_cny: float = 0.0
    high_cny: float = 0.0

    def holds(self, profit_cny: float) -> bool:
        """Whether a profit lies between low and high."""
        return self.low_cny <= profit_cny <= self.high_cny


def read_predictions(path: Path, *, world: World, terms: Terms) -> tuple[Prediction, ...] | None:
    """Predictions by category of the lines to build; None where the plan expects nothing in its columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["decision"].strip() == "build"]
    if any(not row.get(column) for row in rows for column in ("expected_incremental_profit", "unit_cost", *QUANTILES)):
        return None
    result = []
    for category in world.categories:
        setup = {maker.manufacturer_id: maker.setup_cost_cny for maker in category.makers}
        specs = defaultdict(list)
        for row in rows:
            if row["category_id"] == category.text.category_id:
                specs[row["spec_id"]].append(row)
        parts = [_of_spec(lines, setup, terms.salvage_rate) for lines in specs.values()]
        result.append(Prediction(*(sum(column) for column in zip(*parts, strict=True))) if parts else Prediction())
    return tuple(result)


def _of_spec(lines: list[dict[str, str]], setup: dict[str, float], salvage_rate: float) -> tuple[float, float, float]:
    """Profit expected, low and high of one spec over its regions and manufacturers."""
    profit = sum(float(line["expected_incremental_profit"]) for line in lines)
    quantity = sum(float(line["quantity"]) for line in lines)
    sunk = (1 - salvage_rate) * sum(float(line["quantity"]) * float(line["unit_cost"]) for line in lines)
    sunk += sum(setup.get(maker, 0.0) for maker in {line["manufacturer_id"] for line in lines})
    sales = [min(sum(float(line[column]) for line in lines), quantity) for column in QUANTILES]
    expected = sum(weight * units for weight, units in zip(SWANSON, sales, strict=True))
    worth = (profit + sunk) / expected if expected else 0.0
    return profit, worth * sales[0] - sunk, worth * sales[2] - sunk
