"""Clean: judge accounts and order lines; every search and order event carries the verdict on it."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.builds import fingerprints, pending, publish_days, record, window_days
from pipelines.engine import attach, engine, query
from pipelines.lake import Lake
from pipelines.settings import Settings
from pipelines.steps import StepResult
from pipelines.verdicts import CONTEXT_DAYS, RULES, STATEMENTS, judge

# a status event carries the verdict on its line when the line was judged at most so many days before
VERDICT_DAYS = 90


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Build int_verdicts, stg_searches, stg_order_events for the days whose raw data changed."""
    rows = {
        "int_verdicts": _verdicts(lake, as_of, settings),
        "stg_searches": _searches(lake, as_of),
        "stg_order_events": _order_events(lake, as_of),
    }
    return StepResult(stage="clean", rows_by_table=rows)


def _verdicts(lake: Lake, as_of: dt.date, settings: Settings) -> int:
    limits = settings.cleaning
    wanted = fingerprints(
        lake,
        inputs=["raw_search_events", "raw_order_lines"],
        statements=STATEMENTS,
        salt=f"{limits.model_dump_json()}|{RULES}",
        before=as_of,
        trailing={"raw_search_events": CONTEXT_DAYS, "raw_order_lines": CONTEXT_DAYS},
    )
    days = pending(lake, "int_verdicts", wanted)
    if not days:
        return 0
    return _publish_changed(lake, judge(lake, days, limits), wanted, days)


def _publish_changed(lake: Lake, verdicts: pa.Table, wanted: dict[str, str], days: list[str]) -> int:
    """Publish days whose verdicts are new or other than before: a late row seldom changes the verdicts of four weeks.

    What is built from a day's verdicts stays as it is where they do.
    """
    known = lake.read("int_verdicts", only=days)
    published = lake.partitions("int_verdicts")
    changed = [day for day in days if day not in published or not _of_day(verdicts, day).equals(_of_day(known, day))]
    record(lake, "int_verdicts", {day: wanted[day] for day in days if day not in changed}, rows_by_day={})
    chosen = pc.is_in(verdicts.column("business_date"), pa.array(map(dt.date.fromisoformat, changed), pa.date32()))
    return publish_days(lake, "int_verdicts", verdicts.filter(chosen), wanted, changed)


def _of_day(verdicts: pa.Table, day: str) -> pa.Table:
    rows = verdicts.filter(pc.equal(verdicts.column("business_date"), pa.scalar(dt.date.fromisoformat(day))))
    return rows.sort_by([("subject_kind", "ascending"), ("subject", "ascending")]).combine_chunks()


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
        inputs=["raw_order_lines", "int_verdicts"],
        statements=["stg/stg_order_events"],
        salt=str(VERDICT_DAYS),
        before=as_of,
        trailing={"int_verdicts": VERDICT_DAYS},
    )
    days = pending(lake, "stg_order_events", wanted)
    if not days:
        return 0
    with engine() as connection:
        attach(connection, lake, "raw_order_lines", only=days)
        attach(connection, lake, "int_verdicts", only=window_days(days, trailing=VERDICT_DAYS))
        events = query(connection, "stg/stg_order_events", verdict_days=VERDICT_DAYS)
    return publish_days(lake, "stg_order_events", events, wanted, days)
