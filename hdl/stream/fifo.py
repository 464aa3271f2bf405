"""First-in first-out queue between two streams, in the storage that suits its size, or is asked."""

from dataclasses import dataclass
from typing import Literal

from amaranth.hdl import Const, Module, Mux, Shape, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl import memory
from hdl.checks import positive, width
from hdl.counter import after, before
from hdl.stream.register_slice import RegisterSlice

__all__ = ["FIFO"]

# The read multiplexer of a deeper LUT RAM has more than two levels and ends in a register.
_LUT_DEPTH = 512

# A memory read through a register, so small and no deeper, is LUT RAM by yosys' choice, others
# are block RAM.
_BUFFERED_BITS, _BUFFERED_DEPTH = 2048, 1024

_STYLES = {"lut": "distributed", "bram": "block"}


class FIFO(wiring.Component):
    """Queue a stream: :math:`o_n = i_n`.

    Accepts exactly :py:`config.depth` transfers while the consumer takes none. A transfer into
    the empty queue leaves :py:`config.latency` cycles later; one can enter and one leave every
    cycle. Ready of the input and valid of the output are registers, and so is the write enable of
    the memory: there is no combinational path between the two sides.

    Parameters
    ----------
    config : :class:`FIFO.Config`

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        Lanes.
    o : ``Out(stream.Signature(data.ArrayLayout(config.width, config.lanes)))``
        The same lanes.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of a queue; :py:`width` is the bits or the Amaranth shape of a lane.

        :py:`style` is ``auto``, or ``lut`` or ``bram`` for what else :py:`storage` would choose.
        Two entries have no memory, so that theirs is ``auto``.

        Raises
        ------
        TypeError
            If the depth is no integer of at least 2, or the style is of another kind.
        ValueError
            If two entries are asked to lie in a memory.
        """

        depth: int
        width: int | Shape
        lanes: int
        style: Literal["auto", "lut", "bram"] = "auto"

        interval = 1

        def __post_init__(self) -> None:
            if not isinstance(self.depth, int) or self.depth < 2:
                raise TypeError(f"FIFO depth must be an integer of at least 2, not {self.depth!r}")
            width("FIFO", width=self.width)
            positive("FIFO", lanes=self.lanes)
            if self.style not in ("auto", *_STYLES):
                raise TypeError(f"FIFO style must be auto, lut or bram, not {self.style!r}")
            if self.depth == 2 and self.style != "auto":
                what = "FIFO style must be auto for two entries, which are registers"
                raise ValueError(f"{what}, not {self.style!r}")

        @property
        def payload(self) -> data.ArrayLayout:
            """Layout of the payload."""
            return data.ArrayLayout(Shape.cast(self.width), self.lanes)

        @property
        def storage_bits(self) -> int:
            """Bits of payload the queue holds."""
            return self.depth * self.payload.size

        @property
        def luts(self) -> int:
            """LUTs of the storage as LUT RAM."""
            return memory.lut_ram(self.payload.size, self.depth)

        @property
        def bram18(self) -> int:
            """Block RAMs of the storage as block RAM; the last entry is the output register."""
            return memory.bram18(self.payload.size, self.depth - 1)

        @property
        def storage(self) -> str:
            """``registers``, ``lut`` or ``bram``: what is asked for, or by the size.

            Two entries are a register slice, cheaper than a LUT RAM with its pointers. Others
            lie in LUT RAM as long as that takes the smaller share of the part, then in block RAM,
            as do deep ones of more than a few bits.
            """
            return self._suits if self.style == "auto" else self.style

        @property
        def _suits(self) -> str:
            """What suits the size."""
            if self.depth == 2:
                return "registers"
            small = self.depth <= _BUFFERED_DEPTH and self.storage_bits <= _BUFFERED_BITS
            if self.depth > _LUT_DEPTH and not small:
                return "bram"
            return "lut" if self.luts <= memory.LUTS_PER_BRAM18 * self.bram18 else "bram"

        @property
        def attrs(self) -> dict[str, str]:
            """What tells synthesis where the memory lies, where it would not lie there anyway."""
            return {} if self.storage == self._suits else {"ram_style": _STYLES[self.style]}

        @property
        def buffered(self) -> bool:
            """Whether the last entry is an output register behind the memory."""
            return self.storage == "bram" or self.depth > _LUT_DEPTH

        @property
        def latency(self) -> int:
            """Cycles from an input transfer into the empty queue to its output transfer."""
            return 2 if self.buffered else 1

        def cycles(self, items: int) -> int:
            """Cycles from the first input transfer to the last output transfer."""
            return items - 1 + self.latency

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(config.payload)),
            "o": Out(stream.Signature(config.payload)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        if config.storage == "registers":
            two = RegisterSlice.Config(shape=config.width, lanes=config.lanes)
            m.submodules.queue = queue = RegisterSlice(two)
            wiring.connect(m, wiring.flipped(self.i), queue.i)
            wiring.connect(m, queue.o, wiring.flipped(self.o))
            return m

        words = config.depth - config.buffered
        write, read, room = Signal(), Signal(), Signal(init=1)
        there = self._levels(m, words, write, read, room)
        storage = Memory(shape=config.payload.size, depth=words, init=[], attrs=config.attrs)
        m.submodules.storage = storage
        put = storage.write_port()
        get = storage.read_port(domain="sync" if config.buffered else "comb")
        m.d.comb += [
            self.i.ready.eq(room),
            write.eq(self.i.valid & room),
            put.addr.eq(self._pointer(m, words, write, "put")),
            put.data.eq(self.i.payload.as_value()),
            put.en.eq(room),  # what is not valid is written again
            get.addr.eq(self._pointer(m, words, read, "get")),
            self.o.payload.as_value().eq(get.data),
        ]
        if not config.buffered:
            m.d.comb += [read.eq(self.o.ready & there), self.o.valid.eq(there)]
            return m
        m.d.comb += [read.eq((self.o.ready | ~self.o.valid) & there), get.en.eq(read)]
        with m.If(self.o.ready | ~self.o.valid):
            m.d.sync += self.o.valid.eq(there)
        return m

    def _levels(self, m: Module, words: int, write: Value, read: Value, room: Signal) -> Signal:
        """Whether words of the memory are free, and taken: registers, which nothing delays."""
        level, there = Signal(range(words + 1)), Signal()
        with m.If(write ^ read):
            m.d.sync += [
                level.eq(Mux(write, after(level, Const(0)), before(level))),
                room.eq(read | (level != words - 1)),
                there.eq(write | (level != 1)),
            ]
        return there

    def _pointer(self, m: Module, words: int, step: Value, name: str) -> Signal:
        place = Signal(range(words), name=name)
        with m.If(step):
            m.d.sync += place.eq(after(place, place == words - 1))
        return place
