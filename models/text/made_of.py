"""Whether a colour or material that a text names is the product's.

It is not where the text is about something for the material (玻璃清洁剂, 擦玻璃), a part of a door
or window made of it (断桥铝平开窗密封条), the material itself for sale (彩色水泥), a name or rank
(黄金会员), or something to eat (红糖). The words are in ``lexicon/treatments.yaml`` and ``lexicon/beside.yaml``.
"""

from __future__ import annotations

import re
from functools import cache

from models.text.boundaries import head_characters, is_han, product_words
from models.text.data_files import load_yaml
from models.text.lexicon import listed_words
from models.text.normalise import fold

_REACH_OF_A_TREATMENT = 6  # characters between a material and what treats it
_REACH_BEFORE = 2  # characters of what works on a material, before it
_POWDER_OR_FRUIT = frozenset("粉橙橘")
_LAST_AMOUNT = re.compile(r" ?\d+(?:\.\d+)? ?[a-z]{0,6}$")
_OF_A_SALT = frozenset("酸化")  # 硫酸铜, 氧化铁
_TOOL = re.compile(r"(?:神器|机器?|器|刀|工具|钳)$")
_KANA = re.compile("[\u3041-\u30ff]")
_NEAR = 8  # characters between a precious material and what is made of it


def is_of_the_product(kind: str, text: str, start: int, end: int, *, is_general: bool) -> bool:
    """Whether a colour or material (``kind``) at ``[start, end)`` of a folded text describes the product.

    ``is_general``: the attribute holds for any category, so the text alone must say whether it fits.
    """
    if kind == "material" and not is_made_of(text, start, end):
        return False
    if not is_general or kind not in ("colour", "material"):
        return True
    if text.startswith("味", end):  # 奶咖味
        return False
    if kind == "material" and _ends_in_english_food(text, start, end):
        return False
    if is_consumed(text) or _is_powder(text, start, end):
        return kind == "colour" and text[end - 1] == "色"
    if end < len(text) and _about().search(text, end + 1):
        return False
    return kind == "colour" or not is_sold_itself(text, start, end)


def _is_powder(text: str, start: int, end: int) -> bool:
    """Whether 粉, 橙 or 橘 at the end of a folded text is a powder or fruit: 八珍粉, but not 樱花粉."""
    return end == len(text) and text[end - 1] in _POWDER_OR_FRUIT and text[start:end] not in listed_words("zh")


def is_made_of(text: str, start: int, end: int) -> bool:
    """Whether the material at ``[start, end)`` of a folded text is what the product is made of."""
    after, before = _worked_on()
    word = text[start:end]
    if len(word) == 1 and start and text[start - 1] in _OF_A_SALT:
        return False
    if before.search(text, max(0, start - _REACH_BEFORE), start) or (word not in _hard() and after.match(text, end)):
        return False
    if _TOOL.search(text, end) and (_worked_by().search(text[: start + 1]) or text[start - 1 : start] in _work()):
        return False
    if word in _panes()[0] and _panes()[1].match(text, end):
        return False
    if is_han(word[-1]) and _agent().match(text, end) and not any(resin in word for resin in _agents_of()):
        return False
    companions = _companions().get(word)
    return companions is None or not companions.isdisjoint(
        text[max(0, start - _NEAR) : start] + text[end : end + _NEAR]
    )


def is_sold_itself(text: str, start: int, end: int) -> bool:
    """Whether a raw material begins or ends a folded text that names no product: 彩色水泥, but not 水杯陶瓷 or 纯棉."""
    if (start > 0 and end < len(text)) or not is_han(text[end - 1]) or text[start:end] not in _raw():
        return False
    rest = text[:start] + text[end:]
    return not names_a_product(rest) and not _KANA.search(rest)  # 大理石テーブル: Japanese names it otherwise


def is_consumed(text: str) -> bool:
    """Whether what a folded text names last is eaten, drunk, planted or put on the skin: it has no colour or material.

    红糙米新鲜 is, 酸奶杯陶瓷 is not.
    """
    at_the_end, anywhere = _consumed()
    if at_the_end.search(text):
        return True
    last = next((match.end() for match in reversed(list(anywhere.finditer(text)))), None)
    return last is not None and not names_a_product(_presented().sub("", text[last:]))


def _ends_in_english_food(text: str, start: int, end: int) -> bool:
    """Whether what is left of a folded text without ``[start, end)`` and its last amount ends in something consumed."""
    if text[start] > "z":
        return False
    rest = f"{text[:start].strip()} {text[end:].strip()}".strip()
    return _consumed_en().search(_LAST_AMOUNT.sub("", rest)) is not None


def names_a_product(text: str) -> bool:
    """Whether a folded text holds a character or word that Chinese product words end in."""
    return not head_characters().isdisjoint(text) or any(word in text for word in product_words())


@cache
def _consumed() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is consumed, at the end of a text; and those of its words that mean it anywhere."""
    words = load_yaml("beside.yaml")
    longer = (word for word in words["consumed"] if len(word) > 1 and word not in words["only_at_the_end"])
    return re.compile(rf"(?:{'|'.join(words['consumed'])})$"), re.compile("|".join(longer))


@cache
def _presented() -> re.Pattern[str]:
    """What something consumed comes in."""
    return re.compile("|".join(load_yaml("beside.yaml")["presented"]))


@cache
def _consumed_en() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(load_yaml('beside.yaml')['consumed_en'])})(?:e?s)?$")


@cache
def _about() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(load_yaml('beside.yaml')['about'])})$")


@cache
def _worked_on() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What follows, and what stands right before, a material that the product is for and not of."""
    words = load_yaml("treatments.yaml")
    opening, part = ("|".join(words[key]) for key in ("openings", "parts"))
    zh, en, before, first = ("|".join(words[key]) for key in ("zh", "en", "before", "first"))
    return (
        re.compile(
            rf"{words['for']}|.{{0,{_REACH_OF_A_TREATMENT}}}?(?:{zh})|.{{0,2}}?\b(?:{en})\b|.{{0,3}}?(?:{opening}).{{0,4}}?(?:{part})"
        ),
        re.compile(rf"(?:{before}|^(?:{first}))$"),
    )


@cache
def _worked_by() -> re.Pattern[str]:
    """Work that a text begins with, a few characters before a material: 锯竹子的工具."""
    return re.compile(rf"^(?:{'|'.join(load_yaml('treatments.yaml')['first'])})[^\n]{{0,3}}.$")


@cache
def _work() -> frozenset[str]:
    """Work of one character: 刮 of 橱窗刮玻璃神器."""
    return frozenset(load_yaml("treatments.yaml")["first"])


@cache
def _panes() -> tuple[frozenset[str], re.Pattern[str]]:
    """Materials of panes, and what follows one that something is put on."""
    words = load_yaml("treatments.yaml")
    return frozenset(words["panes"]), re.compile(rf"[^\n]{{0,2}}?(?:{words['on_panes']})")


@cache
def _agent() -> re.Pattern[str]:
    """An agent that ends the text: 防水剂, 底漆."""
    return re.compile(rf"[^\n]{{0,{_REACH_OF_A_TREATMENT}}}[{load_yaml('treatments.yaml')['agents']}]$")


@cache
def _agents_of() -> tuple[str, ...]:
    return tuple(load_yaml("treatments.yaml")["agents_of"])


@cache
def _hard() -> frozenset[str]:
    return frozenset(load_yaml("treatments.yaml")["hard"])


@cache
def _companions() -> dict[str, frozenset[str]]:
    """Folded material word → the characters one of which must stand near it."""
    return {
        fold(word): frozenset(group["beside"])
        for group in load_yaml("beside.yaml")["beside"].values()
        for word in group["words"]
    }


@cache
def _raw() -> frozenset[str]:
    return frozenset(map(fold, load_yaml("beside.yaml")["raw"]))
