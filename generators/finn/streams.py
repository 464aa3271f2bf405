"""The streams between a pipeline's circuits, as the manifest tells of them."""

from generators.finn.part import Flow, Part
from generators.finn.pipeline import tensors_of
from generators.network import graph
from hdl.bus.axis import Edge
from hdl.number import Number

__all__ = ["SLICE", "outputs", "signals", "streams"]

SLICE = "s_slice"
"""The circuit behind the input's edge."""

CARRIERS = ("converter", "fifo", "fork")
"""Kinds of circuits that pass on what they read, in whatever lanes."""


def outputs(part: Part) -> list[str]:
    """The output ports of a part's circuit."""
    if part.kind == "fork":
        return [f"o_{reader}" for reader in range(part.config.readers)]
    return ["o"]


def signals(part: str, port: str) -> str:
    """What the names of a stream's signals in top.v begin with, before _payload, _valid, _ready."""
    return f"{part}_{port}"


def streams(network: graph.Network, edge: Edge, parts: list[Part]) -> list[dict]:
    """Every stream that carries the values of a layer or of the input, in the pipeline's order.

    A record says of which ``layer`` (``input`` for the network's), the ``signals`` in module top of
    top.v, and how a frame travels: ``items`` numbers (or words of several) of ``width`` bits after
    each other, lane 0 lowest, ``vectors`` times, each vector from a transfer of its own on;
    ``signed`` is two's complement, ``bipolar`` 1 for +1. ``shape`` is that of the layer's tensor,
    row-major, channels innermost. What is inside of a layer (windows, or sums that are yet to be
    requantised) is not listed.
    """
    shapes = {name: tensor.shape for name, tensor in tensors_of(network).items()}
    first = Flow("input", edge.number, edge.lanes, edge.items)
    carried, numbers = {"input": "input"}, {"input": edge.number}
    found = [_record("input", shapes, SLICE, "o", first, edge.number)]
    last = {part.layer: part.name for part in parts if part.kind not in CARRIERS}
    for part in parts:
        if part.kind in CARRIERS:
            layer = carried[part.inputs[0]]
        else:
            layer = part.layer if last[part.layer] == part.name else None
            numbers[layer] = part.flow.number
        carried[part.name] = layer
        if layer is not None:
            found += [_record(layer, shapes, part.name, port, part.flow, numbers[layer])
                      for port in outputs(part)]  # fmt: skip
    return found


def _record(layer: str, shapes: dict, part: str, port: str, flow: Flow, number: Number) -> dict:
    together = flow.number.width // number.width  # numbers that a reader has in a lane
    return {
        "layer": layer,
        "signals": signals(part, port),
        "lanes": flow.lanes * together,
        "width": number.width,
        "signed": number.signed,
        "bipolar": number.bipolar,
        "items": flow.items * together,
        "vectors": flow.vectors,
        "shape": list(shapes[layer]),
    }
