"""Weight tiles from an external memory, a few of them on chip."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus.axi_read import BURST, AXIRead, signature
from hdl.checks import positive
from hdl.counter import walk
from hdl.engine.scratchpad import Scratchpad
from hdl.stream.delay import delay

__all__ = ["Ring", "Supply", "image"]

BEAT = 64


class Ring(wiring.Component):
    """Tiles of a batch's passes, read in order by AXI, and shifted into the array one by one.

    A tile's columns are words of whole beats, the last column first; tiles follow each other. A
    tile is read when it may and when it is there; then its place is free for another.

    Members
    -------
    bus : ``Out(signature())``
        AXI4 read master.
    load : ``In(1)``
        Whether the next tile may be shifted in.
    loading : ``Out(1)``
        Whether it begins to be: the first word follows ``config.latency + 1`` cycles later.
    w_load, w : ``Out(1)``, ``Out(config.width)``
        The words.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bits of a column's weights, columns, passes of a batch, and tiles on chip.

        latency_of_memory : cycles from an address that the memory takes to its first beat, from
            which on one a cycle comes; what the times are told for.
        """

        width: int
        cols: int
        passes: int
        tiles: int = 2
        bursts: int = 8
        memory_latency: int = 32

        latency = 2

        def __post_init__(self) -> None:
            positive("Ring", width=self.width, cols=self.cols, passes=self.passes,
                     bursts=self.bursts, memory_latency=self.memory_latency)  # fmt: skip
            least = 1 + max(1, -(-(BURST - 1) // self.beats))
            if self.tiles < least:
                raise ValueError(f"Ring tiles must be at least {least}, not {self.tiles}")

        @property
        def groups(self) -> int:
            """Beats of a word."""
            return -(-self.width // BEAT)

        @property
        def beats(self) -> int:
            """Beats of a tile."""
            return self.groups * self.cols

        @property
        def memory(self) -> Scratchpad.Config:
            """Where the tiles are."""
            return Scratchpad.Config(depth=self.tiles * self.cols, groups=self.groups, width=BEAT)

        @property
        def read(self) -> AXIRead.Config:
            """Who reads them."""
            return AXIRead.Config(beats=self.passes * self.beats, room=self.tiles * self.beats,
                                  step=self.beats, bursts=self.bursts)  # fmt: skip

        @property
        def bytes(self) -> int:
            """Of the external memory."""
            return self.passes * self.beats * BEAT // 8

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "bus": Out(signature()),
            "load": In(1),
            "loading": Out(1),
            "w_load": Out(1),
            "w": Out(config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.read = read = AXIRead(config.read)
        m.submodules.memory = memory = Scratchpad(config.memory)
        wiring.connect(m, read.bus, wiring.flipped(self.bus))
        whole = self._fill(m, read, memory)

        waits, tiles, there = Signal(), Signal(range(config.tiles + 1)), Signal()
        m.d.comb += self.loading.eq((waits | self.load) & there)
        m.d.sync += waits.eq((waits | self.load) & ~there)
        with m.If(whole & ~self.loading):
            m.d.sync += [tiles.eq(tiles + 1), there.eq(1)]
        with m.Elif(self.loading & ~whole):
            m.d.sync += [tiles.eq(tiles - 1), there.eq(tiles != 1)]

        runs = Signal()
        _, _, last = walk(m, runs, config.cols, "column")
        place, *_ = walk(m, runs, config.memory.depth, "place")
        with m.If(self.loading):
            m.d.sync += runs.eq(1)
        with m.Elif(last):
            m.d.sync += runs.eq(0)
        word = Signal(config.width, reset_less=True)
        m.d.sync += word.eq(memory.o)
        m.d.comb += [
            memory.address.eq(place), read.free.eq(runs & last), self.w.eq(word),
            self.w_load.eq(delay(m, Const(1), runs, config.latency, "load", reset=True)),
        ]  # fmt: skip
        return m

    def _fill(self, m: Module, read: AXIRead, memory: Scratchpad):
        """Write what comes; returns whether it makes a tile whole."""
        config = self.config
        group, _, full = walk(m, read.valid, config.groups, "group")
        put, *_ = walk(m, read.valid & full, config.memory.depth, "put")
        _, _, last = walk(m, read.valid & full, config.cols, "put_column")
        m.d.comb += [
            memory.put.eq(put),
            memory.i.eq(read.o.replicate(config.groups)),
            *(memory.write[k].eq(read.valid & (group == k)) for k in range(config.groups)),
        ]
        return read.valid & full & last


class Supply:
    """When tiles are there and shifted in: passes are asked for one after the other.

    Parameters
    ----------
    config : of the ring
    load : cycles from the start of a pass to ``load``
    ready : cycles from ``loading`` to when the pass may start
    """

    def __init__(self, config: Ring.Config, *, load: int, ready: int) -> None:
        self._config, self._load, self._ready = config, load, ready
        self._asked: list[int] = []  # when each burst's address is taken
        self._ended: list[int] = []  # when its last beat comes
        self._begin = 0  # beats of the bursts so far
        self._free: list[int] = []  # when each tile's place is free

    def start(self, opened: int) -> int:
        """The earliest start of the next pass, the one before having started in cycle opened."""
        config, number = self._config, len(self._free)
        there = self._arrival((number + 1) * config.beats - 1) + 2
        loading = max(opened + self._load, there)
        self._free.append(loading + config.cols)
        return loading + self._ready

    def _arrival(self, beat: int) -> int:
        """When a beat of those of all batches comes."""
        config, read = self._config, self._config.read
        while self._begin <= beat:
            number = len(self._asked)
            size = read.size(number)
            tile = -(-(self._begin + size) // config.beats) - config.tiles
            # room, enough and arvalid are registers, and so is enough after an address.
            asked = 2 if not number else self._asked[-1] + 2
            if tile > 0:
                asked = max(asked, self._free[tile - 1] + 3)
            if number >= read.bursts:
                asked = max(asked, self._ended[number - read.bursts] + 3)
            first = asked + config.memory_latency
            if number:
                first = max(first, self._ended[-1] + 1)
            self._asked.append(asked)
            self._ended.append(first + size - 1)
            self._begin += size
        return self._ended[-1] - (self._begin - 1 - beat)


def image(tiles: list[list[int]], config: Ring.Config) -> bytes:
    """What lies in the external memory: the words of each pass's tile."""
    size = config.groups * BEAT // 8
    return b"".join(word.to_bytes(size, "little") for words in tiles for word in words)
