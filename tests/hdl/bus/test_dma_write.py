import re

import numpy as np
import pytest

from hdl.bus.axi import DECERR, SLVERR
from hdl.bus.dma_write import DMAWrite
from sim.stream import simulate
from tests.hdl.bus.axi_memory import (
    Memory,
    phases,
    places,
    refuses_a_byte_more,
    transfer,
)

PAGE = 0x1000_1000


def world(seed, config=None, **options):
    rng = np.random.default_rng(seed)
    dut = DMAWrite(config or DMAWrite.Config())
    return rng, dut, Memory(dut.bus, {}, rng=rng, **options)


def words_of(rng, length):
    return [int.from_bytes(rng.bytes(8), "little") for _ in range(-(-length // 8))]


def line_of(words, length):
    """The bytes of words."""
    return list(b"".join(word.to_bytes(8, "little") for word in words)[:length])


def written(memory, address, length):
    return [memory.data.get(place) for place in range(address, address + length)]


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_writes_any_region(stall):
    """Of 1 to 300 bytes, from each word before a border of 4 KB; no byte beyond it is written."""
    rng, dut, memory = world(1, stall=stall, latency=4)

    async def bench(ctx):
        for number in range(24):
            address = PAGE - 8 * int(rng.integers(1, 40)) if number else PAGE - 8
            length = int(rng.integers(1, 301)) if number else 1
            memory.touched.clear()
            words = words_of(rng, length)
            *_, seen = await transfer(ctx, dut, memory, address + number % 8, length, words=words,
                                      stall=stall)  # fmt: skip
            assert written(memory, address, length) == line_of(words, length) and not seen
            assert memory.touched == set(range(address, address + length))

    simulate(dut, bench)


def test_writes_to_any_place():
    """Of the whole memory; and to its end."""
    rng, dut, memory = world(10, latency=1)

    async def bench(ctx):
        for address, length in places(rng, 20):
            memory.touched.clear()
            words = words_of(rng, length)
            *_, seen = await transfer(ctx, dut, memory, address, length, words=words)
            assert written(memory, address & -8, length) == line_of(words, length) and not seen
            assert len(memory.touched) == length

    simulate(dut, bench)


@pytest.mark.parametrize("turns", [False, True])
def test_takes_as_many_words_as_it_has_room_for(turns):
    """Of a memory that takes nothing for a while, and then some words, again and again.

    turns : words come only while the memory takes none: all of them go, then come
    """
    works, ends = phases(100, 100 if turns else 45)
    rng, dut, memory = world(11, latency=1, works=works)
    words = words_of(rng, 4000)

    async def bench(ctx):
        _, times, *_ = await transfer(ctx, dut, memory, PAGE, 4000, words=words,
                                      works=lambda now: not (turns and works(now)))  # fmt: skip
        assert written(memory, PAGE, 4000) == line_of(words, 4000)
        for now in ends:
            inside = sum(cycle <= now for cycle in times) - sum(c <= now for c in memory.moved)
            assert inside == dut.config.room

    simulate(dut, bench)


def test_bursts_under_way():
    """As many as its configuration says, until the first is answered."""
    rng, dut, memory = world(12, latency=400)
    words = words_of(rng, 3000)

    async def bench(ctx):
        await transfer(ctx, dut, memory, PAGE, 3000, words=words)
        assert written(memory, PAGE, 3000) == line_of(words, 3000)
        begun = [cycle for cycle, *_ in memory.addresses]
        count = dut.config.bursts
        assert begun[count - 1] < memory.moved[16 * (count - 1)] <= memory.moved[15] + 400
        assert begun[count] > memory.moved[15] + 400

    simulate(dut, bench)


def test_bandwidth():
    """64 KB to a memory that answers after 20 cycles: a word in every cycle from the first on."""
    rng, dut, memory = world(2, latency=20)
    words = words_of(rng, 1 << 16)

    async def bench(ctx):
        _, times, idle, _ = await transfer(ctx, dut, memory, PAGE, 1 << 16, words=words)
        assert written(memory, PAGE, 1 << 16) == line_of(words, 1 << 16)
        assert times == [*range(1, 1 + 8192)]
        # Data leave the cycle after the address, and the last is answered 20 cycles later.
        asked = [cycle for cycle, *_ in memory.addresses]
        assert asked[0] == times[15] + dut.config.latency
        assert idle == asked[0] + 1 + 8191 + 20 + 2
        assert 8192 / (idle + 1) >= 0.95

    simulate(dut, bench)


def test_words_come_before_the_address():
    """A stalled producer never blocks the memory: data follow the address without a gap."""
    rng, dut, memory = world(3, latency=1)
    words = words_of(rng, 2000)

    async def bench(ctx):
        _, times, *_ = await transfer(ctx, dut, memory, PAGE - 1000, 2000, words=words, stall=0.7)
        assert written(memory, PAGE - 1000, 2000) == line_of(words, 2000)
        count = 0
        for cycle, _, beats in memory.addresses:
            count += beats
            assert cycle > times[count - 1]
        assert not memory.gaps

    simulate(dut, bench)


def test_drops_words_beyond_the_region():
    rng, dut, memory = world(8)

    async def bench(ctx):
        for address in (PAGE, PAGE - 16):
            words = words_of(rng, 200)
            memory.touched.clear()
            await transfer(ctx, dut, memory, address, 50, words=words)
            assert written(memory, address, 50) == line_of(words, 50)
            assert len(memory.touched) == 50

    simulate(dut, bench)


@pytest.mark.parametrize(("response", "name"), [(SLVERR, "slverr"), (DECERR, "decerr")])
def test_tells_errors(response, name):
    rng, dut, memory = world(4, errors={PAGE + 72: response})

    async def bench(ctx):
        *_, seen = await transfer(ctx, dut, memory, PAGE, 80, words=words_of(rng, 80))
        assert seen == {name}
        *_, seen = await transfer(ctx, dut, memory, PAGE, 72, words=words_of(rng, 72))
        assert not seen

    simulate(dut, bench)


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_abort(stall):
    """In any cycle: begun bursts end without writing more, and the next run works."""
    rng, dut, memory = world(5, stall=stall)

    async def bench(ctx):
        for cycle in [1, 4, 5, 6, *range(17, 26), 34, 90, 150]:
            words = words_of(rng, 3000)
            memory.touched.clear()
            *_, idle, seen = await transfer(ctx, dut, memory, PAGE - 2048, 3000, words=words,
                                            abort=cycle, stall=stall)  # fmt: skip
            count = len(memory.touched)
            assert memory.touched == set(range(PAGE - 2048, PAGE - 2048 + count)) and not seen
            assert written(memory, PAGE - 2048, count) == line_of(words, count)
            assert max(memory.begun["aw"], default=0) <= cycle
            assert count == 8 * sum(now <= cycle for now in memory.begun["w"])
            assert stall or idle <= cycle + 60
            memory.touched.clear()
            words = words_of(rng, 20)
            await transfer(ctx, dut, memory, PAGE - 8, 20, words=words, stall=stall)
            assert written(memory, PAGE - 8, 20) == line_of(words, 20)
            assert len(memory.touched) == 20

    simulate(dut, bench)


def test_waits_for_words_until_abort():
    rng, dut, memory = world(9)

    async def bench(ctx):
        *_, idle, seen = await transfer(ctx, dut, memory, PAGE, 256, words=words_of(rng, 200),
                                        abort=500)  # fmt: skip
        assert idle == 503 and not seen
        assert len(memory.touched) == 128

    simulate(dut, bench)


@pytest.mark.parametrize(("address", "length"), [(PAGE, 0), (0, 0), (0xFFFF_FFF8, 9),
                                                 (0x8000_0000, 0xFFFF_FFFF)])  # fmt: skip
def test_refuses(address, length):
    """Regions without bytes or beyond 4 GB."""
    rng, dut, memory = world(6)

    async def bench(ctx):
        *_, idle, seen = await transfer(ctx, dut, memory, address, length, words=[1, 2])
        assert seen == {"refused"} and idle <= 4
        assert not memory.addresses
        words = words_of(rng, 8)
        await transfer(ctx, dut, memory, PAGE, 8, words=words)
        assert written(memory, PAGE, 8) == line_of(words, 8)

    simulate(dut, bench)


def test_refuses_what_ends_beyond_4_gb_by_a_byte():
    rng, dut, memory = world(13)

    async def bench(ctx):
        for address in map(int, rng.integers(1 << 32, size=20)):
            await refuses_a_byte_more(ctx, dut, memory, address)
            length = int(rng.integers(1, 300))
            words = words_of(rng, length)
            await transfer(ctx, dut, memory, PAGE, length, words=words)
            assert written(memory, PAGE, length) == line_of(words, length)

    simulate(dut, bench)


@pytest.mark.parametrize("name", ["room", "bursts", "ids"])
def test_wrong_sizes(name):
    message = re.escape(f"DMAWrite {name} must be a positive integer, not 0")
    with pytest.raises(TypeError, match=f"^{message}$"):
        DMAWrite.Config(**{name: 0})


def test_too_little_room():
    with pytest.raises(ValueError, match=r"^DMAWrite room must be at least 16 words, not 15$"):
        DMAWrite.Config(room=15)
