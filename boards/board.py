"""The record of a board."""

from dataclasses import dataclass

__all__ = ["Board", "Reference", "Uart"]

_ECP5_SYSTEM, _ECP5_LUTS = 5_000, 3.7


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The oscillator that an ECP5's PLL starts from: its ball, its frequency in MHz."""

    pin: str
    mhz: float
    standard: str = "LVCMOS33"


@dataclass(frozen=True, kw_only=True)
class Uart:
    """The host link of a board without a processor: the balls that receive and send."""

    rx: str
    tx: str
    baud: int = 3_000_000
    standard: str = "LVCMOS33"


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board: what :func:`boards.read.read` makes of a file.

    Attributes
    ----------
    name, title : as an option, and for people
    part, device, package, speed, family : of the FPGA, as in :class:`boards.parts.Part`
    lut, ff, bram18, dsp : what it holds
    clock : MHz of a design where nothing is said
    leds, leds_standard : balls, for heartbeat, busy, done and error; more stay dark
    reference, uart : of an ECP5
    high : balls of an ECP5 that are driven high, for others on the board
    port : of a Zynq, ``hp0`` or ``acp``: where the DMA reaches the memory
    flash : the board's name for openFPGALoader, if it has one
    notes : a sentence for people
    """

    name: str
    title: str
    part: str
    device: str
    package: str
    speed: str
    family: str
    lut: int
    ff: int
    bram18: int
    dsp: int
    clock: float
    leds: tuple[str, ...] = ()
    leds_standard: str = "LVCMOS33"
    reference: Reference | None = None
    uart: Uart | None = None
    high: tuple[str, ...] = ()
    port: str | None = None
    flash: str | None = None
    notes: str = ""

    def room(self, resource: str) -> int:
        """How much of a resource (lut, ff, bram18, dsp) there is, as the generators count it.

        They count LUTs of 6 inputs and the network alone. On an ECP5 nextpnr counted 2.73 to 3.61
        of its cells for each (TFC_1W1A at 196 cycles a frame, digits at 8), and 4,900 for the rest.
        A DSP slice is a DSP48E1, whose product of 25 x 18 bits takes two of an ECP5's multipliers.
        """
        count = getattr(self, resource)
        if resource == "dsp" and self.family == "ecp5":
            return count // 2
        if resource == "lut" and self.family == "ecp5":
            return int((count - _ECP5_SYSTEM) / _ECP5_LUTS)
        return count

    @property
    def accumulates(self) -> bool:
        """Whether DSP slices add: those of an ECP5 multiply, and what they add becomes LUTs."""
        return self.family == "zynq7000"

    @property
    def host(self) -> str:
        """What runs the driver: the processor of the Zynq, or a computer at the UART."""
        return "zynq" if self.family == "zynq7000" else "uart"

    @property
    def toolchains(self) -> tuple[str, ...]:
        """Those that make bitstreams of it, the default first."""
        return ("vivado", "openxc7") if self.family == "zynq7000" else ("ecp5",)
