"""How ``c2b forecast-series`` grows from a thousand series to a hundred thousand: time and memory from file to file.

    python -m bench.forecasting.many [--counts 1000 10000 100000]

Weekly counts of 104 weeks, thirteen ahead: levels from one unit a month to some hundred a week, half of them with a
season of the year, a third with a trend, negative binomial about that.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

WEEKS, HORIZON, SEASON = 104, 13, 52
DISPERSION = 5.0  # of the negative binomial, its size


def series(count: int, *, seed: int = 1) -> pd.DataFrame:
    """series_id, ds, y of ``count`` series, sorted as the command asks."""
    rng = np.random.default_rng(seed)
    week = np.arange(WEEKS)
    level = np.exp(rng.uniform(np.log(0.25), np.log(400), count))
    swing = np.where(rng.random(count) < 0.5, rng.uniform(0.1, 0.6, count), 0.0)
    rise = np.where(rng.random(count) < 1 / 3, rng.normal(0, 0.006, count), 0.0)
    turn = np.sin(2 * np.pi * (week[None, :] / SEASON + rng.random(count)[:, None]))
    mean = level[:, None] * np.exp(swing[:, None] * turn + rise[:, None] * (week - WEEKS))
    counts = rng.poisson(rng.gamma(DISPERSION, mean / DISPERSION))
    names = [f"s{number:06d}" for number in range(count)]
    dates = pd.date_range("2024-01-01", periods=WEEKS, freq="7D").date
    return pd.DataFrame({"series_id": np.repeat(names, WEEKS), "ds": np.tile(dates, count), "y": counts.ravel()})


def run(count: int) -> tuple[float, float]:
    """Seconds, and peak MB of the largest process, of one command on ``count`` series."""
    with tempfile.TemporaryDirectory() as name:
        given, out = Path(name) / "series.parquet", Path(name) / "forecast.parquet"
        series(count).to_parquet(given, index=False)
        command = [str(Path(sys.executable).with_name("c2b")), "forecast-series", str(given), "--horizon", str(HORIZON)]
        command += ["--season", str(SEASON), "--frequency", "W", "--out", str(out)]
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status):
            raise SystemExit(f"c2b forecast-series failed on {count} series")
        rows = len(pd.read_parquet(out, columns=["step"]))
        if rows != count * HORIZON:
            raise SystemExit(f"{rows} rows for {count} series of {HORIZON} steps")
        return seconds, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    print(f"| series | seconds on {os.cpu_count()} cores | series a second | peak MB of the largest process |")
    print("|--:|--:|--:|--:|")
    for count in parser.parse_args().counts:
        seconds, peak = run(count)
        print(f"| {count:,} | {seconds:.0f} | {count / seconds:.0f} | {peak:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
