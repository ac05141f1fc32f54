"""Filter levels: which verdicts a measurement leaves out."""

from __future__ import annotations

EXCLUDED: dict[str, list[str]] = {"off": [], "on": ["crawler", "brushed"], "strict": ["crawler", "brushed", "grey"]}
