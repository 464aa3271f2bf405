"""Estimates of layers all of whose rows are computed at once, from constants."""

from generators.cost import maps
from generators.synth.resources import Cost
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.unrolled import Unrolled

__all__ = ["counted", "unrolled"]


def unrolled(config: MVTUConfig) -> Cost:
    """All rows of constants at once: larger sets of inputs are shared by more rows.

    Of integers each signed digit of a weight adds an input, half a LUT a bit, a fifth of it shared.
    """
    size, registers = config.rows * config.cols, 1.1
    per_lane = max(0.16, 1.9 * config.cols**-0.4)
    if not config.counts:
        digits = 1 if config.w.bipolar else (config.w.width + 0.3) / 3
        per_lane, registers = 0.4 * config.x.width * digits, 2.7
    levels = config.rows * (config.levels if config.levels > 1 else 0)
    after = maps.skid(config.rows * config.o.width)
    used = per_lane * size
    inputs = config.cols * config.x.width
    return after + Cost(lut=used + 9 * levels, ff=registers * used + inputs)


def counted(config: Unrolled.Config) -> Cost:
    """An unrolled layer when it is known: LUTs of its trees, which are primitives."""
    dot = config.dot
    levels = dot.rows * (config.levels if config.levels > 1 else 0)
    after = Cost(lut=9 * levels) + Cost(lut=dot.o.width, ff=dot.o.width) * len(config.bias)
    after += maps.skid(dot.rows * config.o.width)
    waits = 1.1 if dot.x.bipolar else 2.6  # numbers wait for their trees' later stages
    return Cost(lut=dot.luts, ff=waits * dot.luts + dot.cols * dot.x.width) + after
