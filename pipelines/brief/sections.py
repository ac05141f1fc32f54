"""The body of a brief: tables, spec cards, risks, sources and terms, from the facts of one category."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.brief import new_phrases, premiums, sales, summary
from pipelines.brief.formats import Formats, known, localised, plain
from pipelines.brief.views import Brief, Column, SpecCard, Strip, Table, Tile

Facts = Mapping[str, Any]
Row = Mapping[str, Any]
PROPOSED = ("build", "open_preorder")
SET_ASIDE = ("wait", "do_not_build")
TREND = ("share_trend_pct_points", "share_trend_p10", "share_trend_p90")


def brief(facts: Facts, formats: Formats) -> Brief:
    """Everything the page of one category says, in one language."""
    say = formats.messages
    specs = facts.get("specs") or ()
    category = category_name(facts, say.language)
    proposed = _cards(specs, PROPOSED, formats)
    set_aside = _cards(specs, SET_ASIDE, formats)
    approvable = [card.spec_id for card in proposed]
    is_searched = bool(facts.get("has_searches"))
    first_part = "gaps" if is_searched else "sales"
    return Brief(
        category=category,
        as_of=plain(facts.get("as_of")),
        title=say("page.title", category=category, as_of=plain(facts.get("as_of"))),
        dates=_dates(facts, formats),
        headline=summary.headline(facts, formats),
        tiles=summary.tiles(facts, formats),
        first_part=first_part,
        gaps_explained=say(f"{first_part}.explain", days=formats.count(facts.get("gap_window_days"))),
        gaps=_gaps(facts, formats) if is_searched else sales.table(facts, formats),
        gaps_absent=say("gaps.empty" if is_searched else "gaps.no_searches"),
        gaps_left_out=_left_out(facts, formats) if is_searched else sales.unsold(facts, formats),
        words_learnt=new_phrases.learnt(facts, formats),
        candidates=new_phrases.table(facts, formats),
        forecast_notes=_forecast_notes(facts, formats),
        feature_forecasts=_feature_forecasts(facts, formats),
        proposed=proposed,
        set_aside=set_aside,
        set_aside_title=say.count("specs.rest", len(set_aside), count=formats.count(len(set_aside))),
        valuation=premiums.valuation(facts, formats),
        risks=tuple(_risk(risk, formats) for risk in facts.get("risks") or ()),
        commands=_commands(facts, approvable, formats),
        approve_explained=say("approve.explain", help=say("approve.help")),
        sources_explained=_sources_explained(facts, formats),
        sources=_sources(facts, formats),
        quality=_quality(facts, formats),
        terms=tuple(Tile(name, "", say(f"terms.text.{key}")) for key, name in say.below("terms.name")),
    )


def category_name(facts: Facts, language: str) -> str:
    """The category in the reader's language, else in another, else its id."""
    return localised(facts.get("names") or {}, language) or plain(facts.get("category_id"))


def _dates(facts: Facts, formats: Formats) -> tuple[str, ...]:
    say, window = formats.messages, facts.get("window") or {}
    lines = [say("page.as_of", as_of=plain(facts.get("as_of")))]
    if window.get("start") and window.get("end"):
        days, lead = formats.count(window.get("days")), formats.count(window.get("lead_days"))
        start, end = plain(window["start"]), plain(window["end"])
        key = f"page.window_{window['moved_by']}" if window.get("moved_by") else "page.window"
        lines.append(say(key, start=start, end=end, days=days, lead_days=lead))
    return tuple(lines)


def _gaps(facts: Facts, formats: Formats) -> Table | None:
    rows, say = facts.get("gaps") or (), formats.messages
    if not rows:
        return None
    titles = ("feature", "people", "wanted", "bought", "gap", "interval", "trend", "products", "in_stock")
    columns = (*_columns("gaps", titles, formats), Column(say("gaps.zero_result")), Column(say("gaps.cause"), False))
    return Table(
        say("gaps.table", shown=formats.count(len(rows))), columns, tuple(_gap_cells(row, formats) for row in rows)
    )


def _gap_cells(row: Row, formats: Formats) -> tuple[str, ...]:
    has_product = bool(known(row.get("products")))
    return (
        formats.feature(row["attribute"], row["value"]),
        formats.count(row.get("people")),
        formats.units(row.get("wanted_units")),
        formats.units(row.get("bought_units")),
        formats.units(row.get("gap_units")),
        formats.unit_range(row.get("gap_units_p10"), row.get("gap_units_p90")),
        trend(row, formats),
        formats.count(row.get("products")),
        formats.pct(row.get("in_stock_pct") if has_product else None),
        formats.pct(row.get("zero_result_pct")),
        cause(row, formats),
    )


def trend(row: Row, formats: Formats) -> str:
    """Change of the wanted share with its interval, where that is known."""
    point, low, high = (formats.points(row.get(name)) for name in TREND)
    return f"{point} ({formats.interval(low, high)})" if known(row.get(TREND[1])) is not None else point


def cause(row: Row, formats: Formats) -> str:
    """The cause of a gap in a word or two, and which kind of it."""
    detail = f"cause_detail.{row.get('cause_detail')}"
    if formats.messages.has(detail):
        return formats.messages(detail)
    key = f"cause.{row.get('cause')}"
    return formats.messages(key if formats.messages.has(key) else "format.missing")


def _left_out(facts: Facts, formats: Formats) -> str:
    number = known(facts.get("suppressed_features"))
    if not number:
        return ""
    people = formats.count(facts.get("min_people"))
    return formats.messages.count("gaps.suppressed", number, count=formats.count(number), min_people=people)


def _forecast_notes(facts: Facts, formats: Formats) -> tuple[str, ...]:
    say, test = formats.messages, facts.get("backtest") or {}
    notes = []
    if facts.get("forecast_model"):
        notes.append(say("forecast.model", model=plain(facts["forecast_model"])))
    for row in facts.get("overrides") or ():
        whole = row["attribute"] == "*"
        feature = say("forecast.whole_category") if whole else formats.feature(row["attribute"], row["value"])
        factor, model, reason = (
            formats.ratio(row["override_factor"]),
            formats.units(row["model_mean"]),
            row["override_reason"],
        )
        notes.append(say("forecast.override", feature=feature, factor=factor, model=model, reason=plain(reason)))
    if known(test.get("mase")) is not None:
        notes.append(say("forecast.mase", mase=formats.ratio(test["mase"])))
    if known(test.get("coverage_pct")) is not None:
        notes.append(say("forecast.coverage", coverage=formats.pct(test["coverage_pct"])))
    return (*notes, *_search_lead(facts, formats))


def _search_lead(facts: Facts, formats: Formats) -> tuple[str, ...]:
    """One sentence on searches as a sign ahead; none where nobody searches or nothing was forecast."""
    lead = facts.get("search_lead") or {}
    if not lead or not facts.get("has_searches"):
        return ()
    gain = known(lead.get("gain_pct"))
    if gain is None:
        return (formats.messages("forecast.lead_untested"),)
    if not lead.get("is_admitted"):
        return (formats.messages("forecast.lead_refused"),)
    return (formats.messages("forecast.lead_admitted", gain=formats.pct(gain)),)


def _feature_forecasts(facts: Facts, formats: Formats) -> Table | None:
    rows = [row for row in facts.get("feature_forecasts") or () if known(row.get("p50")) is not None]
    if not rows:
        return None
    columns = (_named(formats), *_columns("forecast", ("p10", "p50", "p90"), formats))
    rows.sort(key=lambda row: (-row["p50"], str(row["attribute"]), str(row["value"])))
    cells = tuple(
        (formats.feature(row["attribute"], row["value"]), *(formats.units(row.get(q)) for q in ("p10", "p50", "p90")))
        for row in rows
    )
    return Table(formats.messages("forecast.table", shown=formats.count(len(rows))), columns, cells)


def _cards(specs: Sequence[Row], decisions: Sequence[str], formats: Formats) -> tuple[SpecCard, ...]:
    """Specs with one of ``decisions``, in that order, the most profitable first; strips share one scale."""
    chosen = [spec for spec in specs if spec.get("decision") in decisions]
    chosen.sort(key=lambda s: (decisions.index(s["decision"]), -(known(s.get("expected_profit")) or 0.0)))
    scale = max((known(spec.get(name)) or 0.0 for spec in specs for name in ("p90", "quantity")), default=0.0)
    return tuple(_card(spec, scale, formats) for spec in chosen)


def _card(spec: Row, scale: float, formats: Formats) -> SpecCard:
    decision, say = spec["decision"], formats.messages
    return SpecCard(
        spec_id=plain(spec.get("spec_id")),
        features=tuple((plain(attribute), plain(value)) for attribute, value in spec.get("features") or ()),
        decision=decision,
        verdict=say(f"decision.{decision}"),
        verdict_note=say(f"decision_note.{decision}"),
        tiles=_spec_tiles(spec, formats),
        strip=_strip(spec, scale),
        reason=localised(spec.get("reason"), say.language),
        regions=_regions(spec, formats),
    )


def _spec_tiles(spec: Row, formats: Formats) -> tuple[Tile, ...]:
    say, quantity, pack = formats.messages, known(spec.get("quantity")), known(spec.get("pack_size"))
    packs = say("specs.packs", pack_size=formats.count(pack)) if pack else ""
    interval = formats.unit_range(spec.get("p10"), spec.get("p90"))
    return (
        Tile(say("specs.quantity"), formats.count(quantity) if quantity else say("specs.no_quantity"), packs),
        Tile(say("specs.target_price"), formats.price(spec.get("target_price"))),
        Tile(say("specs.unit_cost"), formats.price(spec.get("unit_cost"))),
        Tile(say("specs.profit"), formats.money(spec.get("expected_profit"))),
        Tile(say("specs.demand"), formats.units(spec.get("p50")), say("specs.demand_note", interval=interval)),
        Tile(say("specs.chance"), formats.chance(spec.get("probability_minimum_met")), say("specs.chance_note")),
        Tile(say("specs.manufacturer"), plain(spec.get("manufacturer_id")) or say("format.missing")),
        Tile(say("specs.ship"), plain(spec.get("required_ship_date")) or say("format.missing")),
    )


def _strip(spec: Row, scale: float) -> Strip | None:
    low, median, high = (known(spec.get(name)) for name in ("p10", "p50", "p90"))
    if low is None or median is None or high is None or scale <= 0:
        return None
    quantity = known(spec.get("quantity"))

    def at(units: float) -> float:
        return round(100 * min(max(units / scale, 0.0), 1.0), 1)

    return Strip(at(low), at(high), at(median), at(quantity) if quantity else None)


def _regions(spec: Row, formats: Formats) -> Table | None:
    lines = sorted(spec.get("regions") or (), key=lambda line: (-(known(line[1]) or 0.0), str(line[0])))
    if not lines:
        return None
    say = formats.messages
    caption = say.count("specs.regions", len(lines), count=formats.count(len(lines)))
    columns = (Column(say("specs.region"), False), Column(say("specs.units")))
    return Table(caption, columns, tuple((plain(region), formats.count(units)) for region, units in lines))


def _risk(risk: Row, formats: Formats) -> str:
    """One risk as a sentence; a key no catalogue knows is shown rather than hidden."""
    say, key = formats.messages, f"risk.{risk.get('key')}"
    number = risk.get("count", risk.get("rows", risk.get("weeks")))
    parameters = {
        "feature": formats.feature(risk.get("attribute"), risk.get("value")),
        "low": formats.units(risk.get("low")),
        "high": formats.units(risk.get("high")),
        "count": formats.count(number),
        "min_people": formats.count(risk.get("min_people")),
        "spec": plain(risk.get("spec_id")),
        "loss": formats.money(abs(known(risk["loss"]) or 0.0) if known(risk.get("loss")) is not None else None),
        "mase": formats.ratio(risk.get("mase")),
    }
    if say.has(f"{key}.other"):
        return say.count(key, known(number) or 0, **parameters)
    return say(key, **parameters) if say.has(key) else say("risk.other", key=plain(risk.get("key")))


def _commands(facts: Facts, spec_ids: Sequence[str], formats: Formats) -> tuple[str, ...]:
    day = shlex.quote(plain(facts.get("as_of")))
    return tuple(
        formats.messages("approve.command", as_of=day, spec=shlex.quote(spec)) for spec in dict.fromkeys(spec_ids)
    )


def _sources_explained(facts: Facts, formats: Formats) -> str:
    if not facts.get("sources"):
        return formats.messages("sources.empty")
    quality = facts.get("quality") or {}
    first, last = plain(quality.get("first_date")), plain(quality.get("last_date"))
    if not (first and last):
        return formats.messages("sources.explain_undated")
    return formats.messages("sources.explain", first=first, last=last)


def _sources(facts: Facts, formats: Formats) -> Table | None:
    rows = facts.get("sources") or ()
    if not rows:
        return None
    say = formats.messages
    columns = (Column(say("sources.table"), False), *_columns("sources", ("digest", "rows"), formats))
    cells = tuple((plain(r.get("table")), plain(r.get("digest")), formats.count(r.get("rows"))) for r in rows)
    return Table(say("sources.tables"), columns, cells)


def _quality(facts: Facts, formats: Formats) -> tuple[Tile, ...]:
    quality = facts.get("quality") or {}
    names = ("quarantined_rows", "crawler_days", "brushed_lines")
    return tuple(
        Tile(formats.messages(f"sources.{name}"), formats.count(quality[name]))
        for name in names
        if known(quality.get(name)) is not None
    )


def _named(formats: Formats) -> Column:
    return Column(formats.messages("gaps.feature"), False)


def _columns(section: str, names: Sequence[str], formats: Formats) -> tuple[Column, ...]:
    return tuple(Column(formats.messages(f"{section}.{name}"), is_number=name != "feature") for name in names)
