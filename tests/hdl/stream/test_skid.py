# amaranth: UnusedElaboratable=no

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.stream.delay import delay
from hdl.stream.skid import skid
from sim import stream as run

LANES = stream.Signature(data.ArrayLayout(8, 2))


class Pipeline(wiring.Component):
    """Some registers in a row, all with the clock enable of the skid."""

    i: In(LANES)
    o: Out(LANES)

    def __init__(self, stages: int) -> None:
        self._stages = stages
        super().__init__()

    def elaborate(self, platform) -> Module:
        m, en = Module(), Signal()
        valid = delay(m, en, self.i.valid, self._stages, "valid", reset=True)
        payload = delay(m, en, self.i.payload.as_value(), self._stages, "payload")
        m.d.comb += [en.eq(skid(m, self.o, valid, payload)), self.i.ready.eq(en)]
        return m


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("stages", [1, 4])
def test_nothing_is_lost_and_no_cycle_added(stages, stall):
    rng = np.random.default_rng(stages)
    x = rng.integers(0, 256, (80, 2))
    result = run.run(Pipeline(stages), x, len(x), rng=rng, stall=stall)
    np.testing.assert_array_equal(result.outputs, x)
    if not stall:
        np.testing.assert_array_equal(result.o_times, result.i_times + stages)
        np.testing.assert_array_equal(np.diff(result.o_times), 1)
