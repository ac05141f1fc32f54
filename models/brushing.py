"""Is an order line a shopper's? Points per signal; what each looks for stands beside it.

Points are log-odds (models.evidence). A *cell* is a stock-keeping unit × platform × channel on a day or in
three hours of it; its columns are those of sql/int/int_order_cells.sql. A line's score is the points of its
strongest cell, of the likeness of that day's lines, of its account's repeats and of its ring.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evidence import Array, Signal, excess, pace, share_surprise

# a burst is how these channels sell
BURSTING_CHANNELS = ("live", "short_video", "group_buy")
PRIOR_DAYS = 7.0
RARE_REPEAT = 0.01


def cell_signals(cells: pd.DataFrame, *, least_buyers: float) -> list[Signal]:
    """Points of a cell on those of its lines that no search preceded (burst, flat) or one did (rush)."""
    c = {name: cells[name].to_numpy() for name in cells.columns}
    part = np.where(c["bucket"] < 0, 1.0, 0.25)  # a busy eighth of the day takes a quarter of its orders
    unsearched, searched = (_expected(c, side) * part for side in ("unsearched", "searched"))
    # peers: on this channel so many orders without a search go with each one after a search
    has_search = c["channel_searched"] > 0.02 * (c["channel_searched"] + c["channel_unsearched"])
    odds = np.where(has_search, (c["channel_unsearched"] + 1.0) / (c["channel_searched"] + 1.0), 0.0)
    usual = np.maximum(np.maximum(unsearched, c["searched"] * odds), np.where(c["bucket"] < 0, 0.25, 0.15))
    bursting = np.isin(c["channel"], BURSTING_CHANNELS)
    # where no order has a search, its absence says nothing; a promotion lasts longer than three hours
    lean = np.where(has_search, 4.5, np.where(c["bucket"] < 0, 3.0, 4.1))
    burst = np.where(bursting, 0.0, np.minimum(excess(c["unsearched"], usual, least=least_buyers), lean))
    return [
        Signal(
            "burst",
            burst,
            lambda i: (
                f"{c['unsearched'][i]:.0f} buyers of the unit without a search in"
                f" {'one day' if c['bucket'][i] < 0 else 'three hours'}, {usual[i]:.1f} expected"
            ),
        ),
        _flat(c, burst, usual, searched, has_search),
        _rush(c, searched, bursting, least_buyers),
    ]


def _expected(c: dict[str, np.ndarray], side: str) -> Array:
    """Buyers a day by the unit's other days, by its category where those are few, times how busy the day is."""
    days = c["days_before"]
    category = c["market_today"] / np.maximum(c["units_sold"], 1)
    share = (c[f"channel_{side}"] + 1.0) / (c["channel_searched"] + c["channel_unsearched"] + 2.0)
    own = (c[f"{side}_before"] + PRIOR_DAYS * np.minimum(category, 3.0) * share) / (days + PRIOR_DAYS)
    unit_before = (c["unsearched_before"] + c["searched_before"]) / np.maximum(days, 1)
    others_today = np.maximum(c["market_today"] - c["capped_today"], 0)
    others_before = np.maximum(c["market_before"] / np.maximum(days, 1) - unit_before, 0)
    busy = np.clip((others_today + 2.0) / (others_before + 2.0), 1.0, 20.0)
    return np.asarray(own * np.where(days >= 7, busy, 1.0))


def _flat(
    c: dict[str, np.ndarray], burst: Array, usual: Array, searched: Array, has_search: NDArray[np.bool_]
) -> Signal:
    """A wish that grows, grows among those who search too; here it did not (Poisson likelihood ratio)."""
    times = np.maximum(c["unsearched"] / usual, 1.0)
    stayed = searched * (times - 1.0) - c["searched"] * np.log(times)
    points = np.where((burst > 0) & has_search, np.clip(stayed, -2, 2.5), 0.0)
    return Signal("flat", points, lambda i: f"only {c['searched'][i]:.0f} buyers after a search")


def _rush(c: dict[str, np.ndarray], searched: Array, bursting: NDArray[np.bool_], least: float) -> Signal:
    usual = np.maximum(searched, np.where(c["bucket"] < 0, 0.5, 0.3))
    points = np.where(bursting, 0.0, np.minimum(excess(c["searched"], usual, least=least), 2.0))
    return Signal("rush", points, lambda i: f"{c['searched'][i]:.0f} buyers after a search, {usual[i]:.1f} expected")


def likeness_signals(days: pd.DataFrame) -> list[Signal]:
    """How alike the lines of one unit and day are; columns of sql/int/int_order_likeness.sql."""
    d = {name: days[name].to_numpy() for name in days.columns}
    usual_quantity = (d["usual_quantity_lines"] + 1.0) / (d["usual_lines"] + 10.0)
    most = np.where(d["same_quantity"] == 1, 1.0, 2.5)  # one piece is what most people buy of most things
    alike = d["same_quantity_lines"] > d["lines"] * usual_quantity
    quantity = np.clip(0.5 * share_surprise(d["same_quantity_lines"], d["lines"], usual_quantity), 0, most) * alike
    even = np.clip(pace(d["gaps"], d["mean_gap"], d["mean_log_gap"]), 0, 2)
    enough = d["searched_lines"] >= 5
    usual_text = (d["usual_text_lines"] + 1.0) / (d["usual_text_total"] + 10.0)
    said = enough & (d["same_text_lines"] > d["searched_lines"] * usual_text)
    text = np.where(
        said, np.clip(0.5 * share_surprise(d["same_text_lines"], d["searched_lines"], usual_text), 0, 2.5), 0.0
    )
    asked = np.maximum(d["text_sessions"], d["same_text_lines"])
    usual_bought = (d["usual_bought"] + 1.0) / (d["usual_sessions"] + 4.0)
    sold = enough & (d["same_text_lines"] >= 5) & (d["same_text_lines"] > asked * usual_bought)
    converted = np.where(sold, np.clip(0.5 * share_surprise(d["same_text_lines"], asked, usual_bought), 0, 2.5), 0.0)
    usual_blind = (d["usual_unclicked"] + 1.0) / (d["usual_searched"] + 4.0)
    blind = enough & (d["unclicked_lines"] > d["searched_lines"] * usual_blind)
    unclicked = np.where(
        blind, np.clip(0.5 * share_surprise(d["unclicked_lines"], d["searched_lines"], usual_blind), 0, 2), 0.0
    )
    return [
        Signal(
            "quantity",
            quantity,
            lambda i: f"{d['same_quantity_lines'][i]:.0f} of {d['lines'][i]:.0f} lines are of {d['same_quantity'][i]}",
        ),
        Signal("pace", even, lambda i: f"even pauses of {d['mean_gap'][i]:.0f} seconds between orders"),
        Signal(
            "words",
            text,
            lambda i: f"{d['same_text_lines'][i]:.0f} of {d['searched_lines'][i]:.0f} after one same text",
        ),
        Signal(
            "converted",
            converted,
            lambda i: f"{d['same_text_lines'][i]:.0f} of {asked[i]:.0f} searches of it ended in this order",
        ),
        Signal(
            "unclicked",
            unclicked,
            lambda i: f"{d['unclicked_lines'][i]:.0f} of {d['searched_lines'][i]:.0f} without a click on the unit",
        ),
    ]


def repeat_signal(repeats: pd.DataFrame, *, account_orders: float) -> Signal:
    """One account ordering one unit again; rare for durable goods, usual for groceries.

    ``account_orders`` orders in four weeks are worth at most 2 points, doubling them 1.75 more. The chance of
    k orders in four weeks is taken as r (k - 1)^-1.5, r the share of repeated ones among other units.
    """
    r = {name: repeats[name].to_numpy() for name in repeats.columns}
    usual = (r["others_again"] + RARE_REPEAT * 50) / (r["other_buyers"] + 50)
    k = r["recent_orders"].astype(float)
    surprise = -np.log(usual) + 1.5 * np.log(np.maximum(k - 1, 1))
    most = 2.0 + 1.75 * np.log2(k / account_orders)
    points = np.clip(np.minimum(0.65 * surprise, most), 0, 6.5)
    return Signal(
        "repeat",
        points,
        lambda i: (
            f"order {k[i]:.0f} of the unit by one account in {r['recent_days'][i]:.0f} days of four weeks"
            f" (others repeat {100 * usual[i]:.1f} %)"
        ),
    )


def account_signal(accounts: pd.DataFrame) -> Signal:
    """Several orders of one account, none after a search where others search.

    Each counts half, and no more than a third of a point: habits persist, and an office orders by link.
    """
    orders, unsearched, expected = (
        accounts[name].to_numpy(float) for name in ("recent_orders", "recent_unsearched", "recent_expected")
    )
    more = unsearched > expected
    surprise = np.where(more, 0.5 * share_surprise(unsearched, orders, expected / orders), 0.0)
    points = np.minimum(surprise, np.minimum(0.35 * unsearched, 3.0))
    return Signal(
        "account",
        points,
        lambda i: (
            f"{unsearched[i]:.0f} of the account's {orders[i]:.0f} orders without a search, {expected[i]:.1f} expected"
        ),
    )


def ring_signal(rings: pd.DataFrame) -> Signal:
    """Several accounts that order the same units in the same fortnight."""
    companions, units = rings["companions"].to_numpy(float), rings["shared_units"].to_numpy(float)
    points = np.clip(1.5 + np.log(companions / 3) + 0.9 * (units - 1), 0, 6)
    return Signal(
        "ring",
        points,
        lambda i: f"{companions[i]:.0f} other accounts order {units[i]:.0f} of its units in its fortnight",
    )
