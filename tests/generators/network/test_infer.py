"""Shapes and types of maps, by rule and by what the golden model gives at the extremes."""

import numpy as np
import pytest

from generators.network import check, graph, run
from sim.golden.formats import integer


def network(*layers, shape=(5, 6, 2), kind="uint4"):
    return check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=shape, type=kind), layers=layers,
    ))  # fmt: skip


def conv(data, kind="int3", **fields):
    weights = graph.Weights(type=kind, data=np.array(data), scale=fields.pop("scale", None))
    return graph.Conv(name="y", inputs=("input",), weights=weights, **fields)


def one(kind, **fields):
    return kind(name="y", inputs=("input",), **fields)


ONES = np.ones((3, 3, 2, 2), int)
POOLED = {"kernel": (2, 3), "padding": (1, 0, 0, 1), "stride": (1, 2)}
UINT2 = graph.Activation(type="uint2", thresholds=np.array([[0, 1, 2]]))


@pytest.mark.parametrize(("layer", "source", "shape", "kind"), [
    (conv(ONES), "uint4", (3, 5, 3), "uint8"),
    (conv(-ONES), "uint4", (3, 5, 3), "int9"),
    (conv(ONES, stride=(2, 3), dilation=(1, 2), padding=(0, 1, 3, 2)), "uint4", (3, 3, 3), "uint8"),
    (conv(ONES, scale=np.array(0.5)), "uint4", (3, 5, 3), None),
    (conv(ONES, activation=UINT2), "uint4", (3, 5, 3), "uint2"),
    (conv(np.ones((4, 1, 1, 1), int), groups=2, bias=np.array(7)), "uint4", (5, 6, 4), "uint5"),
    (conv(ONES, kind="bipolar", accumulate="popcount"), "bipolar", (3, 5, 3), "uint4"),
    (conv(ONES, kind="bipolar", accumulate="popcount", padding=(1, 1, 1, 1), pad_value=-1),
     "bipolar", (5, 7, 3), "uint4"),
    (conv(ONES, padding=(1, 1, 1, 1)), "bipolar", (5, 7, 3), "int5"),
    (one(graph.MaxPool, **POOLED), "int4", (5, 3, 2), "int4"),
    (one(graph.MaxPool, kernel=(2, 2)), "bipolar", (2, 3, 2), "bipolar"),
    (one(graph.SumPool, **POOLED), "uint4", (5, 3, 2), "uint7"),
    (one(graph.SumPool, **POOLED), "bipolar", (5, 3, 2), "int4"),
    (one(graph.SumPool, kernel=(2, 2)), "int4", (2, 3, 2), "int6"),
    (one(graph.AvgPool, **POOLED), "uint4", (5, 3, 2), None),
    (one(graph.GlobalAvgPool), "uint4", (1, 1, 2), None),
    (one(graph.Upsample, factor=(2, 3)), "ternary", (10, 18, 2), "ternary"),
    (one(graph.Pad, padding=(1, 2, 3, 4)), "uint4", (9, 12, 2), "uint4"),
    (one(graph.Pad, padding=(1, 1, 1, 1), value=-3), "uint4", (7, 8, 2), "int5"),
    (one(graph.Pad, padding=(1, 1, 1, 1), value=16), "uint4", (7, 8, 2), "uint5"),
    (one(graph.Pad, padding=(1, 1, 1, 1)), "bipolar", (7, 8, 2), "ternary"),
    (one(graph.Pad, padding=(1, 1, 1, 1), value=-1), "bipolar", (7, 8, 2), "bipolar"),
    (one(graph.Pad, padding=(1, 1, 1, 1), value=2), "bipolar", (7, 8, 2), "int3"),
    (one(graph.Pad, padding=(0, 0, 0, 0)), "bipolar", (5, 6, 2), "bipolar"),
])  # fmt: skip
def test_infer(layer, source, shape, kind):
    net = network(layer, kind=source)
    tensor = check.infer(net)["y"]

    assert tensor.shape == shape
    assert tensor.type == (None if kind is None else integer.parse(kind))
    form, rng = integer.parse(source), np.random.default_rng(1)
    for low, high in ((form.low, form.low), (form.high, form.high), (form.low, form.high)):
        y = run.run(net, rng.choice([low, high], (2, 5, 6, 2)))
        assert y.shape == (2, *shape)
        assert kind is None or tensor.type.contains(y).all()


def joined(*layers, kind="uint4"):
    """Type of the last layer, named y."""
    return check.infer(network(*layers, kind=kind))["y"]


def threshold(name, kind):
    form = integer.parse(kind)
    levels = (form.high - form.low) // form.step
    return graph.Threshold(name=name, inputs=("input",), type=kind,
                           thresholds=np.arange(levels)[None])  # fmt: skip


@pytest.mark.parametrize(("kinds", "gains", "added", "together"), [
    (("uint2", "uint2"), None, "uint3", "uint2"),
    (("uint2", "int3"), None, "int4", "int3"),
    (("bipolar", "bipolar"), None, "int3", "bipolar"),
    (("bipolar", "ternary"), None, "int3", "int2"),
    (("bipolar", "uint1"), [3, -1], "int3", "int2"),
    (("uint2", "uint3"), [[1, 1], [-1, 2]], "int6", "uint3"),
    (("uint2", "uint1", "int2"), [-1, 1, 1], "int4", "int3"),
])  # fmt: skip
def test_joins(kinds, gains, added, together):
    layers = [threshold(f"t{i}", kind) for i, kind in enumerate(kinds)]
    inputs = tuple(layer.name for layer in layers)
    gains = None if gains is None else np.array(gains)
    result = joined(*layers, graph.Add(name="y", inputs=inputs, gains=gains))
    assert (result.shape, result.type.name) == ((5, 6, 2), added)
    result = joined(*layers, graph.Concat(name="y", inputs=inputs))
    assert (result.shape, result.type.name) == ((5, 6, 2 * len(kinds)), together)


@pytest.mark.parametrize("op", [graph.Add, graph.Concat])
def test_joins_of_real_numbers(op):
    half = graph.Scale(name="s", inputs=("input",), gain=np.array(0.5))
    fields = {"gains": np.array([0.25, 1.0])} if op is graph.Add else {}
    assert joined(half, op(name="y", inputs=("s", "input"), **fields)).type is None


@pytest.mark.parametrize("kind", ["bipolar", "uint2", "int3"])
def test_accumulator_range_of_a_conv_is_reached(kind):
    """Lowest and highest sum over all windows of extremes, padded or not."""
    rng, form = np.random.default_rng(5), integer.parse(kind)
    data, bias = rng.integers(-2, 2, (4, 1, 3, 2)), rng.integers(-9, 9, 4)
    layer = conv(data, bias=bias, padding=(0, 1, 0, 1), groups=1)
    corners = np.stack(np.meshgrid(*[[form.low, form.high]] * 6), axis=-1).reshape(-1, 1, 3, 2)

    low, high = check.accumulator_range(layer, form)

    y = run.run(network(layer, shape=(1, 3, 2), kind=kind), corners)
    np.testing.assert_array_equal(low, y.min(axis=(0, 1, 2)))
    np.testing.assert_array_equal(high, y.max(axis=(0, 1, 2)))


def test_a_layer_may_be_read_by_several():
    layers = (
        graph.MaxPool(name="p", inputs=("input",), kernel=(1, 1)),
        graph.Add(name="y", inputs=("p", "p", "input")),
    )
    assert joined(*layers).type.name == "uint6"
    x = np.random.default_rng(1).integers(0, 16, (2, 5, 6, 2))
    np.testing.assert_array_equal(run.run(network(*layers), x), 3 * x)
