"""All 10,000 test images of MNIST through the RTL of TFC_1W1A, in one run, back to back."""

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from generators.finn.__main__ import main as finn
from sim import cosim, manifest, models, network
from tests import data

PUBLISHED = 0.9296
"""Of the images, by the model's authors (its README in the data)."""

WARM = 2000
"""Frames after which the simulator holds all that does not grow with them."""

SLACK = 128
"""KiB that an allocator may round up to."""


def resident() -> int:
    """KiB in memory of the process that this one waits for, 0 if there is none."""
    children = " ".join(task.joinpath("children").read_text()
                        for task in Path("/proc/self/task").iterdir())  # fmt: skip
    pages = 0
    for pid in children.split():
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_ten_thousand_images(tmp_path):
    folder = data.folder() / "models" / "tfc_1w1a"
    images, labels = data.mnist("t10k")
    assert finn([str(folder / "TFC_1W1A.onnx"), "--cycles", "98", "-o", str(tmp_path / "b")]) == 0
    build = manifest.read(tmp_path / "b")
    models.build(build, "verilator", "batch")
    seen: list[tuple[int, int]] = []
    frames = images.reshape(10_000, -1).astype(np.int64)
    found = cosim.simulate(build, frames, stall=0.2, seed=7,
                           progress=lambda frames: seen.append((frames, resident())))  # fmt: skip

    np.testing.assert_array_equal(found.outputs, network.run(build, frames))
    assert np.mean(found.outputs.argmax(axis=1) == labels) == PUBLISHED
    # Both streams pause a fifth of the time, but frames still follow each other without gaps.
    assert found.cycles < 1.5 * 10_000 * build.cycles_per_frame
    late = [memory for frames, memory in seen if frames >= WARM and memory]
    assert len(late) >= 2
    # The harness keeps what comes out, and two cycles a frame, for the end; nothing else grows.
    kept = build.output.beats * -(-build.output.width // 8) + 16
    assert max(late) - min(late) <= (10_000 - WARM) * kept / 1024 + SLACK
