# amaranth: UnusedElaboratable=no

import re
import struct

import pytest

from hdl.ecp5.link import Link
from tests.hdl.ecp5.world import (
    AHEAD,
    COMMAND,
    DECERR,
    DONE,
    LOST,
    PAYLOAD,
    RANGE,
    READ_MEMORY,
    READ_REGISTER,
    SILENCE,
    SIZE,
    SLVERR,
    WRITE_MEMORY,
    WRITE_REGISTER,
    World,
    reply,
    request,
)


def test_random_requests():
    world, expected = World(1), []

    async def host(ctx):
        for k in range(50):
            text, right, effect = world.draw(k % 16)
            await world.send(ctx, text)
            assert await world.answer(ctx, len(right)) == right
            world.check(effect, expected)

    world.run(host)


@pytest.mark.parametrize("damage", ["flip", "drop", "add", "frame", "cut"])
def test_damaged_requests(damage):
    """A host that sends again until it has a reply gets the same as over a good line."""
    world, expected = World(11), []
    rng = world.rng

    def harm(text):
        place, wrong = int(rng.integers(len(text))), ()
        if damage == "flip":
            text = text[:place] + bytes([text[place] ^ 1 << rng.integers(8)]) + text[place + 1 :]
        elif damage == "drop":
            text = text[:place] + text[place + 1 :]
        elif damage == "add":
            text = text[:place] + rng.bytes(1) + text[place:]
        elif damage == "cut":
            text = text[:place]
        else:
            wrong = (place,)
        return text, wrong

    async def host(ctx):
        for k in range(10):
            text, right, effect = world.draw(k % 16)
            before = list(world.written)
            await world.send(ctx, *harm(text))
            got = await world.answer(ctx, len(right))
            if got != right:
                assert got in (b"", reply(0, LOST), reply(k % 16, PAYLOAD)), got.hex()
                assert world.written == before
                await ctx.tick().repeat(SILENCE + 10)
                world.out.clear()
                await world.send(ctx, text)
                assert await world.answer(ctx, len(right)) == right
            else:  # the damage was a byte after the end, which is lost alone
                await ctx.tick().repeat(SILENCE + 40)
                world.out.clear()
            world.check(effect, expected)

    world.run(host)


def test_a_damaged_reply_does_no_harm():
    """A write of a register that is sent again is answered again, but not done again."""
    world = World(3)

    async def host(ctx):
        await world.send(ctx, request(4, READ_REGISTER, 0, 4))
        await world.answer(ctx, 8)
        for sequence, times in ((5, 3), (6, 2), (5, 1)):
            for _ in range(times):
                payload = struct.pack("<I", 9)
                await world.send(ctx, request(sequence, WRITE_REGISTER, 0x50, 4, payload))
                assert await world.answer(ctx, 4) == reply(sequence, DONE)
        assert world.written == [(0x50, 9)] * 3
        for _ in range(2):
            await world.send(ctx, request(7, WRITE_REGISTER, 0xFF0, 4, bytes(4)))
            assert await world.answer(ctx, 4) == reply(7, SLVERR)
        assert len(world.written) == 4

    world.run(host)


def test_refused_requests():
    world = World(4)
    four = bytes(4)
    refused = [
        (request(1, 3, 0, 4), reply(1, COMMAND)),
        (request(2, 11, 0, 2, b"ab"), reply(2, COMMAND)),
        (request(3, READ_REGISTER, 2, 4), reply(3, RANGE)),
        (request(4, READ_REGISTER, 0, 8), reply(4, RANGE)),
        (request(5, READ_REGISTER, 0x1000, 4), reply(5, RANGE)),
        (request(6, WRITE_REGISTER, 3, 4, four), reply(6, RANGE)),
        (request(7, WRITE_REGISTER, 0, 0, b""), reply(7, RANGE)),
        (request(8, READ_MEMORY, SIZE - 3, 4), reply(8, RANGE)),
        (request(9, READ_MEMORY, 0, 0), reply(9, RANGE)),
        (request(10, READ_MEMORY, 1 << 31, 4), reply(10, RANGE)),
        (request(11, WRITE_MEMORY, SIZE - 3, 4, four), reply(11, RANGE)),
        (request(12, WRITE_MEMORY, SIZE, 1, b"a"), reply(12, RANGE)),
        (request(13, READ_REGISTER, 0xFF0, 4), reply(13, SLVERR)),
        (request(14, READ_REGISTER, 0xFFC, 4), reply(14, DECERR)),
        (request(15, READ_MEMORY, SIZE - 4, 4), None),
    ]

    async def host(ctx):
        before = world.memory.copy()
        for text, right in refused:
            await world.send(ctx, text)
            expected = reply(15, DONE, bytes(before[-4:])) if right is None else right
            assert await world.answer(ctx, len(expected)) == expected
        assert not world.written and (world.memory == before).all()

    world.run(host)


def test_requests_ahead_of_replies_and_too_many():
    world = World(5)
    ask = [request(k, READ_MEMORY, 8 * k, 8) for k in range(16)]
    right = [reply(k, DONE, bytes(world.memory[8 * k : 8 * k + 8])) for k in range(16)]

    async def host(ctx):
        world.takes = False
        await world.send(ctx, b"".join(ask[:6]))
        world.takes = True
        assert await world.answer(ctx, 72) == b"".join(right[:6])
        world.takes = False
        await world.send(ctx, b"".join(ask))
        world.takes = True
        count = AHEAD // 10 + 1
        got = await world.answer(ctx, 16 * 12, SILENCE + 1500)
        assert got[: 12 * count] == b"".join(right[:count])
        assert got[12 * count :] in (b"", reply(0, LOST))
        await ctx.tick().repeat(SILENCE)
        # What comes first is thrown away if it is what tells that something was lost.
        for _ in range(2):
            await world.send(ctx, ask[0])
            got = await world.answer(ctx, 12)
        assert got == right[0]

    world.run(host)


@pytest.mark.parametrize(("sizes", "message"), [
    ({"memory": 3000, "silence": 9}, "Link memory must be a power of two of at most 65536, not "
                                     "3000"),
    ({"memory": 1 << 17, "silence": 9}, "Link memory must be a power of two of at most 65536, "
                                        "not 131072"),
    ({"memory": 4096, "silence": 0}, "Link silence must be a positive integer, not 0"),
])  # fmt: skip
def test_refusals(sizes, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        Link.Config(**sizes)
