"""Small floating-point circuits whose synthesised size is watched."""

from functools import partial

from generators.cost.sample.units import HFP8, HFP8_BACK
from generators.cost.sample.units import minifloat as mvtu
from hdl.accumulate.chunked import ChunkedAccumulator
from hdl.array.minifloat import MinifloatMVTU
from hdl.dot.minifloat import MinifloatProduct
from hdl.minifloat import DLFLOAT, Minifloat
from hdl.number import Number
from hdl.quant.encode_minifloat import EncodeMinifloat

__all__ = [
    "HFP8", "HFP8_BACK", "MINIFLOATS", "accumulator", "encode_code", "encode_integer", "mvtu",
    "product",
]  # fmt: skip


def product(number: Minifloat = HFP8) -> MinifloatProduct:
    """An exact product of two numbers of a format."""
    return MinifloatProduct(MinifloatProduct.Config(x=number.parts, w=number))


def accumulator(groups: int, number: Minifloat = HFP8, rounding: str = "up") -> ChunkedAccumulator:
    """Chunked sums of products in DLFloat, of so many rows in turns."""
    x = MinifloatMVTU.Config(rows=groups, cols=2, pe=1, x_type=number, w_type=number).dot.o
    return ChunkedAccumulator(ChunkedAccumulator.Config(x=x, o=DLFLOAT, groups=groups,
                                                        rounding=rounding))  # fmt: skip


def encode_code(number: Minifloat = HFP8, **options) -> EncodeMinifloat:
    """An encoder of sums in DLFloat."""
    return EncodeMinifloat(EncodeMinifloat.Config(x=DLFLOAT.code, source=DLFLOAT, to=number,
                                                  **options))  # fmt: skip


def encode_integer(width: int, signed: bool, number: Minifloat = HFP8) -> EncodeMinifloat:
    """An encoder of integers."""
    x = Number(width=width, signed=signed)
    return EncodeMinifloat(EncodeMinifloat.Config(x=x, to=number, right_shift=8))


MINIFLOATS = {
    "minifloat product 1-4-3": product,
    "chunked accumulator of 8 rows": partial(accumulator, 8),
    "minifloat mvtu 28x32 pe4": partial(mvtu, 28, 32, 4, chunk=16, biased=True),
    "encoder of 1-6-9 to 1-4-3": partial(encode_code, right_shift=1),
    "encoder of 8 bits to 1-4-3": partial(encode_integer, 8, False),
}
"""By name, the function that makes each."""
