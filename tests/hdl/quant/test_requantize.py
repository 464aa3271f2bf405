# amaranth: UnusedElaboratable=no
"""The unit whose parameters come with each sum, and the worked example."""

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.quant.requantize import Requantize
from sim.golden import affine
from tests.hdl import clocked
from tests.hdl.primitives import netlist_run

U8, S8, S20 = Number(width=8), Number(width=8, signed=True), Number(width=20, signed=True)
HALF = 1 << 30


def config(**changes):
    fields = {"x": S20, "o": U8, "zero_point": 3, "low": 0, "high": 255}
    return Requantize.Config(**fields | changes)


def inputs(made, rng, count=400):
    """x, and by name what else goes into a transfer, constants included; and the golden codes."""
    x = clocked.draw(rng, made.x, count)
    x[:4] = made.x.low, made.x.high, 0, made.x.low
    x[4:60] = np.clip(np.arange(-28, 28), made.x.low, made.x.high)
    shift = rng.integers(made.right[0], made.right[1] + 1, count)
    shift[:2] = made.right
    left = np.where(shift > 0, 0, rng.integers(0, made.left + 1, count))
    factor = rng.integers(1 << 30, 1 << 31, count)
    factor[3:30], factor[0], factor[1] = HALF, (1 << 31) - 1, 0
    values = {"multiplier": factor << left, "shift": shift}
    if made.shift is not None:
        values["shift"][:] = made.shift
        values["multiplier"] = factor << np.where(made.shift, 0, left)
    if made.multiplier is not None:
        values["multiplier"][:] = made.multiplier
    low, high = np.sort(clocked.draw(rng, made.o, (2, count)), axis=0)
    values |= {"zero_point": clocked.draw(rng, made.o, count), "low": low, "high": high}
    for name in ("zero_point", "low", "high"):
        if getattr(made, name) is not None:
            values[name][:] = getattr(made, name)
    x[60::2] = [_border(made, values, row, rng) for row in range(60, count, 2)]
    if made.multiplier is None:
        _ties(made, x[61::4], {name: values[name][61::4] for name in ("multiplier", "shift")})
    return finished(made, x, values)


def finished(made, x, values):
    """What goes into the ports, and the golden codes."""
    # A product as wide as the shifted multiplier is that of the shifted sum.
    high_half = np.array([(int(a) * int(b) + HALF) >> 31 for a, b in zip(x, values["multiplier"])])
    y = affine.divide_by_power(high_half, values["shift"]) + values["zero_point"]
    y = np.clip(y, values["low"], values["high"])
    return {"x": x} | values | {"shift": values["shift"] - made.right[0]}, y


def simulate(made, values, rng, runner=clocked.run, stall=0.3):
    dut = made.build()
    ports = {name: np.asarray(value) for name, value in values.items() if hasattr(dut, name)}
    return runner(dut, made.latency, rng=rng, stall=stall, **ports)


def _border(made, values, row, rng) -> int:
    """A sum where the code becomes another that is not clipped, or one beside it."""
    code, low, high, shift, factor = (
        int(values[name][row]) for name in ("zero_point", "low", "high", "shift", "multiplier"))
    least = _least(int(rng.integers(low, high + 2)) - code, shift, factor) if factor else 0
    return min(max(least + int(rng.integers(-1, 2)), made.x.low), made.x.high)


def _least(code, shift, factor) -> int:
    """The first sum, or one beside it, of a code less the zero point."""
    return -(-(2 * code - 1 << 30 + shift) // factor)


def _ties(made, x, values) -> None:
    """Odd sums with multipliers that bring the product to the next tie but for one of its bits."""
    x |= 1
    for row, one in enumerate(x.tolist()):
        values["multiplier"][row] = pow(one, -1, 1 << 31) * (HALF - 1 - (1 << row % 30)) % (1 << 31)
    values["shift"][:] = made.right[0] if made.shift is None else made.shift


CONFIGS = [  # changes, latency
    ({}, 8),
    ({"right": (0, 0)}, 6),
    ({"right": (5, 5)}, 7),
    ({"right": (7, 9)}, 8),
    ({"right": (0, 1)}, 8),
    ({"right": (1, 2)}, 8),
    ({"right": (31, 31)}, 7),
    ({"right": (3, 6), "shift": 4}, 8),
    ({"right": (0, 6), "shift": 0, "multiplier": 1431655765}, 8),
    ({"right": (7, 9), "left": 3, "o": S8, "zero_point": -7, "low": -128, "high": 127}, 8),
    ({"right": (0, 2), "left": 5}, 9),
    ({"right": (0, 2), "left": 2, "zero_point": None, "low": None, "high": None}, 8),
    ({"o": S8, "zero_point": None, "low": None, "high": None, "right": (8, 12)}, 8),
    ({"x": Number(width=30, signed=True), "right": (18, 20)}, 10),
    ({"x": Number(width=32, signed=True)}, 10),
    ({"x": Number(width=24), "right": (14, 16)}, 8),
    ({"x": Number(width=9, signed=True), "o": Number(width=16, signed=True), "right": (0, 3),
      "low": -300, "high": 32767}, 8),
    ({"multiplier": HALF, "product": "constant", "right": (11, 11)}, 4),
    ({"multiplier": HALF, "product": "constant", "right": (9, 12)}, 5),
    ({"multiplier": HALF << 3, "left": 3, "product": "constant", "right": (0, 0)}, 3),
    ({"multiplier": 1431655765, "product": "constant", "right": (9, 9)}, 8),
    ({"multiplier": 1431655765, "product": "constant", "right": (9, 9), "levels": 5}, 9),
    ({"multiplier": 0x7F0F00FF, "product": "constant", "right": (8, 10), "o": S8,
      "zero_point": -7, "low": -9, "high": 127}, 8),
    ({"multiplier": 1 << 27, "product": "constant", "right": (0, 8), "x": Number(width=20)}, 5),
]  # fmt: skip


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("changes", "latency"), CONFIGS)
def test_matches_golden(changes, latency, stall):
    made = config(**changes)
    assert made.latency == latency
    rng = np.random.default_rng(latency)
    values, y = inputs(made, rng)
    np.testing.assert_array_equal(simulate(made, values, rng, stall=stall), y)


@pytest.mark.parametrize("changes", [CONFIGS[k][0] for k in (8, 20, 22)])
def test_every_code(changes):
    """Sums on both sides of where it begins; likewise beyond the limits, by powers of two."""
    made = config(**changes)
    far = 1 << np.arange(made.width - 1)
    codes = np.r_[made.low + 1 - far, made.low : made.high + 2, made.high + far]
    shifts = range(made.right[0], made.right[1] + 1) if made.shift is None else [made.shift]
    first = [(_least(code - made.zero_point, n, made.multiplier), n)
             for n in shifts for code in codes.tolist()]  # fmt: skip
    x, shift = np.array([(sums + beside, n) for sums, n in first for beside in (-1, 0, 1)]).T
    fixed = {name: np.full(len(x), getattr(made, name))
             for name in ("multiplier", "zero_point", "low", "high")}  # fmt: skip
    values, y = finished(made, np.clip(x, made.x.low, made.x.high), {"shift": shift} | fixed)
    np.testing.assert_array_equal(simulate(made, values, np.random.default_rng(0)), y)


@pytest.mark.parametrize("changes", [CONFIGS[k][0] for k in (3, 9, 13, 18)])
def test_netlist(changes):
    """DSP48E1s as yosys models them."""
    made = config(**changes)
    rng = np.random.default_rng(1)
    values, y = inputs(made, rng, 100)
    np.testing.assert_array_equal(simulate(made, values, rng, netlist_run), y)


@pytest.mark.parametrize("seed", range(12))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    sign, width = bool(rng.integers(2)), int(rng.integers(2, 31))
    o = Number(width=int(rng.integers(2, 13)), signed=bool(rng.integers(2)))
    lowest, highest = sorted(int(n) for n in rng.integers(0, 32, 2))
    made = config(x=Number(width=width, signed=sign), o=o, right=(lowest, highest),
                  left=int(rng.integers(0, 32 - width)), zero_point=None, low=None,
                  high=None)  # fmt: skip
    values, y = inputs(made, rng, 80)
    np.testing.assert_array_equal(simulate(made, values, rng), y)


@pytest.mark.parametrize("product", ["dsp", "constant"])
def test_worked_example(product):
    """q1 = [13, 8] about 10 by q2 = [8, 2] about 4: 120, less what the zero points add 16, so 7."""
    folded = 13 * 8 + 8 * 2 - 4 * (13 + 8) + (2 * 10 * 4 - 10 * (8 + 2))
    assert folded == 16
    multiplier, shift = affine.quantize_multiplier(0.1 * 0.05 / 0.02)
    made = config(multiplier=multiplier, right=(shift, shift), product=product)
    y = simulate(made, {"x": [folded]}, np.random.default_rng(0))
    assert y.tolist() == [7]


@pytest.mark.parametrize(("changes", "message"), [
    ({"right": (3, 2)}, "Requantize right shifts must be 0 to 31 and ascend, not (3, 2)"),
    ({"right": (0, 32)}, "Requantize right shifts must be 0 to 31 and ascend, not (0, 32)"),
    ({"right": (3, 4), "shift": 5}, "Requantize shift must be from 3 to 4, not 5"),
    ({"left": 13}, "Requantize left must be 0 to 12 for sums of 20 bits, not 13"),
    ({"x": Number(width=33)}, "Requantize left must be 0 to 0 for sums of 34 bits, not 0"),
    ({"x": BIPOLAR}, "Requantize numbers must not be bipolar"),
    ({"zero_point": 256}, "Requantize zero_point must be from 0 to 255, not 256"),
    ({"low": -1}, "Requantize low must be from 0 to 255, not -1"),
    ({"high": 300}, "Requantize high must be from 0 to 255, not 300"),
    ({"product": "lut"}, "Requantize product must be dsp or constant, not 'lut'"),
    ({"product": "constant"}, "Requantize multiplier must be given for a product of constants"),
    ({"product": "constant", "multiplier": 1 << 31},
     "ConstantHighMul multiplier must be an unsigned number of 31 bits, not 2147483648"),
    ({"multiplier": -1}, "HighMul multiplier must be an unsigned number of 31 bits, not -1"),
])  # fmt: skip
def test_refusals(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        config(**changes)
