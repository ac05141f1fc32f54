"""Forecast every category, feature and region together: engine, composition, coherence, sample paths.

Base forecasts: the engine's for totals and regions, moved by what leads the total or by a second opinion on it; for a
feature the mean of the engine's and of its share ahead (composition) times the total, two views that err apart. They
are made to add up by minimum trace (reconcile). Sample paths carry what the back-test showed of errors: their width
by step, how they hang together between series and from step to step; the sum over a selling window is taken path by
path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models import composition, momentum
from models.demand import WeeklyDemand
from models.forecasting import engine, leading, reconcile, structural
from models.forecasting.engine import Forecasts

Array = NDArray[np.float64]
PATHS = 400
Z_80 = 1.2815516
STEP_CORRELATION = 0.9  # of errors one step apart, where no back-test tells
NAMED = 0.2  # weight from which the second opinion stands in the model's name
MOST_TAKEN = 0.5  # of its siblings' units, by a launch
STEP_PRIOR = 30.0  # origins that it counts for


@dataclass(frozen=True)
class DemandForecast:
    """One category: series are the total, then values of each attribute, then regions, in that order.

    ``mean`` is weeks × series and adds up, ``paths`` is paths × weeks × series and adds up path by path. ``model``
    names what each series came from; ``outliers`` are weeks of the total (from the longest history's first) left out.
    ``mase``, ``naive_mase`` and ``coverage_pct`` are of the engine's back-test. ``lead`` says whether searches of the
    weeks before moved the forecast, and what they gained. ``growth[a]`` is by what factor the share of each value of
    attribute a goes on moving from now (momentum).
    """

    mean: Array
    paths: Array
    model: tuple[str, ...]
    mase: Array
    naive_mase: Array
    coverage_pct: Array
    sizes: tuple[int, ...]
    regions: int
    outliers: NDArray[np.bool_]
    lead: leading.Lead
    growth: tuple[Array, ...]

    def column(self, a: int, v: int) -> int:
        """Series of value ``v`` of attribute ``a``."""
        return 1 + sum(self.sizes[:a]) + v

    def region_column(self, r: int) -> int:
        return 1 + sum(self.sizes) + r

    def window(self, column: int, weight: Array) -> tuple[float, float, float, float]:
        """Mean, p10, p50, p90 of the sum over steps of one series, ``weight`` a step."""
        sums = self.paths[:, :, column] @ weight
        low, middle, high = np.quantile(sums, (0.1, 0.5, 0.9))
        return float(self.mean[:, column] @ weight), float(low), float(middle), float(high)


def forecast(
    demands: list[WeeklyDemand],
    *,
    weeks: int,
    season: int,
    regressors: list[Array],
    rng: np.random.Generator,
    new: list[dict[tuple[int, int], Array]] | None = None,
) -> list[DemandForecast]:
    """Forecast ``weeks`` weeks of all categories together.

    ``regressors`` has (longest history + weeks) × k per category, the same k of all. ``new`` gives, per category,
    p10, p50 and p90 of the weekly units of values that were never sold nor asked for, by (attribute, value).
    """
    columns = [_columns(demand) for demand in demands]
    longest = max((len(part) for part in columns), default=0)
    stacked = np.concatenate([_aligned(part, longest) for part in columns], axis=1)
    wide = np.stack([known for known, part in zip(regressors, columns, strict=True) for _ in range(part.shape[1])], 2)
    found = engine.forecast(stacked, horizon=weeks, season=season, regressors=wide)
    edges = np.cumsum([0] + [part.shape[1] for part in columns])
    led, factor, opinion = _of_totals(demands, found.of(edges[:-1]), season=season, regressors=regressors)
    steps = _step_correlation(found.errors)
    moving = momentum.fit([said for demand in demands for said in demand.said], horizon=weeks)
    return [
        _category(
            demand,
            _part(found, edges[i], edges[i + 1], factor[:, [i]], opinion=float(opinion[i])),
            led.of(i),
            steps,
            moving,
            new[i] if new is not None else {},
            rng,
        )
        for i, demand in enumerate(demands)
    ]


def _of_totals(
    demands: list[WeeklyDemand], combined: Forecasts, *, season: int, regressors: list[Array]
) -> tuple[leading.Leads, Array, Array]:
    """Whether searches lead the total of each category; weeks × categories factors; weights of the second opinions.

    ``combined`` is the engine's forecast of the totals. Both correct for momentum, so a category that searches lead
    gets no second opinion.
    """
    weeks, longest = len(combined.mean), len(combined.outliers)
    totals = np.hstack([_aligned(demand.total[:, None], longest) for demand in demands])
    searches = np.hstack([_aligned(demand.searches[:, None], longest) for demand in demands])
    known = np.stack(regressors, 2)
    led = leading.leads(totals, searches, horizon=weeks, season=season, regressors=known)
    factor, weight = structural.second_opinion(totals, combined, horizon=weeks, regressors=known)
    return led, np.where(led.is_admitted, led.factor, factor), np.where(led.is_admitted, 0.0, weight)


def _columns(demand: WeeklyDemand) -> Array:
    return np.column_stack([demand.total, *demand.values, demand.regions])


def _aligned(part: Array, longest: int) -> Array:
    return np.vstack([np.full((longest - len(part), part.shape[1]), np.nan), part])


def _part(found: Forecasts, first: int, end: int, factor: Array, *, opinion: float) -> Forecasts:
    """One category's series; ``factor`` (weeks × 1) moves all, ``opinion`` is the structural models' weight in it."""
    part = found.of(slice(first, end))
    total = part.model[0] + ("+structural" if opinion >= NAMED else "")
    return replace(part, mean=part.mean * factor, quantiles=part.quantiles * factor, model=(total, *part.model[1:]))


def _category(
    demand: WeeklyDemand,
    found: Forecasts,
    lead: leading.Lead,
    steps: Array,
    moving: momentum.Momentum,
    new: dict[tuple[int, int], Array],
    rng: np.random.Generator,
) -> DemandForecast:
    sizes = tuple(values.shape[1] for values in demand.values)
    base, models = found.mean.copy(), list(found.model)
    first = 1
    for a, size in enumerate(sizes):
        ahead = _composition(demand, a, len(base))
        if ahead is not None:
            share, name = ahead
            base[:, first : first + size] = 0.5 * (base[:, first : first + size] + share * base[:, [0]])
            models[first : first + size] = [f"{name}_share+{model}" for model in models[first : first + size]]
        first += size
    sums = _sums(base, sizes, demand.regions.shape[1])
    up = np.maximum(found.quantiles[2] - found.quantiles[1], 0.0) / Z_80
    down = np.maximum(found.quantiles[1] - found.quantiles[0], 0.0) / Z_80
    covariance, correlation = _covariance(found.errors, (up + down) / 2)
    mean = reconcile.reconcile(base.T, sums, covariance).T
    noise = rng.standard_normal((PATHS // 2, *base.shape))
    noise = np.concatenate([noise, -noise])  # antithetic: the mean of the paths is the mean
    noise = np.einsum("ts,psn->ptn", np.linalg.cholesky(steps), noise) @ np.linalg.cholesky(correlation).T
    centre = mean + (found.quantiles[1] - found.mean) * np.divide(mean, base, out=np.ones_like(mean), where=base > 0)
    paths = centre + np.where(noise > 0, up, down) * noise
    paths = _coherent_paths(paths @ reconcile.projection(sums, covariance).T, sizes, sums)
    for (a, v), units in new.items():
        first, column = 1 + sum(sizes[:a]), 1 + sum(sizes[:a]) + v
        mean, paths = _with_launch(mean, paths, np.arange(first, first + sizes[a]), column, units, rng)
        models[column] = "launch"
    return DemandForecast(
        mean=mean,
        paths=paths,
        model=tuple(models),
        mase=found.mase,
        naive_mase=found.naive_mase,
        coverage_pct=found.coverage_pct,
        sizes=sizes,
        regions=demand.regions.shape[1],
        outliers=found.outliers[:, 0],
        lead=lead,
        growth=tuple(moving.growth(said) for said in demand.said),
    )


def _with_launch(
    mean: Array, paths: Array, siblings: NDArray[np.int64], column: int, units: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Mean and paths in which a new value takes ``units`` (p10, p50, p90 a week) from its siblings; the total stays."""
    low, middle, high = np.log1p(units)
    drawn = rng.standard_normal(len(paths))  # a launch that starts well goes on well: one draw for all weeks
    sold = np.expm1(middle + np.where(drawn > 0, high - middle, middle - low) / Z_80 * drawn)

    def taken(whole: Array, launch: Array) -> Array:
        before = whole[..., siblings].sum(axis=-1)
        gets = np.minimum(np.maximum(launch, 0.0), MOST_TAKEN * before)
        whole = whole.copy()
        whole[..., siblings] *= np.divide(before - gets, before, out=np.ones_like(before), where=before > 0)[..., None]
        whole[..., column] += gets
        return whole

    return taken(mean, np.full(len(mean), sold.mean())), taken(paths, sold[:, None])


def _composition(demand: WeeklyDemand, a: int, weeks: int) -> tuple[Array, str] | None:
    """Weeks ahead × values: the wanted share now, moved as what people say moves; None where nothing is known."""
    if demand.share[a].sum() <= 0 or not len(demand.said[a]):
        return None
    ahead = composition.forecast(demand.said[a], horizon=weeks)
    moved = demand.share[a][None, :] * ahead.share / np.maximum(ahead.now, 1e-12)
    return moved / moved.sum(axis=1, keepdims=True), ahead.model


def _sums(base: Array, sizes: tuple[int, ...], regions: int) -> reconcile.Sums:
    """The total is the sum of every attribute's values and of the regions, where these have any demand."""
    found, first = [], 1
    for size in (*sizes, regions):
        part = list(range(first, first + size))
        if size and base[:, part].sum() > 0:
            found.append((0, part))
        first += size
    return reconcile.Sums.of(base.shape[1], found)


def _covariance(errors: Array, width: Array) -> tuple[Array, Array]:
    """Covariance of base errors, with the widths of their intervals, and the correlation it holds."""
    series = errors.shape[2]
    rows = errors.reshape(-1, series)
    rows = rows[np.isfinite(rows).any(axis=1)] if rows.size else np.zeros((0, series))
    if len(rows) > 2:
        shrunk = reconcile.shrunk_covariance(rows)
        deviation = np.sqrt(np.diag(shrunk))
        correlation = shrunk / np.outer(deviation, deviation)
        values, vectors = np.linalg.eigh(correlation)  # pairwise missing values may have cost it its sign
        correlation = (vectors * np.maximum(values, 1e-6)) @ vectors.T
        scale = np.sqrt(np.diag(correlation))
        correlation = correlation / np.outer(scale, scale)
    else:
        correlation = np.eye(series)
    usual = width.mean(axis=0)
    usual = np.maximum(usual, 1e-6 * max(float(usual.max(initial=0.0)), 1e-6))
    return correlation * np.outer(usual, usual), correlation


def _step_correlation(errors: Array) -> Array:
    """Correlation of a series' errors between steps of one origin, over all series (steps × steps)."""
    horizon = errors.shape[1]
    steps = np.arange(horizon)
    prior = STEP_CORRELATION ** np.abs(steps[:, None] - steps[None, :])
    tested = np.isfinite(errors)
    square = np.where(tested, errors, 0.0) ** 2
    scale = np.sqrt(square.sum(axis=(0, 1)) / np.maximum(tested.sum(axis=(0, 1)), 1))
    rows = (errors / np.maximum(scale, 1e-12)).transpose(0, 2, 1).reshape(-1, horizon)
    known = np.isfinite(rows)
    filled = np.where(known, rows, 0.0)
    together = known.T.astype(float) @ known
    product = (filled.T @ filled) / np.maximum(together, 1.0)
    deviation = np.sqrt(np.maximum(np.diag(product), 1e-12))
    found = product / np.outer(deviation, deviation)
    trust = together / (together + STEP_PRIOR)
    values, vectors = np.linalg.eigh(trust * found + (1 - trust) * prior)
    mixed = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(mixed))
    return np.asarray(mixed / np.outer(scale, scale))


def _coherent_paths(paths: Array, sizes: tuple[int, ...], sums: reconcile.Sums) -> Array:
    """Paths without negative units that still add up: what is cut off is taken from the other parts in proportion."""
    paths = np.maximum(paths, 0.0)
    for row in sums.matrix:
        parts = row < 0
        total = paths[:, :, parts].sum(axis=2)
        factor = np.divide(paths[:, :, 0], total, out=np.zeros_like(total), where=total > 0)
        paths[:, :, parts] *= factor[:, :, None]
    return paths
