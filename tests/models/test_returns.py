"""Net units of young orders: planted curves come back, and the chain ladder on the same triangle agrees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import returns
from models.returns import Lines, Losses

# Taylor & Ashe (1983), cumulative claims: the triangle every textbook uses; Mack (1993) reserve 18,680,856
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]


def chain_ladder(triangle: list[list[float]]) -> list[float]:
    """Ultimates of a run-off triangle, row by row; written from the textbook, apart from the code under test."""
    ages = len(triangle[0])
    factors = []
    for j in range(ages - 1):
        rows = [row for row in triangle if len(row) > j + 1]
        below = sum(row[j] for row in rows)
        factors.append(sum(row[j + 1] for row in rows) / below if below else 1.0)
    return [row[-1] * float(np.prod(factors[len(row) - 1 :])) for row in triangle]


def test_the_chain_ladder_used_as_oracle_is_the_textbooks():
    ultimates = chain_ladder(TAYLOR_ASHE)
    assert sum(ultimates) - sum(row[-1] for row in TAYLOR_ASHE) == pytest.approx(18_680_856, abs=1)


def planted(rng, *, days, per_day, hazards):
    """One unit per line, ``per_day`` lines a day and channel; day lost (nan: never) by the channel's hazards by age."""
    placed = np.repeat(np.arange(days), per_day * len(hazards))
    channel = np.tile(np.repeat(np.arange(len(hazards)), per_day), days)
    lag = np.full(len(placed), np.nan)
    for h, hazard in enumerate(hazards):
        mine = np.flatnonzero(channel == h)
        fell = rng.random((len(mine), len(hazard))) < hazard
        lag[mine] = np.where(fell.any(axis=1), fell.argmax(axis=1), np.nan)
    return placed, channel, lag


def known_at(cut, placed, channel, lag, *, category=None):
    """Lines placed before day ``cut`` and the losses seen by then."""
    seen = placed < cut
    group = np.zeros(seen.sum(), np.int64) if category is None else category[seen]
    lines = Lines(group, channel[seen].astype(np.int64), cut - 1 - placed[seen], np.ones(seen.sum()))
    happened = np.flatnonzero(placed[seen] + np.nan_to_num(lag[seen], nan=1e9) < cut)
    return lines, Losses(happened, lag[seen][happened].astype(np.int64), np.ones(len(happened))), seen


SHELF = np.concatenate([[0.02, 0.01, 0, 0, 0.01], np.full(10, 0.006), np.zeros(5)])  # about 10 % in two weeks
LIVE = np.concatenate([[0.05, 0.02, 0, 0, 0.03], np.full(15, 0.04)])  # about half in three weeks


@pytest.mark.parametrize("cut", [60, 90, 119])
def test_planted_curves_by_channel_are_recovered_at_any_date(cut):
    rng = np.random.default_rng(cut)
    placed, channel, lag = planted(rng, days=120, per_day=60, hazards=[SHELF, LIVE])
    lines, losses, seen = known_at(cut, placed, channel, lag)
    fitted = returns.fit(lines, losses, categories=1, channels=2)
    expected = fitted.expected_net_units(lines, losses)
    final = np.isnan(lag[seen])
    recent = lines.age_days < 30
    naive = np.isnan(np.where(placed[seen] + np.nan_to_num(lag[seen], nan=1e9) < cut, lag[seen], np.nan))
    for h in range(2):
        mine = recent & (lines.channel == h)
        error = expected[mine].sum() - final[mine].sum()
        stays = np.prod(1 - (SHELF, LIVE)[h])
        # four standard deviations of the binomial count itself; the curve's own error is smaller
        assert abs(error) < 4 * np.sqrt(mine.sum() * stays * (1 - stays)), h
    assert naive[recent].sum() - final[recent].sum() > 5 * abs(expected[recent].sum() - final[recent].sum())


def test_the_last_thirty_days_are_right_on_average():
    errors = []
    for seed in range(40):
        rng = np.random.default_rng(1000 + seed)
        placed, channel, lag = planted(rng, days=75, per_day=15, hazards=[SHELF, LIVE])
        lines, losses, seen = known_at(75, placed, channel, lag)
        fitted = returns.fit(lines, losses, categories=1, channels=2)
        recent = lines.age_days < 30
        expected, final = fitted.expected_net_units(lines, losses)[recent].sum(), np.isnan(lag[seen])[recent].sum()
        errors.append((expected - final) / final)
    assert abs(np.mean(errors)) < 3 * np.std(errors, ddof=1) / np.sqrt(len(errors)) + 0.002


def test_with_many_units_it_is_the_chain_ladder_on_remaining_units():
    rng = np.random.default_rng(5)
    days, per_day = 21, 200_000  # so many that nothing is drawn towards anything
    hazard = np.concatenate([[0.03, 0.0, 0.02], np.full(18, 0.01)])
    remaining = np.zeros((days, days))
    lines, losses = [], []
    for day in range(days):
        left = per_day
        for age in range(days - day):
            gone = rng.binomial(left, hazard[age])
            losses.append((day, age, gone))
            left -= gone
            remaining[day, age] = left
        lines.append((0, 0, days - 1 - day, per_day))
    triangle = [remaining[day, : days - day].tolist() for day in range(days)]
    table = [np.array(column) for column in zip(*lines, strict=True)]
    known = Lines(table[0], table[1], table[2], table[3].astype(float))
    gone = [np.array(column) for column in zip(*losses, strict=True)]
    lost = Losses(gone[0], gone[1], gone[2].astype(float))
    ours = returns.fit(known, lost, categories=1, channels=1).expected_net_units(known, lost)
    assert ours == pytest.approx(chain_ladder(triangle), rel=2e-3)


def test_a_thin_channel_leans_on_its_category():
    rng = np.random.default_rng(2)
    placed, channel, lag = planted(rng, days=90, per_day=80, hazards=[LIVE])
    thin = Lines(np.zeros(3, np.int64), np.ones(3, np.int64), np.array([40, 41, 42]), np.ones(3))
    lines, losses, _ = known_at(90, placed, channel, lag)
    both = Lines(*(np.concatenate([getattr(lines, n), getattr(thin, n)]) for n in lines.__dataclass_fields__))
    stays = returns.fit(both, losses, categories=1, channels=2).stays[0, :, 0]
    # three lines that all stayed do not make a channel without returns
    assert stays[1] == pytest.approx(stays[0], abs=0.1)
    assert stays[1] > stays[0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 120), st.integers(1, 5), st.integers(0, 120)),
        min_size=1,
        max_size=30,
    )
)
def test_never_more_than_kept_so_far_and_never_negative(rows):
    category, channel, age, ordered, lag = (np.array(column) for column in zip(*rows, strict=True))
    lines = Lines(category, channel, age, ordered.astype(float))
    lost = np.flatnonzero(lag <= age)
    losses = Losses(lost, lag[lost], ordered[lost].astype(float))
    expected = returns.fit(lines, losses, categories=3, channels=3).expected_net_units(lines, losses)
    kept = ordered - np.bincount(lost, weights=ordered[lost], minlength=len(ordered))
    assert np.all(expected >= 0)
    assert np.all(expected <= kept + 1e-9)
    old = (age >= returns.MAX_AGE_DAYS) & (kept > 0)
    assert expected[old] == pytest.approx(kept[old])


def test_a_channel_that_never_sold_loses_what_all_others_together_lose():
    """1,000 old units each of three groups, of which 100, 300 and 200 came back five days after: 0.2 of all."""
    lines = Lines(np.array([0, 0, 1]), np.array([0, 1, 0]), np.full(3, 100), np.full(3, 1000.0))
    losses = Losses(np.arange(3), np.full(3, 5), np.array([100.0, 300.0, 200.0]))
    stays = returns.fit(lines, losses, categories=2, channels=3).stays
    assert stays[1, 1, [0, 4]] == pytest.approx([0.8, 0.8])
    assert stays[0, 2, 0] == pytest.approx(0.8)  # of its own category 400 of 2,000
    assert stays[1, 1, 5] == pytest.approx(1.0)  # later nothing came back
    assert stays[0, 0, 0] > stays[1, 0, 0] > stays[0, 1, 0]


def test_columns_of_lines_must_be_of_one_length():
    with pytest.raises(ValueError, match="length"):
        Lines(np.zeros(2, int), np.zeros(2, int), np.zeros(2, int), np.ones(3))
