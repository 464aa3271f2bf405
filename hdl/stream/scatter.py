"""Scatter: vectors side by side leave one after the other."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl import memory
from hdl.checks import positive, width
from hdl.stream import halves
from hdl.stream.skid import skid

__all__ = ["Scatter"]


class Scatter(wiring.Component):
    r"""Put B vectors one after the other: :math:`o_{v,k} = i_{k,v}`.

    They come side by side, in ``config.beats`` transfers of B times the lanes,
    :math:`i_k = (i_{k,0}, i_{k,1}, \ldots, i_{k,B-1})`, vector 0's lowest. They leave in as many
    transfers each, all those of vector 0 first: the inverse of :class:`~hdl.stream.gather.Gather`.

    While B vectors are read from one half of a memory, the next B are written into the other. The
    first output transfer comes ``config.latency`` cycles after the first input transfer, and B
    vectors take ``config.interval`` cycles, when neither side stalls. There is no combinational
    path between the two sides.

    Parameters
    ----------
    config : :class:`Scatter.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.width, config.vectors * config.lanes)))``
        Vectors, side by side.
    o : ``Out(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        The same vectors, one after the other.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes; :py:`width` is the bits or the Amaranth shape of a lane."""

        width: int | Shape
        lanes: int
        vectors: int
        beats: int

        def __post_init__(self) -> None:
            width("Scatter", width=self.width)
            positive("Scatter", lanes=self.lanes, vectors=self.vectors, beats=self.beats)

        @property
        def payload(self) -> data.ArrayLayout:
            """Layout of the output."""
            return data.ArrayLayout(Shape.cast(self.width), self.lanes)

        @property
        def i_beats(self) -> int:
            """Input transfers of all vectors."""
            return self.beats

        @property
        def o_beats(self) -> int:
            """Output transfers of all vectors."""
            return self.vectors * self.beats

        @property
        def depth(self) -> int:
            """Words of the memory of each of the vectors: of both halves."""
            return 2 * self.beats

        @property
        def storage_bits(self) -> int:
            """Bits of payload kept."""
            return self.vectors * self.depth * self.payload.size

        @property
        def luts(self) -> int:
            """LUTs of the memories, which are LUT RAM."""
            return memory.lut_ram(self.vectors * self.payload.size, self.depth)

        @property
        def latency(self) -> int:
            """Cycles from the first input transfer to the first output transfer."""
            return self.i_beats + 1

        @property
        def interval(self) -> int:
            """Cycles from so many vectors to the next."""
            return self.o_beats

        def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Cycle of each input and of each output transfer, the consumer always ready.

            ``arrivals`` holds the cycle from which on each input transfer is offered, for one or
            several times so many vectors.
            """
            return halves.depart(arrivals, self.i_beats, self.o_beats)

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        side_by_side = data.ArrayLayout(Shape.cast(config.width), config.vectors * config.lanes)
        super().__init__({
            "i": In(stream.Signature(side_by_side)),
            "o": Out(stream.Signature(config.payload)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en, go, take = Signal(), Signal(), Signal()
        i_address, _, written = halves.address(m, take, config.beats, 1, "i")
        o_address, vector, read = halves.address(m, go, config.beats, config.vectors, "o")
        room, there = halves.ready(m, written, read)
        bits = self.i.payload.as_value()
        m.submodules.words = words = Memory(shape=len(bits), depth=config.depth, init=[],
                                            attrs={"ram_style": "distributed"})  # fmt: skip
        write, port = words.write_port(), words.read_port(domain="comb")
        m.d.comb += [
            self.i.ready.eq(room),
            take.eq(self.i.valid & self.i.ready),
            go.eq(en & there),
            write.addr.eq(i_address),
            write.data.eq(bits),
            write.en.eq(room),  # what is not valid is written again
            port.addr.eq(o_address),
        ]
        payload, valid = Signal(config.payload.size, reset_less=True), Signal()
        with m.If(en):
            m.d.sync += [
                valid.eq(go),
                payload.eq(port.data.word_select(vector, config.payload.size)),
            ]
        m.d.comb += en.eq(skid(m, self.o, valid, payload))
        return m
