"""Small networks, and their pipelines in the Amaranth simulator."""

import copy
import json
import tempfile
from pathlib import Path

import numpy as np
from amaranth.sim import Simulator

from boards import devices
from generators import passes
from generators.emit import system
from generators.finn import plan
from generators.finn.assemble import Top
from generators.finn.part import Part
from generators.network import check, graph, load, run
from sim.golden.formats import integer
from tests.networks import predicted

__all__ = ["ARGMAX", "SIGN", "THRESHOLD", "dense", "empty_systems", "folder", "model",
           "network", "planned", "simulate", "values"]  # fmt: skip

SIGN = {"type": "bipolar"}
ARGMAX = {"name": "top", "op": "argmax", "inputs": ["input"]}
THRESHOLD = {"name": "act", "op": "threshold", "inputs": ["input"], "type": "uint2",
             "thresholds": [[-2, 0, 3]]}  # fmt: skip


def values(kind: str, shape, seed: int = 0) -> np.ndarray:
    """Random values of a type, the same every time."""
    form = integer.parse(kind)
    steps = np.random.default_rng(seed).integers(0, (form.high - form.low) // form.step, shape,
                                                 endpoint=True)  # fmt: skip
    return form.low + form.step * steps


def dense(name: str = "fc0", reads: str = "input", *, size=(4, 6), weights: str = "bipolar",
          seed: int = 0, **fields) -> dict:  # fmt: skip
    """A dense layer with random weights of a type; the matrix has rows x cols = size."""
    data = values(weights, size, seed).tolist()
    return {"name": name, "op": "dense", "inputs": [reads],
            "weights": {"type": weights, "data": data}, **fields}  # fmt: skip


def model(*layers, shape=(6,), kind: str = "bipolar", **fields) -> dict:
    """A description of these layers, or of one dense layer."""
    head = {"bitloom": 1, "name": "net", "input": {"shape": list(shape), "type": kind}}
    return copy.deepcopy(head | {"layers": list(layers) or [dense()]} | fields)


def folder(document, where: Path) -> Path:
    """The description as a file of a folder."""
    path = where / "model.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def network(document: dict) -> graph.Network:
    """A description, read and streamlined."""
    with tempfile.TemporaryDirectory() as where:
        return passes.streamline(load.load(folder(document, Path(where))))


def planned(document: dict, **wish) -> plan.Plan:
    """A plan for a description."""
    board = devices.find("zynq7020")
    return plan.plan(network(document), plan.Wish(board=board, clock_mhz=100.0, **wish))


def empty_systems(monkeypatch) -> None:
    """Builds whose system.v and the like are empty."""
    empty = {"system.v": "\n", "accelerator.v": "\n"}
    monkeypatch.setattr(system, "files", lambda *arguments: dict(empty))


def simulate(found: plan.Plan, frames: int = 6, parts: list[Part] | None = None):
    """Run frames through a plan's circuits: the outputs are compared with the golden model.

    Those of the plan take the cycles that it promises. Returns the cycles between the last beats of
    consecutive frames, and the latency of the first.
    """
    tensors = check.infer(found.network)
    i_edge, o_edge = found.edges
    top = Top(i_edge, found.parts if parts is None else parts, o_edge)
    x = passes.probe_inputs(found.network)[:frames]
    y = run.run(found.network, x).reshape(frames, -1)
    beats = [beat for frame in _codes(tensors["input"].type, x.reshape(frames, -1))
             for beat in _pack(i_edge, frame)]  # fmt: skip
    expected = [beat for frame in _codes(tensors[found.network.layers[-1].name].type, y)
                for beat in _pack(o_edge, frame)]  # fmt: skip
    words, entered, left = _drive(top, beats, len(expected), found.interval)
    assert [word for word, _ in words] == expected
    assert [last for _, last in words] == ([0] * (o_edge.beats - 1) + [1]) * frames
    ends = left[o_edge.beats - 1 :: o_edge.beats]
    if parts is None:
        predicted.check_cycles(found, found.batch, entered[:: i_edge.beats], ends)
    return np.diff(ends).tolist(), ends[0] - entered[0]


def _codes(form: integer.Integer, frames: np.ndarray) -> list:
    return ((frames + 1) // 2 if form.bipolar else frames).tolist()


def _pack(edge, frame: list[int]) -> list[int]:
    """Item n in beat n // lanes, element_bits each, the sign extended."""
    beats = [0] * edge.beats
    for n, code in enumerate(frame):
        code &= (1 << edge.element_bits) - 1
        beats[n // edge.lanes] |= code << n % edge.lanes * edge.element_bits
    return beats


def _drive(top: Top, beats: list[int], count: int, interval: int):
    words, entered, left = [], [], []

    async def bench(ctx):
        ctx.set(top.m_axis_tready, 1)
        for cycle in range(2000 + 4 * interval * len(beats)):
            sent = len(entered)
            ctx.set(top.s_axis_tvalid, sent < len(beats))
            ctx.set(top.s_axis_tdata, beats[sent] if sent < len(beats) else 0)
            if sent < len(beats) and ctx.get(top.s_axis_tready):
                entered.append(cycle)
            if ctx.get(top.m_axis_tvalid):
                words.append((ctx.get(top.m_axis_tdata), ctx.get(top.m_axis_tlast)))
                left.append(cycle)
            if len(words) == count:
                return
            await ctx.tick()

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert len(words) == count, "The pipeline stopped"
    return words, entered, left
