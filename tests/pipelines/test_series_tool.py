"""forecast-series: anybody's series in, quantiles out, bad rows named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines import series_tool
from pipelines.errors import SourceError


def series(n: int = 3, steps: int = 40, freq: str = "D") -> pd.DataFrame:
    rng = np.random.default_rng(1)
    parts = [
        pd.DataFrame(
            {
                "series_id": f"s{i}",
                "ds": pd.date_range("2025-01-31" if freq == "ME" else "2025-01-01", periods=steps - 5 * i, freq=freq),
                "y": rng.poisson(20 + 10 * i, steps - 5 * i).astype(float),
            }
        )
        for i in range(n)
    ]
    return pd.concat(parts, ignore_index=True)


def run(frame: pd.DataFrame, folder: Path, *, frequency: str = "D", horizon: int = 5) -> pd.DataFrame:
    frame.to_csv(folder / "in.csv", index=False)
    out = folder / "out.csv"
    said = series_tool.forecast_file(folder / "in.csv", horizon=horizon, season=7, out=out, frequency=frequency)
    assert said.startswith(f"{frame['series_id'].nunique()} series")
    return pd.read_csv(out, parse_dates=["ds"])


def test_every_series_goes_on_from_its_own_last_day(tmp_path: Path):
    frame = series()
    found = run(frame, tmp_path)
    assert list(found.columns) == ["series_id", "step", "ds", "mean", "p10", "p50", "p90", "model"]
    last = frame.groupby("series_id")["ds"].max()
    for name, rows in found.groupby("series_id"):
        assert list(rows["ds"]) == list(pd.date_range(last[name], periods=6, freq="D")[1:])
        assert (rows["p10"] <= rows["p50"]).all()
        assert (rows["p50"] <= rows["p90"]).all()


def test_month_ends_stay_month_ends(tmp_path: Path):
    found = run(series(freq="ME"), tmp_path, frequency="M")
    assert found["ds"].dt.is_month_end.all()


def test_chunks_give_what_one_call_gives_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(series_tool, "CHUNK", 2)
    monkeypatch.setattr(series_tool.os, "cpu_count", lambda: 1)
    found = run(series(5), tmp_path)
    assert list(found["series_id"].drop_duplicates()) == [f"s{i}" for i in range(5)]
    means = found.groupby("series_id")["mean"].mean()
    assert means.to_numpy() == pytest.approx(20 + 10 * np.arange(5), rel=0.25)


def test_a_value_of_no_weight_does_not_count(tmp_path: Path):
    frame = series(1).assign(weight=1.0)
    frame.loc[35:, "y"], frame.loc[35:, "weight"] = 900.0, 0.0
    assert run(frame, tmp_path)["mean"].max() < 40


def test_regressors_are_used_where_they_are_known_ahead(tmp_path: Path):
    frame = series(1, steps=60)
    frame["promo"] = (np.arange(60) % 10 == 3).astype(float)
    frame.loc[frame["promo"] == 1, "y"] *= 3
    frame.loc[55:, "y"] = np.nan
    frame.loc[55:, "promo"] = [0, 0, 1, 0, 0]
    found = run(frame, tmp_path)
    assert found["mean"].iloc[2] > 2 * found["mean"].iloc[1]
    assert found["ds"].iloc[0] == frame["ds"].iloc[55]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.assign(y=f["y"].astype(object).where(f.index != 4, "many")), "row 5: y: found many"),
        (lambda f: f.drop(index=4), "row 5: ds: found 2025-01-06, expected a step of one D"),
        (lambda f: pd.concat([f, f.iloc[[3]]]), "expected one row per series and date"),
        (lambda f: f.iloc[[1, 0, *range(2, len(f))]], "expected dates in ascending order"),
        (lambda f: f.assign(weight=2.0), "row 1: weight: found 2.0"),
        (lambda f: f.drop(columns="ds"), "column ds is missing"),
        (lambda f: f.iloc[:0], "holds no rows"),
    ],
    ids=["text", "gap", "twice", "unsorted", "weight", "column", "empty"],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, change, told: str):
    change(series(1)).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(SourceError, match=told):
        series_tool.forecast_file(tmp_path / "in.csv", horizon=3, season=7, out=tmp_path / "out.csv", frequency="D")
    assert not (tmp_path / "out.csv").exists()


DATES = {
    "days": ["2026-01-05", "2026-01-06", "2026-01-07"],
    "numbers": ["20260105", "20260106", "20260107"],
    "instants": ["2026-01-05T23:30:00+08:00", "2026-01-06T23:30:00+08:00", "2026-01-07T23:30:00+01:00"],
}


@pytest.mark.parametrize("form", DATES)
def test_dates_are_year_first_and_the_day_where_they_were_written(tmp_path: Path, form: str):
    rows = "".join(f"a,{day},{n}\n" for n, day in enumerate(DATES[form]))
    (tmp_path / "in.csv").write_text(f"series_id,ds,y\n{rows}")
    series_tool.forecast_file(tmp_path / "in.csv", horizon=1, season=1, out=tmp_path / "out.csv", frequency="D")
    assert pd.read_csv(tmp_path / "out.csv")["ds"].str[:10].tolist() == ["2026-01-08"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,05/01/2026,1\n", "row 1: ds: found 05/01/2026"),
        ("a,2026-01-05,1,9\na,2026-01-06,2,9\n", "rows have more fields than the header"),
        ("a,2026-01-05,1\na,2026-01-06,2,9\n", "Expected 3 fields in line 3, saw 4"),
        (",2026-01-05,1\n", "series_id: found , expected a name"),
        ("a,2026-01-05,1\nb,2026-01-05,\n", "found b, expected a series with at least one value"),
    ],
    ids=["day first", "surplus", "one surplus", "no name", "no value"],
)
def test_a_file_that_would_be_misread_is_refused(tmp_path: Path, rows: str, told: str):
    (tmp_path / "in.csv").write_text(f"series_id,ds,y\n{rows}")
    with pytest.raises(SourceError, match=told):
        series_tool.forecast_file(tmp_path / "in.csv", horizon=1, season=1, out=tmp_path / "out.csv", frequency="D")
    assert not (tmp_path / "out.csv").exists()


def test_a_series_may_be_called_na(tmp_path: Path):
    (tmp_path / "in.csv").write_text("series_id,ds,y\nNA,2026-01-05,3\nNA,2026-01-06,5\nnull,2026-01-06,7\n")
    series_tool.forecast_file(tmp_path / "in.csv", horizon=1, season=1, out=tmp_path / "out.csv", frequency="D")
    found = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert dict(zip(found["series_id"], found["mean"], strict=True)) == {"NA": 4.0, "null": 7.0}
