"""What anybody can read off a market's logs without a model: words searched for, units sold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.market.plan import NOT_STATED
from pipelines.samples.market_history import CategoryHistory, Market
from pipelines.samples.market_logs import build_logs
from pipelines.samples.market_model import Category

RECENT_DAYS = 60


@dataclass(frozen=True, eq=False)
class Observed:
    """The last RECENT_DAYS days of one category.

    ``stated`` is sessions × attributes, the value searched for or -1, of sessions that state something or
    nothing; ``sold`` are units of each product, cancelled and returned ones included.
    """

    history: CategoryHistory
    stated: np.ndarray
    sold: np.ndarray

    def search_share(self) -> list[np.ndarray]:
        """Per attribute, share of each value among the sessions that state one (zeros: none does)."""
        counts = [np.bincount(column[column >= 0], minlength=size) for column, size in self._columns()]
        return [count / max(int(count.sum()), 1) for count in counts]

    def order_share(self) -> list[np.ndarray]:
        """Per attribute, share of each value among the units sold."""
        features = self.history.category.products.features
        counts = [np.bincount(features[:, a], self.sold, minlength=size) for a, (_, size) in enumerate(self._columns())]
        return [count / max(float(count.sum()), 1.0) for count in counts]

    def stating_share(self) -> list[float]:
        """Per attribute, share of the sessions that state a value of it."""
        return [float((column >= 0).mean()) if len(column) else 0.0 for column, _ in self._columns()]

    def _columns(self) -> list[tuple[np.ndarray, int]]:
        attributes = self.history.category.text.attributes
        return [(self.stated[:, a], len(attribute.values)) for a, attribute in enumerate(attributes)]


def observe(market: Market) -> tuple[Observed, ...]:
    """Every category's recent searches and sales."""
    since = market.world.spec.n_days - RECENT_DAYS
    recent = [row for day, row in build_logs(market).searches if day >= since]
    return tuple(_of_category(history, recent, since) for history in market.histories)


def _of_category(history: CategoryHistory, rows: list[dict], since: int) -> Observed:
    category = history.category
    reader = _WordReader(category)
    sessions: dict[str, list[int]] = {}
    for row in rows:
        if row["category_id"] != category.text.category_id:
            continue
        said = sessions.setdefault(row["session_id"], [NOT_STATED] * len(category.text.attributes))
        for a, v in reader.read(row["query"], row["filters"]):
            said[a] = v
    bought = (history.shoppers.day >= since) & (history.choice >= 0)
    products = len(category.products.sku_ids)
    sold = np.bincount(history.choice[bought], history.shoppers.quantity[bought], minlength=products)
    stated = np.array(list(sessions.values()), int).reshape(-1, len(category.text.attributes))
    return Observed(history, stated, sold)


class _WordReader:
    """Finds a category's words in a query, longest first, each stretch of text once."""

    def __init__(self, category: Category) -> None:
        self._attributes = category.text.attributes
        words = {
            word.casefold(): (a, v)
            for a, attribute in enumerate(self._attributes)
            for v, value in enumerate(attribute.values)
            for word in (*value.zh, *value.en)
        }
        self._words = sorted(words.items(), key=lambda item: -len(item[0]))

    def read(self, query: str, filters: dict[str, list[str]] | None) -> list[tuple[int, int]]:
        """(attribute, value) of each word of the query and each facet chosen."""
        text, found = query.casefold(), []
        for word, pair in self._words:
            if word in text:
                found.append(pair)
                text = text.replace(word, "\0")
        for a, attribute in enumerate(self._attributes):
            names = [value.value for value in attribute.values]
            found += [(a, names.index(name)) for name in (filters or {}).get(attribute.attribute, [])]
        return found
