"""Every number and word a brief shows, as one plain document per category."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.factory_calendar import Schedule
from pipelines import arrival
from pipelines.brief import forecast_facts, ranking, risks
from pipelines.engine import attach, engine, query
from pipelines.extract import load_taxonomy
from pipelines.forecast import ALL_REGIONS
from pipelines.lake import Lake
from pipelines.learnt_words import learnt_words
from pipelines.publish import read_mart
from pipelines.settings import INPUT_DATASETS, Planning, Settings
from pipelines.specs import parse_features
from pipelines.ties import untied

Row = dict[str, Any]
MARTS = (
    "mart_demand_signals",
    "mart_gaps",
    "mart_candidates",
    "mart_feature_prices",
    "mart_feature_pairs",
    "mart_forecasts",
    "mart_search_leads",
    "mart_configurations",
    "mart_batch_specs",
    "mart_plan_profit",
)
SIGNALS = "mart_demand_signals"  # of all days, so its rows have no single day's digest
SHOWN_CANDIDATES = 5


@dataclass(frozen=True)
class _Night:
    """All marts of one planning day, rows by category."""

    as_of: dt.date
    gaps: dict[str, list[Row]]
    candidates: dict[str, list[Row]]
    learnt: dict[str, list[Row]]
    prices: dict[str, list[Row]]
    pairs: dict[str, list[Row]]
    forecasts: dict[str, list[Row]]
    leads_ahead: dict[str, list[Row]]
    specs: dict[str, list[Row]]
    profits: dict[str, list[Row]]
    sources: list[Row]
    quality: Row
    currency: dict[str, str]
    names: dict[str, dict[str, str]]
    units: dict[tuple[str, str], str]
    arrivals: dict[str, Schedule]
    untied: frozenset[str]
    has_stock_levels: bool


def documents(lake: Lake, as_of: dt.date, settings: Settings) -> Iterator[Row]:
    """Facts of each category that has a gap measurement, in category order."""
    night = _load(lake, as_of, settings)
    for category_id in sorted(night.gaps):
        yield _document(category_id, night, settings)


def _load(lake: Lake, as_of: dt.date, settings: Settings) -> _Night:
    before = as_of.isoformat()
    with engine() as connection:
        attach(connection, lake, "int_verdicts", before=before)
        verdicts = {r["verdict"]: r["subjects"] for r in query(connection, "mart/mart_brief_quality").to_pylist()}
    days = [day for day in lake.partitions("mart_demand_signals") if day < before]
    products = lake.read("raw_products").select(["category_id", "currency"]).to_pylist()
    specs = read_mart(lake, "mart_batch_specs", as_of)
    taxonomy = load_taxonomy(lake)
    return _Night(
        as_of=as_of,
        gaps=_by_category(read_mart(lake, "mart_gaps", as_of)),
        candidates=_by_category(read_mart(lake, "mart_candidates", as_of)),
        learnt=_by_category(learnt_words(lake)),
        prices=_by_category(read_mart(lake, "mart_feature_prices", as_of)),
        pairs=_by_category(read_mart(lake, "mart_feature_pairs", as_of)),
        forecasts=_by_category([r for r in read_mart(lake, "mart_forecasts", as_of) if r["region"] == ALL_REGIONS]),
        leads_ahead=_by_category(read_mart(lake, "mart_search_leads", as_of)),
        specs=_by_category(specs),
        profits=_by_category(read_mart(lake, "mart_plan_profit", as_of)),
        sources=[
            {
                "table": table,
                "digest": None if table == SIGNALS else digest(lake, table, as_of),
                "rows": lake.read(table, only=_partition(table, days, as_of)).num_rows,
            }
            for table in MARTS
            if lake.version(table) >= 0
        ],
        quality={
            "quarantined_rows": sum(lake.read(f"quarantine_{name}").num_rows for name in INPUT_DATASETS),
            "crawler_days": verdicts.get("crawler", 0),
            "brushed_lines": verdicts.get("brushed", 0),
            "first_date": min(days, default=None),
            "last_date": max(days, default=None),
        },
        currency={row["category_id"]: row["currency"] for row in reversed(products)},
        names={c.category_id: dict(c.names) for c in taxonomy.categories},
        units={(c.category_id, a.attribute): a.unit for c in taxonomy.categories for a in c.attributes if a.unit},
        arrivals=arrival.known(lake, as_of, settings.planning),
        untied=frozenset(untied(lake, as_of)),
        has_stock_levels=any(day < before for day in lake.partitions("raw_stock_levels")),
    )


def _partition(table: str, days: list[str], as_of: dt.date) -> list[str]:
    return days if table == "mart_demand_signals" else [as_of.isoformat()]


def _by_category(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["category_id"]].append(row)
    return found


def _document(category_id: str, night: _Night, settings: Settings) -> Row:
    planning = settings.planning
    gaps = [row for row in night.gaps[category_id] if not row["suppressed"]]
    gaps.sort(key=lambda row: (-row["gap_units"], row["attribute"], row["value"]))
    suppressed = sum(row["pooled_values"] for row in night.gaps[category_id])
    has_searches = any(row["intents"] for row in night.gaps[category_id])
    specs = _specs(night.specs[category_id])
    visible = {(row["attribute"], row["value"]) for row in gaps}
    facts = {
        "category_id": category_id,
        "names": night.names.get(category_id) or {},
        "as_of": night.as_of.isoformat(),
        "currency": night.currency.get(category_id, ""),
        "window": _window(category_id, night, planning),
        "gap_window_days": night.gaps[category_id][0]["window_days"],
        "has_searches": has_searches,
        "has_tied_orders": category_id not in night.untied,
        "has_stock_levels": night.has_stock_levels,
        "has_manufacturers": category_id in night.arrivals,
        "headline": _headline(gaps, has_searches),
        "totals": _totals(night, category_id, specs),
        "plan_profit": _plan_profit(night.profits[category_id]),
        "gaps": [_without(row, "as_of", "category_id", "suppressed", "pooled_values", "window_days") for row in gaps],
        "suppressed_features": suppressed,
        "filter": ranking.filter_dependence(gaps),
        "pairs": ranking.pairs(_headline(gaps, has_searches), night.pairs[category_id]),
        "candidates": _candidates(night.candidates[category_id]),
        "learnt": [_learnt(row) for row in night.learnt[category_id]],
        "min_people": settings.privacy.min_people,
        **forecast_facts.forecast(night.forecasts[category_id], visible),
        "search_lead": forecast_facts.search_lead(night.leads_ahead[category_id]),
        "premiums": [
            _without(row, "as_of", "category_id")
            for row in night.prices[category_id]
            if (row["attribute"], row["value"]) in visible
        ],
        "specs": specs,
        "sources": night.sources,
        "quality": night.quality,
    }
    return _with_units(facts | {"risks": risks.of(facts)}, night.units)


def _window(category_id: str, night: _Night, planning: Planning) -> Row:
    """Selling window of what is ordered now, and what moves it where something other than lead time does."""
    schedule = night.arrivals.get(category_id) or arrival.without_manufacturers(night.as_of, planning)
    lead = schedule.arrival_days
    window = {
        "start": (night.as_of + dt.timedelta(days=lead)).isoformat(),
        "end": (night.as_of + dt.timedelta(days=lead + planning.sell_days - 1)).isoformat(),
        "days": planning.sell_days,
        "lead_days": lead,
    }
    return window | ({"moved_by": schedule.moved_by} if schedule.moved_by else {})


def _candidates(rows: list[Row]) -> list[Row]:
    """The strongest new phrases; the table has them all."""
    names = ("phrase", "people", "search_share_pct", "growth_pct", "growth_pct_p10", "growth_pct_p90", "is_rising")
    more = ("zero_result_pct", "products", "variants", "examples", "suggested_attribute")
    shown = sorted(rows, key=lambda row: row["rank"])[:SHOWN_CANDIDATES]
    return [{name: row[name] for name in (*names, *more)} for row in shown]


def _learnt(row: Row) -> Row:
    """A word that the taxonomy lacks, as it is read."""
    names = ("phrase", "attribute", "value", "probability", "people")
    return {name: row[name] for name in names} | {"since": row["learnt_on"].isoformat()}


def _with_units(facts: Row, units: dict[tuple[str, str], str]) -> Row:
    """The facts with units behind values that are bare numbers: 8 of capacity in L reads 8 L."""

    def shown(attribute: str | None, value: str | None) -> str | None:
        unit = units.get((facts["category_id"], attribute or ""))
        return f"{value} {unit}" if unit and value and value.replace(".", "", 1).isdigit() else value

    for part in ("gaps", "premiums", "feature_forecasts", "risks", "pairs"):
        for row in facts[part]:
            if "value" in row:
                row["value"] = shown(row["attribute"], row["value"])
    for spec in facts["specs"]:
        spec["features"] = [[name, shown(name, value)] for name, value in spec["features"]]
    facts["headline"]["value"] = shown(facts["headline"]["attribute"], facts["headline"]["value"])
    return facts


def _without(row: Row, *names: str) -> Row:
    return {key: value for key, value in row.items() if key not in names}


def _headline(gaps: list[Row], has_searches: bool) -> Row:
    """The gap of the first rank that is surely there; else none; orders alone cannot show what is missing."""
    sure = sorted((row for row in gaps if row["cause"] != "none"), key=lambda row: row["rank"])
    if not has_searches:
        return {"kind": "orders_only", "attribute": None, "value": None}
    if not sure:
        return {"kind": "none", "attribute": None, "value": None}
    return {"kind": "unmet", "attribute": sure[0]["attribute"], "value": sure[0]["value"]}


def _totals(night: _Night, category_id: str, specs: list[Row]) -> Row:
    wanted = [row for row in night.gaps[category_id] if row["attribute"] == night.gaps[category_id][0]["attribute"]]
    window = next(
        (r for r in night.forecasts[category_id] if r["attribute"] == "*" and r["period"] == "selling_window"), None
    )
    # what failed the risk limit is proposed for pledges at no units: it is neither made nor earns
    ordered = [spec for spec in specs if spec["decision"] in ("build", "open_preorder") and spec["quantity"]]
    return {
        "wanted_units": sum(row["wanted_units"] for row in wanted),
        "bought_units": sum(row["bought_units"] for row in wanted),
        "build_specs": len({spec["spec_id"] for spec in ordered}),
        "build_units": sum(spec["quantity"] for spec in ordered),
        "expected_profit": sum(spec["expected_profit"] for spec in ordered),
        "investment": sum(spec["quantity"] * spec["unit_cost"] for spec in ordered),
        "forecast_units": window["p50"] if window else None,
        "forecast_units_p10": window["p10"] if window else None,
        "forecast_units_p90": window["p90"] if window else None,
    }


def _plan_profit(rows: list[Row]) -> Row:
    """How sure the plan's profit is; empty where nothing is to be made."""
    names = ("profit_p10", "profit_p90", "worst_tenth_profit", "probability_of_profit")
    return {name: rows[0][name] for name in names} if rows and rows[0]["specs"] else {}


def _specs(rows: list[Row]) -> list[Row]:
    """One entry per spec and manufacturer; regions inside."""
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["spec_id"], row["manufacturer_id"]].append(row)
    found = []
    for (spec_id, manufacturer_id), lines in grouped.items():
        first = lines[0]
        quantity = sum(line["quantity"] for line in lines)
        found.append(
            {
                "spec_id": spec_id,
                "features": [list(pair) for pair in sorted(parse_features(first["features"]).items())],
                "manufacturer_id": manufacturer_id,
                "quantity": quantity,
                "pack_size": first["pack_size"],
                "unit_cost": first["unit_cost"],
                "target_price": first["target_price"],
                "decision": first["decision"],
                **{f"p{q}": sum(line[f"expected_units_p{q}"] for line in lines) for q in (10, 50, 90)},
                "expected_profit": sum(line["expected_incremental_profit"] for line in lines),
                "probability_minimum_met": first["probability_minimum_met"],
                "reason": {"en": first["reason"], "zh": first["reason_zh"]},
                "required_ship_date": first["required_ship_date"].isoformat(),
                "regions": [[line["region"], line["quantity"]] for line in lines if line["quantity"]],
            }
        )
    return found


def digest(lake: Lake, table: str, as_of: dt.date) -> str:
    """Short hash of a table's rows of the planning day: equal rows, equal digest, whatever the table's version."""
    frame = lake.read(table, only=[as_of.isoformat()]).to_pandas().astype(str)
    return hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()[:8]
