"""Upsampling: the nearest neighbour, each pixel repeated across and down."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.memory import lut_ram_in_place
from hdl.number import Number
from hdl.stream.schedule import frames_of, one_a_cycle
from hdl.window.count import count

__all__ = ["Upsample"]


class Upsample(wiring.Component):
    r"""Repeat pixels: :math:`o_{y,x} = i_{\lfloor y/f \rfloor,\lfloor x/g \rfloor}`.

    The map is ``config.height`` rows of ``config.width`` pixels, row by row, each pixel
    ``config.groups`` transfers of ``config.lanes`` channels; so is what leaves, f times as high
    and g times as wide. The first copy of a pixel passes in the cycle in which it is taken in;
    the others come from a memory, one transfer a cycle, while the input waits. ``o.valid`` depends
    on ``i.valid`` and ``i.ready`` on ``o.ready`` within the cycle. The next map may follow without
    a gap.

    The memory has ``config.words`` words: one row, one pixel where rows do not repeat. It is a
    LUT RAM at any size, as block RAM would have to be read a cycle ahead of the input.

    Parameters
    ----------
    config : :class:`Upsample.Config`

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.x.shape, lanes)))``
    o : ``Out(stream.Signature(ArrayLayout(config.x.shape, lanes)))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the map that enters; :py:`factor` is (down, across)."""

        height: int
        width: int
        groups: int
        lanes: int
        factor: tuple[int, int]
        x: Number

        latency = 0

        def __post_init__(self) -> None:
            down, across = self.factor
            positive("Upsample", height=self.height, width=self.width, groups=self.groups,
                     lanes=self.lanes, **{"factor down": down, "factor across": across})

        @property
        def words(self) -> int:
            """Transfers that are kept to be repeated."""
            if self.factor == (1, 1):
                return 0
            return self.groups * (1 if self.factor[0] == 1 else self.width)

        @property
        def luts(self) -> int:
            """LUTs of the LUT RAM."""
            width = self.lanes * self.x.width
            return lut_ram_in_place(width, self.words) if self.words > 1 else 0

        @property
        def counter_bits(self) -> int:
            """Bits of the counters."""
            columns = self.width if self.factor[0] > 1 else 1
            return sum((size - 1).bit_length() for size in (self.groups, columns, *self.factor))

        @property
        def i_beats(self) -> int:
            """Input transfers of a map."""
            return self.height * self.width * self.groups

        @property
        def o_beats(self) -> int:
            """Output transfers of a map."""
            return self.i_beats * self.factor[0] * self.factor[1]

        @property
        def interval(self) -> int:
            """Cycles a map."""
            return self.o_beats

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and of each output transfer, the consumer always ready.

            ``arrivals`` holds the cycle from which on each input transfer of one or several maps
            is offered.
            """
            frames_of(arrivals, self.i_beats)
            down, across = self.factor
            fresh = np.zeros((arrivals.size // (self.width * self.groups), down, self.width,
                              across, self.groups), bool)  # fmt: skip
            fresh[:, 0, :, 0] = True
            offered = np.zeros(fresh.size, int)
            offered[fresh.ravel()] = arrivals
            departed = one_a_cycle(offered)
            return departed[fresh.ravel()], departed

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        layout = ArrayLayout(config.x.shape, config.lanes)
        super().__init__({
            "i": In(stream.Signature(layout)),
            "o": Out(stream.Signature(layout)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        down, across = config.factor
        leave, fresh = Signal(), Signal()
        group, step = count(m, leave, config.groups, "group")
        copy, step = count(m, step, across, "copy")
        column, step = count(m, step, config.width if down > 1 else 1, "column")
        row, _ = count(m, step, down, "row")
        m.d.comb += [
            fresh.eq((copy == 0) & (row == 0)),
            self.o.valid.eq(self.i.valid | ~fresh),
            self.i.ready.eq(self.o.ready & fresh),
            leave.eq(self.o.valid & self.o.ready),
        ]
        word = self.i.payload.as_value()
        if config.words:
            kept = self._keep(m, column * config.groups + group, leave & fresh, word)
            word = Mux(fresh, word, kept)
        m.d.comb += self.o.payload.as_value().eq(word)
        return m

    def _keep(self, m: Module, place: Value, write: Value, word: Value) -> Value:
        """What was written last at the place."""
        if self.config.words == 1:
            kept = Signal(len(word))
            with m.If(write):
                m.d.sync += kept.eq(word)
            return kept
        m.submodules.pixels = memory = Memory(shape=len(word), depth=self.config.words, init=[])
        read, put = memory.read_port(domain="comb"), memory.write_port()
        m.d.comb += [
            read.addr.eq(place),
            put.addr.eq(place),
            put.data.eq(word),
            put.en.eq(write),
        ]
        return read.data
