"""Earliest arrival and factory calendar: dates and capacity counted by hand, through plan, order and brief."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import Workspace, day_after, maker, shop

from pipelines import arrival, plan_reasons
from pipelines import plan as plan_stage
from pipelines.errors import ConfigurationError
from pipelines.manufacturers import Manufacturer
from pipelines.outlook import Outlook
from pipelines.settings import Planning

DAY = dt.date(2026, 2, 1)
NEW_YEAR = {"from": "2026-02-10", "to": "2026-02-25"}  # 16 days


def terms(name: str = "M1", category: str = "c", *, lead: int = 21) -> dict[str, object]:
    return {
        "manufacturer_id": name,
        "category_id": category,
        "lead_time_days": lead,
        "weekly_capacity_units": 100,
    }


@pytest.mark.parametrize(
    ("period", "ready", "units"),
    [
        ({}, 37, 300),
        ({"manufacturer": "M1"}, 37, 300),
        ({"manufacturer": "M2"}, 21, 300),
        ({"category": "c"}, 37, 300),
        ({"category": "d"}, 21, 300),
        ({"manufacturer": "M1", "category": "d"}, 21, 300),
        ({"weekly_capacity_units": 30}, 21, (9 * 100 + 12 * 30) // 7),
    ],
)
def test_a_period_holds_for_whom_it_names(period, ready, units):
    planning = Planning(factory_calendar=[NEW_YEAR | period])
    found = arrival.schedule_of(terms(), DAY, planning)
    assert (found.ready_days, found.most_units) == (ready, units)


def test_a_category_waits_for_the_manufacturer_that_is_last():
    planning = Planning(factory_calendar=[NEW_YEAR | {"manufacturer": "fast"}])
    rows = [terms("fast", lead=20), terms("slow", lead=30), terms("other", "d", lead=5)]
    found = arrival.by_category(rows, DAY, planning)
    assert arrival.days_of(found) == {"c": 36, "d": 5}  # 20 days worked and 16 closed
    assert found["c"].moved_by == "factory_calendar"
    assert arrival.days_of(arrival.by_category(rows, DAY, Planning())) == {"c": 30, "d": 5}
    waiting = Planning(earliest_arrival=DAY + dt.timedelta(33), default_lead_days=14)
    assert arrival.days_of(arrival.by_category(rows, DAY, waiting)) == {"c": 33, "d": 33}
    assert arrival.without_manufacturers(DAY, waiting).arrival_days == 33
    with pytest.raises(ConfigurationError, match="more than 365 days after the planning day"):
        arrival.by_category(rows, DAY - dt.timedelta(400), waiting)


def test_who_is_late_because_of_a_closure_is_left_out_and_unknown_names_are_told():
    planning = Planning(factory_calendar=[NEW_YEAR | {"manufacturer": "M1"}, NEW_YEAR | {"category": "x"}])
    makers = [
        Manufacturer(name, "c", 21, 100, 50, 10, 5, 20.0, ((0, 1.0),), 300.0, {}, {}, "CNY") for name in ("M1", "M2")
    ]
    dated = [replace(one, schedule=arrival.schedule_of(vars(one), DAY, planning)) for one in makers]
    assert [one.arrival_days for one in dated] == [37, 21]
    findings: list[str] = []
    assert plan_stage._in_time(dated, DAY, dt.date(2026, 3, 9), findings) == [dated[1]]
    assert findings == [
        "manufacturer M1: c would arrive on 2026-03-10, after planning.latest_arrival (2026-03-09); left out."
    ]
    assert plan_stage._unknown_factories(planning, {"c": makers}) == [
        "planning.factory_calendar names category x, of which no terms are known."
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_say_what_moved_the_goods(language):
    closed = arrival.schedule_of(terms(), DAY, Planning(factory_calendar=[NEW_YEAR]))
    (note,) = plan_reasons.arrival_note(closed, DAY)
    said = plan_reasons.NOTES[language][note.kind].format(**note.numbers)
    assert "2026-03-10" in said
    assert "16" in said
    waiting = arrival.schedule_of(terms(), DAY, Planning(earliest_arrival="2026-05-01"))
    (note,) = plan_reasons.arrival_note(waiting, DAY)
    assert "2026-05-01" in plan_reasons.NOTES[language][note.kind].format(**note.numbers)
    assert plan_reasons.arrival_note(arrival.schedule_of(terms(), DAY, Planning()), DAY) == ()


def test_a_window_beyond_the_forecast_is_told():
    ahead = Outlook(np.full(4, 70.0), np.full(4, 70.0), (np.full((4, 2), 0.5),), 0.1, (np.ones(2),), (np.ones(2),))
    assert ahead.units(start=7, days=21) == pytest.approx(210)
    assert ahead.shortfall(28) == ""
    assert "ends 28 days after the planning day, but goods sell until day 29" in ahead.shortfall(29)


@pytest.mark.slow
def test_plan_and_brief_sell_from_the_day_of_arrival(workspace: Workspace):
    """Lead 28 days from 2026-04-26 is 05-24; five closed days 05-29; the plan waits until 06-15."""
    day = day_after()
    closed = {"manufacturer": "m1", "from": "2026-05-01", "to": "2026-05-05"}
    plain = dict.fromkeys(("m1", "m2"), dt.date.fromisoformat(day) + dt.timedelta(28))
    delayed = plain | {"m1": plain["m1"] + dt.timedelta(5)}
    waiting = dict.fromkeys(plain, dt.date(2026, 6, 15))
    cases = [
        ({}, plain, None),
        ({"factory_calendar": [closed]}, delayed, "factory_calendar"),
        ({"factory_calendar": [closed], "earliest_arrival": "2026-06-15"}, waiting, "earliest_arrival"),
    ]
    workspace.deliver(shop() | {"manufacturers": [maker(), maker("m2", base_unit_cost=40.5)]})
    assert workspace.run(day, until="gap").code == 0
    for planning, expected, moved_by in cases:
        content = {name: f"{name}.jsonl" for name in shop()}
        workspace.configure(content, planning=planning)
        for stage in ("forecast", "configure", "plan", "brief"):
            assert workspace.stage(stage, day).code == 0
        with (workspace.folder / "out" / "plans" / day / "batch_specs.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert rows
        for row in rows:
            assert row["required_ship_date"] == str(expected[row["manufacturer_id"]])
            is_moved = expected[row["manufacturer_id"]] != plain[row["manufacturer_id"]]
            assert [words in row[name] for words, name in (("arrives on", "reason"), ("到货", "reason_zh"))] == 2 * [
                is_moved
            ]
        facts = json.loads((workspace.folder / "out" / "briefs" / day / "kettle.json").read_text(encoding="utf-8"))
        assert facts["window"]["start"] == str(max(expected.values()))
        assert facts["window"].get("moved_by") == moved_by
        page = (workspace.folder / "out" / "briefs" / day / "kettle.en.md").read_text(encoding="utf-8")
        assert ("not to arrive earlier" in page) == (moved_by == "earliest_arrival")
        assert ("closed included" in page) == (moved_by == "factory_calendar")
