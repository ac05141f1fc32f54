"""What a new value will sell, against planted shares."""

from __future__ import annotations

import numpy as np
import pytest

from models import launch


def planted(seed: int, *, noise: float, values: int = 8, rows: int = 60) -> np.ndarray:
    """Units of categories × values: size of the category times popularity of the value, and noise."""
    rng = np.random.default_rng(seed)
    size, popularity = rng.normal(6, 1, (rows, 1)), rng.normal(0, 0.8, (1, values))
    return np.exp(size + popularity + rng.normal(0, noise, (rows, values)))


def surprised(by: np.ndarray, seed: int) -> launch.Earlier:
    """Earlier launches that sold ``by`` (logarithm) more than was expected of them."""
    expected = np.random.default_rng(seed + 1000).normal(6, 1, len(by))
    return launch.Earlier(expected, expected + by)


def hidden(units: np.ndarray, fold: int) -> tuple[np.ndarray, np.ndarray]:
    cells = np.argwhere(np.isfinite(units))[fold::7]
    left = units.copy()
    left[cells[:, 0], cells[:, 1]] = np.nan
    return left, cells


def test_a_value_sold_elsewhere_is_forecast_from_there_within_the_noise():
    units = planted(1, noise=0.2)
    left, cells = hidden(units, 0)
    model = launch.learn(left)
    found = np.array([model.quantiles(r, c)[1] for r, c in cells])
    truth = units[cells[:, 0], cells[:, 1]]
    siblings = np.nanmean(left, axis=1)[cells[:, 0]]
    error, naive = (np.mean(np.abs(truth - said) / truth) for said in (found, siblings))
    assert error < 0.25  # the noise alone is worth 0.16
    assert error < 0.35 * naive


def test_intervals_of_hidden_values_cover_what_they_say():
    inside, model_free = [], []
    for seed in range(4):
        units = planted(seed, noise=0.5)
        left, cells = hidden(units, seed)
        # no launch ever differed from the established: the spread of cells is all there is
        model = launch.learn(left, earlier=surprised(np.random.default_rng(seed).normal(0, 0.5, 300), seed))
        for r, c in cells:
            low, _, high = model.quantiles(r, c)
            inside.append(low <= units[r, c] <= high)
            model_free.append(low <= np.nanmean(left[r]) <= high)
    assert 0.72 <= np.mean(inside) <= 0.88
    assert np.mean(model_free) < np.mean(inside)


@pytest.mark.parametrize("known", [0, 2, 12])
def test_intervals_of_launches_cover_what_they_say_however_few_came_before(known):
    inside = []
    for seed in range(500):
        rng = np.random.default_rng(seed)
        units = planted(seed, noise=0.5, rows=12)
        truth, units[0, 0] = units[0, 0], np.nan
        ramp = rng.normal(0, 1)  # launches here sell so much more or less than what is established
        earlier = ramp + rng.normal(0, 0.7, known)
        sold = truth * np.exp(ramp + rng.normal(0, 0.5))
        low, _, high = launch.learn(units, earlier=surprised(earlier, seed)).quantiles(0, 0)
        inside.append(low <= sold <= high)
    assert 0.72 <= np.mean(inside) <= 0.92  # the fewer, the wider


def test_where_siblings_say_nothing_of_launches_all_launches_sell_alike():
    inside, error = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        units = planted(seed, noise=0.5, rows=12)
        expected = rng.normal(6, 1.5, 40)
        earlier = launch.Earlier(expected, rng.normal(3, 0.5, 40))
        sold = rng.normal(3, 0.5)
        r, c = np.argwhere(np.abs(np.log(units) - 6) > 1)[0]
        units[r, c] = np.nan
        low, middle, high = np.log(launch.learn(units, earlier=earlier).quantiles(r, c) + launch.HALF)
        inside.append(low <= sold <= high)
        error.append(abs(middle - sold))
    assert np.mean(error) < 0.6  # 0.4 is the noise; siblings alone err by more than 1
    assert 0.75 <= np.mean(inside) <= 0.92


def test_a_value_new_everywhere_is_an_average_one_and_less_sure():
    units = planted(5, noise=0.2)
    units[:, 3] = np.nan
    model = launch.learn(units)
    assert model.expected.log_mean[0, 3] == pytest.approx(np.nanmean(np.log(units[0] + 0.5)), abs=0.3)
    assert model.expected.log_sd[0, 3] > 2 * model.expected.log_sd[0, 2]


def test_launches_that_start_low_lower_the_next_and_their_spread_widens_it():
    units = planted(6, noise=0.2)
    units[0, 0] = np.nan
    rng = np.random.default_rng(7)
    plain, slow, wild = (
        launch.learn(units, earlier=surprised(one, 8)).quantiles(0, 0)
        for one in (np.zeros(0), rng.normal(-1, 0.1, 40), rng.normal(-1, 1.5, 40))
    )
    assert slow[1] == pytest.approx(plain[1] * np.exp(-1), rel=0.1)
    assert np.log(wild[2] / wild[0]) > 2 * np.log(slow[2] / slow[0])


def test_nothing_to_learn_from_gives_no_forecast_and_no_error():
    assert np.isnan(launch.learn(np.full((2, 3), np.nan)).quantiles(0, 0)).all()
    assert (launch.learn(np.array([[0.0, np.nan]])).quantiles(0, 1) >= 0).all()
    with pytest.raises(ValueError, match="negative"):
        launch.learn(np.array([[-1.0, 2.0]]))
