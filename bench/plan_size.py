"""How long many categories take to plan: 200 categories × 500 configurations × 20 manufacturers.

    python -m bench.plan_size --config demo/c2b.yaml --as-of 2026-06-25

Takes the categories of a finished run again and again under other names, each with its logs of
searches and orders, with configurations filled up from what can be combined and with manufacturers
whose terms vary around the real ones; plans them on all cores and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.text.matcher import Matcher
from pipelines import manufacturers, plan
from pipelines.extract import load_taxonomy
from pipelines.lake import Lake
from pipelines.manufacturers import Manufacturer
from pipelines.plan import Task
from pipelines.settings import load_settings
from pipelines.specs import features_text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="plan_size", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--config", type=Path, required=True, help="of a lake with a finished run")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--categories", type=int, default=200)
    parser.add_argument("--configurations", type=int, default=500)
    parser.add_argument("--manufacturers", type=int, default=20)
    parser.add_argument("--out", type=Path, help="write the Markdown table here")
    options = parser.parse_args(arguments)
    settings = load_settings(options.config)
    lake = Lake(settings.lake_folder)
    rng = np.random.default_rng(1)
    makers = {
        name: list(itertools.islice(_varied(known, rng), options.manufacturers))
        for name, known in manufacturers.load(lake, Matcher(load_taxonomy(lake))).items()
    }
    wanted = plan.Wanted.published(lake, options.as_of)
    known = plan.tasks_of(lake, options.as_of, settings, makers, wanted, [])
    known = [_filled(task, options.configurations, rng) for task in known]
    tasks = [_renamed(task, number) for number, task in zip(range(options.categories), itertools.cycle(known))]
    start = time.perf_counter()
    planned = list(plan.each_planned(tasks))
    seconds = time.perf_counter() - start
    with_specs = sum(any(int(str(row["quantity"])) for row in one.rows) for one in planned if one is not None)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    sizes = ", ".join(f"{len(task.history.sessions):,}" for task in known)
    table = "\n".join(
        [
            "| what | value |",
            "|---|--:|",
            f"| categories, configurations, manufacturers | {len(tasks)}, {options.configurations}, "
            f"{options.manufacturers} |",
            f"| shopper-days of a category | {sizes} |",
            f"| cores | {os.cpu_count()} |",
            f"| categories planned with specs to make | {with_specs} |",
            f"| seconds | {seconds:.0f} |",
            f"| peak memory of the largest process, MB | {peak:.0f} |",
        ]
    )
    print(table)
    if options.out:
        options.out.write_text(table + "\n", encoding="utf-8")
    return 0


def _varied(known: list[Manufacturer], rng: np.random.Generator) -> Iterator[Manufacturer]:
    """The known ones, then others with costs and minimums within a fifth of theirs."""
    yield from known
    for number in itertools.count():
        maker = known[number % len(known)]
        cost, least = rng.uniform(0.8, 1.2, 2)
        yield replace(
            maker,
            manufacturer_id=f"{maker.manufacturer_id}-{number}",
            base_unit_cost=maker.base_unit_cost * cost,
            min_order_units=int(maker.min_order_units * least),
            setup_cost=maker.setup_cost * rng.uniform(0.8, 1.2),
        )


def _filled(task: Task, count: int, rng: np.random.Generator) -> Task:
    """The task with ``count`` configurations, further ones drawn from all combinations that are not there."""
    history = task.history
    rows = list(task.configurations)
    there = {str(row["features"]) for row in rows}
    sold = {tuple(row) for row in history.products.features.tolist()}
    every = list(itertools.product(*(range(len(values)) for values in history.values)))
    for index in rng.permutation(len(every)):
        if len(rows) >= count:
            break
        values = zip(history.attributes, history.values, every[index], strict=True)
        text = features_text({name: names[v] for name, names, v in values})
        if text not in there and every[index] not in sold:
            rows.append({"category_id": history.category_id, "features": text, "products": 0})
    return replace(task, configurations=rows[:count])


def _renamed(task: Task, number: int) -> Task:
    name = f"{task.history.category_id}-{number}"
    return replace(task, history=replace(task.history, category_id=name))


if __name__ == "__main__":
    sys.exit(main())
