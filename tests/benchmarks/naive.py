"""The same arithmetic as one would write it down, for a synthesiser to make the best of it."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from amaranth.hdl import Array, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.dot.operands import product_sum
from hdl.number import Number, holding

__all__ = ["Quad", "Sum", "constants", "folded", "ones", "products", "xnors"]


class Sum(wiring.Component):
    """A balanced tree of ``+`` over terms of two operands, and a register behind it."""

    def __init__(self, x: int, w: int, o: Number, terms: Callable[[Value, Value], list]) -> None:
        self._terms = terms
        super().__init__({"en": In(1), "x": In(x), "w": In(w), "o": Out(o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        with m.If(self.en):
            m.d.sync += self.o.eq(_balanced(self._terms(self.x, self.w)))
        return m


class Quad(wiring.Component):
    """Four XNOR-popcounts, an accumulator behind each, and comparisons with thresholds."""

    def __init__(self, lanes: int, width: int = 12) -> None:
        self._lanes = lanes
        super().__init__({
            "en": In(1),
            "first": In(1),
            "x": In(lanes),
            "w": In(4 * lanes),
            "thresholds": In(data.ArrayLayout(width, 4)),
            "o": Out(4),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        for k, threshold in enumerate(self.thresholds):
            w = self.w.word_select(k, self._lanes)
            count = Signal(holding(0, self._lanes).shape, name=f"count{k}")
            total = Signal(threshold.shape(), name=f"total{k}")
            with m.If(self.en):
                m.d.sync += count.eq(_balanced(_agreeing(self.x, w)))
                m.d.sync += total.eq(Mux(self.first, 0, total) + count)
                m.d.sync += self.o[k].eq(total >= threshold)
        return m


def xnors(lanes: int) -> Sum:
    """How many lanes agree."""
    return Sum(lanes, lanes, holding(0, lanes), _agreeing)


def ones(lanes: int) -> Sum:
    """How many lanes are 1."""
    return Sum(lanes, 0, holding(0, lanes), lambda x, w: list(x))


def products(lanes: int, x: Number, w: Number) -> Sum:
    """Integer products."""
    return Sum(lanes * x.width, lanes * w.width, product_sum(x, w, lanes),
               partial(_multiplied, lanes, x, w))  # fmt: skip


def constants(weights: Sequence[int]) -> Sum:
    """How many lanes agree with constants -1 and 1."""
    bits = Const(_mask(weights), len(weights))
    return Sum(len(weights), 0, holding(0, len(weights)), lambda x, w: _agreeing(x, bits))


def folded(weights: np.ndarray) -> Sum:
    """How many lanes agree with constants (steps, lanes); w is the step."""
    steps, lanes = weights.shape
    table = [Const(_mask(row), lanes) for row in weights.tolist()]
    return Sum(lanes, (steps - 1).bit_length(), holding(0, lanes),
               lambda x, w: _agreeing(x, Array(table)[w]))  # fmt: skip


def _agreeing(x: Value, w: Value) -> list:
    return list(~(x ^ w))


def _multiplied(lanes: int, x: Number, w: Number, a: Value, b: Value) -> list:
    def of(number: Number, bits: Value, lane: int) -> Value:
        one = bits.word_select(lane, number.width)
        return number.value(one.as_signed() if number.signed else one)

    return [of(x, a, lane) * of(w, b, lane) for lane in range(lanes)]


def _balanced(terms: list) -> Value:
    while len(terms) > 1:
        pairs = [left + right for left, right in zip(terms[::2], terms[1::2])]
        terms = pairs + terms[len(terms) & ~1 :]
    return terms[0]


def _mask(weights: Sequence[int]) -> int:
    return sum(1 << lane for lane, weight in enumerate(weights) if weight > 0)
