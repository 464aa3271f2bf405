"""Candidates: the lanes that no others dominate, and what a fold leaves open."""

import json

import pytest

from boards import devices
from generators.cost.estimate import estimate
from generators.finn import fold, lower_mvtu
from generators.finn.part import Choice
from generators.network import graph
from generators.network.error import ModelError
from tests.generators.finn import nets


def candidates(size, asked=None, *, weights="uint4", kind="uint4", **fields):
    """Candidates of a layer for a fold; DSP slices do no small products with unsigned weights."""
    layer = nets.dense(size=size, weights=weights, **fields)
    network = nets.network(nets.model(layer, shape=(size[1],), kind=kind))
    asked = asked or {}
    return fold.candidates(network, network.layers[0], graph.Fold(**asked), "fold.json: $.fc0")


def undominated(size: int) -> set[int]:
    """Lanes such that one lane less takes more steps."""
    return {lanes for lanes in range(1, size + 1)
            if lanes == 1 or -(-size // (lanes - 1)) > -(-size // lanes)}  # fmt: skip


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (10, 6), (13, 17), (16, 16)])
def test_lanes_are_the_undominated(size):
    found = candidates(size)
    lanes = {(c.choice.pe, c.choice.simd) for c in found}
    assert lanes == {(pe, simd) for pe in undominated(size[0]) for simd in undominated(size[1])}
    for c in found:
        assert c.cycles == -(-size[0] // c.choice.pe) * -(-size[1] // c.choice.simd)


def test_cost_is_that_of_the_circuit():
    layer = nets.dense(size=(10, 6), weights="int4")
    network = nets.network(nets.model(layer, kind="uint4"))
    for c in fold.candidates(network, network.layers[0], graph.Fold(), ""):
        assert c.cost == estimate(lower_mvtu.mvtu_config(network, network.layers[0], c.choice))


@pytest.mark.parametrize(("asked", "storages"), [
    ({"pe": 4, "simd": 6}, {"const"}),
    ({"pe": 4, "simd": 3}, {"lut"}),  # 2 steps
    ({"pe": 1, "simd": 3}, {"lut", "bram"}),  # 8 steps
    ({"pe": 1, "simd": 3, "storage": "auto"}, {"lut", "bram"}),
    ({"pe": 1, "simd": 3, "storage": "lut"}, {"lut"}),
    ({"pe": 4, "simd": 3, "storage": "bram"}, {"bram"}),
    ({"pe": 4, "simd": 6, "storage": "bram"}, {"bram"}),
    ({"pe": 4, "simd": 6, "storage": "lut"}, {"lut"}),
    ({"pe": 4, "simd": 6, "storage": "const"}, {"const"}),
])  # fmt: skip
def test_storage(asked, storages):
    assert {c.choice.storage for c in candidates((4, 6), asked)} == storages


def test_deep_memories_are_block_rams():
    found = candidates((32, 16), {"pe": 1, "simd": 1})
    assert [c.choice.storage for c in found] == ["bram"]
    found = candidates((32, 8), {"pe": 1, "simd": 1})
    assert [c.choice.storage for c in found] == ["lut", "bram"]


def test_partial_folds():
    assert {c.choice.simd for c in candidates((8, 6), {"simd": 4})} == {4}
    assert {c.choice.pe for c in candidates((8, 6), {"simd": 4})} == undominated(8)
    assert {c.choice.simd for c in candidates((8, 6), {"pe": 5})} == undominated(6)
    assert {c.choice.pe for c in candidates((8, 6), {"pe": 5})} == {5}
    assert {c.choice.pe for c in candidates((8, 6), {"pe": 15})} == {15}  # below twice


@pytest.mark.parametrize("storage", ["lut", "bram"])
def test_storage_alone_leaves_all_lanes_open(storage):
    found = candidates((10, 6), {"storage": storage})
    assert {c.choice.storage for c in found} == {storage}
    assert len(found) == len(undominated(10)) * len(undominated(6))


def test_const_leaves_one_step():
    assert [c.choice for c in candidates((4, 6), {"storage": "const"})] == [
        Choice(4, 6, "const", "mvtu")
    ]


@pytest.mark.parametrize(("asked", "fields", "datapaths"), [
    ({}, {}, {"mvtu"}),  # products of 8 bits
    ({}, {"weights": "int4"}, {"mvtu", "mvtu_dsp"}),
    ({}, {"weights": "int3", "kind": "int3"}, {"mvtu", "mvtu_dsp"}),
    ({}, {"weights": "ternary", "kind": "uint3"}, {"mvtu"}),
    ({}, {"weights": "int8"}, {"mvtu", "mvtu_dsp"}),
    ({}, {"weights": "int8", "datapath": "mvtu"}, {"mvtu"}),
    ({}, {"weights": "int8", "datapath": "mvtu_dsp"}, {"mvtu_dsp"}),
    ({"datapath": "mvtu_dsp"}, {"weights": "int8"}, {"mvtu_dsp"}),
    ({"datapath": "mvtu"}, {"weights": "int8", "datapath": "mvtu_dsp"}, {"mvtu"}),
    ({}, {"weights": "bipolar", "kind": "uint8"}, {"mvtu"}),
    ({"datapath": "mvtu_dsp"}, {"weights": "bipolar", "kind": "uint8"}, {"mvtu_dsp"}),
])  # fmt: skip
def test_datapath(asked, fields, datapaths):
    found = candidates((4, 6), asked, **fields)
    assert {c.choice.datapath for c in found} == datapaths
    assert all((c.cost.dsp > 0) == (c.choice.datapath == "mvtu_dsp") for c in found)


def test_constants_are_not_multiplied_by_dsp_slices_unasked():
    found = candidates((4, 6), {"pe": 4, "simd": 6}, weights="int8")
    assert {(c.choice.storage, c.choice.datapath) for c in found} == {("const", "mvtu")}


@pytest.mark.parametrize(("asked", "fields", "sentence"), [
    ({"pe": 8}, {}, "fold.json: $.fc0.pe: Pe must be below twice the layer's 4 rows, not 8"),
    ({"simd": 12}, {},
     "fold.json: $.fc0.simd: Simd must be below twice the layer's 6 columns, not 12"),
    ({"frames": 65}, {}, "fold.json: $.fc0.frames: Frames must be at most 64, not 65"),
    ({"pe": 4, "simd": 3, "storage": "const"}, {},
     "fold.json: $.fc0.storage: Storage must be lut or bram for 2 steps a frame, not const"),
    ({"pe": 4, "simd": 6, "storage": "const", "datapath": "mvtu_dsp"},
     {"weights": "bipolar", "kind": "bipolar"},
     "fold.json: $.fc0.datapath: Datapath must be mvtu for popcounts of one step, or beyond 12 "
     "bits, not mvtu_dsp"),
    ({"datapath": "mvtu_dsp"}, {"weights": "ternary", "kind": "uint2"},
     "fold.json: $.fc0.datapath: Datapath must be mvtu for products of less than 6 bits, "
     "here 4 bits, not mvtu_dsp"),
    ({"datapath": "mvtu_dsp"}, {},
     "fold.json: $.fc0.datapath: Datapath must be mvtu for products of less than 9 bits, "
     "here 8 bits, not mvtu_dsp"),
    ({"pe": 4, "simd": 6, "storage": "const"},
     {"weights": "bipolar", "kind": "bipolar", "datapath": "mvtu_dsp"},
     "net: layer 'fc0'.datapath: Datapath must be mvtu for popcounts of one step, or beyond 12 "
     "bits, not mvtu_dsp"),
])  # fmt: skip
def test_refused(asked, fields, sentence):
    with pytest.raises(ModelError) as caught:
        candidates((4, 6), asked, **fields)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("asked", "cycles"), [
    ({"pe": 2, "simd": 1, "frames": 2}, 6),  # twelve steps for two
    ({"pe": 2, "simd": 1, "frames": 5}, 6),  # six inputs of each frame, one after the other
    ({"pe": 1, "simd": 6, "frames": 3}, 4),  # four outputs
    ({"pe": 2, "simd": 3, "frames": 3}, 2),
    ({"pe": 2, "simd": 2, "frames": 1}, 6),
    ({"pe": 1, "simd": 2, "frames": 7}, 4),
    ({"pe": 1, "simd": 1, "frames": 5}, 6),
    ({"pe": 1, "simd": 3, "frames": 3}, 4),
])  # fmt: skip
def test_frames_that_share_weights(asked, cycles):
    found = candidates((4, 6), asked)
    assert {(c.choice.frames, c.cycles) for c in found} == {(asked["frames"], cycles)}


def test_parts_of_a_cycle():
    assert {c.cycles for c in candidates((5, 7), {"pe": 1, "simd": 1, "frames": 3})} == {11.6667}


def test_cost_of_frames_is_that_of_all_circuits():
    network = nets.network(nets.model(nets.dense(size=(4, 6), weights="uint4"), kind="uint4"))
    asked = graph.Fold(pe=2, simd=3, frames=3, storage="lut")
    (found,) = fold.candidates(network, network.layers[0], asked, "")
    circuits = lower_mvtu.fold(network, "fc0", found.choice)
    parts = estimate(circuits.mvtu), estimate(circuits.gather)
    assert found.cost == sum(parts, estimate(circuits.scatter))


def test_frames_are_tried_where_memories_would_be_short():
    layer = nets.dense(size=(64, 64), weights="int4")
    network = nets.network(nets.model(layer, shape=(64,), kind="uint4"))

    def tried(asked=None):
        asked = graph.Fold(**asked or {})
        return fold.candidates(network, network.layers[0], asked, "", fold.FRAMES)

    found = [c.choice for c in tried() if c.choice.frames > 1]
    assert {c.frames for c in found} == {2, 4, 8}
    for c in found:
        rows, cols = 64 // c.pe, 64 // c.simd
        assert c.pe * rows == c.simd * cols == 64
        assert c.frames <= min(rows, cols)
        assert rows * cols < c.frames * (512 if c.storage == "bram" else 64)
    for asked in ({"pe": 8}, {"simd": 8}, {"frames": 1}):
        assert {c.choice.frames for c in tried(asked)} == {1}
    assert {c.choice.frames for c in tried({"frames": 3})} == {3}


def test_written_folds_read_back(tmp_path):
    network = nets.network(nets.model(nets.dense(), nets.dense("fc1", "fc0", size=(3, 4))))
    choices = {"fc0": Choice(2, 3, "lut", "mvtu", 2),
               "fc1": Choice(3, 4, "const", "mvtu", fifo="bram")}  # fmt: skip
    path = tmp_path / "fold.json"
    path.write_text(fold.fold_file(choices))

    folds = fold.read_folds(path, network)

    assert [name for name in folds if "fifo" in json.loads(path.read_text())[name]] == ["fc1"]
    for name, choice in choices.items():
        layer = next(layer for layer in network.layers if layer.name == name)
        found = fold.candidates(network, layer, folds[name], "")
        assert [c.choice for c in found] == [choice]


def test_fold_file_may_be_empty(tmp_path):
    path = tmp_path / "fold.json"
    path.write_text('{"fc0": {}}')
    network = nets.network(nets.model())
    folds = fold.read_folds(path, network)
    assert folds.keys() == {"fc0"}
    assert len(fold.candidates(network, network.layers[0], folds["fc0"], "")) == len(
        fold.candidates(network, network.layers[0], graph.Fold(), "")
    )


@pytest.mark.parametrize(("fields", "asked", "datapaths"), [
    ({"weights": "bipolar", "kind": "bipolar"}, {}, {"mvtu"}),
    ({"weights": "bipolar", "kind": "bipolar"}, {"datapath": "mvtu_dsp"}, {"mvtu_dsp"}),
    ({"weights": "int8", "kind": "int8"}, {}, {"mvtu", "mvtu_dsp"}),
])  # fmt: skip
def test_slices_of_an_ecp5_multiply(fields, asked, datapaths):
    """They add nothing: popcounts are added in LUTs, unless it is asked for."""
    found = candidates((8, 64), asked, **fields)
    zynq, ecp5 = (fold.suiting(found, devices.find(name)) for name in ("pynq_z2", "ulx3s_85f"))
    assert zynq == found
    assert {c.choice.datapath for c in ecp5} == datapaths
    assert ecp5 == [c for c in found if c.choice.datapath in datapaths]
