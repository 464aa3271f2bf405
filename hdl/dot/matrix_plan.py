"""What a constant integer matrix times a vector adds: shared sums of bits, then one of each row."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hdl.csd import signed_digits
from hdl.dot.constant_sums import Bit, Plan, Sum, below, into_range
from hdl.dot.matrix_share import Term, share
from hdl.number import Number, holding

__all__ = ["plan", "row_ranges"]


class _Signal(NamedTuple):
    """Bits whose sum less offset is an integer of low to high."""

    bits: tuple[Bit, ...]
    offset: int
    low: int
    high: int

    def times(self, term: Term) -> "_Signal":
        """What a term of it adds; -v = weights - offset less the sum of the inverted bits."""
        bits = tuple(bit._replace(column=bit.column + term.shift) for bit in self.bits)
        low, high, offset = (value << term.shift for value in (self.low, self.high, self.offset))
        if not term.negative:
            return _Signal(bits, offset, low, high)
        weights = sum(1 << bit.column for bit in bits)
        return _Signal(tuple(bit.negated() for bit in bits), weights - offset, -high, -low)


def row_ranges(weights: np.ndarray, x: Number) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest dot product of each row of weights (rows, cols)."""
    positive, negative = np.maximum(weights, 0).sum(axis=1), np.minimum(weights, 0).sum(axis=1)
    return positive * x.low + negative * x.high, positive * x.high + negative * x.low


def plan(weights: np.ndarray, x: Number, bias: Sequence[int], signs: bool = False) -> Plan:
    """The sums whose rows are weights @ x + bias, modulo 2^width of :func:`hdl.number.holding`.

    Rows that never change have no bits; the others' widths hold just their values.

    Parameters
    ----------
    weights : int array (rows, cols)
    x : the numbers of a vector, of which column 0 has the lowest wires
    bias : of each row
    signs : whether a row's top bit is to tell that it is 0 or more: of -1 - the row
    """
    weights, bias = np.asarray(weights, np.int64), np.array(bias, np.int64)
    if signs:
        weights, bias = -weights, -1 - bias
    ranges = [(int(low), int(high)) for low, high in zip(*(ends + bias for ends in
                                                           row_ranges(weights, x)))]  # fmt: skip
    if x.bipolar:  # x = 2 bit - 1
        weights, bias = 2 * weights, bias - weights.sum(axis=1)
    signals = [_input(column, x) for column in range(weights.shape[1])]
    shared = share(signed_digits(weights), signals[0].high - signals[0].low)
    sums, wires = [], weights.shape[1] * x.width
    for terms in shared.sums:
        total = _added(signals, terms)
        one, signal = _narrowed(total, wires)
        sums.append(one)
        signals.append(signal)
        wires += one.width
    rows = []
    for terms, start, (least, most) in zip(shared.rows, bias.tolist(), ranges):
        width = holding(least, most).width
        if least == most or (signs and (least >= 0 or most < 0)):
            rows.append(Sum((), int(least < 0), 1) if signs else Sum((), least % 2**width, width))
            continue
        total = _added(signals, terms)
        constant = (start - total.offset) % (1 << width)
        rows.append(_extended(below(total.bits, width), constant, width))
    return Plan(weights.shape[1] * x.width, tuple(sums), tuple(rows))


def _input(column: int, x: Number) -> _Signal:
    """A column of the vector; of a bipolar one its bit."""
    bits = [Bit(x.width * column + k, k) for k in range(x.width)]
    if not x.signed:
        return _Signal(tuple(bits), 0, 0, (1 << x.width) - 1)
    bits[-1] = bits[-1].negated()
    return _Signal(tuple(bits), 1 << x.width - 1, x.low, x.high)


def _added(signals: Sequence[_Signal], terms: Sequence[Term]) -> _Signal:
    parts = [signals[term.signal].times(term) for term in terms]
    return _Signal(
        tuple(bit for part in parts for bit in part.bits),
        sum(part.offset for part in parts),
        sum(part.low for part in parts),
        sum(part.high for part in parts),
    )


def _narrowed(total: _Signal, wires: int) -> tuple[Sum, _Signal]:
    """A shared sum, and the signal of its result, which starts at a wire."""
    size = total.high - total.low
    width = size.bit_length()
    lowest = total.low + total.offset
    constant = into_range(lowest, size, width)
    one = Sum(below(total.bits, width), constant, width)
    offset = total.offset + constant - (lowest + constant >> width << width)
    bits = tuple(Bit(wires + k, k) for k in range(width))
    return one, _Signal(bits, offset, total.low, total.high)


def _extended(bits: tuple[Bit, ...], constant: int, width: int) -> Sum:
    """A row; one that is wires alone, the last of which is a sign, has copies of it above."""
    columns = [bit.column for bit in bits]
    if bits and len(set(columns)) == len(columns):
        top = max(bits, key=lambda bit: bit.column)
        if constant == (1 << width) - (1 << top.column):
            copies = (Bit(top.wire, column, not top.inverted)
                      for column in range(top.column, width))  # fmt: skip
            return Sum((*(bit for bit in bits if bit != top), *copies), 0, width)
    return Sum(bits, constant, width)
