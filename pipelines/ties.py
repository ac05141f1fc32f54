"""Categories whose orders cannot be tied to searches: what searchers missed is then not known, and no gap seen."""

from __future__ import annotations

import datetime as dt

from pipelines.engine import attach, engine, query
from pipelines.gap_rows import CONVERSION_DAYS
from pipelines.lake import Lake


def untied(lake: Lake, as_of: dt.date) -> list[str]:
    """Categories with searches and orders in the last days of which none is by the same account or session."""
    with engine() as connection:
        since = as_of - dt.timedelta(days=CONVERSION_DAYS)
        attach(connection, lake, "int_sessions", before=as_of.isoformat(), since=since.isoformat())
        return [str(row["category_id"]) for row in query(connection, "int/int_untied_orders").to_pylist()]
