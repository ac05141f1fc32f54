"""The charts of a brief from its facts: which rows are drawn and what a screen reader is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pipelines.brief import charts, drawing, sales
from pipelines.brief.formats import Formats, known
from pipelines.brief.sections import cause

Facts = Mapping[str, Any]
Row = Mapping[str, Any]


def first_figure(facts: Facts, formats: Formats) -> charts.Figure | None:
    """Chart of the largest gaps, or of what was bought most where nobody searches."""
    return (_gap_figure if facts.get("has_searches") else _sold_figure)(facts, formats)


def _sold_figure(facts: Facts, formats: Formats) -> charts.Figure | None:
    rows, say = sales.bought(facts)[: charts.TOP_GAPS], formats.messages
    bars = [
        charts.GapBar(
            label=formats.feature(row["attribute"], row["value"]),
            note=say("sales.chart_note", units=formats.units(row["bought_units"]), share=sales.share(row, formats)),
            wanted=None,
            bought=row["bought_units"],
            gap_low=None,
            gap_high=None,
        )
        for row in rows
    ]
    words = drawing.Words(
        title=say("sales.chart_title", count=formats.count(len(bars))),
        description=say("format.list").join(f"{bar.label} {bar.note}" for bar in bars),
        axis=say("gaps.axis"),
    )
    return charts.gap_figure(bars, words)


def _gap_figure(facts: Facts, formats: Formats) -> charts.Figure | None:
    """Chart of the largest gaps whose wanted and bought units are known."""
    rows = [
        row
        for row in facts.get("gaps") or ()
        if known(row.get("wanted_units")) is not None and known(row.get("bought_units")) is not None
    ][: charts.TOP_GAPS]
    say = formats.messages
    words = drawing.Words(
        title=say("gaps.chart_title", count=formats.count(len(rows))),
        description=" ".join(_described(row, formats) for row in rows),
        axis=say("gaps.axis"),
    )
    return charts.gap_figure([_bar(row, formats) for row in rows], words)


def week_figure(facts: Facts, formats: Formats) -> charts.Figure | None:
    """Chart of the category's weeks, sold and forecast."""
    sold = [
        charts.WeekUnits(dt.date.fromisoformat(row["start"]), row["units"])
        for row in facts.get("history") or ()
        if known(row.get("units")) is not None
    ]
    forecast = [
        charts.WeekForecast(dt.date.fromisoformat(row["start"]), row["p10"], row["p50"], row["p90"])
        for row in facts.get("forecast") or ()
        if all(known(row.get(name)) is not None for name in ("p10", "p50", "p90"))
    ]
    window = facts.get("window") or {}
    has_window = bool(window.get("start") and window.get("end"))
    span = (dt.date.fromisoformat(window["start"]), dt.date.fromisoformat(window["end"])) if has_window else None
    say = formats.messages
    words = drawing.Words(
        title=say("forecast.chart_title"),
        description=_story(sold, forecast, formats),
        from_here=say("forecast.from_here"),
    )
    return charts.week_figure(sold, forecast, span, words)


def _bar(row: Row, formats: Formats) -> charts.GapBar:
    return charts.GapBar(
        label=formats.feature(row["attribute"], row["value"]),
        note=formats.messages("gaps.chart_note", gap=formats.units(row.get("gap_units")), cause=cause(row, formats)),
        wanted=row["wanted_units"],
        bought=row["bought_units"],
        gap_low=known(row.get("gap_units_p10")),
        gap_high=known(row.get("gap_units_p90")),
    )


def _described(row: Row, formats: Formats) -> str:
    return formats.messages(
        "gaps.chart_row",
        feature=formats.feature(row["attribute"], row["value"]),
        wanted=formats.units(row["wanted_units"]),
        bought=formats.units(row["bought_units"]),
        gap=formats.units(row.get("gap_units")),
        interval=formats.unit_range(row.get("gap_units_p10"), row.get("gap_units_p90")),
    )


def _story(sold: list[charts.WeekUnits], forecast: list[charts.WeekForecast], formats: Formats) -> str:
    first = sold[0].start.isoformat() if sold else formats.units(None)
    last = sold[-1].start.isoformat() if sold else formats.units(None)
    if not forecast:
        return formats.messages("forecast.chart_history", first=first, last=last)
    medians = [week.p50 for week in forecast]
    return formats.messages(
        "forecast.chart_text",
        first=first,
        last=last,
        end=forecast[-1].start.isoformat(),
        low=formats.units(min(medians)),
        high=formats.units(max(medians)),
    )
