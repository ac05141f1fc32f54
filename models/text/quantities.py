"""Numbers with units: 1.8 kW and 1800瓦 are one magnitude; 6-8 L and over 6 L are intervals.

A unit may belong to several dimensions (g: gram or gigabyte); which one is meant is
decided by the taxonomy, so every reading is returned, the usual one first.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache

from models.text.bounds import (
    AND,
    AT_LEAST_AFTER,
    AT_LEAST_BEFORE,
    AT_MOST_AFTER,
    AT_MOST_BEFORE,
    BETWEEN,
    FROM,
    PACK_OF,
    TO,
)
from models.text.data_files import load_yaml
from models.text.no_measure import is_a_saying, is_no_measure
from models.text.normalise import SPACED, fold
from models.text.numbers import (
    DIGITS,
    EN_NUMBER,
    HAN_NUMBER,
    NUMBER_WORDS,
    read_about,
    read_han_number,
    read_number,
    read_tail,
)
from models.text.trie import any_of

_COUNTS = frozenset({"people", "layers", "doors", "pieces", "burners", "holes", "gears"})
_WORDS_THAT_COUNT = {"single", "double", "triple"}  # only with a unit of people, layers or doors: double door
# only lines with one of these are searched; most have none
_NUMBER = re.compile(rf"[0-9一二两三四五六七八九十百半单双$€£¥₹]|\b(?:{EN_NUMBER})\b")
_TIMES = r" ?[x*乘х] ?"
_HAN_TAIL = r"[装款型]"
_PACKED = r"(?<![套安包组米寸])装(?![饰修置箱机备载潢配卸甲扮束裱订帧])"  # 10斤装
# only these make a new number start behind a letter (12v10a), other letters are a model's (pk35e0w)
_SHORT_UNITS = "vawmlgktx"
_PAIR_UNITS = "mm|cm|kg|ml|kw|ah|wh|hz|gb|mb|tb|mg|in|ft|oz|lb|cc|uf|pc|pk"
# 8公斤半自动: the half of these belongs to the word after the measure
_HALF_OF_A_WORD = re.compile(r"自动|身|袖|截|价|透|永久|球|圆|导体|成品|熟|机械|封闭|糖|指|开放|入耳")
_WIDEST = 5  # times that the first of a range written backwards may be the second
_AGE_UNITS = re.compile("周?岁")
_OLDEST = 120
_AFTER_A_YEAR = re.compile(r"20[12]\d([1-9]\d?)")
_ONLY_AFTER_DIGITS = frozenset(
    "足脚缶膳冊口齿极核叶柱枝方厘欧针格册部页台盆束捆碗碟丸面顶色排位"
)  # 四方, 一面 are words


@dataclass(frozen=True)
class Interval:
    """Magnitudes from ``low`` to ``high`` base units of ``dimension``; equal for a plain number."""

    dimension: str
    low: float
    high: float

    @property
    def is_point(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Quantity:
    """A number with a unit at ``[start, end)``; one interval per dimension that the unit may mean."""

    start: int
    end: int
    intervals: tuple[Interval, ...]
    is_product: bool = False  # 60 x 90 cm

    @property
    def magnitudes(self) -> tuple[tuple[str, float], ...]:
        """(dimension, magnitude) of a plain number; () for an interval."""
        return tuple((i.dimension, i.low) for i in self.intervals if i.is_point)


@dataclass(frozen=True)
class _Units:
    by_unit: dict[str, tuple[tuple[str, float], ...]]
    pattern: re.Pattern[str]


def magnitude_key(magnitude: float) -> float:
    """Magnitudes equal to six digits are one."""
    return float(f"{magnitude:.6g}") if math.isfinite(magnitude) else magnitude


def dimensions_of(unit: str) -> tuple[tuple[str, float], ...]:
    """(dimension, base units in one) of a unit as written; () for an unknown one."""
    return _units().by_unit.get(fold(unit), ())


def find_quantities(text: str) -> list[Quantity]:
    """Quantities in a folded text (or many, one a line), left to right."""
    pattern, found, position = _units().pattern, [], 0
    while trigger := _NUMBER.search(text, position):
        first, last = text.rfind("\n", position, trigger.start()) + 1, text.find("\n", trigger.end())
        position, last = max(first, position), len(text) if last < 0 else last
        while match := pattern.search(text, position, last):
            position = match.end()
            quantity = _quantity(match)
            if quantity is not None:
                found.append(quantity)
                position = quantity.end  # 300ml*6瓶 holds two
        position = last
    return found


def read_value(value: str, *, unit: str | None) -> tuple[tuple[str, float], ...]:
    """Magnitudes of a taxonomy value such as "12 L", or "12" of an attribute in L; () for words."""
    folded = fold(value)
    found = find_quantities(folded)
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(folded):
        return found[0].magnitudes
    number = read_number(folded) if re.fullmatch(DIGITS, folded) else None
    if unit is not None and number is not None:
        return tuple((dimension, magnitude_key(number * factor)) for dimension, factor in dimensions_of(unit))
    return ()


@cache
def _units() -> _Units:
    by_unit: dict[str, list[tuple[str, float]]] = {}
    listed = (load_yaml("units.yaml"), load_yaml("unit_names.yaml"))
    for dimension, entries in (pair for file in listed for pair in file.items()):
        for factor, names in entries.items():
            for name in names:
                readings = by_unit.setdefault(fold(str(name)), [])
                if dimension not in [d for d, _ in readings]:
                    readings.append((dimension, float(factor)))
    ordered = sorted(by_unit, key=lambda u: (-len(u), u))
    latin = [u for u in ordered if re.match(SPACED, u[-1])]
    others = [u for u in ordered if not re.match(SPACED, u[-1])]
    # a letter after a Latin unit makes it part of a word, except the x of 60cmx90cm
    unit = (
        rf"(?:{any_of(latin)}(?:(?!{SPACED})|(?=\d+(?:\.\d+)?[a-z]{{1,3}}(?!{SPACED}))|(?=x ?\d)"
        rf"|(?<=[a-z]{{2}})(?=\d+(?:\.\d+)?[\u4e00-\u9fff]|[a-z]\d{{3}})|(?<=\dv)(?=\d{{2,}}(?![\d.]|{SPACED})))"
        rf"|{any_of(others)})"
    )
    han = [u for u in others if "\u4e00" <= u[0] <= "\u9fff" and u not in _ONLY_AFTER_DIGITS]
    han_unit = any_of(han)
    return _Units({u: tuple(r) for u, r in by_unit.items()}, re.compile(_grammar(unit, han_unit), re.IGNORECASE))


def _grammar(unit: str, han_unit: str) -> str:
    """One pattern for every form; named groups tell which one matched."""
    start = rf"(?<![\d.])(?<!\d[,/])(?:(?<!{SPACED})|(?<=\d[{_SHORT_UNITS}])|(?<=\d(?:{_PAIR_UNITS}))|(?<=xl|nb))(?<!{SPACED}[-.])"
    digits = rf"(?:{DIGITS})"
    each = rf"(?: ?{unit})?"
    ranged = rf"{FROM} (?={digits}{each}{TO}\d)"
    before = rf"(?:{ranged}|(?:(?P<least>{AT_LEAST_BEFORE})|(?P<most>{AT_MOST_BEFORE})) ?)"
    after = rf"(?:(?P<least2> ?{AT_LEAST_AFTER})|(?P<most2> ?{AT_MOST_AFTER}))"
    return (
        rf"(?:{start}{before})?"
        rf"(?:{start}(?P<side>{digits}) ?(?P<side_unit>mm|cm|m|毫米|厘米|公分|米)(?:{_TIMES}{digits})+(?! ?{unit}|{SPACED}|[./])"
        rf"|{start}(?P<number>{digits})"
        rf"(?:(?P<each>{each})(?P<times>(?:{_TIMES}{digits}{each})+)"
        rf"|(?P<lower_unit>{each}){TO}(?P<upper>{digits}|[一二两三四五六七八九十]+))?"
        rf"[ -]?(?P<unit>(?!in ?(?:1|one)\b){unit})"
        rf"(?P<tail>(?:半|(?<=[米m匹尺寸斤升元块])[1-9]|(?<=米)[一二三四五六七八九])(?![\d.]|{_HAN_TAIL}| ?{unit}))?"
        rf"|(?<![\d.])(?<!\d[,/])(?P<han>{HAN_NUMBER})(?P<han_unit>{han_unit})(?P<han_tail>[半一二三四五六七八九](?!{han_unit}))?"
        rf"|{start}(?P<word>{EN_NUMBER})[ -](?P<word_unit>{unit})"
        rf"|{start}(?P<pack>(?:{PACK_OF})) ?(?P<packed>\d+)(?!{SPACED})"
        rf"|{start}{BETWEEN} (?P<from>{digits}){AND}(?P<till>{digits}) ?(?P<till_unit>{unit})"
        rf"|(?<![\d.])(?P<sign>[$€£¥₹]) ?(?P<signed>{digits}))"
        rf"(?:{_PACKED})?{after}?"
    )


def _quantity(match: re.Match[str]) -> Quantity | None:
    group = match.groupdict()
    if group["sign"]:
        return _with_bounds(match, read_number(group["signed"]), None, "元")
    if group["pack"]:
        return _with_bounds(match, float(group["packed"]), None, "pack")
    if group["side"]:  # 1.5mmx6x60
        whole = _with_bounds(match, read_number(group["side"]), None, group["side_unit"])
        return whole and replace(whole, is_product=True)
    if group["till"]:
        return _with_bounds(match, read_number(group["from"]), read_number(group["till"]), group["till_unit"])
    if group["han"]:
        return _han_quantity(match)
    if group["word"]:
        return _word_quantity(match)
    if group["times"]:  # 60 x 90 cm: the whole is one size, ordered by its longest side
        if group["each"] and fold(group["each"]) != fold(group["unit"]):  # 500g*2袋: the first is the measure
            return _with_bounds(match, read_number(group["number"]), None, group["each"].strip(), end=match.end("each"))
        sides = [read_number(n) for n in re.findall(DIGITS, group["number"] + " " + group["times"])]
        whole = _with_bounds(match, max(sides), None, group["unit"])
        return whole and replace(whole, is_product=True)
    if is_no_measure(match, is_counted=_is_counted(group["unit"])):
        return None
    number = read_number(group["number"], group["unit"])
    if group["upper"]:
        return _range(match, number)
    if _AGE_UNITS.fullmatch(group["unit"]) and number > _OLDEST:  # 20213岁: of the year 2021, aged 3
        digits = _AFTER_A_YEAR.fullmatch(group["number"])
        whole = digits and _with_bounds(match, float(digits[1]), None, group["unit"])
        return replace(whole, start=whole.start + 4) if whole else None
    return _with_tail(match, number, group["unit"], "tail")


def _han_quantity(match: re.Match[str]) -> Quantity | None:
    unit = match["han_unit"]
    if about := read_about(match["han"]):
        return _with_bounds(match, *about, unit)
    number = read_han_number(match["han"])
    if number is None or is_a_saying(match, number, is_counted=_is_counted(unit)):
        return None
    return _with_tail(match, number, unit, "han_tail")


def _with_tail(match: re.Match[str], number: float, unit: str, name: str) -> Quantity | None:
    """``number`` with the digit after the unit, or without where a 半 there opens the next word."""
    tail = match[name]
    if tail == "半" and _HALF_OF_A_WORD.match(match.string, match.end(name)):
        return _with_bounds(match, number, None, unit, end=match.start(name))
    return _with_bounds(match, number + read_tail(tail, number), None, unit)


def _range(match: re.Match[str], number: float) -> Quantity | None:
    """6-8 L, 2到三岁, 6个月到1岁; of 12v-14a the first alone."""
    upper = read_number(match["upper"]) if match["upper"][0].isdigit() or match["upper"][0] == "." else None
    upper = read_han_number(match["upper"]) if upper is None else upper
    lower_unit = match["lower_unit"].strip()
    if upper is None or number > _WIDEST * upper:  # 150一3l
        return None
    if fold(lower_unit) in ("", fold(match["unit"])):
        return _with_bounds(match, number, upper, match["unit"])
    factors = dict(dimensions_of(match["unit"]))
    common = [(d, number * factor, upper * factors[d]) for d, factor in dimensions_of(lower_unit) if d in factors]
    if not common:
        return _with_bounds(match, number, None, lower_unit, end=match.end("lower_unit"))
    intervals = tuple(Interval(d, magnitude_key(min(a, b)), magnitude_key(max(a, b))) for d, a, b in common)
    return Quantity(match.start(), match.end(), intervals)


def _word_quantity(match: re.Match[str]) -> Quantity | None:
    word, unit = match["word"].lower(), match["word_unit"]
    if word in _WORDS_THAT_COUNT and not _is_counted(unit):
        return None
    return _with_bounds(match, float(NUMBER_WORDS[word]), None, unit)


def _is_counted(unit: str) -> bool:
    return any(dimension in _COUNTS for dimension, _ in dimensions_of(unit))


def _with_bounds(
    match: re.Match[str], number: float, upper: float | None, unit: str, *, end: int | None = None
) -> Quantity | None:
    low, high = number, number if upper is None else upper
    if match["least"] or match["least2"]:
        high = math.inf
    elif match["most"] or match["most2"]:
        low = 0.0
    if low > high:  # 8-6 L
        low, high = high, low
    intervals = tuple(
        Interval(dimension, magnitude_key(low * factor), magnitude_key(high * factor))
        for dimension, factor in dimensions_of(unit)
    )
    return Quantity(match.start(), end or match.end(), intervals) if intervals else None
