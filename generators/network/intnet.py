"""Import intnet.npz: integer weights and thresholds, with a JSON string that says their types."""

from pathlib import Path

import msgspec
import numpy as np

from generators.network import check, graph, sentence
from generators.network.error import ModelError
from generators.network.read import load_npz
from sim.golden.formats import integer

_SHAPES = {
    "fc": ("outputs", "inputs"),
    "conv": ("outputs", "kernel height", "kernel width", "inputs"),
}


class _Layer(msgspec.Struct):
    kind: str
    in_type: str
    w_type: str
    out_type: str
    base: int
    step: int
    pool: bool = False
    dim: graph.Count | None = None


class _Meta(msgspec.Struct):
    name: str
    layers: list[_Layer]


def read(path: Path) -> graph.Network:
    """Import the layers of an ``intnet.npz``, each of kind fc or conv, as fc0, conv1, …, and check.

    ``w{i}`` are the weights, ``b{i}`` the bias, ``t{i}`` the thresholds of layer i; the last layer
    has no thresholds: it emits its accumulators. A convolution reads a map of ``dim`` x ``dim``
    pixels, with stride 1 and no padding; ``pool`` is a maximum of 2 x 2 pixels behind it, pool{i}.
    ``out_thr{i}``, a threshold on the last accumulators that the original program applies, is a
    rule of the host and not part of the network.

    Raises
    ------
    ModelError
        If the file is none of these, or a layer is of another kind or does not fit.
    """
    try:
        arrays = load_npz(path)
    except OSError as error:
        raise ModelError(str(path), f"File cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ModelError(path.name, f"File {error}") from None
    meta = _meta(path.name, arrays)
    layers, paths = [], {}
    for i in range(len(meta.layers)):
        where, source = f"{path.name}: layer {i}", layers[-1].name if layers else "input"
        chain = _chain(i, meta.layers, arrays, source, where)
        layers += chain
        paths |= {layer.name: where for layer in chain}
    network = graph.Network(
        bitloom=1,
        name=graph.as_name(meta.name),
        input=_input(meta.layers[0], layers[0].weights.data),
        layers=tuple(layers),
    )
    network = check.check(network, path.name, paths)
    _sizes(meta.layers, network, paths)
    return network


def _input(first: _Layer, weights: np.ndarray) -> graph.Input:
    shape = (weights.shape[1],) if first.kind == "fc" else (first.dim, first.dim, weights.shape[3])
    return graph.Input(shape=shape, type=first.in_type)


def _sizes(layers: list[_Layer], network: graph.Network, paths: dict[str, str]) -> None:
    """Refuse a map of another size than the file says."""
    tensors = check.infer(network)
    convolutions = [layer for layer in network.layers if isinstance(layer, graph.Conv)]
    for conv, layer in zip(convolutions, (layer for layer in layers if layer.kind == "conv")):
        size = tensors[conv.inputs[0]].shape[:2]
        if size != (layer.dim, layer.dim):
            what = f"Dim must be {size[0]}, as that map has {size[0]} x {size[1]} pixels"
            raise ModelError(paths[conv.name], f"{what}, not {layer.dim}")


def _meta(file: str, arrays: dict[str, np.ndarray]) -> _Meta:
    where = f"{file}: meta"
    meta = arrays.get("meta")
    if meta is None or meta.dtype.kind != "U" or meta.size != 1:
        raise ModelError(where, "Array meta must be given, one JSON string")
    document = None
    try:
        document = msgspec.json.decode(meta.item())
        meta = msgspec.convert(document, _Meta)
    except msgspec.ValidationError as error:
        place, what = sentence.explain(str(error), document)
        raise ModelError(f"{where}: {place}", what) from None
    except (msgspec.DecodeError, RecursionError):
        raise ModelError(where, "Array meta must be a JSON string, which it is not") from None
    if not meta.layers:
        raise ModelError(f"{where}: $.layers", "Layers must be at least one, not []")
    return meta


def _chain(
    i: int, layers: list[_Layer], arrays: dict[str, np.ndarray], source: str, where: str
) -> list[graph.AnyLayer]:
    """Layer i as our layers: a dense layer, or a convolution and its pool."""
    layer = layers[i]
    if layer.kind not in _SHAPES:
        raise ModelError(where, f"Kind must be fc or conv, not {layer.kind}")
    if layer.kind == "fc" and layer.pool:
        raise ModelError(where, "Pool must be false for the kind fc")
    if layer.kind == "conv" and layer.dim is None:
        raise ModelError(where, "Dim must be given for the kind conv")
    if i and layer.in_type != layers[i - 1].out_type:
        what = f"In_type must be {layers[i - 1].out_type}, which layer {i - 1} puts out"
        raise ModelError(where, f"{what}, not {layer.in_type}")
    data, shape = arrays.get(f"w{i}"), _SHAPES[layer.kind]
    if data is None or data.ndim != len(shape):
        raise ModelError(where, f"Array w{i} must be given, of shape ({', '.join(shape)})")
    fields = {
        "name": f"{layer.kind}{i}",
        "inputs": (source,),
        "weights": graph.Weights(type=layer.w_type, data=data),
        "bias": arrays.get(f"b{i}"),
        "activation": _activation(i, layers, arrays.get(f"t{i}"), where),
    }
    if layer.kind == "fc":
        return [graph.Dense(**fields)]
    pool = graph.MaxPool(name=f"pool{i}", inputs=(fields["name"],), kernel=(2, 2))
    return [graph.Conv(**fields), *([pool] if layer.pool else [])]


def _activation(i: int, layers: list[_Layer], thresholds, where: str) -> graph.Activation | None:
    layer, last = layers[i], i == len(layers) - 1
    if (thresholds is None) != last:
        rule = "must not be given for the last layer" if last else "must be given"
        raise ModelError(where, f"Array t{i} {rule}")
    if last:
        return None
    _step(layer, where)
    return graph.Activation(type=layer.out_type, thresholds=thresholds, base=layer.base)


def _step(layer: _Layer, where: str) -> None:
    """Refuse another distance of two levels than the type's, which our records do not say."""
    try:
        step = integer.parse(layer.out_type).step
    except ValueError as error:
        raise ModelError(f"{where}.out_type", str(error)) from None
    if layer.step != step:
        what = f"Step must be {step} for the type {layer.out_type}, not {layer.step}"
        raise ModelError(where, what)
