# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from hdl.accumulate.plain import Accumulator
from hdl.number import Number
from tests.hdl import clocked


def wrap(value, number):
    span = 1 << number.width
    return (value - number.low) % span + number.low


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("x", "o"), [
    (Number(width=3), Number(width=6)),
    (Number(width=4, signed=True), Number(width=7, signed=True)),
    (Number(width=3), Number(width=5, signed=True)),
    (Number(width=7, signed=True), Number(width=4, signed=True)),  # the sum fits, its parts do not
    (Number(width=1), Number(width=1)),
])  # fmt: skip
def test_running_sum_wraps(x, o, stall):
    rng = np.random.default_rng(x.width)
    dut = Accumulator(Accumulator.Config(x=x, o=o))
    first = rng.random(120) < 0.15
    first[0] = True
    parts, init = clocked.draw(rng, x, 120), clocked.draw(rng, o, 120)
    parts[:30] = x.high  # climbs over the rail

    y = clocked.run(dut, dut.config.latency, rng=rng, stall=stall, first=first, x=parts, init=init)

    total, expected = 0, []
    for start, part, from_ in zip(first, parts.tolist(), init.tolist()):
        total = wrap(part + (from_ if start else total), o)
        expected.append(total)
    np.testing.assert_array_equal(y, expected)


def test_only_the_last_sum_has_to_fit():
    dut = Accumulator(Accumulator.Config(x=Number(width=8, signed=True),
                                         o=Number(width=4, signed=True)))  # fmt: skip
    y = clocked.run(dut, 1, rng=np.random.default_rng(0), x=[100, 27, -127], first=[1, 0, 0],
                    init=[5, 0, 0])  # fmt: skip
    assert y[-1] == 5
