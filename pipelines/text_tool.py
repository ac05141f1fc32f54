"""Show what the reader finds in texts, for people who debug a taxonomy."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from models.text.matcher import Matcher
from models.text.mined import from_catalogue
from models.text.taxonomy import Taxonomy, from_rows
from pipelines.collect import read_snapshot
from pipelines.errors import ConfigurationError, SourceError, UnknownCategoryError
from pipelines.settings import Settings, load_settings


def extract_lines(config: Path, source: str, category: str | None) -> Iterator[str]:
    """One JSON object per input line. Reads the taxonomy from the sources, so nothing need have run before."""
    settings = load_settings(config)
    matcher = Matcher(_taxonomy(settings))
    known = [entry.category_id for entry in matcher.taxonomy.categories]
    if category is not None and category not in known:
        raise UnknownCategoryError(
            f"--category: {category!r} is not in the taxonomy.",
            remedy=f"one of {', '.join(known[:12])}{' …' if len(known) > 12 else ''}.",
        )
    for line in _lines(source):
        reading = matcher.read(line, category_id=category)
        yield json.dumps(
            {
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
            },
            ensure_ascii=False,
        )


def _taxonomy(settings: Settings) -> Taxonomy:
    if "taxonomy" in settings.sources:
        return from_rows(read_snapshot(settings, "taxonomy"))
    if "products" in settings.sources:
        return from_catalogue(read_snapshot(settings, "products"))
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
