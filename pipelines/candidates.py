"""Candidates: phrases that shoppers use and no taxonomy knows, ranked by evidence, for a person to accept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb
import pyarrow as pa

import sql
from models.text.normalise import fold
from models.text.phrase_rules import why_not
from models.text.phrases import Phrase, Units, find, occurrences
from models.text.runs import MARK, Run, cut, units_of
from models.text.variants import Group, group
from pipelines.candidate_rows import Evidence, Naming, rank
from pipelines.candidate_words import ShopWords, canonical, shop_words
from pipelines.engine import attach, engine, query, register
from pipelines.extract import load_taxonomy
from pipelines.lake import Lake
from pipelines.learnt_words import learnt_words
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult

_CUT = pa.schema(
    [
        ("category_id", pa.string()),
        ("query", pa.string()),
        ("runs", pa.list_(pa.string())),
        ("has_name", pa.bool_()),
        ("has_feature", pa.bool_()),
    ]
)
_TEXT_FIELDS = ("category_id", "query", "has_name", "has_feature")
_PLACES = pa.schema([("surface_id", pa.int32()), *(_CUT.field(name) for name in _TEXT_FIELDS)])
_MEMBERS = pa.schema([("phrase_id", pa.int32()), ("category_id", pa.string()), ("surface_id", pa.int32())])
_BATCH_ROWS = 50_000
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Proposals:
    """Groups of spellings by category, with a number for every phrase and every spelling.

    ``naming`` holds per category the share of people's texts that name it, and of these that state a feature.
    """

    by_phrase: dict[int, tuple[str, Group]]
    surfaces: dict[Units, int]
    naming: dict[str, Naming]


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_candidates of the planning day."""
    since = settings.candidates.window_start(as_of)
    with engine() as connection:
        for table in ("stg_searches", "int_searches"):
            attach(connection, lake, table, since=since.isoformat(), before=as_of.isoformat())
        for table in ("int_text_features", "raw_products"):
            attach(connection, lake, table)
        connection.execute(sql.text("int/int_candidate_searches"), {"as_of": as_of})
        rows = mine(connection, shop_words(lake, load_taxonomy(lake)), settings).rows
    published = publish_mart(lake, "mart_candidates", rows, as_of)
    return StepResult(stage="candidates", rows_by_table={"mart_candidates": published})


@dataclass(frozen=True)
class Mined:
    """Rows of mart_candidates, with the phrases and the counts they were made from."""

    rows: list[dict[str, Any]]
    proposals: Proposals
    evidence: Evidence


def mine(connection: duckdb.DuckDBPyConnection, words: ShopWords, settings: Settings) -> Mined:
    """New phrases of the searches that the connection holds as int_candidate_searches."""
    texts = query(connection, "int/int_candidate_texts")
    cuts, proposals = _propose(texts, words, settings.privacy.min_people)
    register(connection, "candidate_places", _places(cuts, proposals))
    register(connection, "candidate_members", _members(proposals))
    connection.execute(sql.text("int/int_candidate_hits"))
    evidence = Evidence(
        totals=query(connection, "int/int_candidate_totals").to_pylist(),
        counts=query(connection, "int/int_candidate_counts").to_pylist(),
        weeks=query(connection, "int/int_candidate_weeks").to_pylist(),
        clicks=query(connection, "int/int_candidate_clicks").to_pylist(),
        examples=query(connection, "int/int_candidate_examples", min_people=settings.privacy.min_people).to_pylist(),
        attributes=query(connection, "int/int_candidate_attributes").to_pylist(),
        naming=proposals.naming,
    )
    return Mined(rank(proposals.by_phrase, evidence, words, settings), proposals, evidence)


def _propose(texts: pa.Table, words: ShopWords, min_people: int) -> tuple[list[pa.Table], Proposals]:
    """Texts cut at known words, and the phrases found in what is left, category by category."""
    cuts: list[pa.Table] = []
    naming: dict[str, Naming] = {}
    by_phrase: dict[int, tuple[str, Group]] = {}
    surfaces: dict[Units, int] = {}
    for category_id, rows in groupby(_rows(texts), key=itemgetter("category_id")):
        weights: dict[Run, int] = {}
        done = []
        people = named = featured = 0
        known = words.cutting(category_id)
        for row in rows:
            spans = [(span["span_start"], span["span_end"]) for span in row["spans"]]
            one = cut(row["query"], spans, known)
            for found in one.runs:
                weights[found] = weights.get(found, 0) + row["people"]
            people += row["people"]
            named += row["people"] * one.has_name
            featured += row["people"] * (one.has_name and bool(spans))
            done.append(
                {
                    "category_id": category_id,
                    "query": row["query"],
                    "runs": [found.encode() for found in one.runs],
                    "has_name": one.has_name,
                    "has_feature": bool(spans),
                }
            )
        naming[category_id] = Naming(named / people, featured / max(named, 1))
        cuts.append(pa.Table.from_pylist(done, schema=_CUT))
        if category_id == UNKNOWN:
            continue
        for one_group in _new_groups(weights, words, category_id, min_people):
            by_phrase[len(by_phrase)] = (category_id, one_group)
            for member in (one_group.head, *one_group.variants):
                surfaces.setdefault(member.units, len(surfaces))
    return cuts, Proposals(by_phrase, surfaces, naming)


def _new_groups(weights: dict[Run, int], words: ShopWords, category_id: str, min_people: int) -> list[Group]:
    """Groups that are no news are left out whole, so that a spelling of a refused phrase does not come back."""
    judged = words.judging(category_id)
    groups = group(find(weights, min_weight=min_people))
    return [g for g in groups if not any(why_not(member.units, judged) for member in (g.head, *g.variants))]


def _rows(table: pa.Table) -> Iterator[dict]:
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        yield from batch.to_pylist()


def _places(cuts: list[pa.Table], proposals: Proposals) -> pa.Table:
    """Where each spelling stands: in what no taxonomy explains, or as a known word of that category."""
    parts = [_PLACES.empty_table()]
    surfaces = proposals.surfaces
    for table in cuts:
        found = []
        for row in _rows(table):
            here: set[int] = set()
            for encoded in row["runs"]:
                one = Run.decode(encoded)
                here.update(surfaces[one.units[start:end]] for start, end in occurrences(one, surfaces))
                for unit in one.units:
                    if unit.startswith(MARK) and len(unit) > 1:
                        known = tuple(units_of(unit[1:]))
                        if known in surfaces:  # a phrase that is new here and a known feature there
                            here.add(surfaces[known])
            found += [{"surface_id": surface, **{name: row[name] for name in _TEXT_FIELDS}} for surface in sorted(here)]
        if found:
            parts.append(pa.Table.from_pylist(found, schema=_PLACES))
    return pa.concat_tables(parts)


def _members(proposals: Proposals) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"phrase_id": phrase_id, "category_id": category_id, "surface_id": proposals.surfaces[member.units]}
            for phrase_id, (category_id, one) in proposals.by_phrase.items()
            for member in _all(one)
        ],
        schema=_MEMBERS,
    )


def _all(one: Group) -> tuple[Phrase, ...]:
    return (one.head, *one.variants)


def spellings(lake: Lake, category_id: str, phrase: str) -> tuple[str, ...]:
    """Other spellings that were counted with a learnt word or the latest candidates; none where it is neither."""
    days = lake.partitions("mart_candidates")
    candidates = lake.read("mart_candidates", only=[max(days)]).to_pylist() if days else []
    wanted = canonical(phrase)
    for row in [*learnt_words(lake), *candidates]:
        spelt = [row["phrase"], *row["variants"]]
        if row["category_id"] == category_id and wanted in map(canonical, spelt):
            return tuple(word for word in spelt if fold(word) != fold(phrase))
    return ()
