"""Numbers as people read them: separators, few digits, the currency; a dash where nothing is known."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.brief.messages import Messages

ONE_DECIMAL_BELOW = 10
WHOLE_MONEY_FROM = 1000


def known(value: object) -> float | None:
    """The number, or None for anything that is not a finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def plain(value: object) -> str:
    """Text of the data on one line, without control and direction-changing characters; None gives ''."""
    text = "" if value is None else str(value)
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def localised(value: object, language: str) -> str:
    """Text of a value that is either one text or a mapping of texts by language."""
    if isinstance(value, Mapping):
        value = value[language] if language in value else next((text for text in value.values() if text), None)
    return plain(value)


@dataclass(frozen=True)
class Formats:
    """Number to text for one language and one currency. Every method takes None and gives the dash."""

    messages: Messages
    currency: str

    def units(self, value: object) -> str:
        """Units: whole, or with one decimal below ten."""
        return self._few_digits(value)

    def count(self, value: object) -> str:
        """A count of things: whole."""
        return self._digits(value, 0)

    def ratio(self, value: object) -> str:
        """A ratio such as an error measure: two decimals."""
        return self._digits(value, 2)

    def money(self, value: object) -> str:
        """Money without cents."""
        return self._in_currency(value, 0)

    def price(self, value: object) -> str:
        """Price or cost of one unit: cents only where there are any, and none from a thousand on."""
        number = known(value)
        if number is None:
            return self.messages("format.missing")
        has_cents = abs(number) < WHOLE_MONEY_FROM and round(number, 2) != round(number)
        return self._in_currency(number, 2 if has_cents else 0)

    def pct(self, value: object) -> str:
        """A percentage of 0 to 100."""
        return self._wrapped("format.pct", self._few_digits(value), value)

    def signed_pct(self, value: object) -> str:
        """A percentage that says more or less."""
        return self._wrapped("format.pct", self._signed(value), value)

    def points(self, value: object) -> str:
        """Percentage points that say more or less."""
        return self._wrapped("format.points", self._signed(value), value)

    def chance(self, value: object) -> str:
        """A probability of 0 to 1 in whole per cent, never a false certainty."""
        number = known(value)
        if number is None:
            return self.messages("format.missing")
        if 0 < number < 0.01:
            return self.messages("format.below_pct", number="1")
        if 0.99 < number < 1:
            return self.messages("format.above_pct", number="99")
        return self.messages("format.pct", number=self._digits(100 * number, 0))

    def interval(self, low: str, high: str) -> str:
        """Two texts as a range; spelt out where a minus sign would collide with the dash."""
        spelt_out = any(mark in text for text in (low, high) for mark in "−+")
        return self.messages("format.interval_signed" if spelt_out else "format.interval", low=low, high=high)

    def unit_range(self, low: object, high: object) -> str:
        """A range of units, or the dash where an end is unknown."""
        if known(low) is None or known(high) is None:
            return self.messages("format.missing")
        return self.interval(self.units(low), self.units(high))

    def feature(self, attribute: object, value: object) -> str:
        """A feature by the names it has in the data."""
        return self.messages("format.feature", attribute=plain(attribute), value=plain(value))

    def _few_digits(self, value: object) -> str:
        number = known(value)
        if number is None:
            return self.messages("format.missing")
        one_decimal = abs(number) < ONE_DECIMAL_BELOW and round(number, 1) != round(number)
        return self._digits(number, 1 if one_decimal else 0)

    def _signed(self, value: object) -> str:
        text = self._few_digits(value)
        number = known(value)
        is_more = number is not None and number > 0 and text != "0"
        return f"+{text}" if is_more else text

    def _digits(self, value: object, decimals: int) -> str:
        number = known(value)
        if number is None:
            return self.messages("format.missing")
        text = f"{number:,.{decimals}f}"
        return text.replace("-", "−") if any(digit in text for digit in "123456789") else text.lstrip("-")

    def _in_currency(self, value: object, decimals: int) -> str:
        number = known(value)
        if number is None:
            return self.messages("format.missing")
        amount = self._digits(abs(number), decimals)
        sign = "−" if number < 0 and any(digit in amount for digit in "123456789") else ""
        key = f"format.money.{self.currency}"
        return sign + self.messages(
            key if self.messages.has(key) else "format.money.other", amount=amount, currency=plain(self.currency)
        )

    def _wrapped(self, key: str, text: str, value: object) -> str:
        return text if known(value) is None else self.messages(key, number=text)
