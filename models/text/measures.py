"""Which attribute values a quantity or a size code of a text means.

A quantity means the listed values inside its interval, in whatever unit; where an attribute
has a unit and lists none of them, the quantity itself is the value ("12 L"), because a size
nobody offers is what demand for it looks like.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from models.text.lexicon import kind_of
from models.text.quantities import Interval, Quantity, dimensions_of, magnitude_key, read_value
from models.text.size_codes import size_code
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy
from models.text.words import Sense

_NUMBER_AND_REST = re.compile(r"\d+(?:\.\d+)?(.*)", re.DOTALL)
_INTERVAL = re.compile(r"[<>]=\d|\d+(?:\.\d+)?-\d")
_SHARE_OF_MAGNITUDES = 0.4


@dataclass(frozen=True)
class _Measured:
    """An attribute whose values are magnitudes of one dimension."""

    category_id: str
    attribute: str
    dimension: str
    base_per_unit: float
    suffix: str  # what follows the number; "" as typed, unless the values are bare numbers
    is_bare: bool = False


class Measures:
    """Listed magnitudes and open units of a taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._listed: dict[str, list[tuple[float, Sense]]] = {}
        self._open: dict[tuple[str, str], list[_Measured]] = {}
        self._sizes: dict[str, list[tuple[Attribute, dict[str, str]]]] = {}
        for category in taxonomy.categories:
            for attribute in category.attributes:
                self._add(category, attribute)
        for readings in self._listed.values():
            readings.sort()
        self._keys = {dimension: [m for m, _ in readings] for dimension, readings in self._listed.items()}

    def _add(self, category: Category, attribute: Attribute) -> None:
        for value in attribute.values:
            sense = (category.category_id, attribute.attribute, value.value)
            for surface in (value.value, *value.synonyms):
                for dimension, magnitude in read_value(surface, unit=attribute.unit):
                    self._listed.setdefault(dimension, []).append((magnitude, sense))
        measured = _measured(category.category_id, attribute)
        for one in measured:
            self._open.setdefault((category.category_id, one.dimension), []).append(one)
        if not measured and kind_of(attribute) == "size":
            by_code = {size_code(v): value.value for value in attribute.values for v in (*value.synonyms, value.value)}
            self._sizes.setdefault(category.category_id, []).append((attribute, by_code))

    def listed(self, dimension: str, magnitude: float) -> list[Sense]:
        """Senses whose value is exactly this magnitude."""
        return self._within(Interval(dimension, magnitude, magnitude))

    def senses(self, quantity: Quantity, surface: str, category_id: str | None) -> tuple[Sense, ...]:
        """Listed values inside the quantity, of ``category_id`` where known; else the quantity itself as a value."""
        if not quantity.is_product:
            for interval in quantity.intervals:
                found = [s for s in self._within(interval) if category_id is None or s[0] in (category_id, ANY)]
                if found:
                    return tuple(dict.fromkeys(found))
        for interval in quantity.intervals:
            measured = self._only(category_id, interval.dimension)
            if measured is not None:
                is_as_typed = quantity.is_product or not (measured.suffix or measured.is_bare)
                value = surface if is_as_typed else _open_value(measured, interval)
                return ((measured.category_id, measured.attribute, value),)
        return ()

    def size_senses(self, surface: str, category_id: str | None) -> tuple[Sense, ...]:
        """What a size code means: the listed value, else the code itself."""
        code = size_code(surface)
        found: list[Sense] = []
        categories = self._sizes if category_id is None else (category_id, ANY)
        for category in categories:
            for attribute, by_code in self._sizes.get(category, []):
                found.append((category, attribute.attribute, by_code.get(code, code.upper())))
        return tuple(found) if len({s[1] for s in found}) <= 1 else ()

    @property
    def has_sizes(self) -> bool:
        return bool(self._sizes)

    def _within(self, interval: Interval) -> list[Sense]:
        keys = self._keys.get(interval.dimension)
        if not keys:
            return []
        first, last = bisect_left(keys, interval.low), bisect_right(keys, interval.high)
        return [sense for _, sense in self._listed[interval.dimension][first:last]]

    def _only(self, category_id: str | None, dimension: str) -> _Measured | None:
        """The one attribute that a magnitude of this dimension can belong to."""
        for category in (category_id, ANY):
            found = self._open.get((category, dimension), []) if category is not None else []
            if len(found) == 1:
                return found[0]
        return None


def _measured(category_id: str, attribute: Attribute) -> list[_Measured]:
    """The dimensions of an attribute: of its unit, else of values that are magnitudes for the greater part.

    Open values are written like the first listed one of the dimension: 6000 ml beside 3000 ml.
    """
    written = [value.value.strip() for value in attribute.values]
    if attribute.unit:
        suffix = next((m.group(1) for v in written if (m := _NUMBER_AND_REST.fullmatch(v))), "")
        suffix = suffix if written else f" {attribute.unit}"
        readings = dimensions_of(attribute.unit)[:1]
        own = dimensions_of(suffix) if suffix.strip() else readings
        return [
            _Measured(category_id, attribute.attribute, d, dict(own).get(d, f), suffix, is_bare=not suffix)
            for d, f in readings
        ]
    found: dict[str, list[tuple[float, str]]] = {}
    for value in written:
        match, read = _NUMBER_AND_REST.fullmatch(value), read_value(value, unit=None)
        if read:
            dimension = read[0][0]
            base = dict(dimensions_of(match.group(1))).get(dimension) if match else None
            listed = found.setdefault(dimension, [])
            listed.insert(len(listed) if base is None else 0, (base or 1.0, match.group(1) if match and base else ""))
    if sum(map(len, found.values())) < _SHARE_OF_MAGNITUDES * len(written):
        return []
    return [_Measured(category_id, attribute.attribute, d, *listed[0]) for d, listed in found.items()]


def is_interval(value: str) -> bool:
    """Whether an open value is an interval (6-8 L, >=6 L): a wish that no one product's value is."""
    return bool(_INTERVAL.match(value))


def _open_value(measured: _Measured, interval: Interval) -> str:
    low, high = (magnitude_key(m / measured.base_per_unit) for m in (interval.low, interval.high))
    if interval.is_point:
        return f"{low:g}{measured.suffix}"
    if math.isinf(high):
        return f">={low:g}{measured.suffix}"
    return f"<={high:g}{measured.suffix}" if low == 0 else f"{low:g}-{high:g}{measured.suffix}"
