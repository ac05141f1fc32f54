"""Estimators against planted truths, textbook numbers and other implementations."""

import datetime as dt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from models import causes, composition, hedonic, ipf, service
from models.calendar import FESTIVALS, festival_weeks
from models.history import weekly


def test_ipf_meets_both_marginals_and_keeps_the_seeds_odds_ratio():
    seed = np.array([[4.0, 1.0], [1.0, 1.0]])  # odds ratio 4
    joint = ipf.fit((np.array([0.3, 0.7]), np.array([0.6, 0.4])), seed)
    table = joint.share.reshape(2, 2)
    assert table.sum(axis=1) == pytest.approx([0.3, 0.7])
    assert table.sum(axis=0) == pytest.approx([0.6, 0.4])
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(4.0)


def test_ipf_keeps_impossible_combinations_at_zero_and_says_when_none_is_left():
    seed = np.array([[0.0, 1.0], [1.0, 1.0]])
    joint = ipf.fit((np.array([0.3, 0.7]), np.array([0.5, 0.5])), seed)
    assert joint.share[0] == 0
    with pytest.raises(ValueError, match="no possible combination"):
        ipf.fit((np.array([0.3, 0.7]), np.array([0.5, 0.5])), np.array([[0.0, 0.0], [1.0, 1.0]]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=4), st.lists(st.floats(0.05, 1), min_size=2, max_size=4))
def test_ipf_conserves_demand(one, other):
    marginals = tuple(np.array(x) / np.sum(x) for x in (one, other))
    joint = ipf.fit(marginals, np.ones((len(one), len(other))))
    assert joint.share.sum() == pytest.approx(1.0)
    assert joint.share == pytest.approx(np.outer(*marginals).ravel())  # independence: the flat seed


def test_co_mentions_raise_the_pair_in_the_seed():
    mentions = np.array([[0, 0]] * 50 + [[1, 1]] * 50 + [[0, 1]] * 5 + [[1, 0]] * 5, dtype=np.int16)
    seed = ipf.seed_from_mentions([2, 2], mentions, np.ones(len(mentions)))
    # observed 50 each on the diagonal, 27.5 expected, one pseudo-mention: (50 + 1) / (27.5 + 1)
    assert seed[0, 0] / seed[0, 1] == pytest.approx((51 / 28.5) / (6 / 28.5))


def test_hedonic_recovers_planted_premiums():
    rng = np.random.default_rng(1)
    features = np.column_stack([rng.integers(0, 3, 400), rng.integers(0, 2, 400)]).astype(np.int16)
    truth = (np.array([-0.1, 0.0, 0.1]), np.array([-0.05, 0.05]))
    price = 100 * np.exp(truth[0][features[:, 0]] + truth[1][features[:, 1]] + rng.normal(0, 0.05, 400))
    fitted = hedonic.fit(features, price, np.ones(400), value_counts=[3, 2])
    for a in range(2):
        assert fitted.premium[a] - fitted.premium[a].mean() == pytest.approx(truth[a], abs=0.02)
    assert fitted.price(np.array([[2, 1]], np.int16))[0] == pytest.approx(100 * np.exp(0.15), rel=0.02)


def test_hedonic_matches_plain_least_squares_where_data_are_many():
    rng = np.random.default_rng(2)
    features = rng.integers(0, 2, (5000, 1)).astype(np.int16)
    price = np.exp(4 + 0.3 * features[:, 0] + rng.normal(0, 0.1, 5000))
    fitted = hedonic.fit(features, price, np.ones(5000), value_counts=[2])
    plain = sm.OLS(np.log(price), sm.add_constant(features[:, 0].astype(float))).fit()
    assert fitted.premium[0][1] - fitted.premium[0][0] == pytest.approx(plain.params[1], abs=0.002)


def test_a_value_no_product_has_gets_no_premium_and_the_prior_error():
    fitted = hedonic.fit(np.zeros((9, 1), np.int16), np.full(9, 50.0), np.ones(9), value_counts=[2])
    assert fitted.premium[0][1] == pytest.approx(0.0)
    assert fitted.premium_se[0][1] == pytest.approx(hedonic.PRIOR_SD, rel=1e-6)


def test_festivals_fall_on_their_days():
    def share(name: str, monday: dt.date) -> float:
        return float(festival_weeks(monday, 1)[0, FESTIVALS.index(name)])

    assert share("festival_618_peak", dt.date(2026, 6, 15)) == pytest.approx(3 / 7)
    assert share("lunar_new_year", dt.date(2026, 2, 16)) == pytest.approx(7 / 7)  # New Year's Day is 2026-02-17
    assert share("lunar_new_year_before", dt.date(2025, 1, 13)) == pytest.approx(6 / 7)  # from 01-14, New Year is 01-29
    assert share("mid_autumn", dt.date(2026, 9, 21)) == pytest.approx(3 / 7)  # 2026-09-25
    assert share("double_11_peak", dt.date(2026, 11, 9)) == pytest.approx(2 / 7)
    # by the State Council's notices
    assert share("worked_weekends", dt.date(2026, 2, 9)) == pytest.approx(1 / 7)  # Saturday 02-14
    assert share("worked_weekends", dt.date(2019, 1, 28)) == pytest.approx(2 / 7)  # 02-02, 02-03
    assert share("worked_weekends", dt.date(2026, 3, 2)) == 0
    assert share("worked_weekends", dt.date(2001, 12, 24)) == pytest.approx(2 / 7)


def test_composition_follows_a_planted_rise_and_sums_to_one():
    rng = np.random.default_rng(5)
    week = np.arange(60)
    rising = 0.03 + 0.17 / (1 + np.exp(-(week - 60) / 8))
    counts = np.array([rng.multinomial(2000, [r, (1 - r) * 0.6, (1 - r) * 0.4]) for r in rising]).astype(float)
    ahead = composition.forecast(counts[:50], horizon=10)
    assert ahead.share.sum(axis=1) == pytest.approx(np.ones(10))
    assert ahead.model == "trend"
    flat = counts[42:50].sum(axis=0) / counts[42:50].sum()
    assert abs(ahead.share[:, 0].mean() - rising[50:].mean()) < abs(flat[0] - rising[50:].mean())


def test_composition_without_counts_is_even_and_unsure():
    ahead = composition.forecast(np.zeros((30, 4)), horizon=3)
    assert ahead.share == pytest.approx(np.full((3, 4), 0.25))
    assert (ahead.log_sd > 0.2).all()


@pytest.mark.parametrize(
    ("low", "asked", "premium", "expected"),
    [
        (-1, {service.NO_PRODUCT: 900}, 0, ("none", "within_error")),
        (5, {service.NO_PRODUCT: 900}, 0, ("not_made", "no_product")),
        (5, {service.COMBINATION: 900}, 0, ("not_made", "other_combinations")),
        (5, {service.WORDING: 900, service.STOCK_OUT: 900}, 40, ("wording", "search_misses_it")),
        (5, {service.STOCK_OUT: 900, service.SERVED: 900}, 40, ("stock_out", "out_of_stock")),
        (5, {service.STOCK_OUT: 400, service.SERVED: 900}, 40, ("price", "dearer")),
    ],
)
def test_causes_are_decided_in_order(low, asked, premium, expected):
    intents = np.zeros(service.CLASSES)
    intents[list(asked)] = list(asked.values())
    found = causes.cause(
        causes.Evidence(
            gap_units_p10=low,
            intents=intents,
            bought=np.zeros(service.CLASSES),
            adequate=0.3,
            adequate_se=0.01,
            usual_wording=0.0,
            premium_pct=premium,
            premium_pct_p10=premium / 2,
            products=3,
        )
    )
    assert (found.cause, found.detail) == expected


def test_weeks_are_counted_back_from_the_last_day():
    day = np.arange(16, dtype=np.int32)
    assert weekly(day, np.ones(16), days=16) == pytest.approx([7.0, 7.0])  # the first two days are no whole week
