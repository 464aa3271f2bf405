"""A board that is reached over a serial line, in the bench of sim/ecp5.v."""

import importlib

import cocotb
from cocotb.simtime import get_sim_time
from cocotb.task import resume
from cocotb.triggers import Event, First, Timer

from sim.bench import PERIOD

__all__ = ["Port"]

BITS = 10  # of a byte on the line: start, eight of data with the lowest first, stop
SETTLED = 20  # bytes' time in which the line is silent before a session


class _Line:
    """A serial port as the driver's own opens one: write, read, drain, close.

    Bits have their time on the line; what comes is heard all the time.
    """

    def __init__(self, host, baud: float) -> None:
        self._host, self._dut = host, host.dut
        self._bit = PERIOD * host.clock_hz / baud  # simulator steps
        self._heard = bytearray()
        self._news = Event()
        self._dut.uart_rx.value = 1
        self.write, self._read = resume(self._send), resume(self._take)
        cocotb.start_soon(self._listen())

    def read(self, count: int, seconds: float) -> bytes:
        """So many bytes, or fewer if that much simulated time is over."""
        return self._read(count, seconds)

    def drain(self, seconds: float) -> None:
        """Throw away what comes until the line is silent.

        It is so for less time than was asked for: the simulated line loses nothing, and the 20 ms
        of a real one are a million cycles.
        """
        while self._read(1 << 16, min(seconds, SETTLED * BITS * self._bit / PERIOD
                                      / self._host.clock_hz)):
            pass

    def close(self) -> None:
        """Nothing to give back."""

    async def _send(self, data: bytes) -> None:
        await self._host.until(self._bits(data))

    async def _bits(self, data: bytes) -> None:
        began, sent, level = get_sim_time("step"), 0, 1
        for byte in data:
            frame = byte << 1 | 1 << BITS - 1
            for bit in range(BITS):
                if frame >> bit & 1 != level:
                    await self._at(began + round((sent + bit) * self._bit))
                    level = frame >> bit & 1
                    self._dut.uart_rx.value = level
            sent += BITS
        await self._at(began + round(sent * self._bit))

    async def _listen(self) -> None:
        tx = self._dut.uart_tx
        while True:
            await tx.falling_edge
            began, byte = get_sim_time("step"), 0
            for bit in range(1, BITS):
                await self._at(began + round((bit + 0.5) * self._bit))
                byte |= int(tx.value) << bit - 1
            if byte >> 8 == 0:
                self._host.fault("UART: the stop bit of a byte must be 1")
            self._heard.append(byte & 0xFF)
            self._news.set()

    async def _take(self, count: int, seconds: float) -> bytes:
        limit = get_sim_time("step") + max(1, round(seconds * self._host.clock_hz * PERIOD))
        while len(self._heard) < count and (left := limit - get_sim_time("step")) > 0:
            self._news.clear()
            await self._host.until(First(self._news.wait(), Timer(left, "step")))
        found = bytes(self._heard[:count])
        del self._heard[:count]
        return found

    @staticmethod
    async def _at(step: int) -> None:
        left = step - get_sim_time("step")
        if left > 0:
            await Timer(left, "step")


class Port:
    """Clock, lock and serial line; the memory is in the FPGA and has no rules to be watched."""

    memory = None

    def __init__(self, host) -> None:
        self.host, self.clock = host, host.dut.clk
        self.baud = host.manifest["system"]["baud"]
        self._transport = None

    @property
    def transport(self):
        """The driver's own, opened once the system is out of reset."""
        if self._transport is None:
            uart = importlib.import_module(f"{self.host.driver.__name__}.uart").Uart
            self._transport = _simulated(uart)(self.host, self.baud)
        return self._transport

    async def reset(self, cycles: int) -> None:
        """Let the PLL lose its lock."""
        self.host.dut.uart_rx.value = 1
        self.host.dut.locked.value = 0
        await Timer(cycles * PERIOD, "step")
        self.host.dut.locked.value = 1
        await Timer(4 * cycles * PERIOD, "step")

    def slack(self, frames: int) -> int:
        """Cycles that so many frames and the driver's registers take on the line."""
        sides = sum(self.host.manifest[side]["frame_bytes"] for side in ("input", "output"))
        return int(40 * (frames * sides + 200_000) * self.host.clock_hz / self.baud)

    def settled(self) -> None:
        """Nothing is under way without a request."""


def _simulated(uart: type) -> type:
    """The driver's UART, its port and its time the simulation's."""

    class Simulated(uart):
        def __init__(self, host, baud: int) -> None:
            self._host, self._pause = host, host.cycles
            super().__init__("UART", baud, host.manifest["system"]["memory_bytes"],
                             port=_Line(host, baud))

        def wait(self, seconds: float) -> None:
            self._pause(round(seconds * self._host.clock_hz))

        def time(self) -> float:
            return get_sim_time("step") / PERIOD / self._host.clock_hz

    return Simulated
