"""How shoppers type what they want: synonyms, order, spaces, slips, in Chinese and English."""

from __future__ import annotations

import numpy as np

from bench.second_market.catalogue import Category, Value

FILLERS_ZH = ("推荐", "好用的", "新款", "家用", "性价比高", "送人", "质量好", "正品")
FILLERS_EN = ("best", "new", "good", "for home", "gift", "reviews", "top rated")


def _slip(text: str, rng: np.random.Generator) -> str:
    """Now and then a letter is lost, capitals are used, or digits are full-width."""
    chance = rng.random()
    if chance < 0.03 and len(text) > 6 and text.isascii():
        cut = int(rng.integers(1, len(text) - 1))
        return text[:cut] + text[cut + 1 :]
    if chance < 0.08:
        return text.upper()
    if chance < 0.10:
        return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)
    return text


def word(value: Value, english: bool, rng: np.random.Generator) -> str:
    """One of the surface forms of a value; the first is the most usual."""
    forms = value.en if english else value.zh
    return forms[0] if rng.random() < 0.6 else str(rng.choice(forms))


def query(category: Category, stated: dict[int, int], english: bool, rng: np.random.Generator) -> str:
    """A query that names the stated values, mostly the category, sometimes something else."""
    parts = [word(category.attributes[a].values[v], english, rng) for a, v in stated.items()]
    parts = [str(p) for p in rng.permutation(parts)] if parts else []
    name = category.en if english else category.zh
    if not parts or rng.random() < 0.9:
        parts.append(name[0] if rng.random() < 0.6 else str(rng.choice(name)))
    if rng.random() < 0.25:
        parts.insert(int(rng.integers(0, len(parts) + 1)), str(rng.choice(FILLERS_EN if english else FILLERS_ZH)))
    joiner = " " if english or rng.random() < 0.5 else ""
    return _slip(joiner.join(parts), rng)


def title(category: Category, values: list[int], brand: str, english: bool, rng: np.random.Generator) -> str:
    """A product's title: brand, values, category; one value in six is left out."""
    parts = [brand]
    for attribute, v in zip(category.attributes, values, strict=True):
        if rng.random() > 1 / 6:
            parts.append(word(attribute.values[v], english, rng))
    return " ".join([*parts, (category.en if english else category.zh)[0]])
