"""What a brief shows of the forecast: past and coming weeks, features, overrides, how good it was."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
HISTORY_WEEKS = 52


def forecast(rows: list[Row], visible: set[tuple[str, str]]) -> Row:
    """Parts of the facts that rows of mart_forecasts of one category tell, of ``visible`` features only."""
    weekly = [row for row in rows if row["attribute"] == "*" and row["period"] == "week"]
    first = weekly[0] if weekly else {}
    past = sorted((row for row in rows if row["period"] == "history"), key=lambda row: row["start_date"])
    return {
        "history": [{"start": row["start_date"].isoformat(), "units": row["mean"]} for row in past[-HISTORY_WEEKS:]],
        "forecast": [
            {"start": row["start_date"].isoformat(), **{name: row[name] for name in ("p10", "p50", "p90", "mean")}}
            for row in sorted(weekly, key=lambda row: row["step"])
        ],
        "forecast_model": first.get("model"),
        "overrides": [
            {
                name: row[name]
                for name in ("attribute", "value", "override_factor", "override_reason", "model_mean", "mean")
            }
            for row in rows
            if row["period"] == "selling_window"
            and row["override_factor"] is not None
            and (row["attribute"] == "*" or (row["attribute"], row["value"]) in visible)
        ],
        "backtest": {
            "mase": _ratio(first.get("backtest_mase"), first.get("backtest_naive_mase")),
            "coverage_pct": first.get("backtest_coverage_pct"),
        },
        "feature_forecasts": [
            {name: row[name] for name in ("attribute", "value", "p10", "p50", "p90")}
            for row in rows
            if row["period"] == "selling_window" and (row["attribute"], row["value"]) in visible
        ],
    }


def search_lead(rows: list[Row]) -> Row:
    """Whether searches of the weeks before enter the forecast; empty where there is none."""
    return {name: rows[0][name] for name in ("is_admitted", "gain_pct", "tested_forecasts")} if rows else {}


def _ratio(error: float | None, naive: float | None) -> float | None:
    """Error of the forecast over that of repeating the year (or week) before; None where it was not tested."""
    return error / naive if error is not None and naive else None
