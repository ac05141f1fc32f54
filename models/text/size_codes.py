"""Sizes without a unit of measure: 170/92a, 38码, 2xl, eu 38, 75b, a4, m6, 5号, 1:64, 4*16*6, 205/55r16.

A bare number is one only beside what is sized by it (``lexicon/sized.yaml``): 25管, 男鞋42.
"""

from __future__ import annotations

import re

from models.text.lexicon import load_yaml
from models.text.normalise import SPACED, fold


def _sized(group: str) -> str:
    return "|".join(load_yaml("sized.yaml")[group])


_NUMBERED_CHARACTERS = "".join(word for word in load_yaml("sized.yaml")["numbered"] if len(word) == 1)
_SIZE_CODES = (
    r"1[4-9]\d/\d{2,3}[a-g]?|1[/:]\d{2,3}|1比\d{1,3}",
    r"eu[ :]?[2-5]\d(?:\.5)?|(?:us|uk)[ :]?(?:1\d|\d)(?:\.5)?",
    r"(?:size|sz|尺码|尺寸|taille|grosse|talla|taglia)[ :]?\d{1,3}(?:\.5)?",
    r"\d{1,3}(?:\.5)?(?:码|#)",
    rf"\d{{1,3}}号(?=[^\n]{{0,6}}(?:{_sized('numbered')}))|(?<=[{_NUMBERED_CHARACTERS}])\d{{1,3}}号",
    r"(?:[2-9]xl|x{0,4}[sl]|m)(?:码|号|size)|[2-9]xl|x{1,5}[sl]",
    r"(?:32|34|36|38|70|75|80|85|90|95)(?:[a-c]|[d-h]{1,2}罩?杯)(?:罩?杯)?",
    r"\d{1,4}(?:\.\d+)? ?(?:x|\*|乘以?) ?\d{1,4}(?:\.\d+)?(?: ?(?:x|\*|乘以?) ?\d{1,4}(?:\.\d+)?|-\d{1,2}(?!\d))?",
    r"[12]\d{2}[/ -]{0,2}\d{2}[/ -]{0,2}(?:z?r)?(?:1[2-9]|2[0-2])(?:at|mt)?(?=[^\n]{0,6}胎)",
    r"[12]\d5[/ -]?[3-8][05][/ -]?z?r?(?:1[2-9]|2[0-2])",
    r"[ab][2-6](?= ?(?:纸|本|尺寸|大小|打印|复印|文件|画|相框|paper|sheet|size|note|book|envelop))",
    r"(?<=[纸签本印件夹册框袋板画])[ab][2-6]",
    rf"m\d{{1,2}}(?:\.\d)?(?= ?[*x]\d|[^\n]{{0,6}}(?:{_sized('threaded')}))|(?<=[螺丝钉栓母杆])m\d{{1,2}}",
    rf"\d{{1,3}}(?:\.\d)?(?={_sized('bored')})|\d{{1,3}}(?:\.\d{{1,2}})?(?=口径)|(?:直径|口径)\d{{1,4}}(?:\.\d{{1,2}})?(?!点)|\d{{1,2}}(?:\.\d{{1,2}})?厚",
    r"[13]/[248](?![\d年月号])",
    r"(?:2\.5|3\.5|6\.35)(?=音频|耳机|插头|插口|公|母|转|aux)",
    rf"(?<={_sized('worn')})(?:3[3-9]|4[0-8]|[7-9]0|1[0-9][05])(?![\d.%年月日支双-])",
)
SIZE_CODE = re.compile(rf"(?<!{SPACED})(?<![/.,-])(?:{'|'.join(_SIZE_CODES)})(?!{SPACED})(?!/)")
_SIZE_WORDS = re.compile(r"^(?:eu|us|uk|size|sz|尺码|尺寸|taille|grosse|talla|taglia)[ :]?|(?:码|号|size|罩?杯|#)$")


def size_code(surface: str) -> str:
    """The code without the words around it: 38 of 38码 and of eu 38."""
    return _SIZE_WORDS.sub("", fold(surface)).strip()
