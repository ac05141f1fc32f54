"""Running the planner under test: a callable ``plan(folder, as_of) -> path of batch_specs.csv``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bench.market.selling import Terms

Planner = Callable[[Path, date], Path]

CONFIG = """\
lake: ./lake
ledger: sqlite:///ledger.db
output: ./out
timezone: Asia/Shanghai
languages: {languages}
sources:
{search_source}  order_lines:   {{kind: files, path: "./logs/order_lines/*.jsonl.gz"}}
  products:      {{kind: files, path: ./products.jsonl}}
  stock_levels:  {{kind: files, path: ./stock_levels.csv}}
  manufacturers: {{kind: files, path: ./manufacturers.jsonl}}
  taxonomy:      {{kind: files, path: ./taxonomy.json}}
planning:
  sell_days: {sell_days}
  salvage_rate: {salvage_rate}
  max_specs_per_category: {max_specs}
  min_probability_of_profit: 0.6
  commit_without_preorder: true
"""
SEARCH_SOURCE = '  search_events: {kind: files, path: "./logs/search_events/*.jsonl.gz"}\n'


class PlannerFailed(RuntimeError):
    """The planner under test stopped or left no plan."""


def write_config(folder: Path, *, terms: Terms, has_searches: bool = True, languages: str = "[zh, en]") -> Path:
    """Write the ``c2b.yaml`` of a market folder."""
    path = folder / "c2b.yaml"
    path.write_text(
        CONFIG.format(
            search_source=SEARCH_SOURCE if has_searches else "",
            languages=languages,
            sell_days=terms.sell_days,
            salvage_rate=terms.salvage_rate,
            max_specs=terms.max_specs,
        ),
        encoding="utf-8",
    )
    return path


def run_c2b(folder: Path, as_of: date) -> Path:
    """The default planner: ``c2b run`` from the environment of this interpreter or the path."""
    beside = Path(sys.executable).with_name("c2b")
    program = str(beside) if beside.exists() else shutil.which("c2b")
    if program is None:
        raise PlannerFailed("no c2b command found; install the project in this environment or give --plan-csv")
    command = [program, "run", "--config", str(folder / "c2b.yaml"), "--as-of", as_of.isoformat()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    plan = folder / "out" / "plans" / as_of.isoformat() / "batch_specs.csv"
    if done.returncode != 0:
        raise PlannerFailed(f"c2b run ended with code {done.returncode}:\n{done.stderr[-2000:]}")
    if not plan.exists():
        raise PlannerFailed(f"c2b run ended well but wrote no {plan.relative_to(folder)}")
    return plan
