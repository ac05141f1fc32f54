"""Cut a query into what no taxonomy explains: runs of units between known words.

A unit is one Chinese character or one word of another script, so that phrases can be
counted without a dictionary of words, which a new word is not in. A space that was typed
inside Chinese is kept as a weak boundary. A known feature is one unit with a mark, because a
new phrase may hold one (ice silk lining, where ice is known) and may not be a piece of both.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from models.text.normalise import fold
from models.text.phrase_words import CUT_WORDS, NEGATIONS
from models.text.quantities import find_quantities

CHINESE = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNIT = re.compile(rf"[{CHINESE}]|[^\W_{CHINESE}]+(?:\.[0-9][^\W_{CHINESE}]*)*")
_APOSTROPHE = re.compile(r"['’]")
_IS_CHINESE = re.compile(rf"[{CHINESE}]")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:st|nd|rd|th|s)?")
MARK = "\0"  # first character of a unit that is a known feature; alone: a boundary
BRAND = MARK + "\1"  # first characters of a unit that is a brand, which may be a plain word: one, ice
_WEAK, _GLUED = "\x1e", "\x1f"
_MAY_COUNT = re.compile(r"[\d零一二两三四五六七八九十百千半]")
_AFTER_NEGATION = 4  # units that a negation takes away at most


@dataclass(frozen=True)
class Run:
    """Units in order; ``is_apart[i]`` is true where unit i was typed after a space or a sign."""

    units: tuple[str, ...]
    is_apart: tuple[bool, ...]

    def encode(self) -> str:
        """One text that ``decode`` reads back."""
        return "".join(
            (_WEAK if apart else _GLUED) + unit for unit, apart in zip(self.units, self.is_apart, strict=True)
        )

    @staticmethod
    def decode(text: str) -> Run:
        units, apart, start = [], [], 0
        for at in [*(i for i, c in enumerate(text) if c in (_WEAK, _GLUED)), len(text)]:
            if at > start:
                units.append(text[start + 1 : at])
                apart.append(text[start] == _WEAK)
            start = at
        return Run(tuple(units), tuple(apart))


@dataclass(frozen=True)
class Known:
    """Unit sequences that are no candidates, by first unit: the word's kind and length."""

    by_first: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = field(default_factory=dict)

    @staticmethod
    def of(words: Iterable[tuple[str, str]]) -> Known:
        """``words`` are (word, kind); kinds are name, brand, cut, negation."""
        found: dict[str, dict[tuple[str, ...], str]] = {}
        for word, kind in words:
            units = tuple(singular(unit) for unit in units_of(word))
            if units:
                found.setdefault(units[0], {}).setdefault(units, kind)
        return Known({first: tuple(sorted(w.items(), key=lambda i: (-len(i[0]), i[0]))) for first, w in found.items()})

    def at(self, units: Sequence[str], start: int) -> tuple[int, str] | None:
        """Length and kind of the longest known word that begins at ``start``."""
        for word, kind in self.by_first.get(units[start], ()):
            if tuple(units[start : start + len(word)]) == word:
                return len(word), kind
        return None


SHOP_TALK = tuple((word, "cut") for word in sorted(CUT_WORDS)) + tuple((word, "negation") for word in sorted(NEGATIONS))


@dataclass(frozen=True)
class Cut:
    """A query's runs, and whether it named its category."""

    runs: tuple[Run, ...]
    has_name: bool


def bare(unit: str) -> str:
    """A unit without its mark."""
    return unit.lstrip(BRAND)


def is_chinese(unit: str) -> bool:
    """Whether a unit is Chinese: one character, or a known feature that starts with one."""
    return bool(_IS_CHINESE.match(bare(unit)))


def plain_units(units: Sequence[str]) -> tuple[str, ...]:
    """Units without marks, known features taken apart: as they are in a text nobody has read."""
    return tuple(part for unit in units for part in (units_of(bare(unit)) if unit.startswith(MARK) else (unit,)))


def singular(unit: str) -> str:
    """An English word without its plural s; other units as they are."""
    if (
        len(unit) > 3
        and unit.isascii()
        and unit.isalpha()
        and unit.endswith("s")
        and not unit.endswith(("ss", "us", "is"))
    ):
        if unit.endswith("ies") and len(unit) > 4:
            return unit[:-3] + "y"
        return unit[:-2] if unit.endswith(("ches", "shes", "xes")) else unit[:-1]
    return unit


def units_of(text: str) -> list[str]:
    """Units of a text, folded."""
    return _UNIT.findall(fold(_APOSTROPHE.sub("", text)))


def text_of(units: Sequence[str]) -> str:
    """Units as a reader writes them: no space inside Chinese."""
    out = ""
    for unit in map(bare, units):
        out += unit if not out or (is_chinese(unit) or is_chinese(out[-1])) else " " + unit
    return out


def cut(text: str, spans: Collection[tuple[int, int]], known: Known) -> Cut:
    """Runs of ``text`` outside ``spans`` (half-open, of the text as given) and outside ``known`` words."""
    units: list[str] = []
    apart: list[bool] = []
    after_space = False
    for piece, is_known in _pieces(text, spans):
        if is_known:
            units.append(MARK + fold(piece))
            apart.append(after_space)
            after_space = False
            continue
        for at, word in enumerate(piece.split()):
            starts_apart = at > 0 or piece[:1].isspace()
            _add_word(fold(_APOSTROPHE.sub("", word)), starts_apart, units, apart)
        after_space = piece[-1:].isspace()
    return _split(units, apart, known)


def _pieces(text: str, spans: Collection[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    position = 0
    for start, end in sorted(spans):
        if start < position:
            continue
        if start > position:
            yield text[position:start], False
        yield text[start:end], True
        position = end
    if position < len(text):
        yield text[position:], False


def _add_word(word: str, starts_apart: bool, units: list[str], apart: list[bool]) -> None:
    """Units of one word without spaces; quantities become marks, a sign is a boundary."""
    taken = [(q.start, q.end) for q in find_quantities(word)] if _MAY_COUNT.search(word) else []
    last = 0
    for match in _UNIT.finditer(word):
        if any(start <= match.start() < end for start, end in taken):
            if units and units[-1] != MARK:
                units.append(MARK)
                apart.append(True)
            last = match.end()
            continue
        sign = word[last : match.start()]
        if sign.strip("- ") and units:
            units.append(MARK)
            apart.append(True)
        units.append(match.group())
        apart.append(starts_apart if last == 0 and not sign else bool(sign))
        last = match.end()


def _split(units: list[str], apart: list[bool], known: Known) -> Cut:
    """Runs between names, shop talk, numbers and what is negated; a brand becomes one marked unit of its run."""
    runs: list[Run] = []
    part: list[str] = []
    gaps: list[bool] = []
    has_name = False
    looked = [singular(unit) for unit in units]
    i = 0
    while i < len(units):
        hit = None if units[i].startswith(MARK) else known.at(looked, i)
        if hit is None and not units[i].startswith(MARK) and _NUMBER.fullmatch(units[i]):
            hit = 1, "number"
        if hit is None or hit[1] == "brand":
            length = 1 if hit is None else hit[0]
            part.append(units[i] if hit is None else BRAND + text_of(units[i : i + length]))
            gaps.append(apart[i])
            i += length
            continue
        has_name = has_name or hit[1] == "name"
        runs += _run(part, gaps)
        part, gaps = [], []
        i += hit[0]
        if hit[1] == "negation":
            i = _after_negation(units, apart, i)
    return Cut((*runs, *_run(part, gaps)), has_name)


def _run(units: list[str], apart: list[bool]) -> list[Run]:
    """One run, or none where nothing in it is new."""
    return [Run(tuple(units), tuple(apart))] if any(not unit.startswith(MARK) for unit in units) else []


def _after_negation(units: list[str], apart: list[bool], start: int) -> int:
    """Where the negated words end: at the next space after them, a mark, or a few units on."""
    at = start
    while at < len(units) and at - start < _AFTER_NEGATION and not units[at].startswith(MARK):
        if at > start and apart[at]:
            break
        at += 1
    return at
