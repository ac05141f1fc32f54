"""The end-to-end measure: plan from a simulated market's logs, sell to its future shoppers.

    python -m bench.market_test --seeds 1 2 3 --days 540 --out market_test.md
    python -m bench.market_test --family thin_traffic orders_only --seeds 1 2

For every family and seed a market is simulated, the planner under test sees only its logs, and its plan
is sold to the market's later shoppers. Beside it stand a planner with full information (the
oracle) and planners without a choice model (``bench.market.baselines``). The score is the plan's share of the
oracle's profit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.market.baselines import BASELINES
from bench.market.families import FAMILIES
from bench.market.observed import observe
from bench.market.oracle import oracle_specs
from bench.market.plan import Plan, Spec, read_plan, write_plan
from bench.market.planner import Planner, PlannerFailed, run_c2b, write_config
from bench.market.predicted import Prediction, read_predictions
from bench.market.report import SeedResult, mean_share, to_markdown, total
from bench.market.selling import SCORING, Terms, draw_future, score_plan, sell_plan
from pipelines.samples.market import write_history
from pipelines.samples.market_history import Market, run_history
from pipelines.samples.market_model import MarketSpec
from pipelines.samples.market_world import build_world

SEARCHES_PER_DAY = 260_000 / 540
ORDER_ROWS_PER_DAY = 110_000 / 540
SMALL_DAYS = 150
SCORING_DRAWS = 8


def market_spec(seed: int, *, days: int, scale: str, family: str = "base") -> MarketSpec:
    """The market of one seed; the small scale has two categories and a short history."""
    days = min(days, SMALL_DAYS) if scale == "small" else days
    spec = MarketSpec(
        seed,
        n_days=days,
        n_categories=2 if scale == "small" else 3,
        searches=round(SEARCHES_PER_DAY * days),
        order_rows=round(ORDER_ROWS_PER_DAY * days),
    )
    return FAMILIES[family].of(spec)


def baseline_plans(market: Market, *, terms: Terms) -> dict[str, Plan]:
    """Plan of each baseline, written and read as any plan is."""
    seen, plans = observe(market), {}
    with tempfile.TemporaryDirectory(prefix="baseline-") as scratch:
        for name, baseline in BASELINES.items():
            specs: list[Spec] = [spec for one in seen for spec in baseline(market.world, one, terms)]
            path = Path(scratch) / "batch_specs.csv"
            write_plan(path, tuple(specs), world=market.world)
            plans[name] = read_plan(path, world=market.world)
    return plans


def run_seed(
    spec: MarketSpec,
    *,
    terms: Terms,
    planner: Planner | None,
    plan_csv: Path | None = None,
    draws: int = SCORING_DRAWS,
    keep: Path | None = None,
    family: str = "base",
) -> SeedResult:
    """One market: simulate, plan (by ``planner`` or from ``plan_csv``), judge.

    The truth is written to a folder of its own that the planner's folder does not contain.
    """
    started = time.perf_counter()
    market = run_history(build_world(spec))
    plan, expected = None, None
    simulated = planned = time.perf_counter()
    if plan_csv is not None:
        plan, expected = _read(plan_csv, market)
    elif planner is not None:
        with tempfile.TemporaryDirectory(prefix="market-") as scratch:
            root = keep / f"market-{family}-{spec.seed}" if keep is not None else Path(scratch)
            folder = root / "input"
            write_history(folder, market=market, truth_folder=Path(scratch) / "truth")
            languages = "[en]" if spec.is_english else "[zh, en]"
            write_config(folder, terms=terms, has_searches=spec.platforms_with_searches > 0, languages=languages)
            simulated = time.perf_counter()
            plan, expected = _read(planner(folder, spec.as_of), market)
            planned = time.perf_counter()
    futures = [
        [draw_future(market, index, terms=terms, purpose=SCORING, draw=draw) for draw in range(draws)]
        for index in range(len(market.histories))
    ]
    baselines = baseline_plans(market, terms=terms)
    broken = [f"{name}: {text}" for name, one in baselines.items() for text in one.violations]
    return SeedResult(
        family=family,
        seed=spec.seed,
        categories=tuple(c.text.category_id for c in market.world.categories),
        nothing=score_plan([], terms=terms, futures=futures),
        oracle=score_plan(oracle_specs(market, terms=terms), terms=terms, futures=futures),
        plan_draws=sell_plan(plan.specs, terms=terms, futures=futures) if plan is not None else None,
        expected=expected,
        baselines={name: score_plan(one.specs, terms=terms, futures=futures) for name, one in baselines.items()},
        violations=plan.violations if plan is not None else (),
        baseline_violations=tuple(broken),
        simulate_seconds=simulated - started,
        plan_seconds=planned - simulated if planned > simulated else 0.0,
        judge_seconds=time.perf_counter() - planned,
    )


def _read(path: Path, market: Market) -> tuple[Plan, tuple[Prediction, ...] | None]:
    return read_plan(path, world=market.world), read_predictions(path, world=market.world)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the test from the command line; 0 when it ran, 1 when the planner failed."""
    options = _parser().parse_args(arguments)
    terms = Terms(sell_days=options.sell_days, salvage_rate=options.salvage_rate)
    planner = None if options.without_plan else run_c2b
    results = []
    for family in options.family:
        for seed in options.seeds:
            spec = market_spec(seed, days=options.days, scale=options.scale, family=family)
            try:
                result = run_seed(
                    spec,
                    terms=terms,
                    planner=planner,
                    plan_csv=options.plan_csv,
                    draws=options.draws,
                    keep=options.keep,
                    family=family,
                )
            except PlannerFailed as failure:
                print(f"{family}, market {seed}: {failure}", file=sys.stderr)
                return 1
            results.append(result)
            print(_headline(result), flush=True)
    report = to_markdown(results)
    print(report)
    share = mean_share(results)
    if share is not None:
        print(f"average share of the oracle {share:.3f}")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(report, encoding="utf-8")
    return 0


def _headline(result: SeedResult) -> str:
    plan = f"{total(result.plan).profit_cny:,.0f}" if result.plan is not None else "not run"
    others = ", ".join(f"{name} {total(earned).profit_cny:,.0f}" for name, earned in result.baselines.items())
    return (
        f"{result.family}, market {result.seed}: oracle {total(result.oracle).profit_cny:,.0f}, plan {plan}, "
        f"{others} CNY, {len(result.violations)} violation(s)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="market_test", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="markets to simulate")
    parser.add_argument(
        "--family",
        nargs="+",
        choices=tuple(FAMILIES),
        default=["base"],
        metavar="NAME",
        help="families of markets: "
        + "; ".join(f"{name}: {family.about}" for name, family in FAMILIES.items()).replace("%", "%%"),
    )
    parser.add_argument("--days", type=int, default=540, help="days of history")
    parser.add_argument(
        "--scale",
        choices=("full", "small"),
        default="full",
        help=f"small: two categories and at most {SMALL_DAYS} days",
    )
    parser.add_argument("--plan-csv", type=Path, help="score this plan instead of running c2b")
    parser.add_argument("--without-plan", action="store_true", help="only the oracle and the baselines")
    parser.add_argument("--sell-days", type=int, default=60, help="days on sale after arrival")
    parser.add_argument("--salvage-rate", type=float, default=0.35, help="leftovers, of unit cost")
    parser.add_argument("--draws", type=int, default=SCORING_DRAWS, help="futures sold to")
    parser.add_argument("--keep", type=Path, help="keep the planner's folders here")
    parser.add_argument("--out", type=Path, help="write the Markdown report here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
