"""The top of a brief: headline sentences and key figures, from the facts of one category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.brief.formats import Formats, known
from pipelines.brief.views import Headline, Tile

Facts = Mapping[str, Any]
STEADY_POINTS = 0.05


def headline(facts: Facts, formats: Formats) -> Headline:
    """Finding, evidence and plan. A finding without its gap row is not claimed."""
    kind = (facts.get("headline") or {}).get("kind")
    row = headline_gap(facts)
    plan = _plan(facts, formats)
    if kind == "orders_only":
        return Headline(formats.messages("headline.orders_only"), _sold(facts, formats), plan)
    if kind == "unmet" and row is not None:
        return Headline(_unmet(row, facts, formats), _evidence(row, facts, formats), plan)
    finding = "headline.none" if facts.get("gaps") else "headline.unmeasured"
    return Headline(formats.messages(finding, days=_days(facts, formats)), _largest(facts, formats), plan)


def headline_gap(facts: Facts) -> Mapping[str, Any] | None:
    """The gap row the headline is about, if it is there with its number."""
    named = facts.get("headline") or {}
    for row in facts.get("gaps") or ():
        is_it = (row["attribute"], row["value"]) == (named.get("attribute"), named.get("value"))
        if is_it and known(row.get("gap_units")) is not None:
            return dict(row)
    return None


def tiles(facts: Facts, formats: Formats) -> tuple[Tile, ...]:
    """Key figures that exist for this category."""
    totals, say = facts.get("totals") or {}, formats.messages
    days = _days(facts, formats)
    specs = known(totals.get("build_specs")) or 0
    interval = formats.unit_range(totals.get("forecast_units_p10"), totals.get("forecast_units_p90"))
    wanted = totals.get("wanted_units") if facts.get("has_searches") else None
    planned = totals if facts.get("has_manufacturers") else {}
    made = say.count("tile.make.note", specs, count=formats.count(specs))
    money = formats.money
    found = (
        ("wanted", wanted, formats.units, say("tile.wanted.note", days=days)),
        ("bought", totals.get("bought_units"), formats.units, say("tile.bought.note", days=days)),
        ("forecast", totals.get("forecast_units"), formats.units, say("tile.forecast.note", interval=interval)),
        ("make", planned.get("build_units"), formats.units, made),
        ("investment", planned.get("investment"), money, say("tile.investment.note")),
        ("profit", planned.get("expected_profit"), money, _profit_note(facts, formats)),
    )
    return tuple(
        Tile(say(f"tile.{name}.label"), show(value), note)
        for name, value, show, note in found
        if known(value) is not None
    )


def _profit_note(facts: Facts, formats: Formats) -> str:
    """How sure the expected profit is, where something is to be made."""
    say, spread = formats.messages, facts.get("plan_profit") or {}
    chance = known(spread.get("probability_of_profit"))
    if chance is None:
        return say("tile.profit.note")
    low, high = formats.money(spread.get("profit_p10")), formats.money(spread.get("profit_p90"))
    return say(
        "tile.profit.spread",
        interval=formats.interval(low, high),
        chance=formats.pct(100 * chance),
        worst=formats.money(spread.get("worst_tenth_profit")),
    )


def why(row: Mapping[str, Any], formats: Formats) -> str:
    """The cause of a gap as a sentence, or '' where the data name none."""
    say, cause = formats.messages, row.get("cause")
    products = known(row.get("products"))
    if cause == "none" and row.get("cause_detail") in ("other_features", "few_combinations"):
        return say(f"why.{row['cause_detail']}")
    if cause == "not_made" and products:
        return say.count("why.few_made", products, count=formats.count(products))
    if not say.has(f"why.{cause}"):
        return ""
    return say(
        f"why.{cause}",
        in_stock=formats.pct(row.get("in_stock_pct")),
        zero_result=formats.pct(row.get("zero_result_pct")),
    )


def preorders(facts: Facts) -> int:
    """Specs that are to be tried by a pre-order."""
    return sum(1 for spec in facts.get("specs") or () if spec.get("decision") == "open_preorder")


def _plan(facts: Facts, formats: Formats) -> str:
    say, totals = formats.messages, facts.get("totals") or {}
    if not facts.get("has_manufacturers"):
        return say("plan.no_manufacturers")
    sentences = []
    if specs := known(totals.get("build_specs")):
        sentences.append(
            say.count(
                "plan.build",
                specs,
                count=formats.count(specs),
                units=formats.units(totals.get("build_units")),
                investment=formats.money(totals.get("investment")),
                profit=formats.money(totals.get("expected_profit")),
            )
        )
    elif asked := preorders(facts):
        sentences.append(say.count("plan.preorder", asked, count=formats.count(asked)))
    return " ".join(sentences) or say("plan.nothing")


def _unmet(row: Mapping[str, Any], facts: Facts, formats: Formats) -> str:
    return formats.messages(
        "headline.unmet",
        feature=formats.feature(row["attribute"], row["value"]),
        days=_days(facts, formats),
        wanted=formats.units(row.get("wanted_units")),
        bought=formats.units(row.get("bought_units")),
        gap=formats.units(row["gap_units"]),
        interval=formats.unit_range(row.get("gap_units_p10"), row.get("gap_units_p90")),
    )


def _evidence(row: Mapping[str, Any], facts: Facts, formats: Formats) -> tuple[str, ...]:
    say, people, points = formats.messages, known(row.get("people")), known(row.get("share_trend_pct_points"))
    sentences = [why(row, formats)]
    if points is not None:
        way = "steady" if abs(points) < STEADY_POINTS else "rising" if points > 0 else "falling"
        size = formats.points(abs(points)).lstrip("+")
        sentences.append(say(f"headline.{way}", points=size, days=_days(facts, formats)))
    if people:
        intents = formats.count(row.get("intents"))
        sentences.append(say("headline.people", people=formats.count(people), intents=intents))
    sentences += _together(facts, formats) + _levels(facts, formats)
    return tuple(filter(None, sentences))


def _together(facts: Facts, formats: Formats) -> list[str]:
    """What is asked for together with the headline's feature."""
    return [
        formats.messages(
            "headline.together",
            feature=formats.feature(pair["attribute"], pair["value"]),
            lift=formats.ratio(pair["lift"]),
            interval=formats.interval(formats.ratio(pair["lift_p10"]), formats.ratio(pair["lift_p90"])),
        )
        for pair in facts.get("pairs") or ()
    ]


def _levels(facts: Facts, formats: Formats) -> list[str]:
    """Whether the ranking hangs on what counts as a shopper."""
    found = facts.get("filter")
    if not found:
        return []
    names = [name for name in ("off", "strict") if found.get(f"depends_{name}")]
    return [formats.messages(f"headline.filter_{name}") for name in names] or [formats.messages("headline.filter_none")]


def _largest(facts: Facts, formats: Formats) -> tuple[str, ...]:
    """The best candidate of a category without a clear gap, and why it does not count."""
    for row in facts.get("gaps") or ():
        low, high = known(row.get("gap_units_p10")), known(row.get("gap_units_p90"))
        if low is not None and high is not None and low <= 0 <= high and (known(row.get("gap_units")) or 0) > 0:
            return (
                formats.messages(
                    "headline.largest",
                    gap=formats.units(row["gap_units"]),
                    feature=formats.feature(row["attribute"], row["value"]),
                    interval=formats.unit_range(low, high),
                ),
            )
        break
    return ()


def _sold(facts: Facts, formats: Formats) -> tuple[str, ...]:
    totals = facts.get("totals") or {}
    if known(totals.get("forecast_units")) is None:
        return ()
    interval = formats.unit_range(totals.get("forecast_units_p10"), totals.get("forecast_units_p90"))
    return (formats.messages("headline.sold", units=formats.units(totals["forecast_units"]), interval=interval),)


def _days(facts: Facts, formats: Formats) -> str:
    return formats.count(facts.get("gap_window_days"))
