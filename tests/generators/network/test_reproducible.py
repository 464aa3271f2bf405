"""The same input gives the same bytes: twice, and whatever the seed of Python's hashes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from generators.network import load, write
from generators.passes import streamline
from tests.generators.network import onnx_files
from tests.generators.network.onnx_files import node, quant

ROOT = Path(__file__).parents[3]
SEEDS = ("0", "0", "1", "4242")

STREAMLINE = """
import sys
from pathlib import Path
from generators.network import load, write
from generators.passes import streamline
write.write(streamline(load.load(Path(sys.argv[1]))), Path(sys.argv[2]))
"""


@pytest.fixture
def source(tmp_path):
    """A QONNX graph of two layers, with batch norms of negative gains and a real bias."""
    rng = np.random.default_rng(4)
    shapes = {"w0": (6, 24), "w1": (24, 3), "g": (24,), "b": (24,), "m": (24,), "c": (3,)}
    constants = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    nodes = [
        quant("x s z n", "q0"), quant("w0 s z n", "v0"), node("MatMul", "q0 v0", "a0"),
        node("BatchNormalization", "a0 g b m d", "n0", epsilon=1e-5), node("Relu", "n0", "r0"),
        quant("r0 s z n", "q1", signed=0), quant("w1 s z n", "v1"), node("MatMul", "q1 v1", "a1"),
        node("Add", "a1 c", "y"),
    ]  # fmt: skip
    constants |= {"d": np.abs(rng.normal(size=24)), "s": np.array(0.25), "z": np.array(0.0),
                  "n": np.array(3.0)}  # fmt: skip
    return onnx_files.save(tmp_path, onnx_files.model(nodes, [1, 6], **constants))


def outputs(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in ("model.json", "weights.npz")]


def runs(arguments: list[str], folder: Path):
    """What a Python command leaves in a new folder, under each seed."""
    for i, seed in enumerate(SEEDS):
        made = folder / f"run{i}"
        made.mkdir()
        command = [sys.executable, *arguments, str(made)]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        yield outputs(made)


def test_convert(source, tmp_path):
    command = ["-m", "generators.network", "convert", str(source)]
    first, *others = runs(command, tmp_path)
    assert others == [first] * (len(SEEDS) - 1)
    assert len(first[1]) > 500, "there is something to compare"


def test_streamline(source, tmp_path):
    first, *others = runs(["-c", STREAMLINE, str(source)], tmp_path)
    assert others == [first] * (len(SEEDS) - 1)


def test_twice_in_one_process(source, tmp_path):
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write.write(streamline(load.load(source)), tmp_path / name)
        made.append(outputs(tmp_path / name))
    assert made[0] == made[1]
