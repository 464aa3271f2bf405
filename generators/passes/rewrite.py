"""What the passes share: putting layers into a network and taking them out."""

from msgspec.structs import replace

from generators.network import check, graph


def splice(network: graph.Network, old: graph.AnyLayer, new: list) -> graph.Network:
    """Put a chain of layers in the place of one; what read the old one reads the chain's last.

    An empty chain takes the layer out: its readers read what it read.
    """
    name = new[-1].name if new else old.inputs[0]
    layers = []
    for layer in network.layers:
        if layer is old:
            layers += new
        else:
            inputs = tuple(name if i == old.name else i for i in layer.inputs)
            layers.append(layer if inputs == layer.inputs else replace(layer, inputs=inputs))
    return replace(network, layers=tuple(layers))


def put(network: graph.Network, old: graph.AnyLayer, new: list) -> graph.Network:
    """Splice, and drop the layers that nothing reads any more."""
    output = output_name(network)
    if output == old.name:
        output = new[-1].name if new else old.inputs[0]
    return drop_unread(splice(network, old, new), output)


def swap(network: graph.Network, first: graph.AnyLayer, second: graph.AnyLayer) -> graph.Network:
    """first, second -> second, first; what read the second reads the first.

    The first has one input and one reader, the second.
    """
    layers = []
    for layer in network.layers:
        if layer is second:
            layers += [replace(second, inputs=first.inputs), replace(first, inputs=(second.name,))]
        elif layer is not first:
            inputs = tuple(first.name if i == second.name else i for i in layer.inputs)
            layers.append(layer if inputs == layer.inputs else replace(layer, inputs=inputs))
    return replace(network, layers=tuple(layers))


def layer(network: graph.Network, name: str) -> graph.AnyLayer | None:
    """The layer of that name; None for the network's input."""
    return next((layer for layer in network.layers if layer.name == name), None)


def each(network: graph.Network, *kinds: type) -> list[str]:
    """The names of the layers of some kinds; splicing makes new layers, but keeps the names."""
    return [layer.name for layer in network.layers if isinstance(layer, kinds)]


def readers(network: graph.Network, name: str) -> list[graph.AnyLayer]:
    """The layers that read a layer."""
    return [layer for layer in network.layers if name in layer.inputs]


def drop_unread(network: graph.Network, output: str) -> graph.Network:
    """Without the layers that nothing on the way to the output reads."""
    kept, wanted = [], {output}
    for candidate in reversed(network.layers):
        if candidate.name in wanted:
            wanted.update(candidate.inputs)
            kept.append(candidate)
    return replace(network, layers=tuple(reversed(kept)))


def output_name(network: graph.Network) -> str:
    """The name of the network's output layer."""
    return check.output_layer(network).name


def fresh(network: graph.Network, name: str) -> str:
    """A name that no layer has, like the one wished, and no longer than names may be."""
    name = name[:60]
    taken = {layer.name for layer in network.layers}
    if name not in taken:
        return name
    return next(f"{name}.{n}" for n in range(len(taken) + 1) if f"{name}.{n}" not in taken)
