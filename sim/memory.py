"""The external memories of a build: AXI4 slaves for the cocotb harness."""

import logging
import random
from collections.abc import Callable
from pathlib import Path

import cocotb
from cocotb.queue import Queue
from cocotb.simtime import get_sim_time
from cocotb.triggers import Timer
from cocotbext.axi import AxiRamRead, AxiRamWrite, AxiReadBus, AxiWriteBus

__all__ = ["Delayed", "attach", "before", "until"]


async def until(step: int) -> None:
    """Return at a step of the simulation, if that is to come."""
    rest = step - get_sim_time("step")
    if rest > 0:
        await Timer(rest, "step")


class Delayed:
    """The addresses of a channel, each ``steps()`` later than it came."""

    def __init__(self, channel, steps: Callable[[], int]) -> None:
        self._channel, self._steps, self._queue = channel, steps, Queue()
        cocotb.start_soon(self._stamp())

    async def _stamp(self) -> None:
        while True:
            burst = await self._channel.recv()
            await self._queue.put((get_sim_time("step"), burst))

    async def recv(self):
        """The next burst, when its time has come."""
        came, burst = await self._queue.get()
        await until(came + self._steps())
        return burst

    def clear(self) -> None:
        """Forget what came."""
        self._channel.clear()
        while not self._queue.empty():
            self._queue.get_nowait()


class _Memory(AxiRamRead):
    """Answers bursts in order, a beat a cycle.

    A burst's first beat may be transferred ``latency`` cycles after its address, or right behind
    the last beat of the burst before. Addresses are taken a cycle, however many wait.
    """

    def __init__(self, dut, prefix: str, size: int, latency: int, period: int) -> None:
        bus = AxiReadBus.from_prefix(dut, prefix)
        super().__init__(bus, dut.clk, dut.rst, size=size)
        self.log.setLevel(logging.WARNING)  # a line for each burst
        self.addresses = self.ar_channel
        self.ar_channel = Delayed(self.ar_channel, lambda: before(latency, period))


def before(cycles: int, period: int) -> int:
    """Steps after which an answer is sent, for its transfer to be so many cycles later.

    It is driven at the edge before its transfer, and sent to its channel half a cycle before that,
    as at the edge itself the channel may have looked already.
    """
    return (cycles - 1) * period - period // 2


def attach(dut, job: dict, period: int, stall: float, seed: int) -> None:
    """Connect the memory that a job describes, with the contents of its file.

    ``job`` has the ``port``'s name, the ``file``, its ``bytes`` and the ``latency`` in cycles;
    where it has no file the memory may be written, too: addresses and data are taken at once, and
    confirmed the cycle after the last of a burst. ``stall`` is the probability of a pause on each
    channel.
    """
    memory = _Memory(dut, job["port"], job["bytes"], job["latency"], period)
    channels = [memory.addresses, memory.r_channel]
    if job["file"] is None:
        bus = AxiWriteBus.from_prefix(dut, job["port"])
        written = AxiRamWrite(bus, dut.clk, dut.rst, mem=memory.mem)
        written.log.setLevel(logging.WARNING)
        channels += [written.aw_channel, written.w_channel, written.b_channel]
    else:
        memory.write(0, Path(job["file"]).read_bytes())
    if stall:
        for number, channel in enumerate(channels):
            chance = random.Random(f"{seed} {number}").random
            channel.set_pause_generator(iter(lambda chance=chance: chance() < stall, None))
