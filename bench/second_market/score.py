"""Score one plan on one category: share of the oracle's profit, and where the rest was lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from bench.second_market.future import mean_profit
from bench.second_market.history import History
from bench.second_market.oracle import Problem, design, make_problem
from bench.second_market.panel import Line, Outcome, combine, evaluate, true_panel, wanted_units
from bench.second_market.rough import rough_panel
from bench.second_market.terms import Planned, violations

PRICE_STEPS = (0.8, 0.85, 0.9, 0.95, 1.05, 1.1, 1.2, 1.3)
ORACLE_SCALES = (0.92, 1.0, 1.08)


@dataclass
class Score:
    """One category of one market. Money over doing nothing, mean over futures; units per window."""

    category_id: str
    oracle: float = 0.0
    rough: float = 0.0
    built: float = 0.0
    with_preorders: float = 0.0
    right_quantities: float = 0.0
    """Built and pre-order lines with the oracle's quantities for them (expected)."""
    right_prices: float = 0.0
    """The same with the oracle's prices too."""
    as_planned: float = 0.0
    """Built and pre-order lines as they are (expected): to compare with the two above."""
    best_line: float = 0.0
    """The oracle's line (expected)."""
    said: float = 0.0
    leftover_share: float = 0.0
    unmet_share: float = 0.0
    violations: list[str] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    oracle_rows: list[dict[str, object]] = field(default_factory=list)


def true_problem(history: History) -> Problem:
    """The planning problem with the market's own shoppers of the selling windows."""
    shop = history.shop
    starts = [shop.scenario.history_days + m.lead_time_days for m in shop.makers]
    panel = combine([true_panel(shop, history.out_share, start, k) for k, start in enumerate(starts)])
    return make_problem(
        panel, [len(a.values) for a in shop.category.attributes], shop.makers, shop.scenario.salvage_rate
    )


def score_category(history: History, planned: list[Planned], futures: int, with_rough: bool) -> Score:
    """Sell the plan, the oracle's and the rough planner's lines to the same futures."""
    shop = history.shop
    problem = true_problem(history)
    sizes = [len(a.values) for a in shop.category.attributes]
    score = Score(shop.category.category_id)
    made = [p for p in planned if p.decision in ("build", "open_preorder") and p.line.quantity]
    best = design(problem, [replace(p.line, quantity=None) for p in made])
    score.best_line = best.outcome.profit
    scaled = [[replace(x, quantity=_packs(history, x, f)) for x in best.lines] for f in ORACLE_SCALES]
    score.oracle = max(0.0, *(mean_profit(shop, lines, history.out_share, futures)[0] for lines in scaled))
    if with_rough:
        rough = design(make_problem(rough_panel(history), sizes, shop.makers, shop.scenario.salvage_rate))
        score.rough = mean_profit(shop, rough.lines, history.out_share, futures)[0]
    build = [p for p in planned if p.decision == "build" and p.line.quantity]
    score.violations = violations(shop, build)
    score.built, sales = mean_profit(shop, [p.line for p in build], history.out_share, futures)
    score.said = sum(p.said_profit for p in build)
    if sales:
        quantity = sum(p.line.quantity or 0 for p in build)
        score.leftover_share = float(np.mean([x.leftover.sum() for x in sales])) / quantity
        score.unmet_share = float(np.mean([x.unmet.sum() for x in sales])) / quantity
    score.with_preorders = mean_profit(shop, [p.line for p in made], history.out_share, futures)[0]
    _diagnose(problem, score, made, history)
    score.oracle_rows = [_row(history, x, best.outcome, k) for k, x in enumerate(best.lines)]
    return score


def _packs(history: History, line: Line, factor: float) -> int:
    maker = history.shop.makers[line.maker]
    packs = round((line.quantity or 0) * factor / maker.pack_size)
    return max(packs, -(-maker.min_spec_units // maker.pack_size)) * maker.pack_size


def _diagnose(problem: Problem, score: Score, made: list[Planned], history: History) -> None:
    """Expected profit of the plan's specs as they are, with right quantities, and with right prices too."""
    lines = [p.line for p in made]
    if not lines:
        return
    as_is = evaluate(problem.panel, lines, problem.makers, problem.salvage_rate)
    score.as_planned = as_is.profit
    free = [replace(x, quantity=None) for x in lines]
    score.right_quantities = problem.value(free)
    priced = best_prices(problem, free)
    score.right_prices = problem.value(priced)
    wanted = wanted_units(problem.panel, lines)
    right = evaluate(problem.panel, priced, problem.makers, problem.salvage_rate)
    for k, p in enumerate(made):
        without = [x for j, x in enumerate(lines) if j != k]
        row = _row(history, p.line, as_is, k)
        row |= {"decision": p.decision, "p10": round(p.p10), "p50": round(p.p50), "p90": round(p.p90),
                "wanted": round(float(wanted[k])), "said": round(p.said_profit),
                "adds": round(as_is.profit - problem.value(without)),
                "best_price": priced[k].price, "best_quantity": int(right.quantity[k])}  # fmt: skip
        score.rows.append(row)


def best_prices(problem: Problem, lines: list[Line]) -> list[Line]:
    """The same specs at the prices that earn most, by coordinate search."""
    value = problem.value(lines)
    for _ in range(3):
        moved = False
        for k in range(len(lines)):
            for step in PRICE_STEPS:
                trial = list(lines)
                trial[k] = replace(lines[k], price=round(lines[k].price * step, 2))
                gain = problem.value(trial)
                if gain > value + 1e-6:
                    lines, value, moved = trial, gain, True
        if not moved:
            break
    return lines


def _row(history: History, line: Line, outcome: Outcome, k: int) -> dict[str, object]:
    category = history.shop.category
    features = ", ".join(a.values[v].name for a, v in zip(category.attributes, line.values, strict=True))
    return {"spec": features, "maker": line.maker + 1, "price": line.price, "quantity": int(outcome.quantity[k]),
            "wanted": round(float(outcome.wanted[k])), "sold": round(float(outcome.sold[k]))}  # fmt: skip
