"""What stands behind the headline: does the order hang on the filter, what is asked for together."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
TOP_RANKS, TOP_PAIRS = 3, 3


def filter_dependence(gaps: list[Row]) -> Row:
    """Whether the first ranks are others with crawlers left in (off), or with doubtful accounts left out (strict)."""

    def first(column: str) -> list[tuple[str, str]]:
        ranked = sorted((row for row in gaps if row["cause"] != "none"), key=lambda row: row[column])
        return [(row["attribute"], row["value"]) for row in ranked[:TOP_RANKS]]

    return {"depends_off": first("rank") != first("rank_off"), "depends_strict": first("rank") != first("rank_strict")}


def pairs(headline: Row, rows: list[Row]) -> list[Row]:
    """What is asked for together with the headline's feature, surely more often than by chance."""
    found = []
    for row in rows:
        one, other = (row["attribute"], row["value"]), (row["other_attribute"], row["other_value"])
        for mine, with_it in ((one, other), (other, one)):
            if mine == (headline["attribute"], headline["value"]) and row["lift_p10"] > 1:
                lift = {name: row[name] for name in ("lift", "lift_p10", "lift_p90")}
                found.append({"attribute": with_it[0], "value": with_it[1], **lift})
    return sorted(found, key=lambda pair: -pair["lift_p10"])[:TOP_PAIRS]
