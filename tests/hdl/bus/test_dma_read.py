import re

import numpy as np
import pytest

from hdl.bus.axi import DECERR, SLVERR
from hdl.bus.dma_read import DMARead
from sim.stream import simulate
from tests.hdl.bus.axi_memory import (
    Memory,
    Noise,
    phases,
    places,
    refuses_a_byte_more,
    transfer,
)

PAGE = 0x1000_1000


def words_of(data, address, length):
    """As the words that hold the bytes."""
    return [sum(data[place + k] << 8 * k for k in range(8))
            for place in range(address, address + length, 8)]  # fmt: skip


def random_bytes(rng, start, count):
    return {start + k: int(byte) for k, byte in enumerate(rng.integers(256, size=count))}


def world(seed, config=None, **options):
    rng = np.random.default_rng(seed)
    dut = DMARead(config or DMARead.Config())
    return rng, dut, Memory(dut.bus, random_bytes(rng, PAGE - 4096, 8192), rng=rng, **options)


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_reads_any_region(stall):
    """Of 1 to 300 bytes, from each word before a border of 4 KB; no word beyond it is read."""
    rng, dut, memory = world(1, stall=stall, latency=4)

    async def bench(ctx):
        for number in range(24):
            address = PAGE - 8 * int(rng.integers(1, 40)) if number else PAGE - 8
            length = int(rng.integers(1, 301)) if number else 1
            memory.touched.clear()
            words, _, _, seen = await transfer(ctx, dut, memory, address + number % 8, length,
                                               stall=stall)  # fmt: skip
            assert words == words_of(memory.data, address, length) and not seen
            assert memory.touched == set(range(address, address + -(-length // 8) * 8))

    simulate(dut, bench)


def test_reads_from_any_place():
    """Of the whole memory; and to its end."""
    rng, dut, memory = world(8, latency=1)
    memory.data = Noise()

    async def bench(ctx):
        for address, length in places(rng, 20):
            words, *_, seen = await transfer(ctx, dut, memory, address, length)
            assert words == words_of(memory.data, address & -8, length) and not seen

    simulate(dut, bench)


@pytest.mark.parametrize("turns", [False, True])
def test_asks_for_as_many_words_as_it_has_room_for(turns):
    """Of a consumer that takes nothing for a while, and then some words, again and again.

    turns : the memory works only while no words are taken: all of them go, then come
    """
    works, ends = phases(200, 200 if turns else 33)
    _, dut, memory = world(9, latency=1, works=lambda now: not (turns and works(now)))

    async def bench(ctx):
        words, times, *_ = await transfer(ctx, dut, memory, PAGE - 4096, 6000, works=works)
        assert words == words_of(memory.data, PAGE - 4096, 6000)
        room, burst = dut.config.room, 16
        for now in ends:
            inside = sum(c <= now for c in memory.moved) - sum(cycle <= now for cycle in times)
            assert room - burst < inside <= room

    simulate(dut, bench)


def test_bursts_under_way():
    """As many as its configuration says, until the first is answered."""
    _, dut, memory = world(10, latency=400)

    async def bench(ctx):
        words, *_ = await transfer(ctx, dut, memory, PAGE - 2000, 3000)
        assert words == words_of(memory.data, PAGE - 2000, 3000)
        begun = [cycle for cycle, *_ in memory.addresses]
        assert begun[dut.config.bursts - 1] < memory.moved[0] < begun[dut.config.bursts]

    simulate(dut, bench)


def test_bandwidth():
    """64 KB from a memory that answers after 20 cycles: a word in every cycle from the first on."""
    rng, dut, memory = world(2, latency=20)
    memory.data = random_bytes(rng, PAGE, 1 << 16)

    async def bench(ctx):
        words, times, idle, _ = await transfer(ctx, dut, memory, PAGE, 1 << 16)
        assert words == words_of(memory.data, PAGE, 1 << 16)
        config = dut.config
        first = config.latency + 20 + config.queue.latency
        assert times == [*range(first, first + 8192)]
        assert idle == times[-1] + 2
        assert memory.addresses[0] == (config.latency, PAGE, 16)
        assert 8192 / (idle + 1) >= 0.95

    simulate(dut, bench)


def test_asks_for_no_more_than_it_has_room_for():
    """A consumer that takes a word now and then: R is never refused, which the memory checks."""
    _, dut, memory = world(3, DMARead.Config(room=36, bursts=2), latency=1)

    async def bench(ctx):
        words, *_ = await transfer(ctx, dut, memory, PAGE - 1000, 2000, stall=0.8)
        assert words == words_of(memory.data, PAGE - 1000, 2000)

    simulate(dut, bench)
    assert memory.rules.most["read"] == 2


@pytest.mark.parametrize(("response", "name"), [(SLVERR, "slverr"), (DECERR, "decerr")])
def test_tells_errors(response, name):
    _, dut, memory = world(4, errors={PAGE + 72: response})

    async def bench(ctx):
        *_, seen = await transfer(ctx, dut, memory, PAGE, 80)
        assert seen == {name}
        *_, seen = await transfer(ctx, dut, memory, PAGE, 72)
        assert not seen

    simulate(dut, bench)


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_abort(stall):
    """In any cycle: AXI3's rules hold, all that was asked for is taken, and the next run works."""
    _, dut, memory = world(5, stall=stall)

    async def bench(ctx):
        for cycle in [*range(1, 11), 26, 45, 150]:
            words, _, idle, seen = await transfer(ctx, dut, memory, PAGE - 2048, 3000, abort=cycle,
                                                  stall=stall)  # fmt: skip
            assert words == words_of(memory.data, PAGE - 2048, 3000)[: len(words)] and not seen
            assert stall or idle <= cycle + 160
            assert max(memory.begun["ar"], default=0) <= cycle
            memory.addresses.clear()
            words, *_ = await transfer(ctx, dut, memory, PAGE - 8, 20, stall=stall)
            assert words == words_of(memory.data, PAGE - 8, 20)

    simulate(dut, bench)


@pytest.mark.parametrize(("address", "length"), [(PAGE, 0), (0, 0), (0xFFFF_FFF8, 9),
                                                 (0x8000_0000, 0xFFFF_FFFF)])  # fmt: skip
def test_refuses(address, length):
    """Regions without bytes or beyond 4 GB."""
    _, dut, memory = world(6)

    async def bench(ctx):
        *_, idle, seen = await transfer(ctx, dut, memory, address, length)
        assert seen == {"refused"} and idle <= 4
        assert not memory.addresses
        words, *_ = await transfer(ctx, dut, memory, PAGE, 8)
        assert words == words_of(memory.data, PAGE, 8)

    simulate(dut, bench)


def test_reads_to_the_end_of_the_memory():
    rng, dut, memory = world(7)
    memory.data = random_bytes(rng, 0xFFFF_FF00, 256)

    async def bench(ctx):
        words, *_, seen = await transfer(ctx, dut, memory, 0xFFFF_FF00, 256)
        assert words == words_of(memory.data, 0xFFFF_FF00, 256) and not seen

    simulate(dut, bench)


def test_refuses_what_ends_beyond_4_gb_by_a_byte():
    rng, dut, memory = world(11)
    memory.data = Noise()

    async def bench(ctx):
        for address in map(int, rng.integers(1 << 32, size=20)):
            await refuses_a_byte_more(ctx, dut, memory, address)
            length = int(rng.integers(1, 300))
            words, *_ = await transfer(ctx, dut, memory, PAGE, length)
            assert words == words_of(memory.data, PAGE, length)

    simulate(dut, bench)


@pytest.mark.parametrize("name", ["room", "bursts", "ids"])
def test_wrong_sizes(name):
    message = re.escape(f"DMARead {name} must be a positive integer, not 0")
    with pytest.raises(TypeError, match=f"^{message}$"):
        DMARead.Config(**{name: 0})


def test_too_little_room():
    with pytest.raises(ValueError, match=r"^DMARead room must be at least 16 words, not 15$"):
        DMARead.Config(room=15)
