"""Which specs to order where, and how many: a mixed-integer programme (HiGHS).

Maximise Σ_i net_price_i · E[min(D_i, q_i)] - Σ cost · q - set-up + salvage · leftovers, where expected
sales are held below their tangents (the newsvendor curve is concave, so the tangents are
exact at the breakpoints). All-units tiers, minimum per order and per spec, packs, capacity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BREAKPOINTS = 24
MAX_MANUFACTURERS = 3  # solved exactly; of more the most promising, with a proven bound on what that may cost


@dataclass(frozen=True)
class Spec:
    """One candidate. ``net_price`` is what one unit sold adds, per unit, before its cost:
    price times the kept share, less the margin lost on existing products.
    ``demand`` are sample paths of units over the selling window."""

    spec_id: str
    net_price: float
    demand: Array


@dataclass(frozen=True)
class Terms:
    """One manufacturer's terms. ``tiers`` are (from units, factor), ascending, first from 0.
    ``capacity`` is for the whole order. ``unit_cost`` and key: spec id → cost at factor 1; absent: cannot make it."""

    manufacturer_id: str
    unit_cost: dict[str, float]
    setup_cost: float
    pack_size: int
    min_spec_units: int
    min_order_units: int
    capacity: int
    tiers: tuple[tuple[int, float], ...] = ((0, 1.0),)


@dataclass(frozen=True)
class Batch:
    """Units of one spec at one manufacturer, at the unit cost after tiers."""

    spec_id: str
    manufacturer_id: str
    quantity: int
    unit_cost: float


@dataclass(frozen=True)
class Pooling:
    """The order, its objective, and by how much at most a better order would beat it, relative to its objective."""

    batches: tuple[Batch, ...]
    objective: float
    relative_gap: float

    def quantity(self, spec_id: str) -> int:
        return sum(batch.quantity for batch in self.batches if batch.spec_id == spec_id)


def expected_sales(demand: Array, quantity: float) -> float:
    """E[min(D, q)] over the sample paths."""
    return float(np.minimum(demand, quantity).mean())


def solve(
    specs: list[Spec], terms: list[Terms], *, salvage_rate: float, max_specs: int, seconds: float = 10.0
) -> Pooling:
    """Best order. An empty order is always possible and worth 0.

    Of many manufacturers those are taken that would earn most alone and without their minimums; each spec at its best
    manufacturer without minimums bounds what any order could earn, so ``relative_gap`` stays proven. Raises ValueError
    where a term is not positive where it must be, RuntimeError where the solver gives up.
    """
    _check(terms)
    specs = [spec for spec in specs if any(spec.spec_id in term.unit_cost for term in terms)]
    if not specs:
        return Pooling((), 0.0, 0.0)
    if len(terms) <= MAX_MANUFACTURERS:
        return _Model(specs, terms, salvage_rate, max_specs).solve(seconds)
    worth = np.array([[_worth(spec, term, salvage_rate) for term in terms] for spec in specs])
    promise = np.sort(worth, axis=0)[-max_specs:].sum(axis=0) if max_specs else np.zeros(len(terms))
    taken = sorted(np.argsort(-promise, kind="stable")[:MAX_MANUFACTURERS].tolist())
    found = solve(specs, [terms[m] for m in taken], salvage_rate=salvage_rate, max_specs=max_specs, seconds=seconds)
    bound = float(np.sort(worth.max(axis=1))[-max_specs:].sum()) if max_specs else 0.0
    return replace(found, relative_gap=max(bound - found.objective, 0.0) / max(found.objective, 1e-9))


def _worth(spec: Spec, term: Terms, salvage_rate: float) -> float:
    """The most a spec can earn at a manufacturer: a newsvendor at its best tier, without minimums or capacity."""
    if spec.spec_id not in term.unit_cost:
        return 0.0
    cost = term.unit_cost[spec.spec_id] * min(factor for _, factor in term.tiers)
    overage = (1 - salvage_rate) * cost
    ratio = np.clip((spec.net_price - cost) / max(spec.net_price - cost + overage, 1e-9), 0.0, 1.0)
    quantity = float(np.quantile(spec.demand, ratio, method="inverted_cdf"))  # the best of all, not of breakpoints
    profit = (spec.net_price - salvage_rate * cost) * expected_sales(spec.demand, quantity) - overage * quantity
    return max(profit - term.setup_cost, 0.0)


def _check(terms: list[Terms]) -> None:
    for term in terms:
        if term.pack_size < 1 or term.capacity < 0 or term.min_spec_units < 0 or term.min_order_units < 0:
            raise ValueError(
                f"manufacturer {term.manufacturer_id}: pack size must be 1 or more, minimums and capacity 0 or more"
            )
        if list(term.tiers) != sorted(term.tiers) or not term.tiers:
            raise ValueError(f"manufacturer {term.manufacturer_id}: tiers must ascend")


class _Model:
    """Variables: packs[i, m, t] integer; makes[i, m], tier[m, t], used[i] binary; sales[i], left[i, m, t] continuous.

    Leftovers get back a share of what they cost, so they are told apart by cost; of one spec made at several costs the
    dearest units are taken to be left over.
    """

    def __init__(self, specs: list[Spec], terms: list[Terms], salvage_rate: float, max_specs: int) -> None:
        self._specs, self._terms, self._salvage = specs, terms, salvage_rate
        self._solver = highspy.Highs()
        self._solver.silent()
        self._objective: Any = 0
        self._packs: dict[tuple[int, int, int], highspy.highs.highs_var] = {}
        self._tier: dict[tuple[int, int], highspy.highs.highs_var] = {}
        self._add_orders()
        used = [self._add_spec(i) for i in range(len(specs))]
        self._solver.addConstr(self._solver.qsum(used) <= max_specs)

    def _add_orders(self) -> None:
        for m, term in enumerate(self._terms):
            for t in range(len(term.tiers)):
                self._tier[m, t] = self._solver.addBinary()
            self._solver.addConstr(self._solver.qsum(self._tier[m, t] for t in range(len(term.tiers))) <= 1)
            for t, (start, _) in enumerate(term.tiers):
                end = term.tiers[t + 1][0] - 1 if t + 1 < len(term.tiers) else term.capacity
                units, wanted = [], 0
                for i, spec in enumerate(self._specs):
                    if spec.spec_id in term.unit_cost:
                        most = _most_packs(spec, term, start)
                        self._packs[i, m, t] = self._solver.addIntegral(lb=0, ub=most)
                        self._solver.addConstr(self._packs[i, m, t] <= most * self._tier[m, t])
                        units.append(term.pack_size * self._packs[i, m, t])
                        wanted += most * term.pack_size
                least, end = max(start, term.min_order_units), min(end, term.capacity, wanted)
                if units and least <= end:
                    self._solver.addConstr(self._solver.qsum(units) <= end * self._tier[m, t])
                    self._solver.addConstr(self._solver.qsum(units) >= least * self._tier[m, t])
                else:  # the tier cannot be reached
                    self._solver.addConstr(self._solver.qsum(units) + self._tier[m, t] <= 0)

    def _add_spec(self, i: int) -> Any:
        spec = self._specs[i]
        used = self._solver.addBinary()
        sales = self._solver.addVariable(lb=0, ub=float(spec.demand.mean()))
        leftovers: Any = 0
        quantity: Any = 0
        for m, term in enumerate(self._terms):
            if spec.spec_id not in term.unit_cost:
                continue
            makes = self._solver.addBinary()
            here = sum(term.pack_size * self._packs[i, m, t] for t in range(len(term.tiers)))
            most = _most_packs(spec, term, term.tiers[-1][0])
            self._solver.addConstr(here <= most * term.pack_size * makes)
            self._solver.addConstr(here >= term.min_spec_units * makes)
            self._solver.addConstr(makes <= used)
            quantity = quantity + here
            self._objective = self._objective - term.setup_cost * makes
            for t, (_, factor) in enumerate(term.tiers):
                cost = term.unit_cost[spec.spec_id] * factor
                units = term.pack_size * self._packs[i, m, t]
                left = self._solver.addVariable(lb=0)
                self._solver.addConstr(left <= units)
                leftovers = leftovers + left
                self._objective = self._objective - cost * units + self._salvage * cost * left
        self._solver.addConstr(leftovers <= quantity - sales)
        self._objective = self._objective + spec.net_price * sales
        for level in _breakpoints(spec.demand):
            slope = float((spec.demand > level).mean())
            height = expected_sales(spec.demand, level)
            start = round(height - slope * level, 6)  # the solver refuses coefficients that are rounding errors
            # a spec that is not used sells nothing: tighter than the tangent alone
            self._solver.addConstr(sales <= start * used + slope * quantity)
        return used

    def solve(self, seconds: float) -> Pooling:
        self._solver.setOptionValue("time_limit", seconds)
        self._solver.setOptionValue("mip_rel_gap", 1e-3)
        self._solver.setOptionValue("mip_feasibility_tolerance", 1e-9)  # a millionth of a yes would allow many units
        self._solver.setOptionValue("random_seed", 1)
        self._solver.setOptionValue("threads", 1)
        self._solver.maximize(self._objective)
        status = self._solver.getModelStatus()
        info = self._solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise RuntimeError(f"HiGHS found no plan ({status})")
        packs = {key: round(self._solver.val(var)) for key, var in self._packs.items()}
        batches = []
        for m, term in enumerate(self._terms):
            for i, spec in enumerate(self._specs):
                for t, (_, factor) in enumerate(term.tiers):
                    count = packs.get((i, m, t), 0)
                    if count:
                        cost = term.unit_cost[spec.spec_id] * factor
                        batches.append(Batch(spec.spec_id, term.manufacturer_id, count * term.pack_size, cost))
        return Pooling(tuple(batches), float(info.objective_function_value), float(info.mip_gap))


def _most_packs(spec: Spec, term: Terms, start: int) -> int:
    """Packs of one spec beyond which nothing is gained in the tier from ``start``: no path sells more, and neither a
    minimum nor the tier asks for it.

    Nor would the whole capacity do, often far more: a yes-or-no within the solver's tolerance of "no", times millions,
    is an order under its minimum.
    """
    useful = max(float(spec.demand.max()), term.min_spec_units, term.min_order_units, start)
    return min(-(-int(np.ceil(useful)) // term.pack_size), term.capacity // term.pack_size)


def _breakpoints(demand: Array) -> list[float]:
    """Levels at which the sales curve is touched: demand quantiles, 0 and the top."""
    levels = np.quantile(demand, np.linspace(0, 1, BREAKPOINTS - 1))
    return [0.0, *sorted({float(level) for level in levels})]
