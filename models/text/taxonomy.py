"""Which words mean which feature: categories, attributes, values, synonyms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


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


def from_products(rows: Iterable[Mapping[str, object]], *, max_values: int = 200) -> Taxonomy:
    """A taxonomy from the products' own attributes, for users who have none.

    An attribute with more than ``max_values`` distinct values in a category is an
    identifier or free text, not a feature, and is left out.
    """
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        attributes = found.setdefault(str(row["category_id"]), {})
        for attribute, values in dict(row["attributes"] or {}).items():  # type: ignore[call-overload]
            attributes.setdefault(attribute, set()).update(v for v in values or [] if v)
    return Taxonomy(
        tuple(
            Category(
                category_id=category_id,
                names=(),
                attributes=tuple(
                    Attribute(attribute=attribute, values=tuple(Value(v) for v in sorted(values)))
                    for attribute, values in sorted(attributes.items())
                    if 0 < len(values) <= max_values
                ),
            )
            for category_id, attributes in sorted(found.items())
        )
    )
