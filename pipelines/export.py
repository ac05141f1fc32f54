"""Export: approved lines as batch orders, one per manufacturer and category.

The ledger decides what is sent: the same approvals give no new revision however often the
stage runs, changed ones give the next revision, and files are a function of the ledger,
so a run that stopped half-way is completed by the next one.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections import Counter, defaultdict

from pipelines.arrival import schedule_of
from pipelines.errors import ContractBreachError
from pipelines.lake import Lake
from pipelines.ledger import Approval, BatchOrder, Ledger
from pipelines.manufacturers import tiers_of
from pipelines.publish import read_mart
from pipelines.settings import Settings
from pipelines.specs import parse_features
from pipelines.steps import StepResult
from pipelines.whole_files import safe_name, write_whole

COLUMNS = (
    "batch_order_id",
    "revision",
    "line_no",
    "manufacturer_id",
    "category_id",
    "spec_id",
    "features",
    "region",
    "quantity",
    "pack_size",
    "packs",
    "unit_cost",
    "currency",
    "line_cost",
    "required_ship_date",
    "incoterm",
)
_FORMULA_START = re.compile(r"^[=+\-@\t\r]")
_NUMERIC = frozenset(("revision", "line_no", "quantity", "pack_size", "packs", "unit_cost", "line_cost"))


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Bring the outbox in line with the approvals of the planning day."""
    ledger = Ledger(settings.ledger_url)
    approvals = ledger.approvals(as_of)
    known: dict[str, BatchOrder] = {}
    for order in ledger.orders(as_of):
        known[order.batch_order_id] = order
        _write_files(order, approvals, settings)
    wanted = _approved_lines(lake, as_of, approvals)
    findings = []
    sent = 0
    for order_id in sorted(wanted.keys() | known.keys()):
        lines = wanted.get(order_id, [])
        content = _content_hash(lines)
        last = known.get(order_id)
        if last is not None and last.content_sha256 == content:
            continue
        if problem := _below_minimum(lake, as_of, settings, order_id, lines):
            findings.append(problem)
            if last is None or not last.lines:
                continue
            # what was sent must not stay in force against a decision: it is cancelled, and said so
            findings.append(f"batch order {order_id}: revision {last.revision} is cancelled by the next one.")
            lines, content = [], CANCELLED
            if last.content_sha256 == content:
                continue
        order = BatchOrder(
            batch_order_id=order_id,
            revision=1 if last is None else last.revision + 1,
            manufacturer_id=str(lines[0]["manufacturer_id"]) if lines else str(last.manufacturer_id if last else ""),
            as_of=as_of.isoformat(),
            content_sha256=content,
            lines=json.loads(json.dumps(lines, default=str)),
        )
        ledger.record_order(order)
        _write_files(order, approvals, settings)
        known[order_id] = order
        sent += 1
    for order in known.values():
        _write_current(order, settings)
    return StepResult(stage="export", rows_by_table={"batch_orders": sent}, findings=tuple(findings))


def _content_hash(lines: list[dict[str, object]]) -> str:
    return hashlib.sha256(json.dumps(lines, sort_keys=True, default=str).encode()).hexdigest()


CANCELLED = _content_hash([])


def problems(lake: Lake, as_of: dt.date, settings: Settings) -> list[str]:
    """Why orders of the approvals as they are now could not be sent, in words."""
    wanted = _approved_lines(lake, as_of, Ledger(settings.ledger_url).approvals(as_of))
    found = [_below_minimum(lake, as_of, settings, order_id, lines) for order_id, lines in sorted(wanted.items())]
    return [problem for problem in found if problem]


def _approved_lines(lake: Lake, as_of: dt.date, approvals: dict[str, Approval]) -> dict[str, list[dict[str, object]]]:
    """Batch order id → its lines, in spec and region order."""
    orders: dict[str, list[dict[str, object]]] = defaultdict(list)
    rows = read_mart(lake, "mart_batch_specs", as_of)
    makers = {(m["manufacturer_id"], m["category_id"]): m for m in lake.read("raw_manufacturers").to_pylist()}
    for row in sorted(rows, key=lambda r: (str(r["manufacturer_id"]), str(r["spec_id"]), str(r["region"]))):
        approval = approvals.get(str(row["spec_id"]))
        if row["decision"] != "build" or approval is None or approval.action != "approve":
            continue
        orders[_order_id(as_of, row)].append(
            {
                name: row[name]
                for name in ("manufacturer_id", "category_id", "spec_id", "features", "region", "quantity")
            }
            | {name: row[name] for name in ("pack_size", "unit_cost", "currency", "required_ship_date")}
            | _terms(makers.get((row["manufacturer_id"], row["category_id"])))
        )
    planned: Counter[str] = Counter()
    for row in rows:
        if row["decision"] == "build":
            planned[_order_id(as_of, row)] += int(str(row["quantity"]))
    found = {}
    for order_id, lines in orders.items():
        maker = makers.get((lines[0]["manufacturer_id"], lines[0]["category_id"]))
        tiers = tiers_of(maker) if maker else ()
        found[order_id] = _at_own_tier(_with_edits(lines, approvals), tiers, planned[order_id])
    return found


def _order_id(as_of: dt.date, row: dict[str, object]) -> str:
    maker = str(row["manufacturer_id"])
    # with hyphens in the first, (a-b, c) and (a, b-c) would be one order
    return safe_name(
        f"B{as_of:%Y%m%d}-{maker}-{row['category_id']}", unsafe=r"[^A-Za-z0-9_.-]", is_ambiguous="-" in maker
    )


def _at_own_tier(
    lines: list[dict[str, object]], tiers: tuple[tuple[int, float], ...], planned: int
) -> list[dict[str, object]]:
    """Unit costs of the plan are at the price tier of all ``planned`` units; the order is billed at that of its own."""
    units = sum(int(str(line["quantity"])) for line in lines)
    before, now = _tier_factor(tiers, planned), _tier_factor(tiers, units)
    if before != now:
        for line in lines:
            line["unit_cost"] = round(float(str(line["unit_cost"])) / before * now, 4)
    return lines


def _tier_factor(tiers: tuple[tuple[int, float], ...], units: int) -> float:
    """The factor of the highest tier that ``units`` reach; 1 without tiers."""
    return max(((start, factor) for start, factor in tiers if start <= units), default=(0, 1.0))[1]


def _terms(maker: dict[str, object] | None) -> dict[str, object]:
    return {
        "incoterm": str((maker or {}).get("incoterm") or ""),
        "setup_cost": str((maker or {}).get("setup_cost") or 0),
    }


def _with_edits(lines: list[dict[str, object]], approvals: dict[str, Approval]) -> list[dict[str, object]]:
    """Quantities as the approver set them: the planned split, largest remainder first.

    In whole packs, unless the plan itself opens packs because regions are many and packs few.
    """
    for spec in {str(line["spec_id"]) for line in lines}:
        quantity = approvals[spec].quantity
        mine = [line for line in lines if line["spec_id"] == spec]
        planned = sum(int(str(line["quantity"])) for line in mine)
        if quantity is None or quantity == planned:
            continue
        pack = int(str(mine[0]["pack_size"]))
        part = pack if all(int(str(line["quantity"])) % pack == 0 for line in mine) else 1
        exact = [quantity / part * int(str(line["quantity"])) / planned for line in mine]
        parts = [int(value) for value in exact]
        rest = sorted(range(len(mine)), key=lambda i: (parts[i] - exact[i], i))
        for i in rest[: quantity // part - sum(parts)]:
            parts[i] += 1
        for line, count in zip(mine, parts, strict=True):
            line["quantity"] = count * part
    return [line for line in lines if line["quantity"]]


def _below_minimum(
    lake: Lake, as_of: dt.date, settings: Settings, order_id: str, lines: list[dict[str, object]]
) -> str:
    """Words where the approved lines break the manufacturer's terms, else ''. An empty order cancels."""
    if not lines:
        return ""
    maker = next(
        (
            row
            for row in lake.read("raw_manufacturers").to_pylist()
            if (row["manufacturer_id"], row["category_id"]) == (lines[0]["manufacturer_id"], lines[0]["category_id"])
        ),
        None,
    )
    if maker is None:
        raise ContractBreachError(
            f"batch order {order_id}: manufacturer {lines[0]['manufacturer_id']} is no longer known.",
            remedy="deliver its terms again, or reject its specs.",
        )
    units = sum(int(str(line["quantity"])) for line in lines)
    most = schedule_of(maker, as_of, settings.planning).most_units
    if units < maker["min_order_units"]:
        return (
            f"batch order {order_id} is held back: {units} approved units are below the minimum order of "
            f"{maker['min_order_units']}. Approve more of its specs or reject them."
        )
    if units > most:
        return f"batch order {order_id} is held back: {units} units exceed the capacity of {most}. Reduce a quantity."
    return ""


def _write_files(order: BatchOrder, approvals: dict[str, Approval], settings: Settings) -> None:
    """Write a revision's files where they are missing; the manifest last, so its presence means whole."""
    folder = settings.output_folder / "outbox" / order.manufacturer_id
    name = f"{order.batch_order_id}.r{order.revision}"
    manifest = folder / f"{name}.manifest.json"
    if manifest.exists():
        return
    table = batch_order_csv(order)
    files = {
        f"{name}.csv": table.encode("utf-8"),
        f"{name}.excel.csv": table.encode("utf-8-sig"),
        f"{name}.spec_sheet.md": spec_sheet(order).encode("utf-8"),
    }
    specs = sorted({str(line["spec_id"]) for line in order.lines})
    content = {
        "batch_order_id": order.batch_order_id,
        "revision": order.revision,
        "manufacturer_id": order.manufacturer_id,
        "as_of": order.as_of,
        "replaces_revision": order.revision - 1 or None,
        "is_cancellation": not order.lines,
        "total_units": sum(int(str(line["quantity"])) for line in order.lines),
        "goods_cost": round(sum(int(str(li["quantity"])) * float(str(li["unit_cost"])) for li in order.lines), 2),
        "setup_cost": round(len({li["spec_id"] for li in order.lines}) * _setup_cost(order), 2),
        "approvals": [vars(approvals[spec]) for spec in specs if spec in approvals],
        "files": [
            {"name": file, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for file, data in sorted(files.items())
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        write_whole(folder / file, data)
    write_whole(manifest, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def _setup_cost(order: BatchOrder) -> float:
    """Set-up cost per spec, paid once per spec and order."""
    return float(str(order.lines[0].get("setup_cost", 0.0))) if order.lines else 0.0


def _write_current(order: BatchOrder, settings: Settings) -> None:
    """Which revision is in force, in one small file, so that nobody adds revisions up."""
    current = {"batch_order_id": order.batch_order_id, "revision": order.revision, "is_cancellation": not order.lines}
    path = settings.output_folder / "outbox" / order.manufacturer_id / f"{order.batch_order_id}.current.json"
    write_whole(path, (json.dumps(current) + "\n").encode())


def batch_order_csv(order: BatchOrder) -> str:
    """The order as RFC 4180 text; no text cell can start a spreadsheet formula."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for number, line in enumerate(order.lines, start=1):
        quantity, pack, cost = int(str(line["quantity"])), int(str(line["pack_size"])), float(str(line["unit_cost"]))
        full = line | {
            "batch_order_id": order.batch_order_id,
            "revision": order.revision,
            "line_no": number,
            "packs": f"{quantity / pack:g}",  # a pack may be opened for several regions
            "unit_cost": f"{cost:.4f}",
            "line_cost": f"{quantity * cost:.2f}",
        }
        writer.writerow(
            {name: full[name] if name in _NUMERIC else formula_safe(str(full.get(name, ""))) for name in COLUMNS}
        )
    return stream.getvalue()


def formula_safe(text: str) -> str:
    """A leading apostrophe makes spreadsheets show what would else be run (OWASP, CSV injection)."""
    return f"'{text}" if _FORMULA_START.match(text) else text


def spec_sheet(order: BatchOrder) -> str:
    """What to make, readable by a person: one section per spec."""
    sections = [f"# Spec sheet: {order.batch_order_id}, revision {order.revision}\n"]
    if not order.lines:
        sections.append("This revision cancels the order: make nothing of earlier revisions.\n")
    for spec in sorted({str(line["spec_id"]) for line in order.lines}):
        lines = [line for line in order.lines if line["spec_id"] == spec]
        first = lines[0]
        units = sum(int(str(line["quantity"])) for line in lines)
        cost = f"{float(str(first['unit_cost'])):.4f} {first['currency']} per unit"
        features = "\n".join(
            f"| {_cell(name)} | {_cell(value)} |"
            for name, value in sorted(parse_features(str(first["features"])).items())
        )
        shipping = "\n".join(f"| {_cell(str(line['region']))} | {line['quantity']} |" for line in lines)
        sections.append(
            f"## {spec} ({first['category_id']})\n\n{units} units in packs of {first['pack_size']}, "
            f"{cost}, set-up {_setup_cost(order):.2f} {first['currency']} once, ship by {first['required_ship_date']} "
            f"{first.get('incoterm', '')}\n\n"
            f"| feature | value |\n|---|---|\n{features}\n\n| ship to | units |\n|---|---|\n{shipping}\n"
        )
    return "\n".join(sections)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
