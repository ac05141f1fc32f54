"""What second opinions add to forecasts of totals.

    python -m bench.forecasting.totals --data ../shared/data --series FOLDER

Totals by week: categories of three simulated markets (FOLDER/market.parquet of bench.forecasting.datasets), the
thirty largest nouns of online retail, the thirty largest categories of completejourney. MASE of the mean, eight weeks
ahead, five cuts; scale: mean change from week to week.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bench.forecasting import launches
from models.calendar import festival_weeks
from models.forecasting import engine, structural

HORIZON, CUTS, LARGEST = 8, (8, 11, 14, 17, 20), 30


def market(series: Path) -> pd.DataFrame:
    """Weeks × categories: the values of one attribute make up the category."""
    rows = pd.read_parquet(series / "market.parquet")
    parts = rows["series_id"].str.split("/", expand=True)
    rows = rows.assign(category=parts[0] + "/" + parts[1], attribute=parts[2].str.split("=").str[0])
    rows = rows[rows["attribute"] == rows.groupby("category")["attribute"].transform("first")]
    return rows.groupby(["ds", "category"])["y"].sum().unstack(fill_value=0.0)


def largest(cube: pd.DataFrame) -> pd.DataFrame:
    totals = cube.T.groupby(level="row").sum().T
    return totals[totals.sum().sort_values(ascending=False).index[:LARGEST]]


def line(name: str, totals: pd.DataFrame, *, has_festivals: bool) -> str:
    values, scores, weights, seconds = totals.to_numpy(), [], [], 0.0
    known = festival_weeks(totals.index[0].date(), len(totals)) if has_festivals else None
    for cut in CUTS:
        past, later = values[: len(values) - cut], values[len(values) - cut :][:HORIZON]
        scale = np.abs(np.diff(past, axis=0)).mean(axis=0)
        found = engine.forecast(past, horizon=HORIZON, season=52, regressors=known)
        started = time.process_time()
        factor, weight = structural.second_opinion(past, found, horizon=HORIZON, regressors=known)
        seconds += time.process_time() - started
        scores.append(
            [np.mean(np.abs(later - path).mean(axis=0) / scale) for path in (found.mean, found.mean * factor)]
        )
        weights.append(weight.mean())
    number = values.shape[1]
    without, both = np.mean(scores, axis=0)
    cells = (
        f"{number}",
        f"{without:.3f}",
        f"{both:.3f}",
        f"{np.mean(weights):.2f}",
        f"{seconds / len(CUTS) / number:.2f}",
    )
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--series", type=Path, required=True)
    options = parser.parse_args()
    print("| totals | series | combination | with the structural models | weight | seconds a total |")
    print("|---|--:|--:|--:|--:|--:|")
    print(line("market", market(options.series), has_festivals=True))
    print(line("online retail, nouns", largest(launches.online_retail(options.data)), has_festivals=False))
    print(line("completejourney, categories", largest(launches.completejourney(options.data)), has_festivals=False))


if __name__ == "__main__":
    main()
