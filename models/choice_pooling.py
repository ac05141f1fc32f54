"""What one category's sessions tell faintly, the categories of a shop tell together.

How many sessions only look, and how strongly demand answers to prices: partial pooling (Gelman & Hill 2007, ch. 12)
of choice models that were fitted each on its own. What a category's data say is told apart from the prior it was
fitted under; under the prior learnt from all of them everything else moves along the ridge of the normal posterior, so
nothing is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logit

from models.choice import ChoiceModel, unstack
from models.choice_fit import PRIOR_BUYERS, PRIOR_PRICE

BUYERS, PRICE = 0, 2  # places among the parameters
FORM_SD = 0.2  # of ln(buying / bought): error of the form of the model, about the root mean square on simulated markets
BETWEEN_SD, BETWEEN_WEIGHT = 0.15, 3  # of the same between categories, and categories it counts for
PRICE_BETWEEN_SD = 0.5  # of the response to price between the categories of a shop
POOLING_ROUNDS = 50
Normal = tuple[float, float]  # mean, standard deviation


@dataclass(frozen=True)
class Shared:
    """Priors for a category of a shop: of ln(buying sessions / sessions that bought) and of the response to price."""

    buyers: Normal
    price: Normal


def shared(models: Sequence[ChoiceModel]) -> Shared:
    """What ``models``, one per category of a shop, say together."""
    return Shared(_pooled_buyers(models), _pooled_price(models))


def with_shared(model: ChoiceModel, prior: Shared) -> ChoiceModel:
    """``model`` under ``prior`` in place of the priors it was fitted under."""
    return _with_price(_with_buyers(model, prior.buyers), prior.price)


def _pooled_buyers(models: Sequence[ChoiceModel]) -> Normal:
    """By expectation maximisation, the spread between categories held near BETWEEN_SD by BETWEEN_WEIGHT
    pseudo-categories."""
    if not models:
        return PRIOR_BUYERS
    mean, sd = PRIOR_BUYERS
    alone, error = np.array([_told_of_buyers(model) for model in models]).T
    told = 1 / error**2
    between, centre = BETWEEN_SD**2, mean
    for _ in range(POOLING_ROUNDS):
        weight = 1 / (1 / told + between)
        certainty = weight.sum() + 1 / sd**2
        centre = float((weight @ alone + mean / sd**2) / certainty)
        left = 1 / (told + 1 / between)
        own = left * (told * alone + centre / between)
        total = ((own - centre) ** 2 + left).sum() + len(models) / certainty + BETWEEN_WEIGHT * BETWEEN_SD**2
        between = float(total / (len(models) + BETWEEN_WEIGHT))
    return centre, float(np.sqrt(between + 1 / certainty))


def _pooled_price(models: Sequence[ChoiceModel]) -> Normal:
    """The spread between categories is given: a handful of categories does not tell it."""
    if not models:
        return PRIOR_PRICE
    mean, sd = PRIOR_PRICE
    alone, error = np.array([_told_of_price(model) for model in models]).T
    weight = 1 / (error**2 + PRICE_BETWEEN_SD**2)
    certainty = weight.sum() + 1 / sd**2
    return float((weight @ alone + mean / sd**2) / certainty), float(np.hypot(PRICE_BETWEEN_SD, certainty**-0.5))


def _with_buyers(model: ChoiceModel, buyers: Normal) -> ChoiceModel:
    """What the data say of ln(buying / bought), less sure by FORM_SD, times the prior ``buyers``."""
    ratio, variance = _product(_told_of_buyers(model), buyers)
    share = min(model.bought_share * float(np.exp(ratio)), 0.95)
    return _moved(model, BUYERS, float(logit(share)), variance / (1 - share) ** 2)


def _with_price(model: ChoiceModel, price: Normal) -> ChoiceModel:
    return _moved(model, PRICE, *_product(_told_of_price(model), price))


def _told_of_buyers(model: ChoiceModel) -> Normal:
    """ln(buying sessions / sessions that bought) by the data alone, without PRIOR_BUYERS, and its standard error."""
    variance = float(model.covariance[BUYERS, BUYERS]) * (1 - model.buyer_share) ** 2
    ratio = float(np.log(model.buyer_share / model.bought_share))
    told, error = _without(PRIOR_BUYERS, ratio, variance)
    return told, float(np.hypot(error, FORM_SD))


def _told_of_price(model: ChoiceModel) -> Normal:
    """The response to price by the data alone, without PRIOR_PRICE, and its standard error."""
    return _without(PRIOR_PRICE, model.price, float(model.covariance[PRICE, PRICE]))


def _without(prior: Normal, at: float, variance: float) -> Normal:
    """What is left of a normal posterior without its prior."""
    mean, sd = prior
    precision = max(1 / variance - 1 / sd**2, 1e-3 / sd**2)
    return (at / variance - mean / sd**2) / precision, precision**-0.5


def _product(told: Normal, prior: Normal) -> tuple[float, float]:
    """Mean and variance of the product of two normal densities."""
    (at, error), (mean, sd) = told, prior
    variance = 1 / (1 / error**2 + 1 / sd**2)
    return variance * (at / error**2 + mean / sd**2), variance


def _moved(model: ChoiceModel, place: int, value: float, variance: float) -> ChoiceModel:
    """``model`` with the parameter at ``place`` at ``value`` with ``variance``, and what goes with it."""
    own = float(model.covariance[place, place])
    ridge = model.covariance[:, place] / own
    at = model.parameters + ridge * (value - model.parameters[place])
    return replace(unstack(model, at), covariance=model.covariance + (variance - own) * np.outer(ridge, ridge))
