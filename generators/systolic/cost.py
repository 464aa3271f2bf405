"""Estimates of LUTs, flip-flops, block RAMs and DSP slices of an engine, from its sizes.

Block RAMs and DSP slices follow from geometry. LUTs and flip-flops are what synth_xilinx (yosys
0.70) would count, by constants fitted to the arrays of tests/benchmarks/systolic.py.
"""

from generators.cost.systolic import array
from generators.synth.resources import Cost
from generators.systolic.lower import Sizes
from generators.systolic.numbers import Numbers
from generators.systolic.pace import BEAT, RING
from generators.systolic.shape import Shape
from generators.systolic.stage import Chain
from hdl.memory import bram18, lut_ram, lut_rom

__all__ = ["array", "memories", "post"]

CONTROL = Cost(lut=600, ff=700)
"""Loops, addresses, streams."""

COPY = Cost(lut=180, ff=230)
"""What moves activations, beside the words that it holds and what they pass through."""

SHALLOW = 64
"""Words up to which a memory is made of LUTs."""


def _memory(width: int, depth: int) -> Cost:
    """One that is written while it runs."""
    if depth <= SHALLOW:
        return Cost(lut=lut_ram(width, depth), ff=width)
    return Cost(bram18=bram18(width, depth), ff=width)


def memories(chain: Chain, shape: Shape, numbers: Numbers, held: Sizes, *,
             external: bool) -> Cost:  # fmt: skip
    """Activations, sums, and weights: all tiles, or a few where they come from outside."""
    x, w, final = numbers.x.width, numbers.w.width, chain.stages[-1]
    o = numbers.acc.width + 1 if final.raw else final.o.width
    total = _memory(shape.word * x, _halves(held.i_words))
    total += _memory(shape.cols * x, max(1, held.a_words)) * (shape.word // shape.cols)
    total += _memory(shape.cols * o, _halves(held.o_words))
    total += _memory(shape.word * w, (RING if external else held.tiles) * shape.cols)
    if shape.held:
        word = BEAT << (-(-shape.word * x // BEAT) - 1).bit_length()
        total += COPY + Cost(lut=1.8 * word, ff=2 * word)
    sums = shape.cols * numbers.acc.width
    return total + _memory(sums, held.depth) + Cost(lut=sums, ff=2 * sums)


def _halves(words: int) -> int:
    """Two halves, each from a power of two on."""
    return (1 << (words - 1).bit_length()) + words


def post(chain: Chain, shape: Shape, numbers: Numbers, held: Sizes) -> Cost:
    """Control, thresholds or requantization, and the parameters of all sets."""
    stages, total = chain.stages, CONTROL
    width, levels = numbers.acc.width, numbers.levels
    words = held.sets * shape.cols
    total += _table(width, words) + Cost(ff=2 * width) * shape.cols  # the bias
    if any(stage.thresholds is not None for stage in stages):
        bits = width * levels
        total += _table(bits, words) + Cost(ff=2 * shape.cols * bits)
        compared = levels.bit_length() * width
        total += Cost(lut=(1.3 * compared + 0.5 * bits) * shape.cols, ff=compared * shape.cols)
    if any(stage.requantize is not None for stage in stages):
        dsp = 2 if width <= 25 else 4
        total += _table(31 + 5, words) + Cost(lut=300, ff=250, dsp=dsp) * shape.cols
    return total


def _table(width: int, depth: int) -> Cost:
    """One that is only read."""
    if depth <= SHALLOW:
        return Cost(lut=lut_rom(width, depth), ff=width)
    return Cost(bram18=bram18(width, depth), ff=width)
