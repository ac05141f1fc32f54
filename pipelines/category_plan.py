"""One category's plan: which specs, how many of each, at which manufacturer, and the best ones left out.

Greedy search over configurations on the choice model gives a shortlist, a mixed-integer
programme sets manufacturers and quantities; both repeat until the set is stable, because
what a spec sells depends on the other specs. Prices are then set for the quantities found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import line_search, pooling, product_line
from models.pooling import Batch, Pooling
from pipelines.fine_prices import finely_priced
from pipelines.line_design import LineDesign
from pipelines.outcomes import SpecOutcome, net_price, outcomes_of, with_batches
from pipelines.settings import Settings
from pipelines.specs import features_text, spec_id

SHORTLIST_SLACK = 4
MAX_ROUNDS = 5
MAX_SEARCHES = 4
MAX_WIDENINGS = 8
MAX_REPRICINGS = 3
RUNNERS_UP = 5


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
    luck = int(rng.integers(2**63))  # the same for all plans compared
    chosen: list[SpecOutcome] = []
    too_risky: dict[int, SpecOutcome] = {}
    order = Pooling((), 0.0, 0.0)
    for _ in range(MAX_SEARCHES):
        found, failed, found_order = _settled(line, risk, tried, settings, luck)
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
    for _ in range(MAX_REPRICINGS if chosen else 0):
        finer, tried = finely_priced(line, chosen, noise_sd=noise)
        finer_risk = risk.with_candidates(finer.candidates)
        found, failed, found_order = _settled(finer, finer_risk, tried, settings, luck)
        if _expected_profit(found) <= _expected_profit(chosen):
            break
        line, risk, chosen, order, too_risky = finer, finer_risk, found, found_order, too_risky | failed
    if not order.is_searched:
        chosen, order = _searched_out(line, chosen, settings)
    left = _left_out(line, chosen, too_risky)
    runners_up = _runners_up(line, risk, chosen, {outcome.candidate for outcome in left}, noise, rng)
    return CategoryPlan(line, tuple(chosen), left, runners_up, order.relative_gap)


def _left_out(
    line: LineDesign, chosen: list[SpecOutcome], too_risky: dict[int, SpecOutcome]
) -> tuple[SpecOutcome, ...]:
    """Those of ``too_risky`` that are not made at another price, each spec once, at the price that earns most."""
    made = {identity(line, outcome.candidate)[0] for outcome in chosen}
    best: dict[str, SpecOutcome] = {}
    for candidate in sorted(too_risky, key=lambda i: (-float(too_risky[i].profit.mean()), i)):
        spec = identity(line, candidate)[0]
        if spec not in made:
            best.setdefault(spec, too_risky[candidate])
    return tuple(best.values())


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
    line: LineDesign, risk: product_line.Replay, tried: list[int], settings: Settings, luck: int
) -> tuple[list[SpecOutcome], dict[int, SpecOutcome], Pooling]:
    """What of ``tried`` is made when no spec is thrown out any more, what failed the risk limit, and the order."""
    too_risky: dict[int, SpecOutcome] = {}
    current = list(tried)
    for _ in range(MAX_ROUNDS + len(tried)):
        outcomes = outcomes_of(line, risk, current, np.random.default_rng(luck))
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


def _made(line: LineDesign, outcomes: list[SpecOutcome], order: Pooling) -> list[SpecOutcome]:
    """Those of ``outcomes`` that are ordered, with their batches and profit."""
    made = []
    for outcome in outcomes:
        if batches := tuple(batch for batch in order.batches if batch.spec_id == str(outcome.candidate)):
            made.append(with_batches(line, outcome, batches))
    return made


def _pool(line: LineDesign, outcomes: list[SpecOutcome], settings: Settings, *, is_draft: bool = False) -> Pooling:
    specs = [
        pooling.Spec(str(o.candidate), net_price(line, o, o.lost_per_unit), o.demand, o.markdown) for o in outcomes
    ]
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
        outcome = outcomes_of(line, risk, [*current, candidate], rng)[-1]
        features = line.features[candidate]
        maker = min(
            (m for m in line.makers if m.can_make(features)), key=lambda m: (m.unit_cost(features), m.manufacturer_id)
        )
        packs = -(-max(maker.min_spec_units, 1) // maker.pack_size)
        batch = Batch(str(candidate), maker.manufacturer_id, packs * maker.pack_size, maker.unit_cost(features))
        found.append(with_batches(line, outcome, (batch,)))
    return tuple(found)


def identity(line: LineDesign, candidate: int) -> tuple[str, str]:
    """(spec id, features text) of a candidate."""
    text = features_text(line.features[candidate])
    return spec_id(line.history.category_id, text), text
