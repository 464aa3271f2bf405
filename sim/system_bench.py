"""The cocotb test in which a host's program runs against all that is put into the FPGA."""

import importlib
import json
import logging
import os
import sys
import traceback
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.simtime import get_sim_time
from cocotb.task import bridge, resume
from cocotb.triggers import SimTimeoutError, Timer, with_timeout

from sim.bench import JOB, PERIOD

__all__ = ["Deadline", "Fault", "Host", "jsonable"]

QUIET = 64  # cycles after the program in which everything must come to rest
RESET = 16  # cycles
DEADLINE = 1_000_000  # cycles


class Fault(AssertionError):
    """The system broke a rule of its ports, or touched memory that was not given to it."""


class Deadline(BaseException):
    """The program ran longer than it may; not an Exception, so that no retry catches it."""


class Host:
    """What a host's program sees: the transport to its accelerator, and the bench around it.

    The program runs in a thread of its own, which stands while simulated time passes and the other
    way round; everything here may be called from it.

    Attributes
    ----------
    manifest : dict
        manifest.json of the build.
    port
        The bench's side of the kind of board: :mod:`sim.system_zynq`, :mod:`sim.system_uart`.
    driver : module
        The Python driver that the build brings, or else ours.
    faults : list of str
        The rules that were broken so far.
    """

    def __init__(self, dut, job: dict) -> None:
        self.dut, self.job = dut, job
        self.build = Path(job["build"])
        self.manifest = json.loads((self.build / "manifest.json").read_text())
        self.faults: list[str] = []
        self.clock_hz = 1e6 * self.manifest["system"]["clock_mhz"]
        self.deadline = DEADLINE
        self.reset_blocking = resume(self._reset)
        self._wait = resume(self._advance)
        # Here, as the two kinds of board have each their own.
        kind = importlib.import_module(f"sim.system_{self.manifest['board']['host']}")
        self.driver = self._driver()
        self.port = kind.Port(self)

    @property
    def transport(self):
        """The driver's way to the accelerator."""
        return self.port.transport

    @property
    def cycle(self) -> int:
        """Clock cycles since the simulation's begin."""
        return get_sim_time("step") // PERIOD

    def cycles(self, count: int) -> None:
        """Let so many clock cycles pass."""
        self._wait(count)

    def limit(self, cycles: int) -> None:
        """From now on, the program must end within so many cycles."""
        self.deadline = self.cycle + cycles

    def reset(self) -> None:
        """Pulse the reset of the processing system to the logic, in whatever is under way."""
        self.reset_blocking()

    def accelerator(self, timeout: float = 2e-3, **options):
        """The driver's accelerator, with a timeout in seconds of simulated time."""
        options.setdefault("vectors", self.driver.build_vectors(self.build))
        return self.driver.Accelerator(self.manifest, self.transport, timeout=timeout, **options)

    def counters(self) -> dict[str, int]:
        """What the accelerator counted in the last run."""
        offsets = {one["name"]: one["offset"] for one in self.manifest["system"]["registers"]}
        read = self.transport.read32
        return {"frames_in": read(offsets["FRAMES_IN"]), "frames_out": read(offsets["FRAMES_OUT"]),
                "cycles": read(offsets["CYCLES_LOW"]) | read(offsets["CYCLES_HIGH"]) << 32,
                "input_wait": read(offsets["INPUT_WAIT"]),
                "output_wait": read(offsets["OUTPUT_WAIT"])}  # fmt: skip

    def fault(self, what: str) -> None:
        """Note a broken rule; the program hears of it at its next access."""
        self.faults.append(what)

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self.faults:
            raise Fault(self.faults[0])

    def settle(self) -> None:
        """See that nothing is under way any more."""
        self.cycles(QUIET)
        self.port.settled()
        self.check()

    async def until(self, awaitable):
        """The awaitable's result, but no later than the deadline allows."""
        self.check()
        left = self.deadline - self.cycle
        try:
            if left <= 0:
                raise SimTimeoutError
            return await with_timeout(awaitable, left * PERIOD, "step")
        except SimTimeoutError:
            if hasattr(awaitable, "close"):
                awaitable.close()
            raise Deadline(f"Program must end by cycle {self.deadline}") from None

    async def _advance(self, cycles: int) -> None:
        await self.until(Timer(max(1, cycles) * PERIOD, "step"))

    async def _reset(self) -> None:
        await self.port.reset(RESET)

    def _driver(self):
        """The package in the build where it has one: the very files that a user copies."""
        if (self.build / "driver" / "__init__.py").exists():
            sys.path.insert(0, str(self.build))
            return importlib.import_module("driver")
        return importlib.import_module("boards.driver")


def jsonable(value):
    """What json does not know: arrays and numbers of numpy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Result must be of JSON or numpy, not {type(value).__name__}")


@cocotb.test()
async def program(dut) -> None:
    """Run the program that the job names; leaves ``result.json``, ``fault`` or ``error``."""
    folder = Path(os.environ[JOB])
    logging.getLogger("cocotb").setLevel(logging.WARNING)
    job = json.loads((folder / "job.json").read_text())
    sys.path[:0] = job["path"]
    host = Host(dut, job | {"folder": folder})
    Clock(host.port.clock, PERIOD, "step").start(start_high=False)
    await host.port.reset(RESET)
    module, _, name = job["program"].partition(":")
    run = getattr(importlib.import_module(module), name)

    @bridge
    def call() -> None:
        # Only sentences and results may leave the thread: cocotb would wait for it for ever.
        try:
            result = run(host, **job["arguments"])
            host.settle()
            (folder / "result.json").write_text(json.dumps(result, default=jsonable))
        except (Fault, Deadline) as fault:
            (folder / "fault").write_text(str(fault))
        except BaseException:
            # A model of AXI gives up by itself where a rule is broken, and so ends the test.
            if host.faults:
                (folder / "fault").write_text(host.faults[0])
            else:
                (folder / "error").write_text(traceback.format_exc())

    await call()
