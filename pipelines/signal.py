"""Signal: sessions (stated wants against choice) and daily demand signals, without small cells in what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pyarrow as pa

from pipelines import audit, safe_signals
from pipelines.builds import blocks, fingerprints, pending, publish_days
from pipelines.engine import attach, derive, engine, query
from pipelines.extract import product_epoch
from pipelines.lake import Lake, contract_of
from pipelines.settings import Settings
from pipelines.steps import StepResult

SAFETY = "2"  # raise it when what safe_signals publishes changes
BLOCK_ROWS = 150_000  # of what is read at a time: a back-fill of years then needs some hundred megabytes
BUILT = ("int_sessions", "int_signals", "int_signal_cuts")
INPUTS = ("int_searches", "stg_order_events")


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Build int_sessions, int_signals, int_signal_cuts and what is published of them, for days whose inputs changed."""
    rows = {table: _build(lake, as_of, table) for table in BUILT}
    rows |= {table: _publish(lake, as_of, settings, table) for table in safe_signals.SOURCES}
    return StepResult(stage="signal", rows_by_table=rows)


def _build(lake: Lake, as_of: dt.date, table: str) -> int:
    wanted = fingerprints(
        lake,
        inputs=INPUTS,
        statements=[*(["int/signal_events"] if table != "int_sessions" else []), f"int/{table}"],
        salt=product_epoch(lake),
        before=as_of,
    )

    def of(days: list[str]) -> pa.Table:
        with engine() as connection:
            for source in INPUTS:
                attach(connection, lake, source, only=days)
            for source in ("raw_products", "int_product_features"):
                attach(connection, lake, source)
            derive(connection, "signal_events", "int/signal_events")
            return query(connection, f"int/{table}")

    return _in_blocks(lake, as_of, table, INPUTS, wanted, of)


def _publish(lake: Lake, as_of: dt.date, settings: Settings, table: str) -> int:
    source, limit = safe_signals.SOURCES[table], settings.privacy.min_people
    wanted = fingerprints(lake, inputs=[source], statements=[], salt=f"{SAFETY}.{limit}", before=as_of)

    def of(days: list[str]) -> pa.Table:
        return safe_signals.publishable(table, lake.read(source, only=days), min_people=limit)

    return _in_blocks(lake, as_of, table, [source], wanted, of)


def _in_blocks(
    lake: Lake,
    as_of: dt.date,
    table: str,
    inputs: Sequence[str],
    wanted: dict[str, str],
    of: Callable[[list[str]], pa.Table],
) -> int:
    """Audit and publish what ``of`` makes of the days whose inputs changed, some at a time; returns the rows.

    A day's rows depend on no other day, so a back-fill of years needs the memory of one block, and one that was
    broken off goes on where it stood.
    """
    parts = blocks(lake, pending(lake, table, wanted), inputs=inputs, rows=BLOCK_ROWS)
    folder = lake.root / "runs" / as_of.isoformat() / "expectations"
    rows = 0
    for part in parts:
        built = of(part)
        name = table if len(parts) == 1 else f"{table}-{part[0]}"
        audit.validate(built, contract_of(table), report=folder / f"{name}.json")
        rows += publish_days(lake, table, built, wanted, part)
    return rows
