"""The data files of the lexicon: words by language and rules about them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # of C where it was built: ten times as fast


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """One data file of the lexicon; what it gives is shared and not to be changed."""
    text = files("models.text").joinpath("lexicon", name).read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=_LOADER))
