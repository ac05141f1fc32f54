"""Series to forecast, as Parquet files of series_id, ds, y: one file per data set.

    python -m bench.forecasting.datasets --data ../shared/data --out FOLDER

Runs in the peers' environment, which reads R's files (bench/forecasting/peers_requirements.txt).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class DataSet:
    """How to split one data set: ``cuts`` are how many last steps each test leaves out of training.

    Coverage is looked at from ``coverage_cuts`` too: one cut is one common shock.
    """

    name: str
    season: int
    peer_season: int
    frequency: str
    horizon: int
    cuts: tuple[int, ...]
    coverage_cuts: tuple[int, ...]


DATA_SETS = (
    DataSet("tourism", 4, 4, "Q", 8, (8,), tuple(range(8, 45, 4))),
    DataSet("carparts", 12, 12, "M", 6, (6, 12), (6, 9, 12, 15, 18, 21)),
    DataSet("uci_weekly_sales", 52, 1, "W", 8, (8, 16), tuple(range(8, 27, 3))),
    DataSet("online_retail", 52, 1, "W", 8, (8, 14), tuple(range(8, 27, 3))),
    DataSet("completejourney", 52, 1, "W", 8, (8, 14), tuple(range(8, 27, 3))),
    DataSet("market", 52, 1, "W", 8, (8, 16), tuple(range(8, 45, 4))),
)
_STOP = frozenset(("of", "the", "and", "in", "with", "set", "for", "a", "to", "on"))


def tourism(data: Path) -> pd.DataFrame:
    """304 series and their sums: 425 in all, ids name the level."""
    frame = _r_file(data / "tourism/data_tourism.rda")
    days = pd.to_datetime(np.round(frame["Quarter"].to_numpy(float)).astype(int), unit="D", origin="1970-01-01")
    frame = frame.assign(ds=days, total="total")
    levels = {
        "total": ["total"],
        "purpose": ["Purpose"],
        "state": ["State"],
        "state-purpose": ["State", "Purpose"],
        "region": ["State", "Region"],
        "bottom": ["State", "Region", "Purpose"],
    }
    parts = []
    for level, keys in levels.items():
        sums = frame.groupby([*keys, "ds"], observed=True)["Trips"].sum().reset_index()
        names = sums[keys].astype(str).agg("/".join, axis=1)
        parts.append(pd.DataFrame({"series_id": level + ":" + names, "ds": sums["ds"], "y": sums["Trips"]}))
    return pd.concat(parts)


def carparts(data: Path) -> pd.DataFrame:
    from rdata.parser import parse_file

    tree = parse_file(data / "carparts/data_carparts.rda").object
    values = np.asarray(tree.value[0].value, float).reshape(2674, 51)
    values[values < -1e9] = np.nan
    days = pd.date_range("1998-01-01", periods=51, freq="MS")
    frame = pd.DataFrame(values.T, index=days)
    long = frame.stack().rename("y").reset_index()
    long.columns = ["ds", "series_id", "y"]
    return long.assign(series_id="part" + long["series_id"].astype(str))[["series_id", "ds", "y"]]


def uci_weekly_sales(data: Path) -> pd.DataFrame:
    frame = pd.read_csv(data / "uci_weekly_sales/Sales_Transactions_Dataset_Weekly.csv").set_index("Product_Code")
    weeks = frame[[f"W{i}" for i in range(52)]].astype(float)
    weeks.columns = pd.date_range("2020-01-06", periods=52, freq="W-MON")
    long = weeks.stack().rename("y").reset_index()
    long.columns = ["series_id", "ds", "y"]
    return long


def online_retail(data: Path) -> pd.DataFrame:
    """Feature × week: net units of lines whose description holds a word that 1,500 lines or more hold."""
    lines = pd.read_parquet(data / "online_retail_2009_2010/data_online_retail_ii.parquet")
    lines = lines.rename(columns=lambda name: re.sub(r"\W", "", name).lower())
    text = lines["description"].fillna("").str.lower().str.findall(r"[a-z]{3,}")
    day = pd.to_datetime(lines["invoicedate"])
    week = (day.dt.normalize() - pd.to_timedelta(day.dt.weekday, unit="D")).dt.normalize()
    words = pd.DataFrame({"ds": week, "y": lines["quantity"].astype(float), "series_id": text}).explode("series_id")
    words = words[words["series_id"].notna() & ~words["series_id"].isin(_STOP)]
    counts = words["series_id"].value_counts()
    words = words[words["series_id"].isin(counts[counts >= 1500].index)]
    return _whole_weeks(words)


def completejourney(data: Path) -> pd.DataFrame:
    """Feature × week: category × package size, units; series of 250 units or more."""
    lines = pd.read_parquet(data / "completejourney/transactions.parquet")
    products = pd.read_parquet(data / "completejourney/products.parquet")
    lines = lines.merge(products, on="product_id")
    lines = lines[lines["package_size"].notna() & lines["product_category"].notna()]
    day = pd.to_datetime(lines["transaction_timestamp"])
    week = (day.dt.normalize() - pd.to_timedelta(day.dt.weekday, unit="D")).dt.tz_localize(None).dt.normalize()
    name = lines["product_category"].astype(str) + "/" + lines["package_size"].astype(str)
    frame = pd.DataFrame({"ds": week, "y": lines["quantity"].astype(float), "series_id": name})
    frame = frame[frame["y"].between(0, 50)]
    total = frame.groupby("series_id")["y"].sum()
    return _whole_weeks(frame[frame["series_id"].isin(total[total >= 250].index)])


def market(data: Path) -> pd.DataFrame:
    """Feature × week of simulated markets: units ordered of products with the feature (``data/markets/<seed>``)."""
    parts = []
    for folder in sorted((data / "markets").glob("*")):
        files = sorted((folder / "logs/order_lines").glob("*.jsonl.gz"))
        lines = pd.concat([pd.read_json(file, lines=True) for file in files])
        parts.append(_features_by_week(lines, pd.read_json(folder / "products.jsonl", lines=True), folder.name))
    return pd.concat(parts) if parts else pd.DataFrame({"series_id": [], "ds": [], "y": []})


def speed(_: Path) -> pd.DataFrame:
    """A thousand made-up weekly series of two years."""
    rng = np.random.default_rng(0)
    walk = np.exp(0.03 * rng.normal(size=(104, 1000)).cumsum(axis=0))
    values = rng.poisson(rng.uniform(2, 200, 1000) * walk).astype(float)
    frame = pd.DataFrame(values, index=pd.date_range("2024-01-01", periods=104, freq="7D"))
    long = frame.stack().rename("y").reset_index()
    long.columns = ["ds", "series_id", "y"]
    return long.assign(series_id="s" + long["series_id"].astype(str).str.zfill(4))


def _features_by_week(lines: pd.DataFrame, products: pd.DataFrame, market_name: str) -> pd.DataFrame:
    rows = [
        (sku, f"{market_name}/{category}/{name}={value}")
        for sku, category, features in products[["sku_id", "category_id", "attributes"]].itertuples(index=False)
        for name, values in features.items()
        for value in values
    ]
    placed = lines[lines["status"] == "placed"].merge(pd.DataFrame(rows, columns=["sku_id", "series_id"]), on="sku_id")
    day = pd.to_datetime(placed["event_time"], utc=True).dt.tz_localize(None)
    week = (day.dt.normalize() - pd.to_timedelta(day.dt.weekday, unit="D")).dt.normalize()
    return _whole_weeks(placed.assign(ds=week, y=placed["quantity"].astype(float))[["series_id", "ds", "y"]])


def search_leads(data: Path) -> pd.DataFrame:
    """Targets beside search terms, for bench.forecasting.leads. Standardised series are made positive: exp(z / 5)."""
    import rdata

    parts = []
    for name, file in (("claims", "data_iclaims"), ("home sales", "data_new.home.sales")):
        array = next(iter(rdata.read_rda(data / f"search_leads/{file}.RData").values()))
        terms = ["target", *(str(term) for term in array.coords["dim_1"].values[1:])]
        parts.append((name, pd.DataFrame(100 * np.exp(array.values / 5), columns=terms)))
    levels = pd.read_csv(data / "iclaims_levels/examples_data_iclaims_example.csv")
    trends = [column for column in levels if column.startswith("trend.")]
    parts.append(
        ("claims in levels", levels[["claims", *trends]].rename(columns={"claims": "target"}) * [1, *[1000] * 3])
    )
    long = []
    for name, frame in parts:
        rows = frame.rename_axis("step").reset_index().melt(id_vars="step", var_name="series_id", value_name="y")
        long.append(rows.assign(target=name, ds=rows["step"]))
    return pd.concat(long)


def _whole_weeks(rows: pd.DataFrame) -> pd.DataFrame:
    """Sum by week, zero where nothing was sold, without the first and last week, which may be cut."""
    table = rows.groupby(["ds", "series_id"])["y"].sum().unstack(fill_value=0.0)
    weeks = pd.date_range(table.index.min(), table.index.max(), freq="7D")[1:-1]
    long = table.reindex(weeks, fill_value=0.0).stack().rename("y").reset_index()
    long.columns = ["ds", "series_id", "y"]
    return long[["series_id", "ds", "y"]]


def _r_file(path: Path) -> pd.DataFrame:
    import warnings

    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.DataFrame(next(iter(rdata.read_rda(path).values())))


BUILDERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "tourism": tourism,
    "carparts": carparts,
    "uci_weekly_sales": uci_weekly_sales,
    "online_retail": online_retail,
    "completejourney": completejourney,
    "market": market,
    "speed": speed,
    "search_leads": search_leads,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=list(BUILDERS))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        source = options.out if name == "market" else options.data
        frame = BUILDERS[name](source).dropna().sort_values(["series_id", "ds"]).reset_index(drop=True)
        if len(frame):
            frame.to_parquet(options.out / f"{name}.parquet", index=False)
        print(f"{name}: {frame['series_id'].nunique()} series, {len(frame)} rows", flush=True)


if __name__ == "__main__":
    main()
