"""A category's plan as rows: decision, reason, split over regions; and the CSV people read."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import demand
from models.pooling import Batch
from pipelines import plan_reasons
from pipelines.category_plan import CategoryPlan, identity
from pipelines.manufacturers import Manufacturer
from pipelines.outcomes import SpecOutcome, worst_tenth
from pipelines.settings import Settings

ALL_REGIONS = "ALL"
PACKS_PER_REGION = 4  # on average, from which on regions get whole packs
COLUMNS = (
    "spec_id",
    "category_id",
    "manufacturer_id",
    "features",
    "region",
    "quantity",
    "pack_size",
    "unit_cost",
    "currency",
    "target_price",
    "required_ship_date",
    "decision",
    "expected_units_p10",
    "expected_units_p50",
    "expected_units_p90",
    "expected_incremental_profit",
    "probability_minimum_met",
    "reason",
    "reason_zh",
)
PROFIT_COLUMNS = (
    "category_id",
    "specs",
    "units",
    "investment",
    "expected_profit",
    "profit_p10",
    "profit_p50",
    "profit_p90",
    "worst_tenth_profit",
    "probability_of_profit",
    "currency",
)


def profit_of(plan: CategoryPlan) -> dict[str, object]:
    """Row of mart_plan_profit without as_of: what the specs to make earn together, over the same sample paths.

    Specs of a category rise and fall together with its volume, so their spreads must not be added up apart.
    """
    batches = [batch for outcome in plan.chosen for batch in outcome.batches]
    paths = np.sum([outcome.profit for outcome in plan.chosen], axis=0) if plan.chosen else np.zeros(1)
    p10, p50, p90 = (round(float(q), 2) for q in np.quantile(paths, (0.1, 0.5, 0.9)))
    return {
        "category_id": plan.line.history.category_id,
        "specs": len(plan.chosen),
        "units": sum(batch.quantity for batch in batches),
        "investment": round(sum(batch.quantity * batch.unit_cost for batch in batches), 2),
        "expected_profit": round(float(paths.mean()), 2),
        "profit_p10": p10,
        "profit_p50": p50,
        "profit_p90": p90,
        "worst_tenth_profit": round(worst_tenth(paths), 2),
        "probability_of_profit": round(float((paths > 0).mean()), 4) if plan.chosen else None,
        "currency": plan.line.currency,
    }


def rows_of(plan: CategoryPlan, as_of: dt.date, settings: Settings) -> list[dict[str, object]]:
    """Rows of mart_batch_specs without as_of. Quantity is 0 on lines that nobody is asked to make."""
    rows: list[dict[str, object]] = []
    decision = "build" if settings.planning.commit_without_preorder else "open_preorder"
    for outcome in plan.chosen:
        rows += _lines(plan, outcome, as_of, settings, decision=decision)
    for outcome in plan.too_risky:
        rows += _lines(plan, outcome, as_of, settings, decision="open_preorder", is_proposal=False)
    for outcome in plan.runners_up:
        verdict = "wait" if outcome.profit.mean() > 0 else "do_not_build"
        rows += _lines(plan, outcome, as_of, settings, decision=verdict, is_proposal=False)
    return rows


def _lines(
    plan: CategoryPlan,
    outcome: SpecOutcome,
    as_of: dt.date,
    settings: Settings,
    *,
    decision: str,
    is_proposal: bool = True,
) -> list[dict[str, object]]:
    line = plan.line
    spec, features = identity(line, outcome.candidate)
    makers = {maker.manufacturer_id: maker for maker in line.makers}
    p10, p50, p90 = (float(q) for q in np.quantile(outcome.demand, (0.1, 0.5, 0.9)))
    total = sum(batch.quantity for batch in outcome.batches)
    last = max((makers[batch.manufacturer_id] for batch in outcome.batches), key=lambda maker: maker.arrival_days)
    why = plan_reasons.evidence(
        plan,
        outcome,
        settings,
        decision=decision,
        least=_least_units(plan, outcome),
        notes=(*plan_reasons.markdown_note(line, outcome), *plan_reasons.arrival_note(last.schedule, as_of)),
    )
    rows = []
    for batch in outcome.batches:
        maker = makers[batch.manufacturer_id]
        split = _regions(plan, outcome.candidate, batch, maker) if is_proposal else {ALL_REGIONS: 0}
        for region, quantity in split.items():
            share = quantity / total if total and is_proposal else 1.0
            rows.append(
                {
                    "spec_id": spec,
                    "category_id": line.history.category_id,
                    "manufacturer_id": batch.manufacturer_id,
                    "features": features,
                    "region": region,
                    "quantity": quantity,
                    "pack_size": maker.pack_size,
                    "unit_cost": round(batch.unit_cost, 4),
                    "currency": line.currency,
                    "target_price": float(line.candidates.price[outcome.candidate]),
                    "required_ship_date": as_of + dt.timedelta(days=maker.arrival_days),
                    "decision": decision,
                    "expected_units_p10": round(p10 * share, 1),
                    "expected_units_p50": round(p50 * share, 1),
                    "expected_units_p90": round(p90 * share, 1),
                    "expected_incremental_profit": round(float(outcome.profit.mean()) * share, 2),
                    "probability_minimum_met": round(_chance_of_minimum(plan, outcome), 4),
                    "reason": plan_reasons.sentence(why, "en"),
                    "reason_zh": plan_reasons.sentence(why, "zh"),
                }
            )
    return rows


def _least_units(plan: CategoryPlan, outcome: SpecOutcome) -> int:
    """Fewest units its manufacturers would make of it: their minimum per spec, and where no other spec of the plan is
    made there, their minimum per order."""
    makers = {maker.manufacturer_id: maker for maker in plan.line.makers}
    shared = {b.manufacturer_id for other in plan.chosen if other is not outcome for b in other.batches}
    return sum(
        max(
            makers[b.manufacturer_id].min_spec_units,
            0 if b.manufacturer_id in shared else makers[b.manufacturer_id].min_order_units,
        )
        for b in outcome.batches
    )


def _chance_of_minimum(plan: CategoryPlan, outcome: SpecOutcome) -> float:
    """Chance that demand reaches the least quantity its manufacturers would make of it."""
    return float((outcome.demand >= _least_units(plan, outcome)).mean())


def _regions(plan: CategoryPlan, candidate: int, batch: Batch, maker: Manufacturer) -> dict[str, int]:
    """Units by region, largest remainders first; shares are those of sessions that want the spec's features.

    Whole packs where there are enough of them; else packs are opened, because a region that gets none sells none.
    """
    history = plan.line.history
    weights = _region_weights(plan, candidate)
    known = [i for i, name in enumerate(history.regions) if name != "unknown" and weights[i] > 0]
    if not known:
        return {ALL_REGIONS: batch.quantity}
    packs = batch.quantity // maker.pack_size
    part = maker.pack_size if packs >= PACKS_PER_REGION * len(known) else 1
    exact = batch.quantity // part * weights[known] / weights[known].sum()
    whole = np.floor(exact).astype(int)
    for i in np.argsort(-(exact - whole), kind="stable")[: batch.quantity // part - int(whole.sum())]:
        whole[i] += 1
    return {history.regions[region]: int(count) * part for region, count in zip(known, whole, strict=True) if count}


def _region_weights(plan: CategoryPlan, candidate: int) -> NDArray[np.float64]:
    """Recent demand by region: half all shoppers, half those who stated one of the spec's values."""
    history = plan.line.history
    since = history.days - demand.RECENT_DAYS
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= since)
    size = len(history.regions)
    everyone = np.bincount(sessions.region[recent], minlength=size).astype(float)
    everyone += np.bincount(
        history.lines.region[(history.lines.day >= since) & ~history.lines.searched], minlength=size
    )
    asked = recent & (sessions.wants == plan.line.candidates.features[candidate][None, :]).any(axis=1)
    keen = np.bincount(sessions.region[asked], minlength=size).astype(float)
    share = lambda counts: counts / counts.sum() if counts.sum() else np.zeros(size)  # noqa: E731
    return np.asarray(share(everyone) + share(keen))


def write_csv(rows: Sequence[Mapping[str, object]], path: Path, columns: Sequence[str] = COLUMNS) -> None:
    """Write batch_specs.csv, or another table of the plan, whole or not at all (RFC 4180, UTF-8)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\r\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: row[name] for name in columns})
    os.replace(part, path)
