"""The peers' forecasts of every data set and cut, with the seconds each took on one core.

    python -m bench.forecasting.peers --series FOLDER [--only tourism …]

Runs in an environment of its own (statsforecast needs an older pandas). Writes
FOLDER/<data set>.<cut>.peers.parquet: series_id, step, model, mean, p10, p50, p90; and
FOLDER/<data set>.peers_seconds.json.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import ADIDA, TSB, AutoARIMA, AutoCES, AutoETS, AutoTheta, CrostonSBA, SeasonalNaive

from bench.forecasting.datasets import DATA_SETS, DataSet
from bench.forecasting.levels import sums_over

LEVEL = 80
COMBINED = ("AutoETS", "AutoTheta", "CES", "AutoARIMA")
SLOW_SERIES = 1100  # above, AutoCES and AutoARIMA do not finish in a reasonable time


def models(data_set: DataSet, *, series: int) -> list[object]:
    season = data_set.peer_season
    found: list[object] = [
        SeasonalNaive(season_length=season),
        AutoETS(season_length=season),
        AutoTheta(season_length=season),
    ]
    if series <= SLOW_SERIES:
        found += [AutoCES(season_length=season), AutoARIMA(season_length=season)]
    if data_set.name in ("carparts", "market", "completejourney"):
        found += [CrostonSBA(), TSB(alpha_d=0.1, alpha_p=0.1), ADIDA()]
    return found


def forecast(train: pd.DataFrame, model: object, data_set: DataSet) -> tuple[pd.DataFrame, float]:
    """Quantiles of one model; a series it cannot do is forecast by its naive value, as its own library does."""
    engine = StatsForecast(models=[model], freq=1, n_jobs=1, fallback_model=SeasonalNaive(data_set.peer_season))
    name = str(model)
    has_level = name not in ("CrostonSBA", "TSB", "ADIDA")
    started = time.process_time()
    ahead = engine.forecast(df=train, h=data_set.horizon, **({"level": [LEVEL]} if has_level else {}))
    seconds = time.process_time() - started
    ahead = ahead.rename(columns={"unique_id": "series_id", name: "mean"})
    ahead["p10"] = ahead[f"{name}-lo-{LEVEL}"] if has_level else ahead["mean"]
    ahead["p90"] = ahead[f"{name}-hi-{LEVEL}"] if has_level else ahead["mean"]
    ahead["step"] = ahead.groupby("series_id").cumcount() + 1
    return ahead.assign(p50=ahead["mean"], model=name)[
        ["series_id", "step", "model", "mean", "p10", "p50", "p90"]
    ], seconds


def combination(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Mean of the automatic models, quantile by quantile."""
    parts = forecasts[forecasts["model"].isin(COMBINED)]
    mean = parts.groupby(["series_id", "step"])[["mean", "p10", "p50", "p90"]].mean().reset_index()
    return mean.assign(model="combination")[forecasts.columns]


def run(data_set: DataSet, folder: Path) -> None:
    whole = pd.read_parquet(folder / f"{data_set.name}.parquet").rename(columns={"series_id": "unique_id"})
    spent: dict[str, float] = {}
    for cut in data_set.cuts:
        from_end = whole.groupby("unique_id").cumcount(ascending=False)
        train = whole[from_end >= cut].copy()
        train["ds"] = train.groupby("unique_id").cumcount() + 1
        parts = []
        for model in models(data_set, series=train["unique_id"].nunique()):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ahead, seconds = forecast(train, model, data_set)
            parts.append(ahead)
            spent[str(model)] = spent.get(str(model), 0.0) + seconds
            print(f"{data_set.name} cut {cut}: {model} {seconds:.0f} s", flush=True)
        found = pd.concat(parts, ignore_index=True)
        found = pd.concat([found, combination(found)], ignore_index=True)
        found.to_parquet(folder / f"{data_set.name}.{cut}.peers.parquet", index=False)
    (folder / f"{data_set.name}.peers_seconds.json").write_text(json.dumps(spent))


def tourism_base(folder: Path) -> None:
    """Base forecasts of AutoETS and their one-step errors, and what hierarchicalforecast makes of them."""
    from hierarchicalforecast.core import HierarchicalReconciliation
    from hierarchicalforecast.methods import BottomUp, MinTrace

    whole = pd.read_parquet(folder / "tourism.parquet").rename(columns={"series_id": "unique_id"})
    from_end = whole.groupby("unique_id").cumcount(ascending=False)
    train = whole[from_end >= 8]
    engine = StatsForecast(models=[AutoETS(season_length=4)], freq="QS", n_jobs=1)
    base = engine.forecast(df=train, h=8, fitted=True)
    fitted = engine.forecast_fitted_values()
    summing, tags = _summing(sorted(whole["unique_id"].unique()))
    methods = {"bottom-up": BottomUp(), "mint": MinTrace("mint_shrink"), "ols": MinTrace("ols")}
    done = HierarchicalReconciliation(reconcilers=list(methods.values())).reconcile(
        Y_hat_df=base, Y_df=fitted, S_df=summing, tags=tags
    )
    done.rename(columns=dict(zip(done.columns[3:], methods, strict=True))).to_parquet(
        folder / "tourism.library.parquet"
    )
    base.to_parquet(folder / "tourism.base.parquet")
    fitted.assign(error=fitted["y"] - fitted["AutoETS"]).to_parquet(folder / "tourism.errors.parquet")


def _summing(names: list[str]) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Summing matrix of the tourism levels, and which series each level has."""
    bottom = [name for name in names if name.startswith("bottom:")]
    levels = ("total", "purpose", "state", "state-purpose", "region", "bottom")
    tags = {level: [name for name in names if name.split(":")[0] == level] for level in levels}
    order = [name for level in levels for name in tags[level]]
    matrix = pd.DataFrame(0.0, index=order, columns=bottom)
    for name in bottom:
        state, region, purpose = name.removeprefix("bottom:").split("/")
        matrix.loc[sums_over(state, region, purpose), name] = 1.0
    return matrix.rename_axis("unique_id").reset_index(), tags


def speed(folder: Path, *, series: int = 300) -> None:
    """Weekly series of two years a second, one core: AutoETS once with intervals, and with a back-test of 8 origins.

    The quickest of three runs counts.
    """
    train = pd.read_parquet(folder / "speed.parquet").rename(columns={"series_id": "unique_id"})
    train = train[train["unique_id"].isin(train["unique_id"].unique()[:series])].copy()
    train["ds"] = train.groupby("unique_id").cumcount() + 1
    engine = StatsForecast(models=[AutoETS(season_length=1)], freq=1, n_jobs=1)
    engine.forecast(df=train[train["unique_id"] == train["unique_id"].iloc[0]], h=13, level=[LEVEL])  # compiles
    once, tested = [], []
    for _ in range(3):
        started = time.process_time()
        engine.forecast(df=train, h=13, level=[LEVEL])
        once.append(time.process_time() - started)
        engine.cross_validation(df=train, h=13, n_windows=8, step_size=5, refit=True)
        tested.append(time.process_time() - started)
    found = {"once": series / min(once), "with_back_test": series / min(tested)}
    (folder / "speed.json").write_text(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[*(d.name for d in DATA_SETS), "mint", "speed"])
    options = parser.parse_args()
    for data_set in DATA_SETS:
        if data_set.name in options.only:
            run(data_set, options.series)
    if "mint" in options.only:
        tourism_base(options.series)
    if "speed" in options.only:
        speed(options.series)


if __name__ == "__main__":
    main()
