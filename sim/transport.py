"""The driver's transport into the simulation; the bench's thread is the host's processor."""

from cocotb.simtime import get_sim_time
from cocotb.task import resume

from sim.bench import PERIOD

__all__ = ["BusError", "Simulated"]

MEMORY = 1 << 18  # bytes that the driver may ask for


class BusError(RuntimeError):
    """A register's access was answered with an error, for which a processor has an abort."""


class Simulated:
    """Registers and buffers of the simulated board, as boards.driver.transport describes them.

    Its time is simulated, so that timeouts are those of a board, and :meth:`wait` runs the
    simulation, at least for a cycle, until the interrupt or the time given.
    """

    memory_bytes = MEMORY
    buffers = 2
    interrupt = True

    def __init__(self, port) -> None:
        self.port = port
        self._pause = resume(port.pause)

    def read32(self, offset: int) -> int:
        """A register."""
        return int.from_bytes(self.port.read_blocking(offset), "little")

    def write32(self, offset: int, value: int) -> None:
        """Set a register."""
        self.port.write_blocking(offset, value.to_bytes(4, "little"))

    def allocate(self, count: int):
        """A buffer: see :class:`sim.system_memory.Buffer`."""
        return self.port.memory.allocate(count)

    def wait(self, seconds: float) -> None:
        """Let simulated time pass."""
        self._pause(round(seconds * self.port.host.clock_hz))

    def time(self) -> float:
        """Simulated seconds."""
        return get_sim_time("step") / PERIOD / self.port.host.clock_hz

    def close(self) -> None:
        """Nothing to give back: the simulation ends with the program."""

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.close()
