"""
### c2b_nightly: the whole night in one run
Every stage from collect to export, one task each, for the planning day in `as_of`. For a first look,
a demo or a single machine without a scheduler; production uses `c2b_collect` and what follows it.

**Who is hurt when it fails:** whoever started it.

**What to do:** read the failed task's last log line, correct what it names, start the run again with
the same `as_of`: what was right is not done twice.
"""

from __future__ import annotations

from airflow.sdk import Param, chain, dag, task
from c2b_common import DEFAULT_ARGS, run_stage

STAGES = (
    "collect", "clean", "extract", "learn", "signal", "candidates", "gap", "forecast", "configure", "plan", "brief",
    "export",
)  # fmt: skip


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={"as_of": Param(None, type=["null", "string"], format="date", description="planning day")},
    tags=["c2b", "nightly"],
    doc_md=__doc__,
)
def c2b_nightly():
    chain(*[task(task_id=name)(run_stage)(name) for name in STAGES])


c2b_nightly()
