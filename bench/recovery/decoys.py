"""Disturbances that look like unmet demand and are not; written into a market's event files.

Each strikes one well-supplied value in the last days of the history: its products run out
(stock-out), accounts search for it by the hundred (crawler), the shop's search shows nothing for
a third of those who name it (synonym), everybody who asked for it comes three times as often
(festival), and one livestream sells one of its products.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.recovery.truth import Feature

Row = dict[str, Any]
KINDS = ("stock_out", "crawler", "synonym", "festival", "livestream")
DECOY_DAYS = 12


@dataclass
class Files:
    """The event files of a market in memory; ``words`` are the ways to type each value."""

    folder: Path
    searches: list[Row]
    orders: list[Row]
    stock: list[Row]
    products: list[Row]
    words: dict[Feature, list[str]]
    end: dt.date

    @classmethod
    def read(cls, folder: Path, end: dt.date) -> Files:
        with (folder / "stock_levels.csv").open(encoding="utf-8", newline="") as stream:
            stock = list(csv.DictReader(stream))
        taxonomy = json.loads((folder / "taxonomy.json").read_text(encoding="utf-8"))
        words = {
            Feature(category["category_id"], attribute["attribute"], value["value"]): value["synonyms"]
            for category in taxonomy
            for attribute in category["attributes"]
            for value in attribute["values"]
        }
        products = [json.loads(line) for line in (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()]
        return cls(folder, _log(folder, "search_events"), _log(folder, "order_lines"), stock, products, words, end)

    def write(self, folder: Path) -> None:
        """The same files elsewhere."""
        for name, rows in (("search_events", self.searches), ("order_lines", self.orders)):
            path = folder / "logs" / name / "all.jsonl.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(_lines(rows), compresslevel=1, mtime=0))
        with (folder / "stock_levels.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(self.stock[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.stock)
        for name in ("products.jsonl", "manufacturers.jsonl", "taxonomy.json"):
            (folder / name).write_bytes((self.folder / name).read_bytes())

    def is_late(self, row: Row) -> bool:
        """Whether the row lies in the last DECOY_DAYS days."""
        return str(row["event_time"])[:10] >= str(self.end - dt.timedelta(days=DECOY_DAYS))

    def names(self, row: Row, target: Feature) -> bool:
        """Whether a search names the value, by text or filter."""
        picked = (row.get("filters") or {}).get(target.attribute, ())
        return target.value in picked or any(word in row["query"] for word in self.words[target])

    def skus(self, target: Feature) -> set[str]:
        return {
            p["sku_id"]
            for p in self.products
            if p["category_id"] == target.category_id and target.value in p["attributes"].get(target.attribute, ())
        }


def strike(files: Files, kind: str, target: Feature, rng: np.random.Generator) -> None:
    """Write the disturbance into ``files``."""
    _STRIKES[kind](files, target, rng)


def _stock_out(files: Files, target: Feature, rng: np.random.Generator) -> None:
    skus, since = files.skus(target), str(files.end - dt.timedelta(days=DECOY_DAYS))
    gone = {r["order_id"] for r in files.orders if files.is_late(r) and r["status"] == "placed" and r["sku_id"] in skus}
    files.orders = [row for row in files.orders if row["order_id"] not in gone]
    for row in files.stock:
        if row["sku_id"] in skus and row["snapshot_date"] >= since:
            row["on_hand"] = "0"


def _crawler(files: Files, target: Feature, rng: np.random.Generator) -> None:
    like = next(row for row in files.searches if files.names(row, target))
    for account in range(4):
        for day in range(1, 6):
            for number in range(300):
                moment = dt.datetime.combine(files.end - dt.timedelta(days=day), dt.time()) + dt.timedelta(
                    seconds=200 * number + account
                )
                files.searches.append(
                    like
                    | {
                        "event_id": f"decoy-{target.value}-{account}-{day}-{number}",
                        "event_time": f"{moment.isoformat()}+08:00",
                        "user_id": f"decoy-{target.value}-{account}",
                        "session_id": f"decoy-{target.value}-{account}-{day}",
                        "query": files.words[target][0],
                        "category_id": target.category_id,
                        "filters": None,
                        "clicked_sku_ids": [],
                    }
                )


def _synonym(files: Files, target: Feature, rng: np.random.Generator) -> None:
    late = [row for row in files.searches if files.is_late(row) and files.names(row, target)]
    sessions = sorted({row["session_id"] for row in late})
    missed = set(np.array(sessions)[rng.random(len(sessions)) < 0.33].tolist())
    for row in files.searches:
        if row["session_id"] in missed:
            row["result_count"], row["clicked_sku_ids"] = 0, []
    gone = {row["order_id"] for row in files.orders if row["session_id"] in missed}
    files.orders = [row for row in files.orders if row["order_id"] not in gone]


def _festival(files: Files, target: Feature, rng: np.random.Generator) -> None:
    sessions = {row["session_id"] for row in files.searches if files.is_late(row) and files.names(row, target)}
    for copy in ("again", "once-more"):
        mine = {"session_id": copy}
        files.searches += _copies(files.searches, lambda row: row["session_id"] in sessions, mine, "event_id")
        files.orders += _copies(files.orders, lambda row: row["session_id"] in sessions, mine, "order_id")


def _copies(rows: list[Row], chosen: Callable[[Row], bool], mine: Row, key: str) -> Iterable[Row]:
    suffix = mine["session_id"]
    return [
        row
        | {
            key: f"{row[key]}-{suffix}",
            "session_id": f"{row['session_id']}-{suffix}",
            "user_id": row["user_id"] and f"{row['user_id']}-{suffix}",
        }
        for row in rows
        if chosen(row)
    ]


def _livestream(files: Files, target: Feature, rng: np.random.Generator) -> None:
    sku = sorted(files.skus(target))[0]
    like = next(row for row in files.orders if row["sku_id"] == sku and row["status"] == "placed")
    evening = dt.datetime.combine(files.end - dt.timedelta(days=4), dt.time(20))
    for number in range(300):
        moment = evening + dt.timedelta(seconds=9 * number)
        files.orders.append(
            like
            | {
                "order_id": f"live-{sku}-{number}",
                "event_time": f"{moment.isoformat()}+08:00",
                "user_id": f"live-{sku}-{number}",
                "session_id": None,
                "channel": "live",
                "quantity": 1,
            }
        )


_STRIKES: dict[str, Callable[[Files, Feature, np.random.Generator], None]] = {
    "stock_out": _stock_out,
    "crawler": _crawler,
    "synonym": _synonym,
    "festival": _festival,
    "livestream": _livestream,
}


def _log(folder: Path, name: str) -> list[Row]:
    rows = []
    for path in sorted((folder / "logs" / name).glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            rows += [json.loads(line) for line in stream]
    return rows


def _lines(rows: list[Row]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
