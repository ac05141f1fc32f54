"""
### c2b_collect: land last night's logs
Lands search events, order lines, products, stock, manufacturers, pre-orders and taxonomy in the
lake, then leaves crawlers and brushed orders out.

**Who is hurt when it fails:** nobody gets a brief or a plan for this night; older ones stand.

**What to do:** read the task's last log line: it names file, row, field and remedy. Correct the
file, then clear the task. Landing again changes nothing that was right.

A partition is one business date. Back-fill: see README, "Schedule it".
"""

from __future__ import annotations

from airflow.sdk import CronPartitionTimetable, dag, task
from c2b_common import COLLECTED, DEFAULT_ARGS, KEY_FORMAT, TIMEZONE, run_stage


@dag(
    schedule=CronPartitionTimetable("30 1 * * *", timezone=TIMEZONE, run_offset=-1, key_format=KEY_FORMAT),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["c2b", "collect"],
    doc_md=__doc__,
)
def c2b_collect():
    @task
    def collect():
        return run_stage("collect")

    @task(outlets=[COLLECTED])
    def clean():
        return run_stage("clean")

    collect() >> clean()


c2b_collect()
