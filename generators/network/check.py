"""Check a network: names, order, and the shape and type of every tensor in it."""

from graphlib import CycleError, TopologicalSorter

import msgspec

from generators.network import codings, graph
from generators.network.error import ModelError
from generators.network.infer import infer
from generators.network.infer_weights import accumulator, accumulator_range
from generators.network.tensor import Refused, Tensor, by_channel
from sim.golden.formats import integer

__all__ = ["Tensor", "accumulator", "accumulator_range", "check", "infer", "output_layer"]


def check(
    network: graph.Network, file: str = "model.json", paths: dict[str, str] | None = None
) -> graph.Network:
    """Return the network with its layers in topological order, every field checked.

    ``paths`` says where each layer stands in the file, by name, if that is no model.json.

    Raises
    ------
    ModelError
        At the first thing that cannot be built.
    """
    if paths is None:
        paths = {layer.name: f"{file}: $.layers[{i}]" for i, layer in enumerate(network.layers)}
    _names(network, file)
    _type(network.input.type, f"{file}: $.input.type")
    ordered = msgspec.structs.replace(network, layers=_ordered(network, file, paths))
    ordered = codings.resolved(ordered, paths)
    tensors = infer(ordered, paths)
    last = output_layer(ordered, file)
    if isinstance(last, graph.Encode) and not isinstance(last.type, str):
        what = "Type of the network's output must be an integer type, not a format"
        raise ModelError(f"{paths[last.name]}.type", what)
    if network.output is not None:
        try:
            for field in ("gain", "bias"):
                values = getattr(network.output, field)
                by_channel(values, tensors[last.name].shape[-1], field, field.capitalize())
        except Refused as error:
            raise ModelError(f"{file}: $.output.{error.field}", str(error)) from None
    return ordered


def output_layer(network: graph.Network, file: str = "model.json") -> graph.AnyLayer:
    """The one layer that no other reads."""
    read = {name for layer in network.layers for name in layer.inputs}
    unread = [layer for layer in network.layers if layer.name not in read]
    if len(unread) != 1:
        names = ", ".join(layer.name for layer in unread)
        raise ModelError(f"{file}: $.layers", f"One layer must be read by no other, not {names}")
    return unread[0]


def _names(network: graph.Network, file: str) -> None:
    seen = {"input"}
    for i, layer in enumerate(network.layers):
        if layer.name in seen:
            what = f"Name must be unused ('input' is the network's input), not {layer.name!r} again"
            raise ModelError(f"{file}: $.layers[{i}].name", what)
        seen.add(layer.name)
    for i, layer in enumerate(network.layers):
        for j, name in enumerate(layer.inputs):
            if name not in seen:
                what = f"Input must be 'input' or the name of a layer, not {name!r}"
                raise ModelError(f"{file}: $.layers[{i}].inputs[{j}]", what)


def _ordered(network, file: str, paths: dict[str, str]) -> tuple[graph.AnyLayer, ...]:
    """Layers such that each stands behind those that it reads; as given where that holds."""
    order = {layer.name: i for i, layer in enumerate(network.layers)}
    sorter = TopologicalSorter()
    for layer in network.layers:
        sorter.add(layer.name, *(name for name in layer.inputs if name != "input"))
    try:
        sorter.prepare()
    except CycleError as error:
        names = error.args[1]
        where = min(names, key=order.get)
        cycle = " -> ".join(names)
        raise ModelError(f"{paths[where]}.inputs", f"Layers must form no cycle: {cycle}") from None
    layers = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=order.get)
        sorter.done(*ready)
        layers += [network.layers[order[name]] for name in ready]
    return tuple(layers)


def _type(name: str, where: str) -> integer.Integer:
    try:
        return integer.parse(name)
    except ValueError as error:
        raise ModelError(where, str(error)) from None
