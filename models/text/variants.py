"""Which phrases are one thing written in several ways.

Spacing, plural, word order, a suffix that adds nothing, a slip of the keyboard (Damerau 1964:
one insertion, deletion, substitution or transposition; two in long words), a character that
sounds alike. A slip is only called one where it is much rarer than what it is a slip of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.text.phrases import Phrase, Units
from models.text.runs import is_chinese, plain_units, singular

SLIP_SHARE = 0.34  # a slip weighs at most this much of the right spelling
SAME_THING_SHARE = 0.6  # a longer phrase this heavy is the shorter one
_SUFFIXES = frozenset(["的", "款", "式", "型", "版", "类", "格", "style", "type"])
_HOMOPHONE_DISTANCE = 40
_FIRST_SORTED, _LAST_SORTED = 0xB0A1, 0xD7F9  # the characters GB 2312 sorts by pinyin


@dataclass(frozen=True)
class Group:
    """One thing: the spelling to show and the other ones."""

    head: Phrase
    variants: tuple[Phrase, ...]


def group(phrases: Sequence[Phrase]) -> list[Group]:
    """Phrases, the heaviest first → groups of one thing each, heads in the same order."""
    heads: list[Phrase] = []
    members: dict[Units, list[Phrase]] = {}
    by_key: dict[str, Units] = {}
    by_slip: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        keys = tuple(keys_of(phrase.units))
        head = next((by_key[key] for key in keys if key in by_key), None)
        if head is None:
            head = next((p.units for p in _near(phrase.units, by_slip) if phrase.weight <= SLIP_SHARE * p.weight), None)
        if head is None:
            head = _shorter(phrase, members)
        if head is None:
            head = phrase.units
            heads.append(phrase)
            members[head] = []
            for slip in _slips(joined(phrase.units)):
                by_slip.setdefault(slip, []).append(phrase)
        else:
            members[head].append(phrase)
        for key in keys:
            by_key.setdefault(key, head)
    return [Group(head, tuple(members[head.units])) for head in heads]


def joined(units: Sequence[str]) -> str:
    """Units in one piece, words in the singular."""
    return "".join(singular(unit) for unit in plain_units(units))


def keys_of(units: Units) -> Iterator[str]:
    """Texts that are equal for spellings of one phrase."""
    plain = [singular(unit) for unit in plain_units(units)]
    yield "".join(plain)
    if len(plain) > 2 or not any(map(is_chinese, plain)):
        yield "sorted:" + "".join(sorted(plain))
    if len(plain) > 2 and plain[-1] in _SUFFIXES:
        yield "".join(plain[:-1])


def _shorter(phrase: Phrase, heads: Collection[Units]) -> Units | None:
    """The head that is this phrase less one unit, where both mean the same to nearly everybody."""
    for part in (phrase.units[:-1], phrase.units[1:]):
        if part in heads and len(part) > 1:
            return part if phrase.units[-1] in _SUFFIXES else None
    return None


class Spellings:
    """Known words, to ask whether a phrase is a slip of one."""

    def __init__(self, words: Iterable[Units]) -> None:
        self._by_slip: dict[str, list[Phrase]] = {}
        for units in words:
            for slip in _slips(joined(units)):
                self._by_slip.setdefault(slip, []).append(Phrase(units, 0, 1.0))

    def slip_of(self, units: Units) -> Units | None:
        """The known word that ``units`` misspell, if any."""
        return next((p.units for p in _near(units, self._by_slip) if joined(p.units) != joined(units)), None)


def _near(units: Units, by_slip: dict[str, list[Phrase]]) -> Iterator[Phrase]:
    text = joined(units)
    for slip in _slips(text):
        for other in by_slip.get(slip, ()):
            if is_slip(text, joined(other.units)):
                yield other


def _slips(text: str) -> set[str]:
    """Texts that two spellings share when one is a slip of the other: each with a character left out."""
    if len(text) < 3:
        return set()
    once = {text[:i] + text[i + 1 :] for i in range(len(text))}
    return once | {text}


def is_slip(one: str, other: str) -> bool:
    """Whether two different texts differ like a slip: by one step, in Chinese by a character that sounds alike."""
    if one == other:
        return False
    if any(map(is_chinese, one)) or any(map(is_chinese, other)):
        if len(one) != len(other) or len(one) < 3:
            return False
        differ = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
        return len(differ) == 1 and sounds_alike(*differ[0])
    if min(len(one), len(other)) < 5 or any(c.isdigit() for c in one + other):
        return False
    return _one_step(one, other)


def _one_step(one: str, other: str) -> bool:
    """Damerau distance 1."""
    if len(one) > len(other):
        one, other = other, one
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) == len(other):
        rest_one, rest_other = one[start:], other[start:]
        return rest_one[1:] == rest_other[1:] or (rest_one[:2] == rest_other[1::-1] and rest_one[2:] == rest_other[2:])
    return len(other) == len(one) + 1 and one[start:] == other[start + 1 :]


def sounds_alike(one: str, other: str) -> bool:
    """Whether two Chinese characters have nearly one sound.

    GB 2312 sorts its 3,755 common characters by pinyin, so homophones are neighbours there.
    Rarer characters are never called alike.
    """
    places = [_place(one), _place(other)]
    return None not in places and abs(places[0] - places[1]) <= _HOMOPHONE_DISTANCE  # type: ignore[operator]


def _place(char: str) -> int | None:
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return None
    if len(code) != 2 or not _FIRST_SORTED <= int.from_bytes(code, "big") <= _LAST_SORTED:
        return None
    return (code[0] - 0xB0) * 94 + code[1] - 0xA1
