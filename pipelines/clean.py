"""Clean: judge accounts and order lines; every search and order event carries the verdict on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

import data_contracts
from pipelines.builds import fingerprints, pending, publish_days, record, window_days
from pipelines.engine import attach, engine, query, register
from pipelines.lake import Lake
from pipelines.settings import Settings
from pipelines.steps import StepResult
from pipelines.verdicts import CONTEXT_DAYS, RULES, STATEMENTS, judge

# a status event carries the verdict on its line when the line was judged at most so many days before
VERDICT_DAYS = 90
# status events of one order line are at most so many days apart, as in sql/int/int_placements.sql
LINE_DAYS = 60


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Build int_placements, int_verdicts, stg_searches, stg_order_events for the days whose raw data changed."""
    placements, findings = _placements(lake, as_of)
    rows = {
        "int_placements": placements,
        "int_verdicts": _verdicts(lake, as_of, settings),
        "stg_searches": _searches(lake, as_of),
        "stg_order_events": _order_events(lake, as_of),
    }
    return StepResult(stage="clean", rows_by_table=rows, findings=findings)


def _placements(lake: Lake, as_of: dt.date) -> tuple[int, tuple[str, ...]]:
    """Rows written, and a finding where orders have no `placed` event."""
    wanted = fingerprints(
        lake,
        inputs=["raw_order_lines"],
        statements=["int/int_placements"],
        salt="",
        before=as_of,
        trailing={"raw_order_lines": LINE_DAYS},
    )
    days = pending(lake, "int_placements", wanted)
    if not days:
        return 0, ()
    with engine() as connection:
        attach(connection, lake, "raw_order_lines", only=window_days(days, trailing=LINE_DAYS))
        register(connection, "built_days", pa.table({"business_date": _dates(days)}))
        found = query(connection, "int/int_placements")
    later = pc.sum(pc.not_equal(found.column("status"), "placed")).as_py() or 0
    words = (
        f"order_lines: {later} of {found.num_rows} order lines have no `placed` event; "
        "the first event of each stands for it."
    )
    return _publish_changed(lake, "int_placements", found, wanted, days), (words,) if later else ()


def _verdicts(lake: Lake, as_of: dt.date, settings: Settings) -> int:
    limits = settings.cleaning
    wanted = fingerprints(
        lake,
        inputs=["raw_search_events", "raw_order_lines", "int_placements"],
        statements=STATEMENTS,
        salt=f"{limits.model_dump_json()}|{RULES}",
        before=as_of,
        trailing=dict.fromkeys(("raw_search_events", "raw_order_lines", "int_placements"), CONTEXT_DAYS),
    )
    days = pending(lake, "int_verdicts", wanted)
    if not days:
        return 0
    return _publish_changed(lake, "int_verdicts", judge(lake, days, limits), wanted, days)


def _publish_changed(lake: Lake, table: str, data: pa.Table, wanted: dict[str, str], days: list[str]) -> int:
    """Publish days whose rows are new or other than before: a late row seldom changes what weeks look back on.

    What is built from a day's rows stays as it is where they do.
    """
    known = lake.read(table, only=days)
    published = lake.partitions(table)
    key = data_contracts.load(table).key
    changed = [
        day for day in days if day not in published or not _of_day(data, day, key).equals(_of_day(known, day, key))
    ]
    record(lake, table, {day: wanted[day] for day in days if day not in changed}, rows_by_day={})
    chosen = pc.is_in(data.column("business_date"), _dates(changed))
    return publish_days(lake, table, data.filter(chosen), wanted, changed)


def _of_day(data: pa.Table, day: str, key: Sequence[str]) -> pa.Table:
    rows = data.filter(pc.equal(data.column("business_date"), pa.scalar(dt.date.fromisoformat(day))))
    return rows.sort_by([(column, "ascending") for column in key]).combine_chunks()


def _dates(days: Sequence[str]) -> pa.Array:
    return pa.array(map(dt.date.fromisoformat, days), pa.date32())


def _searches(lake: Lake, as_of: dt.date) -> int:
    wanted = fingerprints(
        lake, inputs=["raw_search_events", "int_verdicts"], statements=["stg/stg_searches"], salt="", before=as_of
    )
    days = pending(lake, "stg_searches", wanted)
    if not days:
        return 0
    with engine() as connection:
        for table in ("raw_search_events", "int_verdicts"):
            attach(connection, lake, table, only=days)
        attach(connection, lake, "raw_products")
        searches = query(connection, "stg/stg_searches")
    return publish_days(lake, "stg_searches", searches, wanted, days)


def _order_events(lake: Lake, as_of: dt.date) -> int:
    wanted = fingerprints(
        lake,
        inputs=["raw_order_lines", "int_placements", "int_verdicts"],
        statements=["stg/stg_order_events"],
        salt=str(VERDICT_DAYS),
        before=as_of,
        trailing={"int_verdicts": VERDICT_DAYS},
    )
    days = pending(lake, "stg_order_events", wanted)
    if not days:
        return 0
    with engine() as connection:
        for table in ("raw_order_lines", "int_placements"):
            attach(connection, lake, table, only=days)
        attach(connection, lake, "int_verdicts", only=window_days(days, trailing=VERDICT_DAYS))
        events = query(connection, "stg/stg_order_events", verdict_days=VERDICT_DAYS)
    return publish_days(lake, "stg_order_events", events, wanted, days)
