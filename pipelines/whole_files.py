"""Names that files may have, and files written whole or not at all: a reader never sees half of one."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path


def safe_name(identifier: str, *, unsafe: str, is_ambiguous: bool = False, longest: int = 100) -> str:
    """``identifier`` with what matches ``unsafe`` replaced: other identifiers have other names.

    One that is safe, of at most ``longest`` bytes and not ``is_ambiguous`` stays as it is; else a digest of
    it is added, because 空气炸锅 and 电热水壶 are the same underscores.
    """
    name = re.sub(unsafe, "_", identifier)
    if name == identifier and not is_ambiguous and len(name.encode()) <= longest:
        return name
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:8]
    return name.encode()[: longest - 9].decode(errors="ignore") + f"-{digest}"


def write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` in one step; a file that is there keeps its mode, a link its target."""
    target = path.resolve()
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            part.chmod(target.stat().st_mode & 0o7777)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
