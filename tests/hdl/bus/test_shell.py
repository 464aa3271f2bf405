# amaranth: UnusedElaboratable=no
"""The whole shell, with a memory, a host and a small network, against integers."""

import re
from dataclasses import replace

import numpy as np
import pytest

from hdl.bus.axi import SLVERR
from hdl.bus.registers import IDENTITY, VERSION, offset
from tests.hdl.bus.machine import Machine, config


@pytest.mark.parametrize(
    ("shape", "stall", "latency"),
    [
        ({}, 0.0, 1),
        ({}, 0.4, 25),
        ({"i_width": 8, "i_frame_bytes": 5, "o_width": 8, "o_frame_bytes": 1}, 0.2, 10),
        ({"i_width": 128, "i_frame_bytes": 100, "o_width": 64, "o_frame_bytes": 13}, 0.1, 8),
        ({"i_frame_bytes": 8, "o_frame_bytes": 40}, 0.3, 3),
    ],
)
def test_runs_follow_each_other(shape, stall, latency):
    """The network's state goes from run to run; nothing is lost, left, or written twice."""
    machine = Machine(config(**shape), seed=1, stall=stall, latency=latency)

    async def body(machine):
        for count in (1, 3, 2, 7, 1):
            await machine.good(count)
        assert machine.frames == 14  # never reset between

    machine.simulate(body)


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_copies(stall):
    """Past the network, any number of bytes; the network sees nothing of it."""
    machine = Machine(config(), seed=2, stall=stall)

    async def body(machine):
        await machine.good(2)
        for size in (1, 8, 15, 120, 121):
            data = machine.rng.integers(256, size=(1, size)).astype(np.uint8)
            await machine.start(data, MODE=1, FRAMES=0)
            assert await machine.finish() == {"idle", "done"}
            assert machine.written() == data.ravel().tolist()
            assert await machine.read("FRAMES_IN", "FRAMES_OUT", "INPUT_WAIT") == [0, 0, 0]
        await machine.good(1)
        assert machine.frames == 3

    machine.simulate(body)


@pytest.mark.parametrize(("copies", "latency"), [(0, 1), (0, 30), (1, 30)])
def test_cycles(copies, latency):
    """From the start to the first address, from the last response to the end, and in all."""
    machine = Machine(config(), latency=latency)
    shell = machine.config

    async def body(machine):
        for count in (1, 5):
            await machine.write(IRQ_ENABLE=1, IRQ_STATUS=3)
            await machine.start(machine.random(count), MODE=copies)
            times = {}
            machine.host.writes.append((offset("CONTROL"), 0, 15))  # waits for the check
            while ("irq", 1) not in times:
                assert machine.now < 2000
                await machine.step()
                times.setdefault(("busy", machine.values["busy"]), machine.now - 1)
                times.setdefault(("irq", machine.values["irq"]), machine.now - 1)
            begin = machine.begin
            assert machine.ddr.first_ask - begin == shell.ask_cycles
            assert times["busy", 0] - machine.ddr.last_answer == shell.end_cycles
            assert times["irq", 1] - times["busy", 0] == 1
            low, high, wait = await machine.read("CYCLES_LOW", "CYCLES_HIGH", "OUTPUT_WAIT")
            assert (low, high, wait) == (times["busy", 0] - begin - 3, 0, 0)

    machine.simulate(body)


def test_waits():
    """Of a network that has no input yet, and of one whose results are not taken."""
    machine = Machine(config(i_frame_bytes=8, o_frame_bytes=200), latency=100)

    async def body(machine):
        await machine.good(1)
        i_wait, o_wait = await machine.read("INPUT_WAIT", "OUTPUT_WAIT")
        assert 100 <= i_wait <= 110 and o_wait == 0
        machine.ddr.stall = 0.9
        await machine.good(10)
        assert (await machine.read("OUTPUT_WAIT"))[0] > 100

    machine.simulate(body)


def test_interrupts():
    """What is enabled, from when it happens or is enabled until it is cleared."""
    machine = Machine(config())

    async def irq(machine):
        await machine.steps(2)
        return machine.values["irq"]

    async def body(machine):
        await machine.good(1)
        assert await machine.read("IRQ_STATUS") == [1] and not await irq(machine)
        await machine.write(IRQ_ENABLE=2)
        assert not await irq(machine)
        await machine.write(IRQ_ENABLE=3)
        assert await irq(machine)
        await machine.write(IRQ_STATUS=2)
        assert await irq(machine)
        await machine.write(IRQ_STATUS=1)
        assert not await irq(machine)
        await machine.start(machine.random(1), FRAMES=2)
        await machine.finish()
        assert await irq(machine) and await machine.read("IRQ_STATUS") == [2]
        assert machine.values["error"]
        await machine.write(IRQ_ENABLE=1)
        assert not await irq(machine)

    machine.simulate(body)


def test_identity():
    """What a driver looks at first."""
    machine = Machine(config())

    async def body(machine):
        assert await machine.read("ID", "VERSION", "STATUS") == [IDENTITY, VERSION, 1]
        digest = await machine.read(*(f"DIGEST{n}" for n in range(8)))
        assert "".join(f"{word:08x}" for word in digest) == machine.config.digest
        await machine.write(SCRATCH=0x5A5A_1234)
        assert await machine.read("SCRATCH", "CONTROL") == [0x5A5A_1234, 0]

    machine.simulate(body)


def test_loading():
    """Words for following addresses; refused in a run, and where nothing is to be loaded."""
    machine = Machine(config(parameters=True), stall=0.2)

    async def body(machine):
        await machine.write(LOAD_ADDRESS=0x1_0000, LOAD_DATA=7)
        await machine.write(LOAD_DATA=8)
        await machine.write(LOAD_ADDRESS=5)
        await machine.write(LOAD_DATA=9)
        await machine.start(machine.random(2))
        machine.host.writes.append((offset("LOAD_DATA"), 10, 15))
        await machine.access()
        assert machine.host.answers[-1] == SLVERR
        assert await machine.finish() == {"idle", "done"}
        assert await machine.read("LOAD_ADDRESS") == [6]
        assert machine.loads == [(0x1_0000, 7), (0x1_0001, 8), (5, 9)]

    machine.simulate(body)
    machine = Machine(config())

    async def nothing(machine):
        for name in ("LOAD_ADDRESS", "LOAD_DATA"):
            machine.host.writes.append((offset(name), 1, 15))
            machine.host.reads.append(offset(name))
        await machine.access()
        assert machine.host.answers == [SLVERR] * 2 and not machine.loads
        assert [response for _, response in machine.host.values] == [SLVERR] * 2

    machine.simulate(nothing)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"digest": "0" * 63}, f"Shell digest must be 64 hexadecimal digits, not '{'0' * 63}'"),
        ({"digest": "A" * 64}, f"Shell digest must be 64 hexadecimal digits, not '{'A' * 64}'"),
        ({"i_beats": 12}, "Shell i_beats must be 13, not 12"),
        ({"o_beats": 2}, "Shell o_beats must be 1, not 2"),
        ({"batch": 1 << 32}, f"Lengths batch must be below 2^32, not {1 << 32}"),
    ],
)
def test_wrong_config(wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        replace(config(), **wrong)
