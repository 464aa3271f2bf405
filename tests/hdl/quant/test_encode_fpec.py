# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.number import BIPOLAR, Number
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from sim import stream
from sim.golden.formats.fpec import FPEC
from tests.hdl import clocked

S6, S8, U6, U8 = (Number(width=n, signed=s) for s in (True, False) for n in (6, 8))
S16 = Number(width=16, signed=True)


def words(config, x):
    """The golden model's, as integers."""
    form = FPEC(config.bits, config.signed, config.magnitude)
    assert form.width == config.o.width
    bits = form.words(form.encode(np.ldexp(np.asarray(x, float), -config.right_shift)))
    return bits.astype(np.int64) @ (1 << np.arange(form.width))


def check(config, x, seed, stall=0.0):
    rng = np.random.default_rng(seed)
    y = clocked.run(config.build(), config.latency, rng=rng, stall=stall, x=x)
    np.testing.assert_array_equal(y, words(config, x))


@pytest.mark.parametrize("magnitude", [0, 1, 2])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("shift", [-2, 0, 1, 2, 3, 4, 7])
def test_every_sum(shift, signed, magnitude):
    config = EncodeFPEC.Config(x=S6, bits=3, signed=signed, magnitude=magnitude,
                               right_shift=shift)  # fmt: skip
    check(config, np.arange(-32, 32), shift + 3, 0.2)


@pytest.mark.parametrize(("x", "bits", "signed", "magnitude", "shift"), [
    (U8, 4, False, 0, 3), (U8, 3, True, 1, 4), (S8, 1, True, 0, 5), (S8, 1, False, 2, 4),
    (U6, 8, True, 0, 1), (S8, 4, True, 0, 12), (U6, 2, False, 2, 10),
])  # fmt: skip
def test_every_sum_of_other_formats(x, bits, signed, magnitude, shift):
    config = EncodeFPEC.Config(x=x, bits=bits, signed=signed, magnitude=magnitude,
                               right_shift=shift)  # fmt: skip
    check(config, np.arange(x.low, x.high + 1), bits)


@pytest.mark.parametrize("seed", range(8))
def test_random_formats_and_ends(seed):
    rng = np.random.default_rng(seed)
    x = Number(width=int(rng.integers(8, 21)), signed=bool(rng.integers(2)))
    config = EncodeFPEC.Config(x=x, bits=int(rng.integers(1, 9)), magnitude=seed % 3,
                               signed=bool(rng.integers(2)),
                               right_shift=int(rng.integers(-3, 12)))  # fmt: skip
    form = FPEC(config.bits, config.signed, config.magnitude)
    ends = np.array([form.q_low, form.q_high]) * 2.0**config.right_shift
    near = np.clip(np.add.outer(ends, np.arange(-40, 40)).ravel(), x.low, x.high).astype(int)
    check(config, np.concatenate([[x.low, x.high], near, clocked.draw(rng, x, 60)]), seed, 0.3)


def test_rounding_cells_of_the_paper():
    """2.75 becomes 3 less a half: an error of a quarter is a tie, away from zero."""
    config = EncodeFPEC.Config(x=S8, bits=4, right_shift=4)
    x = [round(16 * v) for v in (3.3125, 2.9375, 3.4375, 2.75, 2.25, 2.5)]
    y = clocked.run(config.build(), 2, rng=np.random.default_rng(0), x=x)
    there, negative = 16, 32
    assert y.tolist() == [3 | there, 3, 3 | there, 3 | there | negative, 2 | there,
                          3 | there | negative]  # fmt: skip


def test_saturates():
    config = EncodeFPEC.Config(x=S8, bits=4, magnitude=1, right_shift=2)
    y = clocked.run(config.build(), 2, rng=np.random.default_rng(0), x=[127, -128, 30, 29, -33])
    assert y.tolist() == [0b1_01_0111, 0b1_11_1000, 0b1_01_0111, 0b0_01_0111, 0b0_11_1000]


def test_in_a_stream():
    """As every encoder of a lane it stands in a stream."""
    unit = EncodeFPEC.Config(x=S8, bits=4, signed=False, right_shift=3)
    config = EncodeLanes.Config(items=8, lanes=4, unit=unit)
    rng = np.random.default_rng(3)
    x = rng.integers(-128, 128, (6, 4))
    result = stream.run(config.build(), x, 6, rng=rng, stall=0.4)
    np.testing.assert_array_equal(result.outputs.reshape(6, 4), words(unit, x))


@pytest.mark.parametrize(("bits", "magnitude", "most"), [(4, 0, 18), (6, 1, 26)])
def test_synthesis(bits, magnitude, most):
    config = EncodeFPEC.Config(x=S16, bits=bits, signed=False, magnitude=magnitude, right_shift=8)
    found = measure(config.build())
    assert found.cost.lut <= most
    assert found.timing.reg_to_reg_ps <= 3500


def test_sizes():
    config = EncodeFPEC.Config(x=S16, bits=4, magnitude=2)
    assert (config.o, config.latency) == (Number(width=8), 2)


@pytest.mark.parametrize(("fields", "error", "message"), [
    ({"x": BIPOLAR}, ValueError, "EncodeFPEC sums must not be bipolar"),
    *(({"bits": bits}, ValueError,
       f"EncodeFPEC bits must be an integer from 1 to 16, not {bits!r}") for bits in (0, 17, 2.0)),
    *(({"magnitude": some}, ValueError,
       f"EncodeFPEC magnitude must be an integer from 0 to 2, not {some!r}") for some in (-1, 3)),
    ({"right_shift": 1.5}, TypeError, "EncodeFPEC right_shift must be an integer, not 1.5"),
])  # fmt: skip
def test_wrong_config(fields, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        EncodeFPEC.Config(**{"x": S8, "bits": 4} | fields)
