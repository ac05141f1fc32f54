"""What if: other terms, one at a time; what is no term is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import plan, what_if
from pipelines.errors import ConfigurationError
from pipelines.manufacturers import Manufacturer
from pipelines.settings import FileSource, Settings

SETTINGS = Settings(sources={"order_lines": FileSource(path="x")}, base_folder=Path())


def maker(name: str) -> Manufacturer:
    return Manufacturer(name, "c", 30, 100, 50, 10, 5, 20.0, ((0, 1.0),), 300.0, {}, {}, "CNY")


def test_a_change_of_planning_and_one_of_a_manufacturer():
    makers = {"c": [maker("M1"), maker("M.2")]}
    settings, same = what_if.changed(SETTINGS, makers, "salvage_rate=0.2")
    assert settings.planning.salvage_rate == 0.2
    assert SETTINGS.planning.salvage_rate == 0.35
    assert same is makers
    assert what_if.changed(SETTINGS, makers, "budget=90000")[0].planning.budget_of("c") == 90_000
    listed = what_if.changed(SETTINGS, makers, "factory_calendar=[{from: 2026-02-10, to: 2026-02-25}]")[0]
    assert listed.planning.factory_calendar[0].last == dt.date(2026, 2, 25)
    marked = what_if.changed(listed, makers, 'markdown={"discount": 0.3, "days": 14}')[0]
    assert marked.planning.on_sale_days == 74
    assert marked.planning.factory_calendar == listed.planning.factory_calendar
    assert what_if.changed(marked, makers, "markdown=null")[0] == listed
    settings, other = what_if.changed(SETTINGS, makers, "manufacturer.M.2.min_order_units=500")
    assert settings is SETTINGS
    assert [one.min_order_units for one in other["c"]] == [50, 500]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("salvage_rate", "is not KEY=VALUE"),
        ("salvage=0.2", "'salvage' is no key of planning"),
        ("salvage_rate=2", "less than or equal to 1"),
        ("markdown={discount: 0.3", "is not YAML"),
        ("markdown={discount: 0.3}", "Field required"),
        ("manufacturer.M9.setup_cost=1", "no manufacturer 'M9'"),
        ("manufacturer.M1.currency=EUR", "'currency' cannot be changed"),
        ("return_handling_cost=inf", "finite number"),
        ("manufacturer.M1.pack_size=0", "found 0, expected bigint, above 0"),
        ("manufacturer.M1.pack_size=2.5", "found 2.5, expected bigint"),
        ("manufacturer.M1.setup_cost=cheap", "found cheap, expected decimal"),
        ("manufacturer.M1.setup_cost=nan", "found nan, expected decimal"),
        ("manufacturer.M1.base_unit_cost=inf", "found inf, expected decimal"),
        ("manufacturer.M1.lead_time_days=2000000000", "expected integer, at least 0, at most 730"),
    ],
)
def test_what_is_no_term_is_named(change: str, told: str):
    with pytest.raises(ConfigurationError, match=told):
        what_if.changed(SETTINGS, {"c": [maker("M1")]}, change)


def test_who_would_deliver_too_late_is_left_out_and_named():
    slow, fast = replace(maker("slow"), lead_time_days=40), replace(maker("fast"), lead_time_days=39)
    as_of, findings = dt.date(2026, 9, 22), []
    assert plan._in_time([slow, fast], as_of, None, findings) == [slow, fast]
    assert findings == []
    assert plan._in_time([slow, fast], as_of, dt.date(2026, 10, 31), findings) == [fast]
    assert findings == [
        "manufacturer slow: c would arrive on 2026-11-01, after planning.latest_arrival (2026-10-31); left out."
    ]
