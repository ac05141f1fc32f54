"""Specs that could be made: what a configuration costs at its best manufacturer, and what is near to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.history import UNSTATED, CategoryHistory
from models.product_line import Candidates, Economics, Replay
from pipelines.line_prices import UsualPrices
from pipelines.manufacturers import Manufacturer
from pipelines.specs import features_text


def makers_of(features: dict[str, str], makers: list[Manufacturer]) -> list[Manufacturer]:
    """Manufacturers that can make ``features``."""
    return [maker for maker in makers if maker.can_make(features)]


def candidates_of(
    history: CategoryHistory, features: list[dict[str, str]], makers: list[Manufacturer], usual: UsualPrices
) -> Candidates:
    """Each configuration at its cheapest manufacturer by the unit and its usual price."""
    codes = np.full((len(features), len(history.attributes)), UNSTATED, np.int16)
    terms = []
    for i, wanted in enumerate(features):
        codes[i] = codes_of(history, wanted)
        terms.append(min(_terms(maker, wanted) for maker in makers_of(wanted, makers)))
    cost, setup, least = np.array(terms, float).reshape(-1, 3).T
    price = np.maximum(usual.of(codes), 1.05 * cost)
    return Candidates(codes, price, price, cost, setup, least)


def at_best_makers(
    replay: Replay, features: list[dict[str, str]], makers: list[Manufacturer], economics: Economics
) -> Replay:
    """Its candidates (with these ``features``), each at the manufacturer where what it sells alone earns most: the
    cheapest by the unit may ask for a set-up or a least quantity that only larger demand pays."""
    units = economics.kept_share * replay.sell_each([])[0].mean(axis=0)
    best = []
    for wanted, sold, price in zip(features, units, replay.candidates.price, strict=True):
        terms = np.array(sorted(_terms(maker, wanted) for maker in makers_of(wanted, makers)))
        cost, setup, least = terms.T
        over = np.maximum(least - sold, 0.0)
        best.append(terms[np.argmax((price - cost) * sold - setup - (1 - economics.salvage_rate) * cost * over)])
    return replay.at_costs(*np.array(best, float).reshape(-1, 3).T)


def _terms(maker: Manufacturer, features: dict[str, str]) -> tuple[float, float, float]:
    """Unit cost, set-up cost, least units in whole packs."""
    least = maker.pack_size * math.ceil(max(maker.min_spec_units, 1) / maker.pack_size)
    return maker.unit_cost(features), maker.setup_cost, float(least)


def without_evidence(history: CategoryHistory) -> set[tuple[str, str]]:
    """(attribute, value) that nobody asked for and no product has: nothing says that anybody wants it."""
    found = set()
    for a, (name, values) in enumerate(zip(history.attributes, history.values, strict=True)):
        asked = np.unique(history.intents.value[history.intents.attribute == a])
        known = {*asked.tolist(), *history.products.features[:, a].tolist()}
        found |= {(name, value) for v, value in enumerate(values) if v not in known}
    return found


def neighbours(
    history: CategoryHistory, chosen: Sequence[dict[str, str]], makers: list[Manufacturer], known: set[str]
) -> list[dict[str, str]]:
    """What differs from one of ``chosen`` in the value of one attribute, can be made, is not ``known`` and has no value
    without evidence."""
    blind = without_evidence(history)
    values = {
        name: [value for value in every if (name, value) not in blind]
        for name, every in zip(history.attributes, history.values, strict=True)
    }
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
