"""Merge taxonomies: what people wrote wins, the rest is added where it does not clash.

``merge(base, *updates)`` keeps every word of ``base`` where it is. Of the updates it takes new
categories, attributes, values and synonyms. A word that the base knows under another value of
the attribute, or that people refused, is not taken. Two updates that disagree on a word give it
to the value that comes first in the alphabet, so their order does not matter; merging the same
update again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.text.normalise import fold
from models.text.quantities import read_value
from models.text.taxonomy import Attribute, Category, Taxonomy, Value


@dataclass(frozen=True)
class Addition:
    """One thing an update brought. An empty ``attribute`` is a category's name, an empty ``synonym`` a new value."""

    category_id: str
    attribute: str
    value: str
    synonym: str = ""
    unit: str | None = None


@dataclass(frozen=True)
class Clash:
    """A word that was not taken: ``known_as`` is the value that has it, "" where people refused it."""

    category_id: str
    attribute: str
    value: str
    word: str
    known_as: str


@dataclass(frozen=True)
class Merged:
    """The merged taxonomy, what it has beyond the base, and what it left out."""

    taxonomy: Taxonomy
    additions: tuple[Addition, ...]
    clashes: tuple[Clash, ...]


@dataclass
class _Attribute:
    """An attribute while it is merged: values in order, and the value of each folded word."""

    name: str
    unit: str | None
    values: dict[str, list[str]]
    value_of: dict[str, str]

    def owner(self, word: str) -> str | None:
        """The value that has ``word``."""
        return next((self.value_of[key] for key in words_of(word, self.unit) if key in self.value_of), None)

    def learn(self, word: str, value: str) -> None:
        for key in words_of(word, self.unit):
            self.value_of.setdefault(key, value)


def merge(base: Taxonomy, *updates: Taxonomy, rejected: Mapping[str, Iterable[str]] | None = None) -> Merged:
    """``base`` with what ``updates`` add; ``rejected`` are words per category that people refused."""
    additions: list[Addition] = []
    clashes: list[Clash] = []
    refused = {key: frozenset(map(fold, words)) for key, words in (rejected or {}).items()}
    by_id = {category.category_id: [category] for category in base.categories}
    for update in updates:
        for category in update.categories:
            by_id.setdefault(category.category_id, []).append(category)
    base_ids = {category.category_id for category in base.categories}
    categories = []
    for category_id, versions in by_id.items():
        own = versions[0] if category_id in base_ids else Category(category_id, (), ())
        others = versions[1:] if category_id in base_ids else versions
        if category_id not in base_ids:
            additions.append(Addition(category_id, "", ""))
        words = refused.get(category_id, frozenset())
        categories.append(_category(own, others, words, additions, clashes))
    ordered = tuple(sorted(categories, key=lambda c: c.category_id))
    return Merged(Taxonomy(ordered), tuple(additions), tuple(sorted(set(clashes), key=_order)))


def _order(clash: Clash) -> tuple[str, str, str, str]:
    return clash.category_id, clash.attribute, clash.value, clash.word


def _category(
    own: Category, others: list[Category], refused: frozenset[str], additions: list[Addition], clashes: list[Clash]
) -> Category:
    names = dict(own.names)
    for language, name in sorted(pair for other in others for pair in other.names):
        if names.setdefault(language, name) == name and language not in dict(own.names):
            additions.append(Addition(own.category_id, "", name, language))
    attributes = {fold(a.attribute): _opened(a) for a in own.attributes}
    for folded, unit, name in sorted(
        (fold(a.attribute), a.unit or "", a.attribute) for o in others for a in o.attributes
    ):
        found = attributes.setdefault(folded, _Attribute(name, unit or None, {}, {}))
        found.unit = found.unit or (unit or None if not found.values else found.unit)
    offered = sorted(
        (fold(a.attribute), _key(v.value), v.value, tuple(sorted(v.synonyms, key=_key)))
        for other in others
        for a in other.attributes
        for v in a.values
    )
    target = {}
    for folded, _, value, _ in offered:  # names of values before synonyms: no value becomes the synonym of another
        target[folded, value] = _take_value(own.category_id, attributes[folded], value, refused, additions, clashes)
    for folded, _, value, synonyms in offered:
        if (to := target[folded, value]) is not None:
            for synonym in synonyms:
                _take_synonym(own.category_id, attributes[folded], to, synonym, refused, additions, clashes)
    merged = tuple(
        Attribute(a.name, tuple(Value(value, tuple(synonyms)) for value, synonyms in a.values.items()), a.unit)
        for a in attributes.values()
        if a.values or a.unit  # a measure need not list its values
    )
    return Category(own.category_id, tuple(sorted(names.items())), merged)


def _key(word: str) -> tuple[str, str]:
    return fold(word), word


def words_of(word: str, unit: str | None) -> tuple[str, ...]:
    """Keys that are equal for words that mean one value: the folded word, and the quantity it reads as."""
    folded = fold(word)
    quantities = read_value(folded, unit=fold(unit) if unit else None)
    return (folded, *(f"#{dimension}:{magnitude:g}" for dimension, magnitude in quantities))


def _opened(attribute: Attribute) -> _Attribute:
    found = _Attribute(attribute.attribute, attribute.unit, {}, {})
    for value in attribute.values:
        found.values.setdefault(value.value, [])
        for synonym in value.synonyms:
            if synonym not in found.values[value.value]:
                found.values[value.value].append(synonym)
        for word in (value.value, *value.synonyms):
            found.learn(word, value.value)
    return found


def _take_value(
    category_id: str,
    attribute: _Attribute,
    value: str,
    refused: frozenset[str],
    additions: list[Addition],
    clashes: list[Clash],
) -> str | None:
    """The value that ``value`` is in the merged attribute: one that is there, or itself, new; None where refused."""
    if fold(value) in refused:
        clashes.append(Clash(category_id, attribute.name, value, value, ""))
        return None
    known = attribute.owner(value)
    if known is not None:
        return known
    attribute.values[value] = []
    attribute.learn(value, value)
    additions.append(Addition(category_id, attribute.name, value, unit=attribute.unit))
    return value


def _take_synonym(
    category_id: str,
    attribute: _Attribute,
    value: str,
    synonym: str,
    refused: frozenset[str],
    additions: list[Addition],
    clashes: list[Clash],
) -> None:
    owner = attribute.owner(synonym)
    if fold(synonym) in refused:
        clashes.append(Clash(category_id, attribute.name, value, synonym, ""))
    elif owner is None:
        attribute.values[value].append(synonym)
        attribute.learn(synonym, value)
        additions.append(Addition(category_id, attribute.name, value, synonym, attribute.unit))
    elif owner != value:
        clashes.append(Clash(category_id, attribute.name, value, synonym, owner))
