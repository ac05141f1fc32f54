"""Work on all cores: order kept, errors told, one item done in place."""

from __future__ import annotations

import math

import pytest

from pipelines import parallel
from pipelines.errors import ConfigurationError
from pipelines.options import parse_day


def test_results_come_in_the_order_of_the_items():
    items = [float(n) for n in range(40)]
    assert list(parallel.each(math.sqrt, items, description="roots")) == [math.sqrt(n) for n in items]
    assert list(parallel.each(math.sqrt, [4.0], description="roots")) == [2.0]
    assert list(parallel.each(math.sqrt, [], description="roots")) == []


def test_an_error_of_one_item_is_not_swallowed():
    with pytest.raises(ValueError, match="math domain error"):
        list(parallel.each(math.sqrt, [1.0, -1.0, 4.0], description="roots"))


def test_an_error_with_a_remedy_comes_back_from_another_process_as_it_is():
    with pytest.raises(ConfigurationError, match="'x' is not a day") as raised:
        list(parallel.each(parse_day, ["2026-06-25", "x"], description="days"))
    assert raised.value.remedy == "write it as 2026-06-25."
