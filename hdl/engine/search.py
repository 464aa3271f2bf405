"""Multi-threshold activation whose thresholds change while it runs."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number

__all__ = ["Search"]


class Search(wiring.Component):
    r"""Count thresholds: :math:`o_c = \#\{k : x_c \ge t_{c,k}\}` of each column c.

    By binary search, one bit of the count a cycle, highest first: stage s compares x with one of
    2^s thresholds, and needs those only. One result a cycle, ``config.latency`` cycles later.

    Members
    -------
    x : ``In(ArrayLayout(config.x.shape, cols))``
        Sums.
    t0, t1, … : ``In(ArrayLayout(config.x.shape, 2^s * cols))``
        Of stage s, s cycles after x, the thresholds that it may need: those of column 0 first,
        ascending; see ``config.of``.
    o : ``Out(ArrayLayout(stages, cols))``
        The counts.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Columns, most thresholds of one, and the sums. A threshold x.high is never reached."""

        cols: int
        levels: int
        x: Number

        def __post_init__(self) -> None:
            positive("Search", cols=self.cols, levels=self.levels)

        @property
        def stages(self) -> int:
            """Bits of the count."""
            return self.levels.bit_length()

        latency = stages

        def of(self, stage: int, thresholds: list) -> list:
            """The thresholds of stage s of a column's ``2^stages - 1``."""
            span = 1 << self.stages - stage
            return thresholds[span // 2 - 1 :: span]

    def __init__(self, config: Config) -> None:
        self.config = config
        shape = config.x.shape
        super().__init__({
            "x": In(data.ArrayLayout(shape, config.cols)),
            **{f"t{s}": In(data.ArrayLayout(shape, config.cols << s))
               for s in range(config.stages)},
            "o": Out(data.ArrayLayout(config.stages, config.cols)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        for column in range(self.config.cols):
            m.d.comb += self.o[column].eq(self._count(m, column))
        return m

    def _count(self, m: Module, column: int) -> Value:
        config = self.config
        x, count = self.x[column], Const(0, 0)
        for stage in range(config.stages):
            thresholds = getattr(self, f"t{stage}")
            some = [thresholds[(column << stage) + k] for k in range(1 << stage)]
            for bit in count:
                some = [Mux(bit, high, low) for low, high in zip(some[::2], some[1::2])]
            reached = Signal(name=f"reached{column}_{stage}")
            m.d.comb += reached.eq(x >= some[0])
            later = Signal(stage + 1, name=f"count{column}_{stage}", reset_less=True)
            m.d.sync += later.eq(Cat(reached, count))
            if stage < config.stages - 1:
                after = Signal(config.x.shape, name=f"x{column}_{stage}", reset_less=True)
                m.d.sync += after.eq(x)
                x = after
            count = later
        return count
