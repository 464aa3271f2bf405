"""The compiler: small rewrites, each of which leaves the golden result as it was."""

import math
from collections.abc import Callable

import numpy as np

from generators.network import check, graph, run
from generators.network.error import ModelError
from generators.passes import rewrite
from generators.passes.absorb_threshold import absorb_threshold
from generators.passes.batchnorm_to_scale import batchnorm_to_scale
from generators.passes.bias_to_threshold import bias_to_threshold
from generators.passes.bipolar_to_popcount import bipolar_to_popcount
from generators.passes.clamp_thresholds import clamp_thresholds
from generators.passes.drop_output_scale import drop_output_scale
from generators.passes.merge_scales import merge_scales
from generators.passes.move_scale_past_dense import move_scale_past_dense
from generators.passes.quantizer_to_threshold import quantizer_to_threshold
from generators.passes.sink_flatten import sink_flatten
from generators.passes.split_scales import split_scales
from sim.golden.formats import integer

Pass = Callable[[graph.Network], graph.Network]

PASSES: tuple[Pass, ...] = (
    batchnorm_to_scale,
    split_scales,
    sink_flatten,
    move_scale_past_dense,
    merge_scales,
    quantizer_to_threshold,
    absorb_threshold,
    drop_output_scale,
    bias_to_threshold,
    clamp_thresholds,
    bipolar_to_popcount,
)

PROBE_FRAMES = range(6, 65)
PROBE_ITEMS = 4096
"""Probes are as many frames as hold so many numbers, within a range."""


class PassError(RuntimeError):
    """A pass changed what the network computes: a defect of ours, not of the model."""


def streamline(network: graph.Network, passes: tuple[Pass, ...] = PASSES) -> graph.Network:
    """Rewrite a checked network into dense layers with integer thresholds, and nothing real.

    After each pass the network is checked and run on probe inputs, and its exact results, as the
    real numbers that they mean, are compared with those of the network as given.

    Raises
    ------
    ModelError
        If something real is left that no pass can remove.
    PassError
        If a pass changed the result.
    """
    probes = probe_inputs(network)
    expected = run.meaning(network, run.run(network, probes))
    for step in passes:
        network = _checked(step(network))
        result = run.meaning(network, run.run(network, probes))
        if not np.array_equal(result, expected):
            raise PassError(f"Pass {step.__name__} changed the result of {network.name!r}")
    _all_integer(network)
    return network


def probe_inputs(network: graph.Network) -> np.ndarray:
    """Inputs to compare on: both rails, and seeded random frames."""
    form, shape = integer.parse(network.input.type), network.input.shape
    frames = PROBE_ITEMS // math.prod(shape)
    frames = min(max(frames, PROBE_FRAMES.start), PROBE_FRAMES.stop - 1)
    top = (form.high - form.low) // form.step
    steps = np.random.default_rng(0).integers(0, top + 1, (frames, *shape))
    steps[0], steps[1] = 0, top
    return form.low + form.step * steps


def _checked(network: graph.Network) -> graph.Network:
    """Checked; an error names the layer, as its place in the file is no longer known."""
    names = [layer.name for layer in network.layers]
    paths = {name: f"{network.name}: layer {name!r}" for name in names}
    return check.check(network, network.name, paths)


def _all_integer(network: graph.Network) -> None:
    kinds = (graph.Dense, graph.Threshold, graph.ArgMax)
    left = [layer for layer in network.layers if not isinstance(layer, kinds)]
    relu = next((layer for layer in left if isinstance(layer, graph.Relu)), None)
    if relu is not None:
        after = relu
        while isinstance(after, (graph.Relu, graph.Scale)):
            after = next(iter(rewrite.readers(network, after.name)), None)
        end = "end the network" if after is None else f"stand before {after.name!r}"
        what = f"Relu must be followed by a quantize or sign layer, not {end}"
        raise ModelError(f"{network.name}: layer {relu.name!r}", what)
    if left:
        what = "Network must have a dense, quantize, sign or threshold layer"
        raise ModelError(f"{network.name}: layer {left[0].name!r}", what)
