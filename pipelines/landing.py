"""Files as delivered → rows of (source_file, source_row, payload), one JSON object each."""

from __future__ import annotations

import csv
import glob
import gzip
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import zstandard

from pipelines.engine import query
from pipelines.errors import SourceError
from pipelines.settings import FileSource, Settings

_FORMATS = {".jsonl": "lines", ".ndjson": "lines", ".json": "json", ".csv": "csv", ".parquet": "parquet"}
LANDED = pa.schema(
    [("path", pa.string()), ("source_row", pa.int64()), ("payload", pa.string()), ("unreadable", pa.string())]
)


@dataclass(frozen=True)
class SourceFile:
    """One input file; ``name`` is its path as shown to people, relative to the configuration where possible."""

    path: Path
    name: str
    size_bytes: int
    modified_ns: int

    def sha256(self) -> str:
        digest = hashlib.sha256()
        with self.path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()


def find_files(dataset: str, source: FileSource, settings: Settings) -> list[SourceFile]:
    """Files of a source in name order; SourceError where a pattern matches none."""
    found: dict[Path, SourceFile] = {}
    for pattern in source.patterns():
        absolute = pattern if Path(pattern).is_absolute() else str(settings.base_folder / pattern)
        paths = sorted(Path(p) for p in glob.glob(absolute, recursive=True) if Path(p).is_file())
        if not paths:
            raise SourceError(
                f"sources.{dataset}.path: no file matches {pattern!r} (looked in {settings.base_folder}).",
                remedy=f"correct the path, or remove sources.{dataset} if there is no such data.",
            )
        for path in paths:
            status = path.stat()
            found[path] = SourceFile(
                path=path, name=_shown(path, settings), size_bytes=status.st_size, modified_ns=status.st_mtime_ns
            )
    return [found[path] for path in sorted(found)]


def _shown(path: Path, settings: Settings) -> str:
    try:
        return path.resolve().relative_to(settings.base_folder).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def read_files(connection: duckdb.DuckDBPyConnection, files: list[SourceFile]) -> pa.Table:
    """Rows of all files with columns source_file, source_row, payload, unreadable.

    Raises SourceError naming the file where one cannot be opened or decoded.
    """
    by_format: dict[str, list[SourceFile]] = {}
    for file in files:
        by_format.setdefault(_format(file), []).append(file)
    parts = [LANDED.empty_table()]
    for kind, group in sorted(by_format.items()):
        if kind in ("lines", "parquet"):
            parts.append(_read_with_engine(connection, f"raw/landing_{kind}", group))
        else:
            parts += [_read_csv(file) if kind == "csv" else _read_json(file) for file in group]
    landed = pa.concat_tables([part.cast(LANDED) for part in parts]).combine_chunks()
    names = {str(file.path): file.name for file in files}
    shown = pa.array([names[path] for path in landed.column("path").to_pylist()], pa.string())
    return landed.set_column(0, "source_file", shown)


def _format(file: SourceFile) -> str:
    suffixes = [s.lower() for s in file.path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    kind = _FORMATS.get(suffixes[-1] if suffixes else "")
    if kind is None:
        raise SourceError(
            f"{file.name}: unknown file type.",
            remedy="name files .jsonl, .json, .csv or .parquet; .gz or .zst may follow the first three.",
        )
    return kind


def _read_with_engine(connection: duckdb.DuckDBPyConnection, statement: str, group: list[SourceFile]) -> pa.Table:
    group = [file for file in group if file.size_bytes]
    if not group:
        return LANDED.empty_table()
    try:
        return query(connection, statement, files=[str(file.path) for file in group])
    except duckdb.Error as error:
        if len(group) > 1:  # name the one that is broken
            return pa.concat_tables([_read_with_engine(connection, statement, [file]).cast(LANDED) for file in group])
        if _format(group[0]) == "lines":  # the engine refuses files whose lines end in different ways
            return _read_lines(group[0])
        raise _unreadable(group[0], error) from error


def _unreadable(file: SourceFile, error: Exception) -> SourceError:
    reason = str(error).strip().splitlines()[0][:160]
    return SourceError(
        f"{file.name}: cannot be read ({reason}).",
        remedy="check that the file is complete, UTF-8, and compressed the way its name says; then rerun.",
    )


def _text(file: SourceFile) -> str:
    try:
        content = file.path.read_bytes()
        if file.path.suffix == ".gz":
            content = gzip.decompress(content)
        elif file.path.suffix == ".zst":
            content = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)).read()
        return content.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError, zstandard.ZstdError) as error:
        raise _unreadable(file, error) from error


def _read_lines(file: SourceFile) -> pa.Table:
    lines = enumerate(io.StringIO(_text(file), newline=None), start=1)
    return _landed(file, [_json_line(number, line) for number, line in lines if line.strip()])


def _read_csv(file: SourceFile) -> pa.Table:
    """Rows of a CSV file (RFC 4180, header line); a row with too many or few fields is unreadable."""
    reader = csv.reader(io.StringIO(_text(file), newline=""))
    header = next(reader, None)
    rows: list[tuple[int, str | None, str | None]] = []
    try:
        for number, fields in enumerate(reader, start=1):
            if not fields:
                continue
            if header is None or len(fields) != len(header):
                rows.append((number, None, ",".join(fields)))
            else:
                rows.append((number, orjson.dumps(dict(zip(header, fields, strict=True))).decode(), None))
    except csv.Error as error:
        raise _unreadable(file, error) from error
    return _landed(file, rows)


def _read_json(file: SourceFile) -> pa.Table:
    """A JSON document: a list of objects, one object, or an object whose only list holds them."""
    text = _text(file)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith("{") and lines[0].rstrip().endswith("}"):
            return _landed(file, [_json_line(number, line) for number, line in enumerate(lines, start=1)])
        raise _unreadable(file, error) from error
    if isinstance(content, dict):
        inner = [value for value in content.values() if isinstance(value, list)]
        content = inner[0] if len(content) == 1 and inner else [content]
    if not isinstance(content, list):
        raise SourceError(f"{file.name}: expected a list of objects.", remedy="see docs/data.md for the form.")
    return _landed(
        file,
        [
            (n, orjson.dumps(e).decode(), None) if isinstance(e, dict) else (n, None, json.dumps(e))
            for n, e in enumerate(content, start=1)
        ],
    )


def _json_line(number: int, line: str) -> tuple[int, str | None, str | None]:
    try:
        return (number, line, None) if isinstance(orjson.loads(line), dict) else (number, None, line)
    except orjson.JSONDecodeError:
        return (number, None, line)


def _landed(file: SourceFile, rows: list[tuple[int, str | None, str | None]]) -> pa.Table:
    return pa.Table.from_pydict(
        {
            "path": [str(file.path)] * len(rows),
            "source_row": [row[0] for row in rows],
            "payload": [row[1] for row in rows],
            "unreadable": [row[2] for row in rows],
        },
        schema=LANDED,
    )
