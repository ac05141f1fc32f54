"""A size or colour that no taxonomy and no product has, but many ask for, must be measured, not forgotten."""

from __future__ import annotations

from tests.conftest import KETTLE, Workspace, day_after, search, shop

VOLUME = {"attribute": "volume", "unit": "L", "values": [{"value": "1"}, {"value": "2"}]}


def _gaps(workspace: Workspace, texts: list[str]) -> dict[tuple[str, str], dict]:
    data = shop()
    data["taxonomy"] = [KETTLE | {"attributes": [*KETTLE["attributes"], VOLUME]}]
    for number, row in enumerate(data["products"]):
        row["attributes"] = row["attributes"] | {"volume": [str(1 + number % 2)]}
    data["search_events"] += [
        search(
            5000 + n, day=28 + n % 28, query=texts[n % len(texts)], filters=None, clicked_sku_ids=None, result_count=0
        )
        for n in range(30 * len(texts))
    ]
    workspace.deliver(data)
    assert workspace.run(day_after(), until="gap").code == 0
    return {(row["attribute"], row["value"]): row for row in workspace.lake.read("mart_gaps").to_pylist()}


def test_what_nobody_lists_shows_as_unmet(workspace):
    gaps = _gaps(workspace, ["kettle 5L", "绿色 kettle"])
    for key in (("volume", "5"), ("colour", "green")):
        assert (gaps[key]["cause"], gaps[key]["cause_detail"], gaps[key]["products"]) == ("not_made", "no_product", 0)
        assert gaps[key]["intents"] == 30


def test_intervals_and_single_wishes_are_no_values(workspace):
    gaps = _gaps(workspace, ["kettle 5-7L"])
    assert {value for attribute, value in gaps if attribute == "volume"} <= {"1", "2", "(other)"}
