import msgspec
import numpy as np
import pytest

from generators.network import check, graph
from generators.network.error import ModelError
from sim.golden.formats import integer


def network(*layers, shape=(3,), kind="int8"):
    return graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=shape, type=kind), layers=layers
    )


def dense(name="fc0", source="input", data=((1, 0, -1), (1, 1, 1)), kind="int2", **fields):
    weights = graph.Weights(type=kind, data=np.array(data), scale=fields.pop("scale", None))
    return graph.Dense(name=name, inputs=(source,), weights=weights, **fields)


def test_layers_are_put_in_order():
    layers = [
        graph.Relu(name="c", inputs=("b",)),
        graph.Relu(name="a", inputs=("input",)),
        graph.Relu(name="b", inputs=("a",)),
    ]
    assert [layer.name for layer in check.check(network(*layers)).layers] == ["a", "b", "c"]


def test_layers_in_order_stay():
    layers = [graph.Relu(name=n, inputs=(i,)) for n, i in (("b", "input"), ("a", "b"))]
    assert [layer.name for layer in check.check(network(*layers)).layers] == ["b", "a"]


@pytest.mark.parametrize(("layer", "shape", "kind"), [
    (dense(), (2,), "int10"),
    (dense(scale=np.array(0.5)), (2,), None),
    (dense(bias=np.array([0, 1000])), (2,), "int12"),
    (dense(activation=graph.Activation(type="bipolar")), (2,), "bipolar"),
    (dense(activation=graph.Activation(type="uint2", thresholds=np.array([[0, 1, 2]]))),
     (2,), "uint2"),
    (graph.Scale(name="s", inputs=("input",), gain=np.array(2.0)), (3,), None),
    (graph.Sign(name="s", inputs=("input",)), (3,), "bipolar"),
    (graph.Relu(name="s", inputs=("input",)), (3,), "int8"),
    (graph.Quantize(name="q", inputs=("input",), type="int4"), (3,), "int4"),
    (graph.Quantize(name="q", inputs=("input",), type="int4", scale=np.array(0.5)), (3,), None),
    (graph.Flatten(name="f", inputs=("input",)), (3,), "int8"),
    (graph.ArgMax(name="a", inputs=("input",)), (1,), "uint2"),
])  # fmt: skip
def test_infer(layer, shape, kind):
    tensor = check.infer(check.check(network(layer)))[layer.name]

    assert tensor.shape == shape
    assert tensor.type == (None if kind is None else integer.parse(kind))


@pytest.mark.parametrize("kind", ["int8", "uint4", "ternary", "bipolar"])
def test_accumulator_range_is_reached(kind):
    """Lowest and highest sum over the inputs that say so, and none beyond: all corners."""
    rng = np.random.default_rng(5)
    form = integer.parse(kind)
    data, bias = rng.integers(-2, 2, (4, 5)), rng.integers(-9, 9, 4)
    layer = dense(data=data, bias=bias)
    corners = np.stack(np.meshgrid(*[[form.low, form.high]] * 5), axis=-1).reshape(-1, 5)

    low, high = check.accumulator_range(layer, form)

    sums = corners @ data.T + bias
    np.testing.assert_array_equal(low, sums.min(axis=0))
    np.testing.assert_array_equal(high, sums.max(axis=0))


def test_popcount_range():
    layer = dense(data=[[1, -1, 1]], kind="bipolar", accumulate="popcount")
    low, high = check.accumulator_range(layer, integer.parse("bipolar"))
    assert (low.tolist(), high.tolist()) == ([0], [3])


def test_flatten_of_a_map():
    layers = graph.Flatten(name="f", inputs=("input",)), dense(source="f", data=[[1] * 12])
    tensors = check.infer(check.check(network(*layers, shape=(2, 2, 3))))
    assert tensors["f"].shape == (12,)


def test_places_of_other_files():
    layer = dense(data=[[1, 0]])
    message = r"^net.onnx: node 'a'.weights: Weights must have shape \(1, 3\), not \(1, 2\)$"
    with pytest.raises(ModelError, match=message):
        check.check(network(layer), "net.onnx", {"fc0": "net.onnx: node 'a'"})


def test_nothing_is_changed():
    layer = dense()
    assert check.check(network(layer)).layers[0] is layer
    assert msgspec.structs.asdict(check.check(network(layer)).input)["shape"] == (3,)
