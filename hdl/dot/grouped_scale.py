"""Multiplication of a sum by a scale M 2^e: a row that adds it to itself, and a shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hdl.compress.fabric import Fabric
from hdl.dot.gates import emit
from hdl.dot.grouped_mantissa import mantissa_luts, with_mantissa
from hdl.dot.grouped_shift import Shifter, shifter
from hdl.number import Number, holding
from hdl.stream.delay import delay

__all__ = ["Scale"]

Bits = Sequence[Value]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A sum from low to high, times M and 2^(e + d): what that takes.

    exponents : how many e and d there may be, each from 0 up.
    mantissa_bits : K: M is 2^K, or 2^K (1 + 2^-k) of a code k; 0 where M is 1.
    """

    low: int
    high: int
    exponents: tuple[int, int]
    mantissa_bits: int = 0

    def _times(self, factor: int) -> Number:
        return holding(self.low * factor, self.high * factor)

    @property
    def fields(self) -> tuple[int, int, int]:
        """Bits of the two exponents, and of the mantissa's code."""
        return (*((n - 1).bit_length() for n in self.exponents), self.mantissa_bits.bit_length())

    @property
    def mantissa(self) -> int:
        """The largest."""
        return (1 << self.mantissa_bits) + (1 << self.mantissa_bits >> 1)

    @cached_property
    def multiplied(self) -> Number:
        """The sum, times its mantissa."""
        return self._times(self.mantissa)

    @property
    def shifts(self) -> int:
        """How many sums of exponents there are."""
        return sum(self.exponents) - 1

    @property
    def most(self) -> int:
        """The largest scale."""
        return self.mantissa << self.shifts - 1

    @property
    def o(self) -> Number:
        """The sum, scaled."""
        return self._times(self.most)

    @cached_property
    def shifter(self) -> Shifter:
        """The gates of the shift."""
        return shifter(self.multiplied, self.shifts)

    @property
    def adds(self) -> bool:
        """Whether there are two exponents to be added, a cycle before the shift."""
        return min(self.exponents) > 1

    @property
    def exponent_cycle(self) -> int:
        """When the exponents are read, in cycles after the sum and the mantissa's code; may be -1.

        The sum's own latency is at least one.
        """
        return bool(self.mantissa_bits) - self.adds

    @property
    def latency(self) -> int:
        """Enabled cycles from the sum to the scaled one."""
        return bool(self.mantissa_bits) + (self.shifts > 1)

    @property
    def luts(self) -> int:
        """LUTs of the addition of exponents, the row and the shift."""
        adder = max(self.fields[:2]) if self.adds else 0
        return adder + mantissa_luts(self.multiplied, self.mantissa_bits) + self.shifter.luts

    def emit(self, m: Module, fab: Fabric, en: Value, total: Value,
             exponents: tuple[Bits, Bits], code: Bits, name: str) -> list[Value]:  # fmt: skip
        """The bits of the scaled sum.

        Parameters
        ----------
        total, code : the sum and the mantissa's code, in the same cycle
        exponents : the two, each in the cycle ``exponent_cycle``
        """
        bits = list(total)
        if self.mantissa_bits:
            row = with_mantissa(m, fab, bits, code, o=self.multiplied, bits=self.mantissa_bits,
                                number=holding(self.low, self.high), name=f"{name}m")  # fmt: skip
            bits = list(delay(m, en, row, 1, f"{name}multiplied"))
        if self.shifts > 1:
            exponent = [*exponents[0], *exponents[1]]
            if self.adds:
                exponent = delay(m, en, _sum(m, fab, *exponents, name), 1, f"{name}exponent")
            known = {"0": Const(0, 1)} | {f"x{k}": bit for k, bit in enumerate(bits)}
            known |= {f"e{k}": bit for k, bit in enumerate(exponent)}
            for level, gates in enumerate(self.shifter.levels):
                known |= emit(fab, gates, known, f"{name}s{level}")
            shifted = Cat(*(known[bit] for bit in self.shifter.bits))
            bits = list(delay(m, en, shifted, 1, f"{name}shifted"))
        return bits


def _sum(m: Module, fab: Fabric, a: Bits, b: Bits, name: str) -> Value:
    """Of two exponents."""
    size = max(len(a), len(b))
    a, b = ([*bits, *[Const(0, 1)] * (size - len(bits))] for bits in (a, b))
    if fab.kind != "xilinx":
        total = Signal(size + 1, name=f"{name}e")
        m.d.comb += total.eq(Cat(*a) + Cat(*b))
        return total
    positions = [fab.lut2(f"{name}e{k}", both, lambda a, b: a ^ b, lambda a, _: a)
                 for k, both in enumerate(zip(a, b))]  # fmt: skip
    sums, carries = fab.carry(f"{name}e", Const(0, 1), positions)
    return Cat(*sums, carries[-1])
