"""The DDR of a processing system: buffers, and the ports behind which they stand."""

import logging
import random
from collections.abc import Callable

import cocotb
from cocotb.queue import Queue
from cocotb.simtime import get_sim_time
from cocotbext.axi import AxiReadBus, AxiResp, AxiWriteBus
from cocotbext.axi.axi_slave import AxiSlaveRead, AxiSlaveWrite

from sim.bench import PERIOD
from sim.memory import Delayed, before, until

__all__ = ["FIRST", "Buffer", "Memory", "attach", "pause"]

FIRST = 0x0010_0000  # where a Zynq's DDR begins
PAGE, GAP = 4096, 256
OFFSET = 40  # of a buffer from a page's end: its first burst is short, its second aligned
FILL = 0xA5  # what memory holds before anything is written, and beyond the buffers


class Buffer:
    """Memory that host and accelerator share; see boards.driver.transport."""

    def __init__(self, address: int, count: int) -> None:
        self.address, self.bytes = address, count
        self.data = bytearray([FILL]) * count

    def write(self, offset: int, data) -> None:
        """The host's write."""
        data = bytes(data)
        self._inside(offset, len(data))
        self.data[offset : offset + len(data)] = data

    def read(self, offset: int, count: int) -> bytes:
        """The host's read."""
        self._inside(offset, count)
        return bytes(self.data[offset : offset + count])

    def _inside(self, offset: int, count: int) -> None:
        if offset < 0 or count < 0 or offset + count > self.bytes:
            raise ValueError(f"Buffer of {self.bytes} bytes must hold what is accessed, not {count}"
                             f" bytes from {offset}")  # fmt: skip


class Memory:
    """Buffers with forbidden gaps between them; a ``target`` of cocotbext-axi's slaves.

    ``fault`` is told in a sentence of each byte that is written outside the buffers, and of each
    that is read outside the words of 8 bytes in which they stand.
    """

    def __init__(self, fault: Callable[[str], None]) -> None:
        self.fault, self.buffers = fault, []
        self.failures: dict[str, dict[int, AxiResp]] = {"read": {}, "write": {}}
        self.bursts = {"read": 0, "write": 0}  # answered

    def allocate(self, count: int) -> Buffer:
        """A buffer from a multiple of 8 that is none of 128."""
        end = FIRST if not self.buffers else self.buffers[-1].address + self.buffers[-1].bytes + GAP
        address = -(-(end + OFFSET) // PAGE) * PAGE - OFFSET
        self.buffers.append(Buffer(address, count))
        return self.buffers[-1]

    def fail(self, kind: str, burst: int, code: str) -> None:
        """Answer a burst of those to come (0 is the next) with SLVERR or DECERR."""
        self.failures[kind][self.bursts[kind] + burst] = AxiResp[code.upper()]

    def answer(self, kind: str) -> AxiResp:
        """How the burst that is now answered is."""
        return self.failures[kind].get(self.bursts[kind], AxiResp.OKAY)

    def mend(self) -> None:
        """Forget the failures that were not met."""
        for planned in self.failures.values():
            planned.clear()

    def buffer(self, address: int) -> Buffer | None:
        """That which stands at an address, 8 bytes of it at least in part."""
        word = address & -8
        return next((one for one in self.buffers
                     if one.address <= word < one.address + one.bytes), None)  # fmt: skip

    def checked_read(self, address: int, size: int) -> None:
        """Complain of a transfer of size bytes outside the buffers' words."""
        if self.buffer(address) is None:
            self.fault(f"No byte must be read outside the buffers, as at {address:#010x}")

    def checked_write(self, address: int, size: int) -> None:
        """Complain of a byte outside the buffers."""
        buffer = self.buffer(address)
        if buffer is None or address >= buffer.address + buffer.bytes:
            self.fault(f"No byte must be written outside the buffers, as at {address:#010x}")

    async def read(self, address: int, count: int) -> bytes:
        """A word, for the slave."""
        buffer = self.buffer(address)
        if buffer is None:
            return bytes([FILL]) * count
        first = address - buffer.address
        return bytes(buffer.data[first : first + count]).ljust(count, bytes([FILL]))

    async def write(self, address: int, data: bytes) -> None:
        """Strobed bytes, for the slave."""
        buffer = self.buffer(address)
        if buffer is not None:
            first = address - buffer.address
            data = data[: max(0, buffer.bytes - first)]
            buffer.data[first : first + len(data)] = data


class _Answers:
    """A channel of answers, in which those of chosen bursts are errors."""

    def __init__(self, channel, memory: Memory, kind: str) -> None:
        self._channel, self._memory, self._kind = channel, memory, kind
        self._transaction_obj, self.clear = channel._transaction_obj, channel.clear

    async def send(self, answer) -> None:
        """Pass it on, changed where that was asked for."""
        memory, kind = self._memory, self._kind
        setattr(answer, "bresp" if kind == "write" else "rresp", memory.answer(kind))
        memory.bursts[kind] += kind == "write" or bool(answer.rlast)
        await self._channel.send(answer)


class _Late(_Answers):
    """The same, each as many cycles later as the memory takes, which goes on meanwhile."""

    def __init__(self, channel, memory: Memory, kind: str, cycles: Callable[[], int]) -> None:
        super().__init__(channel, memory, kind)
        self._queue, self._cycles, self._era = Queue(), cycles, 0
        self.clear = self._forget
        cocotb.start_soon(self._pass())

    async def send(self, answer) -> None:
        """Keep it until its time has come."""
        await self._queue.put((get_sim_time("step"), answer))

    async def _pass(self) -> None:
        while True:
            came, answer = await self._queue.get()
            era = self._era
            await until(came + before(self._cycles(), PERIOD))
            if era == self._era:
                await super().send(answer)

    def _forget(self) -> None:
        self._era += 1
        while not self._queue.empty():
            self._queue.get_nowait()
        self._channel.clear()


def attach(dut, port: str, memory: Memory, *, latency: tuple[int, int], stall: float,
           seed: int) -> None:
    """Put a memory behind a port of the bench.

    A burst's first beat comes ``latency`` cycles (least and most, drawn for each burst) after its
    address, a write's answer after its last data, or each right behind the burst before; ``stall``
    is the probability of a pause, each cycle and channel.
    """
    clock = {"clock": dut.fclk, "reset": dut.fclkresetn, "reset_active_level": False}
    draw = random.Random(f"{seed} {port}")
    read = AxiSlaveRead(AxiReadBus.from_prefix(dut, port), target=memory, **clock)
    write = AxiSlaveWrite(AxiWriteBus.from_prefix(dut, port), target=memory, **clock)
    channels = [read.ar_channel, read.r_channel, write.aw_channel, write.w_channel,
                write.b_channel]  # fmt: skip
    for slave in (read, write):
        slave.log.setLevel(logging.WARNING)  # a line for each burst
    read.ar_channel.queue_occupancy_limit = write.aw_channel.queue_occupancy_limit = 8
    read.ar_channel = Delayed(read.ar_channel, lambda: before(draw.randint(*latency), PERIOD))
    read.r_channel = _Answers(read.r_channel, memory, "read")
    write.b_channel = _Late(write.b_channel, memory, "write", lambda: draw.randint(*latency))
    pause(channels, stall, f"{seed} {port}")


def pause(channels: list, stall: float, seed: str) -> None:
    """Let each channel pause with a probability, each cycle."""
    if not stall:
        return
    for number, channel in enumerate(channels):
        chance = random.Random(f"{seed} {number}").random
        channel.set_pause_generator(iter(lambda chance=chance: chance() < stall, None))
