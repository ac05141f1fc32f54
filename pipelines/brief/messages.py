"""Message catalogues: every word a brief shows, one YAML file per language, same keys in all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from pipelines.errors import ConfigurationError

CATALOGUES = Path(__file__).parent / "catalogues"


@dataclass(frozen=True)
class Messages:
    """Texts of one language, by dotted key. Parameters arrive as text that is ready to be read."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **parameters: object) -> str:
        """The text of ``key`` with its parameters filled in. Raises KeyError for a key no catalogue has."""
        return self.texts[key].format(**parameters)

    def count(self, key: str, number: float, /, **parameters: object) -> str:
        """As a call, choosing between ``key.one`` and ``key.other`` by ``number``."""
        return self(f"{key}.one" if number == 1 else f"{key}.other", **parameters)

    def has(self, key: str) -> bool:
        return key in self.texts

    def below(self, section: str) -> tuple[tuple[str, str], ...]:
        """(last part of key, text) of every key in ``section``, in the catalogue's order."""
        prefix = f"{section}."
        return tuple((key.removeprefix(prefix), text) for key, text in self.texts.items() if key.startswith(prefix))


def languages() -> tuple[str, ...]:
    """Languages that have a catalogue, sorted."""
    return tuple(sorted(path.stem for path in CATALOGUES.glob("*.yaml")))


@cache
def load(language: str) -> Messages:
    """The catalogue of ``language``. Raises ConfigurationError where there is none."""
    if language not in languages():
        raise ConfigurationError(
            f"briefs cannot be written in language {language!r}.",
            remedy=f"set languages to some of: {', '.join(languages())}.",
        )
    text = (CATALOGUES / f"{language}.yaml").read_text(encoding="utf-8")
    return Messages(language, dict(_flat(yaml.safe_load(text), "")))


def _flat(node: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
