"""What a brief shows in place of gaps where nobody searches: the features that were bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.brief.formats import Formats, known
from pipelines.brief.views import Column, Table

Facts = Mapping[str, Any]
Row = Mapping[str, Any]


def bought(facts: Facts) -> list[Row]:
    """Features that were bought, the most bought first."""
    rows = [row for row in facts.get("gaps") or () if (known(row.get("bought_units")) or 0.0) > 0]
    return sorted(rows, key=lambda row: (-row["bought_units"], str(row["attribute"]), str(row["value"])))


def table(facts: Facts, formats: Formats) -> Table | None:
    """Buyers and units of each feature, and its share of what was bought with that attribute known."""
    rows, say = bought(facts), formats.messages
    if not rows:
        return None
    numbers = (say("sales.people"), say("gaps.bought"), say("sales.share"), say("gaps.interval"), say("gaps.products"))
    columns = (Column(say("gaps.feature"), False), *(Column(title) for title in numbers))
    caption = say("sales.table", shown=formats.count(len(rows)))
    return Table(caption, columns, tuple(_cells(row, formats) for row in rows))


def share(row: Row, formats: Formats) -> str:
    """The feature's share of the units whose value of its attribute is known."""
    return formats.pct(_per_cent(row.get("bought_share")))


def unsold(facts: Facts, formats: Formats) -> str:
    """How many features stand on products and were not bought; '' for none."""
    rows = [row for row in facts.get("gaps") or () if known(row.get("products")) and not known(row.get("bought_units"))]
    return formats.messages.count("sales.unsold", len(rows), count=formats.count(len(rows))) if rows else ""


def _cells(row: Row, formats: Formats) -> tuple[str, ...]:
    low, high = (formats.pct(_per_cent(row.get(name))) for name in ("wanted_share_p10", "wanted_share_p90"))
    return (
        formats.feature(row["attribute"], row["value"]),
        formats.count(row.get("people")),
        formats.units(row["bought_units"]),
        share(row, formats),
        formats.interval(low, high),
        formats.count(row.get("products")),
    )


def _per_cent(share_of_one: object) -> float | None:
    value = known(share_of_one)
    return None if value is None else 100.0 * value
