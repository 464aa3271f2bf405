"""Which tensors are in a format of their own, and which layers take such."""

import msgspec
import numpy as np

from generators.network import formats, graph
from generators.network.error import ModelError
from generators.network.tensor import Refused
from sim.golden.formats.made import made

__all__ = ["DLFLOAT", "block_of", "family", "format_of", "resolved", "sums_range"]

DLFLOAT = formats.Minifloat(exponent=6, mantissa=9, bias=31)
"""The format of sums of minifloats."""

PASSING = (graph.Flatten, graph.Pad, graph.Upsample)
"""Layers that move numbers, whatever they are but for blocks, which only a flatten leaves whole."""

ORDERED = (graph.MaxPool, graph.ArgMax)
"""Layers that compare numbers, which the integers of minifloats allow."""

PAIRS = {
    (formats.FPEC, None): "fpec", (None, formats.FPEC): "fpec",
    (formats.FPEC, formats.FPEC): "fpec",
    (formats.BiScaled, None): "biscaled", (None, formats.BiScaled): "biscaled",
    (formats.BiScaled, formats.BiScaled): "biscaled",
    (None, formats.Grouped): "grouped",
    (None, formats.BlockFloat): "grouped",
    (formats.BlockFloat, formats.BlockFloat): "blockfloat",
    (formats.Minifloat, formats.Minifloat): "minifloat",
}  # fmt: skip
"""Formats of inputs and of weights that are multiplied with each other, and by which datapath."""

Linear = graph.Dense | graph.Conv


def format_of(record: formats.Coding, field: str = "type"):
    """The golden format that a record describes; refused, in a field, if there is none such."""
    try:
        return made(graph.asdict(record))
    except (TypeError, ValueError) as error:
        raise Refused(field, str(error)) from None


def family(layer: Linear) -> str | None:
    """The datapath that the formats of a layer's inputs and weights ask for; None for integers."""
    kinds = tuple(_kind(coding) for coding in (layer.input_type, layer.weights.coding))
    return PAIRS.get(kinds)


def _kind(coding: formats.Coding | None) -> type | None:
    return None if coding is None else type(coding)


def _tag(coding: formats.Coding | None) -> str:
    return "integers" if coding is None else f"the format {coding.__struct_config__.tag}"


def resolved(network: graph.Network, paths: dict[str, str]) -> graph.Network:
    """The network with the ``input_type`` and the datapath of each layer that reads a format.

    Raises
    ------
    ModelError
        If a layer cannot read what it does, or numbers are none of their format.
    """
    codings: dict[str, formats.Coding | None] = {"input": None}
    layers = []
    for layer in network.layers:
        sources = [codings[name] for name in layer.inputs]
        try:
            layer, codings[layer.name] = _layer(layer, sources)
        except Refused as error:
            raise ModelError(f"{paths[layer.name]}.{error.field}", str(error)) from None
        layers.append(layer)
    if all(new is old for new, old in zip(layers, network.layers)):
        return network
    return msgspec.structs.replace(network, layers=tuple(layers))


def _layer(layer: graph.AnyLayer, sources: list) -> tuple[graph.AnyLayer, formats.Coding | None]:
    """The layer as it is meant, and the format of what it emits."""
    source = next((some for some in sources if some is not None), None)
    if isinstance(layer, (graph.Dense, graph.Conv)):
        return _linear(_read(layer, source))
    if isinstance(layer, graph.Encode):
        return _encode(layer, source)
    whole = block_of(source) == 1 or isinstance(layer, graph.Flatten)
    if source is None or (isinstance(layer, PASSING) and whole):
        if source is not None and getattr(layer, "value", 0):
            raise Refused("value", f"Value must be 0 in {_tag(source)}, not {layer.value}")
        return layer, source
    op = layer.__struct_config__.tag
    if not isinstance(layer, ORDERED) or not isinstance(source, formats.Minifloat):
        raise Refused("inputs", f"Input of {op} must be integers, not {_tag(source)}")
    return layer, source if isinstance(layer, graph.MaxPool) else None


def _read(layer, source: formats.Coding | None):
    """The layer with the format that it reads."""
    given = layer.input_type
    if given is not None and (source is None or graph.asdict(given) != graph.asdict(source)):
        what = f"Input_type must be that of the layer that is read, {_tag(source)}"
        raise Refused("input_type", f"{what}, not {_tag(given)}" if _tag(source) != _tag(given)
                      else f"{what} with other fields")  # fmt: skip
    if given is None and source is not None:
        return msgspec.structs.replace(layer, input_type=source)
    return layer


def _linear(layer: Linear) -> tuple[Linear, formats.Coding | None]:
    x, w = layer.input_type, layer.weights.coding
    if x is None and w is None:
        return layer, None
    found = family(layer)
    if found is None:
        what = f"Weights of {_tag(w)} are not multiplied with inputs of {_tag(x)}"
        raise Refused("weights.type", what)
    _plain(layer)
    if found == "fpec" and x is not None and w is not None and x.magnitude != w.magnitude:
        what = f"Magnitude must be {x.magnitude}, as of the inputs, not {w.magnitude}"
        raise Refused("weights.type.magnitude", what)
    if w is not None:
        _weights(layer)
    if x is not None and isinstance(x, formats.BlockFloat) and x.block != w.block:
        what = f"Block must be {x.block}, as of the inputs, not {w.block}"
        raise Refused("weights.type.block", what)
    asked = layer.datapath or (layer.fold and layer.fold.datapath)
    if not asked:
        layer = msgspec.structs.replace(layer, datapath=found)
    return layer, DLFLOAT if found == "minifloat" else None


def _plain(layer: Linear) -> None:
    """Refuse what does not go with formats."""
    activation = layer.activation is not None and isinstance(layer.input_type, formats.Minifloat)
    for field, there, what in (
        ("weights.scale", layer.weights.scale is not None, "Weights must have no scale"),
        ("weights.zero_point", layer.weights.zero_point is not None,
         "Weights must have no zero_point"),
        ("input_zero_point", layer.input_zero_point, "Input_zero_point must be 0"),
        ("accumulate", layer.accumulate != "sum", "Accumulate must be sum"),
        ("pad_value", getattr(layer, "pad_value", 0), "Pad_value must be 0"),
        ("groups", getattr(layer, "groups", 1) > 1, "Groups must be 1"),
        ("activation", activation, "Activation must be an encode layer behind sums"),
    ):  # fmt: skip
        if there:
            codings = [c for c in (layer.input_type, layer.weights.coding) if c is not None]
            raise Refused(field, f"{what} in {_tag(codings[0])}")


def _weights(layer: Linear) -> None:
    """Refuse weights that are none of their format."""
    data, coding = layer.weights.data, layer.weights.coding
    block = block_of(coding)
    if data is msgspec.UNSET or data.dtype.kind not in "iu" or not data.ndim or not data.size:
        return  # refused with all weights that are no integers, or are none at all
    if data.shape[-1] % block:
        what = f"must be a multiple of its {block}, not {data.shape[-1]}"
        raise Refused("weights.type", f"Channels of weights of {_tag(coding)} {what}")
    form = format_of(coding, "weights.type")
    bad = data[~np.asarray(form.contains(data), bool).reshape(data.shape)]
    if bad.size:
        raise Refused("weights.data", f"Weights must be numbers of {_tag(coding)}, not {bad[0]}")


def sums_range(layer: Linear, low: int, high: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Lowest and highest sum of each row, where these are none of products of integers.

    Sums of FPEC numbers are those of q_x (2^(m + 1) q_w + d_w) + d_x q_w; of minifloats DLFloats.
    ``low`` and ``high`` are of inputs that are integers.
    """
    found, rows = family(layer), layer.weights.data.reshape(len(layer.weights.data), -1)
    if found == "minifloat":
        top = np.full(len(rows), format_of(DLFLOAT).high)
        return -top, top
    if found != "fpec":
        return None
    x, w = layer.input_type, layer.weights.coding
    unit = 1 << (x or w).magnitude + 1
    q, d = (rows, 0 * rows) if w is None else format_of(w).decode(rows)
    most = 0
    if x is not None:
        low, high, most = -(1 << x.bits - 1) * x.signed, (1 << x.bits - x.signed) - 1, unit // 2
    ends = np.stack([(unit * q + d) * end for end in (low, high)])
    error = most * np.abs(q).sum(axis=1)
    return ends.min(axis=0).sum(axis=1) - error, ends.max(axis=0).sum(axis=1) + error


def block_of(coding: formats.Coding | None) -> int:
    """Consecutive columns that a format codes together."""
    if isinstance(coding, formats.FPEC):
        return coding.lanes or 1
    if isinstance(coding, formats.Grouped):
        return coding.group
    return getattr(coding, "block", None) or 1


def _encode(layer: graph.Encode, source) -> tuple[graph.Encode, formats.Coding | None]:
    if source is not None and not isinstance(source, formats.Minifloat):
        raise Refused("inputs", f"Input of encode must be sums, not {_tag(source)}")
    layer = _read(layer, source)
    kind = None if isinstance(layer.type, str) else layer.type
    if kind is not None:
        format_of(kind)
    if layer.seed is not None and kind is not None:
        raise Refused("seed", f"Seed must be absent in {_tag(kind)}; integers are rounded so")
    if layer.ways > 1 and not isinstance(kind, formats.BlockFloat):
        what = f"Ways must be 1 but for the format blockfloat, not {layer.ways}"
        raise Refused("ways", what)
    if not isinstance(kind, formats.Minifloat) and source is not None:
        what = f"Type must be a minifloat where sums of minifloats come in, not {_tag(kind)}"
        raise Refused("type", what)
    if isinstance(kind, (formats.FPEC, formats.BiScaled)) and block_of(kind) > 1:
        field = "lanes" if isinstance(kind, formats.FPEC) else "block"
        raise Refused(f"type.{field}", f"{field.capitalize()} must be absent but for weights")
    return layer, kind
