"""The picture of docs/forecasting.md: a series, its forecast, and what forecasts from earlier dates said.

python -m bench.forecasting.pictures docs/images/forecast_fan.svg
"""

from __future__ import annotations

import sys

import altair as alt
import numpy as np
import pandas as pd

from models.forecasting import engine

HORIZON, WEEKS, SHOWN = 13, 104, 60


def _rows(values: np.ndarray, end: int, kind: str) -> pd.DataFrame:
    ahead = engine.forecast(values[:end], horizon=HORIZON, season=52)
    low, middle, high = ahead.quantiles[:, :, 0]
    return pd.DataFrame(
        {"week": np.arange(end, end + HORIZON), "low": low, "middle": middle, "high": high, "kind": kind}
    )


def main(out: str) -> None:
    rng = np.random.default_rng(12)
    level = rng.uniform(60, 300, 40) * np.exp(0.05 * rng.normal(size=(WEEKS, 40)).cumsum(axis=0))
    values = rng.poisson(level).astype(float)
    past = pd.DataFrame({"week": np.arange(WEEKS), "units": values[:, 0]}).iloc[-SHOWN:]
    bands = pd.concat(
        [
            _rows(values, WEEKS - 2 * HORIZON, "forecast of half a year ago"),
            _rows(values, WEEKS - HORIZON, "forecast of a quarter ago"),
            _rows(values, WEEKS, "forecast of tonight"),
        ]
    )
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(range=["#9aa5b1", "#c98b2b", "#1f6f5c"]))
    week = alt.X("week:Q", title="week", scale=alt.Scale(zero=False, nice=False))
    chart = (
        alt.Chart(bands)
        .mark_area(opacity=0.25)
        .encode(week, alt.Y("low:Q", title="wanted units"), y2="high:Q", color=colour)
        + alt.Chart(bands).mark_line(strokeWidth=2).encode(week, y="middle:Q", color=colour)
        + alt.Chart(past)
        .mark_line(color="#222", point=alt.OverlayMarkDef(size=12, color="#222"))
        .encode(week, y="units:Q")
    )
    chart.properties(width=640, height=260).configure_legend(orient="top").save(out)


if __name__ == "__main__":
    main(sys.argv[1])
