"""Time-shared systolic engine: one array that runs the layers of a network one after the other."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.array.systolic import Systolic
from hdl.bus import axi_copy, axi_read
from hdl.engine.address import Addresses
from hdl.engine.config import Config
from hdl.engine.contents import Contents
from hdl.engine.load import Load
from hdl.engine.mover import Mover
from hdl.engine.parameters import Parameters
from hdl.engine.post import Post
from hdl.engine.queue import queue
from hdl.engine.ring import Ring
from hdl.engine.scratchpad import Scratchpad
from hdl.engine.sequencer import Sequencer
from hdl.engine.sums import Sums
from hdl.engine.tiles import Tiles, run
from hdl.engine.unload import Unload
from hdl.engine.words import POSTS
from hdl.engine.writer import Writer
from hdl.stream.delay import delay
from hdl.stream.halves import ready

__all__ = ["Engine"]

ALWAYS = Const(1)


class Engine(wiring.Component):
    """Runs ``config.program`` on each batch of frames.

    Parameters
    ----------
    config : :class:`Config`
    weights : int array (tiles, cols, rows * lanes)
        Values; lanes that a tile does not use are 0, or +1 where both operands are bipolar.
    bias : int array (sets, cols) or None
        What the sums of a set start from; None for zeros.
    thresholds : int array (sets, cols, levels) or None
        Ascending, in the domain of the sums (bias included), or of the count where both operands
        are bipolar; ``acc.high`` is never to be reached.
    multiplier, shift : int arrays (sets, cols) or None
        Of requantised sums: M0 shifted left, and the right shift.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.i.shape, config.i_map.lanes)))``
        Frames, (H, W, C), each in whole transfers.
    o : ``Out(stream.Signature(ArrayLayout(config.o.shape, config.o_map.lanes)))``
        Frames likewise.
    m_axi_* : ``hdl.bus.axi_read.signature()``
        With ``config.ring``: AXI4 read master; the memory holds ``image`` (bytes) from address 0.
    m_maps_* : ``hdl.bus.axi_copy.signature()``
        With transfers in the program: AXI4 master of a memory for activations.

    Raises
    ------
    ValueError
        If an array has another shape, or a value does not fit.
    """

    Config = Config

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self,
        config: Config,
        weights: np.ndarray,
        bias: np.ndarray | None = None,
        thresholds: np.ndarray | None = None,
        multiplier: np.ndarray | None = None,
        shift: np.ndarray | None = None,
    ) -> None:
        self.config = config
        self._contents = Contents(config, weights, bias, thresholds, multiplier, shift)
        self.image = self._contents.image
        weights = axi_read.signature().members if config.tiles else {}
        maps = axi_copy.signature().members if config.copy else {}
        super().__init__({
            "i": In(config.load_unit.stream), "o": Out(config.unload_unit.stream),
            **{f"m_axi_{name}": member for name, member in weights.items()},
            **{f"m_maps_{name}": member for name, member in maps.items()},
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config, words = self.config, self.config.words
        m.submodules.sequencer = sequencer = Sequencer(words)
        m.submodules.addresses = addresses = Addresses(words)
        m.d.comb += [
            addresses.start.eq(sequencer.start), addresses.one.eq(sequencer.one),
            addresses.layer.eq(sequencer.layer), addresses.half.eq(sequencer.half),
        ]  # fmt: skip
        late = config.address - addresses.latency
        flags = Cat(addresses.valid, addresses.begin, addresses.end, addresses.first)
        flags = delay(m, ALWAYS, flags, late, "flags", reset=True)
        m.d.comb += sequencer.written.eq(
            delay(m, ALWAYS, flags[2], config.retire, "written", reset=True))  # fmt: skip

        x = self._operands(m, sequencer, addresses, late)
        sums = self._array(m, sequencer, x, flags)
        self._finish(m, sequencer, sums, flags)
        return m

    def _operands(self, m: Module, sequencer: Sequencer, addresses: Addresses, late: int) -> Value:
        """The vector that enters the array: from one of two memories, or padding."""
        config, words = self.config, self.config.words
        m.submodules.load = load = Load(config.load_unit)
        m.submodules.inputs = inputs = Scratchpad(config.inputs)
        m.submodules.activations = activations = Scratchpad(config.activations)
        wiring.connect(m, wiring.flipped(self.i), load.i)
        freed = Signal()
        room, _ = ready(m, load.done, freed)
        _, there = ready(m, load.done, sequencer.taken)
        m.d.comb += [
            load.room.eq(room), sequencer.there.eq(there),
            inputs.put.eq(load.address), inputs.write.eq(load.write), inputs.i.eq(load.o),
        ]  # fmt: skip
        asked = Cat(addresses.end & addresses.final, addresses.o_half, addresses.address)
        asked = delay(m, ALWAYS, asked, late, "asked", reset=True)
        bits = (config.i_words - 1).bit_length()
        m.d.comb += [
            freed.eq(asked[0]),
            inputs.address.eq(Cat(asked[2:][:bits], _zeros(bits - words.address), asked[1])),
        ]
        self._asked = asked[2:]
        mask = Cat(addresses.source, addresses.padding, addresses.outside)
        mask = delay(m, ALWAYS, mask, late, "mask")
        source, padding = mask[0], mask[1 : 1 + words.x_width]
        outside = mask[1 + words.x_width :]
        x, width = Signal(len(inputs.o), reset_less=True), len(inputs.o) // config.groups
        for group in range(config.groups):
            some = [memory.o.word_select(group, width) for memory in (activations, inputs)]
            instead = padding.replicate(config.cols)
            m.d.sync += x.word_select(group, width).eq(
                Mux(outside[group], instead, Mux(source, some[1], some[0])))  # fmt: skip
        self._activations = activations
        return x

    def _array(self, m: Module, sequencer: Sequencer, x: Value, flags: Value) -> Value:
        """The sums of all columns, added over passes."""
        config = self.config
        m.submodules.array = array = Systolic(config.array)
        m.submodules.sums = sums = Sums(config.sums)
        tiles = self._tiles(m, sequencer)
        after = config.vector - config.address
        m.d.comb += [
            array.en.eq(1), array.x.eq(x), array.w.eq(tiles.w), array.w_load.eq(tiles.w_load),
            array.swap.eq(delay(m, ALWAYS, flags[1], after, "swap", reset=True)),
            sums.i.eq(array.o),
        ]  # fmt: skip
        return sums

    def _tiles(self, m: Module, sequencer: Sequencer) -> Tiles | Ring:
        """The weights of the next pass, as soon as the array can take them."""
        config = self.config
        boots = Signal(init=1)
        m.d.sync += boots.eq(0)
        load = delay(m, ALWAYS, sequencer.start | boots, config.load, "load", reset=True)
        if config.tiles is None:
            m.submodules.tiles = tiles = Tiles(config.weights, config.cols, self._contents.weights)
            m.d.comb += [tiles.load.eq(load), tiles.tile.eq(sequencer.one.tile),
                         sequencer.ready.eq(1)]  # fmt: skip
            return tiles
        m.submodules.tiles = ring = Ring(config.tiles)
        shifted = delay(m, ALWAYS, ring.loading, config.shift - 1, "shifted", reset=True)
        ready = Signal(name="weights_ready")
        m.d.sync += ready.eq(shifted | (ready & ~sequencer.start))
        m.d.comb += [ring.load.eq(load), sequencer.ready.eq(ready)]
        connect(m, self, ring.bus, "m_axi")
        return ring

    def _finish(self, m: Module, sequencer: Sequencer, sums: Sums, flags: Value) -> None:
        """From sums to where they are written."""
        config, words = self.config, self.config.words
        at_sums = delay(m, ALWAYS, flags, config.array.latency, "at_sums", reset=True)
        first = at_sums[3]
        m.d.comb += [sums.valid.eq(at_sums[0]), sums.end.eq(at_sums[2]), sums.first.eq(first)]
        m.submodules.post = post = Post(config.post)
        self._parameters(m, sequencer, sums, post, at_sums[1] & first)

        wait = 1 + config.post.latency
        before = delay(m, ALWAYS, at_sums[:3], wait, "at_post", reset=True)
        at_post = delay(m, ALWAYS, before, 1, "at_writer", reset=True)
        fields = Signal(words.late)
        self._carry(m, sequencer, before[1], fields, "late")
        if config.post.limits:
            limits = Signal(words.early)
            self._carry(m, sequencer, delay(m, ALWAYS, at_sums[1], 2, "limit", reset=True), limits,
                        "early")  # fmt: skip
            m.d.comb += [getattr(post, name).eq(limits[name]) for name in config.post.limits]

        m.submodules.writer = writer = Writer(words, x=config.array.x, raw=config.post.raw)
        m.d.comb += [
            post.x.eq(sums.o), post.base.eq(fields.base), post.gain.eq(fields.gain),
            post.odd.eq(fields.odd), post.requantizes.eq(fields.post == POSTS.index("requantize")),
            writer.i.eq(post.o), writer.i_raw.eq(post.raw),
            writer.valid.eq(at_post[0]), writer.begin.eq(at_post[1]), writer.end.eq(at_post[2]),
            writer.fields.eq(fields),
        ]  # fmt: skip
        self._written(m, sequencer, writer)
        self._outputs(m, sequencer, writer)

    def _written(self, m: Module, sequencer: Sequencer, writer: Writer) -> None:
        """What is written to the activations: by passes or, where there are transfers, by these."""
        config, memory = self.config, self._activations
        word = writer.o.as_value().replicate(config.groups)
        if config.copy is None:
            m.d.comb += [memory.address.eq(self._asked), memory.put.eq(writer.address),
                         memory.write.eq(writer.write), memory.i.eq(word)]  # fmt: skip
            return
        m.submodules.mover = mover = Mover(config.words, config.copy, config.address)
        connect(m, self, mover.bus, "m_maps")
        every = mover.write.replicate(config.groups)
        m.d.comb += [
            mover.wants.eq(sequencer.wants), sequencer.moved.eq(mover.moved),
            mover.start.eq(sequencer.start), mover.o.eq(memory.o),
            memory.address.eq(Mux(mover.busy, mover.address, self._asked)),
            memory.put.eq(Mux(mover.busy, mover.put, writer.address)),
            memory.write.eq(Mux(mover.busy, every, writer.write)),
            memory.i.eq(Mux(mover.busy, mover.i, word)),
        ]  # fmt: skip

    def _carry(self, m: Module, sequencer: Sequencer, pop: Value, o: data.View, name: str) -> None:
        """Fields of a pass and its loops, from its begin at a stage on: the cycle behind pop."""
        words, pushed = self.config.words, Signal(o.shape(), name=f"{name}_in")
        for field in o.shape().members:
            source = sequencer.one if field in words.one.members else sequencer.layer
            m.d.comb += pushed[field].eq(source[field])
        popped = queue(m, sequencer.start, pushed.as_value(), pop, self.config.flying, name)
        with m.If(pop):
            m.d.sync += o.as_value().eq(popped)

    def _parameters(self, m: Module, sequencer: Sequencer, sums: Sums, post: Post,
                    swap: Value) -> None:  # fmt: skip
        """Each part of a set in its time."""
        config, cols, contents = self.config, self.config.cols, self._contents
        first = sequencer.start & sequencer.one.first
        wanted = delay(m, ALWAYS, first, config.parameters_load, "wanted", reset=True)
        name = queue(m, first, sequencer.one.set, wanted, config.flying, "sets")
        place, reads = run(m, wanted, name, cols, "parameter")
        asked = Cat(reads, swap, place)
        bits = config.acc.width
        parts = [(contents.bias, bits, sums.bias, 0)]
        for stage, some in enumerate(contents.thresholds):
            parts.append((some, bits << stage, getattr(post, f"t{stage}"), 2 + stage))
        if contents.scales is not None:
            parts.append((contents.scales, config.post.scale_bits, post.scale, 2))
        for number, (some, width, port, cycles) in enumerate(parts):
            unit = Parameters(config.parameters(width), some)
            m.submodules[f"parameters{number}"] = unit
            mine = delay(m, ALWAYS, asked, cycles, f"parameters{number}", reset=True)
            m.d.comb += [unit.shift.eq(mine[0]), unit.swap.eq(mine[1]), unit.address.eq(mine[2:]),
                         Value.cast(port).eq(unit.o)]  # fmt: skip

    def _outputs(self, m: Module, sequencer: Sequencer, writer: Writer) -> None:
        """The output memory and who reads it."""
        config = self.config
        m.submodules.outputs = outputs = Scratchpad(config.outputs)
        m.submodules.unload = unload = Unload(config.unload_unit)
        _, there = ready(m, writer.final, unload.done)
        room, _ = ready(m, sequencer.taken, unload.done)
        half, bits = Signal(name="o_half"), (config.o_words - 1).bit_length()
        with m.If(writer.final):
            m.d.sync += half.eq(~half)
        spare = _zeros(bits - len(writer.address))
        m.d.comb += [
            sequencer.room.eq(room), unload.there.eq(there),
            outputs.put.eq(Cat(writer.address[:bits], spare, half)),
            outputs.write.eq(writer.output),
            outputs.address.eq(unload.address), outputs.en.eq(unload.en), unload.i.eq(outputs.o),
        ]  # fmt: skip
        for column in range(config.cols):
            value = writer.o_raw[column] if config.raw else writer.o[column]
            if config.o.bipolar and not config.array.x.bipolar:
                value = value > 0
            code = Signal(config.o.shape, name=f"output{column}")
            m.d.comb += [code.eq(value), outputs.i.word_select(column, config.o.width).eq(code)]
        wiring.connect(m, unload.o, wiring.flipped(self.o))


def _zeros(bits: int) -> Const:
    return Const(0, max(0, bits))


def connect(m: Module, top: wiring.Component, bus, prefix: str) -> None:
    """The signals of a master's bus with the members of the top that have their names."""
    for name, member in bus.signature.members.items():
        outer, inner = getattr(top, f"{prefix}_{name}"), getattr(bus, name)
        m.d.comb += outer.eq(inner) if member.flow == Out else inner.eq(outer)
