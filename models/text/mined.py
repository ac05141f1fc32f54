"""A taxonomy proposed from what a catalogue says: products' attributes, then titles.

Attributes are taken as given; values that are one magnitude or one word are joined. Titles
add the attributes that products of any category may have (the lexicon's kinds and measures)
where at least a few titles of the category name them and no given attribute is of that kind.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from models.text.lexicon import general_attributes, kind_of, languages_of
from models.text.matcher import Matcher
from models.text.normalise import fold
from models.text.quantities import dimensions_of, read_value
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy, Value

MOST_VALUES = 200  # more distinct values in a category are identifiers or free text, not features
FEWEST_TITLES = 3
SMALLEST_SHARE = 0.005  # of a category's titles
MOST_WORDS = 8  # of a value, as titles write it
SURE_UNIT = 0.8  # of the titles with such a quantity that say the attribute's number
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def from_catalogue(rows: Iterable[Mapping[str, object]]) -> Taxonomy:
    """Rows of the products dataset (category_id, title, attributes) → one category each."""
    values: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    titles: dict[str, list[str]] = defaultdict(list)
    numbers: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)  # with the title of the product
    for row in rows:
        category_id = str(row["category_id"])
        titles[category_id].append(str(row.get("title") or ""))
        for attribute, given in dict(row["attributes"] or {}).items():  # type: ignore[call-overload]
            words = [str(v) for v in given or [] if v]
            values[category_id][str(attribute)].update(words)
            numbers[category_id, str(attribute)] += [(word, titles[category_id][-1]) for word in words]
    found = []
    for category_id in sorted(titles):
        attributes = [
            _attribute(name, counts, unit=_unit_in_titles(numbers[category_id, name]))
            for name, counts in sorted(values[category_id].items())
            if 0 < len(counts) <= MOST_VALUES
        ]
        attributes += from_titles(titles[category_id], known=attributes)
        found.append(Category(category_id, (), tuple(attributes)))
    return Taxonomy(tuple(found))


def from_texts(texts: Iterable[str]) -> Taxonomy:
    """Titles of products of any category → the attributes that hold for all of them."""
    return Taxonomy((Category(ANY, (), tuple(from_titles(list(texts), known=[]))),))


def from_titles(titles: list[str], *, known: list[Attribute]) -> list[Attribute]:
    """General attributes that titles name often enough, without those whose kind is ``known``."""
    general = general_attributes()
    reader = _general_reader(languages_of(word for title in titles for word in fold(title).split(" ")))
    fewest = max(FEWEST_TITLES, round(SMALLEST_SHARE * len(titles)))
    named: dict[str, Counter[str]] = defaultdict(Counter)
    words: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for reading in reader.read_many(titles):
        for attribute, value in {(f.attribute, f.value) for f in reading.features if not f.negated}:
            named[attribute][value] += 1
        for feature in reading.features:
            words[(feature.attribute, feature.value)][fold(feature.surface)] += 1
    taken = {_kind(attribute) for attribute in known}
    return [
        Attribute(
            attribute.attribute,
            ()
            if attribute.unit
            else tuple(
                Value(value, tuple(_by_frequency(words[(attribute.attribute, value)])[:MOST_WORDS]))
                for value in _by_frequency(named[attribute.attribute])
                if named[attribute.attribute][value] >= FEWEST_TITLES - 1
            ),
            attribute.unit,
        )
        for attribute in general
        if sum(named[attribute.attribute].values()) >= (FEWEST_TITLES if attribute.unit else fewest)
        and _kind(attribute) not in taken
    ]


@lru_cache(maxsize=8)
def _general_reader(languages: frozenset[str]) -> Matcher:
    """Reads general attributes; kept, since hundreds of categories share a few sets of languages."""
    return Matcher(Taxonomy((Category(ANY, (), tuple(general_attributes())),)), languages=languages)


def _kind(attribute: Attribute) -> str:
    """What makes two attributes the same question: their kind, or the dimension of their unit."""
    kind = kind_of(attribute)
    if kind:
        return kind
    magnitudes = [m for value in attribute.values for m in read_value(value.value, unit=attribute.unit)[:1]]
    readings = dimensions_of(attribute.unit) if attribute.unit else magnitudes
    return str(readings[0][0]) if readings else fold(attribute.attribute)


def _unit_in_titles(told: list[tuple[str, str]]) -> str | None:
    """The unit of an attribute whose values are bare numbers (capacity 6), where titles say it beside them (6L).

    ``told``: value and title of products. Without it the titles' volume would be an attribute beside the capacity.
    """
    numbers = {word.strip() for word, _ in told}
    if len(numbers) < 2 or not all(_NUMBER.fullmatch(number) for number in numbers):
        return None
    agreeing: dict[str, Counter[str]] = defaultdict(Counter)  # general attribute → units
    others: Counter[str] = Counter()
    readings = _general_reader(frozenset()).read_many([title for _, title in told])
    for (word, _), reading in zip(told, readings, strict=True):
        said = [
            (feature.attribute, float(number.group()) == float(word), feature.surface[number.end() :].strip())
            for feature in reading.features
            if (number := _NUMBER.match(feature.surface))
        ]
        same = {attribute: unit for attribute, is_same, unit in said if is_same and dimensions_of(unit)}
        for attribute, unit in same.items():
            agreeing[attribute][unit] += 1
        others.update({attribute for attribute, _, _ in said} - same.keys())
    sure = {
        attribute: counts
        for attribute, counts in agreeing.items()
        if counts.total() >= max(FEWEST_TITLES, len(told) / 2)
        and counts.total() >= SURE_UNIT * (counts.total() + others[attribute])
    }
    best = max(sure.values(), key=lambda counts: counts.total(), default=None)
    return _by_frequency(best)[0] if best else None


def _attribute(name: str, counts: Counter[str], *, unit: str | None = None) -> Attribute:
    """Values written differently are one: the most frequent form names it, the others are synonyms."""
    groups: dict[object, list[str]] = {}
    for word in _by_frequency(counts):
        magnitudes = read_value(word, unit=unit)
        groups.setdefault(magnitudes[0] if magnitudes else fold(word), []).append(word)
    return Attribute(name, tuple(Value(words[0], tuple(words[1:])) for words in sorted(groups.values())), unit)


def _by_frequency(counts: Counter[str]) -> list[str]:
    """The most frequent first; ties by name, so that neither the order of products nor the process decides."""
    return sorted(counts, key=lambda word: (-counts[word], word))
