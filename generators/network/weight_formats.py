"""Weights in formats of their own, as the integers that they are."""

import numpy as np
from msgspec import UNSET
from msgspec.structs import replace

from generators.network import formats, graph
from generators.network.error import ModelError
from generators.network.tensor import Refused, integers, smallest
from sim.golden.formats.log import Log

__all__ = ["as_integers"]


def as_integers(network: graph.Network, file: str = "model.json") -> graph.Network:
    """The network with weights of the types log, codebook and so on as plain integers.

    They get the narrowest type that holds them. Where a layer says nothing of its datapath it is
    the format's: shift or codebook. What says more than its value keeps its format as ``coding``.

    Raises
    ------
    ModelError
        If weights are no values of their format, or no indices of their table.
    """
    layers = []
    for index, layer in enumerate(network.layers):
        weights = getattr(layer, "weights", None)
        if weights is None or isinstance(weights.type, str):
            layers.append(layer)
            continue
        try:
            layers.append(_layer(layer))
        except Refused as error:
            where = f"{file}: $.layers[{index}].{error.field}"
            raise ModelError(where, str(error)) from None
    return replace(network, layers=tuple(layers))


def _layer(layer: graph.Dense | graph.Conv) -> graph.Dense | graph.Conv:
    data, kind = layer.weights.data, layer.weights.type
    if data is UNSET:
        raise Refused("weights", 'Weights must have "data", or "npz" and "key"')
    integers(data, "weights.data", "Weights")
    coded = isinstance(kind, formats.Coding)
    values, datapath = (data, None) if coded else _decode(data, kind)
    ends = (values.min(), values.max()) if values.size else (0, 0)
    form = smallest(*ends, "weights.type", "Weights")
    coding = kind if coded else layer.weights.coding
    weights = replace(layer.weights, type=form.name, data=values, coding=coding)
    asked = layer.datapath or (layer.fold and layer.fold.datapath)
    return replace(layer, weights=weights, datapath=layer.datapath if asked else datapath)


def _decode(data: np.ndarray, kind: graph.Log | graph.Codebook) -> tuple[np.ndarray, str]:
    """The integers, and the datapath that multiplies by such."""
    if isinstance(kind, graph.Log):
        form = Log(kind.bits)
        bad = data[~form.contains(data)]
        if bad.size:
            what = f"must be 0, or +2^e or -2^e with e from 0 to {form.high}, not {bad[0]}"
            raise Refused("weights.data", f"Weights of {kind.bits} bits in the format log {what}")
        return data, "shift"
    count = len(kind.values)
    smallest(min(kind.values), max(kind.values), "weights.type.values", "Values")
    bad = data[(data < 0) | (data >= count)]
    if bad.size:
        what = f"must be indices from 0 to {count - 1} of its values, not {bad[0]}"
        raise Refused("weights.data", f"Weights of a codebook {what}")
    return np.array(kind.values, np.int64)[data], "codebook"
