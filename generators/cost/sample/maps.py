# amaranth: UnusedElaboratable=no

"""Sums of maps, and maps side by side."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from generators.cost.sample.case import (
    FEW,
    INT4,
    INT8,
    TERNARY,
    Sample,
    drawn,
    pick,
    short,
    size,
)
from hdl.number import BIPOLAR, Number, holding
from hdl.stream.add import Add
from hdl.stream.concat import Concat

__all__ = ["add", "concat", "designed", "draw"]

U2 = Number(width=2)
ADDS = (  # items, lanes, numbers, gains
    (16, 16, (FEW, FEW), ((1,), (1,))),
    (64, 16, (INT4, FEW), ((3,), (2,))),
    (32, 8, (FEW, FEW), (tuple(range(1, 5)) * 8, (1,))),
    (24, 8, (FEW, FEW, INT8), ((1,), (1,), (1,))),
    (48, 12, (U2, INT4), ((1, -1, 2, 3) * 12, (5,))),
    (64, 8, (TERNARY, BIPOLAR), ((7,), (-3,))),
)
CONCATS = ((FEW, 16, 16), (BIPOLAR, 32, 16, 8))  # number, channels of each


def add(items: int, lanes: int, x: Sequence[Number], gains: Sequence[Sequence[int]]) -> Add:
    """A sum of maps, its result as wide as it must be."""
    ends = [
        np.sort(np.outer(gain, (number.low, number.high)), axis=1)
        for number, gain in zip(x, gains)
    ]
    low, high = (sum(np.broadcast_to(end[:, k], items) for end in ends) for k in (0, 1))
    o = holding(int(low.min()), int(high.max()))
    gains = tuple(map(tuple, gains))
    return Add(Add.Config(items=items, lanes=lanes, x=tuple(x), gains=gains, o=o))


def concat(number: Number, *sizes: int) -> Concat:
    """Pixels of one number side by side."""
    return Concat(Concat.Config(x=(number,) * len(sizes), sizes=sizes, o=number))


def _add(*case) -> Sample:
    items, lanes, x, gains = case
    terms = " + ".join(f"{gain[0] if len(gain) == 1 else 'g'} {short(number)}"
                       for gain, number in zip(gains, x))  # fmt: skip
    return Sample("add", f"{items} items in {lanes} lanes, {terms}", partial(add, *case))


def _concat(number: Number, *sizes: int) -> Sample:
    name = f"{' and '.join(map(str, sizes))} of {short(number)}"
    return Sample("concat", name, partial(concat, number, *sizes))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    cases = ((_add, ADDS), (_concat, CONCATS))
    return tuple(make(*case) for make, some in cases for case in some)


def _drawn_add(rng: np.random.Generator) -> Sample:
    """Of two maps, seldom of three; a third of them with a gain of each channel."""
    lanes, terms = size(rng, 1, 24), pick(rng, 2, 2, 2, 3)
    items = lanes * size(rng, 1, 12)
    x = tuple(pick(rng, U2, FEW, INT4, INT8, TERNARY) for _ in range(terms))
    gains = [(pick(rng, 1, 1, 1, 2, 3, 5),) for _ in x]
    if rng.random() < 0.33:
        gains[0] = tuple(int(n) for n in rng.integers(1, 6, items))
    return _add(items, lanes, x, tuple(gains))


def _drawn_concat(rng: np.random.Generator) -> Sample:
    return _concat(pick(rng, BIPOLAR, U2, FEW, INT8), *(size(rng, 2, 32) for _ in range(2)))


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones."""
    return drawn(rng, count, (_drawn_add, _drawn_concat, _drawn_add))
