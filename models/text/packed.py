"""Whether 大 or 小 before a container says how much is sold (大瓶 of a drink) or how big it is (小瓶 of glass)."""

from __future__ import annotations

import re
from functools import cache

from models.text.boundaries import is_han
from models.text.data_files import load_yaml
from models.text.made_of import is_consumed, names_a_product


def is_empty_container(joined: str, start: int, end: int) -> bool:
    """Whether the size word at ``[start, end)`` of texts, one a line, is a container that is itself the product.

    Then 大 alone is its size: 玻璃小瓶. Beside what is sold in it the word is one value: 豆奶大瓶, 小包芝麻.
    """
    return _is_container(joined[start:end]) and not _is_packed(joined, start, end)


@cache
def _is_container(word: str) -> bool:
    """Whether a folded word is 大 or 小 with a container or a piece: 大瓶, 小包."""
    return len(word) == 2 and word[0] in "大小" and word[1] in load_yaml("packs.yaml")["containers"]


def _is_packed(joined: str, start: int, end: int) -> bool:
    words = _packs()
    first, last = joined.rfind("\n", 0, start) + 1, joined.find("\n", end)
    before, after = joined[first:start], joined[end : last if last >= 0 else len(joined)]
    if after and is_han(after[0]):
        if before or len(after) == 1:  # 大卷纸 is a roll of a kind
            return False
        begins = words["begins"].match(after) is not None and not names_a_product(after)
        return begins or words["filled"].search(after) is not None or is_consumed(after)
    if not before or not is_han(before[-1]) or words["empty"].search(before):
        return False
    is_never_empty = joined[end - 1] in load_yaml("packs.yaml")["never_sold_empty"]
    return is_never_empty or words["filled"].search(before) is not None or is_consumed(before)


@cache
def _packs() -> dict[str, re.Pattern[str]]:
    """What is sold in containers, at the end and at the beginning of a text, and what is said of an empty one."""
    words = load_yaml("packs.yaml")
    filled, empty = "|".join(words["filled"]), "|".join(words["empty"])
    return {
        "filled": re.compile(f"(?:{filled})$"),
        "begins": re.compile(f".{{0,3}}(?:{filled})"),
        "empty": re.compile(f"(?:{empty})$"),
    }
