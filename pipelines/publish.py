"""Audit, then publish: the one way a planning day's mart reaches the lake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from pipelines import audit
from pipelines.lake import Lake, contract_of, schema_of


def publish_mart(lake: Lake, table: str, rows: Sequence[dict[str, object]], as_of: dt.date) -> int:
    """Replace the planning day's partition of ``table`` after its contract held; returns the rows.

    The same rows again make no new version, so a rerun leaves the lake and the briefs that cite it as they are.
    """
    data = pa.Table.from_pylist([{"as_of": as_of, **row} for row in rows], schema=schema_of(table))
    report = lake.root / "runs" / as_of.isoformat() / "expectations" / f"{table}.json"
    audit.validate(data, contract_of(table), report=report)
    day = as_of.isoformat()
    if lake.version(table) < 0 or not lake.read(table, only=[day]).equals(data):
        lake.publish(table, data, replace=[day])
    return data.num_rows


def read_mart(lake: Lake, table: str, as_of: dt.date) -> list[dict[str, object]]:
    """Rows of the planning day."""
    return list(lake.read(table, only=[as_of.isoformat()]).to_pylist())
