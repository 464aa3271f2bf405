"""``python -m sim BUILD --driver``: frames through the system by the drivers of a build."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim import cosim, models, system, system_programs
from sim.manifest import Manifest

__all__ = ["DRIVERS", "Outcome", "drive", "serve"]

DRIVERS = {"python": system_programs.by_python, "c": system_programs.by_c}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came out, and how fast.

    ``cycles`` are those of runs of ``counted`` frames, by the accelerator's own CYCLES;
    ``bandwidth`` is the bytes a cycle, of 8, that a loopback moved from memory to memory, None
    where the memory is in the FPGA. Bounds are cycles a frame.
    """

    outputs: np.ndarray
    counted: int
    cycles: int
    input_wait: int
    bandwidth: float | None
    compute_bound: float
    io_bound: int

    @property
    def cycles_per_frame(self) -> float:
        """From the start of the first run's first frame to the end of its last, and so on."""
        return self.cycles / self.counted

    def report(self) -> dict:
        """For --json."""
        return {"cycles_per_frame": round(self.cycles_per_frame, 4),
                "compute_bound": self.compute_bound, "io_bound": self.io_bound,
                "input_wait": self.input_wait,
                "bandwidth": self.bandwidth and round(self.bandwidth, 4)}  # fmt: skip

    def lines(self, clock_mhz: float) -> list[str]:
        """For people."""
        rate = 1e6 * clock_mhz / self.cycles_per_frame
        ideal = 1e6 * clock_mhz / max(self.compute_bound, self.io_bound)
        bounds = f"compute bound {self.compute_bound:.6g}, I/O bound {self.io_bound}"
        told = [f"cycles per frame {self.cycles_per_frame:.6g} ({bounds})",
                f"frames per second {rate:.0f} of {ideal:.0f} at {clock_mhz:g} MHz"]  # fmt: skip
        if self.bandwidth is not None:
            told.append(f"bandwidth {100 * self.bandwidth:.1f} % of 8 bytes a cycle in a loopback")
        return told


def drive(manifest: Manifest, frames: np.ndarray, driver: str, *, stall: float = 0.0,
          seed: int = 0, progress: Callable[[int], None] = lambda frames: None) -> Outcome:
    """Run frames (n, items) of the input's type by a driver, "python" or "c".

    ``stall`` is the probability of a pause, each cycle and on every channel of every AXI port.

    Raises
    ------
    SimulationError
        If a rule is broken or the driver fails.
    BuildError
        See :func:`sim.system.run`.
    """
    system.compiled(manifest)
    with models.scratch(manifest.folder / "sim") as folder:
        np.save(folder / "inputs.npy", frames)
        with cosim.watched(folder / "progress", progress):
            try:
                found = system.run(manifest, DRIVERS[driver], stall=stall, seed=seed,
                                   arguments={"frames": str(folder / "inputs.npy")})
            except system.ProgramError as error:
                raise cosim.SimulationError(str(error).strip().splitlines()[-1]) from None
        outputs = np.load(folder / "outputs.npy")
    sides = manifest.input.frame_bytes, manifest.output.frame_bytes
    return Outcome(
        outputs=outputs, counted=sum(run["frames_out"] for run in found["runs"]),
        cycles=sum(run["cycles"] for run in found["runs"]),
        input_wait=sum(run["input_wait"] for run in found["runs"]),
        bandwidth=found["bandwidth"], compute_bound=manifest.cycles_per_frame,
        io_bound=max(-(-side // 8) for side in sides))


def serve(manifest: Manifest, port: int, *, ready: Callable[[int], None],
          connections: int | None = None, stall: float = 0.0, seed: int = 0) -> None:
    """Let the simulated system answer ``python -m driver … --transport tcp:localhost:PORT``.

    ``port`` 0 is a free one; ``ready`` is told, in another thread, which it is. Ends after so many
    connections, None: never.

    Raises
    ------
    SimulationError
        If a rule is broken, or the port is taken.
    BuildError
        See :func:`sim.system.run`.
    """
    system.compiled(manifest)
    with models.scratch(manifest.folder / "sim") as folder:
        threading.Thread(target=_tell, args=(folder / "port", ready), daemon=True).start()
        arguments = {"port": port, "ready": str(folder / "port"), "connections": connections}
        try:
            system.run(manifest, system_programs.serve, arguments=arguments, stall=stall,
                       seed=seed)
        except system.ProgramError as error:
            raise cosim.SimulationError(str(error).strip().splitlines()[-1]) from None


def _tell(file: Path, ready: Callable[[int], None]) -> None:
    while file.parent.exists():
        if file.exists():
            ready(int(file.read_text()))
            return
        time.sleep(cosim.POLL)
