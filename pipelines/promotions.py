"""The shop's own promotions, past and planned, as regressors beside the festivals.

A CSV file: name, start_date, end_date, category_id (empty: all). The same name again is the same kind of promotion,
so what it did before is expected of it again.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import SourceError

COLUMNS = ("name", "start_date", "end_date", "category_id")


@dataclass(frozen=True)
class Promotion:
    name: str
    first_day: dt.date
    last_day: dt.date
    category_id: str | None


def read(file: Path) -> list[Promotion]:
    """Raises SourceError, which names the row, where the file cannot be used."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS[:3] if name not in (reader.fieldnames or [])]
            if missing:
                raise SourceError(
                    f"{file}: column {missing[0]} is missing.", remedy=f"the columns are {', '.join(COLUMNS)}."
                )
            return [_promotion(file, number, row) for number, row in enumerate(reader, start=1)]
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{file}: cannot be read ({error.__class__.__name__}).", remedy="correct planning.promotions."
        ) from error


def _promotion(file: Path, number: int, row: dict[str, str | None]) -> Promotion:
    name = (row["name"] or "").strip()
    days = []
    for column in ("start_date", "end_date"):
        try:
            days.append(dt.date.fromisoformat((row[column] or "").strip()))
        except ValueError:
            raise SourceError(
                f"{file} row {number}: {column}: found {row[column]!r}, expected a date such as 2026-11-01.",
                remedy="correct the file and run again.",
            ) from None
    if not name or days[1] < days[0]:
        raise SourceError(
            f"{file} row {number}: {'name is empty' if not name else 'end_date is before start_date'}.",
            remedy="correct the file and run again.",
        )
    return Promotion(name, days[0], days[1], (row.get("category_id") or "").strip() or None)


def weeks_of(promotions: list[Promotion], category_id: str, first_day: dt.date, weeks: int) -> NDArray[np.float64]:
    """weeks × kinds: the share of each week's days on which each kind of promotion runs in the category."""
    names = sorted({promotion.name for promotion in promotions})
    shares = np.zeros((weeks, len(names)))
    for promotion in promotions:
        if promotion.category_id in (None, category_id):
            start = (promotion.first_day - first_day).days
            end = (promotion.last_day - first_day).days + 1
            edges = 7 * np.arange(weeks)
            days = np.clip(np.minimum(edges + 7, end) - np.maximum(edges, start), 0, 7)
            shares[:, names.index(promotion.name)] += days / 7
    return np.minimum(shares, 1.0)
