"""Rows of mart_forecasts for values by region: selling window and lead and window, small cells pooled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models import by_region
from models.by_region import Mentions
from models.feature_forecast import DemandForecast

OTHER = "(other)"  # the pooled regions
LEVELS = (0.1, 0.5, 0.9)
Row = dict[str, Any]


def cells(
    modelled: DemandForecast,
    ahead: DemandForecast,
    a: int,
    mentions: Mentions,
    regions: tuple[str, ...],
    weights: dict[str, np.ndarray],
    rng: np.random.Generator,
    *,
    min_people: int,
) -> Iterator[tuple[int, str, str, Row]]:
    """(Value, region, period, numbers) of attribute ``a``; nothing where too few people are behind its cells.

    ``modelled`` is the forecast before people changed it, ``ahead`` the one after; ``weights`` are the weeks of each
    period. Regions of a value add up to it. Values with few people are left out.
    """
    size, first, first_region = ahead.sizes[a], ahead.column(a, 0), ahead.region_column(0)
    pools = by_region.pools(mentions, size, len(regions), min_people=min_people)
    if pools is None:
        return
    value_pool, region_pool = pools
    shown = {int(pool): OTHER if pool == 0 else regions[int(np.argmax(region_pool == pool))] for pool in region_pool}
    counts = mentions.counts(size, len(regions))
    for period, weight in weights.items():
        of_values, of_regions = slice(first, first + size), slice(first_region, first_region + len(regions))
        paths = np.einsum("ptn,t->pn", ahead.paths, weight)
        drawn = by_region.split(paths[:, of_values], paths[:, of_regions], counts, rng)
        mean, model_mean = (
            by_region.split(units[None, of_values], units[None, of_regions], counts, None)[0]
            for units in (weight @ ahead.mean, weight @ modelled.mean)
        )
        for v in np.nonzero(value_pool)[0]:
            for pool, region in shown.items():
                here = region_pool == pool
                low, middle, high = np.quantile(drawn[:, v, here].sum(axis=1), LEVELS)
                numbers = {
                    "mean": float(mean[v, here].sum()),
                    "p10": float(low),
                    "p50": float(middle),
                    "p90": float(high),
                }
                yield int(v), region, period, numbers | {"model_mean": float(model_mean[v, here].sum())}
