"""What specs would sell and earn on sample paths: with one another on sale, beside products on sale, marked down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models import product_line
from models.newsvendor import Markdown
from models.pooling import Batch
from pipelines.line_design import Clearance, LineDesign

PATHS_PER_DRAW = 8


@dataclass(frozen=True)
class SpecOutcome:
    """One spec of a category's plan; arrays over sample paths.

    Per unit, ``lost_per_unit`` is the margin that all others would have without it, for deciding, and
    ``taken_per_unit`` its share of what the line takes from existing products, for the profit told.
    ``marked_down_units`` of ``batches`` are expected to be sold at the markdown.
    """

    candidate: int
    demand: NDArray[np.float64]
    lost_per_unit: float
    taken_per_unit: float
    batches: tuple[Batch, ...]
    profit: NDArray[np.float64]
    markdown: Markdown | None = None
    marked_down_units: float = 0.0


def worst_tenth(profit: NDArray[np.float64]) -> float:
    """Mean profit of the worst tenth of the sample paths: conditional value at risk (Rockafellar & Uryasev 2000)."""
    worst = np.sort(profit)[: max(len(profit) // 10, 1)]
    return float(worst.mean())


def value_of_waiting(profit: NDArray[np.float64]) -> float:
    """The most that pledges could be worth which tell, before the order, whether it pays.

    Who waits orders in the cases that pay only; who does not, orders if it pays on average.
    """
    return float(np.maximum(profit, 0.0).mean() - max(float(profit.mean()), 0.0))


def outcomes_of(
    line: LineDesign, risk: product_line.Replay, current: list[int], rng: np.random.Generator
) -> list[SpecOutcome]:
    """Sample paths of demand with all of ``current`` on sale."""
    if not current:
        return []
    own, old = risk.sell(current)
    mean = np.maximum(own.mean(axis=0), 1e-9)
    own_without, old_without = risk.sell_without_each(current)
    taken = _taken(risk, own, old, old_without)
    cost = line.economics.kept_share * risk.candidates.unit_cost[current] * (1 - line.economics.salvage_rate)
    gain = np.maximum(risk.unit_margin()[current] - taken, 0.0)
    # who is turned away finds another spec in stock as often as its newsvendor fractile says
    net = risk.unit_margin()[current] * gain / np.maximum(gain + cost, 1e-9)
    each = np.arange(len(current))
    moved = own_without - own[:, None, :]
    moved[:, each, each] = 0.0
    lost = taken + (moved @ net).mean(axis=0) / mean
    taken = _shares(risk, taken, own, old)
    kept = line.economics.kept_share
    volume = _mean_one(rng, line.volume_log_sd, (len(own) * PATHS_PER_DRAW, 1))
    novelty = _mean_one(rng, line.novelty_log_sd, (len(own) * PATHS_PER_DRAW, len(current)))
    paths = rng.poisson(np.repeat(own, PATHS_PER_DRAW, axis=0) * kept * volume * novelty).astype(float)
    found = [
        SpecOutcome(candidate, paths[:, k], lost[k] / kept, taken[k] / kept, (), np.zeros(len(paths)))
        for k, candidate in enumerate(current)
    ]
    return found if line.clearance is None else _with_markdown(line, line.clearance, risk, found, volume * novelty, rng)


def _taken(
    replay: product_line.Replay,
    own: NDArray[np.float64],
    old: NDArray[np.float64],
    old_without: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Margin that existing products would have without each spec, per unit of it."""
    mean = np.maximum(own.mean(axis=0), 1e-9)
    lost = replay.existing_margin(old_without) - replay.existing_margin(old)[:, None]
    return np.asarray(lost.mean(axis=0) / mean)


def _shares(
    replay: product_line.Replay, taken: NDArray[np.float64], own: NDArray[np.float64], old: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``taken`` as shares of what all specs take together."""
    together = float(replay.existing_margin(replay.sell([])[1] - old).mean())
    apart = float(taken @ np.maximum(own.mean(axis=0), 1e-9))
    return taken * (together / apart if apart > 0 else 1.0)


def _with_markdown(
    line: LineDesign,
    clearance: Clearance,
    risk: product_line.Replay,
    outcomes: list[SpecOutcome],
    luck: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[SpecOutcome]:
    """What is left of each would sell after the window, all reduced together, to shoppers as lucky as those in it."""
    current = [outcome.candidate for outcome in outcomes]
    reduced = line.marked_down(risk, clearance.discount)
    own, old = reduced.sell(current)
    taken = _shares(reduced, _taken(reduced, own, old, reduced.sell_without_each(current)[1]), own, old)
    kept = line.economics.kept_share
    apart = rng.spawn(1)[0]  # so that the paths of the window are those of a plan without markdown
    paths = apart.poisson(np.repeat(own, PATHS_PER_DRAW, axis=0) * kept * clearance.volume * luck).astype(float)
    found = []
    for k, outcome in enumerate(outcomes):
        reduction = clearance.discount * float(line.candidates.price[outcome.candidate])
        worth = net_price(line, outcome, taken[k] / kept) - reduction
        worth = min(worth, net_price(line, outcome, outcome.lost_per_unit))
        found.append(replace(outcome, markdown=Markdown(worth, paths[:, k])))
    return found


def _mean_one(rng: np.random.Generator, log_sd: float, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Lognormal factors that spread demand without raising it."""
    return rng.lognormal(-(log_sd**2) / 2, log_sd, shape)


def net_price(line: LineDesign, outcome: SpecOutcome, lost_per_unit: float) -> float:
    """Money one unit sold and kept adds before its cost: price, less margin lost elsewhere and returns."""
    economics = line.economics
    returns = (1 - economics.kept_share) / economics.kept_share * economics.return_cost
    return float(line.candidates.price[outcome.candidate]) - lost_per_unit - returns


def with_batches(line: LineDesign, outcome: SpecOutcome, batches: tuple[Batch, ...]) -> SpecOutcome:
    """The outcome with ``batches`` of it made, and what that earns."""
    return replace(
        outcome,
        batches=batches,
        profit=_profit(line, outcome, batches),
        marked_down_units=float(_marked_down(line, outcome, batches).mean()),
    )


def _marked_down(line: LineDesign, outcome: SpecOutcome, batches: tuple[Batch, ...]) -> NDArray[np.float64]:
    """Units per sample path sold at the markdown; none where salvage pays more."""
    quantity = sum(b.quantity for b in batches)
    salvage = line.economics.salvage_rate * sum(b.quantity * b.unit_cost for b in batches)
    if outcome.markdown is None or outcome.markdown.net_price * quantity <= salvage:
        return np.zeros(len(outcome.demand))
    return np.minimum(outcome.markdown.demand, np.maximum(quantity - outcome.demand, 0.0))


def _profit(line: LineDesign, outcome: SpecOutcome, batches: tuple[Batch, ...]) -> NDArray[np.float64]:
    """Profit per sample path of making ``batches``."""
    quantity = sum(b.quantity for b in batches)
    if not quantity:
        return np.zeros(len(outcome.demand))
    cost = sum(b.quantity * b.unit_cost for b in batches)
    setup = {m.manufacturer_id: m.setup_cost for m in line.makers}
    sales = np.minimum(outcome.demand, quantity)
    salvage = line.economics.salvage_rate * cost / quantity
    profit = np.asarray(
        net_price(line, outcome, outcome.taken_per_unit) * sales
        + salvage * (quantity - sales)
        - cost
        - sum(setup[b.manufacturer_id] for b in batches)
    )
    if outcome.markdown is None:
        return profit
    return profit + (outcome.markdown.net_price - salvage) * _marked_down(line, outcome, batches)
