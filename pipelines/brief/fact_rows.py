"""The facts of a brief as rows of mart_brief_facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Row = dict[str, Any]


def flat(facts: Row) -> Iterator[Row]:
    """Facts as rows of mart_brief_facts: a path for the name, a number or a text."""
    digests = {source["table"]: source["digest"] for source in facts["sources"]}
    table_by_part = {
        "gaps": "mart_gaps",
        "headline": "mart_gaps",
        "candidates": "mart_candidates",
        "learnt": "mart_learnt_words",
        "premiums": "mart_feature_prices",
        "pairs": "mart_feature_pairs",
        "filter": "mart_gaps",
        "search_lead": "mart_search_leads",
        "specs": "mart_batch_specs",
        "plan_profit": "mart_plan_profit",
    }
    for part, content in facts.items():
        table = table_by_part.get(part, "mart_forecasts")
        for path, value in _leaves(part, content):
            is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            yield {
                "category_id": facts["category_id"],
                "fact": path,
                "number": float(value) if is_number else None,
                "text": None if is_number else str(value),
                "source_table": table,
                "source_digest": digests.get(table),
            }


def _leaves(path: str, content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(f"{path}.{key}", value)
    elif isinstance(content, (list, tuple)):
        for index, value in enumerate(content):
            yield from _leaves(f"{path}[{index}]", value)
    elif content is not None:
        yield path, content
