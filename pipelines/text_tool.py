"""Show what the reader finds in texts, for people who debug a taxonomy."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from models.text.matcher import Reading
from models.text.mined import from_catalogue
from models.text.taxonomy import Taxonomy, from_rows
from pipelines.collect import read_snapshot
from pipelines.errors import C2BError, ConfigurationError, SourceError, UnknownCategoryError
from pipelines.extract import catalogue_matcher
from pipelines.lake import Lake
from pipelines.learnt_words import learnt_words, rejected_in, with_learnt
from pipelines.settings import Settings, load_settings


def extract_lines(config: Path, source: str, category: str | None) -> Iterator[str]:
    """One JSON object per input line.

    Reads the taxonomy from the sources, so nothing need have run before; words that nights before learnt join it.
    """
    settings = load_settings(config)
    products = _products(settings)
    matcher = catalogue_matcher(_taxonomy(settings, products), products)
    known = [entry.category_id for entry in matcher.taxonomy.categories]
    if category is not None and category not in known:
        raise UnknownCategoryError(
            f"--category: {category!r} is not in the taxonomy.",
            remedy=f"one of {', '.join(known[:12])}{' …' if len(known) > 12 else ''}.",
        )
    # a person at the keyboard waits for each line; a file is read faster by the thousand
    size = 1 if source == "-" and sys.stdin.isatty() else 2000
    lines = _lines(source)
    while block := list(islice(lines, size)):
        for line, reading in zip(block, matcher.read_many(block, [category] * len(block)), strict=True):
            yield json.dumps(_object(line, reading), ensure_ascii=False)


def _object(line: str, reading: Reading) -> dict[str, object]:
    return {
        "text": line,
        "category_id": reading.category_id,
        "features": [
            {
                "attribute": span.attribute,
                "value": span.value,
                "start": span.start,
                "end": span.end,
                "surface": span.surface,
                "negated": span.negated,
            }
            for span in reading.features
        ],
    }


def _products(settings: Settings) -> list[dict[str, Any]]:
    """The catalogue, which helps to judge categories; only without a taxonomy must it be readable."""
    if "products" not in settings.sources:
        return []
    try:
        return read_snapshot(settings, "products")
    except C2BError:
        if "taxonomy" not in settings.sources:
            raise
        return []


def _taxonomy(settings: Settings, products: list[dict[str, Any]]) -> Taxonomy:
    learnt = learnt_words(Lake(settings.lake_folder))
    if "taxonomy" in settings.sources:
        rows = read_snapshot(settings, "taxonomy")
        return with_learnt(from_rows(rows), learnt, rejected_in(rows))
    if products:
        return with_learnt(from_catalogue(products), learnt, {})
    raise ConfigurationError(
        "sources: neither taxonomy nor products is configured, so no feature is known.", remedy="add one of them."
    )


def _lines(source: str) -> Iterator[str]:
    try:
        if source == "-":
            stream: io.TextIOBase = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
        else:
            stream = Path(source).open(encoding="utf-8")  # noqa: SIM115 - closed below
        with stream:
            for line in stream:
                yield line.rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{source}: cannot be read ({error.__class__.__name__}).", remedy="give a UTF-8 text file, one text a line."
        ) from error
