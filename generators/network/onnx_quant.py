"""Quant, IntQuant and BipolarQuant nodes, as package ``qonnx`` defines them."""

from dataclasses import dataclass

import numpy as np

from generators.network.onnx_fold import Codes, Value, constant, fits
from generators.network.onnx_graph import Node
from sim.golden.formats import integer

OPS = ("BipolarQuant", "IntQuant", "Quant")
DOMAINS = ("", "onnx.brevitas", "qonnx.custom_op.general", "finn.custom_op.general")

# Names of rounding modes; ROUND, which also stands where none does, is half to even.
ROUNDINGS = {
    "ROUND": "HALF_EVEN", "HALF_EVEN": "HALF_EVEN", "HALF_UP": "HALF_UP",
    "HALF_DOWN": "HALF_DOWN", "CEIL": "CEIL", "FLOOR": "FLOOR", "UP": "UP", "DOWN": "DOWN",
    "ROUND_TO_ZERO": "DOWN",
}  # fmt: skip

# The modes in floating point, with the rounding errors that qonnx makes too.
_FLOAT_ROUNDINGS = {
    "HALF_EVEN": np.round,
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
    "DOWN": np.fix,
}


@dataclass(frozen=True)
class Quantizer:
    """y = (clip(round(x / scale + zero_point)) - zero_point) * scale; bipolar: sign(x) * scale."""

    form: integer.Integer
    narrow: bool
    scale: np.ndarray
    zero_point: int
    rounding: str

    def codes(self, node: Node, array: np.ndarray) -> Codes:
        """Quantize constants as qonnx does: in float32, where w / scale may round to a tie."""
        if self.zero_point:
            raise node.refused(f"Zero point of weights must be 0, not {self.zero_point}")
        if self.form.bipolar:
            codes = np.where(array >= 0, 1, -1)
        else:
            with np.errstate(over="ignore"):  # an infinite quotient is clipped
                codes = np.clip(array / self.scale, self.low, self.high)
            codes = _FLOAT_ROUNDINGS[self.rounding](codes).astype(np.int64)
        scale = np.broadcast_to(self.scale, codes.shape)
        return Codes(codes, scale, self.form)

    @property
    def low(self) -> int:
        """The lowest code."""
        return self.form.low + (self.narrow and self.form.signed)

    @property
    def high(self) -> int:
        """The highest code."""
        return self.form.high - (self.narrow and not self.form.signed)


def parse(node: Node, values: list[Value]) -> Quantizer:
    """The quantizer that a node is, by its constants and attributes; refuses what is none."""
    scale = constant(node, values, 1, "Scale")
    if scale.dtype.kind not in "fiu" or not scale.size or not np.all(scale > 0):
        raise node.refused("Scale must be positive")
    shape = getattr(values[0], "shape", ())
    if scale.size == 1:
        scale = scale.reshape(())
    elif not fits(scale.shape, shape):
        raise node.refused(f"Scale must be one number or fit {shape}, not have shape {scale.shape}")
    if node.op == "BipolarQuant":
        return Quantizer(integer.parse("bipolar"), False, scale, 0, "HALF_EVEN")
    zero_point = constant(node, values, 2, "Zero point")
    if zero_point.size != 1 or zero_point.item() != int(zero_point.item()):
        raise node.refused("Zero point must be one integer")
    form, narrow = _form(node, _width(node, values))
    if form.bipolar and zero_point.item():
        raise node.refused(f"Zero point of 1 signed bit must be 0, not {zero_point.item()}")
    name = str(node.attributes.get("rounding_mode", "ROUND")).upper()
    if name not in ROUNDINGS:
        raise node.refused(f"Rounding_mode must be one of {', '.join(ROUNDINGS)}, not {name}")
    return Quantizer(form, narrow, scale, int(zero_point.item()), ROUNDINGS[name])


def _width(node: Node, values: list[Value]) -> int:
    width = constant(node, values, 3, "Bit width")
    if width.size != 1:
        raise node.refused(f"Bit width must be one number, not of shape {width.shape}")
    if width.item() not in range(1, integer.MAX_WIDTH + 1):
        accepted = f"an integer from 1 to {integer.MAX_WIDTH}"
        raise node.refused(f"Bit width must be {accepted}, not {width.item()}")
    return int(width.item())


def _form(node: Node, width: int) -> tuple[integer.Integer, bool]:
    """Type of the codes, and whether the quantizer leaves out the lowest (highest) of it."""
    for name in ("signed", "narrow"):
        if node.attributes.get(name) not in (0, 1):
            given = node.attributes.get(name, "absent")
            raise node.refused(f"Attribute {name} must be 0 or 1, not {given}")
    signed, narrow = node.attributes["signed"], bool(node.attributes["narrow"])
    if signed and width == 1:  # qonnx: "manually convert to bipolar values"
        return integer.parse("bipolar"), False
    if signed and width == 2 and narrow:
        return integer.parse("ternary"), False
    if width == 1 and narrow:
        raise node.refused("Attribute narrow must be 0 where the bit width is 1")
    return integer.parse(f"{'' if signed else 'u'}int{width}"), narrow
