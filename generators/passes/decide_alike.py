"""Small gains for an add whose quantizers decide as they do on the exact sums, proven by trial."""

import math
from bisect import bisect_left
from dataclasses import replace as changed
from fractions import Fraction
from itertools import product

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.passes import levels, rewrite
from generators.passes.boundary import Boundary
from sim.golden.formats import integer

MAX_TRIAL = 1 << 12
"""Of gains: the largest one is 1, 2, 3, ... up to this."""
MAX_WIDTH = 8
"""Of the integers that are added."""
MAX_SUMS = 1 << 16
"""As many combinations of them are tried."""


def decide_alike(
    network: graph.Network, layer: graph.Add, types: list[integer.Integer], gains: np.ndarray,
    bias: np.ndarray,
) -> graph.Network | None:  # fmt: skip
    """add, [scale | relu]..., quantizers -> add of small gains, thresholds; None if impossible.

    In every channel, for every combination of integers of the types, gains * integers + bias and
    the sum of the small gains are on the same side of each boundary of each quantizer. ``gains``
    is (inputs, channels).
    """
    quantizers = _quantizers(network, layer.name)
    count = math.prod((form.high - form.low) // form.step + 1 for form in types)
    if not quantizers or count > MAX_SUMS or any(form.width > MAX_WIDTH for form in types):
        return None
    codes = np.array(list(product(*(range(f.low, f.high + 1, f.step) for f in types))))
    cuts = [_cuts(network, quantizer, bias) for quantizer in quantizers]
    trials, found = {}, []
    for c, column in enumerate(gains.T):
        here = tuple(tuple(channels[c]) for channels in cuts)
        key = (*column, here)
        if key not in trials:
            trials[key] = _separate(column, here, codes)
        if trials[key] is None:
            return None
        found.append(trials[key])
    small = np.stack([gains for gains, _ in found], axis=1)
    new = replace(layer, gains=small[:, 0] if np.all(small == small[:, :1]) else small)
    network = rewrite.put(network, rewrite.layer(network, layer.name), [new])
    for k, quantizer in enumerate(quantizers):
        form, base, _ = levels.levels(quantizer)
        thresholds = np.array([thresholds[k] for _, thresholds in found], np.int64)
        threshold = graph.Threshold(name=quantizer.name, inputs=(layer.name,), type=form.name,
                                    thresholds=thresholds, base=base)  # fmt: skip
        network = rewrite.put(network, rewrite.layer(network, quantizer.name), [threshold])
    return network


def _quantizers(network: graph.Network, name: str) -> list[graph.AnyLayer]:
    """All that reads a layer, through scales and relus; none if something else reads it too."""
    found = []
    for reader in rewrite.readers(network, name):
        if isinstance(reader, (graph.Scale, graph.Relu)):
            behind = _quantizers(network, reader.name)
            if not behind:
                return []
            found += behind
        elif isinstance(reader, (graph.Sign, graph.Quantize)):
            found.append(reader)
        else:
            return []
    return found


def _cuts(network, quantizer, bias: np.ndarray) -> list[list[Boundary]]:
    """By channel, the boundaries of a quantizer on the sums without the bias."""
    _, _, boundaries = levels.levels(quantizer)
    channels = levels.pull_back(boundaries, levels.chain(network, quantizer))
    return [
        [b.before_scale(Fraction(1), offset) for b in channels[c % len(channels)]]
        for c, offset in enumerate(bias)
    ]


def _separate(gains: np.ndarray, cuts: tuple[tuple[Boundary, ...], ...], codes: np.ndarray):
    """The first small gains that do, and thresholds for each tuple of boundaries; or None."""
    ups = {b.up for column in cuts for b in column if b.always is None}
    if len(ups) > 1:
        return None
    if ups == {False}:
        gains = -gains
        cuts = tuple(tuple(changed(b, bound=-b.bound, up=True) for b in column) for column in cuts)
    denominator = math.lcm(*(g.denominator for g in gains))
    numerators = np.array([int(g * denominator) for g in gains], object)
    sums = codes.astype(object) @ numerators
    order = np.argsort(sums, kind="stable")
    sums, codes = sums[order].tolist(), codes[order]
    places = [[_place(b, sums, denominator) for b in column] for column in cuts]
    inner = np.array(sorted({p for column in places for p in column if 0 < p < len(sums)}), int)
    ratios = np.array([float(g / max(abs(gains))) for g in gains])
    for largest in range(1, MAX_TRIAL + 1):
        small = np.rint(largest * ratios).astype(np.int64)
        if np.any(small == 0) or math.gcd(*small.tolist()) > 1:
            continue
        y = codes @ small
        highest, lowest = np.maximum.accumulate(y), np.minimum.accumulate(y[::-1])[::-1]
        if np.all(highest[inner - 1] < lowest[inner]):
            reached = np.append(lowest, y.max() + 1)
            return small, [reached[column] for column in places]
    return None


def _place(boundary: Boundary, sums: list[int], denominator: int) -> int:
    """How many of the ascending sums do not reach a boundary."""
    if boundary.always is not None:
        return 0 if boundary.always else len(sums)
    bound = boundary.bound * denominator
    return bisect_left(sums, math.floor(bound) + 1 if boundary.strict else math.ceil(bound))
