"""A border belongs to the windows that alone read it."""

from msgspec.structs import replace

from generators.network import check, graph
from generators.passes import rewrite


def merge_pads(network: graph.Network) -> graph.Network:
    """pad, conv | sumpool | maxpool -> that layer with more padding, where that means the same.

    For a conv, if it is not padded with another value yet; for a sumpool, if the value is 0; for
    a maxpool, if the value is the lowest one, which wins over no pixel of the map.
    """
    for name in rewrite.each(network, graph.Pad):
        pad = rewrite.layer(network, name)
        readers = rewrite.readers(network, name)
        form = check.infer(network)[pad.inputs[0]].type
        if len(readers) == 1 and form is not None:
            merged = _merged(pad, readers[0], form)
            if merged is not None:
                network = rewrite.splice(network, readers[0], [merged])
                network = rewrite.splice(network, pad, [])
    return network


def _merged(pad: graph.Pad, reader: graph.AnyLayer, form) -> graph.AnyLayer | None:
    if isinstance(reader, graph.Conv):
        same = reader.pad_value == pad.value or not any(reader.padding)
        if not same or not form.low <= pad.value <= form.high:
            return None
        return replace(reader, padding=_sum(pad, reader), pad_value=pad.value)
    if isinstance(reader, graph.SumPool) and pad.value == 0:
        return replace(reader, padding=_sum(pad, reader))
    if isinstance(reader, graph.MaxPool) and pad.value <= form.low:
        top, left, bottom, right = padding = _sum(pad, reader)
        if max(top, bottom) < reader.kernel[0] and max(left, right) < reader.kernel[1]:
            return replace(reader, padding=padding)
    return None


def _sum(pad: graph.Pad, reader) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(pad.padding, reader.padding))
