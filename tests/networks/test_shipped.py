"""The convolutional networks as shipped, built and simulated by the commands of a user."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from generators.network import graph, load, run
from generators.passes import streamline
from tests import data
from tests.networks import predicted
from tests.networks.test_cosim import simulate

MODELS = Path(__file__).parent.parent / "models"
CYCLES = {"resnet": 4096, "dscnn": 8192, "cnn1d": 4096}
RIGHT = {"resnet": 19, "dscnn": 20, "cnn1d": 20}
"""Of the first 20 test images: the resnet takes the 3 of image 18 for a 5."""


@dataclass(frozen=True)
class Built:
    """A build, and the compiled network that it must compute."""

    folder: Path
    network: graph.Network

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def report(self) -> dict:
        return json.loads((self.folder / "report.json").read_text())

    def check(self, x: np.ndarray, tmp_path: Path) -> np.ndarray:
        """Simulate without and with stalls, compare; returns the outputs (frames, classes)."""
        expected = run.run(self.network, x).reshape(len(x), -1)
        for stall in (0.3, 0.0):
            result, y = simulate(self.folder, x, stall, tmp_path)
            assert (result["frames"], result["mismatches"]) == (len(x), 0)
            np.testing.assert_array_equal(y.reshape(len(x), -1), expected)
        predicted.check(self.report, result)
        return y.reshape(len(x), -1)


@pytest.fixture(scope="module", params=CYCLES)
def built(request, tmp_path_factory):
    """Each network built once, and compiled for the simulator once."""
    folder, name = tmp_path_factory.mktemp("build"), request.param
    model = MODELS / name / "model.json"
    assert finn([str(model), "--cycles", str(CYCLES[name]), "-o", str(folder / name)]) == 0
    return Built(folder / name, streamline(load.load(model)))


def test_interval_is_that_of_the_slowest_layer(built):
    cycles = built.report["cycles_per_frame"]
    assert cycles == max(layer["cycles_per_frame"] for layer in built.report["layers"])
    assert cycles <= CYCLES[built.name]


def test_random_frames(built, tmp_path):
    """Every pixel of every value: the data that a clean checkout has."""
    shape = (6, *built.network.input.shape)
    built.check(np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8), tmp_path)


def test_digits_of_mnist(built, tmp_path):
    images, labels = data.mnist("t10k")
    y = built.check(images[:20], tmp_path)
    assert np.sum(y.argmax(axis=1) == labels[:20]) == RIGHT[built.name]
