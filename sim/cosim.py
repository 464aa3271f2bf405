"""Run frames through a build's Verilog in a simulator."""

import json
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sim import models, network
from sim.bench import JOB
from sim.early import early
from sim.golden.formats import integer
from sim.manifest import Manifest
from sim.variant import PLAIN, Variant

__all__ = ["Result", "SimulationError", "simulate", "watched"]

QUIET = 64  # cycles that are watched after the last frame
POLL = 0.1  # seconds


class SimulationError(RuntimeError):
    """The design broke a rule of its streams, or gave too few frames in time."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out: integers (frames, items), and when.

    ``first`` and ``last`` are the cycles of each frame's first input and last output transfer;
    ``cycles`` is how many the whole run took. Where frames come in batches of ``batch``, these also
    tell of the frames that were added to fill the last one.
    """

    outputs: np.ndarray
    first: np.ndarray
    last: np.ndarray
    cycles: int
    batch: int = 1

    @property
    def latency_cycles(self) -> int:
        """From the first frame's first input transfer to its last output transfer."""
        return int(self.last[0] - self.first[0])

    @property
    def cycles_per_frame(self) -> int | float | None:
        """Between last outputs of batches, in the mean by frame; None for a single batch.

        To four places, as a build's report says it.
        """
        frames = len(self.last) - self.batch
        if not frames:
            return None
        cycles, rest = divmod(int(self.last[-1] - self.last[self.batch - 1]), frames)
        return cycles if not rest else round(cycles + rest / frames, 4)


def simulate(manifest: Manifest, frames: np.ndarray, *, simulator: str = "verilator",
             harness: str = "batch", stall: float = 0.0, seed: int = 0,
             progress: Callable[[int], None] = lambda frames: None, variant: Variant = PLAIN,
             after: Callable[[Path], None] = lambda folder: None) -> Result:  # fmt: skip
    """Stream frames (n, items) through the build's top, compiling it first if need be.

    Where these are no whole batches, frames of zeros fill the last one; theirs are no outputs.
    Every harness gives the same result, to the cycle, also with stalls.

    Parameters
    ----------
    stall : probability of a pause, each cycle and on both sides
    progress : is told now and then, from another thread, how many frames are done
    variant : what is compiled into the model besides top.v
    after : is given the folder of the run when it has ended, well or not, with what the variant
        left there

    Raises
    ------
    SimulationError
        If the design breaks a rule of its streams or does not answer in time.
    BuildError
        See :func:`sim.models.build`.
    """
    model = models.build(manifest, simulator, harness, variant)
    count, batch = len(frames), manifest.frames_per_batch
    frames = _filled(frames, batch, manifest.input.form)
    job = _job(manifest, len(frames), stall, seed)
    log = manifest.folder / "sim" / f"{simulator}-run.log"
    with models.scratch(manifest.folder / "sim") as folder:
        # A run that fails says why in the files that it leaves, or by leaving none.
        with watched(folder / "progress", progress):
            if harness == "batch":
                found = _run_batch(manifest, frames, job, model, folder, log)
            else:
                found = _run_cocotb(manifest, frames, job, simulator, variant, model, folder, log)
        after(folder)
        if (folder / "fault").exists():
            raise SimulationError((folder / "fault").read_text())
        if found is None:
            what = f"Simulator must finish; {log} ends with\n{models.tail(log)}"
            raise SimulationError(what)
        beats, first, last, cycles = found
        outputs = _unpacked(manifest, beats)[:count]
        return Result(outputs=outputs, first=first, last=last, cycles=cycles, batch=batch)


def _filled(frames: np.ndarray, batch: int, form: integer.Integer) -> np.ndarray:
    """Whole batches: zeros, or the bits 0 that are -1, behind."""
    zeros = np.full((-len(frames) % batch, frames.shape[1]), form.low if form.bipolar else 0)
    return np.concatenate([frames, zeros]) if len(zeros) else frames


def _unpacked(manifest: Manifest, beats: np.ndarray) -> np.ndarray:
    try:
        return manifest.output.unpack(beats)
    except ValueError as error:
        raise SimulationError(str(error)) from None


def _job(manifest: Manifest, frames: int, stall: float, seed: int) -> dict:
    i, o = manifest.input, manifest.output
    # Every beat in its own cycles, slowed down by the stalls, and four times that: generous to
    # a design that is slower than it says, and soon over, as a hung one is simulated fast.
    frame = manifest.cycles_per_frame + (i.beats + o.beats) / (1 - stall)
    deadline = int(1000 + 4 * (manifest.latency_cycles / (1 - stall) + frames * frame))
    return {"input": i.port, "output": o.port, "i_beats": i.beats, "o_beats": o.beats,
            "frames": frames, "stall": stall, "seed": seed, "deadline": deadline,
            "quiet": 0 if _early(manifest) else QUIET}


def _early(manifest: Manifest) -> bool:
    """Whether a next frame may begin behind the last; a circuit alone has no model.json."""
    model = manifest.folder / "model.json"
    return model.exists() and early(network.load(manifest.folder))


def _run_cocotb(manifest: Manifest, frames, job: dict, simulator: str, variant: Variant,
                model: Path, folder: Path, log: Path):  # fmt: skip
    """Beats, first and last cycles, cycles in all; None if there are none. See sim.bench."""
    (folder / "job.json").write_text(json.dumps(job | _memories(manifest)))
    np.save(folder / "inputs.npy", manifest.input.pack(frames))
    with suppress(SystemExit, RuntimeError):
        models.MODELS[simulator, "cocotb"]().runner(variant).test(
            test_module="sim.bench", hdl_toplevel=manifest.top, build_dir=model,
            test_dir=folder, extra_env={JOB: str(folder)}, log_file=log,
            hdl_toplevel_lang="verilog", timescale=models.TIMESCALE,
            waves=variant.wave is not None,
            results_xml=str(folder / "results.xml"))
    if not (folder / "outputs.npz").exists():
        return None
    with np.load(folder / "outputs.npz") as file:
        return file["beats"], file["first"], file["last"], int(file["cycles"])


def _memories(manifest: Manifest) -> dict:
    """The external memories of a job, if there are any."""
    found = []
    for one in (manifest.memory, manifest.maps):
        if one is not None:
            file = one.file and str((manifest.folder / one.file).resolve())
            found.append(asdict(one) | {"file": file})
    return {"memories": found}


def _run_batch(manifest: Manifest, frames, job: dict, model: Path, folder: Path, log: Path):
    """As :func:`_run_cocotb`. See batch.cpp."""
    inputs = manifest.input.pack(frames)
    size = -(-manifest.output.width // 8)
    names = ("i_beats", "o_beats", "frames", "stall", "deadline", "quiet")
    # The twister's 624 words; the last number is its place, which is the same after every seed.
    state = random.Random(job["seed"]).getstate()[1][:-1]
    words = (inputs.shape[1], size, *(job[name] for name in names), *state)
    (folder / "job.txt").write_text("\n".join(str(word) for word in words) + "\n")
    inputs.tofile(folder / "inputs.bin")
    with open(log, "wb") as file:
        program = str((model / models.Batch.program).resolve())
        done = subprocess.run([program, str(folder)], stdin=subprocess.DEVNULL, stdout=file,
                              stderr=file, cwd=folder)
    if done.returncode:
        return None
    beats = np.fromfile(folder / "outputs.bin", np.uint8).reshape(-1, size)
    cycles = np.fromfile(folder / "cycles.bin", "<i8")
    count = len(frames)
    return beats, cycles[:count], cycles[count : 2 * count], int(cycles[-1])


@contextmanager
def watched(file: Path, progress: Callable[[int], None]) -> Iterator[None]:
    """Pass on what the bench writes to its progress file."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(POLL):
            with suppress(OSError, ValueError):  # not there yet, or half written
                progress(int(file.read_text()))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
