"""Queues out of the schedule: the hardware is as fast as it says, and no queue is too deep."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from generators.finn import depth, lower
from hdl.stream.fifo import FIFO
from tests.generators.finn import nets

# Sizes of the two layers' inputs and outputs, and the pe and simd of both; depth of the queue.
PAIRS = [
    ((8, 16, 8), (1, 2), (2, 1), 12),
    ((8, 16, 8), (1, 4), (4, 1), 9),
    ((4, 32, 4), (1, 4), (1, 4), 6),
    ((8, 32, 8), (2, 4), (2, 4), 6),
    ((8, 32, 16), (1, 8), (8, 2), 9),
    ((16, 16, 16), (1, 16), (1, 16), None),  # one transfer a frame, or one a cycle: none waits
    ((8, 32, 8), (1, 8), (8, 1), None),
    ((8, 8, 8), (8, 8), (8, 8), None),
]


def pair(sizes, first, second):
    """A plan for two layers with these folds."""
    layers = [
        nets.dense(name, reads, size=size, fold={"pe": fold[0], "simd": fold[1]}, **fields)
        for name, reads, size, fold, fields in (
            ("a", "input", (sizes[1], sizes[0]), first, {"activation": nets.SIGN}),
            ("b", "a", (sizes[2], sizes[1]), second, {}),
        )
    ]
    return nets.planned(nets.model(*layers, shape=(sizes[0],)))


def queues(found) -> dict[str, int]:
    """What waits for a layer, without the register slices before converters."""
    return {part.layer: part.config.depth for part in found.parts
            if part.name == f"{part.layer}_mvtu_fifo"}  # fmt: skip


def without_queues(parts):
    """The parts as they were before the schedule."""
    read = {part.name: part.inputs[0] for part in parts if part.kind == "fifo"}
    return [replace(part, inputs=tuple(read.get(name, name) for name in part.inputs))
            for part in parts if part.kind != "fifo"]  # fmt: skip


@pytest.mark.parametrize(("sizes", "first", "second", "deep"), PAIRS)
def test_depth_and_rate(sizes, first, second, deep):
    found = pair(sizes, first, second)
    assert queues(found) == ({} if deep is None else {"b": deep})
    gaps, latency = nets.simulate(found, frames=8)
    assert gaps == [found.interval] * 7
    assert latency == found.latency


@pytest.mark.parametrize(("sizes", "first", "second", "deep"), PAIRS[:5])
def test_one_less_loses_rate(sizes, first, second, deep):
    found = pair(sizes, first, second)
    parts = list(found.parts)
    index = next(n for n, part in enumerate(parts) if part.kind == "fifo")
    config = replace(parts[index].config, depth=deep - 1)
    parts[index] = replace(parts[index], config=config, build=lambda: FIFO(config))
    gaps, _ = nets.simulate(found, frames=8, parts=parts)
    assert min(gaps) > found.interval


def layers(rng) -> tuple[list[dict], int]:
    """A chain of two or three layers with any folds, and perhaps an argmax."""
    sizes = [int(n) for n in rng.choice([1, 3, 5, 8, 12, 21], rng.integers(3, 5))]
    made, reads = [], "input"
    for n, (cols, rows) in enumerate(pairwise(sizes)):
        fold = {"pe": int(rng.integers(1, rows + 1)), "simd": int(rng.integers(1, cols + 1))}
        fields = {"activation": nets.SIGN} if n < len(sizes) - 2 else {}
        made.append(nets.dense(f"l{n}", reads, size=(rows, cols), fold=fold, seed=n, **fields))
        reads = f"l{n}"
    if rng.random() < 0.3:
        made.append(nets.ARGMAX | {"inputs": [reads]})
    return made, sizes[0]


@pytest.mark.parametrize("seed", range(10))
def test_random_chains_keep_the_schedule(seed):
    made, items = layers(np.random.default_rng(seed))
    found = nets.planned(nets.model(*made, shape=(items,)))
    gaps, latency = nets.simulate(found, frames=6)
    assert gaps == [found.interval] * 5
    assert latency == found.latency


@pytest.mark.parametrize("seed", range(100, 130))
def test_schedule_is_periodic(seed):
    made, items = layers(np.random.default_rng(seed))
    found = nets.planned(nets.model(*made, shape=(items,)))
    plain = without_queues(found.parts)
    for beats in paces(found):
        _, once = depth._run(found.edges[0], plain, found.interval, beats, 4)
        queued, again = depth._run(found.edges[0], plain, found.interval, beats, 40)
        assert once == again
        if again == [part.config.depth for part in found.parts if part.kind == "fifo"]:
            assert [part.kind for part in queued] == [part.kind for part in found.parts]
            return
    raise AssertionError("No pace gives the plan's queues")


def paces(found) -> list[np.ndarray]:
    """At which cycles a frame's beats may be offered: at once, or spread."""
    beats = np.arange(found.edges[0].beats)
    return [beats, beats * found.interval // len(beats)]


@pytest.mark.parametrize("seed", range(130, 150))
def test_queues_hold_what_waits(seed):
    """A model of transfers, one cycle after the other, of the queues as they are."""
    made, items = layers(np.random.default_rng(seed))
    found = nets.planned(nets.model(*made, shape=(items,)))
    offered = [n // found.edges[0].beats * found.interval + n % found.edges[0].beats
               for n in range(12 * found.edges[0].beats)]  # fmt: skip
    offered, waiting = np.array(offered), None
    for part in found.parts:
        if part.kind == "fifo":
            waiting = part.config
            continue
        delay = 0 if waiting is None else waiting.latency
        accepted, departed = part.config.depart(offered + delay)
        inside = [(offered <= now).sum() - (accepted < now).sum() for now in offered]
        if waiting is None:
            assert (accepted == offered).all()
        else:
            assert max(inside) <= waiting.depth
            assert waiting.depth == 2 or max(inside) == waiting.depth
        offered, waiting = departed, None


def test_register_slice_where_ready_is_passed_on_twice():
    """By the fork and, on one branch, by the converter behind it."""
    fold = {"pe": 1, "simd": 4}
    found = nets.planned(nets.model(
        nets.dense("a", fold=fold), nets.dense("b", fold={"pe": 1, "simd": 2}),
        {"name": "c", "op": "add", "inputs": ["a", "b"]}))  # fmt: skip
    parts = {part.name: part for part in found.parts}
    for name in ("a_converter", "b_converter", "c_converter"):
        assert parts[name].inputs == (f"{name}_fifo",)
        assert parts[f"{name}_fifo"].config.storage == "registers"
    gaps, latency = nets.simulate(found)
    assert gaps == [found.interval] * 5
    assert latency == found.latency


def test_edge_is_the_slowest():
    """The output takes as many beats as AXI's widest needs, whatever the circuits could do."""
    fold = {"pe": 40, "simd": 1}
    last = nets.dense(size=(40, 1), weights="int2", bias=1 << 20, fold=fold)
    found = nets.planned(nets.model(last, shape=(1,)))
    assert found.edges[1].width == 1024 and found.interval == found.edges[1].beats == 2
    assert nets.simulate(found) == ([2] * 5, found.latency)


def test_schedule_of_no_circuits_but_converters():
    network = nets.network(nets.model(nets.ARGMAX, shape=(1,), kind="int4"))
    i_edge, parts, o_edge = lower.parts(network, {})
    scheduled = depth.schedule(i_edge, parts, o_edge)
    assert (scheduled.interval, scheduled.latency) == (1, 4)
    assert scheduled.parts == parts
