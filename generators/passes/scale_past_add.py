"""Branches of different scales are added as integers where one scale divides them all."""

import math
from fractions import Fraction

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import affine, rewrite
from generators.passes.decide_alike import decide_alike
from sim.golden import exact

MAX_GAIN = 1 << 12
"""Of a branch: wider products cost more than a quantizer would."""


def past_add(network: graph.Network, layer: graph.Add, shape: tuple[int, ...]) -> graph.Network:
    """(m1 s) x1 + b1 + (m2 s) x2 + b2  ->  s (m1 x1 + m2 x2) + (b1 + b2), m1 and m2 integers.

    Where no s makes them small, but quantizers decide alike on sums of other, small gains for
    all integers that can be added, those sums and thresholds take the place.

    Raises
    ------
    ModelError
        If there are no such gains, or one is 0.
    """
    found = [affine.before(network, name) for name in layer.inputs]
    if not any(found):
        return network
    tensors = check.infer(network)
    origins, gains, bias = [], [], 0
    own = exact.fractions(np.ones(len(found)) if layer.gains is None else layer.gains)
    for name, scale, outer in zip(layer.inputs, found, own):
        one = np.array([Fraction(1)]), np.array([Fraction(0)])
        origin, gain, offset = (name, *one) if scale is None else scale
        if tensors[origin].type is None:
            return network
        origins.append(origin)
        gains.append(np.ravel(outer * gain))
        bias = bias + np.ravel(outer * offset)
    by_channel = np.stack(np.broadcast_arrays(*gains))
    new = replace(layer, inputs=tuple(origins))
    integers, common = _integers(network, layer, by_channel)
    if abs(integers).max() > MAX_GAIN:
        types = [tensors[origin].type for origin in origins]
        bias = np.broadcast_to(bias, shape[-1:])
        gains = np.broadcast_to(by_channel, (len(found), shape[-1]))
        alike = decide_alike(network, new, types, gains, bias)
        if alike is None:
            _refuse(network, layer, by_channel)
        return alike
    new = replace(new, gains=_short(integers))
    scale = affine.scale(network, layer, *np.broadcast_arrays(common, bias))
    return rewrite.put(network, layer, [new, scale])


def _integers(network, layer, gains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """gains = integers * common, by channel, with the largest common factor."""
    integers = np.ones(gains.shape, object)
    common = np.empty(gains.shape[1], object)
    for c, column in enumerate(gains.T):
        if np.any(column == 0) and np.any(column != 0):
            what = "Gains before an add must not be 0 in one input only"
            raise ModelError(f"{network.name}: layer {layer.name!r}", what)
        denominator = math.lcm(*(g.denominator for g in column))
        numerators = [int(g * denominator) for g in column]
        divisor = math.gcd(*numerators)
        common[c] = Fraction(divisor, denominator)
        if divisor:
            integers[:, c] = [n // divisor for n in numerators]
    return integers, common


def _short(integers: np.ndarray) -> np.ndarray | None:
    """Gains by channel only where they differ; none where all are 1."""
    integers = integers.astype(np.int64)
    if np.all(integers == 1):
        return None
    return integers[:, 0] if np.all(integers == integers[:, :1]) else integers


def _refuse(network, layer, gains: np.ndarray) -> None:
    values = " and ".join(str(float(g)) for g in gains[:, 0])
    what = (
        "Inputs of an add must be quantized with one scale, or scales in a ratio of small "
        f"integers, not {values}"
    )
    raise ModelError(f"{network.name}: layer {layer.name!r}", what)
