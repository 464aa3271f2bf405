"""Compiled networks of maps, read from a build's files for the golden run."""

import json

import numpy as np
import pytest

from generators.network import check, graph, run, write
from sim import network
from sim.golden import network as golden
from sim.manifest import BuildError

OPS = (
    "dense, conv, maxpool, sumpool, add, concat, upsample, pad, threshold, encode, flatten, argmax"
)


@pytest.fixture
def compiled():
    """Every op that a build may hold."""
    rng = np.random.default_rng(4)
    thresholds = np.sort(rng.integers(-30, 30, (40, 3)), axis=1)
    layers = (
        graph.Pad(name="pad", inputs=("input",), padding=(1, 0, 0, 1), value=2),
        graph.Conv(
            name="conv", inputs=("pad",), padding=(1, 1, 1, 1), pad_value=1, groups=2,
            weights=graph.Weights(type="int3", data=rng.integers(-4, 4, (40, 3, 3, 2))),
            activation=graph.Activation(type="uint2", thresholds=thresholds),
        ),
        graph.MaxPool(name="max", inputs=("conv",), kernel=(2, 2)),
        graph.SumPool(name="sum", inputs=("conv",), kernel=(3, 3), stride=(2, 2),
                      padding=(1, 1, 0, 0)),
        graph.Add(name="add", inputs=("max", "sum"), gains=np.array([3, -1])),
        graph.Add(name="by_channel", inputs=("max", "add"), gains=rng.integers(1, 9, (2, 40))),
        graph.Upsample(name="up", inputs=("by_channel",), factor=(1, 2)),
        graph.Upsample(name="up2", inputs=("sum",), factor=(1, 2)),
        graph.Concat(name="cat", inputs=("up", "up2")),
        graph.Encode(name="codes", inputs=("cat",), type="int6", right_shift=2, seed=9),
        graph.Threshold(name="quant", inputs=("codes",), type="bipolar",
                        thresholds=np.array([[2]])),
        graph.Flatten(name="flat", inputs=("quant",)),
        graph.Dense(
            name="fc", inputs=("flat",),
            weights=graph.Weights(type="bipolar", data=rng.choice([-1, 1], (5, 3 * 6 * 80))),
        ),
        graph.ArgMax(name="y", inputs=("fc",)),
    )  # fmt: skip
    return check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=(5, 6, 4), type="uint3"), layers=layers,
    ))  # fmt: skip


def test_run(compiled, tmp_path):
    write.write(compiled, tmp_path)
    x = np.random.default_rng(5).integers(0, 8, (3, 5, 6, 4))

    values = golden.run(network.load(tmp_path), x)

    assert {layer["op"] for layer in network.load(tmp_path)} == set(network.OPS)
    for name, expected in run.run_all(compiled, x).items():
        np.testing.assert_array_equal(values[name], expected, name)


@pytest.mark.parametrize(("name", "changed", "what"), [
    ("max", {"op": "avgpool"}, f"op must be one of {OPS}, not 'avgpool'"),
    ("conv", {"weights": {"data": [[[[1]]]], "scale": 0.5}}, "weights of conv must have no scale"),
    ("add", {"gains": [0.5, 1]}, "arrays must hold integers, not float64"),
])  # fmt: skip
def test_refused(compiled, tmp_path, name, changed, what):
    write.write(compiled, tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    for layer in document["layers"]:
        if layer["name"] == name:
            layer |= changed
    (tmp_path / "model.json").write_text(json.dumps(document))

    with pytest.raises(BuildError) as error:
        network.load(tmp_path)

    sentence = f"File must be a compiled network with its weights: {what}; build again"
    assert str(error.value) == f"{tmp_path}/model.json: {sentence}"
