"""The cocotb test that streams a job's frames through the top and records what comes out."""

import json
import os
import random
import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.simtime import get_sim_time
from cocotb.triggers import First, SimTimeoutError, with_timeout

from sim.manifest import integers

JOB = "BITLOOM_JOB"
"""Environment variable with the folder of the job: see :class:`Bench`."""

PERIOD = 2  # simulator steps: time is unit-free here, so that a cycle is an integer division
RESET = 4  # cycles
IDLE = 8  # cycles without a transfer after which sleeping is cheaper than looking each cycle
REPORT = 0.2  # seconds between two writes of the progress file


class Fault(AssertionError):
    """The design broke a rule of its streams."""


class Bench:
    """A job in a folder: ``job.json`` and ``inputs.npy`` in, ``outputs.npz`` or ``fault`` out.

    Everything is sampled right before a clock edge (a cocotb edge trigger fires before the design
    reacts to it), and driven right after it. Cycle 0 is the first edge of the simulation.
    batch.cpp does all of this again, pause by pause: a change here is one there.
    """

    def __init__(self, dut, folder: Path) -> None:
        job = json.loads((folder / "job.json").read_text())
        self.folder = folder
        self.stall, self.deadline, self.frames = job["stall"], job["deadline"], job["frames"]
        self.i_beats, self.o_beats, self.quiet = job["i_beats"], job["o_beats"], job["quiet"]
        self.clk, self.rst = dut.clk, dut.rst
        for external in job["memories"]:
            # Here, as other builds need not have the package.
            from sim import memory

            memory.attach(dut, external, PERIOD, job["stall"], job["seed"])
        i, o = job["input"], job["output"]
        self.i_data, self.i_valid = getattr(dut, f"{i}_tdata"), getattr(dut, f"{i}_tvalid")
        self.i_ready, self.i_last = getattr(dut, f"{i}_tready"), getattr(dut, f"{i}_tlast")
        self.o_data, self.o_valid = getattr(dut, f"{o}_tdata"), getattr(dut, f"{o}_tvalid")
        self.o_ready, self.o_last = getattr(dut, f"{o}_tready"), getattr(dut, f"{o}_tlast")
        loads = (getattr(dut, f"load_{name}", None) for name in ("address", "data", "valid"))
        self.loads = [port for port in loads if port is not None]
        self.random = random.Random(job["seed"])
        self.edge = dut.clk.rising_edge
        self.words: list[int] = []
        self.sent, self.outputs = 0, []
        self.first, self.last = [], []
        self.cycle = 0
        self._reported = 0.0

    async def run(self) -> None:
        """Reset, stream every frame, and see that nothing follows the last one."""
        self.words = integers(np.load(self.folder / "inputs.npy"))
        for signal in (self.i_valid, self.i_last, self.i_data, self.o_ready, *self.loads):
            signal.value = 0
        self.rst.value = 1
        for _ in range(RESET):
            await self.edge
        self.rst.value = 0
        try:
            await with_timeout(self._stream(), PERIOD * self.deadline, "step")
        except SimTimeoutError:
            done = len(self.outputs) // self.o_beats
            sent = self.sent // self.i_beats
            raise Fault(f"Top must answer {self.frames} frames within {self.deadline} cycles, "
                        f"but took {sent} and gave {done}") from None
        await self._silence()

    async def _stream(self) -> None:
        """Drive both sides until the last output; wakes each cycle that may see a transfer."""
        total, stall, chance = self.frames * self.o_beats, self.stall, self.random.random
        edge, i_ready, o_valid, o_ready = self.edge, self.i_ready, self.o_valid, self.o_ready
        outputs = self.outputs
        offered = not stall
        if offered:
            self._offer()
        o_ready.value = ready = int(not stall)
        held, idle = None, 0
        self.cycle = get_sim_time("step") // PERIOD
        while True:
            await edge
            self.cycle += 1
            idle += 1
            if offered and str(i_ready.value) == "1":
                idle = 0
                offered = self._sent(stall)
            if str(o_valid.value) == "1":
                idle = 0
                held = self._valid(held, ready)
                if len(outputs) == total:
                    break
            elif held is not None:
                raise Fault(f"m_axis_tvalid must not drop before the transfer, {self._where()}")
            if stall:
                if not offered and self.sent < len(self.words) and chance() >= stall:
                    offered = True
                    self._offer()
                want = int(chance() >= stall)
                if want != ready:
                    o_ready.value = ready = want
            elif idle > IDLE:
                await self._sleep(offered)
                idle = 0

    def _offer(self) -> None:
        """Put the next beat on the input."""
        beat = self.sent
        self.i_data.value = self.words[beat]
        place = beat % self.i_beats
        if place == self.i_beats - 1:
            self.i_last.value = 1
        elif place == 0:
            self.i_last.value = 0
        if beat == 0 or self.stall:
            self.i_valid.value = 1

    def _sent(self, stall: float) -> bool:
        """Count an input transfer; returns whether the next beat is offered at once."""
        if self.sent % self.i_beats == 0:
            self.first.append(self.cycle)
        self.sent += 1
        if self.sent < len(self.words) and (not stall or self.random.random() >= stall):
            self._offer()
            return True
        self.i_valid.value = 0
        return False

    def _valid(self, held, ready: int):
        """Check the beat on the output and take it if ready; returns the beat held, or None."""
        beat = str(self.o_data.value), str(self.o_last.value)
        if held is not None and beat != held:
            raise Fault(f"m_axis_tdata and tlast must be stable until the transfer, "
                        f"{self._where()}")
        if not ready:
            return beat
        last = (len(self.outputs) + 1) % self.o_beats == 0
        if beat[1] != str(int(last)):
            raise Fault(f"m_axis_tlast must be {int(last)}, not {beat[1]}, {self._where()}")
        self.outputs.append(beat[0])
        if last:
            self.last.append(self.cycle)
            self._report()
        return None

    async def _sleep(self, offered: bool) -> None:
        """Return when a handshake may change: both streams stand, and we change nothing."""
        if offered:
            await First(self.i_ready.rising_edge, self.o_valid.rising_edge)
        else:
            await self.o_valid.rising_edge
        # The signal rose just after an edge, which the loop has not seen.
        self.cycle = get_sim_time("step") // PERIOD

    async def _silence(self) -> None:
        """See that the output stays quiet after the last frame."""
        self.o_ready.value = 1
        for _ in range(self.quiet):
            await self.edge
            if str(self.o_valid.value) != "0":
                raise Fault(f"m_axis_tvalid must be 0 after the last of {self.frames} frames")

    def _where(self) -> str:
        frame, beat = divmod(len(self.outputs), self.o_beats)
        return f"at beat {beat} of frame {frame}, cycle {self.cycle}"

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT:
            self._reported = now
            (self.folder / "progress").write_text(f"{len(self.last)}\n")

    def save(self) -> None:
        """Write outputs.npz: the beats as bytes, and the cycles of each frame."""
        size = -(-len(self.outputs[0]) // 8)
        try:
            data = b"".join(int(beat, 2).to_bytes(size, "little") for beat in self.outputs)
        except ValueError:
            raise Fault("m_axis_tdata must be known in a transfer, but has unknown bits") from None
        beats = np.frombuffer(data, np.uint8).reshape(-1, size)
        np.savez(self.folder / "outputs.npz", beats=beats, first=self.first, last=self.last,
                 cycles=self.cycle)


@cocotb.test()
async def stream(dut) -> None:
    """Run the job that the environment names."""
    folder = Path(os.environ[JOB])
    Clock(dut.clk, PERIOD, "step").start(start_high=False)
    bench = Bench(dut, folder)
    try:
        await bench.run()
        bench.save()
    except Fault as fault:
        (folder / "fault").write_text(str(fault))
        raise
