"""The numbers of a type, an integer type or a format: codes of reals, and reals of codes."""

import numpy as np

from generators.network import formats
from generators.network.codings import format_of
from sim.golden.formats import integer

__all__ = ["Kind", "bits", "encode", "fixed", "signed", "top", "value"]

Kind = str | formats.Coding
"""The name of an integer type, or the record of a format."""


def fixed(bits: int, signed: bool) -> str:
    """The name of an integer type."""
    return f"{'int' if signed else 'uint'}{bits}"


def encode(kind: Kind, v: np.ndarray) -> np.ndarray:
    """Codes of reals, to the nearest within the type's range; groups lie along the last axis."""
    v = np.asarray(v, np.float64)
    if isinstance(kind, str):
        form = integer.parse(kind)
        return np.clip(np.floor(v + 0.5), form.low, form.high).astype(np.int64)
    return format_of(kind).encode(v)


def value(kind: Kind, codes: np.ndarray) -> np.ndarray:
    """The reals that codes stand for."""
    if isinstance(kind, formats.FPEC):
        q, d = format_of(kind).decode(codes)
        return q + np.ldexp(np.asarray(d, np.float64), -kind.magnitude - 1)
    if isinstance(kind, formats.Minifloat):
        return np.asarray(format_of(kind).decode(codes), np.float64)
    return np.asarray(codes, np.float64)


def top(kind: Kind) -> float:
    """The largest number, less its error where it has one."""
    form = integer.parse(kind) if isinstance(kind, str) else format_of(kind)
    if isinstance(kind, formats.FPEC):
        return float(form.q_high)
    return float(value(kind, np.array([form.high]))[0])


def bits(kind: Kind) -> int:
    """Of a code, without what several share."""
    if isinstance(kind, str):
        return integer.parse(kind).width
    if isinstance(kind, formats.Minifloat):
        return kind.exponent + kind.mantissa + kind.signed
    return kind.bits


def signed(kind: Kind) -> bool:
    """Whether there are negative numbers."""
    if isinstance(kind, str):
        return integer.parse(kind).signed
    return getattr(kind, "signed", True)
