"""A quantizer behind scales and relus is a set of integer thresholds."""

import numpy as np

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import levels, rewrite, signs
from generators.passes.boundary import Boundary
from generators.passes.move_scales import move_scales
from sim.golden.formats import integer

MAX_WIDTH = 12
"""Of the codes: every code but the lowest is one threshold for each channel."""


def quantizer_to_threshold(network: graph.Network) -> graph.Network:
    """integers, [scale | relu]…, quantize | sign  ->  integers, threshold.

    A channel of negative gain has its weight row negated, so that its thresholds ascend too; where
    there is no such row, the threshold counts down: it is followed by a scale of -1, which moves
    on as others do. A channel of gain 0 is constant.

    Raises
    ------
    ModelError
        If codes are too wide, or a scale of -1 cannot move on.
    """
    for name in rewrite.each(network, graph.Sign, graph.Quantize):
        quantizer = rewrite.layer(network, name)
        _few_codes(network, quantizer)
        chain = levels.chain(network, quantizer)
        source = check.infer(network)[(chain[-1] if chain else quantizer).inputs[0]]
        if source.type is not None:
            network = _replace(network, quantizer, chain, source)
    return network


def _few_codes(network: graph.Network, quantizer: graph.AnyLayer) -> None:
    if isinstance(quantizer, graph.Quantize) and integer.parse(quantizer.type).width > MAX_WIDTH:
        what = f"Type of quantize must be at most {MAX_WIDTH} bits wide, not {quantizer.type}"
        raise ModelError(f"{network.name}: layer {quantizer.name!r}", what)


def _replace(network, quantizer, chain: list, source: check.Tensor) -> graph.Network:
    form, base, boundaries = levels.levels(quantizer)
    columns = levels.pull_back(boundaries, chain)
    falling = np.array([any(b.always is None and not b.up for b in column) for column in columns])
    name = (chain[-1] if chain else quantizer).inputs[0]
    low, high = _range(network, name, source)
    count = max(len(columns), len(low))
    if falling.any():
        count = source.shape[-1]
    columns = [columns[i % len(columns)] for i in range(count)]
    falling, low, high = (np.resize(values, count) for values in (falling, low, high))
    sole = all(len(rewrite.readers(network, layer.name)) == 1 for layer in chain)
    turned = signs.negate(network, name, falling) if sole or not falling.any() else None
    flipped = falling if turned is not None else np.zeros(count, bool)
    if turned is None:
        columns = [_complement(c) if down else c for c, down in zip(columns, falling)]
    thresholds = np.array([
        [b.threshold(int(lo), int(hi), bool(f)) for b in column]
        for column, lo, hi, f in zip(columns, low, high, flipped)
    ], np.int64)  # fmt: skip
    threshold = graph.Threshold(
        name=quantizer.name, inputs=(name,), type=form.name, thresholds=thresholds, base=base
    )
    if turned is not None:
        return rewrite.put(turned, quantizer, [threshold])
    total = 2 * base + form.step * len(boundaries)  # of a code and what counts down
    scale = graph.Scale(
        name=rewrite.fresh(network, f"{quantizer.name}.scale"), inputs=(quantizer.name,),
        gain=np.where(falling, -1, 1), bias=np.where(falling, total, 0),
    )  # fmt: skip
    return move_scales(rewrite.put(network, quantizer, [threshold, scale]))


def _range(network, name: str, source: check.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest integer of a tensor: by channel behind weights, else one for all."""
    layer = rewrite.layer(network, name)
    if isinstance(layer, (graph.Dense, graph.Conv)) and layer.activation is None:
        return check.accumulator_range(layer, check.infer(network)[layer.inputs[0]].type)
    return np.array([source.type.low]), np.array([source.type.high])


def _complement(column: list[Boundary]) -> list[Boundary]:
    """Where levels are not reached, the last one first: boundaries that ascend again."""
    return [boundary.complement() for boundary in reversed(column)]
