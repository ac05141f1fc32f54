"""Fit the choice model to sessions: what was wanted, what was on offer, what was bought or that nothing was.

Maximum a-posteriori with normal priors, so that values seen in few products stay near the
mean; unstated wants are summed over; the covariance is the inverse Hessian. What was on offer and
at what price is taken by week: the share of its days in stock, and the mean price on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from models.choice import MAX_COMPLETIONS, ChoiceModel, Shoppers, complete, differs, far_apart, unstack
from models.history import UNSTATED, Products, Sessions

Array = NDArray[np.float64]
# normal priors, (mean, standard deviation)
PRIOR_BUYERS = (0.7, 0.4)  # ln(buying sessions / sessions that bought)
PRIOR_CONSTANT = (-1.0, 2.0)
PRIOR_PRICE = (-3.0, 1.5)
PRIOR_PENALTY = (1.5, 1.0)
PRIOR_IMPUTED = (0.7, 0.7)
PRIOR_FAR = (0.3, 0.3)
PRIOR_APPEAL_SD = 0.2
QUALITY_SD = 0.4
PRIOR_WEIGHT = 5
PRIOR_ROUNDS = 2
LAST_DAYS = 365
BLOCK_DAYS = 7
MAX_PATTERNS = 2000
MAX_ROWS = 10_000  # completed shoppers
MAX_PRODUCTS = 80  # of a category, by sessions that bought them


def fit(
    sessions: Sessions,
    products: Products,
    *,
    relative_price: Array,
    silent: list[Array],
    is_ordered: list[bool],
    last_days: int = LAST_DAYS,
) -> ChoiceModel:
    """Fit on the searching sessions of the last ``last_days`` days.

    ``relative_price`` is days × products (or products), as multiples of the usual price; ``silent[a]`` the shares of
    what those want who do not state attribute a; values of ordered attributes are in order. With no session the priors
    remain: the model then says what the field takes for granted and its covariance says how little that is.
    """
    sizes = [len(shares) for shares in silent]
    by_day = np.broadcast_to(relative_price, products.is_available.shape)
    problem = _Problem.of(sessions, products, by_day, silent, is_ordered, last_days=last_days)
    at = problem.solve(problem.prior_mean)
    covariance: Array = np.linalg.inv(problem.hessian(at)).astype(float)
    for _ in range(PRIOR_ROUNDS if len(problem.count) else 0):
        problem = problem.with_spread(at, covariance)
        at = problem.solve(at)
        covariance = np.linalg.inv(problem.hessian(at)).astype(float)
    attributes = len(silent)
    empty = ChoiceModel(
        buyer_share=0.5,
        constant=0.0,
        price=0.0,
        penalty=np.zeros(attributes),
        imputed_penalty=np.zeros(attributes),
        far=np.zeros(attributes),
        is_ordered=tuple(is_ordered),
        quality=np.zeros(len(problem.kept)),
        appeal=tuple(np.zeros(size) for size in sizes),
        sessions=int(problem.left.sum() + problem.count.sum()),
        log_likelihood=-float(problem.loss(at)[0] - problem.prior_loss(at)[0]),
        covariance=covariance,
        quality_sd=float(problem.prior_sd[-1]) if len(problem.kept) else QUALITY_SD,
    )
    fitted = unstack(empty, at)
    quality = np.zeros(len(products))
    quality[problem.kept] = fitted.quality
    return replace(fitted, quality=quality, kept=tuple(int(j) for j in problem.kept))


@dataclass(frozen=True)
class _Problem:
    """Sessions as counts: ``left[p, t]`` of pattern p in week t bought nothing, ``count[i]`` bought product
    ``sku[i]`` with pattern ``pattern[i]`` in week ``week[i]``.

    ``mismatch[a]`` and ``far[a]`` are completed shoppers × products. ``pair`` lists every (purchase group,
    completed shopper) in group order, ``group_start`` where each group begins.
    """

    shoppers: Shoppers
    mismatch: list[NDArray[np.bool_]]
    far: list[Array | None]
    features: NDArray[np.int16]
    sizes: list[int]
    kept: NDArray[np.int64]  # products of the category that take part
    shelf: Array  # weeks × products, share of days in stock
    price: Array  # weeks × products, over the usual price, less 1
    left: Array
    pattern: NDArray[np.int64]
    week: NDArray[np.int64]
    sku: NDArray[np.int64]
    count: Array
    first: NDArray[np.int64]
    pair: tuple[NDArray[np.int64], NDArray[np.int64]]
    group_start: NDArray[np.int64]
    prior_mean: Array
    prior_sd: Array

    @classmethod
    def of(
        cls,
        sessions: Sessions,
        products: Products,
        relative_price: Array,
        silent: list[Array],
        is_ordered: list[bool],
        *,
        last_days: int,
    ) -> _Problem:
        days = len(products.is_available)
        used = sessions.select(sessions.searched & (sessions.day >= days - last_days))
        used, kept = _most_bought(used, len(products))
        patterns, pattern = _frequent_rows(used.wants)
        used, pattern = used.select(pattern >= 0), pattern[pattern >= 0]
        shelf, price, week = _weeks(used, products.is_available[:, kept], relative_price[:, kept], last_days)
        shoppers = _completed(patterns, silent)
        first = np.searchsorted(shoppers.pattern, np.arange(len(patterns)))
        bought = used.sku >= 0
        left = np.zeros((len(patterns), len(shelf)))
        np.add.at(left, (pattern[~bought], week[~bought]), 1.0)
        groups, count = np.unique(
            np.column_stack([pattern, week, used.sku])[bought].astype(np.int64), axis=0, return_counts=True
        )
        repeats = np.diff(np.append(first, len(shoppers)))[groups[:, 0]]
        start = np.concatenate([[0], np.cumsum(repeats)])[:-1].astype(np.int64)
        group = np.repeat(np.arange(len(groups)), repeats)
        row = np.arange(len(group)) - start[group] + first[groups[group, 0]]
        features = products.features[kept]
        converted = float(np.clip((bought.sum() + 1) / (len(used) + 20), 1e-4, 0.6))
        sizes = [len(shares) for shares in silent]
        mean, sd = _prior(sizes, is_ordered, converted, products=len(kept))
        return cls(
            shoppers=shoppers,
            mismatch=[differs(shoppers.wants, features, a) for a in range(len(sizes))],
            far=[far_apart(shoppers.wants, features, a) if is_ordered[a] else None for a in range(len(sizes))],
            features=features,
            sizes=sizes,
            kept=kept,
            shelf=shelf,
            price=price,
            left=left,
            pattern=groups[:, 0],
            week=groups[:, 1],
            sku=groups[:, 2],
            count=count.astype(float),
            first=first,
            pair=(group, row),
            group_start=start,
            prior_mean=mean,
            prior_sd=sd,
        )

    def prior_loss(self, parameters: Array) -> tuple[float, Array]:
        distance = (parameters - self.prior_mean) / self.prior_sd
        return 0.5 * float(distance @ distance), distance / self.prior_sd

    def with_spread(self, at: Array, covariance: Array) -> _Problem:
        """The same with the spread of appeals and of qualities that the data speak for (empirical Bayes, MacKay 1992):
        second moment of the posterior, with PRIOR_WEIGHT pseudo-values at the spread assumed before."""
        sd, start = self.prior_sd.copy(), 3 + 3 * len(self.sizes)
        end = start + sum(self.sizes)
        for part, assumed in ((slice(start, end), PRIOR_APPEAL_SD), (slice(end, None), QUALITY_SD)):
            moments = at[part] ** 2 + np.diag(covariance)[part]
            total = moments.sum() + PRIOR_WEIGHT * assumed**2
            sd[part] = np.sqrt(total / (len(moments) + PRIOR_WEIGHT))
        return replace(self, prior_sd=sd)

    def solve(self, start: Array) -> Array:
        """The parameters of the highest posterior, searched from ``start`` in prior standard deviations."""

        def scaled(step: Array) -> tuple[float, Array]:
            value, slope = self.loss(self.prior_mean + self.prior_sd * step)
            return value, slope * self.prior_sd

        first = (start - self.prior_mean) / self.prior_sd
        found = minimize(scaled, first, jac=True, method="L-BFGS-B", options={"maxiter": 200, "ftol": 1e-10})
        return np.asarray(self.prior_mean + self.prior_sd * found.x)

    def _attraction(self, parameters: Array) -> Array:
        """exp(utility) without price, completed shoppers × products."""
        attributes = len(self.sizes)
        penalty = parameters[3 : 3 + attributes]
        imputed, far = parameters[3 + attributes : 3 + 2 * attributes], parameters[3 + 2 * attributes :]
        at = 3 + 3 * attributes
        base = parameters[1] + parameters[at + sum(self.sizes) :]
        for a, size in enumerate(self.sizes):
            appeal, value = parameters[at : at + size], self.features[:, a]
            base = base + np.where(value == UNSTATED, 0.0, appeal[np.maximum(value, 0)])
            at += size
        utility = np.repeat(base[None, :], len(self.shoppers), axis=0)
        for a, ranks in enumerate(self.far):
            cost = np.where(self.shoppers.is_stated[:, a], penalty[a], imputed[a])
            utility -= cost[:, None] * self.mismatch[a]
            if ranks is not None:
                utility -= far[a] * ranks
        return np.asarray(np.exp(np.clip(utility, -30, 30)))

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Negative log posterior and its gradient."""
        prior, slope = self.prior_loss(parameters)
        if not len(self.left):
            return prior, slope
        buyers = float(expit(parameters[0]))
        attraction = self._attraction(parameters)
        offer = self.shelf * np.exp(np.clip(parameters[2] * self.price, -30, 30))
        leaves = self.shoppers.weight[:, None] / (1 + attraction @ offer.T)  # completed shopper × week
        leaving = np.add.reduceat(leaves, self.first, axis=0)
        nothing = 1 - buyers + buyers * leaving  # pattern × week
        group, row = self.pair
        taken = leaves[row, self.week[group]] * attraction[row, self.sku[group]]
        by_group = np.add.reduceat(taken, self.group_start) if len(group) else np.zeros(0)
        likelihood = float((self.left * np.log(nothing)).sum())
        likelihood += float(self.count @ np.log(buyers * by_group * offer[self.week, self.sku]))
        posterior = taken * (self.count / by_group)[group]  # of each completion of a purchase
        odds = self.left / nothing
        own = buyers * (1 - buyers) * (odds * (leaving - 1)).sum() + (1 - buyers) * self.count.sum()
        return prior - likelihood, slope - self._slope(attraction, offer, leaves, odds * buyers, posterior, own)

    def _slope(
        self, attraction: Array, offer: Array, leaves: Array, odds: Array, posterior: Array, buyers: float
    ) -> Array:
        """Gradient of the log-likelihood. ``odds`` weighs who left by pattern and week, ``posterior`` each pair."""
        (group, row), (rows, products), weeks = self.pair, attraction.shape, len(offer)
        pull = odds[self.shoppers.pattern] * leaves
        pull += np.bincount(row * weeks + self.week[group], posterior, rows * weeks).reshape(rows, weeks)
        pull *= leaves / self.shoppers.weight[:, None]  # by the denominators
        by_utility = -attraction * (pull @ offer)
        by_utility += np.bincount(row * products + self.sku[group], posterior, rows * products).reshape(rows, products)
        by_price = -float(((pull.T @ attraction) * offer * self.price).sum())
        by_price += float(self.count @ self.price[self.week, self.sku])
        by_product = by_utility.sum(axis=0)
        stated, imputed, far, appeal = [], [], [], []
        for a, size in enumerate(self.sizes):
            by_row = np.einsum("ij,ij->i", by_utility, self.mismatch[a].astype(float))
            stated.append(-by_row[self.shoppers.is_stated[:, a]].sum())
            imputed.append(-by_row[~self.shoppers.is_stated[:, a]].sum())
            ranks = self.far[a]
            far.append(0.0 if ranks is None else -float((by_utility * ranks).sum()))
            known = self.features[:, a] != UNSTATED
            appeal.append(np.bincount(self.features[known, a], weights=by_product[known], minlength=size))
        head = [buyers, by_product.sum(), by_price, *stated, *imputed, *far]
        return np.concatenate([head, *appeal, by_product])

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


def _most_bought(used: Sessions, products: int) -> tuple[Sessions, NDArray[np.int64]]:
    """Sessions that bought one of the most bought products or nothing, ``sku`` renumbered; those products."""
    sold = np.bincount(used.sku[used.sku >= 0], minlength=products)
    kept = np.sort(np.argsort(-sold, kind="stable")[:MAX_PRODUCTS])
    number = np.full(products + 1, -2)  # last: index -1, nothing bought
    number[kept], number[-1] = np.arange(len(kept)), -1
    used = replace(used, sku=number[used.sku].astype(np.int32))
    return used.select(used.sku >= -1), kept


def _frequent_rows(wants: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """The most frequent distinct rows, and the number of each row among them, -1 where it is rare."""
    if not len(wants):
        return wants, np.zeros(0, np.int64)
    patterns, pattern = np.unique(wants, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    frequent = np.sort(np.argsort(-np.bincount(pattern), kind="stable")[:MAX_PATTERNS])
    position = np.full(len(patterns), -1)
    position[frequent] = np.arange(len(frequent))
    return patterns[frequent], position[pattern]


def _completed(patterns: NDArray[np.int16], silent: list[Array]) -> Shoppers:
    """All completions, fewer per pattern where there would be more than MAX_ROWS."""
    most = MAX_COMPLETIONS
    shoppers = complete(patterns, silent, most=most)
    while len(shoppers) > MAX_ROWS and most > MAX_COMPLETIONS // 32:
        most //= 2
        shoppers = complete(patterns, silent, most=most)
    return shoppers


def _weeks(
    used: Sessions, is_available: NDArray[np.bool_], relative_price: Array, last_days: int
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Per week: share of days in stock, mean relative price on them less 1; and the week of each session."""
    days = len(is_available)
    first = max(days - last_days, 0)
    on_offer = is_available[first:].astype(float)
    bought = used.sku >= 0
    on_offer[used.day[bought] - first, used.sku[bought]] = 1.0  # what was bought was there
    week_of = (days - 1 - np.arange(first, days)) // BLOCK_DAYS  # 0 is the last week
    weeks = int(week_of.max(initial=0)) + 1
    total = np.zeros((weeks, on_offer.shape[1]))
    weighted = np.zeros_like(total)
    np.add.at(total, week_of, on_offer)
    np.add.at(weighted, week_of, on_offer * (relative_price[first:] - 1))
    length = np.bincount(week_of, minlength=weeks)[:, None]
    price = np.divide(weighted, total, out=np.zeros_like(total), where=total > 0)
    return total / length, price, (days - 1 - used.day.astype(np.int64)) // BLOCK_DAYS


def _prior(sizes: list[int], is_ordered: list[bool], converted: float, *, products: int) -> tuple[Array, Array]:
    attributes = len(sizes)
    buyers = min(converted * float(np.exp(PRIOR_BUYERS[0])), 0.95)
    pairs = [(logit(buyers), PRIOR_BUYERS[1]), PRIOR_CONSTANT, PRIOR_PRICE]
    pairs += [PRIOR_PENALTY] * attributes + [PRIOR_IMPUTED] * attributes
    pairs += [PRIOR_FAR if ordered else (0.0, 1e-3) for ordered in is_ordered]
    pairs += [(0.0, PRIOR_APPEAL_SD)] * sum(sizes) + [(0.0, QUALITY_SD)] * products
    mean, sd = np.array(pairs, float).T
    return mean, sd
