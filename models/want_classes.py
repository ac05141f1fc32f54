"""Kinds of shoppers by what they want together: latent classes of wants, stated or not.

Who wants a gaming laptop wants a large screen more often than others do, but few type both. A
shopper belongs to a class k with chance w(k), wants value v of attribute a with chance π(k, a, v),
independent of the others inside the class, and says so with chance r(a, v) (stating):

    v stated        ~  π(k, a, v) · r(a, v)
    a not stated    ~  Σ_v π(k, a, v) · (1 - r(a, v))

Latent class analysis with missing answers (Goodman 1974; Linzer & Lewis 2011) by expectation
maximisation; the number of classes has the least Bayesian information criterion. What all the
silent want together is known better from purchases too (stating) and is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from models.history import UNSTATED
from models.wanted import Habits

Array = NDArray[np.float64]
MAX_CLASSES = 4
STARTS = 3
ROUNDS = 300
TOLERANCE = 1e-6  # of the log posterior
CLASS_PRIOR = 5.0  # pseudo sessions per class
SHARE_PRIOR = 30.0  # pseudo sessions per class and attribute, with the wants of all
RAKING_ROUNDS = 20
TINY = 1e-300


@dataclass(frozen=True)
class WantClasses:
    """``weight`` (K) of the classes. Per attribute, K × values: ``silent[a]``, what those want who do not state
    it (rows sum to 1, or zeros where nothing is known), and ``stated[a]``, the chance that a value is wanted and said;
    ``quiet[a]`` (K) is the chance to say nothing."""

    weight: Array
    silent: tuple[Array, ...]
    stated: tuple[Array, ...]
    quiet: tuple[Array, ...]

    @classmethod
    def single(cls, silent: list[Array]) -> WantClasses:
        """One class, where attributes are wanted independently: ``silent[a]`` are weights of the values."""
        shares = tuple(_shares(weights[None, :].astype(float)) for weights in silent)
        return cls(np.ones(1), shares, shares, tuple(np.ones(1) for _ in silent))

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def sizes(self) -> list[int]:
        """Number of values of each attribute."""
        return [share.shape[1] for share in self.silent]

    def of(self, patterns: NDArray[np.int16]) -> Array:
        """patterns × K: chance of each class given what a pattern states."""
        return _posterior(self._log_chances(patterns))[0]

    def _log_chances(self, patterns: NDArray[np.int16]) -> Array:
        chances = np.repeat(np.log(self.weight)[None, :], len(patterns), axis=0)
        for a, (stated, quiet) in enumerate(zip(self.stated, self.quiet, strict=True)):
            value = patterns[:, a]
            said = np.log(np.maximum(stated, TINY)).T[np.maximum(value, 0)]
            chances += np.where((value != UNSTATED)[:, None], said, np.log(np.maximum(quiet, TINY))[None, :])
        return chances


def fit(wants: NDArray[np.int16], habits: list[Habits]) -> WantClasses:
    """Classes of sessions × attributes ``wants`` (UNSTATED where nothing is said), said as ``habits`` tell."""
    patterns, counts = np.unique(wants, axis=0, return_counts=True)
    silent = [habit.silent_share for habit in habits]
    known = [a for a, habit in enumerate(habits) if habit.readings]
    if not len(patterns) or len(known) < 2:
        return WantClasses.single(silent)
    problem = _Problem(
        patterns[:, known],
        counts.astype(float),
        [habits[a].share for a in known],
        [habits[a].said for a in known],
    )
    best, criterion = None, np.inf
    for classes in range(1, MAX_CLASSES + 1):
        tried = max(
            (problem.solve(classes, start) for start in range(STARTS if classes > 1 else 1)), key=lambda t: t[1]
        )
        now = problem.criterion(tried[0])
        if now >= criterion:
            break
        best, criterion = tried[0], now
    assert best is not None
    return _with_all(problem.kept(best, [silent[a] for a in known]), silent, known)


@dataclass(frozen=True)
class _Problem:
    """Distinct ``patterns`` with ``counts``; per attribute the ``share`` wanted by all, and ``said`` how often."""

    patterns: NDArray[np.int16]
    counts: Array
    share: list[Array]
    said: list[Array]

    def solve(self, classes: int, start: int) -> tuple[WantClasses, float]:
        """The classes and their log posterior, by expectation maximisation from a random start."""
        rng = np.random.default_rng([classes, start])
        wants = [_shares(share * np.exp(rng.normal(0, 0.5, (classes, len(share))))) for share in self.share]
        found, before = self._classes(np.full(classes, 1 / classes), wants), -np.inf
        for _ in range(ROUNDS):
            posterior, likelihood = _posterior(found._log_chances(self.patterns))
            value = float(self.counts @ likelihood) + self._prior(wants)
            if value - before < TOLERANCE * abs(value):
                break
            before = value
            found, wants = self._maximised(found, wants, posterior * self.counts[:, None])
        return found, value

    def _prior(self, wants: list[Array]) -> float:
        pairs = zip(self.share, wants, strict=True)
        return SHARE_PRIOR * float(sum((share * np.log(np.maximum(want, TINY))).sum() for share, want in pairs))

    def _maximised(self, found: WantClasses, wants: list[Array], mass: Array) -> tuple[WantClasses, list[Array]]:
        """``mass`` is patterns × classes, sessions."""
        updated = []
        for a, want in enumerate(wants):
            value = self.patterns[:, a]
            speaks = value != UNSTATED
            count = SHARE_PRIOR * self.share[a] + mass[~speaks].sum(axis=0)[:, None] * found.silent[a]
            for k in range(len(want)):
                count[k] += np.bincount(value[speaks], mass[speaks, k], want.shape[1])
            updated.append(_shares(count))
        weight = mass.sum(axis=0) + CLASS_PRIOR
        return self._classes(weight / weight.sum(), updated), updated

    def _classes(self, weight: Array, wants: list[Array]) -> WantClasses:
        pairs = list(zip(wants, self.said, strict=True))
        return WantClasses(
            weight=weight,
            silent=tuple(_shares(want * (1 - said)) for want, said in pairs),
            stated=tuple(want * said for want, said in pairs),
            quiet=tuple((want * (1 - said)).sum(axis=1) for want, said in pairs),
        )

    def criterion(self, found: WantClasses) -> float:
        """Bayesian information criterion; the less the better."""
        likelihood = float(self.counts @ _posterior(found._log_chances(self.patterns))[1])
        free = len(found) - 1 + len(found) * sum(size - 1 for size in found.sizes)
        return free * float(np.log(self.counts.sum())) - 2 * likelihood

    def kept(self, found: WantClasses, silent: list[Array]) -> WantClasses:
        """The same with wants of the silent raked so that all of them together want ``silent``."""
        posterior = found.of(self.patterns) * self.counts[:, None]
        raked = []
        for a, goal in enumerate(silent):
            mass = posterior[self.patterns[:, a] == UNSTATED].sum(axis=0)
            share, goal = found.silent[a], goal / max(goal.sum(), TINY)
            for _ in range(RAKING_ROUNDS):
                current = mass @ share / max(mass.sum(), TINY)
                share = _shares(share * np.divide(goal, current, out=np.ones_like(goal), where=current > 0))
            raked.append(share)
        return WantClasses(found.weight, tuple(raked), found.stated, found.quiet)


def _with_all(found: WantClasses, silent: list[Array], known: list[int]) -> WantClasses:
    """All attributes again; those of which nobody says anything do not tell the classes apart."""
    classes = len(found)
    every = [np.repeat(_shares(share[None, :].astype(float)), classes, axis=0) for share in silent]
    stated, quiet = list(every), [np.ones(classes) for _ in silent]
    for i, a in enumerate(known):
        every[a], stated[a], quiet[a] = found.silent[i], found.stated[i], found.quiet[i]
    return WantClasses(found.weight, tuple(every), tuple(stated), tuple(quiet))


def _posterior(log_chances: Array) -> tuple[Array, Array]:
    """Chance of each class per pattern, and log-likelihood of each pattern."""
    total = logsumexp(log_chances, axis=1)
    return np.exp(log_chances - total[:, None]), np.asarray(total)


def _shares(weights: Array) -> Array:
    """Rows that sum to 1, or zeros."""
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
