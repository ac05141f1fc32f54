"""Every DAG loads and keeps the house rules."""

import os
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-test-"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk import CronPartitionTimetable, PartitionedAssetTimetable
from airflow.serialization.serialized_objects import DagSerialization

from pipelines.stages import NIGHTLY

FOLDER = Path(__file__).parents[2] / "dags"
CHAIN = ("c2b_collect", "c2b_signals", "c2b_plan")


@pytest.fixture(scope="module")
def dags():
    bag = BundleDagBag(dag_folder=FOLDER, bundle_path=FOLDER, bundle_name="dags-folder", safe_mode=False)
    assert bag.import_errors == {}
    return bag.dags


def test_all_dags_load(dags):
    assert set(dags) == {*CHAIN, "c2b_nightly", "c2b_approve"}


def test_house_rules(dags):
    for dag in dags.values():
        assert dag.doc_md.count("**Who is hurt when it fails:**") == 1, dag.dag_id
        assert dag.doc_md.count("**What to do:**") == 1, dag.dag_id
        assert "c2b" in dag.tags
        assert dag.max_active_runs == 1
        assert dag.catchup is False
        for task in dag.tasks:
            assert task.owner == "data-engineering"
            assert task.retries >= 1
            assert task.retry_delay.total_seconds() > 0


def test_collection_is_by_cron_and_what_follows_by_assets(dags):
    cron = dags["c2b_collect"].timetable
    assert isinstance(cron, CronPartitionTimetable)
    assert cron.expression == "30 1 * * *"
    outlets = {dag.dag_id: [o.uri for t in dag.tasks for o in t.outlets] for dag in dags.values()}
    for before, after in pairwise(CHAIN):
        timetable = dags[after].timetable
        assert isinstance(timetable, PartitionedAssetTimetable)
        assert timetable.asset_condition.uri in outlets[before]


def test_every_stage_is_its_own_task_once_in_the_chain_and_in_the_nightly(dags):
    in_chain = [task.task_id for name in CHAIN for task in dags[name].topological_sort()]
    assert in_chain == list(NIGHTLY)
    assert [task.task_id for task in dags["c2b_nightly"].topological_sort()] == list(NIGHTLY)


def test_dags_survive_serialisation(dags):
    for dag in dags.values():
        again = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        assert set(again.task_dict) == set(dag.task_dict)


def test_a_dag_file_fits_on_a_screen():
    for path in FOLDER.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 90, path.name
