"""Where a word may begin and end, script by script."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sized
from functools import cache
from itertools import takewhile

import rjieba

from models.text.data_files import load_yaml
from models.text.inflection import no_compound
from models.text.lexicon import guard_words, listed_words, packs
from models.text.normalise import SPACED

START = 1  # must not continue a word of an alphabetic script
END = 2  # must not be continued by one
SINGLE_HAN = 4  # one Chinese character: must be a word of its own
SINGLE_LETTER = 8  # one letter: takes no plural s and follows no apostrophe
SYLLABLE = 16  # one Korean syllable: needs no neighbour of its script
HAN = 32  # more Chinese characters: must not cut a word
OPENING = 128  # may be continued by what is made of it: Edelstahltopf
GUARD = 64  # keeps shorter words out even where its own senses do not apply
_SHORTEST_RESPELLED = 3
_FREQUENCY = 100  # at least, of the lexicon's words in the dictionary
_PRODUCT_WITHIN = 3  # 小矮桌: characters that make no word, up to the product
_NUMERALS = frozenset("一二三四五六七八九十")
_HAVING = frozenset("含无無免带加有")
_MADE = ("的材质", "材质")
_OPENED = re.compile(r"[a-z]{3,}")
_SPACED = re.compile(SPACED)


class _Kinds(dict[str, bool]):
    """Character → whether it belongs to a script with spaces between words."""

    def __missing__(self, char: str) -> bool:
        # Korean writes particles on the word and compounds without a space
        self[char] = found = bool(_SPACED.fullmatch(char)) and not "\uac00" <= char <= "\ud7a3"
        return found


_IS_SPACED = _Kinds()


def rule_of(word: str, *, is_opening: bool = False) -> int:
    """Which checks a folded word needs: a sum of the flags above, 0 for none."""
    rule = (OPENING if is_opening else 0) | (START if _IS_SPACED[word[0]] else 0) | (END if _IS_SPACED[word[-1]] else 0)
    if word in guard_words():
        rule |= GUARD
    if len(word) == 1:
        rule |= SINGLE_HAN if is_han(word) else 0
        rule |= SINGLE_LETTER if _IS_SPACED[word] else 0
        rule |= SYLLABLE if "\uac00" <= word <= "\ud7a3" else 0
    elif is_han(word[0]) and is_han(word[-1]):
        rule |= HAN
    return rule


def is_at_boundary(text: str, start: int, end: int, rule: int) -> bool:
    """Whether ``[start, end)`` begins and ends where its rule allows; a plural s may follow."""
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    if rule & START and _IS_SPACED[before]:
        return False
    if rule & SINGLE_LETTER and before == "'":  # men's
        return False
    if rule & SYLLABLE and ("\uac00" <= before <= "\ud7a3" or "\uac00" <= after <= "\ud7a3"):
        return False
    if rule & END and _IS_SPACED[after]:
        if rule & OPENING and _OPENED.match(text, end) and not no_compound().match(text, end):
            return True
        plural = after == "s" and text[end - 1].isalpha() and not rule & SINGLE_LETTER
        return plural and not (end + 1 < len(text) and _IS_SPACED[text[end + 1]])
    return True


@cache
def _segmenter() -> rjieba.Jieba:
    """The dictionary, with the lexicon's words in it as words that are often used: 实木 before 木香."""
    segmenter = rjieba.Jieba()
    for word in sorted(listed_words("zh") | guard_words() | product_words()):
        if len(word) > 1 and all(map(is_han, word)):
            segmenter.add_word(word, max(_FREQUENCY, segmenter.suggest_freq(word)), None)
    return segmenter


class Words:
    """Dictionary words of folded texts, one a line (jieba's dictionary, no guessed words)."""

    def __init__(self, joined: str) -> None:
        self._text = joined
        self._starts: list[int] = []  # of the word that covers each character
        self._lengths: list[int] = []
        position = 0
        for word in _segmenter().cut(joined, False):
            self._starts += [position] * len(word)
            self._lengths += [len(word)] * len(word)
            position += len(word)

    def is_cut(self, start: int, end: int, *, is_strict: bool = False) -> bool:
        """Whether ``[start, end)`` ends inside a word that it does not contain from its beginning, or begins so.

        姜红 in 姜红糖 does: 红糖 is the word.
        """
        text, head = self._text, self._starts[start]
        if end < len(text) and is_han(text[end]):
            if start < self._starts[end] < end:  # unless what is left over is the product: 实木 in 实木柜
                last = self._starts[end] + self._lengths[end]
                word = text[self._starts[end] : last]
                is_fixed = len(word) > 2 and word in guard_words()  # 紫外线 in 废水紫外线灯
                return is_strict or is_fixed or not _ends_a_product(text[end:last])
            rest = self._starts[start] + self._lengths[start] - end
            if head == start and rest == 1 and text[end] not in head_characters():  # 软胶 in 软胶囊
                return True
        return head < start and is_han(text[start]) and head + self._lengths[start] < end

    def is_unreadable(self, start: int, end: int, difference: int) -> bool:
        """Whether ``[start, end)`` makes no words as typed: what a mistype at ``difference`` leaves behind.

        In three characters no word may be readable, in more one that does not hold the difference.
        """
        covers = {(self._starts[i], self._lengths[i]) for i in range(start, end)}
        longer = [(first, length) for first, length in covers if length > 1]
        if end - start == _SHORTEST_RESPELLED:
            return not longer
        return all(
            first >= start and first + length <= end and not first <= start + difference < first + length
            for first, length in longer
        )

    def is_value(self, position: int, singles: Mapping[str, frozenset[str]], words: Mapping[str, Sized]) -> bool:
        """Whether one Chinese character is a value, not a piece of a word or name.

        It is one of two values of one attribute side by side (黑白; ``singles``: character → its attributes); or
        heads a compound that ends in a product character (白衬衫, 铁锅); or stands between a known word or an edge
        and a product, value (one of ``words`` that has senses) or edge.
        """
        start, length = self._starts[position], self._lengths[position]
        word = self._text[start : start + length]
        char = word[position - start]
        if char in _characters("only_before_a_product"):
            return self._is_size(position)
        if length == 1 and self._text.startswith(_MADE, position + 1):
            return True
        is_before_a_product = self._is_product(position + 1)
        if is_before_a_product and self._word_at(position + 1).endswith(char):  # 擦手纸吸油纸: the thing itself
            return False
        if char in _characters("only_before_a_head") and length == 1:
            if self._is_edge(position + 1):
                if char in _characters("at_the_end") and self._is_word(start - 1):
                    return True
                if char in _characters("behind_a_product") and self._is_behind_a_product(start):
                    return True
            is_shape = not self._is_edge(position + 1) and self._word_at(position + 1) in _characters("shapes")
            is_shaped = (is_shape and self._is_product(position + 2)) or _ornament().match(self._text, position + 1)
            return self._is_known(start - 1, singles) and (is_before_a_product or bool(is_shaped))  # 铁方罐, 瓷鱼挂件
        if length == 1:
            if char in _characters("anywhere"):
                return True
            if start and self._text[start - 1] == "小" and not is_before_a_product:  # 小白空气
                return False
            is_last = self._is_edge(position + 1) and char in _colours()
            if is_last and self._is_word(start - 1):  # 瑜伽裤绿, not 春日绿
                return self._is_behind_a_product(start) or self._is_meant(self._starts[start - 1], words)
            is_followed = is_before_a_product or self._is_edge(position + 1) or self._is_meant(position + 1, words)
            return self._is_known(start - 1, singles) and is_followed
        if word in guard_words():
            return False
        if start == position and _ends_a_product(word[1:]):
            return True
        if length == 2 and word[0] in _HAVING and position > start:  # 含糖, 无糖, 加棉
            return True
        is_pair = length == 2 and not frozenset.isdisjoint(*(singles.get(c, frozenset()) for c in word))
        is_described = length == 2 and singles.keys() >= set(word) and self._is_product(start + length)  # 黑木茶桌
        return (is_pair or is_described) and char not in _characters("only_before_a_head")

    def stands_alone(self, position: int) -> bool:
        """Whether no other Chinese character is beside the one at ``position``."""
        return self._is_edge(position - 1) and self._is_edge(position + 1)

    def _is_size(self, position: int) -> bool:
        """Whether 大 or 小 at ``position`` is how big the product is: 小电锅, 拖把大, not 小客厅 or 大时代."""
        start, length = self._starts[position], self._lengths[position]
        word = self._text[start : start + length]
        if length > 1:  # 小冰箱 as one word of the dictionary
            return start == position and word not in guard_words() and _ends_a_product(word[1:])
        if self._is_edge(start - 1):
            return self._is_product(self._after_description(position + 1))
        follows = self._is_known(start - 1, ())
        if self._is_edge(position + 1) or self._text[position + 1] == "的":
            return follows
        if self._lengths[position + 1] > 1:
            is_first = self._is_edge(start - 2) and not self._text[max(0, start - 2)].isdigit()  # 3米大圆桌
            is_in_a_name = is_first or self._text[start - 1] in _NUMERALS  # 罗小黑, 五小
            return (follows or not is_in_a_name) and self._is_product(position + 1)
        ahead = range(position + 1, position + 1 + _PRODUCT_WITHIN)
        return follows and any(self._is_product(i) for i in takewhile(lambda i: self._is_single_before(i), ahead))

    def _after_description(self, position: int) -> int:
        """Where the next word begins that is none that describes a product: 锅 of 电煮锅, 盆 of 陶瓷盆."""
        last = position + _PRODUCT_WITHIN
        while position < last and not self._is_edge(position) and not self._is_product(position):
            word = self._word_at(position)
            if word not in (_characters("describing") if len(word) == 1 else listed_words("zh")):
                break
            position += len(word)
        return position

    def _is_single_before(self, position: int) -> bool:
        """Whether only characters that make no word stand right before ``position``."""
        return not self._is_edge(position - 1) and self._lengths[position - 1] == 1

    def _is_meant(self, position: int, words: Mapping[str, Sized]) -> bool:
        return len(words.get(self._word_at(position), ())) > 0

    def _is_edge(self, position: int) -> bool:
        return position < 0 or position >= len(self._text) or not is_han(self._text[position])

    def _is_word(self, position: int) -> bool:
        """Whether a word of more than one character is at ``position``."""
        return not self._is_edge(position) and self._lengths[position] > 1

    def _is_behind_a_product(self, position: int) -> bool:
        """Whether the word that ends right before ``position`` ends in a product character."""
        return self._is_word(position - 1) and _ends_a_product(self._text[self._starts[position - 1] : position])

    def _is_product(self, position: int) -> bool:
        """Whether the word that begins at ``position`` ends in a product character."""
        if self._is_edge(position):
            return False
        return _ends_a_product(self._word_at(position))

    def _word_at(self, position: int) -> str:
        """The rest of the word at ``position``."""
        return self._text[position : self._starts[position] + self._lengths[position]]

    def _is_known(self, position: int, singles: Container[str]) -> bool:
        """Whether the neighbour at ``position`` is an edge, another script, a word, a value or a product character."""
        if self._is_edge(position):
            return True
        char = self._text[position]
        known = char in head_characters() or char in _characters("before") or char in singles
        return known or self._lengths[position] > 1


@cache
def _characters(group: str) -> frozenset[str]:
    return frozenset(load_yaml("heads.yaml")[group])


@cache
def product_words() -> frozenset[str]:
    """Chinese product words that end in none of the characters that end product words."""
    return frozenset(load_yaml("heads.yaml")["products"])


@cache
def _colours() -> frozenset[str]:
    """Colours of one character."""
    return frozenset(word for word in packs()["colour"].concept_of if len(word) == 1)


@cache
def _ornament() -> re.Pattern[str]:
    """Up to three characters and what may be shaped like anything: 鱼挂件."""
    return re.compile(rf"[^\n]{{1,3}}(?:{'|'.join(load_yaml('heads.yaml')['ornaments'])})")


def head_characters() -> frozenset[str]:
    """Characters that end Chinese product words: 锅, 裙."""
    return _characters("heads")


def _ends_a_product(word: str) -> bool:
    stem = word.removesuffix("子")
    return bool(stem) and (stem[-1] in head_characters() or word in product_words())


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one."""
    return "\u3400" <= char <= "\u9fff"
