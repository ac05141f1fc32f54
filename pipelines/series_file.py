"""A file of series: read, checked row by row, turned into arrays."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.errors import SourceError

OFFSETS = {
    "D": pd.DateOffset(days=1),
    "W": pd.DateOffset(weeks=1),
    "M": pd.DateOffset(months=1),
    "Q": pd.DateOffset(months=3),
}
COLUMNS = ("series_id", "ds", "y", "weight")
NO_VALUE = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A")
TRUSTED = 0.5  # a value of less weight counts as missing


@dataclass(frozen=True)
class SeriesFile:
    """Series in alphabetical order of ``ids``; rows of series i are ``start[i]`` … ``start[i] + lengths[i]`` - 1.

    ``y`` is nan where missing or of little weight; ``regressors`` is rows × k and goes on after each series' last
    value, or None. ``unused`` columns were not read.
    """

    ids: NDArray[np.object_]
    start: NDArray[np.int64]
    lengths: NDArray[np.int64]
    y: NDArray[np.float64]
    regressors: NDArray[np.float64] | None
    last: pd.DatetimeIndex
    is_month_end: NDArray[np.bool_]
    unused: tuple[str, ...]

    def matrix(
        self, chosen: NDArray[np.int64], *, horizon: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Time × n values, the last one of every series in the last row, and regressors (time + horizon) × k × n."""
        steps = int(self.lengths[chosen].max())
        back = np.arange(-steps, horizon if self.regressors is not None else 0)[:, None] + self.lengths[chosen]
        inside = back >= 0
        rows = self.start[chosen] + np.where(inside, back, 0)
        values = np.where(inside[:steps], self.y[rows[:steps]], np.nan)
        if self.regressors is None:
            return values, None
        known = np.where(inside[:, :, None], self.regressors[rows], 0.0)
        return values, known.transpose(0, 2, 1)

    def days_ahead(self, horizon: int, frequency: str) -> pd.DatetimeIndex:
        """Dates of the steps ahead, series by series."""
        steps = []
        for step in range(1, horizon + 1):
            days = self.last + step * OFFSETS[frequency]
            if frequency in ("M", "Q"):
                days = days.where(~self.is_month_end, days + pd.offsets.MonthEnd(0))
            steps.append(days.to_numpy())
        return pd.DatetimeIndex(np.column_stack(steps).ravel())


def read(file: Path, *, frequency: str, horizon: int) -> SeriesFile:
    """Raises SourceError, which names the row, where the file cannot be used.

    Other numeric columns are regressors where every series goes on for ``horizon`` rows without y.
    """
    frame = _checked(file, frequency)
    start = np.nonzero(np.r_[True, frame["series_id"].to_numpy()[1:] != frame["series_id"].to_numpy()[:-1]])[0]
    lengths = np.diff(np.r_[start, len(frame)])
    y = frame["y"].to_numpy(float)
    extra = [name for name in frame.columns if name not in COLUMNS]
    numeric = [name for name in extra if pd.api.types.is_numeric_dtype(frame[name])]
    regressors = None
    tail = start[:, None] + lengths[:, None] - 1 - np.arange(horizon)
    if numeric and (lengths > horizon).all() and not np.isfinite(y[np.maximum(tail, 0)]).any():
        for name in numeric:
            _refuse(file, frame, frame[name].isna(), name, "a number, for the steps ahead too")
        regressors = frame[numeric].to_numpy(float)
        lengths = lengths - horizon
    trusted = frame["weight"].to_numpy(float) >= TRUSTED if "weight" in frame else np.ones(len(frame), bool)
    usable = np.where(trusted, y, np.nan)
    nothing = np.add.reduceat(np.isfinite(usable), start) == 0
    row = frame.index.isin(start[nothing])
    _refuse(file, frame, pd.Series(row), "series_id", "a series with at least one value of y")
    last = pd.DatetimeIndex(frame["ds"].to_numpy()[start + lengths - 1])
    month_end = frame["ds"].dt.is_month_end.to_numpy()
    used = set(numeric) if regressors is not None else set()
    return SeriesFile(
        ids=frame["series_id"].to_numpy(object)[start],
        start=start,
        lengths=lengths,
        y=usable,
        regressors=regressors,
        last=last,
        is_month_end=np.logical_and.reduceat(month_end, start),
        unused=tuple(name for name in extra if name not in used),
    )


def _checked(file: Path, frequency: str) -> pd.DataFrame:
    """The rows by series and date, typed."""
    try:
        frame = pd.read_parquet(file) if file.suffix == ".parquet" else _csv(file)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(
            f"{file}: cannot be read ({reason:.120}).", remedy="give a Parquet or CSV file with a header."
        ) from error
    missing = [name for name in ("series_id", "ds", "y") if name not in frame.columns]
    if missing:
        raise SourceError(f"{file}: column {missing[0]} is missing.", remedy="the columns are series_id, ds, y.")
    if frame.empty:
        raise SourceError(f"{file}: holds no rows.", remedy="give at least one row per series.")
    days = _days(frame["ds"])
    values = pd.to_numeric(frame["y"], errors="coerce").astype(float)
    _refuse(file, frame, frame["series_id"].isna() | (frame["series_id"] == ""), "series_id", "a name")
    _refuse(file, frame, days.isna(), "ds", "a date such as 2026-06-25")
    _refuse(file, frame, (values.isna() & frame["y"].notna()) | np.isinf(values), "y", "a number")
    if "weight" in frame:
        weight = pd.to_numeric(frame["weight"], errors="coerce").astype(float)
        _refuse(file, frame, ~weight.between(0, 1), "weight", "a number from 0 (left out) to 1")
        frame = frame.assign(weight=weight)
    frame = frame.assign(series_id=frame["series_id"].astype(str), ds=days, y=values)
    _refuse(file, frame, frame.duplicated(["series_id", "ds"]), "ds", "one row per series and date")
    unsorted = (frame["ds"] < frame.groupby("series_id")["ds"].shift()).fillna(False)
    _refuse(file, frame, unsorted, "ds", "dates in ascending order within a series")
    _refuse(file, frame, _irregular(frame, frequency), "ds", f"a step of one {frequency} after the row before")
    return frame.sort_values("series_id", kind="stable", ignore_index=True)


def _csv(file: Path) -> pd.DataFrame:
    """007 is no number, nor is 20260625, and a series may be called NA. ValueError where rows and header differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a surplus field would be dropped, or shift the others
        try:
            others = [name for name in pd.read_csv(file, nrows=0, index_col=False).columns if name != "series_id"]
            return pd.read_csv(
                file,
                dtype={"series_id": str, "ds": str},
                index_col=False,
                keep_default_na=False,
                na_values=dict.fromkeys(others, NO_VALUE),
            )
        except pd.errors.ParserWarning as error:
            raise ValueError("rows have more fields than the header") from error


def _days(ds: pd.Series) -> pd.Series:
    """Dates of ``ds``; nat where it is none. Year first only: 05/01/2026 is May to some and January to others."""
    if pd.api.types.is_integer_dtype(ds):
        ds = ds.astype(str)
    try:
        return pd.to_datetime(ds, errors="coerce", format="ISO8601")
    except ValueError:  # of several time zones: what day it is where the row was written
        return pd.to_datetime(ds.astype(str).str[:10], errors="coerce", format="ISO8601")


def _irregular(frame: pd.DataFrame, frequency: str) -> pd.Series:
    if frequency in ("M", "Q"):  # month ends vary in day
        months = 1 if frequency == "M" else 3
        month = frame["ds"].dt.year * 12 + frame["ds"].dt.month
        return month.groupby(frame["series_id"]).diff().fillna(months) != months
    step = pd.Timedelta(days=1 if frequency == "D" else 7)
    return frame.groupby("series_id")["ds"].diff().fillna(step) != step


def _refuse(file: Path, frame: pd.DataFrame, is_bad: pd.Series, column: str, expected: str) -> None:
    if is_bad.any():
        position = int(np.nonzero(is_bad.to_numpy())[0][0])
        found = str(frame[column].iloc[position]).removesuffix(" 00:00:00")
        raise SourceError(
            f"{file} row {position + 1}: {column}: found {found:.40}, expected {expected} "
            f"({int(is_bad.sum())} such rows).",
            remedy="correct the file and run again.",
        )
