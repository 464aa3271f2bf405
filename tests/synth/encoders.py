"""Encoders of streams, whose resources are kept."""

from functools import partial

from generators.cost.sample.encoders import S20, block_encode
from hdl.number import Number
from hdl.quant.encode import Encode
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.rounding import Noise

__all__ = ["ENCODERS", "block_encode", "encode", "encode_lanes", "noise"]


def encode(bits: int, *, stochastic: bool = False) -> Encode:
    """Sums of 20 bits, of which 8 are below 1."""
    return _encode(bits, stochastic).build()


def _encode(bits: int, stochastic: bool) -> Encode.Config:
    return Encode.Config(x=S20, o=Number(width=bits), right_shift=8, stochastic=stochastic)


def noise(bits: int, lanes: int) -> Noise:
    """Of frames of 64 transfers."""
    return Noise.Config(bits=bits, lanes=lanes, beats=64, seed=1).build()


def encode_lanes(bits: int, lanes: int, *, stochastic: bool = False) -> EncodeLanes:
    """The same in lanes, 64 transfers a frame."""
    unit = _encode(bits, stochastic)
    return EncodeLanes.Config(items=64 * lanes, lanes=lanes, unit=unit).build()


ENCODERS = {
    "encode 20 bits to uint4": partial(encode, 4),
    "encode 20 bits to uint8": partial(encode, 8),
    "encode 20 bits to uint8 stochastically": partial(encode, 8, stochastic=True),
    "noise of 8 bits for 16 lanes": partial(noise, 8, 16),
    "block floating point of 8 lanes, 8 a block, 4 bits": partial(block_encode, 4, 8, 8),
    "block floating point of 4 lanes, 32 a block, 4 bits": partial(block_encode, 4, 32, 4),
    "block floating point of 8 lanes, best of 2 steps": partial(block_encode, 4, 8, 8, 2),
}
"""By name, the function that makes each."""
