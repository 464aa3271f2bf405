"""Runs of the registers in the RTL simulation of system.v, by the Python driver of the build."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from boards.driver.host import prepare
from sim import manifest, network, system
from tests import data
from tests.benchmarks.onboard_cases import ZYNQ, Case, built

__all__ = ["FRAMES", "LATENCIES", "LENGTHS", "dma", "frames"]

FRAMES = (1, 10, 100, 1000)
"""Of a run."""

LATENCIES = (1, 20, 60, 120)
"""Cycles from a burst's address to its first beat, and from its last data to its answer."""

LENGTHS = (1 << 12, 1 << 16, 1 << 18)
"""Bytes of a loopback, and about those of a run's frames."""

MEMORY = 1 << 22
"""Bytes that the driver may ask for: enough for all frames in one run."""

LIMIT = 3_000_000
"""Cycles of a simulation."""


def frames() -> Iterator[dict]:
    """A row for each build and number of frames: test images through numpy, driver and RTL.

    ``cycles`` is the register CYCLES, from the start's check to the end of the last write, with
    the simulation's usual latency of the memory.
    """
    for case in ZYNQ:
        yield from _frames(case)


def _frames(case: Case) -> Iterator[dict]:
    build = built(case)
    given = {"file": str(_arrays(build, max(FRAMES))), "counts": FRAMES}
    found = _simulated(build, images, given, system.LATENCY)
    report = json.loads((build / "report.json").read_text())
    sides = [report["io"][f"{side}_bytes"] for side in ("input", "output")]
    for count, run, right in zip(FRAMES, found["runs"], found["right"], strict=True):
        yield {"name": case.name, "frames": count,
               **{key: run[key] for key in ("cycles", "input_wait", "mismatches")}, "right": right,
               "frame_bytes": sides[0], "compute_bound": report["cycles_per_frame"],
               "io_bound": max(-(-side // 8) for side in sides), "clock_mhz": report["clock_mhz"],
               "memory_latency": list(system.LATENCY)}  # fmt: skip


def dma() -> Iterator[dict]:
    """A row for each latency of the memory, way and length.

    ``read`` is of frames of the build whose core takes a word a cycle and more, ``loopback`` reads
    and writes the same bytes at once.
    """
    case = ZYNQ[-1]
    build = built(case)
    size = manifest.read(build).input.frame_bytes
    counts = [-(-length // size) for length in LENGTHS]
    arrays = _arrays(build, max(counts))
    for latency in LATENCIES:
        given = {"file": str(arrays), "counts": counts, "lengths": LENGTHS}
        found = _simulated(build, both, given, (latency, latency))
        for way in ("read", "loopback"):
            for run in found[way]:
                yield {"name": case.name, "latency": latency, "way": way, **run}


def _arrays(build: Path, count: int) -> Path:
    """Test images, their labels, and what must come out, in a file for the simulator."""
    made = manifest.read(build)
    images, labels = data.mnist("t10k")
    images = images[:count, :, :, None]
    codes = prepare(json.loads((build / "manifest.json").read_text()), images)
    expected = network.run(made, codes.reshape(count, made.input.items))
    path = build / "images.npz"
    np.savez(path, images=images, labels=labels[:count], expected=expected)
    return path


def _simulated(build: Path, program, arguments: dict, latency: tuple[int, int]) -> dict:
    return system.run(manifest.read(build), program, arguments=arguments, latency=latency)


def images(host, file: str, counts: list[int]) -> dict:
    """In the simulator: the first images, so many a run, compared with what must come out."""
    host.limit(LIMIT)
    arrays = np.load(file)
    host.transport.memory_bytes = MEMORY
    accelerator = host.accelerator(timeout=1.0)
    runs, right, finish = [], [], accelerator.finish
    accelerator.finish = lambda: runs.append(finish()._asdict()) or runs[-1]
    for count in counts:
        y = accelerator.classify(arrays["images"][:count]).reshape(count, -1)
        runs[-1]["mismatches"] = int(np.sum((y != arrays["expected"][:count]).any(axis=1)))
        right.append(int(np.sum(y.argmax(axis=1) == arrays["labels"][:count])))
    if len(runs) != len(counts):
        raise AssertionError("All frames must go in one run")
    return {"runs": runs, "right": right}


def both(host, file: str, counts: list[int], lengths: list[int]) -> dict:
    """In the simulator: frames into the core, and loopbacks, with the bytes of each and cycles."""
    size = host.manifest["input"]["frame_bytes"]
    found = images(host, file, counts)["runs"]
    reads = [{"bytes": count * size, "cycles": run["cycles"], "mismatches": run["mismatches"]}
             for count, run in zip(counts, found, strict=True)]  # fmt: skip
    accelerator, loops = host.accelerator(timeout=1.0), []
    accelerator.write("MODE", accelerator.registers["MODE"].mask("loopback"))
    for length in lengths:
        source, sink = (host.transport.allocate(length) for _ in range(2))
        text = np.random.default_rng(length).integers(0, 256, length, np.uint8).tobytes()
        source.write(0, text)
        run = accelerator.execute(source.address, length, sink.address, length, 1)
        loops.append({"bytes": length, "cycles": run.cycles,
                      "mismatches": int(sink.read(0, length) != text)})  # fmt: skip
    accelerator.write("MODE", 0)
    return {"read": reads, "loopback": loops}
