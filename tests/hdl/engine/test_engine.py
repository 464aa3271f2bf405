from dataclasses import replace

import numpy as np
import pytest

from hdl.engine.program import Program, Transfer
from hdl.engine.schedule import Schedule
from hdl.number import BIPOLAR, Number
from sim import stream
from tests.hdl import clocked
from tests.hdl.engine import nets
from tests.hdl.engine.external import Beside


def slow(*some):
    return pytest.param(*some, marks=pytest.mark.slow)


def transfers(frames, lanes):
    """Each frame in whole transfers."""
    flat = frames.reshape(len(frames), -1)
    return np.pad(flat, ((0, 0), (0, -flat.shape[1] % lanes))).reshape(-1, lanes)


def check(net, batches, stall, seed, offered=0):
    config = net.config
    rng = np.random.default_rng(seed)
    shape = (batches * config.frames, config.i_map.items)
    x = clocked.draw(rng, config.i, shape)
    asked = transfers(net.golden(x), config.o_map.lanes)
    codes = (x + 1) // 2 if config.i.bipolar else x
    dut = net.build()
    if config.ring or config.copy:
        dut = Beside(dut, stall=stall > 0)
    rows = transfers(codes, config.i_map.lanes)
    found = stream.run(dut, rows, len(asked), rng=rng, stall=stall, deadline=40_000,
                       arrivals=np.full(len(rows), offered))  # fmt: skip
    np.testing.assert_array_equal(found.outputs, asked)
    if not stall:
        told = Schedule(config, batches, offered)
        left = np.concatenate([batch.outputs for batch in told.batches])
        np.testing.assert_array_equal(found.o_times, left)
        assert found.i_times[0] == offered
        assert told.latency == found.o_times[told.batches[0].outputs.size - 1] - offered


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("sizes", [
    {}, slow({"frames": 1}), slow({"frames": 30}), slow({"hidden": 40, "classes": 3}),
    slow({"rows": 1, "lanes": 4, "frames": 9, "o_lanes": 8}),
    {"rows": 4, "cols": 2, "lanes": 1, "frames": 6, "i_lanes": 1, "o_lanes": 1},
], ids=str)  # fmt: skip
def test_dense(sizes, stall):
    check(nets.dense(len(sizes), **sizes), 4, stall, 1)


C = nets.Conv
CONVOLUTIONS = [
    slow((C(outputs=6, kernel=3, pad=1, pool=2), C(outputs=5, kernel=3, post="raw")),
         {"fill": 1, "shape": (8, 6, 3)}),
    slow((C(outputs=9, kernel=3, pad=1, stride=2), C(outputs=3, kernel=3, post="raw")),
         {"frames": 2, "i_lanes": 3, "o_lanes": 3}),
    ((C(outputs=4, kernel=1, rows=2), C(outputs=5, kernel=2, pad=1, pool=2, rows=1, stride=1),
      C(outputs=2, kernel=2, rows=1, post="raw")), {"frames": 2, "shape": (4, 4, 5), "o_lanes": 4}),
    ((C(outputs=5, kernel=3, pad=1, pool=2), C(outputs=6, kernel=2),
      C(outputs=3, kernel=1, post="raw")),
     {"x": BIPOLAR, "w": BIPOLAR, "fill": -1, "shape": (6, 6, 3), "lanes": 4}),
    slow((C(outputs=5, kernel=2, post="requantize", zero_point=-1),
          C(outputs=6, kernel=2, pool=2), C(outputs=4, kernel=1, post="requantize", zero_point=2),
          C(outputs=3, kernel=1, post="raw")),
         {"x": Number(width=4, signed=True), "shape": (4, 4, 3)}),
    ((C(outputs=5, kernel=2, post="requantize"), C(outputs=3, kernel=1, post="raw")),
     {"x": Number(width=4, signed=True), "shape": (3, 3, 3), "fill": 3}),
]  # fmt: skip


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("convs", "sizes"), CONVOLUTIONS,
                         ids=["pool", "stride", "blocks", "bipolar", "mixed", "affine"])
def test_convolutions(convs, sizes, stall):
    check(nets.convolutions(len(convs), *convs, **sizes), 3, stall, 1)


RINGS = [
    (4, {"ring": 5, "memory_latency": 3}), slow(4, {"ring": 6, "memory_latency": 40}),
    slow(30, {"ring": 5, "memory_latency": 10}),
    slow(9, {"ring": 9, "memory_latency": 70, "bursts": 1}),
]  # fmt: skip


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("frames", "ring"), RINGS, ids=str)
def test_external_weights(frames, ring, stall):
    """Slow and fast memories, batches of which one hides the transfers."""
    net = nets.dense(2, frames=frames)
    net = replace(net, config=replace(net.config, **ring))
    check(net, 4, stall, 1, offered=frames % 4)


def spilled(net):
    """A net whose hidden activations go out, in two parts, and come back elsewhere."""
    program, words = net.config.program, net.config.a_depth
    first = next(n for n, one in enumerate(program.passes) if one.layer)
    some = words // 2
    moves = (Transfer(store=True, address=some, outside=9, words=words - some),
             Transfer(store=True, address=0, outside=100, words=some),
             Transfer(store=False, address=words, outside=100, words=some),
             Transfer(store=False, address=words + some, outside=9, words=words - some))
    passes = [replace(one, address=one.address + words * (n >= first), wait=0,
                      transfers={first: moves[:2], first + 1: moves[2:]}.get(n, ()))
              for n, one in enumerate(program.passes)]  # fmt: skip
    # The pass between them reads what is overwritten, and is of another sum: the first one twice.
    passes.insert(first, replace(passes[first], address=0, first=True, last=True))
    passes[first + 1] = replace(passes[first + 1], transfers=moves[2:])
    passes[first + 2] = replace(passes[first + 2], transfers=())
    program = Program(layers=program.layers, passes=tuple(passes))
    return replace(net, config=replace(net.config, program=program, a_depth=2 * words))


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("frames", "more"), [(5, {}), slow(9, {"ring": 5}),
                                              slow(3, {"lanes": 32})], ids=str)  # fmt: skip
def test_external_activations(frames, more, stall):
    """With weights on chip and not; words of one beat and of several."""
    net = nets.dense(3, frames=frames, **{k: v for k, v in more.items() if k == "lanes"})
    net = spilled(net)
    net = replace(net, config=replace(net.config, memory_latency=11, ring=more.get("ring", 0)))
    check(net, 3, stall, 1)


BOUND = [
    slow(nets.dense(1, features=5, hidden=4, classes=31, frames=6, o_lanes=1)),
    nets.dense(1, features=5, hidden=4, classes=15, frames=20, o_lanes=8),
    slow(nets.dense(1, features=31, hidden=4, classes=3, frames=20, i_lanes=3)),
    nets.convolutions(1, C(outputs=6, kernel=1, post="raw"), shape=(3, 3, 6), frames=2, i_lanes=4,
                      o_lanes=4),
    slow(nets.convolutions(1, C(outputs=6, kernel=1, post="raw"), shape=(1, 1, 112), rows=3,
                           cols=3, lanes=1)),
]  # fmt: skip


@pytest.mark.parametrize("net", BOUND, ids=["unload", "unload wide", "load", "pixels", "passes"])
def test_slow_ends(net):
    """Batches whose inputs or outputs take longer than their passes, and one of many passes."""
    check(net, 5, 0.0, 1)
