"""The records of number formats: what stands for ``type`` where an integer type does not."""

from typing import Annotated, Literal

from msgspec import Meta

from generators.network.record import Record

__all__ = [
    "FPEC", "BiScaled", "BlockFloat", "Codebook", "Coding", "Encoding", "Grouped", "Log",
    "Minifloat",
]  # fmt: skip

Bits = Annotated[int, Meta(ge=1, le=16)]
Size = Annotated[int, Meta(ge=2, le=256)]
Exponents = Annotated[int, Meta(ge=1, le=32)]


class Log(Record, tag_field="format", tag="log"):
    """Weights that are 0, or +2^e or -2^e, 0 <= e <= 2^(bits - 1) - 2: a sign and a field of e.

    ``data`` holds these integers. They are multiplied by shifts, the default of the ``datapath``.
    """

    bits: Annotated[int, Meta(ge=2, le=5)]


class Codebook(Record, tag_field="format", tag="codebook"):
    """Weights that are ``values[data]``: ``data`` holds indices into a table of integers.

    The ``datapath`` is by default one that keeps the indices.
    """

    values: Annotated[tuple[int, ...], Meta(min_length=1, max_length=64)]


class FPEC(Record, tag_field="format", tag="fpec"):
    """Fixed point with an estimate of its error (Compensated-DNN, Jain et al. 2018).

    A number is (q + d / 2^(m + 1)), q an integer of ``bits``, its error d from -2^m to 2^m, where
    m is ``magnitude``; ``data`` holds q 2^(m + 2) + d. Products leave out the product of errors;
    sums count in units of 1 / 2^(m + 1). Of weights, each ``lanes`` consecutive columns may share
    ``compensators``: the first so many lanes with an error are served, others' errors are dropped.
    """

    bits: Bits
    signed: bool = True
    magnitude: Annotated[int, Meta(ge=0, le=2)] = 0
    lanes: Size | None = None
    compensators: Annotated[int, Meta(ge=1, le=256)] = 1


class BiScaled(Record, tag_field="format", tag="biscaled"):
    """Integers q, or q 2^shift, q of ``bits``: a fine and a wide scale (Jain et al. 2019).

    ``data`` holds these integers. What is encoded is fine if it can be, or below ``threshold``.
    Of weights, each ``block`` consecutive columns may hold at most ``limit`` wide ones, whose
    places are a list; without a block each weight says itself which it is.
    """

    bits: Bits
    shift: Annotated[int, Meta(ge=1, le=16)]
    signed: bool = True
    threshold: Annotated[int, Meta(ge=1)] | None = None
    block: Size | None = None
    limit: Annotated[int, Meta(ge=1, le=256)] = 1


class Grouped(Record, tag_field="format", tag="grouped"):
    """Weights f M 2^e: integers f of ``bits``, with M and e < ``exponents`` one of each group.

    A group is ``group`` consecutive columns of a row. M is 1 if ``mantissa`` is power, or if simple
    2^mantissa_bits times 1 or 1 + 2^-k, 1 <= k <= ``mantissa_bits``. ``data`` holds the products.
    """

    bits: Bits
    group: Size
    exponents: Exponents
    mantissa: Literal["power", "simple"] = "power"
    mantissa_bits: Annotated[int, Meta(ge=0, le=3)] = 0


class BlockFloat(Record, tag_field="format", tag="blockfloat"):
    """Integers m 2^e, m of ``bits``, e < ``exponents`` shared by ``block`` consecutive channels."""

    bits: Bits
    block: Size
    exponents: Exponents
    signed: bool = True


class Minifloat(Record, tag_field="format", tag="minifloat"):
    """Floating point without subnormals: (-1)^s 2^(e - bias) (1 + m / 2^mantissa), as HFP8.

    ``data`` holds (-1)^s (e 2^mantissa + m), the number's place in their order; 0 is zero. Sums
    are DLFloat (1-6-9, bias 31), of ``chunk`` consecutive columns each, which are then added;
    ``rounding`` is to the nearest, of ties away from zero (up) or to the even one.
    """

    exponent: Annotated[int, Meta(ge=2, le=6)]
    mantissa: Annotated[int, Meta(ge=1, le=9)]
    bias: Annotated[int, Meta(ge=0, le=63)]
    signed: bool = True
    chunk: Annotated[int, Meta(ge=1, le=1 << 16)] = 64
    rounding: Literal["up", "even"] = "up"


Encoding = FPEC | BiScaled | BlockFloat | Minifloat
"""The formats that activations may have."""

Coding = Encoding | Grouped
"""The formats whose integers are not all of a range, or say more than their value."""
