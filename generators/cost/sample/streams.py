# amaranth: UnusedElaboratable=no

"""What moves streams: queues, converters, forks, and what turns transfers around."""

from functools import partial

import numpy as np
from amaranth.hdl import signed

from generators.cost.sample.case import Sample, drawn, pick, size
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter

__all__ = ["converter", "designed", "draw", "fifo", "fork", "gather", "repeat", "scatter"]

FIFOS = (  # depth, width
    (2, 32), (32, 8), (200, 16), (1024, 36), (64, 24), (96, 48), (128, 16), (300, 24), (512, 8),
    (600, 4), (1000, 2),
)  # fmt: skip
CONVERTERS = (  # lanes in and out, items, bits
    (16, 49, 784, 1), (49, 16, 784, 1), (16, 8, 64, 1), (8, 16, 64, 4), (3, 7, 21, signed(4)),
    (4, 10, 20, 8), (10, 4, 20, 2),
)  # fmt: skip
FORKS = ((1, 64, 2), (4, 16, 3))  # bits, lanes, readers
GATHERS = (  # lanes, vectors, beats, repeats, bits
    (32, 4, 16, 16, 1), (8, 2, 9, 4, 4), (16, 3, 36, 8, 2), (4, 8, 8, 2, 8), (32, 2, 300, 4, 4),
)  # fmt: skip
SCATTERS = (  # lanes, vectors, beats, bits
    (32, 4, 16, 1), (8, 2, 9, 4), (16, 3, 8, 2), (4, 8, 4, 8), (10, 2, 40, 4),
)  # fmt: skip
REPEATS = ((4, 16, 4, 2), (8, 8, 2, 2), (2, 32, 3, 2))  # bits, lanes, times, step


def fifo(depth: int, width: int, style: str = "auto") -> FIFO:
    """A queue of one lane."""
    return FIFO(FIFO.Config(depth=depth, width=width, lanes=1, style=style))


def converter(i_lanes: int, o_lanes: int, items: int, width=1) -> Converter:
    """A width converter."""
    return Converter(Converter.Config(width=width, items=items, i_lanes=i_lanes, o_lanes=o_lanes))


def fork(width: int, lanes: int, readers: int) -> Fork:
    """A fork of lanes of so many bits."""
    return Fork(Fork.Config(width=width, lanes=lanes, readers=readers))


def gather(lanes: int, vectors: int, beats: int, repeats: int, width=1) -> Gather:
    """Vectors of so many transfers, side by side."""
    return Gather(Gather.Config(width=width, lanes=lanes, vectors=vectors, beats=beats,
                                repeats=repeats))  # fmt: skip


def scatter(lanes: int, vectors: int, beats: int, width=1) -> Scatter:
    """Vectors of so many transfers, one after the other."""
    return Scatter(Scatter.Config(width=width, lanes=lanes, vectors=vectors, beats=beats))


def repeat(width: int, lanes: int, times: int, step: int) -> Repeat:
    """Transfers so many times, each shifted by a step."""
    return Repeat(Repeat.Config(width=width, lanes=lanes, times=times, step=step))


def _fifo(*case) -> Sample:
    return Sample("fifo", "{}x{}".format(*case), partial(fifo, *case))


def _converter(*case) -> Sample:
    return Sample("converter", "{} to {}, {} items of {}".format(*case), partial(converter, *case))


def _fork(*case) -> Sample:
    return Sample("fork", "{} bits in {} lanes to {}".format(*case), partial(fork, *case))


def _gather(*case) -> Sample:
    name = "{} lanes of {}, {} vectors of {} beats {} times"
    lanes, vectors, beats, repeats, width = case
    return Sample("gather", name.format(lanes, width, vectors, beats, repeats),
                  partial(gather, *case))  # fmt: skip


def _scatter(*case) -> Sample:
    lanes, vectors, beats, width = case
    name = f"{lanes} lanes of {width}, {vectors} vectors of {beats} beats"
    return Sample("scatter", name, partial(scatter, *case))


def _repeat(*case) -> Sample:
    return Sample("repeat", "{1} of {0} bits {2} times by {3}".format(*case),
                  partial(repeat, *case))  # fmt: skip


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    cases = ((_fifo, FIFOS), (_converter, CONVERTERS), (_fork, FORKS), (_gather, GATHERS),
             (_scatter, SCATTERS), (_repeat, REPEATS))  # fmt: skip
    return tuple(make(*case) for make, some in cases for case in some)


def _drawn_fifo(rng: np.random.Generator) -> Sample:
    """As deep and wide as between layers."""
    width = size(rng, 1, 160)
    return _fifo(size(rng, 2, min(2048, max(4, 100_000 // width))), width)


def _drawn_converter(rng: np.random.Generator) -> Sample:
    """Half of them by whole numbers of lanes."""
    width, few = pick(rng, 1, 1, 2, 4, 8, signed(4), signed(8), 16), size(rng, 1, 32)
    bits = width if isinstance(width, int) else width.width
    many = few * size(rng, 2, 8) if rng.random() < 0.5 else size(rng, few + 1, 3 * few + 2)
    if few + many > 500 // bits:
        raise ValueError("wider than between layers")
    i_lanes, o_lanes = (few, many) if rng.random() < 0.5 else (many, few)
    items = many * size(rng, 1, 40) if rng.random() < 0.6 else size(rng, many, 30 * many)
    return _converter(i_lanes, o_lanes, items, width)


def _drawn_fork(rng: np.random.Generator) -> Sample:
    return _fork(size(rng, 1, 8), size(rng, 1, 64), pick(rng, 2, 2, 3, 4))


def _drawn_gather(rng: np.random.Generator) -> Sample:
    width, vectors = pick(rng, 1, 2, 4, 8), pick(rng, 2, 3, 4, 8)
    lanes = size(rng, 1, max(1, 256 // width // vectors))
    return _gather(lanes, vectors, size(rng, 2, 100), size(rng, 1, 32), width)


def _drawn_scatter(rng: np.random.Generator) -> Sample:
    width, vectors = pick(rng, 1, 2, 4, 8, 16), pick(rng, 2, 3, 4, 8)
    lanes = size(rng, 1, max(1, 256 // width // vectors))
    return _scatter(lanes, vectors, size(rng, 2, 64), width)


def _drawn_repeat(rng: np.random.Generator) -> Sample:
    width = pick(rng, 2, 3, 4, 8)
    return _repeat(width, size(rng, 2, max(2, 256 // width)), pick(rng, 2, 3, 4), 2)


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones, most of them queues and converters."""
    return drawn(rng, count, (
        _drawn_fifo, _drawn_converter, _drawn_gather, _drawn_fifo, _drawn_converter,
        _drawn_scatter, _drawn_fifo, _drawn_converter, _drawn_repeat, _drawn_fork,
    ))  # fmt: skip
