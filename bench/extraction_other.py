"""How well features are read from queries in other languages than Chinese and English.

    python -m bench.extraction_other --data ../shared/data --out docs-table.md

Entity level, as in ``bench.extraction``. The queries (``gold/queries_other.tsv``) and the taxonomies
(``gold/taxonomies_other.jsonl``: dictionary forms only) were made up by who wrote the rules. Taxonomies:
*imported* from the public Shopify files in English and Chinese, with the lexicon in the query's language;
*given* in the query's language.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench import extraction_data as data
from bench.extraction import CORE, Span, count, figures, typed
from models.text.matcher import Matcher
from models.text.taxonomy import Taxonomy, from_rows
from pipelines.taxonomy_tool import import_shopify

SPLITS = ("look", "check", "fresh", "last")
UNREAD = frozenset({"check", "last"})  # only their figures are looked at
_GOLD = Path(__file__).parent / "gold"


@dataclass(frozen=True)
class Query:
    language: str
    split: str
    text: str
    labels: frozenset[Span]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="extraction_other", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    parser.add_argument("--out", type=Path, help="write the Markdown tables here")
    parser.add_argument(
        "--errors", action="store_true", help="print what is missed and wrong in look, fresh, never in check and last"
    )
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        print(f"{options.data}: no such folder; give the folder of the public data sets.", file=sys.stderr)
        return 2
    imported = import_shopify(data.shopify_files(options.data)).taxonomy
    text = _table(queries(), imported, shows_errors=options.errors)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    return 0


def queries() -> list[Query]:
    with (_GOLD / "queries_other.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return [Query(row["language"], row["split"], row["text"], frozenset(_spans(row["labels"]))) for row in rows]


def _spans(labels: str) -> list[Span]:
    return [
        (int(start), int(end), kind)
        for place, kind in (label.split(":") for label in labels.split())
        for start, end in [place.split("-")]
    ]


def given(language: str) -> Taxonomy:
    """The taxonomy that a shop would write in ``language``."""
    lines = (_GOLD / "taxonomies_other.jsonl").read_text(encoding="utf-8").splitlines()
    return from_rows(row for row in map(json.loads, lines) if language in row["names"])


def _table(found: list[Query], imported: Taxonomy, *, shows_errors: bool) -> str:
    counts: dict[tuple[str, str, str, str], Counter[str]] = {}
    languages = list(dict.fromkeys(query.language for query in found))
    for language in languages:
        readers = {
            "imported": Matcher(imported, languages=frozenset({language, "en"})),
            "given": Matcher(given(language)),
        }
        types = {"imported": data.types_of(imported), "given": _types(readers["given"].taxonomy)}
        for query in (q for q in found if q.language == language):
            for name, reader in readers.items():
                category = f"shop_{language}" if name == "given" else None
                read = typed(reader, query.text, category_id=category, types=types[name])
                for kind, one in count({"": set(query.labels)}, {"": read}).items():
                    counts.setdefault((query.split, name, language, kind), Counter()).update(one)
                if shows_errors and query.split not in UNREAD:
                    _show(name, query, read)
    return "\n".join([*_by_language(counts, languages), "", *_by_type(counts, languages)]) + "\n"


def _types(taxonomy: Taxonomy) -> dict[str, str]:
    """Attribute → type of label of a given taxonomy, which has one category."""
    return {a.attribute: "quantity" if a.unit else a.attribute for a in taxonomy.categories[0].attributes}


def _by_language(counts: dict[tuple[str, str, str, str], Counter[str]], languages: list[str]) -> list[str]:
    columns = [(name, split) for name in ("imported", "given") for split in SPLITS]
    lines = [
        f"| language | {' | '.join(f'{name}, {split}' for name, split in columns)} |",
        "|---" * (1 + len(columns)) + "|",
    ]
    for label, some in [*((language, [language]) for language in languages), ("all", languages)]:
        cells = [
            _cell(sum((counts.get((split, name, one, kind), Counter()) for one in some for kind in CORE), Counter()))
            for name, split in columns
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return lines


def _by_type(counts: dict[tuple[str, str, str, str], Counter[str]], languages: list[str]) -> list[str]:
    lines = [f"| all languages | {' | '.join(CORE)} |", "|---" * 5 + "|"]
    for name in ("imported", "given"):
        for split in SPLITS:
            cells = [
                _cell(sum((counts.get((split, name, one, kind), Counter()) for one in languages), Counter()))
                for kind in CORE
            ]
            lines.append(f"| {name}, {split} | {' | '.join(cells)} |")
    return lines


def _cell(counts: Counter[str]) -> str:
    if not counts:
        return ""
    labels, precision, recall, _ = figures(counts).split(" | ")
    return f"{precision} / {recall}, {labels}"


def _show(name: str, query: Query, read: set[Span]) -> None:
    missed, wrong = query.labels - read, {span for span in read if span[2] in CORE} - query.labels
    for sign, spans in (("missed", missed), ("wrong", wrong)):
        for start, end, kind in sorted(spans):
            print(f"{query.language} {name} {sign} {kind} {query.text[start:end]!r} in {query.text!r}")


if __name__ == "__main__":
    raise SystemExit(main())
