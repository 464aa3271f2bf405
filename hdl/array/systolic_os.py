"""Output-stationary systolic array: a tile of sums stays, operands and weights pass by."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.array.systolic import masked
from hdl.array.systolic_config import Columns
from hdl.array.systolic_os_cell import FLAGS, OutputCell
from hdl.checks import positive
from hdl.dot.select import Dot
from hdl.number import Number
from hdl.shared import Shared
from hdl.stream.delay import delay, skew

__all__ = ["OutputStationary"]


class OutputStationary(wiring.Component):
    r"""A tile of a matrix product: :math:`o_{r,c} = \sum_k x_{r,k} w_{c,k}`, ``lanes`` k a step.

    Each cell of rows x cols keeps one sum. A step brings ``lanes`` operands of every row and as
    many weights of every column, in one cycle; here they are delayed so that operands pass through
    a row from the left to the right and weights through a column from the last row to the first, a
    hop a cycle. ``first`` is the first step of a tile, ``last`` the last one; any cycles may lie
    between steps. With XNOR-popcounts a sum is the number of agreeing lanes.

    Finished sums are copied and shifted out while those of the next tile are made: the cols sums of
    row 0 leave ``config.latency`` enabled cycles after ``last``, those of the next rows in the
    cycles after. So a tile takes ``config.interval`` cycles: its steps, but at least one for each
    row; ``last`` may not come sooner than ``config.rows`` enabled cycles after the one before.

    Matrices that are no multiples of the array: rows and columns beyond are not looked at. Lanes
    beyond must add nothing, whatever is there: see :class:`hdl.array.systolic.Systolic`, of which
    ``x_mask`` and ``w_mask`` are here of the lanes of a step, the same for all rows and columns.

    Parameters
    ----------
    config : :class:`OutputStationary.Config`

    Members
    -------
    en : ``In(1)``
        Clock enable of every register; not read without ``config.stalls``.
    step, first, last : ``In(1)``
        Whether there is a step; whether it is the first and the last of a tile.
    x : ``In(rows * lanes * width)``
        Operands, row 0 lowest, in it lane 0.
    w : ``In(cols * lanes * width)``
        Weights, column 0 lowest, in it lane 0.
    x_mask, w_mask : ``In(lanes)``
        Whether a lane counts; all do where nothing is connected.
    o : ``Out(data.ArrayLayout(config.acc.shape, config.cols))``
        Sums of a row.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of an array.

        rows : cells of a column.
        columns : cells of a row.
        acc : a sum, modulo 2^width, so that only a whole one has to fit.
        stalls : whether there is a clock enable.
        """

        rows: int
        columns: Columns
        acc: Number
        stalls: bool = True

        def __post_init__(self) -> None:
            positive("OutputStationary", rows=self.rows)

        @property
        def dot(self) -> Dot:
            """The dot product of a cell."""
            return self.columns.dot

        @property
        def cols(self) -> int:
            """Sums of a row."""
            return self.columns.count

        @property
        def macs(self) -> int:
            """Products a cycle."""
            return self.rows * self.cols * self.dot.lanes

        @property
        def latency(self) -> int:
            """Enabled cycles from a tile's last step to the sums of row 0."""
            return self.rows + self.columns.hops + self.dot.latency + 1

        def interval(self, steps: int) -> int:
            """Cycles a tile of so many steps, where tiles follow each other."""
            return max(steps, self.rows)

        def cycles(self, steps: int) -> int:
            """Cycles from the first step of a tile to the sums of its last row."""
            return steps - 1 + self.latency + self.rows - 1

    def __init__(self, config: Config) -> None:
        self.config = config
        dot = config.dot
        every = (1 << dot.lanes) - 1
        super().__init__({
            "en": In(1),
            "step": In(1),
            "first": In(1),
            "last": In(1),
            "x": In(config.rows * dot.lanes * dot.x.width),
            "x_mask": In(dot.lanes, init=every),
            "w": In(config.cols * dot.lanes * dot.w.width),
            "w_mask": In(dot.lanes, init=every),
            "o": Out(data.ArrayLayout(config.acc.shape, config.cols)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, dot = self.config, self.config.dot
        en = self.en if config.stalls else Const(1)
        weights = self._weights(m, en)
        above: list[OutputCell] = []
        for depth, flags in enumerate(self._flags(m, en)):
            row = config.rows - 1 - depth  # so that row 0 leaves first
            x = self.x.word_select(row, dot.lanes * dot.x.width)
            x = delay(m, en, self._masked(x, self.x_mask, dot.x, 0), depth, f"x{row}", reset=True)
            bits = tuple(count * dot.x.width for count in dot.stages)
            values, cells = skew(m, en, x, bits, f"x{row}"), []
            for hop in range(config.columns.hops):
                cell = Shared(OutputCell(OutputCell.Config(
                    columns=config.columns, acc=config.acc, first=not depth,
                    stalls=config.stalls)))  # fmt: skip
                m.submodules[f"cell{row}_{hop}"] = cell
                m.d.comb += [cell.en.eq(en), cell.x.eq(values), cell.flags.eq(flags),
                             cell.w.eq(weights[hop])]  # fmt: skip
                if depth:
                    m.d.comb += cell.i.eq(above[hop].o)
                values, flags, weights[hop] = cell.next_x, cell.next_flags, cell.next_w
                cells.append(cell)
            above = cells
        sums = [delay(m, en, cell.o.as_value(), config.columns.hops - 1 - hop, f"o{hop}",
                      reset=True) for hop, cell in enumerate(above)]  # fmt: skip
        m.d.comb += self.o.as_value().eq(Cat(*sums))
        return m

    def _masked(self, values: Value, mask: Value, number: Number, code: int) -> Value:
        return Cat(*masked(values, mask, number, code))

    def _weights(self, m: Module, en: Value) -> list[Value]:
        """Those of each hop, delayed by the hops before."""
        dot, columns = self.config.dot, self.config.columns
        both, found = dot.x.bipolar and dot.w.bipolar, []
        bits = tuple(count * dot.w.width for count in dot.stages)
        for hop in range(columns.hops):
            parts = []
            for col in range(hop * columns.hop, (hop + 1) * columns.hop):
                one = self.w.word_select(col, dot.lanes * dot.w.width)
                one = self._masked(one, self.w_mask, dot.w, int(both))
                one = delay(m, en, one, hop, f"w{col}", reset=True)
                parts.append(skew(m, en, one, bits, f"w{col}"))
            found.append(Cat(*parts))
        return found

    def _flags(self, m: Module, en: Value) -> list[Value]:
        """Of each row, those that are the first to get the weights first.

        A row's sums are done a cycle after those of the row above. They stay until the last row's
        are, then move on, each row's until its next sums are done.
        """
        config = self.config
        ahead = config.dot.latency
        adds = delay(m, en, Cat(self.step, self.first), ahead, "adds", reset=True)
        done = delay(m, en, self.step & self.last, ahead + 1, "done", reset=True)
        start = delay(m, en, done, config.rows - 1, "start", reset=True)
        found = []
        for depth in range(config.rows):
            shift, flags = Signal(name=f"shift{depth}"), Signal(FLAGS, name=f"flags{depth}")
            with m.If(en & start):
                m.d.sync += shift.eq(1)
            with m.Elif(en & done):
                m.d.sync += shift.eq(0)
            m.d.comb += [flags.step.eq(adds[0]), flags.first.eq(adds[1]), flags.done.eq(done),
                         flags.shift.eq(shift)]  # fmt: skip
            found.append(flags)
            adds = delay(m, en, adds, 1, f"adds{depth}", reset=True)
            done = delay(m, en, done, 1, f"done{depth}", reset=True)
        return found
