"""A quantizer behind scales and relus is a set of integer thresholds."""

from fractions import Fraction

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import rewrite
from generators.passes.boundary import Boundary, rounds_to_at_least
from sim.golden import exact
from sim.golden.formats import integer

MAX_WIDTH = 12
"""Of the codes: every code but the lowest is one threshold for each channel."""


def quantizer_to_threshold(network: graph.Network) -> graph.Network:
    """integers, [scale | relu]…, quantize | sign  ->  integers, threshold.

    A channel of negative gain has its weight row negated, so that its thresholds ascend too; a
    channel of gain 0 is constant.

    Raises
    ------
    ModelError
        If a gain is negative and there is no weight row to negate, or codes are too wide.
    """
    for name in rewrite.each(network, graph.Sign, graph.Quantize):
        quantizer = rewrite.layer(network, name)
        _few_codes(network, quantizer)
        chain = _chain(network, quantizer)
        source = check.infer(network)[(chain[-1] if chain else quantizer).inputs[0]]
        if source.type is not None:
            network = _replace(network, quantizer, chain, source)
    return network


def _few_codes(network: graph.Network, quantizer: graph.AnyLayer) -> None:
    if isinstance(quantizer, graph.Quantize) and integer.parse(quantizer.type).width > MAX_WIDTH:
        what = f"Type of quantize must be at most {MAX_WIDTH} bits wide, not {quantizer.type}"
        raise ModelError(f"{network.name}: layer {quantizer.name!r}", what)


def _chain(network: graph.Network, quantizer: graph.AnyLayer) -> list[graph.AnyLayer]:
    """The scales and relus before a quantizer, the last one first."""
    chain, layer = [], rewrite.layer(network, quantizer.inputs[0])
    while isinstance(layer, (graph.Scale, graph.Relu)):
        chain.append(layer)
        layer = rewrite.layer(network, layer.inputs[0])
    return chain


def _replace(network, quantizer, chain: list, source: check.Tensor) -> graph.Network:
    form, base, boundaries = _levels(quantizer)
    channels = _pull_back(boundaries, chain)
    flipped = np.array([any(b.always is None and not b.up for b in column) for column in channels])
    name = (chain[-1] if chain else quantizer).inputs[0]
    dense = rewrite.layer(network, name)
    low, high = np.array([source.type.low]), np.array([source.type.high])
    if isinstance(dense, graph.Dense) and dense.activation is None:
        low, high = check.accumulator_range(dense, check.infer(network)[dense.inputs[0]].type)
    count = max(len(channels), len(low))
    thresholds = np.array([
        [b.threshold(int(lo), int(hi), bool(f)) for b in channels[i % len(channels)]]
        for i, lo, hi, f in zip(range(count), _spread(low, count), _spread(high, count),
                                _spread(flipped, count))
    ], np.int64)  # fmt: skip
    threshold = graph.Threshold(
        name=quantizer.name, inputs=(name,), type=form.name, thresholds=thresholds, base=base
    )
    if flipped.any():
        network = _negate_rows(network, threshold, _spread(flipped, count))
    output = rewrite.output_name(network)
    network = rewrite.splice(network, quantizer, [threshold])
    return rewrite.drop_unread(network, output)


def _spread(values: np.ndarray, count: int) -> np.ndarray:
    return np.broadcast_to(values, (count,))


def _levels(quantizer) -> tuple[integer.Integer, int, list[Boundary]]:
    """The type of a quantizer's codes, the lowest code, and which x reach each of the others."""
    if isinstance(quantizer, graph.Sign):
        return integer.parse("bipolar"), -1, [Boundary(Fraction(0))]
    form = integer.parse(quantizer.type)
    low = form.low + (quantizer.narrow and form.signed)
    high = form.high - (quantizer.narrow and not form.signed)
    if (low, high) == (-1, 1):
        form = integer.parse("ternary")  # narrow int2: the weights prove a narrower accumulator
    return form, low, [rounds_to_at_least(k, quantizer.rounding) for k in range(low + 1, high + 1)]


def _pull_back(boundaries: list[Boundary], chain: list) -> list[list[Boundary]]:
    """By channel (one, if all are alike), the boundaries before the chain."""
    channels = [boundaries]
    for layer in chain:
        if isinstance(layer, graph.Relu):
            channels = [[b.before_relu() for b in column] for column in channels]
            continue
        gain, bias = np.broadcast_arrays(
            np.atleast_1d(exact.fractions(layer.gain)), np.atleast_1d(exact.fractions(layer.bias))
        )
        if len(gain) > len(channels):
            channels = channels * len(gain)
        scales = zip(np.resize(gain, len(channels)), np.resize(bias, len(channels)))
        channels = [
            [b.before_scale(g, c) for b in column] for column, (g, c) in zip(channels, scales)
        ]
    return channels


def _negate_rows(network, threshold: graph.Threshold, rows: np.ndarray) -> graph.Network:
    dense = rewrite.layer(network, threshold.inputs[0])
    alone = isinstance(dense, graph.Dense) and dense.activation is None
    if not alone or len(rewrite.readers(network, dense.name)) > 1:
        what = "Gains before a quantizer must not be negative, except behind a dense layer's sums"
        raise ModelError(f"{network.name}: layer {threshold.name!r}", what)
    signs = np.where(rows, -1, 1)
    data = dense.weights.data * signs[:, None]
    form = integer.parse(dense.weights.type)
    if not form.contains(data).all():  # -2^(N-1) negated
        form = integer.smallest(int(data.min()), int(data.max()))
    bias = None if dense.bias is None else dense.bias * signs
    weights = replace(dense.weights, data=data, type=form.name)
    return rewrite.splice(network, dense, [replace(dense, weights=weights, bias=bias)])
