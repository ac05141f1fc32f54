"""Configure: demand for combinations of features, consistent with the forecast of each feature."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import demand, ipf
from models.history import UNSTATED, CategoryHistory
from pipelines import histories, outlook
from pipelines.forecast import lead_days
from pipelines.lake import Lake
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.specs import features_text
from pipelines.steps import StepResult

MAX_CELLS = 50_000
PUBLISHED = 400
MENTION_DAYS = 180
PURCHASE_WEIGHT = 0.25  # a purchase shows what was on offer as much as what was wanted together


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_configurations of the planning day."""
    leads = lead_days(lake, settings)
    forecasts = outlook.read(lake, as_of)
    rows: list[dict[str, Any]] = []
    findings: list[str] = []
    for history in histories.load(lake, as_of, settings):
        if not len(history.sessions) and not len(history.lines.day):
            continue
        chosen, left_out = chosen_attributes(history)
        if left_out:
            names = ", ".join(history.attributes[a] for a in left_out)
            findings.append(f"category {history.category_id}: combinations leave out {names} (too many to enumerate).")
        if chosen:
            lead = leads.get(history.category_id, settings.planning.default_lead_days)
            rows += configuration_rows(history, outlook.load(forecasts, history), chosen, lead, settings)
    published = publish_mart(lake, "mart_configurations", rows, as_of)
    return StepResult(stage="configure", rows_by_table={"mart_configurations": published}, findings=tuple(findings))


def chosen_attributes(history: CategoryHistory) -> tuple[list[int], list[int]]:
    """Attributes to combine, most stated first, as long as the combinations can be enumerated."""
    stated = [demand.stating_share(history, a) for a in range(len(history.attributes))]
    chosen: list[int] = []
    cells = 1
    for a in sorted(range(len(stated)), key=lambda a: (-stated[a], history.attributes[a])):
        if cells * len(history.values[a]) <= MAX_CELLS:
            chosen.append(a)
            cells *= len(history.values[a])
    left_out = [a for a in range(len(stated)) if a not in chosen]
    return sorted(chosen), left_out


def configuration_rows(
    history: CategoryHistory, ahead: outlook.Outlook, chosen: list[int], lead: int, settings: Settings
) -> list[dict[str, Any]]:
    window = {"start": lead, "days": settings.planning.sell_days}
    units = ahead.units(**window)
    marginals = tuple(_positive(ahead.window_share(a, **window)) for a in chosen)
    joint = ipf.fit(marginals, mention_seed(history, chosen))
    wanted = units * joint.share
    sold, products = _sold_share(history, chosen, joint.combinations)
    served = np.minimum(units * sold, wanted)
    order = np.lexsort((np.arange(len(wanted)), -(wanted - served)))[:PUBLISHED]
    return [
        {
            "category_id": history.category_id,
            "features": features_text(
                {history.attributes[a]: history.values[a][joint.combinations[i, k]] for k, a in enumerate(chosen)}
            ),
            "wanted_units": float(wanted[i]),
            "sold_units": float(served[i]),
            "products": int(products[i]),
            "rank": rank,
        }
        for rank, i in enumerate(order, start=1)
    ]


def mention_seed(history: CategoryHistory, chosen: list[int]) -> NDArray[np.float64]:
    """Which values are wanted together: co-mentions in sessions, co-occurrence in products bought."""
    sessions = history.sessions
    recent = sessions.searched & (sessions.day >= history.days - MENTION_DAYS)
    lines = history.lines
    bought = (lines.day >= history.days - MENTION_DAYS) & (lines.sku >= 0)
    mentions = np.vstack([sessions.wants[recent][:, chosen], history.products.features[lines.sku[bought]][:, chosen]])
    weights = np.concatenate([np.ones(int(recent.sum())), PURCHASE_WEIGHT * lines.net_units[bought]])
    return ipf.seed_from_mentions([len(history.values[a]) for a in chosen], mentions, weights, strength=5.0)


def _positive(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Marginals that sum to one; an attribute nothing is known of counts as even."""
    if share.sum() <= 0:
        return np.full(len(share), 1 / len(share))
    return np.asarray(share / share.sum())


def _sold_share(
    history: CategoryHistory, chosen: list[int], combinations: NDArray[np.int16]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Share of recent units that each combination sold, and the number of products that are just it."""
    lines = history.lines
    recent = (lines.day >= history.days - demand.RECENT_DAYS) & (lines.sku >= 0)
    sold = np.bincount(lines.sku[recent], weights=lines.net_units[recent], minlength=len(history.products))
    share = sold / max(float(sold.sum()), 1.0)
    features = history.products.features[:, chosen]
    complete = (features != UNSTATED).all(axis=1)
    shape = tuple(len(history.values[a]) for a in chosen)
    position = np.ravel_multi_index(tuple(features[complete].T), shape)
    size = len(combinations)  # in the order of the shape
    sold_here = np.bincount(position, weights=share[complete], minlength=size).astype(float)
    return sold_here, np.bincount(position, minlength=size).astype(np.int64)
