"""Signal: sessions (stated wants against choice) and daily demand signals."""

from __future__ import annotations

import datetime as dt

from pipelines import audit
from pipelines.builds import fingerprints, pending, publish_days
from pipelines.engine import attach, engine, query
from pipelines.extract import product_epoch
from pipelines.lake import Lake, contract_of
from pipelines.settings import Settings
from pipelines.steps import StepResult


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Build int_sessions and mart_demand_signals for the days whose inputs changed."""
    rows = {}
    for table, statement in (
        ("int_sessions", "int/int_sessions"),
        ("mart_demand_signals", "mart/mart_demand_signals"),
    ):
        wanted = fingerprints(
            lake,
            inputs=["int_searches", "stg_order_events"],
            statements=[statement],
            salt=product_epoch(lake),
            before=as_of,
        )
        days = pending(lake, table, wanted)
        rows[table] = 0
        if not days:
            continue
        with engine() as connection:
            for source in ("int_searches", "stg_order_events"):
                attach(connection, lake, source, only=days)
            for source in ("raw_products", "int_product_features"):
                attach(connection, lake, source)
            built = query(connection, statement)
        report = lake.root / "runs" / as_of.isoformat() / "expectations" / f"{table}.json"
        audit.validate(built, contract_of(table), report=report)
        rows[table] = publish_days(lake, table, built, wanted, days)
    return StepResult(stage="signal", rows_by_table=rows)
