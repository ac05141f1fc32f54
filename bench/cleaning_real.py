"""How well brushed orders are found among real ones.

    python -m bench.cleaning_real --shares 1 10

The order lines of a grocer's last nine weeks (completejourney: real households, no search log) are taken as
honest. Brushed orders of one kind (bench/injection.py) are added to the last five weeks in the same channel,
currency and time zone, and verdicts are compared with what was added. A kind that searches leaves its
orders only.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from bench.cleaning import FAKE_DAYS, compare, verdict_table
from bench.injection import BRUSHERS, Fakes, Row, Shop
from pipelines.lake import Lake
from pipelines.samples import completejourney
from pipelines.settings import load_settings
from pipelines.stages import run_stages
from pipelines.verdicts import CONTEXT_DAYS


@dataclass(frozen=True)
class Grocer:
    """The honest order lines from the first day that verdicts look at, and the shop as a cheat sees it."""

    folder: Path
    orders: pd.DataFrame
    shop: Shop
    as_of: dt.date

    @property
    def recent(self) -> int:
        """Lines of the days that get fakes."""
        return int((self.orders["event_time"].dt.date >= self.shop.first_day).sum())


def grocer(folder: Path) -> Grocer:
    """Write the sample's products, read its last weeks of orders."""
    folder.mkdir(parents=True)
    _, as_of = completejourney.write(folder)
    orders = pd.concat([pd.read_parquet(path) for path in sorted((folder / "logs" / "order_lines").glob("*.parquet"))])
    orders["event_time"] = orders["event_time"].dt.tz_convert(completejourney.TIME_ZONE)
    first = as_of - dt.timedelta(days=FAKE_DAYS)
    day = orders["event_time"].dt.date
    orders = orders[day >= first - dt.timedelta(days=CONTEXT_DAYS)].reset_index(drop=True)
    prices = orders.groupby("sku_id")["unit_price"].median().to_dict()
    shop = Shop((("", ""),), tuple(sorted(prices)), prices, first, FAKE_DAYS, "store", "-05:00")
    return Grocer(folder, orders, shop, as_of)


def inject(base: Grocer, folder: Path, kind: str, share: int, seed: int) -> list[str]:
    """Add ``share`` % fakes of ``kind`` (of all lines, fakes included), collect and clean; a row of the table."""
    count = round(base.recent * share / (100 - share))
    made = BRUSHERS[kind](base.shop, count, np.random.default_rng([seed, share, *kind.encode()]))
    fakes = replace(made, searches=[], orders=[_as_here(row) for row in made.orders])
    folder.mkdir(parents=True)
    pd.concat([base.orders, _table(fakes)]).to_parquet(folder / "order_lines.parquet")
    shutil.copy2(base.folder / "products.parquet", folder / "products.parquet")
    sources = {name: {"kind": "files", "path": f"./{name}.parquet"} for name in ("order_lines", "products")}
    config = folder / "c2b.yaml"
    config.write_text(yaml.safe_dump({"timezone": completejourney.TIME_ZONE, "sources": sources}), encoding="utf-8")
    run_stages(("collect", "clean"), config=config, as_of=base.as_of)
    found = compare(Lake(load_settings(config).lake_folder), base.shop.first_day, fakes, kind)
    return [kind, f"{share} %", f"{found.fake:,}", *found.row()]


def _as_here(row: Row) -> Row:
    return row | {"channel": "offline", "currency": "USD", "region": None, "session_id": None}


def _table(fakes: Fakes) -> pd.DataFrame:
    table = pd.DataFrame(fakes.orders)
    moment = pd.to_datetime(table["event_time"]).dt.tz_convert(completejourney.TIME_ZONE)
    return table.assign(event_time=moment).astype({"line_id": "int32", "quantity": "int32"})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cleaning_real", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--shares", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--kinds", nargs="+", default=[*BRUSHERS])
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        base = grocer(Path(name) / "base")
        for kind in options.kinds:
            for share in options.shares:
                rows.append(inject(base, Path(name) / "run", kind, share, options.seed))
                print(*rows[-1], sep="\t", file=sys.stderr, flush=True)
                shutil.rmtree(Path(name) / "run")
    print(verdict_table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
