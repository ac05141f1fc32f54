"""Words that second markets' taxonomies lack: found and linked right, linked wrong, or left.

`python -m bench.second_market.words --seeds 1 2 3` runs collect to learn on each market twice: as it is (one word in
ten is missing), and with every value that nobody sells taken out of the taxonomy and of the filters, so that its words
are truly new and any link of them is false.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.second_market.catalogue import CATEGORIES, Category
from bench.second_market.history import simulate
from bench.second_market.logs import write
from bench.second_market.scenario import FAMILIES, Scenario, make_scenario
from bench.second_market.world import make_market
from models.text.normalise import fold
from pipelines import extract
from pipelines.lake import Lake
from pipelines.learnt_words import learnt_words
from pipelines.stages import run_stages

Row = dict[str, Any]
STAGES = ("collect", "clean", "extract", "learn")
OUTCOMES = ("read without", "linked right", "linked wrong", "left")
LEAST_SHARE = 0.001  # of a category's searches: rarer words make no difference
_BY_ID = {category.category_id: category for category in CATEGORIES}


@dataclass(frozen=True)
class Missing:
    """A word that shoppers use and the taxonomy lacks: what became of it, and its share of the category's searches."""

    category_id: str
    feature: str
    word: str
    is_sold: bool
    outcome: str
    search_share: float


def judge(folder: Path) -> tuple[list[Missing], list[Row]]:
    """Every word that is missing in a market that was run, and the links that are false."""
    lake = Lake(folder / "lake")
    taxonomy, products = extract.given_taxonomy(lake), lake.read("raw_products").to_pylist()
    matcher = extract.catalogue_matcher(taxonomy, products)
    searches = lake.read("stg_searches").select(["query", "category_hint"]).to_pylist()
    found, false = [], []
    for listed in taxonomy.categories:
        category, category_id = _BY_ID[listed.category_id], listed.category_id
        texts = Counter(fold(row["query"]) for row in searches if row["category_hint"] == category_id)
        words = [w for w in learnt_words(lake) if w["category_id"] == category_id]
        links = {fold(s): (w["attribute"], w["value"]) for w in words for s in (w["phrase"], *w["variants"])}
        false += [w for w in words if not _means(category, fold(w["phrase"]), (w["attribute"], w["value"]))]
        known = {
            (a.attribute, v.value): {*map(fold, (v.value, *v.synonyms))} for a in listed.attributes for v in a.values
        }
        sold = {pair for product in products if product["category_id"] == category_id for pair in _pairs(product)}
        for key, forms in _forms(category).items():
            for word in sorted(forms - known.get(key, set())):
                read = {(f.attribute, f.value) for f in matcher.read(word, category_id=category_id).features}
                share = _said(word, category, texts) / max(sum(texts.values()), 1)
                outcome = _outcome(key, read, links.get(word))
                found.append(Missing(category_id, "=".join(key), word, key in sold, outcome, share))
    return found, false


def _pairs(product: Row) -> list[tuple[str, str]]:
    return [(attribute, value) for attribute, values in dict(product["attributes"]).items() for value in values]


def _forms(category: Category) -> dict[tuple[str, str], set[str]]:
    """Attribute and value → folded words."""
    return {(a.name, v.name): {*map(fold, (v.name, *v.zh, *v.en))} for a in category.attributes for v in a.values}


def _said(word: str, category: Category, texts: Counter[str]) -> int:
    """Searches with a word that is no piece of a longer one."""
    longer = [form for forms in _forms(category).values() for form in forms if word in form and form != word]
    return sum(n for text, n in texts.items() if word in text and not any(form in text for form in longer))


def _outcome(key: tuple[str, str], read: set[tuple[str, str]], link: tuple[str, str] | None) -> str:
    if key in read:
        return "read without"
    if link is None:
        return "left"
    return "linked right" if link == key else "linked wrong"


def _means(category: Category, phrase: str, link: tuple[str, str]) -> bool:
    """Whether a phrase is a word for the value, or a piece of its words."""
    forms = _forms(category)
    exact = {key for key, words in forms.items() if phrase in words}
    return link in (exact or {key for key, words in forms.items() if any(phrase in word for word in words)})


def without_unsold(rows: list[Row], products: list[Row]) -> tuple[list[Row], set[tuple[str, str, str]]]:
    """The taxonomy without values that no product has, and which these are; two values stay in each attribute."""
    sold = {(p["category_id"], a, v) for p in products for a, values in p["attributes"].items() for v in values}
    gone = set()
    for row in rows:
        for attribute in row["attributes"]:
            unsold = [
                v for v in attribute["values"] if (row["category_id"], attribute["attribute"], v["value"]) not in sold
            ]
            if attribute["unit"] is None and len(attribute["values"]) - len(unsold) >= 2:
                attribute["values"] = [v for v in attribute["values"] if v not in unsold]
                gone |= {(row["category_id"], attribute["attribute"], v["value"]) for v in unsold}
    return rows, gone


def prepare(market: Path, folder: Path, *, with_new: bool) -> None:
    """Copy a market's files; ``with_new`` takes the values that nobody sells out of taxonomy and filters."""
    (folder / "data").mkdir(parents=True)
    for path in sorted((market / "data").iterdir()):
        (folder / "data" / path.name).write_bytes(path.read_bytes())
    (folder / "c2b.yaml").write_text((market / "c2b.yaml").read_text("utf-8"), "utf-8")
    if not with_new:
        return
    data = folder / "data"
    products = [json.loads(line) for line in (data / "products.jsonl").read_text("utf-8").splitlines()]
    taxonomy, gone = without_unsold(json.loads((data / "taxonomy.json").read_text("utf-8")), products)
    (data / "taxonomy.json").write_text(json.dumps(taxonomy, ensure_ascii=False), "utf-8")
    lines = gzip.decompress((data / "search_events.jsonl.gz").read_bytes()).decode().splitlines()
    unlisted = {(attribute, value) for _, attribute, value in gone}
    searches = []
    for row in map(json.loads, lines):
        kept = {a: [v for v in vs if (a, v) not in unlisted] for a, vs in (row["filters"] or {}).items()}
        row["filters"] = {a: vs for a, vs in kept.items() if vs} or None
        searches.append(json.dumps(row, ensure_ascii=False) + "\n")
    (data / "search_events.jsonl.gz").write_bytes(gzip.compress("".join(searches).encode(), 3, mtime=0))


def run_one(scenario: Scenario, work: Path, *, with_new: bool) -> tuple[list[Missing], list[Row]]:
    """Simulate a market unless its files are in ``work``, run it to the words learnt, and judge these."""
    market = work / f"{scenario.family}-{scenario.seed}"
    if not (market / "c2b.yaml").exists():
        write(scenario, [simulate(shop) for shop in make_market(scenario)], market)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "market"
        prepare(market, folder, with_new=with_new)
        run_stages(STAGES, config=folder / "c2b.yaml", as_of=scenario.as_of)
        return judge(folder)


def report(counted: dict[str, list[Missing]], false: int) -> str:
    """A Markdown table: words by outcome, and their share of searches, summed over categories in per cent."""
    lines = [f"| missing word | {' | '.join(OUTCOMES)} |", "|---|" + "--:|" * len(OUTCOMES)]
    for group, words in counted.items():
        cells = []
        for outcome in OUTCOMES:
            mine = [one.search_share for one in words if one.outcome == outcome]
            cells.append(f"{len(mine)} ({100 * sum(mine):.1f} %)" if mine else "0")
        lines.append(f"| {group} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"False links, pieces and other phrases among them: {false}."])


def main() -> int:
    """Print what became of each missing word, then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--family", choices=FAMILIES, nargs="+", default=["base"])
    parser.add_argument("--work", type=Path, help="folder that keeps the markets' files, or has them already")
    options = parser.parse_args()
    logging.getLogger("c2b").setLevel(logging.ERROR)
    work = options.work or Path(tempfile.mkdtemp(prefix="second_market_words_"))
    counted: dict[str, list[Missing]] = {"value on sale": [], "value nobody sells": [], "new value": []}
    links = 0
    for scenario in (make_scenario(seed, family) for family in options.family for seed in options.seeds):
        for with_new in (False, True):
            missing, false = run_one(scenario, work, with_new=with_new)
            links += len(false)
            for one in missing:
                if one.search_share >= LEAST_SHARE and not (with_new and one.is_sold):
                    group = "value on sale" if one.is_sold else "new value" if with_new else "value nobody sells"
                    counted[group].append(one)
                    print(f"{scenario.family}-{scenario.seed} {group}: {one}", flush=True)
            for word in false:
                print(f"{scenario.family}-{scenario.seed} false: {word}", flush=True)
    print(report(counted, links))
    return 0


if __name__ == "__main__":
    sys.exit(main())
