"""Fit the choice model to sessions: what was wanted, what was on offer, what was bought or that nothing was.

Maximum a-posteriori with normal priors, so that values seen in few products stay near the
mean; unstated wants are integrated out by simulation; the covariance is the inverse Hessian.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.choice import ChoiceModel, Shoppers, complete, differs, far_apart, unstack
from models.history import UNSTATED, Products, Sessions

Array = NDArray[np.float64]
# normal priors, (mean, standard deviation)
PRIOR_BUYERS = (0.7, 0.4)  # ln(buying sessions / sessions that bought)
PRIOR_CONSTANT = (-1.0, 2.0)
PRIOR_PRICE = (-3.0, 1.0)
PRIOR_PENALTY = (1.5, 1.0)
PRIOR_IMPUTED = (0.7, 0.7)
PRIOR_FAR = (0.3, 0.3)
PRIOR_APPEAL_SD = 0.2
QUALITY_SD = 0.4
COMPLETIONS = 8
MAX_PATTERNS = 500
MAX_PRODUCTS = 80  # of a category, by sessions that bought them


def fit(
    sessions: Sessions,
    products: Products,
    *,
    relative_price: Array,
    value_counts: list[int],
    is_ordered: list[bool],
    last_days: int = 180,
) -> ChoiceModel:
    """Fit on the searching sessions of the last ``last_days`` days; values of ordered attributes are in order.

    With no session the priors remain: the model then says what the field takes for granted and
    its covariance says how little that is.
    """
    problem = _Problem.of(sessions, products, relative_price, value_counts, is_ordered, last_days=last_days)
    result = minimize(problem.loss, problem.prior_mean, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    attributes = len(value_counts)
    empty = ChoiceModel(
        buyer_share=0.5,
        constant=0.0,
        price=0.0,
        penalty=np.zeros(attributes),
        imputed_penalty=np.zeros(attributes),
        far=np.zeros(attributes),
        is_ordered=tuple(is_ordered),
        quality=np.zeros(len(problem.kept)),
        appeal=tuple(np.zeros(size) for size in value_counts),
        sessions=int(problem.counts.sum()),
        log_likelihood=-float(problem.loss(result.x)[0] - problem.prior_loss(result.x)[0]),
        covariance=np.linalg.inv(problem.hessian(result.x)).astype(float),
    )
    fitted = unstack(empty, result.x)
    quality = np.zeros(len(products))
    quality[problem.kept] = fitted.quality
    return replace(fitted, quality=quality, kept=tuple(int(j) for j in problem.kept))


def intent_counts(wants: NDArray[np.int16], value_counts: list[int]) -> list[Array]:
    """How often each value is stated, per attribute."""
    return [
        np.bincount(wants[wants[:, a] != UNSTATED, a], minlength=size).astype(float)
        for a, size in enumerate(value_counts)
    ]


@dataclass(frozen=True)
class _Problem:
    """Sessions as counts of (want pattern, shelf, product bought); a shelf is a set of products on offer.

    ``design`` has one row per completed shopper and product, COMPLETIONS shoppers for each
    pattern. ``sku`` is -1 where nothing was bought.
    """

    design: Array  # shoppers × products × parameters between the first and the qualities
    kept: NDArray[np.int64]  # products of the category that take part
    shelves: Array  # shelves × products, 1 where on offer
    pattern: NDArray[np.int64]
    shelf: NDArray[np.int64]
    sku: NDArray[np.int64]
    counts: Array
    prior_mean: Array
    prior_sd: Array

    @classmethod
    def of(
        cls,
        sessions: Sessions,
        products: Products,
        relative_price: Array,
        value_counts: list[int],
        is_ordered: list[bool],
        *,
        last_days: int,
    ) -> _Problem:
        days = len(products.is_available)
        used = sessions.select(sessions.searched & (sessions.day >= days - last_days))
        sold = np.bincount(used.sku[used.sku >= 0], minlength=len(products))
        kept = np.sort(np.argsort(-sold, kind="stable")[:MAX_PRODUCTS])
        number = np.full(len(products) + 1, -2)  # last: index -1, nothing bought
        number[kept], number[-1] = np.arange(len(kept)), -1
        used = replace(used, sku=number[used.sku].astype(np.int32))
        used = used.select(used.sku >= -1)
        bought = used.sku >= 0
        on_offer = products.is_available[np.ix_(used.day, kept)]
        on_offer[np.nonzero(bought)[0], used.sku[bought]] = True  # what was bought was there
        shelves, shelf = _unique_rows(on_offer)
        patterns, pattern = _unique_rows(used.wants)
        frequent = np.argsort(-np.bincount(pattern, minlength=len(patterns)), kind="stable")[:MAX_PATTERNS]
        position = np.full(len(patterns), -1)
        position[frequent] = np.arange(len(frequent))
        keep = position[pattern] >= 0
        groups, group = _unique_rows(np.column_stack([position[pattern], shelf, used.sku])[keep])
        shoppers = complete(
            patterns[frequent].astype(np.int16), intent_counts(used.wants, value_counts), size=COMPLETIONS
        )
        converted = float(np.clip((bought.sum() + 1) / (len(used) + 20), 1e-4, 0.6))
        mean, sd = _prior(value_counts, is_ordered, converted, products=len(kept))
        return cls(
            design=_design(shoppers, products.features[kept], relative_price[kept], value_counts, is_ordered),
            kept=kept,
            shelves=shelves.astype(float),
            pattern=groups[:, 0],
            shelf=groups[:, 1],
            sku=groups[:, 2],
            counts=np.bincount(group, minlength=len(groups)).astype(float),
            prior_mean=mean,
            prior_sd=sd,
        )

    def prior_loss(self, parameters: Array) -> tuple[float, Array]:
        distance = (parameters - self.prior_mean) / self.prior_sd
        return 0.5 * float(distance @ distance), distance / self.prior_sd

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Negative log posterior and its gradient."""
        prior, gradient = self.prior_loss(parameters)
        if not len(self.counts):
            return prior, gradient
        buyers = float(expit(parameters[0]))
        middle = 1 + self.design.shape[2]
        utility = self.design @ parameters[1:middle] + parameters[middle:][None, :]
        attraction = np.exp(np.clip(utility, -30, 30))
        denominator = 1 + attraction @ self.shelves.T  # shopper × shelf
        row = self.pattern[:, None] * COMPLETIONS + np.arange(COMPLETIONS)[None, :]  # group × completion
        below = denominator[row, self.shelf[:, None]]
        is_bought = (self.sku >= 0)[:, None]
        taken = attraction[row, np.maximum(self.sku, 0)[:, None]]
        chance = np.where(is_bought, buyers * taken / below, (1 - buyers) + buyers / below)
        mean = chance.mean(axis=1)
        weight = self.counts[:, None] * chance / (COMPLETIONS * mean[:, None])  # posterior of each completion
        pull = np.where(is_bought, weight, weight * buyers / (below * chance)) / below
        by_utility = self._utility_slope(attraction, row, weight, pull)
        slope = np.einsum("sp,spk->k", by_utility, self.design)
        slope_buyers = np.where(
            is_bought, weight * (1 - buyers), weight * buyers * (1 - buyers) * (1 / below - 1) / chance
        ).sum()
        likelihood = float(self.counts @ np.log(mean))
        return prior - likelihood, gradient - np.concatenate([[slope_buyers], slope, by_utility.sum(axis=0)])

    def _utility_slope(self, attraction: Array, row: NDArray[np.int64], weight: Array, pull: Array) -> Array:
        """Slope of the log-likelihood by utility, shoppers × products; ``pull`` is on the denominators."""
        shelves = len(self.shelves)
        cell = (row * shelves + self.shelf[:, None]).ravel()
        by_shelf = np.bincount(cell, weights=pull.ravel(), minlength=len(attraction) * shelves)
        slope = -attraction * (by_shelf.reshape(len(attraction), shelves) @ self.shelves)
        bought = self.sku >= 0
        products = attraction.shape[1]
        chosen = (row[bought] * products + self.sku[bought, None]).ravel()
        slope += np.bincount(chosen, weights=weight[bought].ravel(), minlength=slope.size).reshape(slope.shape)
        return np.asarray(slope)

    def hessian(self, parameters: Array) -> Array:
        """Curvature of the loss, by central differences of its gradient; positive definite."""
        size, step = len(parameters), 1e-4
        rows = np.empty((size, size))
        for k in range(size):
            shift = np.zeros(size)
            shift[k] = step
            rows[k] = (self.loss(parameters + shift)[1] - self.loss(parameters - shift)[1]) / (2 * step)
        values, vectors = np.linalg.eigh((rows + rows.T) / 2)
        floor = 1.0 / self.prior_sd.max() ** 2  # never less certain than the vaguest prior
        return np.asarray((vectors * np.maximum(values, floor)) @ vectors.T)


def _design(
    shoppers: Shoppers,
    features: NDArray[np.int16],
    relative_price: Array,
    value_counts: list[int],
    is_ordered: list[bool],
) -> Array:
    attributes = len(value_counts)
    offsets = 2 + 3 * attributes + np.concatenate([[0], np.cumsum(value_counts)]).astype(int)
    design = np.zeros((len(shoppers.wants), len(features), int(offsets[-1])))
    design[:, :, 0] = 1.0
    design[:, :, 1] = np.log(relative_price)
    for a in range(attributes):
        mismatch = differs(shoppers.wants, features, a)
        design[:, :, 2 + a] = np.where(shoppers.is_stated[:, a, None], -1.0 * mismatch, 0.0)
        design[:, :, 2 + attributes + a] = np.where(shoppers.is_stated[:, a, None], 0.0, -1.0 * mismatch)
        if is_ordered[a]:
            design[:, :, 2 + 2 * attributes + a] = -far_apart(shoppers.wants, features, a)
        for j, value in enumerate(features[:, a]):
            if value != UNSTATED:
                design[:, j, offsets[a] + value] = 1.0
    return design


def _prior(value_counts: list[int], is_ordered: list[bool], converted: float, *, products: int) -> tuple[Array, Array]:
    attributes, values = len(value_counts), int(sum(value_counts))
    buyers = min(converted * float(np.exp(PRIOR_BUYERS[0])), 0.95)
    pairs = [(logit(buyers), PRIOR_BUYERS[1]), PRIOR_CONSTANT, PRIOR_PRICE]
    pairs += [PRIOR_PENALTY] * attributes + [PRIOR_IMPUTED] * attributes
    pairs += [PRIOR_FAR if ordered else (0.0, 1e-3) for ordered in is_ordered]
    pairs += [(0.0, PRIOR_APPEAL_SD)] * values + [(0.0, QUALITY_SD)] * products
    mean, sd = np.array(pairs, float).T
    return mean, sd


def _unique_rows(rows: NDArray[np.generic]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct rows in a fixed order, and the row each one maps to."""
    if not len(rows):
        return rows.astype(np.int64), np.zeros(0, np.int64)
    unique, inverse = np.unique(rows.astype(np.int64), axis=0, return_inverse=True)
    return unique, inverse.reshape(-1)
