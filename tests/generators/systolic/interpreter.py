"""Runs the passes of an array on numbers, from what program.py says of them."""

import itertools

import numpy as np

from generators.systolic.fill import Filled
from generators.systolic.lower import Lowered
from sim.golden import affine

__all__ = ["run"]


def run(lowered: Lowered, filled: Filled, frames: np.ndarray) -> np.ndarray:
    """The results (frames, height * width * outputs) of a batch (frames, height, width, channels).

    Memories hold values; words that nothing wrote hold large ones, so that whoever reads them
    gets wrong results.
    """
    shape, numbers = lowered.shape, lowered.numbers
    cols, word = shape.cols, shape.word
    memories = {"input": _load(frames, word, -1 if numbers.x.bipolar else 0),
                "activations": np.full((lowered.sizes.a_words, word), 1 << 40),
                "output": np.full((lowered.sizes.o_words, cols), 1 << 40)}  # fmt: skip
    outside = np.full((_outside(lowered), word), 1 << 40)
    sums = None
    for one in lowered.program.passes:
        _move(memories["activations"], outside, one.transfers)
        loops = lowered.program.layers[one.layer]
        x = _read(memories[one.source], one, loops, cols, _value(numbers.x, loops.padding))
        w = filled.weights[one.tile]
        made = (x[:, None] == w).sum(-1) if numbers.popcount else x @ w.T
        sums = filled.bias[one.set] + made if one.first else sums + made
        if not one.last:
            continue
        assert numbers.acc.low <= sums.min() and sums.max() <= numbers.acc.high
        y = _post(lowered, filled, one, loops, sums)
        y = y.reshape(-1, loops.pool, cols).max(axis=1)
        lanes = slice(one.o_group * cols, (one.o_group + 1) * cols)
        target = memories[one.target]
        places = one.o_address + loops.step * np.arange(len(y))
        target[places, lanes if one.target == "activations" else slice(None)] = y
    return _unload(lowered, memories["output"], len(frames))


def _outside(lowered: Lowered) -> int:
    return max((one.outside + one.words for one in lowered.program.transfers), default=0)


def _move(inside: np.ndarray, outside: np.ndarray, transfers) -> None:
    for one in transfers:
        assert one.address + one.words <= len(inside)
        here, there = (slice(start, start + one.words) for start in (one.address, one.outside))
        if one.store:
            outside[there] = inside[here]
        else:
            inside[:] = 1 << 40  # whoever reads more than what came gets wrong results
            inside[here] = outside[there]


def _load(frames: np.ndarray, word: int, zero: int) -> np.ndarray:
    count, height, width, channels = frames.shape
    words = -(-channels // word)
    padded = np.full((count, height, width, words * word), zero)
    padded[..., :channels] = frames
    return padded.reshape(-1, word)


def _unload(lowered: Lowered, memory: np.ndarray, frames: int) -> np.ndarray:
    height, width, outputs = lowered.chain.stages[-1].result
    pixels = memory.reshape(frames, height * width, -1)
    return pixels[:, :, :outputs].reshape(frames, -1)


def _value(number, code: int) -> int:
    if number.bipolar:
        return 2 * code - 1
    return code - (code >> number.width - 1 << number.width) if number.signed else code


def _read(memory: np.ndarray, one, loops, cols: int, padding: int) -> np.ndarray:
    rows = []
    counts = [range(loop.count) for loop in reversed(loops.loops)]
    for index in itertools.product(*counts):
        steps = list(zip(reversed(index), loops.loops))
        address, y, x = (start + sum(n * getattr(loop, field) for n, loop in steps)
                         for field, start in (("address", one.address), ("y", one.y), ("x", one.x)))
        if 0 <= y < loops.height and 0 <= x < loops.width:
            assert 0 <= address < len(memory)
            row = memory[address].copy()
            row[one.groups * cols :] = padding
        else:
            row = np.full(memory.shape[1], padding)
        rows.append(row)
    return np.array(rows)


def _post(lowered: Lowered, filled: Filled, one, loops, sums: np.ndarray) -> np.ndarray:
    if loops.post == "raw":
        return 2 * sums + loops.odd if lowered.numbers.popcount else sums
    if loops.post == "requantize":
        scale = filled.multiplier[one.set], filled.shift[one.set]
        return affine.requantize(sums, *scale, loops.zero_point, loops.low, loops.high)
    y = loops.base + loops.gain * (sums[:, :, None] >= filled.thresholds[one.set]).sum(-1)
    return 2 * y - 1 if lowered.numbers.x.bipolar else y
