"""Write a market's files, run the pipeline to the gap, read its tables."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipelines import stages
from pipelines.lake import Lake
from pipelines.samples.market_model import MarketSpec

SOURCES = {
    "search_events": "./logs/search_events/*.jsonl.gz",
    "order_lines": "./logs/order_lines/*.jsonl.gz",
    "products": "./products.jsonl",
    "stock_levels": "./stock_levels.csv",
    "manufacturers": "./manufacturers.jsonl",
    "taxonomy": "./taxonomy.json",
}
Row = dict[str, Any]


def varied_spec(seed: int, *, days: int, searches_per_day: int) -> MarketSpec:
    """A market whose size, supply, tastes and noise are drawn from the seed."""
    rng = np.random.default_rng([seed, 77])
    return MarketSpec(
        seed=seed,
        n_days=days,
        n_categories=2,
        searches=searches_per_day * days,
        order_rows=int(searches_per_day * days * rng.uniform(0.35, 0.55)),
        stock_out_rate=float(rng.uniform(0.02, 0.10)),
        drift_strength=float(rng.uniform(0.5, 1.5)),
        trend_strength=float(rng.uniform(0.5, 2.0)),
        browse_share=float(rng.uniform(0.05, 0.30)),
        known_user_share=float(rng.uniform(0.3, 0.9)),
        second_search_share=float(rng.uniform(0.1, 0.5)),
        crawler_share=float(rng.uniform(0.02, 0.10)),
        brushing_share=float(rng.uniform(0.01, 0.06)),
        live_return_rate=float(rng.uniform(0.35, 0.6)),
    )


def write_config(folder: Path) -> Path:
    path = folder / "c2b.yaml"
    sources = {name: {"kind": "files", "path": pattern} for name, pattern in SOURCES.items()}
    path.write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
    return path


def prepare(folder: Path, as_of: dt.date) -> Path:
    """Everything up to the signals; returns the configuration."""
    config = write_config(folder)
    stages.run_stages(("collect", "clean", "extract", "signal"), config=config, as_of=as_of)
    return config


def gaps(config: Path, as_of: dt.date) -> list[Row]:
    """mart_gaps of one planning day."""
    stages.run_stages(("gap",), config=config, as_of=as_of)
    return list(Lake(config.parent / "lake").read("mart_gaps", only=[as_of.isoformat()]).to_pylist())


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
