"""One form for texts that mean the same, with a way back to the text as typed.

NFKC (Unicode Standard Annex 15), case folding, accents of Latin and Greek letters off,
Traditional → Simplified Chinese by character (OpenCC), one kind of quote and dash, no
hyphen inside words, emoji and foreign punctuation as spaces, and no space except between
words of scripts that write them apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import opencc

# letters and digits of scripts that put spaces between words (not Chinese, Japanese, Thai)
SPACED = r"[^\W_\u0e00-\u0e7f\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_SPACES = re.compile(r"[^\S\n]+")
_SPACES_TO_KEEP = re.compile(rf"(?<={SPACED})[^\S\n]+(?={SPACED})")
_HYPHEN_IN_WORD = re.compile(rf"(?<={SPACED})(?<!\d)-(?=(?!\d){SPACED})")
_KEPT_SPACE = "\x00"
# what NFKC leaves apart although people type one for the other
_SAME = {
    **dict.fromkeys("‐‑‒–—―−﹣", "-"),
    **dict.fromkeys("’‘‛′`´", "'"),
    **dict.fromkeys("”“„″‟", '"'),
    **dict.fromkeys("×✕✖✗✘⨉⨯╳㐅", "x"),
    "〜": "~",
    "⁄": "/",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "ё": "е",
    **dict.fromkeys("أإآٱ", "ا"),
    "ى": "ي",
}
_SYMBOLS_WITH_MEANING = frozenset("°℃℉©®™+<>=|~^$¢£¥€₩₹₽±≥≤×")


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


class _FoldTable(dict[int, str]):
    """Code point → folded text, filled on first use; str.translate does the rest at C speed."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


def _fold_character(char: str) -> str:
    if char in _SAME:
        return _SAME[char]
    if _is_noise(char):
        return "" if unicodedata.category(char) in ("Cf", "Mn", "Me") else " "
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    folded = unicodedata.normalize("NFKC", char).casefold()
    if any(c >= "\u2e80" for c in folded):
        folded = _to_simplified().convert(folded)
    folded = _without_accents(folded)
    # what came out may itself have a simpler form: folding twice must change nothing
    return folded if folded == char else "".join(_fold_character(c) for c in folded)


def _is_noise(char: str) -> bool:
    """Emoji, joiners, control characters and punctuation that no unit or number needs."""
    if char.isascii():
        return char != "\n" and not char.isprintable()
    category = unicodedata.category(char)
    if category in ("So", "Sk", "Sm"):
        return char not in _SYMBOLS_WITH_MEANING and not unicodedata.normalize("NFKC", char)[0].isalnum()
    if category in ("Cf", "Cc", "Co", "Cn", "Me"):
        return True
    if category == "Mn":
        return "\ufe00" <= char <= "\ufe0f" or "\u0300" <= char <= "\u036f"  # variation selectors, loose accents
    return category[0] == "P" and not unicodedata.normalize("NFKC", char).isascii()


def _without_accents(folded: str) -> str:
    pieces = unicodedata.normalize("NFD", folded)
    if len(pieces) == len(folded) or not ("a" <= pieces[0] <= "z" or "α" <= pieces[0] <= "ω"):
        return folded
    return "".join(c for c in pieces if unicodedata.category(c) != "Mn")


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
    text = text.replace("\n", " ")
    folded = text.translate(_FOLD)
    normal = _respaced(folded)
    if len(folded) == len(text) and normal == folded:
        return NormalText(normal, len(text))
    starts = [index for index, char in enumerate(text) for _ in _FOLD[ord(char)]]
    kept_spaces = {match.start() for match in _SPACES_TO_KEEP.finditer(folded)}
    kept = [i for i, char in enumerate(folded) if not _SPACES.match(char) or i in kept_spaces]
    return NormalText(normal, len(text), tuple(starts[i] for i in kept))


def normalise_many(texts: Sequence[str]) -> list[str]:
    """The normalised texts alone, in one pass over all of them.

    Joining the texts lets every rule run once in C instead of once per text.
    """
    if not texts:
        return []
    joined = "\n".join(text.replace("\n", " ") if "\n" in text else text for text in texts)
    return _respaced(joined.translate(_FOLD)).split("\n")


def keeps_positions(text: str, normal: str) -> bool:
    """Whether every normal character stands at its place of the original (cheap test, no false yes)."""
    return len(text) == len(normal) and (
        text == normal or (text.isascii() and not _SPACES.search(text)) or not normalise(text).starts
    )


def fold(text: str) -> str:
    """The normalised text alone."""
    return normalise(text).text


def _respaced(folded: str) -> str:
    kept = _SPACES_TO_KEEP.sub(_KEPT_SPACE, folded)
    return _HYPHEN_IN_WORD.sub(" ", _SPACES.sub("", kept).replace(_KEPT_SPACE, " "))
