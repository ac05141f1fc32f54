"""A taxonomy from the public Shopify product taxonomy files, joined over languages by id.

The files list attributes with their values in one language each, with the same ids in all.
What holds for any product (colours, materials, sizes, patterns, people, seasons, and every
measure with a unit) becomes attributes of the category ``ANY``; an attribute named after a
category ("Air fryer functions") goes to that category. Translations were made by machine
and are partly wrong (Blue became 蓝酒): a translation that contradicts the lexicon is
dropped, and where attributes translate one English value differently the majority of each
language wins.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.text.lexicon import Pack, general_attributes, kind_of, packs
from models.text.normalise import fold
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy, Value

_KIND_BY_ENDING = {
    "color": "colour",
    "colour": "colour",
    "material": "material",
    "fabric": "material",
    "pattern": "pattern",
    "size": "size",
    "season": "season",
    "gender": "audience",
    "age group": "audience",
}
_MAIN_LANGUAGE = "en"  # names attributes and values; the others give synonyms
_EMPTY_VALUES = frozenset({"other", "others", "universal", "unknown", "multiple", "n/a", "general"})
_IN_BRACKETS = re.compile(r"^(.*?)\s*\(([^()]+)\)$")


@dataclass(frozen=True)
class ShopifyFiles:
    """Attribute lists by language, and category paths by language: id → "A > B > C"."""

    attributes: Mapping[str, list[dict]]
    categories: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Imported:
    """The taxonomy with what was left out of it, in numbers."""

    taxonomy: Taxonomy
    dropped_translations: int
    unplaced_attributes: int


def from_shopify(files: ShopifyFiles) -> Imported:
    """Join the files by id; ``files`` must hold English attributes."""
    translated = _translations(files)
    general: dict[str, dict[str, list[str]]] = defaultdict(dict)
    specific: list[tuple[str, Attribute]] = []
    dropped = 0
    for entry in files.attributes[_MAIN_LANGUAGE]:
        kind = _kind(entry)
        for value in entry["values"]:
            name = str(value["name"])
            if fold(name) in _EMPTY_VALUES or (kind is not None and _is_of_another_kind(name, kind)):
                continue
            words, wrong = _trusted(name, translated.get(fold(name), {}), kind)
            dropped += wrong
            if kind is not None and any(map(packs()[kind].knows, _unbracketed(name))):
                general[kind].setdefault(name, []).extend(words)
        if kind is None:
            specific.append((str(entry["name"]), _attribute(entry, translated)))
    categories, placed = _categories(files, specific)
    everywhere = Category(ANY, (), tuple(_general(general)))
    return Imported(
        Taxonomy((everywhere, *sorted(categories, key=lambda c: c.category_id))),
        dropped_translations=dropped,
        unplaced_attributes=len(specific) - placed,
    )


def _kind(entry: dict) -> str | None:
    """The kind an attribute belongs to by its name, where its values agree."""
    name = fold(str(entry["name"]))
    values = tuple(Value(str(v["name"])) for v in entry["values"])
    if by_name := kind_of(Attribute(str(entry["name"]), ())):
        return by_name
    ending = next((kind for words, kind in _KIND_BY_ENDING.items() if name.endswith(" " + words)), None)
    if ending is None:
        return None
    known = sum(any(packs()[ending].knows(word) for word in _unbracketed(v.value)) for v in values)
    return ending if known >= len(values) / 3 else None


def _is_of_another_kind(name: str, kind: str) -> bool:
    """Gold as a material is the look of gold: the colour's."""
    parts = _unbracketed(name)
    return not any(map(packs()[kind].knows, parts)) and any(p.knows(w) for p in packs().values() for w in parts)


def _unbracketed(name: str) -> list[str]:
    """Polyethylene (PE) is two words for one thing; Retro/Vintage too."""
    match = _IN_BRACKETS.match(name)
    words = [match.group(1), match.group(2)] if match else [name]
    return [part.strip() for word in words for part in (word.split("/") if len(word) > 3 else [word]) if part.strip()]


def _translations(files: ShopifyFiles) -> dict[str, dict[str, Counter[str]]]:
    """Folded English value → language → its translations, counted over attributes."""
    names = {v["id"]: str(v["name"]) for entry in files.attributes[_MAIN_LANGUAGE] for v in entry["values"]}
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for language, entries in files.attributes.items():
        if language == _MAIN_LANGUAGE:
            continue
        for value in (v for entry in entries for v in entry["values"]):
            if value["id"] in names:
                found[fold(names[value["id"]])][language][str(value["name"])] += 1
    return found


def _concept(words: Iterable[str], pack: Pack) -> str | None:
    return next((pack.concept_of[fold(word)] for word in words if fold(word) in pack.concept_of), None)


def _trusted(name: str, translations: Mapping[str, Counter[str]], kind: str | None) -> tuple[list[str], int]:
    """Words for one value that can be believed, and how many contradict the lexicon."""
    usual = [counts.most_common(1)[0][0] for counts in translations.values()]
    candidates = [word for translation in usual for word in _unbracketed(translation)]
    if kind is None:
        return candidates, 0
    pack = packs()[kind]
    concept = _concept(_unbracketed(name), pack)
    kept = []
    for word in candidates:
        theirs = pack.concept_of.get(fold(word))
        # a word the lexicon knows must mean the same; one it does not know is believed only where it knows neither
        agrees = theirs in pack.ancestors(concept) if concept and theirs else concept is None and theirs is None
        is_others = theirs is None and any(p.knows(word) for p in packs().values())  # 金色 is no metal
        if agrees and not is_others and len(fold(word)) > 1:
            kept.append(word)
    return kept, len(candidates) - len(kept)


def _general(found: Mapping[str, Mapping[str, list[str]]]) -> Iterable[Attribute]:
    """The lexicon's attributes, their values named as in the files where those have them."""
    by_kind = dict(zip(packs(), general_attributes(), strict=False))
    for kind, attribute in by_kind.items():
        pack = packs()[kind]
        owned: set[str] = set()
        values: list[Value] = []
        for name, words in found.get(kind, {}).items():
            parts = _unbracketed(name)
            concept = _concept(parts, pack)
            if concept in owned or name.isdigit():
                continue
            owned |= {concept} if concept else set()
            synonyms = tuple(dict.fromkeys(w for w in (*parts, *words) if w != name))
            values.append(Value(name, synonyms))
        values += [value for value in attribute.values if value.value not in owned]
        yield Attribute(attribute.attribute, tuple(values))
    yield from general_attributes()[len(by_kind) :]


def _attribute(entry: dict, translated: Mapping[str, Mapping[str, Counter[str]]]) -> Attribute:
    values = []
    for value in entry["values"]:
        name = str(value["name"])
        if fold(name) in _EMPTY_VALUES or name.isdigit():
            continue
        words, _ = _trusted(name, translated.get(fold(name), {}), None)
        values.append(Value(name, tuple(dict.fromkeys(w for w in (*_unbracketed(name), *words) if w != name))))
    return Attribute(str(entry["name"]), tuple(values))


def _categories(files: ShopifyFiles, specific: list[tuple[str, Attribute]]) -> tuple[list[Category], int]:
    """Categories with their names by language, and with the attributes that are named after them."""
    main = files.categories.get(_MAIN_LANGUAGE, {})
    by_name: dict[str, list[str]] = defaultdict(list)
    for category_id, path in main.items():
        by_name[_singular(path.rsplit(" > ", 1)[-1])].append(category_id)
    attributes: dict[str, list[Attribute]] = defaultdict(list)
    placed = 0
    for name, attribute in specific:
        words = _singular(name).split(" ")
        heads = (" ".join(words[:size]) for size in range(len(words), 0, -1))
        homes = next((by_name[head] for head in heads if head in by_name), [])
        placed += bool(homes)
        for category_id in homes:
            attributes[category_id].append(attribute)
    return [
        Category(
            category_id,
            tuple(
                sorted(
                    (language, paths[category_id].rsplit(" > ", 1)[-1])
                    for language, paths in files.categories.items()
                    if category_id in paths
                )
            ),
            tuple(attributes.get(category_id, [])),
        )
        for category_id in main
    ], placed


def _singular(name: str) -> str:
    return re.sub(r"(?<=[a-z]{3})s\b", "", fold(name))
