"""Small cells: what may be published when no figure may rest on fewer than k people.

Cells of one group that are too small are pooled into one. Where the pool is still too small it
takes in the smallest cell that was large enough: then a total less its visible parts is the pool,
and the pool is large enough (complementary disclosure; Hundepool et al. 2012, ch. 4). A group
that is too small as a whole is not published. Nobody is recognised in a cell that is empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VISIBLE, POOLED, WITHHELD = 0, 1, 2


def decide(
    group: NDArray[np.int64],
    people: NDArray[np.int64],
    *,
    group_people: NDArray[np.int64],
    pool_people: NDArray[np.int64] | None = None,
    min_people: int,
) -> NDArray[np.int64]:
    """VISIBLE, POOLED or WITHHELD for each cell; ``group`` numbers groups from 0.

    ``people`` are the distinct people of each cell, ``group_people`` those of its whole group,
    ``pool_people`` those of the group's small cells together (both per cell; without the latter the
    pool counts as too small). Of equal cells the first is taken in.
    """
    decision = np.full(len(group), VISIBLE)
    small = (people > 0) & (people < min_people)
    decision[small] = POOLED
    large = people >= min_people
    groups = int(group.max()) + 1 if len(group) else 0
    has_small = np.bincount(group[small], minlength=groups) > 0
    has_large = np.bincount(group[large], minlength=groups) > 0
    enough = np.zeros(groups, bool)
    if pool_people is not None:
        enough[group] = pool_people >= min_people
    absorbs = has_small & has_large & ~enough
    candidates = np.nonzero(large & absorbs[group])[0]
    order = candidates[np.lexsort((candidates, people[candidates], group[candidates]))]
    _, first = np.unique(group[order], return_index=True)
    decision[order[first]] = POOLED
    whole = np.zeros(groups, np.int64)
    whole[group] = group_people
    withheld = has_small & ~has_large & (whole < min_people)
    decision[(people > 0) & withheld[group]] = WITHHELD
    return decision
