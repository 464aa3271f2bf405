"""Make small networks, and compare them on every input that they have."""

from itertools import product

import numpy as np

from generators.network import check, graph, run
from sim.golden.formats import integer


def dense(data, kind="int4", scale=None, bias=None, activation=None, zero_point=None, **fields):
    """A dense layer; the zero point is that of the weights."""
    weights = graph.Weights(type=kind, data=np.array(data), scale=_array(scale),
                            zero_point=_array(zero_point))  # fmt: skip
    fields |= {"weights": weights, "bias": _array(bias), "activation": activation}
    return graph.Dense, fields


def conv(data, kind="int4", scale=None, bias=None, activation=None, **fields):
    """A conv layer; data is (outputs, kernel height, kernel width, channels / groups)."""
    return graph.Conv, dense(data, kind, scale, bias, activation, **fields)[1]


def maxpool(kernel=(1, 2), **fields):
    """A maxpool."""
    return graph.MaxPool, fields | {"kernel": kernel}


def sumpool(kernel=(1, 2), **fields):
    """A sumpool."""
    return graph.SumPool, fields | {"kernel": kernel}


def avgpool(kernel=(1, 2), **fields):
    """An avgpool."""
    return graph.AvgPool, fields | {"kernel": kernel}


def upsample(factor=(1, 2), **fields):
    """An upsample."""
    return graph.Upsample, fields | {"factor": factor}


def pad(padding=(0, 1, 0, 0), value=0, **fields):
    """A pad."""
    return graph.Pad, fields | {"padding": padding, "value": value}


def add(*inputs, gains=None, **fields):
    """An add of the layers of those names."""
    return graph.Add, fields | {"inputs": inputs, "gains": _array(gains)}


def concat(*inputs, **fields):
    """A concatenation of the layers of those names."""
    return graph.Concat, fields | {"inputs": inputs}


def requantized(kind="uint8", **fields):
    """An activation that requantizes."""
    scales = ("multiplier", "right_shift", "weight_scale")
    fields = {k: np.array(v) if k in scales else v for k, v in fields.items()}
    return graph.Activation(type=kind, requantize=graph.Requantize(**fields))


def reach(thresholds, kind="bipolar", **fields):
    """An activation."""
    return graph.Activation(type=kind, thresholds=_array(thresholds), **fields)


def scale(gain, bias=0, **fields):
    """A scale."""
    return graph.Scale, fields | {"gain": np.array(gain), "bias": np.array(bias)}


def batchnorm(gamma, beta, mean, variance, **fields):
    """A batch normalisation, with epsilon 0 unless given."""
    arrays = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    arrays = {name: np.array(value) for name, value in arrays.items()}
    return graph.BatchNorm, {"epsilon": 0.0} | fields | arrays


def quantize(kind, scale=1.0, zero_point=0.0, **fields):
    """A quantizer."""
    return graph.Quantize, fields | {
        "type": kind, "scale": np.array(scale), "zero_point": zero_point
    }  # fmt: skip


def threshold(thresholds, kind="bipolar", **fields):
    """A threshold layer."""
    return graph.Threshold, fields | {"type": kind, "thresholds": np.array(thresholds)}


def sign(**fields):
    """A sign."""
    return graph.Sign, fields


def relu(**fields):
    """A relu."""
    return graph.Relu, fields


def flatten(**fields):
    """A flatten."""
    return graph.Flatten, fields


def argmax(**fields):
    """An arg max."""
    return graph.ArgMax, fields


def output(gain, bias=0):
    """What a network's integers mean."""
    return graph.Output(gain=np.array(gain), bias=np.array(bias))


def network(*layers, shape=(2,), kind="int4", output=None):
    """A checked chain of layers, each named after its op and place where it has no name."""
    made, previous = [], "input"
    for i, (record, fields) in enumerate(layers):
        name = f"{record.__struct_config__.tag}{i}"
        made.append(record(**({"name": name, "inputs": (previous,)} | fields)))
        previous = made[-1].name
    return check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=shape, type=kind), layers=tuple(made),
        output=output,
    ))  # fmt: skip


def every_input(made: graph.Network) -> np.ndarray:
    """All frames that a network of few and narrow inputs can be given."""
    form = integer.parse(made.input.type)
    values = range(form.low, form.high + 1, form.step)
    items = int(np.prod(made.input.shape))
    assert len(values) ** items <= 1 << 12
    return np.array(list(product(values, repeat=items)))


def assert_same(before: graph.Network, after: graph.Network) -> None:
    """Both compute the same real numbers, exactly, for every input."""
    x = every_input(before)
    expected = run.meaning(before, run.run(before, x))
    result = run.meaning(after, run.run(check.check(after), x))
    np.testing.assert_array_equal(result, expected)


def ops(made: graph.Network) -> list[str]:
    """The ops of the layers, in order."""
    return [layer.__struct_config__.tag for layer in made.layers]


def names(made: graph.Network) -> list[str]:
    """The names of the layers, in order."""
    return [layer.name for layer in made.layers]


def _array(value):
    return None if value is None else np.array(value)
