"""One form for texts that mean the same, with a way back to the text as typed.

NFKC (Unicode Standard Annex 15), case folding, Traditional → Simplified Chinese by
character (OpenCC), and no space between scripts or inside Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import opencc

_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[a-z0-9]")


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


class _FoldTable(dict[int, str]):
    """Code point → folded text, filled on first use; str.translate does the rest at C speed."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        if any(char >= "\u2e80" for char in folded):
            folded = _to_simplified().convert(folded)
        self[code] = folded
        return folded


_FOLD = _FoldTable()


@dataclass(frozen=True)
class NormalText:
    """A normalised text; ``starts[i]`` is the index in the original of normal character i.

    ``starts`` is empty where both texts are character by character the same length.
    """

    text: str
    original_length: int
    starts: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span of normal characters → half-open span of the text as given."""
        if not self.starts:
            return start, end
        last = self.starts[end - 1]
        after = next((s for s in self.starts[end:] if s > last), self.original_length)
        return self.starts[start], min(after, last + 1) if after > last else last + 1


def normalise(text: str) -> NormalText:
    """Fold ``text``; any two texts that differ only in form give the same result."""
    folded = text.translate(_FOLD)
    if len(folded) == len(text):
        starts: list[int] | None = None
    else:
        starts = [index for index, char in enumerate(text) for _ in _FOLD[ord(char)]]
    pieces: list[str] = []
    kept: list[int] = []
    position = 0
    is_changed = False
    for gap in _SPACES.finditer(folded):
        before, after = folded[gap.start() - 1 : gap.start()], folded[gap.end() : gap.end() + 1]
        is_needed = bool(before and after and _WORD.match(before) and _WORD.match(after))
        pieces.append(folded[position : gap.start()])
        kept += range(position, gap.start())
        if is_needed:
            pieces.append(" ")
            kept.append(gap.start())
        is_changed = is_changed or not is_needed or gap.group() != " "
        position = gap.end()
    if not is_changed:
        return NormalText(folded, len(text), tuple(starts or ()))
    pieces.append(folded[position:])
    kept += range(position, len(folded))
    mapped = [starts[index] for index in kept] if starts is not None else kept
    return NormalText("".join(pieces), len(text), tuple(mapped))


def fold(text: str) -> str:
    """The normalised text alone."""
    return normalise(text).text
