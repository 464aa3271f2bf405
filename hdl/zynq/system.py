"""What is put into a Zynq-7000: processing system, bridge, shell and core."""

from dataclasses import dataclass

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.wiring import In, Out, connect

from hdl.bus.core import shell_with_core
from hdl.bus.shell import Shell
from hdl.checks import positive
from hdl.zynq.bridge import Bridge
from hdl.zynq.ps7 import MEMORY_PORTS, ps7

__all__ = ["Lights", "System"]

BEAT = 25
"""Bit of the counter that the first LED shows: 1.5 Hz at 100 MHz."""


class System(wiring.Component):
    """The module system: all of it runs from FCLK0, and nothing but LEDs has a pin.

    The processor reaches the shell's registers at 0x4000_0000, through M_AXI_GP0; the shell reaches
    the memory through S_AXI_HP0 or S_AXI_ACP, and raises interrupt 61. The reset of FCLK0 comes at
    any time and goes with the clock.

    Members
    -------
    leds : ``Out(config.leds)``
        Where there are any: heartbeat, busy, done without an error, error; more stay dark.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The shell, the port of the memory (``hp0`` or ``acp``), and how many LEDs there are."""

        shell: Shell.Config
        port: str = "hp0"
        leds: int = 0

        def __post_init__(self) -> None:
            if self.port not in MEMORY_PORTS:
                ports = " or ".join(MEMORY_PORTS)
                raise ValueError(f"System port must be {ports}, not {self.port!r}")
            if not isinstance(self.leds, int) or self.leds < 0:
                raise TypeError(f"System leds must be a number of LEDs, not {self.leds!r}")

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"leds": Out(config.leds)} if config.leds else {})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.bridge = bridge = Bridge(Bridge.Config())
        shell = shell_with_core(m, self.config.shell)
        m.domains.sync = ClockDomain()
        fclk0 = Signal()  # the constraints name it
        others = Signal(3)
        resetn = Signal(4)
        m.submodules.ps7 = ps7(fclk=Cat(fclk0, others), resetn=resetn, gp0=bridge.i,
                               memory=shell.memory, port=self.config.port,
                               irq=shell.irq)  # fmt: skip
        m.submodules.bufg = Instance("BUFG", i_I=fclk0, o_O=ClockSignal())
        m.submodules.starter = ResetSynchronizer(~resetn[0])
        connect(m, bridge.o, shell.regs)
        if self.config.leds:
            m.submodules.lights = lights = Lights(Lights.Config(leds=self.config.leds))
            m.d.comb += [lights.busy.eq(shell.busy), lights.error.eq(shell.error),
                         self.leds.eq(lights.leds)]  # fmt: skip
        return m


class Lights(wiring.Component):
    """What LEDs tell: that the clock runs, that a run is on, that the last was good or was not.

    Members
    -------
    busy, error : ``In(1)``
        Of the shell.
    leds : ``Out(config.leds)``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How many LEDs, and the bit of a counter of cycles that the first shows."""

        leds: int
        beat: int = BEAT

        def __post_init__(self) -> None:
            positive("Lights", leds=self.leds, beat=self.beat)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"busy": In(1), "error": In(1), "leds": Out(config.leds)})

    def elaborate(self, platform) -> Module:
        m = Module()
        beat = Signal(self.config.beat + 1)
        ran = Signal()
        m.d.sync += beat.eq(beat + 1)
        with m.If(self.busy):
            m.d.sync += ran.eq(1)
        done = ran & ~self.busy & ~self.error
        m.d.sync += self.leds.eq(Cat(beat[-1], self.busy, done, self.error))
        return m
