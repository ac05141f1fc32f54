"""Specs that could be made: what a configuration costs at its cheapest manufacturer, and what is near to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.history import UNSTATED, CategoryHistory
from models.product_line import Candidates
from pipelines.line_prices import UsualPrices
from pipelines.manufacturers import Manufacturer
from pipelines.specs import features_text


def makers_of(features: dict[str, str], makers: list[Manufacturer]) -> list[Manufacturer]:
    """Manufacturers that can make ``features``."""
    return [maker for maker in makers if maker.can_make(features)]


def candidates_of(
    history: CategoryHistory, features: list[dict[str, str]], makers: list[Manufacturer], usual: UsualPrices
) -> Candidates:
    """Each configuration at its cheapest manufacturer and its usual price."""
    codes = np.full((len(features), len(history.attributes)), UNSTATED, np.int16)
    cost, setup, least = [], [], []
    for i, wanted in enumerate(features):
        codes[i] = codes_of(history, wanted)
        best = min(makers_of(wanted, makers), key=lambda maker: (maker.unit_cost(wanted), maker.manufacturer_id))
        cost.append(best.unit_cost(wanted))
        setup.append(best.setup_cost)
        least.append(best.pack_size * math.ceil(max(best.min_spec_units, 1) / best.pack_size))
    price = np.maximum(usual.of(codes), 1.05 * np.array(cost))
    return Candidates(
        codes, price, price, np.array(cost), np.array(setup), np.array(least, float), np.zeros(len(price))
    )


def neighbours(
    history: CategoryHistory, chosen: Sequence[dict[str, str]], makers: list[Manufacturer], known: set[str]
) -> list[dict[str, str]]:
    """What differs from one of ``chosen`` in the value of one attribute, can be made and is not ``known``."""
    values = dict(zip(history.attributes, history.values, strict=True))
    found: dict[str, dict[str, str]] = {}
    for features in chosen:
        for name in features:
            for value in values.get(name, ()):
                other = features | {name: value}
                text = features_text(other)
                if text not in known and text not in found and makers_of(other, makers):
                    found[text] = other
    return list(found.values())


def on_sale(history: CategoryHistory, names: Sequence[str]) -> set[str]:
    """Features of products, as far as they are of the attributes ``names``; products that do not tell all are none, nor
    is any where an attribute is not known any more."""
    if not set(names) <= set(history.attributes):
        return set()
    columns = [history.attributes.index(name) for name in names]
    told = history.products.features[:, columns]
    return {
        features_text({name: history.values[a][v] for name, a, v in zip(names, columns, row, strict=True)})
        for row in told[(told != UNSTATED).all(axis=1)]
    }


def codes_of(history: CategoryHistory, features: dict[str, str]) -> list[int]:
    """Value index per attribute, UNSTATED where the features do not say or the value is not known any more."""
    return [
        values.index(features[name]) if features.get(name) in values else UNSTATED
        for name, values in zip(history.attributes, history.values, strict=True)
    ]
