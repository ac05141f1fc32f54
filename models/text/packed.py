"""Whether 大 or 小 before a container says how much is sold (大瓶 of a drink) or how big the container is (小瓶 of glass)."""

from __future__ import annotations

import re
from functools import cache

from models.text.boundaries import is_han
from models.text.lexicon import load_yaml
from models.text.made_of import is_consumed, names_a_product


def is_packed(joined: str, start: int, end: int) -> bool:
    """Whether the word at ``[start, end)`` of texts that stand one a line, such as 大瓶, is one value: 豆奶大瓶, 小包芝麻.

    It is beside what is sold in such a container; beside anything else the container is the product and 大 its size.
    """
    words = load_packs()
    first, last = joined.rfind("\n", 0, start) + 1, joined.find("\n", end)
    before, after = joined[first:start], joined[end : last if last >= 0 else len(joined)]
    if after and is_han(after[0]):
        if before or len(after) == 1:  # 大卷纸 is a roll of a kind
            return False
        begins = words["begins"].match(after) is not None and not names_a_product(after)
        return begins or words["filled"].search(after) is not None or is_consumed(after)
    if not before or not is_han(before[-1]) or words["empty"].search(before):
        return False
    return joined[end - 1] in words["never_sold_empty"] or words["filled"].search(before) is not None or is_consumed(before)


@cache
def is_container(word: str) -> bool:
    """Whether a folded size word is 大 or 小 with a container or a piece: 大瓶, 小包."""
    return len(word) == 2 and word[0] in "大小" and word[1] in load_yaml("packs.yaml")["containers"]


@cache
def load_packs() -> dict:
    """The words of ``lexicon/packs.yaml``, compiled where they are searched for at the end of a text."""
    words = load_yaml("packs.yaml")
    ends = {name: re.compile(rf"(?:{'|'.join(words[name])})$") for name in ("filled", "empty")}
    begins = re.compile(rf".{{0,3}}(?:{'|'.join(words['filled'])})")
    return ends | {"begins": begins, "never_sold_empty": frozenset(words["never_sold_empty"])}
