"""Packing: the beats of frames to words of a memory, in which they leave no gap."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axis, word
from hdl.bus.packing import Packing
from hdl.counter import walk
from hdl.lookup import lookup
from hdl.stream.converter import Converter

__all__ = ["Pack"]


class Pack(wiring.Component):
    r"""Put frames behind each other: byte f F + n of the words is byte n of frame f.

    A frame has F = ``config.frame_bytes`` bytes, from byte 0 of its first beat on; those of its
    last beat beyond it are dropped. Its beats are counted: TLAST is not looked at. A word is
    offered ``config.latency`` cycles after the beat that fills it, and a frame takes
    ``config.interval`` cycles, when neither side stalls: one cycle a word or beat, whichever are
    more. ``i.tready`` depends on ``o.ready`` within the cycle.

    Parameters
    ----------
    config : :class:`Pack.Config`

    Members
    -------
    clear : ``In(1)``
        Forget what is kept; the next beat begins a frame.
    finish : ``In(1)``
        Whether no more beats come: a word that is filled in part is offered, its other bytes
        unspecified. From when the last beat was taken until the next clear or first beat.
    i : ``In(axis.signature(config.width))``
    o : ``Out(word.signature())``
    """

    class Config(Packing):
        """Bytes of a frame and bits of a beat."""

        @property
        def narrower(self) -> Converter.Config:
            """What makes parts of a beat that holds several."""
            return Converter.Config(width=8, items=self.frame_bytes, i_lanes=self.lanes,
                                    o_lanes=self.part)  # fmt: skip

        @property
        def latency(self) -> int:
            """Cycles from a beat to the first word that it fills."""
            return 1 + (self.narrower.latency if self.lanes > self.part else 0)

    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "clear": In(1), "finish": In(1),
            "i": In(axis.signature(config.width)),
            "o": Out(word.signature()),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m, inner, config = Module(), Module(), self.config
        valid, ready, part = self.i.tvalid, self.i.tready, self.i.tdata
        idle = Const(1)
        if config.lanes > config.part:
            inner.submodules.narrower = narrower = Converter(config.narrower)
            inner.d.comb += [
                narrower.i.payload.as_value().eq(part),
                narrower.i.valid.eq(valid),
                ready.eq(narrower.i.ready),
            ]
            valid, ready = narrower.o.valid, narrower.o.ready
            part, idle = narrower.o.payload.as_value(), ~valid
        self._words(inner, valid, ready, part, self.finish & idle)
        m.submodules.inner = ResetInserter(self.clear)(inner)
        return m

    def _words(self, m: Module, valid: Value, ready: Signal, part: Value, finish: Value) -> None:
        """Join parts: the bytes of one that do not fit into a word begin the next."""
        config = self.config
        en, step, flush = Signal(), Signal(), Signal()
        *_, last = walk(m, step, config.parts, "part")
        place, full, started = self._place(m, step, flush, last)
        m.d.comb += [
            en.eq(self.o.ready | ~self.o.valid),
            ready.eq(en),
            step.eq(en & valid),
            flush.eq(en & finish & started),
        ]
        with m.If(en):
            m.d.sync += self.o.valid.eq((valid & full) | (finish & started))
        units = 8 * config.unit
        count = config.part // config.unit
        for lane in range(config.places):
            # The part's unit k lies in lane place + k, of this word or the next.
            choices = Cat(part.word_select((lane - at) % count, units) for at in range(count))
            turned = choices.word_select(place[: (count - 1).bit_length()], units)
            kept = Signal(units, name=f"kept{lane}", reset_less=True)
            before = Signal(name=f"before{lane}")
            m.d.comb += before.eq(lane < place)
            out = self.o.payload.as_value().word_select(lane, units)
            with m.If(step & (full | ~before)):
                m.d.sync += kept.eq(turned)
            with m.If(en):
                m.d.sync += out.eq(Mux(before, kept, turned))

    def _place(self, m: Module, step: Value, flush: Value, last: Value) -> tuple[Value, ...]:
        """Where the next part begins, whether it fills the word, and whether the word is begun."""
        config = self.config
        if config.places == 1:
            return Const(0, 0), Const(1), Const(0)
        place = Signal(range(config.places))
        after, full = [], []
        for rest in (config.part // config.unit, config.rest // config.unit):
            after.append([(at + rest) % config.places for at in range(config.places)])
            full.append([at + rest >= config.places for at in range(config.places)])
        with m.If(step):
            m.d.sync += place.eq(lookup(m, after[0] + after[1], Cat(place, last), "after"))
        with m.Elif(flush):
            m.d.sync += place.eq(0)
        return place, lookup(m, full[0] + full[1], Cat(place, last), "full"), place != 0
