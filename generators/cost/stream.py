"""Estimates of the affine requantization of a stream."""

from collections.abc import Iterable, Iterator

from generators.cost import constants
from generators.cost.count import bits, steps
from generators.cost.delay import DSP, FF, SETUP, carry, levels
from generators.cost.moves import skid
from generators.synth.resources import Cost
from hdl.quant.constant_mul import ConstantHighMul
from hdl.quant.high_mul import DIGIT, FRACTION
from hdl.quant.requantize import Requantize
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.requantize_table import LUT_WORDS

__all__ = ["distinct", "requantize", "requantize_delay"]

LUT_BITS = 6

CHAINED = 12
"""Comparisons of up to so many bits are LUTs alone; wider ones a chain of six bits each."""

LONG = 20
"""Chains of so many bits at most are as few LUTs as their bits ask for."""

Column = tuple[int, ...]
"""A bit of a table, by its rows."""


def distinct(columns: int, kinds: int) -> int:
    """Columns of a ROM that differ, as many as random ones of so many possible columns would.

    Few rows allow only few, and yosys makes the same ones once; one and its inverse are one LUT.
    """
    if kinds <= 1 or kinds > 1 << 24:
        return columns
    return round(kinds * (1 - (1 - 1 / kinds) ** columns))


@constants.cached
def requantize(config: RequantizeLanes.Config) -> Cost:
    """Of each lane the product, rounding, the shift and the limits; tables of factors and shifts.

    A DSP slice for each term of the product, which keeps the delays in front of it as far as
    these are its own. Tables of the same bits are one.
    """
    c, table, unit = constants.of("requantize"), config.table, config.table.unit
    period, several, made = config.period, config.period > 1, unit.high_mul
    dsp = unit.product == "dsp"
    terms = len(made.terms) if dsp else 0
    factors: set[Column] = set()
    upper: set[Column] = set()
    shifts: set[Column] = set()
    found = skid(config.lanes * table.o.width) + Cost(lut=2, ff=config.latency)
    for lane in range(config.lanes):
        rows = config.rows(lane)
        right = [max(0, table.right_shift[row]) for row in rows]
        found += _lane(unit, tuple(dict.fromkeys(right))) + Cost(dsp=terms)
        if several and unit.multiplier is None:
            values = [table.factors[row] for row in rows]
            factors.update(_columns(values, FRACTION + unit.left))
            upper.update(_columns([value >> DIGIT for value in values], FRACTION))
        if several and unit.span:
            shifts.update(_columns([n - unit.right[0] for n in right], bits(unit.span + 1)))
    size = table.x.width
    if not dsp:
        found += _constant(made) * config.lanes + Cost(ff=size * table.late(period)) * config.lanes
    if terms > 2:
        found += Cost(ff=c.wide_ff * (size - DIGIT)) * config.lanes
    if several:
        found += steps(period, config.beats) + _tables(factors | shifts, period)
        found += Cost(ff=len(upper) + 2 * len(factors) * (terms > 2))
        found += Cost(ff=len(shifts) * (made.latency + 1))
    return found


def _constant(made: ConstantHighMul.Config) -> Cost:
    """A product of a constant: a tree of adders of its digits, a LUT a bit that both have."""
    size, levels = made.x.width + (not made.x.signed), made.latency - 1
    lut, ff = 0, made.o.width + made.x.width * (levels - made.adders)
    sums = [(place, size) for place, _ in made.digits]
    while len(sums) > 1:
        joined = []
        for (place, low), (higher, high) in zip(sums[::2], sums[1::2]):
            apart = higher - place
            shared = max(low - apart, high)
            lut += shared
            joined.append((place, apart + shared + 1))
        sums = joined + sums[len(sums) & ~1 :]
        ff += sum(width for _, width in sums)
    return Cost(lut=lut, ff=ff)


def _columns(values: Iterable[int], width: int) -> Iterator[Column]:
    """The bits of a table that are no constants."""
    for k in range(width):
        column = tuple(value >> k & 1 for value in values)
        if len(set(column)) > 1:
            yield column


def _tables(columns: set[Column], period: int) -> Cost:
    """A LUT and a register a bit and 64 rows, and the choice; a bit of the row itself needs none.

    One and its inverse are one LUT, but two registers.
    """
    words = -(-period // LUT_WORDS)
    if words > 1:
        return Cost(lut=len(columns) * (2 * words - 1), ff=len(columns) * (2 * words - 2))
    rows = {tuple(n >> k & 1 for n in range(period)) for k in range(bits(period))}
    kinds = {min(column, tuple(1 - bit for bit in column)) for column in columns - rows}
    kinds -= {min(row, tuple(1 - bit for bit in row)) for row in rows}
    return Cost(lut=len(kinds), ff=len(columns))


@constants.cached
def _lane(unit: Requantize.Config, right: tuple[int, ...]) -> Cost:
    """Behind the product: rounding, a shift where a lane has several, two limits, and codes.

    A constant is added without a LUT; shifts that differ have a mask, and multiplexers of as many
    inputs as there are.
    """
    c, o, made = constants.of("requantize"), unit.o.width, unit.high_mul.o.width
    lowest, highest = unit.right
    total = max(made, highest) + 1 - lowest if highest else made
    kept = max(2, min(total, made + (min(right) > 0) - min(right)))
    limits = _limits(unit, kept)
    lut = sum(limit or 0 for limit in limits) + o * (None not in limits)
    lut += c.long * (kept > LONG and None not in limits)
    ff = kept + 2 * o + 2
    if unit.span:
        ff += kept
    if len(right) > 1:
        mask = highest - max(lowest, 1)
        choice = c.two if len(right) == 2 else c.three if len(right) <= 4 else c.eight
        lut += c.mask * (mask + (lowest == 0)) + choice * (kept - 1)
        ff += mask + (lowest == 0) + total - kept
    return Cost(lut=lut, ff=ff)


def _limits(unit: Requantize.Config, width: int) -> list[float | None]:
    """LUTs of the comparisons of so many bits with the lowest and the highest code."""
    return [_compared(unit.low - unit.zero_point, width, False),
            _compared(unit.high - unit.zero_point, width, True)]  # fmt: skip


def _compared(limit: int, width: int, above: bool) -> float | None:
    """LUTs that ask whether a signed number is above or below a limit; None if it never is.

    Bits that make no difference are left out; of a chain each LUT asks for equality, and another
    for more where a limit has ones and zeros.
    """
    far = 1 << width - 1
    if limit >= far - 1 if above else limit <= -far:
        return None
    if limit == 0 and not above:
        return 0
    alike = 0
    while (limit >> alike & 1) == above and alike < width - 1:
        alike += 1
    if width - alike <= LUT_BITS:
        return 1
    if width <= CHAINED:
        return 1.5 if width - alike < CHAINED else 2.5
    lut = 1
    for top in range(width - LUT_BITS, 1, -LUT_BITS):
        lut += len({limit >> k & 1 for k in range(max(0, top - LUT_BITS), top)})
    return lut


@constants.cached
def requantize_delay(config: RequantizeLanes.Config) -> int:
    """The longest of the rounding's chain, of that to which the zero point is added, and the shift.

    The first starts at a DSP slice; at registers where these hold its lowest bits, or the mask of
    shifts that differ, which begins at the lowest of them.
    """
    unit, o = config.table.unit, config.table.o.width
    made, (lowest, highest) = unit.high_mul, unit.right
    width, kept = max(made.o.width, highest) + 2, max(2, made.o.width + 1 - lowest)
    direct = unit.product == "dsp" and len(made.terms) <= 2
    found = (DSP if direct else FF) + _chain(width)
    if config.period > 1 and unit.span:
        found = max(found, FF + _chain(width - lowest), (unit.span > 1) * (FF + levels(3) + SETUP))
    zero = unit.zero_point % (1 << o - 1)
    if zero:
        clipped = None not in _limits(unit, kept)
        found = max(found, FF + _chain(o - (zero & -zero).bit_length() + 1) + levels(clipped))
    return found


def _chain(width: int) -> int:
    """To the last of any of a chain's sums: their delays do not quite ascend."""
    return max(carry(bits) for bits in range(width + 1)) + SETUP
