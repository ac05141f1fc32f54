"""The lake before the planning day → one CategoryHistory per category, for the models."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from models.history import UNSTATED, CategoryHistory, Crowd, Intents, OrderLines, Products, Sessions
from models.text.measures import is_interval
from models.text.normalise import fold
from models.text.quantities import read_value
from models.text.taxonomy import ANY, Taxonomy
from pipelines.development import expected_net_units
from pipelines.engine import attach, engine, query, register
from pipelines.errors import NoDataError
from pipelines.extract import load_taxonomy
from pipelines.lake import Lake
from pipelines.levels import EXCLUDED
from pipelines.settings import Settings

SMALLEST_WISH = 0.01  # of the people behind an attribute, for a value that is listed nowhere
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?![\d/x*-])")


class _ByCategory:
    """A frame whose rows of one category stand together, in the order given: a category's rows are no copy."""

    def __init__(self, frame: pd.DataFrame) -> None:
        code, names = pd.factorize(frame["category_id"])
        self.frame = frame.iloc[np.argsort(code, kind="stable")]
        end = np.cumsum(np.bincount(code, minlength=len(names)))
        starts = np.concatenate([[0], end]).tolist()
        self._rows = {str(name): slice(*starts[i : i + 2]) for i, name in enumerate(names)}

    def of(self, category_id: str) -> pd.DataFrame:
        return self.frame.iloc[self._rows.get(category_id, slice(0, 0))]


@dataclass(frozen=True)
class _Frames:
    """Everything read from the lake in one go, as frames."""

    since: dt.date
    days: int
    sessions: _ByCategory
    wants: pd.DataFrame
    lines: _ByCategory
    evidence: pd.DataFrame
    out_of_stock: pd.DataFrame
    products: _ByCategory
    features: _ByCategory


def load(lake: Lake, as_of: dt.date, settings: Settings, *, level: str = "on") -> Iterator[CategoryHistory]:
    """Histories in category order, cleaned at filter ``level`` (off, on or strict).

    Raises NoDataError where no order lies before ``as_of``, or no product is known.
    """
    frames = _read(lake, as_of, settings, EXCLUDED[level])
    if frames.products.frame.empty:
        raise NoDataError(
            "no product is known, so no order has a category or a feature.",
            remedy="add sources.products to the configuration, or rows to its file.",
        )
    values = _value_sets(load_taxonomy(lake), frames, min_people=settings.privacy.min_people)
    for category_id in sorted(frames.products.frame["category_id"].unique()):
        yield _history(category_id, frames, values.get(category_id, {}))


def _read(lake: Lake, as_of: dt.date, settings: Settings, excluded: list[str]) -> _Frames:
    before = as_of.isoformat()
    days_with_orders = [day for day in lake.partitions("stg_order_events") if day < before]
    if not days_with_orders:
        raise NoDataError(
            f"no order line lies before {before}.",
            remedy="choose a later --as-of, or check sources.order_lines.path and the time zone.",
        )
    days_with_searches = [day for day in lake.partitions("int_searches") if day < before]
    first = dt.date.fromisoformat(min(days_with_orders + days_with_searches))
    since = max(first, as_of - dt.timedelta(days=settings.planning.history_days))
    window = (as_of - dt.timedelta(days=settings.planning.gap_window_days)).isoformat()
    with engine() as connection:
        attach(connection, lake, "int_sessions", before=before, since=since.isoformat())
        attach(connection, lake, "stg_order_events", before=before, since=since.isoformat())
        attach(connection, lake, "int_verdicts", before=before)
        attach(connection, lake, "int_searches", before=before, since=window)
        attach(connection, lake, "raw_stock_levels", before=before, since=since.isoformat())
        attach(connection, lake, "raw_products")
        attach(connection, lake, "int_product_features")
        sessions = query(connection, "int/int_history_sessions", excluded=excluded)
        register(connection, "history_sessions", sessions)
        wants = query(connection, "int/int_history_wants")
        register(connection, "stg_order_lines", query(connection, "stg/stg_order_lines"))
        lines = query(connection, "int/int_history_lines", since=since, excluded=excluded)
        first_day = dt.date.fromisoformat(window)
        evidence = query(
            connection,
            "int/int_history_evidence",
            window_start=first_day,
            excluded=excluded,
            min_people=settings.privacy.min_people,
        )
        stock = query(connection, "int/int_history_stock")
    return _Frames(
        since=since,
        days=(as_of - since).days,
        sessions=_ByCategory(sessions.drop_columns(["wants"]).to_pandas()),
        wants=wants.to_pandas(),
        lines=_ByCategory(_net(lines.to_pandas(), as_of)),
        evidence=evidence.to_pandas(),
        out_of_stock=stock.to_pandas(),
        products=_ByCategory(_flat(lake.read("raw_products"))),
        features=_ByCategory(lake.read("int_product_features").to_pandas()),
    )


def _net(lines: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    return lines.assign(expected_net_units=expected_net_units(lines, as_of))


def _flat(products: pa.Table) -> pd.DataFrame:
    frame = products.drop_columns(["attributes"]).to_pandas()
    for column in ("list_price", "unit_cost"):
        frame[column] = frame[column].astype(float)
    return frame


def _value_sets(taxonomy: Taxonomy, frames: _Frames, *, min_people: int) -> dict[str, dict[str, list[str]]]:
    """Category → attribute → values: the taxonomy's in its order, then others that products have or many ask for."""
    found: dict[str, dict[str, list[str]]] = {}
    for category in taxonomy.categories:
        found[category.category_id] = {
            attribute.attribute: [value.value for value in attribute.values] for attribute in category.attributes
        }
    everywhere = set(found.get(ANY, {}))
    seen = (
        frames.features.frame[["category_id", "attribute", "value"]]
        .drop_duplicates()
        .sort_values(["category_id", "attribute", "value"])
    )
    for row in seen.itertuples(index=False):
        values = found.setdefault(str(row.category_id), {}).setdefault(str(row.attribute), [])
        if row.value not in values:
            values.append(str(row.value))
    for row in _asked_for(frames.evidence, min_people).itertuples(index=False):
        by_name = found.setdefault(str(row.category_id), {})
        if row.attribute in by_name or row.attribute in everywhere:
            values = by_name.setdefault(str(row.attribute), [])
            if row.value not in values:
                values.append(str(row.value))
    return {
        category: {
            name: sorted(values, key=_magnitude) if _is_ordered(values) else values for name, values in by_name.items()
        }
        for category, by_name in found.items()
    }


def _asked_for(evidence: pd.DataFrame, min_people: int) -> pd.DataFrame:
    """Values that enough people typed to be a wish of the category, listed anywhere or not; no intervals."""
    is_wish = (evidence["searchers"] >= min_people) & (
        evidence["people"] >= SMALLEST_WISH * evidence["attribute_people"]
    )
    wishes = evidence[is_wish]
    return wishes[~wishes["value"].map(is_interval).astype(bool)]


def _is_ordered(values: list[str]) -> bool:
    """Whether the values of an attribute are numbers, with one unit or none."""
    return len(values) > 2 and all(_NUMBER.match(fold(value)) for value in values)


def _magnitude(value: str) -> float:
    magnitudes = read_value(fold(value), unit=None)
    match = _NUMBER.match(fold(value))
    return magnitudes[0][1] if magnitudes else float(match.group(1)) if match else 0.0


def _history(category_id: str, frames: _Frames, values: dict[str, list[str]]) -> CategoryHistory:
    attributes = tuple(name for name in values if values[name])
    sessions, lines = frames.sessions.of(category_id), frames.lines.of(category_id)
    regions = tuple(sorted({*sessions["region"].unique(), *lines["region"].unique()}))
    products = frames.products.of(category_id).sort_values("sku_id")
    currency = _currency(products)
    lines = lines.assign(unit_price=lines["unit_price"].where(lines["currency"] == currency))
    evidence = frames.evidence[frames.evidence["category_id"] == category_id]
    keys = list(zip(evidence["attribute"], evidence["value"], strict=True))
    index = {name: {v: i for i, v in enumerate(values[name])} for name in attributes}
    wants = _intents(sessions, frames, attributes, index)
    return CategoryHistory(
        category_id=category_id,
        days=frames.days,
        attributes=attributes,
        values=tuple(tuple(values[name]) for name in attributes),
        is_ordered=tuple(_is_ordered(values[name]) for name in attributes),
        regions=regions,
        sessions=_sessions(sessions, frames, wants, products, regions, attributes),
        stated=wants,
        products=_products(category_id, products, frames, lines, attributes, index),
        lines=_lines(lines, frames, products, regions),
        zero_result_pct=dict(zip(keys, evidence["zero_result_pct"].astype(float), strict=True)),
        people=dict(zip(keys, evidence["people"].astype(int), strict=True)),
        crowds={
            key: Crowd(*counts)
            for key, counts in zip(
                keys,
                evidence[["searchers", "attribute_people", "pool_people"]].astype(int).to_numpy().tolist(),
                strict=True,
            )
        },
    )


def _intents(
    sessions: pd.DataFrame, frames: _Frames, attributes: tuple[str, ...], index: dict[str, dict[str, int]]
) -> Intents:
    """Stated values of the category's shopper-days; values that no taxonomy knows are left out."""
    numbers = sessions["session_number"].to_numpy()
    if not len(numbers):
        return Intents.of(np.zeros((0, len(attributes)), np.int16))
    stated = frames.wants[frames.wants["session_number"].between(numbers[0], numbers[-1])]  # numbers are consecutive
    attribute = _codes(stated["attribute"], attributes, np.int64)
    keys = zip(stated["attribute"].tolist(), stated["value"].tolist(), strict=True)  # columns are slow to walk
    value = np.array([index.get(name, {}).get(v, UNSTATED) for name, v in keys], np.int64)
    known = value != UNSTATED
    return Intents(
        session=(stated["session_number"].to_numpy(np.int64) - numbers[0])[known],
        attribute=attribute[known],
        value=value[known],
        weight=stated["weight"].to_numpy(float)[known],
    )


def _sessions(
    sessions: pd.DataFrame,
    frames: _Frames,
    stated: Intents,
    products: pd.DataFrame,
    regions: tuple[str, ...],
    attributes: tuple[str, ...],
) -> Sessions:
    wants = np.full((len(sessions), len(attributes)), UNSTATED, np.int16)
    single = stated.weight > 0.99
    wants[stated.session[single], stated.attribute[single]] = stated.value[single]
    return Sessions(
        day=_day(sessions["business_date"], frames.since),
        wants=wants,
        region=_codes(sessions["region"], regions, np.int16),
        sku=_codes(sessions["bought_sku_id"], tuple(products["sku_id"]), np.int32),
        searched=sessions["searched"].to_numpy(bool),
        shown=sessions["shown"].to_numpy(bool),
        person=pd.factorize(sessions["actor"])[0].astype(np.int64),
    )


def _products(
    category_id: str,
    products: pd.DataFrame,
    frames: _Frames,
    lines: pd.DataFrame,
    attributes: tuple[str, ...],
    index: dict[str, dict[str, int]],
) -> Products:
    skus = tuple(products["sku_id"])
    features = np.full((len(skus), len(attributes)), UNSTATED, np.int16)
    mine = frames.features.of(category_id)
    mine = mine[mine["sku_id"].isin(skus)]
    rows = _codes(mine["sku_id"], skus, np.int32)
    for a, name in enumerate(attributes):
        chosen = (mine["attribute"] == name).to_numpy()
        features[rows[chosen], a] = mine["value"][chosen].map(index[name]).fillna(UNSTATED).to_numpy(np.int16)
    currency = _currency(products)
    is_other = (products["currency"] != currency).to_numpy()
    listed = np.where(is_other, np.nan, products["list_price"].to_numpy(float))
    listed = np.where(is_other, np.nanmedian(listed), listed)  # neither dear nor cheap: nothing is known of it
    paid = lines.groupby("sku_id")["unit_price"].median().reindex(list(skus)).to_numpy(float)
    available = np.ones((frames.days, len(skus)), bool)
    launched = pd.to_datetime(products["launched_on"])
    first_day = (launched - pd.Timestamp(frames.since)).dt.days.fillna(0).to_numpy()
    is_launched = np.arange(frames.days)[:, None] >= first_day[None, :]
    available &= is_launched
    missing = frames.out_of_stock[frames.out_of_stock["sku_id"].isin(skus)]
    if len(missing):
        available[_day(missing["snapshot_date"], frames.since), _codes(missing["sku_id"], skus, np.int32)] = False
    return Products(
        sku_ids=skus,
        features=features,
        price=np.where(np.isfinite(paid) & (paid > 0), paid, listed),
        unit_cost=np.where(is_other, np.nan, products["unit_cost"].to_numpy(float)),
        is_available=available,
        currency=currency,
        is_launched=is_launched,
    )


def _lines(lines: pd.DataFrame, frames: _Frames, products: pd.DataFrame, regions: tuple[str, ...]) -> OrderLines:
    return OrderLines(
        day=_day(lines["placed_date"], frames.since),
        sku=_codes(lines["sku_id"], tuple(products["sku_id"]), np.int32),
        region=_codes(lines["region"], regions, np.int16),
        ordered_units=lines["ordered_units"].to_numpy(np.int64),
        cancelled_units=lines["cancelled_units"].to_numpy(np.int64),
        net_units=lines["net_units"].to_numpy(np.int64),
        expected_net_units=lines["expected_net_units"].to_numpy(float),
        unit_price=lines["unit_price"].to_numpy(float),
        searched=lines["searched"].to_numpy(bool),
    )


def _currency(products: pd.DataFrame) -> str:
    """That of most products; prices in another are not compared with it, and so unknown (the run says of how many)."""
    return str(products["currency"].mode().iloc[0])


def _day(dates: pd.Series, since: dt.date) -> np.ndarray:
    return (pd.to_datetime(dates) - pd.Timestamp(since)).dt.days.to_numpy(np.int32)


def _codes(values: pd.Series, known: tuple[str, ...], kind: type) -> np.ndarray:
    """Index of each value in ``known``, -1 where it is not there."""
    return pd.Index(known).get_indexer(pd.Index(values.astype(object))).astype(kind)
