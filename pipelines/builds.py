"""Which day partitions must be built again: those whose inputs, parameters or code changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import pyarrow as pa

import sql
from pipelines.lake import Lake, schema_of


def fingerprints(
    lake: Lake, *, inputs: Sequence[str], statements: Sequence[str], salt: str, before: dt.date
) -> dict[str, str]:
    """Day → fingerprint of what a partition is made of, for every day any input holds before ``before``."""
    code = "".join(sql.text(name) for name in statements)
    by_table = {table: lake.partitions(table) for table in inputs}
    days = sorted({day for found in by_table.values() for day in found if day < before.isoformat()})
    return {
        day: hashlib.sha256(
            "|".join([code, salt, *(found.get(day, "-") for found in by_table.values())]).encode()
        ).hexdigest()[:24]
        for day in days
    }


def pending(lake: Lake, table: str, wanted: dict[str, str]) -> list[str]:
    """Days whose last recorded build has another fingerprint, sorted."""
    built = recorded(lake, table)
    return [day for day, fingerprint in sorted(wanted.items()) if built.get(day) != fingerprint]


def recorded(lake: Lake, table: str) -> dict[str, str]:
    """Partition → fingerprint of its latest build."""
    rows = lake.read("ops_builds")
    found = rows.filter(pa.compute.equal(rows.column("table_name"), table)).sort_by("built_at")
    return dict(zip(found.column("partition").to_pylist(), found.column("fingerprint").to_pylist(), strict=True))


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
