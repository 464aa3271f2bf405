"""How a network spends its cycles, by the schedule: what each layer does, and what binds all.

A batch of frames goes through every ``interval`` cycles, those of the slowest circuit (or edge),
exactly as in simulation; the first frame takes ``latency`` cycles, the sum of four kinds along the
schedule's critical path (:mod:`generators.finn.critical`). That is exact where the queues hold all
that comes if a host offers a frame at once. Where they were made for beats that come spread over
the interval (:data:`generators.finn.depth.SPREAD_SAVES`) it is the least; the most is the latency
of beats that do come so, as nothing happens later because something comes earlier.

Of each layer, by frame in the steady state, with a host that always offers:

- ``busy``: steps of its slowest circuit.
- ``waiting``, ``blocked``: the rest of the interval, which is exactly the sum of the three. It is
  spent waiting for inputs behind what binds the network, and is blocked by the output before that
  or beside it. With a host that offers no earlier than it must, all of it is spent waiting: the
  schedule's queues hold what comes.
- ``fill``: from the first transfer of a frame that it takes to the first that it gives. It overlaps
  with other frames, so it costs latency alone.

``bitops`` are those of :mod:`generators.network.bitops`.
"""

from math import ceil

import numpy as np

from generators.cost import estimate
from generators.emit import roofline
from generators.emit.io import io
from generators.finn import critical, linear, relief, timeline
from generators.finn.part import Part, per_frame
from generators.network import graph
from generators.network.bitops import bitops
from generators.synth.resources import Cost

__all__ = ["layer", "performance"]

UNITS = ("minifloat", "mvtu", "serial", "unrolled")
"""The kinds that multiply by weights."""


def performance(planned, wish, total: Cost) -> dict:
    """The report's record of a plan, all of whose circuits take so much.

    ``planned`` and ``wish`` are a :class:`generators.finn.plan.Plan` and its ``Wish``.
    """
    i_edge, o_edge = planned.edges
    spent = critical.latency(i_edge, planned.parts, o_edge, planned.batch)
    beats = timeline.pace(planned)
    return {
        "source": "schedule",
        "latency": {
            "cycles": spent.cycles,
            "at_most": _at_most(planned, beats),
            "io": spent.io,
            "compute": spent.compute,
            "fill": spent.fill,
            "stall": spent.stall,
            "path": _path(spent),
        },
        "interval": _interval(planned),
        "bottleneck": relief.bottleneck(planned, wish, total),
        "roofline": _roofline(planned, wish, total),
        "timeline": timeline.drawn(planned, beats),
    }


def _path(spent: critical.Latency) -> list[dict]:
    """Cycles of the critical path by layer, from the input on."""
    path: list[dict] = []
    for step in spent.steps:
        if path and path[-1]["at"] == step.at:
            path[-1]["cycles"] += step.cycles
        elif step.cycles:
            path.append({"at": step.at, "cycles": step.cycles})
    return path


def layer(planned, one: graph.AnyLayer, drawn: dict) -> dict:
    """The report's fields of a layer; ``drawn`` is the record's timeline."""
    operations = bitops(planned.network)
    mine = [part for part in planned.parts if part.layer == one.name]
    work = (part.interval for part in mine if part.kind not in ("converter", "fifo", "fork"))
    busy = per_frame(max(work, default=0), planned.batch)
    rest = round(planned.cycles - busy, 4) if mine else 0
    behind = one.name in _behind(planned)
    row = next((row for row in drawn["rows"] if row["name"] == one.name), None)
    start, first, _ = row["spans"][-1] if row else (0, 0, 0)
    delays = [found for part in mine if (found := _delay(part)) is not None]
    return {
        "busy": busy,
        "waiting": rest if behind else 0,
        "blocked": 0 if behind else rest,
        "fill": first - start,
        "bitops": operations.get(one.name, 0),
        "delay_ns": max(delays) / 1000 if delays else None,
    }


def _at_most(planned, beats: np.ndarray) -> int:
    """The first frame's latency if its beats come as the queues were made for."""
    parts = planned.parts
    left = timeline.moves(parts, beats)[parts[-1].name].left if parts else beats
    return int(left[planned.edges[1].beats - 1]) + critical.SLICES


def _delay(part: Part) -> int | None:
    """Picoseconds of a circuit, where there is an estimate of it."""
    try:
        return estimate.delay(part.config)
    except KeyError:
        return None


def _behind(planned) -> set[str]:
    """The layers that read, through others or at once, what binds the network."""
    binding = relief.binding(planned)
    reached = {"input"} if "input" in binding else set()
    for one in planned.network.layers:
        if reached & set(one.inputs) or set(binding) & set(one.inputs):
            reached.add(one.name)
    return reached


def _interval(planned) -> dict:
    """Cycles of a batch by what the slowest circuit does, or an edge where none is so slow.

    ``gaps`` are those in which it computes nothing, as its line buffer still moves what it reads.
    """
    found = {"frames": planned.batch, "cycles": planned.interval, "io": 0, "compute": 0, "gaps": 0}
    slow = [part for part in planned.parts if part.interval == planned.interval]
    if not slow:
        return found | {"io": planned.interval}
    steps = [part.interval for part in planned.parts
             if part.layer == slow[0].layer and part.kind not in critical.MOVERS]  # fmt: skip
    compute = max(steps, default=planned.interval)
    return found | {"compute": compute, "gaps": planned.interval - compute}


def _roofline(planned, wish, total: Cost) -> dict | None:
    """Of the layers that multiply; nothing where there are none."""
    network, compute, bits, width = planned.network, 0.0, 0.0, 0
    operations = bitops(network)
    for one in linear.linear_layers(network):
        unit = next(part for part in planned.parts
                    if part.layer == one.name and part.kind in UNITS)  # fmt: skip
        compute += operations[one.name] * planned.batch / unit.interval
        store = getattr(unit.config, "weights", None)
        if store is not None:
            vectors = linear.matrix(network, one).vectors
            bits += store.depth * store.width * vectors / planned.choices[one.name].frames
            width += store.width
    if not compute:
        return None
    return roofline.record(
        bitops=sum(operations.values()),
        cycles=planned.interval / planned.batch,
        clock_mhz=wish.clock_mhz,
        compute=compute,
        board=compute * wish.board.room("lut") / max(total.lut, 1),
        weight_bits=ceil(bits),
        weight_bandwidth=width,
        moved=io(planned.edges),
        edges=planned.edges,
    )
