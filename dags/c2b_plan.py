"""
### c2b_plan: from signals to batch specs and briefs
Forecasts wanted units, estimates demand for combinations, chooses specs and quantities, writes the
briefs, and exports what people have approved.

**Who is hurt when it fails:** category managers have no new plan to approve; factories get nothing new.
Nothing is ever sent twice: the ledger knows what went out.

**What to do:** read the task's last log line, correct what it names (often a manufacturer's terms),
clear the task.

Runs when `c2b_signals` has finished a business date, for that date.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, task
from c2b_common import DEFAULT_ARGS, PLANS, SIGNALS, run_stage


@dag(
    schedule=PartitionedAssetTimetable(assets=SIGNALS),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["c2b", "plan"],
    doc_md=__doc__,
)
def c2b_plan():
    @task
    def forecast():
        return run_stage("forecast")

    @task
    def configure():
        return run_stage("configure")

    @task
    def plan():
        return run_stage("plan")

    @task(outlets=[PLANS])
    def brief():
        return run_stage("brief")

    @task
    def export():
        return run_stage("export")

    forecast() >> configure() >> plan() >> brief() >> export()


c2b_plan()
