"""Weight-stationary systolic array: tiles of matrix products, a vector a cycle."""

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.array.systolic_cell import Cell
from hdl.array.systolic_config import Columns, Config
from hdl.number import Number
from hdl.shared import Shared
from hdl.stream.delay import delay, skew

__all__ = ["Systolic"]


class Systolic(wiring.Component):
    r"""Vectors times a tile of weights: :math:`o_c = \sum_k x_k w_{c,k}`, k < rows * lanes.

    Each cell of rows x cols holds the weights of one dot product of ``lanes`` lanes: row r those of
    k = r lanes to (r + 1) lanes - 1. Operands pass through a row from the left to the right, a hop
    a cycle, partial sums down a column, a cell a cycle. Row r is delayed by r cycles, and a lane
    by its stage of the dot product, once for the whole row; sums wait for those of the last
    column. So a vector comes in one cycle, and its sums leave in one, ``config.latency`` enabled
    cycles later. With XNOR-popcounts a sum is the number of agreeing lanes.

    Weights of the next tile are shifted in while vectors of this one come: with ``w_load`` those of
    one column, the last column first, in ``config.cols`` cycles, any gaps between. ``swap``, from
    the next cycle on, comes with the first vector of the new tile, and travels with it. Shifting
    may begin again ``config.swap_cycles`` enabled cycles later. So a tile takes
    ``config.interval``: its number of vectors, if it is not smaller than the array.

    Matrices that are no multiples of the array: columns beyond are not looked at. Operands beyond
    must add nothing, whatever is there: a lane with ``x_mask`` 0 is 0 (a bipolar -1), a weight with
    ``w_mask`` 0 has the code 0 or, where both operands are bipolar, is +1, which never agrees with
    that -1. Where x is no bipolar, x_mask is enough; where w is none and its code 0 means 0,
    w_mask; of bipolar operands both are needed.

    Parameters
    ----------
    config : :class:`hdl.array.systolic_config.Config`

    Members
    -------
    en : ``In(1)``
        Clock enable of every register; not read without ``config.stalls``.
    x : ``In(config.word * config.x.width)``
        A vector, operand 0 lowest.
    x_mask : ``In(config.word)``
        Whether an operand counts; all do where nothing is connected.
    swap : ``In(1)``
        Whether the vector is the first of the tile that was shifted in.
    w_load : ``In(1)``
        Whether weights are shifted in.
    w : ``In(config.word * config.w.width)``
        Weights of a column, that of operand 0 lowest.
    w_mask : ``In(config.word)``
        Whether a weight counts; all do where nothing is connected.
    o : ``Out(data.ArrayLayout(config.o.shape, config.cols))``
        Sums.
    """

    Config = Config

    def __init__(self, config: Config) -> None:
        self.config = config
        every = (1 << config.word) - 1
        super().__init__({
            "en": In(1),
            "x": In(config.word * config.x.width),
            "x_mask": In(config.word, init=every),
            "swap": In(1),
            "w_load": In(1),
            "w": In(config.word * config.w.width),
            "w_mask": In(config.word, init=every),
            "o": Out(data.ArrayLayout(config.o.shape, config.cols)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = self.en if config.stalls else Const(1)
        both = config.x.bipolar and config.w.bipolar
        x = masked(self.x, self.x_mask, config.x, 0)
        w = masked(self.w, self.w_mask, config.w, int(both))
        before: list[Cell | None] = [None] * sum(some.hops for some in config.columns)
        for row in range(config.rows):
            before = self._row(m, en, row, x[row * config.lanes :], w[row * config.lanes :], before)
        hops = [(some, hop) for some in config.columns for hop in range(some.hops)]
        sums = [delay(m, en, cell.o.as_value(), config.deskew(some, hop), f"o{k}", reset=True)
                for k, (cell, (some, hop)) in enumerate(zip(before, hops))]  # fmt: skip
        m.d.comb += self.o.as_value().eq(Cat(*sums))
        return m

    def _row(self, m: Module, en: Value, row: int, x: list[Value], w: list[Value],
             above: list) -> list:  # fmt: skip
        """The cells of a row, below others: weights shift through all, operands through a kind."""
        config, lanes = self.config, self.config.lanes
        operands = delay(m, en, Cat(*x[:lanes]), row, f"x{row}", reset=True)
        swap = delay(m, en, self.swap, row, f"swap{row}", reset=True)
        weights, load = self._shifted(m, en, row, Cat(*w[:lanes]))
        cells = []
        for kind, some in enumerate(config.columns):
            bits = tuple(count * config.x.width for count in some.dot.stages)
            values, flag = skew(m, en, operands, bits, f"x{row}_{kind}"), swap
            for _ in range(some.hops):
                cell = self._cell(some, first=row == 0)
                m.submodules[f"cell{row}_{len(cells)}"] = cell
                m.d.comb += [cell.en.eq(en), cell.x.eq(values), cell.swap.eq(flag),
                             cell.load.eq(load), cell.w.eq(weights)]  # fmt: skip
                if row:
                    m.d.comb += cell.i.eq(above[len(cells)].o)
                values, flag, weights = cell.next_x, cell.next_swap, cell.next_w
                cells.append(cell)
        return cells

    def _cell(self, some: Columns, first: bool) -> Shared:
        config = self.config
        return Shared(Cell(Cell.Config(columns=some, acc=config.o, first=first,
                                       stalls=config.stalls)))  # fmt: skip

    def _shifted(self, m: Module, en: Value, row: int, w: Value) -> tuple[Value, Value]:
        """A row's weights and whether they are shifted, each lane as late as its operands."""
        config = self.config
        flag = delay(m, en, self.w_load, row, f"load{row}", reset=True)
        stages = config.load_stages
        flags = []
        for stage, count in enumerate(stages):
            flag = delay(m, en, flag, min(stage, 1), f"load{row}_{stage}", reset=True)
            flags += [flag & en if config.stalls else flag] * count
        late = delay(m, en, w, row, f"w{row}", reset=True)
        bits = tuple(count * config.w.width for count in stages)
        return skew(m, en, late, bits, f"w{row}"), Cat(*flags)


def masked(values: Value, mask: Value, number: Number, code: int) -> list[Value]:
    """Each lane, or where it does not count that bit in its place."""
    lanes = [values.word_select(k, number.width) for k in range(len(mask))]
    if code:
        return [lane | ~bit.replicate(number.width) for lane, bit in zip(lanes, mask)]
    return [lane & bit.replicate(number.width) for lane, bit in zip(lanes, mask)]
