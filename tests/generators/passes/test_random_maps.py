"""Random convolutional networks with branches, on frames that no pass has seen."""

import numpy as np
import pytest

from generators.network import check, graph, run
from generators.passes import COMPILED, streamline
from sim.golden.formats import integer
from tests.generators.passes.random_maps import random_network


@pytest.mark.parametrize("seed", range(80))
def test_streamlined_networks_compute_the_same(seed):
    before = random_network(seed)

    after = streamline(before)

    assert all(isinstance(layer, COMPILED) for layer in after.layers)
    tensors = check.infer(after)
    assert all(tensor.type is not None for tensor in tensors.values())
    for layer in after.layers:  # what the hardware never sees
        if isinstance(layer, graph.Conv) and any(layer.padding):
            form = tensors[layer.inputs[0]].type
            assert form.contains(np.array([layer.pad_value])).all()
    form = integer.parse(before.input.type)
    levels = (form.high - form.low) // form.step + 1
    steps = np.random.default_rng(seed).integers(0, levels, (4, *before.input.shape))
    x = form.low + form.step * steps
    expected = run.meaning(before, run.run(before, x))
    np.testing.assert_array_equal(run.meaning(after, run.run(after, x)), expected)
