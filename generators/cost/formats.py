"""Estimates of what makes numbers of formats, and multiplies floating-point ones."""

from functools import cache

from generators.cost import maps
from generators.cost.weights import weights
from generators.synth.resources import Cost
from hdl import memory
from hdl.array.minifloat import MinifloatMVTU
from hdl.memory import lut_ram, lut_rom
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.expand import Expand
from hdl.quant.statistic import BlockEncode
from hdl.quant.statistic_serial import SerialBlock

__all__ = ["encode", "minifloat", "statistic"]

ADDER = Cost(lut=166, ff=180)
"""Of DLFloats: compares, aligns, adds, normalises and rounds; their significand has 10 bits."""

MISSED_LUT, MISSED_FF = 2.6, 6.4
"""For each bit of a magnitude, of one way: what is missed, added up while the words wait."""


def minifloat(config: MinifloatMVTU.Config) -> Cost:
    """A floating-point unit: of each PE a product, the sums and an adder of them, and their code.

    And the memory of its weights.
    """
    number, product = config.sums.parts.layout.size, config.dot.o
    code, groups = config.o.width, config.row_groups
    lane = ADDER + Cost(lut=product.exponent + product.fraction + 3, ff=product.layout.size)
    lane += Cost(lut=lut_ram(number, groups) + code, ff=code)
    if config.merges:  # totals, and a multiplexer of what is added
        lane += Cost(lut=lut_ram(number, groups) + number, ff=number)
    if config.biased:
        lane += Cost(lut=lut_rom(number, groups) + number)
    depth = (config.interval - 1).bit_length()
    total = lane * config.pe + Cost(lut=3 * depth + 30, ff=3 * depth + 40)
    total += weights(config.weights)
    return total + maps.skid(config.o_lanes * code)


def encode(config: EncodeLanes.Config) -> Cost:
    """An encoder a lane; and of those that round stochastically a bit of noise for each dropped."""
    unit, control = _encoder(config.unit), Cost(lut=4, ff=config.latency)
    if config.noise:
        beats = (config.beats - 1).bit_length()
        bits = config.noise.window
        control += Cost(lut=bits + 1.5 * beats, ff=bits + beats)
    return unit * config.lanes + control + maps.skid(config.lanes * config.unit.o.width)


@cache
def _encoder(config) -> Cost:
    """An encoder, without what is behind it in a stream."""
    return _ENCODERS[type(config)](config)


def _integer(config: Encode.Config) -> Cost:
    """Which bits are kept and whether one is added; then the sum; noise is added to all dropped."""
    bits = config.o.width
    return Cost(lut=1.1 * bits + 2.5 + config.noise, ff=2 * bits + 3 - config.o.signed)


def _fpec(config: EncodeFPEC.Config) -> Cost:
    """A rounding adder of what is not dropped, and a word of what that and the error are."""
    whole = max(2, config.x.width - config.right_shift + 2)
    error = config.magnitude + 2
    return Cost(lut=0.5 * whole + 0.6 * config.o.width + 2, ff=whole + error + config.o.width)


def _biscaled(config: EncodeBiScaled.Config) -> Cost:
    """Both scales, the choice of one, and a rounding adder."""
    bits = config.bits
    return Cost(lut=3.5 * bits, ff=2 * bits + 5 - 2 * config.signed)


def _expand(config: Expand.Config) -> Cost:
    """A multiplexer a bit; the lowest and highest are but gates."""
    return Cost(lut=config.bits, ff=config.o.width)


def _float(config: EncodeMinifloat.Config) -> Cost:
    """A rounding adder and limits; in front of it two shifts, where the sum is an integer."""
    bits = config.x.width
    if config.source is not None:
        return Cost(lut=1.2 * bits, ff=2 * bits)
    return Cost(lut=3 * bits, ff=2 * bits + 24)


_ENCODERS = {
    Encode.Config: _integer,
    EncodeBiScaled.Config: _biscaled,
    EncodeFPEC.Config: _fpec,
    EncodeMinifloat.Config: _float,
    Expand.Config: _expand,
}


def statistic(config: BlockEncode.Config) -> Cost:
    """Of each lane the bits that ask for exponents, and mantissas; what waits in between.

    That is registers, of three cycles, or a buffer of two blocks. Of several ways each has
    mantissas and a tree of what they miss.
    """
    code, unit = config.code, config.unit
    serial = isinstance(unit, SerialBlock.Config)
    spare = code.x.width - 1 - code.x.signed
    kept = code.x.width - (config.ways == 1) * max(0, min(code.right - 1, spare))
    levels = (code.flags.bit_length() + 1) // 2
    way = Cost(lut=(1 + 0.6 * levels) * code.bits + 3, ff=2 * code.bits + 3)
    if config.ways > 1:
        way += Cost(lut=MISSED_LUT * code.magnitude, ff=MISSED_FF * code.magnitude + 3 * code.bits)
    lane = way * config.ways + Cost(lut=1.4 * code.flags + 7, ff=code.flags)
    total = lane * config.lanes + maps.skid(config.o_lanes * config.word.width)
    if not serial:
        return total + Cost(ff=3 * kept * config.lanes)
    return total + _buffer(unit, kept * config.lanes) + Cost(lut=35, ff=config.word.width + 25)


def _buffer(config: SerialBlock.Config, width: int) -> Cost:
    """Two blocks, in LUT RAM or block RAM, and a register behind."""
    luts, blocks = lut_ram(width, config.depth), memory.bram18(width, config.depth)
    if luts <= memory.LUTS_PER_BRAM18 * blocks:
        return Cost(lut=luts, ff=width)
    return Cost(ff=width, bram18=blocks)
