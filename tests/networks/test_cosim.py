"""Whole networks in a real simulator: the commands as a user gives them, on real data."""

import json
from pathlib import Path

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from sim.__main__ import main as sim
from tests import data
from tests.networks import predicted

DIGITS = Path(__file__).parent.parent / "models" / "digits"

FINN_TFC = {"fc0": (16, 49), "fc1": (8, 8), "fc2": (8, 8), "fc3": (10, 8)}
BOARD_LFC = {"fc0": (32, 64), "fc1": (64, 32), "fc2": (32, 64), "fc3": (16, 8)}


def simulate(build: Path, x: np.ndarray, stall: float, tmp_path: Path,
             harness: str = "batch") -> tuple[dict, np.ndarray]:
    np.save(tmp_path / "x.npy", x)
    files = ["--output", str(tmp_path / "y.npy"), "--json", str(tmp_path / "r.json")]
    given = ["--input", str(tmp_path / "x.npy"), "--stall", str(stall),
             "--harness", harness]
    assert sim([str(build), *given, *files]) == 0
    return json.loads((tmp_path / "r.json").read_text()), np.load(tmp_path / "y.npy")


def check(model: Path, wish: list[str], x, expected, tmp_path: Path) -> dict:
    """Build, simulate without and with stalls, compare; returns the report."""
    build = tmp_path / "build"
    assert finn([str(model), *wish, "-o", str(build)]) == 0
    report = json.loads((build / "report.json").read_text())
    for stall in (0.0, 0.3):
        result, y = simulate(build, x, stall, tmp_path)
        assert result["mismatches"] == 0
        np.testing.assert_array_equal(y.reshape(len(x), -1), expected)
        if not stall:
            predicted.check(report, result)
    return report


def folds(tmp_path: Path, lanes: dict[str, tuple[int, int]]) -> list[str]:
    file = tmp_path / "fold.json"
    file.write_text(json.dumps({k: {"pe": pe, "simd": simd} for k, (pe, simd) in lanes.items()}))
    return ["--fold", str(file)]


def test_digits(tmp_path):
    images = np.load(DIGITS / "images.npz")
    wish = ["--cycles", "64", "-o", str(tmp_path / "build")]
    assert finn([str(DIGITS / "model.json"), *wish]) == 0
    for stall in (0.0, 0.3):
        result, y = simulate(tmp_path / "build", images["x"], stall, tmp_path)
        assert (result["frames"], result["mismatches"]) == (360, 0)
        assert np.mean(y.argmax(axis=1) == images["label"]) >= 0.95
        if not stall:
            predicted.check(json.loads((tmp_path / "build" / "report.json").read_text()), result)
            assert result["cycles_per_frame"] == 64
        again, z = simulate(tmp_path / "build", images["x"], stall, tmp_path, "cocotb")
        assert again == result | {"harness": "cocotb"}
        np.testing.assert_array_equal(y, z)


def test_tfc_1w1a_as_folded_by_finn(tmp_path):
    folder = data.folder() / "models" / "tfc_1w1a"
    vectors = np.load(folder / "vectors.npz")
    report = check(folder / "TFC_1W1A.onnx", folds(tmp_path, FINN_TFC),
                   vectors["pixels"][:200], vectors["acc"][:200], tmp_path)  # fmt: skip
    assert report["cycles_per_frame"] == 64


@pytest.mark.slow
@pytest.mark.parametrize(("name", "file", "inputs", "wish", "frames", "cycles"), [
    ("tfc_2w2a", "TFC_2W2A.onnx", "pixels", FINN_TFC, 200, 64),
    ("kws_w3a3_mlperf", "kws_w3a3_mlperf.onnx", "x", ["--cycles", "2048"], 200, 2048),
    ("bnnpynq_lfcw1a1_mnist", "intnet.npz", "x", BOARD_LFC, 50, 512),
])  # fmt: skip
def test_real_networks(name, file, inputs, wish, frames, cycles, tmp_path):
    folder = data.folder() / "models" / name
    vectors = np.load(folder / "vectors.npz")
    wish = folds(tmp_path, wish) if isinstance(wish, dict) else wish
    report = check(folder / file, wish, vectors[inputs][:frames], vectors["acc"][:frames], tmp_path)
    assert report["cycles_per_frame"] == cycles
