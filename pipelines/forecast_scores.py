"""How earlier forecasts came out: published and modelled units of the weeks since, against those measured now."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calendar import FESTIVALS, WORKED_WEEKENDS, festival_weeks
from models.demand import WeeklyDemand
from pipelines.lake import Lake
from pipelines.publish import read_mart

if TYPE_CHECKING:
    from pipelines.forecast import Labels

IN_FESTIVAL = 1 / 7  # of a week's days, from which it is a festival's
WEEKS_AGO = (4, 8, 13)  # planning days that are looked back at: a night reads three, however long the history


def rows(lake: Lake, labels: list[Labels], demands: list[WeeklyDemand], *, as_of: dt.date) -> list[dict[str, Any]]:
    """One row per earlier planning day and feature that both have; regions are left out, and what too few people are
    behind."""
    found = []
    days = set(lake.partitions("mart_forecasts"))
    for ago in WEEKS_AGO:
        day = as_of - dt.timedelta(weeks=ago)
        if day.isoformat() not in days:
            continue
        festivals = festival_weeks(day, ago)[:, [name != WORKED_WEEKENDS for name in FESTIVALS]]
        festive = np.asarray((festivals > IN_FESTIVAL - 1e-9).any(axis=1))
        said: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in read_mart(lake, "mart_forecasts", day):
            if row["period"] == "week" and row["region"] == "*" and int(str(row["step"])) <= ago:
                said[str(row["category_id"]), str(row["attribute"]), str(row["value"])].append(row)
        for label, measured in zip(labels, demands, strict=True):
            for (attribute, value), units in _series(label, measured):
                past = said.get((label.category_id, attribute, value), [])
                if (scored := _score(past, units, ago, festive)) is not None:
                    key = {"category_id": label.category_id, "attribute": attribute, "value": value}
                    found.append({"forecast_as_of": day, **key, **scored})
    return found


def _series(label: Labels, measured: WeeklyDemand) -> list[tuple[tuple[str, str], np.ndarray]]:
    series = [(("*", "*"), measured.total)]
    for a, attribute in enumerate(label.attributes):
        series += [((attribute, value), measured.values[a][:, v]) for v, value in enumerate(label.values[a])]
    may = {("*", "*"), *label.shown.features}
    return [(feature, label.shown.measured(units)) for feature, units in series if feature in may]


def _score(past: list[dict[str, Any]], units: np.ndarray, ago: int, festive: np.ndarray) -> dict[str, Any] | None:
    """None where no week since can be measured. Step s of a forecast made ``ago`` weeks before is week s - ago - 1.

    ``festive`` says which of those weeks hold days of a festival.
    """
    pairs = [(row, units[len(units) - ago + row["step"] - 1]) for row in past if len(units) >= ago]
    pairs = [(row, float(came)) for row, came in pairs if np.isfinite(came)]
    if not pairs:
        return None
    inside = [(row["p10"] <= came <= row["p90"], bool(festive[row["step"] - 1])) for row, came in pairs]
    return {
        "weeks": len(pairs),
        "measured_units": sum(came for _, came in pairs),
        "forecast_units": sum(row["mean"] for row, _ in pairs),
        "model_units": sum(row["model_mean"] for row, _ in pairs),
        "weeks_in_interval": sum(covered for covered, _ in inside),
        "festival_weeks": sum(is_festive for _, is_festive in inside),
        "festival_weeks_in_interval": sum(covered and is_festive for covered, is_festive in inside),
        "is_overridden": any(abs(row["mean"] - row["model_mean"]) > 1e-9 * row["model_mean"] for row, _ in pairs),
    }
