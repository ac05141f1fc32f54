"""Which folded words stand for which senses: the taxonomy's own, the lexicon's, inflected forms.

A sense is (category, attribute, value); attribute "" is a category's name and category
``ANY`` holds for all. A word without senses is a guard: it keeps shorter words out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from models.text.inflection import inflected, inflected_in, openings, spellings
from models.text.lexicon import guard_words, kind_of, languages_of, listed_words, more_words, packs
from models.text.normalise import fold
from models.text.quantities import read_value
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy

Sense = tuple[str, str, str]
NOT_WORDS = frozenset({"yes", "no", "true", "false", "是", "否", "有", "无", "y", "n", "none", "other", "其他", "其它"})
_OPENING_KINDS = ("material", "audience", "season")  # edelstahltopf, herrenschuhe, winterjacke
_BARE_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class WordTable:
    """Folded word → its senses, in the taxonomy's order; ``listed`` are those that are no inflected form or guard.

    ``openings`` may open a compound in one of the ``languages`` (edelstahl in Edelstahltopf).
    """

    senses: dict[str, tuple[Sense, ...]]
    listed: frozenset[str]
    openings: frozenset[str]
    languages: frozenset[str]


def word_table(taxonomy: Taxonomy, languages: frozenset[str] | None = None) -> WordTable:
    """Every word a text is searched for, in the taxonomy's own languages unless told. Linear in its words."""
    table: dict[str, list[Sense]] = {}
    languages = languages or languages_of_taxonomy(taxonomy)
    kinds: dict[str, str | None] = {}
    for category in taxonomy.categories:
        for _, name in category.names:
            table.setdefault(fold(name), []).append((category.category_id, "", ""))
        for attribute in category.attributes:
            kind = kind_of(attribute)
            for word, sense in _attribute_words(category, attribute, languages):
                table.setdefault(word, []).append(sense)
                kinds.setdefault(word, kind)
    table.pop("", None)
    base = tuple(table)  # in the taxonomy's order: of two words with one form the first has it
    opening = _openings(base, kinds, languages)
    for forms_of in (inflected, lambda word: _forms_in(word, languages, kinds.get(word)), lambda word: opening[word]):
        for word in base:
            for form in forms_of(word):
                if form not in table and form not in guard_words():  # clothes are no cloth
                    table[form] = table[word]
    found = {word: tuple(dict.fromkeys(senses)) for word, senses in table.items()}
    found = {**dict.fromkeys(guard_words() - {""}, ()), **found}
    return WordTable(found, frozenset(base), frozenset(form for forms in opening.values() for form in forms), languages)


def _forms_in(word: str, languages: frozenset[str], kind: str | None) -> Iterable[str]:
    for language in sorted(languages):
        yield from inflected_in(word, language, kind)


def _openings(
    words: Iterable[str], kinds: dict[str, str | None], languages: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Words of what a product is made of, whom or what season it is for, and what they look like at the beginning of a
    compound; English ones open none."""
    english = {kind: _listed(kind, {"en"}) for kind in _OPENING_KINDS}
    own = {kind: _listed(kind, languages - {"en"}) for kind in _OPENING_KINDS}
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for word in words:
        kind = kinds.get(word)
        if kind in _OPENING_KINDS and (word in own[kind] or word not in english[kind]):
            found[word] = tuple(openings(word, sorted(languages)))
    return found


def _listed(kind: str, languages: Iterable[str]) -> frozenset[str]:
    """Words of a pack in some languages."""
    concepts = packs()[kind].concepts.values()
    return frozenset(word for concept in concepts for name in languages for word in concept.words.get(name, ()))


def languages_of_taxonomy(taxonomy: Taxonomy) -> frozenset[str]:
    """Languages that its names say, or that its words are of."""
    words = (
        fold(word)
        for category in taxonomy.categories
        for attribute in category.attributes
        for word in (attribute.attribute, *(w for v in attribute.values for w in (v.value, *v.synonyms)))
    )
    named = {language for category in taxonomy.categories for language, _ in category.names}
    return languages_of(words, named=named)


@cache
def _never_values(languages: frozenset[str]) -> frozenset[str]:
    """Guards that no pack lists: 小学生 keeps 小 out and is a value itself."""
    return guard_words().difference(*map(listed_words, languages))


def _attribute_words(
    category: Category, attribute: Attribute, languages: frozenset[str]
) -> Iterable[tuple[str, Sense]]:
    further, kept_out = more_words(attribute, languages), _never_values(languages)
    for value in attribute.values:
        sense = (category.category_id, attribute.attribute, value.value)
        for surface in (value.value, *value.synonyms):
            folded = fold(surface)
            yield from ((spelling, sense) for spelling in spellings(surface, languages) if spelling != folded)
            is_plain_value = surface == value.value
            if is_plain_value and (folded in NOT_WORDS or _BARE_NUMBER.fullmatch(folded)):
                continue
            if is_plain_value and read_value(folded, unit=None) and not re.search(r"x\d", folded):
                continue  # a magnitude is read as a quantity, in whatever unit
            if len(folded) == 1 and category.category_id == ANY and folded.isascii():
                continue  # an L of any product is a letter more often than a size
            yield folded, sense
    for name, words in further.items():
        for word in words:
            if word not in kept_out:  # 奶粉 is no shade of pink
                yield word, (category.category_id, attribute.attribute, name)
