"""How many bytes the frames of a run take, and whether some of them have not gone."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import walk

__all__ = ["Lengths"]

BITS = 32


class Lengths(wiring.Component):
    """Multiplies a number of frames by the bytes of a frame, a bit a cycle, and compares.

    ``ready`` is set :py:`config.latency` cycles after ``start``, and all outputs hold from then on
    to the next start; ``frames`` and ``bytes`` must hold as long. Multiplying takes two adders.

    Members
    -------
    start : ``In(1)``
        Begins; not before the last one is ready.
    copies : ``In(1)``
        With start: no frames, but ``i_room`` bytes in and as many out.
    frames, i_room, o_room : ``In(32)``
        Frames, the bytes that hold them, and room for the bytes of their results.
    ready : ``Out(1)``
        A strobe.
    i_bytes, o_bytes : ``Out(32)``
        What the frames take, and their results.
    i_wrong : ``Out(1)``
        Whether ``i_room`` is not ``i_bytes``, or the frames are no whole batches, or no bytes are
        copied.
    o_wrong : ``Out(1)``
        Whether ``o_room`` is less than ``o_bytes``, or there are no frames.
    gone : ``In(1)``
        Whether a frame has gone; not before ready.
    more : ``Out(1)``
        Whether frames have not gone: set with ready, where there are some, and none are copied.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bytes of a frame and of its result, and frames of a batch."""

        i_frame_bytes: int
        o_frame_bytes: int
        batch: int = 1

        latency = BITS + 2

        def __post_init__(self) -> None:
            positive("Lengths", i_frame_bytes=self.i_frame_bytes,
                     o_frame_bytes=self.o_frame_bytes, batch=self.batch)  # fmt: skip
            for name in ("i_frame_bytes", "o_frame_bytes", "batch"):
                if getattr(self, name) >= 1 << BITS:
                    what = f"below 2^{BITS}, not {getattr(self, name)}"
                    raise ValueError(f"Lengths {name} must be {what}")

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "start": In(1), "copies": In(1), "frames": In(BITS), "i_room": In(BITS),
            "o_room": In(BITS), "ready": Out(1), "i_bytes": Out(BITS), "o_bytes": Out(BITS),
            "i_wrong": Out(1), "o_wrong": Out(1), "gone": In(1), "more": Out(1),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        # The number turns round once, its highest bit first.
        number, copying = Signal(BITS, reset_less=True), Signal(reset_less=True)
        step, compares = Signal(), Signal()
        _, _, last = walk(m, step, BITS, "bit")
        with m.If(self.start):
            m.d.sync += [
                number.eq(Mux(self.copies, self.i_room, self.frames)),
                copying.eq(self.copies),
            ]
        with m.Elif(step):
            m.d.sync += number.eq(number.rotate_left(1))
        with m.Elif(self.gone):
            m.d.sync += number.eq(number - 1)
        m.d.sync += [
            step.eq(self.start | (step & ~last)),
            compares.eq(step & last),
            self.ready.eq(compares),
        ]
        none = Signal()
        m.d.comb += none.eq(number == 0)
        with m.If(self.start):
            m.d.sync += self.more.eq(0)
        with m.Elif(compares):
            m.d.sync += self.more.eq(~none & ~copying)
        with m.Elif(self.gone):
            m.d.sync += self.more.eq(number != 1)
        bit = number[-1]
        i_over = self._multiply(m, self.i_bytes, bit, copying, step, config.i_frame_bytes)
        o_over = self._multiply(m, self.o_bytes, bit, copying, step, config.o_frame_bytes)
        odd = self._odd(m, number, bit, step)
        with m.If(compares):
            m.d.sync += [
                self.i_wrong.eq(i_over | (self.i_bytes != self.i_room)
                                | Mux(copying, none, odd)),
                self.o_wrong.eq(o_over | (self.o_bytes > self.o_room)
                                | (~copying & none)),
            ]  # fmt: skip
        return m

    def _multiply(self, m: Module, product, bit, copying, step, factor: int) -> Signal:
        """A product with the factor, or with 1; returns whether it has more than 32 bits."""
        over = Signal(name=f"{product.name}_over", reset_less=True)
        beyond = Signal(BITS + 2, name=f"{product.name}_next")
        addend = Mux(copying, Const(1, BITS), Const(factor, BITS)) & bit.replicate(BITS)
        m.d.comb += beyond.eq((product << 1) + addend)
        with m.If(self.start):
            m.d.sync += [product.eq(0), over.eq(0)]
        with m.Elif(step):
            m.d.sync += [product.eq(beyond), over.eq(over | beyond[BITS:].any())]
        return over

    def _odd(self, m: Module, number: Value, bit: Value, step: Value) -> Value:
        """Whether the number is no multiple of the batch."""
        batch = self.config.batch
        if batch & batch - 1 == 0:
            return number[: batch.bit_length() - 1].any()
        rest = Signal(range(batch), reset_less=True)
        twice = Signal(range(2 * batch))
        m.d.comb += twice.eq((rest << 1) + bit)
        with m.If(self.start):
            m.d.sync += rest.eq(0)
        with m.Elif(step):
            m.d.sync += rest.eq(Mux(twice >= batch, twice - batch, twice))
        return rest != 0
