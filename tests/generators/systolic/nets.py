"""Small random networks that an array runs: chains of convolutions, max-pools and dense layers."""

import numpy as np

from generators import passes
from generators.network import check, graph
from generators.systolic.fill import fill
from generators.systolic.lower import Lowered, lower
from generators.systolic.numbers import numbers
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain, chain
from sim.golden import affine
from sim.golden.formats import integer

__all__ = ["frames", "lowered", "random_chain", "random_network", "random_shape"]

TYPES = ("bipolar", "ternary", "uint2", "int3", "uint4")
WEIGHTS = ("bipolar", "ternary", "int3")


def values(rng, form: integer.Integer, shape) -> np.ndarray:
    """Any values of a type."""
    steps = rng.integers(0, (form.high - form.low) // form.step, shape, endpoint=True)
    return form.low + form.step * steps


def random_network(rng: np.random.Generator, kinds: tuple[str, ...] = TYPES,
                   weights: tuple[str, ...] = WEIGHTS) -> graph.Network:  # fmt: skip
    """A chain of up to three layers with random kernels, strides, borders and pools.

    Types of 8 bits are affine: what becomes one is requantized.
    """
    kind = str(rng.choice(kinds))
    shape = tuple(int(n) for n in (*rng.integers(3, 8, 2), rng.integers(1, 8)))
    source = graph.Input(shape=shape, type=kind)
    layers: list = []
    for number in range(int(rng.integers(1, 4))):
        reads = layers[-1].name if layers else "input"
        if len(shape) == 3 and rng.random() < 0.7:
            layers.append(_conv(rng, f"conv{number}", reads, shape, kind, kinds, weights))
        else:
            layers.append(_dense(rng, f"fc{number}", reads, shape, kinds, weights))
        shape, kind = _shape(source, layers), layers[-1].activation.type
        if len(shape) == 3 and rng.random() < 0.5:
            layers.append(_pool(rng, f"pool{number}", layers[-1].name, shape))
            shape = _shape(source, layers)
    if rng.random() < 0.5:
        layers.append(_dense(rng, "scores", layers[-1].name, shape, kinds, weights, raw=True))
        if rng.random() < 0.5:
            layers.append(graph.ArgMax(name="top", inputs=("scores",)))
    return check.check(graph.Network(bitloom=1, name="random", input=source, layers=tuple(layers)))


def _shape(source: graph.Input, layers: list) -> tuple[int, ...]:
    network = graph.Network(bitloom=1, name="part", input=source, layers=tuple(layers))
    return check.infer(network)[layers[-1].name].shape


def _linear(rng, rows: int, size: tuple[int, ...], kinds, weights, raw: bool) -> dict:
    form = integer.parse(str(rng.choice(weights)))
    fields: dict = {"weights": graph.Weights(type=form.name, data=values(rng, form, (rows, *size)))}
    if rng.random() < 0.3 or raw:
        fields["bias"] = rng.integers(-5, 6, rows)
    if not raw:
        to = integer.parse(str(rng.choice(kinds)))
        if to.width == 8:
            return fields | {"activation": _requantize(rng, to, rows, int(np.prod(size)))}
        levels, spread = (to.high - to.low) // to.step, 2 * np.sqrt(np.prod(size))
        thresholds = np.sort(rng.normal(0, spread, (rows, levels)).astype(int), axis=1)
        thresholds[0] = rng.choice([-(1 << 20), 1 << 20])  # a constant neuron
        fields["activation"] = graph.Activation(type=to.name, thresholds=thresholds)
    return fields


def _requantize(rng, to: integer.Integer, rows: int, size: int) -> graph.Activation:
    zero = int(rng.integers(to.low, to.high, endpoint=True))
    gains = np.exp(rng.normal(-1, 1, rows)) / np.sqrt(size)
    multiplier, right_shift = affine.quantize_multipliers(gains)
    low = zero if rng.random() < 0.5 else None
    record = graph.Requantize(multiplier=multiplier, right_shift=right_shift, zero_point=zero,
                              low=low)  # fmt: skip
    return graph.Activation(type=to.name, requantize=record)


def _dense(rng, name: str, reads: str, shape, kinds, weights, raw: bool = False) -> graph.Dense:
    rows = int(rng.integers(1, 12))
    fields = _linear(rng, rows, (int(np.prod(shape)),), kinds, weights, raw)
    return graph.Dense(name=name, inputs=(reads,), **fields)


def _conv(rng, name: str, reads: str, shape, kind: str, kinds, weights) -> graph.Conv:
    kernel = tuple(int(rng.integers(1, min(3, n) + 1)) for n in shape[:2])
    border = tuple(int(n) for n in rng.integers(0, 2, 4)) if rng.random() < 0.5 else (0, 0, 0, 0)
    form = integer.parse(kind)
    pad = int(values(rng, form, ())) if any(border) else 0
    fields = _linear(rng, int(rng.integers(1, 12)), (*kernel, shape[2]), kinds, weights, False)
    dilation = (1, 2) if kernel[1] == 2 and shape[1] > 2 and rng.random() < 0.3 else (1, 1)
    stride = tuple(int(n) for n in rng.integers(1, 3, 2))
    return graph.Conv(name=name, inputs=(reads,), stride=stride, dilation=dilation, padding=border,
                      pad_value=pad, **fields)  # fmt: skip


def _pool(rng, name: str, reads: str, shape) -> graph.MaxPool:
    kernel = tuple(int(rng.integers(1, min(2, n) + 1)) for n in shape[:2])
    stride = tuple(int(n) for n in rng.integers(1, 3, 2)) if rng.random() < 0.3 else None
    return graph.MaxPool(name=name, inputs=(reads,), kernel=kernel, stride=stride)


def random_chain(rng: np.random.Generator, **kinds) -> Chain:
    """The stages of such a network, streamlined."""
    return chain(passes.streamline(random_network(rng, **kinds)))


def random_shape(rng: np.random.Generator) -> Shape:
    """An array of up to 12 lanes and 6 columns."""
    cols = int(rng.choice([1, 2, 3, 4]))
    lanes = cols * int(rng.integers(1, 4))
    rows = int(rng.choice([n for n in range(1, lanes + 1) if lanes % n == 0]))
    return Shape(rows=rows, cols=cols, lanes=lanes // rows, batch=int(rng.integers(1, 4)),
                 depth=int(rng.choice([4, 7, 30, 200])))  # fmt: skip


def lowered(found: Chain, shape: Shape) -> tuple[Lowered, object]:
    """A chain for an array, and what its memories hold."""
    made = lower(found, numbers(found, shape), shape)
    return made, fill(made)


def frames(rng, found: Chain, count: int) -> np.ndarray:
    """Random frames of a network's input type, the first and last of extremes."""
    form = integer.parse(found.network.input.type)
    made = values(rng, form, (count, *found.network.input.shape))
    made[0] = form.low
    if count > 1:
        made[-1] = form.high
    return made
