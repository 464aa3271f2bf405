"""The compiler: small rewrites, each of which leaves the golden result as it was."""

from collections.abc import Callable

import numpy as np

from generators.network import check, graph, run
from generators.network.error import ModelError
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
    merge_scales,
    move_scale_past_dense,
    merge_scales,
    quantizer_to_threshold,
    absorb_threshold,
    drop_output_scale,
    bias_to_threshold,
    clamp_thresholds,
    bipolar_to_popcount,
)

PROBES = 6


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
    for rewrite in passes:
        network = check.check(rewrite(network))
        result = run.meaning(network, run.run(network, probes))
        if not np.array_equal(result, expected):
            raise PassError(f"Pass {rewrite.__name__} changed the result of {network.name!r}")
    _all_integer(network)
    return network


def probe_inputs(network: graph.Network) -> np.ndarray:
    """Inputs to compare on: both rails, and seeded random frames."""
    form = integer.parse(network.input.type)
    rng = np.random.default_rng(0)
    steps = rng.integers(0, (form.high - form.low) // form.step + 1, (PROBES, *network.input.shape))
    steps[0], steps[1] = 0, steps.max()
    return form.low + form.step * steps


def _all_integer(network: graph.Network) -> None:
    for layer in network.layers:
        if not isinstance(layer, (graph.Dense, graph.Threshold, graph.ArgMax)):
            op = layer.__struct_config__.tag
            what = f"Layer of op {op} must be followed by a quantize or sign layer, or end the network"
            raise ModelError(f"{network.name}: layer {layer.name!r}", what)
