"""Find what makes a taxonomy read texts wrongly: clashes, doubles, empty names, words that mean nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.text.merge import words_of
from models.text.normalise import fold
from models.text.phrase_words import CUT_WORDS, EDGE_WORDS, NEGATIONS
from models.text.quantities import read_value
from models.text.taxonomy import ANY

_STOP_WORDS = EDGE_WORDS | CUT_WORDS | NEGATIONS
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One thing to correct, and where it stands."""

    file: str
    category_id: str
    attribute: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = " / ".join(part for part in (self.category_id, self.attribute, self.value) if part)
        return f"{self.file}: {where}: {self.problem}. Remedy: {self.remedy}."


@dataclass(frozen=True)
class _Place:
    """One attribute of one category in one file."""

    file: str
    category_id: str
    attribute: str
    unit: str | None

    def finding(self, value: str, problem: str, remedy: str) -> Finding:
        return Finding(self.file, self.category_id, self.attribute, value, problem, remedy)


def lint(rows: Sequence[Row]) -> list[Finding]:
    """Findings of taxonomy rows (category_id, names, attributes, source_file), in the order of the rows."""
    names = {fold(str(name)): str(row["category_id"]) for row in rows for name in dict(row.get("names") or {}).values()}
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for row in rows:
        file, category_id = str(row.get("source_file") or "taxonomy"), str(row["category_id"])
        place = _Place(file, category_id, "", None)
        if category_id in seen:
            found.append(
                place.finding(
                    "", f"the category stands in {seen[category_id]} too; the last one counts", "join the two"
                )
            )
        seen[category_id] = file
        if category_id != ANY:  # what holds for every category has no name
            found += _names(place, row)
        found += _attributes(place, row.get("attributes") or (), names)
    return found


def _names(place: _Place, row: Row) -> Iterator[Finding]:
    names = dict(row.get("names") or {})
    if not any(str(name or "").strip() for name in names.values()):
        yield place.finding("", "the category has no name", "give it one under names")
        return
    for language, name in names.items():
        if not str(name or "").strip():
            yield place.finding("", f"the name in {language!r} is empty", "write it or remove the language")


def _attributes(place: _Place, attributes: Iterable[Row], names: Mapping[str, str]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for entry in attributes:
        attribute = str(entry.get("attribute") or "")
        here = _Place(place.file, place.category_id, attribute, entry.get("unit") or None)
        if not attribute.strip():
            yield here.finding("", "an attribute has no name", "give it one, or remove it")
        elif fold(attribute) in seen:
            yield here.finding("", f"the attribute is written twice, as {seen[fold(attribute)]!r}", "join the two")
        seen.setdefault(fold(attribute), attribute)
        values = [
            (str(v.get("value") or ""), [str(s or "") for s in v.get("synonyms") or ()])
            for v in entry.get("values") or ()
        ]
        for value, synonyms in values:
            for word in (value, *synonyms):
                yield from _word(here, value, word, names)
            yield from _repeated(here, value, synonyms)
        yield from _clashes(here, values)
        yield from _units(here, values)


def _word(here: _Place, value: str, word: str, names: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with one word, whatever the others are."""
    folded, kind = fold(word), "value" if word == value else f"synonym {word!r}"
    if not folded:
        yield here.finding(value, f"an empty {kind.split()[0]}", "write it or remove it")
    elif folded in names:
        yield here.finding(
            value, f"the {kind} is the name of category {names[folded]!r}", "use a word that names the feature alone"
        )
    elif folded in _STOP_WORDS:
        yield here.finding(value, f"the {kind} is a word that says nothing", "remove it, or use a longer wording")
    elif len(folded) == 1 and not (folded.isdigit() and here.unit):
        yield here.finding(value, f"the {kind} is one character and matches inside other words", "use a longer wording")


def _repeated(here: _Place, value: str, synonyms: Sequence[str]) -> Iterator[Finding]:
    seen = {fold(value): value}
    for synonym in synonyms:
        folded = fold(synonym)
        if folded and folded in seen:
            yield here.finding(value, f"synonym {synonym!r} reads the same as {seen[folded]!r}", "remove one of them")
        seen.setdefault(folded, synonym)


def _clashes(here: _Place, values: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Finding]:
    """Words under two values of the attribute, and values that read as one quantity."""
    first_with: dict[str, tuple[int, str]] = {}
    reported: set[tuple[int, int]] = set()
    value_names = {fold(value): value for value, _ in values}
    for index, (value, synonyms) in enumerate(values):
        for word in (value, *synonyms):
            for key in words_of(word, here.unit) if fold(word) else ():
                other, other_word = first_with.setdefault(key, (index, word))
                if other == index or (other, index) in reported:
                    continue
                reported.add((other, index))
                yield _clash(here, value, word, values[other][0], other_word, key, value_names)


def _clash(
    here: _Place, value: str, word: str, other: str, other_word: str, key: str, value_names: Mapping[str, str]
) -> Finding:
    if key.startswith("#"):
        problem = f"{word!r} is the same quantity as {other_word!r} of value {other!r}"
        return here.finding(value, problem, "keep one value and make the other a synonym")
    if fold(value) == fold(other):
        return here.finding(value, f"the value is written twice, as {other!r}", "join the two")
    if key in value_names:
        problem = f"synonym of one value, name of another: {word!r} stands under {value!r} and {other!r}"
        return here.finding(value, problem, f"remove the synonym, or make {value_names[key]!r} a synonym only")
    return here.finding(value, f"{word!r} stands under value {other!r} too", "keep it under one of them")


def _units(here: _Place, values: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Finding]:
    """Values whose unit measures something else than the attribute's."""
    if not here.unit:
        return
    dimensions = {dimension for dimension, _ in read_value("1", unit=fold(here.unit))}
    if not dimensions and any(value.replace(".", "", 1).isdigit() for value, _ in values):
        yield here.finding("", f"unit {here.unit!r} is unknown", "use a unit of docs/data.md, or write units in values")
    for value, synonyms in values:
        for word in (value, *synonyms):
            measured = {dimension for dimension, _ in read_value(fold(word), unit=None)}
            if dimensions and measured and not measured & dimensions:
                problem = f"{word!r} measures {' or '.join(sorted(measured))}, the attribute's unit is {here.unit!r}"
                yield here.finding(value, problem, "correct the unit")
