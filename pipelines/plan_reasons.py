"""Why a spec is made, tried, left or refused: one sentence with the numbers that decided, in English and Chinese."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from models.factory_calendar import Schedule
from pipelines.category_plan import CategoryPlan
from pipelines.line_design import LineDesign
from pipelines.outcomes import SpecOutcome, value_of_waiting, worst_tenth
from pipelines.settings import Settings

LEADS = {
    "en": {
        "best": "Earns most within the terms",
        "risky": "Chance of profit is below {limit:.0%}, ask for pledges first",
        "held": "Commitment without pre-orders is switched off",
        "minimum": "Demand does not reach the minimum of {least} units",
        "beaten": "Adds less than the specs chosen, or exceeds capacity or their number",
        "loses": "Would lose money on top of the plan",
    },
    "zh": {
        "best": "在厂家条件内收益最高",
        "risky": "盈利概率低于 {limit:.0%}，先征集预订",
        "held": "已关闭未经预订的下单",
        "minimum": "需求达不到 {least} 件的起订量",
        "beaten": "增加的收益不及入选款，或超出产能或款数上限",
        "loses": "在本计划之上会亏损",
    },
}
NUMBERS = {
    "en": "{lead}: demand {p50:.0f} ({p10:.0f}-{p90:.0f}) units, profit {profit:.0f} {money} at {quantity} units, "
    "chance of profit {chance:.0%}, {worst:.0f} {money} on average in the worst tenth of cases, "
    "margin taken from products on sale {taken:.1f} {money} per unit{more}.",
    "zh": "{lead}：需求 {p50:.0f} 件（{p10:.0f}–{p90:.0f}），{quantity} 件时利润 {profit:.0f} {money}，"
    "盈利概率 {chance:.0%}，最差一成情形平均 {worst:.0f} {money}，每件分流在售商品毛利 {taken:.1f} {money}{more}。",
}
WAITING = {
    "en": ", pledges are worth at most {worth:.0f} {money}",
    "zh": "，等待预订最多值 {worth:.0f} {money}",
}
NOTES = {
    "en": {
        "earliest_arrival": ", arrives on {day} and not before (planning.earliest_arrival)",
        "factory_calendar": ", arrives on {day}, {days} days later because the factory is closed",
        "markdown": ", about {units:.0f} units left over and sold at {discount:.0%} off in the {days} days after",
    },
    "zh": {
        "earliest_arrival": "，{day} 到货（planning.earliest_arrival 不允许更早）",
        "factory_calendar": "，因工厂停工推迟 {days} 天，{day} 到货",
        "markdown": "，约 {units:.0f} 件余货在之后 {days} 天内降价 {discount:.0%} 售出",
    },
}
UNITS_OF_MONEY = {"zh": {"CNY": "元"}}  # as people say it, where they do not say the code


@dataclass(frozen=True)
class Note:
    """A setting that changed something for this spec: a key of NOTES and its numbers."""

    kind: str
    numbers: dict[str, object]


@dataclass(frozen=True)
class Evidence:
    """``lead`` is a key of LEADS; ``worth`` of waiting for pledges, None where nobody waits."""

    lead: str
    numbers: dict[str, float]
    money: str
    worth: float | None
    notes: tuple[Note, ...] = ()


def evidence(
    plan: CategoryPlan,
    outcome: SpecOutcome,
    settings: Settings,
    *,
    decision: str,
    least: int,
    notes: tuple[Note, ...] = (),
) -> Evidence:
    """What decided. ``least`` units are the fewest its manufacturers would make."""
    p10, p50, p90 = np.quantile(outcome.demand, (0.1, 0.5, 0.9))
    limit = settings.planning.min_probability_of_profit
    numbers = {
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "profit": outcome.profit.mean(),
        "quantity": sum(batch.quantity for batch in outcome.batches),
        "chance": float((outcome.profit > 0).mean()),
        "worst": worst_tenth(outcome.profit),
        "taken": outcome.taken_per_unit,
        "least": least,
        "limit": limit,
    }
    waits = decision in ("open_preorder", "wait")
    worth = value_of_waiting(outcome.profit) if waits else None
    return Evidence(_lead(numbers, decision, limit), numbers, plan.line.currency, worth, notes)


def arrival_note(schedule: Schedule | None, as_of: dt.date) -> tuple[Note, ...]:
    """Why goods arrive later than their lead time after the planning day; nothing where they do not."""
    if schedule is None or schedule.moved_by is None:
        return ()
    day = as_of + dt.timedelta(schedule.arrival_days)
    return (Note(schedule.moved_by, {"day": day, "days": schedule.ready_days - schedule.lead_days}),)


def markdown_note(line: LineDesign, outcome: SpecOutcome) -> tuple[Note, ...]:
    """What is expected to be sold at the markdown; nothing where that is less than a unit."""
    clearance = line.clearance
    if clearance is None or outcome.marked_down_units < 1:
        return ()
    numbers: dict[str, object] = {
        "units": outcome.marked_down_units,
        "discount": clearance.discount,
        "days": clearance.days,
    }
    return (Note("markdown", numbers),)


def _lead(numbers: dict[str, float], decision: str, limit: float) -> str:
    if decision == "build":
        return "best"
    if decision == "open_preorder":
        return "risky" if numbers["chance"] < limit else "held"
    if numbers["p50"] < numbers["least"]:
        return "minimum"
    return "beaten" if numbers["profit"] > 0 else "loses"


def sentence(why: Evidence, language: str) -> str:
    """The evidence in ``language``, en or zh."""
    lead = LEADS[language][why.lead].format(**why.numbers)
    money = UNITS_OF_MONEY.get(language, {}).get(why.money, why.money)
    more = "" if why.worth is None else WAITING[language].format(worth=why.worth, money=money)
    more += "".join(NOTES[language][note.kind].format(**note.numbers) for note in why.notes)
    return NUMBERS[language].format(lead=lead, money=money, more=more, **why.numbers)
