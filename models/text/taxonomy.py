"""Which words mean which feature: categories, attributes, values, synonyms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ANY = "*"  # the category whose attributes hold for every category


@dataclass(frozen=True)
class Value:
    """One attribute value and the other words for it."""

    value: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """One attribute of a category; ``unit`` for values that are numbers."""

    attribute: str
    values: tuple[Value, ...]
    unit: str | None = None


@dataclass(frozen=True)
class Category:
    """One category with its names by language."""

    category_id: str
    names: tuple[tuple[str, str], ...]
    attributes: tuple[Attribute, ...]

    def name(self, language: str) -> str:
        """Name in ``language``, else in any, else the id."""
        names = dict(self.names)
        return names.get(language) or next(iter(names.values()), self.category_id)


@dataclass(frozen=True)
class Taxonomy:
    """All categories, by id."""

    categories: tuple[Category, ...]

    def category(self, category_id: str) -> Category | None:
        return next((c for c in self.categories if c.category_id == category_id), None)

    @property
    def hash(self) -> str:
        """Changes with any word of the taxonomy."""
        return hashlib.sha256(repr(self.categories).encode()).hexdigest()[:16]


def from_rows(rows: Iterable[Mapping[str, object]]) -> Taxonomy:
    """Rows of the taxonomy dataset (category_id, names, attributes) → Taxonomy, sorted by id."""
    categories = []
    for row in rows:
        names = dict(row.get("names") or {})  # type: ignore[call-overload]
        attributes = [
            Attribute(
                attribute=str(entry["attribute"]),
                unit=entry.get("unit"),
                values=tuple(
                    Value(value=str(v["value"]), synonyms=tuple(v.get("synonyms") or ()))
                    for v in entry.get("values") or []
                    if v.get("value")
                ),
            )
            for entry in row.get("attributes") or []  # type: ignore[attr-defined]
            if entry.get("attribute")
        ]
        categories.append(
            Category(
                category_id=str(row["category_id"]),
                names=tuple(sorted((str(k), str(v)) for k, v in names.items() if v)),
                attributes=tuple(attributes),
            )
        )
    return Taxonomy(tuple(sorted(categories, key=lambda c: c.category_id)))


def to_rows(taxonomy: Taxonomy) -> list[dict[str, object]]:
    """Taxonomy → rows of the taxonomy dataset, the inverse of ``from_rows``."""
    return [
        {
            "category_id": category.category_id,
            "names": dict(category.names),
            "attributes": [
                {
                    "attribute": attribute.attribute,
                    "unit": attribute.unit,
                    "values": [{"value": v.value, "synonyms": list(v.synonyms)} for v in attribute.values],
                }
                for attribute in category.attributes
            ],
        }
        for category in taxonomy.categories
    ]
