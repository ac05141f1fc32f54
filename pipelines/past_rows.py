"""What was measured of a category's past, as far as enough people are behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import disclosure
from models.demand import WeeklyDemand
from models.history import CategoryHistory, weekly_people, weeks_of
from pipelines import gap_rows

HISTORY_WEEKS = 104


@dataclass(frozen=True)
class Shown:
    """``weeks`` (the oldest first) and features of a category of which measured units may be published."""

    weeks: NDArray[np.bool_]
    features: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, history: CategoryHistory, *, window: int, min_people: int) -> Shown:
        """Weeks and features behind which ``min_people`` people stand, or nobody.

        mart_gaps has the sum of the last ``window`` days: of their weeks as many are hidden as it takes for the sum
        less the weeks shown to rest on enough people too.
        """
        weeks, sessions = weeks_of(history.days), history.sessions
        week = np.arange(weeks)
        in_window = 7 * week[::-1] < window
        group = np.where(in_window, 0, 1 + week)  # every other week by itself
        people = weekly_people(sessions, week, days=history.days)[week]
        is_small = (people > 0) & (people < min_people)
        decision = disclosure.decide(
            group,
            people,
            group_people=weekly_people(sessions, group, days=history.days)[group],
            pool_people=weekly_people(sessions, np.where(is_small, group, -1), days=history.days)[group],
            min_people=min_people,
        )
        return cls(decision == disclosure.VISIBLE, gap_rows.shown_features(history, min_people=min_people))

    def measured(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """``units`` by week, nan where they are not shown."""
        return np.where(self.weeks, units, np.nan)


def history_rows(category_id: str, shown: Shown, measured: WeeklyDemand, *, as_of: dt.date) -> list[dict[str, Any]]:
    """Wanted units of the last weeks, measured the way they are forecast, as rows of mart_forecasts; weeks left out or
    not shown are not listed."""
    rows = []
    for ago, units in enumerate(shown.measured(measured.total)[::-1][:HISTORY_WEEKS], start=1):
        if not np.isfinite(units):
            continue
        rows.append(
            {
                "category_id": category_id,
                "attribute": "*",
                "value": "*",
                "region": "*",
                "period": "history",
                "step": ago,
                "start_date": as_of - dt.timedelta(days=7 * ago),
                "end_date": as_of - dt.timedelta(days=7 * ago - 6),
                **dict.fromkeys(("mean", "p10", "p50", "p90", "model_mean"), float(units)),
                "momentum": None,
                "override_factor": None,
                "override_reason": None,
                "model": "measured",
                "backtest_mase": None,
                "backtest_naive_mase": None,
                "backtest_coverage_pct": None,
            }
        )
    return rows
