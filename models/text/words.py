"""Which folded words stand for which senses: the taxonomy's own, the lexicon's, inflected forms.

A sense is (category, attribute, value); attribute "" is a category's name and category
``ANY`` holds for all. A word without senses is a guard: it keeps shorter words out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from models.text.lexicon import guard_words, languages_of, more_words
from models.text.normalise import SPACED, fold
from models.text.quantities import read_value
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy

Sense = tuple[str, str, str]
NOT_WORDS = frozenset({"yes", "no", "true", "false", "是", "否", "有", "无", "y", "n", "none", "other", "其他", "其它"})
_BARE_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ALPHABETIC = re.compile(rf"(?:{SPACED}|[ '&-])*[^\W\d_]")
_LATIN_ENDINGS = ("s", "es", "e", "n", "en", "er", "em")
_SHORTEST_INFLECTED = 4


@dataclass(frozen=True)
class WordTable:
    """Folded word → its senses, in the taxonomy's order; ``listed`` are those that are no inflected form or guard."""

    senses: dict[str, tuple[Sense, ...]]
    listed: frozenset[str]


def word_table(taxonomy: Taxonomy, languages: frozenset[str] | None = None) -> WordTable:
    """Every word a text is searched for, in the taxonomy's own languages unless told. Linear in its words."""
    table: dict[str, list[Sense]] = {}
    languages = languages or _languages(taxonomy)
    for category in taxonomy.categories:
        for _, name in category.names:
            table.setdefault(fold(name), []).append((category.category_id, "", ""))
        for attribute in category.attributes:
            for word, sense in _attribute_words(category, attribute, languages):
                table.setdefault(word, []).append(sense)
    table.pop("", None)
    listed = frozenset(table)
    for word, senses in list(table.items()):
        for form in inflected(word):
            if form not in table and form not in guard_words():  # clothes are no cloth
                table[form] = senses
    found = {word: tuple(dict.fromkeys(senses)) for word, senses in table.items()}
    return WordTable({**dict.fromkeys(guard_words() - {""}, ()), **found}, listed)


def inflected(word: str) -> Iterable[str]:
    """Other endings of the last word of an alphabetic phrase: plural, gender, case.

    Over-generates on purpose: a form that nobody writes costs nothing, and the listed
    words always win over a form.
    """
    last = word.rsplit(" ", 1)[-1]
    if len(last) < _SHORTEST_INFLECTED or not _ALPHABETIC.fullmatch(word) or any(c.isdigit() for c in last):
        return
    if "а" <= last[-1] <= "я":
        yield from _cyrillic_forms(word)
        return
    yield from (word + ending for ending in _LATIN_ENDINGS)
    if last[-1] == "y":
        yield word[:-1] + "ies"
    if last[-1] in "oae":
        yield from (word[:-1] + ending for ending in ("a", "o", "e", "i", "as", "os", "en"))
    if last.endswith("s") and not last.endswith("ss"):
        yield word[:-1]


def _cyrillic_forms(word: str) -> Iterable[str]:
    if word[-2:] in ("ый", "ий", "ой", "ая", "ое"):
        yield from (word[:-2] + e for e in ("ый", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "ому", "ую", "ой"))
        yield from (word[:-2] + e for e in ("ым", "ыми", "ых", "их", "его"))
    else:
        stem = word[:-1] if word[-1] in "аеояью" else word
        yield from (stem + e for e in ("", "а", "у", "ом", "е", "ы", "и", "ой", "ов", "ами", "ах", "я", "ью"))


def _languages(taxonomy: Taxonomy) -> frozenset[str]:
    words = (
        fold(word)
        for category in taxonomy.categories
        for attribute in category.attributes
        for word in (attribute.attribute, *(w for v in attribute.values for w in (v.value, *v.synonyms)))
    )
    named = {language for category in taxonomy.categories for language, _ in category.names}
    return languages_of(words, named=named)


def _attribute_words(
    category: Category, attribute: Attribute, languages: frozenset[str]
) -> Iterable[tuple[str, Sense]]:
    further = more_words(attribute, languages)
    for value in attribute.values:
        sense = (category.category_id, attribute.attribute, value.value)
        for surface in (value.value, *value.synonyms):
            folded = fold(surface)
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
            if word not in guard_words():  # 奶粉 is no shade of pink
                yield word, (category.category_id, attribute.attribute, name)
