"""Words that were learnt from shoppers (mart_learnt_words), and how they join the taxonomy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from models.text.merge import merge
from models.text.normalise import fold
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy, Value
from pipelines.lake import Lake

TABLE = "mart_learnt_words"


def learnt_words(lake: Lake) -> list[dict[str, Any]]:
    """Rows of mart_learnt_words; none where nothing was learnt yet."""
    return list(lake.read(TABLE).to_pylist())


def meaning_of(lake: Lake, category_id: str, word: str) -> tuple[str, str] | None:
    """Attribute and value that a learnt word is read as; None where it was not learnt."""
    for row in learnt_words(lake):
        if row["category_id"] == category_id and fold(word) in map(fold, (row["phrase"], *row["variants"])):
            return row["attribute"], row["value"]
    return None


def rejected_words(lake: Lake) -> dict[str, frozenset[str]]:
    """Category → phrases that people refused."""
    return rejected_in(lake.read("raw_taxonomy").to_pylist())


def rejected_in(rows: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Category → phrases that people refused, in rows of the taxonomy."""
    return {row["category_id"]: frozenset(row.get("rejected") or ()) for row in rows}


def with_learnt(
    taxonomy: Taxonomy, words: Iterable[Mapping[str, Any]], rejected: Mapping[str, Iterable[str]]
) -> Taxonomy:
    """``taxonomy`` with learnt words as synonyms of their values; what people wrote or refused goes first."""
    attributes = {(c.category_id, a.attribute) for c in taxonomy.categories for a in c.attributes}
    refused = {(category_id, fold(word)) for category_id, found in rejected.items() for word in found}
    found: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    for word in words:
        category_id, spelt = word["category_id"], (word["phrase"], *word["variants"])
        is_refused = any((key, fold(one)) in refused for key in (category_id, ANY) for one in spelt)
        if (category_id, word["attribute"]) in attributes and not is_refused:
            found[category_id][word["attribute"]].append(Value(word["value"], spelt))
    update = [
        Category(key, (), tuple(Attribute(name, tuple(values)) for name, values in by_name.items()))
        for key, by_name in found.items()
    ]
    own = Taxonomy(tuple(category for category in taxonomy.categories if category.category_id in found))
    merged = {category.category_id: category for category in merge(own, Taxonomy(tuple(update))).taxonomy.categories}
    return Taxonomy(tuple(merged.get(category.category_id, category) for category in taxonomy.categories))
