"""Import a QONNX graph: quantized weights become integers, every other node a layer or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from generators.network import (
    check,
    graph,
    onnx_fold,
    onnx_graph,
    onnx_input,
    onnx_joins,
    onnx_maps,
    onnx_quant,
    onnx_weights,
)
from generators.network.error import ModelError
from generators.network.onnx_fold import Codes, Constant, Signal, Value
from generators.network.onnx_graph import Node
from generators.network.onnx_layers import Layers, doubles, is_map

PIXELS = "input is taken as uint8 pixels, which the graph's input is when divided by 255"


@dataclass(frozen=True, eq=False)
class Imported:
    """A network, and where the numbers of its frames stand in the graph.

    ``i_index`` holds, in the shape of the graph's input, the places in our frame, ``o_index`` those
    of the output; the graph's input is ``gain`` times the network's.
    """

    network: graph.Network
    i_index: np.ndarray
    o_index: np.ndarray
    gain: Fraction | float


def read(path: Path, notes: Callable[[str], None] = lambda note: None) -> graph.Network:
    """The network of :func:`imported`."""
    return imported(path, notes).network


def imported(path: Path, notes: Callable[[str], None] = lambda note: None) -> Imported:
    """Import a graph and check it; calls ``notes`` with a sentence that a user should know.

    Every layer is exactly what its node says in real numbers, but weights are quantized, and
    constants folded, in the file's own float32, as QONNX tensors are.

    The network's input is integers, of which the graph's are multiples. Where the graph's input
    runs into a Quant (or BipolarQuant) with one scale and zero point 0, moved axes apart, the
    integers are the codes of that quantizer, and a ``scale`` layer stands for it: on its own codes
    it is the identity (a narrow one is meant never to see the lowest code of its type, -128).
    Everywhere else the graph's input is taken as uint8 pixels divided by 255, which a note says.
    Quantizers alike may read it several times, but no other node.
    A channels-first map (1, C, H, W) is (H, W, C) here, and (1, C, W) is (1, W, C): so are the
    input (see :mod:`onnx_input`) and the output. Weights that read numbers in another order than
    they lie are permuted.

    Raises
    ------
    ModelError
        If the file is no ONNX graph, or has a node that cannot be built; it names the node.
    """
    source = onnx_graph.load(path)
    x, coded = onnx_input.survey(source)
    layers = Layers(coded)
    values: dict[str, Value] = {name: Constant(a) for name, a in source.constants.items()}
    values[source.input] = x
    for node in source.nodes:
        unknown = [name for name in node.inputs if name and name not in values]
        if unknown:
            accepted = "outputs of earlier nodes (of TopK: the indices)"
            raise node.refused(f"Inputs must be {accepted}, unlike {unknown[0]!r}")
        value = _value(layers, node, [values[name] if name else None for name in node.inputs])
        values[node.outputs[node.op == "TopK"]] = value
    output = values.get(source.output)
    if not isinstance(output, Signal) or output.raw or not layers.records:
        where = f"{path.name}: output {source.output!r}"
        raise ModelError(where, "Output must be computed from the input (of TopK: the indices)")
    if np.any(output.index.ravel() != np.arange(output.index.size)) and not is_map(output):
        where = f"{path.name}: output {source.output!r}"
        raise ModelError(where, "Output must be in the order of its layer, without moved axes")
    network = graph.Network(
        bitloom=1,
        name=graph.as_name(path.stem),
        input=graph.Input(shape=x.frame, type=layers.input_type),
        layers=layers.needed(output.layer),
    )
    network = check.check(network, path.name, layers.paths)
    if layers.pixels:
        notes(f"{path.name}: {PIXELS}")
    return Imported(network, x.index, output.index, layers.gain)


def _value(layers: Layers, node: Node, operands: list[Value | None]) -> Value:
    """The (one useful) output of a node."""
    if node.op not in ACCEPTED:
        raise node.refused(f"Op must be one of {', '.join(ACCEPTED)}, not {node.op}")
    domains = onnx_quant.DOMAINS if node.op in onnx_quant.OPS else onnx_fold.PLAIN_DOMAINS
    if node.domain not in domains:
        accepted = ", ".join(map(repr, domains))
        raise node.refused(f"Domain must be one of {accepted}, not {node.domain!r}")
    value = onnx_fold.fold(node, operands)
    if value is not None:
        return value
    if not operands or operands[0] is None:
        raise node.refused("Input 0 must be given")
    value = onnx_fold.move(node, operands)
    if value is not None:
        return value
    if node.op not in _LAYERS:
        raise node.refused(f"Inputs of {node.op} must be constant")
    return _LAYERS[node.op](layers, node, operands)


def _quantize(layers: Layers, node: Node, operands: list) -> Value:
    x, quantizer = operands[0], onnx_quant.parse(node, operands)
    if isinstance(x, Constant):
        return quantizer.codes(node, x.array)
    if isinstance(x, Codes):
        raise node.refused("Input 0 must not be quantized already")
    scale = doubles(quantizer.scale)
    if scale.size != 1:
        what = f"Scale of an activation must be one number, not {scale.size}"
        raise node.refused(what)
    if x.raw and layers.coded and not quantizer.zero_point:
        layers.input_type = quantizer.form.name
        return layers.real(node, x, scale)
    if quantizer.form.bipolar:
        x = layers.add(node, layers.read(node, x), graph.Sign, "sign")
    else:
        return layers.add(
            node, layers.read(node, x), graph.Quantize, "quant", type=quantizer.form.name,
            scale=scale, zero_point=float(quantizer.zero_point), narrow=quantizer.narrow,
            rounding=quantizer.rounding,
        )  # fmt: skip
    return x if scale == 1 else layers.add(node, x, graph.Scale, "scale", gain=scale)


def _affine(layers: Layers, node: Node, operands: list) -> Value:
    if node.op in ("Add", "Sub") and all(isinstance(x, Signal) for x in operands):
        return onnx_joins.add(layers, node, operands)
    x, gain, bias = onnx_fold.affine(node, operands)
    return onnx_weights.scaled(layers, node, layers.read(node, x), gain, bias)


def _clip(layers: Layers, node: Node, operands: list) -> Value:
    """min(max(x, low), high) of relus: max(x - low, 0) + low, then high - max(high - x, 0)."""
    x = layers.read(node, operands[0])
    for position, (name, sign) in enumerate((("min", Fraction(1)), ("max", Fraction(-1))), 1):
        bound = _bound(node, operands, position, name)
        if bound is None:
            continue
        before, after = (
            (np.array(sign, object), np.array(bias, object)) for bias in (-sign * bound, bound)
        )
        plain = name == "min" and not bound
        x = x if plain else onnx_weights.scaled(layers, node, x, *before)
        x = layers.add(node, x, graph.Relu, "relu")
        x = x if plain else onnx_weights.scaled(layers, node, x, *after)
    return x


def _bound(node: Node, operands: list, position: int, name: str) -> Fraction | None:
    """A bound of Clip, an attribute in old opsets; None if it binds no float32."""
    bound = np.asarray(node.attributes.get(name, np.inf))
    if onnx_fold.given(operands, position):
        bound = onnx_fold.constant(node, operands, position, name.capitalize())
    if bound.size != 1 or bound.dtype.kind not in "iuf":
        raise node.refused(f"{name.capitalize()} must be one number")
    none = abs(bound.item()) >= np.finfo(np.float32).max
    return None if none else Fraction(bound.item())


def _batchnorm(layers: Layers, node: Node, operands: list) -> Value:
    x = layers.read(node, operands[0])
    if node.attributes.get("training_mode", 0) or any(node.outputs[1:]):
        raise node.refused("Batch norm must be in inference mode, with one output")
    if len(x.shape) < 2:
        raise node.refused(f"Input 0 must have channels on axis 1, not shape {x.shape}")
    names = ("gamma", "beta", "mean", "variance")
    arrays = [
        doubles(onnx_fold.constant(node, operands, i, name.capitalize()))
        for i, name in enumerate(names, 1)
    ]
    spread = [array.reshape(-1, *[1] * (len(x.shape) - 2)) for array in arrays]
    x, arrays = layers.by_channel(node, x, *spread)
    epsilon = float(node.attributes.get("epsilon", np.float32(1e-5)))
    fields = dict(zip(names, arrays))
    return layers.add(node, x, graph.BatchNorm, "bn", epsilon=epsilon, **fields)


def _argmax(layers: Layers, node: Node, operands: list) -> Value:
    x, attributes = layers.read(node, operands[0]), node.attributes
    if node.op == "TopK":
        if onnx_fold.integers(node, operands, 1, "k") != [1]:
            raise node.refused("K must be 1: only the best class can be built")
        if not attributes.get("largest", 1):
            raise node.refused("Attribute largest must be 1")
        if len(node.outputs) != 2:
            raise node.refused("Outputs must be two: values and indices")
    elif attributes.get("select_last_index", 0):
        raise node.refused("Attribute select_last_index must be 0")
    axis = attributes.get("axis", -1 if node.op == "TopK" else 0)
    if axis not in range(-len(x.shape), len(x.shape)) or x.shape[axis] != x.index.size:
        raise node.refused(f"Axis must be that of all features in {x.shape}, not {axis}")
    if np.any(x.index.ravel() != np.arange(x.index.size)):
        raise node.refused("Input 0 must be in the order of its layer, without moved axes")
    y = layers.add(node, layers.flat(node, x), graph.ArgMax, "argmax", frame=(1,))
    keep = node.op == "TopK" or attributes.get("keepdims", 1)
    shape = np.delete(np.ones(len(x.shape), int), [] if keep else [axis])
    return Signal(y.layer, y.frame, np.zeros(shape, np.int64))


_LAYERS = {
    "Add": _affine,
    "ArgMax": _argmax,
    "AveragePool": onnx_maps.avgpool,
    "BatchNormalization": _batchnorm,
    "BipolarQuant": _quantize,
    "Clip": _clip,
    "Concat": onnx_joins.concat,
    "Conv": onnx_weights.conv,
    "Div": _affine,
    "Gemm": onnx_weights.gemm,
    "GlobalAveragePool": onnx_maps.mean,
    "GlobalMaxPool": onnx_maps.global_maxpool,
    "IntQuant": _quantize,
    "MatMul": onnx_weights.matmul,
    "MaxPool": onnx_maps.maxpool,
    "Mul": _affine,
    "Pad": onnx_maps.pad,
    "Pow": _affine,
    "Quant": _quantize,
    "ReduceMean": onnx_maps.mean,
    "Relu": lambda layers, node, operands: layers.add(
        node, layers.read(node, operands[0]), graph.Relu, "relu"
    ),
    "Resize": onnx_maps.resize,
    "Sub": _affine,
    "Sum": onnx_joins.add,
    "TopK": _argmax,
    "Upsample": onnx_maps.resize,
}
ACCEPTED = sorted({*_LAYERS, *onnx_fold.MOVES, *onnx_fold.FOLDS, "Constant", "Shape"})
