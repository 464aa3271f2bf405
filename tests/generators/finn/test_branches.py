"""Branches: the queue of the earlier one holds what the later one is behind; none can deadlock."""

from dataclasses import replace

import numpy as np
import pytest

from hdl.stream.fifo import FIFO
from tests.generators.finn import nets
from tests.generators.finn.map_nets import conv, layer, model
from tests.networks import pipeline, predicted

SAME = [1, 1, 1, 1]
RESIDUAL = model(
    conv("a", "input", (4, 3, 3, 4), padding=SAME, fold={"pe": 2, "simd": 4}),
    conv("b", "a", (4, 3, 3, 4), padding=SAME, fold={"pe": 2, "simd": 4}),
    layer("sum", "add", "b", "input"),
    layer("act", "threshold", "sum", type="uint2", thresholds=[[1, 3, 5]]),
)
FORKED = model(
    conv("stem", "input", (4, 1, 1, 4), fold={"pe": 1, "simd": 4}),
    conv("a", "stem", (2, 3, 3, 4), padding=SAME, fold={"pe": 1, "simd": 4}),
    conv("b", "stem", (3, 3, 1, 4), padding=[1, 0, 1, 0], fold={"pe": 3, "simd": 2}),
    layer("cat", "concat", "a", "b", "stem"),
)


def frames(found, count=6):
    rng = np.random.default_rng(1)
    return rng.integers(0, 4, (count, *found.network.input.shape))


def queues(found) -> dict[str, int]:
    return {part.name: part.config.depth for part in found.parts if part.kind == "fifo"}


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("document", [RESIDUAL, FORKED])
def test_rate_and_values(document, stall):
    found = nets.planned(document)
    x = frames(found)
    run = pipeline.simulate(found, x, rng=np.random.default_rng(2), stall=stall)
    np.testing.assert_array_equal(run.outputs, pipeline.golden(found.network, x))
    if not stall:
        predicted.check_cycles(found, found.batch, run.first, run.last)


@pytest.mark.parametrize("document", [RESIDUAL, FORKED])
def test_without_the_queue_the_branches_wait_for_each_other(document):
    found = nets.planned(document)
    parts = [shortened(part) if part.layer in ("sum", "cat") and part.kind == "fifo" else part
             for part in found.parts]  # fmt: skip
    assert parts != found.parts
    with pytest.raises(TimeoutError):
        pipeline.simulate(replace(found, parts=parts), frames(found), rng=np.random.default_rng(3))


def shortened(part):
    """The queue with two entries."""
    config = replace(part.config, depth=2)
    return replace(part, config=config, build=lambda: FIFO(config))
