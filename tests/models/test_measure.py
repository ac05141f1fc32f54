"""Measurement: planted truths come back, rules by hand, and nothing small is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.recovery.plain_market import plain_market
from models import adequate, causes, disclosure, latent, lift, rates, service, stating, stockouts, wanted
from models.history import UNSTATED, CategoryHistory, Intents, OrderLines, Products, Sessions, weekly
from models.stating import Counts


def shop(wants, sku, features, *, available=None, shown=None, days=28, stated=None):
    """A category of given shopper-days; day of each in turn; every purchase is one kept unit after a search."""
    wants = np.array(wants, np.int16)
    sku = np.array(sku, np.int32)
    features = np.array(features, np.int16)
    day = (np.arange(len(wants)) % days).astype(np.int32)
    bought = sku >= 0
    one = np.ones(int(bought.sum()), np.int64)
    sizes = np.maximum(wants.max(axis=0), features.max(axis=0)) + 1
    names = "abcdef"[: len(sizes)]
    return CategoryHistory(
        category_id="c",
        days=days,
        attributes=tuple(names),
        values=tuple(tuple(f"{n}{v}" for v in range(size)) for n, size in zip(names, sizes, strict=True)),
        is_ordered=(False,) * len(sizes),
        regions=("CN-GD",),
        sessions=Sessions(
            day,
            wants,
            np.zeros(len(wants), np.int16),
            sku,
            np.ones(len(wants), bool),
            None if shown is None else np.array(shown, bool),
        ),
        products=Products(
            tuple(f"p{j}" for j in range(len(features))),
            features,
            np.full(len(features), 10.0),
            np.full(len(features), 5.0),
            np.ones((days, len(features)), bool) if available is None else available,
            "CNY",
            np.ones((days, len(features)), bool),
        ),
        lines=OrderLines(
            day[bought],
            sku[bought],
            np.zeros(len(one), np.int16),
            one,
            0 * one,
            one,
            10.0 * one,
            np.ones(len(one), bool),
        ),
        zero_result_pct={},
        people={},
        stated=stated,
    )


# ---- what is wanted


def test_where_all_values_are_said_alike_the_wanted_share_is_the_intent_share():
    counts = Counts(np.array([300.0, 600.0, 100.0]), 1000.0, np.diag([30.0, 60.0, 0.0]), np.array([30.0, 60.0, 0.0]))
    wants = stating.fit(counts)
    assert wants.share == pytest.approx([0.3, 0.6, 0.1], abs=0.02)  # though nobody sells the third one


def test_a_plain_value_that_nobody_types_is_read_from_what_the_silent_buy():
    rng = np.random.default_rng(3)
    share, said, buys = np.array([0.5, 0.3, 0.2]), np.array([0.04, 0.4, 0.4]), np.array([0.2, 0.2, 0.0])
    people = rng.multinomial(40_000, share)
    stated = rng.binomial(people, said)
    silent = people - stated
    counts = Counts(
        stated.astype(float),
        float(silent.sum()),
        np.diag(rng.binomial(stated, buys)).astype(float),
        rng.binomial(silent, buys).astype(float),
    )
    wants = stating.fit(counts)
    assert stated[0] / stated.sum() < 0.1  # by what is said alone it would be next to nothing
    assert wants.share == pytest.approx(share, abs=0.06)
    error = np.sqrt(np.diag(wants.covariance))
    assert (np.abs(wants.share - share) < 3 * error).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=5), st.integers(0, 500), st.randoms(use_true_random=False))
def test_shares_sum_to_one_and_their_errors_cancel(stated, silent, random):
    size = len(stated)
    table = np.array([[random.randint(0, n) / size for _ in range(size)] for n in stated])
    found = stating.readings(Counts(np.array(stated, float), float(silent), table, np.full(size, silent / 20.0)))
    assert sum(weight for weight, _ in found) == pytest.approx(1.0)
    for _, wants in found:
        assert wants.share.sum() == pytest.approx(1.0)
        assert (wants.share > 0).all()
        assert wants.covariance.sum() == pytest.approx(0.0, abs=1e-6)
        assert (np.diag(wants.covariance) >= -1e-12).all()


def test_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(1)
    counts = Counts(
        rng.integers(5, 50, 4).astype(float), 300.0, rng.integers(0, 20, (4, 4)).astype(float), np.arange(5.0, 9.0)
    )
    problem = stating._Problem(counts, stating.purchase_table(counts), stating.shelf_share(counts), None)
    at = rng.normal(size=11)
    slope = [(problem.loss(at + step)[0] - problem.loss(at - step)[0]) / 2e-5 for step in 1e-5 * np.eye(11)]
    assert problem.loss(at)[1] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_past_windows_count_where_wants_stand_still_and_not_where_they_move():
    def window(*stated):
        none = np.zeros(2)
        return Counts(np.array(stated, float), 0.0, np.zeros((2, 2)), none)

    still = stating.combine([window(500, 500), window(510, 490), window(495, 505), window(500, 500)])
    moving = stating.combine([window(900, 100), window(600, 400), window(300, 700), window(50, 950)])
    assert still.stated.sum() > 3000
    assert moving.stated.sum() < 1300


def test_intervals_of_readings_that_lie_apart_are_those_of_the_mixture():
    likely = wanted.Mixture(np.array([0.96, 0.04]), np.array([[0.2], [0.6]]), np.array([[0.01], [0.01]]))
    low, high = likely.point(0.1)[0], likely.point(0.9)[0]
    assert 0.18 < low < 0.2 < high < 0.22  # one normal of this mean and variance would say 0.11 to 0.32
    even = wanted.Mixture(np.array([0.5, 0.5]), np.array([[0.2], [0.6]]), np.array([[0.01], [0.01]]))
    assert even.point(0.1)[0] == pytest.approx(0.2, abs=0.02)
    assert even.point(0.9)[0] == pytest.approx(0.6, abs=0.02)
    twice = even.scaled(2.0, np.array([1.0]), np.array([0.0]))
    assert twice.point(0.9)[0] == pytest.approx(2 * even.point(0.9)[0] + 1.0)
    far = wanted.Mixture(np.array([0.92, 0.08]), np.array([[0.2], [0.9]]), np.array([[0.01], [0.01]]))
    assert far.point(0.9)[0] >= far.mean[0]  # an interval holds its mean


def test_a_value_of_one_product_that_people_hardly_name_is_not_read_as_unwanted():
    """The silent buy its one product 15 times as often as those who name it, other values 4 to 5 times."""
    stated = np.array([562.0, 2388.0, 5348.0])
    bought = np.array([[11.0, 19.0, 22.0], [4.0, 186.0, 46.0], [3.0, 52.0, 604.0]])
    found = stating.fit(Counts(stated, 35_622.0, bought, np.array([277.0, 1316.0, 2569.0])))
    assert found.share[0] > 0.2  # 0.32 in the market these counts come from; 0.07 of what is said
    assert found.odds[0] < found.odds[1] - 1


def test_how_often_the_silent_buy_tells_of_a_plain_value_that_nobody_sells():
    rng = np.random.default_rng(8)
    said, buys = np.array([0.3, 0.3, 0.05]), np.array([0.2, 0.2, 0.0])

    def third(share):
        people = rng.multinomial(60_000, share)
        stated = rng.binomial(people, said)
        table = np.diag(rng.binomial(stated, buys)).astype(float)
        bought = rng.binomial(people - stated, buys).astype(float)
        silent = float((people - stated).sum())
        intents = stated[2] / stated.sum()
        return intents, stating.fit(Counts(stated.astype(float), silent, table, bought)).share[2]

    intents, wants = third([0.3, 0.2, 0.5])
    assert wants > 1.1 * intents  # half of the silent buy nothing, so more want it than say so
    assert wants == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("indifferent", [0.1, 0.5])
def test_the_silent_who_take_what_is_offered_do_not_make_it_wanted(indifferent):
    """Half of the silent do not care and buy from the shelf, as often as those do whom it suits."""
    rng = np.random.default_rng(4)
    share, said = np.array([0.2, 0.1, 0.7]), np.array([0.3, 0.3, 0.3])
    buys = np.array([[0.26, 0.01, 0.0], [0.05, 0.10, 0.0], [0.05, 0.01, 0.04]])  # the shelf is full of the first value
    shelf = np.array([0.84, 0.13, 0.03]) * 0.25
    people = rng.multinomial(20_000, share)
    stated = rng.binomial(people, said)
    silent = people - stated

    def bought(n, rates):
        return np.array(
            [rng.multinomial(k, [*row, 1 - row.sum()])[:-1] for k, row in zip(n, rates, strict=True)], float
        )

    easy = rng.binomial(silent, indifferent)
    units = bought(silent - easy, buys).sum(axis=0) + bought(easy, np.tile(shelf, (3, 1))).sum(axis=0)
    found = stating.readings(Counts(stated.astype(float), float(silent.sum()), bought(stated, buys), units))
    mean = sum(weight * wants.share for weight, wants in found)
    assert mean == pytest.approx(share, abs=0.08)


def test_several_values_in_one_search_are_parts_of_one_intent():
    # row 0 says 6 or 8 (values 0 and 1 of a), row 1 says 1
    stated = Intents(np.array([0, 0, 1]), np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([0.5, 0.5, 1.0]))
    history = shop([[UNSTATED], [1]], [-1, -1], [[0], [1]], stated=stated)
    found = wanted.counts(history, 0, wanted.Period(0, 28))
    assert found.stated.tolist() == [0.5, 1.5]
    assert found.silent == 0.0


# ---- who came to buy


def test_would_be_buyers_and_gaps_of_another_kind_of_market_are_recovered():
    ratios, covered = [], []
    for seed in range(100, 106):
        market = plain_market(seed)
        conversion = latent.conversion(market.history, last_days=84)
        found = latent.measure(market.history, conversion, first_day=140, end_day=168)
        truth = market.wanted_units[0].sum()
        assert found.bought_units < 0.95 * truth  # there is something to recover
        ratios.append(found.would_be_units / truth)
        for a, attribute in enumerate(found.attributes):
            for v in range(len(attribute.intents)):
                mean, low, high = attribute.gap(v)
                assert low <= mean <= high
                covered.append(low <= market.wanted_units[a][v] - attribute.bought_units[v] <= high)
    assert 0.8 < np.mean(ratios) < 1.1
    assert np.mean(covered) > 0.6


def test_lookers_do_not_count_as_lost_buyers_where_everything_is_there():
    rng = np.random.default_rng(2)
    wants = rng.integers(0, 2, (8000, 1))
    sku = np.where(rng.random(8000) < 0.1, wants[:, 0], -1)
    history = shop(wants, sku, [[0], [1]])
    found = adequate.fit(history, [np.array([0.5, 0.5])], first_day=0, end_day=28, last_days=28)
    came, error = found.came()
    assert came == pytest.approx((sku >= 0).sum(), rel=0.12)
    assert error > 0


def test_error_of_who_came_is_the_spread_over_repeated_samples_and_the_form():
    rng = np.random.default_rng(11)
    available = np.ones((28, 2), bool)
    available[14:, 1] = False

    def repeat():
        wants = rng.integers(0, 2, (6000, 1))
        comes, must = rng.random(6000) < 0.3, rng.random(6000) < 0.7
        is_there = (wants[:, 0] == 0) | (np.arange(6000) % 28 < 14)
        sku = np.where(comes & (is_there | ~must), np.where(is_there, wants[:, 0], 0), -1)
        history = shop(wants, sku, [[0], [1]], available=available)
        found = adequate.fit(history, [np.array([0.5, 0.5])], first_day=0, end_day=28, last_days=28)
        return *found.came(), found.left, comes.sum()

    came, error, left, truth = np.transpose([repeat() for _ in range(30)])
    assert left.mean() > 200  # a quarter want what half the time is not there, 0.7 of them leave
    assert came.mean() == pytest.approx(truth.mean(), rel=0.05)
    known = np.sqrt(np.mean(error**2 - (adequate.FORM_SD * came) ** 2))
    assert (came - truth).std() == pytest.approx(known, rel=0.4)


def test_rates_are_shrunk_by_as_much_as_groups_are_alike():
    rng = np.random.default_rng(4)
    trials = np.full(300, 200.0)
    alike = rates.fit(rng.binomial(200, 0.2, 300).astype(float), trials)
    apart = rates.fit(rng.binomial(200, rng.beta(4, 16, 300)).astype(float), trials)
    assert alike.strength > 500
    assert apart.strength == pytest.approx(20, rel=0.3)
    assert apart.mean == pytest.approx(0.2, abs=0.02)
    assert alike.between_sd < apart.between_sd
    empty = rates.fit(np.array([0.0, 5.0]), np.array([0.0, 20.0]))
    assert empty.rate[0] == pytest.approx(empty.mean)
    with pytest.raises(ValueError, match="trials"):
        rates.fit(np.array([3.0]), np.array([2.0]))


def test_mean_and_strength_of_rates_are_where_scipys_beta_binomial_is_most_likely():
    rng = np.random.default_rng(8)
    trials = rng.integers(1, 60, 80).astype(float)
    counts = rng.binomial(trials.astype(int), rng.beta(3, 9, 80)).astype(float)
    groups = rng.integers(1, 4, 80).astype(float)
    found = rates.fit(counts, trials, groups=groups)

    def loss(mean: float, strength: float) -> float:
        likelihood = stats.betabinom.logpmf(counts, trials, mean * strength, (1 - mean) * strength)
        return float(0.5 * ((np.log(strength) - np.log(50.0)) / 2.0) ** 2 - groups @ likelihood)

    best = loss(found.mean, found.strength)
    for mean, strength in ((1.002, 1.0), (0.998, 1.0), (1.0, 1.01), (1.0, 0.99), (1.001, 0.995), (0.999, 1.005)):
        assert loss(found.mean * mean, found.strength * strength) > best


# ---- stock-outs


def test_one_good_day_says_little_of_all_the_days_a_product_was_not_there():
    sales = np.random.default_rng(1).poisson(1.5, (28, 10)).astype(float)
    shelf = np.ones((28, 10), bool)
    shelf[:, 0], sales[:, 0] = False, 0.0
    assert stockouts.first_choice(sales, shelf, full_shelf_share=0.7).demand[:, 0].sum() < 0.1  # never there: unknown
    shelf[3, 0], sales[3, 0] = True, 5.0
    found = stockouts.first_choice(sales, shelf, full_shelf_share=0.7).demand.sum(axis=0)
    assert found[1:].mean() < found[0] < 28 * 5 * 0.6  # above the others, far from that day every day


def test_first_choices_are_recovered_from_sales_of_half_empty_shelves():
    rng = np.random.default_rng(5)
    weight = np.array([1.2, 0.7, 0.4])  # full shelf: 2.3 of 3.3 buy
    shelf = rng.random((400, 3)) < 0.7
    attraction = np.where(shelf, weight, 0.0)
    chance = attraction / (1 + attraction.sum(axis=1, keepdims=True))
    visitors = 200
    sales = np.array([rng.multinomial(visitors, [*row, 1 - row.sum()])[:3] for row in chance], float)
    found = stockouts.first_choice(sales, shelf, full_shelf_share=2.3 / 3.3)
    assert found.weight == pytest.approx(weight, rel=0.05)
    some = shelf.any(axis=1)
    first = found.demand[some].mean(axis=0)
    assert first == pytest.approx(visitors * weight / 3.3, rel=0.05)
    assert sales[some].mean(axis=0).sum() < 0.97 * first.sum()


def test_a_full_shelf_needs_no_recovery_and_no_sales_give_none():
    sales = np.array([[3.0, 1.0], [2.0, 2.0]])
    assert stockouts.first_choice(sales, np.ones((2, 2), bool), full_shelf_share=0.7).demand.tolist() == sales.tolist()
    rng = np.random.default_rng(8)
    many = rng.poisson(rng.lognormal(0, 1.5, 300), (28, 300)).astype(float)
    full = stockouts.first_choice(many, np.ones(many.shape, bool), full_shelf_share=0.7)
    assert (full.demand == many).all()  # to the last digit: gaps of rounding were ranked
    none = stockouts.first_choice(np.zeros((2, 2)), np.zeros((2, 2), bool), full_shelf_share=0.7)
    assert none.demand.sum() == 0
    with pytest.raises(ValueError, match="full_shelf_share"):
        stockouts.first_choice(sales, np.ones((2, 2), bool), full_shelf_share=1.0)


# ---- causes


def test_every_intent_falls_in_the_class_of_what_stood_in_its_way():
    features = [[0, 0], [1, 1], [3, 0]]  # nobody makes a2; a0 comes with b0 only; product 2 (a3) is out of stock
    available = np.ones((28, 3), bool)
    available[:, 2] = False
    wants = [[0, 0], [0, 0], [2, 0], [0, 1], [3, UNSTATED], [0, 2]]
    history = shop(wants, [-1] * 6, [*features], available=available, shown=[True, False, True, True, True, True])
    found = service.classes(history, np.arange(6), 0, np.array([0, 0, 2, 0, 3, 0]))
    assert found.tolist() == [
        service.SERVED,
        service.WORDING,
        service.NO_PRODUCT,
        service.COMBINATION,
        service.STOCK_OUT,
        service.OTHER_FEATURE,  # b2 is what nobody makes
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (service.NO_PRODUCT, ("not_made", "no_product")),
        (service.COMBINATION, ("not_made", "other_combinations")),
        (service.STOCK_OUT, ("stock_out", "out_of_stock")),
        (service.WORDING, ("wording", "search_misses_it")),
        (service.OTHER_FEATURE, ("none", "other_features")),
    ],
)
def test_the_class_with_the_missing_buyers_is_the_cause(where, expected):
    intents, bought = np.zeros(service.CLASSES), np.zeros(service.CLASSES)
    intents[where], intents[service.SERVED], bought[service.SERVED] = 400, 400, 80
    evidence = causes.Evidence(50.0, intents, bought, 0.2, 0.01, 0.05, 0.0, -5.0, 3)
    assert (causes.cause(evidence).cause, causes.cause(evidence).detail) == expected
    certain_of_nothing = causes.Evidence(-1.0, intents, bought, 0.2, 0.01, 0.05, 0.0, -5.0, 3)
    assert causes.cause(certain_of_nothing).cause == "none"


def test_stock_outs_come_before_not_made_when_they_explain_more():
    intents, bought = np.zeros(service.CLASSES), np.zeros(service.CLASSES)
    intents[service.STOCK_OUT], intents[service.COMBINATION] = 300, 200
    found = causes.cause(causes.Evidence(10.0, intents, bought, 0.2, 0.01, 0.0, 0.0, -5.0, 2))
    assert found.cause == "stock_out"


# ---- small cells


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 40), max_size=25)), min_size=1, max_size=14),
    st.integers(2, 12),
)
def test_no_cell_and_no_difference_of_cells_shows_fewer_than_k_people(cells, k):
    group = np.array([g for g, _ in cells])
    people = np.array([len(who) for _, who in cells])
    everyone = {g: set().union(*(who for other, who in cells if other == g)) for g in set(group.tolist())}
    small = {g: set().union(*(who for other, who in cells if other == g and 0 < len(who) < k), set()) for g in everyone}
    decision = disclosure.decide(
        group,
        people,
        group_people=np.array([len(everyone[g]) for g in group]),
        pool_people=np.array([len(small[g]) for g in group]),
        min_people=k,
    )
    for g in everyone:
        mine = [(who, d) for (other, who), d in zip(cells, decision.tolist(), strict=True) if other == g]
        assert all(len(who) == 0 or len(who) >= k for who, d in mine if d == disclosure.VISIBLE)
        pool = set().union(*(who for who, d in mine if d == disclosure.POOLED), set())
        assert len(pool) == 0 or len(pool) >= k  # which is the total less what is visible
        withheld = [who for who, d in mine if d == disclosure.WITHHELD]
        if withheld:
            assert len(everyone[g]) < k
            assert not pool


# ---- together


def test_lift_is_one_where_chance_gives_it_and_large_where_it_does_not():
    mean, low, high = lift.lift(np.array([100.0, 300.0, 0.0]), np.array([100.0, 100.0, 0.5]))
    assert mean[0] == pytest.approx(1.0)
    assert low[1] > 2.5
    assert (low < mean).all()
    assert (mean < high).all()
    assert 0.5 < mean[2] < 1.0  # five expected events of doubt
    with pytest.raises(ValueError, match="negative"):
        lift.lift(np.array([-1.0]), np.array([1.0]))


# ---- the worked example of docs/method.md


def test_the_worked_example_of_the_docs_holds():
    wants, sku = [], []
    for value, product, count in (
        (0, 0, 28), (0, -1, 112), (1, 1, 17), (1, -1, 67), (2, -1, 56), (-1, 0, 28), (-1, 1, 17), (-1, -1, 235),
    ):  # fmt: skip
        wants += [[value]] * count
        sku += [product] * count
    order = np.random.default_rng(0).permutation(len(wants))
    history = shop(np.array(wants)[order], np.array(sku)[order], [[0], [1]])
    rates_found = latent.conversion(history, last_days=84)
    found = latent.measure(history, rates_found, first_day=0, end_day=28)
    colour = found.attributes[0]
    assert colour.intents.tolist() == [140, 84, 56]
    assert colour.stating_share == 0.5
    assert colour.wanted_share == pytest.approx([0.50, 0.30, 0.20], abs=0.005)
    assert (found.would_be_units, found.would_be_units_se) == pytest.approx((107, 11), abs=0.5)
    assert colour.gap(2) == pytest.approx((21.5, 14.5, 28.5), abs=0.5)
    assert colour.gap(0) == pytest.approx((-3, -11, 6), abs=0.6)


# ---- rows of mart_gaps


def test_published_gap_rows_hide_small_values_and_keep_the_sums():
    from models import hedonic
    from models.history import Crowd
    from pipelines import gap_rows
    from pipelines.settings import Settings

    history = shop([[0]] * 300 + [[1]] * 200 + [[2]] * 4 + [[3]] * 3, [0] * 300 + [1] * 200 + [2] * 7, [[0], [1], [2]])
    people = {("a", "a0"): 300, ("a", "a1"): 200, ("a", "a2"): 7, ("a", "a3"): 3}
    setup = Settings(sources={"order_lines": {"path": "x"}})
    worth = hedonic.fit(history.products.features, history.products.price, np.ones(3), value_counts=[4])
    rows = gap_rows.rows_of(history, worth, gap_rows.measured(history, setup))
    levels = {"rank_off": 1, "rank_strict": 1, "gap_units_off": 0.0, "gap_units_strict": 0.0}
    rows = [row | levels | {"people": people["a", row["value"]]} for row in rows]

    def shown(pool, whole=507):
        object.__setattr__(history, "crowds", {key: Crowd(0, whole, pool) for key in people})
        return gap_rows.publishable(rows, history, min_people=10)

    assert {row["value"] for row in shown(10)} == {"a0", "a1", "(other)"}
    taken_in = shown(8)  # seven and three people, of whom two are the same
    assert {row["value"] for row in taken_in} == {"a0", "(other)"}
    for name in ("wanted_share", "bought_share", "bought_units", "gap_units"):
        assert sum(row[name] for row in taken_in) == pytest.approx(sum(row[name] for row in rows))
    parts = (0.7, 0.1, 0.2, 3e-16)
    thirds = [row | {"bought_share": share, "people": 6} for row, share in zip(rows, parts, strict=True)]
    assert sum(row["bought_share"] for row in thirds) > 1.0  # by rounding
    object.__setattr__(history, "crowds", {key: Crowd(0, 24, 24) for key in people})
    (everything,) = gap_rows.publishable(thirds, history, min_people=10)
    assert everything["bought_share"] == 1.0
    few = [row | {"people": min(row["people"], 3)} for row in rows]
    object.__setattr__(history, "crowds", {key: Crowd(0, 8, 8) for key in people})
    (blank,) = gap_rows.publishable(few, history, min_people=10)
    assert (blank["value"], blank["pooled_values"], blank["gap_units"], blank["intents"], blank["people"]) == (
        "(other)", 4, 0.0, 0, 0,
    )  # fmt: skip


def test_of_two_features_that_nobody_makes_the_rising_one_comes_first():
    from pipelines import gap_rows

    def row(value, gap, trend, half_width):
        return {
            "attribute": "a", "value": value, "cause": "not_made", "cause_detail": "no_product", "gap_units": gap,
            "wanted_units": gap, "wanted_share": gap / 1000, "share_trend_pct_points": trend,
            "share_trend_p10": trend - half_width, "share_trend_p90": trend + half_width,
        }  # fmt: skip

    def first(*rows):
        return min(gap_rows.with_ranks(list(rows), windows_ahead=1.0), key=lambda found: found["rank"])["value"]

    assert first(row("level", 100.0, 0.0, 1.0), row("rising", 90.0, 4.0, 1.0)) == "rising"  # 90 + 40 a window ahead
    assert first(row("level", 100.0, 0.0, 1.0), row("doubtful", 90.0, 1.5, 9.0)) == "level"
    assert first(row("level", 100.0, 0.0, 1.0), row("falling", 120.0, -4.0, 1.0)) == "level"
    bought = {"cause": "none", "cause_detail": "within_error", "gap_units": 0.0}  # nobody searches: nothing is missing
    assert first(row("little", 5.0, 0.0, 0.0) | bought, row("much", 90.0, 0.0, 0.0) | bought) == "much"


def test_levels_are_apart_by_the_people_only_one_of_them_counts():
    from pipelines import gap_rows

    assert gap_rows.people_apart({"a": 50, "b": 40}, {"a": 58, "b": 40, "c": 3}) == 8
    assert gap_rows.people_apart({}, {}) == 0


def test_shares_of_what_is_bought_are_as_sure_as_the_order_lines_are_many():
    """Without searches the interval holds the true share eight times in ten, however many pieces go in a line."""
    rng = np.random.default_rng(4)
    truth, hits, silent = 0.3, 0, wanted.Habits(Counts(*(np.zeros(2), 0.0, np.zeros((2, 2)), np.zeros(2))), [])
    for _ in range(600):
        pieces = rng.geometric(0.05, 200).astype(float)
        value = (rng.random(200) >= truth).astype(int)
        bought, squares = (np.bincount(value, weights=units, minlength=2) for units in (pieces, pieces**2))
        found = wanted.shares(silent, [silent.counts], bought, squares)
        hits += found.point(0.1)[0] <= truth <= found.point(0.9)[0]
    assert 0.76 <= hits / 600 <= 0.84
    one_each = wanted.shares(silent, [silent.counts], np.array([30.0, 70.0]))
    half = 30.5 / 101  # the binomial's, with half a line more of each
    assert one_each.sds[0, 0] == pytest.approx(np.sqrt(half * (1 - half) / 101))


def test_a_value_that_no_line_had_may_still_be_wanted():
    silent = wanted.Habits(Counts(*(np.zeros(2), 0.0, np.zeros((2, 2)), np.zeros(2))), [])
    few, many = (wanted.shares(silent, [silent.counts], np.array([0.0, lines])) for lines in (20.0, 2000.0))
    assert few.mean.tolist() == [0.0, 1.0]
    assert few.point(0.9)[0] > 0.02 > 0.002 > many.point(0.9)[0] > 0  # of 20 lines, one or two more were no surprise
    assert few.point(0.1)[1] < 0.98
    nothing = wanted.shares(silent, [silent.counts], np.zeros(2))
    assert nothing.sds.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(("days", "expected"), [(1, [21.0]), (5, [21.0]), (7, [21.0]), (9, [21.0]), (15, [21.0, 21.0])])
def test_a_history_shorter_than_a_week_is_a_week_of_the_same(days, expected):
    """Three a day are 21 a week, however few the days; the forecast of five days was 0 beside an order of 400."""
    day = np.repeat(np.arange(days, dtype=np.int32), 3)
    assert weekly(day, np.ones(len(day)), days=days).tolist() == expected
