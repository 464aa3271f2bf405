"""FIFOs from the schedule: where a circuit cannot take what is offered, and how much waits there.

The schedule lets one frame enter every ``cycles`` cycles, the slowest circuit's interval, and every
circuit run as early as it may, with queues without bounds in between. It repeats itself, so the
longest queues it ever has are known. Queues of that length admit this very schedule, and a network
of such circuits is monotonic (nothing happens earlier because something else happens later), so the
hardware, which waits for nothing, is never slower: its steady state is ``cycles``, exactly.
"""

from dataclasses import dataclass

import numpy as np

from generators.finn.lower import Part
from hdl.bus.axis import Edge
from hdl.stream.fifo import FIFO

MAX_FRAMES = 32


@dataclass(frozen=True)
class Schedule:
    """Circuits with their queues, and what the whole then does, in cycles."""

    parts: list[Part]
    interval: int
    latency: int


def schedule(i_edge: Edge, parts: list[Part], o_edge: Edge) -> Schedule:
    """Put FIFOs into a pipeline; ``latency`` is from a frame's first beat in to its last out."""
    interval = max([i_edge.beats, o_edge.beats, *(part.config.interval for part in parts)])
    frames = 4
    while True:
        found, depths, offered = _run(i_edge, parts, interval, frames)
        _, again, _ = _run(i_edge, parts, interval, frames + 1)
        if depths == again or frames >= MAX_FRAMES:
            break
        frames *= 2
    # The beats of the first frame: through the two register slices at the edges, a cycle each.
    last = offered[o_edge.beats - 1]
    return Schedule(found, interval, int(last) + 2)


def _run(i_edge: Edge, parts: list[Part], interval: int, frames: int):
    """One pass over so many frames: circuits with queues, their depths, and the output's times."""
    beats = np.arange(i_edge.beats)
    offered = (interval * np.arange(frames)[:, None] + beats).ravel()
    lanes, number = i_edge.lanes, i_edge.number
    found, depths = [], []
    for part in parts:
        accepted, departed = part.config.depart(offered)
        if np.any(accepted > offered):
            fifo, accepted, departed = _queue(part, offered, lanes, number)
            found.append(fifo)
            depths.append(fifo.config.depth)
        found.append(part)
        offered, lanes, number = departed, part.o_lanes, part.o
    return found, depths, offered


def _queue(part: Part, offered: np.ndarray, lanes: int, number):
    """A FIFO before a circuit, deep enough for what is offered while the circuit is busy."""
    depth, latency = 2, 1
    while True:
        accepted, departed = part.config.depart(offered + latency)
        # A transfer enters at its edge if fewer than depth are inside that have not left before.
        left = np.searchsorted(accepted, offered)
        needed = int((np.arange(1, len(offered) + 1) - left).max())
        config = FIFO.Config(depth=max(2, needed), width=number.shape, lanes=lanes)
        if (config.depth, config.latency) == (depth, latency):
            break
        depth, latency = max(depth, config.depth), max(latency, config.latency)
    build = lambda: FIFO(config)  # noqa: E731
    return Part(part.layer, "fifo", config, build, number, lanes, part.items), accepted, departed
