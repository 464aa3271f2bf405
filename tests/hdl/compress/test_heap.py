import re

import pytest

from hdl.compress.heap import Heap


@pytest.mark.parametrize(("heap", "most", "columns", "result"), [
    (Heap(pairs=(64,)), 64, 7, 7),
    (Heap(pairs=(64,), width=12), 64, 7, 12),
    (Heap(pairs=(64,), width=5), 64, 5, 5),
    (Heap(bits=((3,), (0, 2))), 7, 3, 3),
    (Heap(pairs=(1, 2), bits=((), (1, 0, 1))), 10, 4, 4),
    (Heap(pairs=(4, 0, 0, 0, 0)), 4, 3, 3),
])  # fmt: skip
def test_sizes(heap, most, columns, result):
    assert (heap.most, heap.columns, heap.result) == (most, columns, result)


@pytest.mark.parametrize(("fields", "message"), [
    ({}, "Heap must have some bits to add, but has none"),
    ({"pairs": (0, 0), "bits": ((0,), ())}, "Heap must have some bits to add, but has none"),
    ({"pairs": (3, -1)}, "Heap must have no negative number of bits, but has ((3, -1),)"),
    ({"pairs": (3,), "bits": ((1,), (0, -2))},
     "Heap must have no negative number of bits, but has ((3,), (1,), (0, -2))"),
    ({"pairs": (3,), "rows": 3}, "Heap must end in 1 or 2 rows, not 3"),
    ({"pairs": (3,), "rows": 0}, "Heap must end in 1 or 2 rows, not 0"),
    ({"pairs": (3,), "fabric": "ecp5"}, "Fabric must be one of xilinx, lut, portable, not 'ecp5'"),
    ({"pairs": (3, 0, 1), "width": 2}, "Heap of 2 columns must have no bits in column 2"),
    ({"bits": ((1,), (0, 0, 0, 2)), "width": 3}, "Heap of 3 columns must have no bits in column 3"),
])  # fmt: skip
def test_refuses(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Heap(**fields)
