"""About how fast an array runs a network, known at once: what candidates are chosen by.

An engine's own times are exact, but need its dot product's schedule, which may take seconds.
"""

from dataclasses import dataclass

from generators.systolic.blocks import blocks
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain
from hdl.array.systolic_config import Config
from hdl.engine.program import Transfer

__all__ = ["BEAT", "RING", "Pace", "estimate", "weight"]

OTHERS = 20
"""Cycles from the array's edge to a word written, and of a dot product, about."""

BEAT = 64
"""Bits of an external memory's beat."""

LATENCY = 32
"""Cycles from a burst's address to its first beat."""

RING = 4
"""Tiles of an external memory that are on chip, or more where a burst brings several."""

BATCH_COST = 0.01
"""What a doubled batch, which costs latency, must gain."""


def weight(batch: int) -> float:
    """Of the cycles of a batch."""
    return 1 + BATCH_COST * (batch.bit_length() - 1)


@dataclass(frozen=True)
class Pace:
    """As ``hdl.engine.program.Pace``; with external weights, tiles come every ``tile`` cycles.

    ``beats`` of a word of activations that is moved.
    """

    interval: int
    drain: int
    tile: int
    beats: int = 1

    @classmethod
    def of(cls, array: Config, *, external: bool) -> "Pace":
        """That of an array."""
        hops = sum(some.hops for some in array.columns)
        beats = -(-array.word * array.w.width // BEAT) * array.cols
        moved = -(-array.word * array.x.width // BEAT)
        return cls(array.cols + hops, array.rows + hops + OTHERS, beats if external else 0, moved)

    def move(self, transfers: tuple[Transfer, ...]) -> int:
        """Cycles of transfers of activations, about."""
        return sum(one.words * (self.beats + 2) if one.store
                   else LATENCY + one.words * max(2, self.beats) for one in transfers)  # fmt: skip

    def supply(self) -> "_Supply | None":
        """Who brings the weights."""
        return _Supply(self.tile) if self.tile else None


class _Supply:
    """Tiles at a steady rate, as fast as they are used."""

    def __init__(self, tile: int) -> None:
        self._tile, self._there = tile, 0

    def start(self, opened: int) -> int:
        """When the next tile is there."""
        self._there = max(self._there, opened) + self._tile
        return self._there


def estimate(chain: Chain, shape: Shape, array: Config) -> float:
    """Cycles a frame, weights on chip, and what a larger batch costs."""
    pace, total = Pace.of(array, external=False), 0
    for stage in chain.stages:
        words = -(-stage.source[2] // shape.word)
        tiles = stage.taps * words * -(-stage.outputs // shape.cols)
        sizes = [block.vectors * stage.window for block in blocks(stage, shape)]
        total += tiles * sum(max(size, pace.interval) for size in sizes)
        if tiles == stage.taps * words:  # no other outputs are computed while these drain
            total += pace.drain
    return total / shape.batch * weight(shape.batch)
