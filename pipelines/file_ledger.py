"""Which version of which file was landed, and the days it held (table ops_files)."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

import data_contracts
from data_contracts import Contract
from pipelines.lake import Lake, schema_of
from pipelines.landing import SourceFile


class FileLedger:
    """The landed files of one dataset."""

    def __init__(self, lake: Lake, dataset: str) -> None:
        self._lake = lake
        self._dataset = dataset
        rows = [row for row in lake.read("ops_files").to_pylist() if row["dataset"] == dataset]
        latest: dict[str, dt.datetime] = {}
        for row in rows:
            latest[row["source_file"]] = max(row["landed_at"], latest.get(row["source_file"], row["landed_at"]))
        self._known: dict[str, list[dict[str, object]]] = {}
        for row in rows:
            if row["landed_at"] == latest[row["source_file"]]:
                self._known.setdefault(row["source_file"], []).append(row)
        self._sums: dict[str, str] = {}

    def is_changed(self, file: SourceFile) -> bool:
        """True for a file not landed yet, landed with other content, or under another contract version."""
        known = self._known.get(file.name)
        if known is None or known[0]["contract_version"] != data_contracts.load(self._dataset).version:
            return True
        if known[0]["size_bytes"] == file.size_bytes and known[0]["modified_ns"] == file.modified_ns:
            return False
        return known[0]["sha256"] != self._sum(file)

    def days_of(self, files: list[SourceFile]) -> set[str]:
        """Days that the landed versions of these files held."""
        return {
            str(row["business_date"])
            for file in files
            for row in self._known.get(file.name, [])
            if row["business_date"] != "*"
        }

    def record(self, files: list[SourceFile], rows: pa.Table, contract: Contract) -> None:
        """Remember files as landed; called after the publish, so a crash before only repeats work."""
        counts: dict[str, dict[str, int]] = {file.name: {} for file in files}
        is_dated = "business_date" in rows.column_names
        keys = ["source_file", "business_date"] if is_dated else ["source_file"]
        for entry in rows.group_by(keys).aggregate([([], "count_all")]).to_pylist():
            day = str(entry["business_date"]) if is_dated else "*"
            counts[entry["source_file"]][day] = entry["count_all"]
        now = dt.datetime.now(dt.UTC)
        self._lake.append(
            "ops_files",
            pa.Table.from_pylist(
                [
                    {
                        "dataset": self._dataset,
                        "source_file": file.name,
                        "business_date": day,
                        "sha256": self._sum(file),
                        "size_bytes": file.size_bytes,
                        "modified_ns": file.modified_ns,
                        "rows": count,
                        "contract_version": contract.version,
                        "landed_at": now,
                    }
                    for file in files
                    for day, count in sorted((counts[file.name] or {"*": 0}).items())
                ],
                schema=schema_of("ops_files"),
            ),
        )

    def _sum(self, file: SourceFile) -> str:
        if file.name not in self._sums:
            self._sums[file.name] = file.sha256()
        return self._sums[file.name]
