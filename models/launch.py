"""What a value that was never on sale here will sell: attribute-level shares, earlier launches, and how unsure that is.

Units of category r and value c are taken for log y = a_r + b_c + e: a category's usual value times how popular the
value is elsewhere (Fisher & Vaidyanathan 2014: shares of attribute levels). b_c ~ N(0, τ²), so a value that is new
everywhere is an average one of its category, and one sold in many categories is what it is there; τ² and the variance
of e by expectation-maximisation. Earlier launches say how far first weeks lie from that, and how unlike they are. The
interval is split-conformal: quantiles of standardised errors of cells that were left out in turn, drawn to the normal
curve where there are few, and wider by the t distribution's quantiles over the normal ones.
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
RAMP_SD = 0.7  # of the logarithm: how all launches, and again each, differ from what is established
RAMP_ROUNDS = 3


@dataclass(frozen=True)
class Expected:
    """Logarithm of units (+ HALF) of every cell: mean and predictive standard deviation, rows × values each."""

    log_mean: Array
    log_sd: Array


@dataclass(frozen=True)
class LaunchModel:
    """``multiples`` are quantiles of standardised errors at ``levels``; ``surprises`` of past launches (see learn)."""

    expected: Expected
    levels: Array
    multiples: Array
    surprises: Array

    def quantiles(self, row: int, value: int) -> Array:
        """Units of a launch of that value in that category over as many weeks as the model was learnt from.

        nan where nothing else is sold in the category. Predictive: mean and spread of launches are known from the
        earlier ones only, so with few of them the interval is that of a t distribution, and wider.
        """
        number, cell = len(self.surprises), self.expected.log_sd[row, value] ** 2 + RAMP_SD**2
        square, ramp, unsure = cell, 0.0, RAMP_SD**2
        for _ in range(RAMP_ROUNDS if number else 0):
            unsure = 1 / (number / square + 1 / RAMP_SD**2)
            ramp = unsure * float(self.surprises.sum()) / square
            square = (float(((self.surprises - ramp) ** 2).sum()) + PRIOR_CELLS * cell) / (number + PRIOR_CELLS)
        normal = ndtri(self.levels)
        student = stdtrit(number + PRIOR_CELLS, self.levels)
        wider = np.divide(student, normal, out=np.ones_like(normal), where=normal != 0)
        centre = self.expected.log_mean[row, value] + ramp
        return np.maximum(np.exp(centre + self.multiples * wider * np.sqrt(square + unsure)) - HALF, 0.0)


def learn(units: Array, *, levels: tuple[float, ...] = (0.1, 0.5, 0.9), launches: Array | None = None) -> LaunchModel:
    """Learn from ``units`` of established values, categories × values, nan where a category does not have a value.

    ``launches`` are the surprises of earlier launches: log(units + HALF) less what was expected then. Raises
    ValueError where units are negative.
    """
    if np.nanmin(units, initial=0.0) < 0:
        raise ValueError("units of a launch model must not be negative")
    known = np.argwhere(np.isfinite(units))
    errors = []
    for fold in range(min(FOLDS, len(known))):
        out = known[fold::FOLDS]
        left = units.copy()
        left[out[:, 0], out[:, 1]] = np.nan
        there = expect(left)
        at = out[:, 0], out[:, 1]
        errors.append((np.log(units[at] + HALF) - there.log_mean[at]) / there.log_sd[at])
    standard = np.concatenate(errors) if errors else np.zeros(0)
    standard = standard[np.isfinite(standard)]
    normal = ndtri(np.array(levels))
    trust = len(standard) / (len(standard) + PRIOR_ERRORS)
    multiples = trust * np.quantile(standard, levels) + (1 - trust) * normal if len(standard) else normal
    return LaunchModel(expect(units), np.array(levels), multiples, np.zeros(0) if launches is None else launches)


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
