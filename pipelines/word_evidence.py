"""Counts that say which value an unread phrase means: from SQL rows to arrays per category and attribute."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np

import sql
from models.linking import AttributeCounts, PhraseCounts
from models.text.matcher import Matcher
from models.text.phrases import occurrences
from models.text.runs import Run, plain_units, singular, text_of, units_of
from models.text.taxonomy import Attribute
from models.text.variants import Group, keys_of
from pipelines.candidates import Proposals
from pipelines.engine import query

Row = dict[str, Any]
MOST_VALUES = 100  # of an attribute; more are free text
_SCRIPTS = (
    re.compile("[\u3040-\u30ff]"),
    re.compile("[\uac00-\ud7a3]"),
    re.compile("[\u0400-\u04ff]"),
    re.compile("[\u2e80-\u9fff]"),
)


@dataclass(frozen=True)
class Home:
    """The attributes of a category that a phrase may be a value of, and what is known of each."""

    attributes: tuple[Attribute, ...]
    values: tuple[tuple[str, ...], ...]
    counts: tuple[AttributeCounts, ...]

    def with_word(self, attribute: int, value: int, phrase: PhraseCounts) -> Home:
        """The home once a phrase is read as a value: who said it said the value."""
        old = self.counts[attribute]
        said, chosen_by = old.said.copy(), old.chosen_by.copy()
        said[value] += phrase.people
        chosen_by[value] += phrase.chosen
        new = replace(old, said=said, chosen_by=chosen_by)
        return replace(self, counts=(*self.counts[:attribute], new, *self.counts[attribute + 1 :]))


@dataclass(frozen=True)
class WordEvidence:
    """Rows of the statements in sql/int/int_word_*, keyed for looking up."""

    said: Counter[tuple[str, str, str]]
    picked: Counter[tuple[str, str, str]]
    pairs: dict[tuple[str, str, str], Row]
    chosen_by_all: Counter[tuple[str, str, str]]
    chosen_by_value: Counter[tuple[str, str, str, str]]
    chosen_by_phrase: Counter[tuple[int, str, str]]
    products: dict[tuple[str, str], Counter[str]]
    open_titles: Counter[tuple[str, str, str]]
    titles: Counter[tuple[int, str, str]]
    beside: Counter[tuple[int, str]]

    def home(self, category_id: str, attributes: tuple[Attribute, ...]) -> Home:
        """What is known of the category's attributes that have named values; numbers are read by their units."""
        named = tuple(a for a in attributes if a.unit is None and a.values)
        values = tuple(self._values(category_id, a) for a in named)
        counts = tuple(self._attribute(category_id, a.attribute, v, named) for a, v in zip(named, values, strict=True))
        return Home(named, values, counts)

    def phrase(self, phrase_id: int, group: Group, home: Home, *, people: int, searches: int) -> list[PhraseCounts]:
        """What is known of a phrase, per attribute of its category."""
        script = _script(text_of(group.head.units))
        return [
            PhraseCounts(
                searches=searches,
                beside=min(self.beside[phrase_id, attribute.attribute], searches),
                people=people,
                chosen=np.array([self.chosen_by_phrase[phrase_id, attribute.attribute, v] for v in values]),
                titles=np.array([self.titles[phrase_id, attribute.attribute, v] for v in values]),
                has_gap=_gaps(attribute, values, script),
                likeness=_likeness(attribute, values, group),
            )
            for attribute, values in zip(home.attributes, home.values, strict=True)
        ]

    def _values(self, category_id: str, attribute: Attribute) -> tuple[str, ...]:
        """The listed values, then what products have besides, the most frequent first."""
        listed = [value.value for value in attribute.values]
        more = self.products.get((category_id, attribute.attribute), Counter())
        besides = sorted(more.keys() - set(listed), key=lambda v: (-more[v], v))
        return tuple((listed + besides)[:MOST_VALUES])

    def _attribute(
        self, category_id: str, name: str, values: tuple[str, ...], named: tuple[Attribute, ...]
    ) -> AttributeCounts:
        own = self.pairs.get((category_id, name, name), {"searches": 0, "several": 0})
        products: Counter[str] = self.products.get((category_id, name), Counter())
        others = []
        for other in named:
            stated = self.pairs.get((category_id, other.attribute, other.attribute))
            if other.attribute != name and stated:
                beside = self.pairs.get((category_id, other.attribute, name), {"searches": 0})
                others.append(beside["searches"] / stated["searches"])
        return AttributeCounts(
            beside_own=own["several"] / max(own["searches"], 1),
            beside_others=np.array(others),
            said=np.array([self.said[category_id, name, v] for v in values]),
            picked=np.array([self.picked[category_id, name, v] for v in values]),
            chosen_by=np.array([[self.chosen_by_value[category_id, name, u, v] for v in values] for u in values]),
            chosen_by_all=np.array([self.chosen_by_all[category_id, name, v] for v in values]),
            products=np.array([products[v] for v in values]),
            open_titles=np.array([self.open_titles[category_id, name, v] for v in values]),
        )


def gather(
    connection: duckdb.DuckDBPyConnection,
    proposals: Proposals,
    beside: list[Row],
    matcher: Matcher,
    products: list[Row],
) -> WordEvidence:
    """Count everything about the phrases the connection holds as int_candidate_hits and candidate_members.

    ``beside`` are rows of int_candidate_attributes; ``matcher`` gives filters their canonical names.
    """
    connection.execute(sql.text("int/int_word_features"))
    connection.execute(sql.text("int/int_word_choices"))
    picked: Counter[tuple[str, str, str]] = Counter()
    for row in query(connection, "int/int_word_filters").to_pylist():
        name, value = matcher.value_of(row["category_id"], row["attribute"], row["value"])
        picked[row["category_id"], name, value] += row["people"]
    chosen = query(connection, "int/int_word_chosen").to_pylist()
    by_all = [r for r in chosen if r["phrase_id"] is None and r["said_value"] is None]
    by_value = [r for r in chosen if r["said_value"] is not None]
    by_phrase = [r for r in chosen if r["phrase_id"] is not None]
    features = query(connection, "int/int_product_values").to_pylist()
    with_value: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in features:
        with_value[row["category_id"], row["attribute"]][row["value"]] += 1
    open_titles, titles = _titles(proposals, features, products, matcher)
    return WordEvidence(
        said=_counter(query(connection, "int/int_word_said").to_pylist(), "category_id", "attribute", "value"),
        picked=picked,
        pairs={
            (r["category_id"], r["attribute"], r["beside"]): r
            for r in query(connection, "int/int_word_pairs").to_pylist()
        },
        chosen_by_all=_counter(by_all, "category_id", "attribute", "value"),
        chosen_by_value=_counter(by_value, "category_id", "attribute", "said_value", "value"),
        chosen_by_phrase=_counter(by_phrase, "phrase_id", "attribute", "value"),
        products=with_value,
        open_titles=open_titles,
        titles=titles,
        beside=Counter({(r["phrase_id"], r["attribute"]): r["searches"] for r in beside if r["phrase_id"] is not None}),
    )


def _counter(rows: list[Row], *names: str) -> Counter[Any]:
    return Counter({tuple(row[name] for name in names): row["people"] for row in rows})


def _titles(
    proposals: Proposals, features: list[Row], products: list[Row], matcher: Matcher
) -> tuple[Counter[tuple[str, str, str]], Counter[tuple[int, str, str]]]:
    """Products per value whose title names no known value of the attribute, and per phrase those that hold it.

    A title that has a known word for the value needs no other, and a phrase inside a known word is a piece of it.
    """
    phrases: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for phrase_id, (category_id, group) in proposals.by_phrase.items():
        for member in (group.head, *group.variants):
            phrases[category_id][tuple(singular(unit) for unit in plain_units(member.units))] = phrase_id
    by_sku: dict[str, list[Row]] = defaultdict(list)
    for row in features:
        by_sku[row["sku_id"]].append(row)
    open_titles: Counter[tuple[str, str, str]] = Counter()
    found: Counter[tuple[int, str, str]] = Counter()
    readings = matcher.read_many([p["title"] or "" for p in products], [p["category_id"] for p in products])
    for product, reading in zip(products, readings, strict=True):
        title, named = product["title"] or "", {span.attribute for span in reading.features}
        for span in reversed(reading.features):
            title = f"{title[: span.start]}\n{title[span.end :]}"
        known = phrases.get(product["category_id"], {})
        held = set().union(*(_phrases_in(part, known) for part in title.split("\n")))
        for row in by_sku[product["sku_id"]]:
            if row["attribute"] not in named:
                open_titles[row["category_id"], row["attribute"], row["value"]] += 1
                found.update((phrase_id, row["attribute"], row["value"]) for phrase_id in held)
    return open_titles, found


def _phrases_in(text: str, known: dict[tuple[str, ...], int]) -> set[int]:
    units = tuple(singular(unit) for unit in units_of(text))
    run = Run(units, (False,) * len(units))
    return {known[units[start:end]] for start, end in occurrences(run, known)}


def _script(word: str) -> int:
    """The first script other than Latin that a word is written in, by number; the last is Latin."""
    return next((number for number, script in enumerate(_SCRIPTS) if script.search(word)), len(_SCRIPTS))


def _gaps(attribute: Attribute, values: tuple[str, ...], script: int) -> np.ndarray:
    """Which values (k,) have no word in a script that most listed ones have a word in."""
    written = {v.value: any(_script(word) == script for word in (v.value, *v.synonyms)) for v in attribute.values}
    is_usual = sum(written.values()) > len(written) / 2
    return np.array([is_usual and not written.get(value, True) for value in values])


def _likeness(attribute: Attribute, values: tuple[str, ...], group: Group) -> np.ndarray:
    """Values (k,): 2 where a word is the phrase but for spacing, order or an empty suffix; 1 where a word of this
    value only has a unit of the phrase; else 0.
    """
    words = {value.value: (value.value, *value.synonyms) for value in attribute.values}
    parts = [{singular(unit) for word in words.get(v, (v,)) for unit in units_of(word)} for v in values]
    counted = Counter(unit for found in parts for unit in found)
    own = {singular(unit) for unit in plain_units(group.head.units)}
    keys = set(keys_of(group.head.units))
    is_same = [not keys.isdisjoint(k for w in words.get(v, (v,)) for k in keys_of(tuple(units_of(w)))) for v in values]
    is_like = [any(counted[unit] == 1 for unit in own & found) for found in parts]
    return np.where(is_same, 2, np.where(is_like, 1, 0))
