"""Collect: the sources' files → typed, pseudonymised, deduplicated raw tables.

A partition is a pure function of the files that hold rows of that day, so landing
file by file, in any order, late or twice, converges to the one-shot result. Files that
a log rotation has removed keep the rows they once delivered.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import data_contracts
from data_contracts import Contract
from pipelines import audit
from pipelines.engine import attach, engine, query, register
from pipelines.file_ledger import FileLedger
from pipelines.lake import DATED_DATASETS, Lake, conform, partition_values
from pipelines.landing import SourceFile, find_files, read_files
from pipelines.privacy import pseudonym_key, pseudonym_table, without_account
from pipelines.settings import INPUT_DATASETS, Settings
from pipelines.steps import StepResult

REDELIVERY_DAYS = 31  # how far apart two deliveries of one event may be dated
_ZONED = ("search_events", "order_lines", "preorders")
_KEYED = ("search_events", "order_lines", "preorders")
_LOGS = ("search_events", "order_lines")


@dataclass(frozen=True)
class _Audited:
    """Rows read from files, split by the contract."""

    good: pa.Table
    quarantined: pa.Table
    unknown_fields: tuple[str, ...]
    landed_rows: int
    empty_files: tuple[str, ...]


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Land every dataset that the configuration names; what did not change is left alone."""
    rows: dict[str, int] = {}
    findings: list[str] = []
    for dataset in INPUT_DATASETS:
        if dataset in settings.sources:
            result = collect_dataset(lake, as_of, settings, dataset=dataset)
            rows.update(result.rows_by_table)
            findings += result.findings
    absent = [name for name in INPUT_DATASETS if name not in settings.sources]
    findings += [f"{name}: no source is configured; {_WITHOUT[name]}" for name in absent if name in _WITHOUT]
    return StepResult(stage="collect", rows_by_table=rows, findings=tuple(findings))


_WITHOUT = {
    "search_events": "signals come from orders alone.",
    "products": "features cannot be read from products.",
    "stock_levels": "no day is taken as out of stock.",
    "manufacturers": "nothing is planned beyond the forecast.",
    "taxonomy": "it is mined from the products' attributes.",
}


def collect_dataset(lake: Lake, as_of: dt.date, settings: Settings, *, dataset: str) -> StepResult:
    """Land one dataset. Raises SourceError or ContractBreachError; then nothing of it was published."""
    files = find_files(dataset, settings.sources[dataset], settings)
    ledger = FileLedger(lake, dataset)
    changed = [file for file in files if ledger.is_changed(file)]
    if not changed:
        days = _days_without_rows(lake, as_of, dataset)
        return StepResult(stage="collect", rows_by_table={f"raw_{dataset}": 0}, findings=tuple(days))
    contract = data_contracts.load(dataset)
    is_dated = dataset in DATED_DATASETS
    with engine() as connection:
        fresh = _read(connection, lake, settings, dataset=dataset, files=changed if is_dated else files)
        findings = _findings(contract, fresh)
        _quarantine(lake, dataset, changed if is_dated else files, fresh.quarantined)
        audit.check_threshold(
            contract,
            refused=fresh.quarantined.num_rows,
            total=fresh.landed_rows,
            examples=_examples(fresh.quarantined),
            unknown_fields=fresh.unknown_fields,
        )
        if is_dated:
            data, affected = _affected_days(connection, lake, settings, dataset, files, changed, fresh.good, ledger)
        else:
            data, affected = fresh.good, None
    unique = _deduplicate(data, contract, is_dated=is_dated)
    if removed := data.num_rows - unique.num_rows:
        findings.append(f"{dataset}: {removed} duplicate deliveries removed.")
    audit.validate(unique.select(contract.names), contract, report=_report(lake, as_of, dataset))
    published = _publish_changed(lake, f"raw_{dataset}", unique, affected)
    ledger.record(changed if is_dated else files, fresh.good, contract)
    findings += _days_without_rows(lake, as_of, dataset)
    return StepResult(stage="collect", rows_by_table={f"raw_{dataset}": published}, findings=tuple(findings))


def read_snapshot(settings: Settings, dataset: str, *, is_deduplicated: bool = True) -> list[dict[str, object]]:
    """Rows of an undated dataset straight from its source, judged by its contract; nothing is stored."""
    contract = data_contracts.load(dataset)
    files = find_files(dataset, settings.sources[dataset], settings)
    with engine() as connection:
        fresh = _read(connection, None, settings, dataset=dataset, files=files)
    if fresh.quarantined.num_rows:
        audit.check_threshold(
            contract, refused=fresh.quarantined.num_rows, total=fresh.landed_rows, examples=_examples(fresh.quarantined)
        )
    if not is_deduplicated:
        return list(fresh.good.to_pylist())
    return list(_deduplicate(fresh.good, contract, is_dated=False).to_pylist())


def _examples(refused: pa.Table) -> list[str]:
    return [f"{r['source_file']} row {r['source_row']}: {r['reason']}" for r in refused.slice(0, 3).to_pylist()]


def _report(lake: Lake, as_of: dt.date, dataset: str) -> Path:
    return lake.root / "runs" / as_of.isoformat() / "expectations" / f"raw_{dataset}.json"


def _read(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake | None,
    settings: Settings,
    *,
    dataset: str,
    files: list[SourceFile],
) -> _Audited:
    """Files → typed rows judged by the contract. Without a lake nothing is kept, and no key is needed."""
    contract = data_contracts.load(dataset)
    landed = read_files(connection, files)
    readable = landed.filter(pc.is_valid(landed.column("payload")))
    register(connection, "landing", readable)
    key = b"nothing is kept" if lake is None else pseudonym_key(lake.root)
    if dataset in _KEYED:
        accounts = query(connection, "raw/landing_accounts").column("raw_value").to_pylist()
        register(connection, "pseudonyms", pseudonym_table(accounts, key=key))
    zone = {"timezone": settings.timezone} if dataset in _ZONED else {}
    typed = query(connection, f"raw/raw_{dataset}", **zone).combine_chunks()
    verdict = audit.audit_rows(typed, contract)

    def kept(content: str) -> str:
        return without_account(content, key=key, fields=contract.names) if dataset in _KEYED else content

    refused = [
        {
            "source_file": typed.column("source_file")[index].as_py(),
            "source_row": typed.column("source_row")[index].as_py(),
            "reason": "; ".join(reasons),
            "payload": kept(typed.column("payload")[index].as_py()),
        }
        for index, reasons in sorted(verdict.reasons.items())
    ]
    refused += [
        {
            "source_file": row["source_file"],
            "source_row": row["source_row"],
            "reason": "the row cannot be read, expected one JSON object or one field per column",
            "payload": kept(row["unreadable"]),
        }
        for row in landed.filter(pc.is_valid(landed.column("unreadable"))).to_pylist()
    ]
    fields = query(connection, "raw/landing_fields").column("field").to_pylist() if readable.num_rows else []
    return _Audited(
        good=typed.filter(verdict.is_good).drop_columns(["payload", "mistyped_columns"]),
        quarantined=pa.Table.from_pylist(refused, schema=data_contracts.load("quarantine").schema()),
        unknown_fields=tuple(sorted(set(fields) - set(contract.names))),
        landed_rows=landed.num_rows,
        empty_files=tuple(sorted({file.name for file in files} - set(landed.column("source_file").to_pylist()))),
    )


def _findings(contract: Contract, fresh: _Audited) -> list[str]:
    found = []
    if fresh.landed_rows == 0:
        found.append(f"{contract.name}: the files hold no rows.")
    elif fresh.empty_files:
        found.append(f"{contract.name}: {len(fresh.empty_files)} files hold no rows, first: {fresh.empty_files[0]}.")
    if fresh.unknown_fields:
        found.append(
            f"{contract.name}: fields no contract knows were left out: {', '.join(fresh.unknown_fields[:10])}."
        )
    if fresh.quarantined.num_rows:
        first = fresh.quarantined.slice(0, 1).to_pylist()[0]
        found.append(
            f"{contract.name}: {fresh.quarantined.num_rows} of {fresh.landed_rows} rows in quarantine; first: "
            f"{first['source_file']} row {first['source_row']}: {first['reason']}. "
            f"`c2b quarantine {contract.name}` lists them; correct the files and run again."
        )
    return found


def _days_without_rows(lake: Lake, as_of: dt.date, dataset: str) -> list[str]:
    """A finding where a log, which has rows every day, has none on some day before ``as_of``."""
    if dataset not in _LOGS:
        return []
    known = [dt.date.fromisoformat(day) for day in lake.partitions(f"raw_{dataset}") if day < as_of.isoformat()]
    if not known:
        return []
    expected = {min(known) + dt.timedelta(days=n) for n in range((as_of - min(known)).days)}
    missing = sorted(expected - set(known))
    if not missing:
        return []
    return [f"{dataset}: no rows on {len(missing)} of {len(expected)} days before {as_of}, first: {missing[0]}."]


def _quarantine(lake: Lake, dataset: str, files: list[SourceFile], refused: pa.Table) -> None:
    """Keep refused rows; those of files read again replace what these files gave before."""
    table = f"quarantine_{dataset}"
    before = lake.read(table)
    names = pa.array([file.name for file in files], pa.string())
    others = before.filter(pc.invert(pc.is_in(before.column("source_file"), value_set=names)))
    after = pa.concat_tables([others, refused]).sort_by([("source_file", "ascending"), ("source_row", "ascending")])
    if not after.equals(before):
        lake.publish(table, after)


def _affected_days(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    settings: Settings,
    dataset: str,
    files: list[SourceFile],
    changed: list[SourceFile],
    fresh: pa.Table,
    ledger: FileLedger,
) -> tuple[pa.Table, list[str]]:
    """All rows of the days that changed files hold or held: from every file of these days."""
    affected = set(partition_values(fresh, "business_date")) | ledger.days_of(changed)
    affected |= _days_with_the_same_keys(connection, lake, dataset, fresh, affected)
    rest = [file for file in files if file not in changed and ledger.days_of([file]) & affected]
    parts = [fresh]
    if rest:
        parts.append(_read(connection, lake, settings, dataset=dataset, files=rest).good)
    kept = lake.read(f"raw_{dataset}", only=affected)
    current = pa.array([file.name for file in files], pa.string())
    parts.append(kept.filter(pc.invert(pc.is_in(kept.column("source_file"), value_set=current))))
    rows = pa.concat_tables([conform(f"raw_{dataset}", part) for part in parts])
    days = pa.array([dt.date.fromisoformat(day) for day in sorted(affected)], pa.date32())
    return rows.filter(pc.is_in(rows.column("business_date"), value_set=days)), sorted(affected)


def _days_with_the_same_keys(
    connection: duckdb.DuckDBPyConnection, lake: Lake, dataset: str, fresh: pa.Table, affected: set[str]
) -> set[str]:
    """Days landed before that hold a key of ``fresh``, within REDELIVERY_DAYS of its days.

    They are built together, so that one delivery of a key stays, in whichever order files come.
    """
    key = data_contracts.load(dataset).key
    if not affected or DATED_DATASETS[dataset] in key:
        return set()
    margin = dt.timedelta(days=REDELIVERY_DAYS)
    first, last = dt.date.fromisoformat(min(affected)) - margin, dt.date.fromisoformat(max(affected)) + margin
    others = {
        day for day in lake.partitions(f"raw_{dataset}") if day not in affected and str(first) <= day <= str(last)
    }
    if not others:
        return set()
    attach(connection, lake, f"raw_{dataset}", only=others)
    register(connection, "fresh", fresh.select(list(key)))
    found = query(connection, f"raw/other_days_{dataset}").column("business_date").to_pylist()
    return {str(day) for day in found}


def _deduplicate(data: pa.Table, contract: Contract, *, is_dated: bool) -> pa.Table:
    """One row per key. Of events the earliest delivery stays, of snapshots the last one.

    The order of rows is that of the keys, so the bytes do not depend on the order of files.
    """
    time_column = DATED_DATASETS.get(contract.name)
    key = list(contract.key)
    order = [*key, *([time_column] if time_column and time_column not in key else []), "source_file", "source_row"]
    frame = data.select(order).to_pandas()
    frame = frame.sort_values(order, kind="stable")
    kept = frame.index[~frame.duplicated(subset=key, keep="first" if is_dated else "last")]
    return data.take(pa.array(kept.to_numpy()))


def _publish_changed(lake: Lake, table: str, data: pa.Table, affected: list[str] | None) -> int:
    """Publish the partitions whose content differs from the lake's; returns the rows written."""
    data = conform(table, data).combine_chunks()
    if affected is None:
        if lake.read(table).combine_chunks().equals(data) and lake.version(table) >= 0:
            return 0
        lake.publish(table, data)
        return data.num_rows
    before = _by_day(lake.read(table, only=affected))
    after = _by_day(data)
    different = [
        day for day in affected if day not in after or day not in before or not _same_rows(before[day], after[day])
    ]
    if different:
        lake.publish(
            table,
            pa.concat_tables([after[d] for d in different if d in after] or [data.slice(0, 0)]),
            replace=different,
        )
    return sum(after[day].num_rows for day in different if day in after)


def _by_day(data: pa.Table) -> dict[str, pa.Table]:
    """Slices by business date, row order within a day kept."""
    ordered = data.take(pc.sort_indices(data, sort_keys=[("business_date", "ascending")]))  # stable
    days = ordered.column("business_date").to_numpy()
    starts = [0, *(1 + i for i in range(len(days) - 1) if days[i] != days[i + 1]), len(days)]
    return {str(days[start]): ordered.slice(start, end - start) for start, end in pairwise(starts) if end > start}


def _same_rows(one: pa.Table, other: pa.Table) -> bool:
    return one.num_rows == other.num_rows and one.combine_chunks().equals(other.combine_chunks())
