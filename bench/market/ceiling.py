"""What the oracle would earn if it did not know what values are worth beyond their cost.

    python -m bench.market.ceiling --seeds 110 103 111 102 112 108

Every value of a simulated market pleases everybody a little more or less than its cost takes away, by luck
(``market_tastes.APPEAL_SD``), and logs tell it only through the sales of a dozen or two products that differ in
much else. This planner knows everything else: wants, importance, prices' effect, traffic and every product on sale.
It takes each value for worth what its cost takes away (``--error`` not given), or for the best guess from an estimate
with that standard error. Both plans are valued in expectation, so shares are of the oracle's expected profit.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import numpy as np

from bench.market.expected import crowd_of
from bench.market.oracle import PLANNING_DRAWS, Search
from bench.market.selling import PLANNING, Terms, draw_future
from bench.market_test import market_spec
from pipelines.samples.market_history import Market, run_history
from pipelines.samples.market_model import Category
from pipelines.samples.market_tastes import APPEAL_SD, usual_appeal
from pipelines.samples.market_world import build_world

DAYS = 540


def guessed(category: Category, error: float | None, rng: np.random.Generator) -> Category:
    """The category with what its values are worth as guessed from an estimate with a standard error, or from cost."""
    appeal = []
    for text, truth in zip(category.text.attributes, category.appeal, strict=True):
        usual = usual_appeal(text)
        trust = 0.0 if error is None else APPEAL_SD**2 / (APPEAL_SD**2 + error**2)
        luck = rng.normal(0.0, error or 0.0, len(usual))
        luck[-1] = 0.0  # a value that is not stated
        appeal.append(usual + trust * (truth - usual + luck))
    return replace(category, appeal=tuple(appeal))


def earned(market: Market, index: int, *, terms: Terms, error: float | None, seed: int) -> tuple[float, float]:
    """Expected profit in CNY of the oracle's best plan of one category, and of the planner's who has to guess."""
    futures = [draw_future(market, index, terms=terms, purpose=PLANNING, draw=draw) for draw in range(PLANNING_DRAWS)]
    truth = Search(crowd_of(market.world, futures), terms)
    tops = truth.run()
    best = truth.units_and_profit(tops[0]) if tops else None
    category = guessed(truth.category, error, np.random.default_rng([seed, index]))
    # what is on sale draws shoppers as it does in truth: crowds carry that as a number
    search = Search(replace(truth.crowd, category=category), terms)
    tops = search.run()
    found = search.units_and_profit(tops[0]) if tops else None
    mine = truth.profit_of(tops[0], found[0]) if found is not None else 0.0
    return best[1] if best is not None else 0.0, mine


def main(arguments: list[str] | None = None) -> int:
    """Print a row per market and the mean share."""
    parser = argparse.ArgumentParser(prog="ceiling", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, nargs="+", default=[110, 103, 111, 102, 112, 108])
    parser.add_argument("--error", type=float, help="standard error of what values are worth")
    options = parser.parse_args(arguments)
    terms, shares = Terms(), []
    for seed in options.seeds:
        market = run_history(build_world(market_spec(seed, days=DAYS, scale="full")))
        pairs = [
            earned(market, index, terms=terms, error=options.error, seed=seed) for index in range(len(market.histories))
        ]
        shares.append(sum(mine for _, mine in pairs) / sum(best for best, _ in pairs))
        cells = " · ".join(f"{mine / best:.2f}" if best > 0 else "" for best, mine in pairs)
        print(f"| {seed} | {sum(best for best, _ in pairs):,.0f} | {shares[-1]:.2f} | {cells} |", flush=True)
    print(f"mean share {np.mean(shares):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
