"""Maps between layers in external memory: the RTL's numbers and cycles, and where they are put."""

import json

import numpy as np
import pytest

from generators.systolic.__main__ import main as systolic
from sim.__main__ import main as sim
from tests.generators.finn.nets import folder, model
from tests.networks.test_systolic_commands import SMALL, run, split

FEW = ["--part-of", "BRAM=0.0075"]
"""Two block RAMs, one of which holds the inputs: no more than 64 words of activations."""


def conv(rng, name: str, reads: str, rows: int, channels: int, **fields) -> dict:
    """A convolution 3 x 3 with borders of zeros."""
    data = rng.integers(-3, 4, (rows, 3, 3, channels)).tolist()
    thresholds = np.sort(rng.integers(-40, 60, (rows, 7)), axis=1).tolist()
    return {"name": name, "op": "conv", "inputs": [reads], "padding": [1, 1, 1, 1],
            "weights": {"type": "int3", "data": data},
            "activation": {"type": "uint3", "thresholds": thresholds}} | fields  # fmt: skip


@pytest.fixture
def network(tmp_path):
    """Maps of 8 x 8, 4 x 4 (pooled) and 2 x 2 pixels (by steps of 2), and a dense layer."""
    rng = np.random.default_rng(0)
    scores = {"type": "int3", "data": rng.integers(-3, 4, (5, 32)).tolist()}
    return folder(model(
        conv(rng, "a", "input", 4, 4), conv(rng, "b", "a", 6, 4),
        {"name": "pool", "op": "maxpool", "inputs": ["b"], "kernel": [2, 2]},
        conv(rng, "c", "pool", 8, 6, stride=[2, 2]),
        {"name": "scores", "op": "dense", "inputs": ["c"], "weights": scores},
        shape=(8, 8, 4), kind="uint3"), tmp_path)  # fmt: skip


@pytest.mark.parametrize(("batch", "options", "blocks", "simulator"), [
    ("1", FEW, True, "icarus"),
    pytest.param("1", [], False, "verilator", marks=pytest.mark.slow),
    pytest.param("2", ["--part-of", "BRAM=0.011", "--weights", "external"], True, "icarus",
                 marks=pytest.mark.slow),
])  # fmt: skip
def test_convolutions(batch, options, blocks, simulator, network, tmp_path):
    """Whole maps, and parts of them; weights from outside as well; with stalls, too."""
    options = [*SMALL, "--batch", batch, "--maps", "external", *options]
    frames = str(3 * int(batch))
    report = run(network, options, tmp_path, "--simulator", simulator, "--frames", frames)
    assert split(report)["visible_transfer"] > 0
    array = report["array"]
    assert array["maps"] == "external"
    assert (array["passes"] > array["weight_tiles"]) == blocks
    build = tmp_path / "build"
    described = json.loads((build / "manifest.json").read_text())
    # 64 + 16 words of a beat; the third map lies where the first one was.
    assert described["maps"] == {"port": "m_maps", "bytes": 640 * int(batch), "latency": 32}
    assert ("memory" in described) == ("--weights" in options)
    assert sim([str(build), "--simulator", simulator, "--frames", batch, "--stall", "0.4"]) == 0


def test_outside_where_nothing_fits(network, tmp_path, capsys):
    """Only then, unless it is forbidden."""
    build = tmp_path / "build"
    command = [str(network), *SMALL, "--batch", "1", *FEW, "-o", str(build)]
    assert systolic([*command, "--maps", "on-chip"]) == 2
    what = "No array of these sizes fits zynq7020; give it fewer rows, cols or frames a batch"
    assert capsys.readouterr().err == f"net: {what}\n"
    assert systolic(command) == 0
    assert json.loads((build / "report.json").read_text())["array"]["maps"] == "external"
    assert systolic([str(network), *SMALL, "--batch", "1", "-o", str(build)]) == 0
    assert json.loads((build / "report.json").read_text())["array"]["maps"] == "on-chip"


def test_no_maps_between_layers(tmp_path):
    """Of a single layer nothing is to be put outside."""
    rng, build = np.random.default_rng(0), tmp_path / "build"
    file = folder(model(conv(rng, "a", "input", 4, 4), shape=(4, 4, 4), kind="uint3"), tmp_path)
    assert systolic([str(file), *SMALL, "--maps", "external", "-o", str(build)]) == 0
    assert "maps" not in json.loads((build / "manifest.json").read_text())
    assert json.loads((build / "report.json").read_text())["array"]["maps"] == "on-chip"
