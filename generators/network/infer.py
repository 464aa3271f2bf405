"""Infer the shape and type of every tensor of a network: one rule for each kind of layer."""

import numpy as np

from generators.network import graph, infer_maps, infer_weights
from generators.network.codings import block_of, format_of
from generators.network.error import ModelError
from generators.network.tensor import Refused, Tensor, by_channel, parse, smallest
from sim.golden.formats import integer

MAX_ITEMS = 1 << 26
"""Elements of a frame behind a layer: more than any machine here could run."""
SEVERAL = (graph.Add, graph.Concat)
"""Layers that read two inputs or more; every other one reads one."""


def infer(network: graph.Network, paths: dict[str, str] | None = None) -> dict[str, Tensor]:
    """Shape and type of the input (as ``input``) and of every layer's output, by name."""
    tensors = {"input": Tensor(network.input.shape, integer.parse(network.input.type))}
    for layer in network.layers:
        try:
            _count(layer)
            tensor = _RULES[type(layer)](layer, *(tensors[name] for name in layer.inputs))
            if tensor.items > MAX_ITEMS:
                what = f"Output of {_op(layer)} must have at most {MAX_ITEMS} elements a frame"
                raise Refused("op", f"{what}, not {tensor.items}")
            tensors[layer.name] = tensor
        except Refused as error:
            where = (paths or {}).get(layer.name, layer.name)
            raise ModelError(f"{where}.{error.field}", str(error)) from None
    return tensors


def _op(layer: graph.AnyLayer) -> str:
    return layer.__struct_config__.tag


def _count(layer: graph.AnyLayer) -> None:
    op, count = _op(layer), len(layer.inputs)
    if isinstance(layer, SEVERAL):
        if count < 2:
            raise Refused("inputs", f"Inputs of {op} must be at least 2, not {count}")
    elif count != 1:
        raise Refused("inputs", f"Inputs of {op} must be 1, not {count}")


def _batchnorm(layer: graph.BatchNorm, source: Tensor) -> Tensor:
    for field in ("gamma", "beta", "mean", "variance"):
        by_channel(getattr(layer, field), source.shape[-1], field, field.capitalize())
    lowest = layer.variance.min()
    if lowest < 0:
        raise Refused("variance", f"Variance must not be negative, as {lowest} is")
    if lowest + layer.epsilon == 0:
        raise Refused("variance", "Variance must be positive where epsilon is 0")
    return Tensor(source.shape, None)


def _scale(layer: graph.Scale, source: Tensor) -> Tensor:
    by_channel(layer.gain, source.shape[-1], "gain", "Gain")
    by_channel(layer.bias, source.shape[-1], "bias", "Bias")
    return Tensor(source.shape, None)


def _quantize(layer: graph.Quantize, source: Tensor) -> Tensor:
    form = parse(layer.type, "type")
    if form.bipolar:
        raise Refused("type", "Type of quantize must not be bipolar; use a sign layer")
    if layer.scale.dtype.kind not in "iufO" or layer.scale.size != 1 or not np.all(layer.scale > 0):
        raise Refused("scale", "Scale must be one positive number")
    if layer.zero_point != int(layer.zero_point):
        raise Refused("zero_point", f"Zero_point must be an integer, not {layer.zero_point}")
    if layer.narrow and (form.width < 2 or form.name == "ternary"):
        raise Refused("narrow", f"Narrow must be false for the type {form.name}")
    plain = np.all(layer.scale == 1) and layer.zero_point == 0
    return Tensor(source.shape, form if plain else None)


def _threshold(layer: graph.Threshold, source: Tensor) -> Tensor:
    if source.type is None:
        raise Refused("inputs", "Input of threshold must be integers; use a quantize layer")
    return Tensor(source.shape, infer_weights.activation(layer, source.shape[-1]))


def _encode(layer: graph.Encode, source: Tensor) -> Tensor:
    if source.type is None:
        raise Refused("inputs", "Input of encode must be integers; use a quantize layer")
    if source.type.bipolar:
        raise Refused("inputs", "Input of encode must not be bipolar; make it ternary")
    if isinstance(layer.type, str):
        form = parse(layer.type, "type")
        if form.bipolar:
            raise Refused("type", "Type of encode must not be bipolar; use a sign layer")
        return Tensor(source.shape, form)
    form, block = format_of(layer.type), block_of(layer.type)
    if source.shape[-1] % block:
        what = f"Block must divide the {source.shape[-1]} channels, not be {block}"
        raise Refused("type.block", what)
    return Tensor(source.shape, smallest(form.low, form.high, "type", "Numbers"))


def _argmax(layer: graph.ArgMax, source: Tensor) -> Tensor:
    if len(source.shape) != 1:
        what = f"Input of argmax must have shape (features,), not {source.shape}; flatten it"
        raise Refused("inputs", what)
    return Tensor((1,), integer.smallest(0, source.items - 1))


_RULES = {
    graph.Dense: infer_weights.dense,
    graph.Conv: infer_weights.conv,
    graph.MaxPool: infer_maps.maxpool,
    graph.AvgPool: infer_maps.avgpool,
    graph.SumPool: infer_maps.sumpool,
    graph.GlobalAvgPool: infer_maps.globalavgpool,
    graph.Add: infer_maps.add,
    graph.Concat: infer_maps.concat,
    graph.Upsample: infer_maps.upsample,
    graph.Pad: infer_maps.pad,
    graph.BatchNorm: _batchnorm,
    graph.Scale: _scale,
    graph.Sign: lambda layer, source: Tensor(source.shape, integer.parse("bipolar")),
    graph.Relu: lambda layer, source: source,
    graph.Quantize: _quantize,
    graph.Threshold: _threshold,
    graph.Encode: _encode,
    graph.Flatten: lambda layer, source: Tensor((source.items,), source.type),
    graph.ArgMax: _argmax,
}
