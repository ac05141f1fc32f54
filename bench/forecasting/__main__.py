"""The engine beside its peers, on the same series and splits.

    python -m bench.forecasting --series FOLDER [--out forecasting.md]

FOLDER holds what bench.forecasting.datasets and bench.forecasting.peers wrote (`make bench-forecasting` does all).
Scores: MASE and RMSSE of the mean, MASE of the median, scaled pinball loss of the three quantiles (twice the mean,
over the scale of MASE), coverage of the 80 % interval. Scale: mean absolute change from season to season, or step
to step.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.forecasting.datasets import DATA_SETS, DataSet
from models.calendar import festival_weeks
from models.forecasting import engine, reconcile

Array = NDArray[np.float64]
SPEED_RUNS = 3  # the quickest counts, as with the peers
FESTIVE = 0.15  # share of a week's days in a festival
SCORES = ("MASE, mean", "MASE, median", "RMSSE, mean", "pinball", "coverage %")
REFERENCE = {  # hierarchicalforecast's documentation: MASE of base, bottom-up, MinT-shrink, OLS
    "total": (1.59, 3.16, 2.05, 1.67),
    "purpose": (1.32, 2.28, 1.48, 1.25),
    "state": (1.39, 1.90, 1.39, 1.25),
    "region": (1.12, 1.19, 1.01, 0.99),
    "bottom": (0.98, 0.98, 0.94, 1.01),
    "all": (1.03, 1.08, 0.98, 1.02),
}


@dataclass(frozen=True)
class Split:
    train: Array
    later: Array
    scale: Array
    square_scale: Array
    scored: NDArray[np.bool_]

    @classmethod
    def of(cls, values: Array, data_set: DataSet, cut: int) -> Split:
        train = values[: len(values) - cut]
        change = train[data_set.peer_season :] - train[: -data_set.peer_season]
        with np.errstate(invalid="ignore"):
            scale = np.nanmean(np.abs(change), axis=0)
            square = np.sqrt(np.nanmean(change**2, axis=0))
        scored = (scale > 0) & (np.isfinite(train).sum(axis=0) >= 5)
        later = values[len(values) - cut : len(values) - cut + data_set.horizon]
        return cls(train, later, scale, square, scored)

    def scores(self, mean: Array, low: Array, middle: Array, high: Array) -> Array:
        """One value per score of SCORES; arrays are horizon × series."""
        here, scale = self.scored, self.scale[self.scored]
        later = self.later[:, here]
        error, centre = later - mean[:, here], later - middle[:, here]
        pinball = [
            np.nanmean(np.maximum(q * (later - p[:, here]), (q - 1) * (later - p[:, here])), axis=0)
            for q, p in ((0.1, low), (0.5, middle), (0.9, high))
        ]
        inside = (later >= low[:, here] - 1e-9) & (later <= high[:, here] + 1e-9)
        return np.array(
            [
                np.nanmean(np.nanmean(np.abs(error), axis=0) / scale),
                np.nanmean(np.nanmean(np.abs(centre), axis=0) / scale),
                np.nanmean(np.sqrt(np.nanmean(error**2, axis=0)) / self.square_scale[here]),
                2 * np.nanmean(np.mean(pinball, axis=0) / scale),
                100 * inside[np.isfinite(later)].mean(),
            ]
        )


def accuracy(folder: Path, data_set: DataSet) -> dict[str, Array]:
    """Model → scores, mean over the cuts."""
    table = pd.read_parquet(folder / f"{data_set.name}.parquet").pivot(index="ds", columns="series_id", values="y")
    found: dict[str, list[Array]] = {}
    for cut in data_set.cuts:
        split = Split.of(table.to_numpy(), data_set, cut)
        ahead = engine.forecast(split.train, horizon=data_set.horizon, season=data_set.season)
        found.setdefault("**c2b**", []).append(split.scores(ahead.mean, *ahead.quantiles))
        peers = pd.read_parquet(folder / f"{data_set.name}.{cut}.peers.parquet")
        for model, rows in peers.groupby("model"):
            paths = [
                rows.pivot(index="step", columns="series_id", values=column).reindex(columns=table.columns).to_numpy()
                for column in ("mean", "p10", "p50", "p90")
            ]
            found.setdefault(str(model), []).append(split.scores(*paths))
    return {model: np.mean(scores, axis=0) for model, scores in found.items()}


def accuracy_table(folder: Path) -> list[str]:
    lines = ["| data | model | " + " | ".join(SCORES) + " |", "|---|---|" + "--:|" * len(SCORES)]
    for data_set in DATA_SETS:
        if not (folder / f"{data_set.name}.parquet").exists():
            continue
        for model, scores in accuracy(folder, data_set).items():
            shown = [*(f"{score:.3f}" for score in scores[:4]), f"{scores[4]:.0f}"]
            if model in ("CrostonSBA", "TSB", "ADIDA"):  # these give points only
                shown[3:] = ["", ""]
            lines.append(f"| {data_set.name} | {model} | " + " | ".join(shown) + " |")
    return lines


def coverage_table(folder: Path) -> list[str]:
    """Where values lay against the 80 % interval, by data set and by step ahead, mean over many cuts.

    Due are 90 % where the lower end is zero, as nothing of these sets lies below, and 80 % elsewhere. Cuts nearer than
    the horizon share what happened: the standard error counts as many as the horizon fits into their span.
    """
    heads = (
        "cuts",
        "due",
        "inside",
        "standard error",
        "sd of cuts",
        "below",
        "above",
        "lower end 0",
        *(f"step {h}" for h in range(1, 9)),
    )
    lines = ["| data | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(heads)]
    for data_set in DATA_SETS:
        if not (folder / f"{data_set.name}.parquet").exists():
            continue
        table = pd.read_parquet(folder / f"{data_set.name}.parquet").pivot(index="ds", columns="series_id", values="y")
        cells = _coverage(table.to_numpy(), data_set)
        lines.append(f"| {data_set.name} | " + " | ".join(cells) + " |" + " |" * (len(heads) - len(cells)))
    return lines


def _coverage(values: Array, data_set: DataSet) -> list[str]:
    """Cells of one row of coverage_table."""
    rows, by_step = [], []
    for cut in data_set.coverage_cuts:
        split = Split.of(values, data_set, cut)
        ahead = engine.forecast(split.train, horizon=data_set.horizon, season=data_set.season)
        known = np.isfinite(split.later) & split.scored
        below, above = split.later < ahead.quantiles[0] - 1e-9, split.later > ahead.quantiles[2] + 1e-9
        shares = [~(below | above), below, above, ahead.quantiles[0] <= 0]
        rows.append([100 * share[known].mean() for share in shares])
        by_step.append(100 * (shares[0] & known).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    inside, *tails = np.mean(rows, axis=0)
    sd = np.std(rows, axis=0)[0]
    between = float(np.diff(data_set.coverage_cuts).mean())
    independent = max(len(rows) * min(between / data_set.horizon, 1.0), 1.0)
    cells = [
        f"{len(rows)}",
        f"{80 + tails[2] / 10:.0f}",
        f"{inside:.0f}",
        f"{sd / np.sqrt(independent):.1f}",
        f"{sd:.0f}",
        *(f"{tail:.0f}" for tail in tails),
    ]
    return cells + [f"{value:.0f}" for value in np.mean(by_step, axis=0)]


def festival_table(folder: Path) -> list[str]:
    """The same of the simulated markets' weeks with and without a festival, known days given to the engine or not."""
    data_set = next(one for one in DATA_SETS if one.name == "market")
    table = pd.read_parquet(folder / "market.parquet").pivot(index="ds", columns="series_id", values="y")
    values, known_days = table.to_numpy(), festival_weeks(table.index[0].date(), len(table))
    festive = (known_days > FESTIVE).any(axis=1)
    lines = ["| market, inside the 80 % interval | festival weeks | other weeks |", "|---|--:|--:|"]
    for name, regressors in (("known days not given", None), ("known days given", known_days)):
        inside: dict[bool, list[float]] = {True: [], False: []}
        for cut in data_set.coverage_cuts:
            split = Split.of(values, data_set, cut)
            ahead = engine.forecast(
                split.train, horizon=data_set.horizon, season=data_set.season, regressors=regressors
            )
            within = (split.later >= ahead.quantiles[0] - 1e-9) & (split.later <= ahead.quantiles[2] + 1e-9)
            for h, week in enumerate(range(len(split.train), len(split.train) + len(split.later))):
                inside[bool(festive[week])].append(100 * within[h, split.scored].mean())
        lines.append(f"| {name} | {np.mean(inside[True]):.0f} | {np.mean(inside[False]):.0f} |")
    return lines


def reconciliation_table(folder: Path) -> list[str]:
    """Tourism: AutoETS base forecasts made coherent by models.forecasting.reconcile, against the published table."""
    base = pd.read_parquet(folder / "tourism.base.parquet")
    errors = pd.read_parquet(folder / "tourism.errors.parquet")
    whole = pd.read_parquet(folder / "tourism.parquet").pivot(index="ds", columns="series_id", values="y")
    names = list(whole.columns)
    forecasts = base.assign(step=base.groupby("unique_id").cumcount())
    table = forecasts.pivot(index="unique_id", columns="step", values="AutoETS").reindex(names).to_numpy()
    one_step = errors.assign(step=errors.groupby("unique_id").cumcount())
    one_step = one_step.pivot(index="step", columns="unique_id", values="error")[names].to_numpy()
    sums = _tourism_sums(names)
    bottom = np.array([name.startswith("bottom:") for name in names])
    summing = np.zeros((len(names), int(bottom.sum())))
    summing[bottom] = np.eye(int(bottom.sum()))
    position = {index: row for row, index in enumerate(np.nonzero(bottom)[0])}
    for whole_index, parts in sums:
        summing[whole_index, [position[part] for part in parts]] = 1.0
    constraints = reconcile.Sums.of(len(names), sums)
    covariance = reconcile.shrunk_covariance(one_step)
    done = {
        "base": table,
        "bottom-up": summing @ table[bottom],
        "MinT-shrink": reconcile.reconcile(table, constraints, covariance, is_non_negative=False),
        "OLS": reconcile.reconcile(table, constraints, np.eye(len(names)), is_non_negative=False),
    }
    values = whole.to_numpy()
    scale = np.abs(values[4:-8] - values[:-12]).mean(axis=0)
    level = np.array([name.split(":")[0] for name in names])
    lines = ["| level | " + " | ".join(f"{name} (published)" for name in done) + " |", "|---|" + "--:|" * len(done)]
    for name, published in REFERENCE.items():
        here = np.ones(len(names), bool) if name == "all" else level == name
        cells = []
        for (_, path), reference in zip(done.items(), published, strict=True):
            score = (np.abs(values[-8:].T - path).mean(axis=1) / scale)[here].mean()
            cells.append(f"{score:.3f} ({reference:.2f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _tourism_sums(names: list[str]) -> list[tuple[int, list[int]]]:
    from bench.forecasting.levels import sums_over

    index = {name: i for i, name in enumerate(names)}
    parts: dict[int, list[int]] = {}
    for name in names:
        if name.startswith("bottom:"):
            for whole in sums_over(*name.removeprefix("bottom:").split("/"))[:-1]:
                parts.setdefault(index[whole], []).append(index[name])
    return sorted(parts.items())


def speed_table(folder: Path) -> list[str]:
    table = pd.read_parquet(folder / "speed.parquet").pivot(index="ds", columns="series_id", values="y").to_numpy()
    engine.forecast(table[:, :50], horizon=13, season=52)
    seconds = []
    for _ in range(SPEED_RUNS):
        started = time.process_time()
        engine.forecast(table, horizon=13, season=52)
        seconds.append(time.process_time() - started)
    ours = table.shape[1] / min(seconds)
    peer = json.loads((folder / "speed.json").read_text())
    return [
        "| 104 weekly points, horizon 13, one core | series a second |",
        "|---|--:|",
        f"| c2b: all candidates, 8 origins, combination, quantiles | {ours:.0f} |",
        f"| AutoETS: one fit with its interval | {peer['once']:.0f} |",
        f"| AutoETS: the same with a back-test of 8 origins | {peer['with_back_test']:.1f} |",
        f"| times as fast, both with the back-test | {ours / peer['with_back_test']:.0f} |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with threadpool_limits(limits=1):
        lines = accuracy_table(options.series)
        lines += ["", *coverage_table(options.series)]
        if (options.series / "market.parquet").exists():
            lines += ["", *festival_table(options.series)]
        lines += ["", *reconciliation_table(options.series)]
        lines += ["", *speed_table(options.series)]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.out is not None:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
