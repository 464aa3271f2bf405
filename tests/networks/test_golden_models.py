"""The trained networks, compiled: every integer that is known of them, and their accuracy."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest

from generators.network import check, graph, load, run, write
from generators.passes import streamline
from sim.golden import exact
from tests import data

FILES = {
    "tfc_1w1a": "TFC_1W1A.onnx",
    "tfc_2w2a": "TFC_2W2A.onnx",
    "kws_w3a3_mlperf": "kws_w3a3_mlperf.onnx",
    "bnnpynq_lfcw1a1_mnist": "intnet.npz",
}
INTNETS = [*FILES, "tfc_1w1a/intnet.npz", "tfc_2w2a/intnet.npz", "kws_w3a3_mlperf/intnet.npz"]


@dataclass(frozen=True)
class Trained:
    """A compiled network and the files that say what it must compute."""

    folder: Path
    network: graph.Network

    @cached_property
    def vectors(self) -> dict[str, np.ndarray]:
        return dict(np.load(self.folder / "vectors.npz"))

    @cached_property
    def intnet(self) -> dict[str, np.ndarray]:
        return dict(np.load(self.folder / "intnet.npz"))

    @cached_property
    def trace(self) -> dict[str, np.ndarray]:
        return dict(np.load(self.folder / "trace.npz"))

    @property
    def x(self) -> np.ndarray:
        """The inputs of the vectors: pixels, where the network takes these."""
        return self.vectors["pixels" if self.network.input.type == "uint8" else "x"]

    @property
    def denses(self) -> list[graph.Dense]:
        return [layer for layer in self.network.layers if isinstance(layer, graph.Dense)]


@pytest.fixture(scope="module")
def trained():
    """Compile a network once: ``trained("tfc_1w1a")``, or another file of its folder."""
    made = {}

    def find(name: str) -> Trained:
        if name not in made:
            folder, _, file = name.partition("/")
            path = data.folder() / "models" / folder / (file or FILES[folder])
            made[name] = Trained(path.parent, streamline(load.load(path)))
        return made[name]

    return find


@pytest.mark.parametrize("name", INTNETS)
def test_accumulators_of_every_vector(name, trained):
    model = trained(name)
    y = run.run(model.network, model.x)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, model.vectors["acc"])


@pytest.mark.parametrize("name", INTNETS)
def test_trace_of_every_layer(name, trained):
    """Accumulators and activations between the layers; negated rows are so in both."""
    model = trained(name)
    values = run.run_all(model.network, model.x[: len(model.trace["x"])])
    for i, layer in enumerate(model.denses):
        x = values[layer.inputs[0]]
        acc = exact.dot(x.reshape(len(x), -1), layer.weights.data)
        np.testing.assert_array_equal(acc, model.trace[f"acc{i}"], layer.name)
        if layer.activation is not None:
            np.testing.assert_array_equal(values[layer.name], model.trace[f"act{i}"], layer.name)
    np.testing.assert_array_equal(
        values[model.denses[0].inputs[0]].reshape(model.trace["x"].shape), model.trace["x"]
    )


@pytest.mark.parametrize("name", INTNETS)
def test_weights_and_thresholds(name, trained):
    """As in intnet.npz; its thresholds clamped to what the sums reach, and counted for XNOR."""
    model = trained(name)
    tensors = check.infer(model.network)
    assert [k for k in model.intnet if k[0] == "w"] == [f"w{i}" for i in range(len(model.denses))]
    for i, layer in enumerate(model.denses):
        np.testing.assert_array_equal(layer.weights.data, model.intnet[f"w{i}"], layer.name)
        if layer.activation is None:
            assert f"t{i}" not in model.intnet and layer.accumulate == "sum"
            continue
        low, high = check.accumulator_range(layer, tensors[layer.inputs[0]].type)
        thresholds = model.intnet[f"t{i}"].astype(np.int64)
        if tensors[layer.inputs[0]].type.bipolar:
            assert layer.accumulate == "popcount"
            thresholds = -((-thresholds - layer.weights.data.shape[1]) // 2)  # rounded up
        clamped = np.clip(thresholds, low[:, None], high[:, None] + 1)
        np.testing.assert_array_equal(layer.activation.thresholds, clamped, layer.name)


@pytest.mark.parametrize("name", FILES)
def test_written_and_read_back(name, trained, tmp_path):
    """The same results for all vectors, without compiling and compiled again."""
    model = trained(name)
    write.write(model.network, tmp_path)
    again = load.load(tmp_path / "model.json")
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.network.layers]
    y = run.run(again, model.x)
    np.testing.assert_array_equal(y, model.vectors["acc"])
    np.testing.assert_array_equal(run.meaning(again, y[:9]), run.meaning(model.network, y[:9]))
    np.testing.assert_array_equal(run.run(streamline(again), model.x), model.vectors["acc"])


def digits(model: Trained) -> tuple[np.ndarray, np.ndarray]:
    """The accumulators of the 10,000 test images of MNIST, and their labels."""
    images, labels = data.mnist("t10k")
    if model.network.input.type == "bipolar":
        images = np.where(images >= 128, 1, -1)
    return run.run(model.network, images), labels


def percent(classes: np.ndarray, labels: np.ndarray) -> float:
    return round(100 * float((classes == labels).mean()), 2)


@pytest.mark.parametrize(("name", "expected"), [
    ("tfc_1w1a", 92.96), ("tfc_2w2a", 96.60), ("bnnpynq_lfcw1a1_mnist", 98.34),
])  # fmt: skip
def test_accuracy_on_mnist(name, expected, trained):
    acc, labels = digits(trained(name))
    assert len(labels) == 10000
    assert percent(acc.argmax(axis=1), labels) == expected


def test_accuracy_of_lfc_by_the_rule_of_its_host(trained):
    """The highest set bit, 0 if none: what the program on the board took, and published."""
    model = trained("bnnpynq_lfcw1a1_mnist")
    acc, labels = digits(model)
    bits = acc >= model.intnet["out_thr3"]
    classes = (bits * np.arange(10)).max(axis=1)
    assert percent(classes, labels) == 98.40
    np.testing.assert_array_equal(classes[:1000], model.vectors["cls_host"])


def test_accuracy_of_kws(trained):
    """On 1000 words; each class is the one that the FPGA of the submission answered."""
    model = trained("kws_w3a3_mlperf")
    classes = run.run(model.network, model.x).argmax(axis=1)
    assert percent(classes, model.vectors["label"]) == 82.5
    np.testing.assert_array_equal(classes, model.vectors["fpga_cls"])


# Of input 878 a sum before the first quantizer is 2.4999966 steps, which float32 makes 2.5.
@pytest.mark.parametrize(("name", "rounded"), [
    ("tfc_1w1a", []), ("tfc_2w2a", []), ("kws_w3a3_mlperf", [878]),
])  # fmt: skip
def test_meaning_is_the_graphs_output(name, rounded, trained):
    """The real numbers that the sums stand for are the float graph's logits."""
    model = trained(name)
    y = run.meaning(model.network, run.run(model.network, model.x)).astype(float)
    close = np.isclose(y, model.vectors["logits"], rtol=1e-5, atol=1e-5).all(axis=1)
    assert np.flatnonzero(~close).tolist() == rounded


SHIPPED = Path(__file__).parent.parent / "models"


def right(name: str, count: int) -> int:
    """Of the first count test images of MNIST, those that a shipped network, compiled, knows."""
    network = streamline(load.load(SHIPPED / name / "model.json"))
    images, labels = data.mnist("t10k")
    parts = [run.run(network, images[k : k + 500]) for k in range(0, count, 500)]
    classes = np.concatenate(parts).reshape(count, -1).argmax(axis=1)
    return int(np.sum(classes == labels[:count]))


@pytest.mark.parametrize(("name", "count", "expected"), [
    ("resnet", 2000, 1963), ("dscnn", 2000, 1966), ("cnn1d", 10_000, 9790),
])  # fmt: skip
def test_accuracy_of_the_shipped_networks(name, count, expected):
    assert right(name, count) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet", "dscnn"])
def test_accuracy_of_the_shipped_networks_on_all_images(name):
    """As in double precision after training: streamlining costs no image."""
    assert right(name, 10_000) == 9871
