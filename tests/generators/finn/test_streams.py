"""What the manifest says of the streams between the layers."""

import numpy as np
import pytest

from generators.finn import streams
from generators.network import check
from sim.streams import Stream
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, layer, model


def described(document, **wish) -> tuple[list[Stream], dict]:
    """The records as the simulation reads them, and the network's tensors."""
    found = nets.planned(document, **wish)
    records = streams.streams(found.network, found.edges[0], found.parts)
    made = [Stream(**record | {"shape": tuple(record["shape"])}) for record in records]
    return made, check.infer(found.network)


def test_every_layer_has_its_stream():
    """Also behind a fork, once for each reader; a flatten moves nothing, and has none."""
    found, tensors = described(model(
        conv("c0", "input", (4, 3, 3, 4), padding=[1, 1, 1, 1]),
        conv("c1", "c0", (4, 1, 1, 4)),
        layer("sum", "add", "c0", "c1"),
        layer("pool", "maxpool", "sum", kernel=[2, 2]),
        layer("flat", "flatten", "pool"),
        nets.dense("fc", "flat", size=(3, 36), weights="int3"),
        {"name": "top", "op": "argmax", "inputs": ["fc"]},
    ))  # fmt: skip
    names = [stream.signals for stream in found]
    assert len(set(names)) == len(names)
    assert {"s_slice_o", "c0_fork_o_0", "c0_fork_o_1", "sum_add_o", "pool_pool_o",
            "top_argmax_o"} <= set(names)  # fmt: skip
    own = {}
    for stream in found:
        own.setdefault(stream.layer, stream.signals)
    assert list(own) == ["input", "c0", "c1", "sum", "pool", "fc", "top"]
    assert all(own[name].startswith(f"{name}_") for name in own if name != "input")
    for stream in found:
        tensor = tensors[stream.layer]
        assert stream.shape == tensor.shape
        assert stream.items * stream.vectors == tensor.items
    types = {s.layer: (s.width, s.signed, s.bipolar) for s in found}
    assert types["c0"] == types["input"] == (2, False, False)
    assert types["top"] == (2, False, False)


@pytest.mark.parametrize("cycles", [1, 24, 400])
def test_lanes_are_those_of_the_fold(cycles):
    document = nets.model(nets.dense(size=(6, 12), activation=nets.SIGN),
                          nets.dense("fc1", "fc0", size=(4, 6)), shape=(12,))  # fmt: skip
    found, _ = described(document, cycles=cycles)
    by_name = {stream.signals: stream for stream in found}
    for part in nets.planned(document, cycles=cycles).parts:
        stream = by_name[f"{part.name}_o"]
        assert (stream.lanes, stream.frame) == (part.flow.lanes, part.flow.beats)
    assert all(stream.bipolar != stream.signed for stream in found)
    assert {stream.layer for stream in found if stream.signed} == {"fc1"}


def test_blocks_are_told_as_their_numbers():
    """A converter that moves several numbers in a lane, for a datapath that codes them together."""
    coding = {"format": "fpec", "bits": 3, "lanes": 4, "compensators": 2}
    weights = {"type": "int8", "data": np.zeros((2, 8), int).tolist(), "coding": coding}
    dense = nets.dense(size=(2, 8)) | {"weights": weights}
    found, tensors = described(nets.model(dense, shape=(8,), kind="uint3"), cycles=2)
    for stream in found:
        assert stream.items * stream.vectors == tensors[stream.layer].items
        if stream.layer == "input":
            assert stream.width == 3
