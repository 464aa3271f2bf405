"""Whole networks in every scheme: what is written is what was measured, and near the float one."""

import numpy as np
import pytest

from generators.network import formats, graph, load, run, write
from generators.network.quantize import options, quantize, report
from tests.generators.network.quantize.nets import cnn, frames, mlp

# Scheme, choices, and the least signal-to-noise ratio of the networks' sums, in dB.
SCHEMES = [
    ("int8", {}, 28), ("int4", {"clip": "max", "per_channel": True}, 9),
    ("fixed16", {}, 50), ("fixed8", {}, 28), ("fixed8", {"rounding": "stochastic"}, 24),
    ("fpec6", {}, 25), ("fpec4", {"magnitude": 2}, 23), ("fpec4", {"lanes": 4}, 11),
    ("fpec6", {"sides": "weights"}, 22), ("fpec6", {"sides": "activations"}, 20),
    ("biscaled6", {}, 25), ("biscaled6", {"clip": "max"}, 20),
    ("biscaled6", {"block": 16, "limit": 2}, 20), ("shiftable6", {}, 22),
    ("grouped4-one", {}, 11), ("grouped4-power", {}, 12), ("grouped4-same", {}, 12),
    ("grouped4-simple", {"group": 8}, 13), ("blockfloat4", {}, 11),
    ("blockfloat6", {"ways": 2, "group": 8, "activation_bits": 8}, 22),
    ("hfp8", {}, 19), ("hfp8", {"chunk": 7}, 19),
]  # fmt: skip
IDS = [" ".join([name, *(f"{k}={v}" for k, v in more.items())]) for name, more, _ in SCHEMES]


@pytest.mark.parametrize("chain", [mlp(), cnn()], ids=["mlp", "cnn"])
@pytest.mark.parametrize(("scheme", "choices", "least"), SCHEMES, ids=IDS)
def test_written_network(scheme, choices, least, chain, tmp_path):
    x = frames(chain.shape)
    made = quantize(chain, x, options(scheme, **choices))

    write.write(made.network, tmp_path)
    network = load.load(tmp_path / "model.json")

    values = run.run_all(network, x)
    for step in made.steps:
        np.testing.assert_array_equal(values[step.output.name], step.output.codes)
    last = made.steps[-1]
    real = made.reals[last.stage.name]
    if network.output is not None:
        y = run.meaning(network, values[last.output.name]).astype(float)
        np.testing.assert_allclose(y, last.output.real)
    assert report.sqnr(real, last.output.real) >= least


def kinds(scheme, chain, **choices):
    """Types of weights and of what is emitted, by layer."""
    made = quantize(chain, frames(chain.shape), options(scheme, **choices))
    return [(report.text(s.weights.kind), report.text(s.output.kind)) for s in made.steps]


def test_types():
    assert kinds("int4", mlp(), activation_bits=8) == [
        ("int4", "uint8"), ("int4", "uint8"), ("int4", "int32"),
    ]  # fmt: skip
    assert kinds("fpec5", cnn()) == [
        ("fpec5", "ufpec5"), ("fpec5", "fpec5"), ("fpec5", "ufpec5"), ("fpec5", "int32"),
    ]  # fmt: skip
    assert kinds("fpec4", mlp(), lanes=4, magnitude=1)[0] == ("fpec4+1/4", "ufpec4+1")
    assert kinds("biscaled6", mlp(), shift=3)[1] == ("biscaled6<<3", "ubiscaled6<<3")
    assert kinds("shiftable6", mlp(), sides="weights")[1] == ("biscaled6<<2", "uint6")
    assert kinds("hfp8", mlp())[1:] == [
        ("float1-4-3", "ufloat1-4-3"), ("float1-4-3", "float1-6-9"),
    ]  # fmt: skip
    assert kinds("grouped3-simple", mlp())[0] == ("simple3x16", "uint8")


def test_channels_that_make_no_group_are_plain():
    assert kinds("blockfloat4", cnn()) == [
        ("int8", "ublockfloat4x16"), ("blockfloat4x16", "blockfloat4x16"),
        ("blockfloat4x16", "ublockfloat4x16"), ("blockfloat4x16", "int32"),
    ]  # fmt: skip
    assert kinds("grouped4-power", cnn())[:2] == [("int8", "uint8"), ("power4x16", "int8")]
    assert kinds("fpec4", cnn(), lanes=8)[:2] == [("fpec4", "ufpec4"), ("fpec4/8", "fpec4")]


def test_layers():
    chain = cnn()
    made = quantize(chain, frames(chain.shape), options("fixed8", argmax=True), name="a b")
    network = made.network
    assert [(layer.name, layer.__struct_config__.tag) for layer in network.layers] == [
        ("conv0", "conv"), ("pool", "maxpool"), ("pool_encode", "encode"),
        ("conv1", "conv"), ("conv1_encode", "encode"), ("fc0", "dense"), ("fc0_encode", "encode"),
        ("fc1", "dense"), ("argmax", "argmax"),
    ]  # fmt: skip
    assert network.name == "a_b"
    assert network.input.shape == (8, 8, 1)
    assert network.output is None
    assert [layer.type for layer in network.layers if isinstance(layer, graph.Encode)] == [
        "uint8", "int8", "uint8",
    ]  # fmt: skip


def test_stochastic_seeds_differ():
    made = quantize(mlp(), frames((4, 4, 2)), options("fixed8", rounding="stochastic", seed=7))
    encoders = [layer for layer in made.network.layers if isinstance(layer, graph.Encode)]
    assert [layer.seed for layer in encoders] == [7, 8]


def test_pixels_of_minifloats():
    network = quantize(mlp(), frames((4, 4, 2)), options("hfp8", chunk=8)).network
    first = network.layers[0]
    assert (first.name, first.inputs) == ("input_encode", ("input",))
    assert isinstance(first.type, formats.Minifloat)
    assert network.layers[1].weights.coding.chunk == 8


def test_lists_of_blocks():
    """A list holds wide weights of the smallest error; it may not suffice where nothing clips."""

    def coding(**choices):
        made = quantize(mlp(), frames((4, 4, 2)), options("biscaled4", block=16, **choices))
        return made.network.layers[0].weights.coding

    assert (coding(limit=2).block, coding(limit=2).limit) == (16, 2)
    assert (coding(clip="max").block, coding(clip="max").limit) == (None, 1)
    assert (coding(clip="max", limit=16).block, coding(clip="max", limit=16).limit) == (16, 16)
