"""DuckDB as the engine: views over the lake's current files, statements from sql/ only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

import sql
from pipelines.lake import Lake, partition_column, schema_of

THREADS = 2


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB with the project's macros; nothing outlives the block."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(sql.text("session"))
        connection.execute(sql.text("macros"))
        yield connection


def attach(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: str,
    *,
    before: str | None = None,
    since: str | None = None,
    only: Collection[str] | None = None,
) -> None:
    """Make ``table`` readable under its own name, restricted to the partitions asked for."""
    connection.unregister(table)  # an Arrow table registered before would hide the view
    files = lake.files(table, before=before, since=since, only=only)
    if not files:
        register(connection, table, schema_of(table).empty_table())
        return
    column = partition_column(table)
    relation = connection.read_parquet(files, hive_partitioning=column is not None)
    relation.create_view(table, replace=True)


def register(connection: duckdb.DuckDBPyConnection, name: str, data: pa.Table) -> None:
    """Make an Arrow table readable under ``name``."""
    connection.register(name, data)


def derive(connection: duckdb.DuckDBPyConnection, name: str, statement: str) -> None:
    """Make the result of sql/<statement>.sql readable under ``name``, computed when it is read."""
    connection.sql(sql.text(statement)).create_view(name, replace=True)


def query(connection: duckdb.DuckDBPyConnection, statement: str, **parameters: Any) -> pa.Table:
    """Run the statement of sql/<statement>.sql with bound values, whole result as Arrow."""
    return connection.sql(sql.text(statement), params=parameters or None).to_arrow_table()
