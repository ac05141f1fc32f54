"""Work on all cores: order kept, errors told, one item done in place."""

from __future__ import annotations

import math

import pytest

from pipelines import parallel


def test_results_come_in_the_order_of_the_items():
    items = [float(n) for n in range(40)]
    assert list(parallel.each(math.sqrt, items, description="roots")) == [math.sqrt(n) for n in items]
    assert list(parallel.each(math.sqrt, [4.0], description="roots")) == [2.0]
    assert list(parallel.each(math.sqrt, [], description="roots")) == []


def test_an_error_of_one_item_is_not_swallowed():
    with pytest.raises(ValueError, match="math domain error"):
        list(parallel.each(math.sqrt, [1.0, -1.0, 4.0], description="roots"))
