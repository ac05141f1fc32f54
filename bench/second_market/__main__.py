"""Run the pipeline on second markets and write what its plans earn: `python -m bench.second_market --help`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench.second_market.history import simulate
from bench.second_market.logs import write
from bench.second_market.report import render
from bench.second_market.scenario import FAMILIES, Scenario, make_scenario
from bench.second_market.score import Score, score_category
from bench.second_market.terms import read_plan
from bench.second_market.world import make_market


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.second_market", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="one market each")
    parser.add_argument("--family", choices=FAMILIES, nargs="+", default=["base"], help="kinds of market")
    parser.add_argument(
        "--out", type=Path, required=True, help="Markdown file to write; a .json of the same name beside it"
    )
    parser.add_argument(
        "--work", type=Path, help="folder to keep logs and runs in; a plan that is there is not made again"
    )
    parser.add_argument("--futures", type=int, default=6, help="futures that each plan is sold to")
    parser.add_argument("--no-rough", action="store_true", help="leave out the rough planner")
    return parser.parse_args()


def run_pipeline(scenario: Scenario, folder: Path) -> float:
    """Run the pipeline in a process of its own; returns seconds. Its output goes to run.log."""
    begin = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "run",
        "--config",
        str(folder / "c2b.yaml"),
        "--as-of",
        str(scenario.as_of),
    ]
    with (folder / "run.log").open("w", encoding="utf-8") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        print(f"pipeline ended with {done.returncode}; see {folder / 'run.log'}", file=sys.stderr)
    return time.monotonic() - begin


def market(seed: int, family: str, work: Path, futures: int, with_rough: bool) -> tuple[Scenario, list[Score], float]:
    """Simulate, write logs, plan and score one market."""
    scenario = make_scenario(seed, family)
    folder = work / f"{family}-{seed}"
    histories = [simulate(shop) for shop in make_market(scenario)]
    plan, seconds = folder / "out" / "plans" / str(scenario.as_of) / "batch_specs.csv", 0.0
    if not plan.exists():
        write(scenario, histories, folder)
        seconds = run_pipeline(scenario, folder)
    scores = []
    for history in histories:
        planned, faults = read_plan(plan, history.shop) if plan.exists() else ([], ["no plan was written"])
        score = score_category(history, planned, futures, with_rough)
        score.violations += faults
        scores.append(score)
    return scenario, scores, seconds


def main() -> None:
    """Score every seed of every family and rewrite the report after each."""
    args = arguments()
    work = args.work or Path(tempfile.mkdtemp(prefix="second_market_"))
    done: list[tuple[Scenario, list[Score], float]] = []
    for family in args.family:
        for seed in args.seeds:
            done.append(market(seed, family, work, args.futures, not args.no_rough))
            args.out.write_text(render(done), "utf-8")
            plain = [{"market": asdict(s), "seconds": t, "categories": [asdict(c) for c in cs]} for s, cs, t in done]
            args.out.with_suffix(".json").write_text(json.dumps(plain, default=str, indent=1), "utf-8")
            scenario, scores, _ = done[-1]
            for c in scores:
                share = c.built / c.oracle if c.oracle else float("nan")
                print(
                    f"{scenario.family}-{scenario.seed} {c.category_id}: share {share:.2f} (oracle {c.oracle:.0f})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
