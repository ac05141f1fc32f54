"""What everybody knows about words for colours, materials, sizes, patterns, people, seasons.

A user's taxonomy names values; shoppers use other words for them, in other languages, and
finer ones (navy for blue). The packs in ``lexicon/`` say which words mean the same and which
concept is a kind of which, so that a taxonomy need not list them. A value keeps what its
taxonomy says: nothing here overrides a surface that the taxonomy gives to another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from models.text.data_files import load_yaml
from models.text.inflection import spellings
from models.text.normalise import fold
from models.text.taxonomy import Attribute, Value

_SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "ru": re.compile("[а-я]"),
    "ar": re.compile("[\u0621-\u064a]"),
}
_OPEN_KINDS = frozenset({"colour", "material"})
_ATTRIBUTE_OF = {
    "colour": "Color",
    "material": "Material",
    "size": "Size",
    "pattern": "Pattern",
    "audience": "Audience",
    "season": "Season",
}
LANGUAGES = ("zh", "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "ja", "ko", "id", "vi", "sv", "ar")
_SHARE_OF_KNOWN_VALUES = 0.5
_SHARE_OF_A_LANGUAGE = 0.2  # of the words the lexicon knows; loan words are fewer


@dataclass(frozen=True)
class Concept:
    """One meaning, its wider concept if any, and its folded words by language."""

    key: str
    parent: str | None
    words: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Pack:
    """All concepts of one kind. ``concept_of`` holds the narrowest concept of every word."""

    kind: str
    attribute_names: frozenset[str]
    concepts: dict[str, Concept]
    concept_of: dict[str, str]

    def knows(self, word: str) -> bool:
        """Whether a word, or a concept's own name, is in the pack."""
        folded = fold(word)
        return folded in self.concept_of or folded in self.concepts

    def ancestors(self, key: str) -> Iterable[str]:
        """``key``, its parent, the parent's parent …"""
        current: str | None = key
        while current is not None:
            yield current
            current = self.concepts[current].parent


@cache
def packs() -> dict[str, Pack]:
    """Every pack by kind."""
    return {kind: _read_pack(kind) for kind in _ATTRIBUTE_OF}


@cache
def guard_words() -> frozenset[str]:
    """Folded words in which a shorter value word is no value: red wine, 红枣."""
    found: set[str] = set()
    for words in load_yaml("guard.yaml").values():
        groups = words.values() if isinstance(words, dict) else [words]
        found.update(fold(str(word)) for group in groups for word in group)
    return frozenset(found)


@cache
def listed_words(language: str) -> frozenset[str]:
    """Folded words that the packs list, without those made of a modifier and a word."""
    entries = (entry for kind in _ATTRIBUTE_OF for entry in load_yaml(f"{kind}.yaml")["concepts"].values())
    return frozenset(fold(str(word)) for entry in entries for word in entry.get(language, ()))


def kind_of(attribute: Attribute) -> str | None:
    """Which kind an attribute is, by its name or by most of its values; None for a magnitude or another."""
    if attribute.unit:
        return None
    name = fold(attribute.attribute)
    for kind, pack in packs().items():
        if name in pack.attribute_names:
            return kind
    if not attribute.values:
        return None
    known = {
        kind: sum(any(pack.knows(word) for word in (v.value, *v.synonyms)) for v in attribute.values)
        for kind, pack in packs().items()
    }
    best = max(known, key=lambda kind: known[kind])
    is_sure = known[best] >= 2 and known[best] >= _SHARE_OF_KNOWN_VALUES * len(attribute.values)
    return best if is_sure else None


def general_attributes() -> list[Attribute]:
    """Attributes that products of any category may have: every kind with its concepts, every measure with its unit."""
    found = [
        Attribute(_ATTRIBUTE_OF[kind], tuple(Value(key) for key in pack.concepts)) for kind, pack in packs().items()
    ]
    return found + [Attribute(name, (), str(unit)) for name, unit in load_yaml("measures.yaml").items()]


def languages_of(words: Iterable[str], *, named: Iterable[str] = ()) -> frozenset[str]:
    """Languages a taxonomy is written in: those of its names, and those that many of its words belong to.

    A word of a language nobody uses here is a trap ("or" is gold in French), so only these count.
    """
    seen = set(words)
    if any("\u4e00" <= char <= "\u9fff" for word in seen for char in word):
        seen |= {"黑色", "白色"}  # written in Chinese, whatever the words
    by_language = {
        language: {w for pack in packs().values() for c in pack.concepts.values() for w in c.words.get(language, ())}
        for language in LANGUAGES
    }
    common = by_language["en"] | by_language["zh"]
    known = seen & set().union(*by_language.values())
    found = {name.split("-")[0].lower() for name in named} & set(LANGUAGES)
    found |= {language for language, script in _SCRIPTS.items() if any(script.search(word) for word in seen)}
    for language in LANGUAGES:
        own = seen & (by_language[language] - (common if language not in ("zh", "en") else set()))
        if len(own) >= 2 and len(own) >= _SHARE_OF_A_LANGUAGE * len(known):
            found.add(language)
    if "zh" in found or not found:
        found |= {"zh", "en"}
    return frozenset(found)


def languages_of_titles(titles: Sequence[str]) -> frozenset[str]:
    """Languages that a catalogue's titles are written in, a few titles of another script left aside (の in Chinese)."""
    folded = [fold(title) for title in titles]
    found = languages_of(word for title in folded for word in title.split(" "))
    return frozenset(
        language
        for language in found
        if language not in _SCRIPTS
        or sum(bool(_SCRIPTS[language].search(title)) for title in folded) >= _SHARE_OF_A_LANGUAGE * len(folded)
    )


def more_words(attribute: Attribute, languages: frozenset[str]) -> dict[str, list[str]]:
    """Value → further folded words for it; {} for an attribute of no known kind.

    A word goes to the value that means its concept, else to the value of the nearest wider one. A
    colour or material that the attribute does not list becomes a value of its own: what nobody
    offers is what unmet demand looks like.
    """
    kind = kind_of(attribute)
    if kind is None:
        return {}
    pack = packs()[kind]
    taken = {fold(word) for value in attribute.values for word in (value.value, *value.synonyms)}
    owner: dict[str, str] = {}
    for value in attribute.values:
        for word in (value.value, *value.synonyms):
            folded = fold(word)
            concept = folded if folded in pack.concepts else pack.concept_of.get(folded)
            if concept is not None:
                owner.setdefault(concept, value.value)
                break
    found: dict[str, list[str]] = {}
    is_open = kind in _OPEN_KINDS and fold(attribute.attribute) in pack.attribute_names
    for meaning in pack.concepts.values():
        value_name = next((owner[key] for key in pack.ancestors(meaning.key) if key in owner), None)
        if value_name is None and is_open:
            value_name = _name(meaning, attribute)
        if value_name is None:
            continue
        for language in languages:
            found.setdefault(value_name, []).extend(w for w in meaning.words.get(language, ()) if w not in taken)
    if kind == "colour":
        _with_colour_suffix(attribute, found, taken)
    return found


def _name(concept: Concept, attribute: Attribute) -> str | None:
    """What a value of this concept would be called beside the listed ones: in their script."""
    is_chinese = any("\u4e00" <= char <= "\u9fff" for value in attribute.values for char in value.value)
    words = concept.words.get("zh" if is_chinese else "en", ())
    return next((word for word in words if word.endswith("色")), next(iter(words), None))


def _with_colour_suffix(attribute: Attribute, found: dict[str, list[str]], taken: set[str]) -> None:
    """奶白 and 奶白色 are one colour whichever of them the taxonomy lists."""
    for value in attribute.values:
        for word in (value.value, *value.synonyms):
            folded = fold(word)
            if not folded or not "\u4e00" <= folded[-1] <= "\u9fff":
                continue
            other = folded[:-1] if folded.endswith("色") and len(folded) > 2 else folded + "色"
            if other not in taken:
                found.setdefault(value.value, []).append(other)


def _read_pack(kind: str) -> Pack:
    data = load_yaml(f"{kind}.yaml")
    words = {
        key: {language: list(map(str, given)) for language, given in entry.items() if language != "of"}
        for key, entry in data["concepts"].items()
    }
    parents = {key: entry.get("of") for key, entry in data["concepts"].items()}
    for language, rule in data.get("modifiers", {}).items():
        _add_shades(words, language, rule, endings=("", "色") if kind == "colour" else ("",))
    concepts: dict[str, Concept] = {}
    concept_of: dict[str, str] = {}
    for key in sorted(words, key=lambda k: _depth(k, parents)):  # narrow concepts last: they keep the word
        folded = {
            language: tuple(dict.fromkeys(form for word in given for form in spellings(word, [language])))
            for language, given in words[key].items()
        }
        concepts[key] = Concept(key, parents[key], folded)
        concept_of.update({word: key for given in folded.values() for word in given})
    concepts = {key: _with_own_words(concept, concept_of) for key, concept in concepts.items()}
    return Pack(kind, frozenset(map(fold, map(str, data["attributes"]))), concepts, concept_of)


def _with_own_words(concept: Concept, concept_of: dict[str, str]) -> Concept:
    """Without the words that a narrower concept has too."""
    own = {lang: tuple(w for w in given if concept_of[w] == concept.key) for lang, given in concept.words.items()}
    return Concept(concept.key, concept.parent, own)


def _depth(key: str, parents: dict[str, str | None]) -> int:
    parent = parents[key]
    return 0 if parent is None else 1 + _depth(parent, parents)


def _add_shades(
    words: dict[str, dict[str, list[str]]], language: str, rule: dict[str, Any], endings: tuple[str, ...]
) -> None:
    """Modifier × word: dark blue, 深蓝, 深蓝色, azul oscuro, solid teak; one listed by itself keeps its concept."""
    listed = {word for by_language in words.values() for word in by_language.get(language, [])}
    for entry in words.values():
        long_words = [word for word in entry.get(language, []) if len(word) > 1 and not word.isascii()]
        with_any = (modifier + word for modifier in rule.get("with_any", []) for word in long_words)
        entry.setdefault(language, []).extend(word for word in with_any if word not in listed)
    for base in rule["bases"]:
        home = next((key for key, by_language in words.items() if base in by_language.get(language, [])), None)
        home = home or next((k for k, by in words.items() if base + "色" in by.get(language, [])), None)
        if home is None:
            continue
        between = "" if language == "zh" or rule.get("joined") else " "
        shades = [f"{m}{between}{base}" for m in rule.get("words", [])]
        shades += [f"{base} {m}" for m in rule.get("after", [])]
        if language == "zh":
            shades = [shade + ending for shade in shades for ending in endings]
            shades += [blend + base + "色" for blend in rule.get("blends", []) if blend != base]  # 紫粉色; 黑白 are two
        words[home].setdefault(language, [])
        words[home][language] += [shade for shade in shades if shade not in listed and shade != base + base]
