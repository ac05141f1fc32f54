"""The candidates benchmark: plant features and junk in real and simulated logs, see what the list shows.

    python -m bench.candidates --data ../shared/data --seeds 1 2 3

Carriers: the simulated market; with --data also real Taobao queries (pseudo-categories by head word) and
real English grocery queries (by product type), with dates, people, clicks and counts made up. Of a real
carrier one half of the queries is the past: what the software finds in it counts as known.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.carriers import CARRIERS, DAYS, Carrier, Row, write
from bench.planted import SPELT_OTHERWISE, Planted, plan
from pipelines.candidate_words import canonical
from pipelines.lake import Lake
from pipelines.learnt_words import learnt_words
from pipelines.stages import run_stages

TOP = 20
STAGES = ("collect", "clean", "extract", "learn", "candidates")


@dataclass(frozen=True)
class Score:
    """What the list of one carrier and seed shows, and words read as a known value, planted ones among them."""

    carrier: str
    seed: int
    planted: int
    in_top: int
    shown: int
    junk: dict[str, int]
    own: int
    missed: list[str]
    seconds: float
    linked: list[str]
    linked_planted: list[str]


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
        write(folder, carrier)
        run_stages(STAGES[:-1], config=folder / "c2b.yaml", as_of=carrier.as_of)
        start = time.perf_counter()
        run_stages(STAGES[-1:], config=folder / "c2b.yaml", as_of=carrier.as_of)
        seconds = time.perf_counter() - start
        rows = Lake(folder / "lake").read("mart_candidates").to_pylist()
        learnt = learnt_words(Lake(folder / "lake"))
    listed = [row for row in rows if row["category_id"] in carrier.categories]
    return score(name, seed, phrases, listed, seconds, learnt)


def score(name: str, seed: int, phrases: list[Planted], rows: list[Row], seconds: float, learnt: list[Row]) -> Score:
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
    links = [f"{w['phrase']} ({w['attribute']}={w['value']})" for w in learnt]
    false = [link for w, link in zip(learnt, links, strict=True)
             if _kind(w, [p for p in phrases if p.category_id == w["category_id"]]) is not None]  # fmt: skip
    return Score(name, seed, len(features), len(hit), len(top), dict(junk), own, missed, seconds, links, false)


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
        "| carrier's own | seconds | read as a value | of these planted |",
        "|---|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|",
    ]
    for s in scores:
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(s.junk.items())) or "none"
        lines.append(
            f"| {s.carrier} | {s.seed} | {s.planted} | {s.in_top} | {100 * s.in_top / s.planted:.0f} % | {s.shown} "
            f"| {kinds} | {100 * sum(s.junk.values()) / max(s.shown, 1):.0f} % | {s.own} | {s.seconds:.1f} "
            f"| {len(s.linked)} | {len(s.linked_planted)} |"
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
            print(
                f"{name} {seed}: {last.in_top}/{last.planted}; missed: {missed}; read as a value: {last.linked}",
                flush=True,
            )
    print(report(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
