"""Configure: demand for combinations of features, consistent with the forecast of each feature."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import demand, disclosure, ipf
from models.history import CategoryHistory
from pipelines import arrival, histories, outlook
from pipelines.engine import attach, engine, query, register
from pipelines.lake import Lake
from pipelines.levels import EXCLUDED
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.specs import features_text
from pipelines.steps import StepResult

MAX_CELLS = 50_000
PUBLISHED = 400
MENTION_DAYS = 180
PSEUDO_MENTIONS = 5.0
PURCHASE_WEIGHT = 0.25  # a purchase shows what was on offer as much as what was wanted together


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_configurations of the planning day."""
    leads = arrival.days_of(arrival.known(lake, as_of, settings.planning))
    rows, findings = configured(lake, as_of, settings, leads, outlook.read(lake, as_of))
    published = publish_mart(lake, "mart_configurations", rows, as_of)
    return StepResult(stage="configure", rows_by_table={"mart_configurations": published}, findings=tuple(findings))


def configured(
    lake: Lake, as_of: dt.date, settings: Settings, leads: dict[str, int], forecasts: outlook.Forecasts
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of mart_configurations where goods arrive ``leads`` days from now, and what was not compared; nothing is
    published."""
    unmade = arrival.without_manufacturers(as_of, settings.planning).arrival_days
    rows: list[dict[str, Any]] = []
    findings: list[str] = []
    buyers = _buyers(lake, as_of, settings)
    for history in histories.load(lake, as_of, settings):
        if not len(history.sessions) and not len(history.lines.day):
            continue
        if not history.attributes:
            continue
        cells = math.prod(len(values) for values in history.values)
        if cells > MAX_CELLS:
            findings.append(
                f"category {history.category_id}: of {cells:,} combinations the {MAX_CELLS:,} likeliest were compared."
            )
        lead = leads.get(history.category_id, unmade)
        rows += configuration_rows(history, outlook.load(forecasts, history), lead, settings, buyers=buyers)
    return rows, findings


def _buyers(lake: Lake, as_of: dt.date, settings: Settings) -> dict[str, int]:
    """Distinct people who bought each stock-keeping unit in the days that sold units are counted in."""
    since = as_of - dt.timedelta(days=settings.planning.history_days)
    with engine() as connection:
        attach(connection, lake, "stg_order_events", before=as_of.isoformat(), since=since.isoformat())
        attach(connection, lake, "int_verdicts", before=as_of.isoformat())
        register(connection, "stg_order_lines", query(connection, "stg/stg_order_lines"))
        recent = as_of - dt.timedelta(days=demand.RECENT_DAYS)
        found = query(connection, "int/int_sku_buyers", since=recent, excluded=EXCLUDED["on"])
    return dict(zip(found["sku_id"].to_pylist(), found["people"].to_pylist(), strict=True))


def configuration_rows(
    history: CategoryHistory,
    ahead: outlook.Outlook,
    lead: int,
    settings: Settings,
    *,
    buyers: dict[str, int],
) -> list[dict[str, Any]]:
    """The combinations most wanted beyond what is sold of them.

    What fewer than privacy.min_people people bought is not told: 0 and ``suppressed``.
    """
    window = {"start": lead, "days": settings.planning.sell_days}
    units = ahead.units(**window)
    marginals = [_positive(ahead.window_share(a, **window)) for a in range(len(history.attributes))]
    joint = joint_demand(history, marginals)
    wanted = units * joint.share
    sold, products, people = _sold_share(history, joint.combinations, buyers)
    hidden = _hidden(sold, people, settings.privacy.min_people)
    served = np.minimum(units * sold, wanted)
    order = np.lexsort((np.arange(len(wanted)), -(wanted - served)))[:PUBLISHED]
    return [
        {
            "category_id": history.category_id,
            "features": features_text(
                {name: history.values[a][joint.combinations[i, a]] for a, name in enumerate(history.attributes)}
            ),
            "wanted_units": float(wanted[i]),
            "sold_units": 0.0 if hidden[i] else float(served[i]),
            "products": int(products[i]),
            "suppressed": bool(hidden[i]),
            "rank": rank,
        }
        for rank, i in enumerate(order, start=1)
    ]


def joint_demand(history: CategoryHistory, marginals: list[NDArray[np.float64]]) -> ipf.JointDemand:
    """Shares of combinations of all attributes, in the order of the history's.

    As many attributes as can be listed are fitted together, most stated first; the others are added to the likeliest
    combinations of them.
    """
    sizes = [len(values) for values in history.values]
    stated = [demand.stating_share(history, a) for a in range(len(sizes))]
    listed: list[int] = []
    added: list[int] = []
    for a in sorted(range(len(sizes)), key=lambda a: (-stated[a], history.attributes[a])):
        fits = math.prod(sizes[b] for b in [*listed, a]) <= MAX_CELLS
        (listed if fits else added).append(a)
    mentions, weights = _mentions(history)
    seed = ipf.seed_from_mentions([sizes[a] for a in listed], mentions[:, listed], weights, strength=PSEUDO_MENTIONS)
    joint = ipf.fit(tuple(marginals[a] for a in listed), seed)
    for a in added:
        lifts = [
            ipf.pair_lift(sizes[b], sizes[a], mentions[:, b], mentions[:, a], weights, PSEUDO_MENTIONS) for b in listed
        ]
        joint = ipf.expanded(joint, marginals[a], lifts, most=MAX_CELLS)
        listed.append(a)
    return replace(joint, combinations=joint.combinations[:, np.argsort(listed)])


def _mentions(history: CategoryHistory) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """Which values are wanted together: co-mentions in sessions, co-occurrence in products bought, with weights."""
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= history.days - MENTION_DAYS)
    lines = history.lines
    bought = (lines.day >= history.days - MENTION_DAYS) & (lines.sku >= 0)
    mentions = np.vstack([sessions.wants[recent], history.products.features[lines.sku[bought]]])
    return mentions, np.concatenate([np.ones(int(recent.sum())), PURCHASE_WEIGHT * lines.net_units[bought]])


def _positive(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Marginals that sum to one; an attribute nothing is known of counts as even."""
    if share.sum() <= 0:
        return np.full(len(share), 1 / len(share))
    return np.asarray(share / share.sum())


def _hidden(sold: NDArray[np.float64], people: NDArray[np.int64], min_people: int) -> NDArray[np.bool_]:
    """Combinations that so few people bought that what was sold is not told; none is hidden alone."""
    one_group = np.zeros(len(sold), np.int64)
    behind = np.where(sold > 0, np.maximum(people, 1), 0)
    decision = disclosure.decide(one_group, behind, group_people=one_group, min_people=min_people)
    return decision != disclosure.VISIBLE


def _sold_share(
    history: CategoryHistory, combinations: NDArray[np.int16], buyers: dict[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Share of recent units that each combination sold, the number of products that are just it, and its people.

    ``buyers`` are the distinct people of each product. Of a combination at least those of its best-known product are.
    """
    lines = history.lines
    recent = (lines.day >= history.days - demand.RECENT_DAYS) & (lines.sku >= 0)
    sold = np.bincount(lines.sku[recent], weights=lines.net_units[recent], minlength=len(history.products))
    share = sold / max(float(sold.sum()), 1.0)
    row = {combination: i for i, combination in enumerate(map(tuple, combinations.tolist()))}
    sold_here, products = np.zeros(len(combinations)), np.zeros(len(combinations), np.int64)
    people = np.zeros(len(combinations), np.int64)
    for sku_id, features, part in zip(history.products.sku_ids, history.products.features.tolist(), share, strict=True):
        i = row.get(tuple(features))  # none where the product does not tell all, or nobody wants it
        if i is not None:
            sold_here[i] += part
            products[i] += 1
            people[i] = max(people[i], buyers.get(sku_id, 0))
    return sold_here, products, people
