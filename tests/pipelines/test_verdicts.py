"""Planted crawlers and brushed orders are found; shoppers who look like them are not; nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from conftest import FIRST_DAY, Row, Workspace, jsonl, order, product, search, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from models.evidence import Signal, excess, pace, reason, score, share_surprise
from pipelines import verdicts
from pipelines.builds import window_days
from pipelines.lake import Lake
from pipelines.settings import Cleaning

DAYS = 42
SKUS = [f"k{i}" for i in range(1, 37)]
WORDS = ["red", "blue", "flip lid", "screw lid", "1.5 l", "2 l", "steel", "glass", "quiet", "small", "white", "cheap"]
AS_OF = str(FIRST_DAY + dt.timedelta(days=DAYS))
HOUR = 3600


def clock(day: int, second: float) -> str:
    moment = dt.datetime.combine(FIRST_DAY, dt.time()) + dt.timedelta(days=day, seconds=int(second))
    return f"{moment.isoformat()}+08:00"


@dataclass
class Town:
    """A shop with honest customers, to plant things in. ``fake`` collects ids of planted rows."""

    rng: np.random.Generator
    searches: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    planted: set[str] = field(default_factory=set)
    n: int = 0

    def ask(self, day: int, second: float, *, plant: bool = False, **other: object) -> None:
        self.n += 1
        self.searches.append(search(self.n, event_time=clock(day, second), filters=None) | other)
        if plant:
            self.planted.add(self.searches[-1]["event_id"])

    def buy(self, day: int, second: float, *, plant: bool = False, **other: object) -> None:
        self.n += 1
        self.orders.append(order(self.n, event_time=clock(day, second), session_id=None) | other)
        if plant:
            self.planted.add(self.orders[-1]["order_id"])

    def visit(self, day: int, *, times: float = 1.0, **bought: object) -> None:
        """A shopper: one to three searches, mostly a click, a quarter buys; a fifth of buyers do not search."""
        self.n += 1
        who, session, second = f"shopper-{self.n % 1500}", f"s{self.n}", self.rng.uniform(8, 23.5) * HOUR
        sku_id = SKUS[int(self.rng.integers(len(SKUS)))]
        buys = bool(self.rng.random() < 0.25)
        if buys and self.rng.random() < 0.2:
            self.buy(day, second, user_id=who, sku_id=sku_id, **bought)
            return
        for _ in range(int(self.rng.integers(1, 4))):
            words = self.rng.choice(WORDS, 2, replace=False)
            clicked = [sku_id] if self.rng.random() < 0.6 or buys else []
            self.ask(day, second, user_id=who, session_id=session, query=" ".join(words), clicked_sku_ids=clicked)
            second += self.rng.lognormal(3.5, 0.8)
        if buys:
            self.buy(day, second + 200, user_id=who, session_id=session, sku_id=sku_id, **bought)

    def deliver(self, workspace: Workspace, *, without: str = "") -> None:
        data = {
            "search_events": self.searches,
            "order_lines": self.orders,
            "products": [product(sku_id, "red", "flip") for sku_id in SKUS],
        }
        workspace.deliver({name: rows for name, rows in data.items() if name != without})


def town(*, busy_day: int | None = None, seed: int = 1) -> Town:
    place = Town(np.random.default_rng(seed))
    for day in range(DAYS):
        for _ in range(60 * (6 if day == busy_day else 1)):
            place.visit(day)
    return place


def judged(workspace: Workspace) -> dict[str, str]:
    """Verdict of every search and order by id, as a reader of the tables sees it."""
    said = workspace.run(AS_OF, until="clean")
    assert said.code == 0, said.err
    found = {row["event_id"]: row["verdict"] for row in workspace.lake.read("stg_searches").to_pylist()}
    lines: dict[str, str] = {}
    for row in workspace.lake.read("int_verdicts").to_pylist():
        if row["subject_kind"] == "order_line":
            subject = row["subject"].removesuffix("/1")
            lines[subject] = min(lines.get(subject, "z"), row["verdict"])
    return found | {
        row["order_id"]: lines.get(row["order_id"], "human")
        for row in workspace.lake.read("stg_order_events").to_pylist()
    }


# ---- planted and found


def fast_account(t: Town) -> None:
    for i in range(300):
        t.ask(30, 10 * HOUR + 3 * i, plant=True, user_id="bot", session_id="b", query=f"w{i % 90}", clicked_sku_ids=[])


def slow_all_day(t: Town) -> None:
    second = 0.0
    while second < 24 * HOUR:
        t.ask(30, second, plant=True, user_id="bot", session_id="b", query=f"w{t.n % 50}", clicked_sku_ids=[])
        second += t.rng.uniform(600, 1200)


def orders_once_in_a_while(t: Town) -> None:
    fast_account(t)
    t.buy(30, 12 * HOUR, user_id="bot")


def pool_of_accounts(t: Town) -> None:
    texts = [f"{a} {b}" for a in WORDS[:6] for b in WORDS[6:]]
    for account in range(8):
        for day in (29, 30, 31):
            second = t.rng.uniform(9, 15) * HOUR
            for i in t.rng.permutation(len(texts))[:14]:
                second += t.rng.exponential(900)
                t.ask(
                    day, second, plant=True, user_id=f"bot{account}", session_id=f"b{t.n}", query=texts[i],
                    clicked_sku_ids=[],
                )  # fmt: skip


def nobody_asks_at_once(t: Town) -> None:
    for _ in range(150):
        second = t.rng.uniform(9, 20) * HOUR
        t.ask(30, second, plant=True, user_id=None, session_id=f"b{t.n}", query="gold kettle", clicked_sku_ids=[])


def hour_burst(t: Town) -> None:
    for i in range(30):
        t.buy(30, 12 * HOUR + t.rng.uniform(0, HOUR), plant=True, user_id=f"fake{i}", sku_id="k3")


def daily_drip(t: Town) -> None:
    for day in range(14, 35):
        for _ in range(2):
            t.buy(day, t.rng.uniform(8, 23) * HOUR, plant=True, user_id="fake", sku_id="k3")


def ring(t: Town) -> None:
    for account in range(15):
        for sku_id in SKUS[:5]:
            day, second = 28 + int(t.rng.integers(10)), t.rng.uniform(8, 23) * HOUR
            t.buy(day, second, plant=True, user_id=f"fake{account}", sku_id=sku_id)


def search_then_buy(t: Town) -> None:
    for i in range(30):
        second, who = t.rng.uniform(9, 22) * HOUR, f"fake{i}"
        asked = {"user_id": who, "session_id": f"f{i}", "query": "super kettle 3000", "clicked_sku_ids": ["k3"]}
        t.ask(30, second, plant=True, **asked)
        t.buy(30, second + t.rng.uniform(60, 300), plant=True, user_id=who, session_id=f"f{i}", sku_id="k3")


def same_quantity(t: Town) -> None:
    for _ in range(15):
        t.buy(30, t.rng.uniform(8, 23) * HOUR, plant=True, user_id=None, sku_id="k3", quantity=5)


FAKES = [
    fast_account, slow_all_day, orders_once_in_a_while, pool_of_accounts, nobody_asks_at_once, hour_burst, daily_drip,
    ring, search_then_buy, same_quantity,
]  # fmt: skip


@pytest.mark.parametrize("plant", FAKES, ids=lambda kind: kind.__name__)
def test_what_is_planted_is_found(workspace: Workspace, plant: Callable[[Town], None]) -> None:
    place = town()
    plant(place)
    place.deliver(workspace)
    verdict = judged(workspace)
    found = Counter(verdict[name] for name in place.planted)
    fake = found["crawler"] + found["brushed"]
    assert fake >= 0.9 * len(place.planted), found
    honest = Counter(v for name, v in verdict.items() if name not in place.planted)
    assert honest["crawler"] + honest["brushed"] <= 0.002 * honest["human"], honest


@pytest.mark.parametrize("plant", [hour_burst, daily_drip, ring, same_quantity], ids=lambda kind: kind.__name__)
def test_brushed_orders_where_nobody_searches_are_at_least_grey(
    workspace: Workspace, plant: Callable[[Town], None]
) -> None:
    """Without a search log the missing search says nothing; what is left must still raise suspicion."""
    place = town()
    plant(place)
    place.deliver(workspace, without="search_events")
    verdict = judged(workspace)
    orders = {row["order_id"] for row in place.orders}
    found = Counter(verdict[name] for name in place.planted)
    assert found["brushed"] + found["grey"] >= 0.6 * len(place.planted), found
    honest = Counter(verdict[name] for name in orders - place.planted)
    assert honest["brushed"] <= 0.002 * honest["human"], honest


# ---- look-alikes, left alone


def livestream(t: Town) -> None:
    for i in range(200):
        t.buy(30, 20 * HOUR + t.rng.uniform(0, HOUR), plant=True, user_id=f"fan{i}", sku_id="k3", channel="live")


def group_buy(t: Town) -> None:
    for i in range(80):
        t.buy(30, t.rng.uniform(19, 22) * HOUR, plant=True, user_id=f"g{i}", sku_id="k4", channel="group_buy")


def same_fans_every_week(t: Town) -> None:
    for day, sku_id in ((16, "k2"), (23, "k3"), (30, "k4")):
        for i in range(60):
            second = 20 * HOUR + t.rng.uniform(0, HOUR)
            t.buy(day, second, plant=True, user_id=f"fan{i}", sku_id=sku_id, channel="live")


def office(t: Town) -> None:
    t.buy(30, 10 * HOUR, plant=True, user_id="office", sku_id="k5", quantity=40)
    for i in range(4):
        t.buy(31, (10 + i) * HOUR, plant=True, user_id="office", sku_id="k6", quantity=3)


def heavy_shopper(t: Town) -> None:
    """Seventy searches on a day, clicks and a purchase, over an evening and a lunch break."""
    for start, count in ((12.2, 25), (19.5, 45)):
        second = start * HOUR
        for _ in range(count):
            words = " ".join(t.rng.choice(WORDS, 2, replace=False))
            clicked = ["k1"] if t.rng.random() < 0.5 else []
            t.ask(30, second, plant=True, user_id="keen", session_id=f"k{start}", query=words, clicked_sku_ids=clicked)
            second += t.rng.lognormal(3.8, 0.9)
    t.buy(30, second, plant=True, user_id="keen", session_id="k19.5", sku_id="k1")


def unmet_wish(t: Town) -> None:
    """More people every day ask for what nobody sells; most searches show nothing and few are clicked."""
    for day in range(10, DAYS):
        for _ in range(day - 8):
            t.ask(
                day, t.rng.uniform(8, 23.5) * HOUR, plant=True, user_id=f"wish{t.n}", session_id=f"w{t.n}",
                query="kettle with a window", clicked_sku_ids=["k1"] if t.rng.random() < 0.15 else [],
                result_count=0 if t.rng.random() < 0.6 else 3,
            )  # fmt: skip


def back_in_stock(t: Town) -> None:
    """A favourite comes back: six times its usual orders for two days, after searches as ever."""
    for day in (30, 31):
        for _ in range(16):
            second, session, who = t.rng.uniform(8, 23) * HOUR, f"r{t.n}", f"waiting{t.n}"
            words = " ".join(t.rng.choice(WORDS, 2, replace=False))
            if t.rng.random() < 0.8:
                asked = {"user_id": who, "session_id": session, "query": words, "clicked_sku_ids": ["k7"]}
                t.ask(day, second, plant=True, **asked)
            else:
                session = None
            t.buy(day, second + 300, plant=True, user_id=who, session_id=session, sku_id="k7")


LOOK_ALIKES = [
    livestream, group_buy, same_fans_every_week, office, heavy_shopper, unmet_wish, back_in_stock,
]  # fmt: skip


@pytest.mark.parametrize("plant", LOOK_ALIKES, ids=lambda kind: kind.__name__)
def test_look_alikes_are_left_alone(workspace: Workspace, plant: Callable[[Town], None]) -> None:
    place = town()
    plant(place)
    place.deliver(workspace)
    verdict = judged(workspace)
    found = Counter(verdict[name] for name in place.planted)
    assert found["crawler"] + found["brushed"] == 0, found
    assert found["human"] >= 0.9 * sum(found.values()), found


def test_a_festival_day_is_no_fraud(workspace: Workspace) -> None:
    place = town(busy_day=30)
    place.deliver(workspace)
    verdict = Counter(judged(workspace).values())
    assert verdict["crawler"] + verdict["brushed"] == 0, verdict
    assert verdict["grey"] <= 0.002 * verdict["human"], verdict


# ---- kept, counted, explained


def test_quarantined_rows_stay_readable_and_say_why(workspace: Workspace) -> None:
    place = town()
    fast_account(place)
    hour_burst(place)
    place.deliver(workspace)
    judged(workspace)
    searches = workspace.lake.read("stg_searches").to_pylist()
    orders = workspace.lake.read("stg_order_events").to_pylist()
    assert len(searches) == len(place.searches)
    assert len(orders) == len(place.orders)
    rows = workspace.lake.read("int_verdicts").to_pylist()
    crawled = [row for row in rows if row["verdict"] == "crawler"]
    assert sum(row["searches"] for row in crawled) == sum(row["verdict"] == "crawler" for row in searches) == 300
    (bot,) = crawled
    assert "even pauses of 3 seconds (+4.0)" in bot["reason"]
    assert "300 searches, 90 different ones (+5.0)" in bot["reason"]
    brushed = [row for row in rows if row["verdict"] == "brushed"]
    assert len({row["subject"] for row in brushed}) == 30
    assert all("buyers of the unit without a search in three hours" in row["reason"] for row in brushed)
    for row in rows:
        points = [float(part.rsplit("(", 1)[1].rstrip(")")) for part in row["reason"].split("; ")]
        assert sum(points) == pytest.approx(row["score"], abs=0.5)  # signals below a tenth are not told
        assert row["subject_date"] <= row["business_date"]


def test_a_burst_does_not_raise_the_bar_for_the_next(workspace: Workspace) -> None:
    place = town()
    for day in range(24, 36, 2):
        for i in range(25):
            second = 12 * HOUR + place.rng.uniform(0, HOUR)
            place.buy(day, second, plant=True, user_id=f"fake{day}-{i}", sku_id="k3")
    place.deliver(workspace)
    verdict = judged(workspace)
    assert Counter(verdict[name] for name in place.planted) == {"brushed": 150}


# ---- the same however and whenever rows arrive


def content(lake: Lake) -> list[tuple[object, ...]]:
    rows = lake.read("int_verdicts").to_pylist()
    return sorted(tuple(str(value) for value in row.values()) for row in rows)


def test_nights_late_rows_and_one_go_agree(new_workspace: Callable[[str], Workspace]) -> None:
    place = town()
    for plant in (fast_account, ring, daily_drip, search_then_buy):
        plant(place)
    at_once, nightly = new_workspace("at_once"), new_workspace("nightly")
    place.deliver(at_once)
    judged(at_once)
    late = [row for row in place.orders if row["event_time"][:10] == str(FIRST_DAY + dt.timedelta(days=29))]
    place.deliver(nightly)
    folder = nightly.folder
    for dataset, rows in (("search_events", place.searches), ("order_lines", place.orders)):
        (folder / f"{dataset}.jsonl").unlink()
        for row in rows:
            if row not in late:
                with (folder / f"{dataset}-{row['event_time'][:10]}.part").open("ab") as stream:
                    stream.write(jsonl([row]))
    nightly.configure(
        {"search_events": "search_events-*.jsonl", "order_lines": "order_lines-*.jsonl", "products": "products.jsonl"}
    )
    for night in range(DAYS - 14, DAYS + 1, 7):
        as_of = str(FIRST_DAY + dt.timedelta(days=night))
        for part in folder.glob("*.part"):
            if part.stem[-10:] < as_of:
                part.rename(part.with_suffix(".jsonl"))
        assert nightly.run(as_of, until="clean").code == 0
    assert content(nightly.lake) != content(at_once.lake)
    write_rows(folder / "order_lines-late.jsonl", late)
    assert nightly.run(AS_OF, until="clean").code == 0
    assert content(nightly.lake) == content(at_once.lake)
    for table in ("stg_searches", "stg_order_events"):
        one, other = (
            sorted((str(r.get("event_id") or r.get("order_id")), r.get("status"), r["verdict"]) for r in rows)
            for rows in (nightly.lake.read(table).to_pylist(), at_once.lake.read(table).to_pylist())
        )
        assert one == other
    before = nightly.lake.version("int_verdicts")
    assert nightly.run(AS_OF, until="clean").code == 0
    assert nightly.lake.version("int_verdicts") == before


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(new_workspace: Callable[[str], Workspace], seed: int) -> None:
    place = Town(np.random.default_rng(3))
    for day in range(10):
        for _ in range(20):
            place.visit(day)
    hour = 5
    for i in range(20):
        place.buy(hour, 12 * HOUR + 60 * i, user_id=f"fake{i}", sku_id="k3")
        place.ask(hour, 12 * HOUR + 5 * i, user_id="bot", query=f"w{i}", clicked_sku_ids=[])
    one = new_workspace(f"one{seed}")
    place.deliver(one)
    judged(one)
    rng = np.random.default_rng(seed)
    for rows in (place.searches, place.orders):
        rng.shuffle(rows)  # type: ignore[arg-type]
    other = new_workspace(f"other{seed}")
    place.deliver(other)
    judged(other)
    assert content(one.lake)
    assert content(one.lake) == content(other.lake)


def test_a_verdict_knows_nothing_later(workspace: Workspace) -> None:
    """Judging a day with the weeks after it in the lake gives what judging it on its own night gave."""
    place = town()
    ring(place)
    place.deliver(workspace)
    judged(workspace)
    day = str(FIRST_DAY + dt.timedelta(days=33))
    alone = verdicts.judge(workspace.lake, [day], Cleaning()).to_pylist()
    together = [row for row in workspace.lake.read("int_verdicts").to_pylist() if str(row["business_date"]) == day]
    assert alone
    assert alone == sorted(together, key=lambda row: (row["subject_kind"], row["subject"]))


# ---- arithmetic


def test_pace_tells_clockwork_from_people() -> None:
    rng = np.random.default_rng(1)
    samples = {
        "clockwork": rng.uniform(10, 20, 40),
        "poisson": rng.exponential(15, 40),
        "people": rng.lognormal(3.0, 0.8, 40),
    }
    points = {
        name: float(pace(np.array([40.0]), np.array([gaps.mean()]), np.array([np.log(gaps).mean()]))[0])
        for name, gaps in samples.items()
    }
    assert points["clockwork"] > 15
    assert points["poisson"] < 0.5
    assert points["people"] < 3


def test_pace_is_the_gamma_likelihood_ratio() -> None:
    """Against scipy: log-likelihood at the best shape less that at shape 2, both at the sample mean."""
    gaps = np.random.default_rng(4).gamma(6.0, 10.0, 200)
    best = optimize.minimize_scalar(
        lambda k: -stats.gamma.logpdf(gaps, k, scale=gaps.mean() / k).sum(), bounds=(2, 50), method="bounded"
    )
    plain = stats.gamma.logpdf(gaps, 2.0, scale=gaps.mean() / 2.0).sum()
    ours = pace(np.array([200.0]), np.array([gaps.mean()]), np.array([np.log(gaps).mean()]))[0]
    assert ours == pytest.approx(-best.fun - plain, rel=0.01)


def test_share_surprise_is_the_binomial_likelihood_ratio() -> None:
    ours = share_surprise(np.array([3.0, 0.0, 0.0]), np.array([20.0, 12.0, 0.0]), np.array([0.6, 0.6, 0.6]))
    exact = stats.binom.logpmf(3, 20, 3 / 20) - stats.binom.logpmf(3, 20, 0.6)
    assert ours == pytest.approx([exact, -12 * np.log(0.4), 0.0])


def test_excess_asks_for_more_than_chance() -> None:
    seen = excess(np.array([30.0, 6.0, 6.0, 3.0]), np.array([0.5, 4.0, 0.5, 0.1]), least=5)
    assert seen == pytest.approx([np.log(29.5 / 0.5), 0.0, np.log(5.5 / 0.5), 0.0])


def test_points_add_up_and_the_strongest_is_told_first() -> None:
    signals = [
        Signal("small", np.array([0.05]), lambda i: "small"),
        Signal("against", np.array([-1.0]), lambda i: "against"),
        Signal("strong", np.array([4.0]), lambda i: "strong"),
    ]
    assert score(signals) == pytest.approx([3.05])
    assert reason(signals, 0) == "strong (+4.0); against (-1.0)"


def test_window_days_are_the_days_a_verdict_reads() -> None:
    assert window_days(["2026-03-02"], trailing=2) == {"2026-02-28", "2026-03-01", "2026-03-02"}
