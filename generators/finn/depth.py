"""FIFOs from the schedule: where a circuit cannot take what is offered, and how much waits there.

The schedule lets one batch enter every ``cycles`` cycles, the slowest circuit's interval: a frame,
or as many as dense layers take at once. It enters at once, or frame by frame, or spread over them,
where that saves much of the queues: a host that offers frames earlier only waits. Every circuit
runs as early as it may, with queues without bounds in between. It repeats itself, so the longest
queues it ever has are known. Queues of that length admit this very schedule, and a network of such
circuits is monotonic (nothing happens earlier because something else happens later), so the
hardware, which waits for nothing, is never slower: its steady state is ``cycles``, exactly. Where
branches meet, the earlier one's queue holds what the later one is behind, so that none can
deadlock.

Where two circuits in a row pass ready on without a register there is a queue too, of two: a
register slice, so that no way against the streams is longer than through one of them. So there is
before a converter that shifts: its shifter is all the logic that one cycle allows. Longer queues
lie where each layer's choice says: block RAM takes a cycle more, so that depends on it how long
they, and those of branches beside them, are.
"""

from dataclasses import dataclass, replace

import numpy as np

from generators.finn.part import Flow, Part
from hdl.bus.axis import Edge
from hdl.stream.fifo import FIFO

MAX_BATCHES = 32
PASSES_READY = ("add", "columns", "concat", "converter", "fork", "upsample")
"""The kinds whose input is ready or not by the same cycle's ready of their output."""

SPREAD_SAVES = 1 << 13
"""Bits of queues. A host that offers a frame at once finds them shorter than it would need; for a
whole picture kept in a queue that is worth it. The latency is then a bound: no frame takes less,
nor more than one whose beats come spread. Of random networks whose queues were all made so, none
took more than the least (tests/generators/finn/test_performance.py)."""


@dataclass(frozen=True)
class Schedule:
    """Circuits with their queues, and what the whole then does, in cycles.

    ``interval`` is from batch to batch.
    """

    parts: list[Part]
    interval: int
    latency: int


def schedule(i_edge: Edge, parts: list[Part], o_edge: Edge, batch: int = 1) -> Schedule:
    """Put FIFOs into a pipeline; ``latency`` is from a frame's first beat in to its last out.

    The latency is that of a first frame whose beats are offered one a cycle, as those of the other
    frames of its batch behind it.
    """
    i_beats, o_beats = batch * i_edge.beats, batch * o_edge.beats
    interval = max([i_beats, o_beats, *(part.interval for part in parts)])
    beats = np.arange(i_beats)
    found = _settled(i_edge, parts, interval, beats)
    apart = beats // i_edge.beats * interval // batch + beats % i_edge.beats
    for later in [apart, beats * interval // i_beats][batch == 1 :]:
        if queue_bits(found) > SPREAD_SAVES:
            spread = _settled(i_edge, parts, interval, later)
            found = spread if queue_bits(found) - queue_bits(spread) > SPREAD_SAVES else found
    # Through the two register slices at the edges, a cycle each.
    last = _times(found, beats)[o_edge.beats - 1]
    return Schedule(found, interval, int(last) + 2)


def _settled(i_edge: Edge, parts: list[Part], interval: int, beats: np.ndarray) -> list[Part]:
    """The parts with the queues that one batch more does not make longer."""
    batches = 4
    while True:
        found, depths = _run(i_edge, parts, interval, beats, batches)
        _, again = _run(i_edge, parts, interval, beats, batches + 1)
        if depths == again or batches >= MAX_BATCHES:
            return found
        batches *= 2


def queue_bits(parts: list[Part]) -> int:
    """Of all queues."""
    return sum(part.config.storage_bits for part in parts if part.kind == "fifo")


def _times(parts: list[Part], offered: np.ndarray) -> np.ndarray:
    """When the last part's transfers leave, if queues are long enough."""
    times = {"input": offered}
    for part in parts:
        arrivals = [times[name] for name in part.inputs]
        if part.kind == "fifo":
            offered = arrivals[0] + part.config.latency
        else:
            _, offered = part.config.depart(*arrivals)
        times[part.name] = offered
    return offered


def _run(i_edge: Edge, parts: list[Part], interval: int, beats: np.ndarray, batches: int):
    """A pass over so many batches, their beats at these cycles: parts with queues, and depths."""
    flows = {"input": Flow("input", i_edge.number, i_edge.lanes, i_edge.items)}
    times = {"input": (interval * np.arange(batches)[:, None] + beats).ravel()}
    found, depths, passing = [], [], {"input": False}
    for part in parts:
        waiting, departed = _queues(part, [times[name] for name in part.inputs], flows,
                                    cut(part, passing))  # fmt: skip
        inputs = list(part.inputs)
        for index, config in sorted(waiting.items()):
            queue = fifo(part, index, config, flows[inputs[index]])
            inputs[index] = queue.name
            found.append(queue)
            depths.append(config.depth)
        found.append(replace(part, inputs=tuple(inputs)))
        times[part.name], flows[part.name] = departed, part.flow
    return found, depths


def cut(part: Part, passing: dict[str, bool]) -> list[int]:
    """The inputs of a circuit with a queue whatever the schedule is: a register slice at least.

    ``passing`` says of each flow whether logic passes its ready on; that of the circuit is added.
    """
    shifts = part.kind == "converter" and part.config.kind == "shift"
    found = [index for index, name in enumerate(part.inputs)
             if (passing[name] and _passes(part)) or (shifts and name != "input")]  # fmt: skip
    passing[part.name] = _passes(part) or (_wired(part) and passing[part.inputs[0]])
    return found


def _wired(part: Part) -> bool:
    """Whether a circuit is wires, as a converter may be."""
    return part.kind == "converter" and part.config.kind == "pass"


def _passes(part: Part) -> bool:
    """Whether logic passes ready on."""
    return part.kind in PASSES_READY and not _wired(part)


def _queues(part: Part, offered: list[np.ndarray], flows: dict[str, Flow], cut: list[int]):
    """FIFOs by input, deep enough for what is offered while the circuit is busy or waits.

    There is one at each input to be ``cut``. Returns them with the times of the circuit's output.
    """
    waiting = {}
    for index in cut:
        flow = flows[part.inputs[index]]
        waiting[index] = FIFO.Config(depth=2, width=flow.number.shape, lanes=flow.lanes)
    while True:
        arrivals = [
            times + (waiting[index].latency if index in waiting else 0)
            for index, times in enumerate(offered)
        ]
        accepted, departed = part.config.depart(*arrivals)
        accepted = accepted if isinstance(accepted, tuple) else (accepted,)
        needed = {}
        for index, (times, taken) in enumerate(zip(offered, accepted)):
            if index in waiting or np.any(taken > times):
                flow, least = flows[part.inputs[index]], waiting.get(index)
                depth = max(_depth(times, taken), 2 if least is None else least.depth)
                style = part.fifos[index] if part.fifos and depth > 2 else "auto"
                needed[index] = FIFO.Config(depth=depth, width=flow.number.shape, lanes=flow.lanes,
                                            style=style)  # fmt: skip
        if needed == waiting:
            return waiting, departed
        waiting = needed


def _depth(offered: np.ndarray, accepted: np.ndarray) -> int:
    """A transfer enters at its edge if fewer are inside that have not left before."""
    left = np.searchsorted(accepted, offered)
    return int((np.arange(1, len(offered) + 1) - left).max())


def fifo(part: Part, index: int, config: FIFO.Config, flow: Flow) -> Part:
    """A queue at an input of a circuit."""
    name = f"{part.name}_fifo{index if len(part.inputs) > 1 else ''}"
    out = Flow(name, flow.number, flow.lanes, flow.items, flow.vectors)
    build = lambda: FIFO(config)  # noqa: E731
    return Part(name, part.layer, "fifo", config, build, (part.inputs[index],), out)
