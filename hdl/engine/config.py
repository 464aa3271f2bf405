"""Sizes and times of a systolic engine."""

from dataclasses import dataclass
from functools import cached_property

from hdl.array.systolic_config import Config as Array
from hdl.array.weights import Weights
from hdl.bus.axi_copy import AXICopy
from hdl.checks import positive
from hdl.engine.address import Addresses
from hdl.engine.load import Load, Map
from hdl.engine.parameters import Parameters
from hdl.engine.post import Post
from hdl.engine.program import Program, Transfer
from hdl.engine.ring import Ring, Supply
from hdl.engine.scratchpad import Scratchpad
from hdl.engine.sequencer import Rom
from hdl.engine.sums import Sums
from hdl.engine.unload import Unload
from hdl.engine.words import Words
from hdl.number import Number
from hdl.quant.requantize import Requantize

__all__ = ["Config", "Map"]


@dataclass(frozen=True, kw_only=True)
class Config:
    """An array, the program it runs, and what is around.

    array : the cells; ``stalls`` may be False.
    program : the passes of a batch.
    acc : what sums of all passes are kept as; thresholds are of it, too.
    i, o : numbers of the input stream and of the output stream.
    frames : of a batch.
    i_map, o_map : of a frame.
    a_depth : words of activations.
    levels : most thresholds of a channel; 0 for none.
    requantize : how sums are requantised, of acc to activations, multiplier and shift as ports;
        limits are constants where all layers have the same. None where none is.
    ring : tiles of an external memory that are on chip; 0 where all weights are.
    bursts, memory_latency : of that memory, see :class:`hdl.engine.ring.Ring`.

    Raises
    ------
    ValueError
        If outputs are raw sums and activations, what lies between layers is raw sums, nothing
        makes activations that are to be, or a word is no whole number of groups.
    """

    array: Array
    program: Program
    acc: Number
    i: Number
    o: Number
    frames: int
    i_map: Map
    o_map: Map
    a_depth: int = 2
    levels: int = 0
    requantize: Requantize.Config | None = None
    ring: int = 0
    bursts: int = 8
    memory_latency: int = 32

    def __post_init__(self) -> None:
        positive("Engine", frames=self.frames, a_depth=self.a_depth)
        if self.array.word % self.array.cols:
            what = f"divide the {self.array.word} operands, unlike {self.array.cols}"
            raise ValueError(f"Engine cols must {what}")
        posts = {self.program.of(one).post == "raw" for one in self.program.passes
                 if one.last and one.target == "output"}  # fmt: skip
        if len(posts) != 1:
            raise ValueError("Engine output must be raw sums or activations, not both or none")
        if any(one.last and one.target == "activations" and self.program.of(one).post == "raw"
               for one in self.program.passes):  # fmt: skip
            raise ValueError("Engine activations must not be raw sums")
        if not self.levels and self.requantize is None and not self.raw:
            raise ValueError("Engine must have levels or requantize where it makes activations")

    @property
    def cols(self) -> int:
        """Columns of the array: outputs of a pass's vector."""
        return self.array.cols

    @property
    def groups(self) -> int:
        """Groups of cols lanes in a word."""
        return self.array.word // self.array.cols

    @property
    def raw(self) -> bool:
        """Whether the output is sums."""
        return any(self.program.of(one).post == "raw" for one in self.program.passes if one.last)

    @cached_property
    def post(self) -> Post.Config:
        """What follows the sums."""
        return Post.Config(cols=self.cols, x=self.acc, o=self.array.x, levels=self.levels,
                           base=self.program.base, requantize=self.requantize,
                           counts=self.array.x.bipolar and self.array.w.bipolar)  # fmt: skip

    @cached_property
    def sums(self) -> Sums.Config:
        """The accumulator."""
        return Sums.Config(depth=max(2, self.program.depth), cols=self.cols, i=self.array.o,
                           o=self.acc)  # fmt: skip

    @property
    def activations(self) -> Scratchpad.Config:
        """What layers leave to others."""
        return Scratchpad.Config(depth=self.a_depth, groups=self.groups,
                                 width=self.cols * self.array.x.width)  # fmt: skip

    @property
    def load_unit(self) -> Load.Config:
        """What fills the input memory."""
        return Load.Config(map=self.i_map, frames=self.frames, lanes=self.array.word, i=self.i,
                           o=self.array.x)  # fmt: skip

    @property
    def unload_unit(self) -> Unload.Config:
        """What reads the output memory."""
        return Unload.Config(map=self.o_map, frames=self.frames, lanes=self.cols, number=self.o)

    @property
    def i_words(self) -> int:
        """Words of a batch's inputs."""
        return self.load_unit.words

    @property
    def o_words(self) -> int:
        """Words of a batch's outputs."""
        return self.unload_unit.words

    @property
    def inputs(self) -> Scratchpad.Config:
        """Inputs, in halves that start at a power of two."""
        return Scratchpad.Config(depth=_halves(self.i_words), groups=1,
                                 width=self.array.word * self.array.x.width)  # fmt: skip

    @property
    def outputs(self) -> Scratchpad.Config:
        """Outputs, in halves likewise."""
        return Scratchpad.Config(depth=_halves(self.o_words), groups=1,
                                 width=self.cols * self.o.width)  # fmt: skip

    @property
    def weights(self) -> Weights.Config:
        """Where the tiles are: a word a column."""
        depth = max(2, self.program.tiles * self.cols)
        return Weights.Config(width=self.array.word * self.array.w.width, depth=depth,
                              storage="lut" if depth <= 64 else "bram")  # fmt: skip

    @cached_property
    def tiles(self) -> Ring.Config | None:
        """How tiles come from an external memory."""
        if not self.ring:
            return None
        return Ring.Config(width=self.array.word * self.array.w.width, cols=self.cols,
                           passes=len(self.program.passes), tiles=self.ring, bursts=self.bursts,
                           memory_latency=self.memory_latency)  # fmt: skip

    @property
    def weight_latency(self) -> int:
        """Cycles from a word's address to the word."""
        return self.tiles.latency if self.tiles else self.weights.latency

    def parameters(self, width: int) -> Parameters.Config:
        """Where a part of the parameters is."""
        return Parameters.Config(width=width, cols=self.cols, depth=self.program.sets * self.cols)

    @property
    def address(self) -> int:
        """Cycles from the start of a pass to its first address.

        More than it takes, where the parameters would be late.
        """
        fetch = self.parameters(1).fetch
        return max(Addresses.latency, 2 + self.cols + fetch - self.array.latency)

    @property
    def vector(self) -> int:
        """Cycles from the start of a pass to its first vector at the array."""
        return self.address + Scratchpad.Config.latency + 1

    @property
    def fetch(self) -> int:
        """Cycles from the start of a pass until the next one's fields are there."""
        return 1 + Rom(width=1, count=len(self.program.passes)).latency

    @property
    def load(self) -> int:
        """Cycles from the start of a pass to what loads the next one's weights."""
        after = self.vector + self.array.swap_cycles - self.weight_latency - 1
        return max(after, self.fetch)

    @property
    def shift(self) -> int:
        """Cycles from what loads a pass's weights until it may start."""
        return max(1, self.weight_latency + self.array.load_cycles + 1 - self.vector)

    @property
    def copy(self) -> AXICopy.Config | None:
        """What moves activations, where the program has transfers."""
        if not self.program.transfers:
            return None
        fields = self.words.move.members
        return AXICopy.Config(width=self.array.word * self.array.x.width,
                              address=fields["address"], outside=fields["outside"],
                              count=fields["count"])  # fmt: skip

    def move(self, transfers: tuple[Transfer, ...]) -> int:
        """Cycles of transfers before a pass, see :class:`hdl.engine.timeline.Pace`.

        What is stored is taken at once and confirmed before anything is loaded.
        """
        cycles = 1
        for one in transfers:
            took = self.copy.load_cycles(one.words, self.memory_latency)
            took = self.copy.store_cycles(one.words) if one.store else took
            cycles += self.address + took + 1
        return cycles

    def supply(self) -> Supply | None:
        """Who brings the weights."""
        return Supply(self.tiles, load=self.load, ready=self.shift) if self.tiles else None

    @property
    def interval(self) -> int:
        """Least cycles from the start of a pass to the next one's."""
        loops = self.fetch + Rom(width=1, count=len(self.program.layers)).latency
        return max(self.load + self.shift, self.fetch + 1, loops, Sums.Config.reuse)

    @property
    def parameters_load(self) -> int:
        """Cycles from the start of a pass to what reads its parameters, the bias first."""
        fetch = self.parameters(1).fetch
        return self.address + self.array.latency - fetch - self.cols - 1

    @property
    def written(self) -> int:
        """Cycles from a vector's address to the write of what becomes of it."""
        return self.vector - self.address + self.array.latency + 1 + self.post.latency + 1

    @property
    def retire(self) -> int:
        """Cycles from a pass's last address until a pass that waits for it may be let go.

        That takes two cycles, and its first address comes as many after its start as it does.
        """
        return max(0, self.written - 1 - self.address)

    @property
    def drain(self) -> int:
        """Cycles from the one after a pass's last vector to the start of one that waits for it."""
        return self.address + 1 + self.retire

    @property
    def flying(self) -> int:
        """The most passes that are on their way at once."""
        return 2 + (self.address + self.written) // self.interval

    @cached_property
    def words(self) -> Words:
        """The words of the program."""
        return Words(program=self.program, cols=self.cols, groups=self.groups,
                     x_width=self.array.x.width, interval=self.interval,
                     flying=self.flying)  # fmt: skip


def _halves(words: int) -> int:
    return (1 << (words - 1).bit_length()) + words
