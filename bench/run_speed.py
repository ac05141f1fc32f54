"""How long one whole run takes, and how much memory, beside reading the same logs once.

    python -m bench.run_speed --out docs-table.md

Simulates the full sample market (3 categories, 540 days), runs ``c2b run`` on an empty lake in a
process of its own, then again with nothing new, and reads the same log files line by line
with Python's json as the reference of the machine's speed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.market.planner import write_config
from bench.market.selling import Terms
from pipelines.samples.market import write_market
from pipelines.samples.market_model import MarketSpec


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="run_speed", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="write the Markdown table here")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = MarketSpec(options.seed)
        paths = write_market(folder, spec=spec)
        config = write_config(folder, terms=Terms())
        reference = _seconds(lambda: _read_once(folder))
        command = [
            str(Path(sys.executable).with_name("c2b")),
            "run",
            "--config",
            str(config),
            "--as-of",
            str(spec.as_of),
        ]
        first = _seconds(lambda: subprocess.run(command, check=True, capture_output=True))
        again = _seconds(lambda: subprocess.run(command, check=True, capture_output=True))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    table = "\n".join(
        [
            "| what | value |",
            "|---|--:|",
            f"| searches, order rows, days | {paths.searches:,}, {paths.order_rows:,}, {spec.n_days} |",
            f"| cores | {os.cpu_count()} |",
            f"| first run, seconds | {first:.1f} |",
            f"| first run, times reading the logs once with json | {first / reference:.0f} |",
            f"| run with nothing new, seconds | {again:.1f} |",
            f"| peak memory, MB | {peak:.0f} |",
            "",
        ]
    )
    print(table)
    if options.out is not None:
        options.out.write_text(table, encoding="utf-8")
    return 0


def _read_once(folder: Path) -> None:
    for path in sorted((folder / "logs").rglob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                json.loads(line)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
