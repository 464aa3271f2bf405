import pytest
from amaranth.hdl import Const, Module, Shape, Signal, signed, unsigned
from amaranth.sim import Simulator

from hdl.lookup import lookup


@pytest.mark.parametrize(("words", "shape"), [
    ([5], unsigned(3)),
    ([0, 0], unsigned(1)),
    ([-4, -4, -4], signed(3)),
    ([0, 1], unsigned(1)),
    ([3, -1, 7, 2, 0], signed(4)),
    ([-9, -3, -5], signed(5)),
    ([1 << 40, 0, 1], unsigned(41)),
])  # fmt: skip
def test_every_word(words, shape):
    m, address = Module(), Signal(range(len(words)))
    value = lookup(m, words, address, "table")
    seen = Signal(Shape(value.shape().width + 1, signed=True))
    m.d.comb += seen.eq(value)
    assert value.shape() == shape
    assert isinstance(value, Const) == (len(set(words)) == 1)

    async def bench(ctx):
        for index, word in enumerate(words):
            ctx.set(address, index)
            assert ctx.get(seen) == word

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()
