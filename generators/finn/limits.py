"""What no circuit does: numbers too wide, padding without a code, windows of nothing."""

import numpy as np

from generators.finn.pipeline import tensors_of
from generators.network import graph
from generators.network.error import ModelError
from hdl.dot.operands import MAX_WIDTH
from hdl.window.sliding_walk import Axis
from sim.golden.formats import integer


def refuse(network: graph.Network) -> None:
    """Refuse numbers that no dot product multiplies, and windows that no line buffer makes.

    Raises
    ------
    ModelError
        If inputs or weights are too wide, a padded value is not of the map's type, or all windows
        lie in the padding.
    """
    for layer in network.layers:
        where = f"{network.name}: layer {layer.name!r}"
        source = tensors_of(network)[layer.inputs[0]]
        if isinstance(layer, graph.Dense | graph.Conv):
            _narrow(layer, source.type, where)
        if isinstance(layer, graph.Conv | graph.MaxPool | graph.SumPool) and any(layer.padding):
            _reading(layer, source.shape, where)
            value = layer.pad_value if isinstance(layer, graph.Conv) else 0
            if not isinstance(layer, graph.MaxPool):
                pad_code(source.type, value, where)
        if isinstance(layer, graph.Pad):
            pad_code(source.type, layer.value, where)


def _narrow(layer, source: integer.Integer, where: str) -> None:
    op = {graph.Dense: "dense layer", graph.Conv: "convolution"}[type(layer)]
    weights = integer.parse(layer.weights.type)
    for name, form, coding in (("Inputs", source, layer.input_type),
                               ("Weights", weights, layer.weights.coding)):  # fmt: skip
        if coding is None and form.width > MAX_WIDTH:  # the formats are no wider
            what = f"{name} of a {op} must be at most {MAX_WIDTH} bits wide"
            raise ModelError(where, f"{what}, not {form.width}")


def _reading(layer, shape: tuple[int, ...], where: str) -> None:
    """Refuse windows of which none reads the map."""
    conv = isinstance(layer, graph.Conv)
    kernel = layer.weights.data.shape[1:3] if conv else layer.kernel
    stride = layer.stride or kernel
    for axis in (0, 1):
        line = Axis(size=shape[axis], kernel=kernel[axis], stride=stride[axis],
                    dilation=layer.dilation[axis] if conv else 1,
                    before=layer.padding[axis], after=layer.padding[axis + 2])  # fmt: skip
        if not line.inside.any():
            raise ModelError(where, "Windows must read the map, not only its padding")


def pad_code(form: integer.Integer, value: int, where: str) -> int:
    """The code of a value around a map, refused where the map's type has none."""
    if not form.contains(np.array([value])).all():
        accepted = "-1 or +1" if form.bipolar else f"from {form.low} to {form.high}"
        what = f"Padding of a map of type {form.name} must be {accepted}, not {value}"
        raise ModelError(where, what)
    return int(form.encode(np.array([value]))[0]) if form.bipolar else value
