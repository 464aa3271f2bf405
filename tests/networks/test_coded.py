"""Random networks of numbers in formats: equal to the golden model, to the cycle, with stalls."""

import numpy as np
import pytest

from boards import devices
from generators.finn import coded, datapath, fold, linear, plan
from generators.network import check, formats, graph
from generators.passes import streamline
from tests.networks import coded as networks
from tests.networks import pipeline


def random_plan(rng: np.random.Generator, network: graph.Network) -> plan.Plan:
    """The network, each layer folded at random onto the datapath of its formats."""
    network = streamline(network)
    folds = {}
    for layer in linear.linear_layers(network):
        found = linear.matrix(network, layer)
        is_coded = layer.datapath in datapath.CODED
        simds = fold.simds(found, coded.block(layer) if is_coded else 1)
        simd = 1 if layer.datapath == "minifloat" else int(rng.choice(simds))
        folds[layer.name] = graph.Fold(pe=int(rng.choice(fold.pes(found))), simd=simd,
                                       storage=str(rng.choice(["lut", "bram"])))  # fmt: skip
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, folds=folds)
    return plan.plan(network, wish)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", networks.FAMILIES)
def test_equals_golden_at_the_promised_rate(family, seed):
    rng = np.random.default_rng(seed)
    network = networks.random_network(rng, family)
    pipeline.equals_golden(random_plan(rng, network), rng)


def test_blocks_of_a_flattened_map():
    """Groups of 4 of 3 x 4 x 3 numbers, whose pixels have 3 channels."""
    rng = np.random.default_rng(4)
    record = formats.Grouped(bits=3, group=4, exponents=2)
    maps = graph.Weights(type="int3", data=rng.integers(-4, 4, (3, 1, 1, 2)))
    w = graph.Weights(type="int4", data=rng.integers(-4, 4, (5, 9, 4)).reshape(5, 36) // 2 * 2,
                      coding=record)  # fmt: skip
    layers = (
        graph.Conv(name="conv", inputs=("input",), weights=maps),
        graph.Encode(name="codes", inputs=("conv",), type="uint3", right_shift=1),
        graph.Dense(name="fc", inputs=("codes",), weights=w),
    )
    source = graph.Input(shape=(3, 4, 2), type="uint2")
    network = check.check(graph.Network(bitloom=1, name="net", input=source, layers=layers))
    folds = {"conv": graph.Fold(pe=3, simd=2, storage="lut"), "fc": graph.Fold(pe=2, simd=12)}
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, folds=folds)
    pipeline.equals_golden(plan.plan(streamline(network), wish), rng)
