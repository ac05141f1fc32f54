"""Searches and orders that are nobody's in particular: called where a text or unit has hardly any others."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
from conftest import FIRST_DAY, Row, Workspace, order, product, search
from scipy import stats

from models import mixes
from models.evidence import Array
from pipelines import verdicts
from pipelines.settings import Cleaning

DAYS = 50
TEXTS = [f"{word} kettle {n}" for word in ("red", "blue", "steel", "glass", "quiet") for n in range(12)]
SKUS = [f"k{n}" for n in range(30)]


@dataclass
class Shop:
    """A shop with guests; ``told`` collects, by story, the ids of the rows that belong to it."""

    rng: np.random.Generator
    guests: float = 0.4  # share of visitors without an account
    searches: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    told: dict[str, set[str]] = field(default_factory=dict)

    def moment(self, day: int, hour: float | None = None) -> str:
        start = dt.datetime.combine(FIRST_DAY, dt.time()) + dt.timedelta(days=day)
        seconds = int(3600 * (self.rng.uniform(8, 22) if hour is None else hour))
        return f"{(start + dt.timedelta(seconds=seconds)).isoformat()}+08:00"

    def note(self, story: str, name: object) -> None:
        self.told.setdefault(story, set()).add(str(name))

    def ask(
        self, day: int, text: str, *, story: str = "honest", guest: float | None = None, click: float = 0.5
    ) -> None:
        """One visitor: a search, or two in one session; a click at times."""
        n = len(self.searches)
        guest = self.guests if guest is None else guest
        who, session = None if self.rng.random() < guest else f"shopper-{self.rng.integers(900)}", f"s{n}"
        for _ in range(1 if self.rng.random() < 0.6 else 2):
            clicked = [SKUS[0]] if self.rng.random() < click else []
            row = search(len(self.searches), event_time=self.moment(day), filters=None, query=text, user_id=who)
            self.searches.append(row | {"session_id": session, "clicked_sku_ids": clicked, "result_count": 3})
            self.note(story, row["event_id"])

    def scrape(self, day: int, text: str, *, story: str) -> None:
        n = len(self.searches)
        row = search(n, event_time=self.moment(day), filters=None, query=text, user_id=None)
        self.searches.append(row | {"session_id": f"s{n}", "clicked_sku_ids": [], "result_count": 3})
        self.note(story, row["event_id"])

    def buy(self, day: int, sku_id: str, *, new: float, searched: float, story: str = "honest") -> None:
        n = len(self.orders)
        who = f"new-{n}" if self.rng.random() < new else f"shopper-{self.rng.integers(900)}"
        hour, session = float(self.rng.uniform(8, 22)), f"b{n}"
        if self.rng.random() < searched:
            row = search(len(self.searches), event_time=self.moment(day, hour), filters=None, user_id=who)
            asked = {"query": str(self.rng.choice(TEXTS)), "session_id": session, "clicked_sku_ids": [sku_id]}
            self.searches.append(row | asked)
        row = order(n, event_time=self.moment(day, hour + 0.2), user_id=who, sku_id=sku_id)
        self.orders.append(row | {"session_id": session})
        self.note(story, row["order_id"])

    def judge(self, workspace: Workspace, *, without: str = "") -> dict[str, Counter[str]]:
        """Verdicts by story."""
        data = {
            "search_events": self.searches,
            "order_lines": self.orders,
            "products": [product(sku_id, "red", "flip") for sku_id in SKUS],
        }
        workspace.deliver({name: rows for name, rows in data.items() if name != without})
        said = workspace.run(str(FIRST_DAY + dt.timedelta(days=DAYS)), until="clean")
        assert said.code == 0, said.err
        rows = workspace.lake.read("int_verdicts").to_pylist()
        lines = {
            row["subject"].removesuffix("/1"): row["verdict"] for row in rows if row["subject_kind"] == "order_line"
        }
        found = {row["event_id"]: row["verdict"] for row in workspace.lake.read("stg_searches").to_pylist()}
        found |= {row["order_id"]: lines.get(row["order_id"], "human") for row in self.orders}
        return {story: Counter(found[name] for name in names if name in found) for story, names in self.told.items()}


def shop(*, guests: float = 0.4, seed: int = 1) -> Shop:
    place = Shop(np.random.default_rng(seed), guests)
    popularity = place.rng.dirichlet(np.full(len(TEXTS), 0.7))
    for day in range(DAYS):
        for text in place.rng.choice(TEXTS, 100, p=popularity):
            place.ask(day, str(text))
        for sku_id in place.rng.choice(SKUS, 15):
            place.buy(day, str(sku_id), new=0.5, searched=0.75)
    return place


def test_texts_that_only_machines_search_are_told_from_rises_among_people(workspace: Workspace) -> None:
    place = shop()
    for day in range(20, DAYS):
        for text in ("gold kettle", TEXTS[3], TEXTS[40]):
            for _ in range(3):
                place.scrape(day, text, story="machine")
        for _ in range(8):
            place.ask(day, "kettle as in the show", story="trend")
            place.ask(day, "kettle with a window", story="unmet", click=0.01)
            place.ask(day, "kettle from the newsletter", story="link", guest=1.0)
    found = place.judge(workspace)
    late = found["machine"]["crawler"] + found["machine"]["grey"]
    assert late >= 0.7 * found["machine"].total(), found  # the first days have too few of them
    for story in ("trend", "unmet", "link"):
        assert found[story]["human"] == found[story].total(), (story, found[story])
    assert found["honest"]["human"] >= 0.999 * found["honest"].total(), found
    reasons = [
        row["reason"] for row in workspace.lake.read("int_verdicts").to_pylist() if row["subject_kind"] == "actor_day"
    ]
    assert any("had no account, no click and no second search" in reason for reason in reasons)


@pytest.mark.parametrize("guests", [0.95, 1.0])
def test_where_hardly_anybody_has_an_account_its_lack_says_nothing(workspace: Workspace, guests: float) -> None:
    place = shop(guests=guests)
    for day in range(20, DAYS):
        for _ in range(8):
            place.ask(day, "kettle as in the show", story="trend")
            place.ask(day, "kettle with a window", story="unmet", click=0.0)
    found = place.judge(workspace)
    for story, seen in found.items():
        assert seen["human"] == seen.total(), (story, seen)


def test_lone_orders_are_grey_where_a_unit_has_hardly_any_others(workspace: Workspace) -> None:
    place = shop()
    for day in range(DAYS):
        for _ in range(3):
            place.buy(day, "k3", new=1.0, searched=0.0, story="always by an advertisement")
    for day in range(20, DAYS):
        for sku_id in ("k7", "k8"):
            for _ in range(4):
                place.buy(day, sku_id, new=1.0, searched=0.0, story="paid")
        for _ in range(6):
            place.buy(day, "k5", new=0.5, searched=0.75, story="rise")
    found = place.judge(workspace)
    assert found["paid"]["grey"] >= 0.8 * found["paid"].total(), found
    assert found["paid"]["brushed"] == 0, found  # an advertisement looks the same
    for story in ("rise", "honest"):
        assert found[story]["human"] >= 0.98 * found[story].total(), (story, found[story])
    late = {
        row["subject"].removesuffix("/1")
        for row in workspace.lake.read("int_verdicts").to_pylist()
        if row["business_date"] >= FIRST_DAY + dt.timedelta(days=42)
    }
    assert not late & place.told["always by an advertisement"]


def test_without_searches_a_lone_order_says_nothing(workspace: Workspace) -> None:
    place = shop()
    for day in range(20, DAYS):
        for _ in range(3):
            place.buy(day, "k7", new=1.0, searched=0.0, story="perhaps")
    found = place.judge(workspace, without="search_events")
    assert found["perhaps"]["human"] == found["perhaps"].total(), found


# ---- arithmetic


def shares(rng: np.random.Generator, mean: float, strength: float, texts: int) -> tuple[Array, Array]:
    """Counts of a shop whose texts differ as told, with a long tail."""
    n = 1 + rng.negative_binomial(0.4, 0.02, texts)
    share = rng.beta(mean * strength, (1 - mean) * strength, texts)
    kind = rng.binomial(n, share)
    return kind.astype(float), (n - kind).astype(float)


def called(kind: Array, others: Array) -> Array:
    spread = mixes.usual(kind, others, np.ones(len(kind)))
    return np.zeros(len(kind)) if spread is None else mixes.points(kind, others, spread)


@pytest.mark.parametrize("strength", [3.0, 10.0, 200.0])
@pytest.mark.parametrize("mean", [0.02, 0.3, 0.9])
def test_honest_texts_are_hardly_ever_called_however_they_differ(mean: float, strength: float) -> None:
    rng = np.random.default_rng(7)
    found = sum(int((called(*shares(rng, mean, strength, 500)) >= 4).sum()) for _ in range(20))
    assert found <= 2  # of 10,000


def test_spread_is_that_of_the_honest_texts_though_many_are_worked_on() -> None:
    rng = np.random.default_rng(3)
    kind, others = shares(rng, 0.2, 40.0, 600)
    kind[:40] += 60
    spread = mixes.usual(kind, others, np.ones(600))
    assert spread is not None
    assert float(spread.mean) == pytest.approx(0.2, abs=0.02)
    assert spread.strength > 15
    worked = mixes.points(kind, others, spread) >= 4
    assert worked[:40].mean() > 0.6
    assert not worked[40:].any()


def test_surprise_is_the_beta_binomial_against_any_share() -> None:
    spread = mixes.Usual(np.asarray(0.2), 50.0)
    kind, others = np.array([9.0, 30.0]), np.array([3.0, 30.0])
    n = kind + others
    honest = stats.betabinom.logpmf(kind, n, 10, 40)
    any_share = stats.betabinom.logpmf(kind, n, 1, 1)
    assert spread.surprise(kind, others) == pytest.approx(np.log(1e-3) + any_share - honest)
    assert spread.surprise(np.array([1.0]), np.array([9.0])) == -np.inf


def test_points_are_the_odds_among_the_kind_and_the_surprise() -> None:
    spread = mixes.Usual(np.asarray(0.2), 51.0)  # mean odds 10.2 / (40.8 - 1)
    expected = 2.5 * 10.2 / 39.8
    assert spread.expected(np.array([2.0])) == pytest.approx(expected)
    got = mixes.points(np.array([40.0, 9.0]), np.array([2.0, 0.0]), spread)
    assert got == pytest.approx([np.log((40 - expected) / expected) + 2, 0.0])  # nine are too few


def test_a_past_of_one_kind_is_the_measure_of_it() -> None:
    spread = mixes.Usual(np.asarray(0.2), 50.0)
    own = spread.at_least(np.array([45.0, 0.0]), np.array([5.0, 50.0]))
    assert own.mean == pytest.approx([(45 + 10 * 0.2) / (50 + 10), 0.2])


def test_nothing_is_said_of_a_handful_of_texts() -> None:
    assert mixes.usual(np.full(10, 1.0), np.full(10, 9.0), np.ones(10)) is None


def test_a_lone_verdict_knows_nothing_later(workspace: Workspace) -> None:
    place = shop()
    for day in range(20, DAYS):
        for _ in range(4):
            place.scrape(day, "gold kettle", story="machine")
            place.buy(day, "k7", new=1.0, searched=0.0, story="paid")
    place.judge(workspace)
    day = str(FIRST_DAY + dt.timedelta(days=40))
    alone = verdicts.judge(workspace.lake, [day], Cleaning()).to_pylist()
    together = [row for row in workspace.lake.read("int_verdicts").to_pylist() if str(row["business_date"]) == day]
    assert {row["subject_kind"] for row in alone} == {"actor_day", "order_line"}
    assert alone == sorted(together, key=lambda row: (row["subject_kind"], row["subject"]))
