"""The contracts say what they must, and each of their rules refuses what breaks it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from conftest import Row, Workspace, maker, order, product, search, shop
from open_data_contract_standard.model import OpenDataContractStandard

import data_contracts
from data_contracts import Column, Contract
from pipelines import audit
from pipelines.errors import ContractBreachError
from pipelines.lake import Lake, contract_of, schema_of
from pipelines.publish import publish_mart, read_mart
from pipelines.settings import INPUT_DATASETS

AS_OF = dt.date(2026, 4, 26)
NAMES = data_contracts.all_names()


# ---- the documents


@pytest.mark.parametrize("name", NAMES)
def test_document(name: str) -> None:
    text = (resources.files("data_contracts") / "odcs" / f"{name}.yaml").read_text(encoding="utf-8")
    document = OpenDataContractStandard(**yaml.safe_load(text))
    contract = data_contracts.load(name)
    assert document.kind == "DataContract"
    assert document.name == document.schema_[0].name == contract.name == name
    assert [int(part) for part in contract.version.split(".")] >= [1, 0, 0]
    assert contract.owner
    assert contract.purpose.endswith(".")
    assert contract.grain.endswith(".")
    assert contract.layer in ("input", "raw", "staging", "intermediate", "mart", "operations")
    assert contract.key or contract.layer == "operations", "a row must be told apart from another"
    for column in contract.columns:
        assert column.description, column.name
        assert column.arrow_type is not None
        assert column.is_required or not column.is_key or "null: " in column.description, f"{column.name} is a key"


def test_every_dataset_has_an_input_contract() -> None:
    assert {name for name in NAMES if data_contracts.load(name).layer == "input"} == set(INPUT_DATASETS)


# ---- each rule of each input contract, against a row that breaks just that rule

PREORDER: Row = {
    "preorder_id": "p1", "event_time": "2026-03-01T12:00:00+08:00", "status": "placed", "campaign_id": "c1",
    "spec_id": "S1", "user_id": "u1", "quantity": 1, "deposit": 10.0, "currency": "CNY", "platform": "mall",
    "region": "CN-GD",
}  # fmt: skip
GOOD: dict[str, Row] = {
    "search_events": search(1),
    "order_lines": order(1),
    "products": product("k1", "red", "flip"),
    "stock_levels": {"snapshot_date": "2026-03-01", "sku_id": "k1", "region": None, "on_hand": 0},
    "manufacturers": maker(),
    "preorders": PREORDER,
    "taxonomy": shop(1)["taxonomy"][0] | {"rejected": ["free delivery"]},
    "acknowledgements": {
        "batch_order_id": "B1", "revision": 1, "line_no": 1, "status": "accepted", "quantity": 5,
        "promised_ship_date": None, "note": None,
    },
}  # fmt: skip


def broken_values(column: Column) -> list[tuple[str, Any]]:
    """(rule, a value that breaks it) for every rule of a column."""
    found: list[tuple[str, Any]] = []
    if column.is_required:
        found.append(("missing", None))
    if column.valid_values:
        found.append(("not allowed", f"{column.valid_values[0]}x"))
    if column.exclusive_minimum is not None:
        found.append(("too small", int(column.exclusive_minimum)))
    if column.minimum is not None:
        found.append(("too small", int(column.minimum) - 1))
    if column.maximum is not None:
        found.append(("too large", int(column.maximum) + 1))
    if column.pattern:
        found += [("not in the form", text) for text in ("=cmd|x", "两", "a b\nc")]
    if column.physical_type != "VARCHAR":
        found.append(("wrong type", "no such value"))
    return found


RULES = [
    pytest.param(name, column, rule, value, id=f"{name}.{column.name}-{rule}-{value!r}")
    for name in INPUT_DATASETS
    for column in data_contracts.load(name).columns
    for rule, value in broken_values(column)
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, list[Row]], dict[int, list[str]]]:
    """Dataset, rows → reasons by row, from the files through landing and audit."""
    from conftest import write_rows

    from pipelines import collect
    from pipelines.engine import engine
    from pipelines.landing import find_files
    from pipelines.settings import FileSource, Settings

    def judge(dataset: str, rows: list[Row]) -> dict[int, list[str]]:
        folder = tmp_path_factory.mktemp(dataset)
        write_rows(folder / "rows.jsonl", rows)
        source = FileSource(path="rows.jsonl")
        settings = Settings(sources={dataset: source, "order_lines": source}, base_folder=folder)
        files = find_files(dataset, source, settings)
        with engine() as connection:
            read = collect._read(connection, None, settings, dataset=dataset, files=files)
        return {row["source_row"]: row["reason"].split("; ") for row in read.quarantined.to_pylist()}

    return judge


@pytest.mark.parametrize("dataset", INPUT_DATASETS)
def test_good_row_is_accepted(dataset: str, judged: Callable[[str, list[Row]], dict[int, list[str]]]) -> None:
    assert set(GOOD[dataset]) == set(data_contracts.load(dataset).names)
    assert judged(dataset, [GOOD[dataset]]) == {}


@pytest.mark.parametrize("dataset", INPUT_DATASETS)
def test_optional_columns_may_be_absent(dataset: str, judged: Callable[[str, list[Row]], dict[int, list[str]]]) -> None:
    needed = {column.name for column in data_contracts.load(dataset).columns if column.is_required}
    assert judged(dataset, [{name: value for name, value in GOOD[dataset].items() if name in needed}]) == {}


@pytest.mark.parametrize(("dataset", "column", "rule", "value"), RULES)
def test_a_rule_refuses_the_row_and_names_the_column(
    dataset: str, column: Column, rule: str, value: Any, judged: Callable[[str, list[Row]], dict[int, list[str]]]
) -> None:
    found = judged(dataset, [GOOD[dataset], GOOD[dataset] | {column.name: value}])
    assert list(found) == [2]
    assert any(reason.startswith(f"{column.name}: {rule}") for reason in found[2]), found


@pytest.mark.parametrize("dataset", INPUT_DATASETS)
def test_limits_themselves_are_allowed(dataset: str, judged: Callable[[str, list[Row]], dict[int, list[str]]]) -> None:
    edges = [
        GOOD[dataset] | {column.name: edge}
        for column in data_contracts.load(dataset).columns
        for edge in (
            *([] if column.minimum is None else [column.minimum]),
            *([] if column.maximum is None else [column.maximum]),
            *([] if column.exclusive_minimum is None else [column.exclusive_minimum + 1]),
            *column.valid_values,
        )
    ]
    assert judged(dataset, [GOOD[dataset], *edges]) == {}


def typed(contract: Contract, row: Row) -> Row:
    """A delivered row as values of the contract's Arrow types."""
    changed = dict(row)
    for column in contract.columns:
        value = changed[column.name]
        if value is None:
            continue
        if pa.types.is_timestamp(column.arrow_type):
            changed[column.name] = dt.datetime.fromisoformat(value)
        elif pa.types.is_date(column.arrow_type):
            changed[column.name] = dt.date.fromisoformat(value)
        elif pa.types.is_decimal(column.arrow_type):
            changed[column.name] = str(value)
        elif column.is_nested:
            changed[column.name] = None
    return changed


def table_of(contract: Contract, rows: list[Row]) -> pa.Table:
    columns = {}
    for column in contract.columns:
        values = [typed(contract, row)[column.name] for row in rows]
        is_decimal = pa.types.is_decimal(column.arrow_type)
        array = pa.array(values, pa.string() if is_decimal else column.arrow_type)
        columns[column.name] = array.cast(column.arrow_type)
    return pa.table(columns, schema=contract.schema())


@pytest.mark.parametrize("dataset", INPUT_DATASETS)
def test_a_key_twice_fails_the_expectations(dataset: str, tmp_path: Path) -> None:
    contract = data_contracts.load(dataset)
    audit.validate(table_of(contract, [GOOD[dataset]]), contract, report=tmp_path / "once.json")
    with pytest.raises(ContractBreachError, match=f"{dataset}: 1 expectations failed, nothing was published") as error:
        audit.validate(table_of(contract, [GOOD[dataset]] * 2), contract, report=tmp_path / "twice.json")
    assert all(name in str(error.value) for name in contract.key)
    assert (tmp_path / "twice.json").exists()


# ---- published tables


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every stage ran once on a small shop."""
    from conftest import write_rows

    from pipelines.stages import NIGHTLY, run_stages

    folder = tmp_path_factory.mktemp("ran")
    data = shop()
    data["order_lines"].append(order(999, status="lost"))  # one row for the quarantine
    data["order_lines"] += [order(3000 + n, day=30, channel="live") for n in range(12)]  # a day that may be shown
    data["search_events"] += [search(1000 + n, user_id="crawler", session_id=None) for n in range(130)]
    data["search_events"] += [  # a wish that no taxonomy knows
        search(2000 + n, day=n % 28, query=f"{colour} kettle gooseneck spout", filters=None, result_count=0)
        for n, colour in enumerate(("red", "blue", "") * 20)
    ]
    for name, rows in data.items():
        write_rows(folder / f"{name}.jsonl", rows)
    sources = {name: {"path": f"{name}.jsonl"} for name in data}
    (folder / "c2b.yaml").write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
    run_stages(NIGHTLY, config=folder / "c2b.yaml", as_of=AS_OF)
    return folder


@pytest.mark.slow
def test_every_table_has_a_contract_and_rows_in_it(ran: Path) -> None:
    lake = Lake(ran / "lake")
    tables = sorted(path.name for path in lake.root.iterdir() if (path / "_delta_log").is_dir())
    contracts = {contract_of(table).name for table in tables}
    unused = {"preorders", "acknowledgements"}  # the shop has none
    assert contracts == set(NAMES) - unused
    # one planning day has none before it, and a small shop leaves every word in doubt
    may_be_empty = ("mart_forecast_scores", "mart_learnt_words")
    for table in tables:
        rows = lake.read(table)
        assert rows.schema == schema_of(table), table
        assert rows.num_rows or table in may_be_empty, table
        assert problems(rows, contract_of(table)) == [], table


def problems(rows: pa.Table, contract: Contract) -> list[str]:
    """Columns and keys that break the contract, checked apart from the code under test."""
    found = []
    for column in contract.columns:
        values = rows.column(column.name).to_pylist()
        given = [value for value in values if value is not None]
        if column.is_required and len(given) < len(values):
            found.append(f"{column.name} is missing")
        if column.valid_values and not set(given) <= set(column.valid_values):
            found.append(f"{column.name} has {set(given) - set(column.valid_values)}")
        if column.minimum is not None and any(value < column.minimum for value in given):
            found.append(f"{column.name} is below {column.minimum}")
        if column.exclusive_minimum is not None and any(value <= column.exclusive_minimum for value in given):
            found.append(f"{column.name} is not above {column.exclusive_minimum}")
        if column.maximum is not None and any(value > column.maximum for value in given):
            found.append(f"{column.name} is above {column.maximum}")
    keys = list(zip(*(rows.column(name).to_pylist() for name in contract.key), strict=True))
    if len(set(keys)) < len(keys):
        found.append("the key is not unique")
    return found


BY_DAY = ("mart_demand_signals", "mart_demand_by_platform", "mart_demand_by_price_band", "int_signal_cuts")
BY_NIGHT = ("mart_gaps", "mart_batch_specs", "mart_forecasts", "mart_net_units", "mart_feature_prices")
PUBLISHED = (*BY_DAY, *BY_NIGHT, "mart_plan_profit")


EXPECTATION = {
    "missing": "expect_column_values_to_not_be_null",
    "not allowed": "expect_column_values_to_be_in_set",
    "too small": "expect_column_values_to_be_between",
    "too large": "expect_column_values_to_be_between",
    "not in the form": "expect_column_values_to_match_regex",
}


def with_value(rows: pa.Table, column: str, value: Any, *, row: int = 0) -> pa.Table:
    """``rows`` with one cell set to ``value``."""
    field = rows.schema.field(column)
    values = rows.column(column).to_pylist()
    values[row] = value
    return rows.set_column(rows.column_names.index(column), field, pa.array(values, field.type))


@pytest.mark.slow
@pytest.mark.parametrize("table", PUBLISHED)
def test_every_rule_of_a_published_table_has_an_expectation(ran: Path, table: str, tmp_path: Path) -> None:
    """Each rule is broken in a row of its own; the audit must name every one of them."""
    contract, rows = contract_of(table), Lake(ran / "lake").read(table)
    audit.validate(rows, contract, report=tmp_path / "good.json")
    broken = [
        (column.name, rule, value)
        for column in contract.columns
        for rule, value in broken_values(column)
        if not column.is_nested and rule != "wrong type"
    ]
    mutated = pa.concat_tables([rows] * (2 + len(broken) // rows.num_rows))  # long enough, and every key twice
    for position, (column, _, value) in enumerate(broken):
        mutated = with_value(mutated, column, value, row=position)
    with pytest.raises(ContractBreachError, match=f"{table}: .* nothing was published"):
        audit.validate(mutated, contract, report=tmp_path / "bad.json")
    results = [entry for suite in json.loads((tmp_path / "bad.json").read_text()) for entry in suite["results"]]
    failed = [entry["expectation_config"] for entry in results if not entry["success"]]
    assert {(entry["kwargs"]["column"], entry["type"]) for entry in failed if "column" in entry["kwargs"]} == {
        (column, EXPECTATION[rule]) for column, rule, _ in broken
    }
    assert [entry["kwargs"]["column_list"] for entry in failed if "column_list" in entry["kwargs"]] == [
        list(contract.key)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("table", BY_NIGHT)
def test_a_breach_is_not_published(ran: Path, table: str) -> None:
    lake = Lake(ran / "lake")
    before = lake.version(table), lake.read(table)
    rows = [{k: v for k, v in row.items() if k != "as_of"} for row in read_mart(lake, table, AS_OF)]
    with pytest.raises(ContractBreachError, match=f"{table}: 1 expectations failed, nothing was published"):
        publish_mart(lake, table, [*rows, rows[0]], AS_OF)
    assert lake.version(table) == before[0]
    assert lake.read(table).equals(before[1])


@pytest.mark.slow
@pytest.mark.parametrize("table", PUBLISHED)
def test_other_columns_are_not_published(ran: Path, table: str) -> None:
    lake = Lake(ran / "lake")
    rows, version = lake.read(table), lake.version(table)
    first = contract_of(table).names[1]
    for drifted, words in (
        (rows.drop_columns([first]), f"missing \\['{first}'\\]"),
        (rows.append_column("coupon", pc.cast(rows.column(first), pa.string())), r"unknown \['coupon'\]"),
    ):
        with pytest.raises(ContractBreachError, match=f"{table}: columns differ from contract .*{words}"):
            lake.publish(table, drifted, replace=["2026-04-26"])
    assert lake.version(table) == version


@pytest.mark.slow
def test_a_breach_on_the_way_stops_the_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that computes nonsense is stopped by the audit, and the command line says which table and rule."""
    from pipelines import signal

    workspace.deliver(shop(3))
    assert workspace.run("2026-03-03", until="signal").code == 0
    before = workspace.lake.version("int_signals"), workspace.lake.read("int_signals")
    good = signal.query

    def nonsense(connection: Any, name: str) -> pa.Table:
        built = good(connection, name)
        return with_value(built, "searches", -1) if name == "int/int_signals" else built

    monkeypatch.setattr(signal, "query", nonsense)
    said = workspace.run("2026-03-04", until="signal")
    assert said.code == 4
    assert "int_signals: 1 expectations failed, nothing was published" in said.message
    assert "expect_column_values_to_be_between(searches)" in said.message
    assert workspace.lake.version("int_signals") == before[0]
    assert workspace.lake.read("int_signals").equals(before[1])
