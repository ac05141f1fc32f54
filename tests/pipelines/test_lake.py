"""The lake as those who read it see it."""

import datetime as dt
import shutil
import subprocess
import sys

import pyarrow as pa
import pytest
from conftest import order
from deltalake import write_deltalake

from pipelines.errors import StateError
from pipelines.lake import Lake, schema_of

READ = """
import sys
from pathlib import Path
from pipelines.lake import Lake
print(Lake(Path(sys.argv[1])).read("mart_candidates").num_rows)
"""


def row_of(day):
    return {field.name: None for field in schema_of("mart_candidates")} | {"as_of": day}


def test_a_process_that_read_a_table_ends_well(tmp_path):
    """Through deltalake's file system one in three was aborted at its end, after its work."""
    rows = [row_of(dt.date(2026, 6, 25))]
    Lake(tmp_path).publish("mart_candidates", pa.Table.from_pylist(rows, schema=schema_of("mart_candidates")))

    ends = [
        subprocess.run([sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True) for _ in range(12)
    ]

    assert [(end.returncode, end.stdout) for end in ends] == [(0, "1\n")] * 12


def test_partitions_come_back_with_their_values(tmp_path):
    lake, schema = Lake(tmp_path), schema_of("mart_candidates")
    days = [dt.date(2026, 6, 24), dt.date(2026, 6, 25)]
    rows = [row_of(day) for day in days]
    lake.publish("mart_candidates", pa.Table.from_pylist(rows, schema=schema))

    assert lake.read("mart_candidates").column("as_of").to_pylist() == days
    assert lake.read("mart_candidates", before="2026-06-25").column("as_of").to_pylist() == days[:1]
    assert lake.read("mart_candidates", only={"2026-06-25"}).schema == schema


def test_a_table_of_an_older_contract_is_built_again_whole_or_left_alone(tmp_path):
    lake, schema = Lake(tmp_path), schema_of("mart_candidates")
    days = [dt.date(2026, 6, 24), dt.date(2026, 6, 25)]
    data = pa.Table.from_pylist([row_of(day) for day in days], schema=schema)
    older = data.drop_columns([schema.names[-2]])
    write_deltalake(str(tmp_path / "mart_candidates"), older, partition_by=["as_of"])

    with pytest.raises(StateError, match="1 partitions are not being built again, first: 2026-06-24"):
        lake.publish("mart_candidates", data.slice(1), replace=["2026-06-25"])
    assert lake.version("mart_candidates") == 0

    lake.publish("mart_candidates", data, replace=[str(day) for day in days])
    assert lake.read("mart_candidates").equals(data)


def test_a_removed_table_is_built_again(workspace):
    workspace.deliver({"order_lines": [order(n, day=n) for n in range(5)]})
    for stage in ("collect", "clean"):
        assert workspace.stage(stage).code == 0
    before = workspace.lake.read("stg_order_events")
    shutil.rmtree(workspace.lake.root / "stg_order_events")
    assert workspace.stage("clean").code == 0
    assert before.num_rows == 5
    assert workspace.lake.read("stg_order_events").equals(before)
