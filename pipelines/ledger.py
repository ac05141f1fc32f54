"""The ledger: approvals and batch orders as append-only events, SQLite or PostgreSQL.

State is derived from events. A batch order's (id, revision) is unique in the database, so a
repeated or concurrent export cannot send an order twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from pipelines.errors import StateError

_META = sa.MetaData()
_APPROVALS = sa.Table(
    "approval_events",
    _META,
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("as_of", sa.String(10), nullable=False),
    sa.Column("spec_id", sa.String(64), nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=True),
    sa.Column("person", sa.String(200), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.String(40), nullable=False),
)
_ORDERS = sa.Table(
    "batch_order_events",
    _META,
    sa.Column("batch_order_id", sa.String(120), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("manufacturer_id", sa.String(120), nullable=False),
    sa.Column("as_of", sa.String(10), nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("lines", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.String(40), nullable=False),
)
_OVERRIDES = sa.Table(
    "forecast_overrides",
    _META,
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("first_day", sa.String(10), nullable=False),
    sa.Column("until", sa.String(10), nullable=False),
    sa.Column("category_id", sa.String(200), nullable=False),
    sa.Column("attribute", sa.String(200), nullable=False),
    sa.Column("value", sa.String(400), nullable=False),
    sa.Column("factor", sa.Float, nullable=False),
    sa.Column("person", sa.String(200), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.String(40), nullable=False),
)


@dataclass(frozen=True)
class Override:
    """A person's factor on a forecast, for planning days ``first_day`` … ``until``."""

    first_day: dt.date
    until: dt.date
    category_id: str
    attribute: str
    value: str
    factor: float
    person: str
    reason: str


@dataclass(frozen=True)
class Approval:
    """A person's latest word on a spec of a planning day. ``quantity`` None: as planned."""

    spec_id: str
    action: str
    quantity: int | None
    person: str
    reason: str
    recorded_at: str


@dataclass(frozen=True)
class BatchOrder:
    """One revision of a batch order; ``lines`` as exported."""

    batch_order_id: str
    revision: int
    manufacturer_id: str
    as_of: str
    content_sha256: str
    lines: list[dict[str, object]]


def _order(row: sa.RowMapping) -> BatchOrder:
    return BatchOrder(
        row["batch_order_id"],
        row["revision"],
        row["manufacturer_id"],
        row["as_of"],
        row["content_sha256"],
        json.loads(row["lines"]),
    )


class Ledger:
    """Events in the database at ``url``; tables are made on first use."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url)
        try:
            if url.startswith("sqlite:///"):
                Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            _META.create_all(self._engine)
        except (OSError, sa.exc.SQLAlchemyError) as error:
            raise StateError(
                f"ledger {self._engine.url.render_as_string(hide_password=True)}: cannot be opened "
                f"({error.__class__.__name__}).",
                remedy="check the ledger key of the configuration, that the database runs and may be written.",
            ) from error

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def record_approval(
        self, as_of: dt.date, *, spec_id: str, action: str, quantity: int | None, person: str, reason: str
    ) -> None:
        """Append one word on a spec; the latest one counts."""
        with self._write() as connection:
            connection.execute(
                _APPROVALS.insert().values(
                    as_of=as_of.isoformat(),
                    spec_id=spec_id,
                    action=action,
                    quantity=quantity,
                    person=person,
                    reason=reason,
                    recorded_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                )
            )

    def approvals(self, as_of: dt.date) -> dict[str, Approval]:
        """Spec → its latest approval event."""
        statement = _APPROVALS.select().where(_APPROVALS.c.as_of == as_of.isoformat()).order_by(_APPROVALS.c.event_id)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return {
            row["spec_id"]: Approval(
                row["spec_id"], row["action"], row["quantity"], row["person"], row["reason"], row["recorded_at"]
            )
            for row in rows
        }

    def record_override(self, override: Override) -> None:
        """Append one override; of two for the same forecast the later one counts."""
        row = asdict(override) | {
            "first_day": override.first_day.isoformat(),
            "until": override.until.isoformat(),
            "recorded_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        with self._write() as connection:
            connection.execute(_OVERRIDES.insert().values(**row))

    def overrides(self) -> list[Override]:
        """All overrides, in the order they were recorded."""
        with self._engine.connect() as connection:
            rows = connection.execute(_OVERRIDES.select().order_by(_OVERRIDES.c.event_id)).mappings().all()
        return [
            Override(
                dt.date.fromisoformat(row["first_day"]),
                dt.date.fromisoformat(row["until"]),
                row["category_id"],
                row["attribute"],
                row["value"],
                row["factor"],
                row["person"],
                row["reason"],
            )
            for row in rows
        ]

    def orders(self, as_of: dt.date) -> list[BatchOrder]:
        """All revisions of the orders of a planning day, in order."""
        statement = (
            _ORDERS.select()
            .where(_ORDERS.c.as_of == as_of.isoformat())
            .order_by(_ORDERS.c.batch_order_id, _ORDERS.c.revision)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return [_order(row) for row in rows]

    def open_orders(self, before: dt.date) -> list[BatchOrder]:
        """Latest revisions of orders planned before a day, cancelled ones left out."""
        statement = (
            _ORDERS.select()
            .where(_ORDERS.c.as_of < before.isoformat())
            .order_by(_ORDERS.c.batch_order_id, _ORDERS.c.revision)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        latest = {row["batch_order_id"]: row for row in rows}
        orders = [_order(row) for row in latest.values()]
        return [order for order in orders if order.lines]

    def record_order(self, order: BatchOrder) -> None:
        """Append a revision. Raises StateError where another run recorded it first."""
        try:
            with self._write() as connection:
                connection.execute(
                    _ORDERS.insert().values(
                        batch_order_id=order.batch_order_id,
                        revision=order.revision,
                        manufacturer_id=order.manufacturer_id,
                        as_of=order.as_of,
                        content_sha256=order.content_sha256,
                        lines=json.dumps(order.lines, ensure_ascii=False, default=str),
                        recorded_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                    )
                )
        except sa.exc.IntegrityError as error:
            raise StateError(
                f"batch order {order.batch_order_id} revision {order.revision} was recorded by another run.",
                remedy="run `c2b export` again; it picks up from what is recorded.",
            ) from error
