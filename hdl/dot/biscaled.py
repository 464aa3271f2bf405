"""Dot products of BiScaled fixed point: each number has one of two scales."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Fabric, Kind
from hdl.dot.biscaled_words import integer, integer_of, luts, word
from hdl.dot.booth import Booth
from hdl.dot.operands import narrow
from hdl.dot.select import Dot, select
from hdl.number import Number

__all__ = ["BiScaled", "refuse_operands"]


class BiScaled(wiring.Component):
    r"""Sum of products: :math:`o = \sum_i q_{x,i} q_{w,i} 2^{d_x s_{x,i} + d_w s_{w,i}}`.

    Any number of a side that is scaled is fine or wide: its word has q in the lowest bits and above
    them its selector s. d_x = ``x_shift`` and d_w = ``w_shift``; a side whose shift is 0 has plain
    integers, its words. So products are shifted by 0, d or 2 d where both sides have the same d.
    Shiftable fixed point is the same with the inverse selectors.

    A shift of the product is one of a factor, where it takes fewer LUTs: words become integers of
    q's and d's bits, two bits by a LUT, and ``config.inner`` multiplies them. LUTs of a product of
    n = 6, d = 2 at 16 lanes, where plain 6 x 6 takes 23.6 and plain 8 x 8 39.8: 33.9 with one side
    scaled; 47.8 with both, which buys storage and bandwidth only. Weights of which few are wide
    take 26.6 by :class:`hdl.dot.biscaled_blocks.BiScaledBlocks`, which is the default for these.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0; the lanes of stage s (``config.stages``) are read s enabled cycles later.
    A lane in which x or w is zero adds nothing.

    S. Jain et al., "BiScaled-DNN: Quantizing Long-tailed Datastructures with Two Scale Factors for
    Deep Neural Networks", DAC 2019.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Words, lane 0 lowest, each lane in its stage.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, q of both sides, their shifts, and what it is made of.

        rows_per_stage : rows of a chain between registers, as of Booth.
        """

        lanes: int
        qx: Number
        qw: Number
        x_shift: int = 0
        w_shift: int = 0
        fabric: Kind = "xilinx"
        rows_per_stage: int = 1

        multiplier = False

        def __post_init__(self) -> None:
            positive("BiScaled", lanes=self.lanes, rows_per_stage=self.rows_per_stage)
            refuse_operands("BiScaled", (self.qx, self.x_shift), (self.qw, self.w_shift))
            if not self.x_shift and not self.w_shift:
                raise ValueError("BiScaled shifts must not both be 0")

        @property
        def x(self) -> Number:
            """The word of an input."""
            return word(self.qx, self.x_shift)

        @property
        def w(self) -> Number:
            """The word of a weight."""
            return word(self.qw, self.w_shift)

        @cached_property
        def inner(self) -> Dot:
            """What multiplies: Booth rows, where there are carry chains."""
            x, w = integer(self.qx, self.x_shift), integer(self.qw, self.w_shift)
            if self.fabric == "xilinx":
                return Booth.Config(lanes=self.lanes, x=x, w=w, rows_per_stage=self.rows_per_stage)
            return select(x, w, self.lanes, fabric=self.fabric)

        @property
        def product(self) -> Number:
            """One lane's product."""
            return self.inner.product

        @property
        def o(self) -> Number:
            """The sum."""
            return self.inner.o

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: in order, the first first."""
            return self.inner.stages

        @property
        def luts(self) -> int:
            """LUTs of the shifts and of what multiplies."""
            return self._shifts + self.inner.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self._shifts + self.inner.estimate

        @property
        def _shifts(self) -> int:
            return self.lanes * (luts(self.qx, self.x_shift) + luts(self.qw, self.w_shift))

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return self.inner.latency

        def build(self) -> "BiScaled":
            """The circuit."""
            return BiScaled(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.lanes * config.w.width),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        fab = Fabric(m, platform, config.fabric)
        sides = ((self.x, config.qx, config.x_shift, "x"), (self.w, config.qw, config.w_shift, "w"))
        x, w = (self._integers(fab, *side) for side in sides)
        m.submodules.dot = dot = config.inner.build()
        m.d.comb += [dot.en.eq(self.en), dot.x.eq(x), dot.w.eq(w), self.o.eq(dot.o)]
        return m

    def _integers(self, fab: Fabric, port: Value, q: Number, shift: int, name: str) -> Value:
        """The integers of all words of a side, lane 0 lowest."""
        width = word(q, shift).width
        return Cat(*(integer_of(fab, port.word_select(lane, width), q, shift, f"{name}{lane}")
                     for lane in range(self.config.lanes)))  # fmt: skip


def refuse_operands(owner: str, *sides: tuple[Number, int]) -> None:
    """Refuse numbers and shifts that no circuit here multiplies.

    Raises
    ------
    TypeError
        If a shift is no integer from 0 up.
    ValueError
        If a number is bipolar or, shifted, too wide.
    """
    for q, shift in sides:
        if not isinstance(shift, int) or shift < 0:
            raise TypeError(f"{owner} shifts must be integers from 0 up, not {shift!r}")
        if q.bipolar:
            raise ValueError(f"{owner} operands must not be bipolar")
        narrow(f"{owner} operands, shifted,", integer(q, shift))
