"""Learn: words that the taxonomy lacks are read as the value they mean, where the evidence leaves no doubt."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import duckdb
import pyarrow as pa

import sql
from models.linking import SURE, PhraseCounts, Verdict, judge
from models.text.matcher import Matcher
from models.text.runs import text_of
from pipelines import audit, extract
from pipelines.builds import record, recorded
from pipelines.candidate_words import ShopWords, canonical, shop_words
from pipelines.candidates import Mined, mine
from pipelines.engine import attach, engine, query, register
from pipelines.lake import Lake, contract_of, schema_of
from pipelines.learnt_words import TABLE, learnt_words, rejected_words
from pipelines.settings import Settings
from pipelines.steps import StepResult
from pipelines.word_evidence import Home, WordEvidence, gather

Row = dict[str, Any]
VERSION = "1"  # raise it when words are judged otherwise
KEPT = 0.5  # a learnt word stays while it is likelier than everything else together
FADED = 0.5  # of the most people who said it: said by fewer it is not judged again
_VALUES = pa.schema([(name, pa.string()) for name in ("category_id", "attribute", "value")])


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_learnt_words; where its words changed, texts are read again before anything counts them."""
    is_on = settings.candidates.learn_words
    wanted = _fingerprint(lake, as_of, settings) if is_on else "off"
    built = recorded(lake, TABLE)
    # an earlier planning day does not take back what was learnt later
    if built.get(as_of.isoformat()) == wanted or max(built, default="") > as_of.isoformat():
        return StepResult(stage="learn", rows_by_table={})
    before = learnt_words(lake)
    result = _publish(lake, as_of, settings, before, _learn(lake, as_of, settings, before) if is_on else [])
    record(lake, TABLE, {as_of.isoformat(): wanted}, rows_by_day={as_of.isoformat(): lake.read(TABLE).num_rows})
    return result


def _fingerprint(lake: Lake, as_of: dt.date, settings: Settings) -> str:
    """Changes with everything that words are judged by, but not with what was learnt."""
    first, last = settings.candidates.window_start(as_of).isoformat(), as_of.isoformat()
    inputs: dict[str, object] = {
        table: {day: print_ for day, print_ in lake.partitions(table).items() if first <= day < last}
        for table in ("stg_searches", "stg_order_events")
    }
    inputs["raw_products"] = lake.partitions("raw_products")
    inputs["words"] = sorted((key, sorted(words)) for key, words in rejected_words(lake).items())
    inputs["reader"] = [VERSION, extract.reader_hash(extract.given_taxonomy(lake)), settings.privacy.min_people]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:24]


def _publish(lake: Lake, as_of: dt.date, settings: Settings, before: list[Row], after: list[Row]) -> StepResult:
    data = pa.Table.from_pylist(after, schema=schema_of(TABLE))
    if lake.version(TABLE) < 0 or after != before:
        report = lake.root / "runs" / as_of.isoformat() / "expectations" / f"{TABLE}.json"
        audit.validate(data, contract_of(TABLE), report=report)
        lake.publish(TABLE, data)
    rows = {TABLE: data.num_rows}
    if _meanings(before) != _meanings(after):
        rows |= extract.run(lake, as_of, settings).rows_by_table
    return StepResult(stage="learn", rows_by_table=rows)


def _meanings(words: list[Row]) -> set[tuple[str, ...]]:
    return {(w["category_id"], w["attribute"], w["value"], w["phrase"], *w["variants"]) for w in words}


def _learn(lake: Lake, as_of: dt.date, settings: Settings, before: list[Row]) -> list[Row]:
    """All words to read from now on, learnt before or today."""
    taxonomy = extract.given_taxonomy(lake)
    products = lake.read("raw_products").select(["sku_id", "category_id", "title", "brand", "attributes"]).to_pylist()
    matcher = extract.catalogue_matcher(taxonomy, products)
    words = shop_words(lake, taxonomy)
    since = settings.candidates.window_start(as_of).isoformat()
    with engine() as connection:
        for table in ("stg_searches", "int_searches", "stg_order_events"):
            attach(connection, lake, table, since=since, before=as_of.isoformat())
        for table in ("int_text_features", "int_product_features", "raw_products"):
            attach(connection, lake, table)
        connection.execute(sql.text("int/int_candidate_searches"), {"as_of": as_of})
        _forget(connection, before, matcher)
        mined = mine(connection, words, settings)
        evidence = gather(connection, mined.proposals, mined.evidence.attributes, matcher, products)
    spoken = {category_id for category_id, _ in mined.proposals.by_phrase.values()}
    homes = {
        category.category_id: evidence.home(category.category_id, category.attributes)
        for category in taxonomy.categories
        if category.category_id in spoken | {word["category_id"] for word in before}
    }
    open_ = [word for word in before if _is_open(word, homes, words)]
    return _linked(mined, evidence, homes, open_, as_of)


def _forget(connection: duckdb.DuckDBPyConnection, before: list[Row], matcher: Matcher) -> None:
    """Read texts with learnt words by the taxonomy alone, so that these are judged as if they were new."""
    if not before:
        return
    values = [{name: word[name] for name in _VALUES.names} for word in before]
    register(connection, "learnt_values", pa.Table.from_pylist(values, schema=_VALUES))
    taught = query(connection, "int/int_taught_texts")
    register(connection, "untaught", extract.read_texts(taught, matcher, ""))
    register(connection, "int_text_features", query(connection, "int/int_untaught_texts"))


def _linked(
    mined: Mined, evidence: WordEvidence, homes: dict[str, Home], before: list[Row], as_of: dt.date
) -> list[Row]:
    """Words of all categories; those learnt before that few said lately stay as they were, for lack of evidence."""
    counts = {row["phrase_id"]: row for row in mined.evidence.counts}
    known = {(w["category_id"], canonical(s)): w for w in before for s in (w["phrase"], *w["variants"])}
    listed = {(row["category_id"], row["phrase"]) for row in mined.rows}
    judged: dict[str, dict[int, Row | None]] = {}
    for phrase_id, (category_id, group) in mined.proposals.by_phrase.items():
        spelt = [text_of(member.units) for member in (group.head, *group.variants)]
        old = next((known[key] for s in spelt if (key := (category_id, canonical(s))) in known), None)
        people = counts[phrase_id]["people"] if phrase_id in counts and category_id in homes else 0
        if people >= FADED * old["people"] if old else people and (category_id, spelt[0]) in listed:
            judged.setdefault(category_id, {})[phrase_id] = old
    found, said_lately = [], set()
    for category_id, phrases in sorted(judged.items()):
        said_lately |= {(category_id, old["phrase"]) for old in phrases.values() if old}
        found += _link(category_id, phrases, homes[category_id], mined, evidence, counts, as_of)
    kept = [w for w in before if (w["category_id"], w["phrase"]) not in said_lately]
    return sorted([*kept, *found], key=lambda w: (w["category_id"], w["attribute"], w["value"], w["phrase"]))


def _is_open(word: Row, homes: dict[str, Home], words: ShopWords) -> bool:
    """Whether taxonomy or catalogue still have the value, and no person accepted or refused the word."""
    if canonical(word["phrase"]) in words.judging(word["category_id"]).known:
        return False
    home = homes.get(word["category_id"])
    pairs = zip(home.attributes, home.values, strict=True) if home else ()
    return any(attribute.attribute == word["attribute"] and word["value"] in values for attribute, values in pairs)


def _link(
    category_id: str,
    phrases: dict[int, Row | None],
    home: Home,
    mined: Mined,
    evidence: WordEvidence,
    counts: dict[int, Row],
    as_of: dt.date,
) -> list[Row]:
    """Link the surest phrase of a category, count it to its value, and judge the others again."""
    open_ = {
        phrase_id: evidence.phrase(
            phrase_id,
            mined.proposals.by_phrase[phrase_id][1],
            home,
            people=counts[phrase_id]["people"],
            searches=counts[phrase_id]["searches"],
        )
        for phrase_id in phrases
    }
    found: list[Row] = []
    while open_ and home.attributes:
        verdicts = dict(zip(open_, judge(list(open_.values()), list(home.counts)), strict=True))
        sure = [
            (verdict.probability, -phrase_id)
            for phrase_id, verdict in verdicts.items()
            if verdict.probability >= _least(home, verdict, phrases[phrase_id])
        ]
        if not sure:
            break
        phrase_id = -max(sure)[1]
        verdict, one = verdicts[phrase_id], open_.pop(phrase_id)
        home = home.with_word(verdict.attribute, verdict.value, one[verdict.attribute])
        found.append(_row(category_id, phrase_id, mined, home, verdict, one, phrases[phrase_id], as_of))
    return found


def _least(home: Home, verdict: Verdict, old: Row | None) -> float:
    """Probability needed: less for what is read so already."""
    meaning = (home.attributes[verdict.attribute].attribute, home.values[verdict.attribute][verdict.value])
    return KEPT if old and (old["attribute"], old["value"]) == meaning else SURE


def _row(
    category_id: str,
    phrase_id: int,
    mined: Mined,
    home: Home,
    verdict: Verdict,
    one: list[PhraseCounts],
    old: Row | None,
    as_of: dt.date,
) -> Row:
    group = mined.proposals.by_phrase[phrase_id][1]
    spelt = [text_of(member.units) for member in (group.head, *group.variants)]
    attribute, value = home.attributes[verdict.attribute].attribute, home.values[verdict.attribute][verdict.value]
    is_same = old is not None and (old["attribute"], old["value"]) == (attribute, value)
    if old and is_same:  # its spellings stay too: a rare one more is not worth reading every text again
        spelt = [old["phrase"], *old["variants"]]
    return {
        "category_id": category_id,
        "phrase": spelt[0],
        "attribute": attribute,
        "value": value,
        "variants": spelt[1:],
        "probability": verdict.probability,
        "people": max(one[verdict.attribute].people, old["people"] if old and is_same else 0),
        "beside_odds": verdict.beside,
        "choice_odds": verdict.choices,
        "title_odds": verdict.titles,
        "filter_odds": verdict.filters,
        "learnt_on": old["learnt_on"] if is_same and old else as_of,
        "judged_on": as_of,
    }
