"""What a frame's latency is spent on: the critical path of the schedule, from its end back.

The last transfer of a circuit leaves when it does because of one of its inputs: the last one that,
with all behind it a cycle later, makes it a cycle later. That input left another circuit at that
cycle, and so on up to a beat into the network. What lies between are cycles of single circuits,
whose sum is the latency, as each begins where the one before it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generators.finn.part import Part
from generators.finn.timeline import Moves, moves
from hdl.bus.axis import Edge

__all__ = ["MOVERS", "Latency", "Step", "latency"]

MOVERS = ("columns", "concat", "converter", "fifo", "fork", "gather", "repeat", "scatter",
          "upsample", "window")  # fmt: skip
"""The kinds that compute nothing."""

FEEDERS = ("columns", "gather", "repeat", "window")
"""Those that give a layer's unit what it computes with, a transfer for each of its steps."""

SLICES = 2
"""Register slices at the edges, of a cycle each."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Cycles of one circuit, or of an edge, on the path: of these kinds."""

    at: str
    io: int = 0
    compute: int = 0
    fill: int = 0
    stall: int = 0

    @property
    def cycles(self) -> int:
        """All of them."""
        return self.io + self.compute + self.fill + self.stall


@dataclass(frozen=True, kw_only=True)
class Latency(Step):
    """The latency, which is the sum of its four kinds, and the steps that it is the sum of.

    io : beats of the frame that go before the one that counts, in or out, and the register slices
        of the edges.
    compute : a circuit that computes, or the line buffer that feeds it, goes from step to step.
    fill : what counts goes through registers, queues, converters and the like.
    stall : beats of other frames that a frame comes together with.
    """

    steps: tuple[Step, ...] = ()


def latency(i_edge: Edge, parts: Sequence[Part], o_edge: Edge, batch: int = 1) -> Latency:
    """Of a first frame whose beats are offered one a cycle, as the schedule has it.

    ``parts`` with their queues, in the order of what they read.
    """
    found = moves(parts, np.arange(batch * i_edge.beats))
    of = {part.name: part for part in parts}
    name, index, steps = parts[-1].name if parts else "input", o_edge.beats - 1, []
    while name != "input":
        part, last = of[name], name == parts[-1].name
        port, before, cycles = _cause(part, found[name], index)
        steps.append(_step(part, cycles, index if last else 0))
        if port is None:
            break
        name, index = part.inputs[port], before
    if name == "input":
        own = min(index, i_edge.beats - 1)
        steps.append(Step(at="input", io=own, stall=index - own))
    steps.append(Step(at="edges", io=SLICES))
    kinds = ("io", "compute", "fill", "stall")
    sums = {kind: sum(getattr(step, kind) for step in steps) for kind in kinds}
    return Latency(at="network", **sums, steps=tuple(reversed(steps)))


def _step(part: Part, cycles: int, beats: int) -> Step:
    """A circuit's cycles: its latency is spent on filling it, the rest on what it does.

    Of the last one, which gives ``beats`` before the one that counts, that may be to give these.
    """
    fill = min(cycles, part.config.latency)
    if part.kind in FEEDERS or part.kind not in MOVERS:
        return Step(at=part.layer, fill=fill, compute=cycles - fill)
    io = min(cycles - fill, beats)
    return Step(at=part.layer, fill=cycles - io, io=io)


def _cause(part: Part, found: Moves, index: int) -> tuple[int | None, int, int]:
    """Of an output transfer: the input and its transfer that it waits for, and how many cycles.

    No input where it waits for none, as for a border of zeros behind the reset.
    """
    left = int(found.left[index])
    if part.kind == "fifo":
        return 0, index, left - int(found.offered[0][index])
    for port, offered in enumerate(found.offered):
        low, high = -1, len(offered) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if _left(part, found, port, middle, index) > left:
                low = middle
            else:
                high = middle - 1
        if low >= 0:
            return port, low, left - int(offered[low])
    return None, 0, left


def _left(part: Part, found: Moves, port: int, late: int, index: int) -> int:
    """When an output transfer leaves if an input's are a cycle later, from one on."""
    offered = list(found.offered)
    offered[port] = offered[port].copy()
    offered[port][late:] += 1
    return int(part.config.depart(*offered)[1][index])
