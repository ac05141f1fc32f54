"""One category's plan: which specs, how many of each, at which manufacturer, and the best ones left out.

Greedy search over configurations on the choice model gives a shortlist, a mixed-integer
programme sets manufacturers and quantities; both repeat until the set is stable, because
what a spec sells depends on the other specs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models import line_search, pooling, product_line
from models.pooling import Batch, Pooling
from pipelines.line_design import LineDesign
from pipelines.settings import Settings
from pipelines.specs import features_text, spec_id

PATHS_PER_DRAW = 8
SHORTLIST_SLACK = 4
MAX_ROUNDS = 5
MAX_SEARCHES = 4
MAX_WIDENINGS = 8
RUNNERS_UP = 5


@dataclass(frozen=True)
class SpecOutcome:
    """One spec of a category's plan; arrays over sample paths.

    Per unit, ``lost_per_unit`` is the margin that all others would have without it, for deciding, and
    ``taken_per_unit`` its share of what the line takes from existing products, for the profit told.
    """

    candidate: int
    demand: NDArray[np.float64]
    lost_per_unit: float
    taken_per_unit: float
    batches: tuple[Batch, ...]
    profit: NDArray[np.float64]


def worst_tenth(profit: NDArray[np.float64]) -> float:
    """Mean profit of the worst tenth of the sample paths: conditional value at risk (Rockafellar & Uryasev 2000)."""
    worst = np.sort(profit)[: max(len(profit) // 10, 1)]
    return float(worst.mean())


def value_of_waiting(profit: NDArray[np.float64]) -> float:
    """The most that pledges could be worth which tell, before the order, whether it pays.

    Who waits orders in the cases that pay only; who does not, orders if it pays on average.
    """
    return float(np.maximum(profit, 0.0).mean() - max(float(profit.mean()), 0.0))


@dataclass(frozen=True)
class CategoryPlan:
    """Specs to make, specs that failed the risk limit, and the best of the rest.

    ``relative_gap`` bounds what other quantities and manufacturers of these specs could earn more, relative.
    """

    line: LineDesign
    chosen: tuple[SpecOutcome, ...]
    too_risky: tuple[SpecOutcome, ...]
    runners_up: tuple[SpecOutcome, ...]
    relative_gap: float = 0.0


def plan_category(line: LineDesign, settings: Settings, rng: np.random.Generator) -> CategoryPlan:
    """Best specs and quantities of one category under the risk limit.

    What the risk limit or a manufacturer's terms throw out leaves room, so the search goes on from the plan found,
    while that earns more.
    """
    limit = settings.planning.max_specs_per_category
    noise = float(np.hypot(line.novelty_log_sd, line.volume_log_sd))
    line, tried = widened_search(line, size=limit + SHORTLIST_SLACK, noise_sd=noise)
    line = line.repriced(tried)
    tried = line_search.search(line.replay, line.economics, size=limit + SHORTLIST_SLACK, noise_sd=noise, start=tried)
    risk = line.risk_replay(rng)
    chosen: list[SpecOutcome] = []
    too_risky: dict[int, SpecOutcome] = {}
    order = Pooling((), 0.0, 0.0)
    for _ in range(MAX_SEARCHES):
        found, failed, found_order = _settled(line, risk, tried, settings, rng)
        too_risky |= failed
        if _expected_profit(found) <= _expected_profit(chosen):
            break
        chosen, order = found, found_order
        tried = line_search.search(
            line.replay,
            line.economics,
            size=limit,
            noise_sd=noise,
            start=[outcome.candidate for outcome in chosen],
            excluded=list(too_risky),
        )
    if not order.is_searched:
        chosen, order = _searched_out(line, chosen, settings)
    made = {outcome.candidate for outcome in chosen}
    left = {i: outcome for i, outcome in sorted(too_risky.items()) if i not in made}
    runners_up = _runners_up(line, risk, chosen, {*left}, noise, rng)
    return CategoryPlan(line, tuple(chosen), tuple(left.values()), runners_up, order.relative_gap)


def widened_search(line: LineDesign, *, size: int, noise_sd: float) -> tuple[LineDesign, list[int]]:
    """The best specs found when all near to them are candidates too, and the line with these."""
    tried = line_search.search(line.replay, line.economics, size=size, noise_sd=noise_sd)
    for _ in range(MAX_WIDENINGS):
        wider = line.widened(tried)
        if wider is line:
            break
        before, line = tried, wider
        tried = line_search.search(line.replay, line.economics, size=size, noise_sd=noise_sd, start=before)
        if tried == before:
            break
    return line, tried


def _settled(
    line: LineDesign, risk: product_line.Replay, tried: list[int], settings: Settings, rng: np.random.Generator
) -> tuple[list[SpecOutcome], dict[int, SpecOutcome], Pooling]:
    """What of ``tried`` is made when no spec is thrown out any more, what failed the risk limit, and the order."""
    too_risky: dict[int, SpecOutcome] = {}
    current = list(tried)
    for _ in range(MAX_ROUNDS + len(tried)):
        outcomes = _outcomes(line, risk, current, rng)
        order = _pool(line, outcomes, settings, is_draft=True)
        made = _made(line, outcomes, order)
        worst = min(made, key=_safety, default=None)
        if worst is not None and _safety(worst) < settings.planning.min_probability_of_profit:
            too_risky[worst.candidate] = worst
            made = [outcome for outcome in made if outcome is not worst]
        elif [outcome.candidate for outcome in made] == current:
            return made, too_risky, order
        current = [outcome.candidate for outcome in made]
    return [], too_risky, Pooling((), 0.0, 0.0)


def _searched_out(line: LineDesign, chosen: list[SpecOutcome], settings: Settings) -> tuple[list[SpecOutcome], Pooling]:
    """Quantities and manufacturers of ``chosen`` by the full search, and its order; they stay where it drops a spec or
    makes one too risky."""
    order = _pool(line, chosen, settings)
    made = _made(line, chosen, order)
    is_safe = all(_safety(outcome) >= settings.planning.min_probability_of_profit for outcome in made)
    return made if len(made) == len(chosen) and is_safe else chosen, order


def _expected_profit(chosen: list[SpecOutcome]) -> float:
    return float(sum(outcome.profit.mean() for outcome in chosen))


def _safety(outcome: SpecOutcome) -> float:
    return float((outcome.profit > 0).mean())


def _outcomes(
    line: LineDesign, risk: product_line.Replay, current: list[int], rng: np.random.Generator
) -> list[SpecOutcome]:
    """Sample paths of demand with all of ``current`` on sale."""
    if not current:
        return []
    own, old = risk.sell(current)
    mean = np.maximum(own.mean(axis=0), 1e-9)
    own_without, old_without = risk.sell_without_each(current)
    taken = (risk.existing_margin(old_without) - risk.existing_margin(old)[:, None]).mean(axis=0) / mean
    cost = line.economics.kept_share * risk.candidates.unit_cost[current] * (1 - line.economics.salvage_rate)
    gain = np.maximum(risk.unit_margin()[current] - taken, 0.0)
    # who is turned away finds another spec in stock as often as its newsvendor fractile says
    net = risk.unit_margin()[current] * gain / np.maximum(gain + cost, 1e-9)
    each = np.arange(len(current))
    moved = own_without - own[:, None, :]
    moved[:, each, each] = 0.0
    lost = taken + (moved @ net).mean(axis=0) / mean
    together = float(risk.existing_margin(risk.sell([])[1] - old).mean())
    apart = float(taken @ mean)
    taken = taken * (together / apart if apart > 0 else 1.0)  # shares of what all take together
    kept = line.economics.kept_share
    volume = _mean_one(rng, line.volume_log_sd, (len(own) * PATHS_PER_DRAW, 1))
    novelty = _mean_one(rng, line.novelty_log_sd, (len(own) * PATHS_PER_DRAW, len(current)))
    paths = rng.poisson(np.repeat(own, PATHS_PER_DRAW, axis=0) * kept * volume * novelty).astype(float)
    return [
        SpecOutcome(candidate, paths[:, k], lost[k] / kept, taken[k] / kept, (), np.zeros(len(paths)))
        for k, candidate in enumerate(current)
    ]


def _mean_one(rng: np.random.Generator, log_sd: float, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Lognormal factors that spread demand without raising it."""
    return rng.lognormal(-(log_sd**2) / 2, log_sd, shape)


def net_price(line: LineDesign, outcome: SpecOutcome, lost_per_unit: float) -> float:
    """Money one unit sold and kept adds before its cost: price, less margin lost elsewhere and returns."""
    economics = line.economics
    returns = (1 - economics.kept_share) / economics.kept_share * economics.return_cost
    return float(line.candidates.price[outcome.candidate]) - lost_per_unit - returns


def _made(line: LineDesign, outcomes: list[SpecOutcome], order: Pooling) -> list[SpecOutcome]:
    """Those of ``outcomes`` that are ordered, with their batches and profit."""
    made = [_with_batches(line, outcome, order) for outcome in outcomes]
    return [outcome for outcome in made if outcome.batches]


def _pool(line: LineDesign, outcomes: list[SpecOutcome], settings: Settings, *, is_draft: bool = False) -> Pooling:
    specs = [pooling.Spec(str(o.candidate), net_price(line, o, o.lost_per_unit), o.demand) for o in outcomes]
    terms = [
        pooling.Terms(
            manufacturer_id=maker.manufacturer_id,
            unit_cost={
                str(o.candidate): maker.unit_cost(line.features[o.candidate])
                for o in outcomes
                if maker.can_make(line.features[o.candidate])
            },
            setup_cost=maker.setup_cost,
            pack_size=maker.pack_size,
            min_spec_units=maker.min_spec_units,
            min_order_units=maker.min_order_units,
            capacity=maker.order_capacity,
            tiers=maker.tiers,
        )
        for maker in line.makers
    ]
    return pooling.solve(
        specs,
        terms,
        salvage_rate=line.economics.salvage_rate,
        max_specs=settings.planning.max_specs_per_category,
        budget=settings.planning.budget_of(line.history.category_id),
        is_draft=is_draft,
    )


def _with_batches(line: LineDesign, outcome: SpecOutcome, order: Pooling) -> SpecOutcome:
    batches = tuple(b for b in order.batches if b.spec_id == str(outcome.candidate))
    return replace(outcome, batches=batches, profit=_profit(line, outcome, batches))


def _profit(line: LineDesign, outcome: SpecOutcome, batches: tuple[Batch, ...]) -> NDArray[np.float64]:
    """Profit per sample path of making ``batches``."""
    quantity = sum(b.quantity for b in batches)
    if not quantity:
        return np.zeros(len(outcome.demand))
    cost = sum(b.quantity * b.unit_cost for b in batches)
    setup = {m.manufacturer_id: m.setup_cost for m in line.makers}
    sales = np.minimum(outcome.demand, quantity)
    salvage = line.economics.salvage_rate * cost / quantity
    return np.asarray(
        net_price(line, outcome, outcome.taken_per_unit) * sales
        + salvage * (quantity - sales)
        - cost
        - sum(setup[b.manufacturer_id] for b in batches)
    )


def _runners_up(
    line: LineDesign,
    risk: product_line.Replay,
    chosen: list[SpecOutcome],
    excluded: set[int],
    noise: float,
    rng: np.random.Generator,
) -> tuple[SpecOutcome, ...]:
    """The best specs left out, each judged as one more on top of the plan, at its least quantity."""
    current = [outcome.candidate for outcome in chosen]
    value = line_search.added_value(line.replay, current, line.economics, noise_sd=noise)
    value[[*current, *excluded]] = -np.inf
    taken = {identity(line, candidate)[0] for candidate in (*current, *excluded)}
    best: list[int] = []
    for i in np.argsort(-value, kind="stable"):
        spec = identity(line, int(i))[0]
        if np.isfinite(value[i]) and spec not in taken and len(best) < RUNNERS_UP:
            best.append(int(i))
            taken.add(spec)
    found = []
    for candidate in best:
        outcome = _outcomes(line, risk, [*current, candidate], rng)[-1]
        features = line.features[candidate]
        maker = min(
            (m for m in line.makers if m.can_make(features)), key=lambda m: (m.unit_cost(features), m.manufacturer_id)
        )
        packs = -(-max(maker.min_spec_units, 1) // maker.pack_size)
        batch = Batch(str(candidate), maker.manufacturer_id, packs * maker.pack_size, maker.unit_cost(features))
        found.append(replace(outcome, batches=(batch,), profit=_profit(line, outcome, (batch,))))
    return tuple(found)


def identity(line: LineDesign, candidate: int) -> tuple[str, str]:
    """(spec id, features text) of a candidate."""
    text = features_text(line.features[candidate])
    return spec_id(line.history.category_id, text), text
