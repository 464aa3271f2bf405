"""Pooling over blocks: the largest or the sum of each block of pixels, by channel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from amaranth.hdl import Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.memory import lut_ram_in_place
from hdl.number import Number, holding
from hdl.stream.schedule import frames_of, one_a_cycle
from hdl.stream.skid import skid
from hdl.window.count import count

__all__ = ["Pool"]


class Pool(wiring.Component):
    r"""Pool blocks: :math:`o_{y,x,c} = \max_{k,l} i_{yh+k,xw+l,c}`, or their sum.

    The map is ``config.height`` rows of ``config.width`` pixels, row by row, each pixel
    ``config.groups`` transfers of ``config.lanes`` channels; the kernel h x w is also the stride.
    Rows and columns beyond the last whole block are taken in and dropped. A bipolar number counts
    as -1 or +1, so that the sum of such is signed. One transfer a cycle is taken; the output comes
    one cycle after the transfer that completes its block. A stalled output stops the input, and
    ``i.ready`` is a register. The next map may follow without a gap.

    Unfinished blocks lie in a LUT RAM of ``config.words`` words; where one word is enough it is
    the output register itself, as for the whole map or for the pixels of one window in a row.

    Parameters
    ----------
    config : :class:`Pool.Config`

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, lanes)))``

    Raises
    ------
    ValueError
        By the configuration: if the kernel is larger than the map, or o is not the x of a max or
        cannot hold every sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the map and of the blocks; :py:`kernel` is (rows, columns)."""

        height: int
        width: int
        groups: int
        lanes: int
        kernel: tuple[int, int]
        x: Number
        o: Number
        op: Literal["max", "sum"]

        def __post_init__(self) -> None:
            rows, columns = self.kernel
            positive("Pool", height=self.height, width=self.width, groups=self.groups,
                     lanes=self.lanes, **{"kernel rows": rows, "kernel columns": columns})
            if rows > self.height or columns > self.width:
                raise ValueError(f"Pool kernel must be at most the map ({self.height}, "
                                 f"{self.width}), not {self.kernel}")
            if self.op not in ("max", "sum"):
                raise ValueError(f"Pool op must be 'max' or 'sum', not {self.op!r}")
            if self.op == "max" and self.o != self.x:
                raise ValueError(f"Pool o must be the x of a max, {self.x}, not {self.o}")
            low, high = self.taps * self.x.low, self.taps * self.x.high
            if self.op == "sum" and (
                    self.o.bipolar or low < self.o.low or self.o.high < high):
                raise ValueError(f"Pool o must hold sums from {low} to {high}, not {self.o}")

        @property
        def taps(self) -> int:
            """Pixels of a block."""
            return self.kernel[0] * self.kernel[1]

        @property
        def out_height(self) -> int:
            """Rows of blocks."""
            return self.height // self.kernel[0]

        @property
        def out_width(self) -> int:
            """Blocks of a row."""
            return self.width // self.kernel[1]

        @property
        def words(self) -> int:
            """Unfinished blocks at a time, in transfers."""
            if self.taps == 1:
                return 0
            return self.groups * (1 if self.kernel[0] == 1 else self.out_width)

        @property
        def part(self) -> Number:
            """What an unfinished block may hold."""
            if self.op == "max":
                return self.x
            return holding((self.taps - 1) * self.x.low, (self.taps - 1) * self.x.high)

        @property
        def luts(self) -> int:
            """LUTs of the LUT RAM."""
            width = self.lanes * self.part.width
            return lut_ram_in_place(width, self.words) if self.words > 1 else 0

        @property
        def line(self) -> int:
            """Pixels after which the columns' counters start again: a row, or a block's columns.

            Where only the place within a block matters, a line of one block is as good as any.
            """
            rows, columns = self.kernel
            return columns if rows == 1 and self.width % columns == 0 else self.width

        @property
        def lines(self) -> int:
            """Lines after which the rows' counters start again: a map, or a block's rows."""
            return self.height if self.height % self.kernel[0] else self.kernel[0]

        @property
        def counter_bits(self) -> int:
            """Bits of the counters."""
            bits = (self.groups - 1).bit_length()
            for size, kernel in zip((self.lines, self.line), self.kernel):
                bits += (kernel - 1).bit_length() + (-(-size // kernel) - 1).bit_length()
            return bits

        @property
        def beats(self) -> int:
            """Input transfers of a map."""
            return self.height * self.width * self.groups

        @property
        def interval(self) -> int:
            """Cycles a map."""
            return self.beats

        @property
        def completing(self) -> np.ndarray:
            """Numbers of the input transfers of a map that complete a block, in order."""
            rows = np.arange(1, self.out_height + 1) * self.kernel[0] - 1
            columns = np.arange(1, self.out_width + 1) * self.kernel[1] - 1
            pixels = rows[:, None] * self.width + columns
            return (pixels[:, :, None] * self.groups + np.arange(self.groups)).ravel()

        @property
        def latency(self) -> int:
            """Cycles from the first input transfer of a map to its first output transfer."""
            return int(self.completing[0]) + 1

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and of each output transfer, the consumer always ready.

            ``arrivals`` holds the cycle from which on each input transfer of one or several maps
            is offered.
            """
            frames_of(arrivals, self.beats)
            accepted = one_a_cycle(arrivals)
            maps = accepted.reshape(-1, self.beats)
            return accepted, maps[:, self.completing].ravel() + 1

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(data.ArrayLayout(config.x.shape, config.lanes))),
            "o": Out(stream.Signature(data.ArrayLayout(config.o.shape, config.lanes))),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        (down, across), enable, accept = config.kernel, Signal(), Signal()
        held, valid = Signal(self.o.payload.shape()), Signal()
        m.d.comb += [
            enable.eq(skid(m, self.o, valid, held.as_value())),
            self.i.ready.eq(enable),
            accept.eq(enable & self.i.valid),
        ]
        group, step = count(m, accept, config.groups, "group")
        column, block, step, inside = self._blocks(m, step, config.line, across, "column")
        row, _, _, _ = self._blocks(m, step, config.lines, down, "row")
        first, last = Signal(), Signal()
        m.d.comb += [
            first.eq((row == 0) & (column == 0)),
            last.eq((row == down - 1) & (column == across - 1)),
        ]

        x = list(self.i.payload)
        if config.op == "sum":
            x = [config.x.value(lane) for lane in x]
        with m.If(enable):
            m.d.sync += valid.eq(self.i.valid & last)
        if config.words == 1:  # what is valid has left, or is kept, when one is taken
            with m.If(accept & inside):
                m.d.sync += self._put(held, self._merge(held, x, first))
            return m
        if config.words:
            place = group if down == 1 else block * config.groups + group
            x = self._remember(m, place, accept & inside, x, first)
        with m.If(enable):
            m.d.sync += self._put(held, x)
        return m

    def _blocks(self, m: Module, step: Value, size: int, kernel: int,
                name: str) -> tuple[Value, Value, Value, Value]:
        """Place in a block, the block, the step at the end of the line, whether in a block."""
        blocks, rest = divmod(size, kernel)
        if not rest:
            place, step = count(m, step, kernel, f"{name}_place")
            block, step = count(m, step, blocks, f"{name}_block")
            return place, block, step, Const(1)
        place, block = Signal(range(kernel)), Signal(range(blocks + 1))
        inside = block != blocks
        wraps = Mux(inside, place == kernel - 1, place == rest - 1)
        with m.If(step):
            m.d.sync += place.eq(Mux(wraps, 0, place + 1))
            with m.If(wraps):
                m.d.sync += block.eq(Mux(inside, block + 1, 0))
        return place, block, step & wraps & ~inside, inside

    def _remember(self, m: Module, place: Value, write: Value, x: list[Value],
                  first: Value) -> list[Value]:
        """The lanes of the block at a place with x in it, which the place then holds."""
        config = self.config
        layout = data.ArrayLayout(config.part.shape, config.lanes)
        m.submodules.parts = memory = Memory(shape=layout, depth=config.words, init=[])
        read, put = memory.read_port(domain="comb"), memory.write_port()
        merged = self._merge(read.data, x, first)
        m.d.comb += [read.addr.eq(place), put.addr.eq(place), put.en.eq(write)]
        m.d.comb += self._put(put.data, merged)
        return merged

    def _merge(self, kept, x: list[Value], first: Value) -> list[Value]:
        """Each lane of x with what is kept, of which there is none at the first."""
        pairs = [(kept[lane], value) for lane, value in enumerate(x)]
        if self.config.op == "sum":
            return [Mux(first, 0, old) + new for old, new in pairs]
        if self.config.x.shape == unsigned(1):
            return [new | old & ~first for old, new in pairs]
        return [Mux(first | (new > old), new, old) for old, new in pairs]

    def _put(self, payload, lanes: list[Value]) -> list:
        return [payload[lane].eq(value) for lane, value in enumerate(lanes)]
