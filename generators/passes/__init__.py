"""The compiler: small rewrites, each of which leaves the golden result as it was."""

from collections.abc import Callable

import numpy as np

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import rewrite
from generators.passes.absorb_threshold import absorb_threshold
from generators.passes.average_to_sum import average_to_sum
from generators.passes.batchnorm_to_scale import batchnorm_to_scale
from generators.passes.bias_to_threshold import bias_to_threshold
from generators.passes.bipolar_to_popcount import bipolar_to_popcount
from generators.passes.clamp_thresholds import clamp_thresholds
from generators.passes.drop_output_scale import drop_output_scale
from generators.passes.fold_zero_points import fold_zero_points
from generators.passes.host_input import host_input, hosted
from generators.passes.merge_pads import merge_pads
from generators.passes.merge_scales import merge_scales
from generators.passes.move_scales import move_scales
from generators.passes.popcount_to_sum import popcount_to_sum
from generators.passes.positive_gains import positive_gains
from generators.passes.probe import Probe, known_frames, probe_inputs
from generators.passes.quantizer_to_threshold import quantizer_to_threshold
from generators.passes.scales_to_multiplier import scales_to_multiplier
from generators.passes.sink_concat import sink_concat
from generators.passes.sink_flatten import sink_flatten
from generators.passes.sink_pools import sink_pools
from generators.passes.split_scales import split_scales
from generators.passes.widen_bipolar import widen_bipolar

__all__ = ["COMPILED", "PASSES", "Pass", "PassError", "host_input", "hosted",
           "known_frames", "probe_inputs", "streamline"]  # fmt: skip

Pass = Callable[[graph.Network], graph.Network]

PASSES: tuple[Pass, ...] = (
    scales_to_multiplier,
    fold_zero_points,
    batchnorm_to_scale,
    average_to_sum,
    split_scales,
    popcount_to_sum,
    merge_scales,
    sink_flatten,
    positive_gains,
    sink_concat,
    sink_pools,
    move_scales,
    merge_scales,
    merge_pads,
    quantizer_to_threshold,
    merge_scales,
    positive_gains,
    widen_bipolar,
    absorb_threshold,
    drop_output_scale,
    bias_to_threshold,
    clamp_thresholds,
    bipolar_to_popcount,
)

COMPILED = (
    graph.Dense, graph.Conv, graph.MaxPool, graph.SumPool, graph.Add, graph.Concat, graph.Upsample,
    graph.Pad, graph.Threshold, graph.Encode, graph.Flatten, graph.ArgMax,
)  # fmt: skip
"""Layers of a compiled network; all compute with integers."""


class PassError(RuntimeError):
    """A pass changed what the network computes: a defect of ours, not of the model."""


def streamline(network: graph.Network, passes: tuple[Pass, ...] = PASSES) -> graph.Network:
    """Rewrite a checked network into layers of integers with thresholds, and nothing real.

    After each pass the network is checked and run on probe inputs, and its exact results, as the
    real numbers that they mean, are compared with those of the network as given.

    Raises
    ------
    ModelError
        If something real is left that no pass can remove.
    PassError
        If a pass changed the result.
    """
    probe = Probe(network)
    expected = probe.meaning(network)
    for step in passes:
        network = _checked(step(network))
        if not np.array_equal(probe.meaning(network), expected):
            raise PassError(f"Pass {step.__name__} changed the result of {network.name!r}")
    _all_integer(network)
    return network


def _checked(network: graph.Network) -> graph.Network:
    """Checked; an error names the layer, as its place in the file is no longer known."""
    names = [layer.name for layer in network.layers]
    paths = {name: f"{network.name}: layer {name!r}" for name in names}
    return check.check(network, network.name, paths)


def _all_integer(network: graph.Network) -> None:
    left = [layer for layer in network.layers if not isinstance(layer, COMPILED)]
    relu = next((layer for layer in left if isinstance(layer, graph.Relu)), None)
    if relu is not None:
        after = relu
        while isinstance(after, (graph.Relu, graph.Scale)):
            after = next(iter(rewrite.readers(network, after.name)), None)
        end = "end the network" if after is None else f"stand before {after.name!r}"
        what = f"Relu must be followed by a quantize or sign layer, not {end}"
        raise ModelError(f"{network.name}: layer {relu.name!r}", what)
    if not left and all(isinstance(layer, graph.Flatten) for layer in network.layers):
        left = list(network.layers)
    if left:
        what = "Network must have a dense, quantize, sign or threshold layer"
        raise ModelError(f"{network.name}: layer {left[0].name!r}", what)
