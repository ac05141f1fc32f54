"""Find taxonomy words in texts: one automaton for all of them, leftmost-longest.

Aho & Corasick (1975) for the words, a number-with-unit reader for magnitudes; Latin
words match at word boundaries only; a negation right before (or after) marks the span.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import ahocorasick

from models.text.normalise import NormalText, fold, normalise
from models.text.quantities import find_quantities, read_value
from models.text.taxonomy import Attribute, Taxonomy

VERSION = "1"
_NOT_WORDS = frozenset(
    {"yes", "no", "true", "false", "是", "否", "有", "无", "y", "n", "none", "other", "其他", "其它"}
)
_NEGATION_BEFORE = re.compile(
    r"(?:不要|不带|不含|不用|不是|没有|无|免|非|(?<![a-z])(?:without|no|not|non|w/o)[ -]?(?:a )?)$"
)
_NEGATION_AFTER = re.compile(r"^(?:[ -]?free(?![a-z]))")
_BARE_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class FeatureSpan:
    """One feature found at ``[start, end)`` of the text as given."""

    attribute: str
    value: str
    start: int
    end: int
    surface: str
    negated: bool


@dataclass(frozen=True)
class Reading:
    """What a text says: its category (None: unknown) and features, left to right."""

    category_id: str | None
    category_source: str
    features: tuple[FeatureSpan, ...]


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    senses: tuple[tuple[str, str, str], ...]  # category, attribute, value; attribute "" for a category's name


class Matcher:
    """Reads texts by one taxonomy. Building is linear in its words, reading in the text."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        words: dict[str, list[tuple[str, str, str]]] = {}
        self._magnitudes: dict[tuple[str, float], list[tuple[str, str, str]]] = {}
        self._attribute_by_name: dict[str, dict[str, Attribute]] = {}
        for category in taxonomy.categories:
            for _, name in category.names:
                words.setdefault(fold(name), []).append((category.category_id, "", ""))
            known = self._attribute_by_name.setdefault(category.category_id, {})
            for attribute in category.attributes:
                known[fold(attribute.attribute)] = attribute
                self._add_values(category.category_id, attribute, words)
        self._automaton = ahocorasick.Automaton()
        for word, senses in words.items():
            if word:
                self._automaton.add_word(word, (len(word), tuple(dict.fromkeys(senses))))
        if len(self._automaton):
            self._automaton.make_automaton()

    def _add_values(self, category_id: str, attribute: Attribute, words: dict[str, list[tuple[str, str, str]]]) -> None:
        unit = fold(attribute.unit) if attribute.unit else None
        for value in attribute.values:
            sense = (category_id, attribute.attribute, value.value)
            for surface in (value.value, *value.synonyms):
                folded = fold(surface)
                for magnitude in read_value(folded, unit=unit):
                    self._magnitudes.setdefault(magnitude, []).append(sense)
                is_plain_value = surface == value.value
                if is_plain_value and (folded in _NOT_WORDS or _BARE_NUMBER.fullmatch(folded)):
                    continue
                words.setdefault(folded, []).append(sense)

    def read(self, text: str, *, category_id: str | None = None) -> Reading:
        """Features of ``text``; ``category_id`` where it is known from elsewhere."""
        normal = normalise(text)
        hits = self._hits(normal.text)
        source = "given"
        if category_id is None:
            category_id = self._vote(_leftmost_longest(hits))
            source = "unknown" if category_id is None else "text"
        if category_id is not None and category_id in self._attribute_by_name:
            hits = [
                _Hit(hit.start, hit.end, senses)
                for hit in hits
                if (senses := tuple(s for s in hit.senses if s[0] == category_id))
            ]
        chosen = _leftmost_longest(hits)
        features: dict[tuple[str, str, int], FeatureSpan] = {}
        for hit in chosen:
            for _, attribute, value in hit.senses:
                if attribute:
                    features.setdefault((attribute, value, hit.start), self._span(text, normal, hit, attribute, value))
        return Reading(category_id, source, tuple(features.values()))

    def value_of(self, category_id: str, attribute: str, text: str) -> tuple[str, str]:
        """Canonical (attribute, value) of a product attribute or filter; unknown words stay as given."""
        known = self._attribute_by_name.get(category_id, {}).get(fold(attribute))
        if known is None:
            return attribute, text
        folded = fold(text)
        for value in known.values:
            if folded == fold(value.value) or folded in map(fold, value.synonyms):
                return known.attribute, value.value
        for magnitude in read_value(folded, unit=fold(known.unit) if known.unit else None):
            for sense in self._magnitudes.get(magnitude, []):
                if sense[:2] == (category_id, known.attribute):
                    return known.attribute, sense[2]
        inside = {
            span.value
            for span in self.read(text, category_id=category_id).features
            if span.attribute == known.attribute and not span.negated
        }
        return known.attribute, inside.pop() if len(inside) == 1 else text

    def _hits(self, text: str) -> list[_Hit]:
        hits = []
        if len(self._automaton):
            for last, (length, senses) in self._automaton.iter(text):
                start, end = last + 1 - length, last + 1
                if _is_at_boundary(text, start, end):
                    hits.append(_Hit(start, end, senses))
        for quantity in find_quantities(text):
            senses = tuple(
                dict.fromkeys(s for magnitude in quantity.magnitudes for s in self._magnitudes.get(magnitude, []))
            )
            if senses:
                hits.append(_Hit(quantity.start, quantity.end, senses))
        return hits

    def _vote(self, hits: list[_Hit]) -> str | None:
        """The category a text names; else the one that alone explains most of its features."""
        named: Counter[str] = Counter()
        votes: Counter[str] = Counter()
        for hit in hits:
            for category in {s[0] for s in hit.senses if not s[1]}:
                named[category] = max(named[category], hit.end - hit.start)
            for category in {s[0] for s in hit.senses}:
                votes[category] += 1
        for count in (named, votes):
            best = count.most_common(2)
            if best and (len(best) == 1 or best[0][1] > best[1][1]):
                return best[0][0]
        if named:  # two categories share a name: the features decide
            best_named = sorted(named, key=lambda c: (-named[c], -votes[c], c))
            if votes[best_named[0]] > votes[best_named[1]]:
                return best_named[0]
        return None

    def _span(self, text: str, normal: NormalText, hit: _Hit, attribute: str, value: str) -> FeatureSpan:
        start, end = normal.span(hit.start, hit.end)
        negated = bool(
            _NEGATION_BEFORE.search(normal.text[max(0, hit.start - 12) : hit.start])
            or _NEGATION_AFTER.match(normal.text[hit.end : hit.end + 6])
        )
        return FeatureSpan(attribute, value, start, end, text[start:end], negated)


def _is_at_boundary(text: str, start: int, end: int) -> bool:
    """A Latin word must not begin or end inside another; a plural s may follow."""
    if _is_latin(text[start]) and start and _is_latin(text[start - 1]):
        return False
    if _is_latin(text[end - 1]) and end < len(text) and _is_latin(text[end]):
        return text[end] == "s" and not (end + 1 < len(text) and _is_latin(text[end + 1])) and text[end - 1].isalpha()
    return True


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _leftmost_longest(hits: list[_Hit]) -> list[_Hit]:
    """Hits that do not overlap: the leftmost first, of these the longest; equal spans join."""
    chosen: list[_Hit] = []
    position = 0
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.start >= position:
            chosen.append(hit)
            position = hit.end
        elif chosen and (hit.start, hit.end) == (chosen[-1].start, chosen[-1].end):
            chosen[-1] = _Hit(hit.start, hit.end, tuple(dict.fromkeys(chosen[-1].senses + hit.senses)))
    return chosen
