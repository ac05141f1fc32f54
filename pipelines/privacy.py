"""Pseudonyms: a keyed hash in place of every account id; the raw id is never stored."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path

import orjson
import pyarrow as pa

from pipelines.errors import ConfigurationError

KEY_VARIABLE = "C2B_PSEUDONYM_KEY"
_WORD = re.compile(r"[^\s{}\[\]:,;=\"'\\]+")


def pseudonym_key(lake_root: Path) -> bytes:
    """The secret key: from the environment, else one made once and kept beside the lake (mode 600).

    Losing the key breaks the link between old and new pseudonyms, nothing else.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given is not None:
        if len(given) < 16:
            raise ConfigurationError(
                f"environment variable {KEY_VARIABLE}: {len(given)} characters, expected 16 or more.",
                remedy="set it to a random text, for example the output of `openssl rand -hex 32`.",
            )
        return given.encode()
    path = lake_root / "pseudonym.key"
    if not path.exists():
        lake_root.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another run made it a moment ago
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def pseudonym(raw_value: str, *, key: bytes) -> str:
    """Keyed BLAKE2b of an account id, 32 hex digits."""
    return hashlib.blake2b(raw_value.encode(), key=hashlib.sha256(key).digest(), digest_size=16).hexdigest()


def pseudonym_table(raw_values: Iterable[str], *, key: bytes) -> pa.Table:
    """Columns raw_value, pseudonym; one row per account."""
    values = list(raw_values)
    return pa.table(
        {
            "raw_value": pa.array(values, pa.string()),
            "pseudonym": pa.array([pseudonym(value, key=key) for value in values], pa.string()),
        }
    )


def without_account(payload: str, *, key: bytes, fields: Collection[str]) -> str:
    """A landed row's original content with the account id replaced.

    Nobody can tell where an unreadable row holds the id, so of such a row only its shape
    and the names of known ``fields`` stay; file and row number lead to the rest.
    """
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _shape(payload, fields)
    if not isinstance(content, dict):
        return _shape(payload, fields)
    if content.get("user_id") not in (None, ""):
        content["user_id"] = pseudonym(str(content["user_id"]), key=key)
    return orjson.dumps(content).decode()


def _shape(text: str, fields: Collection[str]) -> str:
    return _WORD.sub(lambda word: word[0] if word[0] in fields else "x" * len(word[0]), text)
