"""Bytes that wait for their reader, each with whether the line went wrong before it."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.stream.fifo import FIFO

__all__ = ["Inbox"]


class Inbox(wiring.Component):
    """A queue of ``depth`` bytes in block RAM, with a register behind it.

    A byte in a framing error, and the first byte after some for which there was no room, is wrong.

    Parameters
    ----------
    depth : bytes
    silence : cycles

    Members
    -------
    valid, data, error : ``In(1)``, ``In(8)``, ``In(1)``
        Of a :class:`hdl.ecp5.uart.Receiver`.
    there, byte, wrong : ``Out(1)``, ``Out(8)``, ``Out(1)``
        Whether there is a byte, the byte, and whether it is wrong.
    take : ``In(1)``
        Whether it is taken, if there is one.
    silent : ``Out(1)``
        Whether there is none, and for ``silence`` cycles none has come.
    """

    def __init__(self, depth: int, silence: int) -> None:
        self._depth, self._silence = depth, silence
        super().__init__({
            "valid": In(1), "data": In(8), "error": In(1),
            "there": Out(1), "byte": Out(8), "wrong": Out(1), "take": In(1), "silent": Out(1),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.queue = queue = FIFO(FIFO.Config(depth=self._depth, width=9, lanes=1))
        comes, overrun = Signal(), Signal()
        m.d.comb += [
            comes.eq(self.valid | self.error),
            queue.i.payload[0].eq(Cat(self.data, self.error | overrun)),
            queue.i.valid.eq(comes),
            queue.o.ready.eq(self.take | ~self.there),
        ]
        with m.If(comes):
            m.d.sync += overrun.eq(~queue.i.ready)
        with m.If(queue.o.ready):
            m.d.sync += [self.there.eq(queue.o.valid),
                         Cat(self.byte, self.wrong).eq(queue.o.payload[0])]  # fmt: skip

        quiet = Signal(range(self._silence + 1))
        with m.If(comes | queue.o.valid | self.there):
            m.d.sync += quiet.eq(0)
        with m.Elif(quiet != self._silence):
            m.d.sync += quiet.eq(quiet + 1)
        m.d.comb += self.silent.eq(quiet == self._silence)
        return m
