"""A network's parameters replaced by the driver, over the registers of the simulated system."""

import json

import numpy as np
import pytest
from msgspec.structs import replace

from generators.finn import linear
from generators.finn.__main__ import main as finn
from generators.network import load, run
from sim import manifest, system
from tests.generators.finn.test_loading import drawn
from tests.networks.test_cosim import DIGITS

LAYERS = ("fc0", "fc1", "fc2")


def program(host, file: str) -> dict:
    """What frames give before and after the driver has loaded the arrays of a file."""
    with np.load(file) as arrays:
        x, given = arrays["x"], {kind: {} for kind in ("weights", "thresholds")}
        for name in set(arrays.files) - {"x"}:
            layer, kind = name.split(".")
            given[kind][layer] = arrays[name]
    accelerator = host.accelerator()
    before = accelerator.run(x).tolist()
    accelerator.load(**given)
    return {"before": before, "after": accelerator.run(x).tolist()}


@pytest.mark.slow
def test_driver_loads_another_network(tmp_path):
    """Every layer's weights and thresholds, in LUT RAM; the last one's sums are wider for it."""
    fold, build = tmp_path / "fold.json", tmp_path / "build"
    fold.write_text(json.dumps({name: {"storage": "ram"} for name in LAYERS}))
    wish = ["--cycles", "64", "--fold", str(fold), "-o", str(build)]
    assert finn([str(DIGITS / "model.json"), *wish]) == 0
    network, rng = load.load(build / "model.json"), np.random.default_rng(3)
    layers = tuple(drawn(network, layer, rng) if isinstance(layer, linear.Linear) else layer
                   for layer in network.layers)  # fmt: skip
    x = rng.integers(0, 17, (5, *network.input.shape))
    arrays = {"x": x}
    for layer in filter(lambda layer: layer.name in LAYERS, layers):
        arrays[f"{layer.name}.weights"] = layer.weights.data
        if layer.activation is not None:
            arrays[f"{layer.name}.thresholds"] = layer.activation.thresholds
    np.savez(tmp_path / "x.npz", **arrays)

    found = system.run(manifest.read(build), program, arguments={"file": str(tmp_path / "x.npz")})

    other = replace(network, layers=layers)
    for name, one in (("before", network), ("after", other)):
        expected = run.run(one, x)
        np.testing.assert_array_equal(np.reshape(found[name], expected.shape), expected)
