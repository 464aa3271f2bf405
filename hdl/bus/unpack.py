"""Unpacking: words of a memory, in which frames follow each other without a gap, to beats."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axis, word
from hdl.bus.packing import Packing
from hdl.counter import walk
from hdl.lookup import lookup
from hdl.stream.converter import Converter

__all__ = ["Unpack"]


class Unpack(wiring.Component):
    r"""Give each frame beats of its own: byte n of frame f is byte f F + n of the words.

    A frame has F = ``config.frame_bytes`` bytes, from byte 0 of its first beat on; those of its
    last beat beyond it are zero, and TLAST marks that beat. The first beat comes
    ``config.latency`` cycles after the first word, and a frame takes ``config.interval`` cycles,
    when neither side stalls: one cycle a word or beat, whichever are more. ``i.ready`` depends on
    ``o.tready`` within the cycle.

    A word is kept while bytes of it are left; the next part is selected out of it and the next
    word, by as many places as frames can begin at.

    Parameters
    ----------
    config : :class:`Unpack.Config`

    Members
    -------
    clear : ``In(1)``
        Forget what is kept; the next word begins a frame.
    stop : ``In(1)``
        Whether all frames were given: what is left in the last word may be as long as one. No beat
        is offered. From the cycle after the last beat of the last frame until clear.
    i : ``In(word.signature())``
    o : ``Out(axis.signature(config.width))``
    """

    class Config(Packing):
        """Bytes of a frame and bits of a beat."""

        @property
        def wider(self) -> Converter.Config:
            """What collects parts where a beat holds several."""
            return Converter.Config(width=8, items=self.frame_bytes, i_lanes=self.part,
                                    o_lanes=self.lanes)  # fmt: skip

        @property
        def latency(self) -> int:
            """Cycles from the first word of a frame to its first beat."""
            return 1 + (self.wider.latency if self.lanes > self.part else 0)

    i: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "clear": In(1), "stop": In(1),
            "i": In(word.signature()),
            "o": Out(axis.signature(config.width)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m, inner, config = Module(), Module(), self.config
        valid, ready, part = self._parts(inner)
        if config.lanes > config.part:
            inner.submodules.wider = wider = Converter(config.wider)
            inner.d.comb += [
                wider.i.payload.as_value().eq(part),
                wider.i.valid.eq(valid),
                ready.eq(wider.i.ready),
            ]
            valid, part, out = wider.o.valid, wider.o.payload.as_value(), wider.o.ready
        else:
            out = ready
        *_, last = walk(inner, self.o.tvalid & self.o.tready, config.beats, "beat")
        inner.d.comb += [
            self.o.tdata.eq(part),
            self.o.tvalid.eq(valid & ~self.stop),
            self.o.tlast.eq(last),
            out.eq(self.o.tready & ~self.stop),
        ]
        m.submodules.inner = ResetInserter(self.clear)(inner)
        return m

    def _parts(self, m: Module) -> tuple[Value, Signal, Value]:
        """Valid, ready and payload of a stream of parts; each frame begins in one of its own."""
        config = self.config
        valid, ready, en, step = Signal(), Signal(), Signal(), Signal()
        part = Signal(8 * config.part, reset_less=True)
        *_, last = walk(m, step, config.parts, "part")
        select, wants = self._place(m, step, last)
        bits = self.i.payload.as_value()
        kept = Signal(8 * word.BYTES, reset_less=True)
        choices = []
        for place in range(config.places):
            low = place * config.unit * 8
            both = Cat(kept, bits)[low:] if place else bits  # 0: nothing is kept
            choices.append(both[: len(part)])
        chosen = Cat(choices).word_select(select, len(part))
        if config.rest < config.part:
            cut = 8 * config.rest
            chosen = Cat(chosen[:cut], Mux(last, 0, chosen[cut:]))
        m.d.comb += [
            en.eq(ready | ~valid),
            step.eq(en & (self.i.valid | ~wants)),
            self.i.ready.eq(en & wants),
        ]
        with m.If(en):
            m.d.sync += [valid.eq(step), part.eq(chosen)]
        with m.If(step & wants):
            m.d.sync += kept.eq(bits)
        return valid, ready, part

    def _place(self, m: Module, step: Value, last: Value) -> tuple[Value, Value]:
        """Where in the kept word the next part begins, 0: behind it; whether it needs the next."""
        config = self.config
        if config.places == 1:
            return Const(0, 0), Const(1)
        place = Signal(range(config.places))
        after, wants = [], []
        for rest in (config.part // config.unit, config.rest // config.unit):
            after.append([(at + rest) % config.places for at in range(config.places)])
            # What is not kept is needed; place 0 is all of the next word.
            wants.append([at == 0 or at + rest > config.places for at in range(config.places)])
        with m.If(step):
            m.d.sync += place.eq(lookup(m, after[0] + after[1], Cat(place, last), "after"))
        return place, lookup(m, wants[0] + wants[1], Cat(place, last), "wants")
