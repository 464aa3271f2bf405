# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.number import BIPOLAR, Number
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_lanes import EncodeLanes
from sim.golden.formats.biscaled import BiScaled
from tests.hdl import clocked

S12, U12 = Number(width=12, signed=True), Number(width=12)

CONFIGS = [  # x, bits, shift, signed, right shift, threshold
    (S12, 6, 2, True, 2, None), (S12, 6, 2, False, 3, None), (U12, 5, 3, False, 3, None),
    (S12, 4, 3, True, 5, None), (S12, 6, 2, True, 0, 20), (S12, 6, 2, False, 1, 7),
    (S12, 6, 1, True, -2, None), (Number(width=5), 6, 2, False, -1, None),
    (Number(width=5, signed=True), 3, 2, True, 7, None), (S12, 2, 1, True, 10, 1),
    (Number(width=3, signed=True), 6, 2, True, 0, None), (U12, 1, 1, False, 11, None),
]  # fmt: skip


def of(x, bits, shift, signed, right_shift, threshold):
    config = EncodeBiScaled.Config(x=x, bits=bits, shift=shift, signed=signed,
                                   right_shift=right_shift, threshold=threshold)  # fmt: skip
    return config, BiScaled(bits, shift, signed, threshold)


def values(form, words):
    """The numbers of words as integers."""
    return form.values(np.asarray(words)[..., None] >> np.arange(form.width) & 1)


@pytest.mark.parametrize("sizes", CONFIGS)
def test_every_sum(sizes):
    """All rails, ties and signs; the words of the golden model but for one number."""
    config, form = of(*sizes)
    x = np.arange(config.x.low, config.x.high + 1)
    rng = np.random.default_rng(1)
    o = clocked.run(config.build(), config.latency, rng=rng, stall=0.1, x=x)
    expected = form.encode(np.ldexp(x.astype(float), -config.right_shift))
    np.testing.assert_array_equal(values(form, o), expected)
    fine = (expected > form.q_low) & (expected <= form.q_high)
    if form.threshold is None:
        np.testing.assert_array_equal((o >> form.bits)[fine], 0)
    assert config.latency == 2


@pytest.mark.parametrize("seed", range(8))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    signed = bool(rng.integers(2))
    bits = int(rng.integers(1 + signed, 9))
    x = Number(width=int(rng.integers(1, 24)), signed=bool(rng.integers(2)))
    threshold = int(rng.integers(1, 1 << bits)) if seed % 2 else None
    config, form = of(x, bits, int(rng.integers(1, bits - signed + 1)), signed,
                      int(rng.integers(-3, x.width)), threshold)  # fmt: skip
    sums = clocked.draw(rng, x, 150)
    sums[::2] >>= rng.integers(0, x.width, 75)
    sums[:2] = x.low, x.high
    o = clocked.run(config.build(), config.latency, rng=rng, stall=0.2, x=sums)
    expected = form.encode(np.ldexp(sums.astype(float), -config.right_shift))
    np.testing.assert_array_equal(values(form, o), expected)


def test_deck():
    """SEED_SYSTEMS.md, biscaled_deck, in units of 1 / 16; a threshold tells y's 14.9 to be wide."""
    x = [int(v * 16 + 0.5) for v in (5.1, 44.9, 14.9, 2.9)]
    rng = np.random.default_rng(0)
    for threshold, third in ((None, 15), (14, 1 << 6 | 4)):
        config, _ = of(S12, 6, 2, True, 4, threshold)
        o = clocked.run(config.build(), 2, rng=rng, x=x)
        np.testing.assert_array_equal(o, [5, 1 << 6 | 11, third, 3])


def test_lanes():
    """It is a unit of a stream's encoder."""
    config, _ = of(S12, 6, 2, False, 3, None)
    assert EncodeLanes.Config(items=8, lanes=4, unit=config).latency >= config.latency


def test_resources_and_time():
    config, _ = of(Number(width=20, signed=True), 6, 2, False, 9, None)
    found = measure(config.build())
    assert found.cost.lut <= 20
    assert found.timing.reg_to_reg.ps <= 2600


@pytest.mark.parametrize(("fields", "kind", "message"), [
    ({"bits": 0}, TypeError, "EncodeBiScaled bits must be a positive integer, not 0"),
    ({"shift": 0}, TypeError, "EncodeBiScaled shift must be a positive integer, not 0"),
    ({"threshold": 0}, TypeError, "EncodeBiScaled threshold must be a positive integer, not 0"),
    ({"right_shift": 1.0}, TypeError, "EncodeBiScaled right_shift must be an integer, not 1.0"),
    ({"shift": 6}, ValueError, "EncodeBiScaled shift must be at most 5 of 6 signed bits, not 6"),
    ({"shift": 7, "signed": False}, ValueError,
     "EncodeBiScaled shift must be at most 6 of 6 unsigned bits, not 7"),
    ({"x": BIPOLAR}, ValueError, "EncodeBiScaled sums must not be bipolar"),
])  # fmt: skip
def test_wrong_config(fields, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        EncodeBiScaled.Config(**{"x": S12, "bits": 6, "shift": 2} | fields)
