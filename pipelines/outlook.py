"""What the forecast says of a selling window, read back from the published table."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.history import CategoryHistory
from pipelines.errors import StateError
from pipelines.forecast import ALL_REGIONS, week_weights
from pipelines.lake import Lake
from pipelines.publish import read_mart

Forecasts = dict[str, list[dict[str, Any]]]  # rows of mart_forecasts, all regions together, by category


@dataclass(frozen=True)
class Outlook:
    """Weekly wanted units of a category ahead; ``share[a]`` is weeks × values, rows sum to 1.

    ``past_units`` are those measured, the last week last. ``momentum[a]`` and ``factor[a]`` are factors on
    the share of each value: how it goes on moving as people say it, and what a person set.
    """

    weekly_units: NDArray[np.float64]
    past_units: NDArray[np.float64]
    share: tuple[NDArray[np.float64], ...]
    window_log_sd: float
    momentum: tuple[NDArray[np.float64], ...]
    factor: tuple[NDArray[np.float64], ...]

    def units(self, *, start: int, days: int) -> float:
        """Wanted units of the ``days`` days from day ``start`` after the planning day."""
        return float(self.weekly_units @ week_weights(len(self.weekly_units), start=start, days=days))

    def window_share(self, a: int, *, start: int, days: int) -> NDArray[np.float64]:
        """Shares of attribute ``a`` in that window, weighted by volume."""
        weight = self.weekly_units * week_weights(len(self.weekly_units), start=start, days=days)
        mean = weight @ self.share[a] if weight.sum() > 0 else self.share[a].mean(axis=0)
        return np.asarray(mean / mean.sum()) if mean.sum() > 0 else mean

    def growth(self, a: int, *, start: int, days: int) -> NDArray[np.float64]:
        """Factor on the share of each value of attribute ``a`` from now to that window.

        Momentum, and half (of the logarithm) of how the forecast of units moves from its first week on, seasons among
        it. An error in the level of the forecast (orders follow supply) does not enter.
        """
        now, ahead = self.share[a][0], self.window_share(a, start=start, days=days)
        seen = np.divide(ahead, now, out=np.ones_like(ahead), where=(now > 0) & (ahead > 0))
        return np.asarray(self.momentum[a] * np.sqrt(seen))

    def shortfall(self, days: int) -> str:
        """Words where the forecast ends before the ``days`` days after the planning day, else ''."""
        reach = 7 * len(self.weekly_units)
        if days <= reach:
            return ""
        return (
            f"the forecast ends {reach} days after the planning day, but goods sell until day {days}; the days between "
            "count as without demand. Run the stages from forecast on again: terms have changed since."
        )


def read(lake: Lake, as_of: dt.date) -> Forecasts:
    """Forecasts of the planning day, read once for all categories."""
    return of_rows(read_mart(lake, "mart_forecasts", as_of))


def of_rows(rows: list[dict[str, Any]]) -> Forecasts:
    """Forecasts from rows of mart_forecasts."""
    found: Forecasts = defaultdict(list)
    for row in rows:
        if row["region"] == ALL_REGIONS:
            found[str(row["category_id"])].append(row)
    return found


def load(forecasts: Forecasts, history: CategoryHistory) -> Outlook:
    """Raises StateError where the forecast of the category is missing."""
    rows = forecasts.get(history.category_id, [])
    weekly = [row for row in rows if row["period"] == "week"]
    if not weekly:
        raise StateError(
            f"mart_forecasts has no rows for category {history.category_id} on this planning day.",
            remedy="run stage forecast for that day first (`c2b forecast`).",
        )
    past = [row for row in rows if row["period"] == "history"]
    weeks = max(int(row["step"]) for row in weekly)
    total = np.zeros(weeks)
    units = {name: np.zeros((weeks, len(history.values[a]))) for a, name in enumerate(history.attributes)}
    momentum, factor = ({name: np.ones(part.shape[1]) for name, part in units.items()} for _ in range(2))
    index = {(name, v): i for a, name in enumerate(history.attributes) for i, v in enumerate(history.values[a])}
    for row in weekly:
        if row["attribute"] == "*":
            total[row["step"] - 1] = row["mean"]
        else:
            value = index[row["attribute"], row["value"]]
            units[row["attribute"]][row["step"] - 1, value] = row["mean"]
            momentum[row["attribute"]][value] = row["momentum"]
            factor[row["attribute"]][value] = row["override_factor"] or 1.0
    window = next(row for row in rows if row["period"] == "selling_window" and row["attribute"] == "*")
    ratio = window["p90"] / window["p50"] if window["p50"] > 0 else 1.5
    return Outlook(
        weekly_units=total,
        past_units=np.array([row["mean"] for row in sorted(past, key=lambda row: -row["step"])], float),
        share=tuple(_normalised(units[name]) for name in history.attributes),
        window_log_sd=float(np.log(ratio) / 1.2815515655446004),
        momentum=tuple(momentum[name] for name in history.attributes),
        factor=tuple(factor[name] for name in history.attributes),
    )


def _normalised(units: NDArray[np.float64]) -> NDArray[np.float64]:
    total = units.sum(axis=1, keepdims=True)
    return np.divide(units, total, out=np.zeros_like(units), where=total > 0)
