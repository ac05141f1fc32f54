"""Verdicts on what only the text or the unit gives away: searches and orders that are nobody's in particular."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from models import mixes
from models.evidence import Array
from pipelines.engine import query
from pipelines.settings import Cleaning

STATEMENTS = ("int/int_text_mix", "int/int_order_mix")
LEAST_LONE = int(mixes.LEAST_EXCESS)
MOST_SEARCH_POINTS = 7.0
# an advertisement leads new customers to one unit without a search, as a paid crowd would: grey, never brushed
GREY_ONLY = 0.5
SEARCHED_SHARE = 0.02  # where fewer orders come after a search, a missing one says nothing


def lone_searchers(connection: duckdb.DuckDBPyConnection, limits: Cleaning) -> pd.DataFrame:
    """Verdicts on the day's lone searches of texts that hardly anybody else searches."""
    texts = _counted(query(connection, "int/int_text_mix", least_lone=LEAST_LONE))
    # people who found nothing to click are no machines, nor are people without accounts who click
    texts = _judged(texts, ["business_date", "platform"], ["others", "idle_others"])
    texts = texts[texts["query"].notna()].rename(columns={"actors": "subject"})
    texts = texts[texts["points"].round(2) >= limits.grey_score].explode("subject", ignore_index=True)
    score = texts["points"].clip(upper=MOST_SEARCH_POINTS).round(2)
    reasons = _reasons(texts, score, "searches of its text in four weeks had no account, no click and no second search")
    texts = texts.assign(subject_kind="actor_day", searches=1, orders=0, subject_date=texts["business_date"])
    return _with_verdicts(texts, score, reasons, limits, fake="crawler")


def lone_buyers(connection: duckdb.DuckDBPyConnection, limits: Cleaning) -> pd.DataFrame:
    """Verdicts on the lone orders of three weeks of units that hardly anybody else orders."""
    units = _counted(query(connection, "int/int_order_mix", least_lone=LEAST_LONE))
    shop = units.groupby(["business_date", "platform", "channel"])[["lone", "others", "searched"]].transform("sum")
    units = units[shop["searched"] > SEARCHED_SHARE * (shop["lone"] + shop["others"])]
    units = _judged(units.assign(texts=1.0), ["business_date", "platform", "channel"], ["others"])
    units = units[units["points"].round(2) >= limits.grey_score].explode("lone_lines", ignore_index=True)
    lines = units["lone_lines"]
    units = units.assign(subject=[line["subject"] for line in lines], subject_date=[line["day"] for line in lines])
    score = units["points"].clip(upper=max(limits.fake_score - GREY_ONLY, limits.grey_score)).round(2)
    of_what = "buyers of the unit in three weeks came without a search from accounts not seen before"
    units = units.assign(subject_kind="order_line", searches=0, orders=1)
    return _with_verdicts(units, score, _reasons(units, score, of_what), limits, fake="brushed")


def _with_verdicts(
    called: pd.DataFrame, score: pd.Series, reasons: list[str], limits: Cleaning, *, fake: str
) -> pd.DataFrame:
    verdict = np.where(score >= limits.fake_score, fake, "grey")
    return called.assign(verdict=verdict, reason=reasons, score=score)


def _reasons(called: pd.DataFrame, score: pd.Series, of_what: str) -> list[str]:
    columns = [called[name].to_numpy() for name in ("lone", "others", "expected")]
    return [
        f"{lone:.0f} of {lone + others:.0f} {of_what}, {expected:.1f} expected ({points:+.1f})"
        for lone, others, expected, points in zip(*columns, score.to_numpy(), strict=True)
    ]


def _counted(table: pa.Table) -> pd.DataFrame:
    """As a frame, counts as floats."""
    frame = table.to_pandas()
    counts = [
        field.name for field in table.schema if pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)
    ]
    return frame.astype(dict.fromkeys(counts, float))


def _judged(table: pd.DataFrame, by: list[str], readings: list[str]) -> pd.DataFrame:
    """``table`` with points and the number of lone ones expected beside each of ``readings``: the milder counts."""
    table = table.assign(points=0.0, expected=np.nan)
    for _, shop in table.groupby(by):
        if shop["lone"].max() < LEAST_LONE:
            continue
        told = [_against(shop, others) for others in readings]
        table.loc[shop.index, "points"] = np.min([points for points, _ in told], axis=0)
        table.loc[shop.index, "expected"] = np.max([expected for _, expected in told], axis=0)
    return table


def _against(shop: pd.DataFrame, others: str) -> tuple[Array, Array]:
    """Points and expected number by the shop's other texts or units, and by no less than its own past."""
    lone, beside = shop["lone"].to_numpy(), shop[others].to_numpy()
    spread = mixes.usual(lone, beside, shop["texts"].to_numpy())
    if spread is None:
        return np.zeros(len(shop)), np.full(len(shop), np.nan)
    own = spread.at_least(shop["lone_before"].to_numpy(), shop[f"{others}_before"].to_numpy())
    return mixes.points(lone, beside, own), own.expected(beside)
