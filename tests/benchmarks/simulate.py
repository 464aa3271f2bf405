"""What the batch harness gains over cocotb: ``python -m tests.benchmarks.simulate BUILD``.

Compiles both models anew in a copy of the build, runs the same random frames through both, and
sees that they agree to the cycle. Prints compile and run seconds (elapsed, and of the processor
alone), cycles per second of the processor, and the ratio batch/cocotb of these.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sim import cosim, manifest, models

HARNESSES = ("batch", "cocotb")


def timed(work: Callable):
    """What it returns, its seconds, and the processor's seconds of its programs."""
    before, start = os.times(), time.monotonic()
    result = work()
    elapsed, after = time.monotonic() - start, os.times()
    return result, elapsed, after.children_user - before.children_user


def random_frames(port: manifest.Port, count: int) -> np.ndarray:
    """Frames (count, items) of the port's type."""
    form = port.form
    steps = (form.high - form.low) // form.step
    shape = (count, port.items)
    return form.low + form.step * np.random.default_rng(0).integers(0, steps, shape, endpoint=True)


def measure(build: manifest.Manifest, frames: np.ndarray, stall: float, console: Console) -> float:
    """Print the table; returns the ratio batch/cocotb of cycles per second."""
    table = Table("harness", "compile s", "processor s", "run s", "processor s", "cycles/s")
    results, rates = [], []
    for harness in HARNESSES:
        made = timed(lambda kind=harness: models.build(build, "verilator", kind))
        run = timed(lambda kind=harness: cosim.simulate(build, frames, harness=kind, stall=stall))
        results.append(run[0])
        rates.append(run[0].cycles / run[2])
        seconds = (f"{value:.2f}" for value in (*made[1:], *run[1:]))
        table.add_row(harness, *seconds, f"{rates[-1]:,.0f}")
    console.print(table)
    for name in ("outputs", "first", "last", "cycles"):
        np.testing.assert_array_equal(*(getattr(result, name) for result in results))
    return rates[0] / rates[1]


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", metavar="BUILD", type=Path)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--stall", type=float, default=0.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "build"
        shutil.copytree(args.build, folder, ignore=shutil.ignore_patterns("sim"))
        build = manifest.read(folder)
        frames = random_frames(build.input, args.frames)
        console = Console(width=100)
        ratio = measure(build, frames, args.stall, console)
    cycles = f"{len(frames)} frames, stall {args.stall:g}"
    console.print(f"{build.name}, {cycles}: batch/cocotb {ratio:.2f}")


if __name__ == "__main__":
    main()
