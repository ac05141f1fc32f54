"""Which specs to try: a search over candidates by what each would add to a line.

A greedy search adds one candidate at a time (Green & Krieger 1985), then swaps single ones while that earns more;
quantities are pooled later.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.product_line import Candidates, Economics, Replay

Array = NDArray[np.float64]
MAX_SWAPS = 40


def best_prices(replay: Replay, factors: Array) -> Array:
    """Of ``factors`` of its usual price, the one at which each candidate earns most on its own; never below cost."""
    candidates = replay.candidates
    best, price = np.full(len(candidates), -np.inf), candidates.usual_price.copy()
    for factor in factors:
        trial = replay.at_prices(np.maximum(candidates.usual_price * factor, 1.05 * candidates.unit_cost))
        own, lost = trial.sell_each([])
        margin = (own * trial.unit_margin() - lost).mean(axis=0)
        price = np.where(margin > best, trial.candidates.price, price)
        best = np.maximum(margin, best)
    return price


def prices_at(
    replay: Replay,
    ladders: Sequence[Sequence[int]],
    quantity: Array,
    economics: Economics,
    *,
    noise_sd: float,
    start: Sequence[int],
) -> list[int]:
    """Of each ladder (candidates that differ in price alone, in order of it) the step at which the line earns most when
    ``quantity`` of each spec is made, which a minimum, packs or a capacity may hold away from what it would sell.

    From ``start``, one spec moves one step at a time while that earns more.
    """
    at, before = list(start), replay.existing_margin(replay.sell([])[1])

    def value(steps: list[int]) -> float:
        line = [ladder[step] for ladder, step in zip(ladders, steps, strict=True)]
        return _earned(replay, line, quantity, economics, noise_sd, before)

    best, was = value(at), None
    while at != was:
        was = list(at)
        for k, ladder in enumerate(ladders):
            for way in (-1, 1):
                while 0 <= at[k] + way < len(ladder):
                    trial = value([*at[:k], at[k] + way, *at[k + 1 :]])
                    if trial <= best:
                        break
                    at[k], best = at[k] + way, trial
    return [ladder[step] for ladder, step in zip(ladders, at, strict=True)]


def _earned(
    replay: Replay, line: list[int], quantity: Array, economics: Economics, noise_sd: float, before: Array
) -> float:
    """Expected money from ``quantity`` of each spec of ``line``, made already: sales over salvage, less what products
    on sale lose of the margin ``before`` in the part of the line's demand that it can serve."""
    own, old = replay.sell(line)
    sales = np.minimum(_spread(own, economics, noise_sd), quantity).mean(axis=0)
    lost = float((before - replay.existing_margin(old)).mean())
    served = sales.sum() / max(economics.kept_share * own.mean(axis=0).sum(), 1e-9)
    worth = replay.unit_margin()[line] / economics.kept_share
    worth += (1 - economics.salvage_rate) * replay.candidates.unit_cost[line]
    return float(sales @ worth - lost * served)


def _spread(own: Array, economics: Economics, noise_sd: float) -> Array:
    """Units kept, (draws × points) × specs: each draw at four points of a lognormal with mean one."""
    spread = np.exp(noise_sd * np.array([-1.3, -0.4, 0.4, 1.3]))
    spread /= spread.mean()
    return np.asarray(economics.kept_share * (own[:, None, :] * spread[None, :, None]).reshape(-1, own.shape[1]))


def search(
    replay: Replay,
    economics: Economics,
    *,
    size: int,
    noise_sd: float,
    start: Sequence[int] = (),
    excluded: Sequence[int] = (),
) -> list[int]:
    """Line of at most ``size`` candidates from ``start``: one is added while that earns something, then single ones
    are swapped for better ones, or dropped, until no swap earns more. Features appear once, those of ``excluded``
    not at all."""
    chosen = list(start)
    same = _same_features(replay.candidates)
    barred = same[list(excluded)]

    def value(line: list[int]) -> Array:
        found = added_value(replay, line, economics, noise_sd=noise_sd)
        found[np.isin(same, [*same[line], *barred])] = -np.inf
        return found

    while len(chosen) < size and (gain := value(chosen)).max() > 0:
        chosen.append(int(np.argmax(gain)))
    unmoved, k = 0, 0
    for _ in range(MAX_SWAPS):
        if unmoved >= len(chosen) or not chosen:
            break
        k %= len(chosen)
        rest = [*chosen[:k], *chosen[k + 1 :]]
        gain = value(rest)
        best, now = int(np.argmax(gain)), float(gain[chosen[k]])
        if gain[best] <= 0:
            chosen, unmoved = rest, 0
        elif gain[best] > now + 1e-3 * abs(now):
            chosen[k], unmoved = best, 0
        else:
            unmoved += 1
        k += 1
    return chosen


def _same_features(candidates: Candidates) -> NDArray[np.int64]:
    """A number per candidate, equal where the features are."""
    return np.asarray(np.unique(candidates.features, axis=0, return_inverse=True)[1]).reshape(-1)


def added_value(replay: Replay, line: list[int], economics: Economics, *, noise_sd: float) -> Array:
    """Expected profit of adding each candidate to ``line``: a newsvendor with its minimum and set-up cost."""
    candidates = replay.candidates
    own, lost = replay.sell_each(line)
    if not own.sum() > 0:  # nobody comes
        return np.full(own.shape[1], -np.inf)
    demand = _spread(own, economics, noise_sd)
    lost_per_unit = lost.mean(axis=0) / np.maximum(own.mean(axis=0), 1e-9)
    net = (replay.unit_margin() - lost_per_unit) / economics.kept_share + candidates.unit_cost
    loss = candidates.unit_cost * (1 - economics.salvage_rate)
    gain = net - candidates.unit_cost
    ratio = np.clip(gain / np.maximum(gain + loss, 1e-9), 0, 1)
    ordered = np.sort(demand, axis=0)
    position = np.minimum((ratio * len(ordered)).astype(int), len(ordered) - 1)
    quantity = np.maximum(ordered[position, np.arange(len(ratio))], candidates.min_units)
    sales = np.minimum(demand, quantity[None, :]).mean(axis=0)
    return np.asarray(
        sales * (net - economics.salvage_rate * candidates.unit_cost) - quantity * loss - candidates.setup_cost
    )
