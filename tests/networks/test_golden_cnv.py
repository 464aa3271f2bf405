"""CNV, six convolutions and two pools, before it is compiled: every integer that is known of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest
from msgspec.structs import replace

from generators.network import graph, load, run, write
from generators.network.__main__ import main as command
from generators.passes import streamline
from sim.golden import network as golden
from tests import data

CHUNK = 50


@dataclass(frozen=True)
class Trained:
    """The network, the files that say what it must compute, and what it computes."""

    network: graph.Network
    vectors: dict[str, np.ndarray]
    trace: dict[str, np.ndarray]
    published: dict[str, np.ndarray]

    @cached_property
    def acc(self) -> np.ndarray:
        """The last accumulators of all 500 images."""
        x = self.vectors["x"]
        parts = [run.run(self.network, x[k : k + CHUNK]) for k in range(0, len(x), CHUNK)]
        return np.concatenate(parts)


@pytest.fixture(scope="module")
def cnv():
    folder = data.folder() / "models" / "bnnpynq_cnvw1a1_cifar10"
    files = (np.load(folder / f"{name}.npz") for name in ("vectors", "trace", "hw_published"))
    return Trained(load.load(folder / "intnet.npz"), *map(dict, files))


def test_layers(cnv):
    assert (cnv.network.input.shape, cnv.network.input.type) == ((32, 32, 3), "int8")
    assert [layer.name for layer in cnv.network.layers] == [
        "conv0", "conv1", "pool1", "conv2", "conv3", "pool3", "conv4", "conv5", "fc6", "fc7", "fc8",
    ]  # fmt: skip


def test_accumulators_of_every_vector(cnv):
    assert cnv.acc.dtype == np.int64
    assert len(cnv.acc) == 500
    np.testing.assert_array_equal(cnv.acc, cnv.vectors["acc"])
    np.testing.assert_array_equal(cnv.acc.argmax(axis=1), cnv.vectors["cls"])


def test_accuracy(cnv):
    right = cnv.acc.argmax(axis=1) == cnv.vectors["label"]
    assert (int(right.sum()), len(right)) == (399, 500), "79.8 %"


def test_published_scores(cnv):
    """What the board printed for two pictures: popcounts of 512 synapses."""
    scores = (run.run(cnv.network, cnv.published["x"]) + 512) // 2
    np.testing.assert_array_equal(scores, cnv.published["scores"])


def test_trace_of_every_layer(cnv):
    """Accumulators of every layer, and what the next one reads: behind threshold and pool."""
    values = run.run_all(cnv.network, cnv.trace["x"])
    pools = {layer.inputs[0]: layer.name for layer in cnv.network.layers if "pool" in layer.name}
    layers = [layer for layer in cnv.network.layers if layer.name not in pools.values()]
    assert sorted(cnv.trace) == sorted(
        ["x", *(f"acc{i}" for i in range(9)), *(f"act{i}" for i in range(8))]
    )
    for i, layer in enumerate(layers):
        bare = graph.asdict(replace(layer, inputs=("input",), activation=None))
        acc = golden.run([bare], values[layer.inputs[0]])[layer.name]
        np.testing.assert_array_equal(acc, cnv.trace[f"acc{i}"], layer.name)
        if layer.activation is not None:
            act = values[pools.get(layer.name, layer.name)]
            np.testing.assert_array_equal(act, cnv.trace[f"act{i}"], layer.name)


def test_streamlined(cnv):
    """Compiled, all integers: the same sums."""
    compiled = streamline(cnv.network)
    x, acc = cnv.vectors["x"], cnv.vectors["acc"]
    for k in range(0, len(x), CHUNK):
        y = run.run(compiled, x[k : k + CHUNK]).reshape(CHUNK, -1)
        np.testing.assert_array_equal(y, acc[k : k + CHUNK])


def test_converted(cnv, tmp_path):
    """The command's model.json, and that written once more: the sums stay, compiled or not."""
    x, acc = cnv.vectors["x"][:CHUNK], cnv.vectors["acc"][:CHUNK]
    source = data.folder() / "models" / "bnnpynq_cnvw1a1_cifar10" / "intnet.npz"
    for folder in (tmp_path / "once", tmp_path / "twice"):
        assert command(["convert", str(source), str(folder)]) == 0
        source = folder / "model.json"
        again = load.load(source)
        np.testing.assert_array_equal(run.run(again, x), acc)
        np.testing.assert_array_equal(run.run(streamline(again), x).reshape(CHUNK, -1), acc)
    assert source.read_text() == (tmp_path / "once" / "model.json").read_text()


def test_written_and_read_back_when_streamlined(cnv, tmp_path):
    """XNOR sums and counted thresholds keep their meaning."""
    write.write(streamline(cnv.network), tmp_path)
    again = load.load(tmp_path / "model.json")
    x, acc = cnv.vectors["x"][:CHUNK], cnv.vectors["acc"][:CHUNK]
    np.testing.assert_array_equal(run.run(again, x).reshape(CHUNK, -1), acc)
