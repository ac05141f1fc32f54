"""The market test's result as text: tables by market and category, by family, and of the plan's own forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.market.predicted import Prediction
from bench.market.selling import Earnings, mean_of


@dataclass(frozen=True)
class SeedResult:
    """Earnings by category of no plan, the oracle, the plan under test (by draw; None: not run) and the baselines.

    ``expected`` is what the plan itself expects to earn, None where it does not say.
    """

    family: str
    seed: int
    categories: tuple[str, ...]
    nothing: tuple[Earnings, ...]
    oracle: tuple[Earnings, ...]
    plan_draws: tuple[tuple[Earnings, ...], ...] | None
    expected: tuple[Prediction, ...] | None
    baselines: dict[str, tuple[Earnings, ...]]
    violations: tuple[str, ...]
    baseline_violations: tuple[str, ...]
    simulate_seconds: float
    plan_seconds: float
    judge_seconds: float

    @property
    def plan(self) -> tuple[Earnings, ...] | None:
        """The plan's mean earnings by category."""
        return None if self.plan_draws is None else tuple(mean_of(draws) for draws in self.plan_draws)

    def share_of_oracle(self) -> float | None:
        """Plan profit over oracle profit of the whole market; None where undefined."""
        return None if self.plan is None else _ratio(self.plan, self.oracle)

    def baseline_share(self, name: str) -> float | None:
        """The same of a baseline."""
        return _ratio(self.baselines[name], self.oracle)


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


def unmet_pct(earnings: Earnings) -> float:
    """Units that left with nothing as a percentage of those willing to be bought."""
    return 100.0 * earnings.unmet_units / max(earnings.demanded_units, 1.0)


def mean_share(results: Sequence[SeedResult]) -> float | None:
    """Average over markets of the share of the oracle's profit."""
    return _mean([r.share_of_oracle() for r in results])


def to_markdown(results: Sequence[SeedResult]) -> str:
    """A table per market and its categories, one per family, the plan's own forecast, and violations in full."""
    share = mean_share(results)
    lines = ["# Market test", "", *_market_table(results), "", *_family_table(results), "", *_expected(results)]
    lines += ["", f"Average share of the oracle: {_share(share)} over {len(results)} market(s)."]
    lines += ["", *(_seconds(result) for result in results)]
    broken = [f"- {r.family} {r.seed}: {text}" for r in results for text in (*r.violations, *r.baseline_violations)]
    if broken:
        lines += ["", "Violations:", "", *broken]
    return "\n".join(lines) + "\n"


def _market_table(results: Sequence[SeedResult]) -> list[str]:
    names = list(results[0].baselines) if results else []
    lines = [
        "Incremental profit in CNY over the selling window, mean of the scoring futures. Unmet: units of buyers who "
        "leave with nothing, without a plan, with the plan, with the oracle's.",
        "",
        f"| market | category | oracle | plan | share | {' | '.join(names)} | leftovers | unmet | violations |",
        "|---|---|--:|--:|--:|" + "--:|" * len(names) + "--:|--:|--:|",
    ]
    for r in results:
        for i, name in enumerate(r.categories):
            plan = None if r.plan is None else [r.plan[i]]
            others = [[earned[i]] for earned in r.baselines.values()]
            lines.append(_row(f"{r.family} {r.seed}", name, [r.nothing[i]], [r.oracle[i]], plan, others, ""))
        everything = list(r.baselines.values())
        lines.append(
            _row(f"{r.family} {r.seed}", "**all**", r.nothing, r.oracle, r.plan, everything, str(len(r.violations)))
        )
    return lines


def _row(
    market: str,
    name: str,
    nothing: Sequence[Earnings],
    oracle: Sequence[Earnings],
    plan: Sequence[Earnings] | None,
    others: Sequence[Sequence[Earnings]],
    violations: str,
) -> str:
    unmet = [unmet_pct(total(earned)) for earned in (nothing, plan, oracle) if earned is not None]
    cells = [
        market,
        name,
        f"{total(oracle).profit_cny:,.0f}",
        "not run" if plan is None else f"{total(plan).profit_cny:,.0f}",
        _share(None if plan is None else _ratio(plan, oracle)),
        *(f"{total(earned).profit_cny:,.0f}" for earned in others),
        "not run" if plan is None else f"{leftover_pct(total(plan)):.1f} %",
        " → ".join(f"{pct:.1f}" for pct in unmet) + " %",
        violations,
    ]
    return "| " + " | ".join(cells) + " |"


def _family_table(results: Sequence[SeedResult]) -> list[str]:
    """Shares of the oracle's profit by family, averaged over its markets."""
    names = list(results[0].baselines) if results else []
    lines = [
        "Share of the oracle's profit by family, mean over its markets.",
        "",
        f"| family | markets | plan | {' | '.join(names)} |",
        "|---|--:|--:|" + "--:|" * len(names),
    ]
    for family in dict.fromkeys(r.family for r in results):
        own = [r for r in results if r.family == family]
        shares = [_share(_mean([r.baseline_share(name) for r in own])) for name in names]
        lines.append(f"| {family} | {len(own)} | {_share(mean_share(own))} | {' | '.join(shares)} |")
    return lines


def _expected(results: Sequence[SeedResult]) -> list[str]:
    """The plan's expected profit beside the one earned, and how many futures lay in its 80 % interval."""
    lines = [
        "The plan's own forecast of its profit, with its 80 % interval.",
        "",
        "| market | category | expected | p10 | p90 | earned | expected / earned | futures inside |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    inside, drawn = 0, 0
    for r in results:
        for name, expected, draws in zip(r.categories, r.expected or (), r.plan_draws or (), strict=False):
            if not any(earned.ordered_units for earned in draws):
                continue
            earned = mean_of(draws).profit_cny
            held = sum(expected.holds(draw.profit_cny) for draw in draws)
            inside, drawn = inside + held, drawn + len(draws)
            ratio = f"{expected.profit_cny / earned:.2f}" if earned > 0 else "–"
            lines.append(
                f"| {r.family} {r.seed} | {name} | {expected.profit_cny:,.0f} | {expected.low_cny:,.0f} "
                f"| {expected.high_cny:,.0f} | {earned:,.0f} | {ratio} | {held} of {len(draws)} |"
            )
    if not drawn:
        return ["Nothing was sold that a profit was expected of."]
    known = [r for r in results if r.expected is not None and r.plan is not None]
    expects = sum(prediction.profit_cny for r in known for prediction in r.expected or ())
    earns = sum(total(r.plan or ()).profit_cny for r in known)
    lines += ["", f"Inside p10 to p90: {inside} of {drawn} futures ({100 * inside / drawn:.0f} %)."]
    if earns > 0:
        lines[-1] += f" Expected over earned, all plans together: {expects / earns:.2f}."
    return lines


def _ratio(earnings: Sequence[Earnings], best: Sequence[Earnings]) -> float | None:
    most = total(best).profit_cny
    return total(earnings).profit_cny / most if most > 0 else None


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def _share(share: float | None) -> str:
    return f"{share:.3f}" if share is not None else "–"


def _seconds(result: SeedResult) -> str:
    return (
        f"{result.family} {result.seed}: simulated and written in {result.simulate_seconds:.1f} s, "
        f"planned in {result.plan_seconds:.1f} s, judged in {result.judge_seconds:.1f} s."
    )
