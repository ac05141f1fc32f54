"""Daily signals without small cells: pooled step by step until enough people are behind every row.

Each published table pools its own cuts first and values last. How many people asked for or bought a
value does not depend on the cut, so all tables name the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from models.disclosure import POOLED, WITHHELD, decide
from pipelines.lake import contract_of, schema_of

ALL = "*"
OTHER = "(other)"
FEATURE = ["business_date", "category_id", "attribute", "value"]
SOURCES = {
    "mart_demand_signals": "int_signals",
    "mart_demand_by_platform": "int_signal_cuts",
    "mart_demand_by_price_band": "int_signal_cuts",
}
HIDDEN_FROM = {"off": "odd_people", "strict": "grey_people"}  # whom a filter level tells apart from level on


@dataclass(frozen=True)
class Step:
    """Pool the values of ``cell`` inside ``group``, and with them ``wider``.

    ``people`` adds up to the distinct people of a cell, ``whole`` to those of its group. Groups that
    are too small as a whole are left out where this ``is_last``, else pooled for the next step.
    """

    cell: str
    group: list[str]
    people: str
    whole: str
    wider: tuple[str, ...] = ()
    is_last: bool = False


def _steps(cut: str | None) -> list[Step]:
    values = [*FEATURE[:3], "side"]
    if cut is not None:
        return [
            Step(cut, [*FEATURE, "side"], "people", "people_first_in_side"),
            Step("value", values, "people_first_in_side", "people_first_in_attribute", (cut,), is_last=True),
        ]
    return [
        Step("region", [*FEATURE, "channel", "side"], "people", "people_first_in_channel"),
        Step("channel", [*FEATURE, "side"], "people_first_in_channel", "people_first_in_side", ("region",)),
        Step("value", values, "people_first_in_side", "people_first_in_attribute", ("region", "channel"), is_last=True),
    ]


def publishable(table: str, signals: pa.Table, *, min_people: int) -> pa.Table:
    """int_signals or int_signal_cuts → the published ``table``.

    Sums of a category and day stay whole, apart from days on which fewer than ``min_people``
    people touched the category: those are left out. Pooled regions, channels and cuts read ``*``,
    pooled values ``(other)``.
    """
    cells = signals.to_pandas()
    keys = list(contract_of(table).key)
    cut = None
    if table != "mart_demand_signals":
        cut = table.removeprefix("mart_demand_by_")
        cells = cells[cells["cut"] == cut].drop(columns="cut").rename(columns={"part": cut})
    else:
        cells["side"] = np.where(cells["channel"] == "search", "search", "order")
    for step in _steps(cut):
        cells = pooled(cells, step, [*keys, *({"side"} - set(keys))], min_people=min_people)
    if cut is None:
        cells.loc[cells["side"] == "search", "channel"] = "search"  # it has but one
        cells = _levels_apart(cells, min_people)
    cells["net_units"] = cells["ordered_units"] - cells["cancelled_units"] - cells["returned_units"]
    schema = schema_of(table)
    cells = cells.sort_values(keys).reset_index(drop=True)
    return pa.Table.from_pandas(cells[schema.names], schema=schema, preserve_index=False)


def pooled(cells: pd.DataFrame, step: Step, keys: list[str], *, min_people: int) -> pd.DataFrame:
    """``cells`` with the small ones of one step pooled; one row per ``keys``, measures summed."""
    if cells.empty:
        return cells
    named = [*step.group, step.cell]
    parts = cells.groupby(named, sort=True, as_index=False, dropna=False)[[*{step.people, step.whole}]].sum()
    number = np.asarray(parts.groupby(step.group, sort=True, dropna=False).ngroup(), np.int64)
    people = parts[step.people].to_numpy(np.int64)
    whole = parts.groupby(number)[step.whole].transform("sum").to_numpy(np.int64)
    small = (people > 0) & (people < min_people)
    pool = parts[step.whole].where(small, 0).groupby(number).transform("sum").to_numpy(np.int64)
    parts["decision"] = decide(number, people, group_people=whole, pool_people=pool, min_people=min_people)
    merged = cells.merge(parts[[*named, "decision"]], on=named, how="left")
    if step.is_last:
        merged = merged[merged["decision"] != WITHHELD].copy()
    moved = merged["decision"].isin([POOLED, WITHHELD])
    merged.loc[moved, step.cell] = OTHER if step.cell == "value" else ALL
    for name in step.wider:
        merged.loc[moved, name] = ALL
    # people in several cells would count twice: no more are sure than those of the largest one
    most = [name for name in HIDDEN_FROM.values() if name in merged]
    rules = {name: "max" if name in most else "sum" for name in merged.columns if name not in {*keys, "decision"}}
    return merged.groupby(keys, sort=True, as_index=False, dropna=False).agg(rules)


def _levels_apart(cells: pd.DataFrame, min_people: int) -> pd.DataFrame:
    """Other filter levels only where they tell nobody or enough people apart, in all rows of an attribute and day.

    A single row left empty could be told from the others' sum.
    """
    if cells.empty:
        return cells
    lines = [cells[name] for name in (*FEATURE[:3], "side")]
    for level, people in HIDDEN_FROM.items():
        few = (cells[people] > 0) & (cells[people] < min_people)
        hidden = few.groupby(lines).transform("any")
        for name in [name for name in cells.columns if name.endswith(f"_{level}")]:
            cells[name] = cells[name].astype("Int64").mask(hidden)
    return cells
