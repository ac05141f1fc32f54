"""Logs of one simulated market, for the data set `market`.

python -m bench.forecasting.markets --seed 31 --out FOLDER
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.market_test import market_spec
from pipelines.samples.market import write_history
from pipelines.samples.market_history import run_history
from pipelines.samples.market_world import build_world


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    market = run_history(build_world(market_spec(options.seed, days=540, scale="full")))
    with tempfile.TemporaryDirectory() as scratch:
        write_history(options.out / "markets" / str(options.seed), market=market, truth_folder=Path(scratch))


if __name__ == "__main__":
    main()
