"""Small random networks of numbers in formats of their own: with heaps that are planned at once."""

import numpy as np

from generators.network import check, codings, formats, graph
from sim.golden.formats import integer

__all__ = ["FAMILIES", "random_network"]


def _fpec(rng, **fields) -> formats.FPEC:
    return formats.FPEC(bits=int(rng.integers(2, 4)), **fields)


def _pair_fpec(rng):
    magnitude = int(rng.integers(0, 3))
    x = _fpec(rng, signed=bool(rng.integers(2)), magnitude=magnitude)
    return x, _fpec(rng, magnitude=magnitude)


def _shared_fpec(rng):
    lanes = int(rng.integers(2, 5))
    x = _fpec(rng, signed=bool(rng.integers(2)))
    return x, _fpec(rng, lanes=lanes, compensators=int(rng.integers(1, lanes)))


def _biscaled(rng, **fields) -> formats.BiScaled:
    bits = int(rng.integers(2, 5))
    return formats.BiScaled(bits=bits, shift=int(rng.integers(1, min(bits, 3))), **fields)


def _pair_biscaled(rng):
    return _biscaled(rng, signed=bool(rng.integers(2))), _biscaled(rng)


def _listed(rng):
    block = int(rng.integers(2, 5))
    return _biscaled(rng, signed=False), _biscaled(rng, block=block)


def _grouped(rng, **fields) -> formats.Grouped:
    return formats.Grouped(bits=int(rng.integers(2, 4)), group=int(rng.integers(2, 4)),
                           exponents=int(rng.integers(1, 4)), **fields)  # fmt: skip


def _blocks(rng):
    shared = {"block": int(rng.integers(2, 4)), "exponents": int(rng.integers(1, 4))}
    x = formats.BlockFloat(bits=3, signed=bool(rng.integers(2)), **shared)
    return x, formats.BlockFloat(bits=int(rng.integers(2, 4)), **shared)


def _minifloat(rng):
    fields = {"exponent": 4, "mantissa": 3, "bias": 11}
    if rng.random() < 0.3:
        fields = {"exponent": 5, "mantissa": 2, "bias": 15}
    rounding = str(rng.choice(["up", "even"]))
    x = formats.Minifloat(**fields, signed=bool(rng.integers(2)))
    return x, formats.Minifloat(**fields, chunk=int(rng.integers(2, 6)), rounding=rounding)


FAMILIES = {
    "fpec": _pair_fpec,
    "fpec weights": lambda rng: (None, _fpec(rng, magnitude=int(rng.integers(0, 2)))),
    "fpec inputs": lambda rng: (_fpec(rng, magnitude=int(rng.integers(0, 2))), None),
    "fpec shared": _shared_fpec,
    "biscaled": _pair_biscaled,
    "biscaled weights": lambda rng: (None, _biscaled(rng)),
    "biscaled inputs": lambda rng: (_biscaled(rng, signed=False), None),
    "biscaled list": _listed,
    "grouped power": lambda rng: (None, _grouped(rng)),
    "grouped simple": lambda rng: (None, _grouped(rng, mantissa="simple", mantissa_bits=2)),
    "blockfloat": _blocks,
    "minifloat": _minifloat,
}
"""Of each the formats of a layer's inputs and weights; None are integers."""


class _Builder:
    """Layers so far, of a family, and the shape of what the last one emits."""

    def __init__(self, rng: np.random.Generator, family: str, windowed: bool) -> None:
        self.rng, self.layers, self.source = rng, [], "input"
        self.x, self.w = FAMILIES[family](rng)
        self.block = max(codings.block_of(self.x), codings.block_of(self.w))
        channels = self.block * int(rng.integers(1, 3))
        size = tuple(rng.integers(2, 4, 2).tolist()) if windowed else ()
        self.shape = (*size, channels)
        kind = str(rng.choice(["uint3", "int2"]))
        self.input = graph.Input(shape=self.shape, type=kind)

    def encode(self, kind) -> None:
        """The sums so far as numbers of a format, or of an integer type."""
        network = self.network()
        tensor = check.infer(network)[self.source] if self.layers else integer.parse(
            self.input.type)  # fmt: skip
        width = tensor.type.width if self.layers else tensor.width
        shift = int(self.rng.integers(-1, 3))
        if isinstance(kind, formats.Minifloat):
            shift = int(self.rng.integers(0, 8))
        else:
            bits = kind.bits if kind is not None and not isinstance(kind, str) else 4
            shift = max(shift, width - bits - 3)
        ways = int(self.rng.integers(1, 4)) if isinstance(kind, formats.BlockFloat) else 1
        seed = int(self.rng.integers(1, 1 << 16)) if isinstance(kind, str) else None
        self._add(graph.Encode(name=f"n{len(self.layers)}", inputs=(self.source,), type=kind,
                               right_shift=shift, ways=ways, seed=seed))  # fmt: skip

    def conv(self) -> None:
        """Strided or padded, or not."""
        rng = self.rng
        rows = self.block * int(rng.integers(1, 3))
        shape = (rows, int(rng.integers(1, 3)), int(rng.integers(1, 3)), self.shape[-1])
        self._linear(graph.Conv, shape, padding=tuple(int(n) for n in rng.integers(0, 2, 4)),
                     stride=tuple(int(n) for n in rng.integers(1, 3, 2)))  # fmt: skip

    def dense(self, rows: int) -> None:
        """A map is flattened."""
        self._linear(graph.Dense, (rows, int(np.prod(self.shape))))

    def _linear(self, layer: type, shape: tuple[int, ...], **fields) -> None:
        rng = self.rng
        if self.w is None:
            weights = graph.Weights(type="int2", data=rng.integers(-2, 2, shape))
        else:
            form = codings.format_of(self.w)
            spread = 1.0 if isinstance(self.w, formats.Minifloat) else 1 << self.w.bits - 1
            data = form.encode(rng.laplace(size=shape) * spread)
            weights = graph.Weights(type=integer.smallest(int(data.min()), int(data.max())).name,
                                    data=data, coding=self.w)  # fmt: skip
        bias = rng.integers(-50, 51, shape[0]) if rng.random() < 0.6 else None
        if bias is not None and isinstance(self.w, formats.Minifloat):
            bias = codings.format_of(codings.DLFLOAT).encode(bias / 16)
        name = f"n{len(self.layers)}"
        self._add(layer(name=name, inputs=(self.source,), weights=weights, bias=bias, **fields))

    def _add(self, layer: graph.AnyLayer) -> None:
        self.layers.append(layer)
        self.source = layer.name
        self.shape = check.infer(self.network())[layer.name].shape

    def network(self) -> graph.Network:
        """Checked, whatever its last layer emits."""
        layers = tuple(self.layers) or (graph.Flatten(name="flat", inputs=("input",)),)
        network = graph.Network(bitloom=1, name="coded", input=self.input, layers=layers)
        return codings.resolved(network, {layer.name: layer.name for layer in layers})


def random_network(rng: np.random.Generator, family: str) -> graph.Network:
    """Two layers of a family, the first perhaps a convolution, and one of integers or an argmax."""
    windowed = rng.random() < 0.5
    build = _Builder(rng, family, windowed)
    for rows in (build.block * int(rng.integers(1, 3)), int(rng.integers(1, 5))):
        if build.x is not None:
            build.encode(build.x)
        elif build.layers:
            build.encode("uint3")
        if windowed and len(build.layers) < 2:
            build.conv()
        else:
            build.dense(rows)
    if not isinstance(build.w, formats.Minifloat) and rng.random() < 0.7:
        build.encode("int3")
        build.w, build.x = None, None
        build.dense(int(rng.integers(1, 5)))
    elif rng.random() < 0.5:
        build.layers.append(graph.ArgMax(name="argmax", inputs=(build.source,)))
    return check.check(build.network())
