"""Clean: judge accounts and order lines; every search and order event carries the verdict on it."""

from __future__ import annotations

import datetime as dt

from pipelines.builds import fingerprints, pending, publish_days, window_days
from pipelines.engine import attach, engine, query
from pipelines.lake import Lake
from pipelines.settings import Settings
from pipelines.steps import StepResult

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
        statements=["int/int_verdicts"],
        salt=limits.model_dump_json(),
        before=as_of,
    )
    days = pending(lake, "int_verdicts", wanted)
    if not days:
        return 0
    with engine() as connection:
        for table in ("raw_search_events", "raw_order_lines"):
            attach(connection, lake, table, only=days)
        verdicts = query(
            connection,
            "int/int_verdicts",
            crawler_searches=limits.crawler_searches_per_day,
            grey_searches=limits.grey_searches_per_day,
            account_lines=limits.brushed_lines_per_account_sku_day,
            burst_lines=limits.brushed_burst_lines,
            burst_factor=limits.brushed_burst_factor,
        )
    return publish_days(lake, "int_verdicts", verdicts, wanted, days)


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
