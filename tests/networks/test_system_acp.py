"""A board of a user's own, whose design reaches the memory through the processor's caches."""

import json
from pathlib import Path

import pytest

from generators.finn.__main__ import main as generate
from sim.__main__ import main as simulate

MODEL = Path(__file__).parents[1] / "models" / "digits" / "model.json"
BOARD = """name = "mine"
title = "A board of mine"
part = "xc7z020clg400-1"
port = "acp"
clock = 80.0

[leds]
pins = ["R14", "P14"]
"""


@pytest.mark.slow
def test_coherent_port(tmp_path):
    """Every access says that the caches are to look, and the frames are right."""
    (tmp_path / "mine.toml").write_text(BOARD)
    build, result = tmp_path / "build", tmp_path / "result.json"
    command = [str(MODEL), "--cycles", "64", "--board", str(tmp_path / "mine.toml")]
    assert generate([*command, "-o", str(build)]) == 0
    described = json.loads((build / "manifest.json").read_text())
    assert (described["clock_mhz"], described["board"]["name"]) == (80.0, "mine")

    options = ["--driver", "python", "--frames", "20", "--stall", "0.2", "--json", str(result)]
    assert simulate([str(build), *options]) == 0

    found = json.loads(result.read_text())
    assert (found["frames"], found["mismatches"]) == (20, 0)
