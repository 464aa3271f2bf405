"""Lists of wide numbers, decoded to a selector for each number of a block."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive

__all__ = ["IndexList"]


class IndexList(wiring.Component):
    r"""Selectors of a block: :math:`o_i = \exists k < count: p_k = i`.

    The list has a count in its lowest bits and above it ``limit`` positions. So weights in memory
    have a little more than the n bits of their numbers, and before
    :class:`hdl.dot.biscaled.BiScaled` a selector each. A layer with a block in which more are wide
    has the selectors in memory, and not this circuit: no block overflows at run time.

    Pipelined: one list a cycle, ``config.latency`` enabled cycles later.

    S. Jain et al., "BiScaled-DNN: Quantizing Long-tailed Datastructures with Two Scale Factors for
    Deep Neural Networks", DAC 2019.

    Members
    -------
    en : ``In(1)``
        Clock enable of the registers.
    i : ``In(config.width)``
        List.
    o : ``Out(config.block)``
        Selectors, that of position 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Numbers of a block, and how many of them a list may have."""

        block: int
        limit: int

        latency = 1

        def __post_init__(self) -> None:
            positive("IndexList", block=self.block, limit=self.limit)
            if self.limit > self.block:
                what = f"at most its block of {self.block}, not {self.limit}"
                raise ValueError(f"IndexList limit must be {what}")

        @property
        def count(self) -> int:
            """Bits of the count."""
            return self.limit.bit_length()

        @property
        def position(self) -> int:
            """Bits of a position."""
            return (self.block - 1).bit_length()

        @property
        def width(self) -> int:
            """Bits of a list."""
            return self.count + self.limit * self.position

        def build(self) -> "IndexList":
            """The circuit."""
            return IndexList(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "i": In(config.width), "o": Out(config.block)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        count, positions = self.i[: config.count], self.i[config.count :]
        entries = [(k < count, positions.word_select(k, config.position))
                   for k in range(config.limit)]  # fmt: skip
        found = [Cat(*(used & (p == n) for used, p in entries)).any() for n in range(config.block)]
        o = Signal(config.block, name="selectors", reset_less=True)
        with m.If(self.en):
            m.d.sync += o.eq(Cat(*found))
        m.d.comb += self.o.eq(o)
        return m
