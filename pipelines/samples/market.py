"""Write a simulated market as input files, in the project's public input format.

    paths = write_market(folder, spec=MarketSpec(seed=1))

The truth (tastes, rising values, fake accounts) goes to ``truth_folder``, by default the
hidden folder ``.truth`` beside ``logs``; no source pattern of the configuration matches it.
"""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.samples.market_catalogue import BRANDS
from pipelines.samples.market_history import Market, run_history
from pipelines.samples.market_logs import MarketLogs, build_logs
from pipelines.samples.market_model import Category, MarketSpec, World, stream
from pipelines.samples.market_world import build_world

SEARCH_COLUMNS = (
    "event_id",
    "event_time",
    "user_id",
    "session_id",
    "platform",
    "query",
    "category_id",
    "filters",
    "result_count",
    "clicked_sku_ids",
    "region",
)
ORDER_COLUMNS = (
    "order_id",
    "line_id",
    "status",
    "event_time",
    "user_id",
    "session_id",
    "platform",
    "channel",
    "sku_id",
    "quantity",
    "unit_price",
    "currency",
    "region",
)


@dataclass(frozen=True)
class MarketPaths:
    """Where the files of a market are, and how many rows of logs they hold."""

    folder: Path
    search_events: Path
    order_lines: Path
    products: Path
    stock_levels: Path
    manufacturers: Path
    taxonomy: Path
    truth: Path
    searches: int
    order_rows: int


def write_market(
    folder: Path, *, spec: MarketSpec, truth_folder: Path | None = None, daily_files: bool = False
) -> MarketPaths:
    """Simulate the market of ``spec`` and write it; the same spec gives the same bytes.

    ``daily_files`` writes one log file per day of delivery instead of one per month.
    """
    market = run_history(build_world(spec))
    return write_history(folder, market=market, truth_folder=truth_folder, daily_files=daily_files)


def write_history(
    folder: Path, *, market: Market, truth_folder: Path | None = None, daily_files: bool = False
) -> MarketPaths:
    """Write the files of a market that was already simulated."""
    folder = Path(folder)
    truth = Path(truth_folder) if truth_folder is not None else folder / ".truth"
    logs = build_logs(market)
    paths = MarketPaths(
        folder,
        folder / "logs" / "search_events",
        folder / "logs" / "order_lines",
        folder / "products.jsonl",
        folder / "stock_levels.csv",
        folder / "manufacturers.jsonl",
        folder / "taxonomy.json",
        truth,
        len(logs.searches),
        len(logs.order_lines),
    )
    for part in (paths.search_events, paths.order_lines, truth):
        part.mkdir(parents=True, exist_ok=True)
    spec = market.world.spec
    _write_log(paths.search_events, logs.searches, SEARCH_COLUMNS, spec, daily_files)
    _write_log(paths.order_lines, logs.order_lines, ORDER_COLUMNS, spec, daily_files)
    _write_jsonl(paths.products, _product_rows(market.world))
    _write_jsonl(paths.manufacturers, _maker_rows(market.world))
    _write_stock(paths.stock_levels, market)
    paths.taxonomy.write_text(
        json.dumps(_taxonomy(market.world), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    _write_truth(truth, market, logs)
    return paths


def _write_log(
    folder: Path,
    rows: list[tuple[int, dict]],
    columns: tuple[str, ...],
    spec: MarketSpec,
    daily_files: bool,
) -> None:
    length = len("YYYY-MM-DD") if daily_files else len("YYYY-MM")
    names = [(spec.start_date + timedelta(days=day)).isoformat()[:length] for day in range(spec.n_days)]
    for name, group in groupby(rows, key=lambda item: names[item[0]]):
        lines = [_encode({column: row[column] for column in columns}) for _, row in group]
        content = b"\n".join(lines) + b"\n"
        path = folder / f"{name}.jsonl.gz"
        path.write_bytes(gzip.compress(content, compresslevel=5, mtime=0))


def _write_jsonl(path: Path, rows: list[dict]) -> None:
    path.write_bytes(b"".join(_encode(row) + b"\n" for row in rows))


def _encode(row: dict) -> bytes:
    """Compact UTF-8 JSON; both encoders write the same bytes for these rows."""
    return orjson.dumps(row)


def _product_rows(world: World) -> list[dict]:
    """Products launched before the end of the history; a few lack one attribute (title has it)."""
    rows = []
    for category in world.categories:
        rng = stream(world.spec, 5, category.index)
        products = category.products
        for j, sku_id in enumerate(products.sku_ids):
            hidden = int(rng.integers(len(category.text.attributes))) if rng.random() < 0.06 else -1
            launch = int(products.launch_day[j])
            rows.append(
                {
                    "sku_id": sku_id,
                    "product_id": f"p-{sku_id}",
                    "category_id": category.text.category_id,
                    "title": _title(category, j, rng, is_english=world.spec.is_english),
                    "brand": BRANDS[products.brand[j]][int(world.spec.is_english)],
                    "attributes": {
                        attribute.attribute: [attribute.values[products.features[j, a]].value]
                        for a, attribute in enumerate(category.text.attributes)
                        if a != hidden
                    },
                    "list_price": float(products.list_price_cny[j]),
                    "unit_cost": float(products.unit_cost_cny[j]),
                    "currency": "CNY",
                    "launched_on": (world.spec.start_date + timedelta(days=launch)).isoformat(),
                }
            )
    return sorted(rows, key=lambda row: row["sku_id"])


def _title(category: Category, j: int, rng: np.random.Generator, *, is_english: bool) -> str:
    text, products = category.text, category.products
    language = int(is_english)
    words = []
    for a, attribute in enumerate(text.attributes):
        value = attribute.values[products.features[j, a]]
        if value.spoken == 1.0:
            words.append((value.zh, value.en)[language][0])
    order = rng.permutation(len(words))
    brand = BRANDS[products.brand[j]]
    head = [brand[1], text.en] if is_english else [f"{brand[0]}{brand[1]}", text.zh]
    return " ".join([*head, *(words[i] for i in order)])


def _maker_rows(world: World) -> list[dict]:
    rows = []
    for category in world.categories:
        attributes = category.text.attributes
        for maker in category.makers:
            named = [
                (attribute.attribute, [value.value for value in attribute.values], a)
                for a, attribute in enumerate(attributes)
            ]
            rows.append(
                {
                    "manufacturer_id": maker.manufacturer_id,
                    "name": maker.name,
                    "category_id": category.text.category_id,
                    "lead_time_days": maker.lead_time_days,
                    "weekly_capacity_units": maker.weekly_capacity_units,
                    "min_order_units": maker.min_order_units,
                    "min_spec_units": maker.min_spec_units,
                    "pack_size": maker.pack_size,
                    "base_unit_cost": maker.base_unit_cost_cny,
                    "price_tiers": [list(tier) for tier in maker.price_tiers],
                    "setup_cost": maker.setup_cost_cny,
                    "supported_features": {
                        name: [v for v, can in zip(values, maker.supported[a], strict=True) if can]
                        for name, values, a in named
                        if maker.lists_attribute[a]
                    },
                    "feature_costs": {
                        name: dict(zip(values, maker.feature_cost_cny[a].tolist(), strict=True))
                        for name, values, a in named
                    },
                    "currency": "CNY",
                    "incoterm": "FCA",
                }
            )
    return rows


def _write_stock(path: Path, market: Market) -> None:
    """One snapshot per day and SKU on sale: units at the end of the day, all regions."""
    spec = market.world.spec
    days = [(spec.start_date + timedelta(days=day)).isoformat() for day in range(spec.n_days)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["snapshot_date", "sku_id", "region", "on_hand"])
        for day, name in enumerate(days):
            for history in market.histories:
                products = history.category.products
                stock = history.closing_stock[day].tolist()
                writer.writerows(
                    (name, sku_id, "", stock[j])
                    for j, sku_id in enumerate(products.sku_ids)
                    if products.launch_day[j] <= day
                )


def _taxonomy(world: World) -> list[dict]:
    return [
        {
            "category_id": category.text.category_id,
            "names": {"zh": category.text.zh, "en": category.text.en},
            "attributes": [
                {
                    "attribute": attribute.attribute,
                    "unit": attribute.unit,
                    "values": [
                        {
                            "value": value.value,
                            "synonyms": [w for w in dict.fromkeys([*value.zh, *value.en]) if w != value.value],
                        }
                        for value in attribute.values
                    ],
                }
                for attribute in category.text.attributes
            ],
        }
        for category in world.categories
    ]


def _write_truth(folder: Path, market: Market, logs: MarketLogs) -> None:
    """``truth.json`` and ``wanted_shares.parquet`` (day × category × attribute × value)."""
    world = market.world
    truth = {
        "spec": asdict(world.spec) | {"start_date": world.spec.start_date.isoformat()},
        "categories": [_category_truth(world, category) for category in world.categories],
        "crawler_user_ids": logs.crawler_user_ids,
        "brushing_user_ids": logs.brushing_user_ids,
        "brushed_order_ids": logs.brushed_order_ids,
    }
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    tables = [_wanted_table(world, category) for category in world.categories]
    pq.write_table(pa.concat_tables(tables), folder / "wanted_shares.parquet")


def _named(category: Category, pair: tuple[int, int]) -> dict[str, str]:
    attribute = category.text.attributes[pair[0]]
    return {"attribute": attribute.attribute, "value": attribute.values[pair[1]].value}


def _category_truth(world: World, category: Category) -> dict:
    has_phrase = category.index == world.unknown_phrase_category
    return {
        "category_id": category.text.category_id,
        "rising": _named(category, category.rising),
        "undersupplied": [_named(category, pair) for pair in category.undersupplied],
        "unknown_phrase": list(category.text.unknown_phrase) if has_phrase else None,
        "outside_utility": category.outside_utility,
        "buyer_share": category.buyer_share,
        "importance": category.importance.tolist(),
        "price_sensitivity": category.price_sensitivity.tolist(),
        "shoppers_per_day": category.shoppers_per_day.round(3).tolist(),
    }


def _wanted_table(world: World, category: Category) -> pa.Table:
    """Market-wide wanted share of each value by day (segments weighted by region shares)."""
    segment = world.region_share @ category.segment_share
    parts = []
    for attribute, share in zip(category.text.attributes, category.wanted_share, strict=True):
        wanted = np.tensordot(segment, share, axes=1)
        days, values = wanted.shape
        parts.append(
            pa.table(
                {
                    "day": np.repeat(np.arange(days, dtype=np.int32), values),
                    "category_id": [category.text.category_id] * (days * values),
                    "attribute": [attribute.attribute] * (days * values),
                    "value": [value.value for value in attribute.values] * days,
                    "wanted_share": wanted.ravel(),
                }
            )
        )
    return pa.concat_tables(parts)
