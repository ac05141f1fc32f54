"""The simulated market: reproducible, in contract, with what was planted, and sold fairly."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from bench.market.baselines import best_seller_copies
from bench.market.observed import observe
from bench.market.oracle import oracle_specs
from bench.market.plan import (
    check_terms,
    format_features,
    parse_features,
    read_plan,
    split_units,
    write_plan,
)
from bench.market.selling import SCORING, Terms, draw_future, score_plan, sell
from bench.market.terms import acceptable_units
from bench.market_test import main, run_seed
from pipelines.samples.market import write_market
from pipelines.samples.market_catalogue import CHANNELS
from pipelines.samples.market_history import run_history
from pipelines.samples.market_model import MarketSpec
from pipelines.samples.market_shoppers import choose
from pipelines.samples.market_world import build_world

SPEC = MarketSpec(11, n_days=120, n_categories=2, searches=40_000, order_rows=17_000)
TERMS = Terms()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    root = tmp_path_factory.mktemp("market")
    return write_market(root / "input", spec=SPEC)


@pytest.fixture(scope="module")
def market():
    return run_history(build_world(SPEC))


@pytest.fixture(scope="module")
def best_plan(market):
    return oracle_specs(market, terms=TERMS)


@pytest.fixture(scope="module")
def futures(market):
    return [[draw_future(market, c, terms=TERMS, purpose=SCORING, draw=d) for d in range(3)] for c in range(2)]


def copies_of(market):
    """What the copy of the best sellers builds."""
    return tuple(spec for seen in observe(market) for spec in best_seller_copies(market.world, seen, TERMS))


def read_logs(folder: Path) -> list[dict]:
    rows = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows += [json.loads(line) for line in file]
    return rows


@pytest.fixture(scope="module")
def searches(paths):
    return read_logs(paths.search_events)


@pytest.fixture(scope="module")
def orders(paths):
    return read_logs(paths.order_lines)


@pytest.fixture(scope="module")
def truth(paths):
    return json.loads((paths.truth / "truth.json").read_text(encoding="utf-8"))


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    small = replace(SPEC, n_days=60, searches=6_000, order_rows=2_500)
    first = write_market(tmp_path / "a", spec=small, daily_files=True)
    second = write_market(tmp_path / "b", spec=small, daily_files=True)
    names = sorted(p.relative_to(first.folder) for p in first.folder.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(second.folder) for p in second.folder.rglob("*") if p.is_file())
    assert len(names) >= 2 * 60 + 4
    for name in names:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
    other = write_market(tmp_path / "c", spec=replace(small, seed=12))
    assert other.products.read_bytes() != first.products.read_bytes()


def test_the_truth_is_under_no_source_pattern(paths, tmp_path):
    patterns = (
        "logs/search_events/*.jsonl.gz",
        "logs/order_lines/*.jsonl.gz",
        "products.jsonl",
        "stock_levels.csv",
        "manufacturers.jsonl",
        "taxonomy.json",
    )
    hidden = [p.relative_to(paths.folder).as_posix() for p in paths.truth.rglob("*")]
    assert hidden
    assert not [name for name in hidden for pattern in patterns if fnmatch(name, pattern)]
    elsewhere = write_market(
        tmp_path / "input",
        spec=replace(SPEC, n_days=60, searches=3_000, order_rows=1_200),
        truth_folder=tmp_path / "truth",
    )
    assert (tmp_path / "truth" / "truth.json").exists()
    assert not [p for p in elsewhere.folder.rglob("*") if "truth" in p.name]


def is_text(value) -> bool:
    return isinstance(value, str) and value != ""


def is_moment(value, before: date) -> bool:
    moment = datetime.fromisoformat(value)
    return moment.utcoffset().total_seconds() == 8 * 3600 and moment.date() < before


def test_every_search_obeys_the_contract(searches, paths):
    columns = {
        "event_id",
        "event_time",
        "user_id",
        "session_id",
        "platform",
        "query",
        "category_id",
        "filters",
        "result_count",
        "clicked_sku_ids",
        "region",
    }
    skus = {json.loads(line)["sku_id"] for line in paths.products.open(encoding="utf-8")}
    assert abs(len(searches) / SPEC.searches - 1) < 0.10
    for row in searches:
        assert set(row) == columns
        assert is_text(row["event_id"]) and is_moment(row["event_time"], SPEC.as_of)
        assert is_text(row["query"]) and is_text(row["platform"])
        for name in ("user_id", "session_id", "category_id", "region"):
            assert row[name] is None or is_text(row[name])
        assert row["result_count"] >= 0
        assert set(row["clicked_sku_ids"]) <= skus
        assert len(row["clicked_sku_ids"]) <= row["result_count"]
        for attribute, values in (row["filters"] or {}).items():
            assert is_text(attribute) and all(map(is_text, values))


def test_every_order_row_obeys_the_contract(orders, paths):
    columns = {
        "order_id",
        "line_id",
        "status",
        "event_time",
        "user_id",
        "session_id",
        "platform",
        "channel",
        "sku_id",
        "quantity",
        "unit_price",
        "currency",
        "region",
    }
    skus = {json.loads(line)["sku_id"] for line in paths.products.open(encoding="utf-8")}
    assert abs(len(orders) / SPEC.order_rows - 1) < 0.15
    statuses = {"placed", "paid", "shipped", "delivered", "cancelled", "returned"}
    for row in orders:
        assert set(row) == columns
        assert row["status"] in statuses and row["channel"] in CHANNELS
        assert is_moment(row["event_time"], SPEC.as_of)
        assert row["quantity"] > 0 and isinstance(row["quantity"], int)
        assert row["unit_price"] > 0 and row["unit_price"] == round(row["unit_price"], 4)
        assert row["sku_id"] in skus and row["currency"] == "CNY"


def test_returns_do_not_exceed_orders_and_come_after_delivery(orders):
    when: dict[str, dict[str, str]] = defaultdict(dict)
    quantity: dict[str, dict[str, int]] = defaultdict(dict)
    for row in orders:
        when[row["order_id"]][row["status"]] = row["event_time"]
        quantity[row["order_id"]][row["status"]] = row["quantity"]
    returned = [order for order, times in when.items() if "returned" in times]
    assert 0.05 < len(returned) / len(when) < 0.35
    for order in returned:
        assert quantity[order]["returned"] <= quantity[order]["placed"]
        assert when[order]["placed"] < when[order]["delivered"] < when[order]["returned"]
        assert "cancelled" not in when[order]


def test_return_rates_differ_by_channel(orders, truth):
    fake = set(truth["brushed_order_ids"])
    delivered: dict[str, set] = defaultdict(set)
    returned: dict[str, set] = defaultdict(set)
    for row in orders:
        if row["order_id"] not in fake and row["event_time"] < "2025-04-15":
            delivered[row["channel"]] |= {row["order_id"]} if row["status"] == "placed" else set()
        if row["status"] == "returned":
            returned[row["channel"]].add(row["order_id"])
    rate = {c: len(returned[c] & delivered[c]) / len(delivered[c]) for c in ("live", "shelf")}
    assert 0.40 < rate["live"] < 0.65
    assert 0.04 < rate["shelf"] < 0.11


def sessions_by_half(searches, taxonomy, truth_row, skip_users):
    """Share of distinct searching sessions that mention the rising value, first and last third."""
    category = next(c for c in taxonomy if c["category_id"] == truth_row["category_id"])
    rising = truth_row["rising"]
    attribute = next(a for a in category["attributes"] if a["attribute"] == rising["attribute"])
    words = next(v["synonyms"] for v in attribute["values"] if v["value"] == rising["value"])
    shares = []
    for first, last in (("2025-01-01", "2025-02-10"), ("2025-03-21", "2025-05-01")):
        every, mention = set(), set()
        for row in searches:
            if not first <= row["event_time"] < last or row["user_id"] in skip_users:
                continue
            if row["category_id"] != category["category_id"]:
                continue
            every.add(row["session_id"])
            picked = (row["filters"] or {}).get(rising["attribute"], [])
            said = any(word.lower() in row["query"].lower() for word in words)
            if said or rising["value"] in picked:
                mention.add(row["session_id"])
        shares.append(len(mention) / len(every))
    return shares


def test_the_rising_value_can_be_read_off_the_logs(searches, paths, truth):
    taxonomy = json.loads(paths.taxonomy.read_text(encoding="utf-8"))
    products = [json.loads(line) for line in paths.products.open(encoding="utf-8")]
    makers = [json.loads(line) for line in paths.manufacturers.open(encoding="utf-8")]
    for row in truth["categories"]:
        early, late = sessions_by_half(searches, taxonomy, row, set(truth["crawler_user_ids"]))
        assert late > 3 * early and late > 0.04
        name, value = row["rising"]["attribute"], row["rising"]["value"]
        own = [p for p in products if p["category_id"] == row["category_id"]]
        assert not [p for p in own if value in p["attributes"].get(name, [])]
        able = [
            m
            for m in makers
            if m["category_id"] == row["category_id"] and value in m["supported_features"].get(name, [value])
        ]
        assert able


def test_one_rising_phrase_is_unknown_to_the_taxonomy(searches, paths, truth):
    [phrase] = [r["unknown_phrase"] for r in truth["categories"] if r["unknown_phrase"]]
    assert phrase[0] not in paths.taxonomy.read_text(encoding="utf-8")
    said = sorted(r["event_time"] for r in searches if phrase[0] in r["query"])
    assert len(said) > 50
    assert said[len(said) // 2] > "2025-03-15"


def test_planted_disturbances_are_there(searches, orders, truth):
    ids = [row["event_id"] for row in searches]
    assert 0.001 < 1 - len(set(ids)) / len(ids) < 0.01
    crawlers = set(truth["crawler_user_ids"])
    crawled = [row for row in searches if row["user_id"] in crawlers]
    assert 0.03 < len(crawled) / len(searches) < 0.09
    assert not [row for row in orders if row["user_id"] in crawlers]
    fake = set(truth["brushed_order_ids"])
    brushed = [row for row in orders if row["order_id"] in fake]
    assert 0.02 < len(brushed) / len(orders) < 0.07
    assert all(row["session_id"] is None for row in brushed)
    searching = {row["session_id"] for row in searches}
    real = [r for r in orders if r["order_id"] not in fake and r["session_id"] is not None]
    assert np.mean([row["session_id"] in searching for row in real]) > 0.98
    known = np.mean([row["user_id"] is not None for row in searches])
    assert 0.4 < known < 0.65


def test_stock_outs_happen_and_stock_is_never_negative(paths):
    with paths.stock_levels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    on_hand = np.array([int(row["on_hand"]) for row in rows])
    assert on_hand.min() == 0 and (on_hand == 0).mean() > 0.005
    assert {row["region"] for row in rows} == {""}
    assert len({(row["snapshot_date"], row["sku_id"]) for row in rows}) == len(rows)


def test_manufacturers_obey_the_contract(paths):
    for line in paths.manufacturers.open(encoding="utf-8"):
        row = json.loads(line)
        assert 21 <= row["lead_time_days"] <= 45
        starts = [start for start, _ in row["price_tiers"]]
        factors = [factor for _, factor in row["price_tiers"]]
        assert starts == sorted(starts) and factors == sorted(factors, reverse=True)
        assert row["min_spec_units"] <= row["min_order_units"]
        capacity = row["weekly_capacity_units"] * (row["lead_time_days"] // 7)
        assert row["min_order_units"] <= capacity
        assert row["setup_cost"] > 0 and row["base_unit_cost"] > 0


def test_a_shopper_takes_the_best_available_or_leaves():
    utility = np.array([[1.0, 3.0], [1.0, 3.0], [0.0, 0.1]])
    outside = np.array([0.0, 0.0, 0.5])
    available = np.array([[True, True], [True, False], [True, True]])
    assert choose(utility, outside, available).tolist() == [1, 0, -1]


def test_nobody_buys_more_than_was_there(market):
    for history in market.histories:
        assert history.closing_stock.min() >= 0
        bought = history.choice >= 0
        assert not (bought & ~history.shoppers.is_buyer).any()
        launch = history.category.products.launch_day[history.choice[bought]]
        assert (history.shoppers.day[bought] >= launch).all()


def test_an_empty_plan_earns_exactly_nothing(market, futures):
    earned = score_plan([], terms=TERMS, futures=futures)
    assert [part.profit_cny for part in earned] == [0.0, 0.0]


def test_a_plan_nobody_wants_costs_its_set_up_and_leftovers(market, futures):
    [spec, *_] = copies_of(market)
    absurd = replace(spec, price_cny=1e7)
    earned = sell(futures[0][0], [absurd], terms=TERMS)
    maker = market.world.categories[0].makers[spec.maker]
    cost = maker.unit_cost(spec.features[None, :])[0] * maker.tier_factor(spec.units)
    expected = -maker.setup_cost_cny - spec.units * cost * (1 - 0.35)
    assert earned.existing_change_cny == 0.0
    assert earned.profit_cny == pytest.approx(expected)


def test_units_are_conserved_when_sold(best_plan, futures):
    specs = [spec for spec in best_plan if spec.category == 0]
    for future in futures[0]:
        earned = sell(future, specs, terms=TERMS)
        assert earned.ordered_units == sum(spec.units for spec in specs)
        assert 0 <= earned.leftover_units <= earned.ordered_units


def test_the_oracle_earns_and_beats_copying(market, best_plan, futures):
    assert check_terms(best_plan, world=market.world) == []
    oracle = score_plan(best_plan, terms=TERMS, futures=futures)
    copies = score_plan(copies_of(market), terms=TERMS, futures=futures)
    for best, copied in zip(oracle, copies, strict=True):
        assert best.profit_cny >= 0
        assert best.profit_cny >= copied.profit_cny
    assert sum(part.profit_cny for part in oracle) > 0


def test_a_plan_survives_being_written_and_read(market, best_plan, tmp_path):
    specs = best_plan
    write_plan(tmp_path / "plan.csv", specs, world=market.world)
    plan = read_plan(tmp_path / "plan.csv", world=market.world)
    assert plan.violations == ()
    assert [(s.units, s.price_cny) for s in plan.specs] == [(s.units, s.price_cny) for s in specs]
    category = market.world.categories[0]
    text = format_features(specs[0].features, category=category)
    assert parse_features(text, category=category) == tuple(specs[0].features)


def bad_plan_lines(market) -> dict[str, dict]:
    """A line per broken term, each otherwise right."""
    category = market.world.categories[0]
    limited = next(
        (maker, a, v)
        for maker in category.makers
        for a, can in enumerate(maker.supported)
        for v in np.flatnonzero(~can)
    )
    maker, a, v = limited
    attribute = category.text.attributes[a]
    pack = maker.pack_size
    enough = -(-maker.min_order_units // pack) * pack
    line = {
        "category_id": category.text.category_id,
        "manufacturer_id": maker.manufacturer_id,
        "features": "",
        "region": market.world.regions[0],
        "quantity": enough,
        "target_price": 300.0,
        "decision": "build",
    }
    too_many = (maker.capacity_units // pack + 1) * pack
    return {
        "not supported": line | {"features": f"{attribute.attribute}={attribute.values[v].value}"},
        "not in packs": line | {"quantity": enough + 1},
        "per spec": line | {"quantity": pack * max(1, (maker.min_spec_units - 1) // pack)},
        "order of": line | {"quantity": pack},
        "over capacity": line | {"quantity": too_many},
        "unknown manufacturer": line | {"manufacturer_id": "nobody"},
        "unknown value": line | {"features": f"{attribute.attribute}=no such value"},
        "two values": line
        | {"features": ";".join(f"{attribute.attribute}={value.value}" for value in attribute.values[:2])},
        "must be above zero": line | {"quantity": 0},
    }


@pytest.mark.parametrize(
    "problem",
    [
        "not supported",
        "not in packs",
        "per spec",
        "order of",
        "over capacity",
        "unknown manufacturer",
        "unknown value",
        "two values",
        "must be above zero",
    ],
)
def test_every_broken_term_is_detected(market, tmp_path, problem):
    line = bad_plan_lines(market)[problem] | {"spec_id": "s1"}
    path = tmp_path / "plan.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(line))
        writer.writeheader()
        writer.writerow(line)
    plan = read_plan(path, world=market.world)
    assert [text for text in plan.violations if problem in text]


def test_lines_that_are_not_to_be_built_are_ignored(market, tmp_path):
    line = bad_plan_lines(market)["not in packs"] | {"spec_id": "s1", "decision": "wait"}
    path = tmp_path / "plan.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(line))
        writer.writeheader()
        writer.writerow(line)
    plan = read_plan(path, world=market.world)
    assert plan.specs == () and plan.violations == ()


def test_whole_units_by_share_add_up():
    # 10 units over 1/2, 1/3, 1/6 are 5, 3.33, 1.67: the largest remainder gets the last unit.
    assert split_units(10, np.array([3.0, 2.0, 1.0])).tolist() == [5, 3, 2]


def test_acceptable_units_meet_every_term(market):
    maker = market.world.categories[0].makers[0]
    tight = replace(
        maker,
        pack_size=6,
        min_spec_units=20,
        min_order_units=60,
        weekly_capacity_units=30,
        lead_time_days=21,
    )
    # 5 and 14 wished: both to 24 (four packs over 20), then one pack at a time up to 60.
    units = acceptable_units([5.0, 14.0], [0, 0], [tight])
    assert units.sum() == 60 and (units % 6 == 0).all() and units.min() >= 24
    # Capacity is 30 a week for three whole weeks: 90, in packs 90.
    assert acceptable_units([80.0, 80.0], [0, 0], [tight]).sum() == 90
    crowded = acceptable_units([9.0] * 5, [0] * 5, [tight])
    assert crowded is None  # 5 specs × 24 units do not fit into 90


def test_a_planner_sees_only_its_inputs_and_its_plan_is_sold(tmp_path):
    spec = replace(SPEC, n_days=60, searches=20_000, order_rows=8_500, n_categories=1)
    seen: list[str] = []

    def planner(folder: Path, as_of: date) -> Path:
        seen.extend(p.relative_to(folder.parent).as_posix() for p in folder.parent.rglob("*"))
        own = run_history(build_world(spec))
        path = tmp_path / "batch_specs.csv"
        write_plan(path, copies_of(own), world=own.world)
        assert as_of == spec.as_of
        return path

    result = run_seed(spec, terms=TERMS, planner=planner, draws=2, keep=tmp_path / "kept")
    assert "input/c2b.yaml" in seen and "input/products.jsonl" in seen
    assert not [name for name in seen if "truth" in name]
    assert result.plan == result.baselines["best sellers"] and result.violations == ()


def test_the_command_line_writes_a_report(tmp_path):
    out = tmp_path / "report.md"
    arguments = ["--seeds", "3", "--days", "60", "--scale", "small", "--without-plan"]
    assert main([*arguments, "--draws", "2", "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "| base 3 | **all** |" in text and "not run" in text
