"""Is an actor's day of searches a shopper's? Points per signal; what each looks for stands beside it.

Points are log-odds (models.evidence). Rows are actor-days; columns are those of sql/int/int_actor_days.sql
with ``companions`` and ``shared_texts`` of sql/int/int_actor_pools.sql and the ``text_`` columns of
sql/int/int_text_bursts.sql.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.evidence import Array, Signal, excess, pace, share_surprise


def signals(days: pd.DataFrame, *, grey_searches: float, crawler_searches: float) -> list[Signal]:
    """Signals of every row of ``days``; ``grey_searches`` a day are worth 2 points, ``crawler_searches`` 4."""
    d = {name: days[name].to_numpy() for name in days.columns}
    return [
        _rate(d, grey_searches, crawler_searches),
        _pace(d),
        _clicks(d),
        _orders(d),
        _hours(d),
        _speed(d),
        _breadth(d),
        _places(d),
        _sessions(d),
        _habit(d, grey_searches),
        _pool(d),
        _text(d),
    ]


def _rate(d: dict[str, np.ndarray], grey: float, crawler: float) -> Signal:
    slope = 2.0 / np.log(max(crawler / grey, 1.05))
    points = np.clip(2.0 + slope * np.log(d["searches"] / grey), 0, 5)
    return Signal("rate", points, lambda i: f"{d['searches'][i]:.0f} searches, {d['texts'][i]:.0f} different ones")


def _pace(d: dict[str, np.ndarray]) -> Signal:
    points = np.where(d["gaps"] >= 6, np.clip(pace(d["gaps"], d["mean_gap"], d["mean_log_gap"]), 0, 4), 0.0)
    return Signal("pace", points, lambda i: f"even pauses of {d['mean_gap'][i]:.0f} seconds")


def _clicks(d: dict[str, np.ndarray]) -> Signal:
    """Over a fortnight: nothing clicked is suspicious, clicking like others speaks for a shopper."""
    usual = (d["usual_clicked"] + 1.0) / (d["usual_clickable"] + 4.0)
    clickable, clicked = d["fortnight_clickable"], d["fortnight_clicked"]
    few = clicked < clickable * usual / 3
    # searches of one person go together, so each counts half
    against = np.clip(0.5 * share_surprise(clicked, clickable, usual), 0, 3)
    points = np.where(few, against, -np.minimum(0.75 * clicked, 3.0))
    return Signal("clicks", points, lambda i: f"{clicked[i]:.0f} clicks on {clickable[i]:.0f} searches with results")


def _orders(d: dict[str, np.ndarray]) -> Signal:
    """One order among hundreds of searches says little; one in thirty is what shoppers do."""
    orders, searches = d["fortnight_orders"], d["fortnight_searches"]
    points = np.where(orders > 0, -3.0 * np.minimum(1.0, 30.0 * orders / searches), 0.5 * (searches >= 60))
    return Signal("orders", points, lambda i: f"{orders[i]:.0f} orders in a fortnight")


def _hours(d: dict[str, np.ndarray]) -> Signal:
    """People sleep: from the twelfth hour with a search on."""
    points = np.clip(0.35 * (d["active_hours"] - 11), 0, 3)
    return Signal("hours", points, lambda i: f"active in {d['active_hours'][i]:.0f} hours of the day")


def _speed(d: dict[str, np.ndarray]) -> Signal:
    """Nobody types three queries within a second each, or twenty in a minute."""
    instant = np.where(d["instant_gaps"] >= 3, 6.0 * d["instant_gaps"] / d["searches"], 0.0)
    points = np.clip(np.maximum(instant, 0.25 * (d["most_in_minute"] - 10)), 0, 3)
    return Signal("speed", points, lambda i: f"up to {d['most_in_minute'][i]:.0f} searches in a minute")


def _breadth(d: dict[str, np.ndarray]) -> Signal:
    varied = np.where(d["texts"] > 0.7 * d["searches"], np.clip(np.log(np.maximum(d["texts"], 1) / 20.0), 0, 1.5), 0)
    points = varied + np.clip(0.4 * (d["categories"] - 4), 0, 2)
    return Signal(
        "breadth", points, lambda i: f"{d['texts'][i]:.0f} texts in {d['categories'][i]:.0f} categories, few twice"
    )


def _places(d: dict[str, np.ndarray]) -> Signal:
    points = np.clip(d["regions"] - 2.0, 0, 2)
    return Signal("places", points, lambda i: f"in {d['regions'][i]:.0f} regions on one day")


def _sessions(d: dict[str, np.ndarray]) -> Signal:
    """Every search in a session of its own, where others stay in theirs."""
    usual = (d["usual_new_sessions"] + 1.0) / (d["usual_next_searches"] + 2.0)
    reset = (d["searches"] >= 8) & (d["sessions"] >= 0.95 * d["searches"])
    points = np.where(reset, np.clip(-0.5 * (d["searches"] - 1) * np.log(np.clip(usual, 1e-3, 1)), 0, 3), 0.0)
    return Signal("sessions", points, lambda i: f"{d['sessions'][i]:.0f} sessions for {d['searches'][i]:.0f} searches")


def _habit(d: dict[str, np.ndarray], grey: float) -> Signal:
    """Many searches day after day that lead nowhere."""
    idle = (d["fortnight_days"] >= 4) & (d["fortnight_clicked"] < 0.05 * d["fortnight_searches"])
    points = np.where(idle, np.clip(np.log(d["fortnight_searches"] / (2.0 * grey)), 0, 2), 0.0)
    return Signal(
        "habit",
        points,
        lambda i: f"{d['fortnight_searches'][i]:.0f} searches on {d['fortnight_days'][i]:.0f} days of the fortnight",
    )


def _pool(d: dict[str, np.ndarray]) -> Signal:
    points = np.where(d["companions"] >= 3, np.clip(2.0 + np.log(np.maximum(d["companions"], 1) / 3), 0, 4), 0.0)
    return Signal(
        "pool",
        points,
        lambda i: f"{d['companions'][i]:.0f} other accounts share {d['shared_texts'][i]:.0f} of its texts",
    )


def _text(d: dict[str, np.ndarray]) -> Signal:
    """For those with a search or two: the text itself came in a burst or like clockwork, and was not clicked."""
    clicked = (d["day_clicked"] + 1.0) / (d["day_clickable"] + 4.0)
    unclicked = np.where(
        d["text_clicked"] < d["text_clickable"] * clicked / 3,
        np.clip(0.5 * share_surprise(d["text_clicked"], d["text_clickable"], clicked), 0, 2.5),
        0.0,
    )
    expected = np.maximum(1.5 * d["text_usual_searches"] * d["day_factor"], 3.0)
    burst = np.where(d["days_before"] >= 7, np.minimum(excess(d["text_searches"], expected, least=20), 4), 0.0)
    even = np.clip(pace(d["text_gaps"], d["text_mean_gap"], d["text_mean_log_gap"]), 0, 4)
    light = (d["searches"] <= 3) & (d["text_searches"] > 0)
    points: Array = np.where(light & (unclicked > 0) & (burst + even > 0), unclicked + burst + even, 0.0)
    return Signal(
        "text",
        points,
        lambda i: (
            f"its text was searched {d['text_searches'][i]:.0f} times by single visitors that day"
            f" (usually {d['text_usual_searches'][i]:.0f}), clicked {d['text_clicked'][i]:.0f} times"
        ),
    )
