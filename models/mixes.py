"""Which texts and units have far more of one kind of visitor than the shop's own spread allows?

One search without account, click or second search is nobody's in particular; so is one order without a search
from a new account. A text or unit whose searches or orders are *nearly all* of this kind, where those of others
are not, is not. The share of the kind among n events of an honest text is Beta(mκ, (1-m)κ) distributed over
the shop's texts, m and κ estimated from them (models.rates), without those that stand out; of k events of the
kind beside r others so many are honest as others with such odds bring along. Nothing is said where most events
are of the kind anyway, where texts differ widely, or where there are few to learn from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln

from models import rates
from models.evidence import Array

FEWEST_GROUPS = 20  # with two events or more: fewer say nothing of how texts differ
LEAST_SHARE = 0.05  # what a shop hardly ever sees may begin any day, for one text first
LEAST_EXCESS = 10.0
FIRST_STRENGTH = 20.0
PAST_WEIGHT = 10.0
LEAST_TELLING = 5
MOST_ODD = 0.5  # where more of the texts with five events stand out, that is how the shop is
PRIOR = np.log(1e-3)  # one text in a thousand is worked on


@dataclass(frozen=True)
class Usual:
    """The honest share of the kind: beta distributed with ``mean`` (by text or for all) and ``strength`` κ."""

    mean: Array
    strength: float

    def surprise(self, kind: Array, others: Array) -> Array:
        """Log-odds that a text is worked on, shape (n,): any share of the kind against the shop's spread of it."""
        n, alpha, beta = kind + others, self.mean * self.strength, (1 - self.mean) * self.strength
        choose = gammaln(n + 1) - gammaln(kind + 1) - gammaln(others + 1)
        with np.errstate(invalid="ignore"):  # no share at all and none of the kind: not asked for below
            honest = choose + betaln(alpha + kind, beta + others) - betaln(alpha, beta)
        return np.asarray(np.where(kind > n * self.mean, PRIOR - np.log(n + 1) - honest, -np.inf))

    def expected(self, others: Array) -> Array:
        """Honest events of the kind beside ``others``, shape (n,): (r + 1/2) times the mean odds α / (β - 1)."""
        beta = (1 - self.mean) * self.strength
        return np.asarray((others + 0.5) * self.mean * self.strength / np.maximum(beta - 1, 1e-9))

    def at_least(self, kind: Array, others: Array) -> Usual:
        """By text, no lower than its own past, of counts ``kind`` and ``others``, lets expect.

        Shrunk to the mean little: a text that has been otherwise for weeks is no news.
        """
        weight = min(self.strength, PAST_WEIGHT)
        own = (self.mean * weight + kind) / (weight + kind + others)
        return Usual(np.maximum(self.mean, own), self.strength)


def usual(kind: Array, others: Array, texts: Array) -> Usual | None:
    """How the share of the kind spreads over the shop's honest texts; None where it cannot be told.

    ``kind`` and ``others`` are counts of one text, ``texts`` how many texts have them, shape (n,). The first reading
    gives each text one vote, so that a few worked on do not hide themselves; who stands out is left out for good,
    and the rest read again.
    """
    n = kind + others
    kept = n > 0
    if not kept.any():
        return None
    votes = np.asarray(np.average(kind[kept] / n[kept], weights=texts[kept]))
    found, before = Usual(votes, FIRST_STRENGTH), None
    while before is None or (kept != before).any():
        before = kept
        kept = kept & (found.surprise(kind, others) <= 0)
        if texts[kept & (n >= 2)].sum() < FEWEST_GROUPS:
            return None
        fitted = rates.fit(kind[kept], n[kept], groups=texts[kept])
        found = Usual(np.asarray(max(fitted.mean, LEAST_SHARE)), fitted.strength)
    could = n >= LEAST_TELLING
    return found if texts[could & kept].sum() >= (1 - MOST_ODD) * texts[could].sum() else None


def points(kind: Array, others: Array, spread: Usual) -> Array:
    """Points that one event of the kind is a machine's or paid, shape (n,).

    The log-odds among the events of the kind, and up to 2 more for how far the text stands out. Zero where chance
    or ten events may explain it.
    """
    honest, stands_out = spread.expected(others), spread.surprise(kind, others)
    beyond = (stands_out > 0) & (kind - honest >= LEAST_EXCESS)
    ratio = np.log(np.maximum(kind - honest, 1e-9) / honest)
    return np.asarray(np.where(beyond, np.maximum(ratio + np.clip(stands_out, 0, 2), 0), 0.0))
