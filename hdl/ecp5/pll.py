"""EHXPLLL, the phase-locked loop of the ECP5, and the dividers that give a clock."""

from dataclasses import dataclass

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["FILTER", "PLL", "Dividers", "dividers"]

INPUT, OUTPUT, PHASE, VCO = (8, 400), (3.125, 400), (3.125, 400), (400, 800)
"""MHz of the input, the output, the phase detector and the oscillator (FPGA-DS-02012, "sysCLOCK
PLL Timing"; the phase detector's lower end is that of Project Trellis' ecppll)."""

TOLERANCE = 0.01
"""How far from the clock asked a PLL may be, as a part of it."""

FILTER = {"ICP_CURRENT": "12", "LPF_RESISTOR": "8", "MFG_ENABLE_FILTEROPAMP": "1",
          "MFG_GMCREF_SEL": "2"}  # fmt: skip
"""Attributes of the instance that set the loop's filter, as ecppll does. Of one that has none
nextpnr makes zeros, with which it does not lock; so they must be in every file on the way there."""

MIDDLE = 600
"""MHz of the oscillator that is aimed at."""


@dataclass(frozen=True, kw_only=True)
class Dividers:
    """Of the reference, the feedback and the output; feedback is taken from the output.

    The phase detector compares input / reference with output / feedback, and the oscillator runs
    at ``output`` times the clock: :math:`f = f_{in} feedback / reference`.
    """

    input_mhz: float
    reference: int
    feedback: int
    output: int

    @property
    def mhz(self) -> float:
        """The clock that comes out."""
        return self.input_mhz * self.feedback / self.reference

    @property
    def phase_mhz(self) -> float:
        """At the phase detector."""
        return self.input_mhz / self.reference

    @property
    def vco_mhz(self) -> float:
        """Of the oscillator."""
        return self.mhz * self.output


def dividers(input_mhz: float, mhz: float) -> Dividers:
    """The dividers whose clock is nearest to ``mhz``.

    Of several that give the same clock, those with the fastest phase detector, then with the
    oscillator nearest to the middle of its range.

    Raises
    ------
    ValueError
        If input or output are outside of what an EHXPLLL takes and gives, or no dividers come
        within one percent of the output.
    """
    for what, value, (low, high) in (("input", input_mhz, INPUT), ("output", mhz, OUTPUT)):
        if not low <= value <= high:
            raise ValueError(f"PLL {what} must be {low} to {high} MHz, not {value} MHz")
    found = [
        Dividers(input_mhz=input_mhz, reference=reference, feedback=feedback, output=output)
        for reference in range(1, 129)
        if PHASE[0] <= input_mhz / reference <= PHASE[1]
        for feedback in range(1, 81)
        if abs(input_mhz * feedback / reference - mhz) <= TOLERANCE * mhz
        for output in range(1, 129)
        if VCO[0] <= input_mhz * feedback / reference * output <= VCO[1]
    ]
    if not found:
        what = f"a frequency that {input_mhz} MHz can be brought to within one percent"
        raise ValueError(f"PLL output must be {what}, not {mhz} MHz")
    return min(found, key=lambda d: (round(abs(d.mhz - mhz), 9), d.reference,
                                     abs(d.vco_mhz - MIDDLE)))  # fmt: skip


class PLL(wiring.Component):
    """An EHXPLLL with one output (FPGA-TN-02200).

    Parameters
    ----------
    dividers : :class:`Dividers`

    Members
    -------
    i : ``In(1)``
        The clock of the board.
    o : ``Out(1)``
        The clock made of it.
    locked : ``Out(1)``
        Whether that is steady; asynchronous.
    """

    i: In(1)
    o: Out(1)
    locked: Out(1)

    def __init__(self, dividers: Dividers) -> None:
        self.dividers = dividers
        super().__init__()

    def elaborate(self, platform) -> Module:
        m = Module()
        made = self.dividers
        unused = ("RST", "STDBY", "PHASESEL0", "PHASESEL1", "PHASEDIR", "PHASESTEP",
                  "PHASELOADREG", "PLLWAKESYNC", "ENCLKOP")  # fmt: skip
        m.submodules.pll = Instance(
            "EHXPLLL",
            **{f"a_{name}": value for name, value in FILTER.items()},
            p_CLKI_DIV=made.reference,
            p_CLKFB_DIV=made.feedback,
            p_CLKOP_DIV=made.output,
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_CPHASE=made.output - 1,  # in phase with the feedback
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            i_CLKI=self.i,
            i_CLKFB=self.o,
            **{f"i_{name}": Const(0, 1) for name in unused},
            o_CLKOP=self.o,
            o_LOCK=self.locked,
        )
        return m
