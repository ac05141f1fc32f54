"""The choice model's likelihood on public data whose answer is known: Train's electricity suppliers.

    python -m bench.choice_reference --data ../shared/data

4,308 stated choices among four suppliers (fixed price, contract length, local, well known, time-of-day and
seasonal rates). The multinomial logit's log-likelihood at its maximum is -4958.6491. Three fits are put beside each
other: the published coefficients, statsmodels' conditional logit, and our own likelihood. Ours has no columns
of that kind, so each distinct supplier is a product, each choice a period of its own with four products on the shelf,
the fixed price is our price, and the other coefficients move the products' qualities along the columns. Everybody buys
and nobody differs from others in taste. What is compared is the likelihood of a choice among what was on offer and its
gradient; wants, lookers, tastes and priors are not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from statsmodels.discrete.conditional_models import ConditionalLogit

from models import choice_fit
from models.choice import HEAD, Shoppers
from models.choice_data import Observed

Array = NDArray[np.float64]
FILE = "electricity/electricity.csv.gz"
COLUMNS = ("pf", "cl", "loc", "wk", "tod", "seas")
PUBLISHED = np.array([-0.6252, -0.1083, 1.4422, 0.9955, -5.4628, -5.8400])
PUBLISHED_LIKELIHOOD = -4958.6491
EVERYBODY = 40.0  # log odds of a session to be a buying one
CONSTANT = 25.0  # so far above buying nothing that nobody does


def read(path: Path) -> pd.DataFrame:
    """One row per choice and supplier; ``choice`` marks the one taken."""
    return pd.read_csv(path).sort_values(["chid", "alt"], kind="stable").reset_index(drop=True)


def by_statsmodels(rows: pd.DataFrame) -> tuple[Array, float]:
    """Coefficients and log-likelihood of the conditional logit."""
    model = ConditionalLogit(rows["choice"].astype(int), rows[list(COLUMNS)].astype(float), groups=rows["chid"])
    found = model.fit(disp=False)
    return np.asarray(found.params), float(found.llf)


class OurLikelihood:
    """Our log-likelihood as a function of the six coefficients."""

    def __init__(self, rows: pd.DataFrame) -> None:
        suppliers, product = np.unique(rows[list(COLUMNS)].to_numpy(float), axis=0, return_inverse=True)
        self._profiles = suppliers[:, 1:]
        product = product.reshape(-1)
        period = rows["chid"].rank(method="dense").to_numpy(int) - 1
        periods, products = int(period.max()) + 1, len(self._profiles)
        shelf, price = np.zeros((periods, products)), np.zeros((periods, products))
        np.add.at(shelf, (period, product), 1.0)
        price[period, product] = rows["pf"]
        if shelf.max() > 1:
            raise ValueError("a choice offers the same supplier twice, which shares of days in stock cannot say")
        taken = rows["choice"].to_numpy(bool)
        one = np.zeros(1, np.int64)
        data = Observed(
            shoppers=Shoppers(
                np.zeros((1, 0), np.int16), np.zeros((1, 0), bool), one, np.ones(1), np.zeros(1), np.zeros((1, 0))
            ),
            mismatch=[],
            far=[],
            features=np.zeros((products, 0), np.int16),
            sizes=[],
            kept=np.arange(products),
            shelf=shelf,
            price=price,
            left=np.zeros((1, periods)),
            pattern=np.zeros(periods, np.int64),
            period=period[taken],
            sku=product[taken],
            count=np.ones(periods),
            first=one,
            pair=(np.arange(periods), np.zeros(periods, np.int64)),
            group_start=np.arange(periods),
        )
        size = HEAD + products
        flat = np.full(size, 1e12)
        self._problem = choice_fit._Problem(data, np.zeros(products), np.zeros(size), flat)

    def loss(self, coefficients: Array) -> tuple[float, Array]:
        """Negative log-likelihood and its gradient."""
        parameters = np.concatenate([[EVERYBODY, CONSTANT, coefficients[0], 0.0], self._profiles @ coefficients[1:]])
        with patch.object(choice_fit, "EAGERNESS", (np.zeros(1), np.ones(1))):
            value, slope = self._problem.loss(parameters)
        return value, np.concatenate([slope[2:3], self._profiles.T @ slope[HEAD:]])

    def fit(self) -> tuple[Array, float]:
        """Coefficients and log-likelihood at the maximum."""
        found = minimize(self.loss, np.zeros(len(COLUMNS)), jac=True, method="L-BFGS-B", options={"ftol": 1e-13})
        return found.x, -float(found.fun)


def to_markdown(fits: dict[str, tuple[Array, float]]) -> str:
    """A table of coefficients and log-likelihoods."""
    lines = ["| fit | " + " | ".join(COLUMNS) + " | log-likelihood |", "|---|" + "--:|" * (len(COLUMNS) + 1)]
    for name, (coefficients, likelihood) in fits.items():
        lines.append(f"| {name} | " + " | ".join(f"{value:.4f}" for value in coefficients) + f" | {likelihood:.4f} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 where our maximum is not the published one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    path = parser.parse_args().data / FILE
    if not path.exists():
        print(f"{path} is missing", file=sys.stderr)
        return 1
    rows = read(path)
    own = OurLikelihood(rows)
    fits = {
        "published": (PUBLISHED, PUBLISHED_LIKELIHOOD),
        "ours at the published coefficients": (PUBLISHED, -own.loss(PUBLISHED)[0]),
        "ours": own.fit(),
        "statsmodels ConditionalLogit": by_statsmodels(rows),
    }
    print(to_markdown(fits))
    return int(abs(fits["ours"][1] - PUBLISHED_LIKELIHOOD) > 0.01)


if __name__ == "__main__":
    sys.exit(main())
