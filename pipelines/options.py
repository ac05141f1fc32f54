"""Options that commands share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.errors import ConfigurationError

Config = Annotated[Path, typer.Option("--config", help="Configuration file.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Planning day, YYYY-MM-DD; only days before it are used.")]
DEFAULT_CONFIG = Path("c2b.yaml")


def parse_day(text: str) -> dt.date:
    """A planning day as people type it."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"--as-of: {text!r} is not a day.", remedy="write it as 2026-06-25.") from error
