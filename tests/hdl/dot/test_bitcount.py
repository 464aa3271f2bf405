# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.compress.heap import Heap
from hdl.dot.bitcount import BitCount
from hdl.number import Number
from tests.hdl import clocked
from tests.hdl.primitives import netlist_run


def port(bits, stages):
    """The bits (cycles, lanes) as they are driven: those of stage s, s cycles later."""
    stage = np.repeat(np.arange(len(stages)), stages)
    count, lanes = bits.shape
    late = np.zeros((count + len(stages) - 1, lanes), int)
    for lane in range(lanes):
        late[stage[lane] : stage[lane] + count, lane] = bits[:, lane]
    return [sum(bit << k for k, bit in enumerate(row)) for row in late.tolist()]


def count(stages, bits, seed, stall, run=clocked.run):
    dut = BitCount(BitCount.Config(stages=stages))
    found = run(dut, dut.config.latency, rng=np.random.default_rng(seed), stall=stall,
                x=port(bits, stages))  # fmt: skip
    return found[: len(bits)]


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 5, 6, 7, 8])
def test_every_pattern(lanes):
    bits = np.arange(1 << lanes)[:, None] >> np.arange(lanes) & 1
    np.testing.assert_array_equal(count((lanes,), bits, lanes, 0.0), bits.sum(axis=1))


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("stages", [(16,), (5, 1), (3, 0, 1), (13, 2), (1, 9)])
def test_random(stages, stall):
    rng = np.random.default_rng(sum(stages))
    bits = rng.integers(0, 2, (30, sum(stages)))
    bits[0], bits[1] = 0, 1
    np.testing.assert_array_equal(count(stages, bits, 1, stall), bits.sum(axis=1))


@pytest.mark.parametrize("stages", [(3,), (7,), (13, 2)])
def test_primitives(stages):
    bits = np.random.default_rng(2).integers(0, 2, (40, sum(stages)))
    found = count(stages, bits, 3, 0.3, run=netlist_run)
    np.testing.assert_array_equal(found, bits.sum(axis=1))


@pytest.mark.parametrize(("stages", "width", "latency", "luts"), [
    ((1,), 1, 0, 0), ((2,), 2, 1, 1), ((3,), 2, 1, 1), ((4,), 3, 1, 2), ((7,), 3, 1, 2),
    ((16,), 5, 3, 9), ((7, 1), 4, 3, 5),
])  # fmt: skip
def test_sizes(stages, width, latency, luts):
    config = BitCount.Config(stages=stages)
    assert (config.o, config.latency) == (Number(width=width), latency)
    assert config.luts <= luts
    assert config.lanes == sum(stages)
    assert config.heap == Heap(bits=tuple((n,) for n in stages))


@pytest.mark.parametrize("stages", [(), (0,), (0, 0)])
def test_nothing_to_count(stages):
    message = re.escape("BitCount lanes must be a positive integer, not 0")
    with pytest.raises(TypeError, match=f"^{message}$"):
        BitCount.Config(stages=stages)


def test_wrong_fabric():
    message = re.escape("Fabric must be one of xilinx, lut, portable, not 'ice40'")
    with pytest.raises(ValueError, match=f"^{message}$"):
        _ = BitCount.Config(stages=(3,), fabric="ice40").plan
