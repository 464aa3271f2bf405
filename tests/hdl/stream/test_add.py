# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number, holding
from hdl.stream.add import Add
from tests.hdl import clocked
from tests.hdl.stream import ports

FRAMES = 12
U4 = Number(width=4)
S3 = Number(width=3, signed=True)
S5 = Number(width=5, signed=True)
CASES = [  # items, lanes, x, gains, latency
    (4, 4, (U4, U4), ((1,), (1,)), 1),
    (6, 2, (S3, U4), ((1,), (-1,)), 1),
    (6, 4, (BIPOLAR, BIPOLAR), ((1,), (1,)), 1),
    (5, 2, (BIPOLAR, S3, U4), ((1,), (2,), (4,)), 1),
    (3, 3, (U4, U4), ((3,), (5,)), 2),
    (7, 3, (S5, BIPOLAR), ((-7,), (11,)), 2),
    (6, 2, (U4, S3), ((1, 2, 3, 4, 5, 6), (1,)), 2),
    (5, 2, (U4, U4), ((3, 5, -2, 0, 1), (-1, -1, 7, -8, 2)), 2),
    (5, 3, (S3, BIPOLAR), ((2, 4, 8, 2, 4), (-3, 1, 0, -3, 1)), 1),
    (4, 1, (S5, U4), ((1, -1, 1, -1), (0, 0, 0, 0)), 1),
    (3, 1, (U4, U4), ((0,), (0,)), 1),
    (3, 5, (U4, S3), ((1, 2, 3), (1,)), 1),
    (2, 2, (S3,), ((1365,),), 2),
    (2, 1, (U4,) * 5, ((1,),) * 5, 2),
    (2, 1, (S3,) * 10, ((1,), (-1,)) * 5, 3),
]  # fmt: skip


def make(items, lanes, x, gains, latency, wider=0):
    """The circuit's configuration with the narrowest output, or a wider one."""
    table = [np.broadcast_to(row, items) for row in gains]
    low = min(sum(np.minimum(g * n.low, g * n.high) for g, n in zip(table, x)))
    high = max(sum(np.maximum(g * n.low, g * n.high) for g, n in zip(table, x)))
    o = holding(int(low), int(high))
    config = Add.Config(items=items, lanes=lanes, x=x, gains=gains,
                        o=Number(width=o.width + wider, signed=o.signed))  # fmt: skip
    assert (config.bounds, config.latency) == ((low, high), latency)
    return config, table


def check(case, seed, wider=0, **options):
    """Runs pixels, compares the values, returns the cycles of the transfers."""
    rng = np.random.default_rng(seed)
    config, table = make(*case, wider)
    items, lanes = config.items, config.lanes
    inputs, wanted = {}, 0
    for k, (x, gains) in enumerate(zip(config.x, table)):
        pixels = clocked.draw(rng, x, (FRAMES, config.beats * lanes))
        pixels[0], pixels[1] = x.low, x.high
        pixels[2, :items] = np.where(gains > 0, x.high, x.low)
        pixels[3, :items] = np.where(gains > 0, x.low, x.high)
        wanted = wanted + gains * pixels[:, :items]
        inputs[f"i_{k}"] = ((pixels + 1) // 2 if x.bipolar else pixels).reshape(-1, lanes)
    values, times = ports.run(Add(config), inputs, {"o": FRAMES * config.beats}, rng=rng,
                              **options)  # fmt: skip
    np.testing.assert_array_equal(values["o"].reshape(FRAMES, -1)[:, :items], wanted)
    return config, times


@pytest.mark.parametrize("gap", [1, 3])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_adds(case, gap):
    rng = np.random.default_rng(gap)
    count = FRAMES * -(-case[0] // case[1])
    arrivals = [np.cumsum(rng.integers(0, gap, count)) for _ in case[2]]
    config, times = check(case, 1, arrivals={f"i_{k}": a for k, a in enumerate(arrivals)})
    accepted, departed = config.depart(*arrivals)
    assert len(accepted) == len(case[2])
    for k, cycles in enumerate(accepted):
        np.testing.assert_array_equal(times[f"i_{k}"][:count], cycles)
    np.testing.assert_array_equal(times["o"], departed)
    assert count == FRAMES * config.interval


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_stalls(case, stall):
    check(case, 2, stall=stall)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wider_output(case):
    check(case, 3, wider=3)


@pytest.mark.parametrize(("case", "adders", "registers", "gates"), [
    (CASES[0], 4, 4, 0), (CASES[4], 9, 9, 0), (CASES[7], 11, 7, 4), (CASES[8], 3, 3, 0),
    (CASES[9], 1, 1, 1), (CASES[10], 0, 0, 0), (CASES[14], 9, 7, 0),
])  # fmt: skip
def test_structure(case, adders, registers, gates):
    config, _ = make(*case)
    assert (config.adders, config.registers, len(config.gates)) == (adders, registers, gates)


@pytest.mark.parametrize("gain", range(-20, 21))
def test_every_small_gain(gain):
    terms = Add.Config(items=1, lanes=1, x=(S3,), gains=((gain,),), o=S3_LONG).terms[0]
    assert sum((1 << t.shift) * (-1 if t.negative else 1) for t in terms) == gain
    assert len(terms) <= 3


S3_LONG = Number(width=12, signed=True)
GOOD = dict(items=4, lanes=2, x=(U4, U4), gains=((1,), (1,)), o=Number(width=5))


@pytest.mark.parametrize("name", ["items", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Add {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Add.Config(**{**GOOD, name: value})


@pytest.mark.parametrize(("change", "message"), [
    (dict(gains=((1,),)),
     "Add gains must be those of each of at least one input, not of 1 for 2 inputs"),
    (dict(x=(), gains=()),
     "Add gains must be those of each of at least one input, not of 0 for 0 inputs"),
    (dict(gains=((1,), (1, 2))), "Add gains of input 1 must be one or 4, not 2"),
    (dict(gains=((), (1,))), "Add gains of input 0 must be one or 4, not 0"),
    (dict(o=U4), f"Add o must hold sums from 0 to 30, not {U4}"),
    (dict(gains=((1,), (-1,))), f"Add o must hold sums from -15 to 15, not {GOOD['o']}"),
    (dict(gains=((1, 1, 1, 2), (1,))), f"Add o must hold sums from 0 to 45, not {GOOD['o']}"),
    (dict(x=(BIPOLAR,), gains=((1,),), o=BIPOLAR),
     f"Add o must hold sums from -1 to 1, not {BIPOLAR}"),
])  # fmt: skip
def test_impossible(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Add.Config(**{**GOOD, **change})
