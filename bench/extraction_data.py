"""Public data sets with labels, as the extraction benchmark reads them."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.text.lexicon import kind_of, packs
from models.text.normalise import fold
from models.text.quantities import find_quantities
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy, Value

Span = tuple[int, int, str]
_GOLD = Path(__file__).parent / "gold"
_QUANTITY_NAMES = re.compile(
    r"\b(?:pack|count|capacity|volume|weight|length|width|height|diameter|power|voltage)\b", re.I
)


# measures that the guidelines count elsewhere: money, and the stage of a milk powder, which is a standard
_OTHER_KIND = {"Price": "price", "Stage": "size"}


@dataclass(frozen=True)
class Title:
    text: str
    category: str
    labels: tuple[tuple[str, str], ...]  # kind, words


def shopify_files(folder: Path) -> list[Path]:
    return sorted((folder / "shopify_taxonomy").glob("dist_*_attributes.json")) + sorted(
        (folder / "shopify_taxonomy").glob("dist_*_categories.txt")
    )


def queries_zh(folder: Path) -> dict[str, str]:
    lines = (folder / "multicpr_ecom_queries_zh" / "data_ecom_train.query.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines)


def queries_en(folder: Path) -> dict[str, str]:
    with (folder / "query_segments_en" / "data_Queries.csv").open(encoding="utf-8") as file:
        found = {f"seg{i}": row["query"] for i, row in enumerate(csv.DictReader(file))}
    with (folder / "wands_queries_en" / "dataset_query.csv").open(encoding="utf-8") as file:
        return found | {f"wands{row['query_id']}": row["query"] for row in csv.DictReader(file, delimiter="\t")}


def gold(name: str) -> dict[str, dict[str, set[Span]]]:
    """Split → query id → spans."""
    found: dict[str, dict[str, set[Span]]] = {}
    with (_GOLD / f"{name}.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            spans = found.setdefault(row["split"], {}).setdefault(row["query_id"], set())
            if row["type"]:
                spans.add((int(row["start"]), int(row["end"]), row["type"]))
    return found


def taxonomy_of_labels(labels: dict[str, set[Span]], texts: dict[str, str]) -> Taxonomy:
    """The values that people labelled, each its own value: what a shop's own taxonomy would list."""
    words: dict[str, set[str]] = defaultdict(set)
    for query_id, spans in labels.items():
        for start, end, kind in spans:
            words[kind].add(fold(texts[query_id][start:end]))
    return Taxonomy(
        (
            Category(
                ANY,
                (),
                tuple(Attribute(kind, tuple(Value(word) for word in sorted(words[kind]))) for kind in sorted(words)),
            ),
        )
    )


def types_of(taxonomy: Taxonomy) -> dict[str, str]:
    """Attribute → type of label: its kind in the lexicon, quantity for one with a unit."""
    found = {}
    kinds = {"colour", "material", "quantity", "size", "pattern", "audience", "season"}
    for category in taxonomy.categories:
        for attribute in category.attributes:
            if attribute.attribute in kinds:
                found[attribute.attribute] = attribute.attribute
            elif category.category_id == ANY and attribute.unit:
                found[attribute.attribute] = _OTHER_KIND.get(attribute.attribute, "quantity")
            elif kind := (
                kind_of(attribute) if category.category_id == ANY else kind_of(Attribute(attribute.attribute, ()))
            ):
                found[attribute.attribute] = kind
    return found


def titles_en(folder: Path, name: str) -> list[Title]:
    path = folder / "title_attributes_en" / f"data_processed_datasets_{name}_train.jsonl"
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        labels = []
        for attribute, values in row["target_scores"].items():
            kind = kind_of(Attribute(attribute, ())) or ("quantity" if _QUANTITY_NAMES.search(attribute) else None)
            labels += [(kind, word) for word in values if word != "n/a" and kind is not None]
        found.append(Title(row["input"], row["category"], tuple(labels)))
    return found


def taxonomy_of_titles(titles: list[Title]) -> Taxonomy:
    words: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for title in titles:
        for kind, word in title.labels:
            words[title.category][kind].add(word)
    return Taxonomy(
        tuple(
            Category(
                category,
                (),
                tuple(
                    Attribute(kind, tuple(Value(word) for word in sorted(found)))
                    for kind, found in sorted(kinds.items())
                ),
            )
            for category, kinds in sorted(words.items())
        )
    )


def entities_zh(folder: Path, part: str = "dev") -> Iterator[tuple[str, list[Span]]]:
    """Item titles with their labelled stretches: product, brand, model, specification."""
    text, spans = "", []
    for line in (folder / "title_ner_zh" / f"data_ecommerce_{part}.txt").read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            if text:
                yield text, spans
            text, spans = "", []
            continue
        char, tag = line[0], line.rstrip("\r")[2:]
        if tag.startswith("B-"):
            spans.append((len(text), len(text) + 1, tag[2:]))
        elif tag.startswith("I-") and spans:
            spans[-1] = (spans[-1][0], len(text) + 1, spans[-1][2])
        text += char
    if text:
        yield text, spans


def titles_zh(folder: Path, part: str) -> list[str]:
    return [text for text, _ in entities_zh(folder, part)]


def segments_en(folder: Path) -> Iterator[tuple[str, list[str]]]:
    with (folder / "query_segments_en" / "data_Queries.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["query"], [str(word) for word in ast.literal_eval(row["attributes"] or "[]")]


def silver(attributes: list[str]) -> dict[str, set[str]]:
    """Silver attributes that are wholly a quantity or a colour."""
    colours = packs()["colour"].concept_of
    found: dict[str, set[str]] = {"quantity": set(), "colour": set()}
    for word in map(str.lower, attributes):
        quantities = find_quantities(fold(word))
        if len(quantities) == 1 and (quantities[0].start, quantities[0].end) == (0, len(fold(word))):
            found["quantity"].add(word)
        elif fold(word) in colours:
            found["colour"].add(word)
    return found
