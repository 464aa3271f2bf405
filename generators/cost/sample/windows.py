# amaranth: UnusedElaboratable=no

"""Sliding windows, columns, and pools: what walks over maps."""

from functools import partial

import numpy as np

from generators.cost.sample.case import (
    BYTE,
    FEW,
    SAME,
    TERNARY,
    Sample,
    drawn,
    named,
    pick,
    short,
    size,
)
from hdl.number import BIPOLAR, Number, holding
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.upsample import Upsample

__all__ = ["columns", "designed", "draw", "pool", "upsample", "window"]

U2, U3 = Number(width=2), Number(width=3)
THREE = (3, 3)
WINDOWS = (  # height, width, channels, lanes, kernel, x, options
    (30, 30, 64, 32, THREE, BIPOLAR, {"repeats": 2}),
    (32, 32, 3, 3, THREE, BYTE, {"repeats": 4}),
    (5, 5, 128, 32, THREE, BIPOLAR, {"repeats": 8}),
    (32, 32, 64, 16, THREE, BIPOLAR, {"repeats": 4}),
    (28, 28, 16, 16, THREE, TERNARY, {"padding": SAME}),
    (14, 14, 32, 8, THREE, FEW, {"padding": SAME, "repeats": 2}),
    (56, 56, 64, 16, THREE, FEW, {"padding": SAME}),
    (56, 56, 64, 16, THREE, FEW, {"padding": SAME, "stride": (2, 2)}),
    (112, 112, 3, 3, (7, 7), BYTE, {"padding": (3,) * 4, "stride": (2, 2)}),
    (1, 128, 8, 8, (1, 5), FEW, {"padding": (0, 2, 0, 2)}),
    (16, 16, 32, 8, THREE, FEW, {"padding": SAME, "blocks": 4}),
    (16, 16, 32, 16, (1, 1), FEW, {"stride": (2, 2)}),
    (10, 10, 16, 16, THREE, FEW, {"padding": (2,) * 4, "dilation": (2, 2)}),
    (12, 12, 64, 16, THREE, U3, {"padding": SAME, "repeats": 2}),
    (9, 40, 20, 5, (3, 5), FEW, {"stride": (1, 2)}),
    (28, 28, 1, 1, (5, 5), BYTE, {"repeats": 2}),
    (40, 40, 32, 8, THREE, FEW, {"padding": SAME, "blocks": 4}),
    (1, 64, 12, 4, (1, 7), BIPOLAR, {"repeats": 3}),
    (6, 6, 256, 64, THREE, TERNARY, {"padding": SAME, "repeats": 4}),
)
COLUMNS = (  # width, kernel, stride, beats, repeats, lanes, x
    (30, 3, 1, 3, 2, 16, FEW), (32, 3, 1, 3, 4, 3, BYTE), (57, 5, 2, 5, 1, 4, FEW),
)  # fmt: skip
POOLS = (  # height, width, groups, lanes, kernel, x, op
    (28, 28, 2, 32, (2, 2), BIPOLAR, "max"),
    (24, 24, 1, 16, (2, 2), FEW, "max"),
    (27, 27, 2, 16, (2, 2), U2, "max"),
    (64, 64, 8, 8, (2, 2), U2, "max"),
    (1, 9, 1, 16, (1, 9), FEW, "max"),
    (1, 4, 1, 24, (1, 4), TERNARY, "max"),
    (1, 128, 2, 8, (1, 4), FEW, "max"),
    (7, 7, 1, 16, (7, 7), FEW, "sum"),
    (8, 8, 4, 8, (8, 8), FEW, "sum"),
    (32, 32, 1, 16, (2, 2), FEW, "sum"),
    (30, 30, 3, 10, THREE, FEW, "max"),
    (14, 14, 2, 12, (14, 14), U3, "sum"),
    (56, 56, 4, 4, (2, 2), BYTE, "max"),
    (1, 9, 1, 20, (1, 9), BIPOLAR, "max"),
)
UPSAMPLES = (  # height, width, groups, lanes, factor, x
    (8, 8, 2, 16, (2, 2), FEW), (4, 4, 1, 32, (2, 2), TERNARY), (1, 32, 1, 16, (1, 2), FEW),
    (16, 16, 3, 8, THREE, BIPOLAR), (20, 20, 4, 8, (2, 2), FEW),
)  # fmt: skip


def window(height: int, width: int, channels: int, lanes: int, kernel: tuple[int, int],
           x: Number, **options) -> SlidingWindow:  # fmt: skip
    """A sliding window unit whose line buffer loses no cycle."""
    config = SlidingWindow.Config(height=height, width=width, channels=channels, lanes=lanes,
                                  kernel=kernel, x=x, **options)  # fmt: skip
    return SlidingWindow(config.fitted(max(config.i_beats, config.o_beats)))


def columns(width: int, kernel: int, stride: int, beats: int, repeats: int, lanes: int,
            x: Number) -> Columns:  # fmt: skip
    """A unit that puts the taps of a kernel's row side by side."""
    return Columns(Columns.Config(width=width, kernel=kernel, stride=stride, beats=beats,
                                  repeats=repeats, lanes=lanes, x=x))  # fmt: skip


def pool(height: int, width: int, groups: int, lanes: int, kernel: tuple[int, int], x: Number,
         op: str = "max") -> Pool:  # fmt: skip
    """A pool over blocks."""
    taps = kernel[0] * kernel[1]
    o = x if op == "max" else holding(taps * x.low, taps * x.high)
    return Pool(Pool.Config(height=height, width=width, groups=groups, lanes=lanes, kernel=kernel,
                            x=x, o=o, op=op))  # fmt: skip


def upsample(height: int, width: int, groups: int, lanes: int, factor: tuple[int, int],
             x: Number) -> Upsample:  # fmt: skip
    """An upsampling."""
    return Upsample(Upsample.Config(height=height, width=width, groups=groups, lanes=lanes,
                                    factor=factor, x=x))  # fmt: skip


def _window(*case) -> Sample:
    *case, options = case
    height, width, channels, lanes, kernel, x = case
    name = f"{height}x{width}x{channels} lanes{lanes} {_pair(kernel)} {short(x)}{named(options)}"
    return Sample("window", name, partial(window, *case, **options))


def _columns(*case) -> Sample:
    name = "{} kernel{} stride{} beats{} repeats{} lanes{}".format(*case)
    return Sample("columns", f"{name} {short(case[-1])}", partial(columns, *case))


def _pool(*case) -> Sample:
    height, width, groups, lanes, kernel, x, op = case
    name = f"{op} {height}x{width} groups{groups} lanes{lanes} {_pair(kernel)} {short(x)}"
    return Sample("pool", name, partial(pool, *case))


def _upsample(*case) -> Sample:
    height, width, groups, lanes, factor, x = case
    name = f"{height}x{width} groups{groups} lanes{lanes} {_pair(factor)} {short(x)}"
    return Sample("upsample", name, partial(upsample, *case))


def _pair(pair: tuple[int, int]) -> str:
    return "{}x{}".format(*pair)


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    cases = ((_window, WINDOWS), (_columns, COLUMNS), (_pool, POOLS), (_upsample, UPSAMPLES))
    return tuple(make(*case) for make, some in cases for case in some)


def _x(rng: np.random.Generator) -> Number:
    return pick(rng, BIPOLAR, BIPOLAR, TERNARY, U2, U3, FEW, BYTE)


def _drawn_window(rng: np.random.Generator) -> Sample:
    """Of maps from 4 x 4 to 64 x 64, a quarter of them rows of time series."""
    lanes, x = size(rng, 1, 64), _x(rng)
    if lanes * x.width > 128:
        raise ValueError("wider than in networks")
    groups, options = size(rng, 1, 8), {}
    kernel, edge = pick(rng, (1, 1), THREE, THREE, THREE, (5, 5), (7, 7)), size(rng, 4, 64)
    height, width = edge, pick(rng, edge, edge, max(4, edge // 2))
    if rng.random() < 0.25:
        taps = pick(rng, 3, 5, 7, 9)
        height, width, kernel = 1, size(rng, 16, 256), (1, taps)
        if rng.random() < 0.5:
            options["padding"] = (0, taps // 2, 0, taps // 2)
    elif rng.random() < 0.6:
        options["padding"] = (kernel[0] // 2,) * 4
    if (kernel == (1, 1) or rng.random() < 0.2) and height > 1:
        options["stride"] = (2, 2)
    chosen = rng.random()
    if chosen < 0.4:
        options["repeats"] = pick(rng, 2, 4, 8, 3)
    elif chosen < 0.5:
        options["blocks"] = groups
    case = (height, width, lanes * groups, lanes, kernel, x)
    if height * width * groups > 12_000:
        raise ValueError("more transfers than are quickly walked through")
    SlidingWindow.Config(**dict(zip(
        ("height", "width", "channels", "lanes", "kernel", "x"), case)), **options)  # fmt: skip
    return _window(*case, options)


def _drawn_columns(rng: np.random.Generator) -> Sample:
    kernel, x = pick(rng, 3, 3, 5, 7), _x(rng)
    width, stride, beats = size(rng, kernel + 2, 64), pick(rng, 1, 1, 2), kernel * size(rng, 1, 4)
    repeats, lanes = pick(rng, 1, 2, 4), size(rng, 1, max(1, 96 // x.width // kernel))
    return _columns(width, kernel, stride, beats, repeats, lanes, x)


def _drawn_pool(rng: np.random.Generator) -> Sample:
    x, groups, lanes = _x(rng), size(rng, 1, 8), size(rng, 1, 32)
    if lanes * x.width > 96:
        raise ValueError("wider than in networks")
    edge = size(rng, 4, 56)
    if rng.random() < 0.3:  # of a whole map
        return _pool(edge, edge, groups, lanes, (edge, edge), pick(rng, U2, U3, FEW), "sum")
    if rng.random() < 0.3:
        taps = pick(rng, 2, 4, 9)
        return _pool(1, taps * size(rng, 1, 32), groups, lanes, (1, taps), x, "max")
    kernel = pick(rng, (2, 2), (2, 2), THREE)
    return _pool(edge, edge, groups, lanes, kernel, x, "max")


def _drawn_upsample(rng: np.random.Generator) -> Sample:
    x, edge = _x(rng), size(rng, 4, 32)
    lanes = size(rng, 1, max(1, 96 // x.width))
    return _upsample(edge, edge, size(rng, 1, 4), lanes, pick(rng, (2, 2), (2, 2), THREE), x)


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones, most of them windows and pools."""
    return drawn(rng, count, (
        _drawn_window, _drawn_pool, _drawn_window, _drawn_columns, _drawn_pool, _drawn_window,
        _drawn_upsample,
    ))  # fmt: skip
