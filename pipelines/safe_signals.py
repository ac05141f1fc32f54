"""Daily signals without small cells: regions, then channels, then values are pooled until enough people are behind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from models.disclosure import POOLED, WITHHELD, decide
from pipelines.lake import schema_of

ALL = "*"
OTHER = "(other)"
FEATURE = ["business_date", "category_id", "attribute", "value"]
KEYS = [*FEATURE, "region", "channel"]


def publishable(signals: pa.Table, *, min_people: int) -> pa.Table:
    """int_signals → mart_demand_signals.

    Sums of a category and day stay whole, apart from days on which fewer than ``min_people``
    people touched the category: those are left out. Pooled regions and channels read ``*``,
    pooled values ``(other)``.
    """
    cells = signals.to_pandas()
    cells["side"] = cells["channel"] == "search"
    cells = _pooled(cells, [*FEATURE, "channel"], "region", "people_first_in_channel", min_people)
    cells = _pooled(cells, [*FEATURE, "side"], "channel", "people_first_in_side", min_people)
    cells = _pooled(cells, [*FEATURE[:3], "side"], "value", "people_first_in_attribute", min_people, is_last=True)
    cells["net_units"] = cells["ordered_units"] - cells["cancelled_units"] - cells["returned_units"]
    schema = schema_of("mart_demand_signals")
    cells = cells.sort_values(KEYS).reset_index(drop=True)
    return pa.Table.from_pandas(cells[schema.names], schema=schema, preserve_index=False)


def _pooled(
    cells: pd.DataFrame, group: list[str], cell: str, counted: str, min_people: int, *, is_last: bool = False
) -> pd.DataFrame:
    """Pool the values of ``cell`` inside ``group``; ``counted`` adds up to the distinct people of a group."""
    if cells.empty:
        return cells
    smaller = {"region": "people", "channel": "people_first_in_channel", "value": "people_first_in_side"}[cell]
    parts = cells.groupby([*group, cell], sort=True, as_index=False, dropna=False)[[smaller, counted]].sum()
    number = np.asarray(parts.groupby(group, sort=True, dropna=False).ngroup(), np.int64)
    people = parts[smaller].to_numpy(np.int64)
    whole = parts.groupby(number)[counted].transform("sum").to_numpy(np.int64)
    small = (people > 0) & (people < min_people)
    pool = parts[counted].where(small, 0).groupby(number).transform("sum").to_numpy(np.int64)
    decision = decide(number, people, group_people=whole, pool_people=pool, min_people=min_people)
    parts["decision"] = decision
    merged = cells.merge(parts[[*group, cell, "decision"]], on=[*group, cell], how="left")
    if is_last:
        merged = merged[merged["decision"] != WITHHELD].copy()
    moved = merged["decision"].isin([POOLED, WITHHELD])
    if cell == "channel":  # the search side has one channel, which stays
        moved &= ~merged["side"]
    merged.loc[moved, cell] = OTHER if cell == "value" else ALL
    if cell != "region":
        merged.loc[moved, "region"] = ALL
    if cell == "value":
        merged.loc[moved & ~merged["side"], "channel"] = ALL
    measures = [name for name in merged.columns if name not in {*KEYS, "side", "decision"}]
    return merged.groupby([*KEYS, "side"], sort=True, as_index=False, dropna=False)[measures].sum()
