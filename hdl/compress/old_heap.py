"""Bit heaps: the sum of many bits of different weights, by full adders in carry-save form."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value

__all__ = ["Plan", "compress"]

LEVELS_PER_REGISTER = 3
"""Full adders between two registers: each is one LUT deep."""


@dataclass(frozen=True)
class Plan:
    """How a heap is compressed: heights of the columns, lowest first, modulo 2^len(heights).

    Level by level, each column's bits go in threes into full adders (sum in the same column, carry
    in the next) until no column holds more than two; then one carry-propagate adder. A register
    follows every LEVELS_PER_REGISTER levels, and the adder.
    """

    heights: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.heights or min(self.heights) < 0:
            what = f"some non-negative integers, not {self.heights!r}"
            raise ValueError(f"Heap heights must be {what}")

    @cached_property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Full adders in each column, level by level."""
        return _levels(self.heights)

    @property
    def latency(self) -> int:
        """Cycles from the bits to their sum."""
        return len(self.levels) // LEVELS_PER_REGISTER + 1

    @property
    def full_adders(self) -> int:
        """Full adders in all levels, without the last carry-propagate adder."""
        return sum(map(sum, self.levels))


@cache
def _levels(heights: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    levels = []
    while max(heights) > 2:
        adders = tuple(height // 3 for height in heights)
        carries = (0, *adders[:-1])
        heights = tuple(h - 2 * a + c for h, a, c in zip(heights, adders, carries))
        levels.append(adders)
    return tuple(levels)


def compress(m: Module, columns: Sequence[Sequence[Value]], en: Value) -> Signal:
    """Add the bits of a heap; column k counts 2^k, the sum is taken modulo 2^len(columns).

    Parameters
    ----------
    m : Module that gets the adders and registers
    columns : bits by column, lowest first
    en : clock enable of the registers

    Returns
    -------
    Signal
        The sum, ``Plan(heights).latency`` enabled cycles after the bits.
    """
    plan = Plan(tuple(len(column) for column in columns))
    heap = [list(column) for column in columns]
    for number, adders in enumerate(plan.levels, 1):
        heap = _level(m, heap, adders, f"l{number}")
        if number % LEVELS_PER_REGISTER == 0:
            heap = [_register(m, bits, en, f"r{number}_{k}") for k, bits in enumerate(heap)]
    rows = [Cat(*(bits[r] if len(bits) > r else Const(0, 1) for bits in heap)) for r in range(2)]
    total = Signal(len(columns), name="total", reset_less=True)
    with m.If(en):
        m.d.sync += total.eq(rows[0] + rows[1])
    return total


def _level(m: Module, heap: list[list[Value]], adders: Sequence[int], name: str):
    out = [column[3 * count :] for column, count in zip(heap, adders)]
    for k, count in enumerate(adders):
        if not count:
            continue
        # One vector of adders a column, its operands whole slices where the bits are: a simulator
        # then works on words. Named signals, else expressions are copied into each user.
        a, b, c = (Cat(*heap[k][i * count : (i + 1) * count]) for i in range(3))
        total = Signal(count, name=f"{name}_s{k}")
        carry = Signal(count, name=f"{name}_c{k}")
        m.d.comb += [total.eq(a ^ b ^ c), carry.eq((a & b) | (a & c) | (b & c))]
        out[k] += list(total)
        if k + 1 < len(heap):
            out[k + 1] += list(carry)
    return out


def _register(m: Module, bits: list[Value], en: Value, name: str) -> list[Value]:
    if not bits:
        return bits
    register = Signal(len(bits), name=name, reset_less=True)
    with m.If(en):
        m.d.sync += register.eq(Cat(*bits))
    return list(register)
