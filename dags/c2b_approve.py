"""
### c2b_approve: a person approves a plan in Airflow
Waits for a category manager's answer (Airflow's human-in-the-loop page), records it in the ledger with
name and reason, and exports the batch orders. Names need real logins (not SIMPLE_AUTH_MANAGER_ALL_ADMINS).

**Who is hurt when it fails:** factories wait for their orders.

**What to do:** read the task's last log line; the same decision can be made with `c2b approve` and
`c2b export`. Without an answer in three days, or with Reject, the ledger stays as it is.

Start it by hand with the planning day in `as_of`, after reading the brief.
"""

from __future__ import annotations

import datetime as dt

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, get_current_context, task
from c2b_common import DEFAULT_ARGS, planning_day, run_stage


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={
        "as_of": Param("2026-01-01", type="string", format="date", description="planning day"),
        "reason": Param("approved in Airflow", type="string", description="kept with the decision"),
    },
    tags=["c2b", "approve"],
    doc_md=__doc__,
)
def c2b_approve():
    ask = ApprovalOperator(
        task_id="ask",
        subject="Build every spec that the plan of {{ params.as_of }} decided to build?",
        body="Read the brief of {{ params.as_of }} first. "
        "To change a quantity or to approve single specs use `c2b approve`.",
        defaults="Reject",
        response_timeout=dt.timedelta(days=3),
    )

    @task
    def record():
        import os
        from pathlib import Path

        from pipelines import approve
        from pipelines.lake import Lake
        from pipelines.settings import load_settings

        context = get_current_context()
        answer = context["ti"].xcom_pull(task_ids="ask") or {}
        person = str((answer.get("responded_by_user") or {}).get("name") or "airflow user")
        settings = load_settings(Path(os.environ["C2B_CONFIG"]))
        return approve.record(
            Lake(settings.lake_folder),
            planning_day(context),
            settings,
            spec_ids=[],
            action="approve",
            person=person,
            reason=context["params"]["reason"],
        ).summary()

    @task
    def export():
        return run_stage("export")

    ask >> record() >> export()


c2b_approve()
