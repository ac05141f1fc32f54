"""The forecasting engine against statsmodels, planted truths and its own promises."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

from models import demand, feature_forecast
from models.calendar import FESTIVALS, festival_weeks
from models.forecasting import (
    candidates,
    effects,
    engine,
    intervals,
    leading,
    outliers,
    pooled,
    predictive,
    reconcile,
    recursion,
    seasonality,
    smoothing,
    sparse,
    structural,
    theta,
    weights,
)
from models.forecasting.recursion import Form

FORMS = [Form(), Form(has_trend=True), Form(season=7), Form(has_trend=True, season=4), Form(has_trend=True, season=12)]


def simulated(form: Form, *, steps: int, series: int, seed: int) -> np.ndarray:
    """Series from the model itself, parameters drawn."""
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(0.05, 0.9, series)
    beta = alpha * rng.uniform(0, 0.3, series) * form.has_trend
    gamma = (1 - alpha) * rng.uniform(0, 0.3, series)
    phi = rng.uniform(0.85, 0.98, series)
    level, slope = rng.uniform(20, 200, series), rng.normal(0, 1, series) * form.has_trend
    season = rng.normal(0, 0.2, (max(form.season, 1), series)) * level * bool(form.season)
    sd, values = 0.1 * level, np.empty((steps, series))
    for t in range(steps):
        k = t % max(form.season, 1)
        error = rng.normal(0, sd)
        values[t] = level + phi * slope + season[k] + error
        level, slope = level + phi * slope + alpha * error, phi * slope + beta * error
        season[k] += gamma * error
    return values


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_likelihood_is_statsmodels_own_or_better(form):
    values = simulated(form, steps=72, series=20, seed=5)
    mine = smoothing.fit(values, form).log_likelihood
    theirs = np.empty(20)
    for i in range(20):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = ETSModel(
                values[:, i],
                error="add",
                trend="add" if form.has_trend else None,
                damped_trend=form.has_trend,
                seasonal="add" if form.season else None,
                seasonal_periods=form.season or None,
                initialization_method="estimated",
            )
            theirs[i] = model.fit(disp=False, maxiter=1000).llf
    assert np.mean(mine >= theirs - 0.01 * np.abs(theirs)) >= 0.95


def test_a_fit_of_many_is_each_fit_alone_and_missing_values_do_not_count():
    values = simulated(Form(has_trend=True), steps=60, series=4, seed=6)
    values[:25, 1] = np.nan
    values[40:43, 2] = np.nan
    together = smoothing.fit(values, Form(has_trend=True))
    for i in range(4):
        alone = smoothing.fit(values[:, [i]], Form(has_trend=True))
        assert alone.squared_error[0] == pytest.approx(together.squared_error[i], rel=1e-4)
        assert alone.forecast(5)[:, 0] == pytest.approx(together.forecast(5)[:, i], rel=0.02)
    late = smoothing.fit(values[25:, [1]], Form(has_trend=True))
    assert late.forecast(5)[:, 0] == pytest.approx(together.forecast(5)[:, 1], rel=0.02)


def test_theta_is_statsmodels_theta():
    values = 100 + np.random.default_rng(7).normal(0, 5, 80).cumsum()
    mine = theta.fit(values[:, None]).forecast(6)[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ThetaModel(values, period=1, deseasonalize=False).fit().forecast(6, theta=2)
    assert mine == pytest.approx(np.asarray(theirs), rel=0.01)


@pytest.mark.parametrize("form", FORMS)
def test_derivatives_of_the_errors_are_those_of_finite_differences(form):
    values = simulated(form, steps=40, series=3, seed=31)
    values[:9, 1] = np.nan  # began later
    values[[4, 5, 30], 2] = np.nan
    natural = np.array([0.3, 0.1, 0.15, 0.9])  # α, β, γ, φ
    parameters = np.zeros((4 + form.states, 3))
    parameters[4:] = np.random.default_rng(32).normal(0, 1, (form.states, 3))

    def missed(by: np.ndarray) -> np.ndarray:
        with pytest.MonkeyPatch.context() as patch:  # α … φ as they are, where the form has them
            has = np.array([True, form.has_trend, form.season > 0, form.has_trend])
            smooth = np.where(has, natural + by[:4], [0.0, 0.0, 0.0, 1.0])
            patch.setattr(recursion, "natural", lambda *_: np.repeat(smooth[:, None], 3, axis=1))
            states = parameters + np.r_[np.zeros(4), by[4:]][:, None]
            return recursion.run(values, states, form, with_slopes=True)[0]

    nothing = np.zeros(len(parameters))
    here = missed(nothing)
    assert not here[:9, :, 1].any() and not here[30, :, 2].any()
    for row, parameter in enumerate(form.free, start=1):
        by = nothing.copy()
        by[parameter] = 1e-6
        assert here[:, row] == pytest.approx((missed(by) - missed(-by))[:, 0] / 2e-6, abs=1e-5)


def test_sparse_models_by_hand():
    series = np.array([[0, 0, 3.0] * 8]).T  # three units every third step
    assert sparse.CLASSES[int(sparse.demand_class(series)[0])] == "intermittent"
    assert sparse.adida(series)[0] == pytest.approx(1.0)
    alphas = np.array(sparse.ALPHAS)
    assert np.min(np.abs(sparse.sba(series)[0] - (1 - alphas / 2) * 1.0)) < 0.06  # size over gap, bias taken out
    assert 0.7 < sparse.tsb(series)[0] < 1.8
    dead = np.vstack([series, np.zeros((40, 1))])
    assert sparse.tsb(dead)[0] < 0.5 * sparse.sba(dead)[0]  # only TSB sees that nobody buys any more


def test_season_is_found_where_there_is_one_and_not_in_noise():
    rng = np.random.default_rng(8)
    wave = 100 * np.exp(0.4 * np.sin(2 * np.pi * np.arange(96) / 12))
    values = np.column_stack([wave * np.exp(rng.normal(0, 0.05, 96)), 100 * np.exp(rng.normal(0, 0.3, 96))])
    index = seasonality.estimate(values, 12).index
    assert np.log(index[:, 0]) == pytest.approx(0.4 * np.sin(2 * np.pi * np.arange(12) / 12), abs=0.07)
    assert np.log(index[:, 1]).std() < 0.06


@pytest.mark.parametrize("weeks", [104, 130, 156])
def test_walks_of_few_years_have_no_season_of_the_year(weeks):
    walk = np.exp(np.random.default_rng(10).normal(0, 0.05, (weeks, 200)).cumsum(axis=0))
    index = np.log(seasonality.estimate(100 * walk, 52).index)
    assert index.std() < 0.045  # one year's ups and downs taken for the season: 0.05 to 0.09
    if weeks == 104:  # each week of the year has one deviation from the moving average: nothing can be told
        assert not index.any()


def test_season_of_the_year_is_found_in_two_and_a_half_years():
    rng = np.random.default_rng(11)
    wave = 0.5 * np.sin(2 * np.pi * (np.arange(130)[:, None] / 52 + rng.uniform(0, 1, 40)))
    walk = rng.normal(0, 0.02, (130, 40)).cumsum(axis=0)
    index = np.log(seasonality.estimate(100 * np.exp(wave + walk), 52).index)
    assert np.sqrt(np.mean((index - wave[:52]) ** 2)) < 0.15  # of 0.35 for no season
    assert np.corrcoef(index.ravel(), wave[:52].ravel())[0, 1] > 0.9


@pytest.mark.parametrize("season", [1, 4, 12, 52])
@pytest.mark.parametrize(
    "series",
    [
        [],
        [5.0],
        [0.0] * 40,
        [7.0] * 40,
        [np.nan] * 12,
        [0, 0, 0, 9] * 10,
        [-3.0, 2, 5, 1, 8, 3, 2, 4, 6, 5],
        [1, np.nan, 3] * 12,
        [0.0] * 19 + [4.0],
        [1e12, 2e12, 1.5e12] * 9,
    ],
    ids=["empty", "one", "zeros", "constant", "missing", "sparse", "negative", "gaps", "awakes", "large"],
)
def test_forecast_never_fails_and_its_quantiles_are_ordered(series, season):
    values = np.array(series, float)[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ahead = engine.forecast(values, horizon=6, season=season)
    assert np.isfinite(ahead.mean).all()
    assert np.isfinite(ahead.quantiles).all()
    assert (np.diff(ahead.quantiles, axis=0) >= -1e-9).all()
    if not np.any(values < 0):
        assert (ahead.quantiles >= 0).all()


@pytest.mark.parametrize("horizon", [1, 4, 13])
@pytest.mark.parametrize("steps", range(1, 16))
def test_histories_of_every_length_are_forecast(steps, horizon):
    """Of five values there is no back-test: the engine ended in a traceback, and with it every shop five weeks old."""
    values = np.random.default_rng(steps).uniform(50, 150, (steps, 3))
    ahead = engine.forecast(values, horizon=horizon)
    low, middle, high = ahead.quantiles
    assert (low <= middle).all() and (middle < high).all() and (low >= 0).all()
    assert (np.abs(ahead.mean - values.mean(axis=0)) < 100).all()


def test_the_width_of_what_cannot_be_tested_keeps_the_mean():
    """Else the parts of a total, each skewed upwards, make it twice what was forecast."""
    values = np.array([[100.0, 40.0], [120.0, 30.0]])
    levels = tuple((np.arange(2000) + 0.5) / 2000)
    ahead = engine.forecast(values, horizon=13, levels=levels)
    assert ahead.quantiles.mean(axis=0) == pytest.approx(ahead.mean, rel=0.005)
    assert ahead.mean[0].tolist() == [110.0, 35.0]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.01, 7.0, 1e5]))
def test_units_of_measure_do_not_matter(seed, unit):
    values = np.random.default_rng(seed).poisson(20, (40, 3)).astype(float)
    one, other = (engine.forecast(v, horizon=4, season=4) for v in (values, unit * values))
    assert other.mean == pytest.approx(unit * one.mean, rel=1e-3)
    assert other.quantiles == pytest.approx(unit * one.quantiles, rel=1e-3, abs=1e-3 * unit)


def test_order_of_series_does_not_matter():
    values = np.random.default_rng(3).poisson(9, (48, 30)).astype(float)
    order = np.random.default_rng(4).permutation(30)
    one, other = engine.forecast(values, horizon=5), engine.forecast(values[:, order], horizon=5)
    assert other.mean == pytest.approx(one.mean[:, order], rel=1e-6)
    assert other.quantiles == pytest.approx(one.quantiles[:, :, order], rel=1e-6)


def test_constant_series_is_forecast_exactly_and_season_is_followed():
    assert engine.forecast(np.full((60, 1), 7.0), horizon=5).mean[:, 0] == pytest.approx(np.full(5, 7.0))
    week = np.arange(156)
    wave = (100 + 60 * np.sin(2 * np.pi * week / 52))[:, None]
    ahead = engine.forecast(wave, horizon=13, season=52)
    truth = 100 + 60 * np.sin(2 * np.pi * (156 + np.arange(13)) / 52)
    assert ahead.mean[:, 0] == pytest.approx(truth, rel=0.1)


def test_interval_covers_what_it_says_on_fresh_noise():
    rng = np.random.default_rng(4)
    level = rng.uniform(5, 500, 300)
    walk = np.exp(np.cumsum(rng.normal(0, 0.05, (104, 300)), axis=0))
    values = rng.poisson(level * walk).astype(float)
    ahead = engine.forecast(values[:92], horizon=12)
    later = values[92:]
    inside = (later >= ahead.quantiles[0]) & (later <= ahead.quantiles[2])
    assert 0.76 <= inside.mean() <= 0.84
    assert 0.7 <= inside[0].mean() <= 0.9
    assert 0.7 <= inside[-1].mean() <= 0.9


def test_pooled_regression_takes_a_missing_value_for_the_one_before_and_not_for_zero():
    rng = np.random.default_rng(14)
    whole = rng.uniform(50, 100, 60) * np.exp(rng.normal(0, 0.05, (80, 60)))
    holes = np.where(rng.random(whole.shape) < 0.2, np.nan, whole)
    full, partly = (pooled.PooledRegression.of(v, horizon=4).forecast(80, 4) for v in (whole, holes))
    assert partly.mean() == pytest.approx(full.mean(), rel=0.02)


def test_the_pooled_candidate_has_the_season_once():
    wave = np.exp(0.8 * np.sin(2 * np.pi * np.arange(84) / 12))
    values = wave[:, None] * np.random.default_rng(15).uniform(50, 100, 30)
    history = values[:72]
    learnt = pooled.PooledRegression.of(history, horizon=12)
    found, _ = candidates.forecasts(history, np.zeros(30, bool), horizon=12, season=12, learnt=learnt)
    assert found["pooled"] == pytest.approx(values[72:], rel=0.15)


def test_combination_leaves_a_bad_candidate_out():
    rng = np.random.default_rng(5)
    good = rng.normal(0, 1, (8, 6, 40))
    errors = np.stack([good + rng.normal(0, 0.3, good.shape), good + 5, -good + rng.normal(0, 0.3, good.shape)])
    found = weights.combine(errors, np.ones((3, 40), bool), np.zeros(40, int))
    assert found.weights.sum(axis=0) == pytest.approx(np.ones(40))
    assert found.weights[1].max() < 0.05  # biased
    assert 0.3 < found.weights[0].mean() < 0.7  # two that err against each other share the weight


def test_festival_effect_is_learnt_together_and_given_to_the_young():
    festivals = festival_weeks(dt.date(2023, 1, 2), 170)
    peak = festivals[:, [FESTIVALS.index("double_11_peak")]]
    rng = np.random.default_rng(9)
    values = 100 * np.exp(1.2 * peak[:156]) * np.exp(rng.normal(0, 0.05, (156, 20)))
    values[:150, 0] = np.nan  # has never seen the festival
    found = effects.estimate(values, peak)
    factors = found.factor
    week = int(np.argmax(peak[:156, 0]))
    assert factors[week, 1] == pytest.approx(np.exp(1.2 * peak[week, 0]), rel=0.1)
    assert factors[week, 0] == pytest.approx(factors[week, 1], rel=0.1)
    assert found.log_sd[week, 0] > 1.1 * found.log_sd[week, 1]  # and less is known of it
    assert (found.log_sd[peak[:, 0] == 0] == 0).all()


def test_festival_weeks_are_covered_as_often_as_others():
    rng = np.random.default_rng(16)
    festival = np.zeros((96, 1))
    festival[[50, 90]] = 1.0  # once seen, once to come
    lift = rng.normal(0.6, 0.3, 200)
    values = rng.poisson(60 * np.exp(festival * lift + rng.normal(0, 0.2, (96, 200)))).astype(float)
    ahead = engine.forecast(values[:86], horizon=10, season=52, regressors=festival)
    inside = (values[86:] >= ahead.quantiles[0]) & (values[86:] <= ahead.quantiles[2])
    assert 0.72 <= inside[4].mean() <= 0.9  # 0.68 without what is not known of the effect
    assert 0.72 <= np.delete(inside, 4, axis=0).mean() <= 0.88


def test_lopsided_errors_keep_their_side():
    rng = np.random.default_rng(17)
    values = rng.uniform(5, 50, 300) * np.exp(rng.normal(0, 0.7, (90, 300)))  # never near zero, high now and then
    ahead = engine.forecast(values[:84], horizon=6)
    later = values[84:]
    assert (ahead.quantiles[0] > 0).all()
    assert 0.07 <= (later < ahead.quantiles[0]).mean() <= 0.13
    assert 0.07 <= (later > ahead.quantiles[2]).mean() <= 0.13


def test_a_festival_at_the_end_of_the_history_is_not_taken_for_the_level():
    first, weeks = dt.date(2025, 1, 6), 77  # the last weeks are those of 618
    festivals = festival_weeks(first, weeks + 12)
    lift = 1 + 0.35 * festivals[:, [FESTIVALS.index("festival_618")]] + festivals[:, [FESTIVALS.index("double_11")]]
    values = np.random.default_rng(11).poisson(300 * lift[:weeks], (weeks, 6)).astype(float)
    aware = engine.forecast(values, horizon=12, season=52, regressors=festivals).mean[2:].mean()
    blind = engine.forecast(values, horizon=12, season=52).mean[2:].mean()
    assert aware == pytest.approx(300, rel=0.03)
    assert blind > aware


def searched_demand(*, lag: int | None, weeks: int, series: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Units that follow searches ``lag`` weeks later; None: they go their own way. Searches are a slow walk."""
    rng = np.random.default_rng(seed)
    walks = np.zeros((2, weeks + 10, series))
    for t in range(1, weeks + 10):
        walks[:, t] = 0.98 * walks[:, t - 1] + rng.normal(0, 0.12, (2, series))
    searches, own = np.exp(walks)
    units = own[10:] if lag is None else searches[10 - lag : 10 - lag + weeks]
    return rng.poisson(300 * units).astype(float), rng.poisson(3000 * searches[10:]).astype(float)


def test_searches_that_lead_are_admitted_and_lower_the_error_of_the_weeks_to_come():
    units, searches = searched_demand(lag=3, weeks=110, series=20, seed=21)
    found = leading.leads(units[:104], searches[:104], horizon=6)
    assert found.is_admitted.mean() >= 0.8
    ahead = engine.forecast(units[:104], horizon=6).mean
    without, led = (np.abs(units[104:] - ahead * f).mean() for f in (1.0, found.factor))
    assert led < 0.8 * without


def test_searches_that_are_noise_are_hardly_ever_admitted_and_cannot_hurt():
    units, searches = searched_demand(lag=None, weeks=104, series=60, seed=22)
    found = leading.leads(units, searches, horizon=6)
    assert found.is_admitted.sum() <= 3
    assert (found.factor[:, ~found.is_admitted] == 1).all()
    assert np.nanmedian(found.gain_pct) < 0


def test_searches_that_only_move_with_the_sales_are_no_lead():
    units, _ = searched_demand(lag=None, weeks=104, series=40, seed=23)
    together = np.random.default_rng(24).poisson(10 * units).astype(float)  # says what the sales of that week say
    assert leading.leads(units, together, horizon=6).is_admitted.sum() <= 2


@pytest.mark.parametrize("weeks", [0, 1, 20, 60])
def test_leads_of_anything_have_a_verdict(weeks):
    rng = np.random.default_rng(25)
    values = np.column_stack([rng.poisson(5, weeks), np.zeros(weeks), np.full(weeks, 7), rng.poisson(9, weeks)]) * 1.0
    searches = np.column_stack([np.zeros(weeks), rng.poisson(5, weeks), rng.poisson(5, weeks), np.full(weeks, np.nan)])
    values[: weeks // 2, 3] = np.nan
    found = leading.leads(values, searches, horizon=4, season=52, regressors=np.zeros((weeks + 4, 1)))
    assert not found.is_admitted.any()
    assert (found.factor == 1).all()
    assert np.isnan(found.gain_pct[[0, 3]]).all()  # nobody searches


def test_a_second_opinion_gets_the_weight_its_errors_deserve():
    rng = np.random.default_rng(31)
    good, bad = rng.normal(0, 1, (8, 6, 30)), rng.normal(0, 3, (8, 6, 30))
    assert structural._weights(bad, good[None]).min() > 0.6
    assert structural._weights(good, bad[None]).max() < 0.15
    even = structural._weights(good, rng.normal(0, 1, (1, 8, 6, 30)))
    assert 0.3 < even.mean() < 0.6  # two independent views, and a little doubt of the second
    both = structural._weights(bad, np.stack([bad + rng.normal(0, 3, bad.shape), good]))
    assert both[1].min() > 0.6  # of two the one that helps
    assert both[0].max() < 0.15
    assert both.sum(axis=0).max() <= 1.0 + 1e-9
    alone = structural._weights(bad[:, :, :1], good[None, :, :, :1])[0, 0]
    assert alone < 0.5  # eight origins of one series say little
    near = np.full((8, 6, 3), 1e-6)  # two opinions that agree, far from a combination that hardly errs
    assert structural._weights(near, np.ones((2, 8, 6, 3))).max() < 0.01


@pytest.mark.parametrize("growth", [-0.9, 0.6])
def test_growth_that_goes_on_is_continued(growth):
    """Three categories over 77 weeks with festivals, ln growth a year; the sum of weeks 6 to 14 after."""
    rng = np.random.default_rng(33)
    weeks, ahead = np.arange(93)[:, None], slice(5, 14)
    truth = 900 * np.exp(growth * (weeks / 52 - 1) * np.array([1.0, 0.8, 1.1]))
    festival = np.isin(np.arange(93) % 52, (20, 44)).astype(float)[:, None]
    past = rng.poisson((truth * np.exp(0.4 * festival))[:77]).astype(float)
    found = engine.forecast(past, horizon=16, season=52, regressors=festival)
    factor, weight = structural.second_opinion(past, found, horizon=16, regressors=festival)
    later = (truth * np.exp(0.4 * festival))[77:][ahead].sum(axis=0)
    without, both = ((path[ahead].sum(axis=0) / later - 1) for path in (found.mean, found.mean * factor))
    assert weight.min() > 0.4
    assert np.abs(both).mean() < 0.6 * np.abs(without).mean()


def test_growth_is_continued_after_few_weeks_too():
    """Five shops of three categories, 22 weeks in which sales double; the sum of weeks 5 to 13 after."""
    without, both = [], []
    for seed in range(5):
        truth = np.exp(1.8 * np.arange(35)[:, None] / 52) * np.array([60.0, 120.0, 180.0])
        past = np.random.default_rng(seed).poisson(truth[:22]).astype(float)
        later = truth[26:].sum(axis=0)
        found = engine.forecast(past, horizon=13, season=52)
        factor, _ = structural.second_opinion(past, found, horizon=13)
        without.append(np.abs(found.mean[4:].sum(axis=0) / later - 1))
        both.append(np.abs((found.mean * factor)[4:].sum(axis=0) / later - 1))
    assert np.mean(both) < 0.65 * np.mean(without)


def test_where_there_are_many_totals_the_largest_get_a_second_opinion(monkeypatch):
    truth = np.exp(1.5 * np.arange(60)[:, None] / 52) * np.array([20.0, 300.0, 40.0, 200.0])
    past = np.random.default_rng(34).poisson(truth).astype(float)
    found = engine.forecast(past, horizon=8)
    monkeypatch.setattr(structural, "MOST_SERIES", 2)
    factor, weight = structural.second_opinion(past, found, horizon=8)
    alone, own = structural.second_opinion(past[:, [1, 3]], found.of(np.array([1, 3])), horizon=8)
    assert (weight[[0, 2]] == 0).all()
    assert (factor[:, [0, 2]] == 1).all()
    assert weight[[1, 3]].min() > 0.1
    np.testing.assert_allclose(factor[:, [1, 3]], alone)
    np.testing.assert_allclose(weight[[1, 3]], own)


def test_a_second_opinion_sees_what_the_combination_cannot_and_leaves_the_rest():
    rng = np.random.default_rng(32)
    error = np.zeros((125, 20))
    for t in range(1, 125):  # a high week is followed by a low one; no smoothing model says so
        error[t] = -0.85 * error[t - 1] + rng.normal(0, 0.25, 20)
    values = rng.poisson(400 * np.exp(error)).astype(float)
    past, later = values[:122], values[122:]
    found = engine.forecast(past, horizon=3)
    ahead, (factor, weight) = found.mean, structural.second_opinion(past, found, horizon=3)
    assert weight.mean() > 0.4
    assert np.abs(later - ahead * factor).mean() < 0.97 * np.abs(later - ahead).mean()
    calm = rng.poisson(400, (104, 6)).astype(float)
    assert structural.second_opinion(calm, engine.forecast(calm, horizon=8), horizon=8)[0] == pytest.approx(
        np.ones((8, 6)), abs=0.08
    )


def test_a_second_opinion_never_fails():
    odd = np.zeros((60, 6))
    odd[:, 1], odd[-4:, 2] = 7.0, 5.0
    odd[:, 3] = np.where(np.arange(60) % 3, np.nan, 4.0 + np.arange(60) % 7)
    odd[:, 4] = np.nan
    odd[:50, 5], odd[50:, 5] = np.nan, np.arange(10)
    found = engine.forecast(odd, horizon=5, season=52)
    factor, weight = structural.second_opinion(odd, found, horizon=5, regressors=np.zeros((65, 1)))
    assert np.isfinite(factor).all()
    assert (weight[[0, 1, 4]] == 0).all()
    assert (factor[:, [0, 1, 4]] == 1).all()
    for steps, series in ((0, 1), (10, 2), (40, 0), (40, structural.MOST_SERIES + 1)):
        ones = np.ones((steps, series))
        factor, _ = structural.second_opinion(ones, engine.forecast(ones, horizon=3), horizon=3)
        assert (factor == 1).all()


def test_non_negative_reconciliation_is_the_constrained_optimum():
    rng = np.random.default_rng(0)
    sums = reconcile.Sums.of(6, [(0, [1, 2, 3]), (0, [4, 5])])
    for _ in range(15):
        root = rng.normal(size=(6, 6))
        covariance = root @ root.T + 0.1 * np.eye(6)
        base = rng.normal(2, 3, (6, 1))
        found = reconcile.reconcile(base, sums, covariance)[:, 0]
        inverse = np.linalg.inv(covariance)

        def distance(y, inverse=inverse, base=base):
            return (y - base[:, 0]) @ inverse @ (y - base[:, 0])

        best = minimize(
            distance,
            np.full(6, 2.0),
            constraints=[{"type": "eq", "fun": lambda y: sums.matrix @ y}],
            bounds=[(0, None)] * 6,
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-12},
        )
        assert sums.matrix @ found == pytest.approx(np.zeros(2), abs=1e-6)
        assert distance(found) == pytest.approx(best.fun, rel=1e-4, abs=1e-4)


def test_shrunk_covariance_keeps_variances_and_drops_chance_correlations():
    rng = np.random.default_rng(1)
    errors = rng.normal(0, [1.0, 2.0, 3.0, 4.0], (12, 4))
    found = reconcile.shrunk_covariance(errors)
    assert np.diag(found) == pytest.approx((errors**2).mean(axis=0))
    sample = errors.T @ errors / 12
    off = ~np.eye(4, dtype=bool)
    assert np.abs(found[off]).sum() < 0.6 * np.abs(sample[off]).sum()


def weekly_demand(*, weeks: int, seed: int) -> demand.WeeklyDemand:
    """A category of two attributes and three regions; the second value of the first rises."""
    rng = np.random.default_rng(seed)
    rise = np.linspace(0.2, 0.5, weeks)
    share = np.column_stack([0.8 - rise, rise, np.full(weeks, 0.2)])
    total = 200 * np.exp(np.cumsum(rng.normal(0, 0.03, weeks)))
    first = np.array([rng.multinomial(int(n), p) for n, p in zip(total, share, strict=True)], float)
    whole = first.sum(axis=1)
    second = np.array([rng.multinomial(int(n), (0.6, 0.4)) for n in whole], float)
    regions = np.array([rng.multinomial(int(n), (0.5, 0.3, 0.2)) for n in whole], float)
    now = first[-4:].sum(axis=0) / first[-4:].sum()
    other = second[-4:].sum(axis=0) / second[-4:].sum()
    return demand.WeeklyDemand(whole, (first, second), regions, (now, other), (first, second), 0, 10 * whole)


def test_forecasts_and_every_path_add_up_and_the_rising_value_goes_on_rising():
    demands = [weekly_demand(weeks=70, seed=s) for s in range(4)]
    ahead = feature_forecast.forecast(
        demands, weeks=10, season=52, regressors=[np.zeros((80, 1))] * 4, rng=np.random.default_rng(0)
    )
    for one in ahead:
        for columns in ([1, 2, 3], [4, 5], [6, 7, 8]):
            assert one.mean[:, columns].sum(axis=1) == pytest.approx(one.mean[:, 0])
            assert one.paths[:, :, columns].sum(axis=2) == pytest.approx(one.paths[:, :, 0])
        assert (one.paths >= 0).all()
        share = one.mean[:, 2] / one.mean[:, 0]
        assert 0.46 < share[-1] < 0.62
        mean, low, middle, high = one.window(0, np.ones(10))
        assert low < middle < high
        assert mean == pytest.approx(middle, rel=0.1)
        # errors of neighbouring weeks go together: the sum is less sure than independent weeks would be
        by_week = one.paths[:, :, 0].std(axis=0)
        assert one.paths[:, :, 0].sum(axis=1).std() > 1.2 * np.sqrt((by_week**2).sum())


def test_a_wild_value_is_left_out_and_a_step_in_the_level_is_found():
    rng = np.random.default_rng(13)
    values = rng.poisson(100, (80, 4)).astype(float)
    values[40, 1] = 900
    found = engine.forecast(values, horizon=6)
    assert list(zip(*np.nonzero(found.outliers), strict=True)) == [(40, 1)]
    assert found.mean[:, 1] == pytest.approx(np.full(6, 100), rel=0.06)
    stepped = np.r_[rng.poisson(100, 50), rng.poisson(150, 30)].astype(float)
    step = outliers.level_step(stepped)
    assert step is not None
    assert abs(step.step - 50) <= 1
    assert step.ratio == pytest.approx(1.5, rel=0.05)
    walk = [outliers.level_step(rng.poisson(100, 80).astype(float)) for _ in range(40)]
    assert sum(one is not None for one in walk) <= 3


def test_a_lone_wild_newest_value_is_brought_in_and_a_new_level_is_followed():
    values = np.random.default_rng(17).poisson(100, (60, 3)).astype(float)
    values[-1, 1] = 2000  # one large order, or the first week of a new level
    values[-2:, 2] = 2000
    tamed, found = outliers.tamed(values, np.zeros(3, bool))
    assert not found.any()
    assert 150 < tamed[-1, 1] < 350
    assert tamed[:, [0, 2]] == pytest.approx(values[:, [0, 2]])
    ahead = engine.forecast(values, horizon=4).mean
    assert ahead[:, 1].max() < 300 < ahead[:, 2].min()


def test_no_origin_of_the_back_test_knows_what_came_after():
    values = np.random.default_rng(18).poisson(50, (60, 30)).astype(float)
    other = values.copy()
    other[40:] *= np.random.default_rng(19).uniform(0.3, 3, (20, 30))
    regular = np.zeros(30, bool)
    one, two = (engine._candidates(v, regular, [30, 40, 50], 8, 1)[1] for v in (values, other))
    assert two[:, :2] == pytest.approx(one[:, :2], nan_ok=True)
    assert np.nanmax(np.abs(two[:, 2] - one[:, 2])) > 1


def test_intervals_of_short_walks_cover_what_they_say():
    inside = []
    for seed in range(4):
        walk = 300 + np.random.default_rng(seed).normal(0, 8, (32, 200)).cumsum(axis=0)
        ahead = engine.forecast(walk[:24], horizon=8)
        inside.append((walk[24:] >= ahead.quantiles[0]) & (walk[24:] <= ahead.quantiles[2]))
    assert np.mean(inside) > 0.75  # 0.72 where every origin knew the errors of its neighbours


def test_lower_end_of_what_is_mostly_zero_is_zero():
    values = np.random.default_rng(20).poisson(0.3, (80, 60)).astype(float)
    ahead = engine.forecast(values, horizon=4)
    assert not ahead.quantiles[0].any()
    assert (ahead.quantiles[2] > 0.3).all()
    assert 86 <= ahead.coverage_pct.mean() <= 94  # nothing can lie below: nine of ten, in the back-test too


def test_series_that_err_together_are_few_errors():
    rng = np.random.default_rng(2)
    alone = intervals._CommonShock.of(rng.normal(0, 1, (8, 1, 200)))
    shock = rng.normal(0, 1, (8, 1, 1))
    together = intervals._CommonShock.of(np.repeat(shock, 200, axis=2) + rng.normal(0, 0.1, (8, 1, 200)))
    distances = 10 * np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    assert alone.independent(1.0) > 500
    assert together.independent(1.0) < 20
    assert alone.freedom(distances, 4) > 500
    assert together.freedom(distances, 4) == pytest.approx(8, rel=0.2)  # as many as origins
    assert together.freedom(distances, 30) < 6  # whose horizons overlap


@pytest.mark.parametrize(("series", "together"), [(1, 0.0), (1, 0.9), (30, 0.9), (30, 0.6), (30, 0.0)])
@pytest.mark.parametrize("origins", [(20, 24, 28, 32), tuple(range(20, 50, 4))])
def test_a_common_shock_is_covered_however_few_the_origins(series, together, origins):
    rng, inside = np.random.default_rng(3), []
    for _ in range(800):
        shock = rng.normal(0, np.sqrt(together), (len(origins) + 1, 1, 1))
        errors = shock + rng.normal(0, np.sqrt(1 - together), (len(origins) + 1, 2, series))
        found = intervals.calibrate(
            errors[:-1],
            np.ones((len(origins), series)),
            np.ones(series),
            np.zeros(series, int),
            np.array([0.1, 0.9]),
            origins=origins,
        )
        low, high = found.multiple * found.scale
        inside.append(np.mean((errors[-1] >= low) & (errors[-1] <= high)))
    assert 0.775 <= np.mean(inside) <= 0.825  # 0.73 to 0.77 of one shock where the spread was taken for known


@pytest.mark.parametrize(
    ("planted", "least"),
    [
        ("nothing", 0.78),
        ("a shock that stays", 0.73),  # 0.71 where all errors counted alike
        ("errors half as large again", 0.74),  # 0.66
        ("forecasts too low", 0.72),  # 0.70
    ],
)
def test_intervals_follow_the_errors_of_late(planted, least):
    rng, inside = np.random.default_rng(21), []
    for _ in range(200):
        errors = rng.normal(0, 1, (9, 8, 60))  # eight origins, a horizon apart, and what is to come
        if planted == "a shock that stays":
            errors += 0.5 * rng.normal(0, 1, (9, 1, 1)).cumsum(axis=0)
        elif planted == "errors half as large again":
            errors[6:] *= 1.5
        elif planted == "forecasts too low":
            errors[6:] += 1.0
        found = intervals.calibrate(
            errors[:-1],
            np.ones((8, 60)),
            np.ones(60),
            np.zeros(60, int),
            np.array([0.1, 0.9]),
            origins=tuple(range(20, 84, 8)),
        )
        low, high = found.multiple * found.scale
        inside.append(np.mean((errors[-1] >= low) & (errors[-1] <= high)))
    assert least <= np.mean(inside) <= 0.82


def test_errors_count_by_their_age():
    origins = np.array([10, 14, 18, 26])
    distances = np.abs(np.subtract.outer(origins, origins))
    assert intervals._nearness(distances, 8)[-1] == pytest.approx([0.25, 2**-1.5, 0.5, 1])
    assert intervals._nearness(distances, 1)[-1] == pytest.approx(
        2 ** (-np.array([16, 12, 8, 0]) * 3 / 16)
    )  # gap 16 / 3
    assert intervals._nearness(distances[:0, :0], 8).shape == (0, 0)


def test_quantiles_of_weighted_errors():
    rng = np.random.default_rng(22)
    errors, levels = rng.normal(3, 2, (4, 2, 500)), np.array([0.1, 0.5, 0.9])
    even = intervals._quantiles(errors, np.ones(4), 1e9, levels)
    assert even == pytest.approx(np.quantile(errors, levels), abs=0.01)
    newest = intervals._quantiles(errors, np.array([0.0, 0.0, 0.0, 1.0]), 1e9, levels)
    assert newest == pytest.approx(np.quantile(errors[-1], levels), abs=0.02)
    errors[0] = np.nan  # not known: its weight is nobody's
    assert intervals._quantiles(errors, np.array([9.0, 1.0, 1.0, 1.0]), 1e9, levels) == pytest.approx(
        np.quantile(errors[1:], levels), abs=0.01
    )
    assert intervals._evenness(np.ones(4)) == 1
    assert intervals._evenness(np.array([1.0, 0.0, 0.0, 0.0])) == 0.25


def test_usual_change_of_what_hardly_sells_is_better_known_with_its_class():
    rng = np.random.default_rng(4)
    values = rng.poisson(rng.gamma(2, 0.1, 400), (2000, 400)).astype(float)
    values /= values.mean(axis=0)
    truth, group = predictive.usual_change(values, 2000), np.full(400, sparse.FIRST_SPARSE)
    alone, drawn = (predictive.usual_change(values[:24], 24, given) for given in (None, group))
    sold = values[:24].any(axis=0)
    assert np.abs(drawn - truth)[sold].mean() < 0.8 * np.abs(alone - truth)[sold].mean()
    assert predictive.usual_change(values, 2000, np.zeros(400, int)) == pytest.approx(truth)
