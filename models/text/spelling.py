"""Taxonomy words as people mistype them.

Alphabetic words: one edit (Damerau 1964) away, found by deleting letters on both sides
(symmetric delete). Chinese words: other characters of the same sound, or of one that
southern speakers confuse (zh/z, ch/c, sh/s, ng/n), as pinyin input produces them. A form
that is a word of its own is no mistake: the catalogue's words are the evidence for the one,
the segmenter's dictionary for the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick
from pypinyin import Style, lazy_pinyin

from models.text import boundaries

_SHORTEST_LATIN = 7
_SHORTEST_HAN = 3
_LATIN = re.compile(r"(?<![^\W_])[a-z]{7,24}(?![^\W_])")
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


@dataclass(frozen=True)
class Respelled:
    """``[start, end)`` of the text is a mistyped ``word``."""

    start: int
    end: int
    word: str


class Spelling:
    """Finds mistyped ``words``. ``known`` are forms that are right as they are."""

    def __init__(self, words: Iterable[str], *, known: Iterable[str] = ()) -> None:
        self._words = frozenset(words)
        self._known = self._words | frozenset(known)
        self._by_deletion: dict[str, set[str]] = defaultdict(set)
        self._corrections: dict[str, str | None] = {}
        for word in self._words:
            if len(word) >= _SHORTEST_LATIN and word.isascii() and word.isalpha():
                for form in _deletions(word):
                    self._by_deletion[form].add(word)
        self._sounds = _Sounds()
        self._automaton = ahocorasick.Automaton()
        by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if len(word) >= _SHORTEST_HAN and all("\u4e00" <= c <= "\u9fff" for c in word):
                by_sound[word.translate(self._sounds)].append(word)
        for sound, same in by_sound.items():
            self._automaton.add_word(sound, (len(sound), tuple(sorted(same))))
        if by_sound:
            self._automaton.make_automaton()

    def find(self, joined: str, segments: boundaries.Words) -> list[Respelled]:
        """Mistyped words in folded texts, one a line."""
        found = [
            Respelled(match.start(), match.end(), word)
            for match in _LATIN.finditer(joined)
            if (word := self._correction(match.group())) is not None
        ]
        if len(self._automaton):
            for last, (length, words) in self._automaton.iter(joined.translate(self._sounds)):
                start, typed = last + 1 - length, joined[last + 1 - length : last + 1]
                if typed in self._known or not self._words.isdisjoint((typed[1:], typed[:-1])):  # 针+不锈钢
                    continue
                near = [word for word in words if sum(map(str.__ne__, word, typed)) == 1]
                if near and segments.is_unreadable(start, last + 1, _first_difference(near[0], typed)):
                    found.append(Respelled(start, last + 1, near[0]))
        return found

    def _correction(self, typed: str) -> str | None:
        if typed not in self._corrections:
            self._corrections[typed] = self._nearest(typed)
        return self._corrections[typed]

    def _nearest(self, typed: str) -> str | None:
        """The one word one edit away that begins with the same letter; None for a known form or a choice of several."""
        if typed in self._known or (typed.endswith("s") and typed[:-1] in self._known):
            return None
        candidates = {word for form in _deletions(typed) for word in self._by_deletion.get(form, ())}
        near = [word for word in candidates if word[0] == typed[0] and _is_one_edit(word, typed)]
        stems = {word.rstrip("s") for word in near}
        return min(near) if len(stems) == 1 else None


class _Sounds(dict[int, str]):
    """Chinese character → one character that stands for its sound; others stay."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, str] = {}

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if not "\u4e00" <= char <= "\u9fff":
            self[code] = char
            return char
        syllable = lazy_pinyin(char, style=Style.NORMAL)[0]
        for other, plain in _CONFUSED:
            syllable = syllable.replace(other, plain)
        self[code] = self._codes.setdefault(syllable, chr(0xE000 + len(self._codes)))
        return self[code]


def _deletions(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _first_difference(word: str, typed: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(word, typed, strict=False)) if a != b), min(len(word), len(typed)))


def _is_one_edit(word: str, typed: str) -> bool:
    """One letter more, less or other, or two neighbours swapped, before the last letter."""
    if word == typed or abs(len(word) - len(typed)) > 1:
        return False
    first = _first_difference(word, typed)
    if first >= min(len(word), len(typed)) - 1:  # another ending is another word: condensed, condenser
        return False
    rest, other = word[first:], typed[first:]
    if len(word) == len(typed):
        return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    longer, shorter = (rest, other) if len(rest) > len(other) else (other, rest)
    return longer[1:] == shorter
