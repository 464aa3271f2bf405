"""What quantizing does to biases, ranges and channels, and which networks it refuses."""

import re

import numpy as np
import pytest

from generators.network import floats, graph, run
from generators.network.error import ModelError
from generators.network.quantize import bias, options, quantize, report
from generators.network.quantize.split import split
from tests.generators.network.quantize.nets import cnn, frames, mlp


def means(a):
    return a.reshape(-1, a.shape[-1]).mean(axis=0)


def bias_errors(made):
    """Of the means of what is emitted, by layer."""
    reals = [step.stage.activated(made.reals[step.stage.name]) for step in made.steps]
    found = [step.stage.activated(step.sums.real) for step in made.steps]
    return [np.abs(means(a) - means(b)) for a, b in zip(reals, found)]


@pytest.mark.parametrize("scheme", ["int3", "fixed4", "fpec3", "blockfloat3"])
@pytest.mark.parametrize("source", [mlp(), cnn()], ids=["mlp", "cnn"])
def test_bias_correction(scheme, source):
    """What follows the sums has the real means, but for the rounding of biases."""
    x = frames(source.shape)
    made = quantize(source, x, options(scheme))
    for step, error in zip(made.steps, bias_errors(made)):
        np.testing.assert_array_less(error, 0.501 * step.sums.scale)
    off = quantize(source, x, options(scheme, bias_correction=False))
    assert max(error.max() for error in bias_errors(off)) > 0.01


def test_minifloats_have_nearly_the_means():
    """Their sums are rounded on the way, so that a bias cannot put all of it right."""
    source, x = mlp(), frames((4, 4, 2))
    before, after = (bias_errors(quantize(source, x, options("hfp8", bias_correction=corrected)))
                     for corrected in (False, True))  # fmt: skip
    assert all(b.max() < a.max() / 2 for a, b in zip(before, after))


def test_a_silent_channel_stays_so():
    real = np.array([[-3.0, 1.0], [-1.0, 3.0]])
    quantized = np.array([[-3.0, 0.0], [0.5, 1.0]])
    found = bias.missing_behind_relu(real, quantized)
    np.testing.assert_allclose(found, [-0.75, 1.5])
    assert np.maximum(quantized + found, 0).mean(axis=0).tolist() == pytest.approx([0, 2])


def test_sums_fit_32_bits():
    """Fixed point of 16 bits: weights lose their last bits where sums would not."""
    source = mlp(sizes=(32, 256, 256, 4))
    x = frames(source.shape)
    made = quantize(source, x, options("fixed16", clip="max"))
    narrow = quantize(source, x, options("fixed16", clip="max", activation_bits=8))
    scales, wanted = ([step.weights.scale for step in some.steps] for some in (made, narrow))
    assert scales[0] == wanted[0]
    assert scales[1] > wanted[1]
    last = made.steps[-1]
    assert report.sqnr(made.reals["fc2"], last.output.real) > 50


def test_rows_have_scales_but_in_the_last_layer():
    made = quantize(mlp(), frames((4, 4, 2)), options("int4", per_channel=True))
    assert [np.shape(step.weights.scale) for step in made.steps] == [(32,), (16,), ()]
    assert made.network.layers[0].activation.requantize.weight_scale.shape == (32,)


def test_meaning_of_outputs():
    source, x = mlp(), frames((4, 4, 2))
    network = quantize(source, x, options("fpec8", magnitude=1)).network
    found = run.meaning(network, run.run(network, x)).astype(float)
    np.testing.assert_allclose(found, source.outputs(x), atol=0.02 * np.abs(found).max())


def test_argmax():
    source, x = mlp(), frames((4, 4, 2))
    network = quantize(source, x, options("fixed12", argmax=True)).network
    np.testing.assert_array_equal(run.run(network, x).ravel(), source.outputs(x).argmax(axis=-1))


def test_pixels_of_a_bias_and_any_gain():
    """The first layer takes over what a pixel means; codes stay pixels."""
    rng = np.random.default_rng(1)
    layer = floats.Dense(name="fc", weights=rng.normal(size=(3, 32)), bias=rng.normal(size=3))
    source = floats.Network(name="n", shape=(32,), layers=(layer,), gain=2 / 255, bias=-1.0)
    x = frames((32,))
    made = quantize(source, x, options("fixed12"))
    np.testing.assert_allclose(made.steps[0].sums.real, source.outputs(x), atol=0.05)
    assert [layer.name for layer in made.network.layers] == ["fc"]


@pytest.mark.parametrize("source", [mlp(), cnn()], ids=["mlp", "cnn"])
def test_split_channels(source):
    """The same function, with smaller weights, of which more fit the same range."""
    x, chosen = frames(source.shape), options("int3", clip="max", split=3)
    whole = source.scaled()
    made = split(whole, chosen)
    np.testing.assert_allclose(made.outputs(x), whole.outputs(x), atol=1e-9)
    linear = [(a, b) for a, b in zip(whole.layers, made.layers) if hasattr(a, "weights")]
    assert [len(b.weights) - len(a.weights) for a, b in linear] == [3] * (len(linear) - 1) + [0]
    for old, new in linear[1:]:
        assert np.abs(new.weights).max() < np.abs(old.weights).max()
    plain = quantize(source, x, options("int3", clip="max", activation_bits=8))
    better = quantize(source, x, options("int3", clip="max", activation_bits=8, split=3))
    step, last = plain.steps[1], better.steps[1]
    assert last.weights.scale < step.weights.scale
    errors = [report.sqnr(one.stage.weights, one.weights.real) for one in (step, last)]
    assert errors[1] > errors[0] + 1


@pytest.mark.parametrize("flat", [False, True])
def test_means_are_part_of_the_dense_layer(flat):
    rng = np.random.default_rng(1)
    first = floats.Conv(name="c", weights=rng.normal(size=(3, 1, 2, 2)), bias=rng.normal(size=3))
    last = floats.Dense(name="fc", weights=rng.normal(size=(2, 3)), bias=rng.normal(size=2))
    flatten = (floats.Flatten(name="f"),) * flat
    layers = (first, floats.Relu(name="r"), floats.GlobalAvgPool(name="p"), *flatten, last)
    source = floats.Network(name="n", shape=(4, 4, 2), layers=layers)
    x = frames((4, 4, 2))
    made = quantize(source, x, options("fpec10"))
    np.testing.assert_allclose(made.reals["fc"], source.outputs(x))
    assert made.network.layers[-1].weights.data.shape == (2, 4 * 3 * 3)
    assert report.sqnr(made.reals["fc"], made.steps[-1].output.real) > 40


def refused(layers, sentence, scheme="int8", **choices):
    source = floats.Network(name="n", shape=(4, 4, 2), layers=tuple(layers))
    with pytest.raises(ModelError, match=f"^{re.escape(sentence)}$"):
        quantize(source, frames((4, 4, 2)), options(scheme, **choices))


def dense(name="fc", inputs=32):
    return floats.Dense(name=name, weights=np.ones((2, inputs)), bias=np.zeros(2))


def conv(name="conv", groups=1):
    return floats.Conv(name=name, weights=np.ones((2, 1, 1, 2 // groups)), bias=np.zeros(2),
                       groups=groups)  # fmt: skip


def test_refused_layers():
    relu, mean = floats.Relu(name="r"), floats.GlobalAvgPool(name="p")
    what = "must be a dense layer or a convolution, not relu"
    refused([relu, dense()], f"r: The first layer {what}")
    refused([dense(), relu], f"r: The last layer {what}")
    refused([conv("a"), mean, conv("b")],
            "p: Layer must be a relu or a max pool, not globalavgpool")  # fmt: skip


def test_refused_groups():
    refused([conv("a"), conv("b", groups=2)], "b: Groups must be 1 where channels are split",
            split=1)  # fmt: skip
    for scheme, name in (("fpec4", "fpec"), ("hfp8", "minifloat"), ("biscaled4", "biscaled")):
        refused([conv("a", groups=2)], f"a: Groups must be 1 in the format {name}", scheme)


SUMS = r"^fc: Sums must fit 32 bits, not reach 0\.\.[0-9]+$"


def test_refused_sums():
    layer = floats.Dense(name="fc", weights=np.ones((2, 32)), bias=np.array([0, 1e30]))
    source = floats.Network(name="n", shape=(4, 4, 2), layers=(layer,))
    with pytest.raises(ModelError, match=SUMS):
        quantize(source, frames((4, 4, 2)), options("fixed8"))


def test_a_grouped_convolution_of_integers():
    layers = (conv("a", groups=2), floats.Relu(name="r"), dense())
    source = floats.Network(name="n", shape=(4, 4, 2), layers=layers)
    network = quantize(source, frames((4, 4, 2)), options("int8")).network
    assert [type(layer) for layer in network.layers] == [graph.Conv, graph.Dense]
    assert network.layers[0].groups == 2
