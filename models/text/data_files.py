"""The data files of the lexicon: words by language and rules about them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """One data file of the lexicon; what it gives is shared and not to be changed."""
    return dict(yaml.safe_load(files("models.text").joinpath("lexicon", name).read_text(encoding="utf-8")))
