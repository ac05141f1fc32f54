"""What shoppers type: Chinese, English and mixed queries with the noise of real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.samples.market_catalogue import (
    BRANDS,
    NOISE_EN,
    NOISE_ZH,
    TRADITIONAL,
    CategoryText,
)

ZH, EN, MIXED = 0, 1, 2
LANGUAGE_SHARE = (0.72, 0.10, 0.18)
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@dataclass(frozen=True, eq=False)
class QueryNeeds:
    """What n queries should say: ``stated`` and ``wants`` are ``(n, A)``; days and budgets (n,).

    ``phrase_share`` is the chance that the query names the category's unknown phrase.
    """

    stated: np.ndarray
    wants: np.ndarray
    budget_cny: np.ndarray
    phrase_share: np.ndarray
    language: np.ndarray


def draw_languages(n: int, rng: np.random.Generator, *, is_english: bool) -> np.ndarray:
    """Language of each session: ``ZH``, ``EN`` or ``MIXED``, or all ``EN``."""
    return np.full(n, EN) if is_english else rng.choice(3, n, p=LANGUAGE_SHARE)


def compose_queries(text: CategoryText, needs: QueryNeeds, *, rng: np.random.Generator) -> list[str]:
    """One query string per row of ``needs``."""
    n = len(needs.language)
    luck = rng.random((n, 9)).tolist()
    picks = rng.random((n, len(text.attributes))).tolist()
    tongue = rng.random(n) < 0.5
    is_english = ((needs.language == EN) | ((needs.language == MIXED) & tongue)).tolist()
    words = _value_words(text)
    stated, wants = needs.stated.tolist(), needs.wants.tolist()
    budgets, shares = needs.budget_cny.tolist(), needs.phrase_share.tolist()
    languages = needs.language.tolist()
    queries = []
    for i in range(n):
        english = is_english[i]
        features = [
            _choose(words[a][wants[i][a]][english], picks[i][a]) for a, is_said in enumerate(stated[i]) if is_said
        ]
        category_english = english if languages[i] != MIXED else not english
        parts = _assemble(text, features, english, category_english, luck[i])
        parts += _extras(text, wants[i], budgets[i], shares[i], english, luck[i])
        queries.append(_dress(parts, languages[i], luck[i][8]))
    return queries


def category_word(text: CategoryText, english: bool, luck: float) -> str:
    """The category as typed: its name mostly, else a nickname, a misspelling or Traditional."""
    if english:
        return text.en if luck < 0.92 else _transpose(text.en, luck)
    if luck < 0.82:
        return text.zh
    if luck < 0.93:
        return text.nicknames[int(luck * 1000) % len(text.nicknames)]
    if luck < 0.97:
        return text.misspelt[int(luck * 1000) % len(text.misspelt)]
    return text.zh.translate(TRADITIONAL)


def _value_words(text: CategoryText) -> list[list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    return [[(value.zh, value.en) for value in a.values] for a in text.attributes]


def _choose(words: tuple[str, ...], luck: float) -> str:
    """The first word in six of ten cases, else one of the others."""
    if luck < 0.6 or len(words) == 1:
        return words[0]
    return words[1 + int((luck - 0.6) / 0.4 * (len(words) - 1)) % (len(words) - 1)]


def _assemble(
    text: CategoryText,
    features: list[str],
    english: bool,
    category_english: bool,
    luck: list[float],
) -> list[str]:
    """Feature words around the category word; a few queries leave the category out."""
    if features and luck[0] < 0.07:
        return features
    word = category_word(text, category_english, luck[1])
    return [*features, word] if luck[2] < 0.5 or english else [word, *features]


def _extras(
    text: CategoryText,
    wants: list[int],
    budget_cny: float,
    phrase_share: float,
    english: bool,
    luck: list[float],
) -> list[str]:
    """Noise words, price limits, brands, negations, and the phrase no taxonomy knows."""
    extras = []
    if luck[3] < 0.22:
        noise = NOISE_EN if english else NOISE_ZH
        extras.append(noise[int(luck[3] / 0.22 * len(noise))])
    if luck[4] < 0.05:
        step = 100 if text.reference_price_cny < 1000 else 500
        limit = max(step, int(budget_cny / step) * step)
        extras.append(f"under {limit}" if english else f"{limit}以下")
    elif luck[4] > 0.95:
        brand = BRANDS[int((luck[4] - 0.95) / 0.05 * len(BRANDS)) % len(BRANDS)]
        extras.append(brand[english])
    if luck[5] < 0.012:
        a = int(luck[5] / 0.012 * len(text.attributes)) % len(text.attributes)
        values = text.attributes[a].values
        other = values[(wants[a] + 1) % len(values)]
        extras.append(f"without {other.en[0]}" if english else f"不要{other.zh[0]}")
    if luck[6] < phrase_share:
        extras.append(text.unknown_phrase[english])
    return extras


def _dress(parts: list[str], language: int, luck: float) -> str:
    """Join the parts; rarely full-width, upper case or with doubled spaces."""
    separator = " " if language != ZH or luck > 0.35 else ""
    query = separator.join(parts)
    if luck > 0.985:
        return query.translate(WIDE)
    if luck > 0.965:
        return query.upper()
    if luck > 0.955:
        return query.replace(" ", "  ")
    return query


def _transpose(word: str, luck: float) -> str:
    """Swap two neighbouring letters."""
    at = 1 + int(luck * 1000) % (len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
