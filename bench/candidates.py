"""The candidates benchmark: plant features and junk in real and simulated logs, see what the list shows.

    python -m bench.candidates --data ../shared/data --seeds 1 2 3

Carriers: the simulated market; with --data also real Taobao queries (pseudo-categories by head word) and
real English grocery queries (by product type), with dates, people, clicks and counts made up. Of a real
carrier one half of the queries is the past: what the software finds in it counts as known.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import json
import logging
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench.planted import SPELT_OTHERWISE, Planted, plan
from models.text.phrases import find
from models.text.runs import SHOP_TALK, Known, cut, text_of
from pipelines.candidate_words import canonical
from pipelines.lake import Lake
from pipelines.samples.market import write_market
from pipelines.samples.market_model import MarketSpec
from pipelines.stages import run_stages

Row = dict[str, Any]
DAYS = 84
FIRST_DAY = dt.date(2026, 1, 5)
TOP = 20
HEADS_ZH = ("器", "机", "套", "架", "片", "板", "灯", "包", "盒", "鞋")
HEADS_EN = {
    "care": "cream wash shampoo soap lotion serum balm spray gel conditioner sunscreen toothpaste mask scrub perfume",
    "staples": "oil powder rice dal ghee masala atta flour salt sugar oats seeds sauce mix batter",
    "snacks": "chips noodles chocolate biscuit biscuits cake bread cookies namkeen bar butter pickle",
    "drinks": "milk tea coffee water juice drink drinks curd paneer cheese",
    "home": "bag box bottle set pen cover kit cleaner brush cable liquid detergent pad pads toy paper holder diaper",
}
SEARCHES_PER_TEXT, LEAST_SEARCHES, BACKGROUND_SEARCHES = 4, 6_000, 40_000
STAGES = ("collect", "clean", "extract", "candidates")


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


@dataclass(frozen=True)
class Score:
    """What the list of one carrier and seed shows."""

    carrier: str
    seed: int
    planted: int
    in_top: int
    shown: int
    junk: dict[str, int]
    own: int
    missed: list[str]
    seconds: float


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


def plant(carrier: Carrier, phrases: list[Planted], rng: np.random.Generator) -> None:
    """Write the phrases into random searches of their categories, changing these rows in place."""
    first = carrier.as_of - dt.timedelta(days=DAYS)
    home: dict[str, list[int]] = defaultdict(list)
    category_of = {p["sku_id"]: p["category_id"] for p in carrier.products}
    for i, row in enumerate(carrier.searches):
        category_id = row["category_id"] or next((category_of.get(s) for s in row["clicked_sku_ids"] or ()), None)
        if category_id and str(first) <= row["event_time"][:10]:
            home[category_id].append(i)
    for phrase in phrases:
        rows = np.array(home[phrase.category_id])
        if not len(rows):
            continue
        day = np.array([(dt.date.fromisoformat(carrier.searches[i]["event_time"][:10]) - first).days for i in rows])
        chance = 1 / (1 + np.exp(-(day - 0.6 * DAYS) / 8.0)) if phrase.is_rising else np.ones(len(rows))
        n = int(rng.binomial(len(rows), phrase.share))
        target = _target(carrier, phrase, rng)
        for i in rng.choice(rows, n, replace=False, p=chance / chance.sum()):
            row = carrier.searches[i]
            spelt = phrase.phrase
            if phrase.variants and rng.random() < SPELT_OTHERWISE:
                spelt = phrase.variants[int(rng.integers(len(phrase.variants)))]
            row["query"] = _with(row["query"], spelt, rng)
            if target and rng.random() < 0.8:
                row["clicked_sku_ids"] = [target[int(rng.integers(len(target)))]]


def _target(carrier: Carrier, phrase: Planted, rng: np.random.Generator) -> list[str]:
    """Where people who type a name end up: some products of one brand, or one product."""
    products = [p for p in carrier.products if p["category_id"] == phrase.category_id]
    if phrase.leads_to is None or not products:
        return []
    first = products[int(rng.integers(len(products)))]
    if phrase.leads_to == "product":
        return [first["sku_id"]]
    mine = [p for p in products if p["brand"] == first["brand"]]
    if phrase.kind == "listed brand":
        for product in mine:
            product["brand"] = phrase.phrase
    return [p["sku_id"] for p in mine]


def _with(query: str, phrase: str, rng: np.random.Generator) -> str:
    """The phrase before or after the query, in Chinese also inside at a space; Chinese often without a space."""
    gap = "" if not phrase.isascii() and rng.random() < 0.5 else " "
    luck = rng.random()
    if " " in query and luck < 0.3 and not query.isascii():
        head, tail = query.split(" ", 1)
        return f"{head} {phrase}{gap}{tail}"
    return f"{query}{gap}{phrase}" if luck < 0.65 else f"{phrase}{gap}{query}"


def run_one(name: str, seed: int, data: Path | None, *, n_features: int = 50, keep: Path | None = None) -> Score:
    """One carrier and seed: plant, run the stages, score the lists."""
    rng = np.random.default_rng([seed, 42])
    carrier = CARRIERS[name](seed, data)
    phrases = plan(
        carrier.categories, carrier.words, n_features=n_features, english_share=carrier.english_share, rng=rng
    )
    text = "\n".join(row["query"].lower() for row in carrier.searches)
    phrases = [p for p in phrases if p.kind != "feature" or p.phrase not in text]
    phrases += [
        Planted(p.phrase, p.kind, "other", p.share, p.is_rising)
        for p in phrases
        if p.kind == "marketing" and p.category_id == carrier.categories[0]
    ]
    plant(carrier, phrases, rng)
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep / f"{name}-{seed}" if keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, carrier)
        run_stages(STAGES[:-1], config=folder / "c2b.yaml", as_of=carrier.as_of)
        start = time.perf_counter()
        run_stages(STAGES[-1:], config=folder / "c2b.yaml", as_of=carrier.as_of)
        seconds = time.perf_counter() - start
        rows = Lake(folder / "lake").read("mart_candidates").to_pylist()
    return score(name, seed, phrases, [row for row in rows if row["category_id"] in carrier.categories], seconds)


def _write(folder: Path, carrier: Carrier) -> None:
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


def score(name: str, seed: int, phrases: list[Planted], rows: list[Row], seconds: float) -> Score:
    """Planted features in the top, and what else stands there: junk, pieces of what was planted, the carrier's own."""
    top = [row for row in rows if row["rank"] <= TOP]
    shown = {(row["category_id"], canonical(s)) for row in top for s in (row["phrase"], *row["variants"])}
    features = [p for p in phrases if p.kind == "feature"]
    hit = [p for p in features if (p.category_id, canonical(p.phrase)) in shown]
    junk: Counter[str] = Counter()
    own = 0
    for row in top:
        kind = _kind(row, [p for p in phrases if p.category_id == row["category_id"]])
        if kind is None:
            own += 1
        elif kind != "feature":
            junk[kind] += 1
    missed = [f"{p.phrase} ({p.category_id}, {100 * p.share:.2f} %)" for p in features if p not in hit]
    return Score(name, seed, len(features), len(hit), len(top), dict(junk), own, missed, seconds)


def _kind(row: Row, phrases: list[Planted]) -> str | None:
    """Kind of a listed phrase: a planted one, a piece (holds or is part of one), or None: the carrier's own."""
    spelt = [canonical(s).replace(" ", "") for s in (row["phrase"], *row["variants"])]
    by_text = {canonical(p.phrase).replace(" ", ""): p.kind for p in phrases}
    for text in spelt:
        if text in by_text:
            return by_text[text]
    for text, kind in by_text.items():
        if spelt[0] in text or text in spelt[0]:
            return "piece" if kind == "feature" else kind
    return None


def report(scores: Sequence[Score]) -> str:
    """A Markdown table."""
    lines = [
        "| carrier | seed | planted | in the top 20 | share | rows shown | planted junk and pieces | share "
        "| carrier's own | seconds |",
        "|---|--:|--:|--:|--:|--:|---|--:|--:|--:|",
    ]
    for s in scores:
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(s.junk.items())) or "none"
        lines.append(
            f"| {s.carrier} | {s.seed} | {s.planted} | {s.in_top} | {100 * s.in_top / s.planted:.0f} % | {s.shown} "
            f"| {kinds} | {100 * sum(s.junk.values()) / max(s.shown, 1):.0f} % | {s.own} | {s.seconds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--carriers", nargs="+", choices=sorted(CARRIERS), help="default: market, with --data all three"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--data", type=Path, help="folder of the public data sets")
    parser.add_argument("--keep", type=Path, help="keep the workspaces here")
    options = parser.parse_args(arguments)
    logging.getLogger("c2b").setLevel(logging.ERROR)
    scores = []
    for name in options.carriers or (sorted(CARRIERS) if options.data else ["market"]):
        for seed in options.seeds:
            scores.append(run_one(name, seed, options.data, keep=options.keep))
            last = scores[-1]
            missed = "; ".join(last.missed) or "none"
            print(f"{name} {seed}: {last.in_top}/{last.planted}; missed: {missed}", flush=True)
    print(report(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
