"""An order line counts once, on the day of the event that stands for its placing."""

import copy
import datetime as dt
from collections import Counter

import pytest
from conftest import FIRST_DAY, Workspace, day_after, order, product, shop

LATER = {"paid": 0, "shipped": 2, "delivered": 9}  # days after the placing


def day(number: int) -> dt.date:
    return FIRST_DAY + dt.timedelta(days=number)


def placements(workspace: Workspace, orders: list[dict], *, days: int = 60) -> Counter[tuple[str, dt.date]]:
    """What counts as placed: status and day of every line, by the order's number."""
    workspace.deliver({"order_lines": orders, "products": [product("k1", "red", "flip")]})
    for stage in ("collect", "clean"):
        assert workspace.stage(stage, day_after(days)).code == 0
    table = workspace.lake.read("stg_order_events").to_pylist()
    return Counter((row["order_id"], row["status"], row["business_date"]) for row in table if row["is_placement"])


@pytest.mark.parametrize("first", ["placed", "paid", "shipped", "delivered"])
def test_whatever_status_a_log_begins_with_each_line_counts_once(workspace: Workspace, first: str) -> None:
    course = ["placed", *LATER]
    statuses = course[course.index(first) :]
    orders = [order(n, day=n + LATER.get(status, 0), status=status) for n in range(40) for status in statuses]
    assert placements(workspace, orders) == Counter((f"o{n}", first, day(n + LATER.get(first, 0))) for n in range(40))


def test_deliveries_at_the_beginning_of_a_log_are_of_orders_from_before_it(workspace: Workspace) -> None:
    whole = [order(n, day=n % 40, status=s) if s == "placed" else order(n, day=n % 40 + LATER[s], status=s)
             for n in range(120) for s in ("placed", *LATER)]  # fmt: skip
    begun = [row for row in whole if row["event_time"] >= f"{day(8)}"]
    alone = order(500, day=50, status="delivered")  # long after the beginning: an order whose log is torn
    found = placements(workspace, [*begun, alone])
    expected = Counter((f"o{n}", "placed", day(n % 40)) for n in range(120) if n % 40 >= 8)
    assert found == expected + Counter([("o500", "delivered", day(50))])


def test_nights_one_by_one_give_what_one_run_gives(new_workspace) -> None:
    orders = [
        order(n, day=n + LATER.get(status, 0), status=status)
        for n in range(0, 40)
        for status in ("placed", *LATER)
        if n % 3 or status != "placed"
    ]
    at_once = placements(new_workspace("once"), orders)
    nightly = new_workspace("nightly")
    for night in range(10, 60, 5):
        known = [row for row in orders if row["event_time"] < f"{day(night)}"]
        by_night = placements(nightly, known, days=night)
    assert by_night == at_once
    assert len({name for name, _, _ in at_once}) == len(at_once) == 40


def test_a_log_of_payments_gives_the_forecast_of_a_log_of_placings(new_workspace) -> None:
    tables = []
    for name in ("placed", "paid"):
        data = copy.deepcopy(shop())
        for row in data["order_lines"]:
            row["status"] = name
        workspace = new_workspace(name)
        workspace.deliver(data)
        said = workspace.run(day_after(), until="forecast")
        assert said.code == 0, said.err
        assert ("have no `placed` event" in said.findings) == (name == "paid")
        tables.append(
            {t: workspace.lake.read(t).to_pylist() for t in ("mart_gaps", "mart_forecasts", "mart_net_units")}
        )
    assert tables[0] == tables[1]
    assert sum(row["mean"] for row in tables[1]["mart_forecasts"]) > 0
