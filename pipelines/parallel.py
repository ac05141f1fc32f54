"""The same work on many items, a process per core, results in the order of the items."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(function: Callable[[Item], Result], items: Sequence[Item], *, description: str) -> Iterator[Result]:
    """``function`` of each of ``items``; with a progress bar where somebody looks.

    ``function`` and items are sent to other processes, so they must be importable and picklable. Linear algebra runs
    on one thread, so results are the same bytes however many cores there are.
    """
    work = partial(_on_one_thread, function)
    cores = min(len(items), os.cpu_count() or 1)
    if cores < 2 or multiprocessing.current_process().daemon:  # a daemon may have no children
        yield from _shown(map(work, items), len(items), description)
        return
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from _shown(pool.map(work, items), len(items), description)


def _on_one_thread(function: Callable[[Item], Result], item: Item) -> Result:
    with threadpool_limits(limits=1):
        return function(item)


def _shown(results: Iterator[Result], total: int, description: str) -> Iterator[Result]:
    if not sys.stderr.isatty():
        return results
    from rich.console import Console
    from rich.progress import track

    return iter(track(results, description=description, total=total, console=Console(stderr=True)))
