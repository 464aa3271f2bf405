"""XNOR-popcounts with constant weights of a few steps, which are part of the LUTs that count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from operator import xor

import numpy as np
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.blocks import majority
from hdl.compress.fabric import Fabric, Kind
from hdl.dot.bitcount import BitCount
from hdl.dot.triples import Triples, triples
from hdl.number import Number, holding
from hdl.shared import Shared
from hdl.stream.delay import delay

__all__ = ["MOST_STEPS", "Folded"]

MOST_STEPS = 8
"""Three of a LUT's six inputs tell the step, and three are of synapses."""

_SHARED_INPUTS = 5
"""Of a LUT6_2 with two outputs."""


class Folded(wiring.Component):
    r"""Count agreeing lanes of all rows of a step: :math:`o_r = \sum_i xnor(x_i, w_{step,r,i})`.

    Of three lanes :math:`b_i = xnor(x_i, w_i)` one LUT gives the majority out of three x and the
    step, of two rows if the step has no more than two bits:
    :math:`b_0 + b_1 + b_2 = 2 majority(b) + (b_0 \oplus b_1 \oplus b_2)`, and
    :math:`b_0 \oplus b_1 \oplus b_2 = xnor(x_0 \oplus x_1 \oplus x_2, w_0 \oplus w_1 \oplus w_2)`
    is a lane again, the parity of x being shared by all rows: so on until one lane is left, the
    lowest bit of the result. The majorities, one for two lanes, are counted by a compressor tree.

    Pipelined: one result a cycle, all rows ``config.latency`` enabled cycles after x and step.
    ARITHMETIC.md, section 4, tells what else was tried.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    step : ``In(range(steps))``
        Which weights; from 0 to steps - 1.
    x : ``In(simd)``
        Bipolar inputs of all rows, lane 0 in bit 0.
    o : ``Out(pe * config.o.width)``
        The counts, row 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The weights and what they are made of.

        steps : how many weights each lane of a row has, 2 to 8.
        pe : rows.
        simd : lanes of a row.
        weights : int8 -1 and 1, step by step, row by row; see :meth:`of`.
        """

        steps: int
        pe: int
        simd: int
        weights: bytes
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("Folded", steps=self.steps, pe=self.pe, simd=self.simd)
            if not 2 <= self.steps <= MOST_STEPS:
                raise ValueError(f"Folded steps must be from 2 to {MOST_STEPS}, not {self.steps}")
            size = self.steps * self.pe * self.simd
            if len(self.weights) != size:
                raise ValueError(f"Folded weights must be {size} numbers, not {len(self.weights)}")
            if not np.isin(np.frombuffer(self.weights, np.int8), (-1, 1)).all():
                raise ValueError("Folded weights must be -1 and 1 only")

        @classmethod
        def of(cls, weights: np.ndarray, fabric: Kind = "xilinx") -> "Folded.Config":
            """Of weights (steps, pe, simd)."""
            if weights.ndim != 3:
                shape = weights.shape
                what = f"of shape (steps, pe, simd), not {shape}"
                raise ValueError(f"Folded weights must be {what}")
            steps, pe, simd = weights.shape
            small = np.clip(weights, -2, 2).astype(np.int8).tobytes()
            return cls(steps=steps, pe=pe, simd=simd, weights=small, fabric=fabric)

        @property
        def o(self) -> Number:
            """The count of a row as a number."""
            return holding(0, self.simd)

        @property
        def triples(self) -> Triples:
            """Which lanes, and parities of lanes, are taken together."""
            return triples(self.simd)

        @cached_property
        def count(self) -> BitCount.Config | None:
            """Counts the majorities of a row, stages being cycles after the first tables."""
            stages = self.triples.stages
            return BitCount.Config(stages=stages, fabric=self.fabric) if stages else None

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: all at once."""
            return (self.simd,)

        @property
        def latency(self) -> int:
            """Enabled cycles from inputs to results."""
            return 1 + (self.count.latency if self.count else 0)

        @property
        def luts(self) -> int:
            """LUTs of parities, tables and trees; yosys makes more where bits wait for others.

            Three registers in a row are a shift register to it, a LUT: up to three of a row.
            """
            made = self.triples
            pairs = -(-self.pe // 2)  # of rows, with a table in common
            tables = (pairs if self.joint(len(one)) else self.pe for one in made.triples)
            trees = self.pe * (self.count.luts if self.count else 0)
            return len(made.groups) + sum(tables) + pairs + trees

        def joint(self, operands: int) -> bool:
            """Whether a LUT holds the tables of two rows."""
            return operands + (self.steps - 1).bit_length() <= _SHARED_INPUTS

        def build(self) -> "Folded":
            """The circuit."""
            return Folded(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "step": In(range(config.steps)),
            "x": In(config.simd),
            "o": Out(config.pe * config.o.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        made = config.triples
        wires = _Wires(m, Fabric(m, platform, config.fabric), self.en, self.x, made)
        steps = [self.step]
        for cycle in range(config.latency - 1):
            steps.append(delay(m, self.en, steps[-1], 1, f"step{cycle}"))
        weights = self._weights()
        planes: list[list[Signal]] = [[] for _ in made.stages]
        for number, operands in enumerate(made.triples):
            cycle = made.cycle(operands)
            plane = self._plane(m, platform, f"t{number}", wires.at(operands, cycle), steps[cycle],
                                weights[list(operands)])  # fmt: skip
            planes[cycle].append(plane)
        last = config.latency - 1
        low = self._plane(m, platform, "low", wires.at((made.root,), last), steps[last],
                          weights[[made.root]])  # fmt: skip
        majorities = [plane for some in planes for plane in some]
        outputs = []
        for row in range(config.pe):
            high = []
            if config.count:
                dot = Shared(config.count.build())
                m.submodules[f"row{row}"] = dot
                m.d.comb += [dot.en.eq(self.en), dot.x.eq(Cat(one[row] for one in majorities))]
                high.append(dot.o)
            outputs.append(Cat(low[row], *high)[: config.o.width])
        m.d.comb += self.o.eq(Cat(*outputs))
        return m

    def _weights(self) -> np.ndarray:
        """Of each lane and parity, of each row, a bit a step, that of step 0 lowest."""
        config = self.config
        shape = (config.steps, config.pe, config.simd)
        ones = (np.frombuffer(config.weights, np.int8).reshape(shape) > 0).astype(np.int64)
        lanes = (ones << np.arange(config.steps)[:, None, None]).sum(axis=0).T
        found = np.zeros((len(config.triples.depths), config.pe), np.int64)
        found[: config.simd] = lanes
        for parity, operands in config.triples.parities:
            # A third lane that never agrees, of input 0, has the weight 1.
            third = (1 << config.steps) - 1 if len(operands) == 2 else 0
            found[parity] = np.bitwise_xor.reduce(found[list(operands)]) ^ third
        return found

    def _plane(self, m: Module, platform, name: str, wires: Sequence[Value], step: Value,
               weights: np.ndarray) -> Signal:  # fmt: skip
        """A register of tables, one of each row, for weights (wires, pe)."""
        config = self.config
        part = Module()
        m.submodules[name] = part
        fab = Fabric(part, platform, config.fabric)
        inputs = [*wires, *step]
        rows = [_table(tuple(masks), len(step)) for masks in weights.T.tolist()]
        found = []
        if config.joint(len(wires)):
            for row in range(0, config.pe, 2):
                f5 = rows[row + 1] if row + 1 < config.pe else _nothing
                found += fab.lut2(f"rows{row}", inputs, rows[row], f5)
        else:
            found += [fab.lut6(f"row{row}", inputs, one)[0] for row, one in enumerate(rows)]
        plane = Signal(config.pe, name="plane", reset_less=True)
        with part.If(self.en):
            part.d.sync += plane.eq(Cat(*found[: config.pe]))
        return plane


class _Wires:
    """Lanes and parities of lanes, each in the cycle in which it is wanted."""

    def __init__(self, m: Module, fab: Fabric, en: Value, x: Value, made: Triples) -> None:
        self._m, self._en = m, en
        self._found = {(lane, 0): value for lane, value in enumerate(x)}
        for number, group in enumerate(made.groups):
            cycle = made.cycle(group.operands)
            parities = [parity for parity, _ in group.triples]
            first = len(group.triples[0][1])
            taken = self.at(group.operands, cycle)
            f5 = _parity(first) if len(parities) == 2 else _nothing
            both = fab.lut2(f"parity{number}", taken, _parity(len(taken)), f5)
            for parity, value in zip(reversed(parities), both):
                ready = made.depths[parity] // 2
                kept = delay(m, en, value, ready - cycle, f"parity{parity}")
                self._found[parity, ready] = kept

    def at(self, operands: Sequence[int], cycle: int) -> list[Value]:
        """The values of lanes and parities in a cycle."""
        return [self._at(one, cycle) for one in operands]

    def _at(self, one: int, cycle: int) -> Value:
        if (one, cycle) not in self._found:
            before = self._at(one, cycle - 1)
            self._found[one, cycle] = delay(self._m, self._en, before, 1, f"x{one}_{cycle}")
        return self._found[one, cycle]


def _parity(count: int) -> Callable:
    """Of the first so many bits."""
    return lambda *bits: reduce(xor, bits[:count])


def _nothing(*bits):
    return 0


def _table(weights: tuple[int, ...], address: int) -> Callable:
    """Majority of three lanes of a row, both of two, or one: of wires and the bits of a step.

    Of each wire ``weights`` has a bit a step.
    """
    # A lane agrees with 1 where x does, with 0 where x does not.
    agree = [_polynomial(~mask, address) for mask in weights]
    gate = (lambda a: a, lambda a, b: a & b, majority)[len(weights) - 1]

    def function(*bits):
        products = [1]
        for bit in bits[len(agree) :]:
            products += [bit, *(one & bit for one in products[1:])]
        lanes = (reduce(xor, (products[n] for n in terms), bit) for bit, terms in zip(bits, agree))
        return gate(*lanes)

    return function


@cache
def _polynomial(mask: int, address: int) -> tuple[int, ...]:
    """A function of address bits, bit n of the mask at address n, as a sum of products modulo 2.

    Returns
    -------
    tuple of int
        Of each product, its bits of the address: of 0, which is 1, they are none.
    """
    values = [mask >> n & 1 for n in range(1 << address)]
    for bit in range(address):
        for n in range(1 << address):
            if n >> bit & 1:
                values[n] ^= values[n ^ 1 << bit]
    return tuple(n for n, value in enumerate(values) if value)
