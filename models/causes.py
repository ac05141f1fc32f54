"""Why a wanted feature is not bought; decided in a fixed order before anything is called unmet.

Wording first (it exists, the shop search did not show it), then stock-out, then price,
then not made; a gap whose interval includes zero has no cause.
"""

from __future__ import annotations

from dataclasses import dataclass

WORDING_ZERO_RESULT_PCT = 30.0
STOCK_OUT_BELOW_PCT = 80.0
PRICE_PREMIUM_PCT = 10.0


@dataclass(frozen=True)
class Evidence:
    """What is known of one feature in the gap window. Percentages are 0 to 100."""

    gap_units_p10: float
    products: int
    in_stock_pct: float
    zero_result_pct: float
    premium_pct: float


def cause(evidence: Evidence) -> str:
    """One of none, not_made, wording, stock_out, price.

    A feature that no product has cannot suffer from wording, stock or price; one that
    products have and that is found, in stock and not dear is made in too few combinations,
    which counts as not made.
    """
    if evidence.gap_units_p10 <= 0:
        return "none"
    if evidence.products == 0:
        return "not_made"
    if evidence.zero_result_pct >= WORDING_ZERO_RESULT_PCT:
        return "wording"
    if evidence.in_stock_pct < STOCK_OUT_BELOW_PCT:
        return "stock_out"
    if evidence.premium_pct >= PRICE_PREMIUM_PCT:
        return "price"
    return "not_made"
