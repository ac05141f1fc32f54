"""The case everybody quotes: sales shrink, searches for gaming laptops stay, and no model fits them."""

from __future__ import annotations

import datetime as dt
import json

from tests.conftest import FIRST_DAY, order, product, search

DAYS = 84
LAPTOP = {
    "category_id": "laptop",
    "names": {"zh": "笔记本电脑", "en": "laptop"},
    "attributes": [
        {"attribute": "purpose", "unit": None, "values": [
            {"value": "office", "synonyms": ["办公"]}, {"value": "student", "synonyms": ["学生"]},
            {"value": "gaming", "synonyms": ["游戏", "电竞"]},
        ]},
        {"attribute": "screen", "unit": "inch", "values": [
            {"value": "14", "synonyms": ["14寸"]}, {"value": "15.6", "synonyms": ["15.6寸"]},
        ]},
    ],
}  # fmt: skip
TEXTS = {"office": "办公 laptop", "student": "学生 laptop", "gaming": "游戏 笔记本电脑"}


def test_shrinking_sales_and_steady_searches_make_gaming_the_headline(workspace):
    searches, orders, number = [], [], 0
    for day in range(DAYS):
        shrinking = 24 - day // 7  # buyers of office and student models become fewer
        for purpose, count in (("office", shrinking), ("student", shrinking // 2), ("gaming", 12)):
            for i in range(count):
                number += 1
                searches.append(
                    search(
                        number, day=day, query=TEXTS[purpose], category_id="laptop", filters=None,
                        result_count=0 if purpose == "gaming" else 6, clicked_sku_ids=None,
                    )
                )  # fmt: skip
                if purpose != "gaming" and i % 3 == 0:
                    sku = {"office": "l1", "student": "l2"}[purpose]
                    orders.append(order(number, day=day, sku_id=sku, unit_price=4999.0))
    models = [("l1", "office", "14"), ("l2", "student", "15.6"), ("l3", "office", "15.6")]
    products = [
        product(sku, "", "", category_id="laptop", title=f"laptop {purpose} {screen}寸", list_price=4999.0,
                attributes={"purpose": [purpose], "screen": [screen]})
        for sku, purpose, screen in models
    ]  # fmt: skip
    workspace.deliver({"search_events": searches, "order_lines": orders, "products": products, "taxonomy": [LAPTOP]})
    as_of = FIRST_DAY + dt.timedelta(days=DAYS)
    assert workspace.run(str(as_of), until="brief").code == 0

    facts = json.loads((workspace.folder / "out" / "briefs" / str(as_of) / "laptop.json").read_text(encoding="utf-8"))
    units = [week["units"] for week in facts["history"]]
    assert sum(units[-4:]) < sum(units[:4])  # the category falls
    assert facts["headline"] == {"kind": "unmet", "attribute": "purpose", "value": "gaming"}
    gaming = next(row for row in facts["gaps"] if row["value"] == "gaming")
    assert (gaming["cause"], gaming["cause_detail"], gaming["rank"], gaming["products"]) == (
        "not_made", "no_product", 1, 0,
    )  # fmt: skip
    # 12 shoppers a day for 28 days of whom about a third buys where there is something to buy
    assert gaming["intents"] == 12 * 28
    assert 0.5 * 112 < gaming["gap_units"] < 1.5 * 112
    assert gaming["gap_units_p10"] > 0
    assert gaming["share_trend_pct_points"] > 0  # of fewer and fewer, the share rises
    assert facts["filter"] == {"depends_off": False, "depends_strict": False}
    page = (workspace.folder / "out" / "briefs" / str(as_of) / "laptop.en.md").read_text(encoding="utf-8")
    assert "gaming" in page.split("##")[0]
