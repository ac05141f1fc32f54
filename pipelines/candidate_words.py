"""What the shop knows already: names, values, brands, titles, and what people refused."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from models.text.phrase_rules import CategoryWords
from models.text.phrases import Units, occurrences
from models.text.runs import SHOP_TALK, Known, Run, singular, text_of, units_of
from models.text.taxonomy import ANY, Category, Taxonomy
from models.text.variants import Spellings
from pipelines.lake import Lake
from pipelines.learnt_words import rejected_words


@dataclass(frozen=True)
class Title:
    """One product's title as units, with its brand."""

    run: Run
    brand: str


@dataclass(frozen=True)
class ShopWords:
    """Known words of every category; ``rejected`` are phrases people refused, per category."""

    taxonomy: Taxonomy
    brands: dict[str, frozenset[str]]
    titles: dict[str, list[Title]]
    rejected: dict[str, frozenset[str]]

    def cutting(self, category_id: str) -> Known:
        """Words at which a text of the category is cut."""
        names = [(name, "name") for name in self._names(category_id)]
        return Known.of([*names, *((brand, "brand") for brand in self.brands.get(category_id, ())), *SHOP_TALK])

    def judging(self, category_id: str) -> CategoryWords:
        """Words that a phrase of the category must not be, or misspell."""
        own = [*self._names(category_id), *_surfaces(self.taxonomy.category(category_id))]
        own += _surfaces(self.taxonomy.category(ANY))
        own += self.brands.get(category_id, ())
        refused = [*self.rejected.get(category_id, ()), *self.rejected.get(ANY, ())]
        known = self._everywhere | {canonical(word) for word in (*own, *refused)}
        pieces = {piece for word in own if len(piece := canonical(word).replace(" ", "")) > 1}
        return CategoryWords(known, Spellings(tuple(units_of(word)) for word in own), frozenset(pieces))

    @cached_property
    def _everywhere(self) -> frozenset[str]:
        """Names of all categories and all brands, which are no features anywhere."""
        names = [name for category in self.taxonomy.categories for _, name in category.names]
        return frozenset(canonical(word) for word in (*names, *(b for found in self.brands.values() for b in found)))

    def titles_with(self, category_id: str, phrases: dict[Units, int]) -> dict[int, tuple[int, int]]:
        """Phrase number → titles of the category that hold it, and how many brands they are of."""
        brands: dict[int, list[str]] = defaultdict(list)
        for title in self.titles.get(category_id, ()):
            for number in {phrases[title.run.units[s:e]] for s, e in occurrences(title.run, phrases)}:
                brands[number].append(title.brand)
        return {number: (len(found), len(set(found))) for number, found in brands.items()}

    def _names(self, category_id: str) -> list[str]:
        """The category's names, and what shoppers shorten them to: an electric kettle is a kettle."""
        category = self.taxonomy.category(category_id)
        names = [] if category is None else [name for _, name in category.names]
        return [*names, *(name.split()[-1] for name in names if " " in name.strip())]


def shop_words(lake: Lake, taxonomy: Taxonomy) -> ShopWords:
    """Words of ``taxonomy``, of the products in the lake, and what people refused."""
    brands: dict[str, set[str]] = defaultdict(set)
    titles: dict[str, list[Title]] = defaultdict(list)
    for row in lake.read("raw_products").select(["category_id", "brand", "title"]).to_pylist():
        units = tuple(singular(unit) for unit in units_of(row["title"] or ""))
        titles[row["category_id"]].append(Title(Run(units, (False,) * len(units)), row["brand"] or ""))
        if row["brand"]:
            brands[row["category_id"]].update(_brand_words(row["brand"]))
    found_brands = {key: frozenset(found) for key, found in brands.items()}
    return ShopWords(taxonomy, found_brands, dict(titles), rejected_words(lake))


def canonical(word: str) -> str:
    """A word as phrases are compared: folded units, words in the singular."""
    return text_of([singular(unit) for unit in units_of(word)])


def _brand_words(brand: str) -> set[str]:
    """A brand as given and its parts by script: 北辰Beichen, 北辰/Beichen, 北辰（Beichen）."""
    units = units_of(brand)
    chinese = "".join(unit for unit in units if len(unit) == 1 and not unit.isascii())
    latin = " ".join(unit for unit in units if unit.isascii())
    return {word for word in (brand, chinese, latin) if len(word) > 1}


def _surfaces(category: Category | None) -> list[str]:
    if category is None:
        return []
    return [
        surface
        for attribute in category.attributes
        for value in attribute.values
        for surface in (value.value, *value.synonyms)
    ]
