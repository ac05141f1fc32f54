"""How many units of an order line will stay sold, when cancellations and returns are still to come.

A development curve by age, the days since the line was placed. The hazard h(j) is the share of the units still
kept at age j that are lost on that day; every line counts at the ages it has reached, so young lines say what
they know and no more (Kaplan & Meier 1958; the same arithmetic as the chain ladder on remaining units, Mack 1993,
ASTIN Bulletin 23). A unit kept at age t stays with probability S(t) = prod over j > t of (1 - h(j)).

Curves are made per category and channel and drawn towards the category's, and that towards all, where units
are few: first the level, as lost units over those the wider curve expects, then each age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_AGE_DAYS = 90
LEVEL_UNITS = 10.0
AGE_UNITS = 300.0
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """Order lines, n of each: group indices, days of age reached (0: the day it was placed), units ordered."""

    category: Ints
    channel: Ints
    age_days: Ints
    ordered_units: Floats

    def __post_init__(self) -> None:
        if len({len(self.category), len(self.channel), len(self.age_days), len(self.ordered_units)}) > 1:
            raise ValueError("columns of Lines differ in length")


@dataclass(frozen=True)
class Losses:
    """Cancellations and returns, m of each: index of the line, days after it was placed, units."""

    line: Ints
    lag_days: Ints
    units: Floats


@dataclass(frozen=True)
class Development:
    """``stays[c, h, t]``: probability that a unit of category c and channel h kept at age t stays sold."""

    stays: Floats

    def expected_net_units(self, lines: Lines, losses: Losses) -> Floats:
        """Ordered less lost so far less expected to be lost still, shape (n,), never below 0."""
        lost = np.bincount(losses.line, weights=losses.units, minlength=len(lines.ordered_units))
        age = np.clip(lines.age_days, 0, self.stays.shape[2] - 1)
        return np.maximum(lines.ordered_units - lost, 0.0) * self.stays[lines.category, lines.channel, age]


def fit(lines: Lines, losses: Losses, *, categories: int, channels: int) -> Development:
    """Development curves from what is known now. Losses later than MAX_AGE_DAYS count at that age."""
    at_risk, lost = _exposure(lines, losses, categories, channels)
    overall = _drawn(at_risk.sum(axis=(0, 1)), lost.sum(axis=(0, 1)), np.zeros(MAX_AGE_DAYS + 1), is_widest=True)
    hazard = np.zeros_like(lost)
    for c in range(categories):
        whole = _drawn(at_risk[c].sum(axis=0), lost[c].sum(axis=0), overall)
        for h in range(channels):
            hazard[c, h] = _drawn(at_risk[c, h], lost[c, h], whole)
    # S(t): product over later ages
    later = np.cumprod((1.0 - hazard)[:, :, ::-1], axis=2)[:, :, ::-1]
    stays = np.ones_like(later)
    stays[:, :, :-1] = later[:, :, 1:]
    return Development(stays)


def _exposure(lines: Lines, losses: Losses, categories: int, channels: int) -> tuple[Floats, Floats]:
    """Units kept at the start of each age by lines that reached it, and units lost at it: groups × ages."""
    shape = (categories, channels, MAX_AGE_DAYS + 2)
    age = np.clip(lines.age_days, 0, MAX_AGE_DAYS)
    lag = np.minimum(np.clip(losses.lag_days, 0, MAX_AGE_DAYS), age[losses.line])
    c, h = lines.category[losses.line], lines.channel[losses.line]
    change, lost = np.zeros(shape), np.zeros(shape)
    np.add.at(change, (lines.category, lines.channel, np.zeros_like(age)), lines.ordered_units)
    np.add.at(change, (lines.category, lines.channel, age + 1), -lines.ordered_units)
    np.add.at(change, (c, h, lag + 1), -losses.units)
    np.add.at(change, (c, h, age[losses.line] + 1), losses.units)
    np.add.at(lost, (c, h, lag), losses.units)
    return np.cumsum(change, axis=2)[:, :, :-1], lost[:, :, :-1]


def _drawn(at_risk: Floats, lost: Floats, wider: Floats, *, is_widest: bool = False) -> Floats:
    """Hazard by age, drawn towards ``wider`` times this group's level."""
    if is_widest:
        return np.clip(np.divide(lost, at_risk, out=np.zeros_like(lost), where=at_risk > 0), 0, 1)
    expected = float(at_risk @ wider)
    level = (float(lost.sum()) + LEVEL_UNITS) / (expected + LEVEL_UNITS)
    prior = np.clip(level * wider, 0, 1)
    return np.clip((lost + AGE_UNITS * prior) / (at_risk + AGE_UNITS), 0, 1)
