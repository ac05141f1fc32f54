"""Does a festival at the end of a history raise the level? Forecast over true traffic of simulated categories.

python -m bench.forecasting.volume --seeds 31 32 33 34 35 36

Histories end on 24 June, with the weeks of 618; the window is weeks 6 to 14 after. The truth is the expected traffic.
"""

from __future__ import annotations

import argparse
import datetime as dt

import numpy as np

from bench.market_test import market_spec
from models.calendar import festival_weeks
from models.forecasting import engine
from pipelines.samples.market_world import build_world

AHEAD, WINDOW = 16, slice(5, 14)


def ratios(seed: int) -> np.ndarray:
    """Forecast over truth, categories × (without, with festivals)."""
    spec = market_spec(seed, days=540, scale="full")
    traffic = np.array([category.shoppers_per_day for category in build_world(spec).categories])
    weeks = spec.n_days // 7
    counts = np.random.default_rng(seed).poisson(traffic[:, spec.n_days - 7 * weeks : spec.n_days])
    past = counts.reshape(len(traffic), weeks, 7).sum(axis=2).T.astype(float)
    truth = traffic[:, spec.n_days : spec.n_days + 7 * AHEAD].reshape(len(traffic), AHEAD, 7).sum(axis=2).T
    festivals = festival_weeks(spec.as_of - dt.timedelta(days=7 * weeks), weeks + AHEAD)
    found = []
    for regressors in (None, festivals):
        ahead = engine.forecast(past, horizon=AHEAD, season=52, regressors=regressors)
        found.append(ahead.mean[WINDOW].sum(axis=0) / truth[WINDOW].sum(axis=0))
    return np.array(found).T


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33, 34, 35, 36])
    found = np.vstack([ratios(seed) for seed in parser.parse_args().seeds])
    for name, column in zip(("without festivals", "with festivals"), found.T, strict=True):
        print(f"{name}: mean {column.mean():.3f}, standard deviation {column.std():.3f}, {len(column)} categories")


if __name__ == "__main__":
    main()
