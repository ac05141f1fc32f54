"""Collect: whatever the format, the order and the number of deliveries, the raw tables are the same."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from conftest import Row, Workspace, at, jsonl, maker, order, product, search, write_rows
from hypothesis import given, settings
from hypothesis import strategies as st

import data_contracts
from models.text.matcher import Matcher
from models.text.taxonomy import Taxonomy
from pipelines import audit, collect, manufacturers
from pipelines.lake import RAW_FIELDS, Lake
from pipelines.settings import load_settings

AS_OF = dt.date(2026, 4, 26)
FORMATS = [
    f"{kind}{packed}" for kind in (".jsonl", ".csv", ".json") for packed in ("", ".gz", ".zst")
] + [".parquet"]  # fmt: skip

TWO_SEARCHES = [
    search(1),
    search(
        2, user_id=None, session_id=None, query='a "red", kettle\t壶', category_id=None, filters=None, result_count=0,
        clicked_sku_ids=["k1", "k,2"], region=None,
    ),
]  # fmt: skip
TWO_ORDERS = [order(1, unit_price=99.5), order(2, line_id=2, quantity=3, region=None, session_id=None)]
TWO_PRODUCTS = [
    product("k1", "red", "flip", launched_on="2026-01-31", brand="B"),
    product("k2", "blue, dark", "screw", unit_cost=None),
]


def land(workspace: Workspace, dataset: str) -> tuple[str, ...]:
    """Land one dataset; returns the findings."""
    return collect.collect_dataset(workspace.lake, AS_OF, workspace.settings, dataset=dataset).findings


def content(lake: Lake, dataset: str) -> pa.Table:
    """Rows without the columns that say where they came from."""
    columns = data_contracts.load(dataset).names
    return (
        lake.read(f"raw_{dataset}")
        .select(columns)
        .sort_by([(n, "ascending") for n in data_contracts.load(dataset).key])
    )


# ---- formats


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    ("dataset", "rows"),
    [("search_events", TWO_SEARCHES), ("order_lines", TWO_ORDERS), ("products", TWO_PRODUCTS)],
    ids=["search_events", "order_lines", "products"],
)
def test_every_format_gives_the_same_rows(workspace: Workspace, dataset: str, rows: list[Row], suffix: str) -> None:
    write_rows(workspace.folder / f"data{suffix}", rows)
    workspace.configure({dataset: f"data{suffix}", "order_lines": f"data{suffix}"})
    land(workspace, dataset)
    landed = content(workspace.lake, dataset)
    assert landed.schema == data_contracts.load(dataset).schema()
    assert landed.to_pylist() == [expected(dataset, row) for row in rows]


def expected(dataset: str, row: Row) -> Row:
    """What a delivered row is in the lake."""
    typed = dict(row)
    if "event_time" in row:
        typed["event_time"] = dt.datetime.fromisoformat(row["event_time"]).astimezone(dt.UTC)
        typed["user_id"] = row["user_id"] and pseudonym(row["user_id"])
    for name in ("unit_price", "list_price", "unit_cost"):
        if row.get(name) is not None:
            typed[name] = Decimal(str(row[name])).quantize(Decimal("0.0001"))
    for name in ("filters", "attributes"):
        if row.get(name) is not None:
            typed[name] = list(row[name].items())
    if row.get("launched_on"):
        typed["launched_on"] = dt.date.fromisoformat(row["launched_on"])
    assert set(typed) == set(data_contracts.load(dataset).names)
    return typed


def pseudonym(account: str, key: str = "a key that only tests use") -> str:
    """BLAKE2b keyed with SHA-256 of the key, 16 bytes as hex: written out, so a change of it is noticed."""
    return hashlib.blake2b(account.encode(), key=hashlib.sha256(key.encode()).digest(), digest_size=16).hexdigest()


def test_parquet_with_typed_columns(workspace: Workspace) -> None:
    """Timestamps, decimals and maps of a Parquet file need not be text."""
    row = order(1) | {
        "event_time": dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC),
        "unit_price": Decimal("99.5000"),
    }
    write_rows(workspace.folder / "o.parquet", [row])
    workspace.configure({"order_lines": "o.parquet"})
    land(workspace, "order_lines")
    assert content(workspace.lake, "order_lines").to_pylist() == [expected("order_lines", order(1))]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_tiers_and_costs_in_every_shape(workspace: Workspace, suffix: str) -> None:
    """Tiers as pairs or as records; columnar writers give every record all keys, with nulls where one has none."""
    tiers = [{"from_units": 1, "factor": 1.0}, {"from_units": 80, "factor": 0.9}]
    costs: list[Row] = [{"colour": {"red": 2.5}}, {"colour": {"blue": 1.0}, "lid": {"flip": 3.0}}]
    rows = [
        maker("m1", price_tiers=tiers, feature_costs=costs[0]),
        maker("m2", price_tiers=tiers, feature_costs=costs[1]),
    ]
    rows[0]["supported_features"], rows[1]["supported_features"] = {"colour": ["red"]}, {"lid": ["flip"]}
    write_rows(workspace.folder / f"records{suffix}", rows)
    pairs = maker("m3", price_tiers=[[tier["from_units"], tier["factor"]] for tier in tiers])
    pairs |= {"supported_features": {"lid": ["flip"]}, "feature_costs": {"lid": {"flip": 1.0}}}
    write_rows(workspace.folder / f"pairs{suffix}", [pairs])
    workspace.configure({"order_lines": "none", "manufacturers": [f"records{suffix}", f"pairs{suffix}"]})
    land(workspace, "manufacturers")
    known = manufacturers.load(workspace.lake, Matcher(Taxonomy(())))["kettle"]
    assert [maker.tiers for maker in known] == 3 * [((1, 1.0), (80, 0.9))]
    assert [maker.unit_cost({"colour": "red", "lid": "flip"}) for maker in known] == [42.5, 43.0, 41.0]
    assert [maker.can_make({"colour": "blue", "lid": "flip"}) for maker in known] == [False, True, True]


def test_globs_and_lists(workspace: Workspace) -> None:
    files = {
        "logs/2026/03/a.jsonl": 1,
        "logs/2026/04/b.jsonl.gz": 2,
        "more/c.csv": 3,
        "more/d.txt": 4,  # matched by no pattern
    }
    for name, number in files.items():
        write_rows(workspace.folder / name.replace(".txt", ".jsonl"), [order(number)])
    (workspace.folder / "more/d.jsonl").rename(workspace.folder / "more/d.txt")
    workspace.configure({"order_lines": ["logs/**/*.jsonl*", "more/*.csv", "logs/2026/03/a.jsonl"]})
    land(workspace, "order_lines")
    rows = workspace.lake.read("raw_order_lines").to_pylist()
    assert sorted((r["order_id"], r["source_file"], r["source_row"]) for r in rows) == [
        ("o1", "logs/2026/03/a.jsonl", 1),
        ("o2", "logs/2026/04/b.jsonl.gz", 1),
        ("o3", "more/c.csv", 1),
    ]


def test_row_numbers_count_lines(workspace: Workspace) -> None:
    """Blank lines are no rows, but a person who looks the line up in an editor finds it."""
    lines = [order(1), None, order(2), None, None, order(3)]
    text = b"".join(b"\n" if line is None else jsonl([line]) for line in lines)
    (workspace.folder / "o.jsonl").write_bytes(text)
    workspace.configure({"order_lines": "o.jsonl"})
    land(workspace, "order_lines")
    rows = workspace.lake.read("raw_order_lines").to_pylist()
    assert [(r["order_id"], r["source_row"]) for r in rows] == [("o1", 1), ("o2", 3), ("o3", 6)]


# ---- business dates

MIDNIGHT = [
    # instant, zone, business date
    ("2026-03-01T15:59:59Z", "Asia/Shanghai", "2026-03-01"),  # 15:59:59 + 8 h = 23:59:59
    ("2026-03-01T16:00:00Z", "Asia/Shanghai", "2026-03-02"),  # 16:00:00 + 8 h = 00:00:00
    ("2026-03-01T23:30:00Z", "Asia/Shanghai", "2026-03-02"),  # 23:30 + 8 h = 07:30
    ("2026-03-01T23:30:00+08:00", "Asia/Shanghai", "2026-03-01"),
    ("2026-03-01 23:30:00.250+0800", "Asia/Shanghai", "2026-03-01"),
    ("2026-03-01T23:30:00Z", "UTC", "2026-03-01"),
    ("2026-03-08T07:30:00Z", "America/New_York", "2026-03-08"),  # 02:30 does not exist there, it is 03:30
    ("2026-11-01T04:30:00Z", "America/New_York", "2026-11-01"),  # 04:30 - 4 h = 00:30, before clocks change
    ("2026-11-02T04:30:00Z", "America/New_York", "2026-11-01"),  # 04:30 - 5 h = 23:30, after it
]


@pytest.mark.parametrize("zone", sorted({zone for _, zone, _ in MIDNIGHT}))
def test_business_date_is_the_day_in_the_business_time_zone(workspace: Workspace, zone: str) -> None:
    cases = [(instant, day) for instant, name, day in MIDNIGHT if name == zone]
    workspace.deliver(
        {"order_lines": [order(n, event_time=instant) for n, (instant, _) in enumerate(cases)]}, timezone=zone
    )
    land(workspace, "order_lines")
    landed = {row["order_id"]: str(row["business_date"]) for row in workspace.lake.read("raw_order_lines").to_pylist()}
    assert landed == {f"o{n}": day for n, (_, day) in enumerate(cases)}


# ---- privacy


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def decoded(lake: Lake) -> str:
    """Every cell of every table: compression could hide an id from a search of the files."""
    tables = [path.name for path in lake.root.iterdir() if (path / "_delta_log").is_dir()]
    return json.dumps([lake.read(table).to_pylist() for table in sorted(tables)], default=str)


DIGITS = 4_711_008_150_615  # so many that no time, size or digest has them by chance
SECRET = f"Kunde-{DIGITS}"
LEAKS: dict[str, tuple[str, bytes]] = {
    "good row": ("o.jsonl", b""),
    "refused row": ("o.jsonl", jsonl([order(9, user_id=SECRET, status="lost")])),
    "number as id": ("o.jsonl", jsonl([order(9, user_id=DIGITS, status="lost")])),
    "cut line": ("o.jsonl", f'{{"order_id": "o9", "user_id": "{SECRET}", \n'.encode()),
    "cut within the id": ("o.jsonl", f'{{"order_id": "o9", "user_id": "{SECRET}\n'.encode()),
    "quotes escaped twice": ("o.jsonl", f'"{{\\"user_id\\": \\"{SECRET}\\"}}"\n'.encode()),
    "single quotes": ("o.jsonl", f"{{'user_id': '{SECRET}'}}\n".encode()),
    "no key beside it": ("o.jsonl", f"o9,1,placed,2026-03-01,{SECRET}\n".encode()),
    "list": ("o.jsonl", f'["o9", "{SECRET}"]\n'.encode()),
    "lone surrogate": ("o.jsonl", f'{{"user_id": "{SECRET}", "status": "\\ud800"}}\n'.encode()),
    "long CSV row": ("o.csv", f"o9,1,placed,{at(0)},one,more,{SECRET},s,mall,shelf,k1,1,9,CNY,CN-GD\r\n".encode()),
    "short CSV row": ("o.csv", f"o9,1,{SECRET}\r\n".encode()),
}


@pytest.mark.parametrize("case", LEAKS)
def test_raw_account_ids_are_never_stored(workspace: Workspace, case: str) -> None:
    name, extra = LEAKS[case]
    good = [order(n) for n in range(30)] + [order(30, user_id=SECRET)]
    path = write_rows(workspace.folder / name, good)
    path.write_bytes(path.read_bytes() + extra)
    workspace.configure({"order_lines": name})
    said = workspace.stage("collect")
    assert said.code == 0, said.err
    assert workspace.lake.read("quarantine_order_lines").num_rows == bool(extra)
    for text in (decoded(workspace.lake), bytes_of(workspace.lake.root).decode("latin-1"), said.err):
        assert SECRET not in text
        assert str(DIGITS) not in text
        assert "shopper-7" not in text


def test_pseudonym_depends_on_account_and_key_only(workspace: Workspace) -> None:
    def landed(key: str) -> list[str]:
        workspace.monkeypatch.setenv("C2B_PSEUDONYM_KEY", key)
        shutil.rmtree(workspace.lake.root, ignore_errors=True)
        workspace.deliver({"order_lines": [order(1, user_id="a"), order(2, user_id="b"), order(3, user_id="a")]})
        land(workspace, "order_lines")
        return workspace.lake.read("raw_order_lines").column("user_id").to_pylist()

    one, again, other = landed("0123456789abcdef"), landed("0123456789abcdef"), landed("fedcba9876543210")
    assert one == [pseudonym(account, "0123456789abcdef") for account in ("a", "b", "a")]
    assert again == one
    assert not {*other} & {*one}


def test_same_account_has_one_pseudonym_in_searches_and_orders(workspace: Workspace) -> None:
    workspace.deliver({"order_lines": [order(1, user_id="a")], "search_events": [search(1, user_id="a")]})
    land(workspace, "order_lines")
    land(workspace, "search_events")
    (ordered,) = workspace.lake.read("raw_order_lines").column("user_id").to_pylist()
    (searched,) = workspace.lake.read("raw_search_events").column("user_id").to_pylist()
    assert ordered == searched == pseudonym("a")


def test_a_key_is_made_once_where_none_is_given(workspace: Workspace) -> None:
    workspace.monkeypatch.delenv("C2B_PSEUDONYM_KEY")
    workspace.deliver({"order_lines": [order(1)]})
    land(workspace, "order_lines")
    key = workspace.lake.root / "pseudonym.key"
    made = key.read_bytes()
    assert len(made) == 64
    assert key.stat().st_mode & 0o777 == 0o600
    workspace.deliver({"order_lines": [order(1), order(2)]})
    land(workspace, "order_lines")
    assert key.read_bytes() == made


# ---- duplicates, order of files, reruns


def test_duplicates_by_key(workspace: Workspace) -> None:
    workspace.deliver(
        {
            "order_lines": [
                order(1, quantity=2),
                order(1, quantity=2),  # redelivered
                order(1, status="returned", day=3),  # another event of the same line
                order(1, line_id=2),  # another line
            ]
        }
    )
    findings = land(workspace, "order_lines")
    assert "order_lines: 1 duplicate deliveries removed." in findings
    rows = workspace.lake.read("raw_order_lines").to_pylist()
    assert sorted((r["line_id"], r["status"]) for r in rows) == [(1, "placed"), (1, "returned"), (2, "placed")]


def test_of_events_the_earliest_stays_of_snapshots_the_last(workspace: Workspace) -> None:
    early, late = at(0, "08:00:00"), at(0, "09:00:00")
    workspace.deliver(
        {
            "order_lines": [order(1, event_time=late, quantity=2), order(1, event_time=early, quantity=1)],
            "products": [product("k1", "red", "flip"), product("k1", "blue", "flip")],
        }
    )
    land(workspace, "order_lines")
    land(workspace, "products")
    assert workspace.lake.read("raw_order_lines").column("quantity").to_pylist() == [1]
    assert workspace.lake.read("raw_products").column("title").to_pylist() == ["kettle blue flip"]


EVENTS = [order(n, day=n % 4, status=("placed", "shipped")[n % 2]) for n in range(8)]
Delivery = list[list[int]]  # file → events in it, by number
deliveries: st.SearchStrategy[Delivery] = st.lists(st.lists(st.integers(0, 7), max_size=8), min_size=1, max_size=4).map(
    lambda files: [*files, list(range(8))]
)  # the last file has whatever the others left out, and more


def landed_in(folder: Path, files: Delivery, turns: Sequence[Sequence[int]]) -> tuple[pa.Table, int]:
    """Deliver and land ``files``, those of a turn together. Returns the raw table, and versions a rerun added."""
    (folder / "c2b.yaml").write_text("sources: {order_lines: {path: 'o*.jsonl'}}", encoding="utf-8")
    lake, config = Lake(folder / "lake"), load_settings(folder / "c2b.yaml")

    def run() -> None:
        collect.collect_dataset(lake, AS_OF, config, dataset="order_lines")

    # expectations take longer than all the rest and have tests of their own
    with patch.object(audit, "validate"), patch.dict(os.environ, C2B_PSEUDONYM_KEY="a key that only tests use"):
        for turn in turns:
            for number in turn:
                write_rows(folder / f"o{number}.jsonl", [EVENTS[n] for n in files[number]])
            run()
        before = lake.version("raw_order_lines")
        run()
        return lake.read("raw_order_lines"), lake.version("raw_order_lines") - before


@pytest.mark.slow
@settings(max_examples=8, deadline=None, derandomize=True)
@given(files=deliveries, data=st.data())
def test_any_split_into_files_landed_in_any_order_gives_the_same_table(files: Delivery, data: st.DataObject) -> None:
    order_of_files = data.draw(st.permutations(range(len(files))))
    twice = data.draw(st.sampled_from(order_of_files))
    turns = {
        "at once": [range(len(files))],
        "one by one": [[number] for number in order_of_files],
        "one of them twice": [[number] for number in order_of_files] + [[twice]],
    }
    found = {}
    for name, plan in turns.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name], added = landed_in(Path(folder), files, plan)
        assert added == 0, name
    by_key = [("business_date", "ascending"), ("order_id", "ascending")]
    at_once = found["at once"].sort_by(by_key)
    assert at_once.column("order_id").to_pylist() == [f"o{n}" for day in range(4) for n in (day, day + 4)]
    for name, table in found.items():
        assert table.sort_by(by_key).equals(at_once), name  # provenance too


def delta_files(lake: Lake, table: str) -> dict[str, str]:
    """Business date → the one Parquet file of it."""
    return {Path(path).parent.name.removeprefix("business_date="): Path(path).name for path in lake.files(table)}


def test_a_late_file_updates_its_day_only(workspace: Workspace) -> None:
    write_rows(workspace.folder / "a.jsonl", [order(n, day=n) for n in range(3)])
    workspace.configure({"order_lines": "*.jsonl"})
    land(workspace, "order_lines")
    before = delta_files(workspace.lake, "raw_order_lines")
    write_rows(workspace.folder / "b.jsonl", [order(9, day=1)])
    land(workspace, "order_lines")
    after = delta_files(workspace.lake, "raw_order_lines")
    assert {day for day in after if after[day] != before[day]} == {"2026-03-02"}
    assert workspace.lake.read("raw_order_lines").num_rows == 3 + 1


def test_a_changed_file_replaces_its_rows(workspace: Workspace) -> None:
    write_rows(workspace.folder / "a.jsonl", [order(1, day=0), order(2, day=1)])
    write_rows(workspace.folder / "b.jsonl", [order(3, day=1)])
    workspace.configure({"order_lines": "*.jsonl"})
    land(workspace, "order_lines")
    write_rows(workspace.folder / "a.jsonl", [order(2, day=1, quantity=7), order(4, day=2)])
    land(workspace, "order_lines")
    rows = workspace.lake.read("raw_order_lines").to_pylist()
    assert sorted((r["order_id"], r["quantity"]) for r in rows) == [("o2", 7), ("o3", 1), ("o4", 1)]  # o1 is gone


def test_a_file_that_was_rotated_away_keeps_its_rows(workspace: Workspace) -> None:
    write_rows(workspace.folder / "a.jsonl", [order(1, day=0), order(2, day=1)])
    write_rows(workspace.folder / "b.jsonl", [order(3, day=1)])
    workspace.configure({"order_lines": "*.jsonl"})
    land(workspace, "order_lines")
    (workspace.folder / "a.jsonl").unlink()
    write_rows(workspace.folder / "c.jsonl", [order(4, day=1)])  # rebuilds the day that a.jsonl shared
    land(workspace, "order_lines")
    assert sorted(workspace.lake.read("raw_order_lines").column("order_id").to_pylist()) == ["o1", "o2", "o3", "o4"]


def test_touching_a_file_lands_nothing(workspace: Workspace) -> None:
    workspace.deliver({"order_lines": [order(1)], "products": [product("k1", "red", "flip")]})
    workspace.stage("collect")
    before = workspace.tables()
    for path in workspace.folder.glob("*.jsonl"):
        os.utime(path, (1, 1))
    workspace.stage("collect")
    assert workspace.tables() == before


# ---- provenance, quarantine, drift


def test_provenance(workspace: Workspace) -> None:
    rows = [order(1, day=0), order(2, day=1), order(3, day=1)]
    path = write_rows(workspace.folder / "logs/a.jsonl.gz", rows)
    workspace.configure({"order_lines": "logs/*.gz"})
    land(workspace, "order_lines")
    files = workspace.lake.read("ops_files").sort_by("business_date").to_pylist()
    assert [(f["business_date"], f["rows"]) for f in files] == [("2026-03-01", 1), ("2026-03-02", 2)]
    for file in files:
        assert file["dataset"] == "order_lines"
        assert file["source_file"] == "logs/a.jsonl.gz"
        assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert file["size_bytes"] == path.stat().st_size
        assert file["contract_version"] == data_contracts.load("order_lines").version
    landed = workspace.lake.read("raw_order_lines").sort_by("source_row").to_pylist()
    assert [(r["source_file"], r["source_row"]) for r in landed] == [("logs/a.jsonl.gz", n) for n in (1, 2, 3)]
    assert [f.name for f in RAW_FIELDS] == workspace.lake.read("raw_order_lines").column_names[-3:]


def test_quarantine_has_reason_and_content_and_is_idempotent(workspace: Workspace) -> None:
    good = [order(n) for n in range(40)]
    refused = order(40, status="lost", quantity=0, sku_id="k9")
    path = write_rows(workspace.folder / "order_lines.jsonl", [*good, refused])
    path.write_bytes(path.read_bytes() + b'{"order_id": "o41"\n')
    workspace.configure({"order_lines": "order_lines.jsonl"})
    workspace.stage("collect")
    bad, cut = workspace.lake.read("quarantine_order_lines").sort_by("source_row").to_pylist()
    assert (bad["source_file"], bad["source_row"]) == ("order_lines.jsonl", 41)
    assert bad["reason"] == (
        "status: not allowed lost, expected varchar, one of placed, paid, shipped, delivered, cancelled, returned; "
        "quantity: too small 0, expected integer, above 0"
    )
    assert json.loads(bad["payload"]) == refused | {"user_id": pseudonym("shopper-40")}
    assert cut["source_row"] == 42
    assert cut["reason"].startswith("the row cannot be read")
    assert cut["payload"] == '{"order_id": "xxx"'  # the shape stays, words that could name an account do not
    versions = workspace.tables()
    workspace.stage("collect")
    assert workspace.tables() == versions
    write_rows(workspace.folder / "order_lines.jsonl", good)  # corrected
    workspace.stage("collect")
    assert workspace.lake.read("quarantine_order_lines").num_rows == 0


def test_quarantine_command_shows_the_rows(workspace: Workspace) -> None:
    workspace.deliver({"order_lines": [*(order(n) for n in range(30)), order(30, status="lost")]})
    workspace.stage("collect")
    said = workspace.c2b("quarantine", "order_lines", "--config", str(workspace.config))
    assert said.code == 0
    assert json.loads(said.out)["source_row"] == 31
    assert "1 rows in quarantine_order_lines" in said.err


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_unknown_column_is_drift(workspace: Workspace, suffix: str) -> None:
    write_rows(workspace.folder / f"o{suffix}", [order(1) | {"coupon": "MAY-10"}, order(2) | {"coupon": "MAY-20"}])
    workspace.configure({"order_lines": f"o{suffix}"})
    assert "order_lines: fields no contract knows were left out: coupon." in land(workspace, "order_lines")
    assert "coupon" not in workspace.lake.read("raw_order_lines").column_names
    assert "MAY-10" not in decoded(workspace.lake)


def test_renamed_column_is_refused_by_name(workspace: Workspace) -> None:
    rows = [{("units" if name == "quantity" else name): value for name, value in order(1).items()}]
    workspace.deliver({"order_lines": rows})
    said = workspace.stage("collect")
    assert said.code == 4
    assert "quantity: missing" in said.message
    assert "raw_order_lines" not in workspace.tables()


def test_a_redelivery_dated_another_day_counts_once_in_whichever_order_files_come(new_workspace):
    early, late = order(1, day=3), order(1, day=4)
    tables = []
    for name, files in (("together", [[early, late]]), ("forward", [[early], [late]]), ("backward", [[late], [early]])):
        workspace = new_workspace(name)
        workspace.configure({"order_lines": "part*.jsonl"})
        for number, rows in enumerate(files):
            write_rows(workspace.folder / f"part{number}.jsonl", rows)
            land(workspace, "order_lines")
        tables.append(content(workspace.lake, "order_lines").to_pylist())
    assert [len(rows) for rows in tables] == [1, 1, 1]
    assert tables[0] == tables[1] == tables[2]
