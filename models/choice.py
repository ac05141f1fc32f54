"""Which product a shopper takes, or none: a logit over products with feature-mismatch penalties.

Utility of product j for a shopper with wants w:

    u(j, w) = b0 + quality_j + Σ_a appeal[a, feature_ja]
              + b_price · (price_j / usual price of its features - 1 + minded · Σ_a dear[a, feature_ja])
              - Σ_a importance_a · (penalty[a] · 1{feature_ja ≠ w_a} + far[a] · max(0, |rank difference| - 1))

and 0 for buying nothing (McFadden 1974). ``quality`` is what one product has that its features do
not explain (a random effect, as in Berry, Levinsohn & Pakes 1995): without it a dozen products
would seem to prove what a feature is worth. ``far`` is for attributes whose values have an order,
such as litres. ``dear`` is what a feature adds to the usual price, over that of an average product. Where shops ask
for features what shoppers find them worth, nobody minds paying that: ``minded`` is 0. Where it costs the maker more and
pleases nobody, only the price counts: it is 1. The data tell which faintly. ``appeal`` is what is left, and small. A
shopper also wants something of the attributes not typed: such wants follow what the silent of their class want
(want_classes), with penalties of their own. They are summed over, not sampled, as far as that is possible: few draws
understate how much shoppers differ, and with it what new specs add.

``importance`` is how much this shopper minds that a value differs, attribute by attribute: lognormal of mean 1 with
standard deviation IMPORTANCE_SD in the logarithm. Some take any neighbour and others none. Sales hardly tell how far
shoppers lie apart in it (decision 14).

Shoppers also differ in what any product is worth to them: a normal term of standard deviation
TASTE_SD, summed over at three points (Gauss-Hermite). Data on sales hardly tell its size, since it
moves with the share of lookers below; at zero, specs of one line would take too little from each other.

A share of sessions only looks and buys nothing whatever is on offer (a latent class, as in
Kamakura & Russell 1989); without it every visitor would count as one whom a further product
might win. The share is known from how little conversion moves with what is on offer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from models.history import UNSTATED
from models.want_classes import WantClasses

Array = NDArray[np.float64]
HEAD = 4  # parameters before those of attributes
MAX_RANKS_FAR = 2
IMPORTANCE_SD = 0.6  # of the logarithm, how far shoppers lie apart in how much they mind that a value differs
MOST_IMPORTANT = 0.995  # quantile beyond which nobody is taken to be
ENUMERATED = 2_000  # combinations of one pattern, from which those that there is room for are sampled evenly
ROWS, MIN_ROWS = 16_000, 16  # completed shoppers of all patterns, and of one; plans of 6,000 earn less (decision 14)
TASTE_SD = 1.0  # of utility: how far shoppers lie apart in what any product is worth to them, of the order of the luck
_POINTS, _CHANCES = np.polynomial.hermite_e.hermegauss(3)
EAGERNESS = (TASTE_SD * _POINTS, _CHANCES / _CHANCES.sum())  # three points of a normal
_GOLDEN = (np.sqrt(5) - 1) / 2
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101)


@dataclass(frozen=True)
class Shoppers:
    """Completed want patterns, rows × attributes: a want for every attribute of which anything is known.

    ``is_stated`` says where the want was typed; row i completes pattern ``pattern[i]`` (ascending) with
    chance ``weight[i]``, so weights sum to 1 per pattern. ``eagerness`` is added to the utility of every product;
    ``importance``, rows × attributes, multiplies what a mismatch costs.
    """

    wants: NDArray[np.int16]
    is_stated: NDArray[np.bool_]
    pattern: NDArray[np.int64]
    weight: Array
    eagerness: Array
    importance: Array

    def eager(self) -> Shoppers:
        """Each row once per point of EAGERNESS."""
        points, chances = EAGERNESS
        count = len(points)
        return Shoppers(
            np.repeat(self.wants, count, axis=0),
            np.repeat(self.is_stated, count, axis=0),
            np.repeat(self.pattern, count),
            np.repeat(self.weight, count) * np.tile(chances, len(self)),
            np.tile(points, len(self)),
            np.repeat(self.importance, count, axis=0),
        )

    def at(self, rows: NDArray[np.int64]) -> Shoppers:
        """The shoppers at ``rows``."""
        return Shoppers(*(getattr(self, part.name)[rows] for part in fields(self)))

    def __len__(self) -> int:
        return len(self.wants)


@dataclass(frozen=True)
class ChoiceModel:
    """Fitted model. ``buyer_share`` of the sessions choose by it, the others only look.

    ``penalty``, ``imputed_penalty`` and ``far`` have one entry per attribute, ``appeal[a]`` and ``dear[a]`` (given, not
    estimated) one per value of attribute a, ``quality`` one per product. ``covariance`` belongs to ``parameters``.
    ``bought_share`` of the sessions bought.
    """

    buyer_share: float
    bought_share: float
    constant: float
    price: float
    minded: float
    penalty: Array
    imputed_penalty: Array
    far: Array
    is_ordered: tuple[bool, ...]
    quality: Array
    appeal: tuple[Array, ...]
    dear: tuple[Array, ...]
    sessions: int
    log_likelihood: float
    covariance: Array
    kept: tuple[int, ...] | None = None  # products whose quality was estimated
    quality_sd: float = 0.0  # how far products of the category lie apart beyond their features

    @property
    def parameters(self) -> Array:
        """Stacked: ln(buyers / lookers), constant, price, minded, penalties, imputed ones, far, appeals, qualities."""
        head = [logit(self.buyer_share), self.constant, self.price, self.minded]
        quality = self.quality if self.kept is None else self.quality[list(self.kept)]
        return np.concatenate([head, self.penalty, self.imputed_penalty, self.far, *self.appeal, quality])

    def draw(self, rng: np.random.Generator, *, size: int) -> list[ChoiceModel]:
        """Posterior draws, normal approximation."""
        samples = rng.multivariate_normal(self.parameters, self.covariance, size=size, method="cholesky")
        return [unstack(self, sample) for sample in samples]

    def utility(self, shoppers: Shoppers, features: NDArray[np.int16], relative_price: Array) -> Array:
        """shoppers × products utilities, at average quality; prices as multiples of the usual one."""
        base = self.constant + self.price * (relative_price - 1)
        dearer = self.price * self.minded
        base = base + of_values(features, [a + dearer * d for a, d in zip(self.appeal, self.dear, strict=True)])
        utility = base[None, :] + shoppers.eagerness[:, None]
        for a, appeal in enumerate(self.appeal):
            loss = self._loss(a, np.arange(len(appeal)), features)[_of_want(shoppers, a, len(appeal))]
            utility -= shoppers.importance[:, a, None] * loss
        return utility

    def _loss(self, a: int, values: NDArray[np.int64], features: NDArray[np.int16]) -> Array:
        """Utility lost in attribute a, for each of ``values`` wanted but not stated, then stated, then no want at all:
        rows × products. There are few values and many shoppers."""
        wants = np.zeros((len(values), features.shape[1]), np.int16)
        wants[:, a] = values
        other = differs(wants, features, a)
        far = self.far[a] * far_apart(wants, features, a) if self.is_ordered[a] else 0.0
        nothing = np.zeros((1, len(features)))
        return np.concatenate([self.imputed_penalty[a] * other + far, self.penalty[a] * other + far, nothing])


def _of_want(shoppers: Shoppers, a: int, values: int) -> NDArray[np.int64]:
    """Row of each shopper in ChoiceModel._loss."""
    want = shoppers.wants[:, a].astype(np.int64)
    return np.where(want == UNSTATED, 2 * values, want + values * shoppers.is_stated[:, a])


def of_values(features: NDArray[np.int16], by_value: Sequence[Array]) -> Array:
    """Per row of ``features``, the sum over attributes of ``by_value`` of its value; an unknown value adds nothing."""
    total = np.zeros(len(features))
    for a, worth in enumerate(by_value):
        value = features[:, a]
        total += np.where(value == UNSTATED, 0.0, worth[np.maximum(value, 0)] if len(worth) else 0.0)
    return total


def differs(wants: NDArray[np.int16], features: NDArray[np.int16], a: int) -> NDArray[np.bool_]:
    """shoppers × products: a want is there and the product has another value or none."""
    return np.asarray((wants[:, a, None] != UNSTATED) & (wants[:, a, None] != features[None, :, a]))


def far_apart(wants: NDArray[np.int16], features: NDArray[np.int16], a: int) -> Array:
    """shoppers × products: ranks between wanted and offered value beyond the neighbours, at most MAX_RANKS_FAR."""
    known = (wants[:, a, None] != UNSTATED) & (features[None, :, a] != UNSTATED)
    ranks = np.abs(wants[:, a, None].astype(float) - features[None, :, a]) - 1
    return np.where(known, np.clip(ranks, 0, MAX_RANKS_FAR), 0.0)


def unstack(model: ChoiceModel, parameters: Array) -> ChoiceModel:
    """The same model at other parameter values."""
    attributes = len(model.appeal)
    sizes = [len(appeal) for appeal in model.appeal]
    start = HEAD + 3 * attributes
    end = start + sum(sizes)
    quality = parameters[end:]
    if model.kept is not None:  # back to all products
        quality = np.zeros(len(model.quality))
        quality[list(model.kept)] = parameters[end:]
    return replace(
        model,
        buyer_share=float(expit(parameters[0])),
        constant=float(parameters[1]),
        price=float(parameters[2]),
        minded=float(parameters[3]),
        penalty=parameters[HEAD : HEAD + attributes],
        imputed_penalty=parameters[HEAD + attributes : HEAD + 2 * attributes],
        far=parameters[HEAD + 2 * attributes : start],
        appeal=tuple(np.split(parameters[start:end], np.cumsum(sizes)[:-1])) if attributes else (),
        quality=quality,
    )


def complete(wants: NDArray[np.int16], counts: Array, classes: WantClasses, *, rows: int = ROWS) -> Shoppers:
    """Completions of each pattern of ``wants``, unstated wants following the classes its stated ones speak for.

    Every completion is there twice, minding mismatches more and less (a pattern of few in more ways, MIN_ROWS), as far
    as there is room: about ``rows`` completed shoppers are shared out by the root of ``counts``, the sessions of each
    pattern. Else completions are sampled evenly, of very many by a Kronecker sequence (an irrational step per
    dimension), so no random numbers are needed and equal input gives equal output.
    """
    known = [a for a, share in enumerate(classes.silent) if share.sum() > 0]
    chances = classes.of(wants) if len(wants) else np.zeros((0, len(classes)))
    room = np.ceil(np.maximum(rows * np.sqrt(counts) / max(np.sqrt(counts).sum(), 1e-12), MIN_ROWS) / 2)
    attributes = np.shape(wants)[1]
    completed, weight = [np.zeros((0, attributes), np.int16)], [np.zeros(0)]
    for pattern, chance, most in zip(wants, chances, room.astype(int), strict=True):
        free = [a for a in known if pattern[a] == UNSTATED]
        found, share = _completions([classes.silent[a] for a in free], chance, most)
        times = 2 * math.ceil(MIN_ROWS / (2 * len(found)))
        row = np.repeat(pattern[None, :].astype(np.int16), times * len(found), axis=0)
        row[:, free] = np.repeat(found, times, axis=0)
        completed.append(row)
        weight.append(np.repeat(share / times, times))
    number = np.repeat(np.arange(len(wants)), [len(row) for row in completed[1:]])
    importance = [np.zeros((0, attributes)), *(_importance(len(row), attributes) for row in completed[1:])]
    return Shoppers(
        wants=np.vstack(completed),
        is_stated=(np.asarray(wants) != UNSTATED)[number],
        pattern=number,
        weight=np.concatenate(weight),
        eagerness=np.zeros(len(number)),
        importance=np.vstack(importance),
    )


def _importance(rows: int, attributes: int) -> Array:
    """Multipliers of mean 1, rows × attributes, a point of an additive sequence (Roberts 2018) and its opposite in
    turn: where few points stand for a pattern, opposite ones tell how minding changes its choices, single ones do not.
    """
    ratio = 2.0  # root of x^(attributes + 1) = x + 1
    for _ in range(50):
        ratio = (1 + ratio) ** (1 / (attributes + 1))
    point = (0.5 + np.arange(1, rows // 2 + 1)[:, None] / ratio ** np.arange(1, attributes + 1)) % 1.0
    draw = np.repeat(ndtri(np.clip(point, 1 - MOST_IMPORTANT, MOST_IMPORTANT)), 2, axis=0)
    draw[1::2] *= -1
    return np.asarray(np.exp(IMPORTANCE_SD * draw - IMPORTANCE_SD**2 / 2))


def _completions(shares: list[Array], classes: Array, most: int) -> tuple[NDArray[np.int16], Array]:
    """Combinations of values with their chances: all of them, or ``most`` sampled ones.

    ``shares`` are classes × values of each free attribute, ``classes`` the chance of each class.
    """
    values = [np.flatnonzero(share.sum(axis=0)) for share in shares]
    number, sizes = np.arange(most), [len(v) for v in values]
    if math.prod(sizes) <= max(most, ENUMERATED):
        places = np.indices(sizes).reshape(len(sizes), math.prod(sizes))
        found = np.array([v[place] for v, place in zip(values, places, strict=True)], np.int16).reshape(places.shape).T
        inside = np.ones((len(classes), len(found)))
        for k, share in enumerate(shares):
            inside *= share[:, found[:, k]]
        chance = classes @ inside
        if len(found) <= most:
            return found, chance
        point = (number + (0.5 + number * _GOLDEN) % 1.0) / most  # one in every part of equal chance
        return found[_nearest(np.cumsum(chance) / chance.sum(), point)], np.full(most, 1 / most)
    of_class = _nearest(np.cumsum(classes), (0.5 + number * np.sqrt(_PRIMES[len(shares) % len(_PRIMES)])) % 1.0)
    found = np.empty((most, len(shares)), np.int16)
    for k, share in enumerate(shares):
        point = (0.5 + number * np.sqrt(_PRIMES[k % len(_PRIMES)])) % 1.0
        for group in np.unique(of_class):
            mine = of_class == group
            found[mine, k] = np.minimum(_nearest(np.cumsum(share[group]), point[mine]), values[k][-1])
    return found, np.full(most, 1 / most)


def _nearest(cumulated: Array, point: Array) -> NDArray[np.int64]:
    return np.minimum(np.searchsorted(cumulated, point), len(cumulated) - 1)
