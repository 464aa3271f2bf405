"""Estimates of buffers of two halves: gather and scatter."""

from generators.cost import constants
from generators.cost.count import bits, either, ram, steps
from generators.cost.moves import skid
from generators.synth.resources import Cost
from hdl.stream.gather import Gather
from hdl.stream.scatter import Scatter

__all__ = ["gather", "scatter"]

CONTROL = (10, 18, 20, 24, 28, 30, 35, 39, 43, 48, 53)
"""LUTs of both addresses and of what is full, by bits of a half's transfers; of yosys 0.70."""


@constants.cached
def gather(config: Gather.Config) -> Cost:
    """A memory a vector, addresses in both halves, and the output register."""
    size, vectors = config.payload.size, config.vectors
    total = _halves(config.beats, vectors, config.repeats) + Cost(ff=1)
    if config.storage == "bram":  # its output is the register
        return total + Cost(lut=vectors * (vectors > 1), bram18=config.bram18)
    luts, banks = ram(size, config.depth)
    enables = vectors * banks if vectors * banks > 1 else 0
    lut = vectors * (luts + size * either(banks)) + enables
    return total + Cost(lut=lut, ff=vectors * size)


@constants.cached
def scatter(config: Scatter.Config) -> Cost:
    """One memory, addresses in both halves, and a multiplexer of the vectors."""
    size, vectors = config.payload.size, config.vectors
    luts, banks = ram(vectors * size, config.depth)
    lut = luts + vectors * size * either(banks) + (banks if banks > 1 else 0)
    lut += size * _chosen(vectors)
    total = _halves(config.beats, vectors) + Cost(lut=lut, ff=size + 1)
    return total + skid(size)


def _chosen(vectors: int) -> float:
    """LUTs of a bit of one of the vectors: more of so many that not all choices are one."""
    if vectors > 5 and vectors & vectors - 1:
        return constants.of("scatter").ragged * vectors
    return either(vectors) + (constants.of("scatter").full if vectors > 5 else 0)


def _halves(beats: int, *turns: int) -> Cost:
    """Addresses of both sides, which turn at constants, and how many halves are full."""
    place = bits(2 * beats) if beats > 1 else 0
    width = bits(beats)
    lut = CONTROL[width] if width < len(CONTROL) else 5 * width + 3
    return steps(*turns) + Cost(lut=lut, ff=2 * (1 + place + (beats > 1)) + 4)
