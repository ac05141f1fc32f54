"""Net units of recent orders, corrected for cancellations and returns that are still to come."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from models import returns
from pipelines.engine import attach, engine, query, register
from pipelines.lake import Lake, schema_of
from pipelines.levels import EXCLUDED
from pipelines.publish import publish_mart
from pipelines.safe_signals import Step, pooled
from pipelines.settings import Settings

SHOWN_DAYS = 56
KEYS = ["placed_date", "category_id", "channel"]
UNITS = ["ordered_units", "cancelled_units", "returned_units", "net_units", "expected_net_units"]


def publish(lake: Lake, as_of: dt.date, settings: Settings) -> int:
    """Publish mart_net_units of the planning day; returns its rows."""
    since = as_of - dt.timedelta(days=settings.planning.history_days)
    with engine() as connection:
        attach(connection, lake, "stg_order_events", before=as_of.isoformat(), since=since.isoformat())
        attach(connection, lake, "int_verdicts", before=as_of.isoformat())
        attach(connection, lake, "raw_products")
        register(connection, "int_sessions", schema_of("int_sessions").empty_table())  # net units need no searches
        register(connection, "stg_order_lines", query(connection, "stg/stg_order_lines"))
        lines = query(connection, "int/int_history_lines", since=since, excluded=EXCLUDED["on"]).to_pandas()
        shown = as_of - dt.timedelta(days=SHOWN_DAYS)
        buyers = query(connection, "int/int_buyer_days", since=shown, excluded=EXCLUDED["on"]).to_pandas()
    lines = lines.assign(expected_net_units=expected_net_units(lines, as_of))
    rows = daily_rows(lines, buyers, min_people=settings.privacy.min_people)
    return publish_mart(lake, "mart_net_units", rows, as_of)


def expected_net_units(lines: pd.DataFrame, as_of: dt.date) -> np.ndarray:
    """Expected net units of each row of int_history_lines, float, in their order."""
    if lines.empty:
        return np.zeros(0)
    category, categories = pd.factorize(lines["category_id"], sort=True)
    channel, channels = pd.factorize(lines["channel"], sort=True)
    known = returns.Lines(
        category=category.astype(np.int64),
        channel=channel.astype(np.int64),
        age_days=np.asarray((pd.Timestamp(as_of) - pd.to_datetime(lines["placed_date"])).dt.days - 1, np.int64),
        ordered_units=lines["ordered_units"].to_numpy(float),
    )
    lost = _losses(lines)
    curve = returns.fit(known, lost, categories=len(categories), channels=len(channels))
    return curve.expected_net_units(known, lost)


def _losses(lines: pd.DataFrame) -> returns.Losses:
    placed = pd.to_datetime(lines["placed_date"])
    parts = []
    for status in ("cancelled", "returned"):
        units = lines[f"{status}_units"].to_numpy(float)
        row = np.flatnonzero(units > 0)
        lag = (pd.to_datetime(lines[f"{status}_date"]) - placed).dt.days.fillna(0).to_numpy()[row]
        parts.append((row, lag.astype(np.int64), units[row]))
    return returns.Losses(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def daily_rows(lines: pd.DataFrame, buyers: pd.DataFrame, *, min_people: int) -> list[dict[str, Any]]:
    """Rows of mart_net_units: the days of ``buyers`` by category and channel, without small cells.

    ``buyers`` is int_buyer_days. Channels of few people are pooled, days of few people left out.
    """
    cells = lines.groupby(KEYS, sort=True, as_index=False)[UNITS].sum().merge(buyers, on=KEYS)
    step = Step("channel", KEYS[:2], "people", "people_first", is_last=True)
    found = pooled(cells, step, KEYS, min_people=min_people).sort_values(KEYS)[[*KEYS, *UNITS]]
    found["placed_date"] = pd.to_datetime(found["placed_date"]).dt.date
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]
