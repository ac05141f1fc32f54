"""Combinations too many to list: demand of the likeliest, and a search that steps beyond what is listed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from models import ipf, line_search, product_line
from models.choice import ChoiceModel
from models.history import UNSTATED, CategoryHistory, OrderLines, Products, Sessions
from models.want_classes import WantClasses
from pipelines import configure, line_candidates
from pipelines.category_plan import widened_search
from pipelines.line_design import LineDesign
from pipelines.line_prices import UsualPrices
from pipelines.manufacturers import Manufacturer
from pipelines.specs import features_text

DAYS = 60


def history_of(attributes: int, values: int, *, sessions: int = 4000, seed: int = 1) -> CategoryHistory:
    """Shoppers of two kinds, who want low or high values and say half of it; eight products of low ones."""
    rng = np.random.default_rng(seed)
    names = tuple(f"a{a:02d}" for a in range(attributes))
    high = rng.random(sessions) < 0.5
    wants = np.where(
        high[:, None], rng.integers(values // 2, values, (sessions, attributes)),
        rng.integers(0, values // 2, (sessions, attributes)),
    )  # fmt: skip
    wants[rng.random(wants.shape) < 0.5] = UNSTATED
    features = rng.integers(0, values // 2, (8, attributes)).astype(np.int16)
    none = np.zeros(0, np.int64)
    return CategoryHistory(
        category_id="c",
        days=DAYS,
        attributes=names,
        values=tuple(tuple(f"v{v}" for v in range(values)) for _ in names),
        is_ordered=(False,) * attributes,
        regions=("R",),
        sessions=Sessions(
            rng.integers(0, DAYS, sessions).astype(np.int32), wants.astype(np.int16), np.zeros(sessions, np.int16),
            np.full(sessions, -1, np.int32), np.ones(sessions, bool),
        ),
        products=Products(
            tuple(f"p{j}" for j in range(8)), features, np.full(8, 100.0), np.full(8, 60.0), np.ones((DAYS, 8), bool),
            "CNY",
        ),
        lines=OrderLines(
            none.astype(np.int32), none.astype(np.int32), none.astype(np.int16), none, none, none, none.astype(float),
            none.astype(bool),
        ),
        zero_result_pct={},
        people={},
    )  # fmt: skip


def even(history: CategoryHistory) -> list[np.ndarray]:
    return [np.full(len(values), 1 / len(values)) for values in history.values]


def test_attributes_added_to_listed_ones_want_the_same_together(monkeypatch):
    history = history_of(4, 4, sessions=20_000)
    every = configure.joint_demand(history, even(history))
    monkeypatch.setattr(configure, "MAX_CELLS", 70)  # three attributes are listed, and all values of the fourth fit
    monkeypatch.setattr(ipf, "expanded", lambda *args, most, into=ipf.expanded: into(*args, most=256))
    added = configure.joint_demand(history, even(history))
    order = [np.lexsort(joint.combinations.T) for joint in (every, added)]
    assert (every.combinations[order[0]] == added.combinations[order[1]]).all()
    assert added.share.sum() == pytest.approx(1)
    # total variation; were the fourth attribute wanted by chance, it would be 0.5
    assert np.abs(every.share[order[0]] - added.share[order[1]]).sum() / 2 < 0.03
    assert added.largest_error < 1e-3


def test_sixteen_million_combinations_are_not_listed_but_all_attributes_are_told():
    history = history_of(12, 4)
    joint = configure.joint_demand(history, even(history))
    assert joint.combinations.shape == (configure.MAX_CELLS, 12)
    assert len(np.unique(joint.combinations, axis=0)) == configure.MAX_CELLS
    assert 0 < joint.share.sum() <= 1
    best = joint.combinations[np.argmax(joint.share)]
    assert (best < 2).all() or (best >= 2).all()  # as people want them
    history.products.features[:3] = joint.combinations[:3]  # three products are among those kept, one of them twice
    history.products.features[3] = joint.combinations[0]
    _, products, _ = configure._sold_share(history, joint.combinations, {})
    assert products[:3].tolist() == [2, 1, 1]
    kept = {tuple(row) for row in joint.combinations.tolist()}
    assert products.sum() == sum(tuple(row) in kept for row in history.products.features.tolist())


def line_of(history: CategoryHistory, listed: list[dict[str, str]], maker: Manufacturer) -> LineDesign:
    """A line of ``listed`` specs before shoppers who want as the history tells, chosen by a known model."""
    attributes, values = len(history.attributes), len(history.values[0])
    model = ChoiceModel(
        buyer_share=0.5, bought_share=0.1, constant=-1.0, price=-4.0, minded=0.0, penalty=np.full(attributes, 1.5),
        imputed_penalty=np.full(attributes, 0.7), far=np.zeros(attributes), is_ordered=(False,) * attributes,
        quality=np.zeros(8), appeal=tuple(np.zeros(values) for _ in range(attributes)),
        dear=tuple(np.zeros(values) for _ in range(attributes)), sessions=0, log_likelihood=0.0, covariance=np.eye(1),
    )  # fmt: skip
    targets = even(history)
    shoppers = product_line.segments(
        history.sessions.wants[:1500], WantClasses.single(targets), tuple(targets), sessions=3000.0
    ).thinned(1500)
    existing = product_line.Existing(history.products.features, np.ones(8), np.full(8, 30.0), np.ones(8))
    economics = product_line.Economics(1.0, 1.0, 0.0, 0.3)
    usual = UsualPrices(60.0, tuple(np.zeros(values) for _ in range(attributes)), 5 / 3)
    candidates = line_candidates.candidates_of(history, listed, [maker], usual)
    replay = product_line.Replay(shoppers, existing, candidates, [model], economics)
    return LineDesign(
        history=history, makers=[maker], economics=economics, shoppers=shoppers, existing=existing, model=model,
        replay=replay, features=listed, volume_log_sd=0.1, factors=np.ones(1),
        dearest=200.0, units_on_sale=None, novelty_log_sd=0.2, usual=usual,
        taken=frozenset(line_candidates.on_sale(history, history.attributes)),
    )  # fmt: skip


def value_of(line: LineDesign, chosen: list[int]) -> float:
    own, old = line.replay.sell(chosen)
    return float(own[0] @ line.replay.unit_margin()[chosen] + line.replay.existing_margin(old)[0])


MAKER = Manufacturer("m", "c", 28, 10**6, 0, 0, 1, 60.0, ((0, 1.0),), 100.0, {}, {}, "CNY")


def test_from_few_listed_specs_the_search_steps_to_the_best_of_all():
    history = history_of(5, 4)
    every = [dict(zip(history.attributes, values, strict=True)) for values in itertools.product(*history.values)]
    taken = line_candidates.on_sale(history, history.attributes)
    free = [features for features in every if features_text(features) not in taken]
    chance = np.random.default_rng(3).choice(len(free), 12, replace=False)
    full, few = line_of(history, free, MAKER), line_of(history, [free[i] for i in chance], MAKER)
    listed_only = line_search.search(few.replay, few.economics, size=5, noise_sd=0.2)
    best = line_search.search(full.replay, full.economics, size=5, noise_sd=0.2)
    wider, found = widened_search(few, size=5, noise_sd=0.2)
    assert len(wider.features) < len(free) / 2  # by far not all were tried
    assert value_of(wider, found) >= 0.99 * value_of(full, best)
    assert value_of(few, listed_only) < 0.97 * value_of(full, best)
    assert line_candidates.on_sale(history, [*history.attributes, "gone"]) == set()
    texts = [features_text(features) for features in wider.features]
    assert len(set(texts)) == len(texts)
    assert not taken & set(texts)


def test_steps_keep_to_what_can_be_made():
    history = history_of(3, 4)
    maker = replace(MAKER, supported={"a00": frozenset({"v0", "v1"}), "a01": frozenset({"v2"})})
    start = {"a00": "v0", "a01": "v2", "a02": "v3"}
    found = line_candidates.neighbours(history, [start], [maker], {features_text(start)})
    assert {features_text(features) for features in found} == {
        features_text(start | change) for change in ({"a00": "v1"}, {"a02": "v0"}, {"a02": "v1"}, {"a02": "v2"})
    }


def test_nothing_is_made_with_a_value_that_nobody_asked_for_and_nobody_sells():
    history = history_of(3, 4)
    a, v = 1, 2
    features = history.products.features.copy()
    features[features[:, a] == v, a] = 0
    wants = history.sessions.wants.copy()
    wants[wants[:, a] == v, a] = UNSTATED
    history = replace(
        history,
        products=replace(history.products, features=features),
        sessions=replace(history.sessions, wants=wants),
        stated=None,
    )
    assert line_candidates.without_evidence(history) == {("a01", "v2")}
    found = line_candidates.neighbours(history, [{"a00": "v0", "a01": "v1", "a02": "v0"}], [MAKER], set())
    assert found
    assert all(one["a01"] != "v2" for one in found)


def test_a_spec_is_tried_where_its_demand_earns_most():
    """Cheaper by the unit, but with a set-up that few units do not pay: the search looks at what is left."""
    history = history_of(3, 4, sessions=2_000)
    cheap = replace(MAKER, manufacturer_id="cheap", base_unit_cost=30.0, setup_cost=50_000.0)
    small = replace(MAKER, manufacturer_id="small", base_unit_cost=33.0, setup_cost=10.0)
    listed = [{name: values[0] for name, values in zip(history.attributes, history.values, strict=True)}]
    line = line_of(history, listed, small)
    found = line_candidates.at_best_makers(line.replay, listed, [cheap, small], line.economics)
    assert found.candidates.unit_cost == pytest.approx([33.0])
    even_terms = [replace(cheap, setup_cost=12.0), small]
    large = line_candidates.at_best_makers(line.replay, listed, even_terms, line.economics)
    assert large.candidates.unit_cost == pytest.approx([30.0])
    assert large.candidates.setup_cost == pytest.approx([12.0])
