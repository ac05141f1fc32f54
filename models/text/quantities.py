"""Numbers with units: 1.8 kW and 1800瓦 are one magnitude.

A unit may belong to several dimensions (g: gram or gigabyte); which one is meant is
decided by the taxonomy, so every reading is returned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# dimension → {unit as folded text: how many base units it is}
_UNITS: dict[str, dict[str, float]] = {
    "volume_l": {
        "l": 1,
        "升": 1,
        "公升": 1,
        "liter": 1,
        "litre": 1,
        "liters": 1,
        "litres": 1,
        "ltr": 1,
        "ml": 1e-3,
        "毫升": 1e-3,
        "cl": 1e-2,
        "quart": 0.946353,
        "quarts": 0.946353,
        "qt": 0.946353,
        "gallon": 3.785412,
        "gallons": 3.785412,
        "gal": 3.785412,
        "fl oz": 0.0295735,
    },
    "mass_kg": {
        "kg": 1,
        "公斤": 1,
        "千克": 1,
        "kgs": 1,
        "kilo": 1,
        "kilos": 1,
        "kilogram": 1,
        "kilograms": 1,
        "g": 1e-3,
        "克": 1e-3,
        "gram": 1e-3,
        "grams": 1e-3,
        "mg": 1e-6,
        "斤": 0.5,
        "市斤": 0.5,
        "lb": 0.45359237,
        "lbs": 0.45359237,
        "pound": 0.45359237,
        "pounds": 0.45359237,
        "oz": 0.0283495,
        "ounce": 0.0283495,
        "ounces": 0.0283495,
        "磅": 0.45359237,
        "吨": 1000,
    },
    "length_cm": {
        "cm": 1,
        "厘米": 1,
        "公分": 1,
        "mm": 0.1,
        "毫米": 0.1,
        "m": 100,
        "米": 100,
        "inch": 2.54,
        "inches": 2.54,
        "in": 2.54,
        '"': 2.54,
        "″": 2.54,
        "''": 2.54,
        "英寸": 2.54,
        "寸": 2.54,
        "吋": 2.54,
        "ft": 30.48,
        "feet": 30.48,
        "foot": 30.48,
        "尺": 33.3333,
    },
    "power_w": {"w": 1, "瓦": 1, "watt": 1, "watts": 1, "kw": 1e3, "千瓦": 1e3},
    "cooling_hp": {"匹": 1, "hp": 1, "p": 1},
    "area_m2": {"m2": 1, "平": 1, "平米": 1, "平方米": 1, "平方": 1, "sqm": 1, "sq m": 1, "sq ft": 0.092903},
    "storage_gb": {"gb": 1, "g": 1, "tb": 1024, "t": 1024, "mb": 1 / 1024},
    "frequency_hz": {"hz": 1, "赫兹": 1, "khz": 1e3, "mhz": 1e6, "ghz": 1e9},
    "charge_mah": {"mah": 1, "毫安": 1, "毫安时": 1, "ah": 1e3},
    "voltage_v": {"v": 1, "伏": 1, "volt": 1, "volts": 1},
    "people": {"人": 1, "人份": 1, "person": 1, "people": 1, "persons": 1},
    "pieces": {
        "件": 1,
        "只": 1,
        "个": 1,
        "片": 1,
        "支": 1,
        "包": 1,
        "条": 1,
        "双": 1,
        "盒": 1,
        "瓶": 1,
        "套": 1,
        "pack": 1,
        "pk": 1,
        "pcs": 1,
        "pc": 1,
        "piece": 1,
        "pieces": 1,
        "ct": 1,
        "count": 1,
    },
    "burners": {"眼": 1, "头": 1, "burner": 1, "burners": 1},
    "minutes": {
        "分钟": 1,
        "min": 1,
        "mins": 1,
        "minute": 1,
        "minutes": 1,
        "小时": 60,
        "hour": 60,
        "hours": 60,
        "h": 60,
    },
    "speed_rpm": {"rpm": 1, "转": 1},
    "layers": {"层": 1, "layer": 1, "layers": 1, "tier": 1, "tiers": 1},
}
_BY_UNIT: dict[str, list[tuple[str, float]]] = {}
for _dimension, _units in _UNITS.items():
    for _unit, _factor in _units.items():
        _BY_UNIT.setdefault(_unit, []).append((_dimension, float(_factor)))

_UNIT_TEXT = "|".join(re.escape(unit) for unit in sorted(_BY_UNIT, key=len, reverse=True))
_QUANTITY = re.compile(rf"(?<![a-z0-9.])(\d+(?:\.\d+)?)[\s-]?({_UNIT_TEXT})(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Quantity:
    """A number with a unit at ``[start, end)``; ``magnitudes`` holds every (dimension, base magnitude)."""

    start: int
    end: int
    magnitudes: tuple[tuple[str, float], ...]


def magnitude_key(magnitude: float) -> float:
    """Magnitudes equal to six digits are one."""
    return float(f"{magnitude:.6g}")


def find_quantities(text: str) -> list[Quantity]:
    """Quantities in a folded text, left to right."""
    return [
        Quantity(
            start=match.start(),
            end=match.end(),
            magnitudes=tuple(
                (dimension, magnitude_key(float(match.group(1)) * factor))
                for dimension, factor in _BY_UNIT[match.group(2).lower()]
            ),
        )
        for match in _QUANTITY.finditer(text)
    ]


def read_value(value: str, *, unit: str | None) -> tuple[tuple[str, float], ...]:
    """Magnitudes of a taxonomy value such as "12 L", or "12" of an attribute in L; () for words."""
    found = find_quantities(value)
    if len(found) == 1 and found[0].start == 0 and found[0].end == len(value):
        return found[0].magnitudes
    if unit is not None and _NUMBER.fullmatch(value):
        return tuple((dimension, magnitude_key(float(value) * factor)) for dimension, factor in _BY_UNIT.get(unit, []))
    return ()
