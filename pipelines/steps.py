"""What every stage takes and gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.lake import Lake
from pipelines.settings import Settings


@dataclass(frozen=True)
class StepResult:
    """What a stage did: rows by table, findings in words. Carries no data."""

    stage: str
    rows_by_table: dict[str, int] = field(default_factory=dict)
    findings: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(self.rows_by_table.values())

    def summary(self) -> dict[str, object]:
        """A small JSON-able form, to pass from task to task."""
        return {"stage": self.stage, "rows_by_table": self.rows_by_table, "findings": list(self.findings)}


Step = Callable[[Lake, dt.date, Settings], StepResult]
