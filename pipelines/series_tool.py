"""Forecast anybody's series: a file in, quantiles out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models import timeseries
from pipelines.errors import ConfigurationError, SourceError

_OFFSETS = {
    "D": pd.DateOffset(days=1),
    "W": pd.DateOffset(weeks=1),
    "M": pd.DateOffset(months=1),
    "Q": pd.DateOffset(months=3),
}


def forecast_file(file: Path, *, horizon: int, season: int, out: Path, frequency: str) -> str:
    """Read ``file``, forecast every series, write ``out`` whole; returns a line that says what was done.

    Raises ConfigurationError for an option and SourceError for a row that cannot be used.
    """
    if horizon < 1 or season < 1:
        raise ConfigurationError("--horizon and --season must be at least 1.", remedy="give positive numbers.")
    if frequency not in _OFFSETS:
        raise ConfigurationError(f"--frequency: {frequency!r} is unknown.", remedy="one of D, W, M, Q.")
    if out.suffix not in (".csv", ".parquet"):
        raise ConfigurationError(f"--out: {out.name}: unknown file type.", remedy="end it in .csv or .parquet.")
    if out.resolve() == file.resolve():
        raise ConfigurationError(f"--out: {out} is the input.", remedy="give another file.")
    frame = _read(file, frequency)
    parts = []
    groups = list(frame.groupby("series_id", sort=True))
    for series_id, group in _shown(groups):
        parts.append(_one(str(series_id), group, horizon=horizon, season=season, frequency=frequency))
    result = pd.concat(parts, ignore_index=True)
    part = out.with_name(out.name + ".part")
    if out.suffix == ".csv":
        result.to_csv(part, index=False)
    else:
        result.to_parquet(part, index=False)
    os.replace(part, out)
    return f"{len(groups)} series, {len(result)} rows: {out}"


def _shown(groups: list[Any]) -> Iterable[Any]:
    if not sys.stderr.isatty():
        return groups
    from rich.progress import track

    return track(groups, description="forecast")


def _read(file: Path, frequency: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, dtype={"series_id": str})
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{file}: cannot be read ({error.__class__.__name__}).", remedy="give a Parquet or CSV file with a header."
        ) from error
    missing = [name for name in ("series_id", "ds", "y") if name not in frame.columns]
    if missing:
        raise SourceError(f"{file}: column {missing[0]} is missing.", remedy="the columns are series_id, ds, y.")
    days = pd.to_datetime(frame["ds"], errors="coerce")
    values = pd.to_numeric(frame["y"], errors="coerce")
    _refuse(file, frame, days.isna(), "ds", "a date such as 2026-06-25")
    _refuse(file, frame, values.isna() & frame["y"].notna(), "y", "a number")
    _refuse(file, frame, frame["series_id"].isna(), "series_id", "a name")
    _refuse(file, frame, values < 0, "y", "a number of at least 0")
    if frame.empty:
        raise SourceError(f"{file}: holds no rows.", remedy="give at least one row per series.")
    frame = frame.assign(ds=days, y=values.astype(float))
    repeated = frame.duplicated(["series_id", "ds"])
    _refuse(file, frame, repeated, "ds", "one row per series and date")
    unsorted = (frame["ds"] < frame.groupby("series_id")["ds"].shift()).fillna(False)
    _refuse(file, frame, unsorted, "ds", "dates in ascending order within a series")
    expected = frame.groupby("series_id")["ds"].shift() + _OFFSETS[frequency]
    irregular = expected.notna() & (frame["ds"] != expected)
    if frequency in ("M", "Q"):  # month ends vary in day
        month = frame["ds"].dt.year * 12 + frame["ds"].dt.month
        irregular = month.groupby(frame["series_id"]).diff().fillna(_months(frequency)) != _months(frequency)
    _refuse(file, frame, irregular, "ds", f"a step of one {frequency} after the row before")
    return frame


def _months(frequency: str) -> int:
    return 1 if frequency == "M" else 3


def _refuse(file: Path, frame: pd.DataFrame, is_bad: pd.Series, column: str, expected: str) -> None:
    if is_bad.any():
        position = int(np.nonzero(is_bad.to_numpy())[0][0])
        raise SourceError(
            f"{file} row {position + 1}: {column}: found {frame[column].iloc[position]!s:.40}, expected {expected} "
            f"({int(is_bad.sum())} such rows).",
            remedy="correct the file and run again.",
        )


def _one(series_id: str, group: pd.DataFrame, *, horizon: int, season: int, frequency: str) -> pd.DataFrame:
    values = group["y"].to_numpy(float)
    ahead = timeseries.forecast(values, horizon=horizon, season=season)
    last = group["ds"].iloc[-1]
    is_month_end = frequency in ("M", "Q") and bool(group["ds"].dt.is_month_end.all())
    days = [last + step * _OFFSETS[frequency] for step in range(1, horizon + 1)]
    return pd.DataFrame(
        {
            "series_id": series_id,
            "step": np.arange(1, horizon + 1),
            "ds": [day + pd.offsets.MonthEnd(0) if is_month_end else day for day in days],
            "mean": ahead.mean,
            "p10": ahead.quantiles[:, 0],
            "p50": ahead.quantiles[:, 1],
            "p90": ahead.quantiles[:, 2],
            "model": ahead.model,
        }
    )
