"""What if: plans under other terms side by side, nothing published."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, fields, replace
from typing import Any

import yaml
from pydantic import ValidationError

import data_contracts
from models.text.matcher import Matcher
from pipelines import arrival, configure, forecast, manufacturers, outlook, plan
from pipelines.errors import ConfigurationError
from pipelines.extract import load_taxonomy
from pipelines.lake import Lake
from pipelines.manufacturers import Manufacturer
from pipelines.settings import Planning, Settings

MANUFACTURER = "manufacturer."
TERMS = tuple(field.name for field in fields(Manufacturer) if field.type in ("int", "float"))
Makers = dict[str, list[Manufacturer]]


@dataclass(frozen=True)
class Outcome:
    """One category under one set of terms; ``specs`` to make, money in ``currency``."""

    case: str
    category_id: str
    specs: int
    units: int
    investment: float
    expected_profit: float
    profit_p10: float
    profit_p90: float
    currency: str


SHOWN = tuple(field.name for field in fields(Outcome) if field.name != "case")


def compare(lake: Lake, as_of: dt.date, settings: Settings, changes: list[str]) -> list[Outcome]:
    """The plan as it is, with each change alone, and with all of them where there are several.

    A change is KEY=VALUE: a key of planning, or manufacturer.ID.TERM. Raises ConfigurationError for one that is not.
    """
    makers = manufacturers.load(lake, Matcher(load_taxonomy(lake)))
    cases = [("as it is", settings, makers)]
    cases += [(change, *changed(settings, makers, change)) for change in changes]
    if len(changes) > 1:
        both = (settings, makers)
        for change in changes:
            both = changed(*both, change)
        cases.append(("all changes", *both))
    wanted = {_windows(settings, makers, as_of): plan.Wanted.published(lake, as_of)}
    found = []
    for name, other_settings, other_makers in cases:
        windows = _windows(other_settings, other_makers, as_of)
        if windows not in wanted:
            wanted[windows] = _wanted(lake, as_of, other_settings, dict(windows.leads))
        _, profits, _ = plan.planned(lake, as_of, other_settings, other_makers, wanted[windows])
        found += [_outcome(name, row) for row in profits]
    return found


@dataclass(frozen=True)
class _Windows:
    """What the forecast depends on: days until goods of each category arrive, for how many they sell, without and with
    markdown, and what it looks back on."""

    leads: tuple[tuple[str, int], ...]
    unmade: int
    sell_days: int
    on_sale_days: int
    gap_window_days: int
    history_days: int
    promotions: str | None


def _windows(settings: Settings, makers: Makers, as_of: dt.date) -> _Windows:
    planning = settings.planning
    arrivals = arrival.by_category((vars(maker) for able in makers.values() for maker in able), as_of, planning)
    unmade = arrival.without_manufacturers(as_of, planning).arrival_days
    return _Windows(
        tuple(sorted(arrival.days_of(arrivals).items())),
        unmade,
        planning.sell_days,
        planning.on_sale_days,
        planning.gap_window_days,
        planning.history_days,
        planning.promotions,
    )


def _wanted(lake: Lake, as_of: dt.date, settings: Settings, leads: dict[str, int]) -> plan.Wanted:
    """What is wanted in other windows than those published: forecast anew."""
    forecasts = outlook.of_rows(forecast.forecasts_of(lake, as_of, settings, leads).rows)
    return plan.Wanted(forecasts, configure.configured(lake, as_of, settings, leads, forecasts)[0])


def _outcome(case: str, row: dict[str, Any]) -> Outcome:
    return Outcome(case, **{name: row[name] for name in SHOWN})


def changed(settings: Settings, makers: Makers, change: str) -> tuple[Settings, Makers]:
    """Settings and manufacturers with one change."""
    key, mark, value = change.partition("=")
    if not mark:
        raise ConfigurationError(f"--what-if: {change!r} is not KEY=VALUE.", remedy="for example salvage_rate=0.2.")
    if key.startswith(MANUFACTURER):
        return settings, _with_term(makers, key.removeprefix(MANUFACTURER), value)
    if key not in Planning.model_fields:
        raise ConfigurationError(
            f"--what-if: {key!r} is no key of planning.",
            remedy=f"one of {', '.join(Planning.model_fields)}, or manufacturer.ID.TERM.",
        )
    try:
        planning = Planning(**(settings.planning.model_dump(by_alias=True) | {key: _read(value)}))
    except ValidationError as error:
        raise ConfigurationError(
            f"--what-if: {change!r}: {error.errors()[0]['msg']}.", remedy="give a value the configuration may have."
        ) from error
    return settings.model_copy(update={"planning": planning}), makers


def _read(value: str) -> Any:
    """Lists, mappings and null as in the configuration; anything else as it is typed."""
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"--what-if: {value!r} is not YAML.", remedy="write it as in c2b.yaml.") from error
    return read if read is None or isinstance(read, list | dict) else value


def _with_term(makers: Makers, key: str, value: str) -> Makers:
    name, _, term = key.rpartition(".")
    if term not in TERMS:
        raise ConfigurationError(
            f"--what-if: manufacturer.{key}: {term!r} cannot be changed.", remedy=f"one of {', '.join(TERMS)}."
        )
    known = {maker.manufacturer_id for able in makers.values() for maker in able}
    if name not in known:
        raise ConfigurationError(
            f"--what-if: there is no manufacturer {name!r}.", remedy=f"one of {', '.join(sorted(known))}."
        )
    number = _number(key, term, value)
    return {
        category: [replace(maker, **{term: number}) if maker.manufacturer_id == name else maker for maker in able]
        for category, able in makers.items()
    }


def _number(key: str, term: str, value: str) -> Any:
    """What the contract lets the term be."""
    column = next(one for one in data_contracts.load("manufacturers").columns if one.name == term)
    is_whole = {field.name: field.type for field in fields(Manufacturer)}[term] == "int"
    try:
        number = int(value) if is_whole else float(value)
    except ValueError:
        number = math.nan
    least = -math.inf if column.minimum is None else column.minimum
    above = -math.inf if column.exclusive_minimum is None else column.exclusive_minimum
    most = math.inf if column.maximum is None else column.maximum
    if not (math.isfinite(number) and least <= number <= most and number > above):
        raise ConfigurationError(
            f"--what-if: manufacturer.{key}: found {value}, expected {column.expectation()}.",
            remedy="give a value that the manufacturer's terms may have.",
        )
    return number


def as_text(outcomes: list[Outcome]) -> str:
    """A table for people: one line per category and case."""
    lines = [
        f"{'category':<20} {'case':<44} {'specs':>5} {'units':>8} {'investment':>12} {'profit':>12} {'p10 to p90':>23}"
    ]
    for one in sorted(outcomes, key=lambda outcome: outcome.category_id):
        lines.append(
            f"{one.category_id:<20} {one.case:<44} {one.specs:>5} {one.units:>8,} {one.investment:>12,.0f} "
            f"{one.expected_profit:>12,.0f} {one.profit_p10:>11,.0f} {one.profit_p90:>11,.0f} {one.currency}"
        )
    return "\n".join(lines)
