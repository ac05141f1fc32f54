"""Find taxonomy words in texts: one automaton for all of them, leftmost-longest.

Aho & Corasick (1975) for the words, a grammar for numbers with units, patterns for size
codes. Words of alphabetic scripts match at word boundaries only, a single Chinese
character only where it is a word of its own; a negation right before (or after) marks the
span. Many texts are read in one pass over their concatenation, so the cost of a text is
the cost of what is found in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import ahocorasick

from models.text import boundaries
from models.text.categories import CategoryModel
from models.text.lexicon import kind_of
from models.text.made_of import is_of_the_product
from models.text.measures import Measures
from models.text.negation import is_negated
from models.text.normalise import NormalText, fold, keeps_positions, normalise, normalise_many
from models.text.packed import is_empty_container
from models.text.quantities import Quantity, find_quantities, read_value
from models.text.size_codes import SIZE_CODE
from models.text.spelling import Spelling
from models.text.surroundings import Surroundings
from models.text.taxonomy import ANY, Attribute, Taxonomy
from models.text.words import Sense, word_table

VERSION = "8"
_BLOCK = 20_000  # texts read in one pass: bounded memory


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
    """What a text says: its category (None: unknown) with a probability, and features, left to right."""

    category_id: str | None
    category_source: str
    features: tuple[FeatureSpan, ...]
    category_probability: float = 1.0


@dataclass(slots=True)
class _Hit:
    start: int
    end: int
    senses: tuple[Sense, ...] = ()
    quantity: Quantity | None = None  # its senses depend on the category, and so do a size code's
    is_size_code: bool = False
    is_guard: bool = False


class Matcher:
    """Reads texts by one taxonomy. Building is linear in its words, reading in the text."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        *,
        categories: CategoryModel | None = None,
        known_words: Iterable[str] = (),
        languages: frozenset[str] | None = None,
    ) -> None:
        """Words of the lexicon join in ``languages``, by default those the taxonomy is written in.

        ``categories`` judges texts that name no category; ``known_words`` (of brands and titles)
        are never taken for a misspelling.
        """
        self.taxonomy = taxonomy
        self._categories = categories
        self.measures = Measures(taxonomy)
        self._attribute_by_name: dict[str, dict[str, Attribute]] = {
            category.category_id: {fold(a.attribute): a for a in category.attributes}
            for category in taxonomy.categories
        }
        self._automaton = ahocorasick.Automaton()
        table = word_table(taxonomy, languages)
        self._senses = table.senses
        self._surroundings = Surroundings(table.languages)
        self._is_japanese = "ja" in table.languages
        self._single = {
            word: frozenset(attribute for _, attribute, _ in senses)
            for word, senses in table.senses.items()
            if len(word) == 1 and senses
        }
        known = {token for word in known_words for token in fold(word).split(" ")}
        self._spelling = Spelling(table.listed, known=known.union(table.senses))
        for word, senses in table.senses.items():
            self._automaton.add_word(
                word, (len(word), senses, boundaries.rule_of(word, is_opening=word in table.openings))
            )
        if len(self._automaton):
            self._automaton.make_automaton()
        self._kind = {
            (category.category_id, attribute.attribute): kind_of(attribute)
            for category in taxonomy.categories
            for attribute in category.attributes
        }
        self._of_category: dict[tuple[tuple[Sense, ...], str | None], tuple[Sense, ...]] = {}
        # attributes of any category are all that a text of unknown category can be read by
        self._has_any = ANY in self._attribute_by_name

    def read(self, text: str, *, category_id: str | None = None) -> Reading:
        """Features of ``text``; ``category_id`` where it is known from elsewhere."""
        return self.read_many([text], [category_id])[0]

    def read_many(self, texts: Sequence[str], category_ids: Sequence[str | None] | None = None) -> list[Reading]:
        """Readings of many texts, in their order; the fast way."""
        hints = category_ids if category_ids is not None else [None] * len(texts)
        readings: list[Reading] = []
        for first in range(0, len(texts), _BLOCK):
            block = texts[first : first + _BLOCK]
            normals = normalise_many(block)
            found = self._hits(normals)
            readings += [
                self._reading(text, normal, hits, hint)
                for text, normal, hits, hint in zip(block, normals, found, hints[first : first + _BLOCK], strict=True)
            ]
        return readings

    def value_of(self, category_id: str, attribute: str, text: str) -> tuple[str, str]:
        """Canonical (attribute, value) of a product attribute or filter; unknown words stay as given."""
        known = self._attribute(category_id, attribute)
        if known is None:
            return attribute, text
        folded = fold(text)
        for value in known.values:
            if folded == fold(value.value) or folded in map(fold, value.synonyms):
                return known.attribute, value.value
        for dimension, magnitude in read_value(folded, unit=known.unit):
            for sense in self.measures.listed(dimension, magnitude):
                if sense[0] in (category_id, ANY) and sense[1] == known.attribute:
                    return known.attribute, sense[2]
        inside = {
            span.value
            for span in self.read(text, category_id=category_id).features
            if span.attribute == known.attribute and not span.negated
        }
        return known.attribute, inside.pop() if len(inside) == 1 else text

    def _attribute(self, category_id: str, attribute: str) -> Attribute | None:
        name = fold(attribute)
        own = self._attribute_by_name.get(category_id, {}).get(name)
        return own or self._attribute_by_name.get(ANY, {}).get(name)

    def _hits(self, normals: Sequence[str]) -> list[list[_Hit]]:
        """Every hit of every text, at positions of its normalised text, unordered."""
        joined = "\n".join(normals)
        starts = list(accumulate((len(normal) + 1 for normal in normals[:-1]), initial=0))
        found: list[list[_Hit]] = [[] for _ in normals]
        for hit in self._hits_in(joined):
            text = bisect_right(starts, hit.start) - 1
            hit.start -= starts[text]
            hit.end -= starts[text]
            found[text].append(hit)
        return found

    def _hits_in(self, joined: str) -> Iterator[_Hit]:
        """Every hit in texts that stand one a line."""
        words = boundaries.Words(joined)
        if len(self._automaton):
            for last, (length, senses, rule) in self._automaton.iter(joined):
                start, end = last + 1 - length, last + 1
                if rule and not boundaries.is_at_boundary(joined, start, end, rule):
                    continue
                if senses and rule & boundaries.SINGLE_HAN:
                    is_alone = self._is_japanese and words.stands_alone(start)  # 赤 ワンピース, 革ジャケット
                    if not is_alone and not words.is_value(start, self._single, self._senses):
                        continue
                if rule & boundaries.HAN and words.is_cut(start, end):
                    continue
                if senses and rule & boundaries.HAN and is_empty_container(joined, start, end):
                    continue
                yield _Hit(start, end, senses, is_guard=bool(rule & boundaries.GUARD))
        for quantity in find_quantities(joined):
            # 一匹半空调, 二合一语音, 四人家用: the segmenter's 半空, 一语 and 人家 are none
            is_whole = joined[quantity.end - 1] == "半" or joined.startswith("人家用", quantity.end - 1)
            is_whole = is_whole or joined.startswith("合一", quantity.end - 2)
            if is_whole or not words.is_cut(quantity.start, quantity.end, is_strict=True):
                yield _Hit(quantity.start, quantity.end, quantity=quantity)
        for respelled in self._spelling.find(joined, words):
            yield _Hit(respelled.start, respelled.end, self._senses[respelled.word])
        if self.measures.has_sizes:
            for match in SIZE_CODE.finditer(joined):
                yield _Hit(match.start(), match.end(), is_size_code=True)

    def _reading(self, text: str, normal: str, hits: list[_Hit], hint: str | None) -> Reading:
        category_id, source, probability = hint, "given", 1.0
        if hint is None:
            category_id, probability = self._category(normal, hits)
            source = "unknown" if category_id is None else "text"
        if not hits:
            return Reading(category_id, source, (), probability)
        chosen = _leftmost_longest(self._without_names(self._resolved(hits, normal, category_id)))
        if not chosen:
            return Reading(category_id, source, (), probability)
        mapped = NormalText(normal, len(text)) if keeps_positions(text, normal) else normalise(text)
        features: dict[tuple[str, str, int], FeatureSpan] = {}
        for hit in chosen:
            kinds = {self._kind.get(sense[:2]) for sense in hit.senses} if self._surroundings.is_needed else set()
            for category, attribute, value in hit.senses:
                kind = self._kind.get((category, attribute))
                if kinds and not self._surroundings.allow(
                    kind, normal, hit.start, hit.end, is_ambiguous=kinds >= {"colour", "material"}
                ):
                    continue
                is_general = category == ANY and hint is None
                if kind and not is_of_the_product(kind, normal, hit.start, hit.end, is_general=is_general):
                    continue
                if attribute and (attribute, value, hit.start) not in features:
                    features[(attribute, value, hit.start)] = _span(text, mapped, hit, attribute, value)
        return Reading(category_id, source, tuple(features.values()), probability)

    def _resolved(self, hits: list[_Hit], normal: str, category_id: str | None) -> list[_Hit]:
        """Hits with the senses they have in a category (None: in all); guards stay, others without sense go."""
        known = category_id if category_id in self._attribute_by_name else None
        measured = ANY if known is None and self._has_any else known
        coded = {(hit.start, hit.end) for hit in hits if hit.is_size_code}  # 文胸75a is no current
        resolved = []
        for hit in hits:
            if hit.quantity is not None and (hit.start, hit.end) in coded:
                continue
            if hit.quantity is not None:
                senses = self.measures.senses(hit.quantity, normal[hit.start : hit.end], measured)
            elif hit.is_size_code:
                senses = self.measures.size_senses(normal[hit.start : hit.end], measured)
            elif not hit.senses or (known is None and not self._has_any):
                resolved.append(hit)
                continue
            else:
                senses = self._senses_in(known, hit.senses)
            if senses or hit.is_guard:
                resolved.append(_Hit(hit.start, hit.end, senses, is_guard=hit.is_guard))
        return resolved

    def _without_names(self, hits: list[_Hit]) -> list[_Hit]:
        """Hits less the category names that begin with whom they are for, or with a material or size of one character:
        cat food, 木板, 小推车."""
        begins = {hit.start for hit in hits if any(self._opens_a_name(hit, sense) for sense in hit.senses)}
        if not begins:
            return hits
        return [h for h in hits if h.start not in begins or h.is_guard or any(a for _, a, _ in h.senses)]

    def _opens_a_name(self, hit: _Hit, sense: Sense) -> bool:
        kind = self._kind.get(sense[:2])
        return kind == "audience" or (hit.end - hit.start == 1 and kind in ("material", "size"))

    def _senses_in(self, category_id: str | None, senses: tuple[Sense, ...]) -> tuple[Sense, ...]:
        """Senses of one category and those that hold everywhere; names of categories where it is unknown."""
        key = (senses, category_id)
        found = self._of_category.get(key)
        if found is None:
            found = tuple(s for s in senses if s[0] in (category_id, ANY) or (category_id is None and not s[1]))
            self._of_category[key] = found
        return found

    def _category(self, normal: str, hits: list[_Hit]) -> tuple[str | None, float]:
        """The category a text names; else the likeliest by its words; else the one its features vote for."""
        chosen = _leftmost_longest(self._resolved(hits, normal, None))
        named: Counter[str] = Counter()
        votes: Counter[str] = Counter()
        for hit in chosen:
            for category in {s[0] for s in hit.senses if not s[1]}:
                named[category] = max(named[category], hit.end - hit.start)
            for category in {s[0] for s in hit.senses} - {ANY}:
                votes[category] += 1
        winner = _winner(named)
        if winner is None and named:  # two categories share a name: the features decide
            winner = _winner(Counter({category: votes[category] for category in named}))
        if winner is not None:
            return winner
        if self._categories is not None:
            judged, probability = self._categories.predict(normal)
            if judged is not None:
                return judged, probability
        return _winner(votes) or (None, 0.0)


def _winner(counts: Counter[str]) -> tuple[str, float] | None:
    """The only one with the most votes, with its share of all (one vote of prior doubt); None for a tie."""
    best = counts.most_common(2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return best[0][0], (best[0][1] + 1) / (sum(counts.values()) + 2)


def _span(text: str, normal: NormalText, hit: _Hit, attribute: str, value: str) -> FeatureSpan:
    start, end = normal.span(hit.start, hit.end)
    return FeatureSpan(attribute, value, start, end, text[start:end], is_negated(normal.text, hit.start, hit.end))


def _leftmost_longest(hits: list[_Hit]) -> list[_Hit]:
    """Hits that do not overlap: the leftmost first, of these the longest; equal spans join."""
    if len(hits) < 2:
        return hits
    chosen: list[_Hit] = []
    position = 0
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.start >= position:
            chosen.append(hit)
            position = hit.end
        elif chosen and (hit.start, hit.end) == (chosen[-1].start, chosen[-1].end):
            is_kept_out = any(one.is_guard and not one.senses for one in (chosen[-1], hit))  # 361度 is a name
            senses = () if is_kept_out else tuple(dict.fromkeys(chosen[-1].senses + hit.senses))
            chosen[-1] = _Hit(hit.start, hit.end, senses, is_guard=is_kept_out)
    return chosen
