"""What a plan itself expects to earn: ``plan_profit.csv`` beside its ``batch_specs.csv``."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from pipelines.samples.market_model import World

NAMES = ("expected_profit", "profit_p10", "profit_p90")


@dataclass(frozen=True)
class Prediction:
    """Expected profit of a category's plan and its 80 % interval, in CNY."""

    profit_cny: float = 0.0
    low_cny: float = 0.0
    high_cny: float = 0.0

    def holds(self, profit_cny: float) -> bool:
        """Whether a profit lies inside the interval."""
        return self.low_cny <= profit_cny <= self.high_cny


def read_predictions(path: Path, *, world: World) -> tuple[Prediction, ...] | None:
    """Predictions by category of the plan at ``path``; None where it has none."""
    beside = path.with_name("plan_profit.csv")
    if not beside.exists():
        return None
    with beside.open(encoding="utf-8-sig", newline="") as file:
        told = {row["category_id"]: Prediction(*(float(row[name]) for name in NAMES)) for row in csv.DictReader(file)}
    return tuple(told.get(category.text.category_id, Prediction()) for category in world.categories)
