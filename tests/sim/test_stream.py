# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Module, Shape, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from sim.stream import run


class Wire(wiring.Component):
    """Wires, or a break of the rules of streams: dropped valid or changing payload."""

    def __init__(self, payload, fault=""):
        self.fault = fault
        super().__init__({"i": In(stream.Signature(payload)), "o": Out(stream.Signature(payload))})

    def elaborate(self, platform):
        m = Module()
        odd = Signal()
        m.d.sync += odd.eq(~odd)
        wiring.connect(m, wiring.flipped(self.i), wiring.flipped(self.o))
        if self.fault == "valid":
            m.d.comb += [self.o.valid.eq(odd), self.i.ready.eq(0)]
        if self.fault == "payload":
            m.d.comb += self.o.payload.eq(odd)
        if self.fault == "deaf":
            m.d.comb += self.i.ready.eq(0)
        return m


@pytest.mark.parametrize("stall", [0.0, 0.3])
@pytest.mark.parametrize("shape", [unsigned(1), signed(1), signed(5), unsigned(8), signed(40)])
def test_lanes(shape, stall):
    rng = np.random.default_rng(shape.width)
    low, high = (-1 << shape.width - 1, 1 << shape.width - 1) if shape.signed else (
        0, 1 << shape.width)
    x = rng.integers(low, high, (20, 3))
    x[0], x[1] = low, high - 1

    result = run(Wire(data.ArrayLayout(shape, 3)), x, 20, rng=rng, stall=stall)

    np.testing.assert_array_equal(result.outputs, x)
    np.testing.assert_array_equal(result.i_times, result.o_times)
    assert result.cycles == result.o_times[-1] - result.i_times[0]
    if not stall:
        np.testing.assert_array_equal(result.o_times, np.arange(20))


def test_plain_payload():
    result = run(Wire(signed(4)), np.arange(-8, 8), 16, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(result.outputs, np.arange(-8, 8))
    assert result.cycles == 15


def test_wide_lanes():
    x = np.array([[(1 << 70) - 1, -1 << 70]], object)
    result = run(Wire(data.ArrayLayout(signed(71), 2)), x, 1, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(result.outputs, x)


def test_arrivals():
    arrivals = np.array([2, 2, 7, 8])
    result = run(Wire(Shape(4)), np.arange(4), 4, rng=np.random.default_rng(0), arrivals=arrivals)
    np.testing.assert_array_equal(result.i_times, [2, 3, 7, 8])


def test_same_seed_same_run():
    times = [run(Wire(Shape(4)), np.arange(9), 9, rng=np.random.default_rng(1), stall=0.5).o_times
             for _ in range(2)]
    np.testing.assert_array_equal(*times)


@pytest.mark.parametrize(("fault", "message"), [
    ("valid", r"Valid must not drop before the transfer, at edge \d+"),
    ("payload", r"Payload must be stable until the transfer, at edge \d+"),
])
def test_broken_rules(fault, message):
    with pytest.raises(AssertionError, match=f"^{message}"):
        run(Wire(Shape(4), fault), np.arange(9), 9, rng=np.random.default_rng(1), stall=0.5)


def test_deadline():
    with pytest.raises(TimeoutError, match=r"^9 of 10 outputs after 50 cycles$"):
        run(Wire(Shape(4)), np.arange(9), 10, rng=np.random.default_rng(1), deadline=50)


@pytest.mark.parametrize(("payload", "inputs", "message"), [
    (data.ArrayLayout(4, 3), np.zeros((5, 2), int),
     "Inputs must have shape (transfers, 3), not (5, 2)"),
    (Shape(4), np.zeros((5, 2), int), "Inputs must have shape (transfers,), not (5, 2)"),
    (signed(4), np.array([8]), "Inputs must fit signed(4)"),
    (signed(4), np.array([-9]), "Inputs must fit signed(4)"),
    (unsigned(4), np.array([-1]), "Inputs must fit unsigned(4)"),
    (unsigned(4), np.array([16]), "Inputs must fit unsigned(4)"),
])
def test_wrong_inputs(payload, inputs, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        run(Wire(payload), inputs, 1, rng=np.random.default_rng(0))
