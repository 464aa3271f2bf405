"""From the stages of a network to the passes of an array: tiles, blocks and memories."""

from dataclasses import dataclass, replace

from generators.systolic.blocks import Block, band, blocks, words
from generators.systolic.numbers import Numbers
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain, Stage
from hdl.engine.program import LayerLoops, Loop, Pass, Program, Transfer

__all__ = ["Lowered", "Sizes", "lower", "sizes"]


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

    Words of a batch's input and output, and of the activations between on chip; weight tiles; sets
    of outputs; vectors of sums.
    """

    i_words: int
    a_words: int
    o_words: int
    tiles: int
    sets: int
    depth: int


@dataclass(frozen=True, kw_only=True)
class _Map:
    """Where a map lies: pixel after pixel, ``words`` each, from ``base`` on.

    ``outside``: in the external memory, and on chip only in parts.
    """

    memory: str
    base: int
    height: int
    width: int
    channels: int
    words: int
    outside: bool = False

    @property
    def frame(self) -> int:
        """Words of a frame."""
        return self.height * self.width * self.words


def lower(chain: Chain, numbers: Numbers, shape: Shape) -> Lowered:
    """Tile a network.

    Order of the passes: stages; in it blocks of vectors; in it sets of outputs; in it tiles of the
    kernel, rows first, then columns, then words of channels. Where maps lie outside, the rows that
    a block reads come to the first words on chip, what it writes lies behind them, and goes out
    before the next block's rows come.

    Raises
    ------
    ModelError
        See :func:`generators.systolic.blocks.blocks`.
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
        self.stores: tuple[Transfer, ...] = ()
        """Of the block before."""

    def add(self, number: int, stage: Stage) -> None:
        """Append the passes of a stage."""
        source, target = self.maps[number], self.maps[number + 1]
        tile, first_set, count = self.tiles, self.sets, -(-stage.outputs // self.shape.cols)
        ky, kx = stage.weights.shape[1:3]
        taps = [(y, x, word) for y in range(ky) for x in range(kx) for word in range(source.words)]
        self.tiles, self.sets = tile + count * len(taps), first_set + count
        written, held = [], None
        for block in blocks(stage, self.shape):
            loops = self._loops(stage, source, target, block)
            load, store = self._moves(stage, source, target, block)
            moves = self.stores + ((load,) if load and load != held else ())
            self.stores, held = (store,) if store else (), load
            shifts = [move.address - move.outside if move else 0 for move in (load, store)]
            for n in range(count):
                for k, tap in enumerate(taps):
                    one = self._pass(stage, source, target, block, n, tap, shifts)
                    self.passes.append(Pass(
                        layer=loops, tile=tile + n * len(taps) + k, set=first_set + n,
                        first=k == 0, last=k == len(taps) - 1,
                        wait=self._wait(stage, source, block, tap), transfers=moves,
                        **one))  # fmt: skip
                    moves = ()
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

    def _moves(self, stage: Stage, source: _Map, target: _Map,
               block: Block) -> tuple[Transfer | None, Transfer | None]:  # fmt: skip
        """What of a block is to be loaded before it, and stored behind it."""
        reads, writes = words(stage, self.shape, block)
        row = band(stage, block)[0] * source.width * source.words
        load = Transfer(store=False, address=0, words=reads,
                        outside=source.base + block.frame[0] * source.frame + row,
                        ) if source.outside and reads else None  # fmt: skip
        store = Transfer(store=True, address=reads, words=writes,
                         outside=target.base + _pixel(target, block) * target.words,
                         ) if target.outside else None  # fmt: skip
        return load, store

    def _pass(self, stage: Stage, source: _Map, target: _Map, block: Block, n: int, tap,
              shifts) -> dict:  # fmt: skip
        """Fields of a pass; ``shifts``: from where maps lie to where their parts are."""
        (ky, kx, word), (frame, row, column) = tap, block.first
        y = row * stage.stride[0] * stage.pool_stride[0] + ky * stage.dilation[0] - stage.before[0]
        x = (column * stage.stride[1] * stage.pool_stride[1] + kx * stage.dilation[1]
             - stage.before[1])  # fmt: skip
        address = source.base + frame * source.frame + (y * source.width + x) * source.words + word
        address += shifts[0]
        place = target.base + _pixel(target, block) * target.words + shifts[1]
        groups = self.shape.word // self.shape.cols
        if target.memory == "output":
            written = {"o_address": place + n}
        else:
            written = {"o_address": place + n // groups, "o_group": n % groups}
        lanes = min(self.shape.word, source.channels - word * self.shape.word)
        used = groups if source.memory == "input" else -(-lanes // self.shape.cols)
        return {"source": source.memory, "address": address, "y": y, "x": x, "groups": used,
                "target": target.memory} | written  # fmt: skip

    def _wait(self, stage: Stage, source: _Map, block: Block, tap) -> int:
        """How many passes ago the last of what a pass reads was written; 0 if no pass did."""
        if source.memory == "input" or source.outside:
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
                 a_words=_activations(stages, maps, shape),
                 tiles=sum(tiles), sets=sum(sets), depth=max(added, default=1))  # fmt: skip


def _activations(stages: tuple[Stage, ...], maps: list[_Map], shape: Shape) -> int:
    """Words of the activations on chip: of all maps, or of any block's parts of these."""
    if shape.held is None:
        return max((one.base + shape.batch * one.frame for one in maps[1:-1]), default=0)
    return max(sum(words(stage, shape, block)) for stage in stages
               for block in blocks(stage, shape))  # fmt: skip


def _pixel(target: _Map, block: Block) -> int:
    """The number of a block's first pixel in its map."""
    frame, row, column = block.first
    return (frame * target.height + row) * target.width + column


def _meet(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[0] + b[1] and b[0] < a[0] + a[1]


def _maps(stages: tuple[Stage, ...], shape: Shape) -> list[_Map]:
    """The maps before, between and behind the stages; those between take turns at either end."""
    first, last = stages[0].source, stages[-1].result
    inner = [_map("activations", stage.source, shape.word) for stage in stages[1:]]
    sizes = [shape.batch * one.frame for one in inner]
    depth = max((a + b for a, b in zip(sizes, [*sizes[1:], 0])), default=0)
    bases = [depth - size if number % 2 else 0 for number, size in enumerate(sizes)]
    inner = [replace(one, base=base, outside=shape.held is not None)
             for one, base in zip(inner, bases)]  # fmt: skip
    return [_map("input", first, shape.word), *inner, _map("output", last, shape.cols)]


def _map(memory: str, size: tuple[int, int, int], lanes: int) -> _Map:
    height, width, channels = size
    return _Map(memory=memory, base=0, height=height, width=width, channels=channels,
                words=-(-channels // lanes))  # fmt: skip
