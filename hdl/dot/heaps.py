"""Bit heaps of several parts, each from a cycle and a column on, and what adding them up takes."""

from hdl.compress.heap import Heap

__all__ = ["joined", "ones", "tree_luts"]


def joined(width: int, kind: type, *parts) -> list[list]:
    """What parts have in each cycle, in each column, added up.

    Parameters
    ----------
    width : columns
    kind : ``int`` of numbers of bits, ``list`` of the bits themselves
    parts : each the numbers or lists of each cycle, of each column, and the first cycle and column
    """
    count = max(first + len(rows) for rows, first, _ in parts)
    heap = [[kind() for _ in range(width)] for _ in range(count)]
    for rows, first, low in parts:
        for cycle, columns in enumerate(rows):
            for column, some in enumerate(columns):
                heap[first + cycle][low + column] += some
    return heap


def ones(number: int) -> list[int]:
    """The columns of a number's ones."""
    return [column for column in range(number.bit_length()) if number >> column & 1]


def tree_luts(heap: Heap) -> float:
    """LUTs of a compressor tree, about, without a plan: half a one for each bit of the heap."""
    return 0.56 * sum(map(sum, heap.bits)) - 0.1 * heap.width
