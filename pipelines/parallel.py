"""The same work on many items, a process per core, results in the order of the items."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Workers:
    """Processes for several rounds of work: starting them costs seconds. None: the work is done in place."""

    pool: ProcessPoolExecutor | None

    def each(self, function: Callable[[Item], Result], items: Sequence[Item], *, description: str) -> Iterator[Result]:
        """``function`` of each of ``items``; with a progress bar where somebody looks.

        ``function`` and items are sent to other processes, so they must be importable and picklable. Linear algebra
        runs on one thread, so results are the same bytes however many cores there are.
        """
        work = partial(_on_one_thread, function)
        return _shown((self.pool.map if self.pool else map)(work, items), len(items), description)


@contextmanager
def workers(most: int) -> Iterator[Workers]:
    """A process per core, of which rounds of at most ``most`` items can make use."""
    cores = min(most, os.cpu_count() or 1)
    if cores < 2 or multiprocessing.current_process().daemon:  # a daemon may have no children
        yield Workers(None)
        return
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Workers(pool)


def each(function: Callable[[Item], Result], items: Sequence[Item], *, description: str) -> Iterator[Result]:
    """One round of work by processes of its own, see Workers.each."""
    with workers(len(items)) as crew:
        yield from crew.each(function, items, description=description)


def _on_one_thread(function: Callable[[Item], Result], item: Item) -> Result:
    with threadpool_limits(limits=1):
        return function(item)


def _shown(results: Iterator[Result], total: int, description: str) -> Iterator[Result]:
    if not sys.stderr.isatty():
        return results
    from rich.console import Console
    from rich.progress import track

    return iter(track(results, description=description, total=total, console=Console(stderr=True)))
