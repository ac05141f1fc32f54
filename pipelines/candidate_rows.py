"""From counts of a phrase to its place in the list: evidence, names left out, a guess at the attribute."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import phrase_evidence as tests
from models.text.phrase_rules import looks_like_a_model
from models.text.runs import BRAND, plain_units, singular, text_of
from models.text.variants import Group
from pipelines.candidate_suggestions import suggest
from pipelines.candidate_words import ShopWords
from pipelines.settings import Settings

Row = dict[str, Any]
OVER_REPRESENTED = (
    3.84  # chi-squared with one degree of freedom, 1 in 20: said everywhere is said by nobody in particular
)
SIGNIFICANT = 16.3  # chi-squared with three degrees of freedom, 1 in 1000
SURE_RISE_Z = 5.0
LEAST_VARIETY = 0.35
ONE_BRAND_SHARE = 0.6  # of the people who clicked, at least, with 95 % confidence
ONE_PRODUCT_SHARE = 0.5
COMMON_SHARE = 0.5  # a brand that most people click anyway proves nothing
MIN_CLICKING_SHARE = 0.3
TITLES_OF_A_SERIES = 3
OFTEN_NAMED = 0.5  # of a category's searches: below it, leaving the name out tells nothing
RARELY = 0.25
LIKE_THE_NAME = 0.6


@dataclass(frozen=True)
class Naming:
    """Of a category's searches the share that name it, and of these the share that state a known feature."""

    named_share: float
    featured_share: float


@dataclass(frozen=True)
class Evidence:
    """Rows of the counting statements in sql/int/int_candidate_*."""

    totals: list[Row]
    counts: list[Row]
    weeks: list[Row]
    clicks: list[Row]
    examples: list[Row]
    attributes: list[Row]
    naming: dict[str, Naming]


def rank(phrases: dict[int, tuple[str, Group]], evidence: Evidence, words: ShopWords, settings: Settings) -> list[Row]:
    """Rows of mart_candidates, per category the strongest first."""
    counts = [row for row in evidence.counts if row["people"] >= settings.privacy.min_people]
    if not counts:
        return []
    measured = _measure(counts, phrases, evidence)
    titles = _titles(counts, phrases, words)
    names = _names(counts, phrases, evidence, titles, settings.privacy.min_people) | _category_words(
        counts, phrases, evidence
    )
    examples = {row["phrase_id"]: row["examples"] for row in evidence.examples}
    suggested = suggest(counts, phrases, evidence.attributes, evidence.totals, words)
    found: dict[str, list[Row]] = defaultdict(list)
    for row, numbers in zip(counts, measured, strict=True):
        phrase_id = row["phrase_id"]
        category_id, group = phrases[phrase_id]
        if phrase_id in names or not numbers["is_significant"]:
            continue
        attribute, because = suggested.get(phrase_id, (None, None))
        found[category_id].append(
            {
                "category_id": category_id,
                "phrase": text_of(group.head.units),
                "score": numbers["strength"] * group.head.cohesion,
                "cohesion": group.head.cohesion,
                "people": row["people"],
                "searches": row["searches"],
                "products": titles.get(phrase_id, (0, 0))[0],
                "variants": [text_of(variant.units) for variant in group.variants],
                "examples": examples.get(phrase_id, []),
                "suggested_attribute": attribute,
                "suggested_because": because,
                "window_days": settings.candidates.window_days,
                **{name: value for name, value in numbers.items() if name not in ("strength", "is_significant")},
            }
        )
    return [row for rows in found.values() for row in _ranked(rows, settings.candidates.max_per_category)]


def _ranked(rows: list[Row], most: int) -> list[Row]:
    rows.sort(key=lambda row: (-row["score"], row["phrase"]))
    return [{**row, "rank": place} for place, row in enumerate(rows[:most], start=1)]


def _measure(counts: list[Row], phrases: dict[int, tuple[str, Group]], evidence: Evidence) -> list[Row]:
    """Over-representation, trend and unmet searches of each phrase, and their sum as one chi-squared."""
    whole = {row["category_id"]: row for row in evidence.totals if row["weeks_ago"] is None}
    everybody = whole[None]["people"]
    homes = [whole[phrases[row["phrase_id"]][0]] for row in counts]
    inside = np.array([row["people"] for row in counts], float)
    inside_total = np.array([home["people"] for home in homes], float)
    outside_total = everybody - inside_total
    outside = np.minimum(np.array([row["people_elsewhere"] or 0 for row in counts], float), outside_total)
    has_background = outside_total > 0
    # without other categories a phrase is held against nobody asking among as many people
    ratio = tests.log_likelihood_ratio(
        inside,
        inside_total,
        np.where(has_background, outside, 0.5),
        np.where(has_background, outside_total, inside_total),
    )
    judged = np.array([row["judged_searches"] for row in counts], float)
    zero = np.array([row["zero_result_searches"] for row in counts], float)
    base = np.array([home["zero_result_searches"] / max(home["judged_searches"], 1) for home in homes])
    unmet = tests.excess_z(zero, judged, base)
    trend = tests.trend(*_weekly(counts, phrases, evidence))
    over = np.maximum(ratio, 0)
    variety = np.array([row["text_variety"] for row in counts], float)
    chi_squared = over + np.maximum(trend.z, 0) ** 2 + np.maximum(unmet, 0) ** 2
    is_significant = (over >= OVER_REPRESENTED) & (chi_squared >= SIGNIFICANT)
    # what rises is new: a sure rise counts up to double; what is typed in one and the same text counts down to a third
    strength = np.sqrt(over + np.maximum(unmet, 0) ** 2)
    lift = (inside / inside_total) / np.maximum((outside + 1) / (outside_total + 1), 1e-9)
    # the share of those asking who would not ask if the category were like the others
    strength *= np.where(has_background, np.clip(1 - 1 / np.maximum(lift, 1), 0, 1), 1.0)
    strength *= (1 + np.clip(trend.z / SURE_RISE_Z, 0, 1)) * (LEAST_VARIETY + (1 - LEAST_VARIETY) * variety)
    return [
        {
            "strength": float(strength[i]),
            "is_significant": bool(is_significant[i]),
            "text_variety": float(variety[i]),
            "over_representation": float(over[i]),
            "rise_z": float(trend.z[i]),
            "unmet_z": float(unmet[i]),
            "search_share_pct": 100.0 * row["searches"] / homes[i]["searches"],
            "lift": _lift(inside[i] / inside_total[i], outside[i], outside_total[i]),
            "growth_pct": float(trend.growth_pct[i]),
            "growth_pct_p10": float(trend.growth_pct_p10[i]),
            "growth_pct_p90": float(trend.growth_pct_p90[i]),
            "is_rising": bool(trend.growth_pct_p10[i] > 0),
            "zero_result_pct": 100.0 * zero[i] / judged[i] if judged[i] else None,
        }
        for i, row in enumerate(counts)
    ]


def _lift(share: float, outside: float, outside_total: float) -> float | None:
    """Few people elsewhere are never told apart: ten of them are assumed at least."""
    return float(share / (max(outside, 10.0) / outside_total)) if outside_total >= 10 else None


def _weekly(
    counts: list[Row], phrases: dict[int, tuple[str, Group]], evidence: Evidence
) -> tuple[np.ndarray, np.ndarray]:
    """People a week who asked, and who searched in the category; oldest week first."""
    weeks = [row for row in evidence.totals if row["weeks_ago"] is not None]
    length = max(row["weeks_ago"] for row in weeks) + 1
    searched: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(length))
    for row in weeks:
        searched[row["category_id"]][length - 1 - row["weeks_ago"]] = row["people"]
    place = {row["phrase_id"]: i for i, row in enumerate(counts)}
    asked = np.zeros((len(counts), length))
    for row in evidence.weeks:
        if row["phrase_id"] in place:
            asked[place[row["phrase_id"]], length - 1 - row["weeks_ago"]] = row["people"]
    return asked, np.array([searched[phrases[row["phrase_id"]][0]] for row in counts])


def _titles(counts: list[Row], phrases: dict[int, tuple[str, Group]], words: ShopWords) -> dict[int, tuple[int, int]]:
    by_category: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for row in counts:
        category_id, group = phrases[row["phrase_id"]]
        for member in (group.head, *group.variants):
            by_category[category_id][tuple(singular(unit) for unit in plain_units(member.units))] = row["phrase_id"]
    return {
        k: v for category_id, found in by_category.items() for k, v in words.titles_with(category_id, found).items()
    }


def _names(
    counts: list[Row],
    phrases: dict[int, tuple[str, Group]],
    evidence: Evidence,
    titles: dict[int, tuple[int, int]],
    least: int,
) -> set[int]:
    """Phrases that lead to one brand or one product, that only one brand's titles hold, or that look like a model."""
    clicks = {row["phrase_id"]: row for row in evidence.clicks}
    found = set()
    for row in counts:
        phrase_id = row["phrase_id"]
        held, brands = titles.get(phrase_id, (0, 0))
        if brands <= 1 and (held >= TITLES_OF_A_SERIES or _leads_to_one(row, clicks.get(phrase_id))):
            found.add(phrase_id)
        if _holds_brand(phrases[phrase_id][1]) and not _leads_to_several(clicks.get(phrase_id), least):
            found.add(phrase_id)
        if brands < TITLES_OF_A_SERIES and looks_like_a_model(phrases[phrase_id][1].head.units):
            found.add(phrase_id)
    return found


def _holds_brand(group: Group) -> bool:
    return any(unit.startswith(BRAND) for unit in group.head.units)


def _leads_to_several(clicks: Row | None, least: int) -> bool:
    """Whether those who ask click several brands, so that a brand's name in the phrase is a plain word there."""
    return (
        clicks is not None
        and clicks["clickers"] >= least
        and clicks["brand_clickers"] < ONE_BRAND_SHARE * clicks["clickers"]
    )


def _leads_to_one(row: Row, clicks: Row | None) -> bool:
    """Whether those who ask click one brand (or product) far more than the category's other searchers do."""
    if clicks is None or clicks["clickers"] < MIN_CLICKING_SHARE * row["people"]:
        return False
    for kind, share in (("brand", ONE_BRAND_SHARE), ("product", ONE_PRODUCT_SHARE)):
        low = tests.share_at_least(np.array(clicks[f"{kind}_clickers"]), np.array(clicks["clickers"]))
        usual = clicks[f"{kind}_base_clickers"] / clicks["base_clickers"]
        if low >= share and usual < COMMON_SHARE:
            return True
    return False


def _category_words(counts: list[Row], phrases: dict[int, tuple[str, Group]], evidence: Evidence) -> set[int]:
    """Other names of the category itself: said instead of its name, with features beside them as beside the name."""
    found = set()
    for row in counts:
        naming = evidence.naming[phrases[row["phrase_id"]][0]]
        is_said_instead = row["named_searches"] <= RARELY * naming.named_share * row["searches"]
        has_features = row["featured_searches"] >= LIKE_THE_NAME * naming.featured_share * row["searches"]
        if naming.named_share >= OFTEN_NAMED and naming.featured_share > 0 and is_said_instead and has_features:
            found.add(row["phrase_id"])
    return found
