"""How well crawlers and brushed orders are found, and what is left of their harm.

    python -m bench.cleaning --out table.md

Simulates a market without any, adds fakes of one kind at 1 to 30 % of the searches or orders of its last
weeks (bench/injection.py), cleans, and compares verdicts with what was added. Then measures the gaps with
the filter off, on and strict against those of the market before anything was added. ``--orders-only`` does
the same where there is no search log.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import yaml

from bench.injection import BRUSHERS, CRAWLERS, Fakes, Kind, Row, Shop
from pipelines.lake import Lake
from pipelines.publish import read_mart
from pipelines.samples.market import write_market
from pipelines.samples.market_catalogue import PLATFORMS
from pipelines.samples.market_model import MarketSpec
from pipelines.settings import load_settings
from pipelines.stages import run_stages

FAKE_DAYS = 35
SHARES = (1, 5, 10, 20, 30)
NEVER = 1e9
LEVELS = {
    "off": {"grey_score": NEVER, "fake_score": NEVER},
    "on": {},
    "strict": {"grey_score": 4.0, "fake_score": 4.0},
}


@dataclass(frozen=True)
class Base:
    """A clean market on disk: its files, and how many searches and orders its last weeks have."""

    folder: Path
    spec: MarketSpec
    shop: Shop
    searches: int
    orders: int
    has_searches: bool


@dataclass(frozen=True)
class Found:
    """Verdicts against labels: counts of rows."""

    fake: int
    honest: int
    fake_hit: int
    honest_hit: int
    fake_grey: int
    honest_grey: int

    def row(self) -> list[str]:
        hit = self.fake_hit + self.honest_hit
        return [
            f"{self.fake_hit / hit:.3f}" if hit else "-",
            f"{self.fake_hit / max(self.fake, 1):.3f}",
            f"{(self.fake_hit + self.fake_grey) / max(self.fake, 1):.3f}",
            f"{100 * self.honest_hit / self.honest:.2f}",
            f"{100 * (self.honest_hit + self.honest_grey) / self.honest:.2f}",
        ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="cleaning", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--shares", type=int, nargs="+", default=list(SHARES))
    parser.add_argument("--gap-shares", type=int, nargs="*", default=[10, 30])
    parser.add_argument("--kinds", nargs="+", default=[*CRAWLERS, *BRUSHERS])
    parser.add_argument("--orders-only", action="store_true")
    parser.add_argument("--out", type=Path, help="write the Markdown tables here")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        base = make_base(Path(name) / "base", options.seed, has_searches=not options.orders_only)
        truth = {"": gaps_of(base.folder, base, "off")} if options.gap_shares else {}
        verdicts, harm = [], []
        for kind in options.kinds:
            if options.orders_only and kind in CRAWLERS:
                continue
            for share in options.shares:
                folder = Path(name) / "run"
                found, _ = inject(base, folder, kind, share, options.seed)
                verdicts.append([kind, f"{share} %", f"{found.fake:,}", *found.row()])
                print(*verdicts[-1], sep="\t", flush=True)
                if share in options.gap_shares:
                    harm.append([kind, f"{share} %", *harm_of(base, folder, truth[""])])
                    print(*harm[-1], sep="\t", flush=True)
                shutil.rmtree(folder)
    text = tables(verdicts, harm)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")
    return 0


def make_base(folder: Path, seed: int, *, has_searches: bool) -> Base:
    """A market of 120 days without crawlers and brushed orders, collected."""
    spec = MarketSpec(seed, n_days=120, searches=48_000, order_rows=30_000, crawler_share=0.0, brushing_share=0.0)
    paths = write_market(folder, spec=spec)
    first = spec.as_of - timedelta(days=FAKE_DAYS)
    products = [json.loads(line) for line in paths.products.open(encoding="utf-8")]
    taxonomy = json.loads(paths.taxonomy.read_text(encoding="utf-8"))
    texts = [
        (f"{word} {category['names']['zh']}", category["category_id"])
        for category in taxonomy
        for attribute in category["attributes"]
        for value in attribute["values"]
        for word in value["synonyms"]
    ]
    late = [p for p in products if p["launched_on"] <= str(first)]
    shop = Shop(
        tuple(texts),
        tuple(p["sku_id"] for p in late),
        {p["sku_id"]: p["list_price"] for p in products},
        first,
        FAKE_DAYS,
        PLATFORMS[0],
    )
    searches = sum(1 for row in _rows(paths.search_events) if row["event_time"] >= str(first))
    orders = sum(1 for r in _rows(paths.order_lines) if r["event_time"] >= str(first) and r["status"] == "placed")
    return Base(folder, spec, shop, searches, orders, has_searches)


def _rows(folder: Path) -> Iterable[Row]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            yield from map(json.loads, stream)


def inject(base: Base, folder: Path, kind: str, share: int, seed: int) -> tuple[Found, Fakes]:
    """Copy the market, add ``share`` % fakes of ``kind`` (of all rows, fakes included), collect and clean."""
    shutil.copytree(base.folder / "logs", folder / "logs")
    for name in ("products.jsonl", "stock_levels.csv", "manufacturers.jsonl", "taxonomy.json"):
        shutil.copy2(base.folder / name, folder / name)
    make: Kind = (CRAWLERS | BRUSHERS)[kind]
    of = base.searches if kind in CRAWLERS else base.orders
    n = round(of * share / (100 - share))
    fakes = make(base.shop, n, np.random.default_rng([seed, share, *kind.encode()]))
    for dataset, rows in (("search_events", fakes.searches), ("order_lines", fakes.orders)):
        content = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
        (folder / "logs" / dataset / "9999-fakes.jsonl.gz").write_bytes(gzip.compress(content))
    config = _configure(folder, base, "on")
    run_stages(("collect", "clean"), config=config, as_of=base.spec.as_of)
    return compare(Lake(load_settings(config).lake_folder), base.shop.first_day, fakes, kind), fakes


def _configure(folder: Path, base: Base, level: str) -> Path:
    sources = {
        "search_events": "logs/search_events/*.jsonl.gz",
        "order_lines": "logs/order_lines/*.jsonl.gz",
        "products": "products.jsonl",
        "stock_levels": "stock_levels.csv",
        "manufacturers": "manufacturers.jsonl",
        "taxonomy": "taxonomy.json",
    }
    if not base.has_searches:
        del sources["search_events"]
    content = {"sources": {k: {"path": v} for k, v in sources.items()}, "cleaning": LEVELS[level]}
    (folder / "c2b.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder / "c2b.yaml"


def compare(lake: Lake, first: date, fakes: Fakes, kind: str) -> Found:
    """Searches of a crawler, placed lines of a brusher; from ``first`` on, where fakes are."""
    if kind in CRAWLERS:
        rows = lake.read("stg_searches").select(["event_id", "verdict", "business_date"]).to_pandas()
        labels = {row["event_id"] for row in fakes.searches}
        is_fake = rows["event_id"].isin(labels)
        verdict = rows["verdict"]
    else:
        judged = lake.read("int_verdicts").select(["subject", "subject_kind", "verdict"]).to_pandas()
        worst = judged[judged["subject_kind"] == "order_line"].groupby("subject")["verdict"].min()
        rows = lake.read("stg_order_events").select(["order_id", "line_id", "status", "business_date"]).to_pandas()
        rows = rows[rows["status"] == "placed"]
        labels = {row["order_id"] for row in fakes.orders}
        is_fake = rows["order_id"].isin(labels)
        verdict = (rows["order_id"] + "/" + rows["line_id"].astype(str)).map(worst).fillna("human")
    recent = rows["business_date"] >= first
    hit, grey = verdict.isin(["crawler", "brushed"]), verdict == "grey"
    return Found(
        fake=int(is_fake.sum()),
        honest=int((~is_fake & recent).sum()),
        fake_hit=int((hit & is_fake).sum()),
        honest_hit=int((hit & ~is_fake & recent).sum()),
        fake_grey=int((grey & is_fake).sum()),
        honest_grey=int((grey & ~is_fake & recent).sum()),
    )


Gaps = dict[tuple[str, str, str], float]


def gaps_of(folder: Path, base: Base, level: str) -> Gaps:
    """Gap units by category, attribute and value, with the verdicts of ``level``."""
    config = _configure(folder, base, level)
    run_stages(("collect", "clean", "extract", "signal", "gap"), config=config, as_of=base.spec.as_of)
    rows = read_mart(Lake(load_settings(config).lake_folder), "mart_gaps", base.spec.as_of)
    return {
        (str(r["category_id"]), str(r["attribute"]), str(r["value"])): float(r["gap_units"])  # type: ignore[arg-type]
        for r in rows
    }


def harm_of(base: Base, folder: Path, truth: Gaps) -> list[str]:
    """Per level: units of the ten largest gaps beside those without fakes, and how many of the ten are the same."""
    real = sorted(truth, key=lambda key: -truth[key])[:10]
    cells = []
    for level in LEVELS:
        seen = gaps_of(folder, base, level)
        top = sorted(seen, key=lambda key: -seen[key])[:10]
        change = sum(seen[key] for key in top) / sum(truth[key] for key in real) - 1
        cells.append(f"{100 * change:+.0f} %, {len(set(top) & set(real))}")
    return cells


def verdict_table(verdicts: list[list[str]]) -> str:
    head = "| kind | share | fakes | precision | recall | recall with grey | honest quarantined % | with grey % |"
    return "\n".join([head, "|---|--:|--:|--:|--:|--:|--:|--:|", *(f"| {' | '.join(row)} |" for row in verdicts)])


def tables(verdicts: list[list[str]], harm: list[list[str]]) -> str:
    lines = [
        verdict_table(verdicts),
        "",
        "| kind | share | off | on | strict |",
        "|---|--:|--:|--:|--:|",
        *(f"| {' | '.join(row)} |" for row in harm),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
