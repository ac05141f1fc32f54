"""Find the phrases inside runs of units: frequent, cohesive, and not a piece of a longer one.

Counting goes level by level: a sequence of n units can only be frequent when both its
sequences of n - 1 units are (Agrawal & Srikant 1994), so memory follows what is frequent.
A phrase holds together when its parts meet more often than chance (normalised pointwise
mutual information, Bouma 2009), and it is whole when its neighbours vary (the accessor
variety of Feng et al. 2004, the branching entropy of Jin & Tanaka-Ishii 2006: here the share
of the commonest neighbour, which needs no estimate of an entropy from few cases).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.text.phrase_words import EDGE_WORDS
from models.text.runs import MARK, Run, is_chinese

MAX_UNITS = 8
MAX_WORDS = 4  # of another script than Chinese
MIN_COHESION = 0.15
MIN_COHESION_WITH_KNOWN = 0.3  # a known feature beside a common word is none
MAX_NEIGHBOUR_SHARE = 0.7
MAX_APART_SHARE = 0.5
Units = tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    """A phrase: ``weight`` of its occurrences, ``cohesion`` in (-1, 1], 1 for a single word."""

    units: Units
    weight: int
    cohesion: float


def find(runs: Mapping[Run, int], *, min_weight: int) -> list[Phrase]:
    """Whole and cohesive phrases of one category, the heaviest first.

    ``runs`` maps a run to how many people typed it; a phrase weighs at least ``min_weight``.
    """
    counts, total = _count(runs, min_weight)
    if not total:
        return []
    cohesive = {
        units: cohesion
        for units, weight in counts.items()
        if weight >= min_weight
        and _can_be_a_phrase(units)
        and (cohesion := _cohesion(units, counts, total)) >= _least_cohesion(units)
    }
    whole = _whole(runs, cohesive, counts)
    found = [Phrase(units, counts[units], cohesive[units]) for units in whole]
    return sorted(found, key=lambda p: (-p.weight, p.units))


def _count(runs: Mapping[Run, int], min_weight: int) -> tuple[Counter[Units], int]:
    """Weights of unit sequences up to MAX_UNITS; of longer ones only where their parts are frequent."""
    counts: Counter[Units] = Counter()
    for run, weight in runs.items():
        for unit in run.units:
            if unit != MARK:
                counts[(unit,)] += weight
    total = sum(counts.values())
    frequent = {units for units, weight in counts.items() if weight >= min_weight}
    left = [run for run in runs if len(run.units) > 1]
    for length in range(2, MAX_UNITS + 1):
        level: Counter[Units] = Counter()
        longer = []
        for run in left:
            units, found = run.units, False
            for start in range(len(units) - length + 1):
                part = units[start : start + length]
                if part[1:] in frequent and part[:-1] in frequent:
                    level[part] += runs[run]
                    found = True
            if found:
                longer.append(run)
        frequent = {units for units, weight in level.items() if weight >= min_weight}
        counts.update({units: level[units] for units in frequent})
        left = longer
        if not frequent:
            break
    return counts, total


def _can_be_a_phrase(units: Units) -> bool:
    if units[0] in EDGE_WORDS or units[-1] in EDGE_WORDS:
        return False
    if sum(not is_chinese(unit) for unit in units) > MAX_WORDS:
        return False
    # beside known features something must be new, and more than one character of it
    new = sum(1 if is_chinese(unit) else len(unit) for unit in units if not unit.startswith(MARK))
    return new > 1


def _least_cohesion(units: Units) -> float:
    return MIN_COHESION_WITH_KNOWN if any(unit.startswith(MARK) for unit in units) else MIN_COHESION


def _cohesion(units: Units, counts: Counter[Units], total: int) -> float:
    """Normalised pointwise mutual information of the weakest split."""
    if len(units) == 1:
        return 1.0
    together = counts[units] / total
    if together >= 1:
        return 1.0
    weakest = min(
        math.log(together * total * total / (counts[units[:at]] * counts[units[at:]])) for at in range(1, len(units))
    )
    return min(weakest / -math.log(together), 1.0)


def _whole(runs: Mapping[Run, int], candidates: Mapping[Units, float], counts: Counter[Units]) -> list[Units]:
    """Candidates whose neighbour on neither side is mostly one unit, and that are typed in one piece."""
    before: dict[Units, Counter[str]] = defaultdict(Counter)
    after: dict[Units, Counter[str]] = defaultdict(Counter)
    parted: Counter[Units] = Counter()
    for run, weight in runs.items():
        for start, end in occurrences(run, candidates):
            units = run.units[start:end]
            before[units][_neighbour(run, start, start - 1)] += weight
            after[units][_neighbour(run, end, end)] += weight
            if any(
                run.is_apart[i] and is_chinese(run.units[i]) and is_chinese(run.units[i - 1])
                for i in range(start + 1, end)
            ):
                parted[units] += weight
    return [
        units
        for units in candidates
        if not _is_piece(before[units], counts[units])
        and not _is_piece(after[units], counts[units])
        and parted[units] <= MAX_APART_SHARE * counts[units]
    ]


def occurrences(run: Run, phrases: Mapping[Units, object]) -> Iterator[tuple[int, int]]:
    """Every place where one of ``phrases`` stands in ``run``, nested ones too."""
    for start in range(len(run.units)):
        for end in range(start + 1, min(start + MAX_UNITS, len(run.units)) + 1):
            if run.units[end - 1] == MARK:
                break
            if run.units[start:end] in phrases:
                yield start, end


def _neighbour(run: Run, seam: int, at: int) -> str:
    """The unit beside a phrase; "" at a boundary. A space is one between Chinese, not between words."""
    if at < 0 or at >= len(run.units) or run.units[at] == MARK:
        return ""
    if run.is_apart[seam] and (is_chinese(run.units[seam]) or is_chinese(run.units[seam - 1])):
        return ""
    return run.units[at]


def _is_piece(neighbours: Counter[str], weight: int) -> bool:
    return any(unit and count > MAX_NEIGHBOUR_SHARE * weight for unit, count in neighbours.most_common(2))
