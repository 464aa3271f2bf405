"""UART, 8 data bits, no parity, one stop bit: bytes from and to a serial line."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from hdl.checks import positive

__all__ = ["Receiver", "Timing", "Transmitter"]

CYCLES = 6
"""Of a bit, at least: the middle of a bit is then met within a sixth of it."""

BITS = 10
"""Of a byte: start, eight of data with the lowest first, stop."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Bits a second at a clock, in Hz: a phase gets :py:`step` each cycle and wraps once a bit.

    The bits are right on average to 1 in 4096 and each to one cycle, so that the clock need be no
    multiple of the baud rate.
    """

    clock: int
    baud: int

    def __post_init__(self) -> None:
        positive("UART", clock=self.clock, baud=self.baud)
        if self.baud * CYCLES > self.clock:
            what = f"at most {self.clock // CYCLES} at a clock of {self.clock} Hz"
            raise ValueError(f"UART baud must be {what}, not {self.baud}")

    @property
    def width(self) -> int:
        """Bits of the phase."""
        return (self.clock // self.baud).bit_length() + 12

    @property
    def step(self) -> int:
        """Of the phase in a cycle."""
        return round(self.baud * (1 << self.width) / self.clock)

    @property
    def cycles(self) -> float:
        """Of a bit."""
        return self.clock / self.baud


class Transmitter(wiring.Component):
    """Sends bytes; one takes :py:`10 * timing.cycles` cycles, to two cycles.

    Members
    -------
    i : ``In(stream.Signature(8))``
    line : ``Out(1)``
        High while nothing is sent.
    """

    i: In(stream.Signature(8))
    line: Out(1, init=1)

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        super().__init__()

    def elaborate(self, platform) -> Module:
        m = Module()
        left, bits = Signal(range(BITS + 1)), Signal(BITS - 1)
        phase, tick = Signal(self.timing.width), Signal()
        m.d.comb += self.i.ready.eq(left == 0)
        with m.If(self.i.ready):
            m.d.sync += Cat(phase, tick).eq(self.timing.step)
            with m.If(self.i.valid):
                m.d.sync += [left.eq(BITS), bits.eq(Cat(self.i.payload, 1)), self.line.eq(0)]
        with m.Else():
            m.d.sync += Cat(phase, tick).eq(phase + self.timing.step)
            with m.If(tick):
                m.d.sync += [left.eq(left - 1), Cat(self.line, bits).eq(Cat(bits, 1))]
        return m


class Receiver(wiring.Component):
    """Receives bytes, each bit looked at in its middle; the line passes two flip-flops.

    A start bit that is gone by its middle is a spike and forgotten. A byte ends in the middle of
    its stop bit, so that a sender's clock may be 4 % off.

    Members
    -------
    line : ``In(1)``
        Asynchronous.
    valid, data : ``Out(1)``, ``Out(8)``
        Whether a byte has come, in one cycle, and the byte.
    error : ``Out(1)``
        Framing error: whether a byte would have come but its stop bit is low. No other begins
        before the line is high.
    """

    line: In(1)
    valid: Out(1)
    data: Out(8)
    error: Out(1)

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        super().__init__()

    def elaborate(self, platform) -> Module:
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.line, line, init=1)
        phase, tick = Signal(self.timing.width), Signal()
        left = Signal(range(BITS))
        # The phase wraps half a bit on, less two cycles until that is seen and acted on.
        half = (1 << self.timing.width - 1) + 2 * self.timing.step
        m.d.sync += [self.valid.eq(0), self.error.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [Cat(phase, tick).eq(half), left.eq(BITS - 1)]
                with m.If(~line):
                    m.next = "START"
            with m.State("START"):
                m.d.sync += Cat(phase, tick).eq(phase + self.timing.step)
                with m.If(tick):
                    with m.If(line):
                        m.next = "IDLE"
                    with m.Else():
                        m.next = "BITS"
            with m.State("BITS"):
                m.d.sync += Cat(phase, tick).eq(phase + self.timing.step)
                with m.If(tick):
                    m.d.sync += left.eq(left - 1)
                    with m.If(left == 1):
                        m.d.sync += [self.valid.eq(line), self.error.eq(~line)]
                        m.next = "IDLE"
                        with m.If(~line):
                            m.next = "HIGH"
                    with m.Else():
                        m.d.sync += self.data.eq(Cat(self.data[1:], line))
            with m.State("HIGH"), m.If(line):
                m.next = "IDLE"
        return m
