"""Estimates of the affine requantization of a stream."""

from generators.cost import constants
from generators.cost.count import bits, steps
from generators.cost.moves import skid
from generators.synth.resources import Cost
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.threshold import LUT_WORDS

__all__ = ["distinct", "requantize"]

FACTOR = 31
"""Bits of a multiplier."""


def distinct(columns: int, kinds: int) -> int:
    """Columns of a ROM that differ, as many as random ones of so many possible columns would.

    Few rows allow only few, and yosys makes the same ones once; one and its inverse are one LUT.
    """
    if kinds <= 1 or kinds > 1 << 24:
        return columns
    return round(kinds * (1 - (1 - 1 / kinds) ** columns))


@constants.cached
def requantize(config: RequantizeLanes.Config) -> Cost:
    """Of each lane the product, a rounding adder, the shift and the limits; tables of factors.

    A DSP slice for each term of the product, which keeps the delays in front of it as far as
    these are its own.
    """
    c, table, unit = constants.of("requantize"), config.table, config.table.unit
    period, size, o = config.period, table.x.width, table.o.width
    several = period > 1
    made, dsp = unit.high_mul, unit.product == "dsp"
    terms = len(made.terms) if dsp else 0
    total = made.o.width if not unit.right[1] else (
        max(made.o.width, unit.right[1]) + 1 - unit.right[0])  # fmt: skip
    apart = unit.zero_point not in (0, unit.low)  # limits are no powers of two
    lut = c.code * o + c.total * total + c.limits * total * apart + c.wide * (terms > 2)
    lut += c.product * size * (not dsp)
    ff = total + 2 * o + 2 + size * c.constant_ff * (not dsp)
    ff += size * c.late * table.late(period)
    if unit.span:
        ff += total - (0 if several else unit.span / 2)
        if several:
            place = bits(unit.span + 1)
            lut += c.shift * total * -(-(unit.span + place) // 5) + unit.span
            ff += unit.span + place * (made.latency + 2)
    found = Cost(lut=lut, ff=ff, dsp=terms) * config.lanes
    if several:
        found += steps(period, config.beats)
    if several and unit.multiplier is None:
        words = -(-period // LUT_WORDS)
        factors = distinct(FACTOR * config.lanes, 1 << min(period, 32) - 1)
        waits = c.word + words - 1 + c.wide_ff * (terms > 2)
        found += Cost(lut=factors * words * c.table, ff=factors * waits)
    return found + skid(config.lanes * o) + Cost(ff=config.latency)
