"""Run a whole network, layer by layer, on exact numbers."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np

from sim.golden import affine, coded, exact, maps, quant
from sim.golden.formats import integer


def run(layers: Iterable[Mapping], x: np.ndarray) -> dict[str, np.ndarray]:
    """Evaluate every layer on integer frames.

    Parameters
    ----------
    layers : mappings in topological order, each with ``name``, ``op``, ``inputs`` and the fields
        of that op in model.json; arrays are numpy arrays.
    x : int array (frames, ...), the network's input

    Returns
    -------
    dict
        The output of each layer by name, and of the network's input as ``input``: int64, or
        objects (Fraction) where a value is not an integer.
    """
    values = {"input": np.asarray(x, np.int64)}
    for layer in layers:
        inputs = [values[name] for name in layer["inputs"]]
        values[layer["name"]] = evaluate(layer, *inputs)
    return values


def evaluate(layer: Mapping, *inputs: np.ndarray) -> np.ndarray:
    """Evaluate one layer on the frames that it reads."""
    return _OPS[layer["op"]](layer, *inputs)


def _dense(layer, x):
    x, w = _centred(layer, x)
    dot = coded.dot(layer) or exact.dot
    return _finish(layer, dot(x.reshape(len(x), -1), w))


def _conv(layer, x):
    names = ("stride", "dilation", "padding", "pad_value", "groups")
    fields = {name: layer[name] for name in names if name in layer}
    x, w = _centred(layer, x)
    fields["pad_value"] = fields.get("pad_value", 0) - layer.get("input_zero_point", 0)
    return _finish(layer, maps.conv(x, w, dot=coded.dot(layer) or exact.dot, **fields))


def _centred(layer, x):
    """Inputs and weights less their zero points."""
    w, zero_point = layer["weights"]["data"], layer["weights"].get("zero_point")
    if zero_point is not None:
        w = w - zero_point.reshape(-1, *(1 for _ in w.shape[1:]))
    z = layer.get("input_zero_point", 0)
    return (x - z if z else x), w


def _finish(layer, y):
    """What follows the sums of weighted inputs: scale, bias, popcount, activation."""
    weights = layer["weights"]
    if weights.get("scale") is not None:
        y = exact.fractions(y) * exact.fractions(weights["scale"])
    if layer.get("bias") is not None and not coded.starts_from_bias(layer):
        y = y + layer["bias"]
    if layer.get("accumulate") == "popcount":  # of xnor: the synapses that agree
        y = (y + weights["data"][0].size) // 2
    return y if layer.get("activation") is None else _activate(layer["activation"], y)


def _pool(pool):
    def run(layer, x):
        stride = layer.get("stride") or layer["kernel"]
        return pool(x, layer["kernel"], stride, layer.get("padding", (0, 0, 0, 0)))

    return run


def _globalavgpool(layer, x):
    return maps.avgpool(x, x.shape[1:3], (1, 1))


def _add(layer, *inputs):
    gains = layer.get("gains")
    if gains is None:
        return sum(inputs)
    if gains.dtype.kind not in "iu":
        gains = exact.fractions(gains)
    return sum(gain * x for gain, x in zip(gains, inputs))


def _activate(activation, x):
    form = integer.parse(activation["type"])
    if activation.get("requantize") is not None:
        return _requantize(activation["requantize"], form, x)
    base = form.low if activation.get("base") is None else activation["base"]
    thresholds = activation.get("thresholds")
    if thresholds is None:
        thresholds = np.zeros((1, 1), np.int64)
    return base + form.step * quant.threshold(x, thresholds)


def _requantize(values, form, x):
    multiplier, shift = values.get("multiplier"), values.get("right_shift")
    if multiplier is None:
        weights = np.asarray(values["weight_scale"], np.float64)
        real = values["input_scale"] * weights / values["output_scale"]
        multiplier, shift = affine.quantize_multipliers(real)
    low = form.low if values.get("low") is None else values["low"]
    high = form.high if values.get("high") is None else values["high"]
    return affine.requantize(x, multiplier, shift, values.get("zero_point", 0), low, high)


def _scale(layer, x):
    return exact.fractions(x) * exact.fractions(layer["gain"]) + exact.fractions(layer["bias"])


def _batchnorm(layer, x):
    epsilon = Fraction(layer["epsilon"])
    variance = exact.fractions(layer["variance"])
    deviation = np.array([exact.sqrt(v + epsilon) for v in variance.ravel()], object)
    gamma, beta, mean = (exact.fractions(layer[key]) for key in ("gamma", "beta", "mean"))
    return gamma * (exact.fractions(x) - mean) / deviation + beta


def _quantize(layer, x):
    form = integer.parse(layer["type"])
    low = form.low + (layer["narrow"] and form.signed)
    high = form.high - (layer["narrow"] and not form.signed)
    scale, zero_point = exact.fractions(layer["scale"]), Fraction(layer["zero_point"])
    return quant.quantize(exact.fractions(x), scale, zero_point, low, high, layer["rounding"])


_OPS = {
    "dense": _dense,
    "conv": _conv,
    "maxpool": _pool(maps.maxpool),
    "avgpool": _pool(maps.avgpool),
    "sumpool": _pool(maps.sumpool),
    "globalavgpool": _globalavgpool,
    "add": _add,
    "concat": lambda layer, *inputs: np.concatenate(inputs, axis=-1),
    "upsample": lambda layer, x: maps.upsample(x, layer["factor"]),
    "pad": lambda layer, x: maps.pad(x, layer["padding"], layer.get("value", 0)),
    "scale": _scale,
    "batchnorm": _batchnorm,
    "threshold": lambda layer, x: _activate(layer, x),
    "sign": lambda layer, x: quant.sign(x),
    "relu": lambda layer, x: quant.relu(x),
    "quantize": _quantize,
    "encode": lambda layer, x: coded.encode(layer, x),
    "flatten": lambda layer, x: x.reshape(len(x), -1),
    "argmax": lambda layer, x: quant.argmax(x),
}
