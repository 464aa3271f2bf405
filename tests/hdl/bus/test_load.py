# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.bus.load import ADDRESS, Chain, Window
from sim import stream


def test_windows_follow_each_other():
    """A window lies at a multiple of its size, so that an address is cut into fields."""
    one = Window(words=5, parts=3)
    assert (one.stride, one.size, one.end) == (8, 32, 32)
    assert one.after(33) == Window(words=5, parts=3, base=64)
    assert one.after(64).base == 64
    single = Window(words=1, parts=1)
    assert (single.stride, single.size, single.after(7).end) == (1, 1, 8)


def test_links_have_a_word_one_after_the_other():
    rng = np.random.default_rng(1)
    dut = Chain(Chain.Config(links=3, address_bits=10))
    words = [(int(rng.integers(1 << 12)), int(rng.integers(1 << 32)), int(rng.integers(2)))
             for _ in range(60)]  # fmt: skip
    found = [[] for _ in range(3)]

    async def bench(ctx):
        for address, data, valid in [*words, *[(0, 0, False)] * 8]:
            ctx.set(dut.i.address, address)
            ctx.set(dut.i.data, data)
            ctx.set(dut.i.valid, valid)
            for link, got in enumerate(found):
                port = getattr(dut, f"o_{link}")
                taken = (ctx.get(port.address), ctx.get(port.data))
                got.append(taken if ctx.get(port.valid) else None)
            await ctx.tick()

    stream.simulate(dut, bench)
    expected = [(address, data) if valid and address < 1 << 10 else None
                for address, data, valid in words]  # fmt: skip
    for link, got in enumerate(found):
        assert got[link + 2 :][: len(words)] == expected
    assert dut.config.ff == 4 * (10 + 32 + 1)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Window(words=0, parts=1), "Window words must be a positive integer, not 0"),
    (lambda: Window(words=5, parts=3, base=16),
     "Window base must be a multiple of its size 32 below 2^24, not 16"),
    (lambda: Window(words=5, parts=3, base=1 << ADDRESS),
     "Window base must be a multiple of its size 32 below 2^24, not 16777216"),
    (lambda: Chain.Config(links=0), "Chain links must be a positive integer, not 0"),
    (lambda: Chain.Config(links=1, address_bits=25),
     "Chain address_bits must be at most 24, not 25"),
])  # fmt: skip
def test_refuses(make, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        make()
