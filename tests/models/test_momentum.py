"""Shares go on moving as the shop's own past tells: planted tastes that rise, stay, or jump about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import composition, momentum

WEEKS, VALUES, SAID = 40, 4, 600


def counts(log_odds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    share = np.exp(log_odds) / np.exp(log_odds).sum(axis=1, keepdims=True)
    return np.array([rng.multinomial(SAID, row) for row in share]).astype(float)


def shop(kind: str, rng: np.random.Generator, *, weeks: int = WEEKS, attributes: int = 12) -> list[np.ndarray]:
    """Weekly tastes of several attributes, before counting."""
    level = rng.normal(0, 0.7, (attributes, VALUES))
    if kind == "stays":
        return [np.repeat(one[None], weeks, axis=0) for one in level]
    if kind == "jumps":  # about the same level, each month anew: the last move is mostly taken back
        months = rng.normal(0, 0.4, (attributes, weeks // 4 + 1, VALUES))
        return [one + np.repeat(part, 4, axis=0)[:weeks] for one, part in zip(level, months, strict=True)]
    week = np.arange(weeks)[:, None]  # rises: each value has its own month in which its tide turns
    turn, height = rng.uniform(0, weeks, (attributes, VALUES)), rng.normal(0, 2.0, (attributes, VALUES))
    return [one + up / (1 + np.exp(-(week - at) / 4)) for one, up, at in zip(level, height, turn, strict=True)]


def reach(found: momentum.Momentum) -> float:
    return float(found.weight @ [pair[0] for pair in momentum.PAIRS])


@pytest.mark.parametrize("seed", range(3))
def test_how_far_a_move_goes_on_is_learnt(seed):
    rng = np.random.default_rng(seed)
    said = {kind: [counts(one, rng) for one in shop(kind, rng)] for kind in ("rises", "stays", "jumps")}
    found = {kind: momentum.fit(part, horizon=8) for kind, part in said.items()}
    assert reach(found["rises"]) > 0.5
    assert reach(found["jumps"]) < 0.1
    moved = {kind: np.sqrt(np.mean([np.log(found[kind].growth(one)) ** 2 for one in said[kind]])) for kind in said}
    assert max(moved["stays"], moved["jumps"]) < 0.02
    assert moved["rises"] > 0.1


def test_shares_ahead_are_nearer_to_what_comes():
    """On tastes that rise, beside staying as they are and beside the trend of half a year."""
    rng = np.random.default_rng(7)
    tastes = shop("rises", rng, weeks=WEEKS + 8, attributes=40)
    said = [counts(one[:WEEKS], rng) for one in tastes]
    moving = momentum.fit(said, horizon=8)
    loss = np.zeros(3)
    for past, one in zip(said, tastes, strict=True):
        to_come = np.exp(one[WEEKS:]) / np.exp(one[WEEKS:]).sum(axis=1, keepdims=True)
        now = (past[-4:].sum(axis=0) + 0.5) / (past[-4:].sum() + 0.5 * VALUES)
        moved = now * moving.growth(past)
        trend = composition.forecast(past, horizon=8).share.mean(axis=0)
        for k, guess in enumerate((moved / moved.sum(), now, trend)):
            loss[k] -= float(to_come.mean(axis=0) @ np.log(guess))
    assert loss[0] < loss[1]
    assert loss[0] < loss[2]


def test_too_short_a_past_moves_nothing():
    short = np.full((7, 3), 50.0)
    moving = momentum.fit([short], horizon=8)
    assert moving.weight == pytest.approx(np.full(len(momentum.PAIRS), 1 / len(momentum.PAIRS)))
    assert moving.growth(short) == pytest.approx(np.ones(3))
    assert momentum.fit([], horizon=8).growth(np.zeros((20, 2))) == pytest.approx(np.ones(2))
    assert momentum.fit([], horizon=8).growth(np.zeros((20, 0))).shape == (0,)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_values_and_attributes_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    said = [counts(one, rng) for one in shop("rises", rng, attributes=3)]
    order = rng.permutation(VALUES)
    one, other = momentum.fit(said, horizon=6), momentum.fit([part[:, order] for part in said[::-1]], horizon=6)
    assert one.weight == pytest.approx(other.weight)
    growth = one.growth(said[0])
    assert other.growth(said[0][:, order]) == pytest.approx(growth[order])
    assert (growth <= momentum.MOST).all()
    assert (growth >= 1 / momentum.MOST).all()


def test_a_persons_factor_holds_and_the_total_stays():
    units = np.array([40.0, 30.0, 20.0, 10.0])
    assert composition.lifted(units, np.array([1.5, 1, 1, 1])) == pytest.approx([60, 20, 40 / 3, 20 / 3])
    assert composition.lifted(units, np.array([9.0, 1, 1, 1])) == pytest.approx([100, 0, 0, 0])
    assert composition.lifted(units, np.full(4, 0.5)) == pytest.approx(units)
    assert composition.lifted(units, np.ones(4)) == pytest.approx(units)
