"""The user's taxonomy files: accept or reject a phrase, find what is wrong. People's edits stay as they are."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from models.text.lint import Finding, lint
from models.text.merge import merge
from models.text.normalise import fold
from models.text.taxonomy import Attribute, Category, Taxonomy, Value, from_rows, to_rows
from pipelines import json_text
from pipelines.collect import read_snapshot
from pipelines.errors import ConfigurationError, SourceError, TaxonomyClashError, UnknownCategoryError
from pipelines.lake import Lake
from pipelines.landing import SourceFile, find_files
from pipelines.settings import Settings
from pipelines.whole_files import write_whole

_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Entry:
    """A word to add: a value of its own, or a synonym of one."""

    category_id: str
    attribute: str
    value: str
    synonyms: tuple[str, ...] = ()
    is_known_value: bool = False  # the value must be there already


def accept(settings: Settings, entry: Entry, *, may_add_attribute: bool) -> list[str]:
    """Write ``entry`` into the file that holds its category; returns what was done, in words.

    Raises TaxonomyClashError where a word is known already, UnknownCategoryError, ConfigurationError.
    """
    with _locked(settings):
        file, rows = _file_of(settings, entry.category_id)
        row = next(r for r in rows if r["category_id"] == entry.category_id)
        known = from_rows(rows)
        attribute = _attribute(known, entry, may_add_attribute=may_add_attribute, file=file)
        update = Taxonomy(
            (Category(entry.category_id, (), (Attribute(attribute, (Value(entry.value, entry.synonyms),)),)),)
        )
        if entry.is_known_value and not _has_value(known, entry.category_id, attribute, entry.value):
            raise TaxonomyClashError(
                f"{file.name}: {entry.category_id}: {attribute} has no value {entry.value!r}.",
                remedy="correct the value after synonym-of, or leave --as out.",
            )
        merged = merge(known, update, rejected={entry.category_id: row.get("rejected") or ()})
        words = (entry.value, *entry.synonyms)
        for clash in merged.clashes:
            known_as = f"known as {attribute}={clash.known_as}" if clash.known_as else "was rejected before"
            raise TaxonomyClashError(
                f"{file.name}: {entry.category_id}: {clash.word!r} {known_as}.",
                remedy="choose another value with --value, or edit the file by hand.",
            )
        if not merged.additions:
            owner = _value_of(known, entry.category_id, attribute, words[-1])
            raise TaxonomyClashError(
                f"{file.name}: {entry.category_id}: {words[-1]!r} is known already, as {attribute}={owner}.",
                remedy="nothing needs to be done.",
            )
        _refuse_new_findings(file, rows, merged.taxonomy, entry.category_id)
        text = _read(file)
        for addition in merged.additions:
            text = _with(text, file, entry.category_id, addition.attribute, addition.value, addition.synonym)
        write_whole(file.path, text.encode())
    return [
        f"{file.name}: {entry.category_id}: {a.attribute}={a.value}" + (f", synonym {a.synonym}" if a.synonym else "")
        for a in merged.additions
    ]


def reject(settings: Settings, category_id: str, phrases: Iterable[str]) -> list[str]:
    """Write phrases into the category's ``rejected`` list, so that they are not proposed again."""
    with _locked(settings):
        file, rows = _file_of(settings, category_id)
        row = next(r for r in rows if r["category_id"] == category_id)
        before = {fold(phrase) for phrase in row.get("rejected") or ()}
        text, done = _read(file), []
        for phrase in phrases:
            if fold(phrase) in before:
                continue
            before.add(fold(phrase))
            text = _edit(text, file, category_id, ("rejected",), phrase)
            done.append(f"{file.name}: {category_id}: {phrase} rejected")
        if not done:
            raise TaxonomyClashError(
                f"{file.name}: {category_id}: rejected before.", remedy="nothing needs to be done."
            )
        write_whole(file.path, text.encode())
    return done


def findings(settings: Settings) -> list[Finding]:
    """What is wrong with the configured taxonomy; doubles of a category are kept to be found."""
    _configured(settings)
    return lint(read_snapshot(settings, "taxonomy", is_deduplicated=False))


def _configured(settings: Settings) -> None:
    if "taxonomy" not in settings.sources:
        raise ConfigurationError(
            "sources.taxonomy: no file is configured, so there is none to read or change.",
            remedy="add sources.taxonomy with the path of a .json or .jsonl file.",
        )


def _file_of(settings: Settings, category_id: str) -> tuple[SourceFile, list[dict[str, Any]]]:
    """The file that decides about the category, and the taxonomy's rows."""
    _configured(settings)
    rows = read_snapshot(settings, "taxonomy")
    files = {file.name: file for file in find_files("taxonomy", settings.sources["taxonomy"], settings)}
    name = next((str(row["source_file"]) for row in rows if row["category_id"] == category_id), None)
    if name is None:
        known = sorted(str(row["category_id"]) for row in rows)
        raise UnknownCategoryError(
            f"--category: {category_id!r} is not in the taxonomy.",
            remedy=f"one of {', '.join(known[:12])}{' …' if len(known) > 12 else ''}.",
        )
    if files[name].path.suffix not in (".json", *_LINES):
        raise ConfigurationError(
            f"{name}: only .json and .jsonl files can be changed.",
            remedy="edit the file by hand, or convert it to .jsonl.",
        )
    return files[name], [dict(row) for row in rows]


def _attribute(known: Taxonomy, entry: Entry, *, may_add_attribute: bool, file: SourceFile) -> str:
    """The attribute as the taxonomy writes it."""
    category = known.category(entry.category_id)
    names = [a.attribute for a in category.attributes] if category else []
    found = next((name for name in names if fold(name) == fold(entry.attribute)), None)
    if found is None and not may_add_attribute:
        raise TaxonomyClashError(
            f"{file.name}: {entry.category_id}: no attribute {entry.attribute!r}; known: {', '.join(names)}.",
            remedy="correct --attribute, or add --new-attribute to make it.",
        )
    return found or entry.attribute


def _value_of(known: Taxonomy, category_id: str, attribute: str, word: str) -> str:
    category = known.category(category_id)
    for one in category.attributes if category else ():
        for value in one.values:
            if one.attribute == attribute and fold(word) in map(fold, (value.value, *value.synonyms)):
                return value.value
    return word


def _has_value(known: Taxonomy, category_id: str, attribute: str, value: str) -> bool:
    category = known.category(category_id)
    attributes = category.attributes if category else ()
    return any(v.value == value for a in attributes if a.attribute == attribute for v in a.values)


def _refuse_new_findings(file: SourceFile, rows: list[dict[str, Any]], after: Taxonomy, category_id: str) -> None:
    """Nothing is written that the linter would object to and did not before."""
    names = {row["category_id"]: row.get("names") for row in rows}
    before = {f.problem for f in lint(rows)}
    new = [row | {"names": names.get(row["category_id"]), "source_file": file.name} for row in to_rows(after)]
    for finding in lint(new):
        if finding.category_id == category_id and finding.problem not in before:
            raise TaxonomyClashError(
                f"not written: {finding.category_id}: {finding.problem}.", remedy=f"{finding.remedy}."
            )


def _with(text: str, file: SourceFile, category_id: str, attribute: str, value: str, synonym: str) -> str:
    """The text with one addition: a synonym, a value, or a value of an attribute that is not there yet."""
    row = _row(text, file, category_id)
    attributes = row.get("attributes") or []
    place = next((i for i, a in enumerate(attributes) if a.get("attribute") == attribute), None)
    if place is None:
        entry = {"attribute": attribute, "unit": None, "values": [{"value": value, "synonyms": []}]}
        return _edit(text, file, category_id, ("attributes",), entry)
    if not synonym:
        return _edit(text, file, category_id, ("attributes", place, "values"), {"value": value, "synonyms": []})
    values = attributes[place].get("values") or []
    index = next(i for i, v in enumerate(values) if v.get("value") == value)
    return _edit(text, file, category_id, ("attributes", place, "values", index, "synonyms"), synonym)


def _lines_of(text: str, file: SourceFile) -> list[str]:
    return text.splitlines(keepends=True) if file.path.suffix in _LINES else [text]


def _row(text: str, file: SourceFile, category_id: str) -> dict[str, Any]:
    return next(row for _, _, row in _rows(text, file) if row.get("category_id") == category_id)


def _rows(text: str, file: SourceFile) -> Iterator[tuple[int, tuple[int, ...], dict[str, Any]]]:
    """Line, path inside it, and row; the last row of a category comes first, because it counts."""
    found: list[tuple[int, tuple[int, ...], dict[str, Any]]] = []
    for number, line in enumerate(_lines_of(text, file)):
        if line.strip():
            content = json.loads(line)
            rows = enumerate(content) if isinstance(content, list) else [(None, content)]
            found += [(number, () if i is None else (i,), row) for i, row in rows if isinstance(row, dict)]
    return iter(reversed(found))


def _edit(text: str, file: SourceFile, category_id: str, path: json_text.Path, value: Any) -> str:
    number, inside, row = next(entry for entry in _rows(text, file) if entry[2].get("category_id") == category_id)
    if isinstance(row.get(str(path[0])), str):
        raise ConfigurationError(
            f"{file.name}: {category_id}: {path[0]} is JSON inside a text, which cannot be changed in place.",
            remedy="write it as nested JSON.",
        )
    lines = _lines_of(text, file)
    lines[number] = json_text.append(lines[number], (*inside, *path), value)
    return "".join(lines)


def _read(file: SourceFile) -> str:
    try:
        return file.path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file.name}: cannot be read.", remedy="make it a readable UTF-8 file.") from error


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    """One change at a time."""
    folder = Lake(settings.lake_folder).root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "taxonomy").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
