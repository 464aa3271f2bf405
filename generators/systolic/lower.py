"""From the stages of a network to the passes of an array: tiles, blocks and memories."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod

from generators.network.error import ModelError
from generators.systolic.numbers import Numbers
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain, Stage
from hdl.engine.program import LayerLoops, Loop, Pass, Program

__all__ = ["Block", "Lowered", "Sizes", "blocks", "lower", "sizes"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lowered:
    """A network for an array of one shape.

    ``stage_of``: the stage of each pass.
    """

    chain: Chain
    numbers: Numbers
    shape: Shape
    program: Program
    sizes: "Sizes"
    stage_of: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the memories hold.

    Words of a batch's input and output, and of the activations between; weight tiles; sets of
    outputs; vectors of sums.
    """

    i_words: int
    a_words: int
    o_words: int
    tiles: int
    sets: int
    depth: int


@dataclass(frozen=True, kw_only=True)
class _Map:
    """Where a map lies: pixel after pixel, ``words`` each, from ``base`` on."""

    memory: str
    base: int
    height: int
    width: int
    channels: int
    words: int

    @property
    def frame(self) -> int:
        """Words of a frame."""
        return self.height * self.width * self.words


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


def lower(chain: Chain, numbers: Numbers, shape: Shape) -> Lowered:
    """Tile a network.

    Order of the passes: stages; in it blocks of vectors; in it sets of outputs; in it tiles of the
    kernel, rows first, then columns, then words of channels.

    Raises
    ------
    ModelError
        If a pool's window has more vectors than the accumulator holds.
    """
    made = _Maker(chain, numbers, shape)
    for number, stage in enumerate(chain.stages):
        made.add(number, stage)
    return made.lowered()


class _Maker:
    def __init__(self, chain: Chain, numbers: Numbers, shape: Shape) -> None:
        self.chain, self.numbers, self.shape = chain, numbers, shape
        self.maps = _maps(chain.stages, shape)
        self.layers: list[LayerLoops] = []
        self.passes: list[Pass] = []
        self.tiles = self.sets = 0
        self.stage_of: list[int] = []
        self.earlier: list[tuple[int, Block, int]] = []
        """Of the stage before: the number of a pass that writes, its block and its set."""

    def add(self, number: int, stage: Stage) -> None:
        """Append the passes of a stage."""
        source, target = self.maps[number], self.maps[number + 1]
        tile, first_set, count = self.tiles, self.sets, -(-stage.outputs // self.shape.cols)
        ky, kx = stage.weights.shape[1:3]
        taps = [(y, x, word) for y in range(ky) for x in range(kx) for word in range(source.words)]
        self.tiles, self.sets = tile + count * len(taps), first_set + count
        written = []
        for block in blocks(stage, self.shape):
            loops = self._loops(stage, source, target, block)
            for n in range(count):
                for k, tap in enumerate(taps):
                    one = self._pass(stage, source, target, block, n, tap)
                    self.passes.append(Pass(
                        layer=loops, tile=tile + n * len(taps) + k, set=first_set + n,
                        first=k == 0, last=k == len(taps) - 1,
                        wait=self._wait(stage, source, block, tap), **one))  # fmt: skip
                    self.stage_of.append(number)
                written.append((len(self.passes) - 1, block, n))
        self.earlier = written

    def _loops(self, stage: Stage, source: _Map, target: _Map, block: Block) -> int:
        """The number of the loops of a block, appended if they are new."""
        (frames, rows, columns), width = block.size, source.width
        (sy, sx), (py, px) = stage.stride, stage.pool_stride

        def loop(count: int, y: int, x: int) -> Loop:
            return Loop(count=count, address=(y * width + x) * source.words, y=y, x=x)

        loops = LayerLoops(
            loops=(loop(stage.pool[1], 0, sx), loop(stage.pool[0], sy, 0),
                   loop(columns, 0, sx * px), loop(rows, sy * py, 0),
                   Loop(count=frames, address=source.frame)),
            height=source.height, width=width, step=target.words,
            padding=self.numbers.bits(self.numbers.padding(stage)), pool=stage.window,
            **self._post(stage))  # fmt: skip
        if loops not in self.layers:
            self.layers.append(loops)
        return self.layers.index(loops)

    def _post(self, stage: Stage) -> dict:
        """What becomes of sums."""
        if stage.raw:
            odd = int(self.numbers.odd(stage)[0]) & 1 if self.numbers.popcount else 0
            return {"post": "raw", "odd": odd}
        if stage.thresholds is None:
            record = stage.requantize
            return {"post": "requantize", "zero_point": record.zero_point, "low": record.low,
                    "high": record.high}  # fmt: skip
        base, gain = self.numbers.code(stage)
        return {"post": "thresholds", "base": base, "gain": gain}

    def _pass(self, stage: Stage, source: _Map, target: _Map, block: Block, n: int, tap) -> dict:
        (ky, kx, word), (frame, row, column) = tap, block.first
        y = row * stage.stride[0] * stage.pool_stride[0] + ky * stage.dilation[0] - stage.before[0]
        x = (column * stage.stride[1] * stage.pool_stride[1] + kx * stage.dilation[1]
             - stage.before[1])  # fmt: skip
        address = source.base + frame * source.frame + (y * source.width + x) * source.words + word
        pixel = frame * target.height * target.width + row * target.width + column
        groups = self.shape.word // self.shape.cols
        if target.memory == "output":
            place = {"o_address": pixel * target.words + n}
        else:
            place = {"o_address": target.base + pixel * target.words + n // groups,
                     "o_group": n % groups}  # fmt: skip
        lanes = min(self.shape.word, source.channels - word * self.shape.word)
        used = groups if source.memory == "input" else -(-lanes // self.shape.cols)
        return {"source": source.memory, "address": address, "y": y, "x": x, "groups": used,
                "target": target.memory} | place  # fmt: skip

    def _wait(self, stage: Stage, source: _Map, block: Block, tap) -> int:
        """How many passes ago the last of what a pass reads was written; 0 if it was the host."""
        if source.memory == "input":
            return 0
        ky, _, word = tap
        groups = self.shape.word // self.shape.cols
        step = stage.stride[0] * stage.pool_stride[0]
        low = block.y[0] * step + ky * stage.dilation[0] - stage.before[0]
        high = low + (block.y[1] - 1) * step + (stage.pool[0] - 1) * stage.stride[0]
        last = 0
        for number, written, n in self.earlier:
            frames = _meet(written.frame, block.frame)
            rows = _meet(written.y, (low, high - low + 1))
            if frames and rows and n // groups == word:
                last = max(last, number)
        return len(self.passes) - last if last or self.earlier[0][0] == 0 else 0

    def lowered(self) -> Lowered:
        """All of it."""
        return Lowered(
            chain=self.chain, numbers=self.numbers, shape=self.shape,
            program=Program(layers=tuple(self.layers), passes=tuple(self.passes)),
            sizes=sizes(self.chain, self.shape), stage_of=tuple(self.stage_of))  # fmt: skip


def sizes(chain: Chain, shape: Shape) -> Sizes:
    """What an array's memories hold."""
    maps, stages, frames = _maps(chain.stages, shape), chain.stages, shape.batch
    sets = [-(-stage.outputs // shape.cols) for stage in stages]
    tiles = [n * stage.taps * source.words for n, stage, source in zip(sets, stages, maps)]
    added = [block.vectors * stage.window for n, tiled, stage in zip(sets, tiles, stages)
             if tiled > n for block in blocks(stage, shape)]  # fmt: skip
    return Sizes(i_words=frames * maps[0].frame, o_words=frames * maps[-1].frame,
                 a_words=max((one.base + frames * one.frame for one in maps[1:-1]), default=0),
                 tiles=sum(tiles), sets=sum(sets), depth=max(added, default=1))  # fmt: skip


def _meet(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[0] + b[1] and b[0] < a[0] + a[1]


def _maps(stages: tuple[Stage, ...], shape: Shape) -> list[_Map]:
    """The maps before, between and behind the stages; those between take turns at either end."""
    first, last = stages[0].source, stages[-1].result
    maps = [_map("input", first, shape.word)]
    inner = [_map("activations", stage.source, shape.word) for stage in stages[1:]]
    sizes = [shape.batch * one.frame for one in inner]
    depth = max((a + b for a, b in zip(sizes, [*sizes[1:], 0])), default=0)
    for number in range(len(inner)):
        base = depth - sizes[number] if number % 2 else 0
        maps.append(_map("activations", stages[number + 1].source, shape.word, base))
    return [*maps, _map("output", last, shape.cols)]


def _map(memory: str, size: tuple[int, int, int], lanes: int, base: int = 0) -> _Map:
    height, width, channels = size
    return _Map(memory=memory, base=base, height=height, width=width, channels=channels,
                words=-(-channels // lanes))  # fmt: skip


def blocks(stage: Stage, shape: Shape) -> list[Block]:
    """Whole frames, else whole rows, else parts of rows, of which the accumulator holds the sums.

    Of blocks that must be, as few and as equal as may be.
    """
    depth, (height, width, _) = shape.depth, stage.result
    if stage.taps == 1 and stage.source[2] <= shape.word:  # sums that no second pass adds to
        depth = 1 << 62
    row = width * stage.window
    if stage.window > depth:
        what = f"Max-pool of {stage.window} sums must fit an accumulator of {depth}"
        raise ModelError(f"layer {stage.name!r}", what)
    frames = _parts(shape.batch, max(1, depth // (height * row)))
    rows = _parts(height, max(1, depth // row))
    columns = _parts(width, max(1, depth // stage.window))
    return [Block(f, y, x) for f in frames for y in rows for x in columns]


def _parts(size: int, most: int) -> list[tuple[int, int]]:
    """Consecutive parts of at most so many: from where, and how many."""
    count = -(-size // most)
    ends = [size * k // count for k in range(count + 1)]
    return [(a, b - a) for a, b in pairwise(ends)]
