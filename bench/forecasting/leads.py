"""What searches add to forecasts of the series they are said to lead, and how often noise is let in.

    python -m bench.forecasting.leads --series FOLDER

FOLDER holds search_leads.parquet of bench.forecasting.datasets. From every cut the gate decides on what came before;
then the next steps are forecast without searches, with them always, and with them where they were admitted. Noise: the
same targets with the real terms of another time (shifted round by a random offset), and with random walks.
Planted: units that follow searches two or four steps later, and units that follow their own walk.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.forecasting import engine, leading

Array = NDArray[np.float64]
# target → cycle, horizon, first cut, steps between cuts, longest history
SETTINGS = {
    "claims": (52, 8, 208, 13, 208),
    "claims in levels": (52, 8, 208, 13, 208),
    "home sales": (12, 3, 72, 3, 120),
}


def judged(target: Array, terms: Array, setting: tuple[int, int, int, int, int]) -> tuple[Array, int, int]:
    """Mean absolute error without, always with and with admitted terms; admissions; trials."""
    season, horizon, first, step, longest = setting
    errors, admitted, trials = [], 0, 0
    wide = np.repeat(target[:, None], terms.shape[1], axis=1)
    for cut in range(first, len(target) - horizon + 1, step):
        past = slice(max(cut - longest, 0), cut)
        ahead = engine.forecast(wide[past], horizon=horizon, season=season).mean
        found = leading.leads(wide[past], terms[past], horizon=horizon, season=season)
        later = wide[cut : cut + horizon]
        errors.append([np.abs(later - ahead * f).mean() for f in (1.0, found.unchecked, found.factor)])
        admitted += int(found.is_admitted.sum())
        trials += terms.shape[1]
    return np.mean(errors, axis=0), admitted, trials


def real_table(table: pd.DataFrame) -> list[str]:
    lines = [
        "| target | searches | trials | admitted | error, always with searches | error, with the gate |",
        "|---|---|--:|--:|--:|--:|",
    ]
    rng = np.random.default_rng(1)
    for name, rows in table.groupby("target", sort=False):
        series = rows.pivot(index="step", columns="series_id", values="y")
        target = series.pop("target").to_numpy()
        terms, setting = series.to_numpy(), SETTINGS[str(name)]
        shifted = np.column_stack([np.roll(term, rng.integers(len(term) // 4, 3 * len(term) // 4)) for term in terms.T])
        walks = 100 * np.exp(np.cumsum(rng.normal(0, 0.1, (len(target), 10)), axis=0))
        for kind, one in (("its terms", terms), ("terms of another time", shifted), ("random walks", walks)):
            (without, always, gated), admitted, trials = judged(target, one, setting)
            change = [f"{100 * (error / without - 1):+.1f} %" for error in (always, gated)]
            lines.append(
                f"| {name} | {kind} | {trials} | {100 * admitted / trials:.0f} % | " + " | ".join(change) + " |"
            )
    return lines


def planted(kind: str, *, weeks: int, series: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Units and searches; ``kind`` is noise, or the number of weeks by which searches lead."""

    def walk(sd: float) -> Array:
        path = np.zeros((weeks + 30, series))
        for t in range(1, len(path)):
            path[t] = 0.98 * path[t - 1] + rng.normal(0, sd, series)
        return np.exp(path)

    searches = walk(0.12)
    if kind == "noise":
        units = walk(0.12)[30:]
    else:
        lag = int(kind)
        units = searches[30 - lag : 30 - lag + weeks] * walk(0.05)[30:]
    return rng.poisson(200 * units).astype(float), rng.poisson(3000 * searches[30:]).astype(float)


def planted_table(*, series: int = 120) -> list[str]:
    lines = [
        "| units | weeks | horizon | admitted | error, always with searches | error, with the gate |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind, name in (("2", "follow searches by 2 weeks"), ("4", "by 4 weeks"), ("noise", "their own walk")):
        for weeks, horizon in ((77, 8), (104, 13), (104, 6)):
            units, searches = planted(kind, weeks=weeks + horizon, series=series, rng=np.random.default_rng(5))
            found = leading.leads(units[:weeks], searches[:weeks], horizon=horizon)
            ahead = engine.forecast(units[:weeks], horizon=horizon).mean
            later = units[weeks:]
            without, always, gated = (
                np.mean(np.abs(later - ahead * f) / units.mean(axis=0)) for f in (1.0, found.unchecked, found.factor)
            )
            share = f"{100 * found.is_admitted.mean():.0f} %"
            change = [f"{100 * (error / without - 1):+.1f} %" for error in (always, gated)]
            lines.append(f"| {name} | {weeks} | {horizon} | {share} | " + " | ".join(change) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=Path, required=True)
    options = parser.parse_args()
    with threadpool_limits(limits=1):
        print("\n".join([*real_table(pd.read_parquet(options.series / "search_leads.parquet")), "", *planted_table()]))


if __name__ == "__main__":
    main()
