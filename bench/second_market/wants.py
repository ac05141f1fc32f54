"""Whether wanted shares and their intervals hold on second markets.

`python -m bench.second_market.wants --seeds 71 72 73` runs collect to gap on each market and compares the wanted share
of every value in `mart_gaps` with the mean share of shoppers whose ideal it was on the days of the window.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import softmax

from bench.second_market.history import simulate
from bench.second_market.logs import write
from bench.second_market.scenario import FAMILIES, Scenario, make_scenario
from bench.second_market.world import Shop, make_market
from pipelines.lake import Lake
from pipelines.publish import read_mart
from pipelines.stages import run_stages

STAGES = ("collect", "clean", "extract", "learn", "signal", "gap")
MANY_INTENTS = 500
NEAR = 0.02  # two points


@dataclass(frozen=True)
class Measured:
    """One value of one market: shares of shoppers in truth and as measured, with the 80 % interval."""

    market: str
    category_id: str
    feature: str
    intents: int
    truth: float
    share: float
    low: float
    high: float

    @property
    def error(self) -> float:
        return self.share - self.truth

    @property
    def is_inside(self) -> bool:
        return self.low <= self.truth <= self.high


def true_shares(shop: Shop, first_day: int, end_day: int) -> dict[tuple[str, str], float]:
    """Attribute and value → mean share of shoppers whose ideal it is; segments are equally large."""
    by_day = [softmax(shop.logits(day), axis=2).mean(axis=0) for day in range(first_day, end_day)]
    share = np.mean(by_day, axis=0)
    return {
        (attribute.name, value.name): float(share[a, v])
        for a, attribute in enumerate(shop.category.attributes)
        for v, value in enumerate(attribute.values)
    }


def measure(scenario: Scenario, work: Path) -> list[Measured]:
    """Simulate a market, run it to its gaps and compare."""
    market, shops = f"{scenario.family}-{scenario.seed}", make_market(scenario)
    folder = work / market
    if not (folder / "c2b.yaml").exists():
        write(scenario, [simulate(shop) for shop in shops], folder)
    run_stages(STAGES, config=folder / "c2b.yaml", as_of=scenario.as_of)
    rows = read_mart(Lake(folder / "lake"), "mart_gaps", scenario.as_of)
    truth = {}
    for shop in shops:
        window = int(rows[0]["window_days"])
        shares = true_shares(shop, scenario.history_days - window, scenario.history_days)
        truth |= {(shop.category.category_id, *feature): share for feature, share in shares.items()}
    found = []
    for row in rows:
        share = truth.get((row["category_id"], row["attribute"], row["value"]))
        if share is not None and not row["suppressed"]:
            interval = [float(row[name]) for name in ("wanted_share", "wanted_share_p10", "wanted_share_p90")]
            feature = f"{row['attribute']}={row['value']}"
            found.append(Measured(market, row["category_id"], feature, int(row["intents"]), share, *interval))
    return found


def report(found: list[Measured]) -> str:
    """A Markdown table, all values and those of many intents."""
    lines = [
        "| values | of | within 2 points | root mean square error, points | in the 80 % interval | below | above |",
        "|---|" + "--:|" * 6,
    ]
    many = [one for one in found if one.intents >= MANY_INTENTS]
    for name, group in (("all", found), (f"{MANY_INTENTS} intents or more", many)):
        if not group:
            continue
        error = np.array([one.error for one in group])
        inside = np.mean([one.is_inside for one in group])
        below = np.mean([one.truth < one.low for one in group])
        above = np.mean([one.truth > one.high for one in group])
        lines.append(
            f"| {name} | {len(group)} | {np.mean(np.abs(error) <= NEAR):.1%} | {100 * np.sqrt(np.mean(error**2)):.1f} "
            f"| {inside:.1%} | {below:.1%} | {above:.1%} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Print the table after each market."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[71, 72, 73], help="one market each")
    parser.add_argument("--family", choices=FAMILIES, nargs="+", default=["base"], help="kinds of market")
    parser.add_argument("--work", type=Path, help="folder that keeps the markets' files, or has them already")
    options = parser.parse_args()
    logging.getLogger("c2b").setLevel(logging.ERROR)
    work = options.work or Path(tempfile.mkdtemp(prefix="second_market_wants_"))
    found: list[Measured] = []
    for scenario in (make_scenario(seed, family) for family in options.family for seed in options.seeds):
        found += measure(scenario, work)
        print(f"{scenario.family}-{scenario.seed}\n{report(found)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
