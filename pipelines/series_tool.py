"""Forecast anybody's series: a file in, quantiles out.

Series are forecast together in chunks of equal length as far as possible, on all cores; a chunk's series lend each
other what their back-tests show (models/forecasting).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.forecasting import engine
from pipelines import parallel, series_file
from pipelines.errors import ConfigurationError

CHUNK = 2_000
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Chunk:
    """Series of one call: time × n values, nan where missing, and regressors (time + ahead) × k × n or None."""

    first: int
    values: NDArray[np.float64]
    regressors: NDArray[np.float64] | None
    horizon: int
    season: int


def forecast_file(file: Path, *, horizon: int, season: int, out: Path, frequency: str) -> str:
    """Read ``file``, forecast every series, write ``out`` whole; returns a line that says what was done.

    Raises ConfigurationError for an option and SourceError for a row that cannot be used.
    """
    if horizon < 1 or season < 1:
        raise ConfigurationError("--horizon and --season must be at least 1.", remedy="give positive numbers.")
    if frequency not in series_file.OFFSETS:
        raise ConfigurationError(f"--frequency: {frequency!r} is unknown.", remedy="one of D, W, M, Q.")
    if out.suffix not in (".csv", ".parquet"):
        raise ConfigurationError(f"--out: {out.name}: unknown file type.", remedy="end it in .csv or .parquet.")
    if out.resolve() == file.resolve():
        raise ConfigurationError(f"--out: {out} is the input.", remedy="give another file.")
    series = series_file.read(file, frequency=frequency, horizon=horizon)
    count = len(series.ids)
    mean, quantiles = np.empty((horizon, count)), np.empty((len(LEVELS), horizon, count))
    model = np.empty(count, object)
    order = np.argsort(-series.lengths, kind="stable")
    chunks = list(_chunks(series, order, horizon=horizon, season=season))
    results = parallel.each(_forecast, chunks, description="forecast")
    for chunk, found in zip(chunks, results, strict=True):
        here = order[chunk.first : chunk.first + chunk.values.shape[1]]
        mean[:, here], quantiles[:, :, here], model[here] = found
    result = _table(series, mean, quantiles, model, frequency)
    part = out.with_name(out.name + ".part")
    if out.suffix == ".csv":
        result.to_csv(part, index=False)
    else:
        result.to_parquet(part, index=False)
    os.replace(part, out)
    unused = f"; not used: {', '.join(series.unused)}" if series.unused else ""
    return f"{count} series, {len(result)} rows: {out}{unused}"


def _chunks(series: series_file.SeriesFile, order: NDArray[np.int64], *, horizon: int, season: int) -> Iterator[Chunk]:
    """Series of about one length together, so that little is padded."""
    for first in range(0, len(order), CHUNK):
        chosen = order[first : first + CHUNK]
        values, regressors = series.matrix(chosen, horizon=horizon)
        yield Chunk(first, values, regressors, horizon, season)


def _forecast(chunk: Chunk) -> tuple[Any, Any, list[str]]:
    found = engine.forecast(
        chunk.values, horizon=chunk.horizon, season=chunk.season, levels=LEVELS, regressors=chunk.regressors
    )
    return found.mean, found.quantiles, list(found.model)


def _table(
    series: series_file.SeriesFile,
    mean: NDArray[np.float64],
    quantiles: NDArray[np.float64],
    model: NDArray[Any],
    frequency: str,
) -> pd.DataFrame:
    """One row per series and step, series in alphabetical order."""
    horizon, count = mean.shape
    return pd.DataFrame(
        {
            "series_id": np.repeat(series.ids, horizon),
            "step": np.tile(np.arange(1, horizon + 1), count),
            "ds": series.days_ahead(horizon, frequency),
            "mean": mean.T.ravel(),
            "p10": quantiles[0].T.ravel(),
            "p50": quantiles[1].T.ravel(),
            "p90": quantiles[2].T.ravel(),
            "model": np.repeat(model, horizon),
        }
    )
