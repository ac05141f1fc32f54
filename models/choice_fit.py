"""Fit the choice model to sessions: what was wanted, what was on offer, what was bought or that nothing was.

Where nobody searches it is fitted to orders given that something was ordered (McFadden 1974): they tell products,
values and prices from one another, and nothing of who left.

Maximum a-posteriori with normal priors, so that values seen in few products stay near the
mean; unstated wants, and what any product is worth to a shopper, are summed over; the covariance
is the inverse Hessian. What one category tells faintly those of a shop share (choice_pooling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.choice import EAGERNESS, HEAD, ChoiceModel, of_values, unstack
from models.choice_data import Observed
from models.history import UNSTATED, Products, Sessions
from models.want_classes import WantClasses

Array = NDArray[np.float64]
# normal priors, (mean, standard deviation)
PRIOR_BUYERS = (1.2, 0.8)  # ln(buying sessions / sessions that bought): 0.8 to 2.4 on simulated markets of two hands
PRIOR_CONSTANT = (-1.0, 2.0)
PRIOR_PRICE = (-3.0, 1.5)
PRIOR_MINDED = (1.0, 0.3)  # 1: price alone counts, as in most choice models; 0: features are priced as they are valued
PRIOR_PENALTY = (2.5, 1.5)
PRIOR_IMPUTED = (1.5, 1.5)
PRIOR_FAR = (0.3, 0.3)
APPEAL_SD = 0.08  # wider, a dozen products' own luck is taken for what their values are worth (decision 13)
BLIND_APPEAL_SD = 0.2  # where nobody searches: what is wanted and what values are worth cannot be told apart
QUALITY_SD = 0.4
PRIOR_WEIGHT = 3
SPREAD_ROUNDS, SPREAD_TOLERANCE = 8, 0.03
ROUGHLY, EXACTLY = 1e-6, 1e-10  # relative change of the loss at which a search ends
LAST_DAYS = 365
ROWS_AT_ONCE = 1_000  # completed shoppers: arrays of them stay near the processor


def fit(
    sessions: Sessions,
    products: Products,
    *,
    relative_price: Array,
    classes: WantClasses,
    is_ordered: list[bool],
    dear: Sequence[Array] | None = None,
    last_days: int = LAST_DAYS,
) -> ChoiceModel:
    """Fit on the searching sessions of the last ``last_days`` days.

    ``relative_price`` is days × products (or products), as multiples of the usual price; ``classes`` tell what those
    want who do not say it; values of ordered attributes are in order; ``dear[a]`` is what each value of attribute a
    adds to the usual price, as a multiple of an average product's (None: nothing). With no session the priors remain:
    the model then says what the field takes for granted and its covariance says how little that is.
    """
    by_day = np.broadcast_to(relative_price, products.is_available.shape)
    data = Observed.of(sessions, products, by_day, classes, is_ordered, last_days=last_days)
    bought_share = float(np.clip((data.bought + 1) / (data.sessions + 20), 1e-4, 0.6))
    dear = tuple(np.zeros(size) for size in data.sizes) if dear is None else tuple(dear)
    appeal_sd = APPEAL_SD if sessions.searched.any() else BLIND_APPEAL_SD
    problem = _Problem(data, of_values(data.features, dear), *_prior(data, is_ordered, bought_share, appeal_sd))
    at = problem.solve(problem.prior_mean, np.diag(problem.prior_sd), tolerance=ROUGHLY)
    curvature = problem.curvature(at)  # hardly another at the end: errors there are the same within some per cent
    for _ in range(SPREAD_ROUNDS if len(data.count) else 0):
        before, problem = problem, problem.with_spread(at, problem.covariance(curvature))
        if np.allclose(problem.prior_sd, before.prior_sd, rtol=SPREAD_TOLERANCE):
            break
        root = np.asarray(np.linalg.cholesky(problem.covariance(curvature)), float)
        at = problem.solve(at, root, tolerance=ROUGHLY)
    scale = np.asarray(np.linalg.cholesky(problem.covariance(curvature)), float)
    at = problem.solve(at, scale, tolerance=EXACTLY)
    attributes = len(data.sizes)
    empty = ChoiceModel(
        buyer_share=0.5,
        bought_share=bought_share,
        constant=0.0,
        price=0.0,
        minded=0.0,
        penalty=np.zeros(attributes),
        imputed_penalty=np.zeros(attributes),
        far=np.zeros(attributes),
        is_ordered=tuple(is_ordered),
        quality=np.zeros(len(data.kept)),
        appeal=tuple(np.zeros(size) for size in data.sizes),
        dear=dear,
        sessions=int(data.sessions),
        log_likelihood=-float(problem.loss(at)[0] - problem.prior_loss(at)[0]),
        covariance=problem.covariance(curvature),
        quality_sd=float(problem.prior_sd[-1]) if len(data.kept) else QUALITY_SD,
    )
    fitted = unstack(empty, at)
    quality = np.zeros(len(products))
    quality[data.kept] = fitted.quality
    return replace(fitted, quality=quality, kept=tuple(int(j) for j in data.kept))


@dataclass(frozen=True)
class _Problem:
    """Log posterior of the parameters of ChoiceModel on observed sessions; ``dear`` of each product."""

    data: Observed
    dear: Array
    prior_mean: Array
    prior_sd: Array

    def prior_loss(self, parameters: Array) -> tuple[float, Array]:
        distance = (parameters - self.prior_mean) / self.prior_sd
        return 0.5 * float(distance @ distance), distance / self.prior_sd

    def with_spread(self, at: Array, covariance: Array) -> _Problem:
        """The same with the spread of qualities that the data speak for (empirical Bayes, MacKay 1992): second moment
        of the posterior, with PRIOR_WEIGHT pseudo-products at QUALITY_SD."""
        first = HEAD + 3 * len(self.data.sizes) + sum(self.data.sizes)
        sd, part = self.prior_sd.copy(), slice(first, None)
        moments = at[part] ** 2 + np.diag(covariance)[part]
        sd[part] = np.sqrt((moments.sum() + PRIOR_WEIGHT * QUALITY_SD**2) / (len(moments) + PRIOR_WEIGHT))
        return replace(self, prior_sd=sd)

    def solve(self, start: Array, scale: Array, *, tolerance: float) -> Array:
        """The parameters of the highest posterior, searched from ``start`` in steps of ``scale``, a square root of
        their covariance as far as it is known."""

        def scaled(step: Array) -> tuple[float, Array]:
            value, slope = self.loss(start + scale @ step)
            return value, slope @ scale

        options = {"maxiter": 200, "ftol": tolerance}
        found = minimize(scaled, np.zeros(len(start)), jac=True, method="L-BFGS-B", options=options)
        return np.asarray(start + scale @ found.x)

    @cached_property
    def _blocks(self) -> list[Observed]:
        return list(self.data.blocks(ROWS_AT_ONCE))

    def _attraction(self, data: Observed, parameters: Array) -> Array:
        """exp(utility) without price, completed shoppers × products."""
        attributes = len(data.sizes)
        penalty = parameters[HEAD : HEAD + attributes]
        imputed, far = np.split(parameters[HEAD + attributes : HEAD + 3 * attributes], 2)
        at = HEAD + 3 * attributes
        end = at + sum(data.sizes)
        base = parameters[1] + parameters[2] * parameters[3] * self.dear + parameters[end:]
        appeal = np.split(parameters[at:end], np.cumsum(data.sizes))[:-1]
        base = base + of_values(data.features, appeal)
        utility = np.repeat(base[None, :], len(data.shoppers), axis=0)
        for a, ranks in enumerate(data.far):
            cost = np.where(data.shoppers.is_stated[:, a], penalty[a], imputed[a])
            utility -= cost[:, None] * data.mismatch[a]
            if ranks is not None:
                utility -= far[a] * ranks
        return np.asarray(np.exp(np.clip(utility, -30, 30)))

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Negative log posterior and its gradient."""
        value, slope = self.prior_loss(parameters)
        for block in self._blocks:
            likelihood, by_parameter = self._log_likelihood(block, parameters)
            value, slope = value - likelihood, slope - by_parameter
        return value, slope

    def _log_likelihood(self, data: Observed, parameters: Array) -> tuple[float, Array]:
        """Of some patterns, and its gradient."""
        buyers = float(expit(parameters[0]))
        attraction = self._attraction(data, parameters)
        offer = data.shelf * np.exp(np.clip(parameters[2] * data.price, -30, 30))
        leaves, takes, by_leaving, by_taking = _over_eagerness(attraction @ offer.T)
        weight = data.shoppers.weight[:, None]
        leaving = np.add.reduceat(weight * leaves, data.first, axis=0)
        nothing = 1 - buyers + buyers * leaving  # pattern × period
        group, row = data.pair
        period, sku = data.period, data.sku
        taken = (weight * takes)[row, period[group]] * attraction[row, sku[group]]
        by_group = np.add.reduceat(taken, data.group_start) if len(group) else np.zeros(0)
        buying = np.maximum(1 - leaving, 1e-12)
        likelihood = float((data.left * np.log(nothing) - data.unseen * np.log(buyers * buying)).sum())
        likelihood += float(data.count @ np.log(buyers * by_group * offer[period, sku]))
        posterior = taken * (data.count / by_group)[group]  # of each completion of a purchase
        odds = data.left / nothing
        own = buyers * (1 - buyers) * (odds * (leaving - 1)).sum() + (1 - buyers) * data.bought
        pull = (odds * buyers + data.unseen / buying)[data.shoppers.pattern] * weight * by_leaving
        pull += by_taking * np.bincount(row * len(offer) + period[group], posterior, pull.size).reshape(pull.shape)
        return likelihood, self._slope(data, parameters, attraction, offer, pull, posterior, own)

    def _slope(
        self,
        data: Observed,
        parameters: Array,
        attraction: Array,
        offer: Array,
        pull: Array,
        posterior: Array,
        buyers: float,
    ) -> Array:
        """Gradient of the log-likelihood. ``pull`` is how it falls as the shelf of a period draws a shopper more,
        ``posterior`` weighs each pair, ``buyers`` is the first entry."""
        (group, row), (rows, products) = data.pair, attraction.shape
        by_utility = -attraction * (pull @ offer)
        cell = row * products + data.sku[group]
        by_utility += np.bincount(cell, posterior, rows * products).reshape(rows, products)
        by_price = -float(((pull.T @ attraction) * offer * data.price).sum())
        by_price += float(data.count @ data.price[data.period, data.sku])
        by_product = by_utility.sum(axis=0)
        stated, imputed, far, appeal = [], [], [], []
        for a, size in enumerate(data.sizes):
            by_row = np.einsum("ij,ij->i", by_utility, data.mismatch[a])
            stated.append(-by_row[data.shoppers.is_stated[:, a]].sum())
            imputed.append(-by_row[~data.shoppers.is_stated[:, a]].sum())
            ranks = data.far[a]
            far.append(0.0 if ranks is None else -float((by_utility * ranks).sum()))
            known = data.features[:, a] != UNSTATED
            appeal.append(np.bincount(data.features[known, a], weights=by_product[known], minlength=size))
        by_dear = float(by_product @ self.dear)
        head = [buyers, by_product.sum(), by_price + parameters[3] * by_dear, parameters[2] * by_dear]
        head += [*stated, *imputed, *far]
        return np.concatenate([head, *appeal, by_product])

    def curvature(self, parameters: Array) -> Array:
        """Second derivatives of the negative log-likelihood, by differences of its gradient.

        A value's appeal, or the constant, moves utilities as the qualities of its products together do.
        """
        size, step, data = len(parameters), 1e-4, self.data
        here = self.loss(parameters)[1]
        first, last = HEAD + 3 * len(data.sizes), size - len(data.kept)
        rows = np.zeros((size, size))
        for k in [0, 2, 3, *range(HEAD, first), *range(last, size)]:
            shift = np.zeros(size)
            shift[k] = step
            rows[k] = (self.loss(parameters + shift)[1] - here) / step
            rows[k, k] -= self.prior_sd[k] ** -2.0
        qualities = rows[last:]
        rows[1] = qualities.sum(axis=0)
        starts = first + np.cumsum([0, *data.sizes])
        for a, value in enumerate(data.features.T):
            known = value != UNSTATED
            np.add.at(rows, starts[a] + value[known], qualities[known])
        return np.asarray((rows + rows.T) / 2)

    def covariance(self, curvature: Array) -> Array:
        """Of the posterior: inverse of ``curvature`` with that of the prior, positive definite."""
        values, vectors = np.linalg.eigh(curvature + np.diag(self.prior_sd**-2.0))
        floor = 1.0 / self.prior_sd.max() ** 2  # never less certain than the vaguest prior
        return np.asarray((vectors / np.maximum(values, floor)) @ vectors.T)


def _prior(data: Observed, is_ordered: list[bool], bought_share: float, appeal_sd: float) -> tuple[Array, Array]:
    attributes = len(data.sizes)
    pairs = [_buyers_prior(bought_share, PRIOR_BUYERS), PRIOR_CONSTANT, PRIOR_PRICE, PRIOR_MINDED]
    pairs += [PRIOR_PENALTY] * attributes + [PRIOR_IMPUTED] * attributes
    pairs += [PRIOR_FAR if ordered else (0.0, 1e-3) for ordered in is_ordered]
    pairs += [(0.0, appeal_sd)] * sum(data.sizes) + [(0.0, QUALITY_SD)] * len(data.kept)
    mean, sd = np.array(pairs, float).T
    return mean, sd


def _buyers_prior(bought_share: float, buyers: tuple[float, float]) -> tuple[float, float]:
    """Of the log odds of a session to be a buying one."""
    return float(logit(min(bought_share * float(np.exp(buyers[0])), 0.95))), buyers[1]


def _over_eagerness(drawn: Array) -> tuple[Array, Array, Array, Array]:
    """Sums over EAGERNESS of 1 / (1 + m·d) and m / (1 + m·d), where m = e^eagerness and ``drawn`` d is the attraction
    of all on offer; and how fast each falls with d, the second relative to itself."""
    leaves, takes, by_leaving, by_taking = (np.zeros_like(drawn) for _ in range(4))
    left, square = np.empty_like(drawn), np.empty_like(drawn)  # large: written over, not made anew
    for point, chance in zip(*EAGERNESS, strict=True):
        more = float(np.exp(point))
        np.multiply(drawn, more, out=left)
        left += 1
        np.divide(chance, left, out=left)
        np.multiply(left, left, out=square)
        leaves += left
        left *= more
        takes += left
        square *= more / chance
        by_leaving += square
        square *= more
        by_taking += square
    by_taking /= takes
    return leaves, takes, by_leaving, by_taking
