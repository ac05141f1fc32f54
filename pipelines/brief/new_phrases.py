"""New phrases in the brief: what shoppers say and no taxonomy knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.brief.formats import Formats, plain
from pipelines.brief.views import Column, Table

Row = Mapping[str, Any]
_COLUMNS = ("people", "share", "growth", "zero_result", "products")


def table(facts: Mapping[str, Any], formats: Formats) -> Table | None:
    """The strongest new phrases of the category, or None."""
    rows, say = facts.get("candidates") or (), formats.messages
    if not rows:
        return None
    columns = (
        Column(say("candidates.phrase"), False),
        *(Column(say(f"candidates.{name}")) for name in _COLUMNS),
        Column(say("candidates.attribute"), False),
    )
    caption = say("candidates.table", shown=formats.count(len(rows)))
    return Table(caption, columns, tuple(_cells(row, formats) for row in rows))


def learnt(facts: Mapping[str, Any], formats: Formats) -> str:
    """Which words the taxonomy lacks are read as a value; empty where none is."""
    rows, say = facts.get("learnt") or (), formats.messages
    words = [
        say("learnt.word", word=plain(row["phrase"]), feature=formats.feature(row["attribute"], row["value"]),
            since=plain(row["since"]))
        for row in rows
    ]  # fmt: skip
    if not words:
        return ""
    return say("learnt.explain", words=say("format.list").join(words), command=say("candidates.command"))


def _cells(row: Row, formats: Formats) -> tuple[str, ...]:
    say = formats.messages
    low, high = (formats.signed_pct(row.get(f"growth_pct_{end}")) for end in ("p10", "p90"))
    return (
        say("format.list").join(plain(word) for word in (row["phrase"], *row.get("variants", ()))),
        formats.count(row.get("people")),
        formats.pct(row.get("search_share_pct")),
        formats.interval(low, high),
        formats.pct(row.get("zero_result_pct")),
        formats.count(row.get("products")),
        plain(row.get("suggested_attribute")) or say("format.missing"),
    )
