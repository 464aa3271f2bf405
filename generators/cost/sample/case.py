# amaranth: UnusedElaboratable=no

"""A circuit of a sample, and how random ones are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
from amaranth.lib import wiring

from hdl.number import BIPOLAR, Number, holding

__all__ = ["BYTE", "FEW", "INT4", "INT8", "SAME", "TERNARY", "Draw", "Sample", "drawn", "integers",
           "named", "pick", "short", "size", "spread", "sums"]  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A configuration that is synthesised: the kind of its circuit, its name, what builds it."""

    circuit: str
    name: str
    build: Callable[[], wiring.Component]


Draw = Callable[[np.random.Generator], Sample]
"""A random circuit of a kind; ValueError where no such circuit is built."""

TERNARY, FEW, BYTE = Number(width=2, signed=True), Number(width=4), Number(width=8)
INT4, INT8 = Number(width=4, signed=True), Number(width=8, signed=True)
SAME = (1, 1, 1, 1)


def drawn(rng: np.random.Generator, count: int, draws: Sequence[Draw]) -> list[Sample]:
    """So many random circuits, of each kind in turn; what cannot be built is drawn again."""
    found: dict[str, Sample] = {}
    while len(found) < count:
        draw = draws[len(found) % len(draws)]
        try:
            sample = draw(rng)
        except ValueError:
            continue
        found.setdefault(f"{sample.circuit} {sample.name}", sample)
    return list(found.values())


def pick(rng: np.random.Generator, *values):
    """One of some values."""
    return values[int(rng.integers(len(values)))]


def size(rng: np.random.Generator, low: int, high: int) -> int:
    """A number from low to high, as often between 2 and 4 as between 20 and 40."""
    return min(high, int(2 ** rng.uniform(log2(low), log2(high + 1))))


def integers(number: Number, shape) -> np.ndarray:
    """The same random values of a number every time."""
    draw = np.random.default_rng(0).integers
    if number.bipolar:
        return 2 * draw(0, 2, shape) - 1
    return draw(number.low, number.high, shape, endpoint=True)


def sums(matrix: np.ndarray, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest sum of each row, of inputs from low to high."""
    ends = matrix * low, matrix * high
    return np.minimum(*ends).sum(axis=1), np.maximum(*ends).sum(axis=1)


def spread(low: np.ndarray, high: np.ndarray, levels: int) -> np.ndarray:
    """Random thresholds (rows, levels) around the middle between two ends of each row."""
    near = np.random.default_rng(1).normal(0.5, 0.1, (len(low), levels))
    return np.sort(low[:, None] + near * (high - low)[:, None], axis=1).astype(int)


def outputs(levels: int, low: int, high: int) -> Number:
    """What a layer emits: codes of so many levels, or sums from low to high."""
    if not levels:
        return holding(low, high)
    return BIPOLAR if levels == 1 else holding(0, levels)


def short(number: Number) -> str:
    """A number in a name."""
    return "b" if number.bipolar else f"{'us'[number.signed]}{number.width}"


def named(options: dict) -> str:
    """Options in a name: a pair or four of the same are one."""
    text = ""
    for name, value in options.items():
        one = value[-1] if isinstance(value, tuple) else value
        text += f" {name}" if one is True else f" {name}{one}"
    return text
