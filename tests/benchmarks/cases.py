"""What is synthesised for the table of arithmetic: our circuits, and each written down naively."""

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np

from hdl.array.planes import BitPlanes
from hdl.array.unrolled import Unrolled
from hdl.dot.bitcount import BitCount
from hdl.dot.booth import Booth
from hdl.dot.constant import ConstantCounts
from hdl.dot.folded import Folded
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import RowsPopcount
from hdl.number import BIPOLAR, Number
from tests.benchmarks import naive
from tests.benchmarks.case import Case
from tests.benchmarks.datapath_cases import datapaths
from tests.benchmarks.format_cases import formats
from tests.hdl.quad import Quad
from tests.synth import configs, dots

__all__ = ["LANES", "PLANES", "WIDTHS", "cases", "weights"]


LANES = (16, 32, 64, 128, 256, 784, 1024)
BITS = (16, 64, 128, 256)
STEPS = (2, 4, 8)
PLANES = ((96, 8, 5), (128, 6, 1))
"""Engines of 38,400 synapses: simd, frames and drain; pe is 50."""

WIDTHS = {"2 x 2": (2, 2), "4 x 1": (4, 1), "4 x 4": (4, 4), "8 x 4": (8, 4), "8 x 8": (8, 8)}
_HEAP_LANES = {"2 x 2": 16, "4 x 1": 16, "4 x 4": 8, "8 x 4": 8, "8 x 8": 4}
_BOOTH_LANES = {"4 x 4": 16, "8 x 4": 8, "8 x 8": 16}
_ASKED = {"4 x 4": 12, "8 x 8": 41}
"""LUTs a MAC."""

_RIVALS = {"2 x 2": "32.3 F", "4 x 4": "129 F", "8 x 8": "516 F"}

BISMO, FINN, LFC = "1.07 A", "3.15–3.5 B", "4.5 C"


def weights(shape: tuple[int, ...]) -> np.ndarray:
    """The same random weights -1 and 1 every time."""
    return dots.integers(BIPOLAR, shape)


def cases(fc0: tuple[np.ndarray, np.ndarray] | None) -> Iterator[Case]:
    """All rows; those of TFC's first layer if its weights and thresholds are there."""
    yield from _popcounts()
    yield from _bits()
    yield from _arrays()
    yield from _constants(fc0)
    yield from _engines()
    yield from _products()
    yield from datapaths()
    yield from formats()


def _popcounts() -> Iterator[Case]:
    def one(name: str, lanes: int, build, limit=None, published=""):
        return Case(f"XNOR-popcount {lanes}{name}", "synapse", lanes, lanes, build,
                    f"behavioural XNOR-popcount {lanes}", limit, published=published)  # fmt: skip

    limits = {64: 54, 128: 105}
    for lanes in LANES:
        published = BISMO if lanes in (64, 128) else ""
        yield one("", lanes, partial(dots.popcount, lanes), limits.get(lanes, 0.85 * lanes),
                  published)  # fmt: skip
        if lanes in limits:
            limit = 50 if lanes == 64 else None
            yield one(", two rows with a bias", lanes, partial(_rows, lanes), limit)
        if lanes == 64:
            for kind, name in (("lut", "of LUTs alone"), ("portable", "portable")):
                yield one(f", {name}", lanes, partial(dots.popcount, lanes, kind))
    for lanes in sorted({*LANES, *(simd for simd, *_ in PLANES)}):
        yield Case(f"behavioural XNOR-popcount {lanes}", "synapse", lanes, lanes,
                   partial(naive.xnors, lanes))  # fmt: skip


def _rows(lanes: int) -> RowsPopcount:
    return RowsPopcount(RowsPopcount.Config(lanes=lanes, words=3))


def _bits() -> Iterator[Case]:
    for lanes in BITS:
        yield Case(f"popcount {lanes}", "bit", lanes, lanes,
                   BitCount.Config(stages=(lanes,)).build, f"behavioural popcount {lanes}",
                   0.57 * lanes)  # fmt: skip
    for lanes in BITS:
        yield Case(f"behavioural popcount {lanes}", "bit", lanes, lanes,
                   partial(naive.ones, lanes))  # fmt: skip


def _arrays() -> Iterator[Case]:
    rival = "behavioural four PEs, accumulators, thresholds"
    yield Case("four PEs, DSP48E1 accumulator, thresholds", "synapse", 256, 64,
               partial(Quad, Quad.Config()), rival, 200, 1, FINN)  # fmt: skip
    yield Case(rival, "synapse", 256, 64, partial(naive.Quad, 64))
    mvtu = partial(configs.mvtu, 256, 256, 64, 64, BIPOLAR, BIPOLAR, 1, "bram", accumulator="dsp")
    yield Case("MVTU of 64 PE x 64 SIMD, complete, weights 16 deep", "synapse", 4096, 64, mvtu,
               rival, 1.1 * 4096, published=LFC)  # fmt: skip


def _constants(fc0) -> Iterator[Case]:
    for steps in STEPS:
        config = Folded.Config.of(weights((steps, 16, 256)))
        yield Case(f"16 PE of constants in {steps} steps", "synapse", 16 * 256, 256, config.build,
                   f"behavioural PE of constants in {steps} steps")  # fmt: skip
    for steps in STEPS:
        yield Case(f"behavioural PE of constants in {steps} steps", "synapse", 256, 256,
                   partial(naive.folded, weights((steps, 256))))  # fmt: skip
    if fc0 is None:
        return
    matrix, thresholds = fc0
    rows, cols = matrix.shape
    counts = ConstantCounts.Config.of(matrix, thresholds)
    unrolled = Unrolled.Config(dot=counts, o=BIPOLAR, base=-1)
    yield Case(f"unrolled {rows} x {cols} (TFC's first layer)", "synapse", matrix.size, cols,
               partial(Unrolled, unrolled), f"behavioural row of {cols} constants")  # fmt: skip
    yield Case(f"behavioural row of {cols} constants", "synapse", cols, cols,
               partial(naive.constants, matrix[0].tolist()))  # fmt: skip


def _engines() -> Iterator[Case]:
    for simd, frames, drain in PLANES:
        name = f"bit-plane engine of 50 x {frames} x {simd}"
        build, synapses = _engine(simd, frames, drain, "and"), 50 * frames * simd
        binary = _engine(simd, frames, drain, "xnor")
        yield Case(f"{name}, binary", "synapse", synapses, simd, binary,
                   f"behavioural XNOR-popcount {simd}", 32000, 220,
                   _rate(synapses, "6.5 TOPS D"))  # fmt: skip
        for bits, limit, published in ((4, 13, "0.2 TOPS E"), (8, 52, "0.05 TOPS E")):
            macs = synapses / bits**2
            yield Case(f"{name}, INT{bits}", "MAC", macs, simd, build, limit=limit * macs,
                       published=_rate(macs, published))  # fmt: skip


def _rate(products: float, published: str) -> str:
    return f"{published}; here {2 * products * 200e6 / 1e12:.2g} at 200 MHz"


@cache
def _engine(simd: int, frames: int, drain: int, gate: str) -> Callable:
    """One and the same, so that it is synthesised once."""
    config = BitPlanes.Config(pe=50, frames=frames, simd=simd, drain=drain, gate=gate)
    return partial(BitPlanes, config)


def _products() -> Iterator[Case]:
    for name, (left, right) in WIDTHS.items():
        x = Number(width=left)
        w = Number(width=right, signed=True) if right > 1 else BIPOLAR
        lanes, published = _HEAP_LANES[name], _RIVALS.get(name, "")
        rival = f"behavioural {name}"
        made = [("heap", lanes, Integer.Config(lanes=lanes, x=x, w=w, negatives=not w.bipolar))]
        if name in _BOOTH_LANES:
            lanes = _BOOTH_LANES[name]
            made.append(("Booth", lanes, Booth.Config(lanes=lanes, x=x, w=w)))
        for how, lanes, config in made:
            yield Case(f"{name}, {how}", "MAC", lanes, lanes, config.build, rival,
                       published=published)  # fmt: skip
        if name in _ASKED:
            signed = Number(width=left, signed=True)
            both = Booth.Config(lanes=lanes, x=signed, w=signed)
            yield Case(f"{name}, Booth, both signed", "MAC", lanes, lanes, both.build, rival,
                       lanes * _ASKED[name], published=published)  # fmt: skip
        lanes = min(8, _HEAP_LANES[name])
        yield Case(rival, "MAC", lanes, lanes, partial(naive.products, lanes, x, w), soft=True)
    x, w = Number(width=8), Number(width=8, signed=True)
    config = Integer.Config(lanes=4, x=x, w=w, multiplier=True)
    yield Case("8 x 8, a DSP48E1 each", "MAC", 4, 4, config.build, "behavioural 8 x 8")
    for name, rows in (("4 x 4", 4), ("8 x 8", 2)):
        left, right = WIDTHS[name]
        x, w = Number(width=left), Number(width=right, signed=True)
        config = Packed.Config(lanes=8, rows=rows, x=x, w=w)
        yield Case(f"{name}, {rows} in a DSP48E1", "MAC", 8 * rows, 8, config.build,
                   f"behavioural {name}")  # fmt: skip


