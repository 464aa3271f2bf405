"""Make small float networks, as archives and as ONNX graphs."""

import json
from pathlib import Path

import numpy as np
import onnx

from generators.network import floats
from tests.generators.network import onnx_files

FIELDS = ("kernel", "stride", "padding", "groups")


def described(network: floats.Network) -> tuple[dict, dict[str, np.ndarray]]:
    """The meta and the arrays of an archive."""
    layers, arrays = [], {}
    for layer in network.layers:
        op = type(layer).__struct_config__.tag
        fields = {name: getattr(layer, name) for name in FIELDS if name in layer.__struct_fields__
                  and getattr(layer, name) is not None}  # fmt: skip
        layers.append({"name": layer.name, "op": op} | fields)
        if isinstance(layer, floats.Dense | floats.Conv):
            arrays[f"{layer.name}.weights"] = layer.weights
            arrays[f"{layer.name}.bias"] = layer.bias
    source = {"shape": network.shape, "gain": network.gain, "bias": network.bias}
    return {"bitloom_float": 1, "name": network.name, "input": source, "layers": layers}, arrays


def archive(path: Path, meta, arrays: dict[str, np.ndarray]) -> Path:
    """Write an archive."""
    np.savez(path, meta=json.dumps(meta), **arrays)
    return path


def onnx_model(network: floats.Network) -> onnx.ModelProto:
    """A network of a map as a graph, channels first, in the way of exporters; gain 1/255."""
    shape = network.shape
    net = onnx_files.Net((1, shape[2], *shape[:2]), seed=0)
    frame, x = shape, "x"
    values = network.run(np.zeros((1, *shape), np.uint8))
    for layer in network.layers:
        match layer:
            case floats.Conv():
                w = net.constant(layer.weights.transpose(0, 3, 1, 2).astype(np.float32))
                x = net.op("Conv", f"{x} {w} {net.constant(layer.bias.astype(np.float32))}",
                           strides=layer.stride, pads=layer.padding,
                           group=layer.groups)  # fmt: skip
            case floats.Dense():
                w = net.constant(_channels_first(layer.weights, frame).astype(np.float32))
                x = net.op("Gemm", f"{x} {w} {net.constant(layer.bias.astype(np.float32))}",
                           transB=1)  # fmt: skip
            case floats.MaxPool():
                x = net.op("MaxPool", x, kernel_shape=layer.kernel, pads=layer.padding,
                           strides=layer.stride or layer.kernel)  # fmt: skip
            case floats.Flatten():
                x = net.op("Flatten", x, axis=1)
            case floats.GlobalAvgPool():
                x = net.op("GlobalAveragePool", x)
            case _:
                x = net.op("Relu", x)
        if not isinstance(layer, floats.Flatten):
            frame = values[layer.name].shape[1:]
    return net.model(x)


def _channels_first(weights: np.ndarray, frame: tuple[int, ...]) -> np.ndarray:
    """Weights (outputs, inputs) of a flattened map, in the order of the graph's map."""
    if len(frame) != 3:
        return weights
    return weights.reshape(-1, *frame).transpose(0, 3, 1, 2).reshape(len(weights), -1)
