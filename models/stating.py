"""Who says what they want: stated and unstated wants of one attribute, from searches and purchases.

A shopper wants value v with share π(v) and says so with chance r(v), which differs: nobody types
the plain version. So the share among those who say something is not the share of all. Those who
say nothing show themselves in what they buy, seen through how people who said v bought:

    stated v          ~  π(v) · r(v)
    silent and buys x ~  Σ_v π(v) · (1 - r(v)) · b(v, x)      (of those who buy)
    b(v, x)           =  (1 - e) · said(v, x) + e · Σ_y shelf(y) · conversion(y) · shelf(x)

said(v, x) is the share of those who said v that bought x; a share e of the silent takes what the
shelf offers most. Most values are said equally often and a few hardly ever: a two-part prior on
ln r/(1-r) says so, and decides for values that nobody can buy. Where b is the identity this is the
plain rule π = s · intent share + (1 - s) · order share of the silent. (Not missing at random:
Little & Rubin 2019, ch. 15.) The silent differ from those who speak: per value, and in how often
they buy at all, by a part that is not known. Units of the silent are therefore negative binomial,
with that part and the luck of the buyers in said(v, x) as their over-dispersion. How often they
buy tells of wants that nothing on sale serves. Maximum a posteriori; covariance is the inverse
Hessian.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logit, softmax

Array = NDArray[np.float64]
NAMED_SD = 0.05  # of ln odds: values that are named are named about equally often
PLAIN_CHANCE = 0.15  # of a value to be one that is hardly ever said; the plain version is mostly what is sold, so
UNSOLD_PLAIN_CHANCE = 0.03  # of one that nobody buys,
PLAIN_ODDS, PLAIN_SD = 2.0, 0.8  # its ln odds that much lower
EASY_ODDS, EASY_SD = -2.0, 1.2  # ln odds of e
SILENT_SD = 0.15  # of ln units of one value: how far the silent buy apart from how those who speak do,
UNITS_SD = 0.15  # and of all values together
SHARE_PRIOR = 0.5  # pseudo intents per value (Jeffreys)
TABLE_PRIOR = 20.0  # pseudo sessions per value in said(v, x)
HABIT_DRIFT_SD = 0.02  # how far odds of a window may be from those of the whole history
DISCOUNTS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
MAX_STARTS = 8
MAX_LOSS = 8.0  # a reading worse than the best by more than this has no weight
SAME_SHARE = 0.02


@dataclass(frozen=True)
class Counts:
    """Searching shopper-days of one attribute with K values in some window.

    ``stated`` (K) said the value, split where several were said; ``silent`` said none;
    ``bought`` (K × K) is what those who said v bought; ``silent_bought`` (K) what the silent bought.
    """

    stated: Array
    silent: float
    bought: Array
    silent_bought: Array

    @property
    def sessions(self) -> float:
        return float(self.stated.sum() + self.silent)


@dataclass(frozen=True)
class Wants:
    """``share`` (K, sums to 1) of all shoppers, ``odds`` ln r/(1-r), and the covariance of each."""

    share: Array
    covariance: Array
    odds: Array
    odds_covariance: Array


def fit(counts: Counts, *, table: Array | None = None, habits: Wants | None = None) -> Wants:
    """Wanted shares of the window of ``counts``: the likeliest reading alone.

    ``table`` (K × K) is said(v, x), by default read from ``counts``; ``habits`` is a fit of a longer
    window whose odds are the prior here. Raises ValueError without values.
    """
    return readings(counts, table=table, habits=habits)[0][1]


def readings(counts: Counts, *, table: Array | None = None, habits: Wants | None = None) -> list[tuple[float, Wants]]:
    """Every reading of the counts with its posterior weight, the likeliest first.

    Where few products have a value, "nobody wants it" and "nobody says it" look alike; each such
    reading is a mode of the posterior, weighted by its mass (Laplace).
    """
    size = len(counts.stated)
    if size == 0:
        raise ValueError("an attribute needs at least one value")
    if size == 1:
        return [(1.0, Wants(np.ones(1), np.zeros((1, 1)), np.zeros(1), np.zeros((1, 1))))]
    problem = _Problem(counts, purchase_table(counts) if table is None else table, shelf_share(counts), habits)
    solved = sorted((problem.solve(start) for start in problem.starts()), key=lambda found: found[1])
    found: list[tuple[float, Wants]] = []
    for at, loss in solved:
        share = softmax(at[:size])
        if loss > solved[0][1] + MAX_LOSS or any(np.abs(share - w.share).max() < SAME_SHARE for _, w in found):
            continue
        covariance = problem.covariance(at)
        jacobian = np.diag(share) - np.outer(share, share)
        odds = slice(size, 2 * size)
        wants = Wants(share, jacobian @ covariance[:size, :size] @ jacobian.T, at[odds], covariance[odds, odds])
        found.append((0.5 * float(np.linalg.slogdet(covariance)[1]) - loss, wants))
    top = max(mass for mass, _ in found)
    weights = np.exp([mass - top for mass, _ in found])
    pairs = zip((weights / weights.sum()).tolist(), (wants for _, wants in found), strict=True)
    return sorted(pairs, key=lambda pair: -pair[0])


def combine(windows: list[Counts]) -> Counts:
    """The last window with the ones before it, discounted by as much as wants move.

    Windows are in order of time; one that lies i back counts ρ^i (discount factor, West & Harrison
    1997). ρ predicts each window best from those before it, by the Dirichlet-multinomial likelihood.
    """
    scores = [sum(_predicts(windows, t, rho) for t in range(1, len(windows))) for rho in DISCOUNTS]
    rho = DISCOUNTS[int(np.argmax(scores))] if len(windows) > 1 else 0.0
    weights = [rho ** (len(windows) - 1 - t) for t in range(len(windows))]
    pairs = list(zip(weights, windows, strict=True))
    return Counts(
        stated=np.sum([w * c.stated for w, c in pairs], axis=0),
        silent=float(sum(w * c.silent for w, c in pairs)),
        bought=np.sum([w * c.bought for w, c in pairs], axis=0),
        silent_bought=np.sum([w * c.silent_bought for w, c in pairs], axis=0),
    )


def _predicts(windows: list[Counts], t: int, rho: float) -> float:
    """Log-likelihood of what was said in window t, up to a constant."""
    past = SHARE_PRIOR + np.sum([rho ** (t - i) * windows[i].stated for i in range(t)], axis=0)
    seen = windows[t].stated
    return float(gammaln(past.sum()) - gammaln(past.sum() + seen.sum()) + (gammaln(past + seen) - gammaln(past)).sum())


def purchase_table(counts: Counts) -> Array:
    """said(v, x): chance that a shopper who said v buys x. Rows of few sessions lean on what all rows share."""
    bought, stated = counts.bought, counts.stated
    size = len(stated)
    total = max(float(bought.sum()), 1e-9)
    conversion = (total + 0.5) / (stated.sum() + 10.0)
    own = float(np.trace(bought)) / total
    everyone = bought.sum(axis=0) + counts.silent_bought
    sold = everyone > 0
    base = everyone / everyone.sum() if everyone.sum() > 0 else np.full(size, 1 / size)
    others = np.where(np.eye(size, dtype=bool), 0.0, base[None, :])
    others /= np.maximum(others.sum(axis=1, keepdims=True), 1e-12)
    likely = np.where(sold, own, 0.0)[:, None] * np.eye(size) + np.where(sold, 1 - own, 1.0)[:, None] * others
    return np.asarray((bought + TABLE_PRIOR * conversion * likely) / (stated[:, None] + TABLE_PRIOR))


def shelf_share(counts: Counts) -> Array:
    """shelf(x): what people buy who wanted something else."""
    others = np.where(np.eye(len(counts.stated), dtype=bool), 0.0, counts.bought)
    asked = counts.stated.sum() - counts.stated
    rate = (others.sum(axis=0) + 0.5 * (counts.silent_bought > 0)) / (asked + 1.0)
    return np.asarray(rate / rate.sum()) if rate.sum() > 0 else np.full(len(rate), 1 / len(rate))


@dataclass(frozen=True)
class _Problem:
    """Negative log posterior over ln π (K), odds (K), ln odds of e, the common place of the odds, and ln units.

    The last one is how many more of the silent buy than of those who speak.
    """

    counts: Counts
    table: Array
    shelf: Array
    habits: Wants | None

    @cached_property
    def is_sold(self) -> NDArray[np.bool_]:
        """K: whether anybody bought the value."""
        return np.asarray(self.counts.bought.sum(axis=0) + self.counts.silent_bought > 0)

    @cached_property
    def habit_precision(self) -> Array:
        """K × K, of the odds' prior where there are habits, else zeros."""
        if self.habits is None:
            return np.zeros((len(self.shelf), len(self.shelf)))
        drift = HABIT_DRIFT_SD**2 * np.eye(len(self.habits.odds))
        return np.asarray(np.linalg.inv(self.habits.odds_covariance + drift))

    @cached_property
    def easy_units(self) -> Array:
        """K × K: what they buy, whatever they want, who take what the shelf offers: as often as those who want that."""
        rate = float(self.shelf @ self.table.sum(axis=1))
        return np.asarray(np.broadcast_to(rate * self.shelf, self.table.shape))

    @cached_property
    def strength(self) -> Array:
        """K: what the units that the silent buy of a value tell, as a count of units (size of a negative binomial)."""
        return np.asarray(1 / (SILENT_SD**2 + 1 / (self.counts.bought.sum(axis=0) + 1.0)))

    def starts(self) -> list[Array]:
        """All said as often; or hardly ever said: what is bought more than asked for, all or one, as it is bought or as
        rarely as those who asked found it; one never bought."""
        if self.habits is not None:
            return [
                np.concatenate([np.log(np.maximum(self.habits.share, 1e-6)), self.habits.odds, [EASY_ODDS, 0.0, 0.0]])
            ]
        stated = self.counts.stated + SHARE_PRIOR
        intent = stated / stated.sum()
        silent = self.counts.silent_bought + 1.0
        silent = silent / silent.sum()
        hidden = silent > intent
        likeliest = np.argsort(intent - silent, kind="stable")[: min(MAX_STARTS, int(hidden.sum()))]
        masks = [np.zeros(len(intent), bool), hidden, *(np.arange(len(intent)) == v for v in likeliest)]
        starts = [self._start(intent, silent, mask) for mask in masks]
        wanting = silent / np.maximum(np.diag(self.table), 1e-6)  # as rarely sold as who asked for it found it
        wanting = wanting / wanting.sum()
        scarce = np.argsort(intent / wanting, kind="stable")
        scarce = scarce[self.is_sold[scarce] & (wanting > intent)[scarce]][:MAX_STARTS]
        starts += [self._start(intent, wanting, np.arange(len(intent)) == v) for v in scarce]
        unsold = np.flatnonzero(~self.is_sold & (stated > 1))[:MAX_STARTS]
        return starts + [self._unsold_start(intent, int(v)) for v in unsold]

    def _unsold_start(self, intent: Array, v: int) -> Array:
        """Value ``v``, which nobody bought, is hardly ever said."""
        share = np.where(np.arange(len(intent)) == v, np.exp(PLAIN_ODDS), 1.0) * intent
        share = share / share.sum()
        said = float(np.clip(self.counts.stated.sum() / (self.counts.sessions + 1.0), 0.01, 0.9))
        odds = logit(np.clip(said * intent / share, 1e-4, 0.95))
        return np.concatenate([np.log(share), odds, [EASY_ODDS, float(np.delete(odds, v).max()), 0.0]])

    def _start(self, intent: Array, silent: Array, hidden: NDArray[np.bool_]) -> Array:
        """The values in ``hidden`` are wanted by the silent as they buy, the others as they are said."""
        said = float(np.clip(self.counts.stated.sum() / (self.counts.sessions + 1.0), 0.01, 0.9))
        mixed = said * intent + (1 - said) * silent
        others = max(1 - float(mixed[hidden].sum()), 0.05)
        share = np.where(hidden, mixed, others * intent / max(float(intent[~hidden].sum()), 1e-9))
        odds = logit(np.clip(said * intent / share, 1e-4, 0.95))
        place = float(np.median(odds if hidden.all() else odds[~hidden]))
        return np.concatenate([np.log(share), odds, [EASY_ODDS, place, 0.0]])

    def solve(self, start: Array) -> tuple[Array, float]:
        found = minimize(self.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
        return found.x, float(found.fun)

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Negative log posterior and its gradient."""
        counts, size = self.counts, len(self.counts.stated)
        share, odds, easy = softmax(parameters[:size]), parameters[size : 2 * size], expit(parameters[-3])
        said = expit(odds)
        silent = share * (1 - said)
        stated = counts.stated + SHARE_PRIOR
        lost = max(float(silent.sum()), 1e-300)
        table = (1 - easy) * self.table + easy * self.easy_units
        buys = np.maximum(silent @ table, 1e-300)
        units = np.maximum(np.exp(parameters[-1]) * counts.sessions * buys, 1e-300)
        value = float(stated @ (np.log(np.maximum(share, 1e-300)) + np.log(np.maximum(said, 1e-300))))
        value += counts.silent * np.log(lost)
        surprise = self.strength * (counts.silent_bought - units) / (units + self.strength)
        value += float(counts.silent_bought @ np.log(units))
        value -= float((counts.silent_bought + self.strength) @ np.log(units + self.strength))
        ratio = surprise / buys
        slope = counts.silent / lost + table @ ratio
        turn = silent @ (self.easy_units - self.table)
        by_easy = easy * (1 - easy) * float(turn @ ratio)
        by_log_share = stated + silent * slope
        by_share = by_log_share - share * by_log_share.sum()
        by_odds = stated * (1 - said) - slope * silent * said
        prior, prior_slope = self._prior(odds, parameters[-3], parameters[-2], parameters[-1])
        return prior - value, prior_slope - np.concatenate([by_share, by_odds, [by_easy, 0.0, surprise.sum()]])

    def _prior(self, odds: Array, easy: float, place: float, units: float) -> tuple[float, Array]:
        none = np.zeros(len(odds))
        away = (easy - EASY_ODDS) / EASY_SD
        if self.habits is not None:
            moved = odds - self.habits.odds
            pull = self.habit_precision @ moved
            value = 0.5 * (float(moved @ pull) + away**2 + place**2 + (units / UNITS_SD) ** 2)
            return value, np.concatenate([none, pull, [away / EASY_SD, place, units / UNITS_SD**2]])
        chance = np.where(self.is_sold, PLAIN_CHANCE, UNSOLD_PLAIN_CHANCE)
        named = np.log((1 - chance) / NAMED_SD) - 0.5 * ((odds - place) / NAMED_SD) ** 2
        plain = np.log(chance / PLAIN_SD) - 0.5 * ((odds - place + PLAIN_ODDS) / PLAIN_SD) ** 2
        both = np.logaddexp(named, plain)
        weight = np.exp(named - both)
        slope = weight * (odds - place) / NAMED_SD**2 + (1 - weight) * (odds - place + PLAIN_ODDS) / PLAIN_SD**2
        value = 0.5 * (away**2 + 0.01 * place**2 + (units / UNITS_SD) ** 2) - float(both.sum())
        return value, np.concatenate([none, slope, [away / EASY_SD, 0.01 * place - slope.sum(), units / UNITS_SD**2]])

    def covariance(self, parameters: Array) -> Array:
        """Inverse of the curvature of the loss; the free level of ln π is pinned."""
        size, step, values = len(parameters), 1e-4, len(self.counts.stated)
        rows = np.empty((size, size))
        for k in range(size):
            shift = np.zeros(size)
            shift[k] = step
            rows[k] = (self.loss(parameters + shift)[1] - self.loss(parameters - shift)[1]) / (2 * step)
        rows[:values, :values] += np.ones((values, values))
        eigen, vectors = np.linalg.eigh((rows + rows.T) / 2)
        return np.asarray((vectors / np.maximum(eigen, 1e-3)) @ vectors.T)
