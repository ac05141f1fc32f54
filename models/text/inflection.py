"""Other forms of a dictionary word: plural, gender, case, and what opens a compound.

A taxonomy lists rojo, rot, wełna and Baumwolle; shoppers write rojas, roten, wełny and Baumwollhemd.
Forms are made from the word, so that a text need not be analysed: they over-generate on purpose. A
form that nobody writes costs nothing, and listed words always win over a form. The endings of each
language are in ``lexicon/inflection.yaml``; those of Latin script that hold everywhere are here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from models.text.data_files import load_yaml
from models.text.normalise import SPACED, fold

_ALPHABETIC = re.compile(rf"(?:{SPACED}|[ '&-])*[^\W\d_]")
_LATIN_ENDINGS = ("s", "es", "e", "n", "en", "er", "em")
_SHORTEST = 4
_SHORTEST_BY_LANGUAGE = 3  # where the endings are known to be of the word's language: rot, wit, lin
_SHORTEST_OF_A_COMPOUND = 4
_Endings = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]


def inflected(word: str) -> Iterable[str]:
    """Other endings of the last word of an alphabetic phrase, whatever its language."""
    last = word.rsplit(" ", 1)[-1]
    if len(last) < _SHORTEST or not _ALPHABETIC.fullmatch(word) or any(c.isdigit() for c in last):
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


def inflected_in(word: str, language: str, kind: str | None) -> Iterable[str]:
    """Forms of a folded word or phrase in one language; ``kind`` where the language's forms differ by it.

    In a phrase the last word or the first changes, or both where the language's words agree: grises claros.
    """
    first, _, rest = word.partition(" ")
    forms = [*_forms(word, language, kind)]
    if rest and " " not in rest:
        heads = _changes(first, language, kind)
        forms += [f"{head} {rest}" for head in heads]
        if language in _rules("agreeing"):
            tails = _changes(rest, language, kind)
            forms += [f"{head} {tail}" for head in heads for tail in tails if head[-1] == tail[-1]]
    yield from forms
    for prefix in (*_rules("prefixes").get(language, ()), *_rules("prefixes").get(f"{language} {kind}", ())):
        yield from (prefix + form for form in (word, *forms) if not form.startswith(prefix))


def spellings(word: str, languages: Iterable[str]) -> Iterable[str]:
    """A word as given, folded, and the other ways its accented letters are typed: grün, gruen."""
    yield fold(word)
    for language in languages:
        letters = _rules("spellings").get(language)
        if letters and not letters.keys().isdisjoint(word.lower()):
            yield fold("".join(letters.get(char, char) for char in word.lower()))


def openings(word: str, languages: Iterable[str]) -> Iterable[str]:
    """What a folded word looks like at the beginning of a compound: baumwolle, baumwoll; seide, seiden."""
    if len(word) < _SHORTEST_OF_A_COMPOUND or not word.isascii() or not word.isalpha():
        return
    for language in languages:
        changes = _rules("compounds").get(language)
        if changes is None:
            continue
        yield word
        for ending, others in changes.items():
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_OF_A_COMPOUND:
                yield from (word.removesuffix(ending) + other for other in others)


@cache
def no_compound() -> re.Pattern[str]:
    """What stands behind a word in one word that is no product of it: metallisch, goldbraun, herrlich."""
    return re.compile("|".join(_rules("no_compounds")))


def _forms(word: str, language: str, kind: str | None) -> list[str]:
    head, _, last = word.rpartition(" ")
    return [f"{head} {form}".strip() for form in _changes(last, language, kind)]


def _changes(word: str, language: str, kind: str | None) -> list[str]:
    """Forms of one word."""
    is_spaced = re.match(SPACED, word[-1:]) is not None
    if is_spaced and (len(word) < _SHORTEST_BY_LANGUAGE or not word.isalpha()):
        return []
    return [
        ending.sub(other, word, count=1)
        for ending, others in (*_endings(language), *_endings(f"{language} {kind}"))
        if ending.search(word)
        for other in others
    ]


@cache
def _endings(key: str) -> _Endings:
    listed = _rules("endings").get(key, {})
    return tuple((re.compile(f"(?:{ending})$"), tuple(map(fold, others))) for ending, others in listed.items())


@cache
def _rules(group: str):  # type: ignore[no-untyped-def]  # each group of the file has its own shape
    return load_yaml("inflection.yaml")[group]


def _cyrillic_forms(word: str) -> Iterable[str]:
    if word[-2:] in ("ый", "ий", "ой", "ая", "ое"):
        yield from (word[:-2] + e for e in ("ый", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ого", "ому", "ую", "ой"))
        yield from (word[:-2] + e for e in ("ым", "ыми", "ых", "их", "его"))
    else:
        stem = word[:-1] if word[-1] in "аеояью" else word
        yield from (stem + e for e in ("", "а", "у", "ом", "е", "ы", "и", "ой", "ов", "ами", "ах", "я", "ью"))
