"""Addition: several streams channel by channel, each with gains."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.lookup import lookup
from hdl.number import Number, holding
from hdl.stream.delay import delay
from hdl.stream.schedule import one_a_cycle

__all__ = ["Add"]

OPERANDS_PER_REGISTER = 3
"""So many operands are added, two adders deep, before a register."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """An operand of a lane's sum: 2^shift x, negated or not, in the beats of gate (None: all)."""

    number: int
    shift: int
    negative: bool
    gate: tuple[int, ...] | None = None


def _terms(number: int, gains: tuple[int, ...]) -> list[Term]:
    """The terms that make gain * x of one input in a lane, given the gain in each beat."""
    low, high = min(gains), max(gains)
    if low == high:  # digits -1, 0 and 1, no two beside each other but 0
        up, down = abs(low) + (abs(low) << 1), abs(low)
        digits = [((up >> k + 1 & 1) - (down >> k + 1 & 1)) for k in range(up.bit_length())]
        return [Term(number=number, shift=k, negative=(digit < 0) != (low < 0))
                for k, digit in enumerate(digits) if digit]  # fmt: skip
    terms = []
    width = holding(low, high).width
    for k in range(width):
        column = tuple(gain >> k & 1 for gain in gains)
        if any(column):
            terms.append(Term(number=number, shift=k, negative=low < 0 and k == width - 1,
                              gate=None if all(column) else column))  # fmt: skip
    return terms


class Add(wiring.Component):
    r"""Add streams by channel: :math:`o_n = \sum_k g_{k,n} x_{k,n}`.

    A frame is a pixel of ``config.items`` channels in ``config.beats`` transfers of
    ``config.lanes``, channel 0 in lane 0 of the first; lanes beyond it in its last transfer are
    unspecified. A bipolar number counts as -1 or +1. One transfer is taken of every input, in the
    same cycle, when all of them offer one; the sum comes ``config.latency`` cycles later, and a
    stalled output stops the pipeline. Every ready depends on ``o.ready`` and every valid within
    the cycle.

    A gain that a lane has in all its channels is a few shifts, else each of its bits switches a
    shift on or off.

    Parameters
    ----------
    config : :class:`Add.Config`

    Members
    -------
    i_0, i_1, … : ``In(stream.Signature(data.ArrayLayout(config.x[k].shape, config.lanes)))``
    o : ``Out(stream.Signature(data.ArrayLayout(config.o.shape, config.lanes)))``

    Raises
    ------
    ValueError
        By the configuration: if gains are neither one nor one for each channel, by input, or o
        cannot hold every sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Numbers of the inputs, and gains of each: one for all channels or one for each."""

        items: int
        lanes: int
        x: tuple[Number, ...]
        gains: tuple[tuple[int, ...], ...]
        o: Number

        def __post_init__(self) -> None:
            positive("Add", items=self.items, lanes=self.lanes)
            if not self.x or len(self.gains) != len(self.x):
                raise ValueError("Add gains must be those of each of at least one input, "
                                 f"not of {len(self.gains)} for {len(self.x)} inputs")
            for k, gains in enumerate(self.gains):
                if len(gains) not in (1, self.items):
                    raise ValueError(f"Add gains of input {k} must be one or {self.items}, "
                                     f"not {len(gains)}")
            low, high = self.bounds
            if self.o.bipolar or low < self.o.low or self.o.high < high:
                raise ValueError(f"Add o must hold sums from {low} to {high}, not {self.o}")

        @property
        def bounds(self) -> tuple[int, int]:
            """The lowest and the highest sum of any channel."""
            low, high = [0] * self.items, [0] * self.items
            for k, x in enumerate(self.x):
                for n in range(self.items):
                    ends = self.gain(k, n) * x.low, self.gain(k, n) * x.high
                    low[n] += min(ends)
                    high[n] += max(ends)
            return min(low), max(high)

        def gain(self, k: int, n: int) -> int:
            """Gain of channel n of input k."""
            return self.gains[k][n if len(self.gains[k]) > 1 else 0]

        @property
        def beats(self) -> int:
            """Transfers of a pixel."""
            return -(-self.items // self.lanes)

        @property
        def interval(self) -> int:
            """Cycles a pixel."""
            return self.beats

        @cached_property
        def terms(self) -> tuple[tuple[Term, ...], ...]:
            """Operands of each lane's sum, the added before the subtracted."""
            lanes = []
            for lane in range(self.lanes):
                channels = list(range(lane, self.items, self.lanes))
                # Where the last beat does not reach a lane, the gain may be any.
                channels = (channels + channels[:1])[:self.beats]
                terms = [term for k in range(len(self.x) if channels else 0)
                         for term in _terms(k, tuple(self.gain(k, n) for n in channels))]
                lanes.append(tuple(sorted(terms, key=lambda term: term.negative)))
            return tuple(lanes)

        @property
        def latency(self) -> int:
            """Cycles from an input transfer to its output transfer."""
            operands, levels = max(len(terms) for terms in self.terms), 1
            while operands > OPERANDS_PER_REGISTER:
                operands, levels = -(-operands // OPERANDS_PER_REGISTER), levels + 1
            return levels

        @property
        def adders(self) -> int:
            """Adders of two operands, of all lanes."""
            return sum(max(0, len(terms) - 1) for terms in self.terms)

        @property
        def registers(self) -> int:
            """Registers of sums, of all lanes, the output's among them."""
            total = 0
            for terms in self.terms:
                operands = len(terms)
                for _ in range(self.latency):
                    operands = -(-operands // OPERANDS_PER_REGISTER)
                    total += operands
            return total

        @property
        def gates(self) -> tuple[tuple[int, ...], ...]:
            """The different gates of terms."""
            return tuple(sorted({term.gate for terms in self.terms for term in terms
                                 if term.gate is not None}))

        def depart(self, *arrivals: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
            """Cycle of each transfer of each input and of the output, the consumer always ready.

            ``arrivals`` holds by input the cycle from which on each transfer is offered.
            """
            accepted = one_a_cycle(np.maximum.reduce(arrivals))
            return (accepted,) * len(arrivals), accepted + self.latency

    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config

        def lanes(number: Number) -> stream.Signature:
            return stream.Signature(data.ArrayLayout(number.shape, config.lanes))

        ports = {f"i_{k}": In(lanes(x)) for k, x in enumerate(config.x)}
        super().__init__({**ports, "o": Out(lanes(config.o))})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        inputs = [getattr(self, f"i_{k}") for k in range(len(config.x))]
        en, valid = Signal(), Signal()
        m.d.comb += [
            en.eq(self.o.ready | ~self.o.valid),
            valid.eq(Cat(i.valid for i in inputs).all()),
        ]
        m.d.comb += [i.ready.eq(en & valid) for i in inputs]
        gates = self._gates(m, en & valid)

        for lane, terms in enumerate(config.terms):
            operands = []
            for term in terms:
                x = config.x[term.number].value(inputs[term.number].payload[lane]) << term.shift
                operand = x if term.gate is None else Mux(gates[term.gate], x, 0)
                operands.append((operand, term.negative))
            m.d.comb += self.o.payload[lane].eq(self._sum(m, en, operands, f"lane{lane}"))
        m.d.comb += self.o.valid.eq(delay(m, en, valid, config.latency, "valid", reset=True))
        return m

    def _gates(self, m: Module, step: Value) -> dict[tuple[int, ...], Value]:
        """Whether the present beat has a term, for each gate that there is."""
        beats = self.config.beats
        gates = self.config.gates
        if not gates:
            return {}
        beat = Signal(range(beats))
        with m.If(step):
            m.d.sync += beat.eq(Mux(beat == beats - 1, 0, beat + 1))
        return {gate: lookup(m, gate, beat, f"gate{k}") for k, gate in enumerate(gates)}

    def _sum(self, m: Module, en: Value, operands: list[tuple[Value, bool]], name: str) -> Value:
        """The sum of operands, each negated or not, after the latency; exact modulo o's width."""
        width, size = self.config.o.width, OPERANDS_PER_REGISTER
        for level in range(self.config.latency):
            sums = []
            for k in range(0, len(operands), size):
                total = Const(0, 0)
                for operand, negative in operands[k:k + size]:
                    total = total - operand if negative else total + operand
                shape = total.shape()
                kept = Shape(min(shape.width, width), shape.signed and shape.width <= width)
                register = Signal(kept, name=f"{name}_{level}_{k // size}", reset_less=True)
                with m.If(en):
                    m.d.sync += register.eq(total)
                sums.append((register, False))
            operands = sums
        return operands[0][0] if operands else Const(0)
