"""A dense layer flattens what it reads, so a flatten layer only has to be moved down to one."""

from msgspec.structs import replace

from generators.network import check, graph
from generators.passes import rewrite


def sink_flatten(network: graph.Network) -> graph.Network:
    """flatten, elementwise -> elementwise, flatten;  flatten, dense -> dense."""
    moved = True
    while moved:
        moved = False
        tensors = check.infer(network)
        for layer in network.layers:
            if not isinstance(layer, graph.Flatten):
                continue
            readers = rewrite.readers(network, layer.name)
            flat = len(tensors[layer.inputs[0]].shape) == 1
            if readers and (flat or all(isinstance(r, graph.Dense) for r in readers)):
                network, moved = rewrite.splice(network, layer, []), True
            elif len(readers) == 1 and _same_for_all(readers[0]):
                network, moved = _swap(network, layer, readers[0]), True
            if moved:
                break
    return network


def _same_for_all(layer: graph.AnyLayer) -> bool:
    """Whether an elementwise layer does the same to every channel."""
    if isinstance(layer, graph.Threshold):
        return len(layer.thresholds) == 1
    if isinstance(layer, graph.Scale):
        return layer.gain.size == 1 and layer.bias.size == 1
    return isinstance(layer, (graph.Sign, graph.Relu, graph.Quantize))


def _swap(network, flatten: graph.Flatten, reader: graph.AnyLayer) -> graph.Network:
    reader_after = rewrite.readers(network, reader.name)
    first = replace(reader, inputs=flatten.inputs)
    second = replace(flatten, inputs=(reader.name,))
    layers = []
    for layer in network.layers:
        if layer is flatten:
            continue
        if layer is reader:
            layers += [first, second]
        elif layer in reader_after:
            inputs = tuple(flatten.name if i == reader.name else i for i in layer.inputs)
            layers.append(replace(layer, inputs=inputs))
        else:
            layers.append(layer)
    return replace(network, layers=tuple(layers))
