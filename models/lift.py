"""Which wants go together: observed over expected, shrunk towards one.

Observed n against expected E under independence; λ = n / E has a gamma prior around one with weight
``PRIOR`` expected events, so the posterior mean is (n + PRIOR) / (E + PRIOR) (DuMouchel 1999).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

Array = NDArray[np.float64]
PRIOR = 5.0


def lift(observed: Array, expected: Array) -> tuple[Array, Array, Array]:
    """Posterior mean and 80 % interval of observed / expected. Raises ValueError below zero."""
    seen, chance = np.asarray(observed, float), np.asarray(expected, float)
    if (seen < 0).any() or (chance < 0).any():
        raise ValueError("counts must not be negative")
    shape, rate = seen + PRIOR, chance + PRIOR
    return shape / rate, gamma.ppf(0.1, shape) / rate, gamma.ppf(0.9, shape) / rate
