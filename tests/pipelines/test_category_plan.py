"""What a planned spec tells of its risk."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from pipelines.category_plan import value_of_waiting, worst_tenth


def test_worst_tenth_and_value_of_waiting_of_a_normal_profit():
    """Closed forms of the normal: expected shortfall, and the unit loss integral of the newsvendor."""
    mean, sd = 100.0, 250.0
    profit = np.random.default_rng(2).normal(mean, sd, 200_000)
    assert worst_tenth(profit) == pytest.approx(mean - sd * norm.pdf(norm.ppf(0.1)) / 0.1, rel=0.01)
    loss = sd * (norm.pdf(mean / sd) - mean / sd * norm.sf(mean / sd))  # what is lost where it does not pay
    assert value_of_waiting(profit) == pytest.approx(loss, rel=0.01)
    assert value_of_waiting(profit - 2 * mean) == pytest.approx(loss, rel=0.02)  # or missed, where it pays after all


def test_waiting_is_worth_nothing_where_the_outcome_is_sure():
    assert value_of_waiting(np.full(50, 7.0)) == 0
    assert value_of_waiting(np.full(50, -7.0)) == 0
    assert worst_tenth(np.array([-5.0])) == -5
