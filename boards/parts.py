"""FPGAs: what they hold, and the balls that their packages have."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["PARTS", "Part"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A device in a package, of a speed grade.

    Attributes
    ----------
    name : as the vendor's tool wants it, ``xc7z020clg400-1``
    family : ``zynq7000`` or ``ecp5``
    lut, ff, bram18, dsp : look-up tables (of 6 inputs, in an ECP5 of 4), flip-flops, block RAMs of
        18 Kb, and DSP slices (in an ECP5 multipliers of 18 x 18 bits)
    fastest : highest clock in MHz: what FCLK0 gives, or the PLL
    balls : those that a design may use
    """

    name: str
    device: str
    package: str
    speed: str
    family: str
    lut: int
    ff: int
    bram18: int
    dsp: int
    fastest: float
    balls: frozenset[str]


def _balls(rows: str) -> Iterator[str]:
    """A2-5,7 is A2 A3 A4 A5 A7."""
    for row in rows.split():
        letters = row.rstrip("0123456789,-")
        for run in row.removeprefix(letters).split(","):
            first, _, last = run.partition("-")
            yield from (f"{letters}{n}" for n in range(int(first), int(last or first) + 1))


# The 125 balls of banks 13, 34 and 35; from Project X-Ray's package_pins.csv (CC0).
_CLG400 = frozenset(_balls("""
    A20 B19-20 C20 D18-20 E17-19 F16-17,19-20 G14-15,17-20 H15-18,20 J14-16,18-20 K14,16-19
    L14-17,19-20 M14-15,17-20 N15-18,20 P14-16,18-20 R14,16-19 T5,9-12,14-17,19-20
    U5,7-10,12-15,17-20 V5-8,10-13,15-18,20 W6,8-11,13-16,18-20 Y6-9,11-14,16-19
"""))  # fmt: skip

# The whole grid: which of the 484 are those of banks 13, 33, 34 and 35 only the vendor's tool says.
_ROWS = [*"ABCDEFGHJKLMNPRTUVWY", "AA", "AB"]
_CLG484 = frozenset(f"{row}{column}" for row in _ROWS for column in range(1, 23))

# The 205 balls of the CABGA381 that are pins; from Project Trellis' iodb.json (CC0).
_BG381 = frozenset(_balls("""
    A2-19 B1-6,8-13,15-20 C1-18,20 D1-3,5-20 E1-20 F1-5,16-20 G1-3,5,16,18-20 H1-5,16-18,20
    J1,3-5,16-20 K1-5,16-20 L1-5,16-20 M1,3-5,17-20 N1-5,16-20 P1-5,16-20 R1-3,16-18,20
    T1-3,16-20 U1-2,16-20 V1-2 W1-2 Y2
"""))  # fmt: skip


def _zynq(package: str, balls: frozenset[str]) -> Iterator[Part]:
    """DS190: 53,200 LUT, 106,400 FF, 140 RAMB36, 220 DSP48E1; FCLK0 of up to 250 MHz."""
    for speed in "123":
        yield Part(name=f"xc7z020{package}-{speed}", device="xc7z020", package=package,
                   speed=speed, family="zynq7000", lut=53_200, ff=106_400, bram18=280, dsp=220,
                   fastest=250.0, balls=balls)  # fmt: skip


def _ecp5() -> Iterator[Part]:
    """FPGA-DS-02012: 83,640 LUT4 and registers, 208 EBR of 18 Kb, 156 multipliers; PLL to 400."""
    for speed in "678":
        yield Part(name=f"LFE5U-85F-{speed}BG381C", device="LFE5U-85F", package="BG381",
                   speed=speed, family="ecp5", lut=83_640, ff=83_640, bram18=208, dsp=156,
                   fastest=400.0, balls=_BG381)  # fmt: skip


PARTS = {part.name: part for part in (
    *_zynq("clg400", _CLG400), *_zynq("clg484", _CLG484), *_ecp5())}  # fmt: skip
"""By name."""
