"""New features without sales: hide the history of some, forecast them, compare with what they sold.

    python -m bench.forecasting.launches --data ../shared/data

Cells are category × package size (completejourney) and noun × colour of descriptions (online retail). *Hidden*:
established cells, a tenth at a time, forecast for eight weeks from the others. *Launched*: cells first sold in week 16
or later, forecast from what was known the week before, earlier launches included; most are slow sellers that
happened to sell. Error: sum of absolute errors over sum of units; median factor: exp of the median absolute logarithm
of the ratio.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import launch

Array = NDArray[np.float64]
WEEKS, FIRST_WEEK, ESTABLISHED = 8, 16, 40  # units of a cell that is established
COLOURS = frozenset(
    (
        "red",
        "pink",
        "white",
        "blue",
        "black",
        "ivory",
        "green",
        "cream",
        "brown",
        "silver",
        "gold",
        "purple",
        "turquoise",
    )
)
COLUMNS = (
    "number",
    "error",
    "of siblings' mean",
    "median factor",
    "of siblings' mean",
    "inside 80 %",
    "below",
    "above",
)


def completejourney(data: Path) -> pd.DataFrame:
    lines = pd.read_parquet(data / "completejourney/transactions.parquet")
    lines = lines.merge(pd.read_parquet(data / "completejourney/products.parquet"), on="product_id")
    lines = lines[lines["package_size"].notna() & lines["product_category"].notna() & lines["quantity"].between(0, 50)]
    day = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None)
    return _weekly(day, lines["product_category"], lines["package_size"], lines["quantity"])


def online_retail(data: Path) -> pd.DataFrame:
    lines = pd.read_parquet(data / "online_retail_2009_2010/data_online_retail_ii.parquet")
    lines = lines.rename(columns=lambda name: re.sub(r"\W", "", name).lower())
    lines = lines[lines["quantity"] > 0]
    words = lines["description"].fillna("").str.lower().str.findall(r"[a-z]{3,}")
    colour = words.map(lambda found: next((word for word in found if word in COLOURS), None))
    noun = words.map(lambda found: next((word for word in reversed(found) if word not in COLOURS), None))
    return _weekly(pd.to_datetime(lines["invoicedate"]), noun, colour, lines["quantity"])


def _weekly(day: pd.Series, row: pd.Series, value: pd.Series, units: pd.Series) -> pd.DataFrame:
    """Weeks × (row, value), without the first and last week."""
    week = day.dt.normalize() - pd.to_timedelta(day.dt.weekday, unit="D")
    frame = pd.DataFrame({"week": week, "row": row, "value": value, "units": units.astype(float)}).dropna()
    cube = frame.pivot_table(index="week", columns=["row", "value"], values="units", aggfunc="sum", fill_value=0.0)
    return cube.iloc[1:-1]


def hidden(cube: pd.DataFrame) -> Array:
    """Cells × (units, p10, p50, p90, mean of siblings)."""
    established = cube.iloc[:-WEEKS].sum() >= ESTABLISHED
    past = cube.iloc[-2 * WEEKS : -WEEKS].sum()[established].unstack()
    past = past[past.notna().sum(axis=1) >= 3]
    later = cube.iloc[-WEEKS:].sum().unstack().reindex(index=past.index, columns=past.columns).to_numpy()
    units = past.to_numpy()
    cells = np.random.default_rng(0).permutation(np.argwhere(np.isfinite(units)))
    found = []
    for fold in range(10):
        left = units.copy()
        left[tuple(cells[fold::10].T)] = np.nan
        model = launch.learn(left)
        for r, c in cells[fold::10]:
            if np.isfinite(left[r]).any():
                found.append([later[r, c], *model.quantiles(r, c), np.nanmean(left[r])])
    return np.array(found)


def launched(cube: pd.DataFrame) -> Array:
    """The same of cells first sold in week FIRST_WEEK or later, where two siblings or more are established."""
    units, weeks = cube.to_numpy(), len(cube)
    first = np.where(units.sum(axis=0) > 0, (units > 0).argmax(axis=0), weeks)
    found, before = [], []
    for week in range(FIRST_WEEK, weeks - WEEKS + 1):
        here = np.nonzero(first == week)[0]
        if not len(here):
            continue
        established = (units[:week].sum(axis=0) >= ESTABLISHED * week / weeks) & (first <= week - WEEKS)
        recent = np.where(established, units[week - WEEKS : week].sum(axis=0), np.nan)
        table = pd.Series(recent, index=cube.columns).unstack()
        known = np.array([pair for at, *pair in before if at + WEEKS <= week]).reshape(-1, 2)
        model = launch.learn(table.to_numpy(), earlier=launch.Earlier(known[:, 0], known[:, 1]))
        for i in here:
            r, c = table.index.get_loc(cube.columns[i][0]), table.columns.get_loc(cube.columns[i][1])
            siblings = table.to_numpy()[r]
            if np.isfinite(siblings).sum() >= 2:
                sold = units[week : week + WEEKS, i].sum()
                found.append([sold, *model.quantiles(r, c), np.nanmean(siblings)])
                before.append((week, float(model.expected.log_mean[r, c]), float(np.log(sold + launch.HALF))))
    return np.array(found)


def line(data: str, kind: str, rows: Array) -> str:
    sold, low, middle, high, naive = rows.T
    cells = [f"{len(rows)}"]
    cells += [f"{np.abs(sold - said).sum() / sold.sum():.2f}" for said in (middle, naive)]
    cells += [f"{np.exp(np.median(np.abs(np.log((sold + 0.5) / (said + 0.5))))):.1f}" for said in (middle, naive)]
    cells += [f"{100 * share.mean():.0f}" for share in ((sold >= low) & (sold <= high), sold < low, sold > high)]
    return f"| {data} | {kind} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    print("| data | cells | " + " | ".join(COLUMNS) + " |\n|---|---|" + "--:|" * len(COLUMNS))
    for name, read in (("completejourney", completejourney), ("online retail", online_retail)):
        cube = read(options.data)
        print(line(name, "hidden", hidden(cube)), flush=True)
        rows = launched(cube)
        print(line(name, "launched", rows), flush=True)
        print(line(name, "launched, later half", rows[len(rows) // 2 :]), flush=True)


if __name__ == "__main__":
    main()
