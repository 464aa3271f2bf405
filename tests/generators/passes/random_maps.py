"""Random convolutional networks with branches, made of all that the passes compile away."""

from dataclasses import dataclass

import numpy as np

from generators.network import check, graph
from sim.golden.formats import integer
from sim.golden.quant import ROUNDINGS

WEIGHTS = ("bipolar", "ternary", "int2", "int3")
CODES = ("uint2", "int2", "int3", "uint3", "ternary")


@dataclass
class Tensor:
    """A layer's output; ``turned`` where a code may stand for different numbers by channel."""

    name: str
    shape: tuple[int, ...]
    scale: float = 1.0
    zero: float = 0.0
    turned: bool = False


class Maker:
    """Adds layers, named by number, to a network that grows from its input."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.layers = []
        kind = self.pick("bipolar", "uint2", "int3", "int4")
        shape = (int(self.rng.integers(4, 7)), int(self.rng.integers(4, 7)), self.pick(1, 2, 4))
        self.input = graph.Input(shape=shape, type=kind)
        self.first = Tensor("input", shape)

    def pick(self, *values):
        """One of the values."""
        return values[self.rng.integers(len(values))]

    def chance(self, p: float) -> bool:
        """Whether to, with probability p."""
        return bool(self.rng.random() < p)

    def add(self, kind, *inputs: Tensor, shape=None, **fields) -> Tensor:
        """Append a layer."""
        name = f"n{len(self.layers)}"
        names = tuple(tensor.name for tensor in inputs)
        self.layers.append(kind(name=name, inputs=names, **fields))
        return Tensor(name, shape or inputs[0].shape)

    def conv(self, x: Tensor, outputs=None, same=False) -> Tensor:
        """A convolution; ``same``: stride 1, and padding such that the map keeps its size."""
        rng, (height, width, channels) = self.rng, x.shape
        groups = self.pick(*{1, channels, 1 + (channels % 2 == 0)})
        outputs = groups * (self.pick(1, 2) if outputs is None else outputs // groups or 1)
        size = [int(rng.integers(1, min(3, n) + 1)) for n in (height, width)]
        padding, stride, dilation = [0] * 4, (1, 1), (1, 1)
        if same:
            size = [1, 1] if x.turned else [self.pick(1, 3), self.pick(1, 3)]
            padding = [size[0] // 2, size[1] // 2] * 2
        else:
            if not x.turned and self.chance(0.5):
                padding = [int(p) for p in rng.integers(0, 2, 4)]
            stride = tuple(int(s) for s in rng.integers(1, 3, 2))
            if self.chance(0.2):
                dilation = tuple(2 if 2 * (k - 1) < n else 1 for k, n in zip(size, x.shape))
        kind = self.pick(*WEIGHTS)
        form = integer.parse(kind)
        values = np.arange(form.low, form.high + 1, form.step)
        data = rng.choice(values, (outputs, *size, channels // groups))
        scale = self.pick(None, np.array(0.25), rng.uniform(0.1, 1, outputs))
        bias = self.pick(None, rng.integers(-3, 4, outputs))
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, size)]
        shape = tuple((n + padding[i] + padding[i + 2] - span) // s + 1
                      for i, (n, span, s) in enumerate(zip(x.shape, spans, stride)))  # fmt: skip
        weights = graph.Weights(type=kind, data=data, scale=scale)
        border = -1 if x.name == "input" and self.input.type == "bipolar" else 0
        return self.add(graph.Conv, x, shape=(*shape, outputs), weights=weights, bias=bias,
                        groups=groups, pad_value=border, padding=tuple(padding), stride=stride,
                        dilation=dilation)  # fmt: skip

    def normalise(self, x: Tensor, signed=True) -> Tensor:
        """A batch normalisation or a scale, with gains of either sign or only positive ones."""
        rng, channels = self.rng, x.shape[-1]
        gain = rng.uniform(0.05, 0.5, channels).astype(np.float32).astype(float)
        if signed:
            gain *= rng.choice([1, 1, -1], channels)
        bias = rng.normal(0, 0.5, channels).astype(np.float32).astype(float)
        if self.chance(0.3):
            return self.add(graph.Scale, x, gain=gain, bias=bias)
        variance = rng.uniform(0.1, 8, channels)
        return self.add(graph.BatchNorm, x, gamma=gain, beta=bias, mean=np.round(bias, 1),
                        variance=variance)  # fmt: skip

    def quantize(self, x: Tensor, scale=None, zero=None) -> Tensor:
        """A sign or a quantizer."""
        if scale is None and self.chance(0.3):
            return self.add(graph.Sign, x)
        scale = self.pick(0.5, 1.0, 0.3) if scale is None else scale
        kind = self.pick(*CODES)
        form = integer.parse(kind)
        zero = float(self.pick(0, 0, form.low + 1, form.high - 1)) if zero is None else zero
        new = self.add(graph.Quantize, x, type=kind, scale=np.array(scale), zero_point=zero,
                       rounding=self.pick(*sorted(ROUNDINGS)))  # fmt: skip
        new.scale, new.zero = scale, zero
        return new

    def block(self, x: Tensor, scale=None, zero=None, outputs=None, same=False) -> Tensor:
        """conv, batchnorm, relu, quantizer, and perhaps a maxpool anywhere behind the conv."""
        x = self.conv(x, outputs, same)
        pool = -1 if same or min(x.shape[:2]) < 2 else int(self.rng.integers(-1, 4))
        if pool == 0:
            x = self.maxpool(x)
        x = self.normalise(x, signed=pool != 0)
        if pool == 1:
            x = self.maxpool(x)
        if self.chance(0.5):
            x = self.add(graph.Relu, x)
        if pool == 2:
            x = self.maxpool(x)
        x = self.quantize(x, scale, zero)
        if pool == 3:
            kept = x
            x = self.maxpool(x)
            x.scale, x.zero = kept.scale, kept.zero
        return x

    def pool(self, kind, x: Tensor, **fields) -> Tensor:
        """A pool whose windows may overlap."""
        kernel = tuple(self.pick(1, 2) if n < 3 else self.pick(2, 3) for n in x.shape[:2])
        kernel = tuple(min(k, n) for k, n in zip(kernel, x.shape))
        stride = self.pick(None, (1, 2))
        padding = (0, kernel[1] // 2, 0, 0) if self.chance(0.3) else (0, 0, 0, 0)
        size = tuple(
            (n + padding[i] + padding[i + 2] - k) // s + 1
            for i, (n, k, s) in enumerate(zip(x.shape, kernel, stride or kernel))
        )
        return self.add(kind, x, shape=(*size, x.shape[2]), kernel=kernel, stride=stride,
                        padding=padding)  # fmt: skip

    def maxpool(self, x: Tensor) -> Tensor:
        """A maxpool."""
        return self.pool(graph.MaxPool, x)

    def residual(self, x: Tensor) -> Tensor:
        """Two branches from one quantizer, added, normalised and quantized again."""
        x, scale = self.block(x), self.pick(0.5, 0.3)
        left = self.block(x, scale * self.pick(1, 2, 3), 0.0, x.shape[2], same=True)
        right = x
        if left.shape != x.shape or self.chance(0.5):
            right = self.add(
                graph.Conv,
                x,
                shape=left.shape,
                weights=graph.Weights(
                    type="int2", data=self.rng.integers(-2, 2, (left.shape[2], 1, 1, x.shape[2]))
                ),
            )
            right = self.normalise(right)
            right = self.quantize(right, scale, 1.0)
        y = self.add(graph.Add, left, right, gains=self.pick(None, np.array([1, -2])))
        if self.chance(0.7):
            y = self.normalise(y)
        if self.chance(0.3):
            y = self.add(graph.Relu, y)
        return self.quantize(y)

    def joined(self, x: Tensor) -> Tensor:
        """Two branches side by side: both of codes of one scale, or of sums."""
        if self.chance(0.5):
            parts = [self.block(x, 0.5, 1.0, same=True), self.block(x, 0.5, 1.0, same=True)]
        else:
            parts = [self.conv(x, same=True), self.normalise(self.conv(x, same=True))]
        shape = (*parts[0].shape[:2], sum(part.shape[2] for part in parts))
        y = self.add(graph.Concat, *parts, shape=shape)
        return self.quantize(self.normalise(y, signed=False))

    def averaged(self, x: Tensor) -> Tensor:
        """An avgpool of codes, whose negative gains nothing but the next weights can take."""
        y = self.normalise(self.pool(graph.AvgPool, self.quantize(x, 0.5, 0.0)))
        y = self.quantize(y)
        y.turned = True
        return y

    def grown(self, x: Tensor) -> Tensor:
        """A border or an upsample."""
        if x.turned or max(x.shape[:2]) > 4 or self.chance(0.5):
            return x if x.turned else self.add(
                graph.Pad, x, padding=(1, 0, 0, 1),
                shape=(x.shape[0] + 1, x.shape[1] + 1, x.shape[2]),
            )  # fmt: skip
        shape = (2 * x.shape[0], 2 * x.shape[1], x.shape[2])
        return self.add(graph.Upsample, x, factor=(2, 2), shape=shape)

    def head(self, x: Tensor) -> None:
        """The end: codes, sums, means or the index of the largest sum."""
        end = self.pick("map", "average", "dense", "argmax")
        if end == "map":
            return
        if end == "average" or self.chance(0.4):
            x = self.add(graph.GlobalAvgPool, x, shape=(1, 1, x.shape[2]))
        if end == "average":
            return
        items = int(np.prod(x.shape))
        x = self.add(graph.Flatten, x, shape=(items,))
        data = self.rng.integers(-2, 2, (3, items))
        scale = self.pick(None, np.array(0.5))
        if end == "argmax" and x.shape[-1] > 1:
            data[:] = self.rng.permuted(np.resize([-1, 1], data.shape), axis=1)
            data -= (data.sum(axis=1) - data.sum(axis=1).min())[:, None] * (np.arange(items) == 0)
        x = self.add(graph.Dense, x, shape=(3,),
                     weights=graph.Weights(type="int16", data=data, scale=scale))  # fmt: skip
        if end == "argmax":
            self.add(graph.ArgMax, x, shape=(1,))

    def network(self) -> graph.Network:
        """One to three parts and a head."""
        x = self.first
        for _ in range(self.rng.integers(1, 4)):
            part = self.pick(self.block, self.block, self.residual, self.joined, self.averaged)
            x = part(x)
            if self.chance(0.2):
                x = self.grown(x)
        self.head(x)
        return check.check(graph.Network(
            bitloom=1, name="net", input=self.input, layers=tuple(self.layers),
        ))  # fmt: skip


def random_network(seed: int) -> graph.Network:
    """The network of a seed."""
    return Maker(seed).network()
