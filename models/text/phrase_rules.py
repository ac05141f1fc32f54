"""What the form of a phrase alone tells: places, model numbers, names, slips of known words."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from models.text.phrase_words import PLACES
from models.text.phrases import Units
from models.text.runs import plain_units, singular, text_of
from models.text.variants import Spellings

_HAS_LETTER = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True)
class CategoryWords:
    """Words of one category that are no news: its names, its values, brands, and what people refused."""

    known: frozenset[str]
    spellings: Spellings
    pieces: frozenset[str]  # values and names without spaces, two characters or more


def why_not(units: Units, words: CategoryWords) -> str | None:
    """Why a phrase cannot be a new feature by its form, or None."""
    text = text_of([singular(unit) for unit in plain_units(units)])
    if text in words.known:
        return "known"
    if any(_is_row_of(part, PLACES) for part in (text_of(units), text, text.replace(" ", ""))):
        return "place"
    if _is_row_of(text.replace(" ", ""), words.pieces):
        return "known words in a row"
    if words.spellings.slip_of(units) is not None:
        return "misspelling"
    return None


def looks_like_a_model(units: Units) -> bool:
    """Letters and two digits or more in one word, or a word of one letter beside a number: rtx4060, yc kxf12."""
    return any(_HAS_LETTER.search(unit) and len(_DIGITS.findall(unit)) >= 2 for unit in plain_units(units))


def _is_row_of(text: str, words: Collection[str]) -> bool:
    """Whether a text is one of ``words`` or several of them in a row."""
    text = text.strip()
    if not text:
        return True
    return any(text[:end] in words and _is_row_of(text[end:], words) for end in range(len(text), 1, -1))
