"""Value × region: values, regions and the total forecast and split (models/by_region.py), against cells on their own.

    python -m bench.forecasting.regions --data ../shared/data --series FOLDER

Sums over the horizon. Cells: purpose of travel × state (tourism, quarters), category × store, the 20 largest and
the others (completejourney, weeks), colour × country, the five largest and the others (online retail, weeks). Error:
sum of absolute errors over sum of units, of all cuts; small cells: the half of them with least units. FOLDER is that of
bench.forecasting.datasets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.forecasting import launches
from models import by_region
from models.forecasting import engine, recursion, smoothing

Array = NDArray[np.float64]
MOST_VALUES, STORES, COUNTRIES = 60, 20, 5
CUTS = 6
QUARTERS, RECENT_WEEKS = 4, 13


def tourism(folder: Path) -> Array:
    """Steps × values × regions, as the others."""
    table = pd.read_parquet(folder / "tourism.parquet")
    table = table[table["series_id"].str.startswith("state-purpose:")]
    keys = table["series_id"].str.removeprefix("state-purpose:").str.split("/", expand=True)
    return _cube(table["ds"], keys[1], keys[0], table["y"])


def completejourney(data: Path) -> Array:
    lines = pd.read_parquet(data / "completejourney/transactions.parquet")
    lines = lines.merge(pd.read_parquet(data / "completejourney/products.parquet"), on="product_id")
    lines = lines[lines["quantity"].between(1, 50) & lines["product_category"].notna()]
    day = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None)
    value = lines["product_category"].where(_is_largest(lines["product_category"], MOST_VALUES))
    store = lines["store_id"].astype(str).where(_is_largest(lines["store_id"], STORES), "other")
    return _cube(_week(day), value, store, lines["quantity"])[1:-1]


def online_retail(data: Path) -> Array:
    lines = pd.read_parquet(data / "online_retail_2009_2010/data_online_retail_ii.parquet")
    lines = lines[lines["Quantity"] > 0]
    words = lines["Description"].fillna("").str.lower().str.findall(r"[a-z]{3,}")
    colour = words.map(lambda found: next((word for word in found if word in launches.COLOURS), None))
    country = lines["Country"].where(_is_largest(lines["Country"], COUNTRIES), "other")
    return _cube(_week(pd.to_datetime(lines["InvoiceDate"])), colour, country, lines["Quantity"])[1:-1]


def _week(day: pd.Series) -> pd.Series:
    return day.dt.normalize() - pd.to_timedelta(day.dt.weekday, unit="D")


def _is_largest(key: pd.Series, number: int) -> pd.Series:
    return key.isin(key.value_counts().index[:number])


def _cube(step: pd.Series, value: pd.Series, region: pd.Series, units: pd.Series) -> Array:
    frame = pd.DataFrame({"step": step, "value": value, "region": region, "units": units.astype(float)}).dropna()
    table = frame.pivot_table(index="step", columns=["value", "region"], values="units", aggfunc="sum")
    shape = [len(level) for level in table.columns.levels]
    whole = table.reindex(columns=pd.MultiIndex.from_product(table.columns.levels)).fillna(0.0).to_numpy()
    return np.asarray(whole.reshape(len(table), *shape))


def forecasts(train: Array, *, horizon: int, season: int) -> dict[str, Array]:
    """Method → values × regions, sums over the horizon."""
    steps, values, regions = train.shape
    apart = np.concatenate([train.sum(axis=2), train.sum(axis=1), train.sum(axis=(1, 2))[:, None]], axis=1)
    ahead = engine.forecast(apart, horizon=horizon, season=season).mean.sum(axis=0)
    by_value, of_region, total = ahead[:values], ahead[values:-1], ahead[-1]
    by_value, of_region = by_value * total / by_value.sum(), of_region * total / of_region.sum()
    is_quarterly = season == QUARTERS
    cycle, recent = (QUARTERS, QUARTERS) if is_quarterly else (1, RECENT_WEEKS)  # two years of weeks are not there
    cells = train.reshape(steps, -1)
    form = recursion.Form(has_trend=True, season=QUARTERS if is_quarterly else 0)
    unit = np.maximum(cells.mean(axis=0), 1e-9)
    direct = {
        "each cell, naive (of quarters: seasonal)": np.array(
            [cells[steps - cycle + h % cycle] for h in range(horizon)]
        ),
        "each cell, smoothing": unit * smoothing.fit(cells / unit, form).forecast(horizon),
        "each cell, engine": engine.forecast(cells, horizon=horizon, season=season).mean,
    }
    found = {name: np.maximum(path, 0.0).sum(axis=0).reshape(values, regions) for name, path in direct.items()}
    found["split"] = by_region.split(by_value[None], of_region[None], train[-recent:].sum(axis=0), None)[0]
    return found


def lines(name: str, cube: Array, *, horizon: int, season: int) -> list[str]:
    errors: dict[str, list[Array]] = {}
    sold = []
    for cut in range(CUTS):
        end = len(cube) - horizon - cut * (horizon // 2)
        later = cube[end : end + horizon].sum(axis=0)
        sold.append(later)
        for method, said in forecasts(cube[:end], horizon=horizon, season=season).items():
            errors.setdefault(method, []).append(np.abs(said - later))
    units = np.array(sold)
    small = units.mean(axis=0) <= np.median(units.mean(axis=0))
    rows = []
    for method, missed in errors.items():
        away = np.array(missed)
        shown = away.sum() / units.sum(), away[:, small].sum() / max(units[:, small].sum(), 1.0)
        rows.append(f"| {name} | {small.size} | {method} | {shown[0]:.3f} | {shown[1]:.3f} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--series", type=Path, required=True)
    options = parser.parse_args()
    print("| data | cells | method | error | error of small cells |\n|---|--:|---|--:|--:|")
    with threadpool_limits(limits=1):
        print("\n".join(lines("tourism", tourism(options.series), horizon=8, season=QUARTERS)))
        for name, read in (("completejourney", completejourney), ("online retail", online_retail)):
            print("\n".join(lines(name, read(options.data), horizon=8, season=52)), flush=True)


if __name__ == "__main__":
    main()
