"""Choice, product line and pooling: planted truths, brute force, and the field's golden cases."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from models import (
    choice,
    choice_data,
    choice_fit,
    choice_pooling,
    daily_price,
    latent,
    line_search,
    pooling,
    product_line,
    stating,
    want_classes,
    wanted,
    window_wants,
)
from models.history import UNSTATED, CategoryHistory, OrderLines, Products, Sessions
from models.pooling import Spec, Terms
from models.want_classes import WantClasses

DAYS = 100


def world(
    *, sessions: int, seed: int = 1, penalty: float = 2.0, buyers: float = 0.3, worth: np.ndarray | float = 0.0
) -> CategoryHistory:
    """Shoppers with known penalties in front of six products of two attributes with three values; ``worth`` (days ×
    products) is added to their utility."""
    rng = np.random.default_rng(seed)
    features = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 2]], np.int16)
    wants = np.column_stack([rng.integers(-1, 3, sessions), rng.integers(-1, 3, sessions)]).astype(np.int16)
    available = rng.random((DAYS, 6)) < 0.85
    day = rng.integers(0, DAYS, sessions).astype(np.int32)
    differs = (wants[:, None, :] != UNSTATED) & (wants[:, None, :] != features[None, :, :])
    eager = rng.normal(0, choice.TASTE_SD, (sessions, 1))
    apart = choice.IMPORTANCE_SD
    importance = np.random.default_rng([seed, 1]).lognormal(-(apart**2) / 2, apart, (sessions, 1, 2))
    utility = 0.5 + eager - penalty * (importance * differs).sum(axis=2) + rng.gumbel(size=(sessions, 6))
    utility = utility + np.broadcast_to(worth, (DAYS, 6))[day]
    utility = np.where(available[day], utility, -np.inf)
    best = utility.argmax(axis=1)
    buys = (rng.random(sessions) < buyers) & (utility.max(axis=1) > rng.gumbel(size=sessions))
    sku = np.where(buys, best, -1).astype(np.int32)
    bought = np.nonzero(buys)[0]
    units = np.ones(len(bought), np.int64)
    return CategoryHistory(
        category_id="c",
        days=DAYS,
        attributes=("a", "b"),
        values=(("a0", "a1", "a2"), ("b0", "b1", "b2")),
        is_ordered=(False, False),
        regions=("CN-GD",),
        sessions=Sessions(day, wants, np.zeros(sessions, np.int16), sku, np.ones(sessions, bool)),
        products=Products(tuple("pqrstu"), features, np.full(6, 100.0), np.full(6, 60.0), available, "CNY"),
        lines=OrderLines(
            day[bought], sku[bought], np.zeros(len(bought), np.int16), units, units * 0, units,
            np.full(len(bought), 100.0), np.ones(len(bought), bool),
        ),
        zero_result_pct={},
        people={},
    )  # fmt: skip


def two_classes() -> WantClasses:
    """Two kinds of shoppers that want different values of both attributes and say a third of it."""
    wants = [np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]), np.array([[0.6, 0.4, 0.0], [0.1, 0.1, 0.8]])]
    return WantClasses(
        np.array([0.6, 0.4]), tuple(wants), tuple(want / 3 for want in wants), (np.full(2, 2 / 3), np.full(2, 2 / 3))
    )


def fitted(history: CategoryHistory) -> choice.ChoiceModel:
    return choice_fit.fit(
        history.sessions,
        history.products,
        relative_price=np.ones(6),
        classes=WantClasses.single([np.full(3, 1 / 3)] * 2),
        is_ordered=[False, False],
    )


def test_choice_recovers_planted_penalties_and_the_share_of_lookers():
    model = fitted(world(sessions=40_000))
    errors = np.sqrt(np.diag(model.covariance))
    assert model.penalty == pytest.approx([2.0, 2.0], abs=0.25)
    assert model.imputed_penalty == pytest.approx([0.0, 0.0], abs=0.35)  # unstated means no want here
    assert model.buyer_share == pytest.approx(0.3, abs=0.04)
    at = slice(choice.HEAD, choice.HEAD + 2)
    assert (errors[at] < 0.2).all()
    assert (errors[at] > 0).all()


@pytest.mark.parametrize("minded", [0.0, 1.0])
def test_whether_shoppers_mind_what_features_cost_is_learnt(minded):
    """Prices move over the weeks; what the products' features cost besides lowers what they are worth, or does not."""
    rng = np.random.default_rng(3)
    relative = np.repeat(rng.uniform(0.8, 1.2, (DAYS // 10, 6)), 10, axis=0)
    dear = (np.array([-0.3, 0.0, 0.3]), np.array([0.25, -0.25, 0.0]))
    of_product = dear[0][[0, 0, 1, 1, 2, 2]] + dear[1][[0, 1, 0, 1, 0, 2]]
    history = world(sessions=40_000, worth=-4.0 * (relative - 1 + minded * of_product))
    model = choice_fit.fit(
        history.sessions,
        history.products,
        relative_price=relative,
        classes=WantClasses.single([np.full(3, 1 / 3)] * 2),
        is_ordered=[False, False],
        dear=dear,
    )
    error = float(np.sqrt(model.covariance[3, 3]))
    assert error < 0.7 * choice_fit.PRIOR_MINDED[1]
    assert abs(model.minded - minded) < 2 * error
    assert abs(model.minded - minded) < 0.3


def test_choice_gradient_is_that_of_the_loss():
    history = world(sessions=2_000)
    data = choice_data.Observed.of(
        history.sessions,
        history.products,
        np.linspace(0.8, 1.2, 6) + np.linspace(0, 0.1, DAYS)[:, None],
        two_classes(),
        [True, False],
        last_days=60,
    )
    dear = np.linspace(-0.2, 0.3, 6)
    problem = choice_fit._Problem(data, dear, *choice_fit._prior(data, [True, False], 0.1, 0.2))
    point = problem.prior_mean + 0.1
    numeric = [
        (problem.loss(point + 1e-5 * e)[0] - problem.loss(point - 1e-5 * e)[0]) / 2e-5 for e in np.eye(len(point))
    ]
    assert problem.loss(point)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-4)


def test_without_sessions_the_priors_remain():
    history = world(sessions=0)
    model = fitted(history)
    assert model.sessions == 0
    assert model.penalty == pytest.approx([choice_fit.PRIOR_PENALTY[0]] * 2)


def test_wanted_shares_are_recovered_whatever_the_shelf_holds():
    history = world(sessions=20_000)  # every value is wanted and said equally often, b2 is in one product
    rates = latent.conversion(history, last_days=DAYS)
    demand = latent.measure(history, rates, first_day=0, end_day=DAYS)
    for a in range(2):
        found = demand.attributes[a]
        assert found.wanted_share == pytest.approx(np.full(3, 1 / 3), abs=0.02)
        assert found.wanted_share.sum() == pytest.approx(1.0)
        assert found.bought_share.sum() == pytest.approx(1.0)
        assert (found.intents / found.intents.sum()) == pytest.approx(found.intent_share)
    assert demand.attributes[1].bought_share[2] < 0.25


def test_a_value_nobody_sells_keeps_its_demand():
    history = world(sessions=20_000)
    rates = latent.conversion(history, last_days=DAYS)
    demand = latent.measure(history, rates, first_day=0, end_day=DAYS)
    mean, low, high = demand.attributes[1].gap(2)  # b2 is in one product, and only with a2
    assert low <= mean <= high
    assert low > 0


def test_a_new_spec_sells_to_those_who_lacked_it_and_takes_from_others():
    history = world(sessions=20_000)
    model = fitted(history)
    economics = product_line.Economics(1.0, 1.0, 0.0, 0.3)
    targets = tuple(np.full(3, 1 / 3) for _ in range(2))
    shoppers = product_line.segments(
        history.sessions.wants, WantClasses.single(list(targets)), targets, sessions=1000.0
    )
    assert shoppers.sessions.sum() == pytest.approx(1000.0)
    existing = product_line.Existing(history.products.features, np.ones(6), np.full(6, 40.0), np.full(6, 0.85))
    candidates = product_line.Candidates(
        np.array([[1, 2], [0, 0]], np.int16),
        np.full(2, 100.0),
        np.full(2, 100.0),
        np.full(2, 60.0),
        np.zeros(2),
        np.ones(2),
    )
    replay = product_line.Replay(shoppers, existing, candidates, [model], economics)
    nothing, before = replay.sell([])
    assert nothing.shape == (1, 0)
    for line in ([0], [1], [0, 1]):
        own, old = replay.sell(line)
        assert (old <= before + 1e-9).all()  # nothing on sale gains
        assert own.sum() >= (before - old).sum()  # what is new sells at least what it takes
    added = {k: replay.sell([k])[0].sum() - (before - replay.sell([k])[1]).sum() for k in (0, 1)}
    assert added[0] > added[1]  # (a1, b2) is not on sale, (a0, b0) is
    each, lost = replay.sell_each([])
    assert each[0] == pytest.approx([replay.sell([0])[0].sum(), replay.sell([1])[0].sum()], rel=1e-5)
    assert lost[0] == pytest.approx([(before - replay.sell([k])[1]).sum() * 40 for k in (0, 1)], rel=1e-4)
    own, old = replay.sell_without_each([0, 1])
    assert own[0] == pytest.approx(np.array([[0, replay.sell([1])[0].sum()], [replay.sell([0])[0].sum(), 0]]))
    assert old[0] == pytest.approx(np.vstack([replay.sell([1])[1], replay.sell([0])[1]]))


def test_what_a_line_sells_and_earns_by_hand():
    """Two shoppers, one product on sale, one spec, counted without the code of the replay."""
    replay, _ = line_case(1)
    economics = product_line.Economics(kept_share=0.8, units_per_buyer=1.5, return_cost=5.0, salvage_rate=0.3)
    wants = np.array([[0, 0], [1, 1]], np.int16)
    people = choice.Shoppers(
        wants, np.array([[True, False]] * 2), np.arange(2), np.ones(2), np.array([0.4, -0.2]), np.array([[1, 0.5]] * 2)
    )
    model = replace(replay._draws[0], quality=np.array([0.2]))
    existing = product_line.Existing(np.array([[0, 1]], np.int16), np.array([1.1]), np.array([25.0]), np.array([0.7]))
    spec = product_line.Candidates(
        np.array([[1, 1]], np.int16), np.array([90.0]), np.array([100.0]), np.array([60.0]), np.zeros(1), np.ones(1)
    )
    found = product_line.Replay(
        product_line.Segments(people, np.array([100.0, 300.0])), existing, spec, [model], economics
    )
    # constant -0.5, price -4 a multiple of the usual price; mismatches cost 2 of a, stated, and 1.5 or 0.5 · 0.5 of b
    new = np.exp([-0.5 + 0.4 + 0.4 - 2.0 - 0.25, -0.5 - 0.2 + 0.4])
    old = 0.7 * np.exp([-0.5 + 0.4 - 0.4 - 0.25 + 0.2, -0.5 - 0.2 - 0.4 - 2.0 + 0.2])
    buyers = np.array([100.0, 300.0]) * 0.3 * 1.5
    own, others = found.sell([0])
    assert own[0] == pytest.approx([buyers @ (new / (1 + new + old))])
    assert others[0] == pytest.approx([buyers @ (old / (1 + new + old))])
    assert found.unit_margin() == pytest.approx([0.8 * (90 - 60) - 0.2 * 5])  # four of five are kept
    assert found.existing_margin(others) == pytest.approx(others[:, 0] * 25)
    lost = buyers @ (old / (1 + old) - old / (1 + new + old)) * 25
    assert found.sell_each([])[1][0] == pytest.approx([lost], rel=1e-5)


def test_shoppers_drawn_to_try_a_line_stand_for_all_of_them():
    rng = np.random.default_rng(4)
    number = np.arange(300.0)  # told apart by eagerness
    every = choice.Shoppers(
        np.zeros((300, 1), np.int16), np.ones((300, 1), bool), np.zeros(300, int), np.ones(300), number,
        np.ones((300, 1)),
    )  # fmt: skip
    sessions = rng.gamma(0.5, 10, 300)
    thinned = product_line.Segments(every, sessions).thinned(60)
    kept = np.bincount(thinned.shoppers.eagerness.astype(int), thinned.sessions, 300)
    step = sessions.sum() / 60
    assert kept.sum() == pytest.approx(sessions.sum())
    assert (np.abs(np.cumsum(kept) - np.cumsum(sessions)) <= step / 2 + 1e-9).all()
    assert len(thinned.sessions) <= 60


def test_of_more_patterns_than_there_is_room_for_the_most_frequent_stay(monkeypatch):
    monkeypatch.setattr(product_line, "MAX_PATTERNS", 2)
    wants = np.repeat(np.array([[0, 0], [1, 1], [2, 2]], np.int16), [5, 1, 3], axis=0)
    flat = (np.full(3, 1 / 3), np.full(3, 1 / 3))
    found = product_line.segments(wants, WantClasses.single(list(flat)), flat, sessions=8.0)
    assert {tuple(row) for row in found.shoppers.wants.tolist()} == {(0, 0), (2, 2)}
    assert found.sessions.sum() == pytest.approx(8.0)


def brute_force(specs: list[Spec], term: Terms, salvage: float, top: int) -> float:
    """Best profit over all quantities in packs up to ``top`` per spec at one manufacturer."""
    best = 0.0
    levels = [0, *range(term.pack_size, top + 1, term.pack_size)]
    for quantity in itertools.product(levels, repeat=len(specs)):
        total = sum(quantity)
        if total and (total < term.min_order_units or total > term.capacity):
            continue
        if any(0 < q < term.min_spec_units for q in quantity):
            continue
        factor = [f for start, f in term.tiers if start <= total][-1]
        profit = 0.0
        for spec, q in zip(specs, quantity, strict=True):
            if q:
                cost = term.unit_cost[spec.spec_id] * factor
                sales = pooling.expected_sales(spec.demand, q)
                profit += spec.net_price * sales + salvage * cost * (q - sales) - cost * q - term.setup_cost
        best = max(best, profit)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_pooling_is_as_good_as_brute_force(seed):
    rng = np.random.default_rng(seed)
    specs = [
        Spec(f"s{i}", float(rng.uniform(80, 140)), rng.poisson(rng.uniform(10, 40), 60).astype(float)) for i in range(3)
    ]
    terms = Terms(
        "m", {s.spec_id: float(rng.uniform(50, 80)) for s in specs}, float(rng.uniform(0, 300)), 4,
        int(rng.integers(4, 20)), int(rng.integers(10, 60)), 120, ((0, 1.0), (60, 0.94)),
    )  # fmt: skip
    plan = pooling.solve(specs, [terms], salvage_rate=0.3, max_specs=3)
    value = 0.0
    for batch in plan.batches:
        spec = next(s for s in specs if s.spec_id == batch.spec_id)
        sales = pooling.expected_sales(spec.demand, batch.quantity)
        value += spec.net_price * sales + 0.3 * batch.unit_cost * (batch.quantity - sales)
        value -= batch.unit_cost * batch.quantity + terms.setup_cost
    best = brute_force(specs, terms, 0.3, 60)
    # tangents touch the newsvendor curve at 24 quantiles, between them they lie a little above it
    assert value >= best - max(0.02 * best, 5.0)


def sport_obermeyer() -> list[Spec]:
    """Fisher & Raman's ten parkas: mean and twice the standard deviation of the buyers' forecasts; price 1."""
    rng = np.random.default_rng(7)
    styles = [
        (1017, 388),
        (1042, 646),
        (1358, 496),
        (2525, 680),
        (1100, 762),
        (2150, 807),
        (1113, 1048),
        (4017, 1113),
        (3296, 2094),
        (2383, 1394),
    ]
    return [Spec(f"style{i}", 1.0, np.maximum(rng.normal(m, s, 2000), 0)) for i, (m, s) in enumerate(styles)]


def test_sport_obermeyer_orders_the_critical_ratio_quantile():
    # gain .24, loss .08 per unit of price: cost .76, salvage .68; critical ratio .24 / .32 = .75
    specs = sport_obermeyer()
    terms = Terms("m", {s.spec_id: 0.76 for s in specs}, 0.0, 1, 600, 0, 10**6)
    plan = pooling.solve(specs, [terms], salvage_rate=0.68 / 0.76, max_specs=10)
    for spec in specs:
        assert plan.quantity(spec.spec_id) == pytest.approx(np.quantile(spec.demand, 0.75), rel=0.04)
        assert plan.quantity(spec.spec_id) >= 600


def test_newsvendor_matches_the_normal_formula():
    demand = np.quantile(np.random.default_rng(0).normal(1000, 200, 200_000), np.linspace(0.0005, 0.9995, 1000))
    plan = pooling.solve(
        [Spec("s", 10.0, demand)], [Terms("m", {"s": 6.0}, 0.0, 1, 0, 0, 10**6)], salvage_rate=0.5, max_specs=1
    )
    critical = (10 - 6) / (10 - 6 + 6 * 0.5)
    assert plan.quantity("s") == pytest.approx(1000 + 200 * norm.ppf(critical), rel=0.02)


SURE = {"setup_cost": 0.0, "min_spec_units": 0, "capacity": 10**6}


@pytest.mark.parametrize(
    ("need", "pack", "min_order", "expected"),
    [
        (60, 1, 100, 100),  # three requests of 20 under a minimum of 100 make one order of 100, not 300
        (200, 1, 30_000, 0),  # never a silent 30,000
        (12, 6, 12, 12),
        (5, 6, 0, 6),  # a pack of six is one pack
    ],
)
def test_golden_ordering_cases(need, pack, min_order, expected):
    terms = Terms("m", {"s": 50.0}, pack_size=pack, min_order_units=min_order, **SURE)
    plan = pooling.solve([Spec("s", 100.0, np.full(50, float(need)))], [terms], salvage_rate=0.3, max_specs=1)
    assert plan.quantity("s") == expected


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_more_capacity_never_hurts_and_higher_minimums_never_help(seed, pack):
    rng = np.random.default_rng(seed)
    specs = [Spec(f"s{i}", 100.0, rng.poisson(rng.uniform(20, 90), 40).astype(float)) for i in range(3)]

    def profit(**changes: int) -> float:
        base = {"pack_size": pack, "min_spec_units": 15, "min_order_units": 40, "capacity": 120, **changes}
        terms = Terms("m", {s.spec_id: 60.0 for s in specs}, 120.0, **base)
        return pooling.solve(specs, [terms], salvage_rate=0.3, max_specs=3).objective

    middle = profit()
    slack = 1e-3 * max(middle, 1.0)
    assert profit(capacity=200) >= middle - slack
    assert profit(min_order_units=90) <= middle + slack
    assert profit(min_spec_units=40) <= middle + slack


def test_order_of_input_is_irrelevant_and_a_repeat_is_the_same():
    rng = np.random.default_rng(3)
    specs = [Spec(f"s{i}", 90.0 + i, rng.poisson(50, 50).astype(float)) for i in range(4)]
    terms = [Terms(m, {s.spec_id: 55.0 + k for s in specs}, 50.0, 2, 10, 20, 150) for k, m in enumerate("mn")]
    first = pooling.solve(specs, terms, salvage_rate=0.3, max_specs=3)
    again = pooling.solve(specs, terms, salvage_rate=0.3, max_specs=3)
    turned = pooling.solve(specs[::-1], terms[::-1], salvage_rate=0.3, max_specs=3)
    assert first == again
    assert turned.objective == pytest.approx(first.objective, rel=2e-4)


def test_terms_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="pack size"):
        pooling.solve(
            [Spec("s", 1.0, np.ones(3))], [Terms("m", {"s": 1.0}, 0, 0, 0, 0, 10)], salvage_rate=0, max_specs=1
        )


def completed(wants: list[list[int]], classes: WantClasses, rows: int = choice.ROWS) -> choice.Shoppers:
    return choice.complete(np.array(wants, np.int16), np.ones(len(wants)), classes, rows=rows)


def test_every_completion_of_a_pattern_is_there_with_its_chance():
    silent = WantClasses.single([np.array([0.5, 0.3, 0.2]), np.array([0.9, 0.1, 0.0])])
    found = completed([[-1, -1], [2, -1], [1, 0]], silent)
    distinct = [len(np.unique(found.wants[found.pattern == p], axis=0)) for p in range(3)]
    assert distinct == [3 * 2, 2, 1]  # a value that no silent shopper wants is left out
    assert np.bincount(found.pattern, found.weight) == pytest.approx([1, 1, 1])
    here = found.at(np.flatnonzero(found.pattern == 0))
    assert here.weight[(here.wants == [2, 1]).all(axis=1)].sum() == pytest.approx(0.2 * 0.1)
    said = found.is_stated[found.pattern == 1]
    assert (said == [True, False]).all()
    assert choice.MIN_ROWS <= len(completed([[-1, -1]], silent, rows=5)) < 2 * choice.MIN_ROWS


def test_patterns_of_many_sessions_have_more_rows():
    silent = WantClasses.single([np.ones(30), np.ones(30), np.ones(3)])
    wants, counts = np.array([[-1, -1, v] for v in range(3)], np.int16), np.array([10_000.0, 100.0, 1.0])
    rows = np.bincount(choice.complete(wants, counts, silent, rows=1110).pattern)
    assert rows.tolist() == [1000, 100, choice.MIN_ROWS]


def test_completions_follow_the_class_that_the_stated_wants_speak_for():
    classes = two_classes()
    said = np.array([[2, -1]], np.int16)  # five in six who say a2 are of the first class
    first = 0.6 * 0.5 / (0.6 * 0.5 + 0.4 * 0.1)
    assert classes.of(said) == pytest.approx(np.array([[first, 1 - first]]))
    expected = first * np.array([0.6, 0.4, 0.0]) + (1 - first) * np.array([0.1, 0.1, 0.8])
    found = completed(said.tolist(), classes)
    assert np.bincount(found.wants[:, 1], found.weight, 3) == pytest.approx(expected)
    both = completed([[-1, -1]], classes)
    every = np.bincount(3 * both.wants[:, 0] + both.wants[:, 1], both.weight, 9)
    for times, points in ((2, 80), (4, 1000)):  # of 81 and 6,561 combinations
        more = WantClasses(classes.weight, classes.silent * times, classes.stated * times, classes.quiet * times)
        sampled = completed([[-1] * 2 * times], more, rows=2 * points)
        assert len(sampled) == 2 * points
        for first in range(0, 2 * times, 2):
            cell = 3 * sampled.wants[:, first] + sampled.wants[:, first + 1]
            assert np.bincount(cell, sampled.weight, 9) == pytest.approx(every, abs=0.04)


def test_shoppers_differ_in_how_much_they_mind_as_a_lognormal_says():
    found = completed([[-1, -1]], WantClasses.single([np.ones(20)] * 2))
    log = np.log(found.importance)
    assert found.weight @ found.importance == pytest.approx([1, 1], abs=0.01)
    assert found.weight @ log == pytest.approx([-(choice.IMPORTANCE_SD**2) / 2] * 2)  # opposite points
    assert log.std(axis=0) == pytest.approx([choice.IMPORTANCE_SD] * 2, rel=0.02)
    assert np.corrcoef(log.T)[0, 1] == pytest.approx(0, abs=0.02)


def test_shoppers_differ_in_what_any_product_is_worth_to_them():
    eager = completed([[0, 1]], WantClasses.single([np.ones(2)] * 2)).eager()
    assert eager.weight.sum() == pytest.approx(1)
    assert eager.weight @ eager.eagerness == pytest.approx(0)
    assert eager.weight @ eager.eagerness**2 == pytest.approx(choice.TASTE_SD**2)


def test_classes_of_wants_are_found_and_none_where_wants_are_independent():
    rng = np.random.default_rng(4)
    people, said = 20_000, 0.35
    kind = rng.random(people) < 0.4
    shares = np.where(kind[:, None], [[0.7, 0.2, 0.1]], [[0.1, 0.2, 0.7]])

    def history_of(dependent: bool) -> tuple[np.ndarray, list[wanted.Habits]]:
        wants = np.empty((people, 3), np.int16)
        for a in range(3):
            mine = shares if dependent else shares[rng.permutation(people)]
            wants[:, a] = (rng.random(people)[:, None] > mine.cumsum(axis=1)).sum(axis=1)
        habits = []
        for a in range(3):
            share = np.bincount(wants[:, a], minlength=3) / people
            empty = stating.Counts(share, 0.0, np.zeros((3, 3)), np.zeros(3))
            odds = np.full(3, np.log(said / (1 - said)))
            habits.append(wanted.Habits(empty, [(1.0, stating.Wants(share, np.eye(3), odds, np.eye(3)))]))
        return np.where(rng.random(wants.shape) < said, wants, UNSTATED).astype(np.int16), habits

    patterns, habits = history_of(dependent=True)
    found = want_classes.fit(patterns, habits)
    assert len(found) == 2
    order = np.argsort(found.weight)
    assert found.weight[order] == pytest.approx([0.4, 0.6], abs=0.03)
    for a in range(3):
        assert found.silent[a][order] == pytest.approx(np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]]), abs=0.04)
        quiet = patterns[:, a] == UNSTATED
        together = (found.of(patterns[quiet]) @ found.silent[a]).mean(axis=0)
        assert together == pytest.approx(habits[a].silent_share, abs=1e-3)  # all the silent want what stating found
    assert len(want_classes.fit(*history_of(dependent=False))) == 1


def test_the_share_of_lookers_is_learnt_from_the_categories_of_a_shop():
    models = [fitted(world(sessions=25_000, seed=seed, buyers=0.25)) for seed in range(4)]
    thin = [fitted(world(sessions=1_500, seed=seed, buyers=0.25)) for seed in range(9, 17)]
    helped = [choice_pooling.with_shared(one, choice_pooling.shared([*models, one])) for one in thin]
    errors = [np.mean([abs(one.buyer_share - 0.25) for one in some]) for some in (thin, helped)]
    assert errors[1] < 0.8 * errors[0]
    nothing = choice_pooling.shared([])
    assert (nothing.buyers, nothing.price) == (choice_fit.PRIOR_BUYERS, choice_fit.PRIOR_PRICE)
    as_it_is = (float(models[0].price), 1e-3)
    sure = choice_pooling.with_shared(models[0], choice_pooling.Shared((0.9, 1e-3), as_it_is))
    assert np.log(sure.buyer_share / sure.bought_share) == pytest.approx(0.9, abs=0.01)
    assert np.linalg.eigvalsh(sure.covariance).min() > 0


def test_the_response_to_price_is_learnt_from_the_categories_of_a_shop(monkeypatch):
    def priced(sessions: int, seed: int, response: float) -> choice.ChoiceModel:
        relative = np.random.default_rng(seed).choice([0.85, 1.0, 1.1], (DAYS, 6))
        history = world(sessions=sessions, seed=seed, buyers=0.25, worth=response * (relative - 1))
        return choice_fit.fit(
            history.sessions,
            history.products,
            relative_price=relative,
            classes=WantClasses.single([np.full(3, 1 / 3)] * 2),
            is_ordered=[False, False],
        )

    responses = [-5.5, -6.0, -6.5]
    models = [priced(20_000, seed, response) for seed, response in enumerate(responses)]
    thin = priced(800, 9, -6.0)
    prior = choice_pooling.shared([*models, thin])
    assert prior.price[0] == pytest.approx(-6.0, abs=0.4)
    helped = choice_pooling.with_shared(thin, prior)
    assert abs(helped.price + 6.0) < 0.5 * abs(thin.price + 6.0)
    assert helped.covariance[2, 2] < thin.covariance[2, 2]
    alone = choice_pooling.with_shared(models[1], choice_pooling.Shared(prior.buyers, (-3.0, 100.0)))
    monkeypatch.setattr(choice_fit, "PRIOR_PRICE", (-3.0, 100.0))
    assert alone.price == pytest.approx(priced(20_000, 1, -6.0).price, abs=0.1)  # as fitted without the prior


def line_case(seed: int, *, candidates: int = 7, sd: float = 0.0) -> tuple[product_line.Replay, product_line.Economics]:
    """A small shop with six products and ``candidates`` random specs; ``sd`` spreads the posterior draws."""
    rng = np.random.default_rng(seed)
    history = world(sessions=500, seed=seed)
    model = choice.ChoiceModel(
        buyer_share=0.3, bought_share=0.1, constant=-0.5,
        price=-4.0, minded=0.0, penalty=np.array([2.0, 1.5]), imputed_penalty=np.array([1.0, 0.5]),
        far=np.zeros(2), is_ordered=(False, False), quality=rng.normal(0, 0.3, 6), appeal=(np.zeros(3), np.zeros(3)),
        dear=(np.zeros(3), np.zeros(3)), sessions=0, log_likelihood=0.0, covariance=np.eye(22) * sd**2,
    )  # fmt: skip
    targets = tuple(rng.dirichlet(np.ones(3)) for _ in range(2))
    shoppers = product_line.segments(
        history.sessions.wants, WantClasses.single(list(targets)), targets, sessions=2000.0
    )
    existing = product_line.Existing(history.products.features, np.ones(6), np.full(6, 30.0), np.full(6, 0.9))
    cost = rng.uniform(55, 75, candidates)
    specs = product_line.Candidates(
        rng.integers(0, 3, (candidates, 2)).astype(np.int16), 1.5 * cost, np.full(candidates, 100.0), cost,
        np.full(candidates, 200.0), np.full(candidates, 5.0),
    )  # fmt: skip
    draws = [model, *model.draw(rng, size=5)] if sd else [model]
    economics = product_line.Economics(0.8, 1.0, 0.0, 0.3)
    return product_line.Replay(shoppers, existing, specs, draws, economics), economics


def line_profit(replay: product_line.Replay, line: list[int]) -> float:
    """Margin of new and existing products with ``line`` on sale, less set-up, when just what sells is made."""
    own, old = replay.sell(line)
    return float(
        own[0] @ replay.unit_margin()[line] + replay.existing_margin(old)[0] - replay.candidates.setup_cost[line].sum()
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_search_comes_near_the_best_of_all_lines(seed):
    replay, economics = line_case(seed)
    found = line_search.search(replay, economics, size=3, noise_sd=1e-6)
    features = [tuple(row) for row in replay.candidates.features[found].tolist()]
    assert len(features) == len(set(features))
    lines = [list(c) for size in range(4) for c in itertools.combinations(range(7), size)]
    known = replay.candidates.features.tolist()
    best = max(line_profit(replay, line) for line in lines if len({tuple(known[i]) for i in line}) == len(line))
    assert line_profit(replay, found) >= best - 0.1 * (best - line_profit(replay, []))


def laddered(seed: int) -> tuple[product_line.Replay, product_line.Economics, list[range]]:
    """Three specs, each at seven prices, cheapest first."""
    replay, economics = line_case(seed, candidates=3, sd=0.1)
    further = replay.candidates.at_prices_of([0, 1, 2], np.linspace(0.8, 1.2, 7))
    return replay.with_candidates(further), economics, [range(7 * k, 7 * k + 7) for k in range(3)]


@pytest.mark.parametrize("seed", range(5))
def test_prices_for_quantities_are_the_best_of_all(seed):
    replay, economics, ladders = laddered(seed)
    quantity = np.random.default_rng(seed).integers(5, 60, 3).astype(float)
    before = replay.existing_margin(replay.sell([])[1])

    def earned(line):
        return line_search._earned(replay, list(line), quantity, economics, 0.2, before)

    found = line_search.prices_at(replay, ladders, quantity, economics, noise_sd=0.2, start=[3, 3, 3])
    best = max(earned(line) for line in itertools.product(*ladders))
    assert earned(found) >= best - 0.02 * abs(best)


def test_the_fewer_are_made_the_dearer_they_are_sold():
    replay, economics, ladders = laddered(1)
    found = {
        made: line_search.prices_at(replay, ladders, np.full(3, made), economics, noise_sd=0.2, start=[3, 3, 3])
        for made in (1.0, 20.0, 1e6)
    }
    assert found[1.0] == [6, 13, 20]  # one of each finds somebody at any price
    price = {made: replay.candidates.price[line].sum() for made, line in found.items()}
    assert price[1e6] < price[20.0] < price[1.0]


def test_raked_segments_follow_the_wants_of_the_window():
    wants = world(sessions=800).sessions.wants
    silent = WantClasses.single([np.array([0.2, 0.3, 0.5])] * 2)
    targets = (np.array([0.1, 0.2, 0.7]), np.array([0.6, 0.3, 0.1]))
    found = product_line.segments(wants, silent, targets, sessions=300.0)
    for a, target in enumerate(targets):
        assert np.bincount(found.shoppers.wants[:, a], found.sessions) / 300 == pytest.approx(target, abs=1e-6)
    thinned = found.thinned(40)
    assert thinned.sessions.sum() == pytest.approx(300)
    assert len(thinned.sessions) <= 40


def test_orders_alone_say_how_many_buy():
    history = world(sessions=0)
    model = fitted(history)
    economics = product_line.Economics(0.9, 1.2, 0.0, 0.3)
    targets = tuple(np.full(3, 1 / 3) for _ in range(2))
    shoppers = product_line.segments(history.sessions.wants, WantClasses.single(list(targets)), targets, sessions=50.0)
    existing = product_line.Existing(history.products.features, np.ones(6), np.full(6, 40.0), np.full(6, 0.9))
    none = product_line.Candidates(np.zeros((0, 2), np.int16), *(np.zeros(0) for _ in range(5)))
    draws = [model, *model.draw(np.random.default_rng(1), size=9)]
    before = product_line.Replay(shoppers, existing, none, draws, economics).sell([])[1].sum(axis=1)
    assert np.ptp(np.log(before)) > 1  # without searches the level is anybody's guess
    known = product_line.selling(draws, shoppers, existing, economics, units=740.0)
    after = product_line.Replay(shoppers, existing, none, known, economics).sell([])[1].sum(axis=1)
    assert after == pytest.approx(np.full(10, 740.0))


def test_price_of_a_day_is_what_was_paid_or_paid_nearby():
    history = world(sessions=0)
    day = np.array([10, 10, 10, 12], np.int32)
    ones = np.ones(4, np.int64)
    lines = OrderLines(
        day, np.zeros(4, np.int32), np.zeros(4, np.int16), ones, ones * 0, ones, np.array([80.0, 90.0, 95.0, 70.0]),
        np.ones(4, bool),
    )  # fmt: skip
    price = daily_price.by_day(replace(history, lines=lines))
    assert price[9:16, 0].tolist() == [
        90,
        90,
        90,
        70,
        70,
        70,
        70,
    ]  # the middle, then the nearest day
    assert price[7, 0] == 90
    assert price[6, 0] == price[20, 0] == 100  # the product's usual price
    assert (price[:, 1:] == 100).all()


def test_wants_move_by_the_growth_of_each_value():
    share = np.array([0.5, 0.3, 0.2])
    assert window_wants.moved(share, np.ones(3)) == pytest.approx(share)
    exact = share * [0.7 / 0.8, 1.0, 2.0]
    assert window_wants.moved(share, np.array([0.7 / 0.8, 1.0, 2.0])) == pytest.approx(exact / exact.sum())


def test_how_far_products_lie_apart_is_learnt(monkeypatch):
    """From six products, whose values may explain a part of it."""

    def found(spread: float) -> float:
        quality = spread * np.array([1.5, -1.0, 0.5, -1.5, 1.0, -0.5])
        return fitted(world(sessions=40_000, worth=np.tile(quality, (DAYS, 1)))).quality_sd

    assert found(0.1) < choice_fit.QUALITY_SD
    wide = found(1.2)
    assert wide > 2 * choice_fit.QUALITY_SD
    monkeypatch.setattr(choice_fit, "SPREAD_ROUNDS", 1)  # qualities are drawn to the usual spread: one look is too few
    assert found(1.2) < wide - 0.1


def test_the_luck_of_products_is_not_taken_for_the_worth_of_their_values(monkeypatch):
    """Values are worth nothing beyond what is wanted here, and products differ; what is told of specs nobody sells."""

    def wrong_by() -> float:
        errors = []
        for seed in range(4):
            quality = np.random.default_rng(seed).normal(0, 0.5, 6)
            appeal = fitted(world(sessions=15_000, seed=seed, worth=np.tile(quality, (DAYS, 1)))).appeal
            every = np.add.outer(appeal[0], appeal[1])
            errors.append(every.std())
        return float(np.sqrt(np.mean(np.square(errors))))

    assert wrong_by() < 0.06
    monkeypatch.setattr(choice_fit, "APPEAL_SD", 0.3)
    assert wrong_by() > 0.2
