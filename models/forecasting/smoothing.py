"""Exponential smoothing of many series at once: additive errors, damped or no trend, additive season or none.

With normal errors the likelihood of the models of recursion.py is largest where the sum of squared errors is least.
That is a non-linear least-squares problem in the smoothing parameters and the initial states, so it is solved by
Levenberg–Marquardt steps whose derivatives run along with the recursion; nobody asks for those of the last step. All
series take their steps together; a series that no longer improves leaves the batch.

Arrays are time × series; a missing value is nan, and values before the first one do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models.forecasting import recursion
from models.forecasting.recursion import NATURAL, Form, chain, first_seen, natural

Array = NDArray[np.float64]
ALPHA_STARTS = (0.1, 0.5)
FIRST_STEPS = 4
MAX_STEPS = 20
FEW = 8  # observations, below which another fit's parameters are no start
GOOD_ENOUGH = 1e-4  # relative gain in squared error below which a series is done


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
        return natural(self.parameters, self.form)

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
        start[:NATURAL] = np.where(warm.observations >= FEW, warm.parameters[:NATURAL], start[:NATURAL])
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
    first = first_seen(values)
    season = form.season
    span = max(2 * season, 6)
    rows = np.minimum(first[None, :] + np.arange(span)[:, None], len(values) - 1)
    head = np.take_along_axis(values, rows, axis=0)
    seen = np.isfinite(head)
    level = np.where(seen, head, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    parameters = np.zeros((NATURAL + form.states, values.shape[1]))
    parameters[0] = logit(alpha)
    parameters[1] = logit(0.1)
    parameters[2] = logit(0.1)
    parameters[3] = logit(0.8)
    parameters[NATURAL] = level
    if season:
        position = rows % season
        deviation = np.where(seen, head - level, 0.0)
        for k in range(season):
            here = seen & (position == k)
            mean = (deviation * here).sum(axis=0) / np.maximum(here.sum(axis=0), 1)
            parameters[NATURAL + 1 + form.has_trend + k] = mean
    return parameters


def _minimise(values: Array, start: Array, form: Form, *, steps: int) -> Smoothing:
    """Levenberg–Marquardt on all series together; every series has a damping of its own."""
    parameters = start.copy()
    error, normal, gradient, last = _pass(values, parameters, form)
    active = np.arange(values.shape[1])
    columns, damping = values, np.full(values.shape[1], 1e-2)
    for left in reversed(range(steps)):
        step = _step(normal[active], gradient[active], damping[active])
        trial = parameters[:, active]
        limit = _limits(form)
        trial[form.free] += np.clip(step.T, -limit, limit)
        trial[:NATURAL] = np.clip(trial[:NATURAL], -9, 9)
        new_error, new_normal, new_gradient, new_last = _pass(columns, trial, form, goes_on=left > 0)
        gained = new_error < error[active]
        gain = (error[active] - new_error) / np.maximum(error[active], 1e-300)
        chosen = active[gained]
        parameters[:, chosen], last[:, chosen] = trial[:, gained], new_last[:, gained]
        error[chosen] = new_error[gained]
        if not left:
            break
        normal[chosen], gradient[chosen] = new_normal[gained], new_gradient[gained]
        damping[active] = np.where(gained, damping[active] / 5, damping[active] * 8)
        going = np.where(gained, gain > GOOD_ENOUGH, damping[active] < 1e5) & (error[active] > 1e-12)
        if not going.any():
            break
        if going.mean() < 0.85:
            active, columns = active[going], columns[:, going]
    return Smoothing(form, parameters, error, np.isfinite(values).sum(axis=0).astype(float), last)


def _limits(form: Form) -> Array:
    """How far one step may go: two units of the unconstrained parameters, any distance of the states."""
    free = np.array(form.free)
    return np.where((free < NATURAL)[:, None], 2.0, np.inf)


def _step(normal: Array, gradient: Array, damping: Array) -> Array:
    diagonal = np.einsum("npp->np", normal)
    floor = 1e-9 * diagonal.max(axis=1, keepdims=True) + 1e-12
    damped = normal + np.einsum("np,pq->npq", damping[:, None] * diagonal + floor, np.eye(normal.shape[1]))
    return -np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]


def _pass(values: Array, parameters: Array, form: Form, *, goes_on: bool = True) -> tuple[Array, Array, Array, Array]:
    """One run of the recursion, with its derivatives where the search ``goes_on``.

    Returns squared error (n), normal equations (n × p × p), gradient (n × p) by free parameter, last states.
    """
    missed, last = recursion.run(values, parameters, form, with_slopes=goes_on)
    rows = missed.shape[1]
    products = np.empty((rows, rows, values.shape[1]))
    for i in range(rows):
        for j in range(i + 1):
            products[i, j] = products[j, i] = np.einsum("tn,tn->n", missed[:, i], missed[:, j])
    if goes_on:
        _unconstrain(products[1:], parameters, form)
        _unconstrain(products.transpose(1, 0, 2)[1:], parameters, form)
    turned = products.transpose(2, 0, 1)
    return products[0, 0], turned[:, 1:, 1:], turned[:, 1:, 0], last


def _unconstrain(by_parameter: Array, parameters: Array, form: Form) -> None:
    """Turn derivatives by α … φ (first axis: free parameters) into those by unconstrained ones, in place."""
    slope = chain(parameters, form)
    smoothing = [row for row in form.free if row < NATURAL]
    of_alpha = by_parameter[0] * slope[0, 0]
    for i, row in enumerate(smoothing[1:], start=1):  # β and γ hang on α
        of_alpha += by_parameter[i] * slope[row, 0]
        by_parameter[i] *= slope[row, row]
    by_parameter[0] = of_alpha
