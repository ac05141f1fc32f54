"""How a combination of features is written: attribute=value;attribute=value, attributes sorted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

_ESCAPES = (("%", "%25"), (";", "%3B"), ("=", "%3D"))


def features_text(features: Mapping[str, str]) -> str:
    """Canonical text of a combination."""
    return ";".join(f"{_escape(name)}={_escape(features[name])}" for name in sorted(features))


def parse_features(text: str) -> dict[str, str]:
    """The combination a text names. Raises ValueError where a part has no single '='."""
    found = {}
    for part in filter(None, text.split(";")):
        name, separator, value = part.partition("=")
        if not separator or "=" in value:
            raise ValueError(f"{part!r} is not attribute=value")
        found[_unescape(name)] = _unescape(value)
    return found


def spec_id(category_id: str, features: str) -> str:
    """Identifier of a combination in a category; the same every night."""
    return "S" + hashlib.blake2b(f"{category_id}|{features}".encode(), digest_size=5).hexdigest().upper()


def _escape(text: str) -> str:
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return text


def _unescape(text: str) -> str:
    for plain, escaped in reversed(_ESCAPES):
        text = text.replace(escaped, plain)
    return text
