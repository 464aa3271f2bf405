"""Products of matrices of any size on a systolic array, tile by tile, back to back."""

from itertools import pairwise

import numpy as np

from tests.hdl.clocked import draw, pack, run

__all__ = ["decode", "drive", "operands", "product"]


def operands(config, vectors, depth, outputs):
    """Random x (vectors, depth) and w (outputs, depth); first of each the rails, then mixed."""
    rng = np.random.default_rng([vectors, depth, outputs])
    x, w = draw(rng, config.x, (vectors, depth)), draw(rng, config.w, (outputs, depth))
    for k, x_rail in enumerate((config.x.low, config.x.high)[:vectors]):
        x[k] = x_rail
    for k, w_rail in enumerate((config.w.low, config.w.high)[:outputs]):
        w[k] = w_rail
    for some, number in ((x, config.x), (w, config.w)):  # each one of them
        some[3::3] = rng.choice([number.low, number.high], some[3::3].shape)
    return x, w


def product(config, dut, x, w, *, stall=0.0, how=run, gaps=0.0):
    """x (vectors, depth) times w (outputs, depth) transposed, by tiles; the last in the corner.

    Lanes and columns beyond the matrices are noise, and all between tiles but the flags. Without
    gaps between loads, asserts that tiles follow each other in ``config.interval`` enabled cycles.
    """
    rng = np.random.default_rng(len(x))
    tiles = [(n, k) for n in range(0, len(w), config.cols)
             for k in range(0, x.shape[1], config.word)]  # fmt: skip
    inputs, starts = drive(config, x, w, tiles, rng, gaps)
    assert gaps or {b - a for a, b in pairwise(starts)} <= {config.interval(len(x))}
    found = how(dut, config.latency, rng=rng, stall=stall, **inputs)
    sums = np.zeros((len(x), -(-len(w) // config.cols) * config.cols), int)
    for (n, _), start in zip(tiles, starts):
        sums[:, n : n + config.cols] += decode(config.o, config.cols, found[start : start + len(x)])
    sums = sums[:, : len(w)]
    return 2 * sums - x.shape[1] if config.x.bipolar and config.w.bipolar else sums


def drive(config, x, w, tiles, rng, gaps=0.0):
    """What every input is, cycle by cycle, and the cycle of each tile's first vector.

    Everything comes as early as it may, the end of the last tile included.
    """
    starts, loads, free, ready = [], [], 0, 0
    for _ in tiles:
        loads.append(free + np.cumsum(1 + (rng.random(config.load_cycles) < gaps)) - 1)
        starts.append(max(ready, loads[-1][-1] + 1))
        ready, free = starts[-1] + len(x), starts[-1] + config.swap_cycles
    length = max(ready, free)
    some = {name: np.zeros(length, int) for name in ("swap", "w_load")}
    lanes = {"x": (length, config.x), "w": (length, config.w)}
    values = {name: draw(rng, number, (rows, config.word))
              for name, (rows, number) in lanes.items()}  # fmt: skip
    masks = {name: rng.integers(0, 2, (length, config.word)) for name in lanes}
    for (n, k), load, start in zip(tiles, loads, starts):
        depth = min(config.word, x.shape[1] - k)
        cycles = slice(start, start + len(x))
        values["x"][cycles, :depth] = x[:, k : k + depth]
        masks["x"][cycles] = np.arange(config.word) < depth
        some["swap"][start] = 1
        for cycle, col in zip(load, reversed(range(config.cols))):
            some["w_load"][cycle] = 1
            if n + col < len(w):
                values["w"][cycle, :depth] = w[n + col, k : k + depth]
            masks["w"][cycle] = np.arange(config.word) < depth
    words = {name: pack(number, values[name]) for name, (_, number) in lanes.items()}
    words |= {f"{name}_mask": [sum(int(bit) << lane for lane, bit in enumerate(row))
                               for row in masks[name]] for name in lanes}  # fmt: skip
    return words | {name: flags.tolist() for name, flags in some.items()}, starts


def decode(number, cols, words):
    """Sums (words, cols) of the bits of ``o``."""
    width, sign = number.width, (1 << number.width - 1) * number.signed
    fields = [[int(word) >> width * col & (1 << width) - 1 for col in range(cols)]
              for word in words]  # fmt: skip
    return (np.array(fields) ^ sign) - sign
