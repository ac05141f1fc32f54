"""One run of exponential smoothing over many series: errors, their derivatives and the last states.

State space form (Hyndman, Koehler, Ord & Snyder 2008, ch. 2), e the one-step error:

    y = l + φ b + s + e,   l' = l + φ b + α e,   b' = φ b + β e,   s' = s + γ e

Derivatives by the parameters run along with the states. Arrays are time × series; a missing value is nan, and nothing
moves before the first one that is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
# the usual region (Hyndman et al. 2008, sec. 10.1): α in (0, 1), β below α, γ below 1 - α, φ in (0.8, 0.98)
SMALLEST, LARGEST = 1e-4, 0.9999
PHI_LOW, PHI_HIGH = 0.8, 0.98
NATURAL = 4  # α, β, γ, φ stand before the initial states


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
        return smoothing + list(range(NATURAL, NATURAL + self.states))


def natural(parameters: Array, form: Form) -> Array:
    """α, β, γ, φ of unconstrained parameters; parts the form lacks are 0 (φ: 1)."""
    alpha = SMALLEST + (LARGEST - SMALLEST) * expit(parameters[0])
    beta = alpha * expit(parameters[1]) if form.has_trend else np.zeros_like(alpha)
    gamma = (1 - alpha) * expit(parameters[2]) if form.season else np.zeros_like(alpha)
    phi = PHI_LOW + (PHI_HIGH - PHI_LOW) * expit(parameters[3]) if form.has_trend else np.ones_like(alpha)
    return np.stack([alpha, beta, gamma, phi])


def chain(parameters: Array, form: Form) -> Array:
    """d natural / d unconstrained, 4 × 4 × n."""
    unit = expit(parameters[:NATURAL])
    slope = unit * (1 - unit)
    alpha = SMALLEST + (LARGEST - SMALLEST) * unit[0]
    found = np.zeros((NATURAL, NATURAL, parameters.shape[1]))
    found[0, 0] = (LARGEST - SMALLEST) * slope[0]
    if form.has_trend:
        found[1, 1] = alpha * slope[1]
        found[1, 0] = unit[1] * found[0, 0]
        found[3, 3] = (PHI_HIGH - PHI_LOW) * slope[3]
    if form.season:
        found[2, 2] = (1 - alpha) * slope[2]
        found[2, 0] = -unit[2] * found[0, 0]
    return found


def first_seen(values: Array) -> NDArray[np.int64]:
    """Step of the first known value of each series (n)."""
    return np.asarray(np.isfinite(values).argmax(axis=0))


def run(values: Array, parameters: Array, form: Form, *, with_slopes: bool) -> tuple[Array, Array]:
    """Negative errors and their derivatives by free parameter, α … φ natural, and the last states.

    The first array is time × (1 + free parameters) × n, or time × 1 × n without derivatives: as the model is linear in
    its states, a state and its derivatives take one and the same step, and what is not linear is added to single rows.
    """
    steps = len(values)
    trend, season = form.has_trend, form.season
    row = {parameter: 1 + i for i, parameter in enumerate(form.free)} if with_slopes else {}
    known = np.isfinite(values)
    whole = bool(known.all())
    filled = values if whole else np.where(known, values, 0.0)
    first = first_seen(values)  # nothing moves before
    last_first = int(first.max(initial=0))
    constants = natural(parameters, form)
    phi, moves = constants[3], constants[:3]
    kept, (_, beta, gamma) = 1 - moves[0], moves
    level, slope, seasonal = _states(parameters, form, row)
    missed, spare = np.empty((steps, *level.shape)), np.empty_like(level)
    for t in range(steps):
        if not whole:
            kept, (_, beta, gamma) = 1 - moves[0] * known[t], moves * known[t]
        k = t % season if season else 0
        before = (level.copy(), slope.copy()) if t < last_first else None
        miss = missed[t]
        if trend:
            rise = slope[0].copy()
            slope *= phi
            if row:
                slope[row[3]] += rise
            np.add(level, slope, out=miss)
        else:
            miss[:] = level
        if season:
            miss += seasonal[k]
        miss[0] -= filled[t]
        error = miss[0] if whole else miss[0] * known[t]
        np.multiply(kept, miss, out=level)
        level[0] += filled[t]
        if season:
            level -= seasonal[k]
            seasonal[k] -= np.multiply(gamma, miss, out=spare)
        if trend:
            slope -= np.multiply(beta, miss, out=spare)
        if row:
            level[1] -= error
            if trend:
                slope[row[1]] -= error
            if season:
                seasonal[k, row[2]] -= error
        if before is not None:
            np.copyto(level, before[0], where=t < first)
            np.copyto(slope, before[1], where=t < first)
    if not whole:
        missed *= known[:, None]
    order = [(steps + k) % season for k in range(season)]
    return missed, np.concatenate([level[:1], slope[:trend], seasonal[order, 0]])


def _states(parameters: Array, form: Form, row: dict[int, int]) -> tuple[Array, Array, Array]:
    """Initial level, slope (rows × n) and seasonal states (season × rows × n), with the derivatives that have a row.

    A form without trend has a slope without rows.
    """
    states = np.zeros((form.states, 1 + len(row), parameters.shape[1]))
    states[:, 0] = parameters[NATURAL:]
    for i in range(form.states if row else 0):
        states[i, row[NATURAL + i]] = 1.0
    slope = states[1] if form.has_trend else np.zeros((0, parameters.shape[1]))
    return states[0], slope, states[1 + form.has_trend :]
