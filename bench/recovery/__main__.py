"""Recovery test: what the measurement finds of planted truth.

    python -m bench.recovery --markets 40 --plain 60 --out recovery.md

Simulated markets (files, whole pipeline to mart_gaps): errors of wanted shares; rank of the rising
value that nobody sells, 30 days after its share passed 5 %; false alarms on five decoys. Plain
markets (arrays, other shoppers, truth counted): errors of shares, coverage of the gap's 80 % interval.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.recovery.measures import Decoy, Found, decoys_of, market_of, plain_of
from bench.recovery.report import to_markdown


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recovery", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--markets", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--plain", type=int, default=60)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--searches-per-day", type=int, default=500)
    parser.add_argument("--without-decoys", action="store_true", help="shares and ranks only")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the Markdown table here")
    options = parser.parse_args(arguments)
    seeds = range(options.first_seed, options.first_seed + options.markets)
    size = {"days": options.days, "searches_per_day": options.searches_per_day}
    markets: list[Found] = []
    decoys: list[Decoy] = []
    with ProcessPoolExecutor(options.processes) as pool:
        struck = () if options.without_decoys else seeds
        jobs = [pool.submit(market_of, seed, **size) for seed in seeds]
        decoy_jobs = [pool.submit(decoys_of, seed, **size) for seed in struck]
        for number, job in enumerate(jobs, start=1):
            markets.append(job.result())
            print(f"market {number} of {len(jobs)}: {markets[-1].summary()}", file=sys.stderr, flush=True)
        for decoy in decoy_jobs:
            decoys += decoy.result()
        plain = list(pool.map(plain_of, range(options.first_seed, options.first_seed + options.plain)))
    table = to_markdown(markets, decoys, plain)
    print(table)
    if options.out is not None:
        options.out.write_text(table, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
