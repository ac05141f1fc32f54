"""Audit before publish: rows against the contract, then Great Expectations on what is left.

A row that breaks the contract is refused with every reason; the caller puts it in
quarantine. The Great Expectations suite is built from the same contract, runs on the
rows to be published, and its result is kept with the run.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts import Column, Contract
from pipelines.errors import ContractBreachError

BATCH_ROWS = 1_000_000


@dataclass(frozen=True)
class RowAudit:
    """Which rows may be published, and why the others may not (row index → reasons)."""

    is_good: pa.BooleanArray
    reasons: dict[int, list[str]]


def audit_rows(data: pa.Table, contract: Contract) -> RowAudit:
    """Check every row of ``data`` against its contract; ``mistyped_columns`` names unreadable fields."""
    reasons: dict[int, list[str]] = {}
    mistyped = data.column("mistyped_columns").combine_chunks()
    expectations = {column.name: column.expectation() for column in contract.columns}
    for index in pc.indices_nonzero(pc.greater(pc.list_value_length(mistyped), 0)).to_pylist():
        for name in mistyped[index].as_py():
            reasons.setdefault(index, []).append(f"{name}: wrong type, expected {expectations[name]}")
    for column in contract.columns:
        values = data.column(column.name).combine_chunks()
        for mask, words in _violations(values, column):
            for index in pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist():
                if f"{column.name}: wrong type, expected {expectations[column.name]}" in reasons.get(index, ()):
                    continue
                found = "" if words == "missing" else f" {values[index].as_py()!s:.40}"
                reasons.setdefault(index, []).append(
                    f"{column.name}: {words}{found}, expected {expectations[column.name]}"
                )
    good = pa.array([True] * data.num_rows, pa.bool_())
    if reasons:
        bad = pa.array(sorted(reasons), pa.int64())
        good = pc.invert(pc.is_in(pa.array(range(data.num_rows), pa.int64()), value_set=bad))
    return RowAudit(is_good=good, reasons=reasons)


def _violations(values: pa.Array, column: Column) -> list[tuple[pa.Array, str]]:
    found: list[tuple[pa.Array, str]] = []
    if column.is_required:
        found.append((pc.is_null(values), "missing"))
    if column.valid_values:
        allowed = pc.is_in(values, value_set=pa.array(column.valid_values, pa.string()))
        found.append((pc.and_(pc.invert(allowed), pc.is_valid(values)), "not allowed"))
    if column.exclusive_minimum is not None:
        found.append((pc.less_equal(values, _bound(column.exclusive_minimum, values.type)), "too small"))
    if column.minimum is not None:
        found.append((pc.less(values, _bound(column.minimum, values.type)), "too small"))
    if column.maximum is not None:
        found.append((pc.greater(values, _bound(column.maximum, values.type)), "too large"))
    if column.pattern:
        found.append((pc.invert(pc.match_substring_regex(values, column.pattern)), "not in the form"))
    return found


def _bound(number: float, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(Decimal(str(number)), kind) if pa.types.is_decimal(kind) else pa.scalar(number).cast(kind)


def check_threshold(
    contract: Contract, *, refused: int, total: int, examples: list[str], unknown_fields: tuple[str, ...] = ()
) -> None:
    """Raise ContractBreachError where more rows were refused than the contract allows."""
    if not refused or 100.0 * refused / total <= contract.max_quarantined_pct:
        return
    shown = "; ".join(example[:300] for example in examples[:3])
    if unknown_fields:
        shown += f". Fields no contract knows: {', '.join(unknown_fields[:10])}"
    raise ContractBreachError(
        f"{contract.name}: {refused} of {total} rows refused ({100.0 * refused / total:.1f} %, allowed "
        f"{contract.max_quarantined_pct:g} %); nothing was published. Examples: {shown}.",
        remedy=f"correct the file (owner of the contract: {contract.owner}); all refused rows: "
        f"`c2b quarantine {contract.name}`. Then rerun the same command.",
    )


def validate(data: pa.Table, contract: Contract, *, report: Path) -> None:
    """Run the Great Expectations suite of ``contract`` on ``data`` and write its result to ``report``.

    Raises ContractBreachError naming the failed expectations; nothing may be published then.
    """
    if data.num_rows == 0:
        return
    results = [_run_suite(frame, contract) for frame in _frames(data, contract)]
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(results, indent=1, default=str, ensure_ascii=False), encoding="utf-8")
    failed = [entry for result in results for entry in result["results"] if not entry["success"]]
    if failed:
        words = "; ".join(_in_words(entry) for entry in failed[:3])
        raise ContractBreachError(
            f"{contract.name}: {len(failed)} expectations failed, nothing was published: {words}.",
            remedy=f"see {report} for all of them; owner of the contract: {contract.owner}.",
        )


def _in_words(entry: dict[str, Any]) -> str:
    kwargs = entry["expectation_config"]["kwargs"]
    where = kwargs.get("column") or ", ".join(kwargs.get("column_list", kwargs.get("column_set", [])))
    detail = entry["result"].get("partial_unexpected_list") or entry.get("exception_info") or ""
    return f"{entry['expectation_config']['type']}({where}) {str(detail)[:120]}"


def _frames(data: pa.Table, contract: Contract) -> list[pd.DataFrame]:
    """Scalar columns as pandas, in bounded batches; key columns stay together for uniqueness."""
    scalar = [c.name for c in contract.columns if not c.is_nested]
    table = data.select(scalar)
    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.float64()))
    size = max(BATCH_ROWS, 1)
    return [table.slice(start, size).to_pandas() for start in range(0, max(table.num_rows, 1), size)]


def _run_suite(frame: pd.DataFrame, contract: Contract) -> dict[str, Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    import great_expectations as gx  # slow to import, and not every command audits

    # it reports each temporary folder
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.ERROR)

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("lake").add_dataframe_asset(contract.name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name=contract.name, expectations=expectations(contract))
    # counts and some unexpected values of each rule; the default counts every distinct one, for twice the time
    return dict(batch.validate(suite, result_format="BASIC").to_json_dict())


def expectations(contract: Contract) -> list[Any]:
    """The Great Expectations form of a contract's rules on scalar columns."""
    import great_expectations.expectations as gxe

    scalar = [c for c in contract.columns if not c.is_nested]
    suite: list[Any] = [gxe.ExpectTableColumnsToMatchSet(column_set=[c.name for c in scalar])]
    if contract.key:
        suite.append(
            gxe.ExpectCompoundColumnsToBeUnique(column_list=list(contract.key))
            if len(contract.key) > 1
            else gxe.ExpectColumnValuesToBeUnique(column=contract.key[0])
        )
    for column in scalar:
        if column.is_required:
            suite.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
        if column.valid_values:
            suite.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.valid_values)))
        if column.pattern:
            suite.append(gxe.ExpectColumnValuesToMatchRegex(column=column.name, regex=column.pattern))
        low = column.exclusive_minimum if column.exclusive_minimum is not None else column.minimum
        if low is not None or column.maximum is not None:
            suite.append(
                gxe.ExpectColumnValuesToBeBetween(
                    column=column.name,
                    min_value=low,
                    max_value=column.maximum,
                    strict_min=column.exclusive_minimum is not None,
                )
            )
    return suite
