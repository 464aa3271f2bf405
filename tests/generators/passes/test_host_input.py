"""Thresholds that the host applies: what is left computes the same, on what the host sends."""

import numpy as np
import pytest

from generators.network import check, run
from generators.network.error import ModelError
from generators.passes import host_input
from tests.generators.finn import nets

LEVELS = [[-3, 0, 2], [-1, 1, 3], [0, 0, 0]]


def network(thresholds=LEVELS, kind="uint2", **fields):
    first = {"name": "levels", "op": "threshold", "inputs": ["input"], "type": kind,
             "thresholds": thresholds} | fields  # fmt: skip
    return nets.network(nets.model(first, {"name": "flat", "op": "flatten", "inputs": ["levels"]},
                                   nets.dense("fc0", "flat", size=(4, 6), weights="int3"),
                                   shape=(2, 1, 3), kind="int4"))  # fmt: skip


def sent(host: dict, frames: np.ndarray) -> np.ndarray:
    """What a host makes of frames, written from the manifest's sentence."""
    reached = frames[..., None] >= np.array(host["thresholds"])
    return host["base"] + host["step"] * reached.sum(-1)


@pytest.mark.parametrize(("thresholds", "kind"), [
    (LEVELS, "uint2"), ([[-3, 0, 2]], "int3"), ([[1]], "bipolar"), ([[0], [1], [-2]], "bipolar"),
])  # fmt: skip
def test_same_result(thresholds, kind):
    whole = network(thresholds, kind)
    rest, host = host_input(whole)
    frames = nets.values("int4", (20, 2, 1, 3))
    check.check(rest, "rest", {})

    assert "levels" not in [layer.name for layer in rest.layers]
    assert (rest.input.type, rest.input.shape, host["type"]) == (kind, (2, 1, 3), "int4")
    np.testing.assert_array_equal(run.run(rest, sent(host, frames)), run.run(whole, frames))


def test_channels_alike_are_one_row():
    assert host_input(network([[-3, 0, 2]]))[1]["thresholds"] == [[-3, 0, 2]]
    assert len(host_input(network())[1]["thresholds"]) == 3


def test_no_thresholds_first():
    plain = nets.network(nets.model(nets.dense()))
    with pytest.raises(ModelError) as caught:
        host_input(plain)
    assert str(caught.value) == (
        "--pack-input: Network must begin with thresholds, which the host then applies, not with "
        "'fc0' (dense)"
    )


def test_nothing_behind():
    alone = nets.network(nets.model(nets.THRESHOLD, kind="int4"))
    with pytest.raises(ModelError) as caught:
        host_input(alone)
    assert str(caught.value) == (
        "--pack-input: Network must go on behind its thresholds 'act'"
    )
