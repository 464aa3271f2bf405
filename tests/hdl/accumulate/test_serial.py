# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from generators.synth.synthesize import synthesize
from hdl.accumulate.serial import SerialAccumulator
from hdl.number import Number
from tests.hdl import clocked


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("x", "o"), [(3, 9), (4, 4), (7, 3), (1, 1)])
def test_running_sum_is_doubled_and_wraps(x, o, stall):
    rng = np.random.default_rng(x)
    config = SerialAccumulator.Config(x=Number(width=x), o=Number(width=o))
    first, double = rng.random(200) < 0.1, rng.random(200) < 0.3
    first[0] = double[0] = True  # which of both holds
    counts = clocked.draw(rng, config.x, 200)
    counts[:30] = config.x.high

    y = clocked.run(SerialAccumulator(config), config.latency, rng=rng, stall=stall, first=first,
                    double=double, x=counts)  # fmt: skip

    total, expected = 0, []
    for start, twice, count in zip(first, double, counts.tolist()):
        total = (count + (0 if start else 2 * total if twice else total)) % (1 << o)
        expected.append(total)
    np.testing.assert_array_equal(y, expected)


def test_takes_a_lut_a_bit():
    config = SerialAccumulator.Config(x=Number(width=6), o=Number(width=14))
    cost = synthesize(SerialAccumulator(config))
    assert (cost.lut, cost.ff) == (14, 14)
