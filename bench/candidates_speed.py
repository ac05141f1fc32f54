"""How long the candidates stage takes on many distinct queries, and how much memory.

    python -m bench.candidates_speed --texts 1000000

Texts are words of made-up vocabularies per category (Zipf), 1.5 searches for each text, 200 categories.
Seconds of the processor are given too, because they do not depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines import candidates
from pipelines.lake import Lake, schema_of
from pipelines.settings import FileSource, Settings

DAY = dt.date(2026, 3, 30)
CATEGORIES, WORDS, SEARCHES_PER_TEXT = 200, 3_000, 1.5


def texts(n: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """``n`` distinct texts of three to five words, and their categories."""
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 4_000)]
    words = ["".join(rng.choice(characters, rng.integers(1, 4))) for _ in range(WORDS)]
    weight = 1 / np.arange(10, WORDS + 10)
    orders = [rng.permutation(WORDS) for _ in range(CATEGORIES)]
    found: dict[str, str] = {}
    while len(found) < n:
        picks = rng.choice(WORDS, (n // 4, 5), p=weight / weight.sum())
        for row, length, category in zip(
            picks, rng.integers(3, 6, len(picks)), rng.integers(0, CATEGORIES, len(picks)), strict=True
        ):
            found.setdefault(" ".join(words[orders[category][i]] for i in row[:length]), f"c{category}")
    return list(found)[:n], list(found.values())[:n]


def fill(lake: Lake, n: int, rng: np.random.Generator) -> None:
    """Publish searches of ``n`` distinct texts as the stages before would."""
    queries, categories = texts(n, rng)
    rows = int(SEARCHES_PER_TEXT * n)
    picks = np.concatenate([np.arange(n), rng.integers(0, n, rows - n)])
    columns = {
        "event_id": pa.array([f"e{i}" for i in range(rows)]),
        "query": pa.array(queries).take(pa.array(picks)),
        "category_id": pa.array(categories).take(pa.array(picks)),
        "actor": pa.array([f"a{i}" for i in rng.integers(0, rows // 2, rows)]),
        "result_count": pa.array(rng.integers(0, 5, rows)),
        "verdict": pa.array(["human"] * rows),
        "business_date": pa.array(
            [DAY - dt.timedelta(days=int(ago)) for ago in rng.integers(1, 84, rows)], pa.date32()
        ),
    }
    for table in ("stg_searches", "int_searches"):
        schema = schema_of(table)
        arrays = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
        lake.publish(table, pa.Table.from_arrays(arrays, schema=schema))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        lake = Lake(Path(scratch))
        fill(lake, options.texts, np.random.default_rng(1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, processor = time.perf_counter(), time.process_time()
        result = candidates.run(lake, DAY, Settings(sources={"order_lines": FileSource(path="none")}))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("| distinct texts | seconds | of the processor | peak memory, MB | of it before | candidates |")
    print("|--:|--:|--:|--:|--:|--:|")
    peak, held = after / 1024, before / 1024
    print(f"| {options.texts:,} | {wall:.0f} | {processor:.0f} | {peak:.0f} | {held:.0f} | {result.rows:,} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
