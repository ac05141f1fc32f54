"""Latent demand of a feature: what would-be buyers want, against what was bought.

For attribute a with share s of sessions that state a preference on it, the wanted share
of value v is  π(v) = s · intent share(v) + (1 - s) · order share of v among those who
stated nothing. Would-be buyers are the sessions that searched, times the conversion where
something on offer had everything that was asked for (shrunk towards the category's
overall conversion), plus those who bought without a search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.history import UNSTATED, CategoryHistory

Z_80 = 1.2815515655446004
PRIOR_SESSIONS = 200.0


@dataclass(frozen=True)
class Conversion:
    """Probability that a searching session buys, where supply is adequate; with standard error."""

    adequate: float
    adequate_se: float
    overall: float
    units_per_buyer: float


@dataclass(frozen=True)
class LatentDemand:
    """Wanted and bought of every value of one category in a window of ``days`` days.

    ``wanted_share[a]`` and ``bought_share[a]`` sum to 1 over the values of attribute a
    where anything is known of it. Units are net of cancellations and returns.
    """

    would_be_units: float
    would_be_units_se: float
    bought_units: float
    intents: tuple[NDArray[np.int64], ...]
    stating_share: NDArray[np.float64]
    intent_share: tuple[NDArray[np.float64], ...]
    wanted_share: tuple[NDArray[np.float64], ...]
    wanted_share_se: tuple[NDArray[np.float64], ...]
    bought_share: tuple[NDArray[np.float64], ...]

    def gap(self, a: int, v: int) -> tuple[float, float, float]:
        """Wanted less bought units: mean, 10 % and 90 % points (normal, delta method)."""
        share, share_se = self.wanted_share[a][v], self.wanted_share_se[a][v]
        mean = self.would_be_units * share - self.bought_units * self.bought_share[a][v]
        se = float(np.hypot(self.would_be_units * share_se, share * self.would_be_units_se))
        return mean, mean - Z_80 * se, mean + Z_80 * se


def conversion(history: CategoryHistory, *, last_days: int) -> Conversion:
    """Conversion of well-served searching sessions, beta-binomial with the overall rate as prior mean."""
    recent = history.sessions.select(history.sessions.searched & (history.sessions.day >= history.days - last_days))
    bought = recent.sku != UNSTATED
    overall = (bought.sum() + 1.0) / (len(recent) + 20.0)
    served = is_fully_served(history, recent.wants, recent.day)
    alpha = overall * PRIOR_SESSIONS + bought[served].sum()
    beta = (1 - overall) * PRIOR_SESSIONS + (~bought[served]).sum()
    adequate = float(alpha / (alpha + beta))
    lines = history.lines
    in_window = (lines.day >= history.days - last_days) & lines.searched
    buyers = max(int(bought.sum()), 1)
    units = float((lines.ordered_units - lines.cancelled_units)[in_window].sum())
    return Conversion(
        adequate=max(adequate, overall),
        adequate_se=float(np.sqrt(adequate * (1 - adequate) / (alpha + beta + 1))),
        overall=float(overall),
        units_per_buyer=float(np.clip(units / buyers, 0.5, 20.0)) if units else 1.0,
    )


def is_fully_served(history: CategoryHistory, wants: NDArray[np.int16], day: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether some product on offer that day had every stated value."""
    patterns, inverse = np.unique(wants, axis=0, return_inverse=True)
    stated = patterns[:, None, :] != UNSTATED
    fits = ~(stated & (patterns[:, None, :] != history.products.features[None, :, :])).any(axis=2)
    served = np.zeros(len(wants), bool)
    inverse = inverse.reshape(-1)
    for start in range(0, len(wants), 65_536):  # bounded memory
        block = slice(start, start + 65_536)
        served[block] = (fits[inverse[block]] & history.products.is_available[day[block]]).any(axis=1)
    return served


def measure(history: CategoryHistory, rates: Conversion, *, first_day: int, end_day: int) -> LatentDemand:
    """Latent demand of the days ``first_day`` … ``end_day`` - 1."""
    days = history.sessions.day
    window = history.sessions.select((days >= first_day) & (days < end_day))
    searched = window.select(window.searched)
    lines = history.lines
    inside = (lines.day >= first_day) & (lines.day < end_day)
    net = np.where(inside, lines.expected_net_units, 0.0)
    keep = kept_share(history)
    direct = float(net[~lines.searched].sum())
    sessions = float(len(searched))
    would_be = sessions * rates.adequate * rates.units_per_buyer * keep + direct
    spread = (
        sessions
        * rates.units_per_buyer
        * keep
        * np.hypot(rates.adequate_se, np.sqrt(rates.adequate * (1 - rates.adequate) / max(sessions, 1.0)))
    )
    parts = [_attribute(history, searched.wants[:, a], net, a) for a in range(len(history.attributes))]
    return LatentDemand(
        would_be_units=would_be,
        would_be_units_se=float(np.hypot(spread, np.sqrt(direct))),
        bought_units=float(net.sum()),
        intents=tuple(p[0] for p in parts),
        stating_share=np.array([p[1] for p in parts]),
        intent_share=tuple(p[2] for p in parts),
        wanted_share=tuple(p[3] for p in parts),
        wanted_share_se=tuple(p[4] for p in parts),
        bought_share=tuple(p[5] for p in parts),
    )


def kept_share(history: CategoryHistory) -> float:
    """Share of ordered units, not cancelled so far, that are expected to stay sold; 1.0 where nothing was ordered."""
    lines = history.lines
    ordered = float((lines.ordered_units - lines.cancelled_units).sum())
    return float(lines.expected_net_units.sum() / ordered) if ordered > 0 else 1.0


def _attribute(
    history: CategoryHistory, wants: NDArray[np.int16], net: NDArray[np.float64], a: int
) -> tuple[
    NDArray[np.int64], float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
]:
    size = len(history.values[a])
    intents = np.bincount(wants[wants != UNSTATED], minlength=size).astype(np.int64)
    stated = int(intents.sum())
    stating = stated / len(wants) if len(wants) else 0.0
    sold_value = np.where(history.lines.sku >= 0, history.products.features[history.lines.sku, a], UNSTATED)
    known = sold_value != UNSTATED
    bought = np.bincount(sold_value[known], weights=net[known], minlength=size)
    bought_share = bought / bought.sum() if bought.sum() > 0 else np.zeros(size)
    intent_share = intents / stated if stated else bought_share.copy()
    if bought.sum() == 0:
        stating = 1.0 if stated else 0.0
    wanted = stating * intent_share + (1 - stating) * bought_share
    sample = max(stated, 1)
    se = np.sqrt(
        stating**2 * intent_share * (1 - intent_share) / sample
        + (1 - stating) ** 2 * bought_share * (1 - bought_share) / max(bought.sum(), 1.0)
    )
    return intents, stating, intent_share, wanted, se, bought_share
