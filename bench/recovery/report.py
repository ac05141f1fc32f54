"""The recovery test's table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.recovery.decoys import KINDS
from bench.recovery.measures import Decoy, Found, PlainFound, ShareError

MANY_INTENTS = 500


def to_markdown(markets: Sequence[Found], decoys: Sequence[Decoy], plain: Sequence[PlainFound]) -> str:
    """One row per figure: what, target, found, of how many."""
    ranks = [rank for market in markets for rank in market.ranks]
    covered = [hit for found in plain for hit in found.is_covered]
    lines = ["| figure | target | found | of |", "|---|--:|--:|--:|"]
    for title, sources in (("simulated", markets), ("plain", plain)):
        errors = [error for source in sources for error in source.shares]
        lines += _shares(title, "all attributes", errors)
        lines += _shares(title, "attributes whose values are all named", [e for e in errors if not e.has_plain])
    if plain:
        ratio = np.mean([found.would_be for found in plain])
        lines.append(f"| would-be buyers found over true ones, plain markets, mean | 1 | {ratio:.2f} | {len(plain)} |")
    lines.append(_line("gap in the 80 % interval, plain markets", "75–85 %", covered))
    lines.append(_line("rising value that nobody sells ranks first within 30 days", "95 %", [r == 1 for r in ranks]))
    due = [hit for market in markets for hit in market.is_due]
    lines.append(_line("the same, or stands behind another unsold value that more people want", "", due))
    for kind in KINDS:
        mine = [decoy.is_alarm for decoy in decoys if decoy.kind == kind]
        lines.append(_line(f"false alarms, decoy {kind}", "", mine))
    lines.append(_line("false alarms, all decoys", "≤ 2 %", [decoy.is_alarm for decoy in decoys]))
    return "\n".join(lines) + "\n"


def _shares(title: str, which: str, errors: Sequence[ShareError]) -> list[str]:
    many = [error for error in errors if error.intents >= MANY_INTENTS]
    inside = [error.is_covered for error in many]
    rmse = float(np.sqrt(np.mean([error.error**2 for error in many]))) if many else float("nan")
    name = f"{title} markets, {which}, {MANY_INTENTS} intents or more: wanted share"
    return [
        _line(f"{name} within 2 points", "", [abs(error.error) <= 0.02 for error in many]),
        f"| {name}, root mean square error in points | | {100 * rmse:.1f} | {len(many)} |",
        _line(f"{name} in its 80 % interval", "75–85 %", inside),
    ]


def _line(name: str, target: str, hits: Sequence[bool]) -> str:
    found = f"{100 * float(np.mean(hits)):.1f} %" if len(hits) else "–"
    return f"| {name} | {target} | {found} | {len(hits)} |"
