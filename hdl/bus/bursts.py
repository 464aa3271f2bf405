"""Bursts that a region of a memory is divided into."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus.word import BYTES

__all__ = ["BEATS", "Bursts", "moved"]

BEATS = 16
"""Of the longest burst that AXI3 has; 128 bytes of 64-bit words."""

_OFFSET = BYTES.bit_length() - 1
_BEAT = BEATS.bit_length() - 1


class Bursts(wiring.Component):
    """Divide ``length`` bytes from ``address`` on into bursts: each is 128 aligned bytes, or less.

    Every burst but the last ends on a border of 128 bytes, so none crosses 4 KB. The first stands
    at the output four cycles after ``start``, the next three cycles after ``taken``.

    Members
    -------
    start, address, length : ``In(1)``, ``In(32)``, ``In(32)``
        A region, while none is left; the lowest three bits of the address count as 0.
    stop : ``In(1)``
        Leave the rest out; not while the burst at the output is offered to a bus.
    refused : ``Out(1)``
        Whether the region ends beyond 4 GB or has no bytes: there are no bursts. A strobe, three
        cycles after start.
    busy : ``Out(1)``
        Whether bursts of the region are left. A register.
    valid, burst_address, beats, last : ``Out(1)``, ``Out(32)``, ``Out(4)``, ``Out(1)``
        A burst, its beats less one, and whether it is the region's last. Registers, stable until
        it is taken.
    taken : ``In(1)``
        Whether the burst, which is valid, is gone.
    """

    def __init__(self) -> None:
        super().__init__({
            "start": In(1), "address": In(32), "length": In(32), "stop": In(1),
            "refused": Out(1), "busy": Out(1),
            "valid": Out(1), "burst_address": Out(32), "beats": Out(_BEAT), "last": Out(1),
            "taken": In(1),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        beat = Signal(_BEAT, reset_less=True)
        block = Signal(32 - _OFFSET - _BEAT, reset_less=True)
        before = Signal(33, reset_less=True)  # bytes before the last, negative if there is none
        end = Signal(33 - _OFFSET, reset_less=True)  # the last word, and whether it is beyond 4 GB
        there, known, compared = Signal(), Signal(), Signal()
        m.d.comb += self.burst_address.eq(Cat(Const(0, _OFFSET), beat, block))
        m.d.sync += [known.eq(there), compared.eq(0), self.refused.eq(0)]
        with m.If(self.start & ~self.busy):
            m.d.sync += [
                self.busy.eq(1),
                there.eq(1),
                Cat(beat, block).eq(self.address[_OFFSET:]),
                before.eq(self.length - 1),
            ]
        with m.Elif(there):
            m.d.sync += [there.eq(0), end.eq(Cat(beat, block) + before[_OFFSET:32])]
        with m.If(known):
            bad = before[-1] | end[-1]
            m.d.sync += [
                self.refused.eq(bad),
                self.busy.eq(~bad),
                compared.eq(~bad),
                self.last.eq(block == end[_BEAT:-1]),
            ]
        with m.If(compared):
            m.d.sync += [
                self.valid.eq(1),
                self.beats.eq(Mux(self.last, end[:_BEAT], BEATS - 1) - beat),
            ]
        with m.If(self.taken):
            m.d.sync += [self.valid.eq(0), known.eq(~self.last), beat.eq(0), block.eq(block + 1),
                         self.busy.eq(~self.last)]  # fmt: skip
        with m.If(self.stop):
            m.d.sync += [self.valid.eq(0), known.eq(0), compared.eq(0), there.eq(0),
                         self.busy.eq(0)]  # fmt: skip
        return m


def moved(level: Signal, more: Value, issued: Value, beats: Value) -> Value:
    """A level plus ``more``, one bit, less the words of a burst if one was issued.

    Less beats + 1 is plus the inverse of beats; with ``more`` as a carry there is one adder.
    """
    away = Cat(~beats, Const(-1, len(level) - len(beats))) & issued.replicate(len(level))
    return (Cat(Const(1, 1), level) + Cat(more, away))[1 : 1 + len(level)]
