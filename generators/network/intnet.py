"""Import intnet.npz: integer matrices and thresholds, with a JSON string that says their types."""

from pathlib import Path

import msgspec
import numpy as np

from generators.network import check, graph, sentence
from generators.network.error import ModelError
from generators.network.read import load_npz
from sim.golden.formats import integer


class _Layer(msgspec.Struct):
    kind: str
    in_type: str
    w_type: str
    out_type: str
    base: int
    step: int
    pool: bool = False


class _Meta(msgspec.Struct):
    name: str
    layers: list[_Layer]


def read(path: Path) -> graph.Network:
    """Import the fully connected layers of an ``intnet.npz`` as dense layers fc0, fc1, … and check.

    ``w{i}`` are the weights, ``b{i}`` the bias, ``t{i}`` the thresholds of layer i; the last layer
    has no thresholds: it emits its accumulators. ``out_thr{i}``, a threshold on these that the
    original program applies, is a rule of the host and not part of the network.

    Raises
    ------
    ModelError
        If the file is none of these, or a layer is no ``fc`` or does not fit.
    """
    try:
        arrays = load_npz(path)
    except OSError as error:
        raise ModelError(str(path), f"File cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ModelError(path.name, f"File {error}") from None
    meta = _meta(path.name, arrays)
    paths = {f"fc{i}": f"{path.name}: layer {i}" for i in range(len(meta.layers))}
    layers = [_dense(i, meta.layers, arrays, paths[f"fc{i}"]) for i in range(len(meta.layers))]
    features = layers[0].weights.data.shape[1]
    network = graph.Network(
        bitloom=1,
        name=graph.as_name(meta.name),
        input=graph.Input(shape=(features,), type=meta.layers[0].in_type),
        layers=tuple(layers),
    )
    return check.check(network, path.name, paths)


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


def _dense(i: int, layers: list[_Layer], arrays: dict[str, np.ndarray], where: str) -> graph.Dense:
    layer, last = layers[i], i == len(layers) - 1
    if layer.kind != "fc":
        what = f"Kind must be fc, not {layer.kind}: only fully connected layers can be imported"
        raise ModelError(where, what)
    if layer.pool:
        raise ModelError(where, "Pool must be false for the kind fc")
    if i and layer.in_type != layers[i - 1].out_type:
        what = f"In_type must be {layers[i - 1].out_type}, which layer {i - 1} puts out"
        raise ModelError(where, f"{what}, not {layer.in_type}")
    data, thresholds = arrays.get(f"w{i}"), arrays.get(f"t{i}")
    if data is None or data.ndim != 2:
        raise ModelError(where, f"Array w{i} must be given, of shape (outputs, inputs)")
    if (thresholds is None) != last:
        rule = "must not be given for the last layer" if last else "must be given"
        raise ModelError(where, f"Array t{i} {rule}")
    activation = None
    if not last:
        _step(layer, where)
        activation = graph.Activation(type=layer.out_type, thresholds=thresholds, base=layer.base)
    return graph.Dense(
        name=f"fc{i}",
        inputs=(f"fc{i - 1}" if i else "input",),
        weights=graph.Weights(type=layer.w_type, data=data),
        bias=arrays.get(f"b{i}"),
        activation=activation,
    )


def _step(layer: _Layer, where: str) -> None:
    """Refuse another distance of two levels than the type's, which our records do not say."""
    try:
        step = integer.parse(layer.out_type).step
    except ValueError as error:
        raise ModelError(f"{where}.out_type", str(error)) from None
    if layer.step != step:
        what = f"Step must be {step} for the type {layer.out_type}, not {layer.step}"
        raise ModelError(where, what)
