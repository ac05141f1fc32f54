"""Which attribute a new phrase is probably a value of."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from models import phrase_evidence as tests
from models.text.runs import is_chinese, singular, text_of, units_of
from models.text.taxonomy import Category
from models.text.variants import Group
from pipelines.candidate_words import ShopWords, canonical

Row = dict[str, Any]
Suggestion = tuple[str, str]
INSTEAD_Z = -3.0
INSTEAD_RATIO = 0.4


def suggest(
    counts: list[Row], phrases: dict[int, tuple[str, Group]], beside: list[Row], totals: list[Row], words: ShopWords
) -> dict[int, Suggestion]:
    """Phrase number → (attribute, why), in this order: other_category (it is a value there), wording (it ends like
    values of it), instead_of (people who say it leave the attribute out, because it is one).
    """
    elsewhere = _attribute_by_word(words)
    searches = {row["category_id"]: row["searches"] for row in totals if row["weeks_ago"] is None}
    base: dict[str, dict[str, float]] = defaultdict(dict)
    seen: dict[int, dict[str, int]] = defaultdict(dict)
    for row in beside:
        if row["phrase_id"] is None:
            base[row["category_id"]][row["attribute"]] = row["searches"] / searches[row["category_id"]]
        else:
            seen[row["phrase_id"]][row["attribute"]] = row["searches"]
    found = {}
    for row in counts:
        category_id, group = phrases[row["phrase_id"]]
        category = words.taxonomy.category(category_id)
        spelt = [canonical(text_of(member.units)) for member in (group.head, *group.variants)]
        known = next((elsewhere[word] for word in spelt if word in elsewhere), None)
        ending = None if category is None else _by_ending(group.head.units, category)
        instead = _instead_of(row["searches"], seen[row["phrase_id"]], base[category_id])
        for attribute, because in ((known, "other_category"), (ending, "wording"), (instead, "instead_of")):
            if attribute is not None:
                found[row["phrase_id"]] = (attribute, because)
                break
    return found


def _attribute_by_word(words: ShopWords) -> dict[str, str]:
    """Value word of any category → the attribute it is a value of most often."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for category in words.taxonomy.categories:
        for attribute in category.attributes:
            for value in attribute.values:
                for word in {canonical(surface) for surface in (value.value, *value.synonyms)}:
                    counted[word][attribute.attribute] += 1
    return {word: min(c, key=lambda a: (-c[a], a)) for word, c in counted.items() if word}


def _by_ending(units: tuple[str, ...], category: Category) -> str | None:
    """The attribute whose own name stands in the phrase, or two of whose values end in the same unit."""
    last = singular(units[-1])
    found: Counter[str] = Counter()
    for attribute in category.attributes:
        if len(units) > 1 and last in {
            singular(unit) for unit in units_of(attribute.attribute) if not is_chinese(unit)
        }:
            return attribute.attribute
        for value in attribute.values:
            endings = {singular(u[-1]) for s in (value.value, *value.synonyms) if len(u := units_of(s)) > 1}
            found[attribute.attribute] += last in endings
    best = found.most_common(2)
    if not best or best[0][1] < 2 or (len(best) > 1 and best[1][1] == best[0][1]):
        return None
    return best[0][0]


def _instead_of(searches: int, beside: dict[str, int], base: dict[str, float]) -> str | None:
    """The attribute that is named beside the phrase clearly less often than usual."""
    scored = []
    for attribute, rate in sorted(base.items()):
        hits = beside.get(attribute, 0)
        z = float(tests.excess_z(np.array(float(hits)), np.array(float(searches)), np.array(rate)))
        if z <= INSTEAD_Z and hits <= INSTEAD_RATIO * rate * searches:
            scored.append((z, attribute))
    return min(scored)[1] if scored else None
