"""When every transfer of a pipeline happens, by the schedule that its queues are made for.

Every circuit runs as early as it may; its own configuration says when (``Config.depart``). Queues
are long enough for it (:mod:`generators.finn.depth`), so nothing waits for room.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generators.finn.part import Part
from hdl.bus.axis import Edge

__all__ = ["BATCHES", "Moves", "admitted", "drawn", "moves", "offers", "pace"]

BATCHES = 3
"""That are drawn."""


@dataclass(frozen=True, eq=False)
class Moves:
    """Cycles of a circuit's transfers, counted from the first beat into the network.

    ``offered`` and ``taken`` of each input, ``left`` of the output: one number a transfer.
    """

    offered: tuple[np.ndarray, ...]
    taken: tuple[np.ndarray, ...]
    left: np.ndarray


def moves(parts: Sequence[Part], offered: np.ndarray) -> dict[str, Moves]:
    """Of each circuit by name; ``offered`` are the cycles of the beats into the network."""
    left, found = {"input": offered}, {}
    for part in parts:
        inputs = tuple(left[name] for name in part.inputs)
        if part.kind == "fifo":
            taken, out = inputs, inputs[0] + part.config.latency
        else:
            taken, out = part.config.depart(*inputs)
            taken = taken if isinstance(taken, tuple) else (taken,)
        left[part.name] = out
        found[part.name] = Moves(inputs, taken, out)
    return found


def offers(i_edge: Edge, interval: int, batch: int) -> list[np.ndarray]:
    """When a batch's beats may come: at once, frame by frame, or spread over the interval."""
    beats = np.arange(batch * i_edge.beats)
    apart = beats // i_edge.beats * interval // batch + beats % i_edge.beats
    return [beats, apart, beats * interval // len(beats)]


def admitted(parts: Sequence[Part], found: dict[str, Moves]) -> bool:
    """Whether no queue ever holds more than it has room for."""
    readers = {name: (part, port) for part in parts for port, name in enumerate(part.inputs)}
    for part in parts:
        if part.kind == "fifo":
            reader, port = readers[part.name]
            enters, leaves = found[part.name].offered[0], found[reader.name].taken[port]
            inside = np.arange(1, len(enters) + 1) - np.searchsorted(leaves, enters)
            if int(inside.max()) > part.config.depth:
                return False
    return True


def pace(planned) -> np.ndarray:
    """When a batch's beats may come at the earliest so that a plan's queues hold what waits."""
    batches = np.arange(BATCHES)[:, None]
    for beats in offers(planned.edges[0], planned.interval, planned.batch):
        found = moves(planned.parts, (planned.interval * batches + beats).ravel())
        if admitted(planned.parts, found):
            break
    return beats


def drawn(planned, beats: np.ndarray) -> dict:
    """Layers over time, for a picture: some batches, offered every interval with such a pace.

    Each row has the ``spans`` of its batches, [first transfer taken, first given, last given], and
    the cycles at which its slowest circuit is at ``work``, [from, to], as closely as is seen.
    """
    batches = BATCHES
    offered = (planned.interval * np.arange(batches)[:, None] + beats).ravel()
    found = moves(planned.parts, offered)
    rows = [_edge("input", offered, batches)]
    for layer in planned.network.layers:
        mine = [part for part in planned.parts if part.layer == layer.name]
        if mine:
            rows.append(_row(layer.name, mine, found, batches))
    last = found[planned.parts[-1].name].left + 1 if planned.parts else offered
    rows.append(_edge("output", last, batches))
    close = max(1, rows[-1]["spans"][-1][-1] // 500)
    for row in rows:
        row["work"] = _merged(row["work"], close)
    return {"interval": planned.interval, "batches": batches, "rows": rows}


def _edge(name: str, times: np.ndarray, batches: int) -> dict:
    each = times.reshape(batches, -1)
    spans = [[int(one[0]), int(one[0]), int(one[-1]) + 1] for one in each]
    return {"name": name, "spans": spans, "work": [[first, last] for first, _, last in spans]}


def _row(name: str, mine: list[Part], found: dict[str, Moves], batches: int) -> dict:
    """Of a layer's circuits, but its queues, from the first to the last."""
    mine = [part for part in mine if part.kind != "fifo"]
    start = np.min([taken.reshape(batches, -1)[:, 0] for part in mine
                    for taken in found[part.name].taken], axis=0)  # fmt: skip
    left = found[mine[-1].name].left.reshape(batches, -1)
    # A border of zeros may be given before anything is taken.
    spans = [[int(min(first, one[0])), int(one[0]), int(one[-1]) + 1]
             for first, one in zip(start, left)]  # fmt: skip
    unit = max(mine, key=lambda part: (part.kind not in ("converter", "fork"), part.interval))
    given = found[unit.name].left.reshape(batches, -1)
    step = unit.interval / given.shape[1]
    ends = given.ravel() - unit.config.latency + 1
    return {"name": name, "spans": spans, "work": np.stack([ends - step, ends], axis=1)}


def _merged(work, close: int) -> list[list[int]]:
    """Stretches of time in order, those joined that are so close."""
    work = np.asarray(work, float)
    gaps = np.flatnonzero(work[1:, 0] - work[:-1, 1] >= close)
    starts = work[np.concatenate([[0], gaps + 1]), 0]
    ends = work[np.concatenate([gaps, [len(work) - 1]]), 1]
    return [[int(a), int(b)] for a, b in zip(np.floor(starts), np.ceil(ends))]
