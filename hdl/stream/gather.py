"""Gather: several vectors side by side, again and again."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl import memory
from hdl.checks import positive, width
from hdl.stream import halves

__all__ = ["Gather"]


class Gather(wiring.Component):
    r"""Put B vectors side by side: :math:`o_{r,k} = (i_{0,k}, i_{1,k}, \ldots, i_{B-1,k})`.

    The vectors come one after the other, each in ``config.beats`` transfers :math:`i_{v,k}`. They
    leave in as many transfers of B times the lanes, vector 0's lowest, and all of these
    ``config.repeats`` times: :math:`r = 0, 1, \ldots` So a circuit that multiplies vectors with
    the rows of a matrix reads each of its weights once for B vectors.

    While B vectors are read from one half of a memory, the next B are written into the other. The
    first output transfer comes ``config.latency`` cycles after the first input transfer, and B
    vectors take ``config.interval`` cycles, when neither side stalls. There is no combinational
    path between the two sides.

    Parameters
    ----------
    config : :class:`Gather.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        Vectors, one after the other.
    o : ``Out(stream.Signature(data.ArrayLayout(config.width, config.vectors * config.lanes)))``
        The same vectors, side by side.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes; :py:`width` is the bits or the Amaranth shape of a lane."""

        width: int | Shape
        lanes: int
        vectors: int
        beats: int
        repeats: int = 1

        def __post_init__(self) -> None:
            width("Gather", width=self.width)
            positive("Gather", lanes=self.lanes, vectors=self.vectors, beats=self.beats)
            positive("Gather", repeats=self.repeats)

        @property
        def payload(self) -> data.ArrayLayout:
            """Layout of the input."""
            return data.ArrayLayout(Shape.cast(self.width), self.lanes)

        @property
        def i_beats(self) -> int:
            """Input transfers of all vectors."""
            return self.vectors * self.beats

        @property
        def o_beats(self) -> int:
            """Output transfers of all vectors, each time."""
            return self.repeats * self.beats

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
            """LUTs of the memories as LUT RAM."""
            return self.vectors * memory.lut_ram(self.payload.size, self.depth)

        @property
        def bram18(self) -> int:
            """Block RAMs of the memories as block RAM."""
            return self.vectors * memory.bram18(self.payload.size, self.depth)

        @property
        def storage(self) -> str:
            """``lut`` or ``bram``, whichever takes the smaller share of the part."""
            return "lut" if self.luts <= memory.LUTS_PER_BRAM18 * self.bram18 else "bram"

        @property
        def latency(self) -> int:
            """Cycles from the first input transfer to the first output transfer."""
            return self.i_beats + 1

        @property
        def interval(self) -> int:
            """Cycles from so many vectors to the next."""
            return max(self.i_beats, self.o_beats)

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
            "i": In(stream.Signature(config.payload)),
            "o": Out(stream.Signature(side_by_side)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en, go, take = Signal(), Signal(), Signal()
        i_address, vector, written = halves.address(m, take, config.beats, config.vectors, "i")
        o_address, _, read = halves.address(m, go, config.beats, config.repeats, "o")
        room, there = halves.ready(m, written, read)
        m.d.comb += [
            self.i.ready.eq(room),
            take.eq(self.i.valid & self.i.ready),
            en.eq(self.o.ready | ~self.o.valid),
            go.eq(en & there),
        ]
        words = []
        style = {"lut": "distributed", "bram": "block"}[config.storage]
        for number in range(config.vectors):
            kept = Memory(shape=config.payload.size, depth=config.depth, init=[],
                          attrs={"ram_style": style})  # fmt: skip
            m.submodules[f"vector{number}"] = kept
            write, port = kept.write_port(), kept.read_port(domain="comb")
            m.d.comb += [
                write.addr.eq(i_address),
                write.data.eq(self.i.payload.as_value()),
                write.en.eq(room & (vector == number)),  # what is not valid is written again
                port.addr.eq(o_address),
            ]
            words.append(port.data)
        payload = Signal(len(Cat(words)), reset_less=True)
        with m.If(en):
            m.d.sync += [self.o.valid.eq(go), payload.eq(Cat(words))]
        m.d.comb += self.o.payload.as_value().eq(payload)
        return m
