"""Import a QONNX graph: quantized weights become integers, every other node a layer or nothing."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from generators.network import check, graph, onnx_fold, onnx_graph, onnx_quant
from generators.network.error import ModelError
from generators.network.onnx_fold import Codes, Constant, Signal, Value
from generators.network.onnx_graph import Node
from generators.network.onnx_layers import Layers, doubles
from sim.golden import exact
from sim.golden.formats import integer

MAX_WEIGHT_WIDTH = 8
PIXELS = "input is taken as uint8 pixels, which the graph's input is when divided by 255"


def read(path: Path, notes: Callable[[str], None] = lambda note: None) -> graph.Network:
    """Import an MLP and check it; calls ``notes`` with a sentence that a user should know.

    Every layer is exactly what its node says in real numbers, but weights are quantized, and
    constants folded, in the file's own float32, as QONNX tensors are.

    The network's input is integers, of which the graph's are multiples. Where the graph's input
    runs into a Quant (or BipolarQuant) with one scale and zero point 0, moved axes apart, the
    integers are the codes of that quantizer, and a ``scale`` layer stands for it: on its own codes
    it is the identity (a narrow one is meant never to see the lowest code of its type, -128).
    Everywhere else the graph's input is taken as uint8 pixels divided by 255, which a note says.
    A channels-first input (1, C, H, W) is (H, W, C) here, and weights that read its numbers in
    another order than they lie are permuted.

    Raises
    ------
    ModelError
        If the file is no ONNX graph, or has a node that cannot be built; it names the node.
    """
    source = onnx_graph.load(path)
    layers = Layers()
    values: dict[str, Value] = {name: Constant(a) for name, a in source.constants.items()}
    values[source.input] = _input(source.shape)
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
    if np.any(output.index.ravel() != np.arange(output.index.size)):
        where = f"{path.name}: output {source.output!r}"
        raise ModelError(where, "Output must be in the order of its layer, without moved axes")
    network = graph.Network(
        bitloom=1,
        name=graph.as_name(path.stem),
        input=graph.Input(shape=values[source.input].frame, type=layers.input_type),
        layers=tuple(layers.records),
    )
    network = check.check(network, path.name, layers.paths)
    if layers.pixels:
        notes(f"{path.name}: {PIXELS}")
    return network


def _input(shape: tuple[int, ...]) -> Signal:
    frame = shape[1:] if len(shape) == 2 else (*shape[2:], shape[1])
    places = np.arange(np.prod(frame)).reshape(1, *frame)
    return Signal("input", frame, np.moveaxis(places, -1, 1), raw=True)


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
    if x.raw and not quantizer.zero_point:
        layers.input_type = quantizer.form.name
        x = Signal(x.layer, x.frame, x.index)
    elif quantizer.form.bipolar:
        x = layers.add(node, layers.read(node, x), graph.Sign, "sign")
    else:
        return layers.add(
            node, layers.read(node, x), graph.Quantize, "quant", type=quantizer.form.name,
            scale=scale, zero_point=float(quantizer.zero_point), narrow=quantizer.narrow,
            rounding=quantizer.rounding,
        )  # fmt: skip
    return x if scale == 1 else layers.add(node, x, graph.Scale, "scale", gain=scale)


def _affine(layers: Layers, node: Node, operands: list) -> Value:
    x, gain, bias = onnx_fold.affine(node, operands)
    return _scale(layers, node, layers.read(node, x), gain, bias)


def _scale(layers: Layers, node: Node, x: Signal, gain: np.ndarray, bias: np.ndarray) -> Signal:
    x, (gain, bias) = layers.by_channel(node, x, gain, bias)
    return layers.add(node, x, graph.Scale, "scale", gain=gain, bias=bias)


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


def _matmul(layers: Layers, node: Node, operands: list) -> Value:
    if len(operands) != 2 or isinstance(operands[1], Signal | None):
        raise node.refused("Weights, input 1, must be constant")
    return _dense(layers, node, layers.read(node, operands[0]), operands[1])


def _dense(layers: Layers, node: Node, x: Signal, weights: Codes | Constant) -> Signal:
    """A dense layer of the weights (inputs, outputs)."""
    items = x.index.size
    if len(weights.shape) != 2 or weights.shape[0] != items or not weights.shape[1]:
        accepted = f"({items}, outputs)"
        raise node.refused(f"Weights must have shape {accepted}, not {weights.shape}")
    if not x.shape or x.shape[-1] != items:
        raise node.refused(f"Input 0 must be one row of features, not of shape {x.shape}")
    codes, scale, form = _codes(node, weights)
    rows = weights.shape[1]
    data = np.empty((rows, items), np.int64)
    data[:, x.index.ravel()] = codes.T
    record = graph.Weights(type=form, data=data, scale=scale)
    y = layers.add(node, x, graph.Dense, "fc", frame=(rows,), weights=record)
    return Signal(y.layer, y.frame, np.arange(rows).reshape(*x.shape[:-1], rows))


def _codes(node: Node, weights: Codes | Constant) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Codes of weights (inputs, outputs), scale by output or None, and the codes' type."""
    if isinstance(weights, Constant):
        array = weights.array
        broken = array[(array != np.floor(array)) | (array < -128) | (array > 127)]
        if broken.size:
            accepted = "quantized by a Quant node, or integers from -128 to 127"
            raise node.refused(f"Weights must be {accepted}, not {broken[0]}")
        codes = array.astype(np.int64)
        return codes, None, _type(codes)
    if weights.form.width > MAX_WEIGHT_WIDTH:
        what = f"at most {MAX_WEIGHT_WIDTH} bits, not {weights.form.width}"
        raise node.refused(f"Weights must be of {what}")
    scale = doubles(weights.scale)
    if np.any(scale != scale[:1]):
        raise node.refused("Scale of the weights must be one number, or one for each output")
    scale = scale[0]
    if np.all(scale == scale[0]):
        scale = None if scale[0] == 1 else scale[0].reshape(())
    return weights.codes, scale, "bipolar" if weights.form.bipolar else _type(weights.codes)


def _type(codes: np.ndarray) -> str:
    """The narrowest type of the codes."""
    low, high = int(codes.min()), int(codes.max())
    return "ternary" if low == -1 and high <= 1 else integer.smallest(low, high).name


def _gemm(layers: Layers, node: Node, operands: list) -> Value:
    attributes = node.attributes
    if attributes.get("transA", 0):
        raise node.refused("Attribute transA must be 0")
    if len(operands) < 2 or isinstance(operands[1], Signal | None):
        raise node.refused("Weights, input 1, must be constant")
    weights = operands[1].moved(np.transpose) if attributes.get("transB", 0) else operands[1]
    y = _dense(layers, node, layers.read(node, operands[0]), weights)
    alpha, beta = (Fraction(attributes.get(name, 1.0)) for name in ("alpha", "beta"))
    bias = np.array(Fraction(0), object)
    if onnx_fold.given(operands, 2):
        if isinstance(operands[2], Signal):
            raise node.refused("Bias, input 2, must be constant")
        bias = np.asarray(exact.fractions(operands[2].values) * beta)
    if alpha == 1 and not np.any(bias):
        return y
    return _scale(layers, node, y, np.array(alpha, object), bias)


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
    "BatchNormalization": _batchnorm,
    "BipolarQuant": _quantize,
    "Div": _affine,
    "Gemm": _gemm,
    "IntQuant": _quantize,
    "MatMul": _matmul,
    "Mul": _affine,
    "Pow": _affine,
    "Quant": _quantize,
    "Relu": lambda layers, node, operands: layers.add(
        node, layers.read(node, operands[0]), graph.Relu, "relu"
    ),
    "Sub": _affine,
    "TopK": _argmax,
}
ACCEPTED = sorted({*_LAYERS, *onnx_fold.MOVES, *onnx_fold.FOLDS, "Constant", "Shape"})
