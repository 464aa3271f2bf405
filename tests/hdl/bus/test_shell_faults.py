# amaranth: UnusedElaboratable=no
"""What goes wrong with a run: a reason, nothing outside the buffers, and the next run is right."""

from itertools import product

import pytest

from hdl.bus.axi import DECERR, OKAY, SLVERR
from hdl.bus.registers import offset
from tests.hdl.bus.machine import INPUT, OUTPUT, Machine, config, names

SMALL = config(i_frame_bytes=98, o_frame_bytes=28)
FRAMES = 6
WORDS = -(-FRAMES * SMALL.i_frame_bytes // 8)


WRONG = [
    ({"INPUT_BYTES": 98 * FRAMES - 98}, {"input_length"}),
    ({"INPUT_BYTES": 98 * FRAMES + 98}, {"input_length"}),
    ({"INPUT_BYTES": 98 * FRAMES - 1}, {"input_length"}),
    ({"INPUT_BYTES": 98 * FRAMES + 8}, {"input_length"}),
    ({"INPUT_BYTES": 0}, {"input_length"}),
    ({"OUTPUT_BYTES": 28 * FRAMES - 1}, {"output_length"}),
    ({"OUTPUT_BYTES": 0}, {"output_length"}),
    ({"FRAMES": 0}, {"input_length", "output_length"}),
    ({"FRAMES": 0, "INPUT_BYTES": 0}, {"output_length"}),
    ({"FRAMES": 0x8000_0000 | FRAMES}, {"input_length", "output_length"}),
    ({"INPUT_ADDRESS": INPUT + 4}, {"address"}),
    ({"OUTPUT_ADDRESS": OUTPUT + 1}, {"address"}),
    ({"INPUT_ADDRESS": 0xFFFF_FFF8}, {"address"}),
    ({"OUTPUT_ADDRESS": 0xFFFF_FF80}, {"address"}),
    ({"MODE": 1, "INPUT_BYTES": 0}, {"input_length"}),
    ({"MODE": 1, "OUTPUT_BYTES": 98 * FRAMES - 1}, {"output_length"}),
    ({"INPUT_ADDRESS": INPUT + 2, "INPUT_BYTES": 1}, {"address", "input_length"}),
]


def test_wrong_registers():
    """Nothing is written then, and a good run follows."""
    machine = Machine(SMALL, seed=2)

    async def body(machine):
        for wrong, reasons in WRONG:
            await machine.start(machine.random(FRAMES), **wrong)
            assert await machine.finish() == {"idle", "error"} | reasons
            assert not any(place in machine.ddr.content for place in machine.ddr.room)
            await machine.good(1)

    machine.simulate(body)


@pytest.mark.parametrize(("stall", "copies"), [(0.0, 1), (0.3, 0)])
def test_memory_errors(stall, copies):
    """The first, a middle and the last beat or burst; what is begun is completed."""
    machine = Machine(SMALL, seed=3, stall=stall, latency=12)

    async def body(machine):
        for way, index, response in product(("read", "write"), range(3), (SLVERR, DECERR)):
            await machine.good(1)
            last = WORDS - 1 if way == "read" else 1 + 3 * copies
            machine.ddr.fail(way, index * last // 2, response)
            await machine.start(machine.random(FRAMES), MODE=copies)
            reason = f"{way}_{'slverr' if response == SLVERR else 'decerr'}"
            assert await machine.finish() == {"idle", "error", reason}
            assert machine.longest_reset >= 16 and machine.frames == 0
            machine.longest_reset = 0

    machine.simulate(body)


@pytest.mark.parametrize("copies", [0, 1])
def test_abort(copies):
    """In mid-check, mid-burst and mid-frame; bytes are written by no burst that is completed."""
    machine = Machine(SMALL, seed=6, stall=0.1, latency=20)

    async def body(machine):
        for after in (0, 3, 38, 45, 60, 75, 90, 120):
            frames = machine.random(FRAMES)
            await machine.start(frames, MODE=copies)
            await machine.steps(after)
            await machine.write(CONTROL=2)
            status = await machine.finish()
            wanted = frames.ravel().tolist() if copies else machine.expected
            seen = machine.written()
            assert all(byte in (None, right) for byte, right in zip(seen, wanted, strict=True))
            assert status == {"idle", "error", "aborted"} and machine.longest_reset >= 16
            assert None in seen
            machine.longest_reset = 0
            await machine.good(1)

    machine.simulate(body)


def test_abort_of_a_stuck_network():
    """Whatever the network does, the memory is not blocked, and an abort ends the run."""
    machine = Machine(SMALL, seed=4)

    async def body(machine):
        machine.stick(True)
        await machine.start(machine.random(FRAMES))
        await machine.steps(600)
        assert names((await machine.read("STATUS"))[0]) == set()
        assert await machine.read("FRAMES_IN", "FRAMES_OUT") == [0, 0]
        await machine.write(CONTROL=2)
        machine.stick(False)
        assert await machine.finish() == {"idle", "error", "aborted"}
        await machine.good(2)

    machine.simulate(body)


def test_reset_in_a_run():
    """All is as in the beginning, registers too, and writes wait for the core's reset."""
    machine = Machine(SMALL, seed=7, stall=0.1)

    async def body(machine):
        for after in (0, 20, 45, 70, 100, 150):
            await machine.start(machine.random(FRAMES))
            await machine.steps(after)
            await machine.reset()
            state = await machine.read("STATUS", "FRAMES", "CYCLES_LOW", "FRAMES_IN")
            assert state == [1, 0, 0, 0]
            machine.longest_reset = 0
            await machine.good(2)
            assert machine.longest_reset >= 8  # counted from the reads on

    machine.simulate(body)


def test_start_while_busy():
    """The run goes on, also with other registers, and says so until told not to."""
    machine = Machine(SMALL, seed=5, latency=30)

    async def body(machine):
        await machine.write(IRQ_ENABLE=3)
        await machine.start(machine.random(FRAMES))
        await machine.write(CONTROL=1)
        # Those of the next run may be set already.
        await machine.write(INPUT_ADDRESS=4, OUTPUT_BYTES=1, FRAMES=7, OUTPUT_ADDRESS=5, MODE=1)
        assert await machine.finish() == {"idle", "done", "start_while_busy"}
        assert machine.written() == machine.expected
        machine.frames += FRAMES
        assert await machine.read("IRQ_STATUS") == [1]
        await machine.write(STATUS=1 << 12)
        assert names((await machine.read("STATUS"))[0]) == {"idle", "done"}
        await machine.write(STATUS=0xFFFF_FFFF)
        assert names((await machine.read("STATUS"))[0]) == {"idle"}
        await machine.good(1)

    machine.simulate(body)


def test_no_starts():
    """A start with an abort, an abort without a run, and a start of some of its bytes."""
    machine = Machine(SMALL)

    async def body(machine):
        await machine.write(CONTROL=3)
        await machine.write(CONTROL=2)
        machine.host.writes.append((offset("CONTROL"), 1, 0b0001))
        await machine.access()
        assert machine.host.answers == [OKAY, OKAY, SLVERR]
        await machine.steps(60)
        assert await machine.read("STATUS", "CYCLES_LOW") == [1, 0]

    machine.simulate(body)


def test_batches():
    """Frames must be whole batches."""
    shell = config(i_frame_bytes=16, o_frame_bytes=4, batch=4)
    machine = Machine(shell)

    async def body(machine):
        for count in (4, 3, 5, 8):
            frames = machine.random(count)
            await machine.start(frames)
            good = {"idle", "done"} if count % 4 == 0 else {"idle", "error", "input_length"}
            assert await machine.finish() == good

    machine.simulate(body)
