"""Lead time and capacity by calendar: days worked counted by hand, and day by day."""

from __future__ import annotations

import datetime as dt
import doctest
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import factory_calendar
from models.factory_calendar import Period, Schedule, schedule

START = dt.date(2026, 2, 1)


def day(number: int) -> dt.date:
    """Day ``number`` after the order."""
    return START + dt.timedelta(number)


def closed(first: int, last: int) -> Period:
    return Period(day(first), day(last), 0)


def test_the_example_in_the_docs_of_the_function():
    assert doctest.testmod(factory_calendar).failed == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 120), st.integers(0, 500))
def test_without_a_calendar_it_is_the_contract(lead, weekly):
    """Ready after the lead time, weekly capacity times its whole weeks."""
    assert schedule(START, lead_days=lead, weekly_units=weekly) == Schedule(lead, lead, lead, weekly * (lead // 7))


@pytest.mark.parametrize(
    ("lead", "periods", "ready", "units"),
    [
        (21, [closed(9, 24)], 37, 300),  # 9 days worked, 16 closed, 12 more worked
        (21, [closed(21, 30)], 31, 300),  # worked to the end, but nothing leaves while it is closed
        (21, [closed(22, 30)], 21, 300),  # left the day before
        (21, [closed(-5, -1)], 21, 300),  # over before the order
        (21, [closed(-5, 2)], 24, 300),  # begins when it opens
        (21, [closed(3, 6), closed(5, 9)], 28, 300),  # days closed twice are closed once: 7 in all
        (0, [closed(0, 1)], 2, 0),
        (20, [Period(day(0), day(6), 40)], 20, 40 + 100),  # one slow week of two whole ones
        (21, [Period(day(3), day(9), 30)], 21, (14 * 100 + 7 * 30) // 7),  # seven slow days of three weeks
        (14, [Period(day(0), day(13), 250)], 14, 500),  # overtime
        (14, [closed(0, 20), Period(day(7), day(10), 100)], 31, 200),  # open again within: the last of the list holds
    ],
)
def test_days_counted_by_hand(lead, periods, ready, units):
    found = schedule(START, lead_days=lead, weekly_units=100, periods=periods)
    assert (found.ready_days, found.arrival_days, found.most_units) == (ready, ready, units)
    assert found.moved_by == ("factory_calendar" if ready > lead else None)


def test_goods_do_not_arrive_before_the_earliest_day():
    late = schedule(START, lead_days=21, weekly_units=100, earliest=day(40))
    assert late == Schedule(21, 21, 40, 300)  # capacity is that of the lead time, not of the wait
    assert late.moved_by == "earliest_arrival"
    plain = schedule(START, lead_days=21, weekly_units=100)
    for harmless in (21, 20, -400):
        assert schedule(START, lead_days=21, weekly_units=100, earliest=day(harmless)) == plain
    both = schedule(START, lead_days=21, weekly_units=100, periods=[closed(9, 24)], earliest=day(30))
    assert (both.arrival_days, both.moved_by) == (37, "factory_calendar")


PERIODS = st.lists(st.tuples(st.integers(-10, 60), st.integers(0, 20), st.integers(0, 300)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 60), PERIODS, st.integers(-10, 70), st.integers(0, 20))
def test_a_further_closure_only_delays(lead, drawn, first, length):
    """As many days are worked as the lead time has; a closure more moves the goods later, at most by its length."""
    periods = [Period(day(start), day(start + more), units) for start, more, units in drawn]
    before = schedule(START, lead_days=lead, weekly_units=100, periods=periods)
    after = schedule(START, lead_days=lead, weekly_units=100, periods=[*periods, closed(first, first + length)])
    assert before.ready_days <= after.ready_days
    shut = {number for p in periods if not p.weekly_units for number in range((p.first - START).days, 200)}
    if not shut:
        assert after.ready_days <= before.ready_days + length + 1

    def is_open(number: int) -> bool:
        found = [units for start, more, units in drawn if start <= number <= start + more]
        return not found or found[-1] > 0

    assert sum(is_open(number) for number in range(before.ready_days)) == lead
    assert is_open(before.ready_days)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), PERIODS, st.integers(1, 3))
def test_slower_days_never_make_more(lead, drawn, times):
    periods = [Period(day(start), day(start + more), times * units) for start, more, units in drawn]
    slower = [replace(period, weekly_units=period.weekly_units // times) for period in periods]
    before = schedule(START, lead_days=lead, weekly_units=100, periods=periods)
    after = schedule(START, lead_days=lead, weekly_units=100, periods=slower)
    assert after.ready_days == before.ready_days
    assert after.most_units <= before.most_units


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.lists(st.tuples(st.integers(-10, 60), st.integers(0, 20)), max_size=4))
def test_closures_alone_leave_the_capacity(lead, drawn):
    found = schedule(START, lead_days=lead, weekly_units=90, periods=[closed(a, a + more) for a, more in drawn])
    assert found.most_units == 90 * (lead // 7)
