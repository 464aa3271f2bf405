"""Delays of what makes numbers of formats, and of what multiplies floating-point ones."""

from generators.cost import delay
from generators.cost.constants import cached
from hdl.array.minifloat import MinifloatMVTU
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.expand import Expand
from hdl.quant.statistic import BlockEncode
from hdl.quant.statistic_serial import SerialBlock

__all__ = ["encode_delay", "minifloat_delay", "statistic_delay"]


FAR = 9
"""Bits above a signed word of FPEC, from which on its reset is what takes longest."""


@cached
def encode_delay(config: EncodeLanes.Config) -> int:
    """Of the slowest of an encoder's cycles."""
    return _ENCODERS[type(config.unit)](config.unit)


def _logic(ps: int) -> int:
    """From a register through this to another."""
    return delay.FF + ps + delay.SETUP


def _longest(bits: int) -> int:
    """A chain to the slowest of so many sums, which is not always the last."""
    return max(delay.carry(k) for k in range(bits + 1))


def _integer(config: Encode.Config) -> int:
    """The sum of what is kept; noise is added to what is dropped, and the carry decides."""
    if config.noise:
        return _logic(delay.carry(config.noise + 1) + delay.levels())
    if config.right_shift <= 0:
        return _logic(delay.levels())
    return _logic(max(delay.levels(2), _longest(config.o.width if config.o.width > 4 else 0)))


def _fpec(config: EncodeFPEC.Config) -> int:
    """What is beyond the ends, and the word by that, or its reset."""
    above = config.x.width - config.right_shift - config.bits
    if config.signed and config.magnitude and above >= FAR:
        return delay.FF + delay.levels(3) + delay.RESET
    return _logic(delay.levels(3))


def _biscaled(config: EncodeBiScaled.Config) -> int:
    """From an input: which scale, what of it is kept, and whether one is added."""
    above = config.x.width - 1 - config.right_shift - (config.bits - config.signed)
    if above <= 0 and config.threshold is None:
        return _logic(_longest(config.bits))
    far = above > 7 or config.bits > 6 if config.signed else above > 13
    return delay.levels(4 + far) - delay.WIRE + delay.SETUP


def _expand(config: Expand.Config) -> int:
    """The selector, with the enable, resets the bits that are nothing but zero."""
    return delay.FF + delay.levels() + delay.RESET


def _float(config: EncodeMinifloat.Config) -> int:
    """The rounding adder behind the constant; of integers the leading one, which resets others."""
    if config.source is not None:
        return _logic(delay.levels() + _longest(config.to.magnitude))
    if not config.x.signed and config.x.width <= 8:
        return _logic(_longest(8))
    if config.x.width <= 12:
        return delay.FF + delay.levels(2) + delay.RESET
    return delay.FF + delay.levels(3) + delay.RESET if config.x.width <= 16 else (
        _logic(delay.levels(4)))  # fmt: skip


_ENCODERS = {
    Encode.Config: _integer,
    EncodeBiScaled.Config: _biscaled,
    EncodeFPEC.Config: _fpec,
    EncodeMinifloat.Config: _float,
    Expand.Config: _expand,
}


@cached
def statistic_delay(config: BlockEncode.Config) -> int:
    """The window that an exponent chooses, whether it is full, and whether one is added."""
    code = config.code
    bits, serial = code.bits - code.signed, isinstance(config.unit, SerialBlock.Config)
    chosen = -(-code.flags.bit_length() // 2)
    levels = 1 + chosen + (1 if bits < 4 else 2 if bits < 7 else 3)
    return _logic(delay.levels(min(5, levels + serial + (config.ways > 1))))


@cached
def minifloat_delay(config: MinifloatMVTU.Config) -> int:
    """The alignment of the smaller number; or the difference of exponents, and the adder."""
    wide = config.accumulator.adder.both.exponent > config.sums.parts.exponent
    if wide:
        return _logic(delay.carry(4) + delay.levels() + _longest(8) - delay.SETUP)
    return _logic(delay.levels(5))
