"""Approve: a person's decision on planned specs; who, when and why is kept in the ledger."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from pipelines import export
from pipelines.arrival import schedule_of
from pipelines.errors import ConfigurationError, StateError
from pipelines.lake import Lake
from pipelines.ledger import Ledger
from pipelines.publish import read_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult

APPROVABLE = ("build",)


def record(
    lake: Lake,
    as_of: dt.date,
    settings: Settings,
    *,
    spec_ids: list[str],
    action: str,
    person: str,
    reason: str,
    quantity: int | None = None,
) -> StepResult:
    """Approve or reject specs of a plan; no ``spec_ids`` means every line the plan would build.

    Raises ConfigurationError for a spec the plan does not have, a line that may not be approved, or
    a quantity that breaks the manufacturer's pack or minimum; then nothing is recorded.
    """
    if not person.strip() or not reason.strip():
        raise ConfigurationError("a decision needs a person and a reason.", remedy="give --by NAME and --reason TEXT.")
    rows = read_mart(lake, "mart_batch_specs", as_of)
    if not rows:
        raise StateError(f"there is no plan of {as_of}.", remedy=f"run `c2b run --as-of {as_of}` first.")
    by_spec: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by_spec[str(row["spec_id"])].append(row)
    chosen = spec_ids or [spec for spec, lines in sorted(by_spec.items()) if lines[0]["decision"] in APPROVABLE]
    if quantity is not None and len(chosen) != 1:
        raise ConfigurationError("a quantity goes with exactly one spec.", remedy="give one --spec with --quantity.")
    for spec in chosen:
        _check(lake, as_of, settings, spec, by_spec, action=action, quantity=quantity)
    ledger = Ledger(settings.ledger_url)
    for spec in chosen:
        ledger.record_approval(
            as_of, spec_id=spec, action=action, quantity=quantity, person=person.strip(), reason=reason.strip()
        )
    held_back = tuple(export.problems(lake, as_of, settings))
    return StepResult(stage="approve", rows_by_table={"approval_events": len(chosen)}, findings=held_back)


def _check(
    lake: Lake,
    as_of: dt.date,
    settings: Settings,
    spec: str,
    by_spec: dict[str, list[dict[str, object]]],
    *,
    action: str,
    quantity: int | None,
) -> None:
    if spec not in by_spec:
        raise ConfigurationError(
            f"spec {spec} is not in the plan.", remedy="take a spec_id from plans/<as_of>/batch_specs.csv."
        )
    lines = by_spec[spec]
    if action == "approve" and lines[0]["decision"] not in APPROVABLE:
        raise ConfigurationError(
            f"spec {spec}: the plan says {lines[0]['decision']}, only build can be approved.",
            remedy="see the reason in batch_specs.csv; change the planning keys and plan again if you disagree.",
        )
    if quantity is None:
        return
    makers = {str(line["manufacturer_id"]) for line in lines}
    if len(makers) != 1:
        raise ConfigurationError(
            f"spec {spec} is split over {len(makers)} manufacturers, its quantity cannot be changed as one.",
            remedy="approve it as planned or reject it.",
        )
    maker = next(
        row
        for row in lake.read("raw_manufacturers").to_pylist()
        if row["manufacturer_id"] in makers and row["category_id"] == lines[0]["category_id"]
    )
    most = schedule_of(maker, as_of, settings.planning).most_units
    if quantity > most:
        raise ConfigurationError(
            f"spec {spec}: quantity {quantity} exceeds the capacity of {most} units within the lead time.",
            remedy="give a smaller quantity.",
        )
    if quantity % maker["pack_size"] or quantity < max(maker["min_spec_units"], 1):
        raise ConfigurationError(
            f"spec {spec}: quantity {quantity} is not a multiple of the pack of {maker['pack_size']} or below the "
            f"minimum of {maker['min_spec_units']}.",
            remedy="give a multiple of the pack, at least the minimum.",
        )
