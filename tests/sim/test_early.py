"""Networks that begin a frame before it comes, and simulations of those."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from sim import cosim
from sim.early import early


def conv(kernel, padding, **fields) -> dict:
    return {"op": "conv", "weights": {"data": np.ones((1, *kernel, 1))}, "padding": padding,
            **fields}  # fmt: skip


@pytest.mark.parametrize(("layer", "found"), [
    (conv((3, 3), (1, 1, 1, 1)), False),
    (conv((3, 3), (2, 2, 0, 0)), False),
    (conv((3, 1), (3, 0, 0, 0)), True),
    (conv((1, 2), (0, 2, 0, 0)), True),
    (conv((1, 2), (0, 0, 5, 5)), False),
    (conv((2, 2), (2, 0, 0, 0), dilation=[2, 1]), False),
    (conv((2, 2), (3, 0, 0, 0), dilation=[2, 1]), True),
    (conv((3, 3), (0, 0, 0, 0)), False),
    ({"op": "dense", "weights": {"data": np.ones((2, 3))}}, False),
    ({"op": "sumpool", "kernel": [2, 2], "padding": [1, 1, 0, 0]}, False),
    ({"op": "sumpool", "kernel": [2, 2], "padding": [0, 2, 0, 0]}, True),
    ({"op": "pad", "padding": [1, 0, 0, 0], "value": 0}, True),
    ({"op": "pad", "padding": [0, 0, 1, 1], "value": 0}, False),
    ({"op": "flatten"}, False),
])
def test_windows_of_padding_alone(layer, found):
    assert early([{"op": "flatten"}, layer]) is found


@pytest.mark.parametrize(("padding", "quiet"), [([0, 0, 1, 1], cosim.QUIET), ([1, 0, 0, 0], 0)])
def test_what_may_follow_the_last_frame(padding, quiet, tmp_path):
    """Of a network that waits for its frames nothing; of a circuit alone nothing, either."""
    layer = {"name": "p", "op": "pad", "inputs": ["input"], "padding": padding, "value": 0}
    port = SimpleNamespace(port="axis", beats=1)
    manifest = SimpleNamespace(folder=tmp_path, input=port, output=port, cycles_per_frame=1,
                               latency_cycles=1)  # fmt: skip
    assert cosim._job(manifest, 1, 0.0, 0)["quiet"] == cosim.QUIET
    (tmp_path / "model.json").write_text(json.dumps({"layers": [layer]}))
    np.savez(tmp_path / "weights.npz", x=np.zeros(1))
    assert cosim._job(manifest, 1, 0.0, 0)["quiet"] == quiet
