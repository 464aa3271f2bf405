import numpy as np
import pytest

from generators.network import check, codings, formats, graph, read, run, write
from sim.golden.coded import dot
from sim.golden.formats import integer
from tests.networks import coded


def dense(w, data, **fields) -> graph.Dense:
    """A layer of weights in a format, or of integers."""
    form = integer.smallest(int(data.min()), int(data.max()))
    weights = graph.Weights(type=form.name, data=data, coding=w)
    return graph.Dense(name="fc", inputs=("x",), weights=weights, **fields)


def behind(x, layer: graph.AnyLayer, features: int) -> graph.Network:
    """The layer behind an encoded input."""
    first = graph.Encode(name="x", inputs=("input",), type=x)
    source = graph.Input(shape=(features,), type="int8")
    network = graph.Network(bitloom=1, name="net", input=source, layers=(first, layer))
    return check.check(network)


@pytest.mark.parametrize("family", coded.FAMILIES)
def test_what_is_read_again_is_the_same(family, tmp_path):
    rng = np.random.default_rng(3)
    network = coded.random_network(rng, family)
    form = integer.parse(network.input.type)
    x = rng.integers(form.low, form.high + 1, (5, *network.input.shape))
    write.write(network, tmp_path)
    again = check.check(read.read(tmp_path / "model.json"))
    expected = run.run_all(network, x)
    for name, y in run.run_all(again, x).items():
        np.testing.assert_array_equal(y, expected[name])
    for old, new in zip(network.layers, again.layers):
        assert type(old) is type(new)
        assert getattr(old, "datapath", None) == getattr(new, "datapath", None)


@pytest.mark.parametrize("family", coded.FAMILIES)
@pytest.mark.parametrize("seed", range(4))
def test_types_hold_what_flows(family, seed):
    rng = np.random.default_rng(seed)
    network = coded.random_network(rng, family)
    form = integer.parse(network.input.type)
    x = rng.integers(form.low, form.high + 1, (40, *network.input.shape))
    x[0], x[1] = form.low, form.high
    tensors = check.infer(network)
    for name, y in run.run_all(network, x).items():
        assert tensors[name].type.contains(y).all()


def test_input_type_and_datapath_are_filled_in():
    x = formats.FPEC(bits=3)
    network = behind(x, dense(formats.FPEC(bits=3), np.array([[4, 5, -3]])), 3)
    layer = network.layers[1]
    assert layer.input_type is x
    assert layer.datapath == "fpec"
    assert check.check(network).layers[1] is layer


@pytest.mark.parametrize("given", [{"datapath": "fpec"}, {"fold": graph.Fold(datapath="fpec")}])
def test_a_datapath_that_is_given_stays(given):
    found = behind("int8", dense(formats.FPEC(bits=3), np.array([[4]]), **given), 1).layers[1]
    assert found.datapath == given.get("datapath")


@pytest.mark.parametrize("magnitude", range(3))
@pytest.mark.parametrize("which", ["both", "x", "w"])
def test_sums_of_fpec_reach_their_range(which, magnitude):
    """Rows of the extreme weights, and the inputs for which their sums are the extremes."""
    record = formats.FPEC(bits=3, magnitude=magnitude)
    form = codings.format_of(record)
    w = np.array([[form.low], [form.high]]) if which != "x" else np.array([[-4], [3]])
    x_type = record if which != "w" else "int3"
    network = behind(x_type, dense(record if which != "x" else None, w), 1)
    low, high = check.accumulator_range(network.layers[1], check.infer(network)["x"].type)
    codes = np.arange(form.low, form.high + 1) if which != "w" else np.arange(-4, 4)
    codes = codes[form.contains(codes)] if which != "w" else codes
    sums = dot(graph.asdict(network.layers[1]))(codes[:, None], w)
    np.testing.assert_array_equal(sums.min(axis=0), low)
    np.testing.assert_array_equal(sums.max(axis=0), high)


def test_sums_of_minifloats_are_dlfloats():
    record = formats.Minifloat(exponent=4, mantissa=3, bias=11)
    network = behind(record, dense(record, np.array([[127, 127]]), bias=np.array([5])), 2)
    assert check.infer(network)["fc"].type.name == "int16"
    assert codings.format_of(codings.DLFLOAT).high == 32767


@pytest.mark.parametrize(("record", "block"), [
    (None, 1), (formats.FPEC(bits=3), 1), (formats.FPEC(bits=3, lanes=4), 4),
    (formats.BiScaled(bits=3, shift=1), 1), (formats.BiScaled(bits=3, shift=1, block=8), 8),
    (formats.Grouped(bits=3, group=6, exponents=2), 6), (codings.DLFLOAT, 1),
    (formats.BlockFloat(bits=3, block=5, exponents=2), 5),
])  # fmt: skip
def test_block(record, block):
    assert codings.block_of(record) == block
