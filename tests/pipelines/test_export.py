"""Approve and export: what a factory gets is what was approved, once, whole, and harmless to open."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from conftest import Row, Said, Workspace, maker, order

from pipelines import audit, collect, export
from pipelines.ledger import Ledger
from pipelines.publish import publish_mart
from pipelines.specs import features_text

AS_OF = dt.date(2026, 4, 26)
ORDER = "B20260426-m1-kettle"


def line(spec_id: str, quantity: int, **other: Any) -> Row:
    """One line of a plan."""
    return {
        "spec_id": spec_id,
        "category_id": "kettle",
        "manufacturer_id": "m1",
        "features": "colour=blue;lid=screw",
        "region": "CN-GD",
        "quantity": quantity,
        "pack_size": 5,
        "unit_cost": 40.0,
        "currency": "CNY",
        "target_price": 99.0,
        "required_ship_date": dt.date(2026, 5, 24),
        "decision": "build",
        "expected_units_p10": 1.0,
        "expected_units_p50": 2.0,
        "expected_units_p90": 3.0,
        "expected_incremental_profit": 100.0,
        "probability_minimum_met": 0.9,
        "reason": "Earns most.",
    } | other


PLAN = [
    line("S1", 30),
    line("S1", 10, region="CN-SC"),
    line("S2", 20, features="colour=red;lid=flip"),
    line("S3", 0, decision="wait", region="ALL"),
]


@pytest.fixture
def planned(workspace: Workspace) -> Workspace:
    """PLAN is published; m1 takes orders of 20 to 400 units (100 a week, 28 days)."""
    return plan(workspace, PLAN)


def plan(workspace: Workspace, lines: list[Row], *makers: Row) -> Workspace:
    workspace.deliver({"order_lines": [order(1)], "manufacturers": list(makers) or [maker()]})
    with patch.object(audit, "validate"):  # slow, and tested with the contracts
        collect.collect_dataset(workspace.lake, AS_OF, workspace.settings, dataset="manufacturers")
        publish_mart(workspace.lake, "mart_batch_specs", lines, AS_OF)
    return workspace


def decide(workspace: Workspace, action: str, *specs: str, quantity: int | None = None) -> Said:
    named = [part for spec in specs for part in ("--spec", spec)]
    edit = [] if quantity is None else ["--quantity", str(quantity)]
    who = ["--by", "Li Wei", "--reason", "fits the season"]
    return workspace.c2b(action, "--config", str(workspace.config), "--as-of", str(AS_OF), *who, *named, *edit)


def send(workspace: Workspace) -> Said:
    said = workspace.stage("export", str(AS_OF))
    assert said.code == 0, said.err
    assert workspace.parts() == []
    return said


def outbox(workspace: Workspace) -> dict[str, bytes]:
    """Path below the outbox → content."""
    root = workspace.folder / "out" / "outbox"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def lines_of(workspace: Workspace, name: str) -> list[dict[str, str]]:
    with (workspace.folder / "out" / "outbox" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_files_of_an_order(planned: Workspace) -> None:
    assert decide(planned, "approve").code == 0
    send(planned)
    files = outbox(planned)
    assert list(files) == [
        f"m1/{ORDER}.current.json",
        f"m1/{ORDER}.r1.csv",
        f"m1/{ORDER}.r1.excel.csv",
        f"m1/{ORDER}.r1.manifest.json",
        f"m1/{ORDER}.r1.spec_sheet.md",
    ]
    rows = lines_of(planned, f"m1/{ORDER}.r1.csv")
    assert tuple(rows[0]) == export.COLUMNS
    assert [(r["spec_id"], r["region"], r["line_no"], r["quantity"], r["packs"], r["line_cost"]) for r in rows] == [
        ("S1", "CN-GD", "1", "30", "6", "1200.00"),  # 30 / 5 packs, 30 x 40.00
        ("S1", "CN-SC", "2", "10", "2", "400.00"),
        ("S2", "CN-GD", "3", "20", "4", "800.00"),
    ]
    assert files[f"m1/{ORDER}.r1.excel.csv"] == b"\xef\xbb\xbf" + files[f"m1/{ORDER}.r1.csv"]
    sheet = files[f"m1/{ORDER}.r1.spec_sheet.md"].decode()
    assert "## S1 (kettle)" in sheet
    assert "40 units in packs of 5" in sheet  # 30 + 10
    assert "| colour | blue |" in sheet
    assert "S3" not in sheet


def test_manifest(planned: Workspace) -> None:
    decide(planned, "approve")
    send(planned)
    files = outbox(planned)
    manifest = json.loads(files[f"m1/{ORDER}.r1.manifest.json"])
    assert manifest["total_units"] == 30 + 10 + 20
    assert manifest["is_cancellation"] is False
    assert manifest["replaces_revision"] is None
    assert {entry["person"] for entry in manifest["approvals"]} == {"Li Wei"}
    assert {entry["name"]: (entry["sha256"], entry["bytes"]) for entry in manifest["files"]} == {
        name.removeprefix("m1/"): (hashlib.sha256(content).hexdigest(), len(content))
        for name, content in files.items()
        if not name.endswith(("manifest.json", "current.json"))
    }
    assert json.loads(files[f"m1/{ORDER}.current.json"])["revision"] == 1


def test_nothing_is_sent_without_approval(planned: Workspace) -> None:
    send(planned)
    assert outbox(planned) == {}


def test_only_approved_lines(planned: Workspace) -> None:
    decide(planned, "approve")
    decide(planned, "reject", "S1")
    send(planned)
    assert [row["spec_id"] for row in lines_of(planned, f"m1/{ORDER}.r1.csv")] == ["S2"]


def test_an_order_costs_what_its_own_units_cost(planned: Workspace) -> None:
    """60 units were planned at the tier from 50 on; fewer approved are billed at the tier that they reach."""
    tiers = [{"from_units": 1, "factor": 1.0}, {"from_units": 30, "factor": 0.9}, {"from_units": 50, "factor": 0.8}]
    plan(planned, PLAN, maker(price_tiers=tiers))
    costs = []
    for spec in ("S2", "S1"):  # 20 units, then 60
        decide(planned, "approve", spec)
        send(planned)
        costs.append({row["unit_cost"] for row in lines_of(planned, f"m1/{ORDER}.r{len(costs) + 1}.csv")})
    decide(planned, "reject", "S2")  # 40
    send(planned)
    costs.append({row["unit_cost"] for row in lines_of(planned, f"m1/{ORDER}.r3.csv")})
    assert costs == [{"50.0000"}, {"40.0000"}, {"45.0000"}]


def test_exporting_twice_adds_nothing(planned: Workspace) -> None:
    decide(planned, "approve")
    send(planned)
    before = outbox(planned)
    assert "batch_orders 0" in send(planned).err
    decide(planned, "approve")  # the same word again
    assert "batch_orders 0" in send(planned).err
    assert outbox(planned) == before
    assert len(Ledger(planned.settings.ledger_url).orders(AS_OF)) == 1


def test_a_run_that_stopped_half_way_is_completed(planned: Workspace) -> None:
    """The manifest is written last; without it the other files are written again, the same bytes."""
    decide(planned, "approve")
    send(planned)
    before = outbox(planned)
    folder = planned.folder / "out" / "outbox" / "m1"
    for gone in ([f"{ORDER}.r1.manifest.json"], [Path(name).name for name in before]):
        for name in gone:
            (folder / name).unlink()
        send(planned)
        assert outbox(planned) == before


def test_two_runs_at_once_send_one_order(planned: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run records the revision between this run's look and its own insert."""
    decide(planned, "approve")
    record = Ledger.record_order

    def after_another(self: Ledger, batch_order: Any) -> None:
        record(self, batch_order)  # the other run
        record(self, batch_order)

    monkeypatch.setattr(Ledger, "record_order", after_another)
    said = planned.stage("export", str(AS_OF))
    assert said.code == 5
    assert f"batch order {ORDER} revision 1 was recorded by another run. Remedy: run `c2b export` again" in said.message
    monkeypatch.setattr(Ledger, "record_order", record)
    send(planned)
    assert len([name for name in outbox(planned) if name.endswith(".r1.csv")]) == 1
    assert len(Ledger(planned.settings.ledger_url).orders(AS_OF)) == 1


def test_a_changed_approval_is_the_next_revision(planned: Workspace) -> None:
    decide(planned, "approve")
    send(planned)
    first = outbox(planned)
    assert decide(planned, "approve", "S1", quantity=60).code == 0
    send(planned)
    rows = lines_of(planned, f"m1/{ORDER}.r2.csv")
    assert [(r["spec_id"], r["region"], r["revision"], r["quantity"]) for r in rows] == [
        ("S1", "CN-GD", "2", "45"),  # 60 x 30 / 40
        ("S1", "CN-SC", "2", "15"),  # 60 x 10 / 40
        ("S2", "CN-GD", "2", "20"),
    ]
    manifest = json.loads(outbox(planned)[f"m1/{ORDER}.r2.manifest.json"])
    assert manifest["replaces_revision"] == 1
    assert json.loads(outbox(planned)[f"m1/{ORDER}.current.json"])["revision"] == 2
    del first[f"m1/{ORDER}.current.json"]
    assert {name: content for name, content in outbox(planned).items() if ".r1." in name} == first


@pytest.mark.parametrize("quantity", [10, 15, 25, 35, 55, 95])
def test_an_edited_quantity_is_split_in_whole_packs(planned: Workspace, quantity: int) -> None:
    decide(planned, "approve")
    assert decide(planned, "approve", "S1", quantity=quantity).code == 0
    send(planned)
    mine = [int(r["quantity"]) for r in lines_of(planned, f"m1/{ORDER}.r1.csv") if r["spec_id"] == "S1"]
    assert sum(mine) == quantity
    assert all(part % 5 == 0 for part in mine)
    assert abs(mine[0] - quantity * 30 / 40) < 5  # within a pack of the planned split


def test_an_edited_quantity_opens_packs_where_the_plan_does(planned: Workspace) -> None:
    """Two packs for three regions: whole packs would leave one without."""
    plan(planned, [line("S1", part, region=region) for part, region in ((4, "CN-GD"), (4, "CN-SC"), (2, "CN-ZJ"))])
    decide(planned, "approve")
    assert decide(planned, "approve", "S1", quantity=20).code == 0
    send(planned)
    assert [row["quantity"] for row in lines_of(planned, f"m1/{ORDER}.r1.csv")] == ["8", "8", "4"]


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (33, "quantity 33 is not a multiple of the pack of 5"),
        (5, "below the minimum of 10"),
        (0, "below the minimum of 10"),
        (-10, "below the minimum of 10"),
    ],
)
def test_a_quantity_outside_the_terms(planned: Workspace, quantity: int, words: str) -> None:
    said = decide(planned, "approve", "S1", quantity=quantity)
    assert said.code == 2
    assert f"spec S1: quantity {quantity} is not a multiple" in said.message
    assert words in said.message
    assert Ledger(planned.settings.ledger_url).approvals(AS_OF) == {}


@pytest.mark.parametrize(
    ("specs", "quantity", "words"),
    [
        (("S9",), None, "spec S9 is not in the plan"),
        (("S1", "S9"), None, "spec S9 is not in the plan"),
        (("S3",), None, "spec S3: the plan says wait, only build can be approved"),
        (("S1", "S2"), 20, "a quantity goes with exactly one spec"),
    ],
)
def test_decisions_that_cannot_be_taken(
    planned: Workspace, specs: tuple[str, ...], quantity: int | None, words: str
) -> None:
    said = decide(planned, "approve", *specs, quantity=quantity)
    assert said.code == 2
    assert words in said.message
    assert Ledger(planned.settings.ledger_url).approvals(AS_OF) == {}  # not even S1's


def test_approving_a_day_without_a_plan(workspace: Workspace) -> None:
    workspace.deliver({"order_lines": [order(1)]})
    said = decide(workspace, "approve")
    assert said.code == 5
    assert "there is no plan of 2026-04-26. Remedy: run `c2b run --as-of 2026-04-26` first" in said.message


def test_rejecting_all_cancels(planned: Workspace) -> None:
    decide(planned, "approve")
    send(planned)
    decide(planned, "reject", "S1", "S2")
    send(planned)
    assert lines_of(planned, f"m1/{ORDER}.r2.csv") == []
    files = outbox(planned)
    manifest = json.loads(files[f"m1/{ORDER}.r2.manifest.json"])
    assert manifest["is_cancellation"] is True
    assert manifest["total_units"] == 0
    assert b"This revision cancels the order" in files[f"m1/{ORDER}.r2.spec_sheet.md"]
    assert "batch_orders 0" in send(planned).err


def test_below_the_minimum_order_is_held_back(planned: Workspace) -> None:
    plan(planned, PLAN, maker(min_order_units=41))
    decide(planned, "approve", "S1")
    said = send(planned)
    assert f"batch order {ORDER} is held back: 40 approved units are below the minimum order of 41" in said.findings
    assert outbox(planned) == {}
    decide(planned, "approve", "S2")  # 40 + 20 = 60
    send(planned)
    assert sum(int(row["quantity"]) for row in lines_of(planned, f"m1/{ORDER}.r1.csv")) == 60


def test_above_the_capacity_is_held_back(planned: Workspace) -> None:
    said = decide(planned, "approve", "S1", quantity=405)
    assert "quantity 405 exceeds the capacity of 400 units" in said.message  # 100 a week x 28 / 7
    send(planned)
    assert outbox(planned) == {}


def test_an_order_may_have_the_units_of_the_days_worked(workspace: Workspace):
    """m1 makes 100 a week in 28 days; two slow weeks leave 2 x 100 + 2 x 40."""
    plan(workspace, [line("S1", 30)])
    slow = {"manufacturer": "m1", "from": "2026-05-01", "to": "2026-05-14", "weekly_capacity_units": 40}
    workspace.configure({"order_lines": "order_lines.jsonl"}, planning={"factory_calendar": [slow]})
    said = decide(workspace, "approve", "S1", quantity=285)
    assert "quantity 285 exceeds the capacity of 280 units" in said.message
    assert decide(workspace, "approve", "S1", quantity=280).code == 0
    longer = slow | {"to": "2026-06-05"}  # 5 days x 100 / 7 + 23 days x 40 / 7 = 202.9
    workspace.configure({"order_lines": "order_lines.jsonl"}, planning={"factory_calendar": [longer]})
    assert "280 units exceed the capacity of 202" in send(workspace).findings
    workspace.configure({"order_lines": "order_lines.jsonl"}, planning={"factory_calendar": [slow]})
    send(workspace)
    assert [row["quantity"] for row in lines_of(workspace, f"m1/{ORDER}.r1.csv")] == ["280"]


def test_one_order_per_manufacturer(planned: Workspace) -> None:
    lines = [line("S1", 30), line("S1", 20, manufacturer_id="m2"), line("S2", 20, manufacturer_id="m2")]
    plan(planned, lines, maker(), maker("m2"))
    decide(planned, "approve")
    send(planned)
    assert [r["spec_id"] for r in lines_of(planned, f"m1/{ORDER}.r1.csv")] == ["S1"]
    assert [r["spec_id"] for r in lines_of(planned, "m2/B20260426-m2-kettle.r1.csv")] == ["S1", "S2"]


def test_categories_with_alike_ids_have_orders_of_their_own(planned: Workspace) -> None:
    """空气炸锅 and 电热水壶 were both ____: one order with the terms of either."""
    names = ["空气炸锅", "电热水壶", "home/air", "home air"]
    plan(
        planned,
        [line(f"S{n}", 20, category_id=name) for n, name in enumerate(names)],
        *(maker(category_id=name, setup_cost=n) for n, name in enumerate(names)),
    )
    decide(planned, "approve")
    send(planned)
    manifests = [json.loads(data) for name, data in outbox(planned).items() if name.endswith(".manifest.json")]
    assert {(m["total_units"], m["setup_cost"]) for m in manifests} == {(20, float(n)) for n in range(4)}
    assert len({m["batch_order_id"] for m in manifests}) == 4


def test_a_hyphen_does_not_move_from_the_manufacturer_to_the_category(planned: Workspace) -> None:
    pairs = [("m", "1-kettle"), ("m-1", "kettle")]
    plan(
        planned,
        [line(f"S{n}", 20, manufacturer_id=m, category_id=c) for n, (m, c) in enumerate(pairs)],
        *(maker(m, category_id=c) for m, c in pairs),
    )
    decide(planned, "approve")
    send(planned)
    assert sum(name.endswith(".r1.csv") for name in outbox(planned)) == 2


# ---- what a spreadsheet could run

HARMFUL = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx"]


@pytest.mark.parametrize("text", HARMFUL)
def test_formulas_are_neutralised(planned: Workspace, text: str) -> None:
    features = features_text({text: "blue"})  # =, ; and % are escaped, the others are as they are
    lines = [line(text, 30, features=features, region=text)]
    plan(planned, lines)
    decide(planned, "approve")
    send(planned)
    (row,) = lines_of(planned, f"m1/{ORDER}.r1.csv")
    assert (row["spec_id"], row["region"]) == (f"'{text}", f"'{text}")
    assert row["features"].removeprefix("'") == features
    for name, cell in row.items():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), name
    assert row["quantity"] == "30"


def test_ids_cannot_leave_the_outbox(planned: Workspace) -> None:
    lines = [line("S1", 30, category_id="../../etc")]
    plan(planned, lines, maker(category_id="../../etc"))
    decide(planned, "approve")
    send(planned)
    assert {Path(name).parent.as_posix() for name in outbox(planned)} == {"m1"}


def test_markdown_cells_stay_cells(planned: Workspace) -> None:
    plan(planned, [line("S1", 30, features="colour=a|b\nc")])
    decide(planned, "approve")
    send(planned)
    assert "| colour | a\\|b c |" in outbox(planned)[f"m1/{ORDER}.r1.spec_sheet.md"].decode()


def test_csv_and_duckdb_read_the_same_rows(planned: Workspace) -> None:
    odd = 'colour=dark "blue", matt;lid=螺旋\nlid'
    plan(planned, [line("S1", 30, features=odd), line("S2", 20)])
    decide(planned, "approve")
    send(planned)
    path = planned.folder / "out" / "outbox" / "m1" / f"{ORDER}.r1.csv"
    with duckdb.connect() as connection:
        relation = connection.read_csv(str(path), header=True, all_varchar=True)
        rows = [["" if cell is None else cell for cell in row] for row in relation.fetchall()]
        imported = [dict(zip(relation.columns, row, strict=True)) for row in rows]
    assert imported == lines_of(planned, f"m1/{ORDER}.r1.csv")
    assert imported[0]["features"] == odd
    assert path.read_bytes().count(b"\r\n") == 1 + 2  # header and two lines


def test_what_was_sent_does_not_stay_in_force_against_a_rejection(planned: Workspace) -> None:
    plan(planned, [line("S1", 30), line("S2", 20)], maker(min_order_units=40))
    decide(planned, "approve")
    send(planned)
    decide(planned, "reject", "S1")
    said = send(planned)
    assert "below the minimum order of 40" in said.findings
    assert "revision 1 is cancelled by the next one" in said.findings
    assert json.loads(outbox(planned)[f"m1/{ORDER}.current.json"]) == {
        "batch_order_id": ORDER,
        "revision": 2,
        "is_cancellation": True,
    }
    assert lines_of(planned, f"m1/{ORDER}.r2.csv") == []
    send(planned)
    assert f"m1/{ORDER}.r3.csv" not in outbox(planned)


def test_approving_too_little_says_so_at_once(planned: Workspace) -> None:
    plan(planned, [line("S1", 30), line("S2", 20)], maker(min_order_units=40))
    assert "30 approved units are below the minimum order of 40" in decide(planned, "approve", "S1").err
