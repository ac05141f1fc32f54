"""How any chart of a brief becomes an SVG element: frame, colours, text widths, embedding.

Colours are Okabe & Ito's (2008), told apart by colour-blind readers; the page's style sheet
replaces each of them by name in dark mode, so a chart uses no colour outside ``COLOURS``.
Sizes and positions are fixed here and not measured from fonts, so a rerun gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from html import escape

import altair as alt
import vl_convert

COLOURS = {
    "wanted": "#0072b2",
    "bought": "#e69f00",
    "band": "#9ecae1",
    "ink": "#1d2530",
    "muted": "#5a6572",
    "line": "#d9dee4",
    "window": "#e7ebef",
}


@dataclass(frozen=True)
class Words:
    """What a chart says: title and description for screen readers, and where drawn axis title and forecast label."""

    title: str
    description: str
    axis: str = ""
    from_here: str = ""


@dataclass(frozen=True)
class Frame:
    """Size of a drawing in pixels: plot without margins, margins, text sizes."""

    name: str
    width: int
    left: int
    right: int
    text: int
    small: int


def svg(chart: alt.LayerChart, frame: Frame, height: int, words: Words, *, bottom: int) -> str:
    """SVG element of a chart in its frame, labelled for screen readers, taking its font from the page."""
    axis = {
        "labelFontSize": frame.small, "titleFontSize": frame.small, "titleFontWeight": "normal",
        "labelColor": COLOURS["muted"], "titleColor": COLOURS["muted"], "gridColor": COLOURS["line"],
        "domain": False, "ticks": False, "labelPadding": 6, "aria": False,
    }  # fmt: skip
    framed = chart.properties(
        width=frame.width - frame.left - frame.right,
        height=height,
        padding={"left": frame.left, "right": frame.right, "top": 6, "bottom": bottom},
        autosize=alt.AutoSizeParams(type="none"),
        background="transparent",
    ).configure(
        axis=axis, view=alt.ViewConfig(stroke=None), mark=alt.MarkConfig(aria=False), font="sans-serif", aria=False
    )
    drawn = vl_convert.vegalite_to_svg(framed.to_dict(), allowed_base_urls=[])
    return _embed(drawn, words)


def _embed(drawn: str, words: Words) -> str:
    """The drawing with our root element: no size of its own, no namespaces that HTML does not need."""
    box = re.search(r'viewBox="([\d .-]+)"', drawn)
    if box is None:
        raise ValueError("the drawing has no viewBox")
    body = drawn[drawn.index(">") + 1 :]
    title, description = escape(words.title), escape(words.description)
    return (
        f'<svg viewBox="{box[1]}" role="img" aria-label="{title}">'
        f"<title>{title}</title><desc>{description}</desc>{body}"
    )


def month_axis(first: int, last: int, *, most: int) -> alt.Axis:
    """Month starts as ticks, thinned to at most ``most``; days are ordinals, so no time zone can shift them."""
    starts = []
    day = dt.date.fromordinal(first).replace(day=1)
    while day.toordinal() <= last:
        if day.toordinal() >= first:
            starts.append(day)
        day = (day + dt.timedelta(days=32)).replace(day=1)
    step = next((s for s in (1, 2, 3, 4, 6, 12) if len(starts) <= s * most), 12)
    kept = [d for d in starts if (d.month - 1) % step == 0] or [dt.date.fromordinal(first)]
    names = ",".join(f"'{d.toordinal()}':'{d:%Y-%m}'" for d in kept)
    return alt.Axis(
        title=None,
        values=[d.toordinal() for d in kept],
        labelExpr=f"({{{names}}})[datum.value]",
        grid=False,
        labelFlush=True,
    )


def shorten(text: str, room_em: float) -> str:
    """The text, cut with an ellipsis where it is wider than ``room_em`` times the font size."""
    if text_em(text) <= room_em:
        return text
    kept, used = "", 1.0
    for character in text:
        used += _em(character)
        if used > room_em:
            break
        kept += character
    return kept.rstrip() + "…"


def text_em(text: str) -> float:
    """Rough width of a text in multiples of its font size; East Asian characters are one wide."""
    return sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.72 if character.isupper() else 0.3 if character in "il.,:;|'! " else 0.6
