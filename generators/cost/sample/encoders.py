# amaranth: UnusedElaboratable=no

"""Encoders of streams: of numbers and of blocks."""

from functools import partial

import numpy as np

from generators.cost.sample.case import Sample, drawn, pick, size
from generators.cost.sample.units import HFP8, HFP8_BACK
from hdl.minifloat import DLFLOAT
from hdl.number import Number
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.expand import Expand
from hdl.quant.statistic import BlockEncode
from hdl.quant.statistic_step import BlockCode

__all__ = ["block_encode", "designed", "draw", "encode"]

S4, S8, S10, S12, S14, S16, S18, S20, S24, S28 = (
    Number(width=width, signed=True) for width in (4, 8, 10, 12, 14, 16, 18, 20, 24, 28)
)
UNITS = (  # lanes, unit
    (8, Encode.Config(x=S20, o=Number(width=4), right_shift=8)),
    (4, Encode.Config(x=S20, o=Number(width=8), right_shift=8)),
    (4, Encode.Config(x=S20, o=Number(width=8), right_shift=8, stochastic=True)),
    (8, EncodeFPEC.Config(x=S20, bits=4, signed=False, right_shift=8)),
    (4, EncodeFPEC.Config(x=S20, bits=6, magnitude=1, right_shift=8)),
    (4, EncodeBiScaled.Config(x=S20, bits=6, shift=2, signed=False, right_shift=8)),
    (4, EncodeMinifloat.Config(x=Number(width=8), to=HFP8, right_shift=8)),
    (2, EncodeMinifloat.Config(x=S20, to=HFP8, right_shift=8)),
    (4, EncodeMinifloat.Config(x=DLFLOAT.code, source=DLFLOAT, to=HFP8)),
    (16, Expand.Config(bits=6, shift=2)),
    (6, Encode.Config(x=S16, o=Number(width=6, signed=True), right_shift=5)),
    (8, Encode.Config(x=S24, o=Number(width=4), right_shift=12, stochastic=True)),
    (6, EncodeFPEC.Config(x=S16, bits=5, magnitude=2, right_shift=6)),
    (8, EncodeBiScaled.Config(x=S16, bits=4, shift=2, right_shift=6)),
    (4, EncodeMinifloat.Config(x=S12, to=HFP8_BACK, right_shift=4)),
    (8, EncodeMinifloat.Config(x=DLFLOAT.code, source=DLFLOAT, to=HFP8_BACK)),
    (8, Expand.Config(bits=4, shift=3)),
    (8, Encode.Config(x=S18, o=Number(width=5), right_shift=6)),
    (8, EncodeFPEC.Config(x=S18, bits=4, signed=False, magnitude=1, right_shift=7)),
    (8, EncodeBiScaled.Config(x=S18, bits=5, shift=3, right_shift=6)),
    (4, EncodeMinifloat.Config(x=S16, to=HFP8_BACK, right_shift=6)),
    (1, Encode.Config(x=S16, o=Number(width=4), right_shift=4)),
    (4, Encode.Config(x=S12, o=Number(width=2), right_shift=6)),
    (16, Encode.Config(x=S14, o=S8, right_shift=2)),
    (2, Encode.Config(x=S24, o=Number(width=6), right_shift=10)),
    (8, Encode.Config(x=S18, o=S4, right_shift=8)),
    (4, Encode.Config(x=Number(width=16), o=Number(width=4), right_shift=6)),
    (4, Encode.Config(x=S10, o=Number(width=5, signed=True))),
    (1, Encode.Config(x=S20, o=Number(width=4), right_shift=8, stochastic=True)),
    (4, Encode.Config(x=S16, o=Number(width=6, signed=True), right_shift=6, stochastic=True)),
    (16, Encode.Config(x=S12, o=Number(width=3), right_shift=4, stochastic=True)),
    (2, Encode.Config(x=S24, o=S8, right_shift=14, stochastic=True)),
    (6, Encode.Config(x=S28, o=Number(width=5), right_shift=19, stochastic=True)),
    (1, EncodeFPEC.Config(x=S20, bits=4, right_shift=8)),
    (4, EncodeFPEC.Config(x=S16, bits=4, signed=False, right_shift=5)),
    (8, EncodeFPEC.Config(x=S12, bits=5, right_shift=4)),
    (2, EncodeFPEC.Config(x=S24, bits=6, magnitude=2, signed=False, right_shift=10)),
    (4, EncodeFPEC.Config(x=S18, bits=6, magnitude=1, signed=False, right_shift=6)),
    (16, EncodeFPEC.Config(x=S14, bits=3, magnitude=1, right_shift=6)),
)
BLOCKS = (  # bits, block, lanes, ways
    (4, 8, 8, 1), (8, 16, 16, 1), (4, 32, 4, 1), (4, 8, 8, 2), (6, 16, 16, 1), (6, 16, 8, 1),
    (6, 16, 16, 2), (5, 12, 24, 1), (5, 32, 8, 1), (5, 8, 8, 3),
)  # fmt: skip


def encode(lanes: int, unit) -> EncodeLanes:
    """A stream of 64 transfers a frame."""
    return EncodeLanes(EncodeLanes.Config(items=64 * lanes, lanes=lanes, unit=unit))


def block_encode(bits: int, block: int, lanes: int, ways: int = 1, x: Number = S20,
                 exponents: int = 8, right_shift: int = 6) -> BlockEncode:  # fmt: skip
    """Sums, of which some bits are below 1, to blocks of some exponents."""
    code = BlockCode(x=x, bits=bits, exponents=exponents, right_shift=right_shift)
    return BlockEncode(BlockEncode.Config(items=64 * block, lanes=lanes, block=block, code=code,
                                          ways=ways))  # fmt: skip


def _encode(lanes: int, unit) -> Sample:
    fields = {name: value for name, value in vars(unit).items() if isinstance(value, int)}
    text = " ".join(f"{name}{int(value)}" for name, value in fields.items())
    if hasattr(unit, "to"):
        text += f" 1-{unit.to.exponent}-{unit.to.mantissa}"
    name = f"{type(unit).__qualname__.split('.')[0].lower()} {unit.x.width} to {unit.o.width} bits"
    return Sample("encode", f"{name} {text} in {lanes} lanes", partial(encode, lanes, unit))


def _blocks(*case) -> Sample:
    name = "{} bits, {} a block in {} lanes, {} ways".format(*case)
    if case[4:]:
        name += ", {} bits, {} exponents, {} dropped".format(case[4].width, *case[5:])
    return Sample("statistic", name, partial(block_encode, *case))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    return (*(_encode(*case) for case in UNITS), *(_blocks(*case) for case in BLOCKS))


def _drawn_encode(rng: np.random.Generator, kind: str) -> Sample:
    x, lanes = Number(width=int(rng.integers(12, 25)), signed=True), size(rng, 2, 12)
    bits, right = int(rng.integers(3, 8)), int(rng.integers(2, 9))
    signed, to = pick(rng, True, False), pick(rng, HFP8, HFP8_BACK)
    if kind == "integer":
        o = Number(width=bits, signed=signed)
        stochastic = bool(rng.random() < 0.4)
        return _encode(lanes, Encode.Config(x=x, o=o, right_shift=right, stochastic=stochastic))
    if kind == "fpec":
        return _encode(lanes, EncodeFPEC.Config(x=x, bits=bits, signed=signed, right_shift=right,
                                                magnitude=pick(rng, 0, 1, 2)))  # fmt: skip
    if kind == "biscaled":
        return _encode(lanes, EncodeBiScaled.Config(x=x, bits=bits, shift=pick(rng, 1, 2),
                                                    signed=signed, right_shift=right))  # fmt: skip
    if kind == "expand":
        return _encode(lanes, Expand.Config(bits=bits, shift=pick(rng, 1, 2, 3), signed=signed))
    source = pick(rng, None, DLFLOAT)
    x = x if source is None else DLFLOAT.code
    return _encode(lanes, EncodeMinifloat.Config(x=x, source=source, to=to, right_shift=right))


def _drawn_blocks(rng: np.random.Generator) -> Sample:
    block = pick(rng, 4, 8, 12, 16, 32)
    lanes = pick(rng, block, block, block // 2, block // 4)
    if lanes > 8:
        raise ValueError("larger than is quickly synthesised")
    x = Number(width=int(rng.integers(14, 25)), signed=True)
    return _blocks(int(rng.integers(3, 9)), block, lanes, pick(rng, 1, 1, 1, 2), x,
                   pick(rng, 4, 6, 8), int(rng.integers(3, 8)))  # fmt: skip


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones, of each format in turn."""
    return drawn(rng, count, (
        *(partial(_drawn_encode, kind=kind) for kind in ("integer", "fpec")), _drawn_blocks,
        *(partial(_drawn_encode, kind=kind) for kind in ("biscaled", "minifloat", "expand")),
    ))  # fmt: skip
