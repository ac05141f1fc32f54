"""Bad input at the command line: one line that names the place and the remedy, an exit code, nothing half-written."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import KETTLE, Said, Workspace, day_after, jsonl, maker, order, product, search, shop, write_rows

CONFIGURATION, INPUT, CONTRACT, STATE = 2, 3, 4, 5
GOOD = jsonl(order(n) for n in range(3))


def deliver_file(workspace: Workspace, name: str, content: bytes, *, dataset: str = "order_lines") -> None:
    path = workspace.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    workspace.configure({dataset: name} if dataset == "order_lines" else {dataset: name, "order_lines": "o.jsonl"})
    if dataset != "order_lines":
        (workspace.folder / "o.jsonl").write_bytes(GOOD)


# ---- files that cannot be read: exit 3, the lake is not touched


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("orders.jsonl", "no file matches 'orders.jsonl'"),
        ("logs/*.jsonl.gz", "no file matches 'logs/*.jsonl.gz'"),
    ],
)
def test_missing_file(workspace: Workspace, path: str, words: str) -> None:
    workspace.configure({"order_lines": path})
    said = workspace.stage("collect")
    assert said.code == INPUT
    assert f"sources.order_lines.path: {words}" in said.message
    assert "Remedy: correct the path" in said.message
    assert workspace.tables() == {}


UNREADABLE: dict[str, bytes] = {
    "cut.jsonl.gz": gzip.compress(jsonl(order(n) for n in range(500)))[:-300],
    "cut.csv.gz": gzip.compress(b"order_id,line_id\r\n" + b"o1,1\r\n" * 5000)[:-20],
    "plain.jsonl.gz": GOOD,
    "plain.jsonl.zst": GOOD,
    "latin.csv": "order_id,region\r\no1,Köln\r\n".encode("latin-1"),
    "latin.jsonl": '{"order_id": "Köln"}\n'.encode("latin-1"),
    "cut.json": b'[{"order_id": "o1"},\n {"order_id',
    "cut.parquet": b"PAR1 and no more",
    "orders.xlsx": b"PK",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_file(workspace: Workspace, name: str) -> None:
    deliver_file(workspace, f"logs/{name}", UNREADABLE[name])
    said = workspace.stage("collect")
    assert said.code == INPUT
    assert said.message.startswith(f"c2b: logs/{name}: ")
    assert workspace.tables() == {}


@pytest.mark.parametrize("name", ["mixed.jsonl", "mixed.jsonl.gz"])
def test_lines_that_end_in_different_ways_are_all_read(workspace: Workspace, name: str) -> None:
    """As where files of several machines were joined into one."""
    lines = jsonl([*(order(n) for n in range(30)), order(30, quantity=0)]).splitlines()
    content = b"".join(line + (b"\r\n" if 10 <= at < 20 else b"\n") for at, line in enumerate(lines))
    deliver_file(workspace, name, gzip.compress(content) if name.endswith(".gz") else content)
    said = workspace.stage("collect")
    assert said.code == 0
    assert f"1 of 31 rows in quarantine; first: {name} row 31: quantity" in said.findings
    assert "`c2b quarantine order_lines` lists them; correct the files and run again." in said.findings
    rows = workspace.lake.read("raw_order_lines").select(["order_id", "source_row"]).to_pylist()
    assert {row["order_id"]: row["source_row"] for row in rows} == {f"o{n}": n + 1 for n in range(30)}


def test_unreadable_file_among_good_ones_is_named_and_nothing_landed(workspace: Workspace) -> None:
    write_rows(workspace.folder / "logs/a.jsonl.gz", [order(1)])
    (workspace.folder / "logs/b.jsonl.gz").write_bytes(UNREADABLE["cut.jsonl.gz"])
    write_rows(workspace.folder / "logs/c.jsonl.gz", [order(3)])
    workspace.configure({"order_lines": "logs/*.gz"})
    said = workspace.stage("collect")
    assert said.code == INPUT
    assert said.message.startswith("c2b: logs/b.jsonl.gz: cannot be read")
    assert workspace.tables() == {}


# ---- rows that break the contract: above the threshold exit 4, below it quarantine and a finding

BAD_ROWS: dict[str, tuple[bytes, str]] = {
    "malformed": (b'{"order_id": "o9", "user_id": "shop\n', "the row cannot be read"),
    "not an object": (b'["o9", 1]\n', "the row cannot be read"),
    "wrong type": (jsonl([order(9, quantity="two")]), "quantity: wrong type, expected integer"),
    "half a unit": (jsonl([order(9, quantity=1.5)]), "quantity: wrong type, expected integer"),
    "not positive": (jsonl([order(9, quantity=0)]), "quantity: too small 0"),
    "missing": (jsonl([order(9, sku_id=None)]), "sku_id: missing"),
    "no offset": (
        jsonl([order(9, event_time="2026-03-01T10:00:00")]),
        "event_time: wrong type, expected timestamp with time zone, with UTC offset",
    ),
    "sentinel": (jsonl([order(9, event_time="9999-12-31T00:00:00Z")]), "event_time: wrong type, expected timestamp"),
    "first sentinel": (jsonl([order(9, event_time="0001-01-01T00:00:00Z")]), "event_time: wrong type, expected timest"),
    "not a day": (jsonl([order(9, event_time="2026-02-30T10:00:00Z")]), "event_time: wrong type"),
    "enum": (jsonl([order(9, status="lost")]), "status: not allowed lost, expected varchar, one of placed, paid"),
    "form": (jsonl([order(9, currency="yuan")]), "currency: not in the form yuan"),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_bad_row_above_threshold(workspace: Workspace, kind: str) -> None:
    bad, reason = BAD_ROWS[kind]
    deliver_file(workspace, "o.jsonl", GOOD + bad)
    said = workspace.stage("collect")
    assert said.code == CONTRACT
    assert "order_lines: 1 of 4 rows refused (25.0 %, allowed 5 %); nothing was published" in said.message  # 1 / 4
    assert f"o.jsonl row 4: {reason}" in said.message
    assert "Remedy: correct the file (owner of the contract: data-platform)" in said.message
    assert set(workspace.tables()) == {"quarantine_order_lines"}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_bad_row_below_threshold(workspace: Workspace, kind: str) -> None:
    bad, reason = BAD_ROWS[kind]
    deliver_file(workspace, "o.jsonl", jsonl(order(n) for n in range(19)) + bad)
    said = workspace.stage("collect")
    assert said.code == 0
    assert f"order_lines: 1 of 20 rows in quarantine; first: o.jsonl row 20: {reason}" in said.findings  # 1 / 20 = 5 %
    assert workspace.lake.read("raw_order_lines").num_rows == 20 - 1


def test_above_threshold_leaves_what_was_published_before(workspace: Workspace) -> None:
    deliver_file(workspace, "o.jsonl", GOOD)
    assert workspace.stage("collect").code == 0
    before = workspace.lake.version("raw_order_lines"), workspace.lake.read("raw_order_lines")
    deliver_file(workspace, "o.jsonl", GOOD + BAD_ROWS["enum"][0])
    assert workspace.stage("collect").code == CONTRACT
    assert workspace.lake.version("raw_order_lines") == before[0]
    assert workspace.lake.read("raw_order_lines").equals(before[1])
    deliver_file(workspace, "o.jsonl", jsonl(order(n) for n in range(4)))
    assert workspace.stage("collect").code == 0
    assert workspace.lake.read("raw_order_lines").num_rows == 4
    assert workspace.lake.read("quarantine_order_lines").num_rows == 0


@pytest.mark.parametrize("change", ["too many", "too few"])
def test_csv_row_with_other_number_of_fields(workspace: Workspace, change: str) -> None:
    path = write_rows(workspace.folder / "o.csv", [order(n) for n in range(3)])
    last = path.read_bytes().splitlines()[-1].replace(b"o2", b"o9")
    bad = last + b",more" if change == "too many" else last.rpartition(b",")[0]
    deliver_file(workspace, "o.csv", path.read_bytes() + bad + b"\r\n")
    said = workspace.stage("collect")
    assert said.code == CONTRACT
    assert "o.csv row 4: the row cannot be read, expected one JSON object or one field per column" in said.message
    assert set(workspace.tables()) == {"quarantine_order_lines"}


@pytest.mark.parametrize(
    ("dataset", "row", "words"),
    [
        ("taxonomy", {"category_id": "kettle", "attributes": "red"}, "row 1: attributes: wrong type"),
        ("manufacturers", maker(pack_size=0), "row 1: pack_size: too small 0, expected bigint, above 0"),
        ("manufacturers", maker("../m1"), "row 1: manufacturer_id: not in the form ../m1"),
        ("manufacturers", maker(price_tiers="cheap"), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(price_tiers=[{"from": 1, "factor": 1.0}]), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(lead_time_days=2_000_000_000), "row 1: lead_time_days: too large 2000000000"),
        ("manufacturers", maker(price_tiers=[[1.5, 1.0]]), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(price_tiers=[[1, 1.0, 5]]), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(price_tiers=[[1, -1.0]]), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(price_tiers=[[1, float("nan")]]), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(price_tiers=[{"from_units": 1.5, "factor": 1}]), "row 1: price_tiers: wrong type"),
        ("manufacturers", maker(supported_features={"lid": "flip"}), "row 1: supported_features: wrong type"),
        ("manufacturers", maker(supported_features={"lid": [["flip"]]}), "row 1: supported_features: wrong type"),
        ("manufacturers", maker(feature_costs={"lid": 3}), "row 1: feature_costs: wrong type"),
        ("manufacturers", maker(feature_costs={"lid": {"flip": "90 CNY"}}), "row 1: feature_costs: wrong type"),
        ("manufacturers", maker(feature_costs={"lid": {"flip": [3]}}), "row 1: feature_costs: wrong type"),
        ("products", product("k1", "red", "flip", attributes={"lid": "flip"}), "row 1: attributes: wrong type"),
        ("search_events", search(1, filters={"lid": "flip"}), "row 1: filters: wrong type"),
        ("search_events", search(1, clicked_sku_ids=[{"sku": "k1"}]), "row 1: clicked_sku_ids: wrong type"),
        ("taxonomy", KETTLE | {"attributes": [{"attribute": "a", "values": ["x"]}]}, "row 1: attributes: wrong type"),
        (
            "taxonomy",
            KETTLE | {"attributes": [{"attribute": "a", "values": [{"value": "x", "synonyms": "y"}]}]},
            "row 1: attributes: wrong type",
        ),
        ("taxonomy", KETTLE | {"attributes": [{"values": []}]}, "row 1: attributes: wrong type"),
    ],
)
def test_small_datasets_allow_no_bad_row(workspace: Workspace, dataset: str, row: dict, words: str) -> None:
    deliver_file(workspace, f"{dataset}.jsonl", jsonl([row]), dataset=dataset)
    said = workspace.stage("collect")
    assert said.code == CONTRACT
    assert f"{dataset}.jsonl {words}" in said.message
    assert f"raw_{dataset}" not in workspace.tables()


# ---- configuration and command line: exit 2, before anything is written

CONFIGURATIONS: dict[str, tuple[str, str]] = {
    "no order_lines": ("sources: {products: {path: p}}", "sources: order_lines is needed; add its path under sources"),
    "no sources": ("lake: ./lake", "sources: missing. Remedy: add sources"),
    "unknown key": ("{langauges: [zh], sources: SOURCES}", "langauges: unknown key. Remedy: did you mean languages?"),
    "unknown nested key": (
        "{planning: {sell_day: 60}, sources: SOURCES}",
        "planning.sell_day: unknown key. Remedy: did you mean sell_days?",
    ),
    "unknown key of a source": (
        "sources: {order_lines: {pth: o}}",
        "sources.order_lines.pth: unknown key. Remedy: did you mean path?",
    ),
    "unknown dataset": ("sources: {order_line: {path: o}}", "'order_line' is not a dataset; did you mean order_lines?"),
    "key without a near one": ("{zzz: 1, sources: SOURCES}", "zzz: unknown key. Remedy: remove it"),
    "key that is no text": ("{1: 2, sources: SOURCES}", "1: unknown key."),
    "value out of range": ("{planning: {salvage_rate: 3}, sources: SOURCES}", "planning.salvage_rate: "),
    "value of wrong type": ("{planning: {sell_days: long}, sources: SOURCES}", "planning.sell_days: "),
    "time zone": ("{timezone: Shanghai, sources: SOURCES}", "timezone: 'Shanghai' is not an IANA time zone"),
    "language": ("{languages: [fr], sources: SOURCES}", "languages.0: "),
    "ledger": ("{ledger: mysql://x, sources: SOURCES}", "ledger: 'mysql://x' must start with sqlite:///"),
    "lake": ("{lake: s3://x, sources: SOURCES}", "lake: 's3://x' is not a local folder"),
    "crawler limits": (
        "{cleaning: {grey_searches_per_day: 500}, sources: SOURCES}",
        "cleaning.grey_searches_per_day must not exceed",
    ),
    "unknown key of a factory's days": (
        "{planning: {factory_calendar: [{form: 2026-02-10, to: 2026-02-25}]}, sources: SOURCES}",
        "planning.factory_calendar.0.form: unknown key. Remedy: did you mean from?",
    ),
    "factory days without an end": (
        "{planning: {factory_calendar: [{from: 2026-02-10}]}, sources: SOURCES}",
        "planning.factory_calendar.0.to: missing",
    ),
    "factory days that end before they begin": (
        "{planning: {factory_calendar: [{from: 2026-02-10, to: 2026-02-09}]}, sources: SOURCES}",
        "planning.factory_calendar.0: to (2026-02-09) must be within 366 days from from (2026-02-10)",
    ),
    "factory closed for good": (
        "{planning: {factory_calendar: [{from: 2026-02-10, to: 9999-12-31}]}, sources: SOURCES}",
        "planning.factory_calendar.0: to (9999-12-31) must be within 366 days",
    ),
    "goods that may neither come early nor late": (
        "{planning: {earliest_arrival: 2026-06-02, latest_arrival: 2026-06-01}, sources: SOURCES}",
        "planning.earliest_arrival (2026-06-02) must not be after planning.latest_arrival (2026-06-01)",
    ),
    "markdown of everything": (
        "{planning: {markdown: {discount: 1, days: 14}}, sources: SOURCES}",
        "planning.markdown.discount: ",
    ),
    "markdown without days": ("{planning: {markdown: {discount: 0.3}}, sources: SOURCES}", "planning.markdown.days: "),
    "unclosed bracket": ("lake: [1\nsources: {", "line 2: not valid YAML. Remedy: correct the syntax at that line"),
    "tab": ("sources:\n\torder_lines: o", "line 2: not valid YAML"),
    "empty": ("", "expected keys such as lake, sources, planning; found NoneType"),
    "a list": ("- lake", "found list"),
}


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_configuration(workspace: Workspace, kind: str) -> None:
    text, words = CONFIGURATIONS[kind]
    (workspace.folder / "o.jsonl").write_bytes(GOOD)
    workspace.config.write_text(text.replace("SOURCES", "{order_lines: {path: o.jsonl}}"), encoding="utf-8")
    said = workspace.stage("collect")
    assert said.code == CONFIGURATION
    assert said.message.startswith(f"c2b: {workspace.config}")
    assert words in said.message
    assert sorted(path.name for path in workspace.folder.iterdir()) == ["c2b.yaml", "o.jsonl"]


def test_missing_configuration(workspace: Workspace) -> None:
    said = workspace.stage("collect")
    assert said.code == CONFIGURATION
    assert f"{workspace.config}: cannot be read (FileNotFoundError). Remedy: give an existing" in said.message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("collect", "--as-of", "25.06.2026"), "--as-of: '25.06.2026' is not a day. Remedy: write it as 2026-06-25"),
        (("run", "--as-of", "2026-02-30"), "--as-of: '2026-02-30' is not a day"),
        (("run", "--as-of", "2026-03-02", "--until", "planning"), "--until: 'planning' is not a stage. Remedy: one of"),
        (("quarantine", "orders"), "'orders' is not a dataset. Remedy: one of"),
    ],
)
def test_arguments(workspace: Workspace, arguments: tuple[str, ...], words: str) -> None:
    deliver_file(workspace, "o.jsonl", GOOD)
    said = workspace.c2b(*arguments, "--config", str(workspace.config))
    assert said.code == CONFIGURATION
    assert words in said.message
    assert workspace.tables() == {}


def test_unknown_stage(workspace: Workspace) -> None:
    said = workspace.c2b("plann")
    assert said.code == CONFIGURATION
    assert "No such command 'plann'. Did you mean 'plan'" in said.err
    assert "Traceback" not in said.err


def test_short_pseudonym_key(workspace: Workspace) -> None:
    deliver_file(workspace, "o.jsonl", GOOD)
    workspace.monkeypatch.setenv("C2B_PSEUDONYM_KEY", "short")
    said = workspace.stage("collect")
    assert said.code == CONFIGURATION
    assert "C2B_PSEUDONYM_KEY: 5 characters, expected 16 or more" in said.message
    assert workspace.tables() == {}


def test_extract_of_unknown_category(workspace: Workspace) -> None:
    workspace.deliver(shop(1))
    texts = workspace.folder / "texts.txt"
    texts.write_text("red kettle\n", encoding="utf-8")
    said = workspace.c2b("extract", "--config", str(workspace.config), "--category", "toaster", str(texts))
    assert said.code == INPUT
    assert "--category: 'toaster' is not in the taxonomy. Remedy: one of kettle" in said.message
    assert said.out == ""


def test_extract_of_missing_file(workspace: Workspace) -> None:
    workspace.deliver(shop(1))
    said = workspace.c2b("extract", "--config", str(workspace.config), str(workspace.folder / "texts.txt"))
    assert said.code == INPUT
    assert "texts.txt: cannot be read (FileNotFoundError)" in said.message


# ---- too little to work on: exit 3


def nothing_before(workspace: Workspace) -> str:
    workspace.deliver(shop(3))
    return "2026-03-01"


def empty_logs(workspace: Workspace) -> str:
    workspace.deliver(shop(3) | {"search_events": [], "order_lines": []})
    return day_after(3)


def no_products(workspace: Workspace) -> str:
    data = shop(3)
    del data["products"]
    workspace.deliver(data)
    return day_after(3)


def empty_products(workspace: Workspace) -> str:
    workspace.deliver(shop(3) | {"products": []})
    return day_after(3)


@pytest.mark.parametrize(
    ("case", "finding", "words"),
    [
        (nothing_before, "", "no order line lies before 2026-03-01. Remedy: choose a later --as-of"),
        (empty_logs, "order_lines: the files hold no rows.", "no order line lies before 2026-03-04"),
        (no_products, "products: no source is configured", "no product is known"),
        (empty_products, "products: the files hold no rows.", "no product is known"),
    ],
)
def test_nothing_to_work_on(workspace: Workspace, case: Callable[[Workspace], str], finding: str, words: str) -> None:
    said = workspace.run(case(workspace))
    assert said.code == INPUT
    assert finding in said.findings
    assert words in said.message
    assert not [table for table in workspace.tables() if table.startswith("mart_gaps")]
    assert not (workspace.folder / "out").exists()


# ---- the run goes on, and says so


def finish(workspace: Workspace, *, until: str | None = None) -> Said:
    said = workspace.run(day_after(), until=until)
    assert said.code == 0, said.err
    assert workspace.parts() == []
    return said


@pytest.mark.slow
def test_empty_day(workspace: Workspace) -> None:
    data = shop()
    for name in ("search_events", "order_lines"):
        data[name] = [row for row in data[name] if not row["event_time"].startswith("2026-03-15")]
    workspace.deliver(data)
    said = finish(workspace, until="forecast")
    assert "search_events: no rows on 1 of 56 days before 2026-04-26, first: 2026-03-15." in said.findings
    assert "order_lines: no rows on 1 of 56 days before 2026-04-26, first: 2026-03-15." in said.findings
    periods = workspace.lake.read("mart_forecasts").column("period").to_pylist()
    assert periods.count("history") == 56 // 7


def test_yesterday_missing_is_said_every_night(workspace: Workspace) -> None:
    workspace.deliver({"order_lines": [order(1, day=0), order(2, day=1)]})
    for _ in range(2):
        assert (
            "no rows on 1 of 3 days before 2026-03-04, first: 2026-03-03"
            in workspace.stage("collect", "2026-03-04").findings
        )


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".csv"])
def test_empty_log_file(workspace: Workspace, suffix: str) -> None:
    write_rows(workspace.folder / f"logs/a{suffix}", [order(1)])
    (workspace.folder / f"logs/b{suffix}").write_bytes(b"")
    workspace.configure({"order_lines": f"logs/*{suffix}"})
    said = workspace.stage("collect")
    assert said.code == 0
    assert f"order_lines: 1 files hold no rows, first: logs/b{suffix}." in said.findings
    assert workspace.lake.read("raw_order_lines").num_rows == 1


@pytest.mark.slow
def test_empty_search_log(workspace: Workspace) -> None:
    workspace.deliver(shop() | {"search_events": []})
    said = finish(workspace, until="forecast")
    assert "search_events: the files hold no rows." in said.findings
    assert workspace.lake.read("mart_forecasts").num_rows > 0


@pytest.mark.slow
def test_manufacturers_that_cannot_take_part(workspace: Workspace) -> None:
    twice, toaster, dollars = maker(), maker("m2", category_id="toaster"), maker("m3", currency="USD", base_unit_cost=1)
    workspace.deliver(shop() | {"manufacturers": [maker(), twice, toaster, dollars]})
    said = finish(workspace, until="plan")
    assert "manufacturers: 1 duplicate deliveries removed." in said.findings
    assert "manufacturers name category toaster, of which no product is known." in said.findings
    assert (
        "manufacturer m3: currency USD, the products of kettle are in CNY; left out. Deliver its terms in CNY."
        in said.findings
    )
    assert {row["manufacturer_id"] for row in workspace.lake.read("mart_batch_specs").to_pylist()} == {"m1"}


# ---- state: exit 5


def missing_parent(folder: Path) -> str:
    (folder / "file").write_text("in the way", encoding="utf-8")
    return "sqlite:///file/ledger.db"


def is_a_folder(folder: Path) -> str:
    (folder / "ledger.db").mkdir()
    return "sqlite:///ledger.db"


def is_no_database(folder: Path) -> str:
    (folder / "ledger.db").write_text("not a database" * 100, encoding="utf-8")
    return "sqlite:///ledger.db"


@pytest.mark.parametrize("broken", [missing_parent, is_a_folder, is_no_database])
def test_unwritable_ledger(workspace: Workspace, broken: Callable[[Path], str]) -> None:
    deliver_file(workspace, "o.jsonl", GOOD)
    workspace.configure({"order_lines": "o.jsonl"}, ledger=broken(workspace.folder))
    said = workspace.stage("export")
    assert said.code == STATE
    assert said.message.startswith("c2b: ledger sqlite:///")
    assert "cannot be opened" in said.message
    assert "Remedy: check the ledger key" in said.message
    assert not (workspace.folder / "out").exists()


def test_lake_that_is_a_file(workspace: Workspace) -> None:
    deliver_file(workspace, "o.jsonl", GOOD)
    (workspace.folder / "lake").write_text("in the way", encoding="utf-8")
    said = workspace.stage("collect")
    assert said.code == STATE
    assert str(workspace.folder / "lake") in said.message


def test_as_a_process_of_its_own(workspace: Workspace) -> None:
    deliver_file(workspace, "o.jsonl", GOOD + BAD_ROWS["enum"][0])
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "collect", "--config", str(workspace.config), "--as-of", "2026-03-02"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = Said(done.returncode, done.stdout, done.stderr)
    assert said.code == CONTRACT
    assert "o.jsonl row 4: status: not allowed lost" in said.message
    assert said.err == said.message + "\n"  # no log line, no warning beside it


@pytest.mark.parametrize("days", [1, 2, 9, 36])
def test_a_history_of_few_days_runs_to_the_brief(workspace, days):
    workspace.deliver(shop(days))
    said = workspace.run(day_after(days))
    assert said.code == 0, said.err
    assert (workspace.folder / "out" / "briefs" / day_after(days) / "index.html").exists()
