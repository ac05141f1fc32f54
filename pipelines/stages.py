"""The stages in order, and running them with a progress bar or log lines."""

from __future__ import annotations

import datetime as dt
import fcntl
import importlib
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from pipelines.errors import ConfigurationError
from pipelines.lake import Lake
from pipelines.settings import Settings, load_settings
from pipelines.steps import StepResult

# stage → module with run(lake, as_of, settings); modules load when their stage runs
STAGES: dict[str, str] = {
    "collect": "pipelines.collect",
    "clean": "pipelines.clean",
    "extract": "pipelines.extract",
    "learn": "pipelines.learn",
    "signal": "pipelines.signal",
    "candidates": "pipelines.candidates",
    "gap": "pipelines.gap",
    "forecast": "pipelines.forecast",
    "configure": "pipelines.configure",
    "plan": "pipelines.plan",
    "brief": "pipelines.brief.stage",
    "export": "pipelines.export",
}
NIGHTLY = tuple(STAGES)
_log = logging.getLogger("c2b")


def run_stage(name: str, *, config: Path, as_of: dt.date) -> StepResult:
    """Run one stage; what CLI and DAG tasks call."""
    settings = load_settings(config)
    return _timed(name, Lake(settings.lake_folder), as_of, settings)


def run_stages(names: tuple[str, ...], *, config: Path, as_of: dt.date) -> list[StepResult]:
    """Run stages one after the other; the first error stops the run."""
    settings = load_settings(config)
    lake = Lake(settings.lake_folder)
    results = []
    with _progress(len(names)) as advance:
        for name in names:
            advance(name)
            results.append(_timed(name, lake, as_of, settings))
    return results


def _timed(name: str, lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    if name not in STAGES:
        raise ConfigurationError(f"{name!r} is not a stage.", remedy=f"one of {', '.join(STAGES)}.")
    start = time.perf_counter()
    run = importlib.import_module(STAGES[name]).run  # loads its libraries, which the limit can see only then
    # the matrices are small: threads for each product cost several times what they save
    with _alone(lake, name), threadpool_limits(limits=1, user_api="blas"):
        result: StepResult = run(lake, as_of, settings)
    seconds = time.perf_counter() - start
    tables = ", ".join(f"{table} {rows}" for table, rows in result.rows_by_table.items())
    _log.info("%s %s: %.1f s; rows written: %s", as_of, name, seconds, tables or "none")
    for finding in result.findings:
        _log.warning("%s %s: %s", as_of, name, finding)
    _record(lake, as_of, result, seconds)
    return result


@contextmanager
def _alone(lake: Lake, name: str) -> Iterator[None]:
    """Wait until no other process runs the stage on this lake; the system frees the lock of a dead process."""
    folder = lake.root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _record(lake: Lake, as_of: dt.date, result: StepResult, seconds: float) -> None:
    """Keep the result and the table versions with the run, for tracing and as-of reruns."""
    folder = lake.root / "runs" / as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    versions = {table: lake.version(table) for table in result.rows_by_table if lake.version(table) >= 0}
    content = result.summary() | {"seconds": round(seconds, 3), "versions": versions}
    (folder / f"{result.stage}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal; elsewhere nothing, the log has one line per stage."""
    if not sys.stderr.isatty():
        yield lambda _name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("start", total=total)
        first = True

        def advance(name: str) -> None:
            nonlocal first
            bar.update(task, description=name, advance=0 if first else 1)
            first = False

        yield advance
        bar.update(task, description="done", advance=1)
