"""Exponential smoothing of many series at once: additive errors, damped or no trend, additive season or none.

State space form (Hyndman, Koehler, Ord & Snyder 2008, ch. 2), e the one-step error:

    y = l + φ b + s + e,   l' = l + φ b + α e,   b' = φ b + β e,   s' = s + γ e

With normal errors the likelihood is largest where the sum of squared errors is least. That is a
non-linear least-squares problem in the smoothing parameters and the initial states, so it is solved by
Levenberg–Marquardt steps whose derivatives run along with the recursion. All series take
their steps together; a series that no longer improves leaves the batch.

Arrays are time × series; a missing value is nan, and values before the first one do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]
# the usual region (Hyndman et al. 2008, sec. 10.1): α in (0, 1), β below α, γ below 1 - α, φ in (0.8, 0.98)
SMALLEST, LARGEST = 1e-4, 0.9999
PHI_LOW, PHI_HIGH = 0.8, 0.98
ALPHA_STARTS = (0.1, 0.5)
FIRST_STEPS = 4
MAX_STEPS = 20
GOOD_ENOUGH = 1e-5  # relative gain in squared error below which a series is done
_NATURAL = 4  # α, β, γ, φ stand before the initial states


@dataclass(frozen=True)
class Form:
    """Which parts the model has; ``season`` is the number of seasonal states, 0 for none."""

    has_trend: bool = False
    season: int = 0

    @property
    def states(self) -> int:
        return 1 + self.has_trend + self.season

    @property
    def free(self) -> list[int]:
        """Rows of the parameter array that are estimated: α; β and φ with a trend; γ with a season; states."""
        smoothing = [
            0,
            *([1] if self.has_trend else []),
            *([2] if self.season else []),
            *([3] if self.has_trend else []),
        ]
        return smoothing + list(range(_NATURAL, _NATURAL + self.states))


@dataclass(frozen=True)
class Smoothing:
    """Fitted models of n series. ``parameters`` is (4 + states) × n: unconstrained α, β, γ, φ, then l0, b0, s0.

    ``squared_error`` is the sum of squared one-step errors, ``observations`` their number, ``last`` the
    states after the last value (states × n, seasonal ones in the order of the next steps).
    """

    form: Form
    parameters: Array
    squared_error: Array
    observations: Array
    last: Array

    @property
    def natural(self) -> Array:
        """α, β, γ, φ: 4 × n."""
        return _natural(self.parameters, self.form)

    @property
    def log_likelihood(self) -> Array:
        """Normal log-likelihood at the best error variance (Hyndman et al. 2008, sec. 5.1)."""
        n = np.maximum(self.observations, 1.0)
        return -0.5 * n * (np.log(2 * np.pi * np.maximum(self.squared_error, 1e-300) / n) + 1)

    def forecast(self, horizon: int) -> Array:
        """Means of the next ``horizon`` steps, horizon × n."""
        phi = self.natural[3]
        level = self.last[0]
        path = np.repeat(level[None, :], horizon, axis=0)
        if self.form.has_trend:
            powers = np.cumsum(phi[None, :] ** np.arange(1, horizon + 1)[:, None], axis=0)
            path = path + powers * self.last[1]
        if self.form.season:
            seasonal = self.last[1 + self.form.has_trend :]
            path = path + seasonal[np.arange(horizon) % self.form.season]
        return np.asarray(path)


def fit(values: Array, form: Form, *, warm: Smoothing | None = None, steps: int = MAX_STEPS) -> Smoothing:
    """Fit ``form`` to every column of ``values`` (time × n).

    ``warm`` starts from another fit's smoothing parameters, which saves steps; states always start afresh, so that a
    back-test does not learn them from values to come. Columns need one value at least.
    """
    if warm is not None:
        start = _start(values, form, ALPHA_STARTS[0])
        start[:_NATURAL] = warm.parameters[:_NATURAL]
        return _minimise(values, start, form, steps=steps)
    found: Smoothing | None = None
    for alpha in ALPHA_STARTS:
        start = _start(values, form, alpha)
        tried = _minimise(values, start, form, steps=FIRST_STEPS)
        found = tried if found is None else _better(found, tried)
    assert found is not None
    return _minimise(values, found.parameters, form, steps=steps)


def _better(one: Smoothing, other: Smoothing) -> Smoothing:
    is_other = other.squared_error < one.squared_error
    return Smoothing(
        form=one.form,
        parameters=np.where(is_other, other.parameters, one.parameters),
        squared_error=np.where(is_other, other.squared_error, one.squared_error),
        observations=one.observations,
        last=np.where(is_other, other.last, one.last),
    )


def _start(values: Array, form: Form, alpha: float) -> Array:
    """Starting parameters: level and seasonal states from the first cycles, no trend."""
    first = _first_seen(values)
    season = form.season
    span = max(2 * season, 6)
    rows = np.minimum(first[None, :] + np.arange(span)[:, None], len(values) - 1)
    head = np.take_along_axis(values, rows, axis=0)
    seen = np.isfinite(head)
    level = np.where(seen, head, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    parameters = np.zeros((_NATURAL + form.states, values.shape[1]))
    parameters[0] = logit(alpha)
    parameters[1] = logit(0.1)
    parameters[2] = logit(0.1)
    parameters[3] = logit(0.8)
    parameters[_NATURAL] = level
    if season:
        position = rows % season
        deviation = np.where(seen, head - level, 0.0)
        for k in range(season):
            here = seen & (position == k)
            mean = (deviation * here).sum(axis=0) / np.maximum(here.sum(axis=0), 1)
            parameters[_NATURAL + 1 + form.has_trend + k] = mean
    return parameters


def _minimise(values: Array, start: Array, form: Form, *, steps: int) -> Smoothing:
    """Levenberg–Marquardt on all series together; every series has a damping of its own."""
    parameters = start.copy()
    error, normal, gradient, last = _pass(values, parameters, form)
    active = np.arange(values.shape[1])
    columns, damping = values, np.full(values.shape[1], 1e-2)
    for _ in range(steps):
        step = _step(normal[active], gradient[active], damping[active])
        trial = parameters[:, active]
        limit = _limits(form)
        trial[form.free] += np.clip(step.T, -limit, limit)
        trial[:_NATURAL] = np.clip(trial[:_NATURAL], -9, 9)
        new_error, new_normal, new_gradient, new_last = _pass(columns, trial, form)
        gained = new_error < error[active]
        gain = (error[active] - new_error) / np.maximum(error[active], 1e-300)
        chosen = active[gained]
        parameters[:, chosen], last[:, chosen] = trial[:, gained], new_last[:, gained]
        error[chosen], normal[chosen], gradient[chosen] = new_error[gained], new_normal[gained], new_gradient[gained]
        damping[active] = np.where(gained, damping[active] / 5, damping[active] * 8)
        going = np.where(gained, gain > GOOD_ENOUGH, damping[active] < 1e5) & (error[active] > 1e-12)
        if not going.any():
            break
        if going.mean() < 0.7:
            active, columns = active[going], columns[:, going]
    return Smoothing(form, parameters, error, np.isfinite(values).sum(axis=0).astype(float), last)


def _limits(form: Form) -> Array:
    """How far one step may go: two units of the unconstrained parameters, any distance of the states."""
    free = np.array(form.free)
    return np.where((free < _NATURAL)[:, None], 2.0, np.inf)


def _step(normal: Array, gradient: Array, damping: Array) -> Array:
    diagonal = np.einsum("npp->np", normal)
    floor = 1e-9 * diagonal.max(axis=1, keepdims=True) + 1e-12
    damped = normal + np.einsum("np,pq->npq", damping[:, None] * diagonal + floor, np.eye(normal.shape[1]))
    return -np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]


def _natural(parameters: Array, form: Form) -> Array:
    """α, β, γ, φ of unconstrained parameters; parts the form lacks are 0 (φ: 1)."""
    alpha = SMALLEST + (LARGEST - SMALLEST) * expit(parameters[0])
    beta = alpha * expit(parameters[1]) if form.has_trend else np.zeros_like(alpha)
    gamma = (1 - alpha) * expit(parameters[2]) if form.season else np.zeros_like(alpha)
    phi = PHI_LOW + (PHI_HIGH - PHI_LOW) * expit(parameters[3]) if form.has_trend else np.ones_like(alpha)
    return np.stack([alpha, beta, gamma, phi])


def _chain(parameters: Array, form: Form) -> Array:
    """d natural / d unconstrained, 4 × 4 × n."""
    unit = expit(parameters[:_NATURAL])
    slope = unit * (1 - unit)
    alpha = SMALLEST + (LARGEST - SMALLEST) * unit[0]
    chain = np.zeros((_NATURAL, _NATURAL, parameters.shape[1]))
    chain[0, 0] = (LARGEST - SMALLEST) * slope[0]
    if form.has_trend:
        chain[1, 1] = alpha * slope[1]
        chain[1, 0] = unit[1] * chain[0, 0]
        chain[3, 3] = (PHI_HIGH - PHI_LOW) * slope[3]
    if form.season:
        chain[2, 2] = (1 - alpha) * slope[2]
        chain[2, 0] = -unit[2] * chain[0, 0]
    return chain


def _first_seen(values: Array) -> NDArray[np.int64]:
    return np.asarray(np.isfinite(values).argmax(axis=0))


def _pass(values: Array, parameters: Array, form: Form) -> tuple[Array, Array, Array, Array]:
    """One run of the recursion with its derivatives.

    Returns squared error (n), normal equations (n × p × p), gradient (n × p) by free parameter, last states.
    """
    errors, slopes, last = _recursion(values, parameters, form)
    chain = _chain(parameters, form)
    smoothing = [row for row in form.free if row < _NATURAL]
    natural = slopes[:, : len(smoothing)].copy()
    for j, row in enumerate(smoothing):  # natural → unconstrained: β and γ hang on α
        slopes[:, j] = natural[:, j] * chain[row, row]
        if row == 0:
            for i, other in enumerate(smoothing[1:], start=1):
                if other in (1, 2):
                    slopes[:, 0] += natural[:, i] * chain[other, 0]
    used = np.ascontiguousarray(slopes.transpose(2, 0, 1))  # n × time × p
    turned = used.transpose(0, 2, 1)
    gradient = np.matmul(turned, errors.T[:, :, None])[:, :, 0]
    return np.einsum("tn,tn->n", errors, errors), np.matmul(turned, used), gradient, last


def _recursion(values: Array, parameters: Array, form: Form) -> tuple[Array, Array, Array]:
    """Errors (time × n), their derivatives by free parameter with α … φ natural (time × p × n), last states."""
    steps, series = values.shape
    free = form.free
    trend, season = form.has_trend, form.season
    by_beta, by_gamma, by_phi = (free.index(row) if row in free else 0 for row in (1, 2, 3))
    states = len(free) - form.states  # where the initial states begin
    alpha, beta, gamma, phi = _natural(parameters, form)
    known = np.isfinite(values)
    whole = bool(known.all())
    filled = values if whole else np.where(known, values, 0.0)
    started = known if whole else np.logical_or.accumulate(known, axis=0)
    level, d_level = parameters[_NATURAL].copy(), np.zeros((len(free), series))
    d_level[states] = 1
    slope, d_slope = np.zeros(series), np.zeros((len(free), series))
    if trend:
        slope, d_slope[states + 1] = parameters[_NATURAL + 1].copy(), 1.0
    seasonal = parameters[_NATURAL + 1 + trend :].copy()
    d_seasonal = np.zeros((season, len(free), series))
    for k in range(season):
        d_seasonal[k, states + 1 + trend + k] = 1
    errors, slopes = np.empty((steps, series)), np.empty((steps, len(free), series))
    for t in range(steps):
        k = t % season if season else 0
        base, d_base = level, d_level
        if trend:
            base, d_base = level + phi * slope, d_level + phi * d_slope
            d_base[by_phi] += slope
        mean, d_mean = (base + seasonal[k], d_base + d_seasonal[k]) if season else (base, d_base)
        error = np.subtract(filled[t], mean, out=errors[t])
        d_error = np.negative(d_mean, out=slopes[t])
        if not whole:
            error *= known[t]
            d_error *= known[t]
        new_level, d_new = base + alpha * error, d_base + alpha * d_error
        d_new[0] += error
        if trend:
            new_slope, d_new_slope = phi * slope + beta * error, phi * d_slope + beta * d_error
            d_new_slope[by_beta] += error
            d_new_slope[by_phi] += slope
            if not whole:  # nothing moves before the first value
                new_slope = np.where(started[t], new_slope, slope)
                d_new_slope = np.where(started[t], d_new_slope, d_slope)
                new_level = np.where(started[t], new_level, level)
                d_new = np.where(started[t], d_new, d_level)
            slope, d_slope = new_slope, d_new_slope
        level, d_level = new_level, d_new
        if season:
            seasonal[k] = seasonal[k] + gamma * error
            d_seasonal[k] = d_seasonal[k] + gamma * d_error
            d_seasonal[k, by_gamma] += error
    order = [(steps + k) % season for k in range(season)] if season else []
    last = np.vstack([level[None], *([slope[None]] if trend else []), *([seasonal[order]] if season else [])])
    return errors, slopes, last
