"""Does the 80 % interval hold 80 % where the truth is known? Series simulated from known processes.

    python -m bench.forecasting.processes [--seeds 20]

Horizon 8, 104 weeks with a season of 52 where not said otherwise; 150 series, independent of each other but for
the common shock, where a cut is one draw. ALONE of them are forecast each by itself where that is said.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.forecasting import engine

Array = NDArray[np.float64]
HORIZON, SERIES, STEPS = 8, 150, 104
ALONE = 10
SHOCKS = 5  # times as many seeds where a cut is one draw


@dataclass(frozen=True)
class Process:
    make: Callable[[np.random.Generator, int], Array]
    season: int = 52
    history: int = STEPS
    shocks: bool = False
    alone: bool = False


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


def turning(rng: np.random.Generator, *, steps: int) -> Array:
    """Poisson counts around rates that walk, with a growth common to all that halves in 23 weeks and has new shocks."""
    walk = rng.normal(0, 0.05, (steps, SERIES)).cumsum(axis=0)
    growth, found = 0.0, []
    for change in rng.normal(0, 0.006, steps):
        growth = 0.97 * growth + change
        found.append(growth)
    rate = rng.uniform(3, 100, SERIES) * np.exp(walk + np.cumsum(found)[:, None])
    return rng.poisson(rate).astype(float)


def quarters(rng: np.random.Generator, *, steps: int) -> Array:
    season = 0.3 * rng.normal(size=(4, SERIES))[np.arange(steps) % 4]
    walk = rng.normal(0, 0.03, (steps, SERIES)).cumsum(axis=0) + rng.normal(0, 0.1, (steps, SERIES))
    return rng.uniform(50, 500, SERIES) * np.exp(season + walk)


PROCESSES = {
    "smoothing, α = 0.2": Process(lambda rng, steps: smoothing(rng, alpha=0.2, steps=steps)),
    "smoothing, α = 0.8": Process(lambda rng, steps: smoothing(rng, alpha=0.8, steps=steps)),
    "random walk": Process(lambda rng, steps: smoothing(rng, alpha=1.0, steps=steps)),
    "random walk, 24 weeks": Process(lambda rng, steps: smoothing(rng, alpha=1.0, steps=steps), history=24),
    "random walk, each series alone": Process(lambda rng, steps: smoothing(rng, alpha=1.0, steps=steps), alone=True),
    "damped trend": Process(lambda rng, steps: smoothing(rng, alpha=0.3, beta=0.1, phi=0.9, steps=steps)),
    "autoregression 0.7": Process(lambda rng, steps: autoregression(rng, steps=steps)),
    "autoregression 0.7, each series alone": Process(lambda rng, steps: autoregression(rng, steps=steps), alone=True),
    "Poisson, rate 0.3": Process(lambda rng, steps: rng.poisson(0.3, (steps, SERIES)).astype(float)),
    "Poisson, rate 2": Process(lambda rng, steps: rng.poisson(2.0, (steps, SERIES)).astype(float)),
    "Poisson, rates walk": Process(lambda rng, steps: counts(rng, steps=steps)),
    "Poisson, rates walk, each series alone": Process(lambda rng, steps: counts(rng, steps=steps), alone=True),
    "Poisson, rates walk, 32 weeks": Process(lambda rng, steps: counts(rng, steps=steps), history=32),
    "negative binomial, rates walk": Process(lambda rng, steps: counts(rng, steps=steps, wild=True)),
    "Poisson, rates walk with a common shock": Process(
        lambda rng, steps: counts(rng, steps=steps, shared=0.06), shocks=True
    ),
    "Poisson, common shock, 52 weeks": Process(
        lambda rng, steps: counts(rng, steps=steps, shared=0.06), history=52, shocks=True
    ),
    "Poisson, common shock, 32 weeks": Process(
        lambda rng, steps: counts(rng, steps=steps, shared=0.06), history=32, shocks=True
    ),
    "Poisson, common growth turns": Process(lambda rng, steps: turning(rng, steps=steps), shocks=True),
    "quarters, 17 years": Process(lambda rng, steps: quarters(rng, steps=steps), season=4, history=68),
}


def shares(process: Process, seed: int) -> Array:
    """Per cent of values inside, below and above; and of lower ends at zero."""
    values = process.make(np.random.default_rng(seed), process.history + HORIZON)
    parts = np.split(values[:, :ALONE], ALONE, axis=1) if process.alone else [values]
    found = [engine.forecast(part[: process.history], horizon=HORIZON, season=process.season) for part in parts]
    low, high = (np.hstack([ahead.quantiles[end] for ahead in found]) for end in (0, 2))
    later = np.hstack(parts)[process.history :]
    below, above = later < low - 1e-9, later > high + 1e-9
    return 100 * np.array([(~below & ~above).mean(), below.mean(), above.mean(), (low <= 0).mean()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    print("| process | due | inside | standard error | sd of seeds | below | above | lower end 0 |\n|---|" + "--:|" * 7)
    with threadpool_limits(limits=1):
        for name, process in PROCESSES.items():
            rows = np.array([shares(process, seed) for seed in range(seeds * SHOCKS if process.shocks else seeds)])
            inside, below, above, at_zero = rows.mean(axis=0)
            sd = rows[:, 0].std()
            cells = [f"{80 + at_zero / 10:.0f}", f"{inside:.0f}", f"{sd / np.sqrt(len(rows)):.1f}"]
            cells += [f"{cell:.0f}" for cell in (sd, below, above, at_zero)]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
