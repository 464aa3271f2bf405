"""The commands as a user gives them: a build, its report, and its run in a simulator."""

import json
import shutil

import numpy as np
import pytest

from generators.systolic.__main__ import main as systolic
from sim.__main__ import main as sim
from tests import data
from tests.benchmarks.systolic_nets import large_mlp
from tests.generators.finn.nets import ARGMAX, folder, model
from tests.generators.systolic.test_refusals import CONV, MAP, POOL
from tests.networks import predicted

SIMULATOR = "icarus" if shutil.which("iverilog") else "verilator"
"""The one that is sooner ready where it is there."""

SMALL = ["--rows", "2", "--cols", "4", "--lanes", "4", "--cells", "lut"]


def run(model_file, options, tmp_path, *simulate) -> dict:
    """Build, simulate, compare cycles with the report; returns the report."""
    build, file = tmp_path / "build", tmp_path / "result.json"
    assert systolic([str(model_file), *options, "-o", str(build)]) == 0
    report = json.loads((build / "report.json").read_text())
    assert sim([str(build), *simulate, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    predicted.check(report, result)
    assert f"✓ {result['frames']} frames simulated" in (build / "report.html").read_text()
    return report


def split(report: dict) -> dict:
    found = report["cycles_per_batch"]
    parts = ("compute", "fill_drain", "visible_transfer")
    assert sum(found[part] for part in parts) == found["cycles"]
    batch = report["frames_per_batch"]
    assert round(found["cycles"] / batch, 4) == report["cycles_per_frame"]
    stages = [layer["cycles_per_batch"] for layer in report["layers"] if layer["cycles_per_batch"]]
    assert sum(stage["compute"] for stage in stages) == found["compute"]
    return found


def test_convolution(tmp_path):
    weights = {"type": "int3", "data": (np.arange(48).reshape(3, 16) % 7 - 3).tolist()}
    scores = {"name": "scores", "op": "dense", "inputs": ["pool"], "weights": weights}
    net = model(CONV, POOL, scores, ARGMAX | {"inputs": ["scores"]}, **MAP)
    report = run(folder(net, tmp_path), [*SMALL, "--batch", "2"], tmp_path,
                 "--simulator", SIMULATOR, "--frames", "6")  # fmt: skip
    assert split(report)["compute"] > 0
    assert report["array"]["weights"] == "on-chip"


def test_external_weights(tmp_path):
    """Weights over AXI: the cycles that they cost are those said, to the cycle."""
    file = folder(large_mlp((24, 16, 12, 4)), tmp_path)
    report = run(file, [*SMALL, "--batch", "4", "--weights", "external"], tmp_path,
                 "--simulator", SIMULATOR, "--frames", "16")  # fmt: skip
    assert split(report)["visible_transfer"] > 0
    build = tmp_path / "build"
    described = json.loads((build / "manifest.json").read_text())
    assert described["memory"]["bytes"] == (build / "memory.bin").stat().st_size
    assert "memory.bin" in described["files"]


def test_same_bytes(tmp_path):
    file = folder(model(CONV, **MAP), tmp_path)
    for name in ("a", "b"):
        assert systolic([str(file), *SMALL, "-o", str(tmp_path / name)]) == 0
    names = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*")
             if path.is_file()]  # fmt: skip
    assert {"manifest.json", "model.json", "report.html", "report.json", "top.v", "weights.npz",
            "system.v", "driver/vectors.npz"} <= {str(name) for name in names}  # fmt: skip
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.slow
def test_tfc_2w2a(tmp_path):
    vectors = np.load(data.folder() / "models" / "tfc_2w2a" / "vectors.npz")
    np.save(tmp_path / "x.npy", vectors["pixels"][:96])
    file = data.folder() / "models" / "tfc_2w2a" / "TFC_2W2A.onnx"
    options = ["--rows", "2", "--cols", "16", "--lanes", "16", "--batch", "32"]
    report = run(file, options, tmp_path, "--input", str(tmp_path / "x.npy"),
                 "--output", str(tmp_path / "y.npy"))  # fmt: skip
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), vectors["acc"][:96])
    assert report["utilisation"] > 0.9
