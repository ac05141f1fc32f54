"""Sizes without a unit of measure: 170/92a, 38码, 2xl, eu 38, 75b, a4, m6x20, 5号, 1:64, 4*16*6, 205/55r16, 5w-30.

A bare number is one only beside what is sized by it (``lexicon/sized.yaml``): 25管, 男鞋42.
"""

from __future__ import annotations

import re

from models.text.lexicon import load_yaml
from models.text.normalise import SPACED, fold


def _sized(group: str) -> str:
    return "|".join(load_yaml("sized.yaml")[group])


def _behind(group: str) -> str:
    """Before a digit, right after one of the words, which may differ in length."""
    return rf"(?=\d)(?:{'|'.join(f'(?<={word})' for word in load_yaml('sized.yaml')[group])})"


_NUMBERED_CHARACTERS = "".join(word for word in load_yaml("sized.yaml")["numbered"] if len(word) == 1)
_SIDE = r"\d{1,4}(?:\.\d{1,3})?"
_SIZE_NAMES = (
    r"size|sz|尺码|尺寸|taille|pointure|grosse|gr\.|talla|taglia|misura|tamanho|maat|rozmiar|размер|サイズ|사이즈"
)
_LENGTH_UNIT = r"(?:cm|mm|m|厘|毫|米|公分|寸|尺|°|度)"
_TIMES = r" ?(?:x|\*|乘以?|х) ?"
_SIZE_CODES = (
    r"1[4-9]\d/\d{2,3}[a-g]?|1[/:]\d{2,3}|1比\d{1,3}",
    r"eu[ :]?[2-5]\d(?:\.5)?|(?:us|uk)[ :]?(?:1\d|\d)(?:\.5)?",
    rf"(?:{_SIZE_NAMES})[ :]?(?:\d{{1,3}}(?:\.\d{{1,2}})?|[2-6]xl|x{{0,3}}[sl]|m)",
    r"\d{2}(?:-|~|一|到|至)\d{2}码|(?:1\d\d|\d{1,2})(?:\.5)?(?:码|#)",
    rf"\d{{1,3}}号(?=[^\n]{{0,6}}(?:{_sized('numbered')}))|(?<=[{_NUMBERED_CHARACTERS}])\d{{1,3}}号",
    r"(?<!第)[一二三五六七八九十]{1,2}号(?=[^\n]{0,2}(?:电池|篮球|足球|排球|针|鱼?钩))",
    r"(?:[2-9]xl|x{0,4}[sl]|m)(?:码|号|size)|[2-9]xl|x{1,5}[sl]",
    rf"(?:32|34|36|38|70|75|80|85|90|95)(?:[bc]|a(?=[^\n]{{0,6}}(?:{_sized('cupped')}))|[a-h]{{1,2}}罩?杯)",
    rf"{_behind('cupped')}(?:32|34|36|38|70|75|80|85|90|95)[a-h]",
    rf"m\d{{1,2}}(?:\.\d)?{_TIMES}{_SIDE}(?:-\dh|{_TIMES}{_SIDE})?|{_SIDE}(?:{_TIMES}{_SIDE}){{1,2}}(?:-\d{{1,2}}(?!\d)|/\d{{2}}-\d{{3}})?",
    r"\d{1,3}(?:\.\d)? \d{1,3}(?:\.\d)? \d{1,3}(?:\.\d)?(?=[^\n]{0,3}[箱盒袋柜])",
    r"\d{1,3}/\d{1,3}/\d{1,3}(?=[^\n]{0,4}(?:油封|轴承|密封|垫圈))",
    r"[12]\d{2}[/ -]{0,2}\d{2}[/ -]{0,2}(?:z?r)?(?:1[2-9]|2[0-2])(?:at|mt)?(?=[^\n]{0,6}胎)",
    r"(?:[5-9]\d|1[0-9]0)/(?:[5-9]0|100)-(?:8|1[0-9])",
    r"[12]\d5[/ -]?[3-8][05][/ -]?z?r?(?:1[2-9]|2[0-2])|\d{1,2}\.\d{2}-?r?(?:1[2-9]|2[0-2])(?:lt)?(?=[^\n]{0,6}胎)",
    r"[ab][2-6](?= ?(?:纸|本|尺寸|大小|打印|复印|文件|画|相框|paper|sheet|size|note|book|envelop))",
    r"(?<=[纸签本印件夹册框袋板画])[ab][2-6]",
    rf"m\d{{1,2}}(?:\.\d)?(?=[^\n]{{0,6}}(?:{_sized('threaded')}))|(?<=[螺丝钉栓母杆])m\d{{1,2}}",
    rf"(?!201|304|316|430)\d{{1,3}}(?:\.\d)?(?={_sized('bored')})|\d{{1,3}}(?:\.\d{{1,2}})?(?=口径)|(?:直径|口径)\d{{1,4}}(?:\.\d{{1,2}})?(?!点)|\d{{1,2}}(?:\.\d{{1,2}})?厚",
    rf"[高宽长深]{_SIDE}(?:[x*]?[高宽长深]{_SIDE})+(?! ?{_LENGTH_UNIT})",
    r"(?<!\d)\d{2,3}(?:\.\d)?[高宽长深](?![\u4e00-\u9fff])",
    rf"(?<=[\u4e00-\u9fff])[高宽长深]\d{{2,3}}(?:\.\d)?(?![\d年月]| ?{_LENGTH_UNIT})",
    r"\d{1,2}w-[2-6]0|\d{1,2}w ?[2-6]0(?=[^\n]{0,8}油)|(?<=油)\d{1,2}w ?[2-6]0",
    r"(?<!\d)\d{2,4}转\d{1,4}(?![\d码])",
    r"[13]/[248](?![\d年月号])",
    r"(?:2\.5|3\.5|6\.35)(?=音频|耳机|插|接头|公|母|转|aux)",
    rf"{_behind('bored')}\d{{1,3}}(?:\.\d{{1,2}})?(?![^\n])",
    rf"{_behind('worn')}(?:3[3-9]|4[0-8])(?:-|~|一|到|至)(?:3[3-9]|4[0-8])",
    rf"{_behind('worn')}(?:3[3-9]|4[0-8]|[7-9]0|1[0-9][05])(?![\d.%年月日支双纯-])",
    rf"(?<![a-z])(?:[89]0|1[0-7]0)(?={_sized('worn')})(?!服)",
)
SIZE_CODE = re.compile(rf"(?<!{SPACED})(?<![/.,-])(?:{'|'.join(_SIZE_CODES)})(?!{SPACED})(?!/|\.\d)")
_SIZE_WORDS = re.compile(rf"^(?:eu|us|uk|{_SIZE_NAMES})[ :]?|(?:码|号|size|罩?杯|#)$")


def size_code(surface: str) -> str:
    """The code without the words around it: 38 of 38码 and of eu 38."""
    return _SIZE_WORDS.sub("", fold(surface)).strip()
