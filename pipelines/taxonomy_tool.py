"""Build a taxonomy from public files or from the catalogue, for people to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from models.text.imported import Imported, ShopifyFiles, from_shopify
from models.text.mined import from_catalogue, from_texts
from models.text.taxonomy import Taxonomy, to_rows
from pipelines.collect import read_snapshot
from pipelines.errors import ConfigurationError, SourceError
from pipelines.settings import load_settings

_LANGUAGE = re.compile(r"(?:^|[/_])([a-z]{2})(?:-[A-Z]{2})?[/_](?:attributes|categories)\.")
_CATEGORY_LINE = re.compile(r"^gid://\S+/(\S+?)\s+:\s+(.+)$")


def import_shopify(files: Sequence[Path]) -> Imported:
    """The public files, whichever are given: attributes.json of English and of further languages, categories.txt."""
    attributes: dict[str, list[dict]] = {}
    categories: dict[str, dict[str, str]] = {}
    for path in files:
        text = _text_of(path)
        language = _language(path, text)
        if path.suffix == ".json":
            attributes[language] = _attributes(path, text)
        else:
            categories[language] = _categories(path, text)
    if "en" not in attributes:
        raise SourceError(
            "import-shopify: no English attributes file was given, and values are named by it.",
            remedy="add dist/en/attributes.json of the Shopify product taxonomy.",
        )
    return from_shopify(ShopifyFiles(attributes, categories))


def mine(config: Path, titles: Path | None) -> Taxonomy:
    """From a file of titles where one is given, else from the configured products."""
    if titles is not None:
        return from_texts(line for line in _text_of(titles).splitlines() if line.strip())
    settings = load_settings(config)
    if "products" not in settings.sources:
        raise ConfigurationError(
            "sources.products is not configured, so there is nothing to mine.", remedy="add it, or give --titles FILE."
        )
    return from_catalogue(read_snapshot(settings, "products"))


def write(taxonomy: Taxonomy, path: Path) -> None:
    """One JSON array, one category a line: a file that people edit and version."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in to_rows(taxonomy))
    partial = path.with_name(path.name + ".partial")
    partial.write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    partial.replace(path)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}: cannot be read ({error.__class__.__name__}).", remedy="give a UTF-8 text file that exists."
        ) from error


def _language(path: Path, text: str) -> str:
    match = _LANGUAGE.search(path.as_posix())
    if match:
        return match.group(1)
    return "zh" if re.search("[\u4e00-\u9fff]", text) else "en"


def _attributes(path: Path, text: str) -> list[dict]:
    try:
        entries = json.loads(text)["attributes"]
        return [
            {"name": e["name"], "values": [{"id": v["id"], "name": v["name"]} for v in e["values"]]} for e in entries
        ]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path}: is no Shopify attributes file ({error.__class__.__name__}: {error}).",
            remedy="expected JSON with attributes[].name and attributes[].values[] of id and name.",
        ) from error


def _categories(path: Path, text: str) -> dict[str, str]:
    found = {m.group(1): m.group(2) for line in text.splitlines() if (m := _CATEGORY_LINE.match(line.rstrip()))}
    if not found:
        raise SourceError(
            f"{path}: holds no line like 'gid://shopify/TaxonomyCategory/ID : A > B'.",
            remedy="give dist/LANGUAGE/categories.txt or attributes.json of the Shopify product taxonomy.",
        )
    return found
