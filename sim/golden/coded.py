"""Numbers in formats of their own: their dot products, and how sums become such numbers."""

from collections.abc import Callable, Mapping

import numpy as np

from sim.golden import rounding, statistic
from sim.golden.chunked import chunked
from sim.golden.compensate import compensated
from sim.golden.formats import integer
from sim.golden.formats.made import made
from sim.golden.formats.minifloat import dlfloat

__all__ = ["dot", "encode", "starts_from_bias"]


def dot(layer: Mapping) -> Callable | None:
    """The dot product of a layer's inputs and weights; None for that of the integers they are.

    Parameters
    ----------
    layer : the fields of a dense layer or a convolution; ``input_type`` and ``weights.coding`` are
        the formats of its integers.

    Returns
    -------
    Callable
        Of inputs (vectors, columns) and weights (rows, columns): sums (vectors, rows).
    """
    x, w = layer.get("input_type"), layer["weights"].get("coding")
    formats = {record["format"] for record in (x, w) if record is not None}
    if "fpec" in formats:
        return _compensated(x, w)
    if "minifloat" in formats:
        return _chunked(x, w, layer.get("bias"))
    return None


def _compensated(x: Mapping | None, w: Mapping | None) -> Callable:
    """Sums with the errors of either or both, which ``lanes`` columns share compensators for."""
    made_x, made_w = (None if record is None else made(record) for record in (x, w))
    shared = {name: value for name, value in (w or {}).items() if name in ("lanes", "compensators")}
    return lambda vectors, rows: compensated(vectors, rows, x=made_x, w=made_w, **shared)


def _chunked(x: Mapping, w: Mapping, bias: np.ndarray | None) -> Callable:
    """Sums that are DLFloats, in the order of the columns, from the bias on."""
    made_x, made_w, sums = made(x), made(w), dlfloat(w["rounding"])
    start = None if bias is None else sums.decode(bias)

    def dot(vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
        real = chunked(made_x.decode(vectors), made_w.decode(rows), w["chunk"], sums, start)
        return sums.encode(real)

    return dot


def starts_from_bias(layer: Mapping) -> bool:
    """Whether the bias is part of a layer's sums, whose order matters."""
    coding = layer["weights"].get("coding")
    return coding is not None and coding["format"] == "minifloat"


def encode(layer: Mapping, x: np.ndarray) -> np.ndarray:
    """The layer ``encode``: x / 2^right_shift in its type."""
    kind, source = layer["type"], layer.get("input_type")
    shift = int(layer.get("right_shift", 0))
    if isinstance(kind, str):
        form, seed = integer.parse(kind), layer.get("seed")
        plain = seed is None
        y = rounding.nearest(x, shift) if plain else rounding.stochastic(x, shift, seed)
        return np.clip(y, form.low, form.high)
    form = made(kind)
    real = np.asarray(x, np.float64) if source is None else made(source).decode(x)
    v = np.ldexp(real, -shift)
    if kind["format"] == "blockfloat" and layer.get("ways", 1) > 1:
        return _chosen(v, kind, layer["ways"])
    return form.encode(v)


def _chosen(v: np.ndarray, kind: Mapping, ways: int) -> np.ndarray:
    """Blocks of the scale, of several, that has the least error."""
    fields = {name: kind[name] for name in ("bits", "block", "exponents", "signed")}
    mantissas, exponents = statistic.choose(v, ways=ways, **fields)
    return (mantissas << exponents[..., None]).reshape(v.shape)
