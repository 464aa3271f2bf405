"""Small networks as engines and as numpy."""

from dataclasses import dataclass

import numpy as np

from hdl.array.systolic_config import Config as Array
from hdl.dot.integer import Integer
from hdl.dot.popcount import Popcount
from hdl.engine.config import Config
from hdl.engine.engine import Engine
from hdl.engine.load import Map
from hdl.engine.program import Pass, Program
from hdl.number import Number
from hdl.quant.requantize import Requantize
from sim.golden import affine
from tests.hdl import clocked
from tests.hdl.engine.programs import loops

__all__ = ["Conv", "Net", "convolutions", "dense"]

ACC = Number(width=16, signed=True)
X, W = Number(width=2), Number(width=3, signed=True)


@dataclass(frozen=True, kw_only=True)
class Net:
    """An engine, its arrays, and the frames it makes of frames."""

    config: Config
    arrays: dict
    golden: object

    def build(self) -> Engine:
        return Engine(self.config, **self.arrays)


def array(rows=2, cols=4, lanes=2, x=X, w=W):
    dot = Popcount.Config(lanes=lanes) if x.bipolar else Integer.Config(lanes=lanes, x=x, w=w)
    return Array.uniform(rows=rows, cols=cols, dot=dot, stalls=False)


def tiles(weights: np.ndarray, cols: int, lanes: int) -> np.ndarray:
    """Of weights (outputs, inputs) the tiles (set, word, cols, lanes)."""
    sets, words = -(-weights.shape[0] // cols), -(-weights.shape[1] // lanes)
    full = np.zeros((sets * cols, words * lanes), int)
    full[: weights.shape[0], : weights.shape[1]] = weights
    return full.reshape(sets, cols, words, lanes).transpose(0, 2, 1, 3)


def by_set(values: np.ndarray, cols: int, fill: int) -> np.ndarray:
    """Rows of each output as (sets, cols, ...), padded."""
    sets = -(-len(values) // cols)
    full = np.full((sets * cols, *values.shape[1:]), fill)
    full[: len(values)] = values
    return full.reshape(sets, cols, *values.shape[1:])


def dense(seed: int, *, frames=4, features=13, hidden=10, classes=6, i_lanes=4, o_lanes=4,
          **sizes) -> Net:  # fmt: skip
    """Two dense layers: thresholds, then raw sums with a bias."""
    rng = np.random.default_rng(seed)
    some = array(**sizes)
    cols, lanes = some.cols, some.word
    w0 = clocked.draw(rng, W, (hidden, features))
    w1 = clocked.draw(rng, W, (classes, hidden))
    t = np.sort(rng.integers(-20, 20, (hidden, 3)), axis=1)
    bias = rng.integers(-50, 50, classes)
    first, second = tiles(w0, cols, lanes), tiles(w1, cols, lanes)
    groups, wide = lanes // cols, -(-hidden // lanes)
    in_words, sets0 = first.shape[1], first.shape[0]
    layers = (
        loops((1, 0, 0, 0), (1, 0, 0, 0), (frames, in_words, 0, 0), step=wide),
        loops((1, 0, 0, 0), (1, 0, 0, 0), (frames, wide, 0, 0), step=second.shape[0], post="raw"),
    )
    passes = []
    for n in range(sets0):
        for k in range(in_words):
            passes.append(Pass(layer=0, tile=len(passes), source="input", address=k,
                               groups=groups, first=k == 0, last=k == in_words - 1,
                               o_address=n // groups, o_group=n % groups, set=n))  # fmt: skip
    for n in range(second.shape[0]):
        for k in range(wide):
            # Word k holds sets up to groups (k + 1) - 1 of the layer before.
            writer = min(sets0, groups * (k + 1)) * in_words - 1
            passes.append(Pass(layer=1, tile=len(passes), address=k, groups=min(
                groups, sets0 - groups * k), first=k == 0, last=k == wide - 1, target="output",
                o_address=n, set=sets0 + n, wait=len(passes) - writer))  # fmt: skip
    program = Program(layers=layers, passes=tuple(passes))
    config = Config(array=some, program=program, acc=ACC, i=X, o=ACC, frames=frames,
                    i_map=Map(pixels=1, channels=features, lanes=i_lanes),
                    o_map=Map(pixels=1, channels=classes, lanes=o_lanes),
                    a_depth=frames * wide, levels=3)  # fmt: skip
    sets1 = second.shape[0]
    arrays = {
        "weights": np.concatenate([some.reshape(-1, cols, lanes) for some in (first, second)]),
        "bias": np.concatenate([np.zeros((sets0, cols), int), by_set(bias, cols, 0)]),
        "thresholds": np.concatenate([by_set(t, cols, ACC.high),
                                      np.full((sets1, cols, 3), ACC.high)]),
    }  # fmt: skip

    def golden(x):
        h = ((x @ w0.T)[..., None] >= t).sum(-1)
        return h @ w1.T + bias

    return Net(config=config, arrays=arrays, golden=golden)


@dataclass(frozen=True, kw_only=True)
class Conv:
    """A convolution, what follows its sums, and a max-pool behind activations."""

    outputs: int
    kernel: int
    stride: int = 1
    pad: int = 0
    pool: int = 1
    post: str = "thresholds"
    rows: int = 0
    """Rows of pooled outputs in a block of one frame; 0 for all frames at once."""
    zero_point: int = 0

    @property
    def raw(self) -> bool:
        return self.post == "raw"


class Lowering:
    """Convolutions one after the other, their loops, passes and arrays."""

    def __init__(self, some: Array, shape, frames: int, fill: int, rng) -> None:
        self.array, self.shape, self.frames, self.fill = some, shape, frames, fill
        self.rng, self.layers, self.passes = rng, [], []
        self.counts = some.x.bipolar
        self.levels = 1 if self.counts else 3
        self.weights, self.thresholds, self.steps = [], [], []
        self.bias, self.scales = [], []
        self.source, self.depth, self.tile, self.set = 0, 0, 0, 0

    def add(self, conv: Conv) -> None:
        (height, width, channels), cols = self.shape, self.array.cols
        wide = -(-channels // self.array.word)
        sizes = [(n + 2 * conv.pad - conv.kernel) // conv.stride + 1 for n in (height, width)]
        high, across = (n // conv.pool for n in sizes)
        w = clocked.draw(self.rng, self.array.w, (conv.outputs, conv.kernel, conv.kernel, channels))
        t = self.parameters(conv, conv.kernel**2 * channels)
        padded = np.full((conv.outputs, conv.kernel, conv.kernel, wide * self.array.word),
                         int(self.counts))  # fmt: skip
        padded[..., :channels] = w
        cut = tiles(padded.reshape(conv.outputs, -1), cols, self.array.word)
        groups = self.array.word // cols
        o_wide = -(-conv.outputs // (cols if conv.raw else self.array.word))
        s, target = conv.stride, "output" if conv.raw else "activations"
        blocks = [(f, y, min(conv.rows, high - y)) for f in range(self.frames)
                  for y in range(0, high, conv.rows)] if conv.rows else [(0, 0, high)]  # fmt: skip
        before = len(self.passes)
        for frame, y0, count in blocks:
            self.layers.append(loops(
                (conv.pool, s * wide, 0, s), (conv.pool, s * width * wide, s, 0),
                (across, conv.pool * s * wide, 0, conv.pool * s),
                (count, conv.pool * s * width * wide, conv.pool * s, 0),
                (1 if conv.rows else self.frames, height * width * wide, 0, 0),
                height=height, width=width, step=o_wide, pool=conv.pool**2, post=conv.post,
                padding=0 if self.counts else self.fill & (1 << self.array.x.width) - 1,
                odd=conv.kernel**2 * channels % 2, zero_point=conv.zero_point,
                low=self.array.x.low + 1, high=self.array.x.high))  # fmt: skip
            top = y0 * conv.pool * s - conv.pad
            for n in range(cut.shape[0]):
                for k in range(cut.shape[1]):
                    ky, kx, c = np.unravel_index(k, (conv.kernel, conv.kernel, wide))
                    y, x = int(top + ky), int(kx - conv.pad)
                    first = self.source + frame * height * width * wide
                    o_address = 0 if conv.raw else self.depth
                    o_address += (frame * high + y0) * across * o_wide
                    left = -(-channels // cols) - int(c) * groups
                    self.passes.append(Pass(
                        layer=len(self.layers) - 1, tile=self.tile + n * cut.shape[1] + k,
                        source="activations" if self.steps else "input",
                        address=first + (y * width + x) * wide + int(c), y=y, x=x,
                        groups=min(groups, left), first=k == 0, last=k == cut.shape[1] - 1,
                        target=target, o_address=o_address + (n if conv.raw else n // groups),
                        o_group=0 if conv.raw else n % groups, set=self.set + n,
                        wait=len(self.passes) - before + 1 if before else 0))  # fmt: skip
        self.source, self.shape = self.depth, (high, across, conv.outputs)
        self.depth += 0 if conv.raw else self.frames * high * across * o_wide
        self.tile, self.set = self.tile + cut.shape[0] * cut.shape[1], self.set + cut.shape[0]
        self.weights.append(cut.reshape(-1, cols, self.array.word))
        self.steps.append((conv, w, t))

    def parameters(self, conv: Conv, lanes: int):
        """Of the thresholds in the domain of sums, or of the multipliers and shifts."""
        cols, t = self.array.cols, np.full((conv.outputs, self.levels), ACC.high)
        bias = self.rng.integers(-9, 9, conv.outputs)
        scale, found = np.zeros((2, conv.outputs), int), None
        if self.counts:  # 2 (count + bias) + odd = sum
            bias = np.full(conv.outputs, -((lanes + 1) // 2))
        if conv.post == "thresholds":
            found = np.sort(self.rng.integers(-15, 25, t.shape), axis=1)
            t = -(-(found - lanes % 2) // 2) if self.counts else found
        if conv.post == "requantize":
            scale = np.stack([self.rng.integers(1 << 30, 1 << 31, conv.outputs),
                              self.rng.integers(2, 5, conv.outputs)])  # fmt: skip
            found = scale
        self.thresholds.append(by_set(t, cols, ACC.high))
        self.bias.append(by_set(bias, cols, 0))
        self.scales.append(by_set(scale.T, cols, 2))
        return found, 0 if self.counts else bias

    def golden(self, shape, frames: np.ndarray) -> np.ndarray:
        x = frames.reshape(-1, *shape)
        for conv, w, t in self.steps:
            x = np.pad(x, ((0, 0), *[(conv.pad, conv.pad)] * 2, (0, 0)), constant_values=self.fill)
            views = np.lib.stride_tricks.sliding_window_view(x, w.shape[1:3], (1, 2))
            y = np.einsum("nyxcij,oijc->nyxo", views[:, :: conv.stride, :: conv.stride], w)
            given, bias = t
            y = y + bias
            if conv.post == "thresholds":
                y = (y[..., None] >= given).sum(-1)
                y = 2 * y - 1 if self.counts else y
            if conv.post == "requantize":
                low, high = self.array.x.low + 1, self.array.x.high
                y = affine.requantize(y, *given, conv.zero_point, low, high)
            n, p = y.shape[0], conv.pool
            high, across = y.shape[1] // p, y.shape[2] // p
            y = y[:, : high * p, : across * p].reshape(n, high, p, across, p, -1)
            x = y.max(axis=(2, 4))
        return x


def convolutions(seed: int, *convs: Conv, shape=(6, 5, 3), frames=1, fill=0, i_lanes=1,
                 o_lanes=1, **sizes) -> Net:  # fmt: skip
    """Convolutions one after the other, the last one with raw sums."""
    some = array(**sizes)
    made = Lowering(some, shape, frames, fill, np.random.default_rng(seed))
    for conv in convs:
        made.add(conv)
    height, width, channels = shape
    requantize = None
    if any(conv.post == "requantize" for conv in convs):
        requantize = Requantize.Config(x=ACC, o=some.x, right=(2, 4))
    config = Config(
        array=some, program=Program(layers=tuple(made.layers), passes=tuple(made.passes)), acc=ACC,
        i=some.x, o=ACC, frames=frames, a_depth=max(2, made.depth),
        levels=made.levels if any(conv.post == "thresholds" for conv in convs) else 0,
        requantize=requantize,
        i_map=Map(pixels=height * width, channels=channels, lanes=i_lanes),
        o_map=Map(pixels=made.shape[0] * made.shape[1], channels=made.shape[2], lanes=o_lanes),
    )  # fmt: skip
    arrays = {"weights": np.concatenate(made.weights), "bias": np.concatenate(made.bias)}
    if config.levels:
        arrays["thresholds"] = np.concatenate(made.thresholds)
    if requantize:
        arrays["multiplier"], arrays["shift"] = np.moveaxis(np.concatenate(made.scales), 2, 0)
    return Net(config=config, arrays=arrays, golden=lambda x: made.golden(shape, x))
