"""How well is the volume of a category told? Forecast over true traffic of simulated categories.

python -m bench.forecasting.volume --families base strong_trend --seeds 31 32 33 34 35 36

Histories end on 24 June, with the weeks of 618; the window is weeks 6 to 14 after. The truth is the expected traffic.
"""

from __future__ import annotations

import argparse
import datetime as dt

import numpy as np

from bench.market.families import FAMILIES
from bench.market_test import market_spec
from models.calendar import festival_weeks
from models.forecasting import engine, structural
from pipelines.samples.market_world import build_world

AHEAD, WINDOW = 16, slice(5, 14)
COLUMNS = ("without festivals", "with festivals", "with second opinions too")


def ratios(seed: int, family: str) -> np.ndarray:
    """Logarithm of forecast over truth, categories × COLUMNS."""
    spec = market_spec(seed, days=540, scale="full", family=family)
    traffic = np.array([category.shoppers_per_day for category in build_world(spec).categories])
    weeks = spec.n_days // 7
    counts = np.random.default_rng(seed).poisson(traffic[:, spec.n_days - 7 * weeks : spec.n_days])
    past = counts.reshape(len(traffic), weeks, 7).sum(axis=2).T.astype(float)
    truth = traffic[:, spec.n_days : spec.n_days + 7 * AHEAD].reshape(len(traffic), AHEAD, 7).sum(axis=2).T
    festivals = festival_weeks(spec.as_of - dt.timedelta(days=7 * weeks), weeks + AHEAD)
    known = engine.forecast(past, horizon=AHEAD, season=52, regressors=festivals)
    factor, _ = structural.second_opinion(past, known, horizon=AHEAD, regressors=festivals)
    paths = (engine.forecast(past, horizon=AHEAD, season=52).mean, known.mean, known.mean * factor)
    return np.log([path[WINDOW].sum(axis=0) / truth[WINDOW].sum(axis=0) for path in paths]).T


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", nargs="+", choices=sorted(FAMILIES), default=["base", "strong_trend"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33, 34, 35, 36])
    options = parser.parse_args()
    print("| family | categories | forecast | mean of ln(forecast / truth) | root mean square |")
    print("|---|--:|---|--:|--:|")
    for family in options.families:
        found = np.vstack([ratios(seed, family) for seed in options.seeds])
        for name, column in zip(COLUMNS, found.T, strict=True):
            print(f"| {family} | {len(column)} | {name} | {column.mean():.3f} | {np.sqrt((column**2).mean()):.3f} |")


if __name__ == "__main__":
    main()
