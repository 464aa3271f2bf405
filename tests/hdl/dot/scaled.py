"""Dot products of blocks: their words, and bits that come when they are needed."""

import numpy as np
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.dot.grouped import Grouped
from tests.hdl.clocked import draw, run
from tests.hdl.compress.trees import later

__all__ = ["Placed", "blocks", "joined", "simulate", "values", "words"]


class Placed(wiring.Component):
    """A dot product with ``x_places`` and ``w_places``; all bits are given at once."""

    def __init__(self, config):
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.lanes * config.w.width),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.dot = dot = config.build()
        for name, places in (("x", config.x_places), ("w", config.w_places)):
            port, found = getattr(self, name), {}
            for cycle, some in enumerate(places):
                if some:
                    late = later(m, Cat(*(port[k] for k in some)), cycle, self.en)
                    found.update(zip(some, late))
            assert sorted(found) == [*range(len(port))]
            m.d.comb += getattr(dot, name).eq(Cat(*(found[k] for k in range(len(port)))))
        m.d.comb += [dot.en.eq(self.en), self.o.eq(dot.o)]
        return m


def blocks(config: Grouped.Config, count: int, seed: int):
    """Random inputs and weights as elements, exponents and codes; rails in the first rows."""
    rng = np.random.default_rng(seed)
    shape = (count, config.lanes)
    x = draw(rng, config.x_element, (*shape, config.group))
    w = draw(rng, config.w_element, (*shape, config.group))
    d = rng.integers(0, config.x_exponents, shape)
    e = rng.integers(0, config.exponents, shape)
    k = rng.integers(0, config.mantissa_bits + 1, shape)
    ends = [(a, b) for a in (config.x_element.low, config.x_element.high)
            for b in (config.w_element.low, config.w_element.high)]  # fmt: skip
    for row, (left, right) in enumerate(ends):
        x[row], w[row] = left, right
        d[row], e[row], k[row] = config.x_exponents - 1, config.exponents - 1, k[row] > 0
    x[4:6, 0] = 0
    return (x, d), (w, e, k)


def words(parts) -> list[int]:
    """Words of (elements, width), and of fields above them (number, width)."""
    rows = np.zeros(parts[0][0].shape[:2], object)
    place = 0
    for numbers, width in parts:
        numbers = numbers if numbers.ndim == 3 else numbers[..., None]
        for element in range(numbers.shape[-1]):
            rows = rows | (numbers[..., element] & (1 << width) - 1).astype(object) << place
            place += width
    return joined(rows, place)


def joined(rows: np.ndarray, width: int) -> list[int]:
    """Each row of words as the bits of a port, lane 0 lowest."""
    return [sum(int(word) << width * lane for lane, word in enumerate(row)) for row in rows]


def values(config: Grouped.Config, x, w) -> np.ndarray:
    """The sums of blocks, one by one, from the mathematics."""
    (x, d), (w, e, k) = x, w
    one = 1 << config.mantissa_bits
    mantissa = np.where(k > 0, one + (one >> k), one)
    sums = (x.astype(object) * w).sum(axis=-1)
    return (sums * mantissa * 2 ** (d + e).astype(object)).sum(axis=-1)


def simulate(config: Grouped.Config, x, w, seed: int, stall: float = 0.0, how=run) -> np.ndarray:
    """The sums of rows of words, by the circuit."""
    fields = config.scale.fields
    x_words = words([(x[0], config.x_element.width), (x[1], fields[0])])
    w_words = words([(w[0], config.w_element.width), (w[1], fields[1]), (w[2], fields[2])])
    return how(Placed(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=x_words, w=w_words)  # fmt: skip
