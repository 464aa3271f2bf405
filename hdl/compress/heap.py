"""Bit heaps: what is to be added, by column and by the stage in which it arrives."""

from dataclasses import dataclass

from hdl.compress.fabric import KINDS, Kind

__all__ = ["Heap"]


@dataclass(frozen=True)
class Heap:
    r"""Pairs and bits whose sum is wanted: :math:`\sum_c 2^c (\sum products + \sum bits)`.

    pairs : of each column, how many products of two operand bits; they are read when the
        compressor tree wants them, see ``Plan.pair_stages``.
    bits : of each stage (cycle), of each column, how many bits arrive.
    width : of the result; the sum is taken modulo 2^width. 0: as wide as the largest sum.
    rows : 1 for a binary number, 2 for two rows whose sum it is.
    fabric : what it will be made of, see :class:`hdl.compress.fabric.Fabric`.
    ternary : whether the last adder may add three rows, a LUT a column still: the LUT makes the
        majority for the next column, too. Of plain bits on a carry chain only.

    Raises
    ------
    ValueError
        If there is nothing to add, a negative number of something, or columns beyond the width.
    """

    pairs: tuple[int, ...] = ()
    bits: tuple[tuple[int, ...], ...] = ()
    width: int = 0
    rows: int = 1
    fabric: Kind = "xilinx"
    ternary: bool = False

    def __post_init__(self) -> None:
        counts = (self.pairs, *self.bits)
        if any(n < 0 for column in counts for n in column):
            raise ValueError(f"Heap must have no negative number of bits, but has {counts}")
        if self.most == 0:
            raise ValueError("Heap must have some bits to add, but has none")
        if self.rows not in (1, 2):
            raise ValueError(f"Heap must end in 1 or 2 rows, not {self.rows}")
        if self.fabric not in KINDS:
            raise ValueError(f"Fabric must be one of {', '.join(KINDS)}, not {self.fabric!r}")
        if self.ternary and (any(self.pairs) or self.rows != 1 or self.fabric != "xilinx"):
            raise ValueError("Heap must be of bits, and end on a carry chain, to end in three rows")
        top = max(c for column in counts for c, n in enumerate(column) if n)
        if self.width and top >= self.width:
            raise ValueError(f"Heap of {self.width} columns must have no bits in column {top}")

    @property
    def most(self) -> int:
        """The largest sum."""
        counts = (self.pairs, *self.bits)
        return sum(n << c for column in counts for c, n in enumerate(column))

    @property
    def columns(self) -> int:
        """Columns in which there may be something: a wider result is zero above."""
        need = self.most.bit_length()
        return min(self.width or need, need)

    @property
    def result(self) -> int:
        """Bits of the result."""
        return self.width or self.columns
