from itertools import product

import pytest

from hdl.dot.gates import Gate, cells, lut_count, tables


def gate(name, pins):
    return Gate(name, tuple(pins), lambda *bits: 0)


@pytest.mark.parametrize(("pins", "counts"), [
    (["abc", "cde"], [2]), (["abc", "def"], [1, 1]), (["abcdef"], [1]), (["a", "abcdef"], [1, 1]),
    (["aab", "bbc", "c"], [2, 1]), (["abcde", "a", "b"], [2, 1]), ([], []),
])  # fmt: skip
def test_neighbours_share_a_lut(pins, counts):
    some = [gate(str(k), one) for k, one in enumerate(pins)]
    assert [len(cell) for cell in cells(some)] == counts
    assert lut_count(some) == len(counts)


def test_function_of_other_inputs():
    one = Gate("o", ("b", "a", "b"), lambda x, y, z: x & (1 ^ y) & z)
    both = one.of(("a", "b", "c"))
    assert [both(*bits) for bits in product((0, 1), repeat=3)] == [0, 0, 1, 1, 0, 0, 0, 0]


def test_tables():
    """Bits are constants, pins, earlier bits, or gates of the pins that matter."""
    words = [0b010100, 0b010110, 0b101111, 0b101101]
    gates, names = tables(words, 6, ("a", "b"), "t")
    assert [one.name for one in gates] == ["t1", "t4"]
    assert [one.pins for one in gates] == [("a", "b"), ("b",)]
    assert names == ("b", "t1", "1", "b", "t4", "b")
    for n, word in enumerate(words):
        bits = {"a": n & 1, "b": n >> 1, "0": 0, "1": 1}
        bits |= {one.name: one.function(*(bits[pin] for pin in one.pins)) for one in gates}
        assert sum(bits[name] << k for k, name in enumerate(names)) == word
