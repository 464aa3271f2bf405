"""The scale before a layer, and what an integer of padding is before that scale."""

from fractions import Fraction

import numpy as np

from generators.network import graph
from generators.network.error import ModelError
from generators.passes import rewrite
from sim.golden import exact


def before(network: graph.Network, name: str) -> tuple[str, np.ndarray, np.ndarray] | None:
    """The layer behind which scales make up a tensor, and gains and biases of all of them.

    Gains and biases are vectors of Fractions of one length, 1 or the channels. None if the
    tensor is no scale's.
    """
    layer = rewrite.layer(network, name)
    if not isinstance(layer, graph.Scale):
        return None
    gain, bias = _vector(1), _vector(0)
    while isinstance(layer, graph.Scale):
        inner, offset = _vector(layer.gain), _vector(layer.bias)
        gain, bias = gain * inner, gain * offset + bias
        name = layer.inputs[0]
        layer = rewrite.layer(network, name)
    gain, bias = np.broadcast_arrays(gain, bias)
    return name, gain, bias


def _vector(values) -> np.ndarray:
    return np.ravel(exact.fractions(values))


def scale(network: graph.Network, layer: graph.AnyLayer, gain, bias) -> graph.Scale:
    """A scale that reads a layer; one number where all channels have the same."""
    name = rewrite.fresh(network, f"{layer.name}.scale")
    gain, bias = _short(gain), _short(bias)
    return graph.Scale(name=name, inputs=(layer.name,), gain=gain, bias=bias)


def _short(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[0] if np.all(values == values[0]) else values)


def code(network, layer: graph.AnyLayer, value: int, gain, bias) -> int:
    """The integer that a scale makes the given one.

    Raises
    ------
    ModelError
        If that is no integer, or not the same one in all channels.
    """
    codes = [
        (value - b) / g if g else Fraction(0) if value == b else None for g, b in zip(gain, bias)
    ]
    first = codes[0]
    wrong = [c for c in codes if c is None or c.denominator != 1 or c != first]
    if not wrong:
        return int(first)
    shown = [_text(c) for c in ([wrong[0]] if wrong[0] == first else [first, wrong[0]])]
    what = f"Padding of {value} must be one integer in the codes of the input, not "
    raise ModelError(f"{network.name}: layer {layer.name!r}", what + " and ".join(shown))


def _text(value: Fraction | None) -> str:
    if value is None:
        return "none"
    return str(value.numerator if value.denominator == 1 else float(value))
