"""Build a taxonomy from public files or from the catalogue, for people to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.text.imported import Imported, ShopifyFiles, from_shopify
from models.text.merge import merge
from models.text.mined import from_catalogue, from_texts
from models.text.taxonomy import Taxonomy, from_rows, to_rows
from pipelines.collect import read_snapshot
from pipelines.errors import ConfigurationError, SourceError
from pipelines.settings import load_settings
from pipelines.whole_files import write_whole

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


def write(taxonomy: Taxonomy, path: Path) -> Taxonomy:
    """Write one category a line, merged into what stands in ``path``; returns what is now in the file.

    What people wrote there stays, keys of their own and rejected phrases included.
    """
    before = {str(row["category_id"]): row for row in _rows_of(path)} if path.exists() else {}
    refused = {category_id: row.get("rejected") or () for category_id, row in before.items()}
    merged = merge(from_rows(before.values()), taxonomy, rejected=refused).taxonomy
    lines = [
        json.dumps(_overlaid(before.get(str(row["category_id"]), {}), row), ensure_ascii=False)
        for row in to_rows(merged)
    ]
    is_lines = path.suffix in (".jsonl", ".ndjson")
    text = "\n".join(lines) if is_lines else "[\n" + ",\n".join(lines) + "\n]"
    write_whole(path, (text + "\n").encode())
    return merged


def _overlaid(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """``after`` with the keys that only ``before`` has, at every level."""
    merged = before | after
    for name, key in (("attributes", "attribute"), ("values", "value")):
        if name in after:
            old = {entry.get(key): entry for entry in before.get(name) or []}
            merged[name] = [_overlaid(old.get(entry[key], {}), entry) for entry in after[name]]
    return merged


def _rows_of(path: Path) -> list[dict[str, Any]]:
    """Categories of a taxonomy file that is there."""
    text = _text_of(path)
    try:
        rows = json.loads(text) if path.suffix == ".json" else [json.loads(x) for x in text.splitlines() if x.strip()]
        if all(row["category_id"] for row in rows):
            return list(rows)
    except (json.JSONDecodeError, KeyError, TypeError):
        pass
    raise SourceError(
        f"{path}: exists and is no taxonomy (expected a list of categories with category_id); nothing was written.",
        remedy="give another --out, or correct the file.",
    )


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
