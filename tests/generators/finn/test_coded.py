"""Folds of layers whose numbers are in formats: what they may be, and what is refused."""

import numpy as np
import pytest

from generators.finn import coded, datapath, fold, lower_mvtu
from generators.finn.part import Choice
from generators.network import graph
from generators.network.error import ModelError
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.number import Number
from tests.generators.finn import nets

FORMATS = {
    "fpec": {"format": "fpec", "bits": 3},
    "biscaled": {"format": "biscaled", "bits": 3, "shift": 1},
    "grouped": {"format": "grouped", "bits": 3, "group": 3, "exponents": 2},
    "minifloat": {"format": "minifloat", "exponent": 4, "mantissa": 3, "bias": 11},
}


def network(weights, inputs=None) -> graph.Network:
    """A dense layer of 4 x 6 weights that are 0, behind what encodes its inputs, if anything."""
    layer = {"name": "fc0", "op": "dense", "inputs": ["x" if inputs else "input"],
             "weights": {"type": weights, "data": np.zeros((4, 6), int).tolist()}}  # fmt: skip
    first = [{"name": "x", "op": "encode", "inputs": ["input"], "type": inputs}] if inputs else []
    return nets.network(nets.model(*first, layer, kind="uint4"))


def candidates(asked: dict, weights, inputs=None):
    found = network(weights, inputs)
    return fold.candidates(found, found.layers[-1], graph.Fold(**asked), "net: layer 'fc0'.fold")


@pytest.mark.parametrize(("asked", "weights", "inputs", "sentence"), [
    ({"datapath": "mvtu"}, "fpec", None,
     ".datapath: Datapath must be fpec for numbers of that format, not mvtu"),
    ({"datapath": "grouped"}, "fpec", "fpec",
     ".datapath: Datapath must be fpec for numbers of that format, not grouped"),
    ({"datapath": "mvtu_dsp"}, "minifloat", "minifloat",
     ".datapath: Datapath must be minifloat for numbers of that format, not mvtu_dsp"),
    ({"datapath": "fpec"}, "grouped", None,
     ".datapath: Datapath fpec multiplies numbers of that format, not integers"),
    ({"simd": 2}, "grouped", None,
     ".simd: Simd must be a multiple of the 3 columns of a block, not 2"),
    ({"simd": 2}, "minifloat", "minifloat", ".simd: Simd must be 1 for minifloat, not 2"),
    ({"frames": 2}, "minifloat", "minifloat", ".frames: Frames must be 1 for minifloat, not 2"),
])  # fmt: skip
def test_refused(asked, weights, inputs, sentence):
    with pytest.raises(ModelError) as refused:
        candidates(asked, FORMATS[weights], FORMATS.get(inputs))
    assert str(refused.value) == f"net: layer 'fc0'.fold{sentence}"


@pytest.mark.parametrize("name", ["grouped", "biscaled"])
def test_values_are_integers_too(name):
    """Weights that are just their values may be multiplied as such."""
    options = candidates({"datapath": "mvtu", "pe": 2, "simd": 2}, FORMATS[name])
    assert {option.choice.datapath for option in options} == {"mvtu"}


def test_lanes_are_whole_blocks():
    options = candidates({}, FORMATS["grouped"])
    assert {option.choice.simd for option in options} == {3, 6}
    assert all(option.choice.datapath == "grouped" for option in options)


def test_words_and_numbers():
    """Queues hold biscaled words, a bit more than q; what is multiplied is d bits more."""
    listed = FORMATS["biscaled"] | {"block": 3}
    found = network(listed, FORMATS["biscaled"] | {"signed": False})
    folded = lower_mvtu.fold(found, "fc0", Choice(2, 6, "lut", "biscaled"))
    assert folded.way.word == Number(width=3 * 4)
    assert folded.x == Number(width=3 * 4)
    assert folded.way.expand.o == Number(width=4)
    assert isinstance(folded.mvtu.cell, BiScaledBlocks.Config)
    assert (folded.mvtu.cols, folded.mvtu.simd) == (2, 2)


@pytest.mark.parametrize(("fields", "kind", "block"), [
    ({}, FPEC, 1), ({"lanes": 3}, SharedFPEC, 3), ({"lanes": 3, "compensators": 3}, FPEC, 1),
])  # fmt: skip
def test_compensators(fields, kind, block):
    """Where each lane of a few has one, all have."""
    layer = network(FORMATS["fpec"] | fields).layers[0]
    assert isinstance(coded.cell(layer, Number(width=4)), kind.Config)
    assert coded.block(layer) == block
    assert datapath.way("fpec", Number(width=4), None, layer).block == block
