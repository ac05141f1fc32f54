"""What the DAG files share: defaults, assets, and how a task finds its day and configuration."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, get_current_context

TIMEZONE = os.environ.get("C2B_TIMEZONE", "Asia/Shanghai")
DEFAULT_ARGS = {
    "owner": "data-engineering",
    "retries": 2,
    # a back-fill does not keep to max_active_runs, and two runs of a stage would publish the same days
    "max_active_tis_per_dag": 1,
    "retry_delay": dt.timedelta(minutes=int(os.environ.get("C2B_RETRY_MINUTES", "5"))),
}
# a key with the time of day: a date alone would give a scheduled and a manual run of one day two dates
KEY_FORMAT = "%Y-%m-%dT%H:%M"

COLLECTED = Asset(name="c2b_collected", uri="c2b://lake/collected")
SIGNALS = Asset(name="c2b_signals", uri="c2b://lake/signals")
PLANS = Asset(name="c2b_plans", uri="c2b://lake/plans")


def planning_day(context: Any) -> dt.date:
    """The planning day: the day after the business date of the run's partition, or what the run was given as as_of."""
    if key := context.get("partition_key"):
        return dt.date.fromisoformat(key[:10]) + dt.timedelta(days=1)
    given = (context["dag_run"].conf or {}).get("as_of") or (context.get("params") or {}).get("as_of")
    if given:
        return dt.date.fromisoformat(given)
    raise ValueError('no planning day: start the run by its schedule, or with conf {"as_of": "YYYY-MM-DD"}')


def run_stage(name: str) -> dict[str, object]:
    """Run one stage for the task's day; only names and counts pass from task to task."""
    from pipelines import stages

    config = os.environ.get("C2B_CONFIG")
    if not config:
        raise ValueError("environment variable C2B_CONFIG is not set; give it the path of c2b.yaml")
    day = planning_day(get_current_context())
    return stages.run_stage(name, config=Path(config), as_of=day).summary()
