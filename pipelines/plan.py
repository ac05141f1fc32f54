"""Plan: which specs to build where, how many, at what price, and why or why not.

First the choice model of every category, then, since categories of one shop tell each other how
many of its visitors only look, the plan of every category.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models import choice_pooling
from models.history import CategoryHistory
from models.text.matcher import Matcher
from pipelines import histories, manufacturers, outlook, parallel, plan_rows
from pipelines.arrival import schedule_of
from pipelines.category_plan import plan_category
from pipelines.errors import StateError
from pipelines.extract import load_taxonomy
from pipelines.lake import Lake
from pipelines.ledger import Ledger
from pipelines.line_design import OnOrder, Shop, design, shop_of
from pipelines.manufacturers import Manufacturer
from pipelines.outlook import Forecasts, Outlook
from pipelines.publish import publish_mart, read_mart
from pipelines.settings import Planning, Settings
from pipelines.specs import parse_features
from pipelines.steps import StepResult

GAP_TOLD = 0.01
MANY_SESSIONS = 20_000  # of all categories: from here on more processes pay for their start


@dataclass(frozen=True)
class Task:
    """All that the plan of one category needs."""

    history: CategoryHistory
    ahead: Outlook
    configurations: list[dict[str, object]]
    makers: list[Manufacturer]
    on_order: list[OnOrder]
    settings: Settings
    as_of: dt.date


@dataclass(frozen=True)
class Wanted:
    """What the stages before say of the selling windows: forecasts, and rows of mart_configurations."""

    forecasts: Forecasts
    configurations: list[dict[str, object]]

    @classmethod
    def published(cls, lake: Lake, as_of: dt.date) -> Wanted:
        """Raises StateError where there is nothing of that day."""
        configurations = read_mart(lake, "mart_configurations", as_of)
        if not configurations:
            raise StateError(
                f"mart_configurations has no rows for {as_of}.",
                remedy="run the stages before plan for that day first (`c2b run`).",
            )
        return cls(outlook.read(lake, as_of), configurations)


@dataclass(frozen=True)
class Planned:
    """Rows of one category's plan, what it earns as a whole, and how far at most its order is from the best one,
    relative."""

    rows: list[dict[str, object]]
    profit: dict[str, object]
    relative_gap: float


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish the plan of the planning day and write plans/<as_of>/: batch_specs.csv and plan_profit.csv."""
    rows, profits, findings = planned(lake, as_of, settings, manufacturers.load(lake, Matcher(load_taxonomy(lake))))
    published = {
        "mart_batch_specs": publish_mart(lake, "mart_batch_specs", rows, as_of),
        "mart_plan_profit": publish_mart(lake, "mart_plan_profit", profits, as_of),
    }
    folder = settings.output_folder / "plans" / as_of.isoformat()
    plan_rows.write_csv(rows, folder / "batch_specs.csv")
    plan_rows.write_csv(profits, folder / "plan_profit.csv", plan_rows.PROFIT_COLUMNS)
    return StepResult(stage="plan", rows_by_table=published, findings=tuple(findings))


def planned(
    lake: Lake,
    as_of: dt.date,
    settings: Settings,
    makers: dict[str, list[Manufacturer]],
    wanted: Wanted | None = None,
) -> tuple[list[dict[str, object]], list[dict[str, object]], list[str]]:
    """Rows of the plan under these terms, those of its profit by category, and what could not be planned; nothing is
    published. ``wanted`` is what was published, unless given."""
    wanted = wanted or Wanted.published(lake, as_of)
    findings: list[str] = []
    rows: list[dict[str, object]] = []
    profits: list[dict[str, object]] = []
    if not makers:
        findings.append("no manufacturer is known: nothing was planned, forecast and brief are there.")
    tasks = tasks_of(lake, as_of, settings, makers, wanted, findings) if makers else []
    for task, found in zip(tasks, each_planned(tasks), strict=True):
        if found is None:
            name = task.history.category_id
            findings.append(f"category {name}: no manufacturer can make what is wanted and not on sale.")
            continue
        rows += found.rows
        profits.append(found.profit)
        if found.relative_gap > GAP_TOLD:
            findings.append(
                f"category {task.history.category_id}: not every order of these specs at {len(task.makers)} "
                f"manufacturers was compared; none can earn more than {found.relative_gap:.0%} more."
            )
    if isinstance(settings.planning.budget, dict):
        unknown = sorted(set(settings.planning.budget) - {task.history.category_id for task in tasks})
        findings += [f"planning.budget names category {name}, which is not planned." for name in unknown]
    findings += _unknown_factories(settings.planning, makers)
    unplanned = sorted(set(makers) - {str(row["category_id"]) for row in wanted.configurations})
    findings += [f"manufacturers name category {name}, of which no product is known." for name in unplanned]
    return rows, profits, findings


def _unknown_factories(planning: Planning, makers: dict[str, list[Manufacturer]]) -> list[str]:
    """Manufacturers and categories of the factory calendar that no terms are known of."""
    known = {("manufacturer", maker.manufacturer_id) for able in makers.values() for maker in able}
    known |= {("category", name) for name in makers}
    named = {("manufacturer", days.manufacturer) for days in planning.factory_calendar if days.manufacturer}
    named |= {("category", days.category) for days in planning.factory_calendar if days.category}
    return [
        f"planning.factory_calendar names {kind} {name}, of which no terms are known."
        for kind, name in sorted(named - known)
    ]


def each_planned(tasks: list[Task]) -> Iterator[Planned | None]:
    """Each task's plan, on all cores; None where no manufacturer can make anything new."""
    is_much = sum(len(task.history.sessions) for task in tasks) >= MANY_SESSIONS
    with parallel.workers(len(tasks) if is_much else 1) as crew:
        shops = list(crew.each(_shop, tasks, description="choice"))
        prior = choice_pooling.shared([shop.model for shop in shops])
        pairs = [
            (task, replace(shop, model=choice_pooling.with_shared(shop.model, prior)))
            for task, shop in zip(tasks, shops, strict=True)
        ]
        yield from crew.each(_planned, pairs, description="plan")


def tasks_of(
    lake: Lake,
    as_of: dt.date,
    settings: Settings,
    makers: dict[str, list[Manufacturer]],
    wanted: Wanted,
    findings: list[str],
) -> list[Task]:
    """Categories that can be planned; what cannot is told in ``findings``."""
    ordered = on_order(lake, as_of, settings)
    tasks = []
    for history in histories.load(lake, as_of, settings):
        name = history.category_id
        mine = [row for row in wanted.configurations if row["category_id"] == name]
        able = _same_currency(makers.get(name, []), history.products.currency, findings)
        able = [replace(maker, schedule=schedule_of(vars(maker), as_of, settings.planning)) for maker in able]
        able = _in_time(able, as_of, settings.planning.latest_arrival, findings)
        if not able or not mine:
            findings.append(f"category {name}: no manufacturer or no demand, nothing was planned.")
            continue
        if not history.sessions.searched.any():
            findings.append(
                f"category {name}: nobody searched, so wants are taken from orders, attributes as independent of one "
                "another, and how shoppers choose from what is known of shops in general."
            )
        coming = ordered.get(name, [])
        if coming:
            findings.append(f"category {name}: {len(coming)} specs already on order count as on sale.")
        ahead = outlook.load(wanted.forecasts, history)
        if short := ahead.shortfall(max(maker.arrival_days for maker in able) + settings.planning.on_sale_days):
            findings.append(f"category {name}: {short}")
        tasks.append(Task(history, ahead, mine, able, coming, settings, as_of))
    return tasks


def _shop(task: Task) -> Shop:
    return shop_of(task.history, task.makers)


def _planned(pair: tuple[Task, Shop]) -> Planned | None:
    task, shop = pair
    rng = np.random.default_rng([task.as_of.toordinal(), *task.history.category_id.encode()])
    line = design(
        task.history,
        task.ahead,
        shop,
        task.configurations,
        task.makers,
        task.settings,
        rng,
        on_order=task.on_order,
    )
    if line is None:
        return None
    found = plan_category(line, task.settings, rng)
    return Planned(plan_rows.rows_of(found, task.as_of, task.settings), plan_rows.profit_of(found), found.relative_gap)


def on_order(lake: Lake, as_of: dt.date, settings: Settings) -> dict[str, list[OnOrder]]:
    """Category → specs of batch orders sent on earlier planning days and not sold through by then.

    They will be on sale in the window, so they must not be ordered again and take demand from new ones.
    """
    found: dict[str, dict[str, OnOrder]] = {}
    for order in Ledger(settings.ledger_url).open_orders(as_of):
        planned = {
            row["spec_id"]: row for row in read_mart(lake, "mart_batch_specs", dt.date.fromisoformat(order.as_of))
        }
        for line in order.lines:
            last_day = dt.date.fromisoformat(str(line["required_ship_date"])) + dt.timedelta(
                settings.planning.on_sale_days
            )
            plan_row = planned.get(str(line["spec_id"]))
            if plan_row is None or last_day < as_of:
                continue
            found.setdefault(str(line["category_id"]), {})[str(line["spec_id"])] = OnOrder(
                features=parse_features(str(line["features"])),
                price=float(str(plan_row["target_price"])),
                unit_cost=float(str(line["unit_cost"])),
            )
    return {category: [specs[spec] for spec in sorted(specs)] for category, specs in found.items()}


def _in_time(
    able: list[Manufacturer], as_of: dt.date, latest: dt.date | None, findings: list[str]
) -> list[Manufacturer]:
    """Those whose goods arrive by ``latest``."""
    if latest is None:
        return able
    for maker in able:
        arrival = as_of + dt.timedelta(maker.arrival_days)
        if arrival > latest:
            findings.append(
                f"manufacturer {maker.manufacturer_id}: {maker.category_id} would arrive on {arrival}, after "
                f"planning.latest_arrival ({latest}); left out."
            )
    return [maker for maker in able if as_of + dt.timedelta(maker.arrival_days) <= latest]


def _same_currency(able: list[Manufacturer], currency: str, findings: list[str]) -> list[Manufacturer]:
    """Costs and prices are compared as they are, so another currency cannot take part."""
    for maker in able:
        if maker.currency != currency:
            findings.append(
                f"manufacturer {maker.manufacturer_id}: currency {maker.currency}, the products of "
                f"{maker.category_id} are in {currency}; left out. Deliver its terms in {currency}."
            )
    return [maker for maker in able if maker.currency == currency]
