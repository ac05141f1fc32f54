"""Demand for combinations of features that agrees with the demand for each feature.

Iterative proportional fitting (Deming & Stephan 1940): of all joint distributions with the
given marginals, the one nearest (in relative entropy) to a seed. The seed carries which
features are wanted together; impossible combinations have seed 0 and stay 0. Where there are too many combinations to
list, further attributes are added one by one to the likeliest ones (a beam search).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXPANSION_ROUNDS = 20


@dataclass(frozen=True)
class JointDemand:
    """Combinations (rows: one value index per attribute) and their share of demand, summing to 1.

    ``largest_error`` is the largest deviation of a marginal from its target.
    """

    combinations: NDArray[np.int16]
    share: NDArray[np.float64]
    iterations: int
    largest_error: float


def fit(
    marginals: tuple[NDArray[np.float64], ...],
    seed: NDArray[np.float64],
    *,
    tolerance: float = 1e-7,
    max_iterations: int = 200,
) -> JointDemand:
    """Fit the joint of ``marginals`` (each sums to 1) from ``seed``, shaped like the product of the attributes.

    Raises ValueError where the shapes differ or a wanted value has no possible combination.
    """
    if seed.shape != tuple(len(m) for m in marginals):
        raise ValueError(f"seed has shape {seed.shape}, expected {tuple(len(m) for m in marginals)}")
    joint = seed / seed.sum()
    error = np.inf
    iteration = 0
    while error > tolerance and iteration < max_iterations:
        iteration += 1
        for axis, target in enumerate(marginals):
            others = tuple(i for i in range(joint.ndim) if i != axis)
            current = joint.sum(axis=others)
            if np.any((current == 0) & (target > 0)):
                raise ValueError(f"attribute {axis}: a wanted value has no possible combination")
            factor = np.divide(target, current, out=np.zeros_like(target), where=current > 0)
            joint = joint * factor.reshape([-1 if i == axis else 1 for i in range(joint.ndim)])
        error = max(
            float(np.abs(joint.sum(axis=tuple(i for i in range(joint.ndim) if i != axis)) - target).max())
            for axis, target in enumerate(marginals)
        )
    combinations = np.indices(joint.shape, dtype=np.int16).reshape(joint.ndim, -1).T
    return JointDemand(combinations, joint.reshape(-1), iteration, error)


def expanded(
    joint: JointDemand, marginal: NDArray[np.float64], lifts: list[NDArray[np.float64]], *, most: int
) -> JointDemand:
    """``joint`` with one attribute more, of which ``marginal`` is wanted: at most ``most`` combinations, the likeliest.

    Each combination is split by value v in proportion to marginal(v) · Π lifts[a][value of a, v], where the lifts are
    those of pairs (``pair_lift``): a product of pairs, as in ``seed_from_mentions``. Shares of what is not kept are
    left out, so shares sum to less than 1; ``largest_error`` is that of the new attribute.
    """
    chance = np.repeat(marginal[None, :], len(joint.share), axis=0)
    for a, lift in enumerate(lifts):
        chance *= lift[joint.combinations[:, a]]
    for _ in range(EXPANSION_ROUNDS):  # what all want together of the new attribute is its marginal
        chance /= np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)
        found = joint.share @ chance / joint.share.sum()
        chance *= np.divide(marginal, found, out=np.zeros_like(marginal), where=found > 0)
    chance /= np.maximum(chance.sum(axis=1, keepdims=True), 1e-300)
    share = (joint.share[:, None] * chance).reshape(-1)
    kept = np.sort(np.argsort(-share, kind="stable")[:most])
    row, value = np.divmod(kept, len(marginal))
    combinations = np.column_stack([joint.combinations[row], value.astype(np.int16)])
    error = float(np.abs(np.bincount(value, share[kept], len(marginal)) - marginal).max())
    return JointDemand(combinations, share[kept], joint.iterations, error)


def seed_from_mentions(
    sizes: list[int], mentions: NDArray[np.int16], weights: NDArray[np.float64], *, strength: float = 1.0
) -> NDArray[np.float64]:
    """Seed from rows that mention values of several attributes (-1: not mentioned).

    Each pair of attributes contributes the lift of being mentioned together, shrunk towards
    independence by ``strength`` pseudo-mentions; the seed is the product over pairs.
    """
    log_seed = np.zeros(sizes)
    for one in range(len(sizes)):
        for other in range(one + 1, len(sizes)):
            lift = pair_lift(sizes[one], sizes[other], mentions[:, one], mentions[:, other], weights, strength)
            shape = [1] * len(sizes)
            shape[one], shape[other] = sizes[one], sizes[other]
            log_seed = log_seed + np.log(lift).reshape(shape)
    return np.asarray(np.exp(log_seed - log_seed.max()))


def pair_lift(
    rows: int,
    columns: int,
    one: NDArray[np.int16],
    other: NDArray[np.int16],
    weights: NDArray[np.float64],
    strength: float,
) -> NDArray[np.float64]:
    """How much more often two values are mentioned together than if they had nothing to do with each other, rows ×
    columns; ``one`` and ``other`` are values of two attributes (-1: not mentioned)."""
    both = (one >= 0) & (other >= 0)
    table = np.zeros((rows, columns))
    np.add.at(table, (one[both], other[both]), weights[both])
    total = table.sum()
    if total == 0:
        return np.ones((rows, columns))
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    return (table + strength) / (expected + strength)
