"""What each feature adds to a price: hedonic regression (Rosen 1974) with a prior.

ln price = mean + Σ_a premium[a, value] + error, weighted by units sold, fitted with
statsmodels after adding one pseudo-observation per premium (normal prior around 0,
Theil & Goldberger 1961 mixed estimation), so few products cannot give wild premiums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from models.history import UNSTATED

PRIOR_SD = 0.20
ERROR_SD = 0.12


@dataclass(frozen=True)
class HedonicPrices:
    """Log-price premiums by attribute and value, with standard errors; ``products`` counts what they rest on."""

    log_mean: float
    premium: tuple[NDArray[np.float64], ...]
    premium_se: tuple[NDArray[np.float64], ...]
    products: tuple[NDArray[np.int64], ...]

    def price(self, features: NDArray[np.int16]) -> NDArray[np.float64]:
        """Price the market pays for configurations (rows of value indexes)."""
        logarithm = np.full(len(features), self.log_mean)
        for a, premium in enumerate(self.premium):
            value = features[:, a]
            logarithm += np.where(value == UNSTATED, 0.0, premium[np.maximum(value, 0)])
        return np.asarray(np.exp(logarithm))


def fit(
    features: NDArray[np.int16],
    price: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    value_counts: list[int],
) -> HedonicPrices:
    """Fit on products with a positive price. ``weights`` are relative, for example units sold + 1.

    Raises ValueError where no product has a price.
    """
    usable = price > 0
    if not usable.any():
        raise ValueError("no product has a price above 0")
    features, logarithm = features[usable], np.log(price[usable])
    weights = weights[usable] / weights[usable].mean()
    size = int(sum(value_counts))
    offsets = np.concatenate([[0], np.cumsum(value_counts)]).astype(int)
    design = np.zeros((len(features), 1 + size))
    design[:, 0] = 1.0
    for a in range(len(value_counts)):
        known = features[:, a] != UNSTATED
        design[np.nonzero(known)[0], 1 + offsets[a] + features[known, a]] = 1.0
    prior_rows = np.column_stack([np.zeros(size), np.eye(size)])
    result = sm.WLS(
        np.concatenate([logarithm, np.zeros(size)]),
        np.vstack([design, prior_rows]),
        weights=np.concatenate([weights / ERROR_SD**2, np.full(size, 1 / PRIOR_SD**2)]),
    ).fit()
    errors = np.sqrt(np.diag(result.normalized_cov_params))  # the weights are precisions already
    split = lambda values: tuple(np.split(values[1:], offsets[1:-1])) if size else ()  # noqa: E731
    return HedonicPrices(
        log_mean=float(result.params[0]),
        premium=split(np.asarray(result.params)),
        premium_se=split(errors),
        products=split(design.sum(axis=0).astype(np.int64)),
    )
