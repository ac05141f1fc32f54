"""What could go wrong with a plan, as message keys with their numbers."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
WIDE_INTERVAL = 1.0  # an 80 % interval wider than the gap itself
SHORT_HISTORY_WEEKS = 26


def of(facts: Row) -> list[Row]:
    """What could go wrong, as message keys with their numbers."""
    found: list[Row] = []
    headline = facts["headline"]
    for row in facts["gaps"]:
        is_headline = (row["attribute"], row["value"]) == (headline["attribute"], headline["value"])
        width = row["gap_units_p90"] - row["gap_units_p10"]
        if is_headline and width > WIDE_INTERVAL * max(row["gap_units"], 1.0):
            found.append(
                {
                    "key": "wide_interval",
                    "attribute": row["attribute"],
                    "value": row["value"],
                    "low": row["gap_units_p10"],
                    "high": row["gap_units_p90"],
                }
            )
    built = [spec for spec in facts["specs"] if spec["decision"] == "build"]
    for spec in built:
        loss = spec["quantity"] * spec["unit_cost"] - spec["p10"] * spec["target_price"]
        if loss > 0:
            found.append({"key": "max_loss", "spec_id": spec["spec_id"], "loss": loss})
    thin = sum(1 for row in facts["premiums"] if row["is_thin"])
    if thin:
        found.append({"key": "thin_prices", "count": thin})
    if facts["quality"]["quarantined_rows"]:
        found.append({"key": "quarantine", "rows": facts["quality"]["quarantined_rows"]})
    if len(facts["history"]) < SHORT_HISTORY_WEEKS:
        found.append({"key": "short_history", "weeks": len(facts["history"])})
    if not facts["has_searches"]:
        found.append({"key": "no_searches"})
    if not facts["has_manufacturers"]:
        found.append({"key": "no_manufacturers"})
    if not facts["has_tied_orders"]:
        found.append({"key": "no_ties"})
    if not facts["has_stock_levels"]:
        found.append({"key": "no_stock"})
    mase = facts["backtest"]["mase"]
    if mase is not None and mase > 1:
        found.append({"key": "low_backtest", "mase": mase})
    if facts["suppressed_features"]:
        found.append({"key": "suppressed", "count": facts["suppressed_features"], "min_people": facts["min_people"]})
    return found
