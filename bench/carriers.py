"""Logs to plant in: the simulated market, real Chinese and real English queries with made-up dates and people."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.text.phrases import find
from models.text.runs import SHOP_TALK, Known, cut, text_of
from pipelines.samples.market import write_market
from pipelines.samples.market_model import MarketSpec

Row = dict[str, Any]
DAYS = 84
FIRST_DAY = dt.date(2026, 1, 5)
HEADS_ZH = ("器", "机", "套", "架", "片", "板", "灯", "包", "盒", "鞋")
HEADS_EN = {
    "care": "cream wash shampoo soap lotion serum balm spray gel conditioner sunscreen toothpaste mask scrub perfume",
    "staples": "oil powder rice dal ghee masala atta flour salt sugar oats seeds sauce mix batter",
    "snacks": "chips noodles chocolate biscuit biscuits cake bread cookies namkeen bar butter pickle",
    "drinks": "milk tea coffee water juice drink drinks curd paneer cheese",
    "home": "bag box bottle set pen cover kit cleaner brush cable liquid detergent pad pads toy paper holder diaper",
}
SEARCHES_PER_TEXT, LEAST_SEARCHES, BACKGROUND_SEARCHES = 4, 6_000, 40_000


@dataclass(frozen=True)
class Carrier:
    """Logs to plant in: searches by category, products, and the taxonomy that is in use."""

    searches: list[Row]
    products: list[Row]
    taxonomy: list[Row]
    as_of: dt.date
    english_share: float
    categories: list[str]
    words: dict[str, list[str]]


def market_carrier(seed: int, _data: Path | None) -> Carrier:
    """The sample market, three categories."""
    with tempfile.TemporaryDirectory() as scratch:
        spec = MarketSpec(seed, n_days=100, n_categories=3, searches=90_000, order_rows=6_000)
        paths = write_market(Path(scratch), spec=spec)
        searches = [
            json.loads(line)
            for path in sorted(paths.search_events.glob("*.gz"))
            for line in gzip.decompress(path.read_bytes()).splitlines()
        ]
        products = [json.loads(line) for line in paths.products.read_text(encoding="utf-8").splitlines()]
        taxonomy = json.loads(paths.taxonomy.read_text(encoding="utf-8"))
        as_of = spec.as_of
    categories = [row["category_id"] for row in taxonomy]
    words = {
        row["category_id"]: [
            *row["names"].values(),
            *(s for a in row["attributes"] for v in a["values"] for s in v["synonyms"] if len(s) > 3),
        ]
        for row in taxonomy
    }
    return Carrier(
        searches,
        products,
        taxonomy,
        as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of),
        0.3,
        categories,
        words,
    )


def taobao_carrier(seed: int, data: Path | None) -> Carrier:
    """Real Chinese queries; a category is what ends in its head character (器 device, 鞋 shoes)."""
    path = _need(data) / "multicpr_ecom_queries_zh" / "data_ecom_train.query.txt"
    queries = [line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    by_head: dict[str, list[str]] = {head: [q for q in queries if q.endswith(head)] for head in HEADS_ZH}
    rest = [q for q in queries if not q.endswith(HEADS_ZH)]
    return _real_carrier(by_head, rest, {}, seed, "zh")


def grocery_carrier(seed: int, data: Path | None) -> Carrier:
    """Real English queries; a category is a department by the last word of the product type, brands are labelled."""
    path = _need(data) / "query_segments_en" / "data_Queries.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["query"] and row["product_type"]]
    department = {head: name for name, heads in HEADS_EN.items() for head in heads.split()}
    by_head: dict[str, list[str]] = {name: [] for name in HEADS_EN}
    brands: dict[str, list[str]] = defaultdict(list)
    rest = []
    for row in rows:
        head = department.get(row["product_type"].split()[-1].lower())
        if head is not None:
            by_head[head].append(row["query"])
            if row["brand"]:
                brands[head].append(row["brand"])
        else:
            rest.append(row["query"])
    return _real_carrier(by_head, rest, brands, seed, "en")


CARRIERS = {"market": market_carrier, "taobao": taobao_carrier, "grocery": grocery_carrier}


def _need(data: Path | None) -> Path:
    if data is None or not data.is_dir():
        raise SystemExit(
            "--data: give the folder of the public data sets, or leave out the carriers taobao and grocery."
        )
    return data


def _real_carrier(
    by_head: dict[str, list[str]], rest: list[str], brands: dict[str, list[str]], seed: int, language: str
) -> Carrier:
    """Queries with made-up people, dates and clicks; frequent words make frequent queries."""
    rng = np.random.default_rng([seed, 77])
    searches: list[Row] = []
    products: list[Row] = []
    taxonomy: list[Row] = []
    words = {}
    for head, queries in by_head.items():
        unique = sorted(set(queries))
        is_past = rng.random(len(unique)) < 0.5
        past = [q for q, yes in zip(unique, is_past, strict=True) if yes]
        known = _known_phrases(past)
        taxonomy.append(
            {
                "category_id": head,
                "names": {language: head} if language == "en" else {},
                "attributes": [
                    {"attribute": "known", "unit": None, "values": [{"value": w, "synonyms": []} for w in known]}
                ],
            }
        )
        words[head] = [w for w in known if len(w) > 3]
        labelled = sorted({b.lower() for b in brands.get(head, ())})
        products += _products(head, labelled, rng)
        searches += list(
            _events(
                unique,
                head,
                max(SEARCHES_PER_TEXT * len(unique), LEAST_SEARCHES),
                [p["sku_id"] for p in products if p["category_id"] == head],
                rng,
            )
        )
    searches += list(_events(sorted(set(rest)), "other", BACKGROUND_SEARCHES, [], rng))
    return Carrier(
        searches,
        products,
        taxonomy,
        FIRST_DAY + dt.timedelta(days=DAYS),
        1.0 if language == "en" else 0.0,
        list(by_head),
        words,
    )


def _known_phrases(queries: list[str]) -> list[str]:
    """What the software finds in the past queries: the shop has worked through that list."""
    known = Known.of(SHOP_TALK)
    runs: Counter = Counter(run for q in queries for run in cut(q, [], known).runs)
    return sorted({text_of(phrase.units) for phrase in find(runs, min_weight=2)})


def _products(head: str, brands: list[str], rng: np.random.Generator) -> list[Row]:
    names = [*brands, *(f"maker{i}" for i in range(6))]
    return [
        {
            "sku_id": f"{head}-{i}", "product_id": f"p-{head}-{i}", "category_id": head,
            "title": f"{names[i % len(names)]} {head}",
            "brand": names[i % len(names)], "attributes": {}, "list_price": float(rng.integers(20, 200)),
            "unit_cost": None,
            "currency": "CNY", "launched_on": None,
        }
        for i in range(max(36, len(names)))
    ]  # fmt: skip


def _events(queries: list[str], category_id: str, n: int, skus: list[str], rng: np.random.Generator) -> Iterator[Row]:
    """``n`` searches: Zipf over queries, the ones of common words first."""
    common = Counter(gram for q in queries for gram in {q[i : i + 2] for i in range(len(q) - 1)})
    order = sorted(queries, key=lambda q: -np.mean([common[q[i : i + 2]] for i in range(max(len(q) - 1, 1))]))
    weight = 1.0 / np.arange(3, len(order) + 3) ** 0.7
    picks = rng.choice(len(order), n, p=weight / weight.sum())
    days, people = rng.integers(0, DAYS, n), rng.integers(0, int(0.7 * n), n)
    clicked = rng.integers(0, max(len(skus), 1), n)
    has_click = rng.random(n) < 0.6
    for i in range(n):
        yield {
            "event_id": f"{category_id}-{i}",
            "event_time": f"{FIRST_DAY + dt.timedelta(days=int(days[i]))}T12:00:00+08:00",
            "user_id": f"{category_id}-{people[i]}",
            "session_id": f"{category_id}-{i}",
            "platform": "mall",
            "query": order[picks[i]],
            "category_id": category_id, "filters": None, "result_count": int(rng.integers(0, 40)),
            "clicked_sku_ids": [skus[clicked[i]]] if skus and has_click[i] else None, "region": None,
        }  # fmt: skip


def write(folder: Path, carrier: Carrier) -> None:
    for name, rows in (
        ("search_events", carrier.searches),
        ("products", carrier.products),
        ("order_lines", [_order(carrier)]),
    ):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "taxonomy.json").write_text(json.dumps(carrier.taxonomy, ensure_ascii=False), encoding="utf-8")
    names = {
        "search_events": "search_events.jsonl",
        "order_lines": "order_lines.jsonl",
        "products": "products.jsonl",
        "taxonomy": "taxonomy.json",
    }
    config = {"sources": {name: {"kind": "files", "path": path} for name, path in names.items()}}
    (folder / "c2b.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


def _order(carrier: Carrier) -> Row:
    """Order lines are needed; one is enough here."""
    return {
        "order_id": "o1", "line_id": 1, "status": "placed",
        "event_time": f"{carrier.as_of - dt.timedelta(days=1)}T12:00:00+08:00",
        "user_id": None, "session_id": None, "platform": "mall", "channel": "shelf",
        "sku_id": carrier.products[0]["sku_id"],
        "quantity": 1, "unit_price": 1.0, "currency": "CNY", "region": None,
    }  # fmt: skip
