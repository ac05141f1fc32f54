"""Which specs to order where, and how many: a mixed-integer programme (HiGHS).

Maximise Σ_i net_price_i · E[min(D_i, q_i)] - Σ cost · q - set-up + salvage · leftovers, where expected
sales are held below their tangents (the newsvendor curve is concave, so the tangents are
exact at the breakpoints); where leftovers are marked down, so are sales at both prices together.
All-units tiers, minimum per order and per spec, packs, capacity.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from models.newsvendor import Spec, Terms, breakpoints, expected_sales, in_packs, most_earned, most_packs

Array = NDArray[np.float64]
REL_GAP = 1e-3
GAP_OF_PACKS = 1e-2  # accepted of large problems, where packs were made whole last
MAX_NODES = 1000  # of a search; counted, not timed, so that a busy machine finds the same order
MAX_SECONDS = 120.0  # of a search, should nodes take very long
SMALL = 30  # variables of packs up to which everything is searched at once
MAX_MANUFACTURERS = 5  # all are searched; of more the promising ones, with a proven bound on what that may cost
FEWEST_PROMISING = 3


@dataclass(frozen=True)
class Batch:
    """Units of one spec at one manufacturer, at the unit cost after tiers."""

    spec_id: str
    manufacturer_id: str
    quantity: int
    unit_cost: float


@dataclass(frozen=True)
class Pooling:
    """The order, its objective, and by how much at most a better order would beat it, relative to its objective.

    ``is_searched`` is false where a longer search at the same manufacturers could still find a better one.
    """

    batches: tuple[Batch, ...]
    objective: float
    relative_gap: float
    is_searched: bool = True

    def quantity(self, spec_id: str) -> int:
        return sum(batch.quantity for batch in self.batches if batch.spec_id == spec_id)


def solve(
    specs: list[Spec],
    terms: list[Terms],
    *,
    salvage_rate: float,
    max_specs: int,
    budget: float | None = None,
    is_draft: bool = False,
) -> Pooling:
    """Best order, goods and set-up within ``budget`` where there is one. An empty order is always possible and worth 0.
    A draft is the order found fast, proven or not (``Pooling.is_searched``): nearly always the best, for orders that
    only say which specs to go on with.

    Of many manufacturers those are taken at which specs would earn most together without minimums and capacities; what
    they would earn at all of them bounds any order, so ``relative_gap`` stays proven. Raises ValueError where a term is
    not positive where it must be, RuntimeError where the solver gives up.
    """
    _check(terms)
    specs = [spec for spec in specs if any(spec.spec_id in term.unit_cost for term in terms)]
    if not specs:
        return Pooling((), 0.0, 0.0)
    if len(terms) <= MAX_MANUFACTURERS:
        return _Model(specs, terms, salvage_rate, max_specs, budget).solve(is_draft=is_draft)
    worth = np.array([[most_earned(spec, term, salvage_rate) for term in terms] for spec in specs])
    taken = _promising(worth, max_specs)
    found = _Model(specs, [terms[m] for m in taken], salvage_rate, max_specs, budget).solve(is_draft=is_draft)
    return replace(found, relative_gap=_relative(_together(worth, max_specs), found.objective))


def _promising(worth: Array, max_specs: int) -> list[int]:
    """Manufacturers (columns of ``worth``, in order) at which the best specs earn most: the one that adds most is taken
    first, as in facility location (Cornuejols, Fisher & Nemhauser 1977), until one adds next to nothing."""
    taken: list[int] = []
    earned = 0.0
    while len(taken) < MAX_MANUFACTURERS:
        rest = [m for m in range(worth.shape[1]) if m not in taken]
        # those that add nothing may still have room where others have none: the best alone come first
        value = [(_together(worth[:, [*taken, m]], max_specs), _together(worth[:, [m]], max_specs), -m) for m in rest]
        now, _, best = max(value)
        if len(taken) >= FEWEST_PROMISING and now - earned <= REL_GAP * earned:
            break
        taken.append(-best)
        earned = now
    return sorted(taken)


def _together(worth: Array, max_specs: int) -> float:
    """The most that ``max_specs`` specs, each at its best manufacturer, can earn: an upper bound of any order."""
    return float(np.sort(worth.max(axis=1))[::-1][:max_specs].sum())


def _check(terms: list[Terms]) -> None:
    for term in terms:
        if term.pack_size < 1 or term.capacity < 0 or term.min_spec_units < 0 or term.min_order_units < 0:
            raise ValueError(
                f"manufacturer {term.manufacturer_id}: pack size must be 1 or more, minimums and capacity 0 or more"
            )
        if list(term.tiers) != sorted(term.tiers) or not term.tiers:
            raise ValueError(f"manufacturer {term.manufacturer_id}: tiers must ascend")


class _Model:
    """Variables: packs[i, m, t] integer; makes[i, m], tier[m, t], used[i] binary; sales[i], marked_down[i],
    left[i, m, t] continuous.

    Leftovers get back a share of what they cost, so they are told apart by cost; of one spec made at several costs the
    dearest units are taken to be left over.
    """

    def __init__(
        self, specs: list[Spec], terms: list[Terms], salvage_rate: float, max_specs: int, budget: float | None = None
    ) -> None:
        self._specs, self._terms, self._salvage = specs, terms, salvage_rate
        self._solver = highspy.Highs()
        self._solver.silent()
        self._start = time.monotonic()
        self._objective: Any = 0
        self._spent: list[Any] = []
        self._packs: dict[tuple[int, int, int], highspy.highs.highs_var] = {}
        self._tier: dict[tuple[int, int], highspy.highs.highs_var] = {}
        self._choices: list[highspy.highs.highs_var] = []
        self._add_orders()
        used = [self._add_spec(i) for i in range(len(specs))]
        self._solver.addConstr(self._solver.qsum(used) <= max_specs)
        if budget is not None:
            self._solver.addConstr(self._solver.qsum(self._spent) <= budget)

    def _add_orders(self) -> None:
        for m, term in enumerate(self._terms):
            for t in range(len(term.tiers)):
                self._tier[m, t] = self._choice()
            self._solver.addConstr(self._solver.qsum(self._tier[m, t] for t in range(len(term.tiers))) <= 1)
            for t, (start, _) in enumerate(term.tiers):
                end = term.tiers[t + 1][0] - 1 if t + 1 < len(term.tiers) else term.capacity
                units, wanted = [], 0
                for i, spec in enumerate(self._specs):
                    if spec.spec_id in term.unit_cost:
                        most = most_packs(spec, term, start)
                        self._packs[i, m, t] = self._solver.addVariable(lb=0, ub=most)
                        self._solver.addConstr(self._packs[i, m, t] <= most * self._tier[m, t])
                        units.append(term.pack_size * self._packs[i, m, t])
                        wanted += most * term.pack_size
                least = in_packs(max(start, term.min_order_units), term)
                end = min(end, term.capacity, wanted) // term.pack_size * term.pack_size
                if units and least <= end:
                    self._solver.addConstr(self._solver.qsum(units) <= end * self._tier[m, t])
                    self._solver.addConstr(self._solver.qsum(units) >= least * self._tier[m, t])
                else:  # the tier cannot be reached
                    self._solver.addConstr(self._solver.qsum(units) + self._tier[m, t] <= 0)

    def _add_spec(self, i: int) -> Any:
        spec = self._specs[i]
        used = self._choice()
        sales = self._solver.addVariable(lb=0, ub=float(spec.demand.mean()))
        leftovers: Any = 0
        quantity: Any = 0
        for m, term in enumerate(self._terms):
            if spec.spec_id not in term.unit_cost:
                continue
            makes = self._choice()
            here = sum(term.pack_size * self._packs[i, m, t] for t in range(len(term.tiers)))
            most = most_packs(spec, term, term.tiers[-1][0])
            self._solver.addConstr(here <= most * term.pack_size * makes)
            self._solver.addConstr(here >= in_packs(term.min_spec_units, term) * makes)
            self._solver.addConstr(makes <= used)
            quantity = quantity + here
            self._objective = self._objective - term.setup_cost * makes
            self._spent.append(term.setup_cost * makes)
            for t, (_, factor) in enumerate(term.tiers):
                cost = term.unit_cost[spec.spec_id] * factor
                units = term.pack_size * self._packs[i, m, t]
                left = self._solver.addVariable(lb=0)
                self._solver.addConstr(left <= units)
                leftovers = leftovers + left
                self._objective = self._objective - cost * units + self._salvage * cost * left
                self._spent.append(cost * units)
        sold: Any = sales
        if spec.markdown is not None:
            marked_down = self._solver.addVariable(lb=0, ub=float(spec.markdown.demand.mean()))
            sold = sales + marked_down
            self._objective = self._objective + spec.markdown.net_price * marked_down
            self._hold_below(sold, spec.demand_in_all, used, quantity)
        self._solver.addConstr(leftovers <= quantity - sold)
        self._objective = self._objective + spec.net_price * sales
        self._hold_below(sales, spec.demand, used, quantity)
        return used

    def _hold_below(self, sold: Any, demand: Array, used: Any, quantity: Any) -> None:
        """``sold`` units are at most the tangents of E[min(demand, quantity)]."""
        for level in breakpoints(demand):
            slope = float((demand > level).mean())
            height = expected_sales(demand, level)
            start = round(height - slope * level, 6)  # the solver refuses coefficients that are rounding errors
            # a spec that is not used sells nothing: tighter than the tangent alone
            self._solver.addConstr(sold <= start * used + slope * quantity)

    def _choice(self) -> highspy.highs.highs_var:
        """A yes or no."""
        self._choices.append(self._solver.addBinary())
        return self._choices[-1]

    def solve(self, *, is_draft: bool) -> Pooling:
        """Whole packs make the search several times longer and change little. So in large problems they are first left
        out, which bounds what any order earns; then tiers and makers stay as found and packs become whole. Only where
        that falls short of the bound, and more than a draft is asked for, is everything searched at once.
        """
        options = {"mip_rel_gap": REL_GAP, "mip_max_nodes": MAX_NODES, "random_seed": 1, "threads": 1}
        options["mip_feasibility_tolerance"] = 1e-9  # a millionth of a yes would allow many units
        options["mip_allow_restart"] = False  # HiGHS 1.15.1 may lose the best order in a restart and prove a worse one
        for name, value in options.items():
            self._solver.setOptionValue(name, value)
        found = self._packs_last() if len(self._packs) > SMALL else None
        return found if found and (found.is_searched or is_draft) else self._at_once()

    def _packs_last(self) -> Pooling | None:
        """None where no whole packs fit; not searched out where they miss the bound by more than GAP_OF_PACKS, and a
        search at once could do better."""
        info = self._run()
        bound, is_searched_out = info.mip_dual_bound, info.mip_gap <= REL_GAP
        choices = [round(self._solver.val(yes)) for yes in self._choices]
        for yes, chosen in zip(self._choices, choices, strict=True):
            self._solver.changeColBounds(yes.index, chosen, chosen)
        self._in_whole_packs()
        try:
            earned = float(self._run().objective_function_value)
            gap = _relative(bound, earned)
            found = Pooling(self._batches(), earned, gap, gap <= GAP_OF_PACKS or not is_searched_out)
            known = self._solver.getSolution()
        except RuntimeError:  # no whole packs between a minimum and the capacity
            found = None
        for yes in self._choices:
            self._solver.changeColBounds(yes.index, 0, 1)
        if found:
            self._solver.setSolution(known)
        return found

    def _at_once(self) -> Pooling:
        self._in_whole_packs()
        info = self._run()
        earned = float(info.objective_function_value)
        return Pooling(self._batches(), earned, _relative(info.mip_dual_bound, earned))

    def _in_whole_packs(self) -> None:
        for packs in self._packs.values():
            self._solver.changeColIntegrality(packs.index, highspy.HighsVarType.kInteger)

    def _run(self) -> Any:
        """What the solver tells of the best order it found."""
        self._solver.setOptionValue("time_limit", time.monotonic() - self._start + MAX_SECONDS)  # its clock runs on
        self._solver.maximize(self._objective)
        info = self._solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise RuntimeError(f"HiGHS found no plan ({self._solver.getModelStatus()})")
        return info

    def _batches(self) -> tuple[Batch, ...]:
        batches = []
        for (i, m, t), var in sorted(self._packs.items(), key=lambda item: (item[0][1], item[0][0], item[0][2])):
            term, spec, count = self._terms[m], self._specs[i], round(self._solver.val(var))
            if count:
                cost = term.unit_cost[spec.spec_id] * term.tiers[t][1]
                batches.append(Batch(spec.spec_id, term.manufacturer_id, count * term.pack_size, cost))
        return tuple(batches)


def _relative(bound: float, earned: float) -> float:
    return max(bound - earned, 0.0) / max(abs(earned), 1e-9)
