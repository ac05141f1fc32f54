"""Numbers as people write them: 1,200 and 1 200 ml and 1.000 ml, 1,5 and 1/2, 三十, twelve."""

from __future__ import annotations

import re

_CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "半": 0.5, "单": 1, "双": 2}
NUMBER_WORDS = {
    word: value
    for value, words in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ]
    )
    for word in [words]
} | {"twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "half": 0.5, "single": 1, "double": 2, "triple": 3}
_SMALL_UNITS = "ml|g|mg|mah|w|mm|lm"  # nobody writes a thousandth of them: 1.000 ml and 1 000 ml are thousands
DIGITS = (
    rf"[1-9]\d{{0,2}}(?: \d{{3}})+(?= ?(?:{_SMALL_UNITS})(?![a-z]))|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?"
    r"|\d+(?:\.\d+|,\d{1,2}(?!\d))?(?:/\d+)?|\.\d+"
)
_SINGLE_OR_DOUBLE = r"[单双](?=人|[支只瓶盒袋罐份根枚粒](?:装|(?![^\n]))|片装)"  # 双支 at the end, not 双支架
HAN_NUMBER = rf"(?<![第钱])(?!百)(?:[一二两三四五六七八九十百半]+|{_SINGLE_OR_DOUBLE})"
EN_NUMBER = "|".join(sorted((w for w in NUMBER_WORDS if w != "zero"), key=len, reverse=True))
_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_ABOUT = frozenset(["一两", "两三", "三四", "四五", "五六", "六七", "七八", "八九"])


def read_number(digits: str, unit: str = "") -> float:
    """The number that ``digits`` write before ``unit``."""
    if "/" in digits:
        top, bottom = digits.split("/", 1)
        return read_number(top) / float(bottom) if float(bottom) else read_number(top)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return float(digits.replace(",", ""))
    if _THOUSANDS.fullmatch(digits) and re.fullmatch(_SMALL_UNITS, unit):
        return float(digits.replace(".", ""))
    return float(digits.replace(" ", "").replace(",", "."))


def read_about(text: str) -> tuple[float, float] | None:
    """三四: from 3 to 4; None for other numbers."""
    return (float(_CHINESE_DIGITS[text[0]]), float(_CHINESE_DIGITS[text[1]])) if text in _ABOUT else None


def read_han_number(text: str) -> float | None:
    """三, 十二, 二十, 一百二十, 半; None for what is no number (十十)."""
    total, digit = 0.0, None
    for char in text:
        if char in "十百":
            total += (1 if digit is None else digit) * (10 if char == "十" else 100)
            digit = None
        elif char == "半" and len(text) > 1:
            return None
        else:
            if digit is not None:
                return None
            digit = _CHINESE_DIGITS[char]
    return total + (digit or 0)


def read_tail(tail: str | None, whole: float) -> float:
    """The digit after the unit: 2米5 is 2.5 m, 一匹半 is 1.5 hp."""
    if not tail:
        return 0.0
    digit = _CHINESE_DIGITS.get(tail, None)
    value = float(tail) if digit is None else float(digit)
    return 0.5 if tail == "半" else value / 10 if whole < 100 else 0.0
