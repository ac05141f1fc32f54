"""The full-information planner: it knows the choice model and future traffic, not the draw.

Greedy and swap local search over configurations, makers and prices on expected profit
(``bench.market.expected``), then removals and quantities refined by selling the plan to
planning draws of the future that are independent of the ones it is scored on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from bench.market.expected import (
    Crowd,
    Option,
    crowd_of,
    expected_gain,
    powers,
    price_utility,
    short_share,
    value_utility,
    wished_units,
)
from bench.market.plan import Spec, split_units
from bench.market.selling import PLANNING, Future, Terms, draw_future, sell
from bench.market.terms import acceptable_units
from pipelines.samples.market_history import Market
from pipelines.samples.market_model import Category, World

MARKUPS = (1.30, 1.45, 1.60, 1.75, 1.95, 2.20)
PRICE_STEPS = (0.95, 1.05)
SHORTLIST = 10
RANKING_BUYERS = 1_200
SEARCH_BUYERS = 15_000
PLANNING_DRAWS = 8
QUANTITY_SCALES = (1.0, 0.9, 1.08)


def oracle_specs(market: Market, *, terms: Terms) -> tuple[Spec, ...]:
    """The best plan found for every category; nothing where nothing earns."""
    specs: list[Spec] = []
    for index in range(len(market.histories)):
        futures = [
            draw_future(market, index, terms=terms, purpose=PLANNING, draw=draw) for draw in range(PLANNING_DRAWS)
        ]
        search = Search(crowd_of(market.world, futures), terms)
        refinement = _Refinement(market.world, futures, search, terms)
        specs += refinement.run(search.run())
    return tuple(specs)


def configurations(category: Category) -> np.ndarray:
    """Every combination of values that some manufacturer can make, ``(C, A)``."""
    sizes = [range(len(attribute.values)) for attribute in category.text.attributes]
    grid = np.array(list(product(*sizes)))
    able = np.logical_or.reduce([maker.supports(grid) for maker in category.makers])
    return grid[able]


def _spaced(length: int, wanted: int) -> np.ndarray:
    """At most ``wanted`` evenly spaced positions of ``length``."""
    return np.linspace(0, length - 1, min(wanted, length)).astype(int)


class Search:
    """Local search over options on expected profit."""

    def __init__(self, crowd: Crowd, terms: Terms) -> None:
        self.crowd = crowd.take(_spaced(len(crowd), SEARCH_BUYERS))
        self.terms, self.category = terms, crowd.category
        self.configs = configurations(crowd.category)
        self.ranking = crowd.take(_spaced(len(crowd), RANKING_BUYERS))
        self.ranking_value = value_utility(self.ranking, self.configs)
        self._power: dict[Option, np.ndarray] = {}

    def run(self) -> list[list[Option]]:
        """The tops of several climbs, best first.

        Minimum orders make the maker of the first spec sticky, so each maker gets a climb.
        """
        openings = self._openings()
        starts = [self._best_of(openings)]
        for number in range(len(self.category.makers)):
            own = [options for options in openings if options[0].maker == number]
            starts.append(self._best_of(own))
        distinct = dict.fromkeys(tuple(start[1]) for start in starts if start is not None)
        tops = sorted((self._climb(list(start)) for start in distinct), key=lambda top: -top[0])
        return [options for profit, options in tops if profit > 0]

    def _climb(self, chosen: list[Option]) -> tuple[float, list[Option]]:
        """Add specs while that pays, then move single specs until no move pays."""
        result = self.units_and_profit(chosen)
        best = result[1] if result is not None else -np.inf
        best, chosen = self._grow(best, chosen)
        improved = True
        while improved:
            before = best
            for i in reversed(range(len(chosen))):
                step = self._best_of(list(self._neighbours(chosen, i)))
                if step is not None and step[0] > best:
                    best, chosen = step
            best, chosen = self._grow(best, chosen)
            improved = best > before + 0.002 * abs(before)
        return best, chosen

    def _grow(self, best: float, chosen: list[Option]) -> tuple[float, list[Option]]:
        while len(chosen) < self.terms.max_specs:
            step = self._best_of([[*chosen, option] for option in self._shortlist(chosen)])
            if step is None or step[0] <= best:
                break
            best, chosen = step
        return best, chosen

    def _openings(self) -> list[list[Option]]:
        """Single options and pairs: a minimum order may need two specs to be worth it."""
        makers = range(len(self.category.makers))
        first = self._shortlist([], per_maker=True)
        openings = [[option] for option in first]
        for number in makers:
            own = [option for option in first if option.maker == number][:SHORTLIST]
            openings += [[a, b] for a, b in combinations(own, 2)]
        return openings

    def units_and_profit(self, options: Sequence[Option]) -> tuple[np.ndarray, float] | None:
        """Order quantities and expected profit of a set; None if no maker would accept it."""
        makers = self.category.makers
        power = np.column_stack([self._power_of(option) for option in options])
        price = np.array([option.price_cny for option in options])
        of = [option.maker for option in options]
        ratio = self._critical_ratio(price, self._base_cost(options))
        need, wished, spread = wished_units(self.crowd, power, ratio)
        units = acceptable_units(wished.tolist(), of, makers)
        if units is None:
            return None
        return units, self._profit(options, units, power, need, spread)

    def profit_of(self, options: Sequence[Option], units: np.ndarray) -> float:
        """Expected profit in CNY of making ``units`` of each option."""
        power = np.column_stack([self._power_of(option) for option in options])
        need, _, spread = wished_units(self.crowd, power, np.full(len(options), 0.5))
        return self._profit(options, units, power, need, spread)

    def _profit(
        self, options: Sequence[Option], units: np.ndarray, power: np.ndarray, need: np.ndarray, spread: np.ndarray
    ) -> float:
        makers, of = self.category.makers, [option.maker for option in options]
        price = np.array([option.price_cny for option in options])
        totals = np.bincount(of, units, minlength=len(makers))
        cost = self._base_cost(options) * np.array([makers[m].tier_factor(totals[m]) for m in of])
        sold_share = short_share(need, spread, units)
        gain = expected_gain(self.crowd, power, price - cost, sold_share)
        leftover = units - need * sold_share
        loss = float((leftover * cost).sum()) * (1.0 - self.terms.salvage_rate)
        return gain - loss - sum(makers[m].setup_cost_cny for m in of)

    def _base_cost(self, options: Sequence[Option]) -> np.ndarray:
        makers = self.category.makers
        return np.array([makers[o.maker].unit_cost(np.array([o.features]))[0] for o in options])

    def _critical_ratio(self, price: np.ndarray, cost: np.ndarray) -> np.ndarray:
        """Underage over underage plus overage; part of the margin is only moved from others."""
        under = 0.75 * np.maximum(price - cost, 0.01 * cost)
        return np.clip(under / (under + cost * (1.0 - self.terms.salvage_rate)), 0.05, 0.95)

    def _power_of(self, option: Option) -> np.ndarray:
        if option not in self._power:
            self._power[option] = powers(self.crowd, [option], self.terms)[:, 0]
        return self._power[option]

    def _best_of(self, sets: list[list[Option]]) -> tuple[float, list[Option]] | None:
        best = None
        for options in sets:
            result = self.units_and_profit(options) if options else None
            if result is not None and (best is None or result[1] > best[0]):
                best = (result[1], options)
        return best

    def _shortlist(self, chosen: Sequence[Option], *, per_maker: bool = False) -> list[Option]:
        """The options with the best first-order gain on top of ``chosen``."""
        crowd = self.ranking
        base, margin = crowd.base, crowd.base_margin * crowd.base
        for option in chosen:
            power = powers(crowd, [option], self.terms)[:, 0]
            maker = self.category.makers[option.maker]
            cost = maker.unit_cost(np.array([option.features]))[0]
            margin = margin + power * crowd.kept * (option.price_cny - cost)
            base = base + power
        window = self.terms.sell_days / (crowd.shoppers.day.max() - crowd.first_day + 1)
        makers = self.category.makers
        costs = np.array([maker.unit_cost(self.configs) for maker in makers])
        able = np.array([maker.supports(self.configs) for maker in makers])
        reference_cost = np.where(able, costs, np.inf).min(axis=0)
        scored: list[tuple[float, Option]] = []
        for markup in MARKUPS:
            price = np.round(markup * reference_cost, 2)
            power = np.exp(self.ranking_value - price_utility(crowd, price))
            chance = power / (base[:, None] + power)
            kept = window * ((crowd.weight * crowd.kept) @ chance)
            lost = window * ((crowd.weight * margin / base) @ chance)
            for number, maker in enumerate(makers):
                gain = kept * (price - costs[number]) - lost - maker.setup_cost_cny
                short = np.maximum(maker.min_spec_units - kept, 0.0)
                gain -= short * costs[number] * (1.0 - self.terms.salvage_rate)
                gain[~able[number]] = -np.inf
                scored += [
                    (gain[c], Option(tuple(self.configs[c].tolist()), number, float(price[c])))
                    for c in np.argsort(-gain)[:SHORTLIST]
                    if np.isfinite(gain[c])
                ]
        scored.sort(key=lambda item: -item[0])
        if per_maker:
            own = [[x for x in scored if x[1].maker == m] for m in range(len(makers))]
            scored = [item for items in own for item in items[:SHORTLIST]]
        else:
            scored = scored[: 2 * SHORTLIST]
        return [option for _, option in scored if option not in chosen]

    def _neighbours(self, chosen: list[Option], i: int):
        """Sets with spec ``i`` dropped, re-priced, made elsewhere, or swapped for another."""
        option, rest = chosen[i], [*chosen[:i], *chosen[i + 1 :]]
        yield rest
        for step in PRICE_STEPS:
            yield [*rest, replace(option, price_cny=round(option.price_cny * step, 2))]
        features = np.array([option.features])
        for number, maker in enumerate(self.category.makers):
            if number != option.maker and maker.supports(features)[0]:
                yield [*rest, replace(option, maker=number)]
        for other in self._shortlist(rest)[:SHORTLIST]:
            yield [*rest, other]


class _Refinement:
    """Removals and quantities improved on simulated planning futures."""

    def __init__(self, world: World, futures: Sequence[Future], search: Search, terms: Terms) -> None:
        self.world, self.futures, self.search, self.terms = world, futures, search, terms
        self.category = search.category

    def run(self, sets: list[list[Option]]) -> list[Spec]:
        """The plan that earns most on the planning futures; nothing if none earns."""
        best: float = 0.0
        specs: list[Spec] = []
        for options in sets:
            result = self.search.units_and_profit(options)
            units = result[0].astype(float) if result else np.zeros(len(options))
            for scale in QUANTITY_SCALES:
                best, specs = self._better(options, units * scale, best, specs)
        for i in reversed(range(len(specs))):
            for move in list(self._moves(specs, i)):
                best, specs = self._better(*move, best, specs)
        return specs

    def _moves(self, specs: list[Spec], i: int):
        """Changes to spec ``i``: a pack more or less, or leaving it out."""
        options = [Option(tuple(spec.features.tolist()), spec.maker, spec.price_cny) for spec in specs]
        units = np.array([float(spec.units) for spec in specs])
        pack = self.category.makers[specs[i].maker].pack_size
        for change in (-pack, pack):
            yield options, np.where(np.arange(len(specs)) == i, units + change, units)
        if len(specs) > 1:
            yield [*options[:i], *options[i + 1 :]], np.delete(units, i)

    def _better(
        self, options: Sequence[Option], wished: np.ndarray, best: float, best_specs: list[Spec]
    ) -> tuple[float, list[Spec]]:
        specs = self._specs(options, wished)
        if not specs:
            return best, best_specs
        profits = [sell(future, specs, terms=self.terms).profit_cny for future in self.futures]
        profit = float(np.mean(profits))
        return (profit, specs) if profit > best else (best, best_specs)

    def _specs(self, options: Sequence[Option], wished: np.ndarray) -> list[Spec]:
        makers = self.category.makers
        units = acceptable_units(wished.tolist(), [option.maker for option in options], makers)
        if units is None:
            return []
        everywhere = np.ones(len(self.world.regions), bool)
        return [
            Spec(
                f"oracle-{self.category.text.category_id}-{i + 1}",
                self.category.index,
                option.maker,
                np.array(option.features),
                split_units(int(count), self._region_share(option)),
                everywhere,
                option.price_cny,
            )
            for i, (option, count) in enumerate(zip(options, units.tolist(), strict=True))
        ]

    def _region_share(self, option: Option) -> np.ndarray:
        """Where the option's expected buyers live."""
        crowd = self.search.crowd
        power = self.search._power_of(option)
        sold = crowd.weight * crowd.kept * power / (crowd.base + power)
        share = np.bincount(crowd.shoppers.region, sold, minlength=len(self.world.regions))
        return share / share.sum()
