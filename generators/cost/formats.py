"""Estimates of what makes numbers of formats, and multiplies floating-point ones."""

from generators.cost import maps, stream
from generators.cost.constants import cached, of
from generators.cost.tree import Tree, tree
from generators.cost.weights import weights
from generators.synth.resources import Cost
from hdl import memory
from hdl.accumulate.chunked import ChunkedAccumulator
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.minifloat_config import FETCH
from hdl.compress.heap import Heap
from hdl.memory import lut_ram, lut_rom
from hdl.minifloat import DIGIT
from hdl.number import Number
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.expand import Expand
from hdl.quant.statistic import BlockEncode
from hdl.quant.statistic_error import Errors
from hdl.quant.statistic_lane import Mantissa
from hdl.quant.statistic_serial import SerialBlock

__all__ = ["encode", "minifloat", "statistic"]

@cached
def minifloat(config: MinifloatMVTU.Config) -> Cost:
    """A floating-point unit: of each PE a product, the sums and an adder of them, and their code.

    And the memory of its weights.
    """
    fitted, product = of("minifloat"), config.dot.o
    code, groups = config.o.width, config.row_groups
    lane = _chunked(config.accumulator)
    lane += Cost(lut=product.exponent + product.fraction + 3, ff=product.layout.size)
    lane += Cost(lut=fitted.code, ff=code)
    if config.biased and groups > 1:
        distinct = stream.distinct(round(fitted.bias), (1 << min(groups, 30)) - 2)
        lane += Cost(lut=distinct * lut_rom(1, groups), ff=distinct)
    total = lane * config.pe + _steps(config) + weights(config.weights)
    return total + maps.skid(config.o_lanes * code)


def _chunked(config: ChunkedAccumulator.Config) -> Cost:
    """A PE's sums: an adder, memories of sums and of totals, and what starts these."""
    fitted, number = of("minifloat"), config.o.parts.layout.size
    wide = config.adder.both.exponent - config.o.parts.exponent
    kept = 1 + config.merges
    adder = Cost(lut=fitted.adder + fitted.exponent * wide + fitted.even * (
        config.rounding == "even"), ff=7 * number + 28 + 4 * wide)  # fmt: skip
    adder += Cost(lut=number, ff=number) * config.merges + Cost(lut=number) * config.biased
    if config.groups == 1:
        return adder + Cost(ff=number) * kept
    return adder + Cost(lut=lut_ram(number, config.groups)) * kept


def _steps(config: MinifloatMVTU.Config) -> Cost:
    """Counters of rows, chunks and columns, and what they tell, cycle by cycle."""
    fitted, merges = of("minifloat"), config.merges > 0
    index, depth = (config.row_groups - 1).bit_length(), (config.weights.depth - 1).bit_length()
    sizes = config.slots, min(config.chunk, config.cols), config.cols
    slot, part, col = ((size - 1).bit_length() for size in sizes)
    told = 2 + 2 * merges + index
    ff = slot + part + col + 6 + depth * (1 + FETCH - config.weights.latency)
    ff += told * (FETCH + 1) - merges + (2 + index) * config.accumulator.adder.latency
    ff += config.step_latency + config.x.width + config.terms.layout.size + 3 * merges
    lut = fitted.count * (slot + part + col + depth) + fitted.merge * merges
    return Cost(lut=lut, ff=ff)


@cached
def encode(config: EncodeLanes.Config) -> Cost:
    """An encoder a lane; and of those that round stochastically a bit of noise for each dropped."""
    unit, control = _encoder(config.unit), Cost(lut=2, ff=config.latency)
    if config.noise and config.beats > 1:
        beats, bits = (config.beats - 1).bit_length(), config.noise.window
        control += Cost(lut=of("encode").noise * bits + 1.5 * beats, ff=bits + beats + 1)
    return unit * config.lanes + control + maps.skid(config.lanes * config.unit.o.width)


@cached
def _encoder(config) -> Cost:
    """An encoder, without what is behind it in a stream."""
    return _ENCODERS[type(config)](config)


ANY = (1.6, 2.6, 3, 3.3, 3.4, 3.8, 3.8, 3.8, 4.8, 5.6, 5.8, 6.4, 5.6, 6.4, 7, 8)
"""LUTs that say whether one of so many bits of a sum is not 0; of yosys 0.70, as below."""

DIFFER = (*6 * [1.6], 4.4, 3.4, 8, 4.6, 6.6, 10.2, 8.4, 8.4, 10.7, 8, 9.5, 10.1)
"""LUTs that say whether one of so many bits differs from the sign."""


def _above(x: Number, shift: int, bits: int) -> int:
    """Bits of a sum above those that are kept, but for its sign; below 0 is sign among them."""
    return x.width - x.signed - max(0, shift) - bits


def _integer(config: Encode.Config) -> Cost:
    """Which bits are kept and whether one is added; then the sum; noise is added to all dropped.

    An unsigned code asks for any bit above it, a signed one whether these are the sign's.
    """
    bits, signed, fitted = config.o.width, config.o.signed, of("encode")
    above = max(0, _above(config.x, config.right_shift, bits - signed))
    beyond = DIFFER if signed else ANY
    lut = fitted.integer + fitted.bit * bits + beyond[min(above, len(beyond) - 1)]
    lut = lut + fitted.random * (config.noise > 0) if bits > 2 else fitted.small
    dropped = config.right_shift > 0
    return Cost(lut=(lut if dropped else bits) + config.noise, ff=2 * bits + 2 + dropped - signed)


def _fpec(config: EncodeFPEC.Config) -> Cost:
    """A rounding adder of what is not dropped, and a word of what that and the error are."""
    fitted, shift = of("encode"), config.right_shift
    size = config.x.width + (not config.x.signed)
    whole = max(size, shift + 1) - shift + (shift > 0)
    beyond = shift - config.magnitude - 1
    error = 0 if shift <= 0 else shift if beyond <= 0 else config.magnitude + 2
    above = _above(config.x, shift, config.bits - config.signed)
    lut = fitted.fpec + fitted.word * config.bits + fitted.above * above
    lut += fitted.magnitude * config.magnitude + fitted.dropped * max(0, shift)
    ff = whole + error + (not config.signed) + config.o.width
    return Cost(lut=lut, ff=ff) if above >= 0 else Cost(lut=whole, ff=ff - 1)


def _biscaled(config: EncodeBiScaled.Config) -> Cost:
    """Both scales, the choice of one, and a rounding adder; two comparisons with a threshold.

    Of sums that are all fine there is but the adder, of those that round to more little else.
    """
    fitted, bits = of("encode"), config.bits
    above = _above(config.x, config.right_shift, bits - config.signed)
    lut = fitted.biscaled * bits + fitted.scales * above + fitted.biscaled_more
    lut += config.signed * (fitted.signs * above - fitted.biscaled_less)
    if config.threshold is not None:
        lut += config.x.width
    elif above <= 0:
        lut = bits + (1 if above < 0 else 4)
    fine = config.threshold is None and above <= 0
    return Cost(lut=lut, ff=2 * bits + 5 - config.signed - fine)


def _expand(config: Expand.Config) -> Cost:
    """A multiplexer a bit; the lowest and highest are but gates."""
    return Cost(lut=config.bits, ff=config.o.width)


def _float(config: EncodeMinifloat.Config) -> Cost:
    """A rounding adder and limits; in front of it two shifts, where the sum is an integer.

    Of these only the bits that are kept or rounded have registers.
    """
    fitted, bits, mantissa = of("encode"), config.x.width, config.to.mantissa
    if config.source is not None:
        return Cost(lut=bits + mantissa, ff=2 * bits + 2 * mantissa - 6)
    place = (-(-bits // DIGIT) - 1).bit_length()
    exponent, signed = DIGIT // 2 + place, config.x.signed
    lut = fitted.float * bits + fitted.float_more + fitted.mantissa * mantissa
    shifted = min(bits, mantissa + 2 + DIGIT - 1) + place + mantissa + 2 + exponent
    ff = bits + shifted + mantissa + exponent + 1 + 1 + config.to.magnitude
    return Cost(lut=lut - bits * (not signed), ff=ff + 5 * (signed and config.to.signed))


_ENCODERS = {
    Encode.Config: _integer,
    EncodeBiScaled.Config: _biscaled,
    EncodeFPEC.Config: _fpec,
    EncodeMinifloat.Config: _float,
    Expand.Config: _expand,
}


@cached
def statistic(config: BlockEncode.Config) -> Cost:
    """Of each lane the bits that ask for exponents, and mantissas; what waits in between.

    That is registers, of three cycles, or a buffer of two blocks. Of several ways each has
    mantissas and a tree of what they miss.
    """
    code, unit = config.code, config.unit
    serial = isinstance(unit, SerialBlock.Config)
    spare = code.x.width - 1 - code.x.signed
    kept = code.x.width - (config.ways == 1) * max(0, min(code.right - 1, spare))
    exponent, fitted = code.flags.bit_length(), of("statistic")
    lane = _mantissa(config) * config.ways
    lane += Cost(lut=fitted.flag * code.flags + fitted.low * code.base,
                 ff=0 if serial else code.flags + 3 * kept)  # fmt: skip
    total = lane * config.lanes + maps.skid(config.o_lanes * config.word.width)
    block = Cost(ff=3 * exponent * config.ways)
    if config.ways > 1:
        total += Cost(ff=config.lanes * code.magnitude)  # what mantissas miss of, a cycle later
        block += _missed(config)
    if serial:
        address = 2 * ((2 * unit.steps - 1).bit_length() + 1 + (unit.steps > 1))
        waits = 3 * code.flags + address + 14
        block += Cost(lut=fitted.serial, ff=waits + config.word.width * config.ways)
        return total + block + _buffer(unit, kept * config.lanes)
    blocks = config.lanes // config.block
    latency = config.latency if config.ways == 1 else _latency(config)
    return total + block * blocks + Cost(ff=code.flags * blocks + latency)


def _mantissa(config: BlockEncode.Config) -> Cost:
    """The window that an exponent chooses, rounded and clipped; and what it misses."""
    code, fitted = config.code, of("statistic")
    bits, top = code.bits - code.signed, code.flags
    high, chosen = top.bit_length(), 0
    while high:
        high = max(0, high - 2)
        chosen += bits + 1 + min(top, (1 << high) - 1)
    above = max(0, code.x.width + code.left - code.right - top - bits)
    beyond = above > 0
    lut = fitted.mux * chosen + (fitted.bit + fitted.clip * beyond) * bits
    found = Cost(lut=lut + fitted.lane + fitted.above * above, ff=bits + 2 + beyond + code.bits)
    if config.ways == 1:
        return found
    return found + Cost(lut=fitted.missed * code.magnitude, ff=code.magnitude + 2 + code.signed)


def _missed(config: BlockEncode.Config) -> Cost:
    """Of each way a tree of what a block's mantissas miss, and the choice of the best word."""
    unit, ways, exponent = config.unit, config.ways, config.code.flags.bit_length()
    serial = isinstance(unit, SerialBlock.Config)
    found = unit.errors if serial else unit.unit.errors
    ends, parts = _trees(found)
    late = ends.stages + 1
    shifted = found.width - found.code.right
    waits = (parts.stages + 1) * config.word.width
    if serial:  # a transfer's mantissas wait, and the exponent
        waits = (parts.stages + 1) * (config.lanes * config.code.bits + exponent)
    each = Cost(lut=ends.lut + parts.lut + shifted * -(-exponent // 2),
                ff=ends.ff + parts.ff + shifted + late * exponent + waits)  # fmt: skip
    error = unit.error if serial else found.width
    if serial:
        each += Cost(lut=error, ff=error)
    word = config.word.width + error
    choice = Cost(lut=word + error / 2, ff=word) * (ways - 1)
    return each * ways + choice


def _latency(config: BlockEncode.Config) -> int:
    """Of a block of several ways at once, without a schedule."""
    unit = config.unit.unit
    _, parts = _trees(unit.errors)
    return 3 + Mantissa.Config.latency + parts.stages + 1 + unit.choice.latency


def _trees(config: Errors.Config) -> tuple[Tree, Tree]:
    """The tree of what is beyond the ends, and that of all that is missed."""
    ends = tree(config.ends)
    return ends, tree(_errors(config, ends.stages + 2))


def _errors(config: Errors.Config, late: int) -> Heap:
    """The heap of what mantissas miss, where the ends are known in this cycle."""
    code, width = config.code, config.width
    parts = [config.lanes] * code.magnitude
    parts[0] += config.lanes
    low = min(code.right, width)
    ends = (0,) * low + (1,) * (width - low)
    return Heap(bits=(tuple(parts), *((),) * (late - 1), ends), width=width, fabric=config.fabric)


def _buffer(config: SerialBlock.Config, width: int) -> Cost:
    """Two blocks, in LUT RAM or block RAM, and a register behind."""
    luts, blocks = lut_ram(width, config.depth), memory.bram18(width, config.depth)
    if luts <= memory.LUTS_PER_BRAM18 * blocks:
        return Cost(lut=luts, ff=width)
    return Cost(ff=width, bram18=blocks)
