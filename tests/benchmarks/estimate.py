"""How far generators.finn.cost is from synthesis: ``python -m tests.benchmarks.estimate``.

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

from generators.finn import cost
from generators.finn.synthesize import synthesize
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.weights import Weights
from hdl.number import BIPOLAR, Number
from hdl.quant.argmax import ArgMax
from hdl.quant.threshold import Threshold
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from tests.synth.configs import argmax, converter, fifo, mvtu, threshold, weights

BIT, FEW, BYTE = Number(width=1), Number(width=4), Number(width=8)
TERNARY, INT4 = Number(width=2, signed=True), Number(width=4, signed=True)
INT8 = Number(width=8, signed=True)

MVTUS = (  # rows, cols, pe, simd, x, w, levels, storage
    (64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "lut"),
    (64, 64, 4, 32, BIPOLAR, BIPOLAR, 1, "lut"),
    (256, 256, 16, 16, BIPOLAR, BIPOLAR, 1, "lut"),
    (256, 256, 16, 64, BIPOLAR, BIPOLAR, 1, "bram"),
    (256, 784, 16, 49, BIPOLAR, BIPOLAR, 1, "lut"),
    (128, 128, 32, 32, BIPOLAR, BIPOLAR, 1, "bram"),
    (10, 256, 2, 32, BIPOLAR, BIPOLAR, 0, "lut"),
    (10, 64, 10, 64, BIPOLAR, BIPOLAR, 0, "const"),
    (16, 128, 16, 128, BIPOLAR, BIPOLAR, 1, "const"),
    (24, 49, 24, 49, BIPOLAR, BIPOLAR, 1, "const"),
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
UNSEEN = (  # as MVTUS; the constants in generators.finn.cost were not fitted to these
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
THRESHOLDS = ((32, 1, 8), (16, 7, 10), (64, 15, 12), (8, 255, 16))
CONVERTERS = (
    (16, 49, 784, 1), (49, 16, 784, 1), (16, 8, 64, 1), (8, 16, 64, 4), (3, 7, 21, signed(4)),
    (4, 10, 20, 8), (10, 4, 20, 2),
)  # fmt: skip
WEIGHTS = ((64, 64, "lut"), (32, 200, "lut"), (24, 512, "lut"), (36, 1024, "bram"))
ARGMAXES = ((10, 1, 11), (10, 4, 11), (100, 10, 8))
FIFOS = ((2, 32), (32, 8), (200, 16), (1024, 36))


def circuits() -> Iterator[tuple[str, Callable[[], wiring.Component]]]:
    """What is measured: a name, and what makes the circuit."""
    for kind, cases in (("mvtu", MVTUS), ("mvtu unseen", UNSEEN)):
        for case in cases:
            rows, cols, pe, simd, x, w, levels, storage = case
            size, operands = f"{rows}x{cols} pe{pe} simd{simd}", f"{_name(x)} x {_name(w)}"
            name = f"{kind} {size} {operands} {levels} levels {storage}"
            yield name, partial(mvtu, *case)
    yield "mvtu 16x32 pe4 simd4 u8 x s8 0 levels lut dsp", partial(
        mvtu, 16, 32, 4, 4, BYTE, INT8, 0, "lut", multiplier=True
    )
    for case in THRESHOLDS:
        yield "threshold {} channels {} levels {} bits".format(*case), partial(threshold, *case)
    for case in CONVERTERS:
        yield "converter {} to {}, {} items of {}".format(*case), partial(converter, *case)
    for case in WEIGHTS:
        yield "weights {}x{} {}".format(*case), partial(weights, *case)
    for case in ARGMAXES:
        yield "argmax {} items in {} lanes of {} bits".format(*case), partial(argmax, *case)
    for case in FIFOS:
        yield "fifo {}x{}".format(*case), partial(fifo, *case)


def _name(number: Number) -> str:
    return "b" if number.bipolar else f"{'us'[number.signed]}{number.width}"


ESTIMATES = {
    MVTUConfig: cost.mvtu,
    Threshold.Config: cost.threshold,
    Converter.Config: cost.converter,
    Weights.Config: cost.weights,
    FIFO.Config: cost.fifo,
    ArgMax.Config: cost.argmax,
}


def measure() -> list[tuple[str, cost.Cost, cost.Cost]]:
    """Name, estimate and synthesised resources of every circuit."""
    found = []
    for name, build in track(list(circuits()), console=Console(stderr=True)):
        component = build()
        config = component.config
        found.append((name, ESTIMATES[type(config)](config), synthesize(component)))
    return found


def errors(found: list, resource: str, kind: str = "") -> np.ndarray:
    """Relative errors of circuits whose names start with kind, where there is any of it."""
    pairs = [(getattr(guess, resource), getattr(true, resource))
             for name, guess, true in found if name.startswith(kind)]  # fmt: skip
    return np.array([abs(guess - true) / true for guess, true in pairs if true])


def show(found: list, console: Console) -> None:
    """The table and the summary."""
    table = Table("circuit", *("LUT", "estimate", "error", "FF", "estimate", "error"))
    for name, guess, true in found:
        row = [name]
        for resource in ("lut", "ff"):
            a, b = getattr(true, resource), getattr(guess, resource)
            row += [f"{a}", f"{b:.0f}", f"{(b - a) / a:+.1%}" if a else ""]
        table.add_row(*row)
    console.print(table)
    for kind in ("", "mvtu", "mvtu unseen"):
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
