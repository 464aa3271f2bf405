"""Which rows of a constant bipolar matrix are counted together: a binary tree of the rows."""

from collections.abc import Sequence

import numpy as np

__all__ = ["leaves", "tree"]

SWEEPS = 4
"""Rounds of exchanges between pairs."""

TOGETHER = 16
"""Rows beyond which hardly any inputs are alike, so that it does not matter who is together."""


def tree(negative: np.ndarray, rows: Sequence[int]):
    """Rows in pairs, pairs in fours, and so on; what is together agrees or is opposite often.

    Parameters
    ----------
    negative : bool array (all rows, cols), where a weight is -1
    rows : those to put in the tree

    Returns
    -------
    int or tuple
        A row, or a pair of trees.
    """
    nodes = [int(row) for row in rows]
    while len(nodes) > 1:
        codes = [_pattern(negative[leaves(node)]) for node in nodes]
        if len(leaves(nodes[0])) * 2 <= TOGETHER:
            order = _matched(codes)
        else:
            order = range(len(nodes))
        nodes = [nodes[k] for k in order]
        pairs = [(a, b) for a, b in zip(nodes[::2], nodes[1::2])]
        nodes = pairs + nodes[2 * len(pairs) :]
    return nodes[0]


def leaves(node) -> list[int]:
    """The rows of a tree, from left to right."""
    return [node] if isinstance(node, int) else [row for child in node for row in leaves(child)]


def _pattern(signs: np.ndarray) -> np.ndarray:
    """Of each column a number: rows opposite to the first, and the first row's sign in bit 0."""
    relative = signs ^ signs[0]
    relative[0] = signs[0]
    return (relative * (1 << np.arange(len(signs)))[:, None]).sum(axis=0)


def _matched(codes: list[np.ndarray]) -> list[int]:
    """An order in which neighbours 0 and 1, 2 and 3, … cost the least together."""
    count = len(codes)
    cost = np.zeros((count, count))
    for a in range(count):
        for b in range(a + 1, count):
            cost[a, b] = cost[b, a] = _together(codes[a], codes[b])
    order = _greedy(cost)
    for _ in range(SWEEPS):
        if not _exchange(cost, order):
            break
    return order


def _together(a: np.ndarray, b: np.ndarray) -> float:
    """The bits of the counts of the classes of two sets of rows."""
    opposite = (a ^ b) & 1
    shift = int(b.max()).bit_length()
    classes = (a >> 1 << shift | b >> 1 << 1 | opposite)
    _, sizes = np.unique(classes, return_counts=True)
    return float(np.log2(sizes + 1.0).sum())


def _greedy(cost: np.ndarray) -> list[int]:
    """The cheapest pair of those left, again and again."""
    count = len(cost)
    first, second = np.triu_indices(count, 1)
    ranked = np.argsort(cost[first, second], kind="stable")
    order, left = [], set(range(count))
    for a, b in zip(first[ranked].tolist(), second[ranked].tolist()):
        if a in left and b in left:
            order += [a, b]
            left -= {a, b}
    return order + sorted(left)


def _exchange(cost: np.ndarray, order: list[int]) -> bool:
    """Exchanges partners of two pairs where it is cheaper; whether it was anywhere."""
    changed = False
    for p in range(0, len(order) - 1, 2):
        for q in range(p + 2, len(order) - 1, 2):
            a, b, c, d = order[p], order[p + 1], order[q], order[q + 1]
            ways = [(cost[a, b] + cost[c, d], (a, b, c, d)),
                    (cost[a, c] + cost[b, d], (a, c, b, d)),
                    (cost[a, d] + cost[b, c], (a, d, b, c))]  # fmt: skip
            least, best = min(ways)
            if least < ways[0][0] - 1e-9:
                order[p], order[p + 1], order[q], order[q + 1] = best
                changed = True
    return changed
