"""New values on the shelf get what their siblings elsewhere and earlier launches let expect."""

from __future__ import annotations

import numpy as np
import pytest

from models import feature_forecast
from models.demand import WeeklyDemand
from pipelines import launches

WEEKS = 40
POPULARITY = np.array([4.0, 2.0, 1.0])


def shop(*, launched_at: int | None = None, slow: float = 1.0) -> tuple[list[launches.Shelf], list[WeeklyDemand]]:
    """Twelve categories of three colours, 4 : 2 : 1. The last colour of the first is on the shelf but never sold.

    With ``launched_at`` the last colour of the others came in that week and sold ``slow`` times what it should.
    """
    rng = np.random.default_rng(3)
    shelves, demands = [], []
    for i in range(12):
        units = rng.poisson(10 * (i + 2) * POPULARITY, (WEEKS, 3)).astype(float)
        first = np.zeros(3)
        if launched_at is not None and 0 < i < 7:
            units[:launched_at, 2] = 0
            units[launched_at:, 2] *= slow
            first[2] = launched_at
        if i == 0:
            units[:, 2] = 0
            first[2] = WEEKS - 1
        total = units.sum(axis=1)
        share = units.sum(axis=0) / units.sum()
        shelves.append(launches.Shelf(("colour",), (("red", "blue", "green"),), (first,)))
        demands.append(WeeklyDemand(total, (units,), total[:, None], (share,), (units,), 0, total))
    return shelves, demands


def test_a_new_value_gets_its_share_elsewhere():
    (first, *others) = launches.expected(*shop())
    assert list(first) == [(0, 2)]
    assert not any(others)
    low, middle, high = first[0, 2]
    assert middle == pytest.approx(20 * 1.0, rel=0.2)
    assert low < 0.7 * middle
    assert high > 1.4 * middle


def test_slow_launches_elsewhere_make_it_slower():
    usual = launches.expected(*shop(launched_at=20))[0][0, 2][1]
    slow = launches.expected(*shop(launched_at=20, slow=0.3))[0][0, 2][1]
    assert slow < 0.6 * usual


def test_a_value_that_is_not_on_the_shelf_gets_nothing():
    shelves, demands = shop()
    shelves[0].first_week[0][2] = np.nan
    assert not launches.expected(shelves, demands)[0]


def test_the_launch_is_part_of_the_forecast_and_everything_adds_up():
    shelves, demands = shop()
    ahead = feature_forecast.forecast(
        demands,
        weeks=6,
        season=52,
        regressors=[np.zeros((WEEKS + 6, 1))] * 12,
        new=launches.expected(shelves, demands),
        rng=np.random.default_rng(0),
    )[0]
    assert ahead.model[3] == "launch"
    assert ahead.mean[:, 3].min() > 8
    assert ahead.mean[:, 1:4].sum(axis=1) == pytest.approx(ahead.mean[:, 0])
    assert ahead.paths[:, :, 1:4].sum(axis=2) == pytest.approx(ahead.paths[:, :, 0])
    mean, low, _, high = ahead.window(3, np.ones(6))
    assert high - low > 0.5 * mean
