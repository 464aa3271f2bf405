"""Configurations out of layers: widths proven, edges, what is refused."""

import itertools
import re

import numpy as np
import pytest

from generators.finn import limits, lower, lower_mvtu
from generators.finn.part import Choice
from generators.network.error import ModelError
from hdl.number import Number, holding
from sim.golden.formats import integer
from tests.generators.finn import map_nets, nets

ONE = Choice(1, 1, "lut", "mvtu")
LEVELS = {"type": "uint2", "thresholds": [[-1, 2, 4]]}


def every(kind: str, items: int) -> np.ndarray:
    """All inputs of a type."""
    form = integer.parse(kind)
    return np.array(list(itertools.product(range(form.low, form.high + 1, form.step),
                                           repeat=items)))  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("weights", "kind", "cols", "fields", "accumulated"), [
    ("int3", "uint3", 4, {}, lambda s: s),
    ("int3", "uint3", 4, {"activation": LEVELS}, lambda s: s),
    ("int4", "int3", 3, {"bias": [3, -20, 0, 100]}, lambda s: s + [3, -20, 0, 100]),
    ("int4", "int3", 3, {"bias": 40}, lambda s: s + 40),
    ("uint3", "uint2", 4, {}, lambda s: s),
    ("ternary", "ternary", 6, {}, lambda s: s),
    ("ternary", "bipolar", 7, {"activation": LEVELS}, lambda s: s),
    ("bipolar", "int2", 5, {}, lambda s: s),
    ("bipolar", "bipolar", 7, {}, lambda s: s // 2),
    ("bipolar", "bipolar", 8, {}, lambda s: s // 2),
    ("bipolar", "bipolar", 7, {"activation": nets.SIGN}, lambda s: (s + 7) // 2),
    ("bipolar", "bipolar", 8, {"activation": LEVELS}, lambda s: (s + 8) // 2),
    ("bipolar", "bipolar", 5, {"bias": [9, 0, -4, 1]}, lambda s: (s + [9, 0, -4, 1]) // 2),
    ("int2", "uint2", 5, {"bias": 7, "activation": LEVELS}, lambda s: s),
])  # fmt: skip
def test_accumulators_hold_exactly_what_occurs(weights, kind, cols, fields, accumulated, seed):
    layer = nets.dense(size=(4, cols), weights=weights, seed=seed, **fields)
    network = nets.network(nets.model(layer, shape=(cols,), kind=kind))
    config = lower_mvtu.mvtu_config(network, network.layers[0], ONE)

    sums = every(kind, cols) @ np.array(layer["weights"]["data"]).T
    found = accumulated(sums)

    assert config.acc == holding(int(found.min()), int(found.max()))
    assert config.levels == (0 if "activation" not in fields else
                             len(fields["activation"].get("thresholds", [[0]])[0]))  # fmt: skip
    assert config.biased == ("bias" in fields and "activation" not in fields)


@pytest.mark.parametrize(("low", "high", "width", "signed"), [
    (0, 0, 1, False), (0, 1, 1, False), (0, 2, 2, False), (0, 255, 8, False), (1, 256, 9, False),
    (-1, 0, 1, True), (-1, 1, 2, True), (-2, 1, 2, True), (-3, 1, 3, True), (-128, 127, 8, True),
    (-128, 128, 9, True), (-5, -3, 4, True),
])  # fmt: skip
def test_holding(low, high, width, signed):
    assert holding(low, high) == Number(width=width, signed=signed)


def test_weights_of_zero_need_one_bit():
    layer = nets.dense() | {"weights": {"type": "ternary", "data": [[0] * 6] * 3}}
    network = nets.network(nets.model(layer, kind="uint4"))
    assert lower_mvtu.mvtu_config(network, network.layers[0], ONE).acc == Number(width=1)


def test_config_says_what_was_chosen():
    layer = nets.dense(size=(5, 6), weights="int4", activation=LEVELS | {"base": 0})
    network = nets.network(nets.model(layer, kind="uint4"))
    choice = Choice(2, 3, "bram", "mvtu_dsp")
    config = lower_mvtu.mvtu_config(network, network.layers[0], choice)
    assert (config.rows, config.cols, config.pe, config.simd) == (5, 6, 2, 3)
    assert (config.storage, config.multiplier, config.base) == ("bram", True, 0)
    assert config.x == Number(width=4) and config.w == Number(width=4, signed=True)
    assert config.o == Number(width=2)


@pytest.mark.parametrize(("kind", "items", "cycles", "width", "beats"), [
    ("bipolar", 784, 784, 32, 25), ("bipolar", 784, 25, 32, 25), ("bipolar", 784, 24, 64, 13),
    ("bipolar", 784, 1, 1024, 1), ("uint8", 784, 196, 32, 196), ("uint8", 784, 195, 64, 98),
    ("uint8", 784, 1, 1024, 7), ("uint8", 1, 1000, 32, 1), ("int5", 10, 3, 32, 3),
    ("int9", 10, 1, 256, 1), ("int32", 10, 10, 32, 10), ("int32", 10, 9, 64, 5),
    ("int17", 64, 1, 1024, 2),
])  # fmt: skip
def test_edge_is_the_narrowest_that_keeps_up(kind, items, cycles, width, beats):
    edge = lower.edge(integer.parse(kind), items, cycles)
    assert (edge.width, edge.beats) == (width, beats)
    assert edge.beats <= cycles or edge.width == 1024


def refusal(rule, network) -> str:
    with pytest.raises(ModelError) as caught:
        rule(network)
    return str(caught.value)


@pytest.mark.parametrize(("weights", "kind", "what"), [
    ("int2", "uint17", "Inputs of a dense layer must be at most 16 bits wide, not 17"),
    ("int17", "int8", "Weights of a dense layer must be at most 16 bits wide, not 17"),
    ("bipolar", "int18", "Inputs of a dense layer must be at most 16 bits wide, not 18"),
])  # fmt: skip
def test_wide_operands(weights, kind, what):
    network = nets.network(nets.model(nets.dense(weights=weights), kind=kind))
    assert refusal(limits.refuse, network) == f"net: layer 'fc0': {what}"


def test_wide_inputs_behind_a_layer():
    layers = nets.dense(weights="int8"), nets.dense("fc1", "fc0", size=(3, 4))
    network = nets.network(nets.model(*layers, kind="uint8"))
    what = "Inputs of a dense layer must be at most 16 bits wide, not "
    assert re.fullmatch(rf"net: layer 'fc1': {what}1[89]", refusal(limits.refuse, network))


def kinds(document: dict, unfolded: int = 1, **choices) -> list[tuple[str, int, int]]:
    """Layer's circuit, lanes out and items of each part."""
    picked = {name: Choice(*fold, "lut", "mvtu") for name, fold in choices.items()}
    _, parts, _ = lower.parts(nets.network(document), picked, unfolded)
    return [(part.kind, part.flow.lanes, part.flow.items) for part in parts]


TWO = nets.model(nets.dense(size=(8, 32), activation=nets.SIGN),
                 nets.dense("fc1", "fc0", size=(4, 8)), shape=(32,))  # fmt: skip


@pytest.mark.parametrize(("fc0", "fc1", "expected"), [
    ((2, 32), (4, 2), [("mvtu", 2, 8), ("mvtu", 4, 4)]),
    ((2, 16), (4, 2), [("converter", 16, 32), ("mvtu", 2, 8), ("mvtu", 4, 4)]),
    ((3, 32), (4, 3), [("mvtu", 3, 8), ("converter", 3, 8), ("mvtu", 4, 4)]),  # zeros past 8
    ((8, 32), (1, 1), [("mvtu", 8, 8), ("converter", 1, 8), ("mvtu", 1, 4)]),
])  # fmt: skip
def test_converters_stand_where_lanes_differ(fc0, fc1, expected):
    found = kinds(TWO, fc0=fc0, fc1=fc1)
    if found[-1][0] == "converter":  # to the lanes of the output
        found.pop()
    assert found == expected


def test_argmax_takes_no_more_lanes_than_it_needs():
    last = nets.ARGMAX | {"inputs": ["fc0"]}
    document = nets.model(nets.dense(size=(10, 6)), last)
    assert kinds(document, fc0=(10, 6))[-2] == ("argmax", 1, 1)
    _, parts, _ = lower.parts(nets.network(document), {"fc0": Choice(2, 2, "lut", "mvtu")})
    assert [part.config.lanes for part in parts if part.kind == "argmax"] == [1]
    wide = nets.model(nets.ARGMAX, shape=(300,), kind="int32")  # 10 beats of 1024 bits
    _, parts, _ = lower.parts(nets.network(wide), {})
    assert [part.config.lanes for part in parts if part.kind == "argmax"] == [30]


def test_without_folded_layers_the_edges_are_as_wide_as_asked():
    document = nets.model(nets.THRESHOLD, shape=(8, 8, 1), kind="uint8")
    assert kinds(document)[0] == ("threshold", 64, 64)
    assert kinds(document, unfolded=16)[0] == ("threshold", 4, 64)


@pytest.mark.parametrize("bias", [3, [3], [3, 0, -1, 7]])
@pytest.mark.parametrize("kind", ["bipolar", "uint3"])
def test_bias_for_one_or_all(bias, kind):
    document = nets.model(nets.dense(bias=bias, fold={"pe": 2, "simd": 2}), kind=kind)
    assert nets.simulate(nets.planned(document))[0] == [6] * 5


SHARED = nets.model(nets.dense(size=(8, 32), activation=nets.SIGN),
                    nets.dense("fc1", "fc0", size=(4, 8)), nets.ARGMAX | {"inputs": ["fc1"]},
                    shape=(32,))  # fmt: skip


def test_frames_are_gathered_and_scattered():
    """Between layers they come one after the other; a batch is what both layers' frames divide."""
    choices = {"fc0": Choice(2, 16, "lut", "mvtu", 2), "fc1": Choice(4, 2, "lut", "mvtu", 3)}
    network = nets.network(SHARED)
    assert lower.batch(network, choices) == 6
    _, parts, _ = lower.parts(network, choices)
    found = [(part.kind, part.flow.lanes, part.repeat) for part in parts]
    assert found[:7] == [
        ("converter", 16, 6), ("gather", 32, 3), ("mvtu", 4, 3), ("scatter", 2, 3),
        ("gather", 6, 2), ("mvtu", 12, 2), ("scatter", 4, 2),
    ]  # fmt: skip
    assert {repeat for _, _, repeat in found[7:]} == {6}
    gather = parts[1].config
    assert (gather.vectors, gather.lanes, gather.beats, gather.repeats) == (2, 16, 2, 4)
    assert parts[1].interval == parts[2].interval == 3 * 8


def test_windows_are_gathered_within_a_frame():
    network = nets.network(map_nets.model(map_nets.conv("c", "input", (4, 3, 3, 2)),
                                          shape=(6, 6, 2)))  # fmt: skip
    choices = {"c": Choice(2, 2, "lut", "mvtu", 4)}
    assert lower.batch(network, choices) == 1
    _, parts, _ = lower.parts(network, choices)
    found = {part.kind: part for part in parts}
    assert found["window"].config.repeats == 1 and found["gather"].config.repeats == 2
    assert [found[kind].repeat for kind in ("gather", "mvtu", "scatter")] == [16 // 4] * 3
    assert found["mvtu"].interval == 4 * 2 * 9
