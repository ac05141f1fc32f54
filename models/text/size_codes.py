"""Sizes without a unit of measure: 170/92a, 38码, 2xl, eu 38, 75b, a4, m6x20, 5号, 1:64, 4*16*6, 205/55r16, dn50.

A bare number is one only beside what is sized by it (``lexicon/sized.yaml``): 25管, 男鞋42, 1.8床.
"""

from __future__ import annotations

import re

from models.text.data_files import load_yaml
from models.text.normalise import SPACED, fold


def _sized(group: str) -> str:
    return "|".join(load_yaml("sized.yaml")[group])


def _behind(group: str, *, before: str = r"\d", space: str = "") -> str:
    """Before ``before``, right after one of the words (and a ``space``), which may differ in length."""
    return rf"(?={before})(?:{'|'.join(f'(?<={word}{space})' for word in load_yaml('sized.yaml')[group])})"


_NUMBERED_CHARACTERS = "".join(word for word in load_yaml("sized.yaml")["numbered"] if len(word) == 1)
_SIDE = r"\d{1,4}(?:\.\d{1,3}|,\d{1,2}(?=x|\b))?"
_NAMED = r"(?:[内外]?[直孔]?径|[内外]经|[高宽长深厚])\d{1,4}(?:\.\d{1,3})?"
_SIZE_NAMES = (
    r"size|sz|尺码|尺寸|taille|pointure|(?:schuh|kleider|konfektions)?(?:grosse|groesse)|gr\.|talla|numero|taglia|misura|tamanho|tam"
    r"|numeracao|aro|maat|schoenmaat|storlek|strl|stl|rozmiar|rozm|beden|размер|サイズ|사이즈|ukuran|مقاس|قياس"
)
_LENGTH_UNIT = r"(?:cm|mm|m|厘|毫|米|公分|寸|尺|°|度|丝|克|斤)"
_TIMES = r" ?(?:x|\*|乘以?|х) ?"
_TO = r"(?:-|~|一|到|至)"
_CUPS = r"(?:32|34|36|38|70|75|80|85|90|95)"
_SCREW = r"m\d{1,2}(?:\.\d)?"
_TYRE_SIDE = r"\d{1,3}(?:\.\d{1,3})?"
_NO_COUNT = r"(?![\d.%年月日天岁支双条件个只元块寸尺厘cm-])"
_LAMP_BASES = r"(?:e(?:10|11|12|14|17|26|27|40)|b22|gu10|gu5\.3|mr16|g[49]|h(?:1|3|4|7|8|9|11)|900[56])"
_NAPPY = r"(?:nb|[sml]|x{1,4}l)"
_CLOTHES = (
    r"1[4-9]\d/\d{2,3}[a-g]?",
    r"eu[ :]?[2-5]\d(?:\.5)?|(?:us|uk)[ :]?(?:1\d|\d)(?:\.5)?",
    rf"(?:(?:us|uk|eu) )?(?:{_SIZE_NAMES})[ :]?(?:\d{{1,3}}(?:\.\d{{1,2}})?|[2-6]xl|x{{0,3}}[sl]|m)",
    r"(?:1\d\d|\d\d)(?:\.5)? ?(?:beden|numara|размер(?:а|у)?|サイズ|사이즈)|\d{1,2} ?(?:numara|호)",
    r"(?:tamanho|tam) ?(?:pp?|gg?g?|xg)|(?:[2-9]xl|x{0,4}[sl]|m) ?(?:サイズ|사이즈|beden)",
    rf"\d{{2}}{_TO}\d{{2}}码|(?:1\d\d|\d{{1,2}})(?:\.5)?(?:码|#)",
    r"(?:[2-9]xl|x{0,4}[sl]|m)(?:码|号|size)|[2-9]xl|xs(?!改|换|后|手机|屏|max|苹)|x{2,5}s|x{1,5}l",
    rf"{_CUPS}(?:[bc]|d{{2,3}}|a(?=[^\n]{{0,6}}(?:{_sized('cupped')}))|[a-h]{{1,2}}罩?杯)",
    rf"{_behind('cupped')}{_CUPS}[a-h]",
    rf"[a-h](?:罩杯|杯(?=[^\n]{{0,6}}(?:{_sized('cupped')}|乳)))",
    rf"{_behind('cupped', before='[a-h](?:罩)?杯')}[a-h]罩?杯",
    rf"{_NAPPY}(?=(?:{_sized('nappies')})|\d{{2,3}}片)|{_behind('nappies', before='[nsmlx]')}{_NAPPY}码?",
    rf"{_behind('worn')}(?:3[3-9]|4[0-8]){_TO}(?:3[3-9]|4[0-8])",
    rf"{_behind('worn')}(?:3[3-9]|4[0-8]|[7-9]0|1[0-9][05])(?![\d.%年月日支双纯-])",
    rf"(?<![a-z])(?:[89]0|1[0-7]0)(?={_sized('worn')})(?!服)",
    rf"(?:(?<=裤)|(?<=裤[男女]))(?:2[5-9]|3[0-2]){_NO_COUNT}|(?<=鞋)(?:2\d|3[0-2]){_NO_COUNT}",
    r"w\d{2} ?[lx/] ?l?\d{2}|[2-6]x(?= plus)",
    rf"[2-6]t(?= (?:\w+ ){{0,2}}(?:{_sized('toddlers')}))|(?<=girls |.boys )[2-6]t(?! )",
    rf"(?:(?<=帽)|(?<=帽子))(?:5[4-9]|6[0-2]){_NO_COUNT}",
)
_ROUND = (
    r"(?:dn ?|de)\d{2,3}(?![a-z])|φ\d{1,4}(?:\.\d{1,3})?",
    rf"{_SCREW}(?:{_TIMES}|-){_SIDE}(?:-\dh|{_TIMES}{_SIDE})?",
    rf"{_SCREW}(?=[^\n]{{0,6}}(?:{_sized('threaded')}))|(?<=[螺丝钉栓母杆锥牙攻])m\d{{1,2}}",
    rf"\d{{1,2}}(?:\.\d{{1,3}})?(?:(?:-|一)\d{{1,2}})?(?=的?(?:合金|含钴|钨钢|高速钢)?(?:{_sized('gauged')}))",
    rf"(?!201|304|316|430)\d{{1,3}}(?:\.\d)?(?=的?(?:{_sized('of')})?(?:{_sized('bored')}))",
    r"\d{1,3}(?:\.\d{1,2})?(?=口径)",
    rf"{_behind('bored')}\d{{1,3}}(?:\.\d{{1,2}})?(?![^\n])",
    r"(?<!\d)\d{2,4}[转变]\d{1,4}(?![\d码年])|\d\.\d{1,2}转\d\.\d{1,2}",
    rf"(?:[13]/[248]|4/4)(?![\d年月号])|1/\d{{1,3}}(?=[^\n]{{0,4}}(?:{_sized('scaled')}))",
    rf"[01]\.\d{{1,2}}(?=的?(?:{_sized('written')}))|(?<=笔芯)[01]\.\d{{1,2}}",
    r"\d{1,2}(?:\.\d{1,2})?(?=的?(?:毛衣针|棒针|环形针|钩针))",
    r"\d{2}\+\d{2}(?=[^\n]{0,3}雨[刷刮])|(?<=雨[刷刮])\d{2}\+\d{2}|[345]u(?=[^\n]{0,3}(?:羽|球拍))|(?<=[球羽]拍)[345]u",
    r"(?:2\.5|3\.5|6\.35|6\.5)(?=音频|耳机|插|接头|公|母|转|aux)",
    r"\d{1,3}/\d{1,3}/\d{1,3}(?=[^\n]{0,4}(?:油封|轴承|密封|垫圈))",
)
_TYRES = (
    r"[12]\d{2}[/ -]{0,2}\d{2}[/ -]{0,2}(?:z?r)?(?:1[2-9]|2[0-2])(?:at|mt)?(?=[^\n]{0,6}胎)",
    r"(?:[5-9]\d|1[0-9]0)/(?:[5-9]0|100)-(?:8|1[0-9])",
    r"[12]\d5[/ -]?[3-8][05][/ -]?z?r?(?:1[2-9]|2[0-2])|\d{1,2}\.\d{2}-?r?(?:1[2-9]|2[0-2])(?:lt)?(?=[^\n]{0,6}胎)",
    rf"{_TYRE_SIDE}(?:[-x*]|一){_TYRE_SIDE}(?=[^\n]{{0,6}}(?:胎|防滑链))",
    r"(?:700|2\d|1\d)[x*]\d{1,2}(?:\.\d{1,3})?c|(?<![\d.])(?:[89]|[12]\d)(?=[内外]胎)",
)
_FOLDS = r"(?<!\d)(?:2|4|8|16|32|64)"  # of a sheet: 16开 is a sixteenth
_SHEETS_AND_BOXES = (
    rf"[ab][0-6](?=[^\n\d]{{0,3}}纸| ?(?:{_sized('formatted')}))",
    rf"{_behind('formatted_apart', before='[ab][0-6]', space=' ')}[ab][0-6]",
    rf"[ab][0-6](?= (?:{_sized('formatted_apart')}))",
    r"(?<=[纸签本印件夹册框袋板画膜卡抽])[ab][0-6]",
    rf"(?:对|全|[四八]|十六|三十二|{_FOLDS})开(?=[^\n]{{0,3}}(?:纸|本|卡|画|素描|水彩|报))",
    rf"{_FOLDS}k(?=[^\n]{{0,3}}(?:纸|本|书皮|画|素描|水彩|线圈))",
    r"(?<=纸)(?:对|[四八]|全|4|8|16)开|(?<!\d)(?:16|32)开(?![^\n])",
    r"\d{1,3}(?:\.\d)? \d{1,3}(?:\.\d)? \d{1,3}(?:\.\d)?(?=[^\n]{0,3}[箱盒袋柜])",
    r"(?:86|118|120)型|86(?=[底暗明线]盒)|c[3-7](?=信封)",
    r"t(?:[458]|10|12)(?=[^\n]{0,3}灯| (?:led |tube |light ){0,2}(?:tubes?|bulbs?|lights?|lamps?))",
    rf"{_LAMP_BASES}(?=[^\n]{{0,4}}(?:灯|螺口|光源|bulb|lamp|led))",
    r"(?:0\.9|1\.\d{1,2}|2\.[0-4])(?=的?(?:[大小]?床|榻榻米|凉席|蚊帐|被[子套罩]|席梦思))",
    r"(?<=[床被垫席帐笠])(?:1\.[2358]|2\.[02])(?!\d|米|m| ?[x*乘])",
)
_DIMENSIONS = (
    rf"{_SIDE}(?:{_TIMES}{_SIDE}){{1,2}}(?:-\d{{1,2}}(?!\d)|/\d{{2}}-\d{{3}})?",
    rf"{_NAMED}(?:[x*]?{_NAMED})+(?!\d| ?{_LENGTH_UNIT})",
    rf"(?:[内外]?[直孔]径|[内外]径|[内外]经|口径)\d{{1,4}}(?:\.\d{{1,3}})?(?![\d点]| ?{_LENGTH_UNIT})",
    r"(?<!\d)\d{1,4}(?:\.\d{1,2})?[高宽长深厚](?:[x*]?\d{1,4}(?:\.\d{1,2})?[高宽长深厚])+",
    r"(?<!\d)\d{2,3}(?:\.\d)?[高宽长深](?![\u4e00-\u9fff])|\d{1,2}(?:\.\d{1,2})?厚",
    r"\d\.\d{1,2}宽(?!\d)|\d{2,3}宽(?![\d带屏度松体频口])",
    r"(?<!\d)\d{2,3}[高宽长](?=的|[\u4e00-\u9fff]{0,4}[柜床桌架箱台凳墩])",
    rf"(?:(?<=[\u4e00-\u9fff])|(?<![^\n]))[高宽长深]\d{{2,3}}(?:\.\d)?(?![\d年月分]| ?{_LENGTH_UNIT})",
    r"厚\d{1,2}(?:\.\d)?(?=的)",
)
_STANDARDS = (
    rf"\d{{1,2}}(?:\.\d)?号(?=[^\n]{{0,6}}(?:{_sized('numbered')}))|\d{{3}}号(?=[^\n]{{0,3}}(?:{_sized('numbered')}))",
    rf"(?:(?<=[{_NUMBERED_CHARACTERS}])|(?<=戒指)|(?<=套筒)|(?<=扳手))\d{{1,2}}(?:\.\d)?号",
    r"a{2,4}(?=[^\n]{0,3}(?:电池|batter))",
    r"(?<!第)[一二三五六七八九十]{1,2}号(?=[^\n]{0,2}(?:电池|篮球|足球|排球|针|鱼?钩))",
    r"(?:18650|18350|21700|26650|14500|32650|cr?(?:20|16|24|12)(?:32|25|16|20|30|50))(?=[^\n]{0,4}(?:电池|锂电|电芯|电瓶|充电|纽扣))",
    r"(?<=电池)a(?:10|13|312|675)|a(?:10|13|312|675)(?=[^\n]{0,3}电池)",
    r"1[/:]\d{2,3}|1比\d{1,3}",
    r"\d{1,2}w-[2-6]0|\d{1,2}w ?[2-6]0(?=[^\n]{0,8}油)|(?<=油)\d{1,2}w ?[2-6]0",
    r"(?:1?\db|[2-6]h|hb)(?=[^\n]{0,3}(?:铅笔|铅芯|素描|炭笔))|(?<=铅笔|素描)(?:\d-)?(?:1?\db|[2-6]h|hb)",
)
_STARTS = r"(?=[\dabcdefghklmnprstuwx尺直口内外孔高宽长深厚径对全四八十三一二五六七九φрсサ사مق])"
# a code ends where no letter or digit follows, except where another value or word begins: xl42片, 60x30led灯, 50pvc管
_ENDS = (
    rf"(?:(?!{SPACED})|(?=\d{{2,3}}片|[uc]?pvc|ppr)"
    rf"|(?<=サイズ)|(?<=사이즈)|(?<=x\d\d)(?=led|kt板|[uvl]型)|(?<=t[458])(?=led))(?!/|\.\d|-[a-z\d](?!\.\d|\dh))"
)
_CODES = _CLOTHES + _ROUND + _TYRES + _SHEETS_AND_BOXES + _DIMENSIONS + _STANDARDS
SIZE_CODE = re.compile(rf"(?<!{SPACED})(?<![/.,-]){_STARTS}(?:{'|'.join(_CODES)}){_ENDS}")
_SIZE_WORDS = re.compile(
    rf"^(?:eu|us|uk|{_SIZE_NAMES})[ :]?| ?(?:码|号|호|size|罩?杯|#|beden|numara|размер[ау]?|サイズ|사이즈)$"
)


def size_code(surface: str) -> str:
    """The code without the words around it: 38 of 38码 and of eu 38."""
    return _SIZE_WORDS.sub("", fold(surface)).strip()
