"""How well features are read from real texts, and how fast.

    python -m bench.extraction --data ../shared/data --out docs-table.md

Entity level: a feature counts when its span and its type are exactly those of the label.
Taxonomies: *imported* from the public Shopify files, *mined* from 6,000 Chinese item titles,
*given* from the labels of the other half of the same data set. Texts stay in the data folder.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import ahocorasick
import duckdb
import numpy as np
import pandas as pd

from bench import extraction_data as data
from models.text.matcher import Matcher
from models.text.mined import from_texts
from models.text.words import word_table
from pipelines.taxonomy_tool import import_shopify

CORE = ("colour", "material", "quantity", "size")
TYPES = (*CORE, "audience", "season", "pattern")
LABELLED = {"multicpr_zh_fresh": CORE}  # sets that are labelled with some types only
LOG_ROWS = 5_000_000
Span = tuple[int, int, str]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="extraction", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    parser.add_argument("--out", type=Path, help="write the Markdown tables here")
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        print(f"{options.data}: no such folder; give the folder of the public data sets.", file=sys.stderr)
        return 2
    imported = Matcher(import_shopify(data.shopify_files(options.data)).taxonomy)
    mined = Matcher(from_texts(data.titles_zh(options.data, "train")))
    parts = [
        _gold(options.data, {"imported": imported, "mined": mined}),
        _passes(options.data, imported),
        _titles_en(options.data, imported),
        _titles_zh(options.data, imported),
        _segments(options.data, imported),
        _speed(options.data, imported),
    ]
    text = "\n".join(parts)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    return 0


def _gold(folder: Path, readers: dict[str, Matcher]) -> str:
    lines = [
        "| queries | taxonomy | type | labels | precision | recall | F1 |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    chinese = data.queries_zh(folder)
    sets = dict.fromkeys(("multicpr_zh", "multicpr_zh_core", "multicpr_zh_fresh"), chinese)
    sets["queries_en"] = data.queries_en(folder)
    for name, texts in sets.items():
        gold = data.gold(name)
        for split, other in itertools.permutations(sorted(gold)):
            labels = gold[split]
            given = {"given": Matcher(data.taxonomy_of_labels(gold[other], texts))}
            for label, reader in {**given, **readers}.items():
                if label == "mined" and name == "queries_en":
                    continue  # mined from Chinese titles
                counts = count(labels, {q: typed(reader, texts[q]) for q in labels})
                for kind in (*LABELLED.get(name, TYPES), "all four of the target"):
                    total = counts[kind] if kind in counts else sum((counts[t] for t in CORE), Counter())
                    lines.append(f"| {name} {split} | {label} | {kind} | {figures(total)} |")
    return "\n".join(lines) + "\n"


def _passes(folder: Path, imported: Matcher) -> str:
    """The Chinese test queries as each of two labellers saw them: how far they agree, and the reader against each."""
    texts, passes = data.queries_zh(folder), data.gold("multicpr_zh_test_passes")
    read = {query: typed(imported, texts[query]) for query in passes["first"]}
    compared = {
        "second pass against first": count(passes["first"], passes["second"]),
        "imported against first": count(passes["first"], read),
        "imported against second": count(passes["second"], read),
    }
    lines = ["| Chinese test, passes | type | labels | precision | recall | F1 |", "|---|---|--:|--:|--:|--:|"]
    for label, counts in compared.items():
        lines += [f"| {label} | {kind} | {figures(counts[kind])} |" for kind in (*CORE, "audience", "season")]
        lines.append(f"| {label} | all four of the target | {figures(sum((counts[t] for t in CORE), Counter()))} |")
    return "\n".join(lines) + "\n"


def typed(
    reader: Matcher, text: str, *, category_id: str | None = None, types: dict[str, str] | None = None
) -> set[Span]:
    """Spans of the text with their types (by attribute: ``types``), less what is not wanted."""
    types = types or data.types_of(reader.taxonomy)
    features = [
        f for f in reader.read(text, category_id=category_id).features if f.attribute in types and not f.negated
    ]
    return {(f.start, f.end, types[f.attribute]) for f in features}  # what is not wanted is labelled a feature


def count(gold: dict[str, set[Span]], found: dict[str, set[Span]]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in TYPES}
    for key, labels in gold.items():
        for span in found[key] | labels:
            if span[2] in counts:
                both = span in found[key] and span in labels
                counts[span[2]]["both" if both else "found" if span in found[key] else "missed"] += 1
    return counts


def figures(counts: Counter[str]) -> str:
    both, found, missed = counts["both"], counts["found"], counts["missed"]
    precision = both / (both + found) if both + found else float("nan")
    recall = both / (both + missed) if both + missed else float("nan")
    f1 = 2 * both / (2 * both + found + missed) if both + found + missed else float("nan")
    return f"{both + missed} | {precision:.3f} | {recall:.3f} | {f1:.3f}"


def _titles_en(folder: Path, imported: Matcher) -> str:
    """Amazon and AliExpress titles: value given in the title, exact string, per attribute kind."""
    lines = ["| titles | taxonomy | type | labels | precision | recall | F1 |", "|---|---|---|--:|--:|--:|--:|"]
    for name in ("oa-mine", "ae-110k"):
        titles = data.titles_en(folder, name)
        random.Random(1).shuffle(titles)
        half = len(titles) // 2
        given = Matcher(data.taxonomy_of_titles(titles[:half]))
        for label, reader in (("given (other half)", given), ("imported", imported)):
            types = data.types_of(reader.taxonomy)
            counts: dict[str, Counter[str]] = {}
            for title in titles[half:]:
                category = title.category if label.startswith("given") else None
                features = reader.read(title.text, category_id=category).features
                found = {(types[f.attribute], f.surface.lower()) for f in features if f.attribute in types}
                wanted = {(kind, word.lower()) for kind, word in title.labels}
                for pair in found | wanted:
                    if pair[0] in {kind for kind, _ in wanted} or pair in wanted:
                        key = "both" if pair in found and pair in wanted else "found" if pair in found else "missed"
                        counts.setdefault(pair[0], Counter())[key] += 1
            lines += [
                f"| {name} | {label} | {kind} | {figures(counts[kind])} |" for kind in sorted(counts) if kind in TYPES
            ]
    return "\n".join(lines) + "\n"


def _titles_zh(folder: Path, imported: Matcher) -> str:
    """Item titles whose brands and models are labelled: how many spans lie in one, where no feature is."""
    spans = inside = quantities = exact = 0
    types = data.types_of(imported.taxonomy)
    for text, entities in data.entities_zh(folder):
        for feature in imported.read(text).features:
            if feature.attribute not in types:
                continue
            spans += 1
            inside += any(
                kind in ("HPPX", "XH") and start <= feature.start and feature.end <= end
                for start, end, kind in entities
            )
            if types[feature.attribute] == "quantity":
                quantities += 1
                exact += any(
                    kind == "MISC" and start <= feature.start and feature.end <= end for start, end, kind in entities
                )
    return (
        "| Chinese item titles (998) | value |\n|---|--:|\n"
        f"| features read | {spans:,} |\n| of them inside a brand or model | {inside / spans:.1%} |\n"
        f"| quantities read | {quantities:,} |\n| of them inside a specification | {exact / quantities:.1%} |\n"
    )


def _segments(folder: Path, imported: Matcher) -> str:
    """English grocery queries with silver attributes: share of quantities and colours that are found."""
    counts: dict[str, Counter[str]] = {"quantity": Counter(), "colour": Counter()}
    types = data.types_of(imported.taxonomy)
    for text, attributes in data.segments_en(folder):
        found = {(types[f.attribute], f.surface.lower()) for f in imported.read(text).features if f.attribute in types}
        for kind, wanted in data.silver(attributes).items():
            got = {word for k, word in found if k == kind}
            counts[kind]["both"] += len(got & wanted)
            counts[kind]["found"] += len(got - wanted)
            counts[kind]["missed"] += len(wanted - got)
    lines = ["| English grocery queries (silver labels) | labels | precision | recall | F1 |", "|---|--:|--:|--:|--:|"]
    return "\n".join(lines + [f"| {kind} | {figures(counts[kind])} |" for kind in counts]) + "\n"


def _speed(folder: Path, reader: Matcher) -> str:
    queries = list(data.queries_zh(folder).values())
    automaton = ahocorasick.Automaton()
    for word in word_table(reader.taxonomy).senses:
        automaton.add_word(word, word)
    automaton.make_automaton()
    reader.read_many(queries[:2000])
    whole = _seconds(lambda: reader.read_many(queries))
    plain = _seconds(lambda: [list(automaton.iter(query)) for query in queries])
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, len(queries) + 1)
    log = pd.DataFrame({"query": np.array(queries, object)[rng.choice(len(queries), LOG_ROWS, p=share / share.sum())]})
    by_log = _seconds(lambda: _read_log(reader, log))
    per_distinct, per_row = whole / len(queries), by_log / len(log)
    return (
        "| speed, one core, imported taxonomy | value |\n|---|--:|\n"
        f"| distinct queries a minute | {60 / per_distinct:,.0f} |\n"
        f"| times a plain automaton pass over the same words, text by text | {whole / plain:.1f} |\n"
        f"| rows a minute of a Zipfian log of {len(log):,} rows ({log['query'].nunique():,} distinct) "
        f"| {60 / per_row:,.0f} |\n"
        f"| cost of a distinct query over cost of a row | {per_distinct / per_row:.0f} |\n"
    )


def _read_log(reader: Matcher, log: pd.DataFrame) -> int:
    """What the extract stage does: read the distinct texts, join back in DuckDB."""
    with duckdb.connect() as connection:
        connection.execute("set threads to 1")
        connection.register("log", log)
        distinct = [row[0] for row in connection.execute("select distinct query from log").fetchall()]
        readings = reader.read_many(distinct)
        read = pd.DataFrame({"query": distinct, "features": [len(reading.features) for reading in readings]})
        connection.register("read", read)
        return int(connection.execute("select sum(features) from log join read using (query)").fetchone()[0])


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()  # all of it runs on one core; other work on the machine does not count
    work()
    return time.process_time() - start


if __name__ == "__main__":
    raise SystemExit(main())
