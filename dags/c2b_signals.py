"""
### c2b_signals: from clean logs to gaps
Reads features from queries and products, learns words that surely mean a known value, builds sessions and
daily demand signals, looks for phrases that no taxonomy knows, measures what is wanted and not bought.

**Who is hurt when it fails:** category managers see last night's brief instead of today's.

**What to do:** read the task's last log line, correct what it names (often the taxonomy), clear the
task. Every task can be run again; it replaces its own day only.

Runs when `c2b_collect` has landed a business date, for that date.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, dag, task
from c2b_common import COLLECTED, DEFAULT_ARGS, SIGNALS, run_stage


@dag(
    schedule=PartitionedAssetTimetable(assets=COLLECTED),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["c2b", "signals"],
    doc_md=__doc__,
)
def c2b_signals():
    @task
    def extract():
        return run_stage("extract")

    @task
    def learn():
        return run_stage("learn")

    @task
    def signal():
        return run_stage("signal")

    @task
    def candidates():
        return run_stage("candidates")

    @task(outlets=[SIGNALS])
    def gap():
        return run_stage("gap")

    extract() >> learn() >> signal() >> candidates() >> gap()


c2b_signals()
