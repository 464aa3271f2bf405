"""Tensors in the numbers of a scheme: weights, and what activations become."""

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from generators.network import formats
from generators.network.quantize import biscaled, numbers, scale
from generators.network.quantize.options import Options

__all__ = ["Coded", "activations", "inputs_kind", "weights", "weights_kind"]


@dataclass(frozen=True)
class Coded:
    """Codes of a type; real = scale * number, the scale one or one of each output."""

    kind: numbers.Kind
    codes: np.ndarray
    scale: float | np.ndarray

    @property
    def real(self) -> np.ndarray:
        """What the codes stand for."""
        return self.by_output * numbers.value(self.kind, self.codes)

    @property
    def by_output(self) -> np.ndarray:
        """The scale, in the shape of one that goes with outputs-first codes."""
        each = np.asarray(self.scale, np.float64)
        return each.reshape(each.shape + (1,) * (self.codes.ndim - 1) if each.ndim else ())


def weights(w: np.ndarray, options: Options, *, last: bool = False) -> Coded:
    """Reals (outputs, ...) to codes of the scheme, the scale shared as that says.

    Sums of the last layer are compared with each other, so that they have one scale.
    """
    kind, how = weights_kind(w, options), options.clip
    if options.per_channel and not last:
        each = np.array([scale.real(row, kind, how) for row in w.reshape(len(w), -1)])
        return of(w, kind, each)
    if options.real:
        return of(w, kind, scale.real(w, kind, how))
    made = of(w, kind, 2.0 ** scale.power(w, kind, how))
    if isinstance(kind, formats.BiScaled) and kind.block and how != "mse":
        return _listed(w, made)
    return made


def _listed(w: np.ndarray, made: Coded) -> Coded:
    """BiScaled weights with the lists of their blocks, or without where these are too short.

    Where the scale has the smallest error that a block's list leaves, there is nothing to do.
    """
    whole = of(w, replace(made.kind, block=None, limit=1), made.scale)
    fits = np.array_equal(whole.codes, made.codes)
    return made if fits else whole


def of(v: np.ndarray, kind: numbers.Kind, each: float | np.ndarray) -> Coded:
    """Reals in a type and of a scale."""
    empty = Coded(kind, v, each)
    return Coded(kind, numbers.encode(kind, v / empty.by_output), each)


def weights_kind(w: np.ndarray, options: Options) -> numbers.Kind:
    """The type of a layer's weights.

    Where the last axis is no multiple of a group they are plain integers, of 8 bits at least.
    """
    plain = numbers.fixed(options.bits, signed=True)
    if options.sides == "activations":
        return plain
    if options.family in ("grouped", "blockfloat"):
        return _grouped(w, options)
    if options.family == "fpec":
        lanes = options.lanes if options.lanes and w.shape[-1] % options.lanes == 0 else None
        return formats.FPEC(bits=options.bits, magnitude=options.magnitude, lanes=lanes,
                            compensators=options.compensators)  # fmt: skip
    if options.family in ("biscaled", "shiftable"):
        block = options.block if options.block and w.shape[-1] % options.block == 0 else None
        return biscaled.kind(w, options.bits, options.shift, options.clip, block=block,
                             limit=options.limit)  # fmt: skip
    if options.family == "hfp8":
        return formats.Minifloat(exponent=4, mantissa=3, bias=11, chunk=options.chunk)
    return plain


def _grouped(w: np.ndarray, options: Options) -> numbers.Kind:
    """The type of weights of which some share a scale."""
    if w.shape[-1] % options.group:
        return numbers.fixed(max(options.bits, 8), signed=True)
    if options.family == "blockfloat":
        return formats.BlockFloat(bits=options.bits, block=options.group,
                                  exponents=options.exponents)  # fmt: skip
    if options.scales == "one":
        return numbers.fixed(options.bits, signed=True)
    simple = options.scales == "simple"
    return formats.Grouped(bits=options.bits, group=options.group, exponents=options.exponents,
                           mantissa="simple" if simple else "power",
                           mantissa_bits=options.mantissa_bits if simple else 0)  # fmt: skip


def inputs_kind(v: np.ndarray, options: Options, *, signed: bool) -> numbers.Kind:
    """The type of activations (frames, ..., channels), of which these are some."""
    bits = options.inputs
    plain = numbers.fixed(bits, signed)
    if options.sides == "weights":
        return plain
    if options.family == "fpec":
        return formats.FPEC(bits=bits, signed=signed, magnitude=options.magnitude)
    if options.family in ("biscaled", "shiftable"):
        return biscaled.kind(v, bits, options.shift, options.inputs_clip, signed=signed)
    if options.family == "hfp8":
        return formats.Minifloat(exponent=4, mantissa=3, bias=11, signed=signed,
                                 chunk=options.chunk)  # fmt: skip
    if options.family == "blockfloat" and v.shape[-1] % options.group == 0:
        return formats.BlockFloat(bits=bits, block=options.group, exponents=options.exponents,
                                  signed=signed)  # fmt: skip
    return plain


def activations(v: np.ndarray, options: Options, *, signed: bool) -> tuple[numbers.Kind, float]:
    """The type of activations (frames, ..., channels), and its scale, from those of some frames."""
    kind = inputs_kind(v, options, signed=signed)
    if options.real:
        return kind, scale.real(v, kind, options.inputs_clip)
    return kind, 2.0 ** scale.power(v, kind, options.inputs_clip)
