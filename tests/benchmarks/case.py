"""A row of the table of arithmetic, to be synthesised."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """A row of the table.

    unit, units : what is done each cycle, "synapse" (binary product), "bit" or "MAC"; how many.
    lanes : of a dot product.
    naive : the row of the naive circuit to compare with.
    limit : LUTs (``limit``) and DSP48E1s (``dsp``) that were asked for, by the whole circuit.
    published : what others report of such a circuit; the letter names the source.
    soft : whether products are to be made of LUTs and not of DSP48E1s.
    """

    name: str
    unit: str
    units: int
    lanes: int
    build: Callable
    naive: str = ""
    limit: float | None = None
    dsp: int | None = None
    published: str = ""
    soft: bool = False
