"""Why a wanted feature is not bought; decided in a fixed order before anything is called unmet.

The intents of a feature fall in classes by how they were served (service). A class lacks as many
buyers as would have come with adequate supply, less those who bought the feature. Wording first
(it exists, the shop search did not show it), then stock-out, then price, then not made. What is
missing because of another wanted feature is no lack of this one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.latent import Z_80
from models.service import CLASSES, COMBINATION, NO_PRODUCT, OTHER_FEATURE, SERVED, STOCK_OUT, WORDING

PRICE_PREMIUM_PCT = 10.0
UNMET_PART = 0.5  # of the lack that must be not made, to be called so
UNMET_INTENTS = 1 / 3  # of the intents that no product could serve: every common feature misses some combinations


@dataclass(frozen=True)
class Evidence:
    """What is known of one feature in the gap window.

    ``intents`` and ``bought`` have one entry per class of service: intents, and those of them that
    bought the feature. ``usual_wording`` is the share of shown-or-not intents that is not shown for
    the usual value of the category. ``premium_pct`` (with lower end) is what it costs more.
    """

    gap_units_p10: float
    intents: NDArray[np.float64]
    bought: NDArray[np.float64]
    adequate: float
    adequate_se: float
    usual_wording: float
    premium_pct: float
    premium_pct_p10: float
    products: int


@dataclass(frozen=True)
class Finding:
    """``cause`` is none, not_made, wording, stock_out or price.

    ``detail`` says which kind: no_product, other_combinations, search_misses_it, out_of_stock,
    dearer; with none: other_features (what is missing is another wanted feature), few_combinations (most
    who ask for it are served), within_error.
    """

    cause: str
    detail: str


NONE = Finding("none", "within_error")


def cause(evidence: Evidence) -> Finding:
    """The first cause, in the fixed order, that explains most of what is surely missing."""
    if evidence.gap_units_p10 <= 0:
        return NONE
    if not evidence.intents.sum():
        # nobody asked in words: a gap can only come from days without stock
        return Finding("stock_out", "out_of_stock") if evidence.products else NONE
    lack = lacking(evidence)
    own = sum(lack.values())
    if own - Z_80 * _error(evidence) <= 0:
        other = evidence.intents[OTHER_FEATURE] * evidence.adequate - evidence.bought[OTHER_FEATURE]
        return Finding("none", "other_features") if other > max(own, 0.0) else NONE
    unmade = evidence.intents[NO_PRODUCT] + evidence.intents[COMBINATION]
    is_unmet = lack["no_product"] + lack["other_combinations"] >= UNMET_PART * own
    if is_unmet and unmade < UNMET_INTENTS * evidence.intents.sum():
        return Finding("none", "few_combinations")
    if is_unmet:
        detail = "no_product" if lack["no_product"] >= lack["other_combinations"] else "other_combinations"
        return Finding("not_made", detail)
    largest = max(lack["search_misses_it"], lack["out_of_stock"], lack["dearer"])
    for name, found in (("search_misses_it", "wording"), ("out_of_stock", "stock_out"), ("dearer", "price")):
        if lack[name] >= largest:
            return Finding(found, name)
    return NONE


def lacking(evidence: Evidence) -> dict[str, float]:
    """Missing buyers by detail of the cause, none below zero."""
    expected = evidence.intents * evidence.adequate
    missing = np.maximum(expected - evidence.bought, 0.0)
    seen = evidence.intents[SERVED] + evidence.intents[WORDING]
    usual = min(evidence.usual_wording * seen, evidence.intents[WORDING])
    excess = 1 - usual / evidence.intents[WORDING] if evidence.intents[WORDING] else 0.0
    is_dear = evidence.premium_pct >= PRICE_PREMIUM_PCT and evidence.premium_pct_p10 > 0
    return {
        "search_misses_it": float(missing[WORDING] * excess),
        "out_of_stock": float(missing[STOCK_OUT]),
        "dearer": float(missing[SERVED]) if is_dear else 0.0,
        "no_product": float(missing[NO_PRODUCT]),
        "other_combinations": float(missing[COMBINATION]),
    }


def _error(evidence: Evidence) -> float:
    """Standard error of the missing buyers: chance of the buyers, and of the conversion."""
    own = [c for c in range(CLASSES) if c not in (OTHER_FEATURE, SERVED)]
    intents = float(evidence.intents[own].sum())
    chance = evidence.adequate
    return float(np.sqrt(intents * chance * (1 - chance) + (intents * evidence.adequate_se) ** 2))
