"""Which day partitions must be built again: those whose inputs, parameters or code changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

import sql
from pipelines.lake import Lake, schema_of


def fingerprints(
    lake: Lake,
    *,
    inputs: Sequence[str],
    statements: Sequence[str],
    salt: str,
    before: dt.date,
    trailing: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """Day → fingerprint of what a partition is made of, for every day any input holds before ``before``.

    ``trailing`` names inputs of which a day also reads that many days before it. A new day
    leaves the fingerprints of earlier days alone; a late one changes those that look back on it.
    """
    code = "".join(sql.text(name) for name in statements)
    by_table = {table: lake.partitions(table) for table in inputs}
    days = sorted({day for found in by_table.values() for day in found if day < before.isoformat()})
    looks_back = trailing or {}
    return {
        day: hashlib.sha256(
            "|".join(
                [
                    code,
                    salt,
                    *(found.get(day, "-") for found in by_table.values()),
                    *(_window(by_table[table], day, reach) for table, reach in sorted(looks_back.items())),
                ]
            ).encode()
        ).hexdigest()[:24]
        for day in days
    }


def window_days(days: Sequence[str], *, trailing: int) -> set[str]:
    """``days`` and the ``trailing`` days before each, as partition values."""
    return {
        (dt.date.fromisoformat(day) - dt.timedelta(days=ago)).isoformat() for day in days for ago in range(trailing + 1)
    }


def _window(partitions: Mapping[str, str], day: str, reach: int) -> str:
    earlier = sorted(window_days([day], trailing=reach) & partitions.keys())
    return ",".join(f"{value}={partitions[value]}" for value in earlier)


def pending(lake: Lake, table: str, wanted: dict[str, str]) -> list[str]:
    """Days whose last recorded build has another fingerprint, sorted; all where somebody removed the table."""
    built = recorded(lake, table) if lake.version(table) >= 0 else {}
    return [day for day, fingerprint in sorted(wanted.items()) if built.get(day) != fingerprint]


def recorded(lake: Lake, table: str) -> dict[str, str]:
    """Partition → fingerprint of its latest build."""
    return _latest(lake, table, "fingerprint")


def blocks(lake: Lake, days: Sequence[str], *, inputs: Sequence[str], rows: int) -> list[list[str]]:
    """``days`` in runs of which ``inputs`` hold at most ``rows`` rows together, a day with more alone.

    By rows, not by days: each block costs an audit, and a busy shop's month is as large as a small one's years.
    """
    counts = [_latest(lake, table, "rows") for table in inputs]
    parts: list[list[str]] = []
    held = 0
    for day in days:
        here = sum(count.get(day, 0) for count in counts)
        if held + here > rows or not parts:
            parts.append([])
            held = 0
        parts[-1].append(day)
        held += here
    return parts


def _latest(lake: Lake, table: str, column: str) -> dict[str, Any]:
    """Partition → ``column`` of its latest build."""
    rows = lake.read("ops_builds")
    found = rows.filter(pa.compute.equal(rows.column("table_name"), table)).sort_by("built_at")
    return dict(zip(found.column("partition").to_pylist(), found.column(column).to_pylist(), strict=True))


def record(lake: Lake, table: str, fingerprint_by_day: dict[str, str], *, rows_by_day: dict[str, int]) -> None:
    """Remember builds; called after the publish."""
    now = dt.datetime.now(dt.UTC)
    lake.append(
        "ops_builds",
        pa.Table.from_pylist(
            [
                {
                    "table_name": table,
                    "partition": day,
                    "fingerprint": fingerprint,
                    "rows": rows_by_day.get(day, 0),
                    "built_at": now,
                }
                for day, fingerprint in sorted(fingerprint_by_day.items())
            ],
            schema=schema_of("ops_builds"),
        ),
    )


def publish_days(lake: Lake, table: str, data: pa.Table, wanted: dict[str, str], days: list[str]) -> int:
    """Publish the partitions ``days`` of ``table`` and record what they were built from."""
    lake.publish(table, data, replace=days)
    counted = data.group_by("business_date").aggregate([([], "count_all")]).to_pylist()
    rows_by_day = {str(row["business_date"]): row["count_all"] for row in counted}
    record(lake, table, {day: wanted[day] for day in days}, rows_by_day=rows_by_day)
    return data.num_rows
