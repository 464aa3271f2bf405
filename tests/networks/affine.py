"""Small random networks of affine integers: zero points everywhere, sums requantized to codes."""

import numpy as np

from generators.network import check, graph
from sim.golden.formats import integer

CODES = ("uint8", "int8")

NARROW = 4
"""Columns beyond which weights have few bits, so that compressor trees are found in no time."""


class _Builder:
    """Layers so far; the shape of the last one's output, and its codes and their zero point."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
        self.rng, self.layers, self.shape, self.source = rng, [], shape, "input"
        self.kind, self.zero_point = self._codes()
        self.input = graph.Input(shape=shape, type=self.kind)

    def _codes(self) -> tuple[str, int]:
        kind = str(self.rng.choice(CODES))
        form = integer.parse(kind)
        return kind, int(self.rng.choice([form.low, 0, form.high, form.low + 100]))

    def conv(self) -> None:
        """Strided or padded with a real 0, in groups or not."""
        rng, channels = self.rng, self.shape[-1]
        groups = int(rng.choice([1, channels]))
        rows = groups * int(rng.integers(1, 3))
        shape = (rows, 2, int(rng.integers(1, 3)), channels // groups)
        self._add(graph.Conv, shape, groups=groups, pad_value=self.zero_point,
                  padding=tuple(int(n) for n in rng.integers(0, 2, 4)),
                  stride=tuple(int(n) for n in rng.integers(1, 3, 2)))  # fmt: skip

    def dense(self) -> None:
        """Of up to six rows; a map is flattened."""
        self._add(graph.Dense, (int(self.rng.integers(1, 7)), int(np.prod(self.shape))))

    def _add(self, layer: type, shape: tuple[int, ...], **fields) -> None:
        rng, rows, name = self.rng, shape[0], f"n{len(self.layers)}"
        form = integer.parse("int8" if np.prod(shape[1:]) <= NARROW else "int2")
        weights = graph.Weights(type=form.name, data=rng.integers(form.low, form.high + 1, shape))
        bias = rng.integers(-2000, 2001, rows) if rng.random() < 0.7 else None
        spread = 40 * form.high * np.sqrt(np.prod(shape[1:]))
        kind, zero_point = self._codes()
        activation = graph.Activation(type=kind, requantize=self._record(rows, spread, zero_point))
        self.layers.append(layer(
            name=name, inputs=(self.source,), weights=weights, bias=bias, activation=activation,
            input_zero_point=self.zero_point, **fields,
        ))  # fmt: skip
        self.source, self.kind, self.zero_point = name, kind, zero_point
        self.shape = check.infer(self.network())[name].shape

    def _record(self, rows: int, spread: float, zero_point: int) -> graph.Requantize:
        """Codes that sums of such a spread about fill: M0 and shifts, of rows or of all, or M."""
        rng = self.rng
        scale = 100 / spread * rng.uniform(0.5, 2, rows if rng.random() < 0.7 else 1)
        if rng.random() < 0.5:
            return graph.Requantize(input_scale=0.5, weight_scale=scale, output_scale=0.5,
                                    zero_point=zero_point)  # fmt: skip
        shift = np.floor(-np.log2(scale)).astype(int)
        multiplier = np.minimum(scale * 2.0 ** (31 + shift), 2**31 - 1).astype(int)
        if rng.random() < 0.2:  # powers of two
            multiplier[:] = 1 << 30
        return graph.Requantize(multiplier=multiplier, right_shift=shift, zero_point=zero_point)

    def network(self) -> graph.Network:
        """Checked."""
        layers = tuple(self.layers)
        return check.check(graph.Network(bitloom=1, name="affine", input=self.input, layers=layers))


def random_network(rng: np.random.Generator) -> graph.Network:
    """A convolution, or none, and one or two dense layers."""
    windowed = rng.random() < 0.6
    size = rng.integers((2, 2, 1), (4, 4, 3)) if windowed else rng.integers(1, 9, 1)
    build = _Builder(rng, tuple(size.tolist()))
    if windowed:
        build.conv()
    for _ in range(int(rng.integers(1, 3))):
        build.dense()
    return build.network()
