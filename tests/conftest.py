"""What several test files share: rows of a small shop, a workspace with a configuration, a simulated market."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import logging
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
import zstandard

from pipelines.cli import main
from pipelines.lake import Lake
from pipelines.settings import Settings, load_settings

Row = dict[str, Any]
FIRST_DAY = dt.date(2026, 3, 1)
KETTLE = {
    "category_id": "kettle",
    "names": {"zh": "水壶", "en": "kettle"},
    "attributes": [
        {"attribute": "colour", "unit": None, "values": [
            {"value": "red", "synonyms": ["红色"]}, {"value": "blue", "synonyms": ["蓝色"]},
        ]},
        {"attribute": "lid", "unit": None, "values": [
            {"value": "flip", "synonyms": ["翻盖"]}, {"value": "screw", "synonyms": ["旋盖"]},
        ]},
    ],
}  # fmt: skip


def at(day: int, clock: str = "12:00:00", *, offset: str = "+08:00") -> str:
    """A timestamp on day ``day`` of the shop."""
    return f"{FIRST_DAY + dt.timedelta(days=day)}T{clock}{offset}"


def search(number: int, *, day: int = 0, **other: Any) -> Row:
    """One search event in contract; ``other`` overrides fields."""
    return {
        "event_id": f"e{number}",
        "event_time": at(day),
        "user_id": f"shopper-{number}",
        "session_id": f"s{number}",
        "platform": "mall",
        "query": "red kettle",
        "category_id": "kettle",
        "filters": {"colour": ["red"]},
        "result_count": 4,
        "clicked_sku_ids": ["k1"],
        "region": "CN-GD",
    } | other


def order(number: int, *, day: int = 0, **other: Any) -> Row:
    """One order line event in contract; ``other`` overrides fields."""
    return {
        "order_id": f"o{number}",
        "line_id": 1,
        "status": "placed",
        "event_time": at(day),
        "user_id": f"shopper-{number}",
        "session_id": f"s{number}",
        "platform": "mall",
        "channel": "shelf",
        "sku_id": "k1",
        "quantity": 1,
        "unit_price": 99.5,
        "currency": "CNY",
        "region": "CN-GD",
    } | other


def product(sku_id: str, colour: str, lid: str, **other: Any) -> Row:
    return {
        "sku_id": sku_id,
        "product_id": f"p-{sku_id}",
        "category_id": "kettle",
        "title": f"kettle {colour} {lid}",
        "brand": None,
        "attributes": {"colour": [colour], "lid": [lid]},
        "list_price": 99.5,
        "unit_cost": 50.0,
        "currency": "CNY",
        "launched_on": None,
    } | other


def maker(manufacturer_id: str = "m1", **other: Any) -> Row:
    return {
        "manufacturer_id": manufacturer_id,
        "name": "Kettle Works",
        "category_id": "kettle",
        "lead_time_days": 28,
        "weekly_capacity_units": 100,
        "min_order_units": 20,
        "min_spec_units": 10,
        "pack_size": 5,
        "base_unit_cost": 40.0,
        "price_tiers": [[1, 1.0], [100, 0.9]],
        "setup_cost": 20.0,
        "supported_features": {},
        "feature_costs": {},
        "currency": "CNY",
        "incoterm": None,
    } | other


def shop(days: int = 56) -> dict[str, list[Row]]:
    """Rows of a shop: three products, no blue kettle with a screw lid although people ask for it."""
    skus = [("k1", "red", "flip"), ("k2", "red", "screw"), ("k3", "blue", "flip")]
    texts = ["红色 翻盖 kettle", "red screw kettle", "blue flip kettle", "蓝色 旋盖 kettle"]
    searches, orders = [], []
    for day in range(days):
        for i in range(8):
            number = 8 * day + i
            searches.append(search(number, day=day, query=texts[i % 4], filters=None, clicked_sku_ids=None))
            if i % 4 < 3:
                orders.append(order(number, day=day, sku_id=skus[i % 4][0]))
    return {
        "search_events": searches,
        "order_lines": orders,
        "products": [product(*sku) for sku in skus],
        "stock_levels": [
            {"snapshot_date": str(FIRST_DAY + dt.timedelta(days=day)), "sku_id": sku[0], "region": None, "on_hand": 9}
            for day in range(days)
            for sku in skus
        ],
        "manufacturers": [maker()],
        "taxonomy": [KETTLE],
    }


def day_after(days: int = 56) -> str:
    """The planning day of ``shop(days)``."""
    return str(FIRST_DAY + dt.timedelta(days=days))


def jsonl(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def csv_text(rows: list[Row]) -> str:
    """RFC 4180 text; nested values as JSON text, null as nothing."""
    lines: list[list[str]] = [list(rows[0])]
    for row in rows:
        lines.append(
            [
                "" if v is None else json.dumps(v, ensure_ascii=False) if isinstance(v, list | dict) else str(v)
                for v in row.values()
            ]
        )
    from io import StringIO

    stream = StringIO(newline="")
    csv.writer(stream).writerows(lines)
    return stream.getvalue()


def write_rows(path: Path, rows: list[Row]) -> Path:
    """Write rows in the format that the name says: .jsonl, .json, .csv (.gz, .zst), .parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    kind = next(s for s in path.suffixes[::-1] if s not in (".gz", ".zst"))
    if kind == ".csv":
        content = csv_text(rows).encode()
    else:
        content = jsonl(rows) if kind == ".jsonl" else json.dumps(rows, ensure_ascii=False).encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    elif path.suffix == ".zst":
        content = zstandard.compress(content)
    path.write_bytes(content)
    return path


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The one line of an error; fails where there is a traceback or a second such line."""
        assert "Traceback" not in self.err, self.err
        lines = [line for line in self.err.splitlines() if line.startswith("c2b: ")]
        assert len(lines) == 1, self.err
        assert self.err.splitlines()[-1] == lines[0], self.err
        assert " Remedy: " in lines[0], lines[0]
        return lines[0]

    @property
    def findings(self) -> str:
        return "\n".join(line for line in self.err.splitlines() if " WARNING " in line)


@dataclass(frozen=True)
class Workspace:
    """A folder with c2b.yaml and source files."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    @property
    def config(self) -> Path:
        return self.folder / "c2b.yaml"

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    @property
    def lake(self) -> Lake:
        return Lake(self.folder / "lake")

    def configure(self, sources: Mapping[str, str], **keys: Any) -> None:
        content = {"sources": {name: {"kind": "files", "path": path} for name, path in sources.items()}} | keys
        self.config.write_text(yaml.safe_dump(content), encoding="utf-8")

    def deliver(self, data: Mapping[str, list[Row]], **keys: Any) -> None:
        """Write each dataset as <name>.jsonl and configure just these."""
        for name, rows in data.items():
            write_rows(self.folder / f"{name}.jsonl", rows)
        self.configure({name: f"{name}.jsonl" for name in data}, **keys)

    def c2b(self, *arguments: str) -> Said:
        """Run a command in this process, as the console script would."""
        self.monkeypatch.setattr(sys, "argv", ["c2b", *arguments])
        root = logging.getLogger()
        before = root.handlers[:]
        self.capsys.readouterr()
        try:
            main()
            code: Any = 0
        except SystemExit as stop:
            code = stop.code
        finally:
            root.handlers[:] = before
        out, err = self.capsys.readouterr()
        return Said(int(code or 0), out, err)

    def stage(self, name: str, as_of: str = "2026-04-26") -> Said:
        return self.c2b(name, "--config", str(self.config), "--as-of", as_of)

    def run(self, as_of: str = "2026-04-26", *, until: str | None = None) -> Said:
        last = () if until is None else ("--until", until)
        return self.c2b("run", "--config", str(self.config), "--as-of", as_of, *last)

    def tables(self) -> dict[str, int]:
        """Published tables and their versions; files of a table without a transaction count as half-written."""
        folders = [p for p in self.lake.root.glob("*") if p.is_dir() and p.name not in ("runs", "locks")]
        versions = {p.name: self.lake.version(p.name) for p in folders}
        assert min(versions.values(), default=0) >= 0, versions
        return versions

    def parts(self) -> list[Path]:
        """Files a writer left half-way."""
        return sorted(self.folder.rglob("*.part"))


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("C2B_PSEUDONYM_KEY", "a key that only tests use")
    return Workspace(tmp_path, capsys, monkeypatch)


@pytest.fixture
def new_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Workspace]:
    """For tests that compare several workspaces."""
    monkeypatch.setenv("C2B_PSEUDONYM_KEY", "a key that only tests use")

    def make(name: str) -> Workspace:
        (tmp_path / name).mkdir()
        return Workspace(tmp_path / name, capsys, monkeypatch)

    return make


MARKET_SOURCES = {
    "search_events": "logs/search_events/*.jsonl.gz",
    "order_lines": "logs/order_lines/*.jsonl.gz",
    "products": "products.jsonl",
    "stock_levels": "stock_levels.csv",
    "manufacturers": "manufacturers.jsonl",
    "taxonomy": "taxonomy.json",
}


@pytest.fixture(scope="session")
def market_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a simulated market of 100 days to 2025-04-11, one log file a day; copy before you change them."""
    from pipelines.samples.market import write_market
    from pipelines.samples.market_model import MarketSpec

    folder = tmp_path_factory.mktemp("market")
    spec = MarketSpec(5, n_days=100, n_categories=1, searches=5_000, order_rows=3_000)
    write_market(folder, spec=spec, daily_files=True)
    return folder


def copy_tree(source: Path, target: Path) -> None:
    """Copy files with their times, so what was landed counts as unchanged."""
    shutil.copytree(source, target, dirs_exist_ok=True, copy_function=shutil.copy2)
