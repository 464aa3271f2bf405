"""Several frames or windows a fetch of weights: RTL equals the golden model frame by frame."""

import json

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from generators.network import load, run
from generators.passes import streamline
from sim.__main__ import main as sim
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, model
from tests.networks import maps, pipeline, predicted

SLOW = pytest.mark.slow
SEEDS = [0, 1, 2, 3, *(pytest.param(seed, marks=SLOW) for seed in range(4, 20))]


@pytest.mark.parametrize("seed", SEEDS)
def test_dense_layers(seed):
    rng = np.random.default_rng(seed)
    planned = pipeline.check_random(pipeline.random_network(rng), rng, frames=(1, 2, 3))
    shared = {choice.frames for choice in planned.choices.values()}
    assert planned.batch == np.lcm.reduce(sorted(shared))


@pytest.mark.parametrize("seed", SEEDS)
def test_maps(seed):
    rng = np.random.default_rng(seed)
    pipeline.check_random(maps.random_network(rng), rng, frames=(2, 3, 1))


DENSE = nets.model(
    nets.dense("fc0", size=(12, 18), weights="int3", activation=nets.SIGN,
               fold={"pe": 4, "simd": 6, "frames": 2}),
    nets.dense("fc1", "fc0", size=(5, 12), weights="ternary",
               fold={"pe": 1, "simd": 4, "frames": 3}),
    shape=(18,), kind="uint4",
)  # fmt: skip
CONV = model(
    conv("c0", "input", (6, 3, 3, 2), weights="int3", activation=nets.SIGN,
         fold={"pe": 2, "simd": 2, "frames": 2}),
    conv("c1", "c0", (4, 2, 3, 6), weights="ternary", fold={"pe": 1, "simd": 18, "frames": 3}),
    shape=(6, 6, 2), kind="uint4",
)  # fmt: skip


@pytest.fixture(scope="module", params=[DENSE, pytest.param(CONV, marks=SLOW)])
def built(request, tmp_path_factory):
    """The model, what a build of it reports, and its folder."""
    folder = tmp_path_factory.mktemp("frames")
    path = nets.folder(request.param, folder)
    assert finn([str(path), "-o", str(folder / "build")]) == 0
    report = json.loads((folder / "build" / "report.json").read_text())
    return streamline(load.load(path)), report, folder / "build"


def test_report(built):
    network, report, _ = built
    dense = network.name == "net" and len(report["layers"][0]["name"]) == 3
    batch, cycles = (6, [4.5, 5, 5]) if dense else (1, [144, 192, 192])
    assert report["frames_per_batch"] == batch
    assert [layer["frames"] for layer in report["layers"]] == [2, 3]
    found = [layer["cycles_per_frame"] for layer in report["layers"]]
    assert [*found, report["cycles_per_frame"]] == cycles
    assert report["frames_per_second"] == 1e8 / report["cycles_per_frame"]


@pytest.mark.parametrize(("frames", "options"), [
    (1, []), (5, []), (31, []), (13, ["--stall", "0.3"]),
    pytest.param(13, ["--harness", "cocotb"], marks=SLOW),
])  # fmt: skip
def test_commands_take_any_number_of_frames(built, frames, options, tmp_path):
    network, report, build = built
    x = np.random.default_rng(frames).integers(0, 16, (frames, *network.input.shape))
    np.save(tmp_path / "x.npy", x)
    given = ["--input", str(tmp_path / "x.npy"), "--output", str(tmp_path / "y.npy"),
             "--json", str(tmp_path / "r.json"), *options]  # fmt: skip
    assert sim([str(build), *given]) == 0
    y, found = np.load(tmp_path / "y.npy"), json.loads((tmp_path / "r.json").read_text())
    np.testing.assert_array_equal(y, run.run(network, x).reshape(y.shape))
    assert (found["frames"], found["mismatches"]) == (frames, 0)
    if "--stall" not in options:
        predicted.check(report, found)
