"""Charts of a brief as inline SVG: drawn once for a desktop and once for a phone, without network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt

from pipelines.brief.drawing import COLOURS, Frame, Words, month_axis, shorten, svg, text_em

TOP_GAPS = 12
BAR_PIXELS = 12
WIDE_WEEKS = 78
NARROW_WEEKS = 40


@dataclass(frozen=True)
class Figure:
    """One chart in both widths, as SVG elements."""

    wide: str
    narrow: str


@dataclass(frozen=True)
class GapBar:
    """One feature: units wanted (None: nobody knows), bought, and the ends of the gap's 80 % interval where known."""

    label: str
    note: str
    wanted: float | None
    bought: float
    gap_low: float | None
    gap_high: float | None


@dataclass(frozen=True)
class WeekUnits:
    """Units sold in the week that starts on ``start``."""

    start: dt.date
    units: float


@dataclass(frozen=True)
class WeekForecast:
    """Quantiles of the units of the week that starts on ``start``."""

    start: dt.date
    p10: float
    p50: float
    p90: float


_WIDEST_NOTE = 270
_WIDE_GAPS = Frame("wide", 720, 220, 175, 14, 13)
_NARROW_GAPS = Frame("narrow", 343, 2, 10, 14, 13)
_WIDE_WEEKS = Frame("wide", 720, 62, 14, 13, 13)
_NARROW_WEEKS = Frame("narrow", 343, 46, 8, 13, 13)


def gap_figure(bars: Sequence[GapBar], words: Words) -> Figure | None:
    """Wanted above bought per feature, with the gap's interval on the wanted bar's end; None without bars."""
    if not bars:
        return None
    longest = max(text_em(bar.note) for bar in bars) * _WIDE_GAPS.small
    wide = replace(_WIDE_GAPS, right=round(min(max(longest + 16, _WIDE_GAPS.right), _WIDEST_NOTE)))
    return Figure(_gap_svg(bars, words, wide), _gap_svg(bars, words, _NARROW_GAPS))


def week_figure(
    sold: Sequence[WeekUnits],
    forecast: Sequence[WeekForecast],
    window: tuple[dt.date, dt.date] | None,
    words: Words,
) -> Figure | None:
    """Weekly units sold and their forecast as median and band; None where there is neither."""
    if not sold and not forecast:
        return None
    return Figure(
        _week_svg(sold[-WIDE_WEEKS:], forecast, window, words, _WIDE_WEEKS),
        _week_svg(sold[-NARROW_WEEKS:], forecast, window, words, _NARROW_WEEKS),
    )


def _gap_svg(bars: Sequence[GapBar], words: Words, frame: Frame) -> str:
    """Wide: label left, note right of the plot. Narrow: both on a line of their own above the bars."""
    is_wide = frame.name == "wide"
    pitch, top = (36, 4) if is_wide else (64, 28)
    height = pitch * len(bars) + 4
    rows = [_gap_row(bar, pitch * i + top, frame) for i, bar in enumerate(bars)]
    end = max([1.0, *(row[name] for row in rows for name in ("wanted", "bought", "high") if row[name] is not None)])
    base = alt.Chart(alt.InlineData(values=rows))
    x_scale, y_scale = alt.Scale(domain=[0, end * 1.02], nice=False), alt.Scale(domain=[0, height], range=[0, height])
    # flush would push the last number into the one before it
    axis = alt.Axis(title=words.axis, tickCount=5 if is_wide else 4, tickMinStep=1, format=",d", labelFlush=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=x_scale, axis=axis)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=y_scale, axis=None)

    def bar_of(name: str) -> alt.Chart:
        bar: alt.Chart = base.mark_rect(fill=COLOURS[name], cornerRadius=1.5)
        return bar.encode(x=x("zero"), x2=name, y=y(f"{name}_y"), y2=f"{name}_y2")

    layers = [bar_of("bought"), *_gap_texts(base, y, frame)]
    if any(bar.wanted is not None for bar in bars):
        layers = [bar_of("wanted"), layers[0], *_whiskers(base, x, y), *layers[1:]]
    return svg(alt.LayerChart(layer=layers), frame, height, words, bottom=46)


def _whiskers(base: alt.Chart, x: Callable[[str], alt.X], y: Callable[[str], alt.Y]) -> list[alt.Chart]:
    """The gap's interval, drawn where the wanted bar ends: bought plus the ends of the gap."""
    whisker = base.transform_filter("isValid(datum.low)").mark_rule(stroke=COLOURS["ink"], strokeWidth=1.5)
    return [
        whisker.encode(x=x("low"), x2="high", y=y("whisker_y")),
        whisker.encode(x=x("low"), y=y("cap_y"), y2="cap_y2"),
        whisker.encode(x=x("high"), y=y("cap_y"), y2="cap_y2"),
    ]


def _gap_texts(base: alt.Chart, y: Callable[[str], alt.Y], frame: Frame) -> list[alt.Chart]:
    is_wide = frame.name == "wide"
    plot = frame.width - frame.left - frame.right
    row = y("middle" if is_wide else "title")
    label = base.mark_text(
        align="right" if is_wide else "left", baseline="middle", fontSize=frame.text, fill=COLOURS["ink"]
    )
    note = base.mark_text(align="right", baseline="middle", fontSize=frame.small, fill=COLOURS["muted"])
    return [
        label.encode(text="label:N", x=alt.value(-12 if is_wide else 0), y=row),
        note.encode(text="note:N", x=alt.value(plot + frame.right - 2), y=row),
    ]


def _gap_row(bar: GapBar, top: float, frame: Frame) -> dict[str, Any]:
    """Values and pixel positions of one feature; bars that start at ``top``."""
    low, high, thick = bar.gap_low, bar.gap_high, BAR_PIXELS
    beside_note = frame.width - text_em(bar.note) * frame.small - 20
    room = frame.left - 14 if frame.name == "wide" else beside_note
    has_interval = low is not None and high is not None
    middle = top + thick / 2
    bought = middle if bar.wanted is None else top + thick + 1
    return {
        "label": shorten(bar.label, room / frame.text),
        "note": bar.note,
        "zero": 0,
        "wanted": None if bar.wanted is None else round(max(bar.wanted, 0.0), 2),
        "bought": round(max(bar.bought, 0.0), 2),
        "low": round(max(bar.bought + low, 0.0), 2) if has_interval and low is not None else None,
        "high": round(max(bar.bought + high, 0.0), 2) if has_interval and high is not None else None,
        "wanted_y": top,
        "wanted_y2": top + thick,
        "bought_y": bought,
        "bought_y2": bought + thick,
        "whisker_y": middle,
        "cap_y": middle - 4,
        "cap_y2": middle + 4,
        "middle": top + thick,
        "title": top - 14,
    }


def _week_svg(
    sold: Sequence[WeekUnits],
    forecast: Sequence[WeekForecast],
    window: tuple[dt.date, dt.date] | None,
    words: Words,
    frame: Frame,
) -> str:
    is_wide = frame.name == "wide"
    days = [week.start.toordinal() for week in sold] + [week.start.toordinal() for week in forecast]
    first, last = min(days), max(days)
    top = max([1.0, *(week.units for week in sold), *(week.p90 for week in forecast)]) * 1.12
    x_scale = alt.Scale(domain=[first, max(last, first + 7)], nice=False)
    y_scale = alt.Scale(domain=[0, top], nice=False)
    x_axis = month_axis(first, last, most=9 if is_wide else 4)
    y_axis = alt.Axis(title=None, tickCount=5, tickMinStep=1, format=",d")

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=x_scale, axis=x_axis)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=y_scale, axis=y_axis)

    layers: list[Any] = []
    if window and forecast and first <= window[1].toordinal() and window[0].toordinal() <= last:
        span = [{"from": max(window[0].toordinal(), first), "to": min(window[1].toordinal(), last)}]
        ground = alt.Chart(alt.InlineData(values=span)).mark_rect(fill=COLOURS["window"])
        layers.append(ground.encode(x=x("from"), x2="to"))
    if forecast:
        layers += _forecast_layers(_fan(sold, forecast), x, y)
        layers += _from_here(forecast[0].start.toordinal(), words, frame, x)
    if sold:
        past = [{"day": week.start.toordinal(), "units": round(week.units, 2)} for week in sold]
        line = alt.Chart(alt.InlineData(values=past)).mark_line(stroke=COLOURS["ink"], strokeWidth=1.8)
        layers.append(line.encode(x=x("day"), y=y("units")))
    return svg(alt.LayerChart(layer=layers), frame, 260 if is_wide else 220, words, bottom=30)


def _forecast_layers(
    fan: Sequence[dict[str, Any]], x: Callable[[str], alt.X], y: Callable[[str], alt.Y]
) -> list[alt.Chart]:
    base = alt.Chart(alt.InlineData(values=list(fan)))
    median = base.mark_line(stroke=COLOURS["wanted"], strokeWidth=2, strokeDash=[5, 3])
    return [
        base.mark_area(fill=COLOURS["band"], fillOpacity=0.75).encode(x=x("day"), y=y("p10"), y2="p90"),
        median.encode(x=x("day"), y=y("p50")),
    ]


def _fan(sold: Sequence[WeekUnits], forecast: Sequence[WeekForecast]) -> list[dict[str, Any]]:
    """Forecast weeks; the fan opens from the last sold week, so that line and band are seen as one series."""
    rows = [
        {"day": w.start.toordinal(), "p10": round(w.p10, 2), "p50": round(w.p50, 2), "p90": round(w.p90, 2)}
        for w in forecast
    ]
    if sold and rows and sold[-1].start < forecast[0].start:
        units = round(sold[-1].units, 2)
        rows.insert(0, {"day": sold[-1].start.toordinal(), "p10": units, "p50": units, "p90": units})
    return rows


def _from_here(start: int, words: Words, frame: Frame, x: Callable[[str], alt.X]) -> list[alt.Chart]:
    """A line where the forecast starts, and its name."""
    base = alt.Chart(alt.InlineData(values=[{"day": start, "name": words.from_here}]))
    rule = base.mark_rule(stroke=COLOURS["muted"], strokeDash=[2, 3])
    text = base.mark_text(align="left", dx=5, baseline="top", fontSize=frame.small, fill=COLOURS["muted"])
    return [rule.encode(x=x("day")), text.encode(x=x("day"), y=alt.value(2), text="name:N")]
