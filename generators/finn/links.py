"""The streams from layer to layer, as the report tells of them."""

from dataclasses import dataclass

from generators.finn.part import Flow, Part
from generators.finn.pipeline import tensors_of
from generators.network import check
from hdl.stream.fifo import FIFO

__all__ = ["links"]


@dataclass(frozen=True)
class _Crossing:
    """A stream out of the circuits of one layer into those of another, and the queues in it."""

    source: str
    target: str
    flow: Flow
    queues: tuple[FIFO.Config, ...]


def links(planned) -> list[dict]:
    """A record for each input of each layer, in the network's order, and for the output.

    ``planned`` is a :class:`generators.finn.plan.Plan`. ``source`` and ``target`` are layers,
    ``input`` or ``output``; ``lanes`` of ``bits`` go over the stream in a transfer, ``elements``
    of the source's tensor (``shape``, ``type``) in a frame. ``busy`` is the share of cycles with a
    transfer, ``elements_per_cycle`` what that moves in the mean. ``queues`` are the FIFOs on the
    way: ``depth`` entries of ``bits``, in ``storage``. A layer without circuits passes its input's
    stream on.
    """
    network, tensors = planned.network, tensors_of(planned.network)
    crossings, made = _crossings(planned), {"input", *(part.layer for part in planned.parts)}
    reads = [(name, layer.name) for layer in network.layers for name in layer.inputs]
    found, through = [], {}
    for source, target in [*reads, (check.output_layer(network).name, "output")]:
        origin = through.get(source, source)
        if target not in made and target != "output":  # it is no circuit, but the same stream
            through[target] = origin
            same = next(one for one in crossings if one.source == origin)
            queues = ()
        else:
            same = next(one for one in crossings
                        if (one.source, one.target) == (origin, target))  # fmt: skip
            crossings.remove(same)
            queues = same.queues
        found.append(_record(planned, source, target, tensors[source], same.flow, queues))
    return found


def _record(planned, source: str, target: str, tensor: check.Tensor, flow: Flow, queues) -> dict:
    return {
        "source": source,
        "target": target,
        "shape": list(tensor.shape),
        "type": tensor.type.name,
        "lanes": flow.lanes,
        "bits": flow.number.width,
        "elements": tensor.items,
        "elements_per_cycle": round(tensor.items * planned.batch / planned.interval, 4),
        "busy": round(flow.beats * planned.batch / planned.interval, 4),
        "queues": [{"depth": queue.depth, "bits": queue.payload.size, "storage": queue.storage}
                   for queue in queues],
    }  # fmt: skip


def _crossings(planned) -> list[_Crossing]:
    """The streams between circuits of different layers, and the one out of the last."""
    edge, parts = planned.edges[0], {part.name: part for part in planned.parts}
    flows = {name: part.flow for name, part in parts.items()}
    flows["input"] = Flow("input", edge.number, edge.lanes, edge.items)
    layers = {name: part.layer for name, part in parts.items()} | {"input": "input"}
    found = []
    for part in planned.parts:
        for name in part.inputs if part.kind != "fifo" else ():
            source, queues = _behind(name, parts)
            if layers[source] != part.layer:
                found.append(_Crossing(layers[source], part.layer, flows[source], queues))
    last = planned.parts[-1].name if planned.parts else "input"
    return [*found, _Crossing(layers[last], "output", flows[last], ())]


def _behind(name: str, parts: dict[str, Part]) -> tuple[str, tuple[FIFO.Config, ...]]:
    """What comes out of queues, and these, the first one first."""
    queues: list[FIFO.Config] = []
    while name in parts and parts[name].kind == "fifo":
        queues.insert(0, parts[name].config)
        name = parts[name].inputs[0]
    return name, tuple(queues)
