"""The words of an engine's program memories: how wide its fields are, and their bits."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Shape, unsigned
from amaranth.lib import data

from hdl.engine.program import LEVELS, LayerLoops, Program
from hdl.number import holding

__all__ = ["LIMITS", "POSTS", "Words"]

POSTS = ("thresholds", "requantize", "raw")
"""Codes of what happens to sums: their place."""

LIMITS = ("zero_point", "low", "high")
"""Of requantised activations."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """Layouts of a program's words, as narrow as its numbers permit, and the words.

    Parameters
    ----------
    program : the program
    cols, groups : columns of the array, and groups of so many lanes in a word of activations
    x_width : bits of an activation
    interval : least cycles from the start of a pass to the next one's
    flying : the most passes that are on their way at once
    """

    program: Program
    cols: int
    groups: int
    x_width: int
    interval: int
    flying: int

    @cached_property
    def address(self) -> int:
        """Bits of an address that is read, without the half."""
        program = self.program
        return _bits(max(_span(program.of(one), one.address, "address")[1]
                         for one in program.passes))  # fmt: skip

    @cached_property
    def y(self) -> Shape:
        """Shape of a coordinate y, those outside the map included."""
        return self._coordinate("y", "height")

    @cached_property
    def x(self) -> Shape:
        """Shape of a coordinate x."""
        return self._coordinate("x", "width")

    def _coordinate(self, name: str, size: str) -> Shape:
        spans = [_span(self.program.of(one), getattr(one, name), name)
                 for one in self.program.passes]  # fmt: skip
        sizes = [getattr(layer, size) for layer in self.program.layers]
        return holding(min(-1, *(low for low, _ in spans)),
                       max(*sizes, *(high for _, high in spans))).shape  # fmt: skip

    @cached_property
    def layer(self) -> data.StructLayout:
        """Fields of the loops of a layer's block.

        ``counts`` are less by one, and so is ``pool``. ``hold``: cycles to the next pass, less two.
        """
        layers = self.program.layers
        step = max(layer.step for layer in layers)
        return data.StructLayout({
            "counts": data.ArrayLayout(_bits(max(loop.count - 1 for layer in layers
                                                 for loop in layer.loops)), LEVELS),
            "addresses": data.ArrayLayout(self.address, LEVELS),
            "ys": data.ArrayLayout(unsigned(self.y.width), LEVELS),
            "xs": data.ArrayLayout(unsigned(self.x.width), LEVELS),
            "height": self.y,
            "width": self.x,
            "padding": self.x_width,
            "hold": _bits(max(self.interval - 1, *map(self._hold, layers))),
            "pool": _bits(max(layer.pool for layer in layers) - 1),
            "step": _bits(step),
            "post": 2,
            "base": self.program.base.shape,
            "gain": 1,
            "odd": 1,
            **{name: holding(min(values), max(values)).shape for name, values in (
                (name, [getattr(layer, name) for layer in layers]) for name in LIMITS)},
        })  # fmt: skip

    @cached_property
    def one(self) -> data.StructLayout:
        """Fields of a pass.

        ``groups`` are less by one; ``set`` and ``tile`` are the first words of these; ``input``
        and ``output``: whether the source and the target are those; ``final``: the batch ends;
        ``moves``: transfers stand before it.
        """
        passes = self.program.passes
        return data.StructLayout({
            "layer": _bits(len(self.program.layers) - 1),
            "tile": _bits(self.program.tiles * self.cols - 1),
            "input": 1,
            "address": self.address,
            "y": self.y,
            "x": self.x,
            "groups": _bits(self.groups - 1),
            "first": 1,
            "last": 1,
            "output": 1,
            "o_address": self.o_address,
            "o_group": _bits(self.groups - 1),
            "set": _bits(self.program.sets * self.cols - 1),
            "wait": _bits(min(self.flying, max(one.wait for one in passes))),
            "final": 1,
            "moves": 1,
        })

    @cached_property
    def move(self) -> data.StructLayout:
        """Fields of a transfer; ``last``: the pass behind it may start."""
        moves = self.program.transfers
        return data.StructLayout({
            "store": 1,
            "address": _bits(max(move.address + move.words - 1 for move in moves)),
            "outside": _bits(max(move.outside + move.words - 1 for move in moves)),
            "count": _bits(max(move.words for move in moves)),
            "last": 1,
        })

    @cached_property
    def move_rom(self) -> list[int]:
        """The bits of all transfers."""
        return [_word(self.move, {"store": move.store, "address": move.address,
                                  "outside": move.outside, "count": move.words,
                                  "last": move is one.transfers[-1]})
                for one in self.program.passes for move in one.transfers]  # fmt: skip

    @cached_property
    def o_address(self) -> int:
        """Bits of an address that is written, without the half."""
        last = (one.o_address + (self.program.of(one).outputs - 1) * self.program.of(one).step
                for one in self.program.passes if one.last)  # fmt: skip
        return _bits(max(last))

    @cached_property
    def late(self) -> data.StructLayout:
        """What of a pass and its loops is needed when its sums leave the array."""
        one, layer = self.one.members, self.layer.members
        return data.StructLayout({
            **{name: one[name] for name in ("first", "last", "output", "o_address", "o_group",
                                            "final")},
            **{name: layer[name] for name in ("pool", "step", "post", "base", "gain", "odd")},
        })  # fmt: skip

    @cached_property
    def early(self) -> data.StructLayout:
        """What of a pass's loops is needed when its sums are finished."""
        return data.StructLayout({name: self.layer.members[name] for name in LIMITS})

    @cached_property
    def pass_rom(self) -> list[int]:
        """The bits of all passes."""
        return [self.pass_word(number) for number in range(len(self.program.passes))]

    @cached_property
    def layer_rom(self) -> list[int]:
        """The bits of all loops."""
        return [self.layer_word(layer) for layer in self.program.layers]

    def layer_word(self, layer: LayerLoops) -> int:
        """The bits of a layer's block."""
        increments = tuple(zip(*layer.increments))
        widths = (self.address, self.y.width, self.x.width)
        moves = [[value & (1 << width) - 1 for value in row]
                 for row, width in zip(increments, widths)]  # fmt: skip
        return _word(self.layer, {
            "counts": [loop.count - 1 for loop in layer.loops],
            "addresses": moves[0], "ys": moves[1], "xs": moves[2],
            "height": layer.height, "width": layer.width, "padding": layer.padding,
            "hold": self._hold(layer), "pool": layer.pool - 1, "step": layer.step,
            "post": POSTS.index(layer.post), "base": layer.base, "gain": layer.gain - 1,
            "odd": layer.odd, **{name: getattr(layer, name) for name in LIMITS},
        })  # fmt: skip

    def pass_word(self, number: int) -> int:
        """The bits of a pass."""
        one = self.program.passes[number]
        return _word(self.one, {
            "layer": one.layer, "tile": one.tile * self.cols, "input": one.source == "input",
            "address": one.address & (1 << self.address) - 1, "y": one.y, "x": one.x,
            "groups": one.groups - 1, "first": one.first, "last": one.last,
            "output": one.target == "output", "o_address": one.o_address,
            "o_group": one.o_group, "set": one.set * self.cols,
            "wait": one.wait if one.wait <= self.flying else 0,
            "final": number == len(self.program.passes) - 1, "moves": bool(one.transfers),
        })  # fmt: skip

    def _hold(self, layer: LayerLoops) -> int:
        return max(layer.vectors, self.interval) - 2


def _word(layout: data.StructLayout, values: dict) -> int:
    return layout.const(values).as_bits()


def _bits(high: int) -> int:
    """Bits of the unsigned numbers up to high; one at least."""
    return max(1, high.bit_length())


def _span(layer: LayerLoops, start: int, name: str) -> tuple[int, int]:
    """The lowest and the highest that a pass's address or coordinate becomes."""
    ends = [(loop.count - 1) * getattr(loop, name) for loop in layer.loops]
    return start + sum(min(0, end) for end in ends), start + sum(max(0, end) for end in ends)
