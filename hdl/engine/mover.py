"""Activations that go to an external memory and come back, between passes."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus.axi_copy import AXICopy, signature
from hdl.engine.sequencer import Rom
from hdl.engine.words import Words

__all__ = ["Mover"]


class Mover(wiring.Component):
    """Runs the transfers that stand before a pass, one after the other, while the array rests.

    Each starts ``pause`` cycles after it might, when what passes write is written.

    Parameters
    ----------
    words : :class:`Words`
    copy : of what copies
    pause : cycles

    Members
    -------
    wants : ``In(1)``
        Whether a pass waits for its transfers.
    moved : ``Out(1)``
        Whether they are done; up to ``start``.
    start : ``In(1)``
        Whether a pass starts.
    bus, address, o, put, write, i : as of :class:`hdl.bus.axi_copy.AXICopy`
    busy : ``Out(1)``
        Whether the memory is addressed from here.
    """

    def __init__(self, words: Words, copy: AXICopy.Config, pause: int) -> None:
        self._words, self._copy, self._pause = words, copy, pause
        super().__init__({
            "wants": In(1), "moved": Out(1), "start": In(1), "busy": Out(1),
            "bus": Out(signature()),
            "address": Out(copy.address), "o": In(copy.width),
            "put": Out(copy.address), "write": Out(1), "i": Out(copy.width),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        words = self._words
        m.submodules.copy = copy = AXICopy(self._copy)
        wiring.connect(m, copy.bus, wiring.flipped(self.bus))
        rows = words.move_rom
        m.submodules.rom = rom = Rom(width=words.move.size, count=len(rows)).build(rows)
        move = Signal(words.move)
        number, timer = Signal(range(max(2, len(rows)))), Signal(range(self._pause + 1))
        begins = Signal()
        m.d.comb += [
            rom.en.eq(1), rom.address.eq(number), move.as_value().eq(rom.o),
            begins.eq(self.wants & ~self.moved & ~self.busy & (timer == self._pause)),
            copy.start.eq(begins), copy.store.eq(move.store), copy.place.eq(move.address),
            copy.outside.eq(move.outside), copy.count.eq(move.count), copy.o.eq(self.o),
            self.address.eq(copy.address), self.put.eq(copy.put), self.write.eq(copy.write),
            self.i.eq(copy.i),
        ]  # fmt: skip
        with m.If(begins | copy.done):
            m.d.sync += [timer.eq(0), self.busy.eq(begins)]
        with m.Elif(self.wants & ~self.busy):
            m.d.sync += timer.eq(timer + (timer != self._pause))
        with m.If(copy.done):
            m.d.sync += [self.moved.eq(move.last), number.eq(number + 1)]
            with m.If(number == len(rows) - 1):
                m.d.sync += number.eq(0)
        with m.If(self.start):
            m.d.sync += [self.moved.eq(0), timer.eq(0)]
        return m
