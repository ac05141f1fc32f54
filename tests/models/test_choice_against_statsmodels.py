"""The choice model beside another implementation: statsmodels' conditional logit on the same sessions in long form.

The two are the same model where shoppers do not differ beyond what they say, all of them came to buy, and the
priors are flat.
"""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from models import choice, choice_fit
from models.choice_data import BLOCK_DAYS, Observed
from models.history import UNSTATED, Products, Sessions
from models.want_classes import WantClasses

PERIODS, SHOPPERS = 16, 1_500
FEATURES = np.array([[0, 0], [1, 0], [1, 1], [2, 2], [3, 1], [3, 2]], np.int16)
SIZES = (4, 3)  # the first attribute's values have an order
PRICE, PENALTY, FAR, QUALITY = -3.0, (1.5, 0.8), 0.5, np.array([1.0, 0.6, 1.4, 0.9, 1.2, 0.5])


def regressors(wants: np.ndarray, price: np.ndarray) -> np.ndarray:
    """shoppers × products × (price, mismatch of each attribute, ranks beyond the neighbour, products)."""
    differs = (wants[:, None, :] != UNSTATED) & (wants[:, None, :] != FEATURES[None])
    ranks = np.clip(np.abs(wants[:, None, 0].astype(float) - FEATURES[None, :, 0]) - 1, 0, 2)
    ranks[wants[:, 0] == UNSTATED] = 0
    own = np.broadcast_to(np.eye(len(FEATURES)), (len(wants), len(FEATURES), len(FEATURES)))
    return np.concatenate([price[..., None], -differs.astype(float), -ranks[..., None], own], axis=2)


@pytest.fixture(scope="module")
def shop() -> tuple[Sessions, Products, np.ndarray, np.ndarray, np.ndarray]:
    """Sessions, products, prices by day, regressors and what was on offer to each shopper."""
    rng = np.random.default_rng(4)
    days = PERIODS * BLOCK_DAYS
    period = np.repeat(np.arange(PERIODS), BLOCK_DAYS)
    available = (rng.random((PERIODS, len(FEATURES))) < 0.8)[period]
    price = rng.uniform(0.8, 1.2, (PERIODS, len(FEATURES)))[period]
    day = rng.integers(0, days, SHOPPERS)
    wants = np.column_stack([rng.integers(-1, size, SHOPPERS) for size in SIZES]).astype(np.int16)
    data = regressors(wants, price[day] - 1)
    utility = data @ np.concatenate([[PRICE], PENALTY, [FAR], QUALITY]) + rng.gumbel(size=data.shape[:2])
    utility = np.where(available[day], utility, -np.inf)
    buys = utility.max(axis=1) > rng.gumbel(size=SHOPPERS)
    sku = np.where(buys, utility.argmax(axis=1), -1).astype(np.int32)
    sessions = Sessions(day.astype(np.int32), wants, np.zeros(SHOPPERS, np.int16), sku, np.ones(SHOPPERS, bool))
    cost = np.full(len(FEATURES), 60.0)
    products = Products(tuple("pqrstu"), FEATURES, np.full(len(FEATURES), 100.0), cost, available, "CNY")
    return sessions, products, price, data, available[day]


@pytest.fixture(scope="module")
def theirs(shop):
    """Fit of the conditional logit; buying nothing is an alternative without regressors."""
    sessions, _, _, data, offered = shop
    nothing = np.zeros((SHOPPERS, 1, data.shape[2]))
    exog = np.concatenate([nothing, data], axis=1)
    shown = np.column_stack([np.ones(SHOPPERS, bool), offered])
    chosen = np.arange(exog.shape[1])[None, :] == sessions.sku[:, None] + 1
    group = np.repeat(np.arange(SHOPPERS)[:, None], exog.shape[1], axis=1)
    model = ConditionalLogit(chosen[shown].astype(int), exog[shown], groups=group[shown])
    return model.fit(disp=False)


def ours(shop, monkeypatch) -> tuple[choice_fit._Problem, np.ndarray]:
    """The problem with everything that the conditional logit lacks held still, and where its free parameters are."""
    monkeypatch.setattr(choice_fit, "EAGERNESS", (np.zeros(1), np.ones(1)))
    monkeypatch.setattr(choice, "IMPORTANCE_SD", 0.0)
    sessions, products, price, _, _ = shop
    silent = WantClasses.single([np.zeros(size) for size in SIZES])  # who says nothing wants nothing
    data = Observed.of(sessions, products, price, silent, [True, False], last_days=len(price))
    free = np.array([2, 4, 5, 8, *range(10 + sum(SIZES), 10 + sum(SIZES) + len(FEATURES))])
    mean, sd = np.zeros(free[-1] + 1), np.full(free[-1] + 1, 1e-9)
    mean[0] = 40.0  # all sessions buy if they find something
    sd[free] = 1e3
    return choice_fit._Problem(data, np.zeros(len(FEATURES)), mean, sd), free


def test_likelihood_is_the_same_at_any_point(shop, theirs, monkeypatch):
    problem, free = ours(shop, monkeypatch)
    rng = np.random.default_rng(1)
    for _ in range(3):
        point = rng.normal(0, 1, len(free))
        full = problem.prior_mean.copy()
        full[free] = point
        value = problem.prior_loss(full)[0] - problem.loss(full)[0]
        assert value == pytest.approx(theirs.model.loglike(point), rel=1e-9)


def test_estimates_and_errors_are_the_same(shop, theirs, monkeypatch):
    problem, free = ours(shop, monkeypatch)
    at = problem.solve(problem.prior_mean, np.diag(problem.prior_sd), tolerance=choice_fit.EXACTLY)
    assert problem.prior_loss(at)[0] - problem.loss(at)[0] == pytest.approx(theirs.llf, abs=1e-3)
    errors = np.asarray(theirs.bse)
    assert np.abs(at[free] - theirs.params).max() < 0.02 * errors.min()
    steps = 1e-4 * np.eye(len(at))[free]
    curvature = [(problem.loss(at + step)[1] - problem.loss(at - step)[1])[free] / 2e-4 for step in steps]
    assert np.sqrt(np.diag(np.linalg.inv(curvature))) == pytest.approx(errors, rel=1e-3)
    truth = np.concatenate([[PRICE], PENALTY, [FAR], QUALITY])
    assert np.abs((at[free] - truth) / errors).max() < 3.5  # and both are near what was planted


def test_orders_alone_are_a_logit_given_that_something_was_bought(shop, monkeypatch):
    monkeypatch.setattr(choice_fit, "EAGERNESS", (np.zeros(1), np.ones(1)))
    monkeypatch.setattr(choice, "IMPORTANCE_SD", 0.0)
    sessions, products, price, _, offered = shop
    bought = sessions.sku >= 0
    orders = Sessions(
        sessions.day[bought],
        np.full_like(sessions.wants[bought], UNSTATED),
        sessions.region[bought],
        sessions.sku[bought],
        np.zeros(int(bought.sum()), bool),
    )
    silent = WantClasses.single([np.zeros(size) for size in SIZES])
    data = Observed.of(orders, products, price, silent, [True, False], last_days=len(price))
    assert (data.sessions, data.bought, data.left.sum(), data.unseen.sum()) == (0, 0, 0, len(orders))
    start = 10 + sum(SIZES)
    mean, sd = np.zeros(start + len(FEATURES)), np.full(start + len(FEATURES), 1e3)
    problem = choice_fit._Problem(data, np.zeros(len(FEATURES)), mean, sd)
    shown = offered[bought]
    own = np.broadcast_to(np.eye(len(FEATURES))[:, 1:], (len(orders), len(FEATURES), len(FEATURES) - 1))
    exog = np.concatenate([(price[orders.day] - 1)[..., None], own], axis=2)
    chosen = np.arange(len(FEATURES))[None, :] == orders.sku[:, None]
    group = np.repeat(np.arange(len(orders))[:, None], len(FEATURES), axis=1)
    model = ConditionalLogit(chosen[shown].astype(int), exog[shown], groups=group[shown])
    rng = np.random.default_rng(2)
    for _ in range(3):
        point = rng.normal(0, 1, len(FEATURES))
        full = mean.copy()
        full[[2, *range(start + 1, start + len(FEATURES))]] = point
        full[[0, 1]] = rng.normal(0, 1, 2)  # how many came, and what any product is worth, is not told
        value, slope = problem.loss(full)
        assert problem.prior_loss(full)[0] - value == pytest.approx(model.loglike(point), rel=1e-9)
        steps = 1e-5 * np.eye(len(full))
        numeric = [(problem.loss(full + step)[0] - problem.loss(full - step)[0]) / 2e-5 for step in steps]
        assert slope == pytest.approx(np.array(numeric), rel=1e-4, abs=1e-3)


def test_likelihood_is_the_same_in_parts(shop, monkeypatch):
    sessions, products, price, _, _ = shop
    silent = WantClasses.single([np.ones(size) for size in SIZES])
    data = Observed.of(sessions, products, price, silent, [True, False], last_days=len(price))
    size = choice.HEAD + 3 * len(SIZES) + sum(SIZES) + len(FEATURES)
    problem = choice_fit._Problem(data, np.zeros(len(FEATURES)), np.zeros(size), np.ones(size))
    point = np.random.default_rng(2).normal(0, 0.5, size)
    found = []
    for rows in (1, 50, 10**9):
        monkeypatch.setattr(choice_fit, "ROWS_AT_ONCE", rows)
        parts = choice_fit._Problem(data, problem.dear, problem.prior_mean, problem.prior_sd)
        found.append((len(parts._blocks), *parts.loss(point)))
    assert found[0][0] == len(data.first) > found[1][0] > found[2][0] == 1
    for _, value, slope in found[1:]:
        assert value == pytest.approx(found[0][1], rel=1e-12)
        assert slope == pytest.approx(found[0][2], rel=1e-9, abs=1e-9)


def test_curvature_is_that_of_the_whole_gradient(shop):
    """Rows of appeals and the constant come from those of qualities; here they are by differences as the others."""
    sessions, products, price, _, _ = shop
    silent = WantClasses.single([np.ones(size) for size in SIZES])
    data = Observed.of(sessions, products, price, silent, [True, False], last_days=len(price))
    size = choice.HEAD + 3 * len(SIZES) + sum(SIZES) + len(FEATURES)
    problem = choice_fit._Problem(data, np.linspace(-0.2, 0.2, len(FEATURES)), np.zeros(size), np.full(size, 0.7))
    point = np.random.default_rng(3).normal(0, 0.5, size)
    here, rows = problem.loss(point)[1], []
    for shift in 1e-4 * np.eye(size):
        rows.append((problem.loss(point + shift)[1] - here) / 1e-4)
    whole = (np.array(rows) + np.array(rows).T) / 2 - np.eye(size) * 0.7**-2
    assert problem.curvature(point) == pytest.approx(whole, abs=1e-3 * np.abs(whole).max())
