"""Datapaths: what each makes of a layer, and every refusal."""

import numpy as np
import pytest

from generators.finn import datapath, fold, lower_mvtu
from generators.finn.linear import matrix
from generators.network import graph
from generators.network.error import ModelError
from hdl.array.serial import SerialMVTU
from hdl.dot.codebook import Codebook
from hdl.dot.fusible import Fusible
from hdl.dot.shift import Shift
from hdl.number import BIPOLAR, Number
from tests.generators.finn import nets

X, W = Number(width=4), Number(width=4, signed=True)


def layer(weights) -> graph.Dense:
    """A dense layer with such weights."""
    weights = graph.Weights(type="int8", data=np.array(weights))
    return graph.Dense(name="fc0", inputs=("input",), weights=weights)


def candidates(fold_fields: dict, *, kind: str = "uint4", **fields):
    network = nets.network(nets.model(nets.dense(**fields), kind=kind))
    layer = network.layers[0]
    return fold.candidates(network, layer, graph.Fold(**fold_fields), "net: layer 'fc0'.fold")


@pytest.mark.parametrize(("name", "kind", "weights", "what"), [
    ("popcount", "uint4", "int3", "Datapath popcount multiplies bipolar by bipolar numbers, not "
     "uint4 by int3"),
    ("integer", "bipolar", "bipolar", "Datapath must be popcount or mvtu to multiply bipolar by "
     "bipolar, not integer"),
    ("planes", "uint9", "int3", "Datapath planes multiplies numbers of at most 8 bits, not uint9 "
     "by int3"),
    ("shift", "bipolar", "int3", "Datapath shift must have integers as inputs, not bipolar "
     "numbers"),
    ("shift_serial", "bipolar", "int3", "Datapath shift_serial must have integers as inputs, not "
     "bipolar numbers"),
    ("codebook", "bipolar", "int3", "Datapath codebook must have integers as inputs, not bipolar "
     "numbers"),
    ("fusible", "uint4", "bipolar", "Datapath fusible multiplies integers of at most 8 bits, not "
     "uint4 by bipolar"),
    ("fusible", "int10", "int3", "Datapath fusible multiplies integers of at most 8 bits, not "
     "int10 by int3"),
])  # fmt: skip
def test_refused_numbers(name, kind, weights, what):
    with pytest.raises(ModelError) as refused:
        candidates({"datapath": name}, kind=kind, weights=weights)
    assert str(refused.value) == f"net: layer 'fc0'.fold.datapath: {what}"


def test_refused_book():
    values = np.unique(nets.values("int8", (20, 6))).size
    with pytest.raises(ModelError) as refused:
        candidates({"datapath": "codebook"}, weights="int8", size=(20, 6))
    assert str(refused.value) == ("net: layer 'fc0'.fold.datapath: Datapath codebook must have at "
                                  f"most 64 weights that differ, not {values}")  # fmt: skip


def test_refused_frames():
    with pytest.raises(ModelError) as refused:
        candidates({"datapath": "planes", "frames": 2}, weights="int3")
    assert str(refused.value) == "net: layer 'fc0'.fold.frames: Frames must be 1 for planes, not 2"


def test_refused_constants():
    fields = {"datapath": "fusible", "storage": "const", "pe": 4, "simd": 6}
    with pytest.raises(ModelError) as refused:
        candidates(fields, weights="int3")
    assert str(refused.value) == ("net: layer 'fc0'.fold.storage: Storage must be lut or bram for "
                                  "datapath fusible, not const")  # fmt: skip


def test_refused_groups():
    layer = {"name": "conv0", "op": "conv", "inputs": ["input"], "groups": 2,
             "weights": {"type": "int3", "data": nets.values("int3", (2, 1, 1, 2)).tolist()}}
    network = nets.network(nets.model(layer, shape=(2, 2, 4), kind="uint4"))
    with pytest.raises(ModelError) as refused:
        fold.candidates(network, network.layers[0], graph.Fold(datapath="planes"), "here")
    assert str(refused.value) == ("here.datapath: Datapath planes must have one group of channels, "
                                  "not 2")  # fmt: skip


@pytest.mark.parametrize(("name", "cycles"), [
    ("mvtu", 6), ("integer", 6), ("planes", 6 * 4 * 3), ("shift", 6), ("codebook", 6),
    ("fusible", 6), ("shift_serial", 6 * 2),
])  # fmt: skip
def test_cycles(name, cycles):
    """Of 4 rows and 6 columns by 2 and 2 lanes; int3 are two digits of radix 4."""
    found = candidates({"pe": 2, "simd": 2, "datapath": name}, weights="int3")
    assert {c.cycles for c in found} == {cycles}
    assert {c.choice.datapath for c in found} == {name}


def test_a_layer_keeps_the_datapath_of_its_description():
    network = nets.network(nets.model(nets.dense(weights="int3", datapath="planes"), kind="uint4"))
    layer = network.layers[0]
    found = fold.candidates(network, layer, graph.Fold(), "here")
    assert {c.choice.datapath for c in found} == {"planes"}
    assert found[0].choice.frames == 1
    unit = lower_mvtu.fold(network, "fc0", found[0].choice)
    assert isinstance(unit.mvtu, SerialMVTU.Config) and unit.serial
    assert matrix(network, layer).rows == 4


@pytest.mark.parametrize(("weights", "exponents", "starts"), [
    ([[0, 1, -4, 2]], 3, (0,)),  # powers of two: one term each
    ([[0, 3]], 2, (0, 2)),  # 3 = 4 - 1
    ([[7, -8]], 2, (0, 2)),
    ([[127, -128]], 2, (0, 2, 4, 6)),
    ([[0, 0]], 1, (0,)),
    ([[1 << 15, 1]], 2, tuple(range(0, 16, 2))),  # a selector knows 15 exponents
])  # fmt: skip
def test_terms_of_a_shift(weights, exponents, starts):
    way = datapath.way("shift", X, Number(width=8, signed=True), layer(weights))
    assert isinstance(way.cell, Shift.Config)
    assert (way.cell.exponents, way.cell.starts, way.steps) == (exponents, starts, 1)


def test_other_cells():
    data = np.array([[1, -3], [5, 1]])
    assert datapath.way("codebook", X, W, layer(data)).cell == Codebook.Config(
        lanes=1, x=X, values=(-3, 1, 5)
    )
    assert datapath.way("fusible", X, W, layer(data)).cell == Fusible.Config(lanes=1, x=X, w=W)
    serial = datapath.way("shift_serial", X, W, layer(data))
    assert (serial.steps, serial.cell.exponents) == (2, 2)  # 5 = 4 + 1
    assert serial.cell.x == Number(width=6)
    assert datapath.way("popcount", BIPOLAR, BIPOLAR, layer(data)).plain
