"""The market test's families, baselines and reading of the plan's own forecast."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from bench.market.baselines import BASELINES, ipf_gaps, top_search_features
from bench.market.ceiling import earned, guessed
from bench.market.families import FAMILIES
from bench.market.observed import RECENT_DAYS, Observed, observe
from bench.market.predicted import Prediction, read_predictions
from bench.market.selling import Terms
from bench.market_test import baseline_plans, market_spec
from pipelines.samples.market import write_market
from pipelines.samples.market_history import run_history
from pipelines.samples.market_model import MarketSpec
from pipelines.samples.market_tastes import APPEAL_SD
from pipelines.samples.market_world import build_world

SPEC = MarketSpec(21, n_days=90, n_categories=1, searches=15_000, order_rows=7_000)
TERMS = Terms(sell_days=RECENT_DAYS)


@pytest.fixture(scope="module")
def market():
    return run_history(build_world(SPEC))


def with_easy_terms(seen: Observed) -> Observed:
    """The same category with manufacturers that make anything from one unit on."""
    category = seen.history.category
    makers = tuple(
        replace(
            maker,
            min_order_units=1,
            min_spec_units=1,
            pack_size=1,
            supported=tuple(np.ones_like(can) for can in maker.supported),
        )
        for maker in category.makers
    )
    history = replace(seen.history, category=replace(category, makers=makers))
    return replace(seen, history=history)


def rows(path) -> list[dict]:
    return [
        json.loads(line)
        for file in sorted(path.glob("*.gz"))
        for line in gzip.decompress(file.read_bytes()).decode().splitlines()
    ]


@pytest.mark.parametrize("family", ["english", "two_platforms", "orders_only", "few_attributes", "many_attributes"])
def test_a_family_is_what_it_says(tmp_path, family):
    spec = FAMILIES[family].of(replace(SPEC, n_days=60, searches=3_000, order_rows=1_500))
    paths = write_market(tmp_path, spec=spec)
    searches, orders = rows(paths.search_events), rows(paths.order_lines)
    platforms = {row["platform"] for row in searches}
    assert len({row["platform"] for row in orders}) == 2
    assert len(platforms) == {"two_platforms": 1, "orders_only": 0}.get(family, 2)
    typed = [row["query"] for row in searches]
    titles = [json.loads(line)["title"] for line in paths.products.read_text(encoding="utf-8").splitlines()]
    if family == "english":  # full-width letters are a way of typing
        assert all(char.isascii() or "\uff00" <= char <= "\uffef" or char == "\u3000" for q in typed for char in q)
        assert all(title.isascii() for title in titles)
    elif typed:
        assert not all(query.isascii() for query in typed)
    [category] = json.loads(paths.taxonomy.read_text(encoding="utf-8"))
    assert len(category["attributes"]) == {"few_attributes": 2, "many_attributes": 7}.get(family, 4)


def test_families_move_what_they_name():
    base = market_spec(1, days=200, scale="full")
    thin, thick = (market_spec(1, days=200, scale="full", family=f"{name}_traffic") for name in ("thin", "thick"))
    assert 6 * thin.searches == pytest.approx(base.searches, rel=1e-3)
    assert thick.order_rows == 3 * base.order_rows
    mind = [build_world(FAMILIES[name].of(SPEC)).categories[0].price_sensitivity for name in ("base", "price_driven")]
    assert mind[1] == pytest.approx(1.8 * mind[0])
    returned = [build_world(FAMILIES[name].of(SPEC)).return_rate for name in ("base", "high_returns")]
    assert (returned[1] > returned[0]).all()


def test_words_are_read_longest_first(market):
    [seen] = observe(market)
    # every value with a name of its own is found about as often as it is wanted by those who name one
    wanted = seen.history.shoppers.wants[seen.history.shoppers.day >= SPEC.n_days - RECENT_DAYS, 0]
    truth = np.bincount(wanted) / len(wanted)
    assert seen.search_share()[0] == pytest.approx(truth, abs=0.03)  # "3.5L" is no "5L"
    assert 0.1 < seen.stating_share()[0] < 0.5


def planted(market, stated: list[list[int]], sold: dict[int, int]) -> Observed:
    """A category where these searches were made and this many units of each product sold."""
    [seen] = observe(market)
    units = np.zeros_like(seen.sold)
    for product, count in sold.items():
        units[product] = count
    return with_easy_terms(replace(seen, stated=np.array(stated), sold=units))


def test_top_searches_combine_the_most_searched_values(market):
    # capacity 1 in three of four searches, window 1 always, function 2 always, control 0 always
    seen = planted(market, [[1, 1, 2, 0]] * 3 + [[3, 1, 2, 0]], {0: 400})
    first, second, *rest = top_search_features(market.world, seen, TERMS)
    assert (first.features.tolist(), first.units) == ([1, 1, 2, 0], 300)  # 3/4 of 400
    assert (second.features.tolist(), second.units) == ([3, 1, 2, 0], 100)
    assert rest == []


def test_nothing_searched_for_means_nothing_built(market):
    seen = planted(market, [[-1, -1, -1, -1]] * 5, {0: 400})
    assert top_search_features(market.world, seen, TERMS) == []
    assert top_search_features(market.world, replace(seen, stated=np.zeros((0, 4), int)), TERMS) == []


def test_ipf_builds_what_is_wanted_and_not_bought(market):
    own = market.histories[0].category.products.features[0].tolist()
    lacking = [(v + 1) % len(a.values) for v, a in zip(own, market.world.categories[0].text.attributes, strict=True)]
    seen = planted(market, [lacking] * 60 + [own] * 40, {0: 1000})
    specs = ipf_gaps(market.world, seen, TERMS)
    assert specs[0].features.tolist() == lacking
    assert 500 < specs[0].units <= 600  # everybody states, so 60 % of 1000, less what the shrunk seed gives to mixtures
    assert own not in [spec.features.tolist() for spec in specs]


def test_baselines_break_no_terms(market):
    plans = baseline_plans(market, terms=Terms())
    assert set(plans) == set(BASELINES)
    for plan in plans.values():
        assert plan.violations == ()
        assert len(plan.specs) <= Terms().max_specs
    assert plans["best sellers"].specs


def test_the_plans_own_forecast_is_read(market, tmp_path):
    category = market.world.categories[0].text.category_id
    path = tmp_path / "batch_specs.csv"
    assert read_predictions(path, world=market.world) is None
    head = "category_id,specs,units,investment,expected_profit,profit_p10,profit_p50,profit_p90,currency"
    (tmp_path / "plan_profit.csv").write_text(f"{head}\n{category},2,80,900.5,1200.5,-300,1100,2500,CNY\n", "utf-8")
    [found] = read_predictions(path, world=market.world)
    assert found == Prediction(1200.5, -300.0, 2500.0)
    assert found.holds(-300)
    assert not found.holds(2500.01)
    (tmp_path / "plan_profit.csv").write_text(head + "\n", "utf-8")
    assert read_predictions(path, world=market.world) == (Prediction(),)


def test_a_guess_of_what_values_are_worth_lies_between_their_cost_and_the_truth(market):
    category = market.world.categories[0]
    by_cost = guessed(category, None, np.random.default_rng(1))
    exact = guessed(category, 1e-9, np.random.default_rng(1))
    half = guessed(category, APPEAL_SD, np.random.default_rng(1))
    for usual, truth, known, guess in zip(by_cost.appeal, category.appeal, exact.appeal, half.appeal, strict=True):
        assert known == pytest.approx(truth)
        assert usual[-1] == guess[-1] == truth[-1] == 0  # a value that is not stated
        assert not np.allclose(usual[:-1], truth[:-1])
    error = [np.concatenate(one.appeal) - np.concatenate(category.appeal) for one in (by_cost, half)]
    assert np.abs(error[1]).mean() < np.abs(error[0]).mean()


def test_who_guesses_expects_no_more_than_who_knows(market):
    best, mine = earned(market, 0, terms=TERMS, error=None, seed=1)
    assert best > 0
    assert mine <= 1.05 * best  # both search locally
