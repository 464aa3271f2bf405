"""The accelerator's registers: identity, runs, what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .errors import IdentityError, InputError, RunTimeout, StatusError
from .registers import Registers, field

__all__ = ["Counters", "Shell", "Status"]

ID = 0x4C544942  # "BITL", lowest byte first
VERSION = 0x0001  # upper half of VERSION; the lower half may grow
NO_REASON = ("idle", "done", "error")
STOP_SECONDS = 1.0  # for outstanding bursts after an abort
POLLS = 10  # a run's expected time between two reads of STATUS, at most
SHORTEST, LONGEST = 20e-6, 10e-3  # seconds between two reads of STATUS


class Status(NamedTuple):
    """STATUS, the names of its fields that are set, and the frames so far."""

    value: int
    names: tuple[str, ...]
    frames_in: int
    frames_out: int

    @property
    def idle(self) -> bool:
        """Whether no run is on."""
        return "idle" in self.names

    @property
    def done(self) -> bool:
        """Whether the last run ended well."""
        return "done" in self.names

    @property
    def error(self) -> bool:
        """Whether the last run failed."""
        return "error" in self.names


class Counters(NamedTuple):
    """What the accelerator counted in a run: frames, and clock cycles.

    ``input_wait`` are those in which the core waited for input, ``output_wait`` those in which its
    output waited for the memory.
    """

    frames_in: int
    frames_out: int
    cycles: int
    input_wait: int
    output_wait: int


class Shell:
    """Runs on buffers whose addresses the caller gives.

    Parameters
    ----------
    manifest : mapping
        manifest.json of the build.
    transport : Transport
    timeout : float or None
        Seconds of one run, by the transport's time; None is 1 s and ten times what its frames take.

    Raises
    ------
    IdentityError
        If what answers is not this build.
    """

    def __init__(self, manifest: Mapping, transport, timeout: float | None = None) -> None:
        if timeout is not None and not timeout > 0:
            raise InputError(f"Timeout must be positive seconds or None, not {timeout!r}")
        self.manifest, self.transport, self.timeout = manifest, transport, timeout
        self.registers = Registers(manifest)
        self.clock_hz = 1e6 * (field(manifest, "system").get("clock_mhz") or manifest["clock_mhz"])
        self._frames, self._started = 0, 0.0
        self.running = False
        self.identify()
        if not self.status().idle:  # left by a host that died
            self.abort()

    def read(self, name: str) -> int:
        """A register's value."""
        return self.transport.read32(self.registers[name].offset)

    def write(self, name: str, value: int) -> None:
        """Set a register."""
        self.transport.write32(self.registers[name].offset, value)

    def digest(self) -> str:
        """The digest of the build that is loaded, 64 hexadecimal digits."""
        return "".join(f"{self.read(f'DIGEST{k}'):08x}" for k in range(8))

    def identify(self) -> None:
        """Compare ID, VERSION and digest with the manifest.

        Raises
        ------
        IdentityError
            If one differs.
        """
        found = self.read("ID")
        if found != ID:
            what = (f"ID must read 0x{ID:08X}, not 0x{found:08X}: no Bitloom bitstream is loaded, "
                    "or its clock does not run; load this build's")
            raise IdentityError(what)
        version = self.read("VERSION")
        if version >> 16 != VERSION:
            what = (f"VERSION must be {VERSION}.x, not {version >> 16}.{version & 0xFFFF}: use the "
                    "driver of the build that is loaded")
            raise IdentityError(what)
        found, wanted = self.digest(), field(self.manifest, "digest")
        if found != wanted:
            what = (f"Bitstream must be that of build {wanted[:16]}, not {found[:16]}, which is "
                    "loaded; load this build's bitstream")
            raise IdentityError(what)

    def status(self) -> Status:
        """What the accelerator says of the run that is on, or of the last one."""
        value = self.read("STATUS")
        names = self.registers["STATUS"].names(value)
        return Status(value, names, self.read("FRAMES_IN"), self.read("FRAMES_OUT"))

    def counters(self) -> Counters:
        """What was counted in the last run."""
        cycles = self.read("CYCLES_LOW") | self.read("CYCLES_HIGH") << 32
        return Counters(self.read("FRAMES_IN"), self.read("FRAMES_OUT"), cycles,
                        self.read("INPUT_WAIT"), self.read("OUTPUT_WAIT"))

    def start(self, input_address: int, input_bytes: int, output_address: int,
              output_bytes: int, frames: int) -> None:
        """Start a run: read input_bytes of frames, write theirs, no more than output_bytes."""
        for name, value in (("INPUT_ADDRESS", input_address), ("INPUT_BYTES", input_bytes),
                            ("OUTPUT_ADDRESS", output_address), ("OUTPUT_BYTES", output_bytes),
                            ("FRAMES", frames)):
            self.write(name, value)
        if self.transport.interrupt:
            bits = self.registers["IRQ_ENABLE"].mask("done", "error")
            self.write("IRQ_STATUS", bits)
            self.write("IRQ_ENABLE", bits)
        self._frames, self._started, self.running = frames, self.transport.time(), True
        self.write("CONTROL", self.registers["CONTROL"].mask("start"))

    def finish(self) -> Counters:
        """Wait for the end of a run.

        Raises
        ------
        StatusError
            If it failed. The accelerator is idle then, and the next run may start.
        RunTimeout
            If it did not end in time. It was aborted.
        """
        expected = self.expected_seconds(self._frames)
        limit = 1.0 + 10 * expected if self.timeout is None else self.timeout
        pause = min(max(expected / POLLS, SHORTEST), LONGEST)
        while not self._ended(status := self.read("STATUS")):
            if self.transport.time() - self._started > limit:
                raise self._timed_out(limit)
            self.transport.wait(pause)
        self.running = False
        counters = self.counters()
        reasons = self._reasons(status)
        self.write("STATUS", status)
        if self.transport.interrupt:
            self.write("IRQ_STATUS", self.registers["IRQ_STATUS"].mask("done", "error"))
        if reasons or status & self.registers["STATUS"].mask("error"):
            raise StatusError(status, reasons)
        return counters

    def execute(self, input_address: int, input_bytes: int, output_address: int,
                output_bytes: int, frames: int) -> Counters:
        """One run: :meth:`start` and :meth:`finish`."""
        self.start(input_address, input_bytes, output_address, output_bytes, frames)
        return self.finish()

    def abort(self) -> None:
        """Stop a run, in mid-frame too, and wait until the accelerator is idle.

        Raises
        ------
        RunTimeout
            If it stays busy.
        """
        self.running = False
        self.write("CONTROL", self.registers["CONTROL"].mask("abort"))
        idle = self.registers["STATUS"].mask("idle")
        limit = STOP_SECONDS if self.timeout is None else self.timeout
        began = self.transport.time()
        while not (status := self.read("STATUS")) & idle:
            if self.transport.time() - began > limit:
                what = "check the memory port and load the bitstream again"
                raise RunTimeout(f"The accelerator must be idle after an abort, but STATUS is "
                                 f"0x{status:08X}; {what}")
            self.transport.wait(SHORTEST)
        self.write("STATUS", status)

    def reset(self) -> None:
        """Abort what may be on and clear what the last runs left: as after loading."""
        self.abort()
        self.write("IRQ_ENABLE", 0)
        self.write("IRQ_STATUS", self.registers["IRQ_STATUS"].mask("done", "error"))
        self.write("MODE", 0)

    def expected_seconds(self, frames: int) -> float:
        """What the build says of so many frames: first their latency, then one after the other."""
        manifest = self.manifest
        words = max(-(-manifest[side]["frame_bytes"] // 8) for side in ("input", "output"))
        cycles = frames * max(manifest["cycles_per_frame"], words)
        return (cycles + manifest["latency_cycles"]) / self.clock_hz

    def _ended(self, status: int) -> bool:
        bits = self.registers["STATUS"]
        return bool(status & bits.mask("idle") and status & ~bits.mask("idle"))

    def _reasons(self, status: int) -> tuple[str, ...]:
        names = self.registers["STATUS"].names(status)
        return tuple(name for name in names if name not in NO_REASON)

    def _timed_out(self, limit: float) -> RunTimeout:
        status, counters = self.status(), self.counters()
        try:
            self.abort()
            after = "The run was aborted, the next may start"
        except RunTimeout as error:
            after = str(error)
        named = ", ".join(status.names) or "busy"
        return RunTimeout(
            f"A run of {self._frames} frames must end within {limit:g} s: STATUS is "
            f"0x{status.value:08X} ({named}), {status.frames_in} frames are in and "
            f"{status.frames_out} out; check {self._suspect(status, counters)}. {after}"
        )

    def _suspect(self, status: Status, counters: Counters) -> str:
        """What to check, by how far the frames came."""
        if not status.frames_in and counters.input_wait:
            return "the FPGA's memory port (clock, level shifters, address of the input buffer)"
        if status.frames_out < status.frames_in and counters.output_wait:
            return "the FPGA's memory port (address of the output buffer)"
        if status.frames_in >= self._frames:
            return "that whole batches are given, and the clock's frequency"
        return "the clock's frequency, and that the timing was met"
