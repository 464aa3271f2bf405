"""What is put into an ECP5: clock, UART, link, memory, shell and core."""

from dataclasses import dataclass

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.wiring import In, Out, connect

from hdl.bus.core import shell_with_core
from hdl.bus.shell import Shell
from hdl.checks import positive
from hdl.ecp5.link import Link
from hdl.ecp5.pll import PLL, dividers
from hdl.ecp5.ram import RAM
from hdl.ecp5.uart import Receiver, Timing, Transmitter

__all__ = ["System"]

BEAT = 24
"""Bit of the counter that the first LED shows: 1.5 Hz at 50 MHz."""

SILENCE = 0.02
"""Seconds after which a request that is not whole is lost; a computer's pauses are shorter."""

IDS = 6


class System(wiring.Component):
    """The module system: a host at the other end of a UART takes the place of a processor.

    It reaches the shell's registers and the memory by the requests of :class:`hdl.ecp5.link.Link`;
    the shell reaches the memory as it does that of a processor. All of it runs from the PLL, and is
    in reset until that is locked.

    Members
    -------
    clk_in : ``In(1)``
        The clock of the board.
    uart_rx, uart_tx : ``In(1)``, ``Out(1)``
        The lines from and to the host.
    leds : ``Out(config.leds)``
        Where there are any: heartbeat, busy, done without an error, error; more stay dark.
    high : ``Out(config.high)``
        Where there are any: ones, for what else is on the board.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The shell, MHz of the board's clock and of the design's, the UART's bits a second, bytes
        of memory, how many LEDs there are, and how many lines that stay high."""

        shell: Shell.Config
        input_mhz: float = 25.0
        clock_mhz: float = 50.0
        baud: int = 3_000_000
        memory_bytes: int = 1 << 15
        leds: int = 0
        high: int = 0

        def __post_init__(self) -> None:
            positive("System", baud=self.baud, memory_bytes=self.memory_bytes)
            if not isinstance(self.leds, int) or self.leds < 0:
                raise TypeError(f"System leds must be a number of LEDs, not {self.leds!r}")
            self.uart, self.link, self.ram  # noqa: B018 - which refuse what they cannot be

        @property
        def clock_hz(self) -> int:
            """What the PLL gives, which may be a little off what was asked."""
            return round(1e6 * dividers(self.input_mhz, self.clock_mhz).mhz)

        @property
        def uart(self) -> Timing:
            """Of both lines."""
            return Timing(clock=self.clock_hz, baud=self.baud)

        @property
        def link(self) -> Link.Config:
            """Of the link."""
            return Link.Config(memory=self.memory_bytes, silence=round(SILENCE * self.clock_hz))

        @property
        def ram(self) -> RAM.Config:
            """Of the memory."""
            return RAM.Config(size=self.memory_bytes, ids=IDS)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "clk_in": In(1), "uart_rx": In(1), "uart_tx": Out(1),
            **({"leds": Out(config.leds)} if config.leds else {}),
            **({"high": Out(config.high)} if config.high else {}),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.pll = pll = PLL(dividers(config.input_mhz, config.clock_mhz))
        m.domains.sync = ClockDomain()
        m.submodules.reset = ResetSynchronizer(~pll.locked)
        m.submodules.receiver = receiver = Receiver(config.uart)
        m.submodules.transmitter = transmitter = Transmitter(config.uart)
        m.submodules.link = link = Link(config.link)
        m.submodules.ram = ram = RAM(config.ram)
        shell = shell_with_core(m, config.shell)
        m.d.comb += [
            pll.i.eq(self.clk_in),
            ClockSignal().eq(pll.o),
            receiver.line.eq(self.uart_rx),
            self.uart_tx.eq(transmitter.line),
            link.valid.eq(receiver.valid),
            link.data.eq(receiver.data),
            link.error.eq(receiver.error),
        ]
        connect(m, link.o, transmitter.i)
        connect(m, link.regs, shell.regs)
        connect(m, link.memory, ram.port)
        connect(m, shell.memory, ram.bus)
        if config.leds:
            self._lights(m, shell)
        if config.high:
            m.d.comb += self.high.eq(~0)
        return m

    def _lights(self, m: Module, shell: Shell) -> None:
        beat, ran = Signal(BEAT + 1), Signal()
        m.d.sync += beat.eq(beat + 1)
        with m.If(shell.busy):
            m.d.sync += ran.eq(1)
        done = ran & ~shell.busy & ~shell.error
        m.d.sync += self.leds.eq(Cat(beat[BEAT], shell.busy, done, shell.error))
