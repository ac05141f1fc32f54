"""The lake: Delta tables of Parquet partitions; a publish is atomic, readers see old or new.

Every table has a contract; partition values are strings (business date or as-of
day), tables without a partition column are replaced whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import TableNotFoundError

import data_contracts
from data_contracts import Contract
from pipelines.errors import ContractBreachError, StateError

RAW_FIELDS = (
    pa.field("source_file", pa.string()),
    pa.field("source_row", pa.int64()),
    pa.field("business_date", pa.date32()),
)
DATED_DATASETS = {
    "search_events": "event_time",
    "order_lines": "event_time",
    "stock_levels": "snapshot_date",
    "preorders": "event_time",
}


def contract_of(table: str) -> Contract:
    """Contract of a lake table; raw_<dataset> follows its dataset's, all quarantines share one."""
    return data_contracts.load("quarantine" if table.startswith("quarantine_") else table.removeprefix("raw_"))


def schema_of(table: str) -> pa.Schema:
    """Arrow schema of a lake table, raw tables with their provenance columns."""
    if not table.startswith("raw_"):
        return contract_of(table).schema()
    extra = RAW_FIELDS if table.removeprefix("raw_") in DATED_DATASETS else RAW_FIELDS[:2]
    return contract_of(table).schema(*extra)


def partition_column(table: str) -> str | None:
    """Name of the partition column, None where the table is replaced whole."""
    if table.startswith("raw_"):
        return "business_date" if table.removeprefix("raw_") in DATED_DATASETS else None
    return contract_of(table).partition_column


@dataclass(frozen=True)
class Lake:
    """Tables under one root folder."""

    root: Path

    def delta(self, table: str) -> DeltaTable | None:
        path = self.root / table
        if not (path / "_delta_log").is_dir():
            return None
        try:
            return DeltaTable(str(path))
        except TableNotFoundError:
            return None

    def version(self, table: str) -> int:
        """Current version, -1 where the table does not exist."""
        delta = self.delta(table)
        return -1 if delta is None else delta.version()

    def files(
        self, table: str, *, before: str | None = None, since: str | None = None, only: Collection[str] | None = None
    ) -> list[str]:
        """Current Parquet files, restricted to partition values (ISO dates compare as text)."""
        chosen = []
        for value, paths in self._files_by_partition(table).items():
            if before is not None and value >= before:
                continue
            if since is not None and value < since:
                continue
            if only is not None and value not in only:
                continue
            chosen += paths
        return sorted(chosen)

    def partitions(self, table: str) -> dict[str, str]:
        """Partition value → fingerprint of its current files ('' for an unpartitioned table).

        A rewrite changes the fingerprint, a run that changed nothing does not.
        """
        return {
            value: hashlib.sha256("\n".join(sorted(Path(p).name for p in paths)).encode()).hexdigest()[:16]
            for value, paths in sorted(self._files_by_partition(table).items())
        }

    def read(self, table: str, *, before: str | None = None, only: Collection[str] | None = None) -> pa.Table:
        """Rows as an Arrow table in contract schema; empty where the table does not exist."""
        delta = self.delta(table)
        files = self.files(table, before=before, only=only)
        if delta is None or not files:
            return schema_of(table).empty_table()
        column = partition_column(table)
        if missing := sorted(set(schema_of(table).names) - {field.name for field in delta.schema().fields}):
            raise StateError(
                f"{self.root / table}: made under an older contract, columns {missing} are missing.",
                remedy="remove that folder and run the stage that builds it again.",
            )
        # Arrow reads the files itself: through deltalake's file system its threads call into Python,
        # and a process that ends while one does is aborted after its work
        keys = None if column is None else ds.partitioning(pa.schema([(column, pa.string())]), flavor="hive")
        data = ds.dataset(files, format="parquet", partitioning=keys).to_table()
        return data.select(schema_of(table).names).cast(schema_of(table))

    def publish(self, table: str, data: pa.Table, *, replace: Iterable[str] | None = None) -> int:
        """Replace partitions ``replace`` (None: the whole table) by ``data`` in one commit.

        Returns the new version. Raises ContractBreachError where the columns are
        not the contract's: drift blocks the publish.
        """
        conformed = conform(table, data)
        column = partition_column(table)
        # always a predicate, on a table that is there: two first writers without one would both stay
        predicate = "true"
        if column is not None and replace is not None:
            values = sorted(set(replace))
            if not values:
                return self.version(table)
            if not self._is_made_anew(table, values):
                predicate = f"{column} in ({', '.join(repr(value) for value in values)})"
        DeltaTable.create(
            str(self.root / table),
            conformed.schema,
            mode="ignore",
            partition_by=None if column is None else [column],
        )
        write_deltalake(
            str(self.root / table),
            conformed,
            mode="overwrite",
            partition_by=None if column is None else [column],
            predicate=predicate,
            schema_mode="overwrite" if predicate == "true" else None,
            commit_properties=CommitProperties(
                custom_metadata={"contract": f"{contract_of(table).name} {contract_of(table).version}"}
            ),
        )
        return self.version(table)

    def _is_made_anew(self, table: str, values: list[str]) -> bool:
        """Whether ``values`` are all partitions of a table that another contract made.

        Raises StateError where there are others: they would have columns that nobody reads any more.
        """
        delta = self.delta(table)
        if delta is None or {field.name for field in delta.schema().fields} == set(schema_of(table).names):
            return False
        if others := sorted(set(self.partitions(table)) - set(values)):
            raise StateError(
                f"{self.root / table}: made under another contract, and {len(others)} partitions are not being built "
                f"again, first: {others[0]}.",
                remedy="remove that folder and run for the latest planning day; it is built again whole.",
            )
        return True

    def append(self, table: str, data: pa.Table) -> None:
        """Add rows; for operations tables only, where rows are never changed."""
        if data.num_rows:
            write_deltalake(str(self.root / table), conform(table, data), mode="append")

    def _files_by_partition(self, table: str) -> dict[str, list[str]]:
        delta = self.delta(table)
        if delta is None:
            return {}
        column = partition_column(table)
        grouped: dict[str, list[str]] = {}
        for uri in delta.file_uris():
            grouped.setdefault("" if column is None else _partition_value(uri, column), []).append(uri)
        return grouped


def _partition_value(uri: str, column: str) -> str:
    return next(part.split("=", 1)[1] for part in uri.split("/") if part.startswith(f"{column}="))


def conform(table: str, data: pa.Table) -> pa.Table:
    """Cast to the contract's schema, or raise ContractBreachError naming the column."""
    schema = schema_of(table)
    if set(data.column_names) != set(schema.names):
        missing = sorted(set(schema.names) - set(data.column_names))
        unknown = sorted(set(data.column_names) - set(schema.names))
        raise ContractBreachError(
            f"{table}: columns differ from contract {contract_of(table).version}: "
            f"missing {missing}, unknown {unknown}.",
            remedy="change the contract in data_contracts/odcs and the SQL together, then rerun.",
        )
    columns = []
    for field in schema:
        try:
            columns.append(data.column(field.name).cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ContractBreachError(
                f"{table}.{field.name}: {data.schema.field(field.name).type} cannot become {field.type}: {error}.",
                remedy="make the step produce the type its contract names.",
            ) from error
    return pa.Table.from_arrays(columns, schema=schema)


def partition_values(data: pa.Table, column: str) -> list[str]:
    """Distinct partition values of ``data`` as text, sorted."""
    return sorted(str(value) for value in pc.unique(data.column(column)).to_pylist())
