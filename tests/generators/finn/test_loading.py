# amaranth: UnusedElaboratable=no

"""Networks whose parameters are replaced at run time."""

import json

import numpy as np
import pytest
from msgspec.structs import replace

from boards import devices
from boards.driver.parameters import encode
from generators.finn import linear, loading, plan
from generators.finn.assemble import Top
from generators.network import check, graph, infer_weights
from generators.network.error import ModelError
from sim.golden.formats import integer
from tests.generators.finn import map_nets, nets
from tests.networks import pipeline, predicted

UINT2 = {"type": "uint2", "thresholds": [[-2, 1, 5]] * 4}
REQUANTIZED = {"type": "int4", "requantize": {
    "multiplier": [1 << 30] * 4, "right_shift": [2] * 4, "zero_point": 1}}  # fmt: skip

NETWORKS = {
    "binary": [nets.dense("a", size=(7, 6), activation=nets.SIGN),
               nets.dense("b", "a", size=(5, 7), activation=nets.SIGN),
               nets.dense("c", "b", size=(3, 5))],
    "integers": [nets.dense("a", size=(4, 6), weights="int3", activation=UINT2),
                 nets.dense("b", "a", size=(3, 4), weights="ternary", bias=[3, -7, 0])],
    "requantized": [nets.dense("a", size=(4, 6), weights="int4", bias=[1, 2, 3, 4],
                               activation=REQUANTIZED),
                    nets.dense("b", "a", size=(2, 4), weights="int4")],
}  # fmt: skip
CONVS = [
    map_nets.conv("a", "input", (6, 3, 3, 4), padding=[1, 1, 1, 1]),
    map_nets.conv("bb", "a", (6, 3, 3, 1), groups=6, kind="bipolar"),
    map_nets.conv("ccc", "bb", (4, 2, 2, 6), "bipolar", None, bias=[1, 2, 3, 4]),
]


def ram(network: graph.Network, **folds) -> dict[str, graph.Fold]:
    """Folds of all layers, their storage "ram"; some are given otherwise."""
    return {layer.name: graph.Fold(**{"storage": "ram"} | folds.get(layer.name, {}))
            for layer in linear.linear_layers(network)}  # fmt: skip


def planned(document: dict, cycles: int | None = None, **folds) -> plan.Plan:
    network = nets.network(document)
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, cycles=cycles,
                     folds=ram(network, **folds))  # fmt: skip
    return plan.plan(network, wish)


def other(found: plan.Plan, rng) -> tuple[graph.Network, dict[str, dict]]:
    """The same network with other parameters, and these by kind and layer."""
    layers, given = [], {"weights": {}, "thresholds": {}, "bias": {}}
    for layer in found.network.layers:
        if isinstance(layer, linear.Linear):
            layer = drawn(found.network, layer, rng)
            given["weights"][layer.name] = layer.weights.data
            if layer.activation is not None and layer.activation.thresholds is not None:
                given["thresholds"][layer.name] = layer.activation.thresholds
            if layer.bias is not None:
                given["bias"][layer.name] = layer.bias
        layers.append(layer)
    return replace(found.network, layers=tuple(layers)), given


def drawn(network: graph.Network, layer, rng):
    """A layer with random parameters: weights of its type, thresholds around the sums, bias."""
    form = integer.parse(layer.weights.type)
    steps = rng.integers(0, (form.high - form.low) // form.step + 1, layer.weights.data.shape)
    source = check.infer(network)[layer.inputs[0]].type
    low, high = (int(end[0]) for end in check.accumulator_range(layer, source))
    changes = {"weights": replace(layer.weights, data=form.low + form.step * steps)}
    if layer.bias is not None:
        changes["bias"] = rng.integers(*infer_weights.bias_range(layer, source), len(layer.bias),
                                       endpoint=True)  # fmt: skip
    if layer.activation is not None and layer.activation.thresholds is not None:
        old = layer.activation.thresholds
        middle, spread = (low + high) / 2, max(1.0, (high - low) / 10)
        new = np.sort(rng.normal(middle, spread, old.shape).astype(int), axis=1)
        changes["activation"] = replace(layer.activation, thresholds=new)
    return replace(layer, **changes)


def check_loads(found: plan.Plan, rng) -> None:
    """Unloaded it is the network that was built, loaded the other one."""
    memories = json.loads(json.dumps(loading.parameters(found)))
    network, given = other(found, rng)
    words = [(address + k, word) for address, data in encode(memories, **given)
             for k, word in enumerate(data.tolist())]  # fmt: skip
    form = integer.parse(network.input.type)
    steps = rng.integers(0, (form.high - form.low) // form.step + 1, (4, *network.input.shape))
    frames = form.low + form.step * steps
    before, after = pipeline.golden(found.network, frames), pipeline.golden(network, frames)
    assert np.any(before != after)
    run = pipeline.simulate(found, frames, rng=rng)
    np.testing.assert_array_equal(run.outputs, before)
    predicted.check_cycles(found, found.batch, run.first, run.last)
    outputs = pipeline.simulate(found, frames, rng=rng, stall=0.2, loads=words).outputs
    np.testing.assert_array_equal(outputs, after)


@pytest.mark.parametrize(("name", "cycles"), [
    ("binary", 1), ("binary", 60), ("integers", 20), ("requantized", 60),
])  # fmt: skip
def test_loaded_network_equals_the_other_one(name, cycles):
    kind = "bipolar" if name == "binary" else "int3"
    document = nets.model(*NETWORKS[name], kind=kind)
    check_loads(planned(document, cycles), np.random.default_rng(cycles))


@pytest.mark.parametrize("simd", [2, pytest.param(12, marks=pytest.mark.slow)])
def test_loaded_convolutions_equal_the_other_ones(simd):
    """Padded, of taps side by side, depthwise, and of bipolar numbers with a bias."""
    folds = {"a": {"pe": 4, "simd": simd}, "bb": {"pe": 2, "simd": 1}, "ccc": {"pe": 3, "simd": 3}}
    document = map_nets.model(*CONVS)
    check_loads(planned(document, **folds), np.random.default_rng(simd))


def test_memories_follow_each_other():
    """Every address of a network is that of one word."""
    found = planned(nets.model(*NETWORKS["integers"], kind="int3"), 20)
    memories = loading.parameters(found)
    kinds = [(one["layer"], one["kind"]) for one in memories]
    assert kinds[0] == ("a", "weights") and kinds[-1] == ("b", "bias")
    assert ("a", "thresholds") in kinds
    addresses = [one["base"] + part * one["stride"] + word for one in memories
                 for part in range(one["parts"]) for word in range(one["words"])]  # fmt: skip
    assert len(set(addresses)) == len(addresses)
    assert max(addresses) < 1 << loading.chain(found.parts).address_bits


def test_ports_stand_only_where_a_layer_is_loaded():
    document = nets.model(*NETWORKS["binary"], kind="bipolar")
    plain, loaded = nets.planned(document, cycles=60), planned(document, 60)
    for found, there in ((plain, False), (loaded, True)):
        assert hasattr(Top(found.edges[0], found.parts, found.edges[1]), "load_valid") == there
        assert bool(loading.parameters(found)) == there
    assert loading.chain(plain.parts) is None


def test_accumulators_hold_any_weights():
    """A file's fold makes them so wide, and what follows from them, as a model's own does."""
    layer = nets.dense(size=(2, 3), weights="int3")
    network = nets.network(nets.model(layer, shape=(3,), kind="int3"))
    name = network.layers[0].name
    marked = loading.marked(network, {name: graph.Fold(storage="ram")})
    low, high = check.accumulator_range(marked.layers[0], integer.parse("int3"))
    assert (low.tolist(), high.tolist()) == ([-36] * 2, [48] * 2)
    assert check.infer(marked)[name].type.name == "int7"
    back = loading.marked(marked, {name: graph.Fold(storage="bram")})
    assert check.infer(back) == check.infer(network)
    assert loading.marked(network, {name: graph.Fold(storage="bram")}) is network


def test_accumulators_hold_any_bias():
    layer = nets.dense(size=(2, 3), weights="int3", bias=[90, -3])
    network = nets.network(nets.model(layer, shape=(3,), kind="int3"))
    (layer,) = loading.marked(network, {"fc0": graph.Fold(storage="ram")}).layers
    assert infer_weights.bias_range(layer, integer.parse("int3")) == (-36, 90)
    low, high = check.accumulator_range(layer, integer.parse("int3"))
    assert (low.tolist(), high.tolist()) == ([-72] * 2, [138] * 2)


@pytest.mark.parametrize(("weights", "kind", "fold", "sentence"), [
    ("bipolar", "bipolar", {"datapath": "mvtu_dsp"},
     "Storage ram takes datapath mvtu or popcount, not mvtu_dsp"),
    ("int4", "int4", {"datapath": "planes"},
     "Storage ram takes datapath mvtu, integer or mvtu_dsp, not planes"),
    ("int4", "int4", {"datapath": "codebook"},
     "Storage ram takes datapath mvtu, integer or mvtu_dsp, not codebook"),
    ("int16", "int14", {}, "Storage ram takes sums of at most 30 bits, not 32"),
])  # fmt: skip
def test_refuses(weights, kind, fold, sentence):
    document = nets.model(nets.dense(weights=weights), kind=kind)
    with pytest.raises(ModelError) as caught:
        planned(document, fc0=fold)
    assert str(caught.value) == f": $.fc0.storage: {sentence}"
