"""Float networks quantized to each scheme: their RTL equals the golden model, to the cycle."""

import numpy as np
import pytest

from boards import devices
from generators.finn import plan
from generators.network import floats
from generators.network.quantize import options, quantize
from generators.passes import streamline
from tests.generators.network.quantize import nets
from tests.networks import pipeline

BLOCK = {"group": 4}
SCHEMES = {
    "int4": ("int4", {}, {"mvtu"}),
    "fixed6": ("fixed6", {}, {"mvtu"}),
    "fixed6 stochastic": ("fixed6", {"rounding": "stochastic"}, {"mvtu"}),
    "fpec4": ("fpec4", {}, {"fpec"}),
    "fpec6 shared": ("fpec6", {"lanes": 4}, {"fpec"}),
    "biscaled6": ("biscaled6", {}, {"biscaled"}),
    "biscaled6 list": ("biscaled6", {"block": 4}, {"biscaled"}),
    "shiftable5": ("shiftable5", {}, {"biscaled"}),
    "grouped4-one": ("grouped4-one", {}, {"mvtu"}),
    "grouped4-power": ("grouped4-power", BLOCK, {"grouped"}),
    "grouped4-same": ("grouped4-same", BLOCK, {"grouped"}),
    "grouped3-simple": ("grouped3-simple", BLOCK, {"grouped"}),
    "blockfloat4": ("blockfloat4", BLOCK, {"blockfloat"}),
    "blockfloat4 ways": ("blockfloat4", BLOCK | {"ways": 2}, {"blockfloat"}),
    "hfp8": ("hfp8", {"chunk": 4}, {"minifloat"}),
}
"""The command's options, and datapaths that must be among the network's."""


def check(net: floats.Network, name: str, cycles: int) -> None:
    """Quantize, fold to at most so many cycles, simulate with stalls and without."""
    scheme, choices, datapaths = SCHEMES[name]
    made = quantize(net, nets.frames(net.shape), options(scheme, **choices))
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, cycles=cycles)
    planned = plan.plan(streamline(made.network), wish)
    chosen = {choice.datapath.removesuffix("_dsp") for choice in planned.choices.values()}
    assert datapaths <= chosen  # in LUTs or in DSP slices
    assert planned.interval <= cycles
    pipeline.equals_golden(planned, np.random.default_rng(0))


@pytest.mark.parametrize("name", SCHEMES)
def test_dense(name):
    """A layer whose inputs are pixels, and one whose inputs are coded."""
    check(nets.mlp(sizes=(8, 8, 4)), name, 128)


def cnn() -> floats.Network:
    """A padded convolution of pixels, a pool, and a padded convolution of 4 coded channels."""
    rng = np.random.default_rng(2)
    draw = lambda *shape: {"weights": rng.laplace(0, 0.4, shape),  # noqa: E731
                           "bias": rng.normal(0, 0.1, shape[0])}  # fmt: skip
    layers = (
        floats.Conv(name="conv0", **draw(4, 3, 3, 1), padding=(1, 1, 1, 1)),
        floats.Relu(name="relu0"),
        floats.MaxPool(name="pool", kernel=(2, 2)),
        floats.Conv(name="conv1", **draw(4, 2, 1, 4), padding=(1, 0, 0, 0)),
    )
    return floats.Network(name="cnn", shape=(4, 2, 1), layers=layers)


@pytest.mark.parametrize("name", ["fpec4", "biscaled6", "blockfloat4"])
def test_convolutional(name):
    check(cnn(), name, 288)
