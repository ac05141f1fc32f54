"""How many shoppers come on a day: trend, weekday, festivals."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from lunardate import LunarDate

WEEKDAY_FACTOR = np.array([0.95, 0.94, 0.95, 0.97, 1.02, 1.10, 1.07])


def dates_of(start: date, n_days: int) -> list[date]:
    """The calendar dates of ``n_days`` consecutive days from ``start``."""
    return [start + timedelta(days=offset) for offset in range(n_days)]


def new_year_of(year: int) -> date:
    """The Gregorian date of the lunar New Year that falls in ``year``."""
    return LunarDate(year, 1, 1).to_solar_date()


def festival_lift(day: date) -> float:
    """Factor on traffic of one day; 1.0 on an ordinary day."""
    month_day = (day.month, day.day)
    if month_day in {(6, 18), (11, 11)}:
        return 2.4
    if (6, 1) <= month_day <= (6, 20):
        return 1.35
    if (11, 1) <= month_day <= (11, 12):
        return 1.45
    if (12, 10) <= month_day <= (12, 12):
        return 1.5
    days_to_new_year = (new_year_of(day.year) - day).days
    if 7 <= days_to_new_year <= 24:
        return 1.25
    if -7 <= days_to_new_year < 3:
        return 0.55
    return 1.0


def traffic_shape(start: date, n_days: int, *, yearly_growth: float) -> np.ndarray:
    """Relative expected traffic per day, shape ``(n_days,)``; growth compounds over 365 days."""
    days = dates_of(start, n_days)
    trend = (1.0 + yearly_growth) ** (np.arange(n_days) / 365.0)
    weekday = np.array([WEEKDAY_FACTOR[day.weekday()] for day in days])
    return trend * weekday * np.array([festival_lift(day) for day in days])


def promotion_days(start: date, n_days: int) -> np.ndarray:
    """Which days the whole platform discounts, shape ``(n_days,)`` of bool."""
    return np.array([festival_lift(day) > 1.3 for day in dates_of(start, n_days)])
