"""The same input gives the same bytes, in any process and in any folder."""

import os
import subprocess
import sys

import pytest

from tests.generators.finn import nets

MODEL = nets.model(
    nets.dense("fc0", size=(6, 12), weights="int2", fold={"pe": 2, "simd": 4},
               activation={"type": "uint2", "thresholds": [[-3, 0, 3]]}),
    nets.dense("fc1", "fc0", size=(3, 6), weights="ternary", fold={"pe": 1, "simd": 6}),
    nets.ARGMAX | {"inputs": ["fc1"]},
    shape=(12,), kind="uint3",
)  # fmt: skip


def build(where, *arguments, **environment) -> dict:
    where.mkdir()
    path = nets.folder(MODEL, where)
    command = [sys.executable, "-m", "generators.finn", str(path), "-o", str(where / "build")]
    done = subprocess.run([*command, *arguments], env=os.environ | environment, text=True,
                          capture_output=True)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"{where}/build\n"), done.stderr
    return {path.relative_to(where / "build"): path.read_bytes()
            for path in (where / "build").rglob("*") if path.is_file()}  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return build(tmp_path_factory.mktemp("first") / "a", PYTHONHASHSEED="1")


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_same_bytes(first, seed, tmp_path):
    again = build(tmp_path / "another folder", PYTHONHASHSEED=seed, COLUMNS="60")
    assert {str(name) for name in first} >= {"top.v", "manifest.json", "report.html", "report.json"}
    assert again.keys() == first.keys()
    for name, data in first.items():
        assert again[name] == data, f"{name} differs"


def test_no_path_and_no_time_is_written(first, tmp_path):
    for name, data in first.items():
        assert str(tmp_path.parent.parent).encode() not in data, name
        assert os.getcwd().encode() not in data, name
