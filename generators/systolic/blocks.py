"""Blocks of a layer's results that the memories hold, and the rows of the map that each reads."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from generators.network.error import ModelError
from generators.systolic.shape import Shape
from generators.systolic.stage import Stage

__all__ = ["Block", "band", "blocks", "least", "words"]


@dataclass(frozen=True)
class Block:
    """Frames, rows and columns of results, each from where and how many."""

    frame: tuple[int, int]
    y: tuple[int, int]
    x: tuple[int, int]

    @property
    def vectors(self) -> int:
        """Pixels of results."""
        return prod(self.size)

    @property
    def first(self) -> tuple[int, int, int]:
        """Frame, row and column of the first."""
        return self.frame[0], self.y[0], self.x[0]

    @property
    def size(self) -> tuple[int, int, int]:
        """Frames, rows and columns."""
        return self.frame[1], self.y[1], self.x[1]


def blocks(stage: Stage, shape: Shape) -> list[Block]:
    """Whole frames, else whole rows, else parts of rows, of which the accumulator holds the sums.

    Where maps lie outside, what a block reads and writes of them fits ``shape.held`` words, too.
    Of blocks that must be, as few and as equal as may be.

    Raises
    ------
    ModelError
        If a pool's window has more vectors than the accumulator holds, or the least block more
        words than are held.
    """
    depth, (height, width, _) = shape.depth, stage.result
    if stage.taps == 1 and stage.source[2] <= shape.word:  # sums that no second pass adds to
        depth = 1 << 62
    row = width * stage.window
    if stage.window > depth:
        what = f"Max-pool of {stage.window} sums must fit an accumulator of {depth}"
        raise ModelError(f"layer {stage.name!r}", what)
    need = least(stage, shape)
    if shape.held is not None and need > shape.held:
        what = f"Rows of maps of {need} words, read and written at once, must fit {shape.held} "
        raise ModelError(f"layer {stage.name!r}", f"{what}on chip")

    def parts(size: int, sums: int, room: Callable[[int], int]) -> list[tuple[int, int]]:
        most = max(1, depth // sums)
        if shape.held is not None:
            most = min(most, max(1, bisect_right(range(1, size + 1), shape.held, key=room)))
        return _parts(size, most)

    frames = parts(shape.batch, height * row, lambda n: _room(stage, shape, n, height, width))
    rows = parts(height, row, lambda n: _room(stage, shape, 1, n, width))
    columns = parts(width, stage.window, lambda n: _room(stage, shape, 1, 1, n))
    return [Block(f, y, x) for f in frames for y in rows for x in columns]


def _parts(size: int, most: int) -> list[tuple[int, int]]:
    """Consecutive parts of at most so many: from where, and how many."""
    count = -(-size // most)
    ends = [size * k // count for k in range(count + 1)]
    return [(a, b - a) for a, b in pairwise(ends)]


def least(stage: Stage, shape: Shape) -> int:
    """Words of maps that a block of one pixel reads and writes."""
    return _room(stage, shape, 1, 1, 1)


def words(stage: Stage, shape: Shape, block: Block) -> tuple[int, int]:
    """How many of the map before and of the map behind a block reads and writes.

    None of the network's input and output, which are held elsewhere.
    """
    rows = band(stage, block)[1]
    source = 0 if stage.initial else block.frame[1] * rows * _row(stage.source, shape)
    return source, 0 if stage.final else block.vectors * _words(stage.outputs, shape)


def band(stage: Stage, block: Block) -> tuple[int, int]:
    """Rows of the map before that a block reads, of each frame: from where, and how many.

    Those beyond the map left out; all of them where there are several frames.
    """
    if block.frame[1] > 1:
        return 0, stage.source[0]
    low = block.y[0] * stage.stride[0] * stage.pool_stride[0] - stage.before[0]
    high = min(stage.source[0], low + _span(stage, block.y[1]))
    low = min(max(0, low), max(0, high))
    return low, max(0, high - low)


def _span(stage: Stage, rows: int) -> int:
    """Rows of the map before from the first to the last that so many rows of results read."""
    (sy, _), ky = stage.stride, stage.weights.shape[1]
    steps = (rows - 1) * stage.pool_stride[0] + stage.pool[0] - 1
    return steps * sy + (ky - 1) * stage.dilation[0] + 1


def _room(stage: Stage, shape: Shape, frames: int, rows: int, columns: int) -> int:
    """Words of maps of a block of so many frames, of all rows if several, rows and columns."""
    read = stage.source[0] if frames > 1 else min(stage.source[0], _span(stage, rows))
    source = 0 if stage.initial else frames * read * _row(stage.source, shape)
    target = 0 if stage.final else frames * rows * columns * _words(stage.outputs, shape)
    return source + target


def _row(size: tuple[int, int, int], shape: Shape) -> int:
    return size[1] * _words(size[2], shape)


def _words(channels: int, shape: Shape) -> int:
    return -(-channels // shape.word)
