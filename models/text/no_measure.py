"""Numbers before a unit that measure nothing: 一键启动, 50方管, 09速腾, 2022本, 5g手机, 7375a, 3m at the beginning."""

from __future__ import annotations

import re

from models.text.numbers import read_number

_SLEEVE_LENGTHS = frozenset({3, 5, 7, 8, 9})  # 七分袖, 九分裤: a cut; pipes come in 四分 and 六分
_NEVER_ONE = frozenset("键头路面弦门档挡速轴")  # 一键启动, 一路有你
_NAMES_WITH_ONE = frozenset("朵粒颗眼秒根个本只")  # begin a text as a name: 一朵, 一粒志, 一本通; but 一支, 一盒
# 九天玄女, 半亩花田
_NEVER_MEASURED = frozenset({("半", "天"), ("半", "亩"), ("一", "亩"), ("九", "天"), ("两", "头")})
_ONE_OF_A_SENTENCE = frozenset("个")  # 做一个好人
_SQUARE = frozenset("管通钢形口头格桌盒向程案便法")  # 50方管
_NETWORK = re.compile(r"网|手机|路由|卡|wifi|随身|模块|监控|球机|记录仪|摄像|流量|信号|天线|物联|对讲|phone|router|sim")
_WIRELESS = re.compile("wifi|随身|热点|路由|手机")
_CURRENT = re.compile(r"漏电|断路|空开|开关|电|闸|接触器|互感|插|瓶|熔断|保险|逆变|焊|线缆|桩|锂|amp|breaker|fuse")
_MONEY = re.compile("硬币|纸币|钱")  # 2分硬币
_WEIGHED = re.compile("叉|吨|盘|起重|吊|千斤|葫芦|秤|称|货")  # 3.5t叉车, but the engine of 1.8t火花塞
_ONLY_APART = frozenset({"st", "lu", "li"})  # 21st, 525li
_ONLY_GLUED = frozenset({"в"})  # 3 в 1 is three in one
_JAPANESE = frozenset("足脚缶膳冊")  # 361足球, 999足银
_REACH = 6  # characters beside a number that say what it is
# more of these are a name or a grade: 207档, 5008门, 90分
_MOST = {"档": 40, "挡": 40, "速": 40, "门": 12, "分": 60}


def is_a_saying(match: re.Match[str], number: float, *, is_counted: bool) -> bool:
    """Whether a Chinese number counts nothing: 一键启动, 一人之下, 三分之一, 一片式, 七分裤, 半盒."""
    unit, after = match["han_unit"], _after(match, "han_unit")
    if match.string.startswith("之", match.end()) or (number == 1 and match.string.startswith("式", match.end())):
        return True
    if unit == "分":
        return number in _SLEEVE_LENGTHS or _MONEY.match(after) is not None
    if (match["han"], unit) in _NEVER_MEASURED:
        return True
    if number == 1 and after[:1] > "\u3400" and after[:1] != "装":
        begins = match.start() == 0 or match.string[match.start() - 1] == "\n"
        if unit in _ONE_OF_A_SENTENCE or (begins and unit in _NAMES_WITH_ONE):
            return True
    return (number == 1 and unit in _NEVER_ONE) or (match["han"] == "半" and is_counted)


def is_no_measure(match: re.Match[str], *, is_counted: bool) -> bool:
    """Whether digits and a unit are something else: 50方管, 09速腾, 2022本, 5g手机, 207档."""
    digits, unit, after = match["number"], match["unit"], _after(match, "unit")
    is_current = unit == "a" and len(digits) == 3 and _CURRENT.search(after) is not None  # 100a断路器
    if _is_out_of_place(match, unit, after):
        return True
    if (_is_model_number(digits, unit) and not is_current) or _is_the_brand_3m(match):
        return True
    if re.fullmatch(r"0\d+", digits) or (re.fullmatch(r"20[12]\d", digits) and is_counted):
        return True
    if unit == "方":
        return after[:1] in _SQUARE
    if unit == "分" and (after[:1] in ("裤", "袖") or _MONEY.match(after)):  # 9分裤: a cut
        return True
    if unit == "g" and digits in ("2", "3", "4", "5"):
        before = match.string[max(0, match.start() - _REACH) : match.start()].rsplit("\n", 1)[-1]
        return _NETWORK.search(after) is not None or _WIRELESS.search(before) is not None
    if unit == "t" and re.fullmatch(r"[123]\.\d", digits):
        return _WEIGHED.search(after) is None
    return read_number(digits) > _MOST.get(unit, float("inf"))


def _is_out_of_place(match: re.Match[str], unit: str, after: str) -> bool:
    """Whether a unit that is written in one way only stands otherwise, as another word."""
    is_glued = match.start("unit") == match.end("number")
    if unit in _ONLY_APART:
        return (is_glued and not match["upper"]) or after.startswith(".")
    return (unit in _ONLY_GLUED and not is_glued) or (unit in _JAPANESE and after[:1] > "\u3400")


def _after(match: re.Match[str], unit: str) -> str:
    """What follows a unit in its line."""
    return match.string[match.end(unit) : match.end(unit) + _REACH].split("\n")[0]


def _is_model_number(digits: str, unit: str) -> bool:
    """7375a and 306012g are names of things, not magnitudes."""
    whole = re.split("[.,]", digits)[0]
    longest = 4 if unit in "wgmk" else 2 if unit in "at" else 3
    return (
        len(unit) == 1
        and unit.isascii()
        and unit.isalpha()
        and (len(whole) > longest or (whole.startswith("0") and len(whole) > 1))
    )


def _is_the_brand_3m(match: re.Match[str]) -> bool:
    """A text that begins with 3m names the maker."""
    begins = match.start() == 0 or match.string[match.start() - 1] == "\n"
    return begins and match.group() == "3m"
