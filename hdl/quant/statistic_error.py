"""What the mantissas of a block miss, all lanes together."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.plan import plan as planned
from hdl.compress.tree import compress
from hdl.quant.statistic_lane import Mantissa
from hdl.quant.statistic_step import BlockCode
from hdl.stream.delay import delay

__all__ = ["Errors", "joined"]


class Errors(wiring.Component):
    r"""Error of a block in a step: :math:`o = \sum_k |x_k - 2^s m_k|`, s = r + e.

    From what :class:`hdl.quant.statistic_lane.Mantissa` says of each lane: t being the highest
    mantissa, :math:`\sum (part_k + up_k) + 2^s \#over - 2^s (t + 1) (\#over + \#under)`. For beyond
    the ends a part is all of x, or -x, of which 2^s t is met, or 2^s (t + 1). These lanes are
    counted, their count is shifted, and all is added in a bit heap.
    In units of the sums, or of their 2^r where r is below 0.

    Pipelined: one sum a cycle, ``config.latency`` enabled cycles later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    parts : ``In(lanes * code.magnitude)``
    ups, overs, unders : ``In(lanes)``
        Of the lanes, lane 0 lowest.
    e : ``In(code.exponent)``
        Exponent.
    o : ``Out(config.width)``
        The error.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The lanes, and the code of their mantissas."""

        lanes: int
        code: BlockCode
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("Errors", lanes=self.lanes)

        @property
        def width(self) -> int:
            """Bits of the largest error: all sums lost."""
            return self.code.magnitude + 1 + (self.lanes - 1).bit_length()

        @property
        def ends(self) -> Heap:
            """#over - (t + 1) (#over + #under): of these the complements, and a constant."""
            lanes, top = self.lanes, self.code.bits - self.code.signed
            width = top + lanes.bit_length() + 1
            bits = [lanes, *[0] * (width - 1)]
            bits[top] += lanes
            for column in self.constant(width):
                bits[column] += 1
            return Heap(bits=(tuple(bits),), width=width, fabric=self.fabric)

        def constant(self, width: int) -> list[int]:
            """The columns of -(t + 1) lanes."""
            found = -self.lanes << self.code.bits - self.code.signed
            return [column for column in range(width) if found >> column & 1]

        @cached_property
        def ends_plan(self) -> Plan:
            """The compressor tree of them."""
            return planned(self.ends)

        @property
        def late(self) -> int:
            """Cycles in which these are added up, and shifted."""
            return self.ends_plan.latency + 1

        @property
        def heap(self) -> Heap:
            """Parts and what makes complements negatives; later what the ends meet."""
            parts = [self.lanes] * self.code.magnitude
            parts[0] += self.lanes
            low = min(self.code.right, self.width)
            ends = (0,) * low + (1,) * (self.width - low)
            between = ((),) * (self.late - 1)
            return Heap(bits=(tuple(parts), *between, ends), width=self.width, fabric=self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree."""
            return planned(self.heap)

        @property
        def latency(self) -> int:
            """Enabled cycles from the parts to the error."""
            return self.plan.latency

        def build(self) -> "Errors":
            """The circuit."""
            return Errors(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        lanes, code = config.lanes, config.code
        super().__init__({
            "en": In(1),
            "parts": In(lanes * code.magnitude),
            "ups": In(lanes),
            "overs": In(lanes),
            "unders": In(lanes),
            "e": In(code.exponent),
            "o": Out(config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, code = self.config, self.config.code
        parts = [[self.parts[lane * code.magnitude + k] for lane in range(config.lanes)]
                 for k in range(code.magnitude)]  # fmt: skip
        parts[0] += list(self.ups)
        parts += [[]] * (config.width - len(parts))
        ends = [[bit] for bit in self._ends(m, platform)]
        ends = [[]] * (config.width - len(ends)) + ends
        heap = [parts, *[[[]] * config.width] * (config.late - 1), ends]
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=heap, en=self.en))
        return m

    def _ends(self, m: Module, platform) -> list[Value]:
        """2^e times their sum, modulo the width: config.late cycles later."""
        config, code = self.config, self.config.code
        bits = [[] for _ in range(config.ends.width)]
        bits[0] += list(self.overs)
        beyond = self.overs | self.unders
        bits[code.bits - code.signed] += [Bit(one, inverted=True) for one in beyond]
        for column in config.constant(config.ends.width):
            bits[column].append(Const(1, 1))
        m.submodules.ends = tree = Module()  # two trees of a module have the same names
        count = compress(tree, platform, config.ends_plan, bits=[bits], en=self.en).as_signed()
        e = delay(m, self.en, self.e[: code.flags.bit_length()], config.late - 1, "e_late")
        shifted = Signal(max(0, config.width - code.right), reset_less=True)
        with m.If(self.en):
            m.d.sync += shifted.eq(count << e)
        return list(shifted)


def joined(errors: Errors, en: Value, lanes: list[Mantissa], e: Value) -> list:
    """The statements that connect the mantissas of a block, and their exponent."""
    ports = {"parts": "part", "ups": "up", "overs": "over", "unders": "under"}
    inputs = [getattr(errors, port).eq(Cat(*(getattr(lane, one) for lane in lanes)))
              for port, one in ports.items()]  # fmt: skip
    return [errors.en.eq(en), errors.e.eq(e), *inputs]
