"""Overrides: what a person knows that the forecast does not, with reason, kept in the ledger and scored later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from models import composition
from models.feature_forecast import DemandForecast
from pipelines.errors import ConfigurationError, StateError
from pipelines.lake import Lake
from pipelines.ledger import Ledger, Override
from pipelines.publish import read_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult

LARGEST = 10.0


def record(
    lake: Lake,
    as_of: dt.date,
    settings: Settings,
    *,
    category_id: str,
    attribute: str,
    value: str,
    factor: float,
    until: dt.date,
    person: str,
    reason: str,
) -> StepResult:
    """Multiply the forecast of a category ('*', '*') or a feature by ``factor`` on planning days ``as_of`` … ``until``.

    A factor of 1 takes an earlier override back. Raises ConfigurationError for a feature without a forecast and for
    a factor that is no such thing; then nothing is recorded.
    """
    if not person.strip() or not reason.strip():
        raise ConfigurationError("an override needs a person and a reason.", remedy="give --by NAME and --reason TEXT.")
    if not 1 / LARGEST <= factor <= LARGEST:
        raise ConfigurationError(
            f"--factor: found {factor:g}, expected {1 / LARGEST:g} to {LARGEST:g}.", remedy="1.2 is 20 % more."
        )
    if until < as_of:
        raise ConfigurationError(f"--until: {until} is before {as_of}.", remedy="give the last planning day it holds.")
    rows = read_mart(lake, "mart_forecasts", as_of)
    if not rows:
        raise StateError(f"there is no forecast of {as_of}.", remedy=f"run `c2b forecast --as-of {as_of}` first.")
    known = {(str(row["category_id"]), str(row["attribute"]), str(row["value"])) for row in rows}
    if (category_id, attribute, value) not in known:
        raise ConfigurationError(
            f"category {category_id}, {attribute}={value}: has no forecast on {as_of}.",
            remedy="give a category and, for a feature, --attribute and --value as the brief shows them.",
        )
    Ledger(settings.ledger_url).record_override(
        Override(as_of, until, category_id, attribute, value, factor, person.strip(), reason.strip())
    )
    return StepResult(stage="override", rows_by_table={"forecast_overrides": 1})


def active(settings: Settings, as_of: dt.date) -> dict[tuple[str, str, str], Override]:
    """(category, attribute, value) → the latest override that holds on the planning day, factors of 1 left out."""
    latest = {
        (one.category_id, one.attribute, one.value): one
        for one in Ledger(settings.ledger_url).overrides()
        if one.first_day <= as_of <= one.until
    }
    return {key: one for key, one in latest.items() if one.factor != 1.0}


def applied(ahead: DemandForecast, factors: dict[int, float]) -> DemandForecast:
    """Forecast with columns multiplied; all still adds up.

    The factor of the total (column 0) holds for everything. That of a value changes its share: the other values of the
    attribute make room in proportion, the total stays.
    """
    mean, paths = ahead.mean.copy(), ahead.paths.copy()
    first = 1
    for size in ahead.sizes:
        here = np.arange(first, first + size)
        lift = np.array([factors.get(int(column), 1.0) for column in here])
        if (lift != 1).any():
            mean[:, here] = composition.lifted(mean[:, here], lift)
            paths[:, :, here] = composition.lifted(paths[:, :, here], lift)
        first += size
    whole = factors.get(0, 1.0)
    return replace(ahead, mean=whole * mean, paths=whole * paths)
