"""How far generators.cost is from synthesis: ``python -m tests.benchmarks.estimate``.

Each circuit is synthesised once and then taken from the cache, so that a stopped run goes on where
it stopped. Prints a table, and the median and the 95th percentile of the relative LUT and FF error:
of all, of the MVTUs, and of the circuits that the constants of the estimate were not fitted to.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from amaranth.hdl import signed
from amaranth.lib import wiring
from rich.console import Console
from rich.progress import track
from rich.table import Table

from generators.cost.estimate import estimate
from generators.synth.resources import Cost
from generators.synth.synthesize import synthesize
from hdl.number import BIPOLAR, Number
from tests.benchmarks import estimate_datapaths
from tests.benchmarks.estimate_datapaths import short
from tests.synth import configs
from tests.synth.configs import FEW, SAME, TERNARY

BYTE, INT4, INT8 = Number(width=8), Number(width=4, signed=True), Number(width=8, signed=True)

MVTUS = (  # rows, cols, pe, simd, x, w, levels, storage
    (64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "lut"),
    (64, 64, 4, 32, BIPOLAR, BIPOLAR, 1, "lut"),
    (256, 256, 16, 16, BIPOLAR, BIPOLAR, 1, "lut"),
    (256, 256, 16, 64, BIPOLAR, BIPOLAR, 1, "bram"),
    (256, 784, 16, 49, BIPOLAR, BIPOLAR, 1, "lut"),
    (128, 128, 32, 32, BIPOLAR, BIPOLAR, 1, "bram"),
    (10, 256, 2, 32, BIPOLAR, BIPOLAR, 0, "lut"),
    (16, 32, 4, 8, TERNARY, TERNARY, 2, "lut"),
    (64, 64, 8, 16, TERNARY, TERNARY, 2, "bram"),
    (16, 16, 16, 16, TERNARY, TERNARY, 2, "const"),
    (32, 32, 4, 8, FEW, INT4, 15, "lut"),
    (64, 64, 8, 8, Number(width=2), TERNARY, 3, "lut"),
    (10, 64, 2, 8, FEW, INT4, 0, "lut"),
    (32, 64, 4, 16, BYTE, BIPOLAR, 1, "lut"),
    (32, 64, 4, 16, FEW, BIPOLAR, 3, "bram"),
    (16, 32, 4, 4, BYTE, INT8, 0, "lut"),
    (16, 32, 2, 4, BYTE, INT8, 7, "bram"),
    (32, 32, 8, 8, BIPOLAR, INT4, 3, "lut"),
)
UNSEEN = (  # as MVTUS; the constants in generators.cost were not fitted to these
    (96, 100, 6, 20, BIPOLAR, BIPOLAR, 1, "lut"),
    (512, 512, 8, 128, BIPOLAR, BIPOLAR, 1, "bram"),
    (20, 72, 20, 72, BIPOLAR, BIPOLAR, 1, "const"),
    (10, 128, 5, 16, BIPOLAR, BIPOLAR, 0, "lut"),
    (48, 60, 4, 12, TERNARY, TERNARY, 1, "lut"),
    (32, 48, 8, 6, Number(width=2), Number(width=2, signed=True), 3, "lut"),
    (24, 36, 3, 9, Number(width=3), Number(width=3, signed=True), 7, "lut"),
    (40, 30, 5, 10, Number(width=6), BIPOLAR, 1, "lut"),
    (12, 40, 3, 5, Number(width=5), Number(width=6, signed=True), 0, "bram"),
    (30, 64, 10, 16, BIPOLAR, Number(width=2, signed=True), 1, "lut"),
)
CONVOLUTIONS = (  # as MVTUS, then options
    (64, 576, 16, 32, BIPOLAR, BIPOLAR, 1, "lut", {"repeated": True}),
    (64, 27, 16, 3, BYTE, BIPOLAR, 1, "lut", {"repeated": True}),
    (128, 144, 8, 16, Number(width=2), TERNARY, 3, "bram", {"repeated": True}),
    (16, 36, 4, 4, FEW, INT4, 7, "lut", {"repeated": True, "groups": 4}),
    (1, 9, 1, 1, FEW, INT4, 7, "lut", {"repeated": True, "groups": 32, "group_lanes": 8}),
    (1, 9, 1, 9, FEW, TERNARY, 3, "const", {"repeated": True, "groups": 8, "group_lanes": 8}),
    (1, 9, 1, 3, FEW, INT4, 0, "lut", {"repeated": True, "groups": 24, "group_lanes": 6}),
)
UNSEEN_CONVOLUTIONS = (
    (96, 216, 8, 24, Number(width=2), BIPOLAR, 3, "lut", {"repeated": True}),
    (1, 25, 1, 5, Number(width=3), TERNARY, 7, "lut",
     {"repeated": True, "groups": 40, "group_lanes": 4}),
    (256, 1152, 4, 32, BIPOLAR, BIPOLAR, 1, "bram", {"repeated": True}),
)  # fmt: skip
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
)
UNSEEN_WINDOWS = (
    (12, 12, 64, 16, THREE, Number(width=3), {"padding": SAME, "repeats": 2}),
    (9, 40, 20, 5, (3, 5), FEW, {"stride": (1, 2)}),
    (28, 28, 1, 1, (5, 5), BYTE, {"repeats": 2}),
    (40, 40, 32, 8, THREE, FEW, {"padding": SAME, "blocks": 4}),
    (1, 64, 12, 4, (1, 7), BIPOLAR, {"repeats": 3}),
    (6, 6, 256, 64, THREE, TERNARY, {"padding": SAME, "repeats": 4}),
)
COLUMNS = ((30, 3, 1, 3, 2, 16, FEW), (32, 3, 1, 3, 4, 3, BYTE), (57, 5, 2, 5, 1, 4, FEW))
POOLS = (  # height, width, groups, lanes, kernel, x, op
    (28, 28, 2, 32, (2, 2), BIPOLAR, "max"),
    (24, 24, 1, 16, (2, 2), FEW, "max"),
    (27, 27, 2, 16, (2, 2), Number(width=2), "max"),
    (64, 64, 8, 8, (2, 2), Number(width=2), "max"),
    (1, 9, 1, 16, (1, 9), FEW, "max"),
    (1, 4, 1, 24, (1, 4), TERNARY, "max"),
    (1, 128, 2, 8, (1, 4), FEW, "max"),
    (7, 7, 1, 16, (7, 7), FEW, "sum"),
    (8, 8, 4, 8, (8, 8), FEW, "sum"),
    (32, 32, 1, 16, (2, 2), FEW, "sum"),
)
UNSEEN_POOLS = (
    (30, 30, 3, 10, THREE, FEW, "max"),
    (14, 14, 2, 12, (14, 14), Number(width=3), "sum"),
    (56, 56, 4, 4, (2, 2), BYTE, "max"),
    (1, 9, 1, 20, (1, 9), BIPOLAR, "max"),
)
UPSAMPLES = (  # height, width, groups, lanes, factor, x
    (8, 8, 2, 16, (2, 2), FEW), (4, 4, 1, 32, (2, 2), TERNARY), (1, 32, 1, 16, (1, 2), FEW),
    (16, 16, 3, 8, THREE, BIPOLAR), (20, 20, 4, 8, (2, 2), FEW),
)  # fmt: skip
ADDS = (  # items, lanes, numbers, gains
    (16, 16, (FEW, FEW), ((1,), (1,))),
    (64, 16, (INT4, FEW), ((3,), (2,))),
    (32, 8, (FEW, FEW), (tuple(range(1, 5)) * 8, (1,))),
    (24, 8, (FEW, FEW, INT8), ((1,), (1,), (1,))),
    (48, 12, (Number(width=2), INT4), ((1, -1, 2, 3) * 12, (5,))),
    (64, 8, (TERNARY, BIPOLAR), ((7,), (-3,))),
)
FORKS = ((1, 64, 2), (4, 16, 3))
CONCATS = ((FEW, 16, 16), (BIPOLAR, 32, 16, 8))
THRESHOLDS = ((32, 1, 8), (16, 7, 10), (64, 15, 12), (8, 255, 16))
CONVERTERS = (
    (16, 49, 784, 1), (49, 16, 784, 1), (16, 8, 64, 1), (8, 16, 64, 4), (3, 7, 21, signed(4)),
    (4, 10, 20, 8), (10, 4, 20, 2),
)  # fmt: skip
WEIGHTS = (
    (64, 64, "lut"), (512, 6, "lut"), (200, 8, "lut"), (32, 200, "lut"), (24, 512, "lut"),
    (36, 1024, "bram"), (32, 2304, "bram"), (128, 2304, "bram"), (20, 3000, "bram"),
    (72, 576, "bram"), (8, 18432, "bram"),
)  # fmt: skip
ARGMAXES = ((10, 1, 11), (10, 4, 11), (100, 10, 8))
FIFOS = (
    (2, 32), (32, 8), (200, 16), (1024, 36), (64, 24), (96, 48), (128, 16), (300, 24), (512, 8),
    (600, 4), (1000, 2),
)  # fmt: skip


def circuits() -> Iterator[tuple[str, Callable[[], wiring.Component]]]:
    """What is measured: a name, and what makes the circuit."""
    for kind, cases in (("mvtu", MVTUS), ("mvtu unseen", UNSEEN), ("mvtu", CONVOLUTIONS),
                        ("mvtu unseen", UNSEEN_CONVOLUTIONS)):  # fmt: skip
        for case in cases:
            *case, options = case if isinstance(case[-1], dict) else (*case, {})
            rows, cols, pe, simd, x, w, levels, storage = case
            size, operands = f"{rows}x{cols} pe{pe} simd{simd}", f"{short(x)} x {short(w)}"
            name = f"{kind} {size} {operands} {levels} levels {storage}{_named(options)}"
            yield name, partial(configs.mvtu, *case, **options)
    yield "mvtu 16x32 pe4 simd4 u8 x s8 0 levels lut dsp", partial(
        configs.mvtu, 16, 32, 4, 4, BYTE, INT8, 0, "lut", multiplier=True
    )
    yield from _maps()
    yield from estimate_datapaths.circuits()
    for name, build, cases in (
        ("threshold {} channels {} levels {} bits", configs.threshold, THRESHOLDS),
        ("converter {} to {}, {} items of {}", configs.converter, CONVERTERS),
        ("weights {}x{} {}", configs.weights, WEIGHTS),
        ("argmax {} items in {} lanes of {} bits", configs.argmax, ARGMAXES),
        ("fifo {}x{}", configs.fifo, FIFOS),
        ("fork {} bits in {} lanes to {}", configs.fork, FORKS),
    ):
        for case in cases:
            yield name.format(*case), partial(build, *case)


def _maps() -> Iterator[tuple[str, Callable[[], wiring.Component]]]:
    """The circuits that move and combine maps."""
    for kind, cases in (("window", WINDOWS), ("window unseen", UNSEEN_WINDOWS)):
        for *case, options in cases:
            height, width, channels, lanes, kernel, x = case
            name = f"{kind} {height}x{width}x{channels} lanes{lanes} {_size(kernel)} {short(x)}"
            yield name + _named(options), partial(configs.window, *case, **options)
    for kind, cases in (("pool", POOLS), ("pool unseen", UNSEEN_POOLS)):
        for case in cases:
            height, width, groups, lanes, kernel, x, op = case
            name = f"{kind} {op} {height}x{width} groups{groups} lanes{lanes} {_size(kernel)}"
            yield f"{name} {short(x)}", partial(configs.pool, *case)
    for case in UPSAMPLES:
        height, width, groups, lanes, factor, x = case
        name = f"upsample {height}x{width} groups{groups} lanes{lanes} {_size(factor)} {short(x)}"
        yield name, partial(configs.upsample, *case)
    for case in COLUMNS:
        name = "columns {} kernel{} stride{} beats{} repeats{} lanes{}".format(*case)
        yield f"{name} {short(case[-1])}", partial(configs.columns, *case)
    for case in ADDS:
        items, lanes, x, gains = case
        terms = " + ".join(f"{gain[0] if len(gain) == 1 else 'g'} {short(number)}"
                           for gain, number in zip(gains, x))  # fmt: skip
        yield f"add {items} items in {lanes} lanes, {terms}", partial(configs.add, *case)
    for number, *sizes in CONCATS:
        name = f"concat {' and '.join(map(str, sizes))} of {short(number)}"
        yield name, partial(configs.concat, number, *sizes)


def _size(pair: tuple[int, int]) -> str:
    return "{}x{}".format(*pair)


def _named(options: dict) -> str:
    """Options in a name: a pair or four of the same are one."""
    text = ""
    for name, value in options.items():
        one = value[-1] if isinstance(value, tuple) else value
        text += f" {name}" if one is True else f" {name}{one}"
    return text


KINDS = ("", "mvtu", "mvtu unseen", "serial", "datapath", "requantize", "window", "window unseen",
         "pool", "pool unseen", "fifo")


def measure() -> list[tuple[str, Cost, Cost]]:
    """Name, estimate and synthesised resources of every circuit."""
    found = []
    for name, build in track(list(circuits()), console=Console(stderr=True)):
        component = build()
        config = component.config
        found.append((name, estimate(config), synthesize(component)))
    return found


def errors(found: list, resource: str, kind: str = "") -> np.ndarray:
    """Relative errors of circuits whose names start with kind, where there is any of it."""
    pairs = [(getattr(guess, resource), getattr(true, resource))
             for name, guess, true in found if name.startswith(kind)]  # fmt: skip
    return np.array([abs(guess - true) / true for guess, true in pairs if true])


def show(found: list, console: Console, kinds: tuple[str, ...] = KINDS) -> None:
    """The table and the summary."""
    table = Table("circuit", *("LUT", "estimate", "error", "FF", "estimate", "error"))
    for name, guess, true in found:
        row = [name]
        for resource in ("lut", "ff"):
            a, b = getattr(true, resource), getattr(guess, resource)
            row += [f"{a}", f"{b:.0f}", f"{(b - a) / a:+.1%}" if a else ""]
        table.add_row(*row)
    console.print(table)
    for kind in kinds:
        for resource in ("lut", "ff"):
            wrong = errors(found, resource, kind)
            what = f"{kind or 'all'}, {len(wrong)} circuits: |{resource.upper()} error|"
            middle, high = np.percentile(wrong, (50, 95))
            console.print(f"{what} median {middle:.1%}, 95th percentile {high:.1%}")
    for name, guess, true in found:
        if (guess.bram18, guess.dsp) != (true.bram18, true.dsp):
            console.print(f"{name}: BRAM18, DSP {true.bram18}, {true.dsp}, "
                          f"not {guess.bram18}, {guess.dsp}")  # fmt: skip


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    show(measure(), Console(width=140))
