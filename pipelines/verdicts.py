"""Evidence on actors and order lines → verdicts with score and reason, by day of judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models import brushing, crawlers
from models.evidence import Array, Signal, reason, score
from pipelines import lone_verdicts
from pipelines.builds import window_days
from pipelines.engine import attach, engine, query, register
from pipelines.lake import Lake, schema_of
from pipelines.settings import Cleaning

RULES = 2  # raise when models.crawlers, brushing or mixes weigh evidence in another way: verdicts are made anew
CONTEXT_DAYS = 56  # a verdict knows its day and 28 before it, each of them with the 28 before; nothing later
BLOCK_DAYS = 84  # judged at a time: each block reads CONTEXT_DAYS more, and memory grows with their product
FEW_SEARCHES = 6
BURST_SEARCHES = 12
# two lists or baskets go together from this log-likelihood ratio on, against 1.5 times chance; of so many pairs
# 5 % may do so by chance, beyond that and three more it is a pool or a ring
PAIRS = {"min_surprise": 2.0, "taste": 1.5, "min_companions": 3, "chance_pairs": 0.05}
MOST_UNITS = 15  # in a fortnight: those who buy more buy groceries, not rankings
STATEMENTS = (
    "int/int_actor_days",
    "int/int_actor_pools",
    "int/int_text_bursts",
    "int/int_placed_lines",
    "int/int_order_cells",
    "int/int_order_likeness",
    "int/int_order_repeats",
    "int/int_order_rings",
    "int/int_order_accounts",
    "int/int_suspect_lines",
    "int/int_brushed_searchers",
    *lone_verdicts.STATEMENTS,
)


def judge(lake: Lake, days: Sequence[str], limits: Cleaning) -> pa.Table:
    """int_verdicts of ``days``: everything whose score reaches ``limits.grey_score``.

    By blocks, each with the days before that its verdicts know: years are judged in the memory of some months.
    """
    ordered = sorted(days)
    blocks = [ordered[start : start + BLOCK_DAYS] for start in range(0, len(ordered), BLOCK_DAYS)]
    return pa.concat_tables([_judge_block(lake, block, limits) for block in blocks])


def _judge_block(lake: Lake, days: Sequence[str], limits: Cleaning) -> pa.Table:
    with engine() as connection:
        context = window_days(days, trailing=CONTEXT_DAYS)
        for table in ("raw_search_events", "raw_order_lines", "int_placements"):
            attach(connection, lake, table, only=context)
        attach(connection, lake, "raw_products")
        dates = pa.array([dt.date.fromisoformat(day) for day in days], pa.date32())
        register(connection, "judged_days", pa.table({"business_date": dates}))
        actors, lines = _actors(connection, limits), _lines(connection, limits)
        lone = [lone_verdicts.lone_searchers(connection, limits), lone_verdicts.lone_buyers(connection, limits)]
        found = pd.concat([actors, lines, _searchers(connection, lines), *lone], ignore_index=True)
    # who is judged twice, as a searcher and for an order, has the graver verdict
    key = ["business_date", "subject_kind", "subject"]
    found = found.sort_values([*key, "verdict", "score"], ascending=[True] * 4 + [False], ignore_index=True)
    found = found.drop_duplicates(key, ignore_index=True)
    schema = schema_of("int_verdicts")
    return pa.Table.from_pandas(found[schema.names], schema=schema, preserve_index=False)


def _actors(connection: duckdb.DuckDBPyConnection, limits: Cleaning) -> pd.DataFrame:
    register(connection, "text_bursts", query(connection, "int/int_text_bursts", burst_searches=BURST_SEARCHES))
    register(connection, "actor_pools", query(connection, "int/int_actor_pools", **PAIRS))
    days = _frame(query(connection, "int/int_actor_days", few_searches=FEW_SEARCHES))
    signals = crawlers.signals(
        days, grey_searches=limits.grey_searches_per_day, crawler_searches=limits.crawler_searches_per_day
    )
    total = np.round(score(signals), 2)
    chosen = np.flatnonzero(total >= limits.grey_score)
    return pd.DataFrame(
        {
            "subject_kind": "actor_day",
            "subject": days["actor"].to_numpy()[chosen],
            "verdict": np.where(total[chosen] >= limits.fake_score, "crawler", "grey"),
            "reason": [reason(signals, i) for i in chosen.tolist()],
            "searches": days["searches"].to_numpy()[chosen],
            "orders": days["orders"].to_numpy()[chosen],
            "score": total[chosen],
            "subject_date": days["business_date"].to_numpy()[chosen],
            "business_date": days["business_date"].to_numpy()[chosen],
        }
    )


def _lines(connection: duckdb.DuckDBPyConnection, limits: Cleaning) -> pd.DataFrame:
    register(connection, "placed_lines", query(connection, "int/int_placed_lines"))
    cells = query(connection, "int/int_order_cells")
    likeness = query(connection, "int/int_order_likeness")
    repeats = query(connection, "int/int_order_repeats")
    rings = query(connection, "int/int_order_rings", **PAIRS, most_units=MOST_UNITS)
    accounts = query(connection, "int/int_order_accounts")
    in_cell = brushing.cell_signals(_frame(cells), least_buyers=limits.brushed_burst_lines)
    alike = brushing.likeness_signals(_frame(likeness))
    again = brushing.repeat_signal(_frame(repeats), account_orders=limits.brushed_lines_per_account_sku_day)
    together = brushing.ring_signal(_frame(rings))
    blind = brushing.account_signal(_frame(accounts))
    burst, flat, rush = in_cell
    _points(connection, "cell_points", cells, points=burst.points + flat.points, searched_points=rush.points)
    _points(connection, "likeness_points", likeness)
    _points(connection, "repeat_points", repeats, points=again.points)
    _points(connection, "ring_points", rings, points=together.points)
    _points(connection, "account_points", accounts)
    lines = _frame(query(connection, "int/int_suspect_lines"))
    signals = _line_signals(lines, in_cell, alike, again, together, blind)
    total = np.round(score(signals), 2)
    chosen = np.flatnonzero(total >= limits.grey_score)
    return pd.DataFrame(
        {
            "subject_kind": "order_line",
            "subject": lines["subject"].to_numpy()[chosen],
            "verdict": np.where(total[chosen] >= limits.fake_score, "brushed", "grey"),
            "reason": [reason(signals, i) for i in chosen.tolist()],
            "searches": 0,
            "orders": 1,
            "score": total[chosen],
            "subject_date": lines["subject_date"].to_numpy()[chosen],
            "business_date": lines["business_date"].to_numpy()[chosen],
        }
    )


def _searchers(connection: duckdb.DuckDBPyConnection, lines: pd.DataFrame) -> pd.DataFrame:
    """Verdicts on those who searched for an order judged on the day it was placed."""
    schema = schema_of("int_verdicts")
    judged = pa.Table.from_pandas(lines[schema.names], schema=schema, preserve_index=False)
    same_day = judged.filter(pc.equal(judged.column("business_date"), judged.column("subject_date")))
    register(connection, "line_verdicts", same_day)
    found = query(connection, "int/int_brushed_searchers").to_pandas()
    return found.assign(
        subject_kind="actor_day",
        reason=[f"searched for {n} orders that are not a shopper's" for n in found["orders"]],
        subject_date=found["business_date"],
    )


def _frame(table: pa.Table) -> pd.DataFrame:
    """As a frame, decimals (the engine's sums) as floats."""
    frame = table.to_pandas()
    for field in table.schema:
        if pa.types.is_decimal(field.type):
            frame[field.name] = frame[field.name].astype(float)
    return frame


def _points(connection: duckdb.DuckDBPyConnection, name: str, evidence: pa.Table, **points: Array) -> None:
    """Make ``evidence`` readable as ``name``, its rows numbered, with their points."""
    numbered = evidence.append_column("row_index", pa.array(np.arange(evidence.num_rows)))
    for column, values in points.items():
        numbered = numbered.append_column(column, pa.array(np.asarray(values, float)))
    register(connection, name, numbered)


def _line_signals(
    lines: pd.DataFrame, in_cell: list[Signal], alike: list[Signal], again: Signal, together: Signal, blind: Signal
) -> list[Signal]:
    """The evidence on cells, days, accounts and rings, brought to the lines it touches."""
    searched = lines["is_searched"].to_numpy(bool)
    touched = lines[["cell_points", "repeat_points", "ring_points"]].max(axis=1).to_numpy() > 0.5
    in_burst = lines["cell_points"].to_numpy() > 0.5
    burst, flat, rush = in_cell
    quantity, even, words, converted, unclicked = alike
    clicked = lines["is_clicked"].to_numpy(bool)
    day = lines["likeness_row"]
    same_text = searched & lines["is_same_text"].eq(True).to_numpy()
    return [
        _brought(burst, lines["cell_row"], ~searched),
        _brought(flat, lines["cell_row"], ~searched),
        _brought(rush, lines["cell_row"], searched),
        _brought(quantity, day, in_burst & lines["is_same_quantity"].eq(True).to_numpy()),
        _brought(even, day, in_burst),
        _brought(words, day, in_burst & same_text),
        _brought(converted, day, in_burst & same_text),
        _brought(unclicked, day, in_burst & searched & ~clicked),
        _brought(again, lines["repeat_row"], lines["repeat_points"].to_numpy() > 0),
        _brought(together, lines["ring_row"], lines["ring_points"].to_numpy() > 0),
        _brought(blind, lines["account_row"], touched),
        Signal(
            "path", np.where(searched & clicked & ~same_text, -1.0, 0.0), lambda _i: "found by a search and clicked"
        ),
    ]


def _brought(signal: Signal, rows: pd.Series, where: np.ndarray) -> Signal:
    """``signal`` of other subjects, seen from lines: line i has the points of row ``rows[i]`` where ``where``."""
    index = rows.fillna(-1).to_numpy(np.int64)
    use = where & (index >= 0)
    points = np.zeros(len(index))
    points[use] = signal.points[index[use]]
    return Signal(signal.name, points, lambda i: signal.words(int(index[i])))
