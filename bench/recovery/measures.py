"""One market measured: errors, ranks, false alarms."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.recovery import runs, truth
from bench.recovery.decoys import KINDS, Files, strike
from bench.recovery.plain_market import plain_market
from bench.recovery.truth import Feature
from models import latent
from pipelines.samples.market import write_history
from pipelines.samples.market_history import run_history
from pipelines.samples.market_world import build_world

PASSED_SHARE = 0.05
PATIENCE_DAYS = 30
WINDOW_DAYS = 28


@dataclass(frozen=True)
class ShareError:
    """Wanted share less truth, of one value with so many intents; ``is_covered`` whether the truth lies in the 80 %
    interval; ``has_plain`` says that its attribute has a value that people rarely name."""

    intents: int
    error: float
    is_covered: bool
    has_plain: bool


@dataclass(frozen=True)
class Found:
    """``ranks`` and ``causes`` of the rising value, by category; ``is_due`` whether it is first, or who is first is as
    unsold and wanted more in truth."""

    seed: int
    shares: tuple[ShareError, ...]
    ranks: tuple[int, ...]
    causes: tuple[str, ...]
    is_due: tuple[bool, ...]

    def summary(self) -> str:
        return f"seed {self.seed}, ranks of the rising value {self.ranks}, causes {self.causes}"


@dataclass(frozen=True)
class Decoy:
    """One decoy; ``is_alarm`` where the value was called not made, and was not before the disturbance."""

    seed: int
    kind: str
    cause: str
    is_alarm: bool


@dataclass(frozen=True)
class PlainFound:
    """``is_covered`` is of the gap's interval, by value; ``would_be`` is found over true would-be buyers."""

    shares: tuple[ShareError, ...]
    is_covered: tuple[bool, ...]
    would_be: float


def market_of(seed: int, *, days: int, searches_per_day: int) -> Found:
    """Shares at the end of the history; ranks at the last day that patience allows."""
    market = run_history(build_world(runs.varied_spec(seed, days=days, searches_per_day=searches_per_day)))
    spec = market.world.spec
    shares: list[ShareError] = []
    ranks, causes, due = [], [], []
    with tempfile.TemporaryDirectory() as name:
        write_history(Path(name), market=market)
        config = runs.prepare(Path(name), spec.as_of)
        rows = runs.gaps(config, spec.as_of)
        for category in market.world.categories:
            shares += _errors(rows, truth.wanted_shares(market.world, category, days - WINDOW_DAYS, days), category)
            passed = truth.day_above(market.world, category, PASSED_SHARE)
            day = min(passed + PATIENCE_DAYS, days)
            if passed >= days - 7:
                continue  # it rose too late to be asked about
            then = rows if day == days else runs.gaps(config, spec.start_date + dt.timedelta(days=day))
            row = _row(then, truth.rising(category))
            ranks.append(int(row["rank"]) if row else 0)
            causes.append(str(row["cause_detail"]) if row else "hidden")
            known = truth.wanted_shares(market.world, category, day - WINDOW_DAYS, day)
            due.append(ranks[-1] == 1 or _is_wanted_more(then, known, truth.rising(category)))
    return Found(seed, tuple(shares), tuple(ranks), tuple(causes), tuple(due))


def _is_wanted_more(rows: list[runs.Row], known: dict[Feature, float], rising: Feature) -> bool:
    """Whether the first value of the category is sold by nobody either, and more people want it."""
    first = next((row for row in rows if row["category_id"] == rising.category_id and row["rank"] == 1), None)
    if first is None or first["products"]:
        return False
    return known.get(Feature(rising.category_id, first["attribute"], first["value"]), 0.0) > known[rising]


def decoys_of(seed: int, *, days: int, searches_per_day: int) -> list[Decoy]:
    """Each kind of disturbance on a well-supplied value of its own."""
    market = run_history(build_world(runs.varied_spec(seed + 500, days=days, searches_per_day=searches_per_day)))
    spec = market.world.spec
    rng = np.random.default_rng([seed, 9])
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        write_history(Path(first), market=market)
        before = runs.gaps(runs.prepare(Path(first), spec.as_of), spec.as_of)
        calm = [row for row in before if row["cause"] == "none" and row["products"] >= 3 and not row["suppressed"]]
        calm = [row for row in calm if row["intents"] >= 40]
        chosen = rng.permutation(len(calm))[: len(KINDS)]
        files = Files.read(Path(first), spec.as_of)
        targets = [Feature(calm[i]["category_id"], calm[i]["attribute"], calm[i]["value"]) for i in chosen]
        kinds = [KINDS[(seed + k) % len(KINDS)] for k in range(len(targets))]
        for kind, target in zip(kinds, targets, strict=True):
            strike(files, kind, target, rng)
        files.write(Path(second))
        after = runs.gaps(runs.prepare(Path(second), spec.as_of), spec.as_of)
    found = []
    for kind, target in zip(kinds, targets, strict=True):
        row = _row(after, target)
        cause = str(row["cause"]) if row else "hidden"
        found.append(Decoy(seed, kind, cause, cause == "not_made"))
    return found


def plain_of(seed: int) -> PlainFound:
    """Shares and gap intervals in a market of the other kind."""
    market = plain_market(seed)
    history = market.history
    rates = latent.conversion(history, last_days=latent.CONVERSION_DAYS)
    demand = latent.measure(history, rates, first_day=history.days - WINDOW_DAYS, end_day=history.days)
    shares, covered = [], []
    for a, found in enumerate(demand.attributes):
        for v in range(len(found.intents)):
            share = float(market.wanted_share[a][v])
            shares.append(
                ShareError(
                    int(found.intents[v]),
                    float(found.wanted_share[v]) - share,
                    bool(found.wanted_share_p10[v] <= share <= found.wanted_share_p90[v]),
                    market.has_plain[a],
                )
            )
            _, low, high = found.gap(v)
            covered.append(bool(low <= market.wanted_units[a][v] - found.bought_units[v] <= high))
    would_be = demand.would_be_units / float(market.wanted_units[0].sum())
    return PlainFound(tuple(shares), tuple(covered), would_be)


def _errors(rows: list[runs.Row], known: dict[Feature, float], category: object) -> list[ShareError]:
    attributes = category.text.attributes  # type: ignore[attr-defined]
    plain = {a.attribute for a in attributes if any(value.spoken < 1 for value in a.values)}
    return [
        ShareError(
            int(row["intents"]),
            row["wanted_share"] - share,
            row["wanted_share_p10"] <= share <= row["wanted_share_p90"],
            feature.attribute in plain,
        )
        for feature, share in known.items()
        if (row := _row(rows, feature)) is not None
    ]


def _row(rows: list[runs.Row], feature: Feature) -> runs.Row | None:
    named = (feature.category_id, feature.attribute, feature.value)
    return next((row for row in rows if (row["category_id"], row["attribute"], row["value"]) == named), None)
