"""The end-to-end measure: plan from a simulated market's logs, sell to its future shoppers.

    python -m bench.market_test --seeds 1 2 3 --days 540 --out market_test.md

For every seed a market is simulated, the planner under test sees only its logs, and its plan
is sold to the market's later shoppers. Beside it stand a planner with full information (the
oracle) and a copy of the best sellers. The score is the plan's share of the oracle's profit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.market.baselines import best_seller_copies
from bench.market.oracle import oracle_specs
from bench.market.plan import Plan, read_plan
from bench.market.planner import Planner, PlannerFailed, run_c2b, write_config
from bench.market.report import SeedResult, mean_share, to_markdown, total
from bench.market.selling import SCORING, Terms, draw_future, score_plan
from pipelines.samples.market import write_history
from pipelines.samples.market_history import Market, run_history
from pipelines.samples.market_model import MarketSpec
from pipelines.samples.market_world import build_world

SEARCHES_PER_DAY = 260_000 / 540
ORDER_ROWS_PER_DAY = 110_000 / 540
SMALL_DAYS = 150
SCORING_DRAWS = 8


def market_spec(seed: int, *, days: int, scale: str) -> MarketSpec:
    """The market of one seed; the small scale has two categories and a short history."""
    days = min(days, SMALL_DAYS) if scale == "small" else days
    return MarketSpec(
        seed,
        n_days=days,
        n_categories=2 if scale == "small" else 3,
        searches=round(SEARCHES_PER_DAY * days),
        order_rows=round(ORDER_ROWS_PER_DAY * days),
    )


def judge(
    market: Market, plan: Plan | None, *, terms: Terms, draws: int = SCORING_DRAWS
) -> tuple[tuple, tuple | None, tuple]:
    """Earnings by category of the oracle, of ``plan`` and of the copies, on the same futures."""
    futures = [
        [draw_future(market, index, terms=terms, purpose=SCORING, draw=draw) for draw in range(draws)]
        for index in range(len(market.histories))
    ]
    oracle = score_plan(market, oracle_specs(market, terms=terms), terms=terms, futures=futures)
    copies = score_plan(market, best_seller_copies(market, terms=terms), terms=terms, futures=futures)
    if plan is None:
        return oracle, None, copies
    return oracle, score_plan(market, plan.specs, terms=terms, futures=futures), copies


def run_seed(
    spec: MarketSpec,
    *,
    terms: Terms,
    planner: Planner | None,
    plan_csv: Path | None = None,
    draws: int = SCORING_DRAWS,
    keep: Path | None = None,
) -> SeedResult:
    """One market: simulate, plan (by ``planner`` or from ``plan_csv``), judge.

    The truth is written to a folder of its own that the planner's folder does not contain.
    """
    started = time.perf_counter()
    market = run_history(build_world(spec))
    plan, simulated, planned = None, time.perf_counter(), time.perf_counter()
    if plan_csv is not None:
        plan = read_plan(plan_csv, world=market.world)
    elif planner is not None:
        with tempfile.TemporaryDirectory(prefix="market-") as scratch:
            root = keep / f"market-{spec.seed}" if keep is not None else Path(scratch)
            folder = root / "input"
            write_history(folder, market=market, truth_folder=Path(scratch) / "truth")
            write_config(folder, terms=terms)
            simulated = time.perf_counter()
            plan = read_plan(planner(folder, spec.as_of), world=market.world)
            planned = time.perf_counter()
    oracle, sold, copies = judge(market, plan, terms=terms, draws=draws)
    return SeedResult(
        spec.seed,
        tuple(c.text.category_id for c in market.world.categories),
        oracle,
        sold,
        copies,
        plan.violations if plan is not None else (),
        simulated - started,
        planned - simulated if planned > simulated else 0.0,
        time.perf_counter() - planned,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the test from the command line; 0 when it ran, 1 when the planner failed."""
    options = _parser().parse_args(arguments)
    terms = Terms(sell_days=options.sell_days, salvage_rate=options.salvage_rate)
    planner = None if options.without_plan else run_c2b
    results = []
    for seed in options.seeds:
        spec = market_spec(seed, days=options.days, scale=options.scale)
        try:
            result = run_seed(
                spec,
                terms=terms,
                planner=planner,
                plan_csv=options.plan_csv,
                draws=options.draws,
                keep=options.keep,
            )
        except PlannerFailed as failure:
            print(f"market {seed}: {failure}", file=sys.stderr)
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
    return (
        f"market {result.seed}: oracle {total(result.oracle).profit_cny:,.0f}, plan {plan}, "
        f"copy of best sellers {total(result.copies).profit_cny:,.0f} CNY, "
        f"{len(result.violations)} violation(s)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="market_test", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="markets to simulate")
    parser.add_argument("--days", type=int, default=540, help="days of history")
    parser.add_argument(
        "--scale",
        choices=("full", "small"),
        default="full",
        help=f"small: two categories and at most {SMALL_DAYS} days",
    )
    parser.add_argument("--plan-csv", type=Path, help="score this plan instead of running c2b")
    parser.add_argument("--without-plan", action="store_true", help="only the oracle and the best sellers")
    parser.add_argument("--sell-days", type=int, default=60, help="days on sale after arrival")
    parser.add_argument("--salvage-rate", type=float, default=0.35, help="leftovers, of unit cost")
    parser.add_argument("--draws", type=int, default=SCORING_DRAWS, help="futures sold to")
    parser.add_argument("--keep", type=Path, help="keep the planner's folders here")
    parser.add_argument("--out", type=Path, help="write the Markdown report here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
