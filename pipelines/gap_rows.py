"""Rows of mart_gaps: one category measured, its causes found, ranked, small cells pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import causes, disclosure, latent, service
from models.causes import Finding
from models.hedonic import HedonicPrices
from models.history import CategoryHistory
from pipelines.safe_signals import OTHER
from pipelines.settings import Settings

CONVERSION_DAYS = 84
MATERIAL_SHARE = 0.02  # of wanted share, below which a feature that nobody makes is no headline
TIERS = {"no_product": 0, "other_combinations": 1}
SUMMED = ("intents", "wanted_share", "bought_share", "wanted_units", "bought_units", "gap_units", "stock_out_units")
Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """Latent demand of the gap window with the conversion it rests on.

    ``windows_ahead`` is when goods ordered now are half sold, counted in windows.
    """

    rates: latent.Conversion
    demand: latent.LatentDemand
    window: int
    windows_ahead: float


def measured(history: CategoryHistory, settings: Settings) -> Measured:
    window = min(settings.planning.gap_window_days, history.days)
    rates = latent.conversion(history, last_days=CONVERSION_DAYS)
    demand = latent.measure(history, rates, first_day=history.days - window, end_day=history.days)
    half_sold = settings.planning.default_lead_days + settings.planning.sell_days / 2
    return Measured(rates, demand, window, half_sold / max(window, 1))


def rows_of(history: CategoryHistory, worth: HedonicPrices, found: Measured) -> list[Row]:
    """One row per feature, small cells included, in order of attribute and value, with ranks."""
    rows = []
    for a, attribute in enumerate(history.attributes):
        findings = _findings(history, worth, found, a)
        for v, value in enumerate(history.values[a]):
            rows.append(_row(history, found, a, v, findings[v]) | {"attribute": attribute, "value": value})
    return with_ranks(rows, windows_ahead=found.windows_ahead)


def with_ranks(rows: list[Row], *, windows_ahead: float) -> list[Row]:
    """Rank 1 is the headline: what nobody makes, then what is made in other combinations only, then other causes.

    Within a tier the larger gap ``windows_ahead`` comes first, since what is ordered now sells then, and of equal
    gaps (none at all, where nobody searches) what is wanted more; what has no cause comes last.
    """

    def place(row: Row) -> tuple[int, float, float, str, str]:
        tier = 3 if row["cause"] == "none" else TIERS.get(row["cause_detail"], 2)
        if tier == 0 and row["wanted_share"] < MATERIAL_SHARE:
            tier = 2
        return tier, -_gap_ahead(row, windows_ahead), -row["wanted_units"], row["attribute"], row["value"]

    rank = {id(row): number for number, row in enumerate(sorted(rows, key=place), start=1)}
    return [row | {"rank": rank[id(row)]} for row in rows]


def _gap_ahead(row: Row, windows: float) -> float:
    """Gap units of a later window if the share goes on as in this one; a doubtful trend counts for less."""
    trend, share = row["share_trend_pct_points"] / 100, row["wanted_share"]
    error = (row["share_trend_p90"] - row["share_trend_p10"]) / (2 * latent.Z_80 * 100)
    if share <= 0 or trend == 0:
        return float(row["gap_units"])
    likely = trend * trend**2 / (trend**2 + error**2)
    later = np.clip(share + windows * likely, 0.0, 1.0)
    return float(row["gap_units"] + row["wanted_units"] * (later / share - 1))


def _row(history: CategoryHistory, found: Measured, a: int, v: int, finding: Finding) -> Row:
    demand = found.demand.attributes[a]
    mean, low, high = demand.gap(v)
    key = (history.attributes[a], history.values[a][v])
    has_it = (history.products.features[:, a] == v) & history.products.launched[-1]
    in_stock = history.products.is_available[-found.window :, has_it]
    trend, trend_se = float(demand.trend_points[v]), float(demand.trend_points_se[v])
    return {
        "category_id": history.category_id,
        "window_days": found.window,
        "intents": round(float(demand.intents[v])),
        "people": history.people.get(key, 0),
        "wanted_share": float(np.clip(demand.wanted_share[v], 0, 1)),
        "wanted_share_p10": float(demand.wanted_share_p10[v]),
        "wanted_share_p90": float(demand.wanted_share_p90[v]),
        "bought_share": float(np.clip(demand.bought_share[v], 0, 1)),
        "wanted_units": float(max(demand.wanted_units[v], 0.0)),
        "bought_units": float(demand.bought_units[v]),
        "gap_units": mean,
        "gap_units_p10": low,
        "gap_units_p90": high,
        "stock_out_units": float(demand.stock_out_units[v]),
        "share_trend_pct_points": trend,
        "share_trend_p10": trend - latent.Z_80 * trend_se,
        "share_trend_p90": trend + latent.Z_80 * trend_se,
        "products": int(has_it.sum()),
        "in_stock_pct": 100.0 * float(in_stock.mean()) if has_it.any() else 0.0,
        "zero_result_pct": history.zero_result_pct.get(key, 0.0),
        "cause": finding.cause,
        "cause_detail": finding.detail,
    }


def _findings(history: CategoryHistory, worth: HedonicPrices, found: Measured, a: int) -> list[Finding]:
    """Cause per value of attribute ``a``."""
    size = len(history.values[a])
    intents, bought = _by_class(history, a, history.days - found.window)
    seen = intents[:, service.SERVED] + intents[:, service.WORDING]
    failing = intents[seen > 0, service.WORDING] / seen[seen > 0]
    demand = found.demand.attributes[a]
    findings = []
    for v in range(size):
        premium, error = worth.premium[a][v], worth.premium_se[a][v]
        findings.append(
            causes.cause(
                causes.Evidence(
                    gap_units_p10=demand.gap(v)[1],
                    intents=intents[v],
                    bought=bought[v],
                    adequate=found.rates.adequate,
                    adequate_se=found.rates.adequate_se,
                    usual_wording=float(np.median(failing)) if len(failing) else 0.0,
                    premium_pct=100 * float(np.expm1(premium)),
                    premium_pct_p10=100 * float(np.expm1(premium - latent.Z_80 * error)),
                    products=int((history.products.features[:, a] == v).sum()),
                )
            )
        )
    return findings


def _by_class(history: CategoryHistory, a: int, first_day: int) -> tuple[np.ndarray, np.ndarray]:
    """Values × classes of service: intents since ``first_day``, and those of them that bought the value."""
    intents, sessions, size = history.intents, history.sessions, len(history.values[a])
    mine = (intents.attribute == a) & sessions.searched[intents.session] & (sessions.day[intents.session] >= first_day)
    rows, values, weight = intents.session[mine], intents.value[mine], intents.weight[mine]
    kinds = service.classes(history, rows, a, values)
    has_it = (sessions.sku[rows] >= 0) & (history.products.features[sessions.sku[rows], a] == values)
    cell, cells = values * service.CLASSES + kinds, size * service.CLASSES
    counted = np.bincount(cell, weights=weight, minlength=cells).astype(float)
    bought = np.bincount(cell[has_it], weights=weight[has_it], minlength=cells).astype(float)
    return counted.reshape(size, -1), bought.reshape(size, -1)


def attribute_people(history: CategoryHistory) -> dict[str, int]:
    """Distinct people behind each attribute in the gap window."""
    return {attribute: crowd.attribute for (attribute, _), crowd in history.crowds.items()}


def people_apart(one: dict[str, int], other: dict[str, int]) -> int:
    """How many people at least are in one of two filter levels only."""
    return max((abs(one.get(a, 0) - other.get(a, 0)) for a in one.keys() | other.keys()), default=0)


def publishable(rows: list[Row], history: CategoryHistory, *, min_people: int) -> list[Row]:
    """The rows without small cells: pooled into one row per attribute, or left out where all are too few."""
    shown = []
    for attribute in history.attributes:
        mine = [row for row in rows if row["attribute"] == attribute]
        people = {row["value"]: row["people"] for row in mine}
        decision, pool = _decision(history, attribute, people, min_people=min_people)
        kept = [
            row | {"suppressed": False, "pooled_values": 0}
            for row, d in zip(mine, decision, strict=True)
            if d == disclosure.VISIBLE
        ]
        pooled = [row for row, d in zip(mine, decision, strict=True) if d == disclosure.POOLED]
        withheld = [row for row, d in zip(mine, decision, strict=True) if d == disclosure.WITHHELD]
        if pooled:
            shown.append(_pool(pooled, people=max(pool, *(row["people"] for row in pooled))))
        elif withheld:
            shown.append(_blank(withheld))
            continue  # next to shares of values that nobody asked for, the rest could be told
        shown += kept
    return shown


def shown_features(history: CategoryHistory, *, min_people: int) -> frozenset[tuple[str, str]]:
    """Attribute and value of the features that have a row of their own."""
    shown: set[tuple[str, str]] = set()
    for attribute, values in zip(history.attributes, history.values, strict=True):
        people = {value: history.people.get((attribute, value), 0) for value in values}
        decision, _ = _decision(history, attribute, people, min_people=min_people)
        if (decision != disclosure.WITHHELD).all():
            shown.update((attribute, v) for v, d in zip(values, decision, strict=True) if d == disclosure.VISIBLE)
    return frozenset(shown)


def _decision(
    history: CategoryHistory, attribute: str, people: dict[str, int], *, min_people: int
) -> tuple[NDArray[np.int64], int]:
    """What is done with each value of ``people``, and how many are behind all the small values together."""
    known = next((crowd for v in people if (crowd := history.crowds.get((attribute, v))) is not None), None)
    whole, pool = (known.attribute, known.pool) if known else (0, 0)
    count = len(people)
    decision = disclosure.decide(
        np.zeros(count, np.int64),
        np.array(list(people.values()), np.int64),
        group_people=np.full(count, whole),
        pool_people=np.full(count, pool),
        min_people=min_people,
    )
    return decision, pool


def _blank(rows: list[Row]) -> Row:
    """One row without a figure, for values that even together have too few people: there are some."""
    nothing = {name: type(value)(0) for name, value in rows[0].items() if isinstance(value, (int, float))}
    return _pool([rows[0] | nothing | {"window_days": rows[0]["window_days"]}], people=0) | {
        "pooled_values": len(rows),
        **{name: rows[0][name] for name in ("rank", "rank_off", "rank_strict")},
    }


def _pool(rows: list[Row], *, people: int) -> Row:
    """One row for several values: sums, the widest error, no cause and the last rank of them."""
    summed = {name: sum(row[name] for row in rows) for name in SUMMED}
    summed |= {name: min(summed[name], 1.0) for name in ("wanted_share", "bought_share")}  # as rounding left them
    share, gap = _interval(rows, "wanted_share"), _interval(rows, "gap_units")
    trend = sum(row["share_trend_pct_points"] for row in rows)
    trend_low, trend_high = _interval(rows, "share_trend", mean="share_trend_pct_points")
    return rows[0] | summed | {
        "value": OTHER,
        "people": people,
        "wanted_share_p10": max(share[0], 0.0),
        "wanted_share_p90": min(share[1], 1.0),
        "gap_units_p10": gap[0],
        "gap_units_p90": gap[1],
        "share_trend_pct_points": trend,
        "share_trend_p10": trend_low,
        "share_trend_p90": trend_high,
        "products": sum(row["products"] for row in rows),
        "in_stock_pct": float(np.mean([row["in_stock_pct"] for row in rows])),
        "zero_result_pct": float(np.mean([row["zero_result_pct"] for row in rows])),
        "cause": "none",
        "cause_detail": "small_cells",
        "rank": max(row["rank"] for row in rows),
        "suppressed": True,
        "pooled_values": len(rows),
        **{name: max(row[name] for row in rows) for name in ("rank_off", "rank_strict")},
        **{name: sum(row[name] for row in rows) for name in ("gap_units_off", "gap_units_strict")},
    }  # fmt: skip


def _interval(rows: list[Row], name: str, *, mean: str = "") -> tuple[float, float]:
    """Interval of a sum of independent quantities, each side by itself."""
    means = np.array([row[mean or name] for row in rows])
    below = means - [row[f"{name}_p10"] for row in rows]
    above = np.array([row[f"{name}_p90"] for row in rows]) - means
    return float(means.sum() - np.sqrt(below @ below)), float(means.sum() + np.sqrt(above @ above))
