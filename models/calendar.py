"""Days that move Chinese e-commerce: shopping festivals, public holidays, lunar ones included, and weekend days
worked in exchange for them (调休, by the State Council's yearly notice; none in years that ``holidays`` does not know).
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import holidays
import numpy as np
from lunardate import LunarDate
from numpy.typing import NDArray


@cache
def _periods(year: int) -> dict[str, tuple[dt.date, dt.date]]:
    """Festival → first and last day, in one solar year."""
    new_year = LunarDate(year, 1, 1).toSolarDate()
    dragon_boat = LunarDate(year, 5, 5).toSolarDate()
    mid_autumn = LunarDate(year, 8, 15).toSolarDate()
    day = dt.timedelta(days=1)
    return {
        "lunar_new_year_before": (new_year - 15 * day, new_year - 2 * day),
        "lunar_new_year": (new_year - day, new_year + 6 * day),
        "lunar_new_year_after": (new_year + 7 * day, new_year + 15 * day),
        "qingming": (dt.date(year, 4, 4), dt.date(year, 4, 6)),
        "may_day": (dt.date(year, 5, 1), dt.date(year, 5, 5)),
        "festival_618": (dt.date(year, 6, 1), dt.date(year, 6, 20)),
        "festival_618_peak": (dt.date(year, 6, 16), dt.date(year, 6, 18)),
        "dragon_boat": (dragon_boat - day, dragon_boat + day),
        "mid_autumn": (mid_autumn - day, mid_autumn + day),
        "national_day": (dt.date(year, 10, 1), dt.date(year, 10, 7)),
        "double_11": (dt.date(year, 11, 1), dt.date(year, 11, 11)),
        "double_11_peak": (dt.date(year, 11, 10), dt.date(year, 11, 11)),
        "double_12": (dt.date(year, 12, 10), dt.date(year, 12, 12)),
    }


@cache
def _worked_weekends(year: int) -> frozenset[dt.date]:
    known = holidays.country_holidays("CN", years=year).weekend_workdays
    return frozenset(day for day in known if day.year == year)  # the package lists days of some other years too


WORKED_WEEKENDS = "worked_weekends"
FESTIVALS = (*_periods(2026), WORKED_WEEKENDS)


def festival_weeks(first_day: dt.date, weeks: int) -> NDArray[np.float64]:
    """weeks × festivals: the share of each week's seven days that lies in each festival, or is a weekend day worked."""
    shares = np.zeros((weeks, len(FESTIVALS)))
    for offset in range(7 * weeks):
        day = first_day + dt.timedelta(days=offset)
        shares[offset // 7, -1] += (day in _worked_weekends(day.year)) / 7
        for year in (day.year, day.year + 1):  # the weeks before a New Year may lie in the year before
            for column, (start, end) in enumerate(_periods(year).values()):
                if start <= day <= end:
                    shares[offset // 7, column] += 1 / 7
    return shares
