"""How fast a board is, and what holds it back."""

from __future__ import annotations

import numpy as np

from .errors import InputError

__all__ = ["bounds", "lines", "measure"]


def bounds(manifest) -> dict[str, float]:
    """Cycles a frame that the core, its input and its output take at least.

    The memory port moves 8 bytes a cycle each way, and a frame begins in a word of its own.
    """
    words = {side: -(-manifest[side]["frame_bytes"] // 8) for side in ("input", "output")}
    return {"compute": float(manifest["cycles_per_frame"]), **words}


def measure(accelerator, frames: int = 1000) -> dict:
    """Run so many frames twice: from numpy to numpy, and the hardware alone.

    ``frames_per_second`` is by the transport's clock and counts packing and copies;
    ``hardware_frames_per_second`` is by the accelerator's own cycles in runs of full buffers,
    ``cycles_per_frame`` those of one. ``compute_cycles``, ``input_cycles`` and ``output_cycles``
    are what the core and the memory port take at least for a frame, ``binds`` which of these is the
    largest. ``input_wait`` and ``output_wait`` are the shares of the cycles in which the core
    waited.
    """
    if frames < 1:
        raise InputError(f"Frames of a throughput test must be at least 1, not {frames}")
    data = _frames(accelerator, frames)
    accelerator.run(data[: accelerator.batch])  # buffers, page tables
    began = accelerator.transport.time()
    accelerator.run(data)
    seconds = accelerator.transport.time() - began
    padded = -(-frames // accelerator.batch) * accelerator.batch
    cycles, input_wait, output_wait = _hardware(accelerator, padded)
    each = {name: value for name, value in bounds(accelerator.manifest).items()}
    return {
        "frames": frames,
        "seconds": seconds,
        "frames_per_second": frames / seconds if seconds > 0 else float("inf"),
        "clock_mhz": accelerator.clock_hz / 1e6,
        "cycles": cycles,
        "cycles_per_frame": cycles / padded,
        "hardware_frames_per_second": accelerator.clock_hz * padded / cycles,
        **{f"{name}_cycles": value for name, value in each.items()},
        "binds": max(each, key=each.get),
        "input_wait": input_wait / cycles,
        "output_wait": output_wait / cycles,
    }


def lines(result: dict) -> list[str]:
    """What was measured, for people."""
    bound = max(result[f"{name}_cycles"] for name in ("compute", "input", "output"))
    ideal = result["clock_mhz"] * 1e6 / bound
    return [
        f"{result['frames']} frames in {result['seconds']:.4g} s: "
        f"{result['frames_per_second']:,.0f} frames/s from numpy to numpy",
        f"hardware alone {result['hardware_frames_per_second']:,.0f} frames/s: "
        f"{result['cycles_per_frame']:.6g} cycles a frame at {result['clock_mhz']:g} MHz",
        f"bounds a frame: compute {result['compute_cycles']:g} cycles, input "
        f"{result['input_cycles']:g}, output {result['output_cycles']:g}; {result['binds']} binds "
        f"({ideal:,.0f} frames/s)",
        f"core waited for input {result['input_wait']:.1%}, for output "
        f"{result['output_wait']:.1%} of the cycles",
    ]


def _frames(accelerator, count: int) -> np.ndarray:
    port = accelerator.input
    generator = np.random.default_rng(0)
    if port.bipolar:
        return generator.integers(0, 2, (count, port.items), np.int8) * np.int8(2) - np.int8(1)
    return generator.integers(port.low, port.high, (count, port.items), np.int64, endpoint=True)


def _hardware(accelerator, frames: int) -> tuple[int, int, int]:
    """Cycles of runs over buffers that are full already, and those in which the core waited."""
    total = np.zeros(3, np.int64)
    source, target = accelerator.pairs()[0]
    left = frames
    while left:
        count = min(left, accelerator.capacity)
        done = accelerator.execute(source.address, count * accelerator.input.frame_bytes,
                                   target.address, count * accelerator.output.frame_bytes,
                                   count)
        total += done.cycles, done.input_wait, done.output_wait
        left -= count
    return tuple(int(one) for one in total)
