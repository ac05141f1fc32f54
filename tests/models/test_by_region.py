"""Values by region: both sums hold on every path, people decide the split, and no small cell is shown."""

from __future__ import annotations

import numpy as np
import pytest

from models.by_region import Mentions, pools, split


def mentions(people: list[list[int]]) -> Mentions:
    """One row per person; ``people`` is values × regions."""
    cells = [(v, r) for v, row in enumerate(people) for r, count in enumerate(row) for _ in range(count)]
    value, region = np.array(cells, np.int64).reshape(-1, 2).T
    return Mentions(np.arange(len(cells)), value, region, np.ones(len(cells), np.int64))


def test_cells_add_up_to_values_and_to_regions_on_every_path():
    rng = np.random.default_rng(1)
    values = rng.gamma(5, 20, (50, 4))
    regions = values.sum(axis=1, keepdims=True) * rng.dirichlet((5, 3, 1), 50)
    cells = split(values, regions, rng.poisson(8, (4, 3)).astype(float), rng)
    assert cells.sum(axis=2) == pytest.approx(values, rel=1e-6)
    assert cells.sum(axis=1) == pytest.approx(regions, rel=1e-6)
    assert (cells >= 0).all()


def test_the_split_is_who_asks_where_people_are_many_and_the_regions_where_they_are_few():
    values, regions = np.array([[500.0, 500.0]]), np.array([[600.0, 400.0]])
    many = split(values, regions, np.array([[900.0, 100.0], [300.0, 700.0]]), None)[0]
    assert many == pytest.approx(np.array([[450, 50], [150, 350]]), abs=5)
    few = split(values, regions, np.array([[1.0, 0.0], [0.0, 1.0]]), None)[0]
    assert few == pytest.approx(np.array([[300, 200], [300, 200]]), rel=0.06)


def test_few_people_make_the_split_unsure():
    values, regions = np.full((400, 2), 500.0), np.tile([600.0, 400.0], (400, 1))
    share = np.array([[0.6, 0.4], [0.6, 0.4]])
    few, many = (split(values, regions, n * share, np.random.default_rng(2))[:, 0, 0].std() for n in (10, 10_000))
    assert few > 5 * many


@pytest.mark.parametrize(
    ("people", "regions_apart", "values_apart"),
    [
        ([[30, 40, 50], [20, 30, 12]], 3, 2),  # nothing is small
        ([[30, 6, 5], [20, 30, 12]], 1, 2),  # the two small regions go together
        ([[30, 40, 50], [20, 30, 40], [4, 0, 8], [9, 14, 3]], 3, 2),  # the two small values go together
        ([[30, 40, 0], [20, 30, 12]], 3, 2),  # nobody is nobody to be recognised
    ],
)
def test_small_cells_are_pooled_until_none_is_left(people, regions_apart, values_apart):
    who = mentions(people)
    found = pools(who, len(people), len(people[0]), min_people=10)
    assert found is not None
    value_pool, region_pool = found
    left = who.people(value_pool, region_pool)
    assert not ((left > 0) & (left < 10)).any()
    assert ((region_pool > 0).sum(), (value_pool > 0).sum()) == (regions_apart, values_apart)
    assert (region_pool == 0).sum() != 1  # one region alone in the pool would be seen by subtraction
    assert (value_pool == 0).sum() != 1


def test_where_all_is_small_nothing_is_shown():
    assert pools(mentions([[3, 2], [1, 4]]), 2, 2, min_people=10) is None
    assert pools(mentions([[0, 0], [0, 0]]), 2, 2, min_people=10) is None
    assert pools(mentions([[3]]), 1, 1, min_people=10) is None
