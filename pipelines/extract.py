"""Extract: features of products and of searches, read once per distinct text."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from models.text import matcher as matching
from models.text.categories import CategoryModel
from models.text.lexicon import languages_of_titles
from models.text.matcher import FeatureSpan, Matcher
from models.text.mined import from_catalogue
from models.text.taxonomy import Taxonomy, from_rows
from models.text.words import languages_of_taxonomy
from pipelines.builds import fingerprints, pending, publish_days, record, recorded
from pipelines.engine import attach, engine, query, register
from pipelines.lake import Lake, schema_of
from pipelines.learnt_words import learnt_words, rejected_words, with_learnt
from pipelines.settings import Settings
from pipelines.steps import StepResult

LEAST_VOTES = 2  # searches of the same query that day whose category is known
LEAST_SHARE = 0.6  # of them that agree
_FILTERS = pa.schema(
    [(n, pa.string()) for n in ("category_id", "attribute", "value", "canonical_attribute", "canonical_value")]
)


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Build int_product_features, int_text_features, int_searches."""
    products = lake.read("raw_products").to_pylist()
    matcher = catalogue_matcher(load_taxonomy(lake), products)
    rows = {"int_product_features": _products(lake, matcher, products)}
    texts, searches = _searches(lake, as_of, matcher)
    return StepResult(stage="extract", rows_by_table={**rows, "int_text_features": texts, "int_searches": searches})


def load_taxonomy(lake: Lake) -> Taxonomy:
    """What texts are read with: the taxonomy, and the words learnt from shoppers."""
    return with_learnt(given_taxonomy(lake), learnt_words(lake), rejected_words(lake))


def given_taxonomy(lake: Lake) -> Taxonomy:
    """The user's taxonomy; else one mined from the products' attributes."""
    rows = lake.read("raw_taxonomy").to_pylist()
    if rows:
        return from_rows(rows)
    return _mined(lake, lake.partitions("raw_products").get("", ""))


@lru_cache(maxsize=1)
def _mined(lake: Lake, _products: str) -> Taxonomy:
    """Mined once for all stages of a run: it takes as long as a stage, and ``_products`` changes with the catalogue."""
    return from_catalogue(lake.read("raw_products").to_pylist())


def reader_hash(taxonomy: Taxonomy) -> str:
    """Changes with the taxonomy or with how texts are read."""
    return f"{taxonomy.hash}.{matching.VERSION}"


def product_epoch(lake: Lake) -> str:
    """Changes only when a product that history already holds is read differently."""
    return recorded(lake, "int_product_features").get("epoch", "")


def catalogue_matcher(taxonomy: Taxonomy, products: list[dict[str, Any]]) -> Matcher:
    """The catalogue's titles tell categories apart and what languages shoppers use; its words are no misspellings."""
    titles = [str(product["title"]) for product in products]
    languages = languages_of_taxonomy(taxonomy) | (languages_of_titles(titles) if titles else frozenset())
    return Matcher(
        taxonomy,
        categories=CategoryModel(titles, [str(product["category_id"]) for product in products]) if products else None,
        known_words={*titles, *(str(product["brand"]) for product in products if product["brand"])},
        languages=languages,
    )


def _products(lake: Lake, matcher: Matcher, products: list[dict[str, Any]]) -> int:
    rows = []
    for product in products:
        for attribute, (value, origin) in sorted(product_features(product, matcher).items()):
            rows.append(
                {
                    "sku_id": product["sku_id"],
                    "category_id": product["category_id"],
                    "attribute": attribute,
                    "value": value,
                    "origin": origin,
                }
            )
    features = pa.Table.from_pylist(rows, schema=schema_of("int_product_features"))
    before = lake.read("int_product_features")
    if features.equals(before) and lake.version("int_product_features") >= 0:
        return 0
    lake.publish("int_product_features", features)
    _mark_epoch(lake, before, features)
    return features.num_rows


def _mark_epoch(lake: Lake, before: pa.Table, after: pa.Table) -> None:
    old, new = _by_sku(before), _by_sku(after)
    changed = {sku for sku in old.keys() | new.keys() if old.get(sku) != new.get(sku)}
    with engine() as connection:
        attach(connection, lake, "stg_order_events")
        sold = set(query(connection, "int/int_sold_skus").column("sku_id").to_pylist())
    if changed & sold:
        epoch = hashlib.sha256(repr(sorted(new.items())).encode()).hexdigest()[:16]
        record(lake, "int_product_features", {"epoch": epoch}, rows_by_day={"epoch": after.num_rows})


def _by_sku(features: pa.Table) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in features.to_pylist():
        found.setdefault(row["sku_id"], []).append((row["attribute"], row["value"]))
    return found


def product_features(product: dict[str, object], matcher: Matcher) -> dict[str, tuple[str, str]]:
    """Attribute → (value, where it was read); attributes win over the title, the first value over later ones."""
    category_id = str(product["category_id"])
    found: dict[str, tuple[str, str]] = {}
    for attribute, values in sorted(dict(product["attributes"] or {}).items()):  # type: ignore[call-overload]
        for value in values or []:
            name, canonical = matcher.value_of(category_id, attribute, value)
            found.setdefault(name, (canonical, "attribute"))
    for span in matcher.read(str(product["title"]), category_id=category_id).features:
        if not span.negated:
            found.setdefault(span.attribute, (span.value, "title"))
    return found


def _searches(lake: Lake, as_of: dt.date, matcher: Matcher) -> tuple[int, int]:
    taxonomy_hash = reader_hash(matcher.taxonomy)
    wanted = fingerprints(
        lake,
        inputs=["stg_searches"],
        statements=["int/hinted_searches", "int/int_searches"],
        salt=taxonomy_hash,
        before=as_of,
    )
    days = pending(lake, "int_searches", wanted)
    if not days:
        return 0, 0
    with engine() as connection:
        attach(connection, lake, "stg_searches", only=days)
        hinted = query(connection, "int/hinted_searches", least_votes=LEAST_VOTES, least_share=LEAST_SHARE)
        register(connection, "hinted_searches", hinted)
        attach(connection, lake, "int_text_features")
        new_texts = query(connection, "int/int_new_texts", taxonomy_hash=taxonomy_hash)
        read = read_texts(new_texts, matcher, taxonomy_hash)
        _publish_texts(lake, read, taxonomy_hash)
        attach(connection, lake, "int_text_features")
        register(connection, "filter_values", _filter_values(connection, matcher))
        searches = query(connection, "int/int_searches")
    return read.num_rows, publish_days(lake, "int_searches", searches, wanted, days)


def _publish_texts(lake: Lake, read: pa.Table, taxonomy_hash: str) -> None:
    """Add what was read; another taxonomy starts the table anew."""
    known = lake.read("int_text_features")
    is_current = known.num_rows and known.column("taxonomy_hash")[0].as_py() == taxonomy_hash
    if is_current:
        lake.append("int_text_features", read)
    else:
        lake.publish("int_text_features", read)


def read_texts(texts: pa.Table, matcher: Matcher, taxonomy_hash: str) -> pa.Table:
    """Rows of int_text_features of distinct texts (query, category_hint)."""
    queries, hints = texts.column("query").to_pylist(), texts.column("category_hint").to_pylist()
    rows = [
        {
            "query": query_text,
            "category_hint": hint,
            "category_id": reading.category_id,
            "category_source": reading.category_source,
            "category_probability": reading.category_probability,
            "features": [_span_row(span) for span in reading.features],
            "taxonomy_hash": taxonomy_hash,
        }
        for query_text, hint, reading in zip(queries, hints, matcher.read_many(queries, hints), strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=schema_of("int_text_features"))


def _span_row(span: FeatureSpan) -> dict[str, object]:
    return {
        "attribute": span.attribute,
        "value": span.value,
        "start_char": span.start,
        "end_char": span.end,
        "surface": span.surface,
        "negated": span.negated,
    }


def _filter_values(connection: duckdb.DuckDBPyConnection, matcher: Matcher) -> pa.Table:
    rows = query(connection, "int/int_filter_values").to_pylist()
    for row in rows:
        name, value = matcher.value_of(row["category_id"], row["attribute"], row["value"])
        row["canonical_attribute"], row["canonical_value"] = name, value
    return pa.Table.from_pylist(rows, schema=_FILTERS)
