"""What a value that was never on sale here will sell: attribute-level shares, earlier launches, and how unsure that is.

Units of category r and value c are taken for log y = a_r + b_c + e: a category's usual value times how popular the
value is elsewhere (Fisher & Vaidyanathan 2014: shares of attribute levels). b_c ~ N(0, τ²), so a value that is new
everywhere is an average one of its category, and one sold in many categories is what it is there; τ² and the variance
of e by expectation-maximisation. Earlier launches say how far first weeks lie from that, and how unlike they are: what
they sold is regressed on what was expected of them, with a prior of no difference (where siblings tell little of
launches, all launches sell alike). The interval is split-conformal: quantiles of standardised errors of cells that were
left out in turn, drawn to the normal curve where there are few, and wider by the t distribution's quantiles over the
normal ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
ROUNDS = 30
FOLDS = 10
HALF = 0.5  # units added before a logarithm
PRIOR_SD = 1.0  # of the logarithm, between values and of cells, worth PRIOR_CELLS of them
PRIOR_CELLS = 5.0
PRIOR_ERRORS = 20.0  # that the normal curve counts for
RAMP_SD, EACH_SD = 1.0, 0.7  # of the logarithm: how all launches, and again each, differ from what is established
SLOPE_SD = 0.5  # how much more or less than twice as much a launch sells where twice as much is expected
CALIBRATION_ROUNDS = 3


@dataclass(frozen=True)
class Expected:
    """Logarithm of units (+ HALF) of every cell: mean and predictive standard deviation, rows × values each."""

    log_mean: Array
    log_sd: Array


@dataclass(frozen=True)
class Earlier:
    """Launches before: logarithms of units (+ HALF) that were expected of each then, and that it sold (n each)."""

    expected: Array
    sold: Array


NONE_EARLIER = Earlier(np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class LaunchModel:
    """``multiples`` are quantiles of standardised errors at ``levels``; ``centre`` is the cells' mean logarithm."""

    expected: Expected
    levels: Array
    multiples: Array
    earlier: Earlier
    centre: float

    def quantiles(self, row: int, value: int) -> Array:
        """Units of a launch of that value in that category over as many weeks as the model was learnt from.

        nan where nothing else is sold in the category. Predictive: what launches differ by is known from the
        earlier ones only, so with few of them the interval is that of a t distribution, and wider.
        """
        log_mean, cell = self.expected.log_mean[row, value], self.expected.log_sd[row, value] ** 2 + EACH_SD**2
        ramp, variance = self._calibration(log_mean, cell)
        normal = ndtri(self.levels)
        student = stdtrit(len(self.earlier.sold) + PRIOR_CELLS, self.levels)
        wider = np.divide(student, normal, out=np.ones_like(normal), where=normal != 0)
        return np.maximum(np.exp(log_mean + ramp + self.multiples * wider * np.sqrt(variance)) - HALF, 0.0)

    def _calibration(self, log_mean: float, cell: float) -> tuple[float, float]:
        """Mean and predictive variance of what a launch sells over ``log_mean``: Bayesian linear regression.

        ``cell`` is the variance that a launch has as far as is known without any.
        """
        number = len(self.earlier.sold)
        at = np.array([1.0, log_mean - self.centre])
        others = np.column_stack([np.ones(number), self.earlier.expected - self.centre])
        surprise = self.earlier.sold - self.earlier.expected
        prior = np.diag([RAMP_SD**2, SLOPE_SD**2])
        square, line, unsure = cell, np.zeros(2), prior
        for _ in range(CALIBRATION_ROUNDS if number else 0):
            unsure = np.linalg.inv(others.T @ others / square + np.linalg.inv(prior))
            line = unsure @ others.T @ surprise / square
            square = (float(((surprise - others @ line) ** 2).sum()) + PRIOR_CELLS * cell) / (number + PRIOR_CELLS)
        return float(at @ line), float(square + at @ unsure @ at)


def learn(units: Array, *, levels: tuple[float, ...] = (0.1, 0.5, 0.9), earlier: Earlier = NONE_EARLIER) -> LaunchModel:
    """Learn from ``units`` of established values, categories × values, nan where a category does not have a value.

    Raises ValueError where units are negative.
    """
    if np.nanmin(units, initial=0.0) < 0:
        raise ValueError("units of a launch model must not be negative")
    normal = ndtri(np.array(levels))
    standard = _standard_errors(units)
    trust = len(standard) / (len(standard) + PRIOR_ERRORS)
    multiples = trust * np.quantile(standard, levels) + (1 - trust) * normal if len(standard) else normal
    stretch = float(multiples @ normal) / max(float(normal @ normal), 1e-12)
    stretch = stretch if stretch > 0 else 1.0
    found, known = expect(units), np.isfinite(units)
    return LaunchModel(
        expected=Expected(found.log_mean, found.log_sd * stretch),  # of cells; launches' is learnt from launches
        levels=np.array(levels),
        multiples=multiples / stretch,
        earlier=earlier,
        centre=float(np.log(units[known] + HALF).mean()) if known.any() else 0.0,
    )


def _standard_errors(units: Array) -> Array:
    """Errors of cells that were left out in turn, in units of their predicted spread."""
    known = np.argwhere(np.isfinite(units))
    errors = [np.zeros(0)]
    for fold in range(min(FOLDS, len(known))):
        out = known[fold::FOLDS]
        left = units.copy()
        left[out[:, 0], out[:, 1]] = np.nan
        there = expect(left)
        at = out[:, 0], out[:, 1]
        errors.append((np.log(units[at] + HALF) - there.log_mean[at]) / there.log_sd[at])
    standard = np.concatenate(errors)
    return standard[np.isfinite(standard)]


def expect(units: Array) -> Expected:
    """Mean and spread of every cell (rows × values, nan where not known); nan in rows without any known cell."""
    known = np.isfinite(units)
    y = np.where(known, np.log(np.maximum(np.where(known, units, 0.0), 0.0) + HALF), 0.0)
    in_row, in_column = known.sum(axis=1), known.sum(axis=0)
    between, noise = PRIOR_SD**2, PRIOR_SD**2
    column, unsure = np.zeros(units.shape[1]), np.full(units.shape[1], between)
    row = np.zeros(units.shape[0])
    for _ in range(ROUNDS):
        row = (known * (y - column)).sum(axis=1) / np.maximum(in_row, 1)
        unsure = 1 / (in_column / noise + 1 / between)
        column = unsure * (known * (y - row[:, None])).sum(axis=0) / noise
        rest = known * (y - row[:, None] - column)
        freedom = max(known.sum() - (in_row > 0).sum(), 0)
        square = float((rest**2).sum() + (in_column * unsure).sum())
        noise = (square + PRIOR_CELLS * PRIOR_SD**2) / (freedom + PRIOR_CELLS)
        seen = in_column > 0
        between = (float((column[seen] ** 2 + unsure[seen]).sum()) + PRIOR_CELLS * PRIOR_SD**2) / (
            seen.sum() + PRIOR_CELLS
        )
    mean = np.where(in_row[:, None] > 0, row[:, None] + column, np.nan)
    variance = noise + noise / np.maximum(in_row, 1)[:, None] + unsure
    return Expected(mean, np.sqrt(variance))
