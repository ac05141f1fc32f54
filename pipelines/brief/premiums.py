"""What features are worth, as a brief shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.brief.formats import Formats, known
from pipelines.brief.views import Column, Table, Valuation

Facts = Mapping[str, Any]
Row = Mapping[str, Any]
TOP_PREMIUMS = 8


def valuation(facts: Facts, formats: Formats) -> Valuation | None:
    """Features by size of their premium; those that rest on few products come last."""
    priced = facts.get("premiums") or ()
    rows = [row for row in priced if row.get("is_thin") or known(row.get("premium_pct")) is not None]
    if not rows:
        return None
    rows.sort(
        key=lambda r: (bool(r.get("is_thin")), -abs(r["premium_pct"] or 0.0), str(r["attribute"]), str(r["value"]))
    )
    top, rest = rows[:TOP_PREMIUMS], rows[TOP_PREMIUMS:]
    return Valuation(
        _premiums(top, formats),
        _premiums(rest, formats) if rest else None,
        formats.messages.count("premiums.more", len(rest), count=formats.count(len(rest))),
    )


def _premiums(rows: Sequence[Row], formats: Formats) -> Table:
    say = formats.messages
    numbers = (Column(say(f"premiums.{name}")) for name in ("premium", "interval", "products"))
    columns = (Column(say("gaps.feature"), False), *numbers)
    cells = []
    for row in rows:
        low, high, products = row.get("premium_pct_p10"), row.get("premium_pct_p90"), formats.count(row.get("products"))
        interval = formats.interval(formats.signed_pct(low), formats.signed_pct(high))
        is_known = known(low) is not None and known(high) is not None
        cells.append(
            (
                formats.feature(row["attribute"], row["value"]),
                say("premiums.too_few") if row.get("is_thin") else formats.signed_pct(row["premium_pct"]),
                interval if is_known and not row.get("is_thin") else say("format.missing"),
                say("premiums.thin", products=products) if row.get("is_thin") else products,
            )
        )
    return Table(say("premiums.table"), columns, tuple(cells))
