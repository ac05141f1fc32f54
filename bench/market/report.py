"""The market test's result as text: one line per seed and category, and the average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.market.selling import Earnings


@dataclass(frozen=True)
class SeedResult:
    """Earnings by category of the oracle, the plan under test (None: not run) and the copy."""

    seed: int
    categories: tuple[str, ...]
    oracle: tuple[Earnings, ...]
    plan: tuple[Earnings, ...] | None
    copies: tuple[Earnings, ...]
    violations: tuple[str, ...]
    simulate_seconds: float
    plan_seconds: float
    judge_seconds: float

    def share_of_oracle(self) -> float | None:
        """Plan profit over oracle profit of the whole market; None where undefined."""
        if self.plan is None:
            return None
        best = total(self.oracle).profit_cny
        return total(self.plan).profit_cny / best if best > 0 else None


def total(earnings: Sequence[Earnings]) -> Earnings:
    """Sum over categories."""
    result = Earnings()
    for part in earnings:
        result = result.plus(part)
    return result


def leftover_pct(earnings: Earnings) -> float:
    """Leftovers as a percentage of the units ordered; 0 when nothing was ordered."""
    if earnings.ordered_units == 0:
        return 0.0
    return 100.0 * earnings.leftover_units / earnings.ordered_units


def mean_share(results: Sequence[SeedResult]) -> float | None:
    """Average over markets of the share of the oracle's profit."""
    shares = [share for r in results if (share := r.share_of_oracle()) is not None]
    return sum(shares) / len(shares) if shares else None


def to_markdown(results: Sequence[SeedResult]) -> str:
    """A table per market, its categories, the average, and the violations in full."""
    lines = [
        "# Market test",
        "",
        "Incremental profit in CNY over the selling window, mean of the scoring futures.",
        "",
        "| market | category | oracle | plan | share of oracle | copy of best sellers "
        "| leftovers of plan | violations |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        for i, name in enumerate(result.categories):
            plan = result.plan[i] if result.plan is not None else None
            lines.append(_row(str(result.seed), name, result.oracle[i], plan, result.copies[i], ""))
        plan = total(result.plan) if result.plan is not None else None
        lines.append(
            _row(
                str(result.seed),
                "**all**",
                total(result.oracle),
                plan,
                total(result.copies),
                str(len(result.violations)),
            )
        )
    share = mean_share(results)
    lines += ["", f"Average share of the oracle: {_share(share)} over {len(results)} market(s)."]
    lines += ["", *(_seconds(result) for result in results)]
    broken = [f"- market {r.seed}: {text}" for r in results for text in r.violations]
    if broken:
        lines += ["", "Violations:", "", *broken]
    return "\n".join(lines) + "\n"


def _row(
    market: str,
    name: str,
    oracle: Earnings,
    plan: Earnings | None,
    copies: Earnings,
    violations: str,
) -> str:
    share = None
    if plan is not None and oracle.profit_cny > 0:
        share = plan.profit_cny / oracle.profit_cny
    shown = f"{plan.profit_cny:,.0f}" if plan is not None else "not run"
    left = f"{leftover_pct(plan):.1f} %" if plan is not None else "not run"
    return (
        f"| {market} | {name} | {oracle.profit_cny:,.0f} | {shown} | {_share(share)} "
        f"| {copies.profit_cny:,.0f} | {left} | {violations} |"
    )


def _share(share: float | None) -> str:
    return f"{share:.3f}" if share is not None else "–"


def _seconds(result: SeedResult) -> str:
    return (
        f"Market {result.seed}: simulated and written in {result.simulate_seconds:.1f} s, "
        f"planned in {result.plan_seconds:.1f} s, judged in {result.judge_seconds:.1f} s."
    )
