"""Every stream of random networks, of every circuit that carries a layer's values."""

import json
import shutil

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from generators.network import write
from sim.__main__ import main as sim
from tests.generators.finn import nets
from tests.networks import affine, coded, maps, pipeline

NETWORKS = {
    "chain": pipeline.random_network,
    "maps": maps.random_network,
    "affine": affine.random_network,
    **{name: lambda rng, name=name: coded.random_network(rng, name) for name in coded.FAMILIES},
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", NETWORKS)
def test_streams_are_the_golden_ones(name, seed, tmp_path, monkeypatch):
    nets.empty_systems(monkeypatch)
    write.write(NETWORKS[name](np.random.default_rng(seed)), tmp_path)
    wish = ["--cycles", "40"] if seed % 2 else []
    build = tmp_path / "build"
    if finn([str(tmp_path / "model.json"), *wish, "-o", str(build)]):
        assert wish, "only the 40 cycles may be too few"
        assert finn([str(tmp_path / "model.json"), "-o", str(build)]) == 0
    simulator = ["--simulator", "icarus"] if shutil.which("iverilog") else []
    report = tmp_path / "r.json"
    given = ["--frames", "6", *simulator, "--per-layer", "--json", str(report)]
    assert sim([str(build), *given]) == 0
    records = json.loads(report.read_text())["layers"]
    assert len(records) > 3
    assert all(record["mismatches"] == 0 for record in records)
    # Of the last frame what no output depends on may still be under way.
    assert all(record["frames"] >= 5 for record in records)
