"""Whole networks, from the command to simulated frames: ``python -m tests.benchmarks.networks``.

Each is generated (time and peak memory measured), synthesised layer by layer, which is cached, and
simulated on real images, compared with the golden model. Writes networks.json and the README's
table of it. What needs $BITLOOM_DATA is left out where there is none.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests import data
from tests.benchmarks.kept import asked, update
from tests.synth.update import README, version, with_table

__all__ = ["NETWORKS", "RESULTS", "Network", "Result", "read", "table"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE / "networks.json"
BUILDS = ROOT / "build" / "bench"
CLOCK_MHZ = 200.0
"""Assumed: see the static time."""


@dataclass(frozen=True)
class Network:
    """A model, its fold (folds/NAME.json), and the images that are simulated.

    model : from a folder where it is; where that has no data there is none.
    frames : (frames, items) in the model's input type; many are simulated where few cycles are.
    cycles, lut : what was asked for at most.
    published : what others report of it.
    """

    title: str
    model: Callable[[], Path]
    frames: Callable[[], np.ndarray]
    cycles: float
    lut: int
    published: str


@dataclass(frozen=True)
class Result:
    """What was found; generation, without synthesis, by seconds, a processor's seconds, and MB."""

    title: str
    frames: int
    mismatches: int
    cycles: float
    latency: int
    lut: int
    ff: int
    bram18: int
    dsp: int
    static_ns: float
    generate_s: float
    generate_cpu_s: float
    generate_mb: int
    cycles_limit: float
    lut_limit: int
    published: str


def _model(name: str, file: str = "intnet.npz") -> Path:
    return data.folder() / "models" / name / file


def _vectors(name: str, count: int) -> np.ndarray:
    with np.load(_model(name, "vectors.npz")) as file:
        return file["x"][:count]


def _mnist(count: int) -> np.ndarray:
    return data.mnist("t10k")[0][:count].reshape(count, -1)


LFC, TFC = "bnnpynq_lfcw1a1_mnist", "tfc_1w1a"
NETWORKS = {
    "sfc16": Network(
        "SFC (ours), 784-256-256-256-10", lambda: ROOT / "tests/models/sfc/model.json",
        lambda: _mnist(200), 16, 30000,
        "FINN SFC-max: 12.3 M frames a second on an XC7Z045 (218,600 LUT)"),
    "lfc73": Network(
        "LFC (BNN-PYNQ), 784-1024-1024-1024-10, 7 frames a fetch", lambda: _model(LFC),
        lambda: _vectors(LFC, 70), 83, 53200,
        "FINN LFC-max: 1.56 M frames a second on an XC7Z045 (218,600 LUT)"),
    "lfc512": Network(
        "LFC (BNN-PYNQ) at its board's 512 cycles", lambda: _model(LFC),
        lambda: _vectors(LFC, 20), 512, 12000,
        "BNN-PYNQ on an XC7Z020: 28,360 LUT, 220 BRAM18, 4 DSP, 100 MHz"),
    "tfc_unrolled": Network(
        "TFC_1W1A, 784-64-64-64-10, unrolled", lambda: _model(TFC),
        lambda: _vectors(TFC, 200), 1, 14000,
        "da4ml 0.6.0, a net of these sizes: 34,252 LUT, generated in 744 s"),
}  # fmt: skip


def measure(name: str, console: Console) -> Result | None:
    """Generate, synthesise, simulate; None where there is no data."""
    one = NETWORKS[name]
    try:
        model, frames = one.model(), one.frames()
    except pytest.skip.Exception as reason:
        console.print(f"{name} is left out: {reason}")
        return None
    build = BUILDS / name
    command = ["generators.finn", str(model), "--fold", str(HERE / "folds" / f"{name}.json"),
               "--clock", f"{CLOCK_MHZ:g}", "-o", str(build)]  # fmt: skip
    console.print(f"{name}: generating")
    seconds, work, megabytes = timed(command)
    console.print(f"{name}: generated in {seconds:.1f} s ({work:.1f} s of a processor) and "
                  f"{megabytes} MB; synthesising")  # fmt: skip
    timed([*command, "--synth"])
    report = json.loads((build / "report.json").read_text())
    console.print(f"{name}: simulating {len(frames)} frames")
    found = simulated(build, frames)
    used = {key: round(report["totals"][key]) for key in ("lut", "ff", "bram18", "dsp")}
    return Result(
        title=one.title, frames=found["frames"], mismatches=found["mismatches"],
        cycles=found["cycles_per_frame"], latency=found["latency_cycles"], **used,
        static_ns=report["static_time"]["ns"], generate_s=round(seconds, 1),
        generate_cpu_s=round(work, 1), generate_mb=megabytes, cycles_limit=one.cycles,
        lut_limit=one.lut, published=one.published)  # fmt: skip


def timed(arguments: list[str]) -> tuple[float, float, int]:
    """What a module's command takes: seconds, a processor's, and MB of its largest process.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    command, start = [sys.executable, "-m", *arguments], time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def simulated(build: Path, frames: np.ndarray) -> dict:
    """The result of ``python -m sim``; a mismatch is an error."""
    np.save(build / "x.npy", frames)
    timed(["sim", str(build), "--input", str(build / "x.npy"),
           "--json", str(build / "result.json")])  # fmt: skip
    return json.loads((build / "result.json").read_text())


HEADS = ("network", "cycles a frame (asked)", "frames a second at an assumed 200 MHz",
         "latency, cycles", "LUT (asked)", "FF", "BRAM18", "DSP", "static ns",
         "generated in (processor)", "frames simulated, mismatches", "published")  # fmt: skip


def table(results: dict[str, Result]) -> str:
    """The README's table."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for one in results.values():
        cycles = f"**{one.cycles:,.4g}**{_asked(one.cycles, one.cycles_limit)}"
        rate = f"{CLOCK_MHZ / one.cycles:,.4g} M"
        lut = f"**{one.lut:,}**{_asked(one.lut, one.lut_limit)}"
        fields = [one.title, cycles, rate, f"{one.latency:,}", lut, f"{one.ff:,}", one.bram18,
                  one.dsp, f"{one.static_ns:.2f}",
                  f"{one.generate_s:.0f} s ({one.generate_cpu_s:.0f} s), {one.generate_mb} MB",
                  f"{one.frames}, {one.mismatches}", one.published]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, fields))} |")
    return "\n".join(lines) + "\n"


def _asked(value: float, limit: float) -> str:
    return f" (≤ {limit:,}) {'✓' if value <= limit else '✗'}"


def read() -> dict[str, Result]:
    """What was measured last."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"networks": {}}
    return {name: Result(**one) for name, one in kept["networks"].items()}


def write(results: dict[str, Result]) -> None:
    """The data and the table."""
    text = json.dumps({"yosys": version(), "networks": {k: asdict(v) for k, v in results.items()}},
                      indent=1, ensure_ascii=False)  # fmt: skip
    RESULTS.write_text(f"{text}\n")
    README.write_text(with_table(README.read_text(), table(results), "networks"))


def main() -> None:
    """Measure all or some networks; those that are not measured stay as they were."""
    names = asked(argparse.ArgumentParser(description=__doc__), NETWORKS).names
    console = Console(stderr=True)
    update(names, NETWORKS, read, lambda name: measure(name, console), write)
    print(RESULTS)


if __name__ == "__main__":
    main()
