"""Add to a JSON text without touching the rest of it: a person's spaces, order and unknown keys stay."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_DECODER = json.JSONDecoder(strict=False)
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Node:
    """One value of the text at ``[start, end)``; ``items`` of an object by key, of an array by index."""

    start: int
    end: int
    items: dict[str | int, _Node] | None = None


def append(text: str, path: Path, value: Any) -> str:
    """``text`` with ``value`` as last element of the array at ``path``; the array is made where its key is missing.

    Raises KeyError where the path leads nowhere, ValueError where it does not end in an array.
    """
    node, _ = _parse(text, 0)
    for depth, step in enumerate(path):
        if node.items is None or (step not in node.items and depth < len(path) - 1):
            raise KeyError(path)
        if step not in node.items:
            return _insert(text, node, f"{json.dumps(step)}: {_written(text, [value], '')}")
        node = node.items[step]
    if node.items is None or text[node.start] != "[":
        if text[node.start : node.end] == "null":
            return text[: node.start] + _written(text, [value], "") + text[node.end :]
        raise ValueError(path)
    return _insert(text, node, _written(text, value, _indent(text, node)))


def _insert(text: str, node: _Node, written: str) -> str:
    """Put ``written`` behind the last item of an object or array, with the space that stands between its items."""
    items = list((node.items or {}).values())
    if not items:
        return text[: node.start + 1] + written + text[node.end - 1 :]
    between = ", "
    if "\n" in (lead := _lead(text, node)):
        between = "," + lead
    elif len(items) > 1 and text[items[0].end : items[0].end + 2] != ", ":
        between = ","
    return text[: items[-1].end] + between + written + text[items[-1].end :]


def _lead(text: str, node: _Node) -> str:
    """The space between the opening bracket and the first item."""
    found = _SPACE.match(text, node.start + 1)
    return found.group() if found else ""


def _indent(text: str, node: _Node) -> str:
    lead = _lead(text, node)
    return lead.rsplit("\n", 1)[1] if "\n" in lead and node.items else ""


def _written(text: str, value: Any, indent: str) -> str:
    """JSON of ``value``; nested over lines as its neighbours are, escaped where the text escapes."""
    escape = text.isascii() and "\\u" in text
    if isinstance(value, dict) and indent:
        step = " " if indent.startswith(" ") else "\t"
        outer = re.search(r"\n([ \t]+)", text)
        width = len(outer.group(1)) if outer else 1
        body = json.dumps(value, ensure_ascii=escape, indent=step * width)
        return body.replace("\n", "\n" + indent)
    return json.dumps(value, ensure_ascii=escape)


def _parse(text: str, at: int) -> tuple[_Node, int]:
    at = _skip(text, at)
    opening = text[at]
    if opening == '"':
        _, end = _DECODER.raw_decode(text, at)
        return _Node(at, end), end
    if opening not in "{[":
        found = _SCALAR.match(text, at)
        end = found.end() if found else at + 1
        return _Node(at, end), end
    items: dict[str | int, _Node] = {}
    start, at = at, _skip(text, at + 1)
    while text[at] not in "}]":
        key: str | int = len(items)
        if opening == "{":
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at) + 1
        items[key], at = _parse(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return _Node(start, at + 1, items), at + 1


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
