"""Does the 80 % interval hold 80 % where the truth is known? Series simulated from known processes.

    python -m bench.forecasting.processes [--seeds 20]

Horizon 8, 104 weeks with a season of 52 where not said otherwise; 150 series, independent of each other but for
the common shock, where one cut is one draw and the mean over seeds varies by several points.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.forecasting import engine

Array = NDArray[np.float64]
HORIZON, SERIES, STEPS = 8, 150, 104


def smoothing(rng: np.random.Generator, *, alpha: float, beta: float = 0.0, phi: float = 0.0, steps: int) -> Array:
    """Exponential smoothing with additive errors of standard deviation 6 around 300."""
    level, slope, found = np.full(SERIES, 300.0), np.zeros(SERIES), []
    for error in rng.normal(0, 6, (steps, SERIES)):
        mean = level + phi * slope
        found.append(mean + error)
        level, slope = mean + alpha * error, phi * slope + beta * error
    return np.array(found)


def autoregression(rng: np.random.Generator, *, steps: int) -> Array:
    away, found = np.zeros(SERIES), []
    for error in rng.normal(0, 8, (steps, SERIES)):
        away = 0.7 * away + error
        found.append(50 + away)
    return np.array(found)


def counts(rng: np.random.Generator, *, steps: int, shared: float = 0.0, wild: bool = False) -> Array:
    """Poisson (``wild``: negative binomial) counts around rates that walk, ``shared`` of it all together."""
    walk = rng.normal(0, 0.05, (steps, SERIES)) + shared * rng.normal(size=(steps, 1))
    rate = rng.uniform(3, 100, SERIES) * np.exp(walk.cumsum(axis=0))
    return rng.poisson(rng.gamma(2, rate / 2) if wild else rate).astype(float)


def quarters(rng: np.random.Generator, *, steps: int) -> Array:
    season = 0.3 * rng.normal(size=(4, SERIES))[np.arange(steps) % 4]
    walk = rng.normal(0, 0.03, (steps, SERIES)).cumsum(axis=0) + rng.normal(0, 0.1, (steps, SERIES))
    return rng.uniform(50, 500, SERIES) * np.exp(season + walk)


PROCESSES: dict[str, tuple[Callable[[np.random.Generator, int], Array], int, int]] = {  # made by, season, history
    "smoothing, α = 0.2": (lambda rng, steps: smoothing(rng, alpha=0.2, steps=steps), 52, STEPS),
    "smoothing, α = 0.8": (lambda rng, steps: smoothing(rng, alpha=0.8, steps=steps), 52, STEPS),
    "random walk": (lambda rng, steps: smoothing(rng, alpha=1.0, steps=steps), 52, STEPS),
    "random walk, 24 weeks": (lambda rng, steps: smoothing(rng, alpha=1.0, steps=steps), 52, 24),
    "damped trend": (lambda rng, steps: smoothing(rng, alpha=0.3, beta=0.1, phi=0.9, steps=steps), 52, STEPS),
    "autoregression 0.7": (lambda rng, steps: autoregression(rng, steps=steps), 52, STEPS),
    "Poisson, rate 0.3": (lambda rng, steps: rng.poisson(0.3, (steps, SERIES)).astype(float), 52, STEPS),
    "Poisson, rate 2": (lambda rng, steps: rng.poisson(2.0, (steps, SERIES)).astype(float), 52, STEPS),
    "Poisson, rates walk": (lambda rng, steps: counts(rng, steps=steps), 52, STEPS),
    "Poisson, rates walk, 32 weeks": (lambda rng, steps: counts(rng, steps=steps), 52, 32),
    "negative binomial, rates walk": (lambda rng, steps: counts(rng, steps=steps, wild=True), 52, STEPS),
    "Poisson, rates walk with a common shock": (lambda rng, steps: counts(rng, steps=steps, shared=0.06), 52, STEPS),
    "quarters, 17 years": (lambda rng, steps: quarters(rng, steps=steps), 4, 68),
}


def shares(make: Callable[[np.random.Generator, int], Array], season: int, history: int, seed: int) -> Array:
    """Per cent of values inside, below and above; and of lower ends at zero."""
    values = make(np.random.default_rng(seed), history + HORIZON)
    ahead = engine.forecast(values[:history], horizon=HORIZON, season=season)
    later, low, high = values[history:], ahead.quantiles[0], ahead.quantiles[2]
    below, above = later < low - 1e-9, later > high + 1e-9
    return 100 * np.array([(~below & ~above).mean(), below.mean(), above.mean(), (low <= 0).mean()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = range(parser.parse_args().seeds)
    print("| process | due | inside | sd of seeds | below | above | lower end 0 |\n|---|" + "--:|" * 6)
    with threadpool_limits(limits=1):
        for name, (make, season, history) in PROCESSES.items():
            rows = np.array([shares(make, season, history, seed) for seed in seeds])
            inside, below, above, at_zero = rows.mean(axis=0)
            cells = [80 + at_zero / 10, inside, rows[:, 0].std(), below, above, at_zero]
            print(f"| {name} | " + " | ".join(f"{cell:.0f}" for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
