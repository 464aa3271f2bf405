# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from hdl.dot.blockfloat import block_float
from hdl.number import Number
from sim.golden.formats.blockfloat import BlockFloat
from tests.hdl.clocked import run
from tests.hdl.dot.scaled import Placed, joined
from tests.hdl.primitives import netlist_run

S4, S5 = (Number(width=n, signed=True) for n in (4, 5))
U4 = Number(width=4)


def simulate(config, x_format, w_format, x, w, seed, stall=0.0, how=run):
    """The sums of rows of numbers of the formats, encoded by the golden model."""
    ports = {}
    for name, form, values in (("x", x_format, x), ("w", w_format, w)):
        assert getattr(config, name) == Number(width=form.width)
        bits = form.words(values).astype(object)
        rows = (bits << np.arange(form.width).astype(object)).sum(axis=-1)
        ports[name] = joined(rows, form.width)
    rng = np.random.default_rng(seed)
    return how(Placed(config), config.latency, rng=rng, stall=stall, **ports)


@pytest.mark.parametrize("how", [run, netlist_run])
def test_bfp_4(how):
    """The deck's block [.5, .3, -1.7, .04] in steps of 1/64, of four bits: e = 0, step 1/4."""
    form = BlockFloat(4, 4, 8)
    x = form.encode(64 * np.array([[0.5, 0.3, -1.7, 0.04]]))
    np.testing.assert_array_equal(x, [[32, 16, -112, 0]])  # .5, .25, -1.75, 0
    w = form.encode(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1],
                              [4, 4, 4, 4], [96, -48, 32, 16]]))  # fmt: skip
    config = block_float(S4, S4, lanes=1, block=4, x_exponents=8, w_exponents=8)
    y = simulate(config, form, form, x.repeat(len(w), axis=0), w, 4, 0.3, how)
    np.testing.assert_array_equal(y, [32, 16, -112, 0, -256, 32 * 96 - 16 * 48 - 112 * 32])


@pytest.mark.parametrize(("x_element", "w_element", "x_exponents", "w_exponents", "lanes"), [
    (S4, S4, 4, 4, 3), (U4, S5, 8, 3, 2), (S5, S4, 1, 6, 1), (U4, S5, 6, 1, 2),
])  # fmt: skip
def test_random_numbers(x_element, w_element, x_exponents, w_exponents, lanes):
    """Real numbers of blocks of many sizes, zeros among them, encoded and multiplied."""
    config = block_float(x_element, w_element, lanes=lanes, block=6, x_exponents=x_exponents,
                         w_exponents=w_exponents)  # fmt: skip
    x_format = BlockFloat(x_element.width, 6, x_exponents, x_element.signed)
    w_format = BlockFloat(w_element.width, 6, w_exponents)
    rng = np.random.default_rng(lanes)
    found = []
    for form in (x_format, w_format):
        sizes = np.exp2(rng.integers(0, form.exponents + form.bits, (24, lanes))).repeat(6, axis=1)
        found.append(form.encode(rng.normal(0, 1, sizes.shape) * sizes))
    x, w = found
    x[0], x[1, :6], w[2] = 0, 0, 0
    x[3], w[3] = x_format.low, w_format.low
    y = simulate(config, x_format, w_format, x, w, lanes, 0.2)
    np.testing.assert_array_equal(y, (x * w).sum(axis=1))


def test_options():
    config = block_float(U4, S4, lanes=2, block=8, x_exponents=3, w_exponents=5, fabric="portable",
                         rows_per_stage=1, skewed=True)  # fmt: skip
    assert (config.x_element, config.w_element, config.group) == (U4, S4, 8)
    assert (config.x_exponents, config.exponents, config.mantissa_bits) == (3, 5, 0)
    assert (config.fabric, config.rows_per_stage, config.skewed) == ("portable", 1, True)
