"""The scores of several markets as Markdown."""

from __future__ import annotations

from bench.second_market.scenario import Scenario
from bench.second_market.score import Score

HEAD = ("market", "category", "oracle", "share", "with pre-orders", "rough", "lost by quantity", "by price", "by specs",
        "said / earned", "left over", "unmet", "breaches")  # fmt: skip


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.2f}" if whole > 0 else "-"


def _cells(scenario: Scenario, c: Score) -> list[str]:
    """One category's row. Losses are shares of what the oracle's line would earn, in expectation."""
    top = max(c.best_line, c.right_prices, 1e-9)
    return [
        f"{scenario.family}-{scenario.seed}", c.category_id, f"{c.oracle:.0f}", _share(c.built, c.oracle),
        _share(c.with_preorders, c.oracle), _share(c.rough, c.oracle), _share(c.right_quantities - c.as_planned, top),
        _share(c.right_prices - c.right_quantities, top), _share(c.best_line - c.right_prices, top),
        f"{c.said:.0f} / {c.built:.0f}", f"{100 * c.leftover_share:.0f} %", f"{100 * c.unmet_share:.0f} %",
        str(len(c.violations)),
    ]  # fmt: skip


def _table(rows: list[list[str]], head: tuple[str, ...]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(r) + " |" for r in rows)]


def render(done: list[tuple[Scenario, list[Score], float]]) -> str:
    """Table of categories, share per market, and the specs of each category beside the oracle's."""
    lines = _table([_cells(s, c) for s, cs, _ in done for c in cs], HEAD)
    lines += ["", "| market | share | with pre-orders | rough |", "|---|---|---|---|"]
    for s, cs, _ in done:
        whole = sum(c.oracle for c in cs)
        parts = [_share(sum(getattr(c, name) for c in cs), whole) for name in ("built", "with_preorders", "rough")]
        lines.append(f"| {s.family}-{s.seed} | " + " | ".join(parts) + " |")
    for s, cs, seconds in done:
        lines += ["", f"## {s.family}-{s.seed} (planning day {s.as_of}, pipeline {seconds:.0f} s)", "", f"`{s}`"]
        for c in cs:
            lines += ["", f"### {c.category_id}", "", *(f"- breach: {v}" for v in c.violations), ""]
            for name, rows in (("plan", c.rows), ("oracle", c.oracle_rows)):
                if rows:
                    lines += [f"{name}:", "", *_table([[str(v) for v in r.values()] for r in rows], tuple(rows[0])), ""]
    return "\n".join(lines) + "\n"
