"""Dot products of numbers in formats of their own, for the lanes of a layer's unit."""

from generators.finn.linear import Linear
from generators.network import codings, formats
from hdl.array.minifloat import MinifloatMVTU
from hdl.dot.biscaled import BiScaled
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.dot.grouped import Grouped
from hdl.dot.select import select
from hdl.minifloat import Minifloat
from hdl.number import Number, holding
from hdl.quant.expand import Expand

__all__ = ["block", "cell", "expand", "floating"]


def block(layer: Linear) -> int:
    """Columns that a lane of a layer's cell multiplies."""
    coding = layer.weights.coding
    if isinstance(coding, formats.FPEC) and coding.compensators >= (coding.lanes or 1):
        return 1  # each lane has its own
    return max(codings.block_of(some) for some in (layer.input_type, coding))


def cell(layer: Linear, x: Number):
    """The dot product of one lane, or of minifloats the unit of one row and column.

    ``x`` is the inputs' number where these are integers.
    """
    return _CELLS[codings.family(layer)](layer, x)


def expand(layer: Linear) -> Expand.Config | None:
    """What makes numbers of biscaled inputs, before they are multiplied."""
    coding = layer.input_type
    if not isinstance(coding, formats.BiScaled):
        return None
    return Expand.Config(bits=coding.bits, shift=coding.shift, signed=coding.signed)


def _fpec(layer: Linear, x: Number):
    a, b = layer.input_type, layer.weights.coding
    fields = {
        "lanes": 1,
        "qx": x if a is None else _quantized(a),
        "qw": _weights(layer) if b is None else _quantized(b),
        "magnitude": (a or b).magnitude,
        "errors": "both" if a and b else "x" if a else "w",
    }
    if block(layer) == 1:
        return FPEC.Config(**fields)
    return SharedFPEC.Config(**fields, block=b.lanes, compensators=b.compensators)


def _biscaled(layer: Linear, x: Number):
    b = layer.weights.coding
    fields = {
        "lanes": 1,
        "qx": x if layer.input_type is None else expand(layer).o,
        "qw": _weights(layer) if b is None else _quantized(b),
        "w_shift": 0 if b is None else b.shift,
    }
    if b is None:
        return select(fields["qx"], fields["qw"], 1)
    if b.block is None:
        return BiScaled.Config(**fields)
    return BiScaledBlocks.Config(**fields, block=b.block, limit=b.limit, skewed=True)


def _grouped(layer: Linear, x: Number):
    a, b = layer.input_type, layer.weights.coding
    return Grouped.Config(
        lanes=1,
        group=codings.block_of(b),
        x_element=x if a is None else _quantized(a),
        w_element=_quantized(b),
        exponents=b.exponents,
        x_exponents=1 if a is None else a.exponents,
        mantissa_bits=getattr(b, "mantissa_bits", 0),
        skewed=True,
    )


def _minifloat(layer: Linear, x: Number) -> MinifloatMVTU.Config:
    a, b = layer.input_type, layer.weights.coding
    return MinifloatMVTU.Config(rows=1, cols=1, pe=1, x_type=floating(a), w_type=floating(b),
                                chunk=b.chunk, rounding=b.rounding)  # fmt: skip


def floating(coding: formats.Minifloat) -> Minifloat:
    """A format as circuits see it."""
    return Minifloat(exponent=coding.exponent, mantissa=coding.mantissa, bias=coding.bias,
                     signed=coding.signed)  # fmt: skip


def _quantized(coding: formats.Coding) -> Number:
    return Number(width=coding.bits, signed=getattr(coding, "signed", True))


def _weights(layer: Linear) -> Number:
    """The narrowest number that holds a layer's weights."""
    data = layer.weights.data
    return holding(int(data.min()), int(data.max()))


_CELLS = {
    "fpec": _fpec,
    "biscaled": _biscaled,
    "grouped": _grouped,
    "blockfloat": _grouped,
    "minifloat": _minifloat,
}
