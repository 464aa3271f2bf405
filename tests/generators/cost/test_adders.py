"""Adders bit by bit: LUTs as yosys 0.70 makes them, chains whose low bits are left out."""

import pytest

from generators.cost.adders import ONE, ZERO, Luts, both, inverse, table, total, wire


def operand(name: str, width: int, *, shift=0, signed=False, negative=False):
    return ((ZERO,) * shift + tuple(wire(f"{name}{k}") for k in range(width)), signed, negative)


@pytest.mark.parametrize(("operands", "width", "luts"), [
    ([operand("a", 4), operand("b", 4)], 5, 4),
    ([operand("a", 4, signed=True), operand("b", 4, signed=True)], 5, 5),
    ([operand("a", 3), operand("a", 3, shift=2), operand("b", 3)], 6, 6),
    ([operand("a", 3, shift=3), operand("b", 3), operand("a", 3, negative=True)], 6, 3),
    ([operand("a", 4), operand("b", 4), operand("c", 4)], 6, 8),
    ([operand("a", 4, signed=True), operand("b", 1), operand("c", 3)], 6, 3),
    ([operand("a", 4, negative=True)], 5, 0),
    ([operand("a", 4)], 4, 0),
])  # fmt: skip
def test_luts_of_a_sum(operands, width, luts):
    made = Luts()
    total(made, operands, width, "sum")
    assert len(made) == pytest.approx(luts, abs=1)


def test_low_bits_of_one_operand_are_the_sum():
    made = total(Luts(), [operand("a", 4), operand("b", 4, shift=2)], 7, "sum")
    assert made[:2] == (wire("a0"), wire("a1"))
    assert made[2:] == tuple(wire(f"sum.{k}") for k in range(2, 7))


def test_functions_of_bits():
    a, b = wire("a"), wire("b")
    assert both(a, inverse(a)) == ZERO
    assert both(a, ONE) == a
    assert both(a, b) == (("a", "b"), 0b1000)
    assert table(("a", "b"), 0b1010) == a
