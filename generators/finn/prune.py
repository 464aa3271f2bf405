"""Candidates that no best design has: another takes no more of anything wherever it stands.

Between candidates with the same lanes in and out their own resources decide. Between others, what
stands beside them may differ too, by no more than the tables say: the largest difference over all
lanes that a neighbour may have is added.
"""

import numpy as np

from generators.finn.between import Between, Factor
from generators.finn.space import Table

__all__ = ["undominated"]

CHUNK = 256
"""Candidates that are compared with all others at once, to keep the arrays small."""


def undominated(tables: tuple[Table, ...], between: Between, masks: list[np.ndarray], times=None,
                *, lasting: bool = False):  # fmt: skip
    """Of each layer's candidates (n,), those of a mask that are left.

    ``times`` is what else must be no more (n, k) of each layer, whatever stands beside it.
    ``lasting`` asks for what is so whatever is settled later (:meth:`.Space.settle`).
    """
    times = times or [np.empty((len(mask), 0)) for mask in masks]
    readers: dict[str, list[Factor]] = {}
    for factor in between.factors:
        for name in factor.inputs:
            readers.setdefault(name, []).append(factor)
    own = {factor.name: factor for factor in between.factors}
    by_name = {table.name: (table, mask) for table, mask in zip(tables, masks)}
    found = []
    for table, mask, more in zip(tables, masks, times):
        open_ = mask & ~(table.exact | table.alike) if lasting else np.zeros_like(mask)
        alike = _alike(table, mask & ~open_, np.hstack([table.used, more]))
        before = _before(own[table.name], by_name)
        behind = _behind(readers[table.name], by_name)
        found.append(_across(table, alike, before, behind, more) | open_)
    return found


def _alike(table: Table, mask: np.ndarray, all_used: np.ndarray) -> np.ndarray:
    """Without those dominated by one with the same lanes and line buffer."""
    left = np.zeros(len(mask), bool)
    places = np.flatnonzero(mask)
    keys = np.stack([table.enter, table.leave, table.lines])[:, places]
    order = np.lexsort(keys)
    ends = np.flatnonzero((np.diff(keys[:, order], axis=1) != 0).any(0)) + 1
    for group in np.split(places[order], ends):
        used = all_used[group]
        less = (used[None] <= used[:, None]).all(2)
        equal = (used[None] == used[:, None]).all(2)
        first = np.tri(len(group), k=-1, dtype=bool)  # of equal ones the first is left
        left[group] = ~(less & (~equal | first)).any(1)
    return left


def _before(factor: Factor, by_name) -> np.ndarray:
    """How much more a class takes than another at most, at its input (classes, classes, 4)."""
    used = factor.used
    source = by_name.get(factor.inputs[0])
    if source is not None:
        table, mask = source
        used = used[np.unique(table.leave[mask])]
    return _most(used.transpose(1, 0, 2))


def _most(used: np.ndarray) -> np.ndarray:
    """Of each pair of rows the largest difference (rows, rows, 4)."""
    return np.stack([(row[None] - used).max(axis=1) for row in used])


def _behind(readers: list[Factor], by_name) -> np.ndarray | None:
    """How much more a state takes than another at most, at its readers; infinite if unknown."""
    if len(readers) != 1 or len(readers[0].inputs) != 1:
        return None
    (factor,) = readers
    if factor.result is not None:
        more = factor.used[:, None] - factor.used[None]
        more[factor.result[:, None] != factor.result[None]] = np.inf
        return more
    if factor.used.ndim == 2:
        return factor.used[:, None] - factor.used[None]
    table, mask = by_name[factor.name]
    return _most(factor.used[:, np.unique(table.enter[mask])])


def _across(table: Table, mask: np.ndarray, before: np.ndarray, behind: np.ndarray | None,
            times: np.ndarray):  # fmt: skip
    """Without those that one with other lanes dominates, where neither has a line buffer."""
    if behind is None or table.candidates[0].folded.window is not None:
        return mask
    left, places = mask.copy(), np.flatnonzero(mask)
    enter, leave, used = (of[places] for of in (table.enter, table.leave, table.used))
    columns = np.column_stack([times[places], used])
    count = times.shape[1]
    for start in range(0, len(places), CHUNK):
        rows = slice(start, start + CHUNK)
        fits = np.ones((len(places[rows]), len(places)), bool)
        for column in columns[:, :count].T:
            fits &= column[None] <= column[rows, None]
        row, by = np.nonzero(fits)
        row += start
        equal = (columns[by, :count] == columns[row, :count]).all(1)
        for index in range(used.shape[1]):  # the fewer are left, the less there is to compare
            other = used[by, index] + before[enter[by], enter[row], index]
            other += behind[leave[by], leave[row], index]
            mine = used[row, index]
            some = other <= mine
            equal, row, by = (equal & (other == mine))[some], row[some], by[some]
        left[places[row[~equal | (by < row)]]] = False
    return left
