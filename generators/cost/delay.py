"""Pieces of a path through 7-series cells, in picoseconds: what delays of circuits are made of.

A path is what leaves a register, LUTs and carry chains, and what a register needs before its
clock: ``FF + levels(2) + carry(12) + SETUP``. Each piece counts the wire in front of it; ``SETUP``
has none, as a LUT or a chain lies beside its flip-flop. All numbers are those of the timing
analyser, :func:`generators.synth.timing.analyse`.
"""

from functools import cache

from generators.synth import timing_cells
from generators.synth.timing import WIRE_PS

__all__ = [
    "BRAM", "DSP", "ENABLE", "FF", "LUT", "RESET", "SETUP", "WIRE", "carry", "chain", "depth",
    "dsp", "into_bram", "into_ram", "levels", "ram", "rom",
]  # fmt: skip


def _launch(kind: str, pin: str, **parameters: str) -> int:
    return timing_cells.model(kind, parameters, [pin]).launch[pin]


def _require(kind: str, pin: str, **parameters: str) -> int:
    return timing_cells.model(kind, parameters, [pin]).require[pin]


WIRE = WIRE_PS
"""A wire between cells."""

LUT = timing_cells.LUT[0]
"""A LUT without a wire."""

FF, SETUP = timing_cells.CLOCK_TO_Q, timing_cells.SETUP_D
"""From the clock to a flip-flop's output, and its data before the clock."""

ENABLE, RESET = (WIRE + _require("FDRE", pin) for pin in ("CE", "R"))
"""A wire to a flip-flop's enable or synchronous reset, and that before the clock."""

BRAM = _launch("RAMB18E1", "DOADO")
"""From the clock to a block RAM's output that is not registered inside."""

DSP = _launch("DSP48E1", "P")
"""From the clock to the output of a DSP slice's register P."""

_MUXF7, _MUXF8 = (max(ps for pin, *_, ps in timing_cells.model(kind, {}, []).arcs if pin != "S")
                  for kind in ("MUXF7", "MUXF8"))  # fmt: skip


def levels(count: int = 1) -> int:
    """So many LUTs, one behind the other, each behind a wire."""
    return count * (WIRE + LUT)


@cache
def depth(inputs: int, lut: int = 6) -> int:
    """How many LUTs, one behind the other, an AND or the like of so many bits takes."""
    found = 0
    while inputs > 1:
        inputs, found = -(-inputs // lut), found + 1
    return found


@cache
def carry(bits: int, to: str = "O") -> int:
    """A LUT a bit behind a wire, and their chain to the last bit's sum or carry, as of an adder.

    Parameters
    ----------
    bits : int
        Bits that the chain crosses; none is no chain.
    to : "O" or "CO"
        The last bit's sum, or the carry that leaves it, as a comparison has it.
    """
    if bits <= 0:
        return 0
    blocks, last = divmod(bits - 1, 4)
    found = _enter(last, to)
    if blocks:
        through = _enter(3, "CO") + (blocks - 1) * _cross("CI", 3, "CO")
        found = max(found, through + _cross("CI", last, to))
    return found


@cache
def chain(bits: int) -> int:
    """As :func:`carry` to the slowest of so many sums, which is not always the last."""
    return max(carry(k) for k in range(bits + 1))


def _enter(last: int, to: str) -> int:
    """To a CARRY4's output from its LUTs; or from an operand, which passes by them."""
    return max(levels() + _cross("S", last, to), WIRE + _cross("DI", last, to))


def _cross(pin: str, last: int, to: str) -> int:
    """The slowest way within a CARRY4 from a pin's bits to one bit of an output."""
    arcs = timing_cells.model("CARRY4", {}, []).arcs
    ways = [ps for i, _, o, bit, ps in arcs if (i, o, bit) == (pin, to, last)]
    return max(ways, default=0)


def rom(words: int) -> int:
    """A table of so many words in LUTs, behind a wire: LUTs, MUXF7 and MUXF8, then levels."""
    if words <= 64:
        return levels()
    return levels() + _MUXF7 * (words > 64) + _MUXF8 * (words > 128) + (
        levels(depth(-(-words // 256), 4)))  # fmt: skip


def ram(words: int = 64) -> int:
    """From the clock, which writes, to a LUT RAM's output; read, it is a LUT: :func:`levels`."""
    return _launch("RAM32M" if words <= 32 else "RAM64M", "DOA")


def into_ram(pin: str = "WE", words: int = 64) -> int:
    """A wire to a LUT RAM's "WE", its data "DIA" or write address "ADDRD", and its clock."""
    return WIRE + _require("RAM32M" if words <= 32 else "RAM64M", pin)


def into_bram(pin: str = "ADDRARDADDR") -> int:
    """A wire to a block RAM's address, "ENARDEN", "WEA" or data "DIADI", and its clock."""
    return WIRE + _require("RAMB18E1", pin)


@cache
def dsp(pin: str = "A", **registers: int) -> int:
    """A wire to an input of a DSP slice, and its clock; ``AREG=0, MREG=0`` say what is not used."""
    return WIRE + _require("DSP48E1", pin, **{name: f"{n:b}" for name, n in registers.items()})
