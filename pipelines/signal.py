"""Signal: sessions (stated wants against choice) and daily demand signals, without small cells in what is published."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from pipelines import audit, safe_signals
from pipelines.builds import fingerprints, pending, publish_days
from pipelines.engine import attach, derive, engine, query
from pipelines.extract import product_epoch
from pipelines.lake import Lake, contract_of
from pipelines.settings import Settings
from pipelines.steps import StepResult

SAFETY = "2"  # raise it when what safe_signals publishes changes
BUILT = ("int_sessions", "int_signals", "int_signal_cuts")


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Build int_sessions, int_signals, int_signal_cuts and what is published of them, for days whose inputs changed."""
    rows = {table: _build(lake, as_of, table) for table in BUILT}
    rows |= {table: _publish(lake, as_of, settings, table) for table in safe_signals.SOURCES}
    return StepResult(stage="signal", rows_by_table=rows)


def _build(lake: Lake, as_of: dt.date, table: str) -> int:
    wanted = fingerprints(
        lake,
        inputs=["int_searches", "stg_order_events"],
        statements=[*(["int/signal_events"] if table != "int_sessions" else []), f"int/{table}"],
        salt=product_epoch(lake),
        before=as_of,
    )
    days = pending(lake, table, wanted)
    if not days:
        return 0
    with engine() as connection:
        for source in ("int_searches", "stg_order_events"):
            attach(connection, lake, source, only=days)
        for source in ("raw_products", "int_product_features"):
            attach(connection, lake, source)
        derive(connection, "signal_events", "int/signal_events")
        built = query(connection, f"int/{table}")
    _audit(lake, as_of, table, built)
    return publish_days(lake, table, built, wanted, days)


def _publish(lake: Lake, as_of: dt.date, settings: Settings, table: str) -> int:
    source, limit = safe_signals.SOURCES[table], settings.privacy.min_people
    wanted = fingerprints(lake, inputs=[source], statements=[], salt=f"{SAFETY}.{limit}", before=as_of)
    days = pending(lake, table, wanted)
    if not days:
        return 0
    built = safe_signals.publishable(table, lake.read(source, only=days), min_people=limit)
    _audit(lake, as_of, table, built)
    return publish_days(lake, table, built, wanted, days)


def _audit(lake: Lake, as_of: dt.date, table: str, built: pa.Table) -> None:
    report = lake.root / "runs" / as_of.isoformat() / "expectations" / f"{table}.json"
    audit.validate(built, contract_of(table), report=report)
