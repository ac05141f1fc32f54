"""Whole runs: repeatable, back-fill equals nightly, nothing from the future, units conserved, terms kept."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from conftest import MARKET_SOURCES, Row, Workspace, copy_tree, day_after, order, search, shop, write_rows

from models.text.matcher import Matcher
from pipelines import approve, explain, histories, manufacturers, parallel, plan, safe_signals, signal, what_if
from pipelines.errors import ConfigurationError
from pipelines.extract import load_taxonomy
from pipelines.lake import Lake, partition_column
from pipelines.settings import load_settings
from pipelines.stages import NIGHTLY, run_stages

AS_OF = dt.date(2025, 4, 11)  # the market has logs of the 100 days before
NIGHTS = [AS_OF - dt.timedelta(days=ago) for ago in range(6, -1, -1)]
DAYS = ("collect", "clean", "extract", "signal")
MARTS = ("gap", "forecast", "configure")
FOR_AS_OF = ("mart_gaps", "mart_forecasts", "mart_configurations")

pytestmark = pytest.mark.slow


def configure(folder: Path) -> Path:
    sources = {name: {"path": path} for name, path in MARKET_SOURCES.items()}
    (folder / "c2b.yaml").write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
    return folder / "c2b.yaml"


@pytest.fixture(scope="module")
def ran(market_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The market after one run; tests read it only."""
    folder = tmp_path_factory.mktemp("ran")
    copy_tree(market_files, folder)
    run_stages(NIGHTLY, config=configure(folder), as_of=AS_OF)
    return folder


def outputs(folder: Path) -> dict[str, bytes]:
    root = folder / "out"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def versions(lake: Lake) -> dict[str, int]:
    return {path.parent.name: lake.version(path.parent.name) for path in lake.root.glob("*/_delta_log")}


def rows_of(lake: Lake, table: str, as_of: dt.date) -> list[Row]:
    """Rows of a planning day, in an order that does not depend on how they were written."""
    return sorted(lake.read(table, only=[str(as_of)]).to_pylist(), key=lambda row: json.dumps(row, default=str))


def plan_of(folder: Path, as_of: dt.date = AS_OF) -> list[dict[str, str]]:
    with (folder / "out" / "plans" / str(as_of) / "batch_specs.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def delivered(folder: Path, dataset: str) -> list[Row]:
    found = []
    for path in sorted((folder / "logs" / dataset).glob("*.jsonl.gz")):
        found += [json.loads(text) for text in gzip.decompress(path.read_bytes()).splitlines()]
    return found


# ---- repeatable


def test_a_second_run_gives_the_same_bytes_and_builds_no_day(ran: Path, tmp_path: Path) -> None:
    copy_tree(ran, tmp_path)
    first, before = outputs(tmp_path), versions(Lake(tmp_path / "lake"))
    run_stages(NIGHTLY, config=tmp_path / "c2b.yaml", as_of=AS_OF)
    again, after = outputs(tmp_path), versions(Lake(tmp_path / "lake"))
    assert f"plans/{AS_OF}/batch_specs.csv" in first
    assert f"briefs/{AS_OF}/air_fryer.en.html" in first
    assert {name for name in first.keys() | again.keys() if first.get(name) != again.get(name)} == set()
    built = {table for table in after if after[table] != before[table]}
    assert not {table for table in built if partition_column(table) != "as_of"}


# ---- back-fill and nightly


def test_back_fill_equals_seven_nights(ran: Path, market_files: Path, tmp_path: Path) -> None:
    nightly, at_once = tmp_path / "nightly", tmp_path / "at_once"
    for folder in (nightly, at_once):
        copy_tree(market_files, folder)
        configure(folder)
    files = sorted((nightly / "logs").rglob("*.jsonl.gz"))
    for file in files:
        file.rename(file.with_suffix(".later"))
    for night in NIGHTS:
        for file in files:
            later = file.with_suffix(".later")
            if file.name[:10] < str(night) and later.exists():
                later.rename(file)
        run_stages(DAYS + MARTS, config=nightly / "c2b.yaml", as_of=night)
    run_stages(DAYS, config=at_once / "c2b.yaml", as_of=AS_OF)
    for night in NIGHTS:
        run_stages(MARTS, config=at_once / "c2b.yaml", as_of=night)
    for folder in (nightly, at_once):
        run_stages(("plan",), config=folder / "c2b.yaml", as_of=AS_OF)

    one, other = Lake(nightly / "lake"), Lake(at_once / "lake")
    by_key = [
        (name, "ascending") for name in ("business_date", "category_id", "attribute", "value", "region", "channel")
    ]
    for table in ("int_signals", "mart_demand_signals"):
        signals = one.read(table).sort_by(by_key)
        assert signals.num_rows > 500
        assert signals.equals(other.read(table).sort_by(by_key))
    for table in FOR_AS_OF:
        for night in NIGHTS:
            assert rows_of(one, table, night), (table, night)
            assert rows_of(one, table, night) == rows_of(other, table, night), (table, night)
    assert rows_of(one, "mart_batch_specs", AS_OF) == rows_of(other, "mart_batch_specs", AS_OF)
    name = f"plans/{AS_OF}/batch_specs.csv"
    # no path, clock, key or random state of one run shows in another's plan
    assert outputs(nightly)[name] == outputs(at_once)[name] == outputs(ran)[name]


def test_days_built_in_blocks_are_those_built_at_once(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = (*signal.BUILT, *safe_signals.SOURCES)
    lakes = []
    for rows in (500, 10**9):
        folder = tmp_path / str(rows)
        copy_tree(ran, folder)
        for table in tables:
            shutil.rmtree(folder / "lake" / table)
        monkeypatch.setattr(signal, "BLOCK_ROWS", rows)
        lakes.append(Lake(folder / "lake"))
        builds = lakes[-1].read("ops_builds")
        of_tables = pc.is_in(builds.column("table_name"), value_set=pa.array(tables))
        lakes[-1].publish("ops_builds", builds.filter(pc.invert(of_tables)))
        signal.run(lakes[-1], AS_OF, load_settings(folder / "c2b.yaml"))
    for table in tables:
        one, other = (sorted(map(repr, lake.read(table).to_pylist())) for lake in lakes)
        assert one and one == other, table
        whole = Lake(ran / "lake").read(table)
        assert whole.num_rows == len(one)
    assert lakes[0].version("int_signals") > lakes[1].version("int_signals")  # there were blocks


def test_a_plan_made_in_place_is_the_one_of_several_processes(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, settings = Lake(ran / "lake"), load_settings(ran / "c2b.yaml")
    makers = manufacturers.load(lake, Matcher(load_taxonomy(lake)))
    tasks = 2 * plan.tasks_of(lake, AS_OF, settings, makers, plan.Wanted.published(lake, AS_OF), [])
    start, started, made = parallel.workers, [], []
    monkeypatch.setattr(parallel, "workers", lambda most: started.append(most) or start(most))
    for sessions in (0, 10**9):
        monkeypatch.setattr(plan, "MANY_SESSIONS", sessions)
        made.append([found.rows for found in plan.each_planned(tasks) if found is not None])
    assert started == [len(tasks), 1]
    assert made[0] and made[0] == made[1]


# ---- nothing from the planning day or later


def test_rows_of_the_planning_day_and_later_change_nothing(ran: Path, tmp_path: Path) -> None:
    copy_tree(ran, tmp_path)
    (sku, *_) = sorted(row["sku_id"] for row in Lake(ran / "lake").read("raw_products").to_pylist())
    midnight = f"{AS_OF}T00:00:00+08:00"  # the first instant that is too late
    for dataset, make in (("search_events", search), ("order_lines", order)):
        late = [
            make(90_000 + n, event_time=time, category_id="air_fryer", query="8L air fryer", filters=None)
            if make is search
            else make(90_000 + n, event_time=time, sku_id=sku, quantity=500)
            for n, time in enumerate([midnight] * 20 + ["2025-04-20T12:00:00+08:00"] * 20)
        ]
        write_rows(tmp_path / "logs" / dataset / "2025-04-20.jsonl.gz", late)
    before = outputs(tmp_path)
    run_stages(NIGHTLY, config=tmp_path / "c2b.yaml", as_of=AS_OF)
    lake = Lake(tmp_path / "lake")
    assert {"2025-04-11", "2025-04-20"} <= set(lake.partitions("raw_order_lines"))  # landed, not used
    assert max(lake.partitions("mart_demand_signals")) == "2025-04-10"
    after = outputs(tmp_path)
    plan, brief = f"plans/{AS_OF}/batch_specs.csv", f"briefs/{AS_OF}/air_fryer.en.md"
    assert after[plan] == before[plan]
    assert after[brief] == before[brief]


# ---- conservation


def test_units_of_signals_are_the_units_delivered(ran: Path) -> None:
    lake = Lake(ran / "lake")
    brushed = {row["subject"] for row in lake.read("int_verdicts").to_pylist() if row["verdict"] == "brushed"}
    units: dict[str, int] = defaultdict(int)
    seen = set()
    for row in delivered(ran, "order_lines"):
        key = (row["order_id"], row["line_id"], row["status"])
        if key not in seen and f"{row['order_id']}/{row['line_id']}" not in brushed:
            units[row["status"]] += row["quantity"]
        seen.add(key)
    assert lake.read("quarantine_order_lines").num_rows == 0
    whole = [row for row in lake.read("int_signals").to_pylist() if row["attribute"] == "*"]
    for status, column in (("placed", "ordered"), ("cancelled", "cancelled"), ("returned", "returned")):
        assert sum(row[f"{column}_units"] for row in whole) == units[status] > 0


def test_published_signals_hide_small_cells_and_keep_the_units_of_the_days_shown(ran: Path) -> None:
    lake = Lake(ran / "lake")
    full, shown = lake.read("int_signals").to_pandas(), lake.read("mart_demand_signals").to_pandas()
    for side in (True, False):
        # the category nobody could tell has days of a handful of people
        cells = full[(full["attribute"] == "*") & ((full["channel"] == "search") == side)]
        cells = cells[cells["category_id"] == "air_fryer"]
        people = cells.groupby("business_date")["people_first_in_side"].sum()
        large = set(people[people >= 10].index)
        mine = shown[(shown["attribute"] == "*") & ((shown["channel"] == "search") == side)]
        mine = mine[mine["category_id"] == "air_fryer"]
        assert set(mine["business_date"]) == large  # a day of fewer people than that is not published
        for column in ("searches", "ordered_units", "returned_units"):
            assert mine[column].sum() == cells[cells["business_date"].isin(large)][column].sum()
    searchers = shown[(shown["channel"] == "search") & (shown["searchers"] > 0)]["searchers"]
    assert searchers.min() >= 10
    assert (shown["value"] == "(other)").any()


def test_searches_of_signals_are_the_searches_delivered(ran: Path) -> None:
    lake = Lake(ran / "lake")
    events = len({row["event_id"] for row in delivered(ran, "search_events")})
    crawled = sum(row["searches"] for row in lake.read("int_verdicts").to_pylist() if row["verdict"] == "crawler")
    whole = [row for row in lake.read("int_signals").to_pylist() if row["attribute"] == "*"]
    assert sum(row["searches"] for row in whole) == events - crawled
    assert sum(row["searches_off"] for row in whole) == events


def test_wanted_shares_of_an_attribute_add_up_to_one(ran: Path) -> None:
    shares: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows_of(Lake(ran / "lake"), "mart_gaps", AS_OF):
        for side in ("wanted_share", "bought_share"):
            shares[row["category_id"], row["attribute"]][side] += row[side]
    assert len(shares) == 4
    for name, sides in shares.items():
        assert dict(sides) == pytest.approx({"wanted_share": 1.0, "bought_share": 1.0}), name


def test_forecasts_of_an_attribute_add_up_to_the_category(ran: Path) -> None:
    sums: dict[tuple[str, str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows_of(Lake(ran / "lake"), "mart_forecasts", AS_OF):
        assert row["p10"] <= row["p50"] <= row["p90"]
        if row["region"] != "*" and row["attribute"] != "*":
            continue  # values by region: see below
        part = row["attribute"] if row["region"] == "*" else "regions"
        sums[row["category_id"], row["period"], row["step"]][part] += row["mean"]
    ahead = {key: by_attribute for key, by_attribute in sums.items() if key[1] != "history"}
    assert len(ahead) > 10
    for key, by_attribute in ahead.items():
        assert len(by_attribute) == 1 + 4 + 1, key  # *, the attributes and the regions
        for attribute, mean in by_attribute.items():
            assert mean == pytest.approx(by_attribute["*"]), (key, attribute)
    weekly = {key[2]: sums[key]["*"] for key in ahead if key[1] == "week"}
    (both,) = [sums[key]["*"] for key in ahead if key[1] == "lead_and_window"]
    days = 36 + 60  # longest lead time of the makers + sell_days
    exact = sum(units * min(7, days - 7 * (week - 1)) / 7 for week, units in weekly.items())
    assert both == pytest.approx(exact)


def test_regions_of_a_value_add_up_to_it(ran: Path) -> None:
    whole: dict[tuple[str, ...], float] = {}
    parts: dict[tuple[str, ...], float] = defaultdict(float)
    for row in rows_of(Lake(ran / "lake"), "mart_forecasts", AS_OF):
        key = (row["category_id"], row["attribute"], row["value"], row["period"])
        if row["period"] not in ("week", "history") and row["attribute"] != "*":
            if row["region"] == "*":
                whole[key] = row["mean"]
            else:
                parts[key] += row["mean"]
                assert row["model"] == "split"
    assert parts
    for key, units in parts.items():
        assert units == pytest.approx(whole[key], abs=1e-6), key


def test_a_spec_is_traced_to_what_it_rests_on_without_persons(ran: Path) -> None:
    settings = load_settings(ran / "c2b.yaml")
    lake = Lake(ran / "lake")
    line = next(row for row in plan_of(ran) if row["decision"] == "build")
    found = explain.spec(lake, AS_OF, settings, line["spec_id"])
    assert {row["attribute"] for row in found["forecast"]} == {"*", *found["features"]}
    assert all(row["people"] >= settings.privacy.min_people for row in (*found["shoppers"], *found["queries"]))
    whole = next(row for row in found["shoppers"] if row["feature"] == "*")
    assert all(row["shopper_days"] <= whole["shopper_days"] for row in found["shoppers"])
    assert found["tables"]["mart_batch_specs"] == lake.version("mart_batch_specs")
    said = explain.as_text(found) + json.dumps(found, default=str)
    actors = set(lake.read("int_sessions").column("actor").to_pylist())
    assert not any(actor in said for actor in actors)
    with pytest.raises(ConfigurationError, match="has no spec S0"):
        explain.spec(lake, AS_OF, settings, "S0")


def test_plan_keeps_the_terms(ran: Path) -> None:
    makers = {row["manufacturer_id"]: row for row in map(json.loads, (ran / "manufacturers.jsonl").open())}
    made = [row for row in plan_of(ran) if row["decision"] == "build"]
    specs: dict[tuple[str, str], int] = defaultdict(int)
    orders: dict[str, int] = defaultdict(int)
    for row in made:
        specs[row["spec_id"], row["manufacturer_id"]] += int(row["quantity"])
        orders[row["manufacturer_id"]] += int(row["quantity"])
    assert len({spec for spec, _ in specs}) in range(1, 9)  # max_specs_per_category: 8
    for (spec, name), units in specs.items():
        assert units >= makers[name]["min_spec_units"], spec
        assert units % makers[name]["pack_size"] == 0, spec
    for name, units in orders.items():
        terms = makers[name]
        assert terms["min_order_units"] <= units
        assert units <= terms["weekly_capacity_units"] * (terms["lead_time_days"] // 7)
    for row in plan_of(ran):
        assert (int(row["quantity"]) > 0) == (row["decision"] == "build"), row["spec_id"]
        assert row["reason"], row["spec_id"]
    told = {(row["spec_id"], row["decision"], row["target_price"]) for row in plan_of(ran)}
    assert len(told) == len({spec_id for spec_id, _, _ in told})


def test_unit_costs_follow_the_tiers(ran: Path) -> None:
    """(base + features) x the factor of the highest tier that the order's total reaches."""
    makers = {row["manufacturer_id"]: row for row in map(json.loads, (ran / "manufacturers.jsonl").open())}
    made = [row for row in plan_of(ran) if row["decision"] == "build"]
    orders: dict[str, int] = defaultdict(int)
    for row in made:
        orders[row["manufacturer_id"]] += int(row["quantity"])
    assert made
    for row in made:
        terms = makers[row["manufacturer_id"]]
        features = dict(part.split("=") for part in row["features"].split(";"))
        base = terms["base_unit_cost"] + sum(terms["feature_costs"][name][value] for name, value in features.items())
        factor = max(
            (tier for tier in terms["price_tiers"] if tier[0] <= orders[row["manufacturer_id"]]), default=[0, 1.0]
        )[1]
        assert float(row["unit_cost"]) == pytest.approx(base * factor, abs=1e-4)
        supported = terms["supported_features"]
        assert all(value in supported[name] for name, value in features.items() if name in supported)


# ---- what is missing is done without

WITHOUT = {
    "orders and products only": ({"search_events", "stock_levels", "manufacturers", "taxonomy"}, "signals come from"),
    "no taxonomy": ({"taxonomy"}, "taxonomy: no source is configured; it is mined from the products' attributes."),
    "no stock": ({"stock_levels"}, "stock_levels: no source is configured; no day is taken as out of stock."),
    "no manufacturers": ({"manufacturers"}, "no manufacturer is known: nothing was planned"),
}


@pytest.mark.parametrize("kind", WITHOUT)
def test_runs_to_the_brief_without(workspace: Workspace, kind: str) -> None:
    absent, finding = WITHOUT[kind]
    workspace.deliver({name: rows for name, rows in shop().items() if name not in absent}, languages=["en"])
    said = workspace.run(day_after())
    assert said.code == 0, said.err
    assert finding in said.findings
    for name in absent:
        assert f"collect: {name}: no source is configured" in said.findings
    brief = workspace.folder / "out" / "briefs" / day_after()
    assert {path.name for path in brief.iterdir()} == {
        "index.html", "kettle.en.html", "kettle.en.md", "kettle.json",
    }  # fmt: skip
    assert f"briefs: {brief / 'index.html'}" in said.out
    assert ("no_stock" in risks(workspace)) == ("stock_levels" in absent)
    plan = plan_of(workspace.folder, dt.date.fromisoformat(day_after()))
    assert bool(plan) == ("manufacturers" not in absent)
    gaps = rows_of(workspace.lake, "mart_gaps", dt.date.fromisoformat(day_after()))
    assert {(row["attribute"], row["value"]) for row in gaps} == {
        ("colour", "red"), ("colour", "blue"), ("lid", "flip"), ("lid", "screw"),
    }  # fmt: skip


def test_orders_that_cannot_be_tied_to_searches_are_told(workspace: Workspace) -> None:
    data = shop()
    for row in [*data["search_events"], *data["order_lines"]]:
        row |= {"user_id": None, "session_id": None}
    workspace.deliver(data)
    said = workspace.run(day_after())
    assert said.code == 0
    assert "category kettle: no order has the user_id or session_id of a search of its day" in said.findings
    assert {"no_ties"} <= risks(workspace)
    data["order_lines"][0]["session_id"] = data["search_events"][0]["session_id"] = "s0"
    workspace.deliver(data)
    said = workspace.run(day_after())
    assert "no order has the user_id" not in said.findings
    assert not {"no_ties", "no_stock"} & risks(workspace)  # the shop was never out of stock, and its levels say so


def risks(workspace: Workspace) -> set[str]:
    """Keys of what the kettles' brief says could go wrong."""
    brief = workspace.folder / "out/briefs" / day_after() / "kettle.json"
    return {risk["key"] for risk in json.loads(brief.read_text(encoding="utf-8"))["risks"]}


def test_prices_in_another_currency_count_for_nothing_and_are_told(new_workspace: Callable[[str], Workspace]) -> None:
    """A thousand yen beside ninety-nine yuan are no dear kettles; half the lines made every price ten times itself."""
    found = []
    for name in ("one", "two"):
        data = shop()
        if name == "two":
            for row in data["order_lines"][::2]:
                row |= {"currency": "JPY", "unit_price": 2000.0}
        workspace = new_workspace(name)
        workspace.deliver(data)
        said = workspace.run(day_after(), until="gap")
        assert said.code == 0, said.err
        words = "prices of 0 of 3 products and of 168 order lines of 84 days are not in CNY; their units count"
        assert (words in said.findings) == (name == "two")
        (history,) = histories.load(workspace.lake, dt.date.fromisoformat(day_after()), workspace.settings)
        found.append((history.products.price.tolist(), history.lines.net_units.sum()))
    assert found[0] == found[1] == ([99.5] * 3, 336)


def test_what_is_on_order_is_not_ordered_again(ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_tree(ran, tmp_path)
    settings = load_settings(tmp_path / "c2b.yaml")
    first = {row["spec_id"]: int(row["quantity"]) for row in plan_of(tmp_path) if row["decision"] == "build"}
    assert first
    approve.record(
        Lake(settings.lake_folder), AS_OF, settings, spec_ids=[], action="approve", person="Li Wei", reason="agreed"
    )
    run_stages(("export",), config=tmp_path / "c2b.yaml", as_of=AS_OF)
    next_day = AS_OF + dt.timedelta(days=1)
    run_stages(NIGHTLY[:-1], config=tmp_path / "c2b.yaml", as_of=next_day)
    second = [row for row in plan_of(tmp_path, next_day) if row["decision"] == "build"]
    assert {row["spec_id"] for row in second}.isdisjoint(first)
    # what is coming serves demand too: the same night without it would expect more of the same specs
    lake = Lake(settings.lake_folder)
    monkeypatch.setattr(plan, "on_order", lambda *_: {})
    makers = manufacturers.load(lake, Matcher(load_taxonomy(lake)))
    without = expected_units(plan.planned(lake, next_day, settings, makers)[0])
    with_orders = expected_units(plan_of(tmp_path, next_day))
    both = set(without) & set(with_orders)
    assert both
    assert sum(with_orders[spec] for spec in both) < sum(without[spec] for spec in both)


def expected_units(rows: Iterable[Mapping[str, object]]) -> dict[str, float]:
    """Median demand of each spec, its lines added up."""
    found: dict[str, float] = defaultdict(float)
    for row in rows:
        found[str(row["spec_id"])] += float(str(row["expected_units_p50"]))
    return found


def test_what_if_tells_what_the_same_configuration_plans(ran: Path, tmp_path: Path) -> None:
    """Later goods and a markdown need other forecasts than those published."""
    planning = {"markdown": {"discount": 0.2, "days": 20}, "earliest_arrival": str(AS_OF + dt.timedelta(61))}
    changes = [f"markdown={json.dumps(planning['markdown'])}", f"earliest_arrival={planning['earliest_arrival']}"]
    told = what_if.compare(Lake(ran / "lake"), AS_OF, load_settings(ran / "c2b.yaml"), changes)
    cases = {one.case: one for one in told}
    assert cases[changes[0]].expected_profit > cases["as it is"].expected_profit
    copy_tree(ran, tmp_path)
    content = yaml.safe_load((tmp_path / "c2b.yaml").read_text(encoding="utf-8"))
    (tmp_path / "c2b.yaml").write_text(yaml.safe_dump(content | {"planning": planning}), encoding="utf-8")
    (stale,) = run_stages(("plan",), config=tmp_path / "c2b.yaml", as_of=AS_OF)
    assert "but goods sell until day 141; the days between count as without demand" in "".join(stale.findings)
    *_, again = run_stages(("forecast", "configure", "plan"), config=tmp_path / "c2b.yaml", as_of=AS_OF)
    assert "goods sell until day" not in "".join(again.findings)
    (row,) = Lake(tmp_path / "lake").read("mart_plan_profit", only=[str(AS_OF)]).to_pylist()
    assert {name: row[name] for name in what_if.SHOWN} == {
        name: getattr(cases["all changes"], name) for name in what_if.SHOWN
    }
    made = [row for row in plan_of(tmp_path) if int(row["quantity"])]
    assert made
    assert {row["required_ship_date"] for row in made} == {planning["earliest_arrival"]}
    assert all("at 20% off in the 20 days after" in row["reason"] for row in made)


def test_what_if_compares_and_publishes_nothing(ran: Path) -> None:
    settings, lake = load_settings(ran / "c2b.yaml"), Lake(ran / "lake")
    version, csv_before = lake.version("mart_batch_specs"), outputs(ran)
    harmless = f"earliest_arrival={AS_OF + dt.timedelta(36)}"  # when the slowest manufacturer delivers anyway
    found = what_if.compare(lake, AS_OF, settings, ["max_specs_per_category=1", harmless])
    cases = {one.case: one for one in found if one.category_id == found[0].category_id}
    mine = [row for row in plan_of(ran) if row["category_id"] == found[0].category_id]
    planned = {row["spec_id"] for row in mine if int(row["quantity"]) > 0}
    assert cases["as it is"].specs == len(planned)
    assert cases["max_specs_per_category=1"].specs <= 1
    assert replace(cases[harmless], case="as it is") == cases["as it is"]
    assert lake.version("mart_batch_specs") == version
    assert outputs(ran) == csv_before
