"""Networks of several datapaths, and of affine integers, in a real simulator."""

import json
from pathlib import Path

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from generators.network import load, run
from generators.passes import streamline
from tests.generators.finn import nets
from tests.networks import predicted
from tests.networks.test_cosim import DIGITS, check, simulate

MODELS = Path(__file__).parent.parent / "models"
FOLDS = {"planes": (4, 6), "shift": (3, 4), "shift_serial": (5, 4), "codebook": (2, 6),
         "fusible": (4, 4)}  # fmt: skip


def test_mixed_digits(tmp_path):
    """Bit planes, shifts, bricks and popcounts: 100 frames, as many of them right as trained."""
    images = np.load(DIGITS / "images.npz")
    model = MODELS / "mixed" / "model.json"
    x = images["x"][:100]
    expected = run.run(streamline(load.load(model)), x).reshape(len(x), -1)
    report = check(model, ["--cycles", "512"], x, expected, tmp_path)
    used = {layer["name"]: layer["datapath"] for layer in report["layers"] if layer["datapath"]}
    assert used == {"fc0": "planes", "fc1": "shift", "fc2": "fusible", "classes": "popcount"}
    assert np.mean(expected.argmax(axis=1) == images["label"][:100]) >= 0.97


def test_mixed_formats(tmp_path):
    """Errors, a list of wide weights, integers and popcounts: 100 frames, right as trained."""
    images = np.load(DIGITS / "images.npz")
    model = MODELS / "mixed_formats" / "model.json"
    x = images["x"][:100]
    expected = run.run(streamline(load.load(model)), x).reshape(len(x), -1)
    report = check(model, ["--cycles", "512"], x, expected, tmp_path)
    used = {layer["name"]: layer["datapath"] for layer in report["layers"] if layer["datapath"]}
    assert used == {"fc0": "fpec", "fc1": "biscaled", "fc2": "integer", "classes": "popcount"}
    assert np.mean(expected.argmax(axis=1) == images["label"][:100]) >= 0.97


def test_every_datapath_under_cocotb(tmp_path):
    """A layer of each, the cycles and results of both harnesses alike, with stalls and without."""
    layers, source, width = [], "input", 12
    for number, (name, (pe, simd)) in enumerate(FOLDS.items()):
        thresholds = [[-20, -3, 5], *[[-30, 0, 11]] * 11]
        act = {"type": "uint2", "thresholds": thresholds}
        layers.append(nets.dense(f"fc{number}", source, size=(12, width), weights="int3",
                                 seed=number, datapath=name, activation=act,
                                 fold={"pe": pe, "simd": simd}))  # fmt: skip
        source = f"fc{number}"
    layers.append(nets.dense("last", source, size=(5, 12), weights="int4", datapath="integer"))
    model = nets.folder(nets.model(*layers, shape=(12,), kind="uint3"), tmp_path)
    build = tmp_path / "build"
    assert finn([str(model), "-o", str(build)]) == 0
    report = json.loads((build / "report.json").read_text())
    x = nets.values("uint3", (40, 12), seed=9)
    for stall in (0.0, 0.3):
        batch, y = simulate(build, x, stall, tmp_path)
        again, z = simulate(build, x, stall, tmp_path, "cocotb")
        assert batch["mismatches"] == 0
        assert again == batch | {"harness": "cocotb"}
        np.testing.assert_array_equal(y, z)
        if not stall:
            predicted.check(report, batch)
    assert np.ptp(y) > 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "cycles"), [("mlp_int8", 3000), ("cnn_int8", 8000)])
def test_int8_networks(name, cycles, tmp_path):
    model = MODELS / name / "model.json"
    network = streamline(load.load(model))
    x = np.random.default_rng(1).integers(0, 256, (6, *network.input.shape))
    x[0], x[-1] = 0, 255
    expected = run.run(network, x).reshape(len(x), -1)
    check(model, ["--cycles", str(cycles)], x, expected, tmp_path)
