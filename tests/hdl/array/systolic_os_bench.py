"""Products of matrices of any size on an output-stationary array, tile by tile, back to back."""

from itertools import pairwise

import numpy as np

from tests.hdl.array.systolic_bench import decode
from tests.hdl.clocked import draw, pack, run

__all__ = ["product"]


def product(config, dut, x, w, *, stall=0.0, how=run, gaps=0.0):
    """x (rows, depth) times w (outputs, depth) transposed, each tile's sums over all steps.

    What is no step, and lanes, rows and columns beyond, are noise. Without gaps, asserts that
    tiles follow each other in ``config.interval`` enabled cycles.
    """
    rng = np.random.default_rng(len(x))
    tiles = [(m, n) for m in range(0, len(x), config.rows) for n in range(0, len(w), config.cols)]
    inputs, ends = _drive(config, x, w, tiles, rng, gaps)
    if not gaps:
        steps = -(-x.shape[1] // config.dot.lanes)
        assert {b - a for a, b in pairwise(ends)} <= {config.interval(steps)}
        assert ends[0] + config.latency + config.rows - 1 == config.cycles(steps)
    found = how(dut, config.latency, rng=rng, stall=stall, **inputs)
    up = [-(-size // many) * many for size, many in ((len(x), config.rows), (len(w), config.cols))]
    sums = np.zeros(up, int)
    for (m, n), end in zip(tiles, ends):
        some = decode(config.acc, config.cols, found[end : end + config.rows])
        sums[m : m + config.rows, n : n + config.cols] = some
    sums = sums[: len(x), : len(w)]
    return 2 * sums - x.shape[1] if config.dot.x.bipolar and config.dot.w.bipolar else sums


def _drive(config, x, w, tiles, rng, gaps):
    """What every input is, cycle by cycle, and the cycle of each tile's last step."""
    dot, depth = config.dot, x.shape[1]
    plan, ends = [], []  # of each cycle the tile and the operand that it begins with, or None
    for tile in tiles:
        for k in range(0, depth, dot.lanes):
            is_last = k + dot.lanes >= depth
            while rng.random() < gaps or (is_last and ends and len(plan) < ends[-1] + config.rows):
                plan.append(None)
            plan.append((tile, k))
        ends.append(len(plan) - 1)
    plan += [None] * config.rows
    rows = {name: [] for name in ("step", "first", "last", "x", "w", "x_mask", "w_mask")}
    for one in plan:
        values = draw(rng, dot.x, (config.rows, dot.lanes)), draw(rng, dot.w,
                                                                 (config.cols, dot.lanes))
        masks = rng.integers(0, 2, (2, dot.lanes))
        enough = [mask for mask, ok in ((1, not dot.x.bipolar), (2, not dot.w.bipolar), (3, True))
                  if ok]  # fmt: skip
        flags = [0, *rng.integers(0, 2, 2)]
        if one:
            (m, n), k = one
            for value, matrix, low in zip(values, (x, w), (m, n)):
                part = matrix[low : low + len(value), k : k + dot.lanes]
                value[: part.shape[0], : part.shape[1]] = part
            out = (np.arange(dot.lanes) >= depth - k) * rng.choice(enough, dot.lanes)
            masks[0], masks[1] = 1 - (out & 1), 1 - (out >> 1)
            flags = [1, k == 0, k + dot.lanes >= depth]
        words = [*pack(dot.x, values[0].reshape(1, -1)), *pack(dot.w, values[1].reshape(1, -1))]
        words += [sum(int(bit) << lane for lane, bit in enumerate(mask)) for mask in masks]
        for name, word in zip(rows, [*map(int, flags), *words]):
            rows[name].append(word)
    return rows, ends
