"""Read a float network from an archive of arrays."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np

from generators.network import floats, floats_check, graph, sentence
from generators.network.error import ModelError
from generators.network.read import load_npz

KINDS = {kind.__struct_config__.tag: kind
         for kind in (floats.Conv, floats.Dense, floats.Flatten, floats.GlobalAvgPool,
                      floats.MaxPool, floats.Relu)}  # fmt: skip
WEIGHTED = floats.Conv | floats.Dense
ARRAYS = ("weights", "bias")


class _Input(msgspec.Struct, forbid_unknown_fields=True):
    shape: Annotated[tuple[graph.Count, ...], msgspec.Meta(min_length=1, max_length=3)]
    gain: Annotated[float, msgspec.Meta(gt=0)] = 1 / 255
    bias: float = 0.0


class _Meta(msgspec.Struct, forbid_unknown_fields=True):
    bitloom_float: Literal[1]
    name: graph.Name
    input: _Input
    layers: Annotated[tuple[dict, ...], msgspec.Meta(min_length=1)]


def read(path: Path) -> floats.Network:
    """Read an archive that ``numpy.savez`` wrote, and check it.

    The array ``meta`` is one JSON string::

        {"bitloom_float": 1, "name": "net",
         "input": {"shape": [28, 28, 1], "gain": 0.00392156862745098, "bias": 0.0},
         "layers": [{"name": "conv0", "op": "conv", "stride": [1, 1], "padding": [0, 0, 0, 0],
                     "groups": 1},
                    {"name": "relu0", "op": "relu"},
                    {"name": "pool0", "op": "maxpool", "kernel": [2, 2]},
                    {"name": "flat", "op": "flatten"},
                    {"name": "classes", "op": "dense"}]}

    Fields are those of the records of :mod:`floats`, with their defaults; a gain is 1/255 if
    absent. Arrays ``NAME.weights``, and ``NAME.bias`` where it is not 0, are of the layer NAME:
    (outputs, inputs) of a dense layer, (outputs, kernel height, kernel width, inputs / groups) of
    a convolution, which reads maps (height, width, channels).

    Raises
    ------
    ModelError
        If the file is none of these, or a layer does not fit.
    """
    try:
        arrays = load_npz(path)
    except OSError as error:
        raise ModelError(str(path), f"File cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ModelError(path.name, f"File {error}") from None
    meta = _meta(path.name, arrays.pop("meta", None))
    layers, paths = [], {}
    for i, description in enumerate(meta.layers):
        layer = _layer(f"{path.name}: meta: $.layers[{i}]", description, arrays)
        layers.append(layer)
        paths[layer.name] = f"{path.name}: layer {layer.name!r}"
    used = {f"{layer.name}.{array}" for layer in layers if isinstance(layer, WEIGHTED)
            for array in ARRAYS}  # fmt: skip
    unused = sorted(set(arrays) - used)
    if unused:
        accepted = "meta, NAME.weights and NAME.bias of layers with weights"
        raise ModelError(path.name, f"Arrays must be {accepted}, unlike {unused[0]!r}")
    network = floats.Network(name=meta.name, shape=meta.input.shape, gain=meta.input.gain,
                             bias=meta.input.bias, layers=tuple(layers))  # fmt: skip
    return floats_check.check(network, path.name, paths)


def _meta(file: str, meta: np.ndarray | None) -> _Meta:
    where = f"{file}: meta"
    if meta is None or meta.dtype.kind != "U" or meta.size != 1:
        raise ModelError(where, "Array meta must be given, one JSON string")
    document = None
    try:
        document = msgspec.json.decode(meta.item())
        return msgspec.convert(document, _Meta)
    except msgspec.ValidationError as error:
        place, what = sentence.explain(str(error), document, _Meta)
        raise ModelError(f"{where}: {place}", what) from None
    except (msgspec.DecodeError, RecursionError):
        raise ModelError(where, "Array meta must be a JSON string, which it is not") from None


def _layer(where: str, description: dict, arrays: dict[str, np.ndarray]) -> floats.AnyLayer:
    """The record of a layer, with its arrays."""
    op = description.get("op")
    kind = KINDS.get(op) if isinstance(op, str) else None
    if kind is None:
        what = f"Op must be one of {', '.join(KINDS)}, not {sentence.brief(op)}"
        raise ModelError(f"{where}.op", what)
    inline = [name for name in ARRAYS if name in description]
    if inline:
        what = f"{inline[0].capitalize()} must be an array of the file, not stand in meta"
        raise ModelError(f"{where}.{inline[0]}", what)
    fields = dict(description)
    if kind in (floats.Conv, floats.Dense) and "name" in description:
        fields |= _arrays(where, description["name"], arrays)
    try:
        return msgspec.convert(fields, kind, dec_hook=lambda kind, value: value)
    except msgspec.ValidationError as error:
        place, what = sentence.explain(str(error), fields, kind)
        raise ModelError(where + place.removeprefix("$"), what) from None


def _arrays(where: str, name, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights and bias of a layer, as float64."""
    weights = arrays.get(f"{name}.weights")
    if weights is None or not weights.ndim:
        raise ModelError(where, f"Array {name}.weights must be given")
    bias = arrays.get(f"{name}.bias", np.zeros(len(weights)))
    for key, array in (("weights", weights), ("bias", bias)):
        if array.dtype.kind not in "if":
            what = f"Array {name}.{key} must hold numbers, not {array.dtype}"
            raise ModelError(where, what)
    return {"weights": weights.astype(np.float64), "bias": bias.astype(np.float64)}
