"""The only place where SQL lives: one file per table, in layers."""

from functools import cache
from importlib import resources


@cache
def text(name: str) -> str:
    """The statement of table ``name``, for example ``mart/mart_gaps``."""
    return (resources.files("sql") / f"{name}.sql").read_text(encoding="utf-8")
