"""Write a market's logs and its c2b.yaml, as the data contract says; the truth is not among them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bench.second_market import wording
from bench.second_market.history import History, Visit
from bench.second_market.scenario import Scenario

Row = dict[str, Any]
BRANDS = ("Nordal", "青禾", "Kavo", "Lumet", "山木", "Orrin")
STATUS_DAYS = {"paid": 0.02, "shipped": 1.1, "delivered": 3.4, "cancelled": 0.3, "returned": 11.0}


class Writer:
    """Rows of the logs of one market, with ids and a generator of their own."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.rng = np.random.default_rng([scenario.seed, 31])
        us = scenario.family == "english"
        self.zone = dt.timezone(dt.timedelta(hours=-5 if us else 8))
        self.timezone = "America/New_York" if us else "Asia/Shanghai"
        self.currency = "USD" if us else "CNY"
        self.regions = ("US-CA", "US-TX", "US-NY", "US-WA") if us else ("CN-GD", "CN-ZJ", "CN-BJ", "CN-SC", "CN-HB")
        self.first_day = scenario.as_of - dt.timedelta(days=scenario.history_days)
        self.accounts = int(scenario.shoppers_per_day * 25)
        self.searches: list[Row] = []
        self.orders: list[Row] = []

    def at(self, day: float, second: float) -> dt.datetime:
        """Moment of a day of the history."""
        start = dt.datetime.combine(self.first_day, dt.time(), self.zone)
        return start + dt.timedelta(days=day, seconds=float(second))

    def visit(self, history: History, visit: Visit) -> None:
        """The searches and order events of one visit."""
        user = f"u{int(self.rng.integers(self.accounts))}" if self.rng.random() < 0.92 else None
        session = f"s{len(self.searches)}x{len(self.orders)}" if visit.searched or self.rng.random() < 0.5 else None
        region = str(
            self.rng.choice(self.regions, p=np.arange(len(self.regions), 0, -1) / sum(range(len(self.regions) + 1)))
        )
        if visit.searched:
            self._searches(history, visit, user, session, region)
        if visit.bought >= 0:
            sku = sku_id(history, visit.bought)
            events = ["placed"] + (["cancelled"] if visit.cancelled else ["paid", "shipped", "delivered"])
            self.order(visit.day, visit.second + 300, events + (["returned"] if visit.returned else []), {
                "user_id": user, "session_id": session, "channel": visit.channel, "sku_id": sku,
                "quantity": visit.quantity, "unit_price": visit.price, "region": region,
            })  # fmt: skip

    def _searches(self, history: History, visit: Visit, user: str | None, session: str | None, region: str) -> None:
        category, rng = history.shop.category, self.rng
        english = bool(rng.random() < self.scenario.english)
        as_filter = {a for a in visit.stated if rng.random() < 0.2}
        typed = {a: v for a, v in visit.stated.items() if a not in as_filter}
        filters = {
            category.attributes[a].name: [category.attributes[a].values[visit.stated[a]].name] for a in as_filter
        }
        likes = [sku_id(history, j) for j in visit.liked]
        clicked = [s for s in likes if rng.random() < 0.35] if visit.matches else []
        bought = [sku_id(history, visit.bought)] if visit.bought >= 0 else []
        broad = visit.stated and (not visit.matches or rng.random() < 0.2)
        first_clicks = clicked if broad else list(dict.fromkeys(clicked + bought))
        self.search(visit.day, visit.second, user, session, region, category.category_id,
                    wording.query(category, typed, english, rng), filters, visit.matches, first_clicks)  # fmt: skip
        if broad and (bought or rng.random() < 0.6):
            self.search(visit.day, visit.second + 60, user, session, region, category.category_id,
                        wording.query(category, {}, english, rng), {}, int((history.stock[visit.day] > 0).sum()),
                        bought)  # fmt: skip

    def search(self, day: int, second: float, user: str | None, session: str | None, region: str, category_id: str,
               text: str, filters: dict[str, list[str]], results: int, clicked: list[str]) -> None:  # fmt: skip
        """One search event."""
        self.searches.append({
            "event_id": f"e{len(self.searches)}", "event_time": self.at(day, second), "user_id": user,
            "session_id": session, "platform": "mall", "query": text,
            "category_id": category_id if self.rng.random() < 0.75 else None, "filters": filters or None,
            "result_count": results, "clicked_sku_ids": clicked, "region": region,
        })  # fmt: skip

    def order(self, day: int, second: float, statuses: Iterable[str], row: Row) -> None:
        """The status events of one order line that were reached before the planning day."""
        order_id = f"o{len(self.orders)}"
        for status in statuses:
            late = STATUS_DAYS.get(status, 0.0)
            moment = self.at(day + late * (self.rng.uniform(0.7, 1.4) if late else 0), second)
            if moment.date() < self.scenario.as_of:
                self.orders.append({"order_id": order_id, "line_id": 1, "status": status, "event_time": moment,
                                    "platform": "mall", "currency": self.currency, **row})  # fmt: skip

    def fakes(self, histories: list[History]) -> None:
        """Crawlers that read through all values, and brushed orders of a ring of accounts on a few products."""
        s, rng = self.scenario, self.rng
        searches, lines = int(len(self.searches) * s.fake), int(len(self.orders) / 4 * s.fake)
        while searches > 0:
            history = histories[int(rng.integers(len(histories)))]
            day, burst = int(rng.integers(s.history_days)), int(min(searches, rng.integers(130, 350)))
            start, bot = float(rng.uniform(0, 60000)), f"b{int(rng.integers(4))}"
            for k in range(burst):
                attribute = k % len(history.shop.category.attributes)
                value = k // 7 % len(history.shop.category.attributes[attribute].values)
                text = wording.query(history.shop.category, {attribute: value}, s.english > 0.5, rng)
                self.search(day, start + 20.0 * k, bot, None, self.regions[0], history.shop.category.category_id,
                            text, {}, 10, [])  # fmt: skip
            searches -= burst
        while lines > 0:
            history = histories[int(rng.integers(len(histories)))]
            day, burst = int(rng.integers(s.history_days)), int(min(lines, rng.integers(8, 30)))
            j, start = int(rng.integers(len(history.shop.values))), float(rng.uniform(0, 70000))
            for k in range(burst):
                self.order(day, start + k * rng.uniform(5, 60), ["placed", "paid", "shipped", "delivered"], {
                    "user_id": f"ring{int(rng.integers(12))}", "session_id": None, "channel": "shelf",
                    "sku_id": sku_id(history, j), "quantity": 1, "unit_price": float(history.shop.price(day)[j]),
                    "region": self.regions[0],
                })  # fmt: skip
            lines -= burst


def sku_id(history: History, product: int) -> str:
    """Stock-keeping unit of a product on sale."""
    return f"{history.shop.category.category_id}-{product:03d}"


def write(scenario: Scenario, histories: list[History], folder: Path) -> Path:
    """Write every input file and the configuration; returns the path of c2b.yaml."""
    writer = Writer(scenario)
    for history in histories:
        for visit in history.visits:
            writer.visit(history, visit)
    writer.fakes(histories)
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    if scenario.has_searches:
        _jsonl(data / "search_events.jsonl.gz", sorted(writer.searches, key=lambda r: r["event_time"]))
    _jsonl(data / "order_lines.jsonl.gz", sorted(writer.orders, key=lambda r: r["event_time"]))
    _jsonl(data / "products.jsonl", [row for h in histories for row in _products(h, writer)])
    _jsonl(data / "manufacturers.jsonl", [row for h in histories for row in _makers(h, writer.currency)])
    (data / "taxonomy.json").write_text(
        json.dumps([_taxonomy(h, writer) for h in histories], ensure_ascii=False), "utf-8"
    )
    with (data / "stock_levels.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["snapshot_date", "sku_id", "region", "on_hand"])
        for h in histories:
            for day, levels in enumerate(h.stock):
                date = writer.first_day + dt.timedelta(days=day)
                out.writerows([date, sku_id(h, j), "", level] for j, level in enumerate(levels))
    return _configuration(scenario, writer.timezone, folder)


def _configuration(scenario: Scenario, timezone: str, folder: Path) -> Path:
    names = {"order_lines": "order_lines.jsonl.gz", "products": "products.jsonl", "stock_levels": "stock_levels.csv",
             "manufacturers": "manufacturers.jsonl", "taxonomy": "taxonomy.json"}  # fmt: skip
    if scenario.has_searches:
        names["search_events"] = "search_events.jsonl.gz"
    lines = [
        "lake: ./lake",
        "ledger: sqlite:///ledger.db",
        "output: ./out",
        f"timezone: {timezone}",
        "languages: [en]",
        "sources:",
    ]
    lines += [f"  {name}: {{kind: files, path: ./data/{file}}}" for name, file in names.items()]
    lines += ["planning:", f"  sell_days: {scenario.sell_days}", f"  salvage_rate: {scenario.salvage_rate}"]
    path = folder / "c2b.yaml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _jsonl(path: Path, rows: Iterable[Row]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False, default=_text) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), 3, mtime=0))
    else:
        path.write_text(text, "utf-8")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _products(history: History, writer: Writer) -> Iterable[Row]:
    shop = history.shop
    english = writer.scenario.english > 0.5
    for j, values in enumerate(shop.values.tolist()):
        brand = str(writer.rng.choice(BRANDS))
        named = zip(shop.category.attributes, values, strict=True)
        yield {"sku_id": sku_id(history, j), "product_id": f"p-{sku_id(history, j)}",
               "category_id": shop.category.category_id, "brand": brand,
               "title": wording.title(shop.category, values, brand, english, writer.rng),
               "attributes": {a.name: [a.values[v].name] for a, v in named},
               "list_price": float(shop.list_price[j]), "unit_cost": float(shop.unit_cost[j]),
               "currency": writer.currency, "launched_on": None}  # fmt: skip


def _makers(history: History, currency: str) -> Iterable[Row]:
    attributes = history.shop.category.attributes
    for m in history.shop.makers:
        supported = {a.name: [a.values[v].name for v in m.supported[k]] for k, a in enumerate(attributes)
                     if len(m.supported[k]) < len(a.values)}  # fmt: skip
        costs = {
            a.name: {v.name: c for v, c in zip(a.values, m.feature_costs[k], strict=False)}
            for k, a in enumerate(attributes)
        }
        yield {"manufacturer_id": m.manufacturer_id, "name": m.manufacturer_id,
               "category_id": history.shop.category.category_id, "lead_time_days": m.lead_time_days,
               "weekly_capacity_units": m.weekly_capacity_units, "min_order_units": m.min_order_units,
               "min_spec_units": m.min_spec_units, "pack_size": m.pack_size, "base_unit_cost": m.base_unit_cost,
               "price_tiers": [[t, f] for t, f in m.price_tiers],
               "setup_cost": m.setup_cost, "supported_features": supported, "feature_costs": costs,
               "currency": currency, "incoterm": None}  # fmt: skip


def _taxonomy(history: History, writer: Writer) -> Row:
    """The user's taxonomy: names, and all but one in ten of the words that shoppers use."""
    category = history.shop.category
    attributes = []
    for a in category.attributes:
        values = []
        for v in a.values:
            known = [w for w in (*v.zh, *v.en) if writer.rng.random() > 0.1 and w != v.name]
            values.append({"value": v.name, "synonyms": known})
        attributes.append({"attribute": a.name, "unit": a.unit, "values": values})
    names = (
        {"en": category.en[0]} if writer.scenario.family == "english" else {"zh": category.zh[0], "en": category.en[0]}
    )
    return {"category_id": category.category_id, "names": names, "attributes": attributes}
