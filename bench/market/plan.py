"""Plans of the market test: read from ``batch_specs.csv``, checked against factory terms."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from pipelines.samples.market_model import Category, Maker, World

NOT_STATED = -1
UNSTATED_REGION = ""


@dataclass(frozen=True, eq=False)
class Spec:
    """One configuration to build: value indices ``(A,)``, units by region ``(R,)``, CNY price.

    ``serves`` marks the regions ``(R,)`` whose shoppers may buy it.
    """

    spec_id: str
    category: int
    maker: int
    features: np.ndarray
    units_by_region: np.ndarray
    serves: np.ndarray
    price_cny: float

    @property
    def units(self) -> int:
        return int(self.units_by_region.sum())


@dataclass(frozen=True)
class Plan:
    """Specs that can be sold, and every way in which the plan breaks a factory's terms."""

    specs: tuple[Spec, ...]
    violations: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    spec_id: str
    category: int
    maker: int
    features: tuple[int, ...]
    region: int | None
    units: int
    price_cny: float


class LineRefused(ValueError):
    """A plan line that names something the market does not have."""


def read_plan(path: Path, *, world: World) -> Plan:
    """Read the lines to build from a ``batch_specs.csv``; other decisions are ignored."""
    violations: list[str] = []
    lines: list[_Line] = []
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["decision"].strip() != "build":
                continue
            try:
                lines.append(_parse_line(row, world))
            except LineRefused as refused:
                violations.append(f"line {number}: {refused}")
    specs = _gather(lines, world)
    return Plan(specs, (*violations, *check_terms(specs, world=world)))


def _parse_line(row: dict[str, str], world: World) -> _Line:
    category = _find([c.text.category_id for c in world.categories], row["category_id"], "category")
    makers = world.categories[category].makers
    maker = _find([m.manufacturer_id for m in makers], row["manufacturer_id"], "manufacturer")
    region_name = row["region"].strip()
    region = None
    if region_name != UNSTATED_REGION:
        region = _find(list(world.regions), region_name, "region")
    try:
        units, price = float(row["quantity"]), float(row["target_price"])
    except ValueError as error:
        raise LineRefused(f"quantity or target_price is not a number ({error})") from error
    if units <= 0 or units != int(units) or not price > 0:
        raise LineRefused(f"quantity {units} and target_price {price} must be above zero, whole")
    features = parse_features(row["features"], category=world.categories[category])
    return _Line(row["spec_id"], category, maker, features, region, int(units), price)


def _find(names: list[str], name: str, what: str) -> int:
    if name not in names:
        raise LineRefused(f"unknown {what} {name!r}; known: {', '.join(names)}")
    return names.index(name)


def parse_features(text: str, *, category: Category) -> tuple[int, ...]:
    """Value index per attribute from ``attribute=value;…``; -1 where nothing is stated."""
    found = [NOT_STATED] * len(category.text.attributes)
    names = [attribute.attribute for attribute in category.text.attributes]
    for pair in filter(None, text.split(";")):
        name, _, value = (unquote(part) for part in pair.partition("="))
        a = _find(names, name, "attribute")
        values = [v.value for v in category.text.attributes[a].values]
        if found[a] != NOT_STATED:
            raise LineRefused(f"two values for attribute {name!r}")
        found[a] = _find(values, value, f"value of {name}")
    return tuple(found)


def format_features(features: np.ndarray, *, category: Category) -> str:
    """``attribute=value;…``, attributes sorted, separators escaped as in the data contract."""
    pairs = [
        f"{_escape(attribute.attribute)}={_escape(attribute.values[v].value)}"
        for attribute, v in zip(category.text.attributes, features, strict=True)
        if v != NOT_STATED
    ]
    return ";".join(sorted(pairs))


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace(";", "%3B").replace("=", "%3D")


def _gather(lines: list[_Line], world: World) -> tuple[Spec, ...]:
    """One spec per spec_id, manufacturer and features; lines of a spec add up."""
    groups: dict[tuple, list[_Line]] = defaultdict(list)
    for line in lines:
        groups[(line.spec_id, line.category, line.maker, line.features)].append(line)
    specs = []
    for (spec_id, category, maker, features), members in groups.items():
        units = np.zeros(len(world.regions), np.int64)
        serves = np.zeros(len(world.regions), bool)
        for line in members:
            if line.region is None:
                units += split_units(line.units, world.region_share)
                serves[:] = True
            else:
                units[line.region] += line.units
                serves[line.region] = True
        price = np.average([m.price_cny for m in members], weights=[m.units for m in members])
        specs.append(Spec(spec_id, category, maker, np.array(features), units, serves, round(float(price), 4)))
    return tuple(specs)


def split_units(units: int, share: np.ndarray) -> np.ndarray:
    """Whole units by share, summing to ``units`` (largest remainders)."""
    exact = units * share / share.sum()
    whole = np.floor(exact).astype(np.int64)
    missing = units - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:missing]] += 1
    return whole


def check_terms(specs: tuple[Spec, ...], *, world: World) -> list[str]:
    """Every broken factory term: features, pack, minimum per spec and order, capacity."""
    problems: list[str] = []
    order_units: dict[tuple[int, int], int] = defaultdict(int)
    for spec in specs:
        maker = _maker_of(spec, world)
        order_units[(spec.category, spec.maker)] += spec.units
        if not maker.supports(spec.features[None, :])[0]:
            problems.append(f"{spec.spec_id}: features not supported by {maker.manufacturer_id}")
        if spec.units % maker.pack_size:
            problems.append(f"{spec.spec_id}: {spec.units} is not in packs of {maker.pack_size}")
        if spec.units < maker.min_spec_units:
            problems.append(f"{spec.spec_id}: {spec.units} under {maker.min_spec_units} per spec")
    for (category, number), units in order_units.items():
        maker = world.categories[category].makers[number]
        if units < maker.min_order_units:
            problems.append(f"{maker.manufacturer_id}: order of {units} under {maker.min_order_units}")
        if units > maker.capacity_units:
            problems.append(f"{maker.manufacturer_id}: order of {units} over capacity {maker.capacity_units}")
    return problems


def _maker_of(spec: Spec, world: World) -> Maker:
    return world.categories[spec.category].makers[spec.maker]


def write_plan(path: Path, specs: tuple[Spec, ...], *, world: World) -> None:
    """Write specs as a ``batch_specs.csv`` with the columns the market test reads."""
    columns = (
        "spec_id",
        "category_id",
        "manufacturer_id",
        "features",
        "region",
        "quantity",
        "target_price",
        "decision",
    )
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for spec in specs:
            category = world.categories[spec.category]
            for r in np.flatnonzero(spec.units_by_region):
                writer.writerow(
                    [
                        spec.spec_id,
                        category.text.category_id,
                        category.makers[spec.maker].manufacturer_id,
                        format_features(spec.features, category=category),
                        world.regions[r],
                        int(spec.units_by_region[r]),
                        spec.price_cny,
                        "build",
                    ]
                )
