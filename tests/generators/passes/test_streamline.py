"""The passes together, and the check on each of them."""

import re
from fractions import Fraction

import numpy as np
import pytest
from msgspec.structs import replace

from generators import passes
from generators.network import graph, load, run, write
from generators.network.error import ModelError
from generators.passes import rewrite, streamline
from sim.golden.formats import integer
from tests.generators.passes.nets import (
    argmax,
    assert_same,
    batchnorm,
    dense,
    every_input,
    flatten,
    names,
    network,
    ops,
    output,
    quantize,
    reach,
    relu,
    scale,
    sign,
    threshold,
)

WEIGHTS = [[1, 2], [-3, 1]]
FC = dense(WEIGHTS)
BIPOLAR = dense([[1, -1], [-1, -1], [1, 1]], "bipolar")


NETWORKS = {
    "one dense": [FC],
    "one quantizer": [quantize("int3", 0.5, 1.0)],
    "input quantizer": [scale(2, -1), sign(), BIPOLAR, scale([0.5, -1, 2]), sign()],
    "batchnorm of numbers": [FC, batchnorm(2.0, 1.0, 0.5, 4.0), sign(), FC],
    "batchnorm as output": [sign(), BIPOLAR, batchnorm(2.0, 1.0, 0.5, 3.0)],
    "dense behind dense": [quantize("int3", 0.5), dense(WEIGHTS, scale=0.25),
                           dense(WEIGHTS, scale=0.5), FC],
    "weights by channel": [dense(WEIGHTS, scale=[0.5, -0.1], bias=[1, 2]), quantize("uint2", 0.3),
                           dense(WEIGHTS, scale=[0.5, 0.25], bias=3)],
    "negative common gain": [sign(), scale(-0.5), BIPOLAR, quantize("int3", 0.5, 1.0), scale(-1),
                             dense([[1, 2, 3]]), sign()],
    "argmax": [quantize("int3", 0.5), dense(WEIGHTS, scale=0.1), argmax()],
    "argmax of biases": [quantize("int3", 0.5, 1.0), dense(WEIGHTS, bias=[1, 3]), argmax()],
    "argmax and a scale": [dense(WEIGHTS, scale=0.1), argmax(), scale(1, 1)],
    "argmax, quantized": [dense(WEIGHTS, scale=0.1), argmax(), scale(1, -1), sign()],
    "counts": [sign(), dense([[1, -1], [1, 1]], "bipolar", accumulate="popcount"), scale(-0.5, 1),
               quantize("uint2"), dense(WEIGHTS, bias=2), sign()],
    "counts with bias": [sign(), dense([[1, -1]], "bipolar", bias=3, activation=reach([[1]]),
                                       accumulate="popcount")],
    "counts as output": [sign(), dense([[1, -1]], "bipolar", accumulate="popcount")],
    "thresholds of its own": [threshold([[-3], [2]]), BIPOLAR, threshold([[0, 1]], "uint2")],
    "levels of its own": [dense(WEIGHTS, activation=reach([[-99, 0, 99]], "int4", base=-3)), FC],
    "quantizers in a row": [FC, quantize("int4"), quantize("int3", 2.0), relu(), quantize("uint2")],
    "scales by one": [scale(1), FC, scale([1, 1.0]), relu(), quantize("uint3"), scale(1)],
    "flatten at the end": [FC, flatten()],
    "identity": [quantize("int4"), scale(1)],
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("outer", [None, output(-2, [0.5])])
def test_same_results_and_nothing_real(name, outer):
    before = network(*NETWORKS[name], output=outer)

    after = streamline(before)

    assert set(ops(after)) <= {"dense", "threshold", "argmax"}
    for layer in after.layers:
        assert not isinstance(layer, graph.Dense) or layer.weights.scale is None
        activation = getattr(layer, "activation", layer)
        if isinstance(activation, (graph.Activation, graph.Threshold)):
            assert activation.base is not None and activation.thresholds.dtype == np.int64
    assert_same(before, after)


@pytest.mark.parametrize("name", NETWORKS)
def test_again_changes_nothing(name, tmp_path):
    """Not even after it was written and read."""
    folders = tmp_path / "once", tmp_path / "again"
    for folder in folders:
        folder.mkdir()
    write.write(streamline(network(*NETWORKS[name])), folders[0])
    write.write(streamline(load.load(folders[0] / "model.json")), folders[1])

    for file in ("model.json", "weights.npz"):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes()


@pytest.mark.parametrize("place", range(7))
def test_flatten_in_any_place(place):
    layers = [scale(2, 1), quantize("int3", 0.5), dense([[1, 2, 3, 4], [-1, 0, 2, 3]]),
              batchnorm([1.0, -2.0], 0.0, 1.0, 4.0), relu(), quantize("uint2", 0.5)]  # fmt: skip
    layers.insert(place, flatten())
    before = network(*layers, shape=(2, 1, 2), kind="int2")

    after = streamline(before)

    assert ops(after) == ["threshold", "dense"]
    assert after.input.shape == (2, 1, 2)
    assert_same(before, after)


def test_flatten_before_layers_by_feature():
    layers = [scale([1, 2]), flatten(), scale([1, 2, 3, 4], 1), sign(), dense([[1, -1, 1, 1]])]
    before = network(*layers, shape=(1, 2, 2), kind="int2")
    after = streamline(before)
    assert (ops(after), after.input.shape) == (["threshold", "dense"], (4,))
    assert_same(before, after)


def test_names_that_the_passes_would_take():
    layers = [quantize("int3", 0.5, name="q"), relu(name="q.in"), quantize("int3", name="q.out"),
              dense(WEIGHTS, scale=0.5, name="fc"), scale([1, -2], name="fc.scale"),
              sign(name="fc.scale.0")]  # fmt: skip
    before = network(*layers)
    after = streamline(before)
    assert names(after) == ["q", "q.out", "fc"]
    assert_same(before, after)


def test_every_record_is_left_as_it_was():
    before = network(FC, scale([-1, 2]), quantize("uint2", 0.5), dense(WEIGHTS, bias=1), sign())
    kept = [graph.asdict(layer) for layer in before.layers]
    weights = before.layers[0].weights.data.copy()
    streamline(before)
    assert [graph.asdict(layer) for layer in before.layers] == kept
    np.testing.assert_array_equal(before.layers[0].weights.data, weights)


def lift(made, change):
    """The network with thresholds of its dense layers changed."""
    for name in rewrite.each(made, graph.Dense):
        layer = rewrite.layer(made, name)
        if layer.activation is not None:
            thresholds = change(layer.activation.thresholds)
            new = replace(layer, activation=replace(layer.activation, thresholds=thresholds))
            made = rewrite.splice(made, layer, [new])
    return made


def off_by_one(made):
    return lift(made, lambda thresholds: thresholds + 1)


def first_row_for_all(made):
    return lift(made, lambda thresholds: thresholds[:1])


def drop_bias(made):
    layer = made.layers[-1]
    return rewrite.splice(made, layer, [replace(layer, bias=None)])


def drop_output(made):
    return replace(made, output=None)


def ties_up(made):
    for name in rewrite.each(made, graph.Quantize):
        layer = rewrite.layer(made, name)
        made = rewrite.splice(made, layer, [replace(layer, rounding="HALF_UP")])
    return made


def swap_rows(made):
    layer = made.layers[0]
    weights = replace(layer.weights, data=layer.weights.data[::-1].copy())
    return rewrite.splice(made, layer, [replace(layer, weights=weights)])


@pytest.mark.parametrize(("wrong", "place"), [
    (ties_up, 0), (swap_rows, 16), (off_by_one, 19), (off_by_one, 23), (first_row_for_all, 23),
    (drop_bias, 23), (drop_output, 0), (drop_output, 23),
])  # fmt: skip
def test_a_wrong_pass_is_found(wrong, place):
    """Wherever it stands; those before it are right."""
    before = network(FC, scale([0.5, -0.25]), quantize("int3"), dense(WEIGHTS, bias=[1, 2]),
                     output=output(2))  # fmt: skip
    message = f"Pass {wrong.__name__} changed the result of 'net'"
    with pytest.raises(passes.PassError, match=f"^{re.escape(message)}$"):
        streamline(before, (*passes.PASSES[:place], wrong))


@pytest.mark.parametrize("step", passes.PASSES, ids=lambda step: step.__name__)
def test_every_pass_is_looked_at(step):
    """Also where the results after the next passes are right again."""

    def wrong(made):
        return replace(step(made), output=output(1, 1))

    before = network(sign(), BIPOLAR, scale([0.5, 1, -1]), quantize("uint2"))
    order = []
    for other in passes.PASSES:
        order += [wrong, drop_output] if other is step else [other]
    with pytest.raises(passes.PassError, match=re.escape("Pass wrong changed")):
        streamline(before, tuple(order))


@pytest.mark.parametrize(("kind", "shape", "frames"), [
    ("int8", (2,), 64), ("bipolar", (784,), 6), ("uint8", (28, 28, 1), 6), ("int32", (64,), 64),
    ("ternary", (3, 3, 10), 45), ("uint1", (100000,), 6),
])  # fmt: skip
def test_probes(kind, shape, frames):
    """Both rails are there, and every probe is a value of the type; the same every time."""
    made = network(relu(), shape=shape, kind=kind)
    x = passes.probe_inputs(made)
    form = integer.parse(kind)

    assert x.shape == (frames, *shape)
    assert np.all(x[0] == form.low) and np.all(x[1] == form.high)
    assert form.contains(x).all()
    np.testing.assert_array_equal(x, passes.probe_inputs(made))


HUGE = dense([[1 << 30, 1 << 30]], "int32", name="fc")


@pytest.mark.parametrize(("layers", "message"), [
    ([FC, relu(name="r")],
     "net: layer 'r': Relu must be followed by a quantize or sign layer, not end the network"),
    ([FC, relu(name="r"), scale(2)],
     "net: layer 'r': Relu must be followed by a quantize or sign layer, not end the network"),
    ([FC, scale(2), relu(name="r"), relu(), scale(3), FC],
     "net: layer 'r': Relu must be followed by a quantize or sign layer, "
     "not stand before 'dense5'"),
    ([FC, relu(name="r"), argmax(name="top")],
     "net: layer 'r': Relu must be followed by a quantize or sign layer, not stand before 'top'"),
    ([relu(name="r"), dense(WEIGHTS, scale=0.5), quantize("uint2")],
     "net: layer 'r': Relu must be followed by a quantize or sign layer, "
     "not stand before 'dense1'"),
    ([scale(2, name="s")],
     "net: layer 's': Network must have a dense, quantize, sign or threshold layer"),
    ([scale(2), scale(0.5, name="s")],
     "net: layer 's': Network must have a dense, quantize, sign or threshold layer"),
    ([batchnorm(1.0, 0.0, 0.0, 1.0), flatten(name="f")],
     "net: layer 'f': Network must have a dense, quantize, sign or threshold layer"),
    ([flatten(name="f")],
     "net: layer 'f': Network must have a dense, quantize, sign or threshold layer"),
    ([quantize("int8", 0.5), HUGE, sign()],
     "net: layer 'fc'.weights: Accumulators must fit 32 bits, "
     "not reach -274877906944..272730423296"),
    ([scale([1, 17]), dense(WEIGHTS, name="fc")],
     "net: layer 'fc': Gains before a dense layer must be the same, or in a ratio of small "
     "integers, for all channels, not 1.0 and 17.0"),
])  # fmt: skip
def test_refused(layers, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        streamline(network(*layers))


def test_gains_are_exact():
    """A gain beside 1/3 by less than a double can tell decides otherwise."""
    third = Fraction(1, 3) - Fraction(1, 10**30)
    after = [streamline(network(FC, scale(gain, -1), sign())) for gain in (Fraction(1, 3), third)]
    x = every_input(after[0])
    assert not np.array_equal(*(run.run(made, x) for made in after))
