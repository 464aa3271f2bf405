"""What a systolic engine runs: passes and their loops, and in which cycle each starts."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Literal

from hdl.checks import positive
from hdl.engine.timeline import Clock, Pace, Timeline
from hdl.number import Number, holding

__all__ = ["LEVELS", "LayerLoops", "Loop", "Pass", "Program", "Transfer"]

LEVELS = 5
"""Nested loops of a pass: columns and rows of a pool window, columns, rows and frames of outputs.

The innermost first."""

Post = Literal["thresholds", "requantize", "raw"]


@dataclass(frozen=True, kw_only=True)
class Loop:
    """One of the nested loops: how often, and by how much a step moves from the loop's start.

    The strides are those of a loop alone: vector (n_0, …, n_4) of a pass has the address
    ``pass.address + sum(n_k * loops[k].address)``, and y and x likewise.
    """

    count: int = 1
    address: int = 0
    y: int = 0
    x: int = 0

    def __post_init__(self) -> None:
        positive("Loop", count=self.count)


@dataclass(frozen=True, kw_only=True)
class LayerLoops:
    """What the passes of a block of a layer have in common.

    A block is so many vectors that the accumulator holds their sums: whole frames, or whole rows
    of a frame, or part of a row, so that its outputs lie one after the other.

    ``loops``: five, the innermost first. ``height``, ``width``: the input map; a vector whose y is
    not in 0..height - 1, or x not in 0..width - 1, is not read: all its lanes are ``padding``, the
    bits of one activation. ``step``: from an output to the next in the target memory, in words.
    ``pool``: an output is the maximum of so many consecutive vectors' (1: of each).
    ``post``: what happens to the sums of a last pass. With thresholds, the code is
    ``base + gain * count`` of those reached (0 and 1 for a bipolar: its bit). ``odd`` is added to
    raw sums where both operands are bipolar: 2 * count + odd. ``zero_point``, ``low``, ``high``:
    of requantised codes, where these are not the same in all layers.
    """

    loops: tuple[Loop, ...]
    height: int
    width: int
    step: int = 1
    padding: int = 0
    pool: int = 1
    post: Post = "thresholds"
    base: int = 0
    gain: int = 1
    odd: int = 0
    zero_point: int = 0
    low: int = 0
    high: int = 0

    def __post_init__(self) -> None:
        positive("LayerLoops", height=self.height, width=self.width, pool=self.pool)
        if len(self.loops) != LEVELS:
            raise ValueError(f"LayerLoops loops must be {LEVELS}, not {len(self.loops)}")
        if self.vectors % self.pool:
            what = f"divide the {self.vectors} vectors, unlike {self.pool}"
            raise ValueError(f"LayerLoops pool must {what}")
        if self.post not in ("thresholds", "requantize", "raw"):
            what = f"thresholds, requantize or raw, not {self.post!r}"
            raise ValueError(f"LayerLoops post must be {what}")
        if self.post == "raw" and self.pool > 1:
            raise ValueError(f"LayerLoops pool must be 1 for raw sums, not {self.pool}")
        if self.gain not in (1, 2):
            raise ValueError(f"LayerLoops gain must be 1 or 2, not {self.gain}")

    @property
    def vectors(self) -> int:
        """Vectors of a pass, one a cycle."""
        return prod(loop.count for loop in self.loops)

    @property
    def outputs(self) -> int:
        """Words that a last pass writes."""
        return self.vectors // self.pool

    @property
    def increments(self) -> tuple[tuple[int, int, int], ...]:
        """Of address, y and x, where a loop steps and all inner ones return to their start."""
        found, back = [], (0, 0, 0)
        for loop in self.loops:
            strides = (loop.address, loop.y, loop.x)
            found.append(tuple(a - b for a, b in zip(strides, back)))
            back = tuple(b + (loop.count - 1) * a for a, b in zip(strides, back))
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Words of activations that go to the external memory (``store``) or come from it.

    From ``address`` on chip and from word ``outside`` of the external memory on, one after the
    other.
    """

    store: bool
    address: int
    outside: int
    words: int

    def __post_init__(self) -> None:
        positive("Transfer", words=self.words)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One weight tile and the vectors that stream through it.

    ``layer``: which of the program's loops. ``source``: the memory that is read, from ``address``
    on (in words, of the half in use where it is the input), where the first vector has the
    coordinates ``y`` and ``x``. ``groups``: of each word the lanes of so many groups of cols are
    activations, the others are taken for padding. ``first``: the sums start anew, from the bias of
    ``set``, whose other parameters hold up to the last pass. ``last``: they go through the post
    unit to ``target`` from ``o_address`` on (in words of cols lanes for the output, of all lanes
    for activations, in which ``o_group`` is the group that is written). ``tile``: number of the
    weights. ``wait``: 0, or w: all that the pass w before this one and those before it write must
    have been written, of this batch or the one before. ``transfers``: done before it starts, when
    all passes before it have written.
    """

    layer: int
    tile: int
    source: Literal["input", "activations"] = "activations"
    address: int = 0
    y: int = 0
    x: int = 0
    groups: int = 1
    first: bool = True
    last: bool = True
    target: Literal["activations", "output"] = "activations"
    o_address: int = 0
    o_group: int = 0
    set: int = 0
    wait: int = 0
    transfers: tuple[Transfer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Program:
    """The passes of one batch, in order, and their loops.

    Raises
    ------
    ValueError
        If a pass names loops that are not there, or the sums of a pass do not follow from those of
        the one before.
    """

    layers: tuple[LayerLoops, ...]
    passes: tuple[Pass, ...]

    def __post_init__(self) -> None:
        fresh = True
        for number, one in enumerate(self.passes):
            if not 0 <= one.layer < len(self.layers):
                what = f"from 0 to {len(self.layers) - 1}, not {one.layer}"
                raise ValueError(f"Pass {number} layer must be {what}")
            if one.first != fresh:
                what = "be first after a last one" if fresh else "not be first before a last one"
                raise ValueError(f"Pass {number} must {what}")
            fresh = one.last
        if not fresh or not self.passes:
            raise ValueError("Program must end with a last pass")

    def of(self, one: Pass) -> LayerLoops:
        """The loops of a pass."""
        return self.layers[one.layer]

    @cached_property
    def vectors(self) -> tuple[int, ...]:
        """Vectors of each pass."""
        return tuple(self.of(one).vectors for one in self.passes)

    @property
    def compute(self) -> int:
        """Vectors of a batch."""
        return sum(self.vectors)

    @property
    def depth(self) -> int:
        """Vectors that the accumulator holds: those of a pass that is not the first and last."""
        return max(1, *(v for v, one in zip(self.vectors, self.passes)
                        if not (one.first and one.last)), 1)  # fmt: skip

    @property
    def base(self) -> Number:
        """What holds the codes below all thresholds."""
        bases = [layer.base for layer in self.layers]
        return holding(min(bases), max(bases))

    @property
    def tiles(self) -> int:
        """Weight tiles."""
        return 1 + max(one.tile for one in self.passes)

    @property
    def sets(self) -> int:
        """Sets of parameters."""
        return 1 + max(one.set for one in self.passes)

    def clock(self, pace: Pace) -> Clock:
        """What lets its passes start."""
        waits = [one.wait for one in self.passes]
        moves = [pace.move(one.transfers) if one.transfers else 0 for one in self.passes]
        return Clock(self.vectors, waits, pace, moves)

    @property
    def transfers(self) -> tuple[Transfer, ...]:
        """Those of a batch."""
        return tuple(move for one in self.passes for move in one.transfers)

    def timeline(self, pace: Pace) -> Timeline:
        """When each pass starts, where neither side of a batch waits."""
        return self.clock(pace).timeline()
