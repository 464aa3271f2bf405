"""Check a network and infer the shape and type of every tensor in it."""

import math
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import msgspec
import numpy as np

from generators.network import graph
from generators.network.error import ModelError
from sim.golden.formats import integer

MAX_WEIGHTS = 1 << 26


@dataclass(frozen=True)
class Tensor:
    """What flows along an edge: shape without the frames, and integer type (None: real numbers)."""

    shape: tuple[int, ...]
    type: integer.Integer | None

    @property
    def items(self) -> int:
        """Elements of a frame."""
        return math.prod(self.shape)


class _Refused(ValueError):
    """A field of the layer at hand, and what is wrong with it."""

    def __init__(self, field: str, what: str) -> None:
        self.field = field
        super().__init__(what)


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
    tensors = infer(ordered, paths)
    last = output_layer(ordered, file)
    if network.output is not None:
        try:
            for field in ("gain", "bias"):
                values = getattr(network.output, field)
                _channels(values, tensors[last.name].shape[-1], field, field.capitalize())
        except _Refused as error:
            raise ModelError(f"{file}: $.output.{error.field}", str(error)) from None
    return ordered


def infer(network: graph.Network, paths: dict[str, str] | None = None) -> dict[str, Tensor]:
    """Shape and type of the input (as ``input``) and of every layer's output, by name."""
    tensors = {"input": Tensor(network.input.shape, integer.parse(network.input.type))}
    for layer in network.layers:
        sources = [tensors[name] for name in layer.inputs]
        try:
            if len(sources) != 1:
                raise _Refused("inputs", f"Inputs of {_op(layer)} must be 1, not {len(sources)}")
            tensors[layer.name] = _INFER[type(layer)](layer, sources[0])
        except _Refused as error:
            where = (paths or {}).get(layer.name, layer.name)
            raise ModelError(f"{where}.{error.field}", str(error)) from None
    return tensors


def output_layer(network: graph.Network, file: str = "model.json") -> graph.AnyLayer:
    """The one layer that no other reads."""
    read = {name for layer in network.layers for name in layer.inputs}
    unread = [layer for layer in network.layers if layer.name not in read]
    if len(unread) != 1:
        names = ", ".join(layer.name for layer in unread)
        raise ModelError(f"{file}: $.layers", f"One layer must be read by no other, not {names}")
    return unread[0]


def _op(layer: graph.AnyLayer) -> str:
    return layer.__struct_config__.tag


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


def _field_type(name: str, field: str) -> integer.Integer:
    try:
        return integer.parse(name)
    except ValueError as error:
        raise _Refused(field, str(error)) from None


def _integers(values: np.ndarray, field: str, what: str) -> None:
    if values.dtype.kind in "fO":
        broken = [v for v in values.ravel() if v != int(v)]
        if broken:
            raise _Refused(field, f"{what} must be integers, not {broken[0]}")
    if values.dtype.kind not in "iu":
        raise _Refused(field, f"{what} must be integers, not of type {values.dtype}")


def _dense(layer: graph.Dense, source: Tensor) -> Tensor:
    weights = layer.weights
    form = _field_type(weights.type, "weights.type")
    if weights.data is msgspec.UNSET:
        raise _Refused("weights", 'Weights must have "data", or "npz" and "key"')
    _integers(weights.data, "weights", "Weights")
    rows, shape = len(weights.data) if weights.data.ndim else 0, weights.data.shape
    if weights.data.ndim != 2 or not rows or shape[1] != source.items:
        asked = f"({rows or 'rows'}, {source.items})"
        raise _Refused("weights", f"Weights must have shape {asked}, not {shape}")
    if weights.data.size > MAX_WEIGHTS:
        raise _Refused("weights", f"Weights must be at most {MAX_WEIGHTS}, not {weights.data.size}")
    bad = weights.data[~form.contains(weights.data)]
    if bad.size:
        accepted = "-1 or +1" if form.bipolar else f"from {form.low} to {form.high}"
        raise _Refused("weights", f"Weights of type {form.name} must be {accepted}, not {bad[0]}")
    if weights.scale is not None:
        _channels(weights.scale, rows, "weights.scale", "Scale")
        if np.any(weights.scale == 0):
            raise _Refused("weights.scale", "Scale must not be 0")
    if layer.bias is not None:
        _integers(layer.bias, "bias", "Bias")
        _channels(layer.bias, rows, "bias", "Bias")
    bipolar = form.bipolar and source.type is not None and source.type.bipolar
    if layer.accumulate == "popcount" and not bipolar:
        raise _Refused("accumulate", "Accumulate must be sum unless inputs and weights are bipolar")
    sums = accumulator(layer, source.type) if source.type is not None else None
    if layer.activation is None:
        return Tensor((rows,), sums if weights.scale is None else None)
    if source.type is None or weights.scale is not None:
        raise _Refused("activation", "Activation must stand behind integers; use a quantize layer")
    return Tensor((rows,), _activation(layer.activation, rows, "activation."))


def accumulator(layer: graph.Dense, form: integer.Integer) -> integer.Integer:
    """The narrowest type that holds every accumulator that inputs of a type can make."""
    lows, highs = accumulator_range(layer, form)
    low, high = int(lows.min()), int(highs.max())
    if low < -(1 << integer.MAX_WIDTH - 1) or high >= 1 << integer.MAX_WIDTH - (low < 0):
        limit = f"{integer.MAX_WIDTH} bits"
        raise _Refused("weights", f"Accumulators must fit {limit}, not reach {low}..{high}")
    return integer.smallest(low, high)


def accumulator_range(layer: graph.Dense, form: integer.Integer) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest accumulator of each row, over all inputs of a type."""
    w = layer.weights.data
    positive, negative = np.maximum(w, 0).sum(axis=1), np.minimum(w, 0).sum(axis=1)
    if form.width + int((positive - negative).max()).bit_length() > 60:  # int64 could overflow
        positive, negative = positive.astype(object), negative.astype(object)
    low = positive * form.low + negative * form.high
    high = positive * form.high + negative * form.low
    if layer.bias is not None:
        low, high = low + layer.bias, high + layer.bias
    if layer.accumulate == "popcount":
        low, high = (low + w.shape[1]) // 2, (high + w.shape[1]) // 2
    return low, high


def _activation(activation, channels: int, prefix: str = "") -> integer.Integer:
    form = _field_type(activation.type, f"{prefix}type")
    field, thresholds = f"{prefix}thresholds", activation.thresholds
    if thresholds is None:
        if not form.bipolar:
            raise _Refused(field, f"Thresholds must be given for the type {form.name}")
        return form
    _integers(thresholds, field, "Thresholds")
    shape = thresholds.shape
    if len(shape) != 2 or shape[0] not in (1, channels) or not shape[1]:
        asked = f"({channels}, levels) or (1, levels)"
        raise _Refused(field, f"Thresholds must have shape {asked}, not {shape}")
    if np.any(np.diff(thresholds, axis=1) < 0):
        row = int(np.flatnonzero((np.diff(thresholds, axis=1) < 0).any(axis=1))[0])
        raise _Refused(f"{field}[{row}]", "Thresholds must ascend within each channel")
    base = form.low if activation.base is None else activation.base
    top = base + form.step * shape[1]
    if not form.contains(np.array([base, top])).all():
        what = f"Values of type {form.name} must lie in {form.low}..{form.high}"
        raise _Refused(field, f"{what}, but {shape[1]} thresholds reach {base}..{top}")
    return form


def _channels(values: np.ndarray, channels: int, field: str, what: str) -> None:
    if values.dtype.kind not in "iufO":
        raise _Refused(field, f"{what} must be numbers, not of type {values.dtype}")
    if values.shape not in ((), (1,), (channels,)):
        asked = f"one number or {channels}"
        raise _Refused(field, f"{what} must be {asked}, not of shape {values.shape}")


def _by_channel(fields: tuple[str, ...]):
    def rule(layer, source: Tensor) -> Tensor:
        for field in fields:
            _channels(getattr(layer, field), source.shape[-1], field, field.capitalize())
        if isinstance(layer, graph.BatchNorm):
            lowest = layer.variance.min()
            if lowest < 0:
                raise _Refused("variance", f"Variance must not be negative, as {lowest} is")
            if lowest + layer.epsilon == 0:
                raise _Refused("variance", "Variance must be positive where epsilon is 0")
        return Tensor(source.shape, None)

    return rule


def _quantize(layer: graph.Quantize, source: Tensor) -> Tensor:
    form = _field_type(layer.type, "type")
    if form.bipolar:
        raise _Refused("type", "Type of quantize must not be bipolar; use a sign layer")
    if layer.scale.dtype.kind not in "iufO" or layer.scale.size != 1 or not np.all(layer.scale > 0):
        raise _Refused("scale", "Scale must be one positive number")
    if layer.zero_point != int(layer.zero_point):
        raise _Refused("zero_point", f"Zero_point must be an integer, not {layer.zero_point}")
    if layer.narrow and (form.width < 2 or form.name == "ternary"):
        raise _Refused("narrow", f"Narrow must be false for the type {form.name}")
    plain = np.all(layer.scale == 1) and layer.zero_point == 0
    return Tensor(source.shape, form if plain else None)


def _threshold(layer: graph.Threshold, source: Tensor) -> Tensor:
    if source.type is None:
        raise _Refused("inputs", "Input of threshold must be integers; use a quantize layer")
    return Tensor(source.shape, _activation(layer, source.shape[-1]))


def _argmax(layer: graph.ArgMax, source: Tensor) -> Tensor:
    if len(source.shape) != 1:
        what = f"Input of argmax must have shape (features,), not {source.shape}; flatten it"
        raise _Refused("inputs", what)
    return Tensor((1,), integer.smallest(0, source.items - 1))


_INFER = {
    graph.Dense: _dense,
    graph.BatchNorm: _by_channel(("gamma", "beta", "mean", "variance")),
    graph.Scale: _by_channel(("gain", "bias")),
    graph.Sign: lambda layer, source: Tensor(source.shape, integer.parse("bipolar")),
    graph.Relu: lambda layer, source: source,
    graph.Quantize: _quantize,
    graph.Threshold: _threshold,
    graph.Flatten: lambda layer, source: Tensor((source.items,), source.type),
    graph.ArgMax: _argmax,
}
